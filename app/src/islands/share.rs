//! A button that copies a text; without it the text can be selected by hand.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// How long the button says that it copied.
const SAID_FOR: Duration = Duration::from_secs(3);

/// Copies `text`. Not shown before it works.
#[island]
pub fn CopyButton(text: String, label: String, done: String) -> impl IntoView {
    let is_ready = RwSignal::new(false);
    let is_copied = RwSignal::new(false);
    Effect::new(move |_| is_ready.set(true));
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            let clipboard = window().navigator().clipboard();
            if JsFuture::from(clipboard.write_text(&text)).await.is_ok() {
                is_copied.set(true);
                set_timeout(move || is_copied.set(false), SAID_FOR);
            }
        });
    };
    let word = move || if is_copied.get() { done.clone() } else { label.clone() };
    view! {
        <button
            type="button"
            class="button copy-button"
            data-kind="secondary"
            hidden=move || !is_ready.get()
            on:click=copy
        >
            <span aria-live="polite">{word}</span>
        </button>
    }
}
