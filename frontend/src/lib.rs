#![cfg(target_arch = "wasm32")]
//! Wakes the islands of the page that the server sent.

// Its islands are called from JavaScript only; naming it here is what links them.
use app as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's script once the wasm is there.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
