//! Users before the staff: searched by address, with what they belong to.

use domain::ids::UserId;
use domain::permission::Permission;
use leptos::prelude::*;
use operations::platform::users::{Belonging, UserLine, UserPage, list};
use words::lang::Lang;
use words::{date, members, platform as texts};

use super::frame::{AdminHeader, AdminPage, AdminSection, NoneFound, Pager, SearchForm};
use super::{ZONE, page_for_administrator};
use crate::{paths, ssr};

/// The page.
#[component]
pub fn AdminUsersPage() -> impl IntoView {
    let text = ssr::query("q").unwrap_or_default().trim().to_owned();
    let before = ssr::query("before").and_then(|id| id.parse::<UserId>().ok());
    page_for_administrator(Permission::ViewPlatform, move |it| async move {
        let page = list(&it.deps, &it.access, &text, before).await.map_err(ssr::unexpected)?;
        let lang = it.lang;
        let first = before.map(|_| paths::admin::users(&text, None));
        let next = page.older.map(|it| paths::admin::users(&text, Some(it)));
        Ok(view! {
            <AdminPage section=AdminSection::Users title=texts::users(lang)>
                <AdminHeader title=texts::users(lang) lead=texts::users_lead(lang) />
                <SearchForm
                    action=paths::admin::USERS
                    label=texts::user_search(lang)
                    value=text.clone()
                />
                {body(&page, lang)}
                <Pager first next />
            </AdminPage>
        }
        .into_any())
    })
}

fn body(page: &UserPage, lang: Lang) -> AnyView {
    if page.users.is_empty() {
        return view! { <NoneFound /> }.into_any();
    }
    let rows = page.users.iter().map(|(user, own)| row(user, own, lang)).collect_view();
    view! { <ul class="admin-list">{rows}</ul> }.into_any()
}

fn row(user: &UserLine, own: &[Belonging], lang: Lang) -> impl IntoView + use<> {
    let belongs = own
        .iter()
        .map(|it| {
            let event = it.event_title.clone().map(|title| format!(" ・ {title}"));
            view! {
                <li>
                    <div>
                        <a href=paths::admin::organizer(it.organizer)>{it.organizer_name.clone()}</a>
                        {event}
                    </div>
                    <div class="admin-line-end">{members::role(it.role, lang)}</div>
                </li>
            }
        })
        .collect_view();
    let is_staff = user.is_administrator;
    view! {
        <li class="card">
            <div class="card-head">
                <h2 class="card-title admin-address">{user.email.clone()}</h2>
                {is_staff
                    .then(|| {
                        view! { <span class="status-badge">{texts::administrator(lang)}</span> }
                    })}
            </div>
            <p class="quiet-text">
                {date::short(user.created_at, ZONE)} " ・ " <code>{user.user.to_string()}</code>
            </p>
            {if own.is_empty() {
                view! { <p class="quiet-text">{texts::no_membership(lang)}</p> }.into_any()
            } else {
                view! { <ul class="admin-lines">{belongs}</ul> }.into_any()
            }}
            <p>
                <a href=paths::admin::audit_of_user(&user.email)>{words::audit::open(lang)}</a>
            </p>
        </li>
    }
}
