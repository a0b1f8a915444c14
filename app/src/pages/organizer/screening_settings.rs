//! How an organizer's orders are screened before payment: how closely, and from where on.

use domain::screening::{ScreeningRules, Sensitivity};
use leptos::prelude::*;
use operations::screening::settings::{TuneError, rules};
use words::lang::Lang;
use words::screening as texts;
use words::status::Tone;

use crate::api::screenings::form;
use crate::components::button::SubmitButton;
use crate::components::field::{Field, FieldSpec, SelectField};
use crate::components::notice::{Notice, ProblemSummary};
use crate::error::AppError;
use crate::pages::frame::here;
use crate::pages::organizer::settings::part_of_settings;
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

impl From<TuneError> for AppError {
    fn from(error: TuneError) -> Self {
        match error {
            TuneError::NotFound => Self::NotFound,
            other => ssr::unexpected(other),
        }
    }
}

/// The page of the screening's settings.
#[component]
pub fn ScreeningSettingsPage() -> impl IntoView {
    page_for_member(Permission::ManageSettings, On::Organizer, |member| async move {
        let lang = member.lang;
        let rules = rules(&member.deps, &member.access).await?;
        let refused = flash::take(form::KEY).await;
        let is_saved = ssr::query("done").is_some_and(|done| done == "saved");
        let body = view! {
            {is_saved.then(|| view! { <Notice tone=Tone::Good>{texts::saved(lang)}</Notice> })}
            <section class="card">{fields(&rules, &refused, lang)}</section>
        };
        let (title, lead) = (texts::settings_title(lang), Some(texts::settings_lead(lang)));
        Ok(part_of_settings(title, lead, body.into_any(), lang))
    })
}

fn fields(rules: &ScreeningRules, refused: &Flash, lang: Lang) -> impl IntoView + use<> {
    let sensitivity = FieldSpec {
        value: refused.value_or("sensitivity", rules.sensitivity().as_str()),
        ..FieldSpec::new("sensitivity", texts::sensitivity(lang))
    };
    let choices = Sensitivity::ALL
        .iter()
        .map(|it| (it.to_string(), texts::sensitivity_choice(*it, lang).to_owned()))
        .collect();
    let threshold = |name: &str, label: &str, is_review: bool, now: u16| FieldSpec {
        value: refused.value_or(name, &texts::decimal(now)),
        error: refused.error(name),
        help: Some(texts::bounds(is_review, lang)),
        inputmode: Some("decimal"),
        autocomplete: Some("off"),
        ..FieldSpec::new(name, label)
    };
    let review = threshold("review_at", texts::review_at(lang), true, rules.review_at().get());
    let block =
        threshold("block_above", texts::block_above(lang), false, rules.block_above().get());
    view! {
        <form method="post" action=here(paths::TUNE_SCREENING) novalidate="">
            <ProblemSummary errors=refused.errors.clone() lang />
            <SelectField field=sensitivity options=choices lang />
            <Field field=review lang />
            <Field field=block lang />
            <div class="form-end">
                <SubmitButton>{texts::save(lang)}</SubmitButton>
            </div>
        </form>
    }
}
