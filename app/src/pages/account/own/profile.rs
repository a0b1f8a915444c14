//! What somebody who logs in is called among members, reads, and lives by.

use domain::avatar::Avatar;
use domain::limits::NAME_CHARS_MAX;
use domain::parsed::display_name::DisplayName;
use domain::time_zone::{JAPAN, choices};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::account::{User, home};
use words::lang::Lang;
use words::own_profile as said;

use super::super::{AccountPage, page_for_user};
use crate::components::avatar::AvatarSign;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::field::{Field, FieldSpec, SelectField};
use crate::components::notice::ProblemSummary;
use crate::ssr::flash::{self, Flash};
use crate::{paths, ssr};

/// The part of the account page.
pub(super) fn section(user: &User, lang: Lang) -> impl IntoView + use<> {
    let called = user.called().to_owned();
    let language = Lang::parse(&user.locale).unwrap_or_default().own_name();
    let details = format!("{language} ・ {}", user.time_zone.replace('_', " "));
    view! {
        <section class="account-section" id="profile">
            <h2>{said::title(lang)}</h2>
            <div class="person-line">
                <AvatarSign avatar=Avatar::of(user.user, &called) />
                <div>
                    <p>
                        <b>{called}</b>
                    </p>
                    <p class="people-details">{details}</p>
                </div>
            </div>
            <p>
                <a href=paths::OWN_PROFILE>{said::edit(lang)}</a>
            </p>
        </section>
    }
}

/// Where it is changed.
#[component]
pub fn OwnProfilePage() -> impl IntoView {
    let (lang, deps) = (ssr::lang(), ssr::deps());
    page_for_user(move |user| async move {
        let home = home(&deps, user).await.map_err(ssr::unexpected)?;
        Ok(page(&home.user, flash::take("own_profile").await, lang).into_any())
    })
}

fn page(user: &User, form: Flash, lang: Lang) -> impl IntoView + use<> {
    let name = user.display_name.as_ref().map_or("", DisplayName::as_str);
    let display_name = FieldSpec {
        value: form.value_or("display_name", name),
        error: form.error("display_name"),
        help: Some(said::display_name_hint(lang).to_owned()),
        autocomplete: Some("name"),
        chars_max: Some(NAME_CHARS_MAX),
        is_required: false,
        ..FieldSpec::new("display_name", said::display_name(lang))
    };
    let language = FieldSpec {
        value: form.value_or("language", &user.locale),
        error: form.error("language"),
        help: Some(said::language_hint(lang).to_owned()),
        ..FieldSpec::new("language", said::language(lang))
    };
    let languages = Lang::ALL.map(|it| (it.code().to_owned(), it.own_name().to_owned())).to_vec();
    let time_zone = FieldSpec {
        value: form.value_or("time_zone", &user.time_zone),
        error: form.error("time_zone"),
        help: Some(said::time_zone_hint(lang).to_owned()),
        ..FieldSpec::new("time_zone", said::time_zone(lang))
    };
    view! {
        <Title text=said::title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{said::title(lang)}</h1>
            <p class="account-lead">{said::lead(lang)}</p>
            <form method="post" action=paths::SAVE_OWN_PROFILE class="account-form" novalidate="">
                <ProblemSummary errors=form.errors lang />
                <Field field=display_name lang />
                <SelectField field=language options=languages lang />
                <SelectField field=time_zone options=zones() lang />
                <SubmitButton>{said::save(lang)}</SubmitButton>
            </form>
            <LinkButton href=paths::ACCOUNT.to_owned() kind=ButtonKind::Secondary>
                {words::login::open(lang)}
            </LinkButton>
        </AccountPage>
    }
}

/// Japan's first, for most readers; the others in the alphabet.
fn zones() -> Vec<(String, String)> {
    let others = choices().into_iter().filter(|it| it != JAPAN);
    let all = std::iter::once(JAPAN.to_owned()).chain(others);
    all.map(|zone| (zone.clone(), zone.replace('_', " "))).collect()
}
