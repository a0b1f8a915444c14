//! Where somebody is signed in, each to be ended.

use domain::ids::UserId;
use leptos::prelude::*;
use operations::Deps;
use operations::account::sessions::{SignedIn, list, name_of};
use words::lang::Lang;
use words::{browsers, date};

use crate::components::button::ButtonKind;
use crate::error::AppError;
use crate::pages::frame::Reader;
use crate::pages::organizer::ActionButton;
use crate::{paths, ssr};

/// The list.
pub(super) async fn section(
    deps: &Deps,
    user: UserId,
    lang: Lang,
) -> Result<impl IntoView + use<>, AppError> {
    let here = ssr::session().and_then(|it| it.id()).map(|id| name_of(&id));
    let all = list(deps, user).await.map_err(ssr::unexpected)?;
    let has_others = all.iter().any(|it| Some(&it.name) != here.as_ref());
    let rows = all.iter().map(|it| row(it, here.as_ref(), lang)).collect_view();
    Ok(view! {
        <section class="account-section" id="browsers">
            <h2>{browsers::title(lang)}</h2>
            <p class="account-aside">{browsers::lead(lang)} " " {Reader::note_of_zone(lang)}</p>
            <ul class="key-list">{rows}</ul>
            {has_others
                .then(|| {
                    view! {
                        <ActionButton
                            action=paths::END_OTHER_SESSIONS
                            fields=Vec::new()
                            kind=ButtonKind::Secondary
                        >
                            {browsers::end_others(lang)}
                        </ActionButton>
                    }
                })}
        </section>
    })
}

fn row(it: &SignedIn, here: Option<&String>, lang: Lang) -> impl IntoView + use<> {
    let device = it.browser.device();
    let name = browsers::device(device, lang);
    let is_here = Some(&it.name) == here;
    let since = it.since.map(|at| browsers::since(&date::short_time(at, &Reader::zone()), lang));
    let seen =
        it.last_seen_at.map(|at| browsers::last_seen(&date::short_time(at, &Reader::zone()), lang));
    let country = it.browser.country.as_deref();
    let place = it.browser.address.map(|it| browsers::from(&it.to_string(), country, lang));
    let details: Vec<String> = [place, since, seen].into_iter().flatten().collect();
    // Two of the same kind are told apart by when they signed in.
    let named = it.since.map_or_else(
        || name.clone(),
        |at| format!("{name} {}", date::short_time(at, &Reader::zone())),
    );
    let end = (!is_here).then(|| {
        let fields = vec![("browser", it.name.clone())];
        view! {
            <ActionButton
                action=paths::END_SESSION
                fields
                kind=ButtonKind::Quiet
                label=browsers::end_one(&named, lang)
            >
                {browsers::end(lang)}
            </ActionButton>
        }
    });
    view! {
        <li class="key-line">
            <div>
                <p>
                    <b>{name.clone()}</b>
                    {is_here.then(|| view! { " " <span class="quiet-text">{browsers::here(lang)}</span> })}
                </p>
                <p class="people-details">{details.join(" ・ ")}</p>
            </div>
            {end}
        </li>
    }
}
