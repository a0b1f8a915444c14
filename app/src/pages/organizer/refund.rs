//! Giving money back in two steps: how much and why, then what it means for the participant before anything moves.

use domain::limits::REASON_CHARS_MAX;
use domain::money::Money;
use domain::parsed::text::optional_line;
use leptos::prelude::*;
use operations::orders::detail::{OrderDetail, PaymentLine};
use words::lang::Lang;
use words::status::Tone;
use words::{errors, money, organizer, refunds};

use super::order::way_back;
use crate::api::refunds::{BY_HAND, form_key};
use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::{Notice, ProblemSummary};
use crate::error::FieldErrors;
use crate::pages::frame::here;
use crate::pages::organizer::about_order::{order_and_event, part};
use crate::pages::organizer::id_in_path;
use crate::ssr::flash;
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

/// What was typed.
#[derive(Debug, Clone, Default)]
struct Typed {
    amount: String,
    reason: String,
    after: String,
    way: String,
    note: String,
}

/// A refund that was read and can be reviewed.
struct Wish {
    amount: Money,
    reason: String,
    cancels_order: bool,
    /// What the organizer notes about money handed back by itself.
    hand_note: Option<String>,
}

/// The page of a refund.
#[component]
pub fn RefundPage() -> impl IntoView {
    let id = id_in_path("order");
    page_for_member(
        Permission::RefundPayments,
        on_path("order", On::Order),
        move |member| async move {
            let id = id?;
            let lang = member.lang;
            let (found, event) = order_and_event(&member, id).await?;
            let refused = flash::take(&form_key(id)).await;
            let body = match found.refundable() {
                None => nothing(&found, lang).into_any(),
                Some(payment) if !refused.errors.is_empty() => {
                    let typed = Typed {
                        amount: refused.value_or("amount", ""),
                        reason: refused.value_or("reason", ""),
                        after: refused.value_or("after", ""),
                        way: refused.value_or("way", ""),
                        note: refused.value_or("note", ""),
                    };
                    form(&found, payment, &typed, refused.errors, lang).into_any()
                }
                Some(payment) => step(&found, payment, lang),
            };
            Ok(part(organizer::refund_title(lang), (&found.head, &event), body, lang))
        },
    )
}

fn nothing(found: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    view! {
        <h1>{organizer::refund_title(lang)}</h1>
        <Notice tone=Tone::Quiet>{organizer::refund_nothing(lang)}</Notice>
        <LinkButton href=paths::order(found.head.id) kind=ButtonKind::Secondary>
            {organizer::go_back(lang)}
        </LinkButton>
    }
}

/// The first step until everything is right, then the second.
fn step(found: &OrderDetail, payment: &PaymentLine, lang: Lang) -> AnyView {
    let Some(amount) = ssr::query("amount") else {
        let typed = Typed {
            amount: payment.refundable_minor().to_string(),
            after: "cancel".to_owned(),
            ..Typed::default()
        };
        return form(found, payment, &typed, FieldErrors::new(), lang).into_any();
    };
    let typed = Typed {
        amount,
        reason: ssr::query("reason").unwrap_or_default(),
        after: ssr::query("after").unwrap_or_default(),
        way: ssr::query("way").unwrap_or_default(),
        note: ssr::query("note").unwrap_or_default(),
    };
    match read(found, payment, &typed, lang) {
        Ok(wish) if ssr::query("step").is_some_and(|step| step == "review") => {
            review(found, payment, &wish, lang).into_any()
        }
        Ok(_) => form(found, payment, &typed, FieldErrors::new(), lang).into_any(),
        Err(errors) => form(found, payment, &typed, errors, lang).into_any(),
    }
}

fn read(
    found: &OrderDetail,
    payment: &PaymentLine,
    typed: &Typed,
    lang: Lang,
) -> Result<Wish, FieldErrors> {
    let currency = found.head.amount.currency();
    let left = payment.refundable_minor();
    let mut errors = FieldErrors::new();
    let digits: String =
        typed.amount.chars().filter(|c| !matches!(c, ',' | ' ' | '¥' | '￥')).collect();
    let amount = digits.parse::<i64>().ok();
    match amount {
        None => errors.insert("amount".to_owned(), organizer::not_a_number(lang).to_owned()),
        Some(minor) if !(1..=left).contains(&minor) => {
            let left = money::format(Money::new(left, currency), lang);
            errors.insert("amount".to_owned(), organizer::refund_left(&left, lang))
        }
        Some(_) => None,
    };
    let reason = optional_line(&typed.reason, REASON_CHARS_MAX).unwrap_or_else(|error| {
        errors.insert("reason".to_owned(), errors::text(error, lang));
        String::new()
    });
    let note = optional_line(&typed.note, REASON_CHARS_MAX).unwrap_or_else(|error| {
        errors.insert("note".to_owned(), errors::text(error, lang));
        String::new()
    });
    match amount {
        Some(minor) if errors.is_empty() => Ok(Wish {
            amount: Money::new(minor, currency),
            reason,
            cancels_order: typed.after == "cancel",
            hand_note: (typed.way == BY_HAND).then_some(note),
        }),
        _ => Err(errors),
    }
}

