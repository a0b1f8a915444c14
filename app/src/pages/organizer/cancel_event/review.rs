//! The dry run on a screen: totals by method, who needs an account, and the word that has to be typed.

use domain::money::Money;
use leptos::prelude::*;
use operations::event_cancellation::plan::{MethodPlan, Plan, PlannedRefund};
use operations::event_cancellation::wish::Wish;
use words::lang::Lang;
use words::status::{self, Tone};
use words::{cancellation, organizer};

use super::terms_line;
use crate::api::event_cancellation::CancelFields;
use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::card::Card;
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::Notice;
use crate::pages::frame::here;
use crate::pages::organizer::title_of;
use crate::ssr::flash::Flash;
use crate::{paths, ssr};

/// People that the page lists; the rest is on the run's own page.
const PEOPLE_MAX: usize = 50;

/// What would happen, and the form that makes it happen.
pub(super) fn review(
    plan: &Plan,
    wish: &Wish,
    typed: &CancelFields,
    refused: Flash,
    lang: Lang,
) -> impl IntoView + use<> {
    let problem = refused.whole();
    view! {
        <h1>{cancellation::review_title(lang)}</h1>
        <p class="page-lead">
            <b>{title_of(&plan.event.title, lang)}</b>
            " ・ "
            {cancellation::review_note(lang)}
        </p>
        {problem.map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        {totals(plan, wish, lang)} {methods(plan, lang)} {accounts(plan, lang)}
        {confirm(plan, typed, &refused, lang)}
    }
}

fn totals(plan: &Plan, wish: &Wish, lang: Lang) -> impl IntoView + use<> {
    let total = plan.total;
    let line = |word: &'static str, money: Money, note: Option<String>| {
        money.is_positive().then(|| {
            view! {
                <div>
                    <dt>{word}</dt>
                    <dd>
                        <Amount money lang />
                    </dd>
                    {note.map(|note| view! { <dd class="facts-note">{note}</dd> })}
                </div>
            }
        })
    };
    let n_orders = i64::try_from(plan.n_orders).unwrap_or(i64::MAX);
    let unpaid = (plan.n_unpaid > 0).then(|| cancellation::of_them_unpaid(plan.n_unpaid, lang));
    let reason = (!wish.reason.is_empty()).then(|| wish.reason.clone());
    let provider = total.back.is_positive().then(|| cancellation::provider_fee_note(lang));
    view! {
        <section class="card">
            <p>{cancellation::total_back(lang)}</p>
            <p class="cancel-total">
                <Amount money=total.back lang />
            </p>
            <dl class="facts-list">
                <div>
                    <dt>{cancellation::orders_ending(lang)}</dt>
                    <dd>{cancellation::n_orders(n_orders, lang)}</dd>
                    {unpaid.map(|text| view! { <dd class="facts-note">{text}</dd> })}
                </div>
                {line(cancellation::total_kept(lang), total.kept, terms_line(&wish.terms, lang))}
                {line(cancellation::total_back_before(lang), total.back_before, None)}
                {line(cancellation::total_fees_lost(lang), total.fees_lost, None)}
                {line(
                    cancellation::total_fees_taken(lang),
                    total.fees_taken,
                    Some(cancellation::fees_taken_note(lang).to_owned()),
                )}
                {reason
                    .map(|reason| {
                        view! {
                            <div>
                                <dt>{cancellation::reason(lang)}</dt>
                                <dd>{reason}</dd>
                            </div>
                        }
                    })}
            </dl>
            {provider.map(|text| view! { <p class="quiet-text">{text}</p> })}
        </section>
    }
}

fn methods(plan: &Plan, lang: Lang) -> impl IntoView + use<> {
    let row = |it: &MethodPlan| {
        let word = it.method.map_or(organizer::method_unknown(lang), |it| status::method(it, lang));
        let n_orders = i64::try_from(it.n_orders).unwrap_or(i64::MAX);
        view! {
            <tr>
                <th scope="row">{word}</th>
                <td>{cancellation::n_orders(n_orders, lang)}</td>
                <td class="amount">{words::money::format(it.total.back, lang)}</td>
                <td class="amount">{words::money::format(it.total.kept, lang)}</td>
            </tr>
        }
    };
    let rows = plan.by_method.iter().map(row).collect_view();
    let content = if plan.by_method.is_empty() {
        view! { <p class="quiet-text">{cancellation::nobody_paid(lang)}</p> }.into_any()
    } else {
        view! {
            <table class="parts-table cancel-methods">
                <thead>
                    <tr>
                        <th scope="col">{organizer::column_method(lang)}</th>
                        <th scope="col">{cancellation::column_orders(lang)}</th>
                        <th scope="col" class="amount">
                            {cancellation::column_back(lang)}
                        </th>
                        <th scope="col" class="amount">
                            {cancellation::column_kept(lang)}
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! { <Card title=cancellation::by_method(lang)>{content}</Card> }
}

fn accounts(plan: &Plan, lang: Lang) -> Option<impl IntoView + use<>> {
    if plan.needs_account.is_empty() {
        return None;
    }
    let row = |it: &PlannedRefund| {
        let method =
            it.method.map_or(organizer::method_unknown(lang), |it| status::method(it, lang));
        view! {
            <li>
                <span>
                    {organizer::polite(&it.buyer_name, lang)}
                    <span class="people-details">{it.code.clone()} " ・ " {method}</span>
                </span>
                <Amount money=it.back lang />
            </li>
        }
    };
    let rows = plan.needs_account.iter().take(PEOPLE_MAX).map(row).collect_view();
    let n_more = plan.needs_account.len().saturating_sub(PEOPLE_MAX);
    let n_more = i64::try_from(n_more).unwrap_or(i64::MAX);
    let more = (n_more > 0).then(|| format!("+ {}", cancellation::n_orders(n_more, lang)));
    Some(view! {
        <Card title=cancellation::accounts_title(lang)>
            <p class="quiet-text">{cancellation::accounts_text(lang)}</p>
            <ul class="people-results">{rows}</ul>
            {more.map(|more| view! { <p class="quiet-text">{more}</p> })}
        </Card>
    })
}

/// The last step. The fingerprint makes sure that what is confirmed is what stands above.
fn confirm(
    plan: &Plan,
    typed: &CancelFields,
    refused: &Flash,
    lang: Lang,
) -> impl IntoView + use<> {
    let pairs = typed.pairs();
    let hidden = pairs
        .iter()
        .map(|(name, value)| {
            let name = crate::api::in_form(name);
            view! { <input type="hidden" name=name value=value.clone() /> }
        })
        .collect_view();
    let back = format!("{}?{}", paths::cancel_event(plan.event.id), ssr::encode_query(&pairs));
    let confirm = FieldSpec {
        error: refused.error("confirm"),
        help: Some(cancellation::confirm_hint(lang).to_owned()),
        autocomplete: Some("off"),
        ..FieldSpec::new(&crate::api::in_form("confirm"), cancellation::confirm_label(lang))
    };
    view! {
        <form method="post" action=here(paths::BEGIN_CANCELLATION) class="card" novalidate="">
            <input type="hidden" name="event" value=plan.event.id.to_string() />
            <input
                type="hidden"
                name=crate::api::in_form("looked_at")
                value=plan.fingerprint()
            />
            {hidden} <Field field=confirm lang /> <div class="form-end">
                <SubmitButton kind=ButtonKind::Danger>
                    {cancellation::confirm_button(lang)}
                </SubmitButton>
                <LinkButton href=back kind=ButtonKind::Quiet>
                    {cancellation::back(lang)}
                </LinkButton>
            </div>
        </form>
    }
}
