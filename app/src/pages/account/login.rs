//! Where an organizer asks for a login link.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::Deps;
use words::lang::Lang;
use words::status::Tone;
use words::{account, frame};

use super::AccountPage;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::{Notice, ProblemSummary};
use crate::pages::organizer::ActionButton;
use crate::ssr::flash::{self, Flash};
use crate::{paths, ssr};

/// The login page.
#[component]
pub fn LoginPage() -> impl IntoView {
    let (lang, deps) = (ssr::lang(), ssr::deps());
    let has_left = ssr::query("out").is_some();
    let is_again = ssr::query("again").is_some();
    view! {
        <Title text=account::login_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{account::login_title(lang)}</h1>
            {has_left
                .then(|| view! { <Notice tone=Tone::Good>{account::logged_out(lang)}</Notice> })}
            {ssr::query("changed")
                .map(|_| {
                    view! { <Notice tone=Tone::Good>{words::email_change::changed(lang)}</Notice> }
                })}
            {ssr::query("deleted")
                .map(|_| view! { <Notice tone=Tone::Good>{words::login::deleted(lang)}</Notice> })}
            {ssr::query("disabled")
                .map(|_| view! { <Notice tone=Tone::Bad>{words::login::disabled(lang)}</Notice> })}
            {is_again
                .then(|| {
                    view! { <Notice tone=Tone::Quiet>{words::login::again(lang)}</Notice> }
                })}
            {Suspend::new(async move {
                let is_in = !is_again && ssr::viewer().await.is_ok();
                let form = flash::take("login").await;
                view! {
                    {is_in.then(|| already_in(lang))}
                    {login_form(form, lang)}
                    {other_ways(&deps, lang)}
                }
            })}
            <p class="account-aside">{account::for_participants(lang)}</p>
        </AccountPage>
    }
}

fn already_in(lang: Lang) -> impl IntoView {
    view! {
        <Notice tone=Tone::Quiet title=account::already_in(lang)>
            <LinkButton href=paths::EVENTS.to_owned() kind=ButtonKind::Quiet>
                {account::to_events(lang)}
            </LinkButton>
        </Notice>
    }
}

fn login_form(form: Flash, lang: Lang) -> impl IntoView {
    let email = FieldSpec {
        value: form.value_or("email", ""),
        error: form.error("email"),
        kind: "email",
        autocomplete: Some("email"),
        inputmode: Some("email"),
        help: Some(account::email_hint(lang).to_owned()),
        ..FieldSpec::new("email", account::email(lang))
    };
    view! {
        <p class="account-lead">{account::login_lead(lang)}</p>
        <form method="post" action=paths::REQUEST_LOGIN class="account-form" novalidate="">
            <ProblemSummary errors=form.errors lang />
            <Field field=email lang />
            <SubmitButton>{account::send_link(lang)}</SubmitButton>
        </form>
    }
}

/// A passkey, and a button for each provider: a form, because setting out writes into the session.
fn other_ways(deps: &Deps, lang: Lang) -> impl IntoView + use<> {
    let buttons: Vec<_> = deps
        .login
        .names()
        .map(|(slug, name)| {
            let fields = vec![("provider", slug.to_owned())];
            let label = words::login::log_in_with(name, lang);
            view! {
                <ActionButton action=paths::LOGIN_SET_OUT fields kind=ButtonKind::Secondary>
                    {label}
                </ActionButton>
            }
        })
        .collect();
    view! {
        <div class="login-providers">
            <p class="account-or">{words::login::or(lang)}</p>
            {buttons}
            <LinkButton href=paths::LOGIN_PASSKEY.to_owned() kind=ButtonKind::Secondary>
                {words::second_factor::login_passkey_title(lang)}
            </LinkButton>
        </div>
    }
}

/// Signs out: a form, because a link could be followed by a machine.
#[component]
pub fn LogOutForm() -> impl IntoView {
    let lang = ssr::lang();
    view! {
        <form method="post" action=paths::LOG_OUT class="log-out-form">
            <SubmitButton kind=ButtonKind::Quiet>{frame::log_out(lang)}</SubmitButton>
        </form>
    }
}
