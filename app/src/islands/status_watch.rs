//! Asks now and then whether an order has changed, and loads its page again when it has.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// The first pause between two questions, and the longest.
const PAUSE_MIN: Duration = Duration::from_secs(2);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Watches an order while its page is open and seen.
#[island]
pub fn StatusWatch(
    /// Where the state is asked.
    url: String,
    /// The state that this page shows.
    version: String,
) -> impl IntoView {
    Effect::new(move || ask_later(url.clone(), version.clone(), PAUSE_MIN));
}

fn ask_later(url: String, version: String, pause: Duration) {
    set_timeout(
        move || {
            spawn_local(async move {
                // A page that nobody looks at asks nothing.
                if !document().hidden()
                    && let Some(now) = ask(&url).await
                    && now != version
                {
                    let _ = window().location().reload();
                    return;
                }
                let longer = pause.mul_f32(1.2).min(PAUSE_MAX);
                ask_later(url, version, longer);
            });
        },
        pause,
    );
}

/// The order's version, or nothing while the network is away. Where the link is over, none is the page's own.
async fn ask(url: &str) -> Option<String> {
    let response = JsFuture::from(window().fetch_with_str(url)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    if !response.ok() {
        // The page itself says where to go.
        return (response.status() == 404).then(String::new);
    }
    let json = JsFuture::from(response.json().ok()?).await.ok()?;
    let version = js_sys::Reflect::get(&json, &"version".into()).ok()?;
    version.as_string().or_else(|| version.as_f64().map(|number| number.to_string()))
}
