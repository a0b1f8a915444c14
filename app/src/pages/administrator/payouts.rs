//! Where administrators send payouts to the bank, record what became of them, and set schedules and fee rules.

use domain::fees::Party;
use domain::payment::PaymentMethod;
use domain::payout::PayoutStatus;
use domain::permission::Permission;
use domain::tax::TaxRate;
use leptos::prelude::*;
use operations::fees::{KeptRule, rules};
use operations::payouts::outcome::BankOutcome;
use operations::payouts::show::{ForAdministrator, for_administrators};
use words::lang::Lang;
use words::status::Tone;
use words::{administration, money, payouts, status};

use super::frame::{AdminPage, AdminSection, form_answer};
use super::page_for_administrator;
use crate::api::in_form;
use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::field::{Field, FieldSpec, SelectField};
use crate::components::notice::Notice;
use crate::components::status_badge::StatusBadge;
use crate::pages::organizer::payouts::percent;
use crate::{paths, ssr};

/// The page of payouts and fees, for administrators alone.
#[component]
pub fn AdminPayoutsPage() -> impl IntoView {
    page_for_administrator(Permission::RunPayouts, |it| async move {
        let lang = it.lang;
        let found = for_administrators(&it.deps, &it.access).await.map_err(ssr::unexpected)?;
        let kept = rules(&it.deps, &it.access).await.map_err(ssr::unexpected)?;
        let answer = form_answer(done(lang)).await;
        let has_requester = it.deps.settings.requester.is_some();
        Ok(view! {
            <AdminPage section=AdminSection::Payouts title=payouts::admin_title(lang)>
                <div class="form-page">
                    <header class="page-header">
                        <h1>{payouts::admin_title(lang)}</h1>
                    </header>
                    {answer}
                    {(!has_requester)
                        .then(|| {
                            view! {
                                <Notice tone=Tone::Waiting>{payouts::admin_no_requester(lang)}</Notice>
                            }
                        })}
                    {approved(&found, lang)}
                    {at_the_bank(&found, lang)}
                    {terms_form(lang)}
                    {fee_rules(&kept, lang)}
                </div>
            </AdminPage>
        }
        .into_any())
    })
}

fn done(lang: Lang) -> Option<(Tone, String)> {
    let text = match ssr::query("done")?.as_str() {
        "submitted" => payouts::admin_submitted(lang),
        "recorded" => payouts::admin_recorded(lang),
        "terms" => administration::terms_set(lang),
        "fee_rule" => administration::fee_rule_set(lang),
        _ => return None,
    };
    Some((Tone::Good, text.to_owned()))
}

/// Payouts to choose for a file.
fn approved(found: &[ForAdministrator], lang: Lang) -> impl IntoView + use<> {
    let waiting: Vec<_> =
        found.iter().filter(|it| it.payout.status == PayoutStatus::Approved).collect();
    let is_empty = waiting.is_empty();
    let boxes = waiting
        .into_iter()
        .map(|it| {
            let label = format!(
                "{} ・ {} ・ {}",
                it.payout.code,
                it.organizer_name,
                money::format(it.payout.amount, lang)
            );
            view! {
                <label class="choice">
                    <input
                        type="checkbox"
                        name=format!("payouts[{}]", it.payout.id)
                        value="on"
                        checked=true
                    />
                    <span>{label}</span>
                </label>
            }
        })
        .collect_view();
    let on = FieldSpec {
        kind: "date",
        ..FieldSpec::new("transfer_on", payouts::admin_transfer_on(lang))
    };
    view! {
        <section class="card">
            <h2 class="card-title">{payouts::admin_choose(lang)}</h2>
            {if is_empty {
                view! { <p class="quiet-text">{payouts::admin_empty(lang)}</p> }.into_any()
            } else {
                view! {
                    <form method="post" action=paths::SUBMIT_PAYOUTS>
                        <fieldset class="field">
                            <legend class="field-label">{payouts::admin_choose(lang)}</legend>
                            <div class="choices">{boxes}</div>
                        </fieldset>
                        <Field field=on lang />
                        <div class="form-end">
                            <SubmitButton>{payouts::admin_submit(lang)}</SubmitButton>
                        </div>
                    </form>
                }
                    .into_any()
            }}
        </section>
    }
}

