//! The organizer's money: what is held, what can be paid out today, what waits and why, every payout, the account, the model.

use domain::money::Money;
use domain::payout::{PayoutModel, Wait};
use domain::time_zone;
use leptos::prelude::*;
use operations::payouts::money::{EventPart, Overview, Payout, overview};
use time::Date;
use words::lang::Lang;
use words::status::Tone;
use words::{bank, date, money, payouts};

use crate::api::in_form;
use crate::api::payouts::{FORM_ACCOUNT, door};
use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::card::Card;
use crate::components::field::{Field, FieldSpec, SelectField};
use crate::components::notice::{Notice, ProblemSummary};
use crate::components::status_badge::StatusBadge;
use crate::pages::frame::{Allowed, OrganizerPage, Section, here};
use crate::pages::organizer::{ActionButton, PageHead};
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

/// The money page.
#[component]
pub fn PayoutsPage() -> impl IntoView {
    page_for_member(Permission::ViewMoney, On::Organizer, |member| async move {
        let lang = member.lang;
        let found = overview(&member.deps, &member.access).await.map_err(ssr::unexpected)?;
        let refused = flash::take(door::MONEY).await.whole();
        let number = member.access.named().to_string();
        let not_switched = flash::take(door::MODEL).await.whole();
        Ok(view! {
            <PageHead title=payouts::title(lang).to_owned() />
            <OrganizerPage section=Section::Money event=None>
                <div class="form-page">
                    <header class="page-header">
                        <h1>{payouts::title(lang)}</h1>
                    </header>
                    {done(lang)}
                    {refused.map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                    {if found.settings.model == PayoutModel::Collect {
                        collected(&found, lang).into_any()
                    } else {
                        direct(lang).into_any()
                    }}
                    {history(&found.history, lang)}
                    {Allowed::may(Permission::ManageBankAccounts)
                        .then(|| model(&found, not_switched, lang))}
                    <p class="quiet-text">{payouts::organizer_number(lang)} " " {number}</p>
                </div>
            </OrganizerPage>
        }
        .into_any())
    })
}

fn done(lang: Lang) -> Option<impl IntoView> {
    let text = match ssr::query("done")?.as_str() {
        "account_saved" => payouts::account_saved(lang),
        "model_switched" => payouts::model_switched(lang),
        _ => return None,
    };
    Some(view! { <Notice tone=Tone::Good>{text}</Notice> })
}

fn direct(lang: Lang) -> impl IntoView {
    view! {
        <Notice tone=Tone::Quiet title=payouts::direct_title(lang)>
            <p>{payouts::direct_text(lang)}</p>
        </Notice>
    }
}

/// A date as people read it.
pub fn day(date: Date, lang: Lang) -> String {
    date::full_day(date.midnight().assume_utc(), "UTC", lang)
}

fn collected(found: &Overview, lang: Lang) -> impl IntoView + use<> {
    let next =
        found.next_on.map_or_else(|| payouts::none_next(lang).to_owned(), |on| day(on, lang));
    let terms = &found.settings.terms;
    let rules = payouts::terms(
        terms.business_days,
        &percent(terms.reserve_basis_points),
        terms.reserve_days,
        lang,
    );
    let (available, waiting, balance) = (found.available, found.waiting, found.balance);
    let prepare = prepare(found, lang);
    view! {
        <Card>
            <dl class="facts-list">
                <div class="facts-total">
                    <dt>{payouts::available(lang)}</dt>
                    <dd>
                        <Amount money=available lang />
                    </dd>
                </div>
                {figure(payouts::waiting(lang), waiting, lang)}
                {figure(payouts::balance(lang), balance, lang)}
                <div>
                    <dt>{payouts::next_on(lang)}</dt>
                    <dd>{next}</dd>
                </div>
            </dl>
            <p class="quiet-text">{rules}</p>
            {prepare}
        </Card>
        {events(&found.events, lang)}
        {account(found, lang)}
    }
}

fn figure(label: &'static str, money: Money, lang: Lang) -> impl IntoView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd>
                <Amount money lang />
            </dd>
        </div>
    }
}

