//! The second factors of an account.

use domain::ids::UserId;
use leptos::prelude::*;
use operations::Deps;
use operations::account::second_factors::{
    Factors, Passkey, factors, is_asked_at_login, passkeys, question,
};
use words::lang::Lang;
use words::{date, login, second_factor};

use super::super::passkey;
use crate::components::button::ButtonKind;
use crate::error::AppError;
use crate::pages::frame::Reader;
use crate::pages::organizer::ActionButton;
use crate::ssr::step_up;
use crate::{paths, ssr};

/// Lists them, with what can be added.
pub(super) async fn section(
    deps: &Deps,
    user: UserId,
    email: &str,
    name_error: Option<String>,
    lang: Lang,
) -> Result<impl IntoView + use<>, AppError> {
    let factors = factors(deps, user).await.map_err(ssr::unexpected)?;
    let passkeys = passkeys(deps, user).await.map_err(ssr::unexpected)?;
    let question = question(deps, user).await.map_err(ssr::unexpected)?;
    step_up::keep_challenge(deps, step_up::Ceremony::Create, &question.challenge).await?;
    let rows = passkeys.iter().map(|it| passkey_row(it, lang)).collect_view();
    let form = passkey::create(question, email.to_owned(), name_error, lang);
    let codes = is_asked_at_login(&factors).then(|| codes_row(&factors, lang));
    Ok(view! {
        <section class="account-section" id="factors">
            <h2>{second_factor::title(lang)}</h2>
            <p class="account-aside">{second_factor::lead(lang)}</p>
            <ul class="key-list">{app_row(&factors, lang)} {rows} {codes}</ul>
            {(!factors.has_totp)
                .then(|| {
                    view! {
                        <ActionButton action=paths::BEGIN_TOTP fields=Vec::new() kind=ButtonKind::Secondary>
                            {second_factor::app_set_up(lang)}
                        </ActionButton>
                    }
                })}
            {form}
        </section>
    })
}

fn app_row(factors: &Factors, lang: Lang) -> impl IntoView + use<> {
    let text =
        if factors.has_totp { second_factor::app_on(lang) } else { second_factor::app_off(lang) };
    let remove = factors.has_totp.then(|| {
        view! {
            <ActionButton
                action=paths::REMOVE_TOTP
                fields=Vec::new()
                kind=ButtonKind::Quiet
                label=second_factor::remove_app(lang)
            >
                {second_factor::remove(lang)}
            </ActionButton>
        }
    });
    row(second_factor::app(lang).to_owned(), text.to_owned(), remove)
}

fn passkey_row(passkey: &Passkey, lang: Lang) -> impl IntoView + use<> {
    let used = passkey.last_used_at.map_or_else(
        || login::never_used(lang).to_owned(),
        |at| login::last_used(&date::short_time(at, &Reader::zone()), lang),
    );
    let label = second_factor::remove_passkey(&passkey.name, lang);
    let fields = vec![("passkey", passkey.id.to_string())];
    let remove = view! {
        <ActionButton action=paths::REMOVE_PASSKEY fields kind=ButtonKind::Quiet label=label>
            {second_factor::remove(lang)}
        </ActionButton>
    };
    row(passkey.name.clone(), used, remove)
}

fn codes_row(factors: &Factors, lang: Lang) -> impl IntoView + use<> {
    let renew = view! {
        <ActionButton action=paths::RENEW_CODES fields=Vec::new() kind=ButtonKind::Quiet>
            {second_factor::codes_renew(lang)}
        </ActionButton>
    };
    let left = second_factor::codes_left(factors.n_codes, lang);
    row(second_factor::codes_title(lang).to_owned(), left, renew)
}

fn row(name: String, text: String, action: impl IntoView) -> impl IntoView {
    view! {
        <li class="key-line">
            <div>
                <p>
                    <b>{name}</b>
                </p>
                <p class="people-details">{text}</p>
            </div>
            {action}
        </li>
    }
}
