//! Which mails about organizers come to their member.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::account::mail_choices::{MailChoices, list};
use words::lang::Lang;
use words::mail_choices as said;
use words::status::Tone;

use super::super::{AccountPage, page_for_user};
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::notice::Notice;
use crate::{paths, ssr};

/// The part of the account page.
pub(super) fn section(lang: Lang) -> impl IntoView {
    view! {
        <section class="account-section" id="mails">
            <h2>{said::title(lang)}</h2>
            <p>
                <a href=paths::MAIL_CHOICES>{said::open(lang)}</a>
            </p>
        </section>
    }
}

/// Where they are chosen; a link of each such mail leads here.
#[component]
pub fn MailChoicesPage() -> impl IntoView {
    let (lang, deps) = (ssr::lang(), ssr::deps());
    page_for_user(move |user| async move {
        let choices = list(&deps, user).await.map_err(ssr::unexpected)?;
        Ok(page(&choices, lang).into_any())
    })
}

fn page(choices: &[MailChoices], lang: Lang) -> impl IntoView + use<> {
    let was_saved = ssr::query("saved").is_some();
    let is_none = choices.is_empty();
    let organizers = choices.iter().map(|it| organizer(it, lang)).collect_view();
    view! {
        <Title text=said::title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{said::title(lang)}</h1>
            {was_saved.then(|| view! { <Notice tone=Tone::Good>{said::saved(lang)}</Notice> })}
            <p class="account-lead">{said::lead(lang)}</p>
            {is_none.then(|| view! { <p>{said::none(lang)}</p> })}
            {organizers}
            <section class="account-section">
                <h2>{said::always_title(lang)}</h2>
                <p class="account-aside">{said::always_text(lang)}</p>
            </section>
            <LinkButton href=paths::ACCOUNT.to_owned() kind=ButtonKind::Secondary>
                {words::login::open(lang)}
            </LinkButton>
        </AccountPage>
    }
}

fn organizer(choices: &MailChoices, lang: Lang) -> impl IntoView + use<> {
    let name = choices.organizer_name.clone();
    let content = if choices.is_contact {
        let lines = choices.mails.iter().map(|it| view! { <li>{said::name(it.0, lang)}</li> });
        let lines = lines.collect_view();
        view! {
            <p class="account-aside">{said::is_contact(lang)}</p>
            <ul>{lines}</ul>
        }
        .into_any()
    } else {
        boxes(choices, lang).into_any()
    };
    view! {
        <section class="account-section">
            <h2>{name}</h2>
            {content}
        </section>
    }
}

fn boxes(choices: &MailChoices, lang: Lang) -> impl IntoView + use<> {
    let legend = choices.organizer_name.clone();
    let id = choices.organizer.to_string();
    let boxes = choices
        .mails
        .iter()
        .map(|(mail, comes)| {
            let (mail, comes) = (*mail, *comes);
            view! {
                <label class="choice">
                    <input type="checkbox" name=mail.as_str() value="yes" checked=comes />
                    <span>
                        <b>{said::name(mail, lang)}</b>
                        <span class="choice-text">{said::text(mail, lang)}</span>
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <form method="post" action=paths::CHOOSE_MAILS class="account-form">
            <input type="hidden" name="organizer" value=id />
            <fieldset class="field mail-choices">
                <legend class="visually-hidden">{legend}</legend>
                {boxes}
            </fieldset>
            <SubmitButton kind=ButtonKind::Secondary>{said::save(lang)}</SubmitButton>
        </form>
    }
}