/// `1000` basis points as `10`.
pub fn percent(basis_points: u16) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    if rest == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{rest:02}").trim_end_matches('0').to_owned()
    }
}

fn prepare(found: &Overview, lang: Lang) -> AnyView {
    let minimum = found.settings.terms.minimum;
    let why_not = if found.account.is_none() {
        Some(payouts::problem_no_account(lang).to_owned())
    } else if !found.is_payable() && found.available.is_positive() {
        Some(payouts::below_minimum(&money::format(minimum, lang), lang))
    } else if !found.is_payable() {
        Some(payouts::problem_nothing(lang).to_owned())
    } else {
        None
    };
    match why_not {
        Some(text) => view! { <p class="quiet-text">{text}</p> }.into_any(),
        None if !Allowed::may(Permission::PreparePayouts) => ().into_any(),
        None => {
            let is_for_others =
                found.settings.n_members > 1 || !Allowed::may(Permission::ApprovePayouts);
            let text = if is_for_others {
                payouts::prepare_text(lang)
            } else {
                payouts::prepare_text_alone(lang)
            };
            view! {
                <p>{text}</p>
                <ActionButton action=paths::PREPARE_PAYOUT fields=Vec::new()>
                    {payouts::prepare(lang)}
                </ActionButton>
            }
            .into_any()
        }
    }
}

fn events(events: &[EventPart], lang: Lang) -> impl IntoView + use<> {
    let rows = events.iter().map(|event| event_row(event, lang)).collect_view();
    view! {
        <section class="card">
            <h2 class="card-title">{payouts::events_title(lang)}</h2>
            {if events.is_empty() {
                view! { <p class="quiet-text">{payouts::events_empty(lang)}</p> }.into_any()
            } else {
                view! { <ul class="key-list">{rows}</ul> }.into_any()
            }}
        </section>
    }
}

fn event_row(event: &EventPart, lang: Lang) -> impl IntoView + use<> {
    let waits = event.share.waiting.map(|(waiting, wait)| {
        let why = match wait {
            Wait::Schedule { until } => {
                payouts::wait_schedule(until.map(|on| day(on, lang)).as_deref(), lang)
            }
            Wait::Reserve { until } => payouts::wait_reserve(&day(until, lang), lang),
        };
        format!("{} ・ {why}", money::format(waiting, lang))
    });
    view! {
        <li class="key-line">
            <div>
                <p>
                    <a href=paths::dashboard(event.money.event)>{event.money.title.clone()}</a>
                </p>
                {waits.map(|waits| view! { <p class="people-details">{waits}</p> })}
            </div>
            <b>
                <Amount money=event.money.balance lang />
            </b>
        </li>
    }
}

fn account(found: &Overview, lang: Lang) -> impl IntoView + use<> {
    let (line, action) = match &found.account {
        Some(it) => (
            payouts::account_line(&it.bank_name, &it.branch_name, &it.number_tail, lang),
            payouts::account_change(lang),
        ),
        None => (payouts::account_none(lang).to_owned(), payouts::account_add(lang)),
    };
    view! {
        <Card title=payouts::account_title(lang)>
            <div class="more-row">
                <p>
                    <b>{line}</b>
                    <br />
                    {payouts::account_note(lang)}
                </p>
                {Allowed::may(Permission::ManageBankAccounts)
                    .then(|| {
                        view! {
                            <LinkButton href=paths::PAYOUT_ACCOUNT.to_owned() kind=ButtonKind::Secondary>
                    {action}
                </LinkButton>
                        }
                    })}
            </div>
        </Card>
    }
}

