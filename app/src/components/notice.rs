//! A message on the page, and the summary of what is wrong with a form.

use leptos::prelude::*;
use words::lang::Lang;
use words::status::Tone;

use crate::components::field::field_id;
use crate::components::icon::{Icon, IconName};
use crate::error::FieldErrors;

/// A message with its sign.
#[component]
pub fn Notice(
    tone: Tone,
    #[prop(optional, into)] title: Option<String>,
    children: Children,
) -> impl IntoView {
    let icon = match tone {
        Tone::Good => IconName::Check,
        Tone::Waiting => IconName::Clock,
        Tone::Bad => IconName::Alert,
        Tone::Quiet => IconName::Info,
    };
    view! {
        <div class="notice" data-tone=tone.as_str() role=(tone == Tone::Bad).then_some("alert")>
            <Icon name=icon />
            <div class="notice-body">
                {title.map(|title| view! { <p class="notice-title">{title}</p> })} {children()}
            </div>
        </div>
    }
}

/// Lists what is wrong with a form; each line leads to its field. Empty where nothing is.
#[component]
pub fn ProblemSummary(errors: FieldErrors, lang: Lang) -> impl IntoView {
    (!errors.is_empty()).then(|| {
        view! {
            <div class="problem-summary" id="problems" role="alert" tabindex="-1" autofocus="">
                <p class="notice-title">
                    <Icon name=IconName::Alert />
                    {words::errors::summary(lang)}
                </p>
                <ul>
                    {errors
                        .into_iter()
                        .map(|(field, error)| {
                            if field.is_empty() {
                                view! { <li>{error}</li> }.into_any()
                            } else {
                                let href = format!("#{}", field_id(&field));
                                view! { <li><a href=href>{error}</a></li> }.into_any()
                            }
                        })
                        .collect_view()}
                </ul>
            </div>
        }
    })
}