/// Payouts that the bank has, and what became of earlier ones.
fn at_the_bank(found: &[ForAdministrator], lang: Lang) -> impl IntoView + use<> {
    found
        .iter()
        .filter(|it| it.payout.status != PayoutStatus::Approved)
        .map(|it| bank_card(it, lang))
        .collect_view()
}

fn bank_card(it: &ForAdministrator, lang: Lang) -> impl IntoView + use<> {
    let payout = &it.payout;
    let outcomes: &[BankOutcome] = match payout.status {
        PayoutStatus::Submitted => BankOutcome::ALL,
        PayoutStatus::Paid => &[BankOutcome::Returned],
        PayoutStatus::Draft
        | PayoutStatus::Approved
        | PayoutStatus::Failed
        | PayoutStatus::Returned
        | PayoutStatus::Cancelled => &[],
    };
    let files = payout.file.map(|file| {
        view! {
            <p>
                <a href=paths::payout_file(file, true) rel="external">
                    {payouts::admin_download(lang)}
                </a>
                " ・ "
                <a href=paths::payout_file(file, false) rel="external">
                    {payouts::admin_download_bare(lang)}
                </a>
            </p>
        }
    });
    let form = (!outcomes.is_empty()).then(|| outcome_form(it, outcomes, lang));
    view! {
        <section class="card">
            <div class="card-head">
                <h2 class="card-title">{payout.code.clone()} " " {it.organizer_name.clone()}</h2>
                <StatusBadge status=payouts::status(payout.status, lang) />
            </div>
            <p>
                <b>
                    <Amount money=payout.amount lang />
                </b>
            </p>
            {files}
            {form}
        </section>
    }
}

fn outcome_form(
    it: &ForAdministrator,
    outcomes: &[BankOutcome],
    lang: Lang,
) -> impl IntoView + use<> {
    let code = it.payout.code.clone();
    // Every card has this form: its field is named by the label around it, not by an id that would stand twice.
    let buttons = outcomes
        .iter()
        .map(|outcome| {
            let (word, kind) = match outcome {
                BankOutcome::Paid => (payouts::mark_paid(lang), ButtonKind::Primary),
                BankOutcome::Failed => (payouts::mark_failed(lang), ButtonKind::Secondary),
                BankOutcome::Returned => (payouts::mark_returned(lang), ButtonKind::Secondary),
            };
            view! {
                <button
                    type="submit"
                    class="button"
                    data-kind=kind.as_str()
                    name="outcome"
                    value=outcome.as_str()
                    aria-label=format!("{code}: {word}")
                >
                    {word}
                </button>
            }
        })
        .collect_view();
    view! {
        <form method="post" action=paths::RECORD_PAYOUT>
            <input type="hidden" name="payout" value=it.payout.id.to_string() />
            <label class="field">
                <span class="field-label">{payouts::outcome_reason(lang)}</span>
                <span class="field-control">
                    <input type="text" name="reason" autocomplete="off" maxlength="500" />
                </span>
            </label>
            <div class="page-actions">{buttons}</div>
        </form>
    }
}

fn text(name: &str, label: &str, help: Option<&str>, is_required: bool) -> FieldSpec {
    FieldSpec {
        help: help.map(str::to_owned),
        autocomplete: Some("off"),
        is_required,
        ..FieldSpec::new(&in_form(name), label)
    }
}

