//! A chargeback: what it means, until when it can be answered, the evidence, and how it ended.

use domain::dispute::DisputeStatus;
use domain::limits::EVIDENCE_CHARS_MAX;
use leptos::prelude::*;
use operations::disputes::show::{Evidence, ShownDispute, show};
use operations::orders::detail::OrderDetail;
use words::lang::Lang;
use words::status::Tone;
use words::{date, errors, organizer, refunds};

use crate::api::disputes::refusal;
use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::card::Card;
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::Notice;
use crate::components::status_badge::StatusBadge;
use crate::error::AppError;
use crate::pages::frame::here;
use crate::pages::organizer::about_order::{order_and_event, part};
use crate::pages::organizer::{ActionButton, id_in_path};
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

/// The page of one dispute.
#[component]
pub fn DisputePage() -> impl IntoView {
    let id = id_in_path("dispute");
    page_for_member(
        Permission::AnswerDisputes,
        on_path("dispute", On::Dispute),
        move |member| async move {
            let shown = match show(&member.deps, &member.access, id?).await {
                Ok(shown) => shown,
                Err(error) => {
                    refusal(error)?;
                    return Err(ssr::reply(AppError::Unavailable));
                }
            };
            let (order, event) = order_and_event(&member, shown.dispute.order).await?;
            let lang = member.lang;
            let body = body(&shown, &order, lang).into_any();
            Ok(part(refunds::dispute(lang), (&order.head, &event), body, lang))
        },
    )
}

fn body(shown: &ShownDispute, order: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    let is_over = shown.dispute.status.is_over();
    let is_open = shown.dispute.status == DisputeStatus::Open;
    view! {
        <h1>{refunds::dispute(lang)}</h1>
        {said(lang)}
        <p class="page-lead">{refunds::dispute_lead(lang)}</p>
        {facts(shown, order, lang)}
        {evidence(shown, order, lang)}
        {(!is_over).then(|| add(shown, lang))}
        {is_open.then(|| sent(shown, lang))}
        {(!is_over).then(|| end(shown, lang))}
    }
}

/// What became of the last form.
fn said(lang: Lang) -> Option<AnyView> {
    let (tone, text) = match ssr::query("done")?.as_str() {
        "evidence_added" => (Tone::Good, refunds::evidence_added(lang)),
        "marked_sent" => (Tone::Good, refunds::marked_sent(lang)),
        "ended" => (Tone::Good, refunds::dispute_ended_now(lang)),
        "over" => (Tone::Bad, refunds::dispute_over(lang)),
        "needs_evidence" => (Tone::Bad, refunds::needs_evidence(lang)),
        "malformed" => (Tone::Bad, errors::malformed(lang)),
        "too_large" => (Tone::Bad, refunds::evidence_too_large(lang)),
        "unreadable" => (Tone::Bad, refunds::evidence_unreadable(lang)),
        "too_many" => (Tone::Bad, refunds::evidence_too_many(lang)),
        "busy" => (Tone::Bad, organizer::refund_again(lang)),
        _ => return None,
    };
    Some(view! { <Notice tone>{text}</Notice> }.into_any())
}

fn facts(shown: &ShownDispute, order: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    let zone = order.head.time_zone.as_str();
    let due = date::day_time(shown.dispute.evidence_due_at, zone, lang);
    let opened = date::day_time(shown.dispute.opened_at, zone, lang);
    let is_open = shown.dispute.status == DisputeStatus::Open;
    let status = refunds::dispute_status(shown.dispute.status, lang);
    let amount = shown.amount;
    view! {
        <Card>
            <p class="followed-head">
                <StatusBadge status=status />
                <Amount money=amount lang />
            </p>
            <dl class="facts-list">
                {is_open
                    .then(|| {
                        view! {
                            <div>
                                <dt>{refunds::dispute_due(lang)}</dt>
                                <dd>{due}</dd>
                                <dd class="facts-note">{refunds::dispute_due_note(lang)}</dd>
                            </div>
                        }
                    })}
                <div>
                    <dt>{refunds::dispute_opened(lang)}</dt>
                    <dd>{opened}</dd>
                </div>
            </dl>
        </Card>
    }
}

