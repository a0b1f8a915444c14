//! What stands where nothing is yet: a sign, a sentence, and the next step.

use leptos::prelude::*;

use crate::components::icon::{Icon, IconName};

/// Says what would be here, and offers the way to it.
#[component]
pub fn EmptyState(
    icon: IconName,
    title: String,
    text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty-state">
            <span class="empty-state-icon">
                <Icon name=icon />
            </span>
            <h1 class="empty-state-title">{title}</h1>
            <p class="empty-state-text">{text}</p>
            {children.map(|children| view! { <div class="empty-state-next">{children()}</div> })}
        </div>
    }
}
