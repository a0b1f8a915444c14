//! The platform's own alerts: what does not add up and belongs to no organizer.

use domain::ids::AlertId;
use domain::permission::Permission;
use leptos::prelude::*;
use operations::alerts::AlertAccess;
use operations::alerts::list::{AlertState, list};
use words::alerts as texts;

use super::frame::{AdminHeader, AdminPage, AdminSection, Pager};
use super::page_for_administrator;
use crate::pages::organizer::alerts::{Scope, Wish, cards, done, states};
use crate::{paths, ssr};

/// The page.
#[component]
pub fn AdminAlertsPage() -> impl IntoView {
    let state = match ssr::query("state").as_deref() {
        Some("closed") => AlertState::Closed,
        _ => AlertState::Open,
    };
    let before = ssr::query("before").and_then(|id| id.parse::<AlertId>().ok());
    page_for_administrator(Permission::HandlePlatformAlerts, move |it| async move {
        let (lang, access) = (it.lang, AlertAccess::Platform(it.access));
        let page = list(&it.deps, &access, state, before).await.map_err(ssr::unexpected)?;
        let wish = Wish { state, scope: Scope::Platform };
        let is_closed = state == AlertState::Closed;
        let first = before.map(|_| paths::admin::alerts(is_closed, None));
        let next = page.next.map(|next| paths::admin::alerts(is_closed, Some(next)));
        Ok(view! {
            <AdminPage section=AdminSection::Alerts title=texts::platform(lang)>
                <AdminHeader title=texts::platform(lang) lead=texts::lead(lang) />
                {done(lang)}
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
