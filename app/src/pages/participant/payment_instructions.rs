//! How to pay at a store, by transfer or by Pay-easy: the same words as in the mail.

use domain::payment::PaymentMethod;
use leptos::prelude::*;
use operations::orders::show::{PaymentOnOrder, ShownOrder};
use words::lang::Lang;
use words::{date, mails, money, participant, transfer};

use crate::components::amount::Amount;
use crate::components::card::Card;
use crate::islands::share::CopyButton;

/// The numbers, the place, the amount, the deadline and the steps.
#[component]
pub fn PaymentInstructions(order: ShownOrder, lang: Lang) -> impl IntoView {
    let payment = order.page.payments.last().cloned()?;
    let zone = order.page.event.time_zone.clone();
    let until = payment.deadline_at.map(|at| (date::machine(at), date::day_time(at, &zone, lang)));
    let place = text(&payment, "store").map(|store| mails::store(&store, lang).to_owned());
    let steps = steps(&payment, &order.page.buyer_name, lang);
    let is_transfer =
        matches!(payment.method, Some(PaymentMethod::DirectTransfer | PaymentMethod::BankTransfer));
    let link = text(&payment, "instructions_url").filter(|url| url.starts_with("http"));
    Some(view! {
        <Card title=mails::instructions_heading(lang)>
            <dl class="facts-list">
                {place
                    .map(|place| {
                        view! {
                            <div>
                                <dt>{mails::pay_at(lang)}</dt>
                                <dd>{place}</dd>
                            </div>
                        }
                    })}
                {to_pay(&payment, lang)}
                {until
                    .map(|(machine, until)| {
                        view! {
                            <div>
                                <dt>{mails::pay_by(lang)}</dt>
                                <dd>
                                    <time datetime=machine>{until}</time>
                                </dd>
                            </div>
                        }
                    })}
            </dl>
            <dl class="pay-numbers">
                {numbers(&payment, lang)
                    .into_iter()
                    .map(|(label, number)| {
                        view! {
                            <div>
                                <dt>{label}</dt>
                                <dd>{number.clone()}</dd>
                                {is_transfer.then(|| copy(number, lang))}
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
            <ol class="pay-steps">
                {steps.into_iter().map(|step| view! { <li>{step}</li> }).collect_view()}
            </ol>
            {link
                .map(|link| {
                    view! {
                        <p>
                            <a href=link rel="external noopener noreferrer">
                                {participant::instructions_link(lang)}
                            </a>
                        </p>
                    }
                })}
        </Card>
    })
}

/// What is handed over, with the fee that is part of it.
fn to_pay(payment: &PaymentOnOrder, lang: Lang) -> impl IntoView + use<> {
    let due = payment.amount.checked_add(payment.method_fee).unwrap_or(payment.amount);
    let fee = payment.method_fee.is_positive().then(|| {
        let fee = money::format(payment.method_fee, lang);
        format!("{} {fee}", mails::handling_fee(lang))
    });
    view! {
        <div class="facts-big">
            <dt>{mails::to_pay(lang)}</dt>
            <dd>
                <Amount money=due lang />
            </dd>
            {fee.map(|fee| view! { <dd class="facts-note">{fee}</dd> })}
        </div>
    }
}

/// What the counter, the machine or the bank asks for.
fn numbers(payment: &PaymentOnOrder, lang: Lang) -> Vec<(&'static str, String)> {
    let wanted: &[(&str, &'static str)] = match payment.method {
        Some(PaymentMethod::DirectTransfer) => &[
            ("transfer_number", transfer::number(lang)),
            ("bank_name", mails::bank(lang)),
            ("bank_branch", mails::branch(lang)),
            ("bank_account_type", mails::account_type(lang)),
            ("bank_account_number", mails::account_number(lang)),
            ("bank_account_name", mails::account_name(lang)),
        ],
        Some(PaymentMethod::BankTransfer) => &[
            ("bank_name", mails::bank(lang)),
            ("bank_branch", mails::branch(lang)),
            ("bank_account_type", mails::account_type(lang)),
            ("bank_account_number", mails::account_number(lang)),
            ("bank_account_name", mails::account_name(lang)),
        ],
        Some(PaymentMethod::PayEasy) => &[
            ("pay_easy_bank_id", mails::biller_number(lang)),
            ("pay_easy_customer_id", mails::customer_number(lang)),
            ("pay_easy_confirmation_id", mails::confirmation_number(lang)),
        ],
        Some(PaymentMethod::Konbini | PaymentMethod::CreditCard | PaymentMethod::PayPay) | None => {
            &[
                ("receipt", mails::payment_number(lang)),
                ("confirmation_code", mails::confirmation_number(lang)),
            ]
        }
    };
    wanted.iter().filter_map(|(field, label)| Some((*label, text(payment, field)?))).collect()
}

/// For the bank's app on the same phone; without scripts the number is selected by one touch.
fn copy(number: String, lang: Lang) -> impl IntoView {
    view! {
        <dd class="pay-copy">
            <CopyButton
                text=number
                label=transfer::copy(lang).to_owned()
                done=transfer::copied(lang).to_owned()
            />
        </dd>
    }
}

fn steps(payment: &PaymentOnOrder, buyer_name: &str, lang: Lang) -> Vec<String> {
    let steps = match payment.method {
        Some(PaymentMethod::DirectTransfer) => {
            let number = text(payment, "transfer_number").unwrap_or_default();
            return transfer::steps(&number, buyer_name, lang).to_vec();
        }
        Some(PaymentMethod::BankTransfer) => {
            vec![mails::transfer_step(lang), mails::transfer_fee_step(lang)]
        }
        Some(PaymentMethod::PayEasy) => vec![mails::pay_easy_step(lang)],
        Some(PaymentMethod::Konbini | PaymentMethod::CreditCard | PaymentMethod::PayPay) | None => {
            mails::konbini_steps(&text(payment, "store").unwrap_or_default(), lang)
        }
    };
    steps.into_iter().map(str::to_owned).collect()
}

fn text(payment: &PaymentOnOrder, field: &str) -> Option<String> {
    let text = payment.method_details.get(field)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}
