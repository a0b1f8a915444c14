//! The organizer's profile: made right after the first login, edited later.

use domain::event::OrganizerKind;
use domain::ids::UserId;
use domain::limits::NAME_CHARS_MAX;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::Deps;
use operations::account::{self as accounts, Home, Organizer};
use words::account;
use words::lang::Lang;
use words::status::Tone;

use super::login::LogOutForm;
use super::{AccountPage, page_for_user};
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::{Notice, ProblemSummary};
use crate::error::AppError;
use crate::pages::frame::here;
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{Member, On, Permission, page_for_member};
use crate::{paths, ssr};

/// The profile page.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let (lang, deps) = (ssr::lang(), ssr::deps());
    page_for_user(move |user| async move {
        match founding(&deps, user).await? {
            Some(home) => Ok(profile(&home, None, flash::take("profile").await, lang).into_any()),
            None => {
                Ok(page_for_member(Permission::ManageSettings, On::Organizer, change).into_any())
            }
        }
    })
}

/// Who makes an organizer: everybody without one, and on wish whoever only helps others.
async fn founding(deps: &Deps, user: UserId) -> Result<Option<Home>, AppError> {
    let home = accounts::home(deps, user).await.map_err(ssr::unexpected)?;
    let owns_any = accounts::owns_any(deps, user).await.map_err(ssr::unexpected)?;
    let is_wish = ssr::query("new").is_some() && !owns_any;
    Ok((home.current().is_none() || is_wish).then_some(home))
}

/// The profile of the organizer that the pages are about.
async fn change(member: Member) -> Result<AnyView, AppError> {
    let form = flash::take("profile").await;
    Ok(profile(&member.home, member.home.current(), form, member.lang).into_any())
}

fn profile(home: &Home, now: Option<&Organizer>, form: Flash, lang: Lang) -> impl IntoView + use<> {
    let (is_first, has_home) = (now.is_none(), home.current().is_some());
    let title = if is_first { account::first_title(lang) } else { account::profile_title(lang) };
    let was_saved = ssr::query("saved").is_some() && form.errors.is_empty();
    let login = home.user.email.to_string();
    let fields = profile_form(home, now, form, lang);
    view! {
        <Title text=title />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{title}</h1>
            {was_saved.then(|| view! { <Notice tone=Tone::Good>{account::saved(lang)}</Notice> })}
            {is_first.then(|| view! { <p class="account-lead">{account::first_lead(lang)}</p> })}
            {fields}
            {has_home
                .then(|| {
                    view! {
                        <LinkButton href=paths::EVENTS.to_owned() kind=ButtonKind::Secondary>
                            {account::to_events(lang)}
                        </LinkButton>
                    }
                })}
            <div class="account-who">
                <p>{account::saved_as(lang)} ": " <span class="account-address">{login}</span></p>
                <LinkButton href=paths::ACCOUNT.to_owned() kind=ButtonKind::Quiet>
                    {words::login::own_title(lang)}
                </LinkButton>
                <LogOutForm />
            </div>
        </AccountPage>
    }
}

fn profile_form(
    home: &Home,
    now: Option<&Organizer>,
    form: Flash,
    lang: Lang,
) -> impl IntoView + use<> {
    let display_name = FieldSpec {
        value: form.value_or("display_name", now.map_or("", |it| it.display_name.as_str())),
        error: form.error("display_name"),
        help: Some(account::display_name_hint(lang).to_owned()),
        autocomplete: Some("organization"),
        chars_max: Some(NAME_CHARS_MAX),
        ..FieldSpec::new("display_name", account::display_name(lang))
    };
    let contact = now.map_or(home.user.email.as_str(), |it| it.contact_email.as_str());
    let contact_email = FieldSpec {
        value: form.value_or("contact_email", contact),
        error: form.error("contact_email"),
        help: Some(account::contact_email_hint(lang).to_owned()),
        kind: "email",
        autocomplete: Some("email"),
        inputmode: Some("email"),
        ..FieldSpec::new("contact_email", account::contact_email(lang))
    };
    let number = now.and_then(|it| it.registration_number.as_ref());
    let number = FieldSpec {
        value: form.value_or("registration_number", number.map_or("", |it| it.as_str())),
        error: form.error("registration_number"),
        help: Some(words::credit_note::registration_hint(lang).to_owned()),
        autocomplete: Some("off"),
        is_required: false,
        ..FieldSpec::new("registration_number", words::credit_note::registration_field(lang))
    };
    let kind = form.value_or("kind", now.map_or("", |it| it.kind.as_str()));
    let kind_error = form.error("kind");
    let submit =
        if now.is_none() { account::create_profile(lang) } else { account::save_profile(lang) };
    view! {
        <form method="post" action=here(paths::SAVE_PROFILE) class="account-form" novalidate="">
            <ProblemSummary errors=form.errors lang />
            {kind_choice(&kind, kind_error, lang)}
            <Field field=display_name lang />
            <Field field=contact_email lang />
            <Field field=number lang />
            <SubmitButton>{submit}</SubmitButton>
        </form>
    }
}

/// Three large radio buttons; the first carries the id that the summary of problems leads to.
fn kind_choice(chosen: &str, error: Option<String>, lang: Lang) -> impl IntoView + use<> {
    let invalid = error.is_some().then_some("");
    let described_by =
        if error.is_some() { "field-kind-help field-kind-error" } else { "field-kind-help" };
    let options = OrganizerKind::ALL.iter().enumerate().map(|(i, kind)| {
        let id = if i == 0 { "field-kind".to_owned() } else { format!("field-kind-{i}") };
        let label_for = id.clone();
        let is_chosen = kind.as_str() == chosen;
        view! {
            <label class="kind-option" for=label_for>
                <input
                    type="radio"
                    id=id
                    name="kind"
                    value=kind.as_str()
                    checked=is_chosen
                    required=true
                />
                <span class="kind-option-name">{account::organizer_kind(*kind, lang)}</span>
                <span class="kind-option-example">
                    {account::organizer_kind_example(*kind, lang)}
                </span>
            </label>
        }
    });
    view! {
        <fieldset class="field kind-choice" data-invalid=invalid aria-describedby=described_by>
            <legend class="field-label">{account::kind(lang)}</legend>
            <p class="field-help" id="field-kind-help">{account::kind_hint(lang)}</p>
            <div class="kind-options">{options.collect_view()}</div>
            {error
                .map(|error| {
                    view! {
                        <p class="field-error" id="field-kind-error">
                            <span aria-hidden="true">"! "</span>
                            {error}
                        </p>
                    }
                })}
        </fieldset>
    }
}
