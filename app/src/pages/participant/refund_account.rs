//! Where a refund shall go: bank, branch, account, one plain form after the other; works once and without JavaScript.

use domain::bank::AccountKind;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::refunds::account::{AccountError, AccountForm, FormState, TypedAccount, look};
use operations::refunds::typed;
use operations::zengin::{self, Bank, Branch};
use words::lang::Lang;
use words::status::Tone;
use words::{bank, date, money, refunds};

use crate::api::refunds::{SEALED_FIELD, account_key};
use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::card::Card;
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::{Notice, ProblemSummary};
use crate::error::{AppError, FieldErrors};
use crate::pages::frame::ParticipantPage;
use crate::pages::not_found::ProblemPage;
use crate::ssr::flash::{self, Flash};
use crate::{paths, ssr};

/// The page behind the link in the mail.
#[component]
pub fn RefundAccountPage() -> impl IntoView {
    Suspend::new(async move {
        ssr::keep_private();
        let token = ssr::param("token");
        match look(&ssr::deps(), &token).await {
            Ok(form) => {
                let refused = flash::take(&account_key(&token)).await;
                view! { <Body form token refused lang=ssr::lang() /> }.into_any()
            }
            Err(AccountError::Unexpected(error)) => {
                view! { <ProblemPage error=ssr::unexpected(error) /> }.into_any()
            }
            Err(_) => view! { <ProblemPage error=AppError::NotFound /> }.into_any(),
        }
    })
}

#[component]
fn Body(form: AccountForm, token: String, refused: Flash, lang: Lang) -> impl IntoView {
    let said = refused.whole();
    let part = match form.state {
        FormState::Open => open(&form, &token, &refused, lang).into_any(),
        FormState::Used => told(Tone::Good, refunds::given_title(lang), refunds::given_text(lang)),
        FormState::Ended => {
            told(Tone::Quiet, refunds::ended_title(lang), refunds::ended_text(lang))
        }
        FormState::Expired => expired(&token, lang).into_any(),
    };
    view! {
        <Title text=refunds::form_title(lang) />
        <Meta name="robots" content="noindex" />
        <ParticipantPage>
            <div class="order-page">
                <header class="order-lead" data-tone="quiet">
                    <h1>{refunds::form_title(lang)}</h1>
                    <p class="order-sentence">{form.event_title.clone()}</p>
                </header>
                {said
                    .map(|said| {
                        view! {
                            <Notice tone=Tone::Waiting>
                                <p>{said}</p>
                            </Notice>
                        }
                    })} {part}
                <p class="order-hint">
                    {words::participant::questions(lang)} ": " {form.organizer_name.clone()} " "
                    <a href=format!("mailto:{}", form.organizer_email)>
                        {form.organizer_email.clone()}
                    </a>
                </p>
            </div>
        </ParticipantPage>
    }
}

fn told(tone: Tone, title: &'static str, text: &'static str) -> AnyView {
    view! {
        <Notice tone title>
            <p>{text}</p>
        </Notice>
    }
    .into_any()
}

fn expired(token: &str, lang: Lang) -> impl IntoView + use<> {
    let token = token.to_owned();
    view! {
        <Notice tone=Tone::Waiting title=refunds::expired_title(lang)>
            <p>{refunds::form_expired(lang)}</p>
            <form method="post" action=paths::MAIL_ACCOUNT_FORM>
                <input type="hidden" name="token" value=token />
                <SubmitButton kind=ButtonKind::Secondary>{refunds::mail_new_form(lang)}</SubmitButton>
            </form>
        </Notice>
    }
}

