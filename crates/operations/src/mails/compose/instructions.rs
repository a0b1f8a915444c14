//! How to pay at a convenience store, by transfer or by Pay-easy.

use domain::payment::PaymentMethod;
use serde_json::Value;
use store::read::mail_order::MailPayment;
use words::{mails, money, status, transfer};

use super::Page;
use crate::mails::letter::{Block, Fact, Letter};

/// The letter that says where to pay, what to say there, how much and until when.
pub(super) fn letter(page: &Page<'_>, payment: &MailPayment) -> Letter {
    let lang = page.lang;
    let until = payment.deadline_at.map(|deadline| page.day_time(deadline));
    let way = payment
        .method
        .map_or_else(|| mails::instructions_heading(lang), |method| status::method(method, lang));
    let due = payment.amount.checked_add(payment.method_fee).unwrap_or(payment.amount);
    let mut facts = Vec::new();
    let came = page.order.amount.checked_sub(payment.amount).unwrap_or(payment.amount);
    let is_rest = came.is_positive() && payment.method == Some(PaymentMethod::DirectTransfer);
    if is_rest {
        facts.push(Fact::new(transfer::came_so_far(lang), money::format(came, lang)));
    }
    if payment.method_fee.is_positive() {
        facts.push(Fact::new(mails::handling_fee(lang), money::format(payment.method_fee, lang)));
    }
    if let Some(until) = &until {
        facts.push(Fact::new(mails::pay_by(lang), until));
    }
    let (subject, lead) = if is_rest {
        let rest = money::format(due, lang);
        (transfer::rest_subject(&rest, lang), transfer::rest_lead(&rest, lang))
    } else {
        let until = until.as_deref();
        (mails::instructions_subject(until, lang), mails::instructions_lead(way, until, lang))
    };
    page.letter(&subject, mails::instructions_heading(lang))
        .say(lead)
        .with(Block::Amount(Fact::new(mails::to_pay(lang), money::format(due, lang))))
        .facts(facts)
        .with(Block::Codes(codes(page, payment)))
        .with(Block::Steps { title: mails::how_to(lang).to_owned(), steps: steps(page, payment) })
        .say(mails::instructions_after(lang))
        .button(mails::order_button(lang), page.order_url())
        .facts(page.event_facts())
        .bill(page.line_facts())
        .note(mails::personal_link(lang))
}

/// What the counter, the machine or the bank asks for.
fn codes(page: &Page<'_>, payment: &MailPayment) -> Vec<Fact> {
    let (lang, details) = (page.lang, &payment.method_details);
    let wanted: &[(&str, &str)] = match payment.method {
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
    let store =
        text(details, "store").map(|word| Fact::new(mails::pay_at(lang), mails::store(word, lang)));
    let codes =
        wanted.iter().filter_map(|(field, label)| Some(Fact::new(label, text(details, field)?)));
    store.into_iter().chain(codes).collect()
}

fn steps(page: &Page<'_>, payment: &MailPayment) -> Vec<String> {
    let lang = page.lang;
    let steps = match payment.method {
        Some(PaymentMethod::DirectTransfer) => {
            let number = text(&payment.method_details, "transfer_number").unwrap_or_default();
            let steps = transfer::steps(number, &page.order.buyer_name, lang);
            return steps.to_vec();
        }
        Some(PaymentMethod::BankTransfer) => {
            vec![mails::transfer_step(lang), mails::transfer_fee_step(lang)]
        }
        Some(PaymentMethod::PayEasy) => vec![mails::pay_easy_step(lang)],
        Some(PaymentMethod::Konbini | PaymentMethod::CreditCard | PaymentMethod::PayPay) | None => {
            let store = text(&payment.method_details, "store").unwrap_or_default();
            mails::konbini_steps(store, lang)
        }
    };
    steps.into_iter().map(str::to_owned).collect()
}

fn text<'a>(details: &'a Value, field: &str) -> Option<&'a str> {
    details.get(field)?.as_str().filter(|text| !text.is_empty())
}
