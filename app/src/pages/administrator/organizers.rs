//! Organizers before the staff: searched and listed.

use domain::ids::OrganizerId;
use domain::permission::Permission;
use domain::standing::Standing;
use leptos::prelude::*;
use operations::platform::organizers::{OrganizerLine, OrganizerPage, OrganizerQuery, list};
use words::lang::Lang;
use words::{date, payouts, platform as texts};

use super::frame::{
    AdminHeader, AdminPage, AdminSection, AdminTable, NoneFound, Pager, SearchForm,
};
use super::{ZONE, page_for_administrator};
use crate::components::status_badge::StatusBadge;
use crate::{paths, ssr};

/// The page.
#[component]
pub fn AdminOrganizersPage() -> impl IntoView {
    let text = ssr::query("q").unwrap_or_default().trim().to_owned();
    let standing = ssr::query("standing").and_then(|it| Standing::parse(&it).ok());
    let before = ssr::query("before").and_then(|id| id.parse::<OrganizerId>().ok());
    page_for_administrator(Permission::ReviewOrganizers, move |it| async move {
        let query = OrganizerQuery { text: text.clone(), standing };
        let page = list(&it.deps, &it.access, &query, before).await.map_err(ssr::unexpected)?;
        let lang = it.lang;
        let kept = vec![("standing", standing.map(|it| it.to_string()).unwrap_or_default())];
        let first = before.map(|_| paths::admin::organizers(&text, standing, None));
        let next = page.older.map(|it| paths::admin::organizers(&text, standing, Some(it)));
        Ok(view! {
            <AdminPage section=AdminSection::Organizers title=texts::organizers(lang)>
                <AdminHeader title=texts::organizers(lang) lead=texts::organizers_lead(lang) />
                <SearchForm
                    action=paths::admin::ORGANIZERS
                    label=texts::organizer_search(lang)
                    value=text.clone()
                    kept
                />
                {chips(&page, &text, standing, lang)}
                {body(&page, lang)}
                <Pager first next />
            </AdminPage>
        }
        .into_any())
    })
}

fn chips(
    page: &OrganizerPage,
    text: &str,
    here: Option<Standing>,
    lang: Lang,
) -> impl IntoView + use<> {
    let count = |standing: Standing| {
        page.inactive.iter().find(|(it, _)| *it == standing).map(|(_, n)| format!(" {n}"))
    };
    let chip = |standing: Option<Standing>| {
        let word =
            standing.map_or(texts::every_standing(lang), |it| texts::standing_word(it, lang).word);
        let is_here = (standing == here).then_some("true");
        view! {
            <a class="chip" href=paths::admin::organizers(text, standing, None) aria-current=is_here>
                {word}
                {standing.and_then(count)}
            </a>
        }
    };
    view! {
        <nav class="chips" aria-label=texts::standing(lang)>
            {chip(None)} {Standing::ALL.iter().map(|it| chip(Some(*it))).collect_view()}
        </nav>
    }
}

fn body(page: &OrganizerPage, lang: Lang) -> AnyView {
    if page.organizers.is_empty() {
        return view! { <NoneFound /> }.into_any();
    }
    let heads = [
        texts::organizers(lang),
        texts::standing(lang),
        texts::model(lang),
        texts::members(lang),
        texts::events(lang),
        texts::open_alerts(lang),
        texts::created(lang),
    ];
    let rows = page.organizers.iter().map(|it| row(it, lang)).collect_view();
    view! { <AdminTable heads>{rows}</AdminTable> }.into_any()
}

fn row(it: &OrganizerLine, lang: Lang) -> impl IntoView + use<> {
    let reason = (!it.reason.is_empty()).then(|| texts::standing_reason(&it.reason, lang));
    view! {
        <tr>
            <th scope="row">
                <a href=paths::admin::organizer(it.organizer)>{it.name.clone()}</a>
                <span class="admin-under">{it.contact.clone()}</span>
            </th>
            <td data-label=texts::standing(lang)>
                <span>
                    <StatusBadge status=texts::standing_word(it.standing, lang) />
                    {reason.map(|reason| view! { <span class="admin-under">{reason}</span> })}
                </span>
            </td>
            <td data-label=texts::model(lang)>{payouts::model(it.model, lang)}</td>
            <td data-label=texts::members(lang)>{it.n_members}</td>
            <td data-label=texts::events(lang)>{it.n_events}</td>
            <td data-label=texts::open_alerts(lang)>{it.n_open_alerts}</td>
            <td data-label=texts::created(lang)>{date::short(it.created_at, ZONE)}</td>
        </tr>
    }
}
