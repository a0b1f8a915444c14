//! The ways to log in: mail always, and the providers that are linked.

use domain::ids::UserId;
use leptos::prelude::*;
use operations::Deps;
use operations::account::provider_login::{LinkedIdentity, linked};
use words::lang::Lang;
use words::{date, login};

use crate::components::button::ButtonKind;
use crate::error::AppError;
use crate::pages::frame::Reader;
use crate::pages::organizer::ActionButton;
use crate::{paths, ssr};

/// Lists them, with what can be added.
pub(super) async fn section(
    deps: &Deps,
    user: UserId,
    email: &str,
    lang: Lang,
) -> Result<impl IntoView + use<>, AppError> {
    let linked = linked(deps, user).await.map_err(ssr::unexpected)?;
    let rows = linked.iter().map(|it| row(deps, it, lang)).collect_view();
    let others =
        deps.login.names().filter(|(slug, _)| linked.iter().all(|it| it.provider != *slug));
    let others: Vec<_> = others
        .map(|(slug, name)| {
            let fields = vec![("provider", slug.to_owned())];
            let label = login::link_provider(name, lang);
            view! {
                <ActionButton action=paths::LOGIN_LINK fields kind=ButtonKind::Secondary>
                    {label}
                </ActionButton>
            }
        })
        .collect();
    let email = email.to_owned();
    Ok(view! {
        <section class="account-section" id="ways">
            <h2>{login::ways_title(lang)}</h2>
            <ul class="key-list">
                <li class="key-line">
                    <div>
                        <p>
                            <b>{login::by_mail(lang)}</b>
                        </p>
                        <p class="people-details">{email} " ・ " {login::by_mail_text(lang)}</p>
                    </div>
                </li>
                {rows}
            </ul>
            {others}
        </section>
    })
}

fn row(deps: &Deps, identity: &LinkedIdentity, lang: Lang) -> impl IntoView + use<> {
    let slug = identity.provider.clone();
    let name = deps.login.find(&slug).map_or(slug, |it| it.name().to_owned());
    let used = identity.last_used_at.map_or_else(
        || login::never_used(lang).to_owned(),
        |at| login::last_used(&date::short_time(at, &Reader::zone()), lang),
    );
    view! {
        <li class="key-line">
            <div>
                <p>
                    <b>{name.clone()}</b>
                </p>
                <p class="people-details">{used}</p>
            </div>
            <ActionButton
                action=paths::LOGIN_UNLINK
                fields=vec![("identity", identity.id.to_string())]
                kind=ButtonKind::Quiet
                label=login::unlink_provider(&name, lang)
            >
                {login::unlink(lang)}
            </ActionButton>
        </li>
    }
}
