//! Where somebody who ordered gets the personal link again.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::events::show::{ShowEventError, show_event};
use operations::orders::personal_link::event_of_retired;
use words::lang::Lang;
use words::personal_link as texts;
use words::status::Tone;

use crate::api::personal_links::form_name;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::{Notice, ProblemSummary};
use crate::error::AppError;
use crate::pages::frame::ParticipantPage;
use crate::pages::not_found::ProblemPage;
use crate::paths::personal_links;
use crate::ssr::flash::{self, Flash};
use crate::{paths, ssr};

/// The page.
#[component]
pub fn PersonalLinkPage() -> impl IntoView {
    Suspend::new(async move {
        ssr::keep_private();
        let slug = ssr::param("slug");
        match show_event(&ssr::deps(), &slug, None).await {
            Ok(event) => {
                let typed = flash::take(&form_name(&slug)).await;
                body(&slug, event.page.title, typed, ssr::lang()).into_any()
            }
            Err(ShowEventError::NotFound) => {
                view! { <ProblemPage error=AppError::NotFound /> }.into_any()
            }
            Err(ShowEventError::Unexpected(error)) => {
                view! { <ProblemPage error=ssr::unexpected(error) /> }.into_any()
            }
        }
    })
}

fn body(slug: &str, event: String, typed: Flash, lang: Lang) -> impl IntoView + use<> {
    let done = ssr::query("done");
    let said = match done.as_deref() {
        Some("sent") => Some((Tone::Good, texts::sent_title(lang), texts::sent(lang))),
        Some("renewed") => Some((Tone::Good, texts::renewed_title(lang), texts::renewed(lang))),
        Some("replaced") => {
            Some((Tone::Waiting, texts::replaced_title(lang), texts::replaced(lang)))
        }
        _ => None,
    };
    let email = FieldSpec {
        value: typed.value_or("email", ""),
        error: typed.error("email"),
        kind: "email",
        autocomplete: Some("email"),
        inputmode: Some("email"),
        placeholder: Some("name@example.com".to_owned()),
        chars_max: Some(domain::limits::EMAIL_BYTES_MAX),
        ..FieldSpec::new("email", texts::field(lang))
    };
    let (slug, to_event) = (slug.to_owned(), paths::event(slug));
    view! {
        <Title text=texts::title(lang) />
        <Meta name="robots" content="noindex" />
        <ParticipantPage>
            <div class="order-page">
                <header class="order-lead" data-tone="quiet">
                    <h1>{texts::title(lang)}</h1>
                    <p class="order-sentence">{event}</p>
                </header>
                {said
                    .map(|(tone, title, text)| {
                        view! {
                            <Notice tone title>
                                <p>{text}</p>
                            </Notice>
                        }
                    })}
                <form method="post" action=personal_links::ASK class="card link-form" novalidate="">
                    <ProblemSummary errors=typed.errors lang />
                    <input type="hidden" name="event" value=slug />
                    <p>{texts::lead(lang)}</p>
                    <Field field=email lang />
                    <SubmitButton>{texts::button(lang)}</SubmitButton>
                    <p class="quiet-text">{texts::hourly(lang)}</p>
                </form>
                <LinkButton href=to_event kind=ButtonKind::Quiet>
                    {texts::to_event(lang)}
                </LinkButton>
            </div>
        </ParticipantPage>
    }
}

/// Why a personal link opens nothing: whose link was made anew is led to the new one.
pub(crate) async fn refuse(token: &str, error: AppError) -> AnyView {
    if error == AppError::NotFound {
        match event_of_retired(&ssr::deps(), token).await {
            Ok(Some(slug)) => {
                ssr::redirect(&personal_links::after(&slug, "replaced"));
                return ().into_any();
            }
            Ok(None) => {}
            Err(error) => return view! { <ProblemPage error=ssr::unexpected(error) /> }.into_any(),
        }
    }
    view! { <ProblemPage error /> }.into_any()
}
