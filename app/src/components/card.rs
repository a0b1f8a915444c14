//! A sheet of paper on the ground, with or without a heading.

use leptos::prelude::*;

/// Groups what belongs together.
#[component]
pub fn Card(#[prop(optional, into)] title: Option<String>, children: Children) -> impl IntoView {
    view! {
        <section class="card">
            {title.map(|title| view! { <h2 class="card-title">{title}</h2> })} {children()}
        </section>
    }
}