fn history(list: &[Payout], lang: Lang) -> impl IntoView + use<> {
    let rows = list
        .iter()
        .map(|payout| {
            let at = date::short(payout.created_at, time_zone::JAPAN);
            view! {
                <li class="key-line">
                    <div>
                        <p>
                            <a href=paths::payout(payout.id)>{payout.code.clone()}</a>
                            " "
                            <StatusBadge status=payouts::status(payout.status, lang) detail=at />
                        </p>
                    </div>
                    <b>
                        <Amount money=payout.amount lang />
                    </b>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card">
            <h2 class="card-title">{payouts::history_title(lang)}</h2>
            {if list.is_empty() {
                view! { <p class="quiet-text">{payouts::history_empty(lang)}</p> }.into_any()
            } else {
                view! { <ul class="key-list">{rows}</ul> }.into_any()
            }}
        </section>
    }
}

/// The switch, with what the law says beside it.
fn model(found: &Overview, refused: Option<String>, lang: Lang) -> impl IntoView + use<> {
    let now = found.settings.model;
    let can_collect = found.can_collect;
    let choices = PayoutModel::ALL
        .iter()
        .map(|model| {
            let is_off = *model == PayoutModel::Collect && !can_collect && now != *model;
            view! {
                <label class="choice">
                    <input
                        type="radio"
                        name="model"
                        value=model.as_str()
                        checked=*model == now
                        disabled=is_off
                    />
                    <span>
                        {payouts::model(*model, lang)}
                        <span class="choice-hint">{payouts::model_help(*model, lang)}</span>
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <section class="card" id="model">
            <h2 class="card-title">{payouts::model_title(lang)}</h2>
            {refused.map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <form method="post" action=here(paths::SWITCH_PAYOUT_MODEL)>
                <fieldset class="field">
                    <legend class="field-label">{payouts::model_title(lang)}</legend>
                    <div class="choices">{choices}</div>
                </fieldset>
                <p class="field-help">{payouts::model_law(lang)}</p>
                {(!can_collect)
                    .then(|| view! { <p class="field-help">{payouts::model_not_offered(lang)}</p> })}
                <div class="form-end">
                    <SubmitButton kind=ButtonKind::Secondary>{payouts::model_save(lang)}</SubmitButton>
                </div>
            </form>
        </section>
    }
}

/// Where the bank account is typed.
#[component]
pub fn BankAccountPage() -> impl IntoView {
    page_for_member(Permission::ManageBankAccounts, On::Organizer, |member| async move {
        let lang = member.lang;
        let typed = flash::take(FORM_ACCOUNT).await;
        Ok(view! {
            <PageHead title=payouts::account_title(lang).to_owned() />
            <OrganizerPage section=Section::Money event=None>
                <div class="form-page">
                    <p class="crumbs">
                        <a href=paths::PAYOUTS>"← " {payouts::title(lang)}</a>
                    </p>
                    <h1>{payouts::account_title(lang)}</h1>
                    {account_form(&typed, lang)}
                </div>
            </OrganizerPage>
        }
        .into_any())
    })
}

fn account_form(typed: &Flash, lang: Lang) -> impl IntoView + use<> {
    let field = |name: &str, label: &str, help: Option<&str>, inputmode| {
        let name = in_form(name);
        FieldSpec {
            value: typed.value_or(&name, ""),
            error: typed.error(&name),
            help: help.map(str::to_owned),
            inputmode,
            autocomplete: Some("off"),
            ..FieldSpec::new(&name, label)
        }
    };
    let digits = Some("numeric");
    let bank_code = field("bank", payouts::bank_code(lang), None, digits);
    let branch = field("branch", payouts::branch_code(lang), None, digits);
    let kind = field("kind", payouts::kind(lang), None, None);
    let number = field("number", payouts::number(lang), Some(payouts::number_help(lang)), digits);
    let holder = field("holder", payouts::holder(lang), Some(payouts::holder_help(lang)), None);
    let kinds = domain::bank::AccountKind::ALL
        .iter()
        .map(|kind| (kind.as_str().to_owned(), bank::account_kind(*kind, lang).to_owned()))
        .collect();
    view! {
        <form method="post" action=here(paths::SAVE_BANK_ACCOUNT) class="card" novalidate="">
            <ProblemSummary errors=typed.errors.clone() lang />
            <div class="field-pair">
                <Field field=bank_code lang />
                <Field field=branch lang />
            </div>
            <SelectField field=kind options=kinds lang />
            <Field field=number lang />
            <Field field=holder lang />
            <p class="field-help">{payouts::account_note(lang)}</p>
            <div class="form-end">
                <SubmitButton>{payouts::account_save(lang)}</SubmitButton>
            </div>
        </form>
    }
}
