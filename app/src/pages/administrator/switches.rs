//! Switches: what is off for everybody, since when and why, and switching.

use domain::permission::Permission;
use leptos::prelude::*;
use operations::platform::switches::{ShownSwitch, list};
use words::lang::Lang;
use words::{date, platform as texts};

use super::frame::{AdminHeader, AdminPage, AdminSection, ReasonField, done_as, form_answer};
use super::{ZONE, page_for_administrator};
use crate::components::status_badge::StatusBadge;
use crate::{paths, ssr};

/// The page.
#[component]
pub fn AdminSwitchesPage() -> impl IntoView {
    page_for_administrator(Permission::SwitchFeatures, |it| async move {
        let switches = list(&it.deps, &it.access).await.map_err(ssr::unexpected)?;
        let lang = it.lang;
        let answer = form_answer(done_as("switched", texts::switched(lang))).await;
        let cards = switches.iter().map(|it| card(it, lang)).collect_view();
        Ok(view! {
            <AdminPage section=AdminSection::Switches title=texts::switches(lang)>
                <AdminHeader title=texts::switches(lang) lead=texts::switches_lead(lang) />
                {answer}
                <ul class="admin-list admin-switches">{cards}</ul>
            </AdminPage>
        }
        .into_any())
    })
}

fn card(it: &ShownSwitch, lang: Lang) -> impl IntoView + use<> {
    let name = texts::switch(it.switch, lang);
    let field = format!("reason-{}", it.switch);
    let title_id = format!("switch-{}", it.switch);
    let word = if it.is_on { texts::switch_off(lang) } else { texts::switch_on(lang) };
    let kind = if it.is_on { "danger" } else { "primary" };
    let change = it.change.as_ref().map(|change| {
        let when = date::day_time(change.at, ZONE, lang);
        format!("{when} ・ {} ・ {}", change.by, change.reason)
    });
    view! {
        <li class="card" aria-labelledby=title_id>
            <div class="card-head">
                <h2 class="card-title" id=title_id.clone()>
                    {name.clone()}
                </h2>
                <StatusBadge status=texts::switch_state(it.is_on, lang) />
            </div>
            {change.map(|change| view! { <p class="quiet-text">{change}</p> })}
            <details class="admin-decide">
                <summary
                    class="button"
                    data-kind="secondary"
                    aria-label=format!("{word}: {name}")
                >
                    {word}
                </summary>
                <form method="post" action=paths::admin::SWITCH>
                    <input type="hidden" name="switch" value=it.switch.to_string() />
                    <input type="hidden" name="is_on" value=if it.is_on { "no" } else { "yes" } />
                    <ReasonField id=field />
                    <button type="submit" class="button" data-kind=kind>
                        {word}
                    </button>
                </form>
            </details>
        </li>
    }
}
