//! A state on a screen: sign, word and colour together.

use leptos::prelude::*;
use words::status::StatusWord;

/// A state, with what belongs to it (`12/20まで`).
#[component]
pub fn StatusBadge(
    status: StatusWord,
    #[prop(optional, into)] detail: Option<String>,
) -> impl IntoView {
    view! {
        <span class="status-badge" data-status=status.status data-tone=status.tone.as_str()>
            <span class="status-sign" aria-hidden="true">{status.sign}</span>
            {status.word}
            {detail.map(|detail| view! { <span class="status-detail">{detail}</span> })}
        </span>
    }
}
