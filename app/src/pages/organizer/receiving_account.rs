//! Where the account is entered that participants transfer to.

use std::collections::BTreeMap;

use domain::bank::AccountKind;
use domain::limits::NAME_CHARS_MAX;
use leptos::prelude::*;
use operations::transfers::account::{ReceivingAccount, find};
use words::lang::Lang;
use words::{bank, transfer};

use crate::api::in_form;
use crate::api::transfers::ACCOUNT_FORM;
use crate::components::button::SubmitButton;
use crate::components::field::{Field, FieldSpec, SelectField};
use crate::components::notice::ProblemSummary;
use crate::pages::frame::{OrganizerPage, Section, here};
use crate::pages::organizer::PageHead;
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

/// The page of the account.
#[component]
pub fn ReceivingAccountPage() -> impl IntoView {
    page_for_member(Permission::ManageBankAccounts, On::Organizer, |member| async move {
        let lang = member.lang;
        let kept = find(&member.deps, &member.access).await.map_err(ssr::unexpected)?;
        let mut form = flash::take(ACCOUNT_FORM).await;
        if form.values.is_empty() {
            form.values = kept.as_ref().map(values_of).unwrap_or_default();
        }
        Ok(view! {
            <PageHead title=transfer::account_title(lang).to_owned() />
            <OrganizerPage section=Section::Statements event=None>
                <div class="form-page">
                    <p class="crumbs">
                        <a href=paths::STATEMENTS>"← " {transfer::statements_title(lang)}</a>
                    </p>
                    <header class="page-header">
                        <h1>{transfer::account_title(lang)}</h1>
                    </header>
                    <p class="page-lead">{transfer::account_hint(lang)}</p>
                    {account_form(&form, lang)}
                </div>
            </OrganizerPage>
        }
        .into_any())
    })
}

fn values_of(kept: &ReceivingAccount) -> BTreeMap<String, String> {
    let account = &kept.account;
    [
        ("bank_code", account.bank.to_string()),
        ("bank_name", kept.bank_name.clone()),
        ("branch_code", account.branch.to_string()),
        ("branch_name", kept.branch_name.clone()),
        ("kind", account.kind.to_string()),
        ("number", account.number.to_string()),
        ("holder", account.holder.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (in_form(name), value))
    .collect()
}

fn account_form(form: &Flash, lang: Lang) -> impl IntoView + use<> {
    let field = |name: &str, label: &str| {
        let name = in_form(name);
        FieldSpec {
            value: form.value_or(&name, ""),
            error: form.error(&name),
            chars_max: Some(NAME_CHARS_MAX),
            ..FieldSpec::new(&name, label)
        }
    };
    let digits =
        |name: &str, label: &str| FieldSpec { inputmode: Some("numeric"), ..field(name, label) };
    let kinds = AccountKind::ALL
        .iter()
        .map(|kind| (kind.as_str().to_owned(), bank::account_kind(*kind, lang).to_owned()))
        .collect();
    view! {
        <form method="post" action=here(paths::SAVE_RECEIVING_ACCOUNT) class="card event-form" novalidate="">
            <ProblemSummary errors=form.errors.clone() lang />
            <div class="field-pair">
                <Field field=digits("bank_code", transfer::bank_code(lang)) lang />
                <Field field=field("bank_name", transfer::bank_name(lang)) lang />
            </div>
            <div class="field-pair">
                <Field field=digits("branch_code", transfer::branch_code(lang)) lang />
                <Field field=field("branch_name", transfer::branch_name(lang)) lang />
            </div>
            <div class="field-pair">
                <SelectField field=field("kind", transfer::kind(lang)) options=kinds lang />
                <Field field=digits("number", transfer::account_number(lang)) lang />
            </div>
            <Field field=field("holder", transfer::holder(lang)) lang />
            <div class="form-end">
                <SubmitButton>{transfer::save_account(lang)}</SubmitButton>
            </div>
        </form>
    }
}
