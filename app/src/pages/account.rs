//! Logging in and the organizer's profile: one card in the middle of a quiet page.

use domain::ids::UserId;
use leptos::prelude::*;
use words::frame;

use crate::error::AppError;
use crate::pages::frame::LangSwitch;
use crate::pages::not_found::ProblemPage;
use crate::{paths, ssr};

pub mod confirm;
pub mod invitation;
pub mod login;
pub mod login_return;
pub mod own;
pub mod passkey;
pub mod passkey_login;
pub mod profile;
pub mod second_factor;
pub mod sent;
pub mod step_up;

/// A page of somebody's own; others are led to logging in.
fn page_for_user<Render, Rendered>(render: Render) -> impl IntoView
where
    Render: FnOnce(UserId) -> Rendered + Send + 'static,
    Rendered: Future<Output = Result<AnyView, AppError>> + Send + 'static,
{
    ssr::keep_private();
    Suspend::new(async move {
        let Ok(user) = ssr::viewer().await else {
            ssr::redirect(paths::LOGIN);
            return ().into_any();
        };
        match render(user).await {
            Ok(page) => page,
            Err(error) => view! { <ProblemPage error /> }.into_any(),
        }
    })
}

/// The frame of these pages.
#[component]
pub fn AccountPage(children: Children) -> impl IntoView {
    let lang = ssr::lang();
    view! {
        <a class="skip-link" href="#content">{frame::skip_to_content(lang)}</a>
        <div class="account-page">
            <header class="account-header">
                <a class="brand" href=paths::HOME>{frame::product(lang)}</a>
                <LangSwitch />
            </header>
            <main class="account-card" id="content">{children()}</main>
        </div>
    }
}
