//! A person's sign: initials on a colour; the name stands beside it.

use domain::avatar::Avatar;
use leptos::prelude::*;

/// The sign. It says nothing that the name beside it does not say, so screen readers pass it by.
#[component]
pub fn AvatarSign(avatar: Avatar) -> impl IntoView {
    view! {
        <span class="avatar-sign" data-tone=avatar.tone.to_string() aria-hidden="true">
            {avatar.initials}
        </span>
    }
}