fn evidence(shown: &ShownDispute, order: &OrderDetail, lang: Lang) -> impl IntoView + use<> {
    let zone = order.head.time_zone.clone();
    let items = shown.evidence.iter().map(|it| piece(it, &zone)).collect_view();
    let is_empty = shown.evidence.is_empty();
    view! {
        <Card title=refunds::dispute_evidence(lang)>
            {is_empty
                .then(|| view! { <p class="quiet-text">{refunds::dispute_no_evidence(lang)}</p> })}
            {items}
        </Card>
    }
}

fn piece(evidence: &Evidence, zone: &str) -> impl IntoView + use<> {
    let at = date::short_time(evidence.created_at, zone);
    let body = evidence.body.clone().map(|body| view! { <p class="pre-line">{body}</p> });
    let href = paths::evidence_file(evidence.dispute, evidence.id);
    let file = evidence.file_name.clone().map(|name| {
        view! {
            <p class="evidence-file">
                <a href=href>{name}</a>
            </p>
        }
    });
    view! {
        <article class="payment">
            {body} {file}
            <p class="quiet-text">
                <time datetime=date::machine(evidence.created_at)>{at}</time>
            </p>
        </article>
    }
}

fn add(shown: &ShownDispute, lang: Lang) -> impl IntoView + use<> {
    let id = shown.dispute.id;
    let text = FieldSpec {
        rows: 5,
        chars_max: Some(EVIDENCE_CHARS_MAX),
        help: Some(refunds::dispute_ideas(lang).to_owned()),
        ..FieldSpec::new("body", refunds::evidence_text(lang))
    };
    view! {
        <Card title=refunds::dispute_answer(lang)>
            <form method="post" action=here(paths::ADD_EVIDENCE)>
                <input type="hidden" name="dispute" value=id.to_string() />
                <Field field=text lang />
                <div class="form-end">
                    <SubmitButton kind=ButtonKind::Secondary>{refunds::add_text(lang)}</SubmitButton>
                </div>
            </form>
            <form method="post" action=here(&paths::dispute_files(id)) enctype="multipart/form-data">
                <div class="field">
                    <label class="field-label" for="evidence-file">
                        {refunds::evidence_file(lang)}
                    </label>
                    <input
                        id="evidence-file"
                        type="file"
                        name="file"
                        accept="application/pdf,image/jpeg,image/png"
                        required=true
                    />
                </div>
                <div class="form-end">
                    <SubmitButton kind=ButtonKind::Secondary>{refunds::add_file(lang)}</SubmitButton>
                </div>
            </form>
        </Card>
    }
}

fn sent(shown: &ShownDispute, lang: Lang) -> impl IntoView + use<> {
    let fields = vec![("dispute", shown.dispute.id.to_string())];
    view! {
        <Card title=refunds::evidence_send(lang)>
            <p>{refunds::evidence_send_text(lang)}</p>
            <ActionButton action=paths::EVIDENCE_SENT fields>
                {refunds::mark_sent(lang)}
            </ActionButton>
        </Card>
    }
}

fn end(shown: &ShownDispute, lang: Lang) -> impl IntoView + use<> {
    let fields = |result: &str| {
        vec![("dispute", shown.dispute.id.to_string()), ("result", result.to_owned())]
    };
    let (won, lost) = (fields("won"), fields("lost"));
    view! {
        <Card title=refunds::dispute_end(lang)>
            <p>{refunds::dispute_end_text(lang)}</p>
            <div class="side-by-side">
                <ActionButton
                    action=paths::END_DISPUTE
                    fields=won
                    kind=ButtonKind::Secondary
                >
                    {refunds::record_won(lang)}
                </ActionButton>
                <ActionButton
                    action=paths::END_DISPUTE
                    fields=lost
                    kind=ButtonKind::Secondary
                >
                    {refunds::record_lost(lang)}
                </ActionButton>
            </div>
        </Card>
    }
}