fn open(form: &AccountForm, token: &str, refused: &Flash, lang: Lang) -> impl IntoView + use<> {
    let sealed = refused.value_or(SEALED_FIELD, "");
    let typed = typed::read(&ssr::deps(), token, &sealed).unwrap_or_default();
    let chosen = |name: &str, typed: &str| {
        ssr::query(name).filter(|code| !code.is_empty()).unwrap_or_else(|| typed.to_owned())
    };
    let bank = zengin::bank(&chosen("bank", &typed.bank));
    let branch = bank.and_then(|bank| bank.branch(&chosen("branch", &typed.branch)));
    let problem =
        form.failure_code.as_deref().and_then(|code| refunds::account_problem(code, lang));
    let amount = money::format(form.amount, lang);
    let until = date::day_time(form.expires_at, &form.time_zone, lang);
    let step = match (bank, branch) {
        (None, _) => find_bank(token, lang).into_any(),
        (Some(bank), None) => find_branch(token, bank, lang).into_any(),
        (Some(bank), Some(branch)) => {
            account(token, (bank, branch), &typed, refused.errors.clone(), lang).into_any()
        }
    };
    view! {
        {problem
            .map(|problem| {
                view! {
                    <Notice tone=Tone::Bad>
                        <p>{problem}</p>
                    </Notice>
                }
            })}
        <Card>
            <dl class="facts-list">
                <div class="facts-total">
                    <dt>{refunds::form_amount(lang)}</dt>
                    <dd>{amount}</dd>
                </div>
                <div>
                    <dt>{refunds::link_until(lang)}</dt>
                    <dd>{until}</dd>
                </div>
            </dl>
        </Card>
        {step}
        <p class="order-hint">{refunds::form_safety(lang)}</p>
    }
}

fn find_bank(token: &str, lang: Lang) -> impl IntoView + use<> {
    let query = ssr::query("bank_q").unwrap_or_default();
    let found = zengin::find_banks(&query)
        .into_iter()
        .map(|bank| {
            let href = paths::refund_account_at(token, bank.code, None);
            (href, bank.name, bank.code)
        })
        .collect::<Vec<_>>();
    let field = FieldSpec {
        value: query.clone(),
        help: Some(refunds::bank_query_help(lang).to_owned()),
        chars_max: Some(40),
        autocomplete: Some("off"),
        ..FieldSpec::new("bank_q", refunds::bank_query(lang))
    };
    let action = paths::refund_account(token);
    let found = list(&query, found, refunds::choose_bank(lang), lang);
    view! {
        <Card title=refunds::step_bank(lang)>
            <form method="get" action=action>
                <Field field lang />
                <div class="form-end">
                    <SubmitButton>{refunds::find(lang)}</SubmitButton>
                </div>
            </form>
            {found}
        </Card>
    }
}

fn find_branch(token: &str, bank: &'static Bank, lang: Lang) -> impl IntoView + use<> {
    let query = ssr::query("branch_q").unwrap_or_default();
    let found = bank
        .find_branches(&query)
        .into_iter()
        .map(|branch| {
            let href = paths::refund_account_at(token, bank.code, Some(branch.code));
            (href, branch.name, branch.code)
        })
        .collect::<Vec<_>>();
    let field = FieldSpec {
        value: query.clone(),
        help: Some(refunds::branch_query_help(lang).to_owned()),
        chars_max: Some(40),
        autocomplete: Some("off"),
        ..FieldSpec::new("branch_q", refunds::branch_query(lang))
    };
    let action = paths::refund_account(token);
    let found = list(&query, found, refunds::choose_branch(lang), lang);
    let code = bank.code;
    let of_bank = chosen(refunds::bank(lang), bank.name, code, action.clone(), lang);
    view! {
        <Card title=refunds::step_branch(lang)>
            {of_bank} <form method="get" action=action>
                <input type="hidden" name="bank" value=code />
                <Field field lang />
                <div class="form-end">
                    <SubmitButton>{refunds::find(lang)}</SubmitButton>
                </div>
            </form>
            {found}
        </Card>
    }
}

