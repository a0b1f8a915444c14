//! What is shown where nothing is, and where something broke.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use words::{account, frame, members};

use crate::components::button::{ButtonKind, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::icon::IconName;
use crate::error::AppError;
use crate::pages::frame::ParticipantPage;
use crate::{paths, ssr};

/// There is no such page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! { <ProblemPage error=AppError::NotFound /> }
}

/// A whole page that says what is wrong; sets the status of the answer too.
#[component]
pub fn ProblemPage(error: AppError) -> impl IntoView {
    ssr::set_status(error.status());
    let lang = ssr::lang();
    let (title, text, icon) = match &error {
        AppError::NotFound => {
            (frame::not_found_title(lang), frame::not_found_text(lang), IconName::Search)
        }
        AppError::Unexpected { .. } => {
            (frame::error_title(lang), frame::error_text(lang), IconName::Alert)
        }
        AppError::NotAllowed => {
            let (title, text) = (members::refused_title(lang), members::refused_text(lang));
            (title, text, IconName::Alert)
        }
        other => (frame::error_title(lang), other.sentence(lang), IconName::Alert),
    };
    // Who was refused has a place of the own.
    let (home, to_home) = if error == AppError::NotAllowed {
        (paths::EVENTS, account::to_events(lang))
    } else {
        (paths::HOME, frame::to_home(lang))
    };
    let reference = match error {
        AppError::Unexpected { request_id } if !request_id.is_empty() => Some(request_id),
        _ => None,
    };
    view! {
        <Title text=title />
        <Meta name="robots" content="noindex" />
        <ParticipantPage>
            <EmptyState icon title=title.to_owned() text=text.to_owned()>
                {reference
                    .map(|id| {
                        view! {
                            <p class="reference">{frame::error_reference(lang)} " " <code>{id}</code></p>
                        }
                    })}
                <LinkButton href=home.to_owned() kind=ButtonKind::Secondary>
                    {to_home}
                </LinkButton>
            </EmptyState>
        </ParticipantPage>
    }
}
