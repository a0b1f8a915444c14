//! One payout: where it stands, whose account it goes to, what it is made of, and what a member can do with it.

use domain::bank::BankAccount;
use domain::payout::PayoutStatus;
use domain::time_zone;
use leptos::prelude::*;
use operations::payouts::account::{AccountLine, account_of};
use operations::payouts::show::{PayoutDetail, PayoutLine, payout};
use operations::payouts::statement::amounts;
use operations::processes::told;
use time::OffsetDateTime;
use words::lang::Lang;
use words::status::Tone;
use words::{bank, date, money, payouts};

use crate::api::payouts::door::{payout_key, sentence};
use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::card::Card;
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::Notice;
use crate::components::status_badge::StatusBadge;
use crate::components::timeline::ProcessTimeline;
use crate::error::AppError;
use crate::pages::frame::{Allowed, OnHold, OrganizerPage, Section, here};
use crate::pages::organizer::{ActionButton, PageHead, id_in_path};
use crate::pages::visit::Visiting;
use crate::ssr::flash;
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

/// The page of a payout. It prints as a statement.
#[component]
pub fn PayoutPage() -> impl IntoView {
    let id = id_in_path("payout");
    page_for_member(Permission::ViewMoney, On::Organizer, move |member| async move {
        let id = id?;
        let lang = member.lang;
        let unknown = |error| match error {
            operations::payouts::PayoutError::NotFound => AppError::NotFound,
            other => ssr::unexpected(sentence(other, lang)),
        };
        let found = payout(&member.deps, &member.access, id).await.map_err(unknown)?;
        let account = account_of(&member.deps, &member.access, id).await.map_err(unknown)?;
        let refused = flash::take(&payout_key(id)).await.whole();
        let is_preparer = found.payout.prepared_by == member.home.user.user;
        Ok(view! {
            <PageHead title=format!("{} {}", payouts::statement(lang), found.payout.code) />
            <OrganizerPage section=Section::Money event=None>
                <div class="form-page">
                    <p class="crumbs no-print">
                        <a href=paths::PAYOUTS>"← " {payouts::title(lang)}</a>
                    </p>
                    <header class="page-header">
                        <div>
                            <h1>{payouts::statement(lang)} " " {found.payout.code.clone()}</h1>
                            <p class="page-lead">{found.organizer_name.clone()}</p>
                        </div>
                        <StatusBadge status=payouts::status(found.payout.status, lang) />
                    </header>
                    {done(lang)}
                    {refused.map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
                    {facts(&found, &account, lang)}
                    {way(&found, lang)}
                    {statement(&found, lang)}
                    {next(&found, is_preparer, lang)}
                    {(!Visiting::is_on())
                        .then(|| {
                            view! {
                                <p class="no-print">
                                    <LinkButton
                                        href=paths::payout_csv(id)
                                        kind=ButtonKind::Secondary
                                    >
                                        {payouts::statement_csv(lang)}
                                    </LinkButton>
                                </p>
                            }
                        })}
                </div>
            </OrganizerPage>
        }
        .into_any())
    })
}

fn done(lang: Lang) -> Option<impl IntoView> {
    let text = match ssr::query("done")?.as_str() {
        "prepared" => payouts::prepared_now(lang),
        "approved" => payouts::approved_now(lang),
        "cancelled" => payouts::cancelled_now(lang),
        _ => return None,
    };
    Some(view! { <Notice tone=Tone::Good>{text}</Notice> })
}

/// How far it is; the paper does without.
fn way(found: &PayoutDetail, lang: Lang) -> impl IntoView + use<> {
    let timeline = told::payout(found);
    view! {
        <div class="no-print">
            <Card>
                <ProcessTimeline timeline time_zone=time_zone::JAPAN.to_owned() lang />
            </Card>
        </div>
    }
}

/// Amount, payee as the bank will compare it, and how it ended.
fn facts(
    found: &PayoutDetail,
    (account, line): &(BankAccount, AccountLine),
    lang: Lang,
) -> impl IntoView + use<> {
    let it = &found.payout;
    let kind = bank::account_kind(account.kind, lang);
    let payee =
        format!("{} {} {kind} {}", line.bank_name, line.branch_name, account.number.as_str());
    let holder = account.holder.as_str().to_owned();
    let reason = (!it.end_reason.is_empty()).then(|| it.end_reason.clone());
    let amount = it.amount;
    let paid = moment(payouts::paid_at(lang), it.paid_at, lang);
    let ended = moment(payouts::ended_at(lang), it.ended_at, lang);
    view! {
        <Card>
            <dl class="facts-list">
                <div class="facts-total">
                    <dt>{payouts::statement_total(lang)}</dt>
                    <dd>
                        <Amount money=amount lang />
                    </dd>
                </div>
                <div>
                    <dt>{payouts::payee(lang)}</dt>
                    <dd>{payee}</dd>
                    <dd class="facts-note">{holder}</dd>
                </div>
                {paid} {ended}
                {reason
                    .map(|reason| {
                        view! {
                            <div>
                                <dt>{payouts::reason(lang)}</dt>
                                <dd>{reason}</dd>
                            </div>
                        }
                    })}
            </dl>
        </Card>
    }
}

fn moment(
    label: &'static str,
    at: Option<OffsetDateTime>,
    lang: Lang,
) -> Option<impl IntoView + use<>> {
    let at = date::full(at?, time_zone::JAPAN, lang);
    Some(view! {
        <div>
            <dt>{label}</dt>
            <dd>{at}</dd>
        </div>
    })
}

/// What it is made of, event by event; lines without an amount are left out.
fn statement(found: &PayoutDetail, lang: Lang) -> impl IntoView + use<> {
    found
        .lines
        .iter()
        .map(|line| {
            let rows = rows(line, lang);
            view! {
                <Card title=line.event_title.clone()>
                    <dl class="facts-list">
                        {rows
                            .into_iter()
                            .map(|(label, amount)| {
                                view! {
                                    <div>
                                        <dt>{label}</dt>
                                        <dd>
                                            <span class="amount">{amount}</span>
                                        </dd>
                                    </div>
                                }
                            })
                            .collect_view()}
                    </dl>
                </Card>
            }
        })
        .collect_view()
}

fn rows(line: &PayoutLine, lang: Lang) -> Vec<(&'static str, String)> {
    let [_, labels @ ..] = payouts::statement_head(lang);
    let amounts = amounts(line);
    labels
        .into_iter()
        .zip(amounts)
        .filter(|(_, (money, _))| !money.is_zero())
        .map(|(label, (amount, is_taken))| {
            let sign = if is_taken { "−" } else { "" };
            (label, format!("{sign}{}", money::format(amount, lang)))
        })
        .collect()
}

/// What a member can do now.
fn next(found: &PayoutDetail, is_preparer: bool, lang: Lang) -> Option<impl IntoView + use<>> {
    let status = found.payout.status;
    let can_cancel = matches!(status, PayoutStatus::Draft | PayoutStatus::Approved);
    let may_cancel = Allowed::may(Permission::PreparePayouts);
    let may_approve = Allowed::may(Permission::ApprovePayouts);
    let approve =
        (status == PayoutStatus::Draft && may_approve).then(|| approve(found, is_preparer, lang));
    let id = found.payout.id.to_string();
    let take_back = move || {
        view! {
            <ActionButton
                action=paths::CANCEL_PAYOUT
                fields=vec![("payout", id)]
                kind=ButtonKind::Danger
            >
                {payouts::cancel(lang)}
            </ActionButton>
        }
    };
    (can_cancel && (may_cancel || may_approve)).then(|| {
        view! { <section class="card no-print">{approve} {may_cancel.then(take_back)}</section> }
    })
}

/// Four eyes: another member presses the button; the only one types the amount again.
fn approve(found: &PayoutDetail, is_preparer: bool, lang: Lang) -> AnyView {
    let id = found.payout.id.to_string();
    if use_context::<OnHold>().is_some() {
        return view! { <Notice tone=Tone::Waiting>{payouts::problem_on_hold(lang)}</Notice> }
            .into_any();
    }
    if is_preparer && found.n_members > 1 {
        return view! {
            <Notice tone=Tone::Waiting>{payouts::approve_other(lang)}</Notice>
        }
        .into_any();
    }
    let again = is_preparer.then(|| FieldSpec {
        help: Some(payouts::approve_alone(lang).to_owned()),
        inputmode: Some("numeric"),
        autocomplete: Some("off"),
        unit: Some(words::organizer::unit_yen(lang).to_owned()),
        ..FieldSpec::new("amount", payouts::amount_again(lang))
    });
    view! {
        <form method="post" action=here(paths::APPROVE_PAYOUT)>
            <input type="hidden" name="payout" value=id />
            <p>{payouts::approve_text(lang)}</p>
            {again.map(|field| view! { <Field field lang /> })}
            <div class="form-end">
                <SubmitButton>{payouts::approve(lang)}</SubmitButton>
            </div>
        </form>
    }
    .into_any()
}
