//! Users before the staff: searched by address, with what they belong to.

use domain::account::AccountState;
use domain::ids::UserId;
use domain::permission::Permission;
use leptos::prelude::*;
use operations::platform::users::{Belonging, UserLine, UserPage, list};
use words::lang::Lang;
use words::{date, members, platform as texts};

use super::frame::{
    AdminHeader, AdminPage, AdminSection, NoneFound, Pager, ReasonField, SearchForm, done_as,
    form_answer,
};
use super::{ZONE, page_for_administrator};
use crate::components::status_badge::StatusBadge;
use crate::{paths, ssr};

/// The page.
#[component]
pub fn AdminUsersPage() -> impl IntoView {
    let text = ssr::query("q").unwrap_or_default().trim().to_owned();
    let before = ssr::query("before").and_then(|id| id.parse::<UserId>().ok());
    page_for_administrator(Permission::ViewPlatform, move |it| async move {
        let page = list(&it.deps, &it.access, &text, before).await.map_err(ssr::unexpected)?;
        let lang = it.lang;
        let answer = form_answer(done_as("account", texts::account_done(lang))).await;
        let first = before.map(|_| paths::admin::users(&text, None));
        let next = page.older.map(|it| paths::admin::users(&text, Some(it)));
        Ok(view! {
            <AdminPage section=AdminSection::Users title=texts::users(lang)>
                <AdminHeader title=texts::users(lang) lead=texts::users_lead(lang) />
                {answer}
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
    let state = (user.state != AccountState::Active)
        .then(|| view! { <StatusBadge status=texts::account_state(user.state, lang) /> });
    let since = user.state_at.map(|at| format!(" ・ {}", date::short_time(at, ZONE)));
    view! {
        <li class="card">
            <div class="card-head">
                <h2 class="card-title admin-address">{user.email.clone()}</h2>
                {is_staff
                    .then(|| {
                        view! { <span class="status-badge">{texts::administrator(lang)}</span> }
                    })} {state}
            </div>
            <p class="quiet-text">
                {date::short(user.created_at, ZONE)} " ・ " <code>{user.user.to_string()}</code>
                {since}
            </p>
            {if own.is_empty() {
                view! { <p class="quiet-text">{texts::no_membership(lang)}</p> }.into_any()
            } else {
                view! { <ul class="admin-lines">{belongs}</ul> }.into_any()
            }}
            <p>
                <a href=paths::admin::audit_of_user(&user.email)>{words::audit::open(lang)}</a>
            </p>
            {change(user, lang)}
        </li>
    }
}

/// The form that disables an account or opens it again; none for who is deleted.
fn change(user: &UserLine, lang: Lang) -> Option<impl IntoView + use<>> {
    let (to, text, button, kind) = match user.state {
        AccountState::Active => (
            AccountState::Disabled,
            texts::account_disable_text(lang),
            texts::account_disable(lang),
            "danger",
        ),
        AccountState::Disabled => (
            AccountState::Active,
            texts::account_enable_text(lang),
            texts::account_enable(lang),
            "primary",
        ),
        AccountState::Deleted => return None,
    };
    let reason = format!("reason-{}", user.user);
    Some(view! {
        <details class="admin-decide">
            <summary class="button" data-kind="quiet" aria-label=format!("{button}: {}", user.email)>
                {button}
            </summary>
            <form method="post" action=paths::admin::SET_ACCOUNT_STATE>
                <input type="hidden" name="user" value=user.user.to_string() />
                <p>{text}</p>
                <ReasonField id=reason />
                <button type="submit" class="button" data-kind=kind name="state" value=to.as_str()>
                    {button}
                </button>
            </form>
        </details>
    })
}
