//! The part of the settings that says when members confirm again.

use leptos::prelude::*;
use operations::account::step_up::rule;
use words::second_factor;
use words::status::Tone;

use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::{Notice, ProblemSummary};
use crate::error::AppError;
use crate::pages::frame::here;
use crate::ssr::flash;
use crate::ssr::member::Member;
use crate::{paths, ssr};

/// The form of the rule.
pub(super) async fn section(member: &Member) -> Result<impl IntoView + use<>, AppError> {
    let lang = member.lang;
    let rule = rule(&member.deps, &member.access).await.map_err(ssr::unexpected)?;
    let form = flash::take("step_up").await;
    let was_saved = ssr::query("done").is_some_and(|done| done == "step_up");
    let is_on = form.value_or("is_on", if rule.is_on { "on" } else { "" }) == "on";
    let above = FieldSpec {
        value: form.value_or("refunds_above", &rule.refunds_above_minor.to_string()),
        error: form.error("refunds_above"),
        inputmode: Some("numeric"),
        autocomplete: Some("off"),
        ..FieldSpec::new("refunds_above", second_factor::rule_above(lang))
    };
    Ok(view! {
        <section class="card" id="step-up">
            <h2 class="card-title">{second_factor::rule_title(lang)}</h2>
            <p class="quiet-text">{second_factor::rule_text(lang)}</p>
            {was_saved
                .then(|| view! { <Notice tone=Tone::Good>{second_factor::rule_saved(lang)}</Notice> })}
            <form method="post" action=here(paths::SAVE_STEP_UP) class="key-form" novalidate="">
                <ProblemSummary errors=form.errors lang />
                <label class="choice" for="field-is-on">
                    <input type="checkbox" id="field-is-on" name="is_on" value="on" checked=is_on />
                    <span>{second_factor::rule_switch(lang)}</span>
                </label>
                <Field field=above lang />
                <SubmitButton kind=ButtonKind::Secondary>{second_factor::rule_save(lang)}</SubmitButton>
            </form>
        </section>
    })
}
