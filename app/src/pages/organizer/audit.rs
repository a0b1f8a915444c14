//! The audit log: who changed what when and from where, filtered, page by page.

use domain::audit::AuditMatter;
use domain::ids::AuditEntryId;
use leptos::prelude::*;
use operations::audit::csv::{Change, changes};
use operations::audit::list::{AuditLogLine, AuditPage, AuditQuery, Who, list, parse_day};
use words::audit as texts;
use words::date;
use words::lang::Lang;

use crate::components::button::{ButtonKind, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::field::field_id;
use crate::components::icon::{Icon, IconName};
use crate::pages::frame::{OrganizerPage, Reader, Section};
use crate::pages::organizer::{PageHead, title_of};
use crate::pages::visit::Visiting;
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

/// What the address asks for, in its own words.
#[derive(Debug, Clone, Default)]
struct Wish {
    who: String,
    what: String,
    event: String,
    from: String,
    until: String,
}

impl Wish {
    fn of_address() -> Self {
        let text = |name| ssr::query(name).unwrap_or_default();
        Self {
            who: text("who"),
            what: text("what"),
            event: text("event"),
            from: text("from"),
            until: text("until"),
        }
    }

    fn query(&self) -> AuditQuery {
        AuditQuery {
            who: Who::parse(&self.who),
            what: AuditMatter::parse(&self.what).ok(),
            event: self.event.parse().ok(),
            from: parse_day(&self.from),
            until: parse_day(&self.until),
            zone: Some(Reader::zone()),
        }
    }

    /// The same wish at another address, or from another line on.
    fn address(&self, path: &str, before: Option<AuditEntryId>) -> String {
        let pairs = [
            ("who", self.who.clone()),
            ("what", self.what.clone()),
            ("event", self.event.clone()),
            ("from", self.from.clone()),
            ("until", self.until.clone()),
            ("before", before.map(|id| id.to_string()).unwrap_or_default()),
        ];
        let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let query = ssr::encode_query(&pairs);
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// The page of the log.
#[component]
pub fn AuditPage() -> impl IntoView {
    let wish = Wish::of_address();
    let before = ssr::query("before").and_then(|id| id.parse::<AuditEntryId>().ok());
    page_for_member(Permission::ViewAudit, On::Organizer, move |member| async move {
        let lang = member.lang;
        let page = list(&member.deps, &member.access, &wish.query(), before)
            .await
            .map_err(ssr::unexpected)?;
        Ok(view! {
            <PageHead title=texts::title(lang).to_owned() />
            <OrganizerPage section=Section::Settings event=None>
                {log(&page, &wish, before.is_some(), lang)}
            </OrganizerPage>
        }
        .into_any())
    })
}

fn log(page: &AuditPage, wish: &Wish, is_later: bool, lang: Lang) -> impl IntoView + use<> {
    let csv = wish.address(paths::AUDIT_CSV, None);
    let newest = is_later.then(|| wish.address(paths::AUDIT, None));
    let older = page.older.map(|id| wish.address(paths::AUDIT, Some(id)));
    view! {
        <header class="page-header">
            <div>
                <h1>{texts::title(lang)}</h1>
                <p class="page-lead">{texts::lead(lang)}</p>
            </div>
            {(!Visiting::is_on())
                .then(|| {
                    view! {
                        <a class="button" data-kind="secondary" href=csv download="">
                            <Icon name=IconName::Download />
                            {texts::csv(lang)}
                        </a>
                    }
                })}
        </header>
        {filters(page, wish, lang)}
        {if page.lines.is_empty() {
            nothing(lang).into_any()
        } else {
            let lines = page.lines.iter().map(|it| line(it, lang)).collect_view();
            view! { <ol class="card audit-log">{lines}</ol> }.into_any()
        }}
        <nav class="pager">
            {newest
                .map(|href| {
                    view! {
                        <a class="button" data-kind="secondary" href=href rel="prev">
                            {texts::newest(lang)}
                        </a>
                    }
                })}
            {older
                .map(|href| {
                    view! {
                        <a class="button" data-kind="secondary" href=href rel="next">
                            {texts::older(lang)}
                        </a>
                    }
                })}
        </nav>
        <p class="quiet-text audit-retention">
            {texts::retention(lang)} " " {Reader::note_of_zone(lang)}
        </p>
    }
}

fn nothing(lang: Lang) -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Search
            title=texts::none_title(lang).to_owned()
            text=texts::none_text(lang).to_owned()
        >
            <LinkButton href=paths::AUDIT.to_owned() kind=ButtonKind::Secondary>
                {texts::clear(lang)}
            </LinkButton>
        </EmptyState>
    }
}

fn filters(page: &AuditPage, wish: &Wish, lang: Lang) -> impl IntoView + use<> {
    let option = |value: &str, text: &str| (value.to_owned(), text.to_owned());
    let mut who = vec![option("", texts::anyone(lang))];
    who.extend(page.hands.iter().map(|hand| (hand.name_in_address.clone(), hand.name.clone())));
    who.extend(["buyer", "provider", "system"].map(|kind| option(kind, texts::actor(kind, lang))));
    let mut what = vec![option("", texts::anything(lang))];
    what.extend(AuditMatter::ALL.iter().map(|it| option(it.as_str(), texts::matter(*it, lang))));
    let mut events = vec![option("", texts::any_event(lang))];
    events.extend(page.events.iter().map(|(id, title)| (id.to_string(), title_of(title, lang))));
    let is_set = [&wish.who, &wish.what, &wish.event, &wish.from, &wish.until]
        .into_iter()
        .any(|text| !text.is_empty());
    view! {
        <details class="card audit-filter" open=is_set>
            <summary>
                <Icon name=IconName::Search />
                {texts::filter(lang)}
            </summary>
            <form method="get" action=paths::AUDIT>
                <div class="audit-fields">
                    {choice(("who", texts::who(lang)), &wish.who, who)}
                    {choice(("what", texts::what(lang)), &wish.what, what)}
                    {choice(("event", texts::event(lang)), &wish.event, events)}
                    {day(("from", texts::from(lang)), &wish.from)}
                    {day(("until", texts::until(lang)), &wish.until)}
                </div>
                <div class="form-end">
                    <button type="submit" class="button" data-kind="secondary">
                        {texts::apply(lang)}
                    </button>
                    {is_set.then(|| view! { <a href=paths::AUDIT>{texts::clear(lang)}</a> })}
                </div>
            </form>
        </details>
    }
}

/// A choice that may be left open; that all of them may goes without saying.
pub(crate) fn choice(
    (name, label): (&'static str, &'static str),
    chosen: &str,
    options: Vec<(String, String)>,
) -> impl IntoView + use<> {
    let id = field_id(name);
    let options = options
        .into_iter()
        .map(|(value, text)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{text}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label class="field-label" for=id.clone()>{label}</label>
            <div class="field-control">
                <select id=id name=name>{options}</select>
            </div>
        </div>
    }
}

pub(crate) fn day(
    (name, label): (&'static str, &'static str),
    value: &str,
) -> impl IntoView + use<> {
    let id = field_id(name);
    let value = value.to_owned();
    view! {
        <div class="field">
            <label class="field-label" for=id.clone()>{label}</label>
            <div class="field-control">
                <input type="date" id=id name=name value=value />
            </div>
        </div>
    }
}

/// Why something was done, or which page was opened, in the words of whoever did it.
pub(crate) fn said(line: &AuditLogLine) -> Option<String> {
    let of = |name: &str| line.detail.get(name).and_then(serde_json::Value::as_str);
    let said = of("reason").or_else(|| of("page")).filter(|it| !it.is_empty());
    said.map(str::to_owned)
}

fn line(line: &AuditLogLine, lang: Lang) -> impl IntoView + use<> {
    let buyer = line.buyer_name.as_deref().unwrap_or_default();
    let who = match &line.actor_name {
        Some(name) => name.clone(),
        None => texts::actor(&line.actor_kind, lang).to_owned(),
    };
    let event = line.event.map(|event| {
        let title = line.event_title.as_deref().map(|title| title_of(title, lang));
        match title {
            Some(title) => view! { <a href=paths::dashboard(event)>{title}</a> }.into_any(),
            None => view! { <span>{event.to_string()}</span> }.into_any(),
        }
    });
    let order = line.order.map(|order| {
        let code = line.order_code.clone().unwrap_or_default();
        view! { <a class="order-code" href=paths::order(order)>{code}</a> }
    });
    let changes = changes(&line.detail, lang);
    let said = said(line);
    view! {
        <li class="moment audit-line">
            <time datetime=date::machine(line.at)>{date::short_time(line.at, &Reader::zone())}</time>
            <div>
                <p class="moment-title">{texts::action(&line.action, buyer, lang)}</p>
                <p class="moment-details audit-facts">
                    <span>{who}</span>
                    {event}
                    {order}
                </p>
                {said.map(|said| view! { <p class="moment-details">{said}</p> })}
                {(!changes.is_empty()).then(|| change_list(changes, lang))}
                {origin(line, lang)}
            </div>
        </li>
    }
}

pub(crate) fn change_list(changes: Vec<Change>, lang: Lang) -> impl IntoView {
    let rows = changes
        .into_iter()
        .map(|change| {
            view! {
                <div>
                    <dt>{change.field}</dt>
                    <dd>
                        <del>{change.from}</del>
                        <span aria-hidden="true">" → "</span>
                        <ins>{change.to}</ins>
                    </dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl class="audit-changes" aria-label=texts::changes(lang)>{rows}</dl> }
}

pub(crate) fn origin(line: &AuditLogLine, lang: Lang) -> Option<impl IntoView + use<>> {
    let parts = [line.client.as_deref(), line.browser.as_deref()];
    let place = parts.into_iter().flatten().collect::<Vec<_>>().join(" ・ ");
    let request = line.request_id.clone().filter(|id| !id.is_empty())?;
    let place = if place.is_empty() { "—".to_owned() } else { place };
    Some(view! {
        <p class="audit-origin">
            <span>{texts::origin(lang)} ": " {place}</span>
            <span>{texts::request(lang)} ": " <code>{request}</code></span>
        </p>
    })
}
