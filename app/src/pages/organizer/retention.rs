//! The part of the settings that says how long participants are kept.

use leptos::prelude::*;
use operations::buyer_data::retention::retention_days;
use words::buyer_data as texts;
use words::status::Tone;

use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::{Notice, ProblemSummary};
use crate::error::AppError;
use crate::pages::frame::here;
use crate::ssr::flash;
use crate::ssr::member::Member;
use crate::{paths, ssr};

/// The form of the days.
pub(super) async fn section(member: &Member) -> Result<impl IntoView + use<>, AppError> {
    let lang = member.lang;
    let days = retention_days(&member.deps, &member.access).await.map_err(ssr::unexpected)?;
    let form = flash::take("retention").await;
    let was_saved = ssr::query("done").is_some_and(|done| done == "retention");
    let field = FieldSpec {
        value: form.value_or("days", &days.to_string()),
        error: form.error("days"),
        help: Some(texts::retention_bounds(lang)),
        inputmode: Some("numeric"),
        autocomplete: Some("off"),
        ..FieldSpec::new("days", texts::retention_label(lang))
    };
    Ok(view! {
        <section class="card" id="retention">
            <h2 class="card-title">{texts::retention_title(lang)}</h2>
            <p class="quiet-text">{texts::retention_text(lang)}</p>
            {was_saved.then(|| view! { <Notice tone=Tone::Good>{texts::retention_saved(lang)}</Notice> })}
            <form method="post" action=here(paths::SAVE_RETENTION) class="key-form" novalidate="">
                <ProblemSummary errors=form.errors lang />
                <Field field lang />
                <SubmitButton kind=ButtonKind::Secondary>{texts::retention_save(lang)}</SubmitButton>
            </form>
        </section>
    })
}