/// What was found, each a link to the next step; nothing before something was looked for.
fn list(
    query: &str,
    found: Vec<(String, &'static str, &'static str)>,
    heading: &'static str,
    lang: Lang,
) -> impl IntoView + use<> {
    (!query.trim().is_empty()).then(|| {
        if found.is_empty() {
            return view! { <p role="status">{refunds::found_none(lang)}</p> }.into_any();
        }
        let items = found
            .into_iter()
            .map(|(href, name, code)| {
                view! {
                    <li>
                        <a href=href>
                            <span>{name}</span>
                            <span class="found-code">{code}</span>
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! {
            <p class="field-label" id="found-title">
                {heading}
            </p>
            <ul class="found" aria-labelledby="found-title">
                {items}
            </ul>
        }
        .into_any()
    })
}

/// What was chosen, with the way back.
fn chosen(
    label: &'static str,
    name: &'static str,
    code: &'static str,
    change: String,
    lang: Lang,
) -> impl IntoView + use<> {
    view! {
        <dl class="facts-list">
            <div>
                <dt>{label}</dt>
                <dd>
                    {name} " " <span class="found-code">{code}</span> " "
                    <a href=change aria-label=format!("{label}: {}", refunds::change(lang))>
                        {refunds::change(lang)}
                    </a>
                </dd>
            </div>
        </dl>
    }
}

fn account(
    token: &str,
    (bank, branch): (&'static Bank, Branch),
    typed: &TypedAccount,
    mut errors: FieldErrors,
    lang: Lang,
) -> impl IntoView + use<> {
    errors.remove(flash::WHOLE_FORM);
    let number = FieldSpec {
        value: typed.number.clone(),
        error: errors.get("number").cloned(),
        help: Some(refunds::number_help(lang).to_owned()),
        inputmode: Some("numeric"),
        autocomplete: Some("off"),
        chars_max: Some(20),
        ..FieldSpec::new("number", refunds::number(lang))
    };
    let holder = FieldSpec {
        value: typed.holder.clone(),
        error: errors.get("holder").cloned(),
        help: Some(refunds::holder_help(lang).to_owned()),
        autocomplete: Some("off"),
        chars_max: Some(domain::limits::HOLDER_TYPED_CHARS_MAX),
        ..FieldSpec::new("holder", refunds::holder(lang))
    };
    let (bank_code, branch_code, token) = (bank.code, branch.code, token.to_owned());
    let change_bank = paths::refund_account(&token);
    let change_branch = paths::refund_account_at(&token, bank_code, None);
    let of_bank = chosen(refunds::bank(lang), bank.name, bank_code, change_bank, lang);
    let of_branch = chosen(refunds::branch(lang), branch.name, branch_code, change_branch, lang);
    let kinds = kinds(&typed.kind, errors.get("kind").cloned(), lang);
    view! {
        <Card title=refunds::step_account(lang)>
            {of_bank} {of_branch}
            <form method="post" action=paths::GIVE_ACCOUNT novalidate="">
                <input type="hidden" name="token" value=token />
                <input type="hidden" name="bank" value=bank_code />
                <input type="hidden" name="branch" value=branch_code />
                <ProblemSummary errors lang />
                {kinds} <Field field=number lang />
                <Field field=holder lang />
                <div class="form-end">
                    <SubmitButton>{refunds::give_account(lang)}</SubmitButton>
                </div>
            </form>
        </Card>
    }
}

fn kinds(typed: &str, error: Option<String>, lang: Lang) -> impl IntoView + use<> {
    let chosen = if typed.is_empty() { AccountKind::Ordinary.as_str() } else { typed }.to_owned();
    let choices = AccountKind::ALL
        .iter()
        .map(|kind| {
            let is_chosen = kind.as_str() == chosen;
            view! {
                <label class="choice">
                    <input type="radio" name="kind" value=kind.as_str() checked=is_chosen />
                    <span>{bank::account_kind(*kind, lang)}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field" id="field-kind">
            <legend class="field-label">{refunds::kind(lang)}</legend>
            <div class="choices">{choices}</div>
            {error.map(|error| view! { <p class="field-error">{error}</p> })}
        </fieldset>
    }
}