/// An organizer's schedule and reserve.
fn terms_form(lang: Lang) -> impl IntoView {
    let organizer = text("organizer", administration::organizer(lang), Some("org_…"), true);
    let fields = [
        text("business_days", administration::business_days(lang), None, true),
        text("reserve_percent", administration::reserve_percent(lang), None, true),
        text("reserve_days", administration::reserve_days(lang), None, true),
        text("minimum", administration::minimum(lang), None, true),
    ];
    view! {
        <section class="card">
            <h2 class="card-title">{administration::terms_title(lang)}</h2>
            <form method="post" action=paths::SET_PAYOUT_TERMS novalidate="">
                <Field field=organizer lang />
                {fields.map(|field| view! { <Field field lang /> }).collect_view()}
                <div class="form-end">
                    <SubmitButton kind=ButtonKind::Secondary>
                        {administration::terms_save(lang)}
                    </SubmitButton>
                </div>
            </form>
        </section>
    }
}

fn fee_rules(kept: &[KeptRule], lang: Lang) -> impl IntoView + use<> {
    let rows = kept.iter().map(|it| fee_rule(it, lang)).collect_view();
    view! {
        <section class="card">
            <h2 class="card-title">{administration::fee_rules_title(lang)}</h2>
            {if kept.is_empty() {
                view! { <p class="quiet-text">{administration::fee_rules_none(lang)}</p> }.into_any()
            } else {
                view! { <ul class="key-list">{rows}</ul> }.into_any()
            }}
            {fee_rule_form(lang)}
        </section>
    }
}

fn fee_rule(kept: &KeptRule, lang: Lang) -> impl IntoView + use<> {
    let rule = &kept.rule;
    let who = kept.organizer.map_or_else(
        || administration::everybody(lang).to_owned(),
        |organizer| organizer.to_string(),
    );
    let method =
        rule.method.map_or(administration::every_method(lang), |it| status::method(it, lang));
    let what = administration::fee_rule(
        &percent(rule.rate_basis_points),
        rule.fixed_minor,
        rule.minimum_minor,
        &percent(rule.tax_rate.basis_points()),
        lang,
    );
    view! {
        <li class="key-line">
            <div>
                <p>
                    <b>{administration::party(rule.party, lang)} " ・ " {method}</b>
                </p>
                <p class="people-details">{what} " ・ " {who}</p>
            </div>
            <form method="post" action=paths::END_FEE_RULE class="action-form">
                <input type="hidden" name="rule" value=kept.id.to_string() />
                <SubmitButton kind=ButtonKind::Danger>{administration::fee_rule_end(lang)}</SubmitButton>
            </form>
        </li>
    }
}

fn fee_rule_form(lang: Lang) -> impl IntoView {
    let parties = Party::ALL
        .iter()
        .map(|party| (party.as_str().to_owned(), administration::party(*party, lang).to_owned()))
        .collect();
    let every = (String::new(), administration::every_method(lang).to_owned());
    let methods =
        std::iter::once(every)
            .chain(PaymentMethod::ALL.iter().filter(|it| it.has_fees()).map(|method| {
                (method.as_str().to_owned(), status::method(*method, lang).to_owned())
            }))
            .collect();
    let taxes = TaxRate::ALL
        .iter()
        .map(|rate| {
            (rate.basis_points().to_string(), format!("{} %", percent(rate.basis_points())))
        })
        .collect();
    let party = text("party", administration::party_label(lang), None, true);
    let method = text("method", administration::method_label(lang), None, true);
    let tax = text("tax", administration::tax_label(lang), None, true);
    // Not `organizer` and `minimum`: the form above has fields of these names, and an id stands once on a page.
    let organizer = text("only_for", administration::rule_organizer(lang), Some("org_…"), false);
    let fields = [
        text("rate_percent", administration::rate_percent(lang), None, true),
        text("fixed", administration::fixed(lang), None, false),
        text("at_least", administration::rule_minimum(lang), None, false),
    ];
    view! {
        <form method="post" action=paths::SET_FEE_RULE class="key-form" novalidate="">
            <SelectField field=party options=parties lang />
            <SelectField field=method options=methods lang />
            {fields
                .map(|field| view! { <Field field lang /> })
                .collect_view()}
            <SelectField field=tax options=taxes lang />
            <Field field=organizer lang />
            <div class="form-end">
                <SubmitButton kind=ButtonKind::Secondary>{administration::fee_rule_save(lang)}</SubmitButton>
            </div>
        </form>
    }
}