fn form(
    found: &OrderDetail,
    payment: &PaymentLine,
    typed: &Typed,
    errors: FieldErrors,
    lang: Lang,
) -> impl IntoView + use<> {
    let left = Money::new(payment.refundable_minor(), found.head.amount.currency());
    let left = money::format(left, lang);
    let amount = FieldSpec {
        value: typed.amount.clone(),
        error: errors.get("amount").cloned(),
        help: Some(format!("{} {left}", organizer::payment_refundable(lang))),
        inputmode: Some("numeric"),
        unit: Some(organizer::unit_yen(lang).to_owned()),
        ..FieldSpec::new("amount", organizer::refund_amount(lang))
    };
    let reason = FieldSpec {
        value: typed.reason.clone(),
        error: errors.get("reason").cloned(),
        help: Some(organizer::refund_reason_hint(lang).to_owned()),
        chars_max: Some(REASON_CHARS_MAX),
        is_required: false,
        ..FieldSpec::new("reason", organizer::refund_reason(lang))
    };
    let note = FieldSpec {
        value: typed.note.clone(),
        error: errors.get("note").cloned(),
        chars_max: Some(REASON_CHARS_MAX),
        is_required: false,
        ..FieldSpec::new("note", refunds::hand_note(lang))
    };
    view! {
        <h1>{organizer::refund_title(lang)}</h1>
        <form method="get" action=paths::refund_order(found.head.id) class="card" novalidate="">
            <ProblemSummary errors lang />
            <input type="hidden" name="step" value="review" />
            <Field field=amount lang />
            {after_choice(&typed.after, lang)} {way_choice(&typed.way, lang)} <Field field=note lang />
            <Field field=reason lang />
            <div class="form-end">
                <SubmitButton>{organizer::refund_continue(lang)}</SubmitButton>
            </div>
        </form>
    }
}

/// One of two, with what each means; the second where nothing was chosen.
fn choice(
    name: &'static str,
    legend: &'static str,
    chosen: &str,
    options: [(&'static str, &'static str, &'static str); 2],
) -> impl IntoView + use<> {
    let [_, (last, ..)] = options;
    let options = options
        .into_iter()
        .map(|(value, label, hint)| {
            let is_chosen = value == chosen || (value == last && chosen.is_empty());
            view! {
                <label class="choice">
                    <input type="radio" name=name value=value checked=is_chosen />
                    <span>
                        {label} <span class="choice-hint">{hint}</span>
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field">
            <legend class="field-label">{legend}</legend>
            <div class="choices">{options}</div>
        </fieldset>
    }
}

fn after_choice(chosen: &str, lang: Lang) -> impl IntoView + use<> {
    let cancel =
        ("cancel", organizer::refund_after_cancel(lang), organizer::refund_after_cancel_text(lang));
    let keep =
        ("keep", organizer::refund_after_keep(lang), organizer::refund_after_keep_text(lang));
    choice("after", organizer::refund_after(lang), chosen, [cancel, keep])
}

fn way_choice(chosen: &str, lang: Lang) -> impl IntoView + use<> {
    let provider = ("provider", refunds::way_provider(lang), refunds::way_provider_text(lang));
    let by_hand = (BY_HAND, refunds::way_by_hand(lang), refunds::way_by_hand_text(lang));
    let chosen = if chosen == BY_HAND { BY_HAND } else { "provider" };
    choice("way", refunds::refund_way(lang), chosen, [provider, by_hand])
}

/// What the participant gets, before anything moves. The key makes a double click one refund.
fn review(
    found: &OrderDetail,
    payment: &PaymentLine,
    wish: &Wish,
    lang: Lang,
) -> impl IntoView + use<> {
    let currency = found.head.amount.currency();
    let kept = payment.refundable_minor().saturating_sub(wish.amount.minor());
    let after = if wish.cancels_order { "cancel" } else { "keep" };
    let afterwards = if wish.cancels_order {
        organizer::refund_after_cancel_text(lang)
    } else {
        organizer::refund_after_keep_text(lang)
    };
    let (way, action) = match wish.hand_note {
        Some(_) => (refunds::way_by_hand_text(lang), paths::RECORD_REFUND_BY_HAND),
        None => (way_back(payment.method, lang), paths::REQUEST_REFUND),
    };
    let pairs = [
        ("amount", wish.amount.minor().to_string()),
        ("reason", wish.reason.clone()),
        ("after", after.to_owned()),
        ("way", wish.hand_note.as_ref().map_or("", |_| BY_HAND).to_owned()),
        ("note", wish.hand_note.clone().unwrap_or_default()),
    ];
    let back = format!("{}?{}", paths::refund_order(found.head.id), ssr::encode_query(&pairs));
    let hidden = pairs
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view();
    view! {
        <h1>{organizer::refund_confirm_title(lang)}</h1>
        <form method="post" action=here(action) class="card">
            <input type="hidden" name="order" value=found.head.id.to_string() />
            <input type="hidden" name="idempotency_key" value=ssr::form_key() />
            {hidden}
            <dl class="facts-list">
                <div class="facts-total">
                    <dt>{organizer::refund_gets(lang)}</dt>
                    <dd>
                        <Amount money=wish.amount lang />
                    </dd>
                    <dd class="facts-note">{way}</dd>
                </div>
                <div>
                    <dt>{organizer::refund_keeps(lang)}</dt>
                    <dd>
                        <Amount money=Money::new(kept, currency) lang />
                    </dd>
                </div>
                <div>
                    <dt>{organizer::refund_after(lang)}</dt>
                    <dd>{afterwards}</dd>
                </div>
                {(!wish.reason.is_empty())
                    .then(|| {
                        view! {
                            <div>
                                <dt>{organizer::refund_reason(lang)}</dt>
                                <dd>{wish.reason.clone()}</dd>
                            </div>
                        }
                    })}
            </dl>
            <div class="form-end">
                <SubmitButton>{organizer::refund_confirm(lang)}</SubmitButton>
                <LinkButton href=back kind=ButtonKind::Quiet>
                    {organizer::refund_back(lang)}
                </LinkButton>
            </div>
        </form>
    }
}
