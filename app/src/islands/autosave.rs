//! Keeps what is typed into an event's form while it is typed, so that a closed tab loses nothing.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{FormData, HtmlFormElement};

use crate::api::events::autosave_event;

/// Silence after the last key before the form is kept.
const PAUSE: Duration = Duration::from_millis(900);

/// What the line under the form says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Idle,
    Keeping,
    Kept,
    Failed,
}

/// Watches the form with the id `form` and tells how the keeping goes; the words come from the server.
#[island]
pub fn Autosave(
    event: String,
    form: String,
    idle: String,
    keeping: String,
    kept: String,
    failed: String,
) -> impl IntoView {
    let progress = RwSignal::new(Progress::Idle);
    Effect::new(move |_| watch(&event, &form, progress));
    let word = move || match progress.get() {
        Progress::Idle => idle.clone(),
        Progress::Keeping => keeping.clone(),
        Progress::Kept => kept.clone(),
        Progress::Failed => failed.clone(),
    };
    let state = move || match progress.get() {
        Progress::Failed => "failed",
        Progress::Kept => "kept",
        Progress::Idle | Progress::Keeping => "idle",
    };
    view! {
        <p class="autosave" role="status" data-state=state>
            {word}
        </p>
    }
}

fn watch(event: &str, form: &str, progress: RwSignal<Progress>) {
    let Some(form) = document().get_element_by_id(form) else { return };
    let Ok(form) = form.dyn_into::<HtmlFormElement>() else { return };
    // Grows with every key; only the silence after the last one keeps the form. `None` once the form is sent.
    let turn: Rc<Cell<Option<u32>>> = Rc::new(Cell::new(Some(0)));

    let (event, typed_form, typed_turn) = (event.to_owned(), form.clone(), Rc::clone(&turn));
    let on_input = Closure::<dyn FnMut()>::new(move || {
        let Some(last) = typed_turn.get() else { return };
        let mine = last.wrapping_add(1);
        typed_turn.set(Some(mine));
        let (event, form, turn) = (event.clone(), typed_form.clone(), Rc::clone(&typed_turn));
        set_timeout(
            move || {
                if turn.get() == Some(mine) {
                    keep(event, &form, progress);
                }
            },
            PAUSE,
        );
    });
    let on_submit = Closure::<dyn FnMut()>::new(move || turn.set(None));
    for (name, listener) in [("input", on_input), ("submit", on_submit)] {
        // The page owns both for as long as it is open.
        let listener = listener.into_js_value();
        let _ = form.add_event_listener_with_callback(name, listener.unchecked_ref());
    }
}

fn keep(event: String, form: &HtmlFormElement, progress: RwSignal<Progress>) {
    let Some(fields) = fields_of(form) else { return };
    let Ok(fields) = serde_json::to_string(&fields) else { return };
    progress.set(Progress::Keeping);
    spawn_local(async move {
        let outcome = autosave_event(event, fields).await;
        progress.set(if outcome.is_ok() { Progress::Kept } else { Progress::Failed });
    });
}

fn fields_of(form: &HtmlFormElement) -> Option<BTreeMap<String, String>> {
    let data = FormData::new_with_form(form).ok()?;
    let mut fields = BTreeMap::new();
    for pair in js_sys::try_iter(&data).ok()??.flatten() {
        let pair = js_sys::Array::from(&pair);
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            fields.insert(name, value);
        }
    }
    Some(fields)
}
