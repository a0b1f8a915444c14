//! The audit log of everybody: organizers and staff, filtered, page by page.

use domain::audit::AuditMatter;
use domain::ids::AuditEntryId;
use domain::permission::Permission;
use leptos::prelude::*;
use operations::audit::csv::changes;
use operations::audit::list::{
    AuditLogLine, AuditQuery, PlatformAuditQuery, Who, list_of_everybody, parse_day,
};
use words::audit as texts;
use words::lang::Lang;
use words::{date, platform};

use super::frame::{AdminHeader, AdminPage, AdminSection, Nothing, Pager};
use super::{ZONE, page_for_administrator};
use crate::components::icon::{Icon, IconName};
use crate::pages::organizer::audit::{change_list, choice, day, origin, said};
use crate::{paths, ssr};

/// What the address asks for, in its own words.
#[derive(Debug, Clone, Default)]
struct Wish {
    organizer: String,
    email: String,
    who: String,
    what: String,
    from: String,
    until: String,
}

impl Wish {
    fn of_address() -> Self {
        let text = |name| ssr::query(name).unwrap_or_default().trim().to_owned();
        Self {
            organizer: text("organizer"),
            email: text("email"),
            who: text("who"),
            what: text("what"),
            from: text("from"),
            until: text("until"),
        }
    }

    fn query(&self) -> PlatformAuditQuery {
        PlatformAuditQuery {
            organizer: self.organizer.parse().ok(),
            email: self.email.clone(),
            query: AuditQuery {
                who: Who::parse(&self.who),
                what: AuditMatter::parse(&self.what).ok(),
                event: None,
                from: parse_day(&self.from),
                until: parse_day(&self.until),
                zone: None,
            },
        }
    }

    fn pairs(&self) -> [(&'static str, String); 6] {
        [
            ("organizer", self.organizer.clone()),
            ("email", self.email.clone()),
            ("who", self.who.clone()),
            ("what", self.what.clone()),
            ("from", self.from.clone()),
            ("until", self.until.clone()),
        ]
    }

    /// The same wish from a line on.
    fn address(&self, before: Option<AuditEntryId>) -> String {
        let before = ("before", before.map(|id| id.to_string()).unwrap_or_default());
        let pairs: Vec<_> =
            self.pairs().into_iter().chain([before]).filter(|it| !it.1.is_empty()).collect();
        let query = ssr::encode_query(&pairs);
        let path = paths::admin::AUDIT;
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// The page.
#[component]
pub fn AdminAuditPage() -> impl IntoView {
    let wish = Wish::of_address();
    let before = ssr::query("before").and_then(|id| id.parse::<AuditEntryId>().ok());
    page_for_administrator(Permission::ViewPlatformAudit, move |it| async move {
        let found = list_of_everybody(&it.deps, &it.access, &wish.query(), before).await;
        let (lines, older) = found.map_err(ssr::unexpected)?;
        let lang = it.lang;
        let first = before.map(|_| wish.address(None));
        let next = older.map(|older| wish.address(Some(older)));
        let shown = lines.iter().map(|it| line(it, lang)).collect_view();
        Ok(view! {
            <AdminPage section=AdminSection::Audit title=texts::title(lang)>
                <AdminHeader title=texts::title(lang) lead=platform::audit_lead(lang) />
                {filters(&wish, lang)}
                {if lines.is_empty() {
                    view! {
                        <Nothing
                            icon=IconName::Search
                            title=texts::none_title(lang)
                            text=texts::none_text(lang)
                        />
                    }
                        .into_any()
                } else {
                    view! { <ol class="card audit-log">{shown}</ol> }.into_any()
                }}
                <Pager first next />
            </AdminPage>
        }
        .into_any())
    })
}

fn filters(wish: &Wish, lang: Lang) -> impl IntoView + use<> {
    let option = |value: &str, text: &str| (value.to_owned(), text.to_owned());
    let mut who = vec![option("", texts::anyone(lang))];
    who.extend(["buyer", "provider", "system"].map(|kind| option(kind, texts::actor(kind, lang))));
    let mut what = vec![option("", texts::anything(lang))];
    what.extend(AuditMatter::ALL.iter().map(|it| option(it.as_str(), texts::matter(*it, lang))));
    let is_set = wish.pairs().iter().any(|(_, text)| !text.is_empty());
    view! {
        <details class="card audit-filter" open=is_set>
            <summary>
                <Icon name=IconName::Search />
                {texts::filter(lang)}
            </summary>
            <form method="get" action=paths::admin::AUDIT>
                <div class="audit-fields">
                    {text(("organizer", platform::audit_organizer(lang)), &wish.organizer)}
                    {text(("email", platform::audit_email(lang)), &wish.email)}
                    {choice(("who", texts::who(lang)), &wish.who, who)}
                    {choice(("what", texts::what(lang)), &wish.what, what)}
                    {day(("from", texts::from(lang)), &wish.from)}
                    {day(("until", texts::until(lang)), &wish.until)}
                </div>
                <div class="form-end">
                    <button type="submit" class="button" data-kind="secondary">
                        {texts::apply(lang)}
                    </button>
                    {is_set.then(|| view! { <a href=paths::admin::AUDIT>{texts::clear(lang)}</a> })}
                </div>
            </form>
        </details>
    }
}

fn text((name, label): (&'static str, &'static str), value: &str) -> impl IntoView + use<> {
    let id = crate::components::field::field_id(name);
    let value = value.to_owned();
    view! {
        <div class="field">
            <label class="field-label" for=id.clone()>{label}</label>
            <div class="field-control">
                <input type="text" id=id name=name value=value autocomplete="off" maxlength="200" />
            </div>
        </div>
    }
}

fn line(line: &AuditLogLine, lang: Lang) -> impl IntoView + use<> {
    let buyer = line.buyer_name.as_deref().unwrap_or_default();
    let who = match &line.actor_name {
        Some(name) => name.clone(),
        None => texts::actor(&line.actor_kind, lang).to_owned(),
    };
    let organizer = line.organizer.map(|organizer| {
        let name = line.organizer_name.clone().unwrap_or_else(|| organizer.to_string());
        view! { <a href=paths::admin::organizer(organizer)>{name}</a> }
    });
    let changes = changes(&line.detail, lang);
    let said = said(line);
    view! {
        <li class="moment audit-line">
            <time datetime=date::machine(line.at)>{date::short_time(line.at, ZONE)}</time>
            <div>
                <p class="moment-title">{texts::action(&line.action, buyer, lang)}</p>
                <p class="moment-details audit-facts">
                    <span>{who}</span>
                    {organizer}
                    {line.event_title.clone().map(|title| view! { <span>{title}</span> })}
                    {line.order_code.clone().map(|code| view! { <span class="order-code">{code}</span> })}
                </p>
                {said.map(|said| view! { <p class="moment-details">{said}</p> })}
                {(!changes.is_empty()).then(|| change_list(changes, lang))}
                {origin(line, lang)}
            </div>
        </li>
    }
}
