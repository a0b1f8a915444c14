//! Keeps what is typed into an event's form while it is typed, so that a closed tab loses nothing.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, HtmlFormElement, Request, RequestInit, Response};

use crate::paths;

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
    let Some(body) = body_of(&event, form) else { return };
    progress.set(Progress::Keeping);
    spawn_local(async move {
        let is_kept = post(&body).await.unwrap_or_default();
        progress.set(if is_kept { Progress::Kept } else { Progress::Failed });
    });
}

/// The form's fields as `api::events::autosave_event` reads them.
fn body_of(event: &str, form: &HtmlFormElement) -> Option<String> {
    let data = FormData::new_with_form(form).ok()?;
    let fields = js_sys::Object::from_entries(&data).ok()?;
    let fields = js_sys::JSON::stringify(&fields).ok()?.as_string()?;
    let encoded = |text: &str| js_sys::encode_uri_component(text).as_string();
    Some(format!("event={}&fields={}", encoded(event)?, encoded(&fields)?))
}

/// Posts like a form; the generated client of a server function would weigh more than all islands together.
async fn post(body: &str) -> Option<bool> {
    let options = RequestInit::new();
    options.set_method("POST");
    options.set_body(&body.into());
    let request = Request::new_with_str_and_init(paths::AUTOSAVE_EVENT, &options).ok()?;
    request.headers().set("content-type", "application/x-www-form-urlencoded").ok()?;
    let response = JsFuture::from(window().fetch_with_request(&request)).await.ok()?;
    Some(response.dyn_into::<Response>().ok()?.ok())
}
