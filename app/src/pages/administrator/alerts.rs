//! Alerts before the staff: the platform's own, which it acts on, and those of organizers, which it looks at.

use domain::ids::AlertId;
use domain::permission::Permission;
use leptos::prelude::*;
use operations::alerts::AlertAccess;
use operations::alerts::list::{AlertState, list, list_of_organizers};
use words::{alerts as texts, platform};

use super::frame::{AdminHeader, AdminPage, AdminSection, Pager};
use super::page_for_administrator;
use crate::pages::organizer::alerts::{Scope, Wish, cards, chip, done, states};
use crate::{paths, ssr};

/// The page.
#[component]
pub fn AdminAlertsPage() -> impl IntoView {
    let state = match ssr::query("state").as_deref() {
        Some("closed") => AlertState::Closed,
        _ => AlertState::Open,
    };
    let scope = match ssr::query("whose").as_deref() {
        Some("organizers") => Scope::Organizers,
        _ => Scope::Platform,
    };
    let before = ssr::query("before").and_then(|id| id.parse::<AlertId>().ok());
    page_for_administrator(Permission::HandlePlatformAlerts, move |it| async move {
        let lang = it.lang;
        let page = match scope {
            Scope::Organizers => list_of_organizers(&it.deps, &it.access, state, before).await,
            Scope::Organizer | Scope::Platform => {
                list(&it.deps, &AlertAccess::Platform(it.access), state, before).await
            }
        };
        let page = page.map_err(ssr::unexpected)?;
        let wish = Wish { state, scope };
        let (is_theirs, is_closed) = (scope == Scope::Organizers, state == AlertState::Closed);
        let first = before.map(|_| paths::admin::alerts(is_theirs, is_closed, None));
        let next = page.next.map(|next| paths::admin::alerts(is_theirs, is_closed, Some(next)));
        let of_platform = paths::admin::alerts(false, is_closed, None);
        let of_organizers = paths::admin::alerts(true, is_closed, None);
        Ok(view! {
            <AdminPage section=AdminSection::Alerts title=platform::alerts(lang)>
                <AdminHeader title=platform::alerts(lang) lead=texts::lead(lang) />
                {done(lang)}
                <nav class="chips" aria-label=platform::whose_alerts(lang)>
                    {chip(!is_theirs, of_platform, texts::platform(lang))}
                    {chip(is_theirs, of_organizers, platform::organizers(lang))}
                </nav>
                <nav class="chips" aria-label=texts::title_all(lang)>
                    {states(wish, lang)}
                </nav>
                {cards(&page, wish, lang)}
                <Pager first next />
            </AdminPage>
        }
        .into_any())
    })
}
