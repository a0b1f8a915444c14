//! Keeps a dashboard up to date: hears that the numbers moved, fetches the page anew and exchanges what differs.
//!
//! The server draws every figure once, in one place; the browser only puts the new drawing where the old one was.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, EventSource, HtmlElement, MessageEvent, NodeList, Response};

/// Failures in a row before the channel is given up for asking.
const FAILURES_MAX: u32 = 3;
/// Between two questions while there is no channel.
const POLL_EVERY: Duration = Duration::from_secs(5);
/// Questions after which the channel is tried again.
const POLLS_PER_TRY: u32 = 6;
const BACK_OFF_MS: u64 = 1_000;

/// How the page hears of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hearing {
    Connecting,
    Live,
    Lost,
    Polling,
}

/// The sign that the page is live. `channel` is the path of the event's stream, `snapshot` the numbers that the page was
/// drawn from; words come from the server.
#[island]
pub fn LiveDashboard(
    channel: String,
    token: String,
    snapshot: String,
    live: String,
    lost: String,
    polling: String,
) -> impl IntoView {
    let hearing = RwSignal::new(Hearing::Connecting);
    let news = RwSignal::new(String::new());
    Effect::new(move |_| {
        let page = Page {
            channel: channel.clone(),
            token: RefCell::new(token.clone()),
            last: RefCell::new(snapshot.clone()),
            n_failures: Cell::new(0),
            n_polls: Cell::new(0),
            refreshing: Cell::new(Refreshing::No),
            hearing,
            news,
        };
        connect(&Rc::new(page));
    });
    let word = move || match hearing.get() {
        Hearing::Connecting | Hearing::Live => live.clone(),
        Hearing::Lost => lost.clone(),
        Hearing::Polling => polling.clone(),
    };
    let state = move || match hearing.get() {
        Hearing::Connecting => "connecting",
        Hearing::Live => "live",
        Hearing::Lost => "lost",
        Hearing::Polling => "polling",
    };
    view! {
        <span class="live-sign" data-state=state>
            {word}
        </span>
        <span class="visually-hidden" role="status">
            {news}
        </span>
    }
}

/// Whether the page is being fetched, and whether something moved meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refreshing {
    No,
    Yes,
    OnceMore,
}

struct Page {
    channel: String,
    token: RefCell<String>,
    /// The last snapshot as text: the same text is no news.
    last: RefCell<String>,
    n_failures: Cell<u32>,
    n_polls: Cell<u32>,
    refreshing: Cell<Refreshing>,
    hearing: RwSignal<Hearing>,
    news: RwSignal<String>,
}

fn connect(page: &Rc<Page>) {
    let address = format!("{}?token={}", page.channel, page.token.borrow());
    let Ok(source) = EventSource::new(&address) else {
        return poll(page);
    };

    let hearer = Rc::clone(page);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        hearer.n_failures.set(0);
        hearer.hearing.set(Hearing::Live);
        take(&hearer, message.data().as_string().unwrap_or_default());
    });
    let on_message = on_message.into_js_value();
    let _ = source.add_event_listener_with_callback("summary", on_message.unchecked_ref());

    let (failed, closing) = (Rc::clone(page), source.clone());
    let on_error = Closure::<dyn FnMut()>::new(move || {
        closing.close();
        let n_failures = failed.n_failures.get().saturating_add(1);
        failed.n_failures.set(n_failures);
        if n_failures >= FAILURES_MAX {
            failed.hearing.set(Hearing::Polling);
            poll(&failed);
        } else {
            failed.hearing.set(Hearing::Lost);
            let pause = Duration::from_millis(BACK_OFF_MS << n_failures);
            let again = Rc::clone(&failed);
            set_timeout(
                move || {
                    // The fresh page brings a fresh token: ours may have run out.
                    refresh(&again);
                    connect(&again);
                },
                pause,
            );
        }
    });
    source.set_onerror(Some(on_error.into_js_value().unchecked_ref()));
}

/// Asks for the snapshot from time to time, and for the channel every now and then.
fn poll(page: &Rc<Page>) {
    let page = Rc::clone(page);
    set_timeout(
        move || {
            let n_polls = page.n_polls.get().saturating_add(1);
            page.n_polls.set(n_polls);
            if n_polls.is_multiple_of(POLLS_PER_TRY) {
                page.n_failures.set(FAILURES_MAX.saturating_sub(1));
                refresh(&page);
                return connect(&page);
            }
            spawn_local(async move {
                let address = format!("{}/snapshot?token={}", page.channel, page.token.borrow());
                match text_at(&address).await {
                    Some(snapshot) => take(&page, snapshot),
                    None => page.hearing.set(Hearing::Lost),
                }
                poll(&page);
            });
        },
        POLL_EVERY,
    );
}

