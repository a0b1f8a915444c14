//! The form that talks to an authenticator; hidden until `passkeys.js` finds that the browser can.

use leptos::prelude::*;
use operations::account::second_factors::PasskeyQuestion;
use words::lang::Lang;
use words::second_factor;

use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::paths;

/// Makes a new passkey.
pub(super) fn create(
    question: PasskeyQuestion,
    email: String,
    error: Option<String>,
    lang: Lang,
) -> impl IntoView + use<> {
    let name = FieldSpec {
        error,
        help: Some(second_factor::passkey_name_hint(lang).to_owned()),
        autocomplete: Some("off"),
        chars_max: Some(domain::limits::NAME_CHARS_MAX),
        ..FieldSpec::new("name", second_factor::passkey_name(lang))
    };
    view! {
        <form
            method="post"
            action=paths::ADD_PASSKEY
            class="account-form"
            hidden=true
            data-passkey="create"
            data-rp=question.rp_id
            data-challenge=question.challenge
            data-credentials=question.credentials.join(" ")
            data-handle=question.handle
            data-person=email
        >
            <Field field=name lang />
            <input type="hidden" name="client_data" />
            <input type="hidden" name="authenticator_data" />
            <p class="field-error" role="alert" data-problem="" hidden=true>
                {second_factor::passkey_failed(lang)}
            </p>
            <SubmitButton kind=ButtonKind::Secondary>{second_factor::passkey_add(lang)}</SubmitButton>
        </form>
        <script type="module" src="/passkeys.js"></script>
    }
}

/// Proves that one of the passkeys is at hand.
pub(super) fn prove(question: PasskeyQuestion, lang: Lang) -> impl IntoView + use<> {
    answer(question, paths::PROVE_FACTOR, second_factor::passkey_use(lang), lang)
}

/// Logs in with a passkey that asks its owner.
pub(super) fn log_in(question: PasskeyQuestion, lang: Lang) -> impl IntoView + use<> {
    answer(question, paths::LOG_IN_WITH_PASSKEY, second_factor::login_passkey_button(lang), lang)
}

fn answer(
    question: PasskeyQuestion,
    action: &'static str,
    label: &'static str,
    lang: Lang,
) -> impl IntoView + use<> {
    view! {
        <form
            method="post"
            action=action
            class="account-form"
            hidden=true
            data-passkey="get"
            data-rp=question.rp_id
            data-challenge=question.challenge
            data-credentials=question.credentials.join(" ")
        >
            <input type="hidden" name="credential" />
            <input type="hidden" name="client_data" />
            <input type="hidden" name="authenticator_data" />
            <input type="hidden" name="signature" />
            <input type="hidden" name="handle" />
            <p class="field-error" role="alert" data-problem="" hidden=true>
                {second_factor::passkey_failed(lang)}
            </p>
            <SubmitButton>{label}</SubmitButton>
        </form>
        <noscript>
            <p class="account-aside">{second_factor::needs_javascript(lang)}</p>
        </noscript>
        <script type="module" src="/passkeys.js"></script>
    }
}
