//! The HTML document around every page.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::routes::App;
use crate::ssr::{self, Assets};

/// The whole document. Asks the context for [`Assets`]; a server without built assets sends pages without style.
pub fn shell() -> impl IntoView {
    // Pages are plain HTML; only what stands inside an island wakes up.
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    let assets = use_context::<Assets>().unwrap_or_default();
    ssr::send_security_policy(ssr::nonce().as_deref());
    let lang = ssr::lang();
    ssr::remember_lang(lang);
    provide_context(lang);
    view! {
        <!DOCTYPE html>
        <html lang=lang.code()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#f6f7f9" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#10141d" media="(prefers-color-scheme: dark)" />
                <meta name="format-detection" content="telephone=no" />
                {(!assets.css.is_empty())
                    .then(|| view! { <link rel="stylesheet" href=assets.css.clone() /> })}
                <link rel="manifest" href="/manifest.webmanifest" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/icons/icon-192.png" />
                <script type="module" src="/boot.js" data-js=assets.js data-wasm=assets.wasm></script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
