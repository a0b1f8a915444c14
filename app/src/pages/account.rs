//! Logging in and the organizer's profile: one card in the middle of a quiet page.

use leptos::prelude::*;
use words::frame;

use crate::pages::frame::LangSwitch;
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