/// Looks at a snapshot: the same numbers as before are no news.
fn take(page: &Rc<Page>, snapshot: String) {
    let is_news = *page.last.borrow() != snapshot;
    page.last.replace(snapshot);
    if is_news {
        refresh(page);
    }
}

fn refresh(page: &Rc<Page>) {
    if page.refreshing.get() != Refreshing::No {
        page.refreshing.set(Refreshing::OnceMore);
        return;
    }
    page.refreshing.set(Refreshing::Yes);
    let page = Rc::clone(page);
    spawn_local(async move {
        let address = window().location().pathname().unwrap_or_default();
        if let Some(html) = text_at(&address).await {
            exchange(&page, &html);
        }
        let was = page.refreshing.replace(Refreshing::No);
        if was == Refreshing::OnceMore {
            refresh(&page);
        }
    });
}

async fn text_at(address: &str) -> Option<String> {
    let response = JsFuture::from(window().fetch_with_str(address)).await.ok()?;
    let response: Response = response.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

/// Puts the regions of a freshly drawn page where they differ; what the reader opened or focused stays so.
fn exchange(page: &Rc<Page>, html: &str) {
    let Ok(drawn) = document().create_element("div") else { return };
    drawn.set_inner_html(html);
    if let Some(token) =
        found(&drawn, "[data-live-token]").and_then(|it| it.get_attribute("data-live-token"))
    {
        page.token.replace(token);
    }
    for new in all(drawn.query_selector_all("[data-live]")) {
        let Some(key) = new.get_attribute("data-live") else { continue };
        let Ok(Some(old)) = document().query_selector(&format!("[data-live=\"{key}\"]")) else {
            continue;
        };
        if old.inner_html() != new.inner_html() {
            exchange_region(page, &old, &new);
        }
    }
}

fn exchange_region(page: &Rc<Page>, old: &Element, new: &Element) {
    let keys = |region: &Element| -> BTreeSet<String> {
        all(region.query_selector_all("[data-key]"))
            .filter_map(|row| row.get_attribute("data-key"))
            .collect()
    };
    let known = keys(old);
    let widths: BTreeMap<String, String> = all(old.query_selector_all("[data-grow]"))
        .filter_map(|part| Some((part.get_attribute("data-grow")?, part.get_attribute("style")?)))
        .collect();
    let focused = document().active_element().map(|it| it.id()).filter(|id| !id.is_empty());
    let opened: Vec<String> =
        all(old.query_selector_all("details[open]")).map(|it| it.id()).collect();

    old.set_inner_html(&new.inner_html());

    for id in opened.iter().filter(|id| !id.is_empty()) {
        if let Some(details) = found(old, &format!("details#{id}")) {
            let _ = details.set_attribute("open", "");
        }
    }
    if let Some(element) = focused.and_then(|id| found(old, &format!("#{id}"))) {
        let _ = element.dyn_into::<HtmlElement>().map(|element| element.focus());
    }
    for row in all(old.query_selector_all("[data-key]")) {
        let is_new = row.get_attribute("data-key").is_some_and(|key| !known.contains(&key));
        if is_new {
            let _ = row.class_list().add_1("arrived");
            if let Some(text) = row.get_attribute("data-news") {
                page.news.set(text);
            }
        }
    }
    for part in all(old.query_selector_all("[data-grow]")) {
        let before = part.get_attribute("data-grow").and_then(|key| widths.get(&key).cloned());
        let after = part.get_attribute("style");
        if let (Some(before), Some(after)) = (before, after) {
            let _ = part.set_attribute("style", &before);
            // Asking for the width makes the browser draw the old state, from which the part then grows.
            let _ = part.client_width();
            let _ = part.set_attribute("style", &after);
        }
    }
}

fn found(within: &Element, selector: &str) -> Option<Element> {
    within.query_selector(selector).ok().flatten()
}

fn all(list: Result<NodeList, JsValue>) -> impl Iterator<Item = Element> {
    let list = list.ok();
    let n = list.as_ref().map_or(0, NodeList::length);
    (0..n).filter_map(move |i| list.as_ref()?.item(i)?.dyn_into().ok())
}
