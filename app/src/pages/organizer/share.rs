//! Handing out an event's link: as text, as a QR code, and in ready words.

use leptos::prelude::*;
use operations::events::list::{Event, get};
use operations::links;
use words::lang::Lang;
use words::organizer;
use words::status::Tone;

use crate::components::card::Card;
use crate::components::icon::{Icon, IconName};
use crate::components::notice::Notice;
use crate::islands::share::CopyButton;
use crate::pages::frame::{OrganizerPage, Section};
use crate::pages::organizer::{PageHead, id_in_path, is_visible, nav, title_of, when};
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

/// The page with the link.
#[component]
pub fn SharePage() -> impl IntoView {
    let id = id_in_path("event");
    page_for_member(Permission::ViewEvents, on_path("event", On::Event), move |member| async move {
        let event = get(&member.deps, &member.access, id?).await?;
        let url = links::event(&member.deps.settings, &event.slug);
        let now = member.deps.clock.now();
        let when = event.starts_at.map(|_| when(&event, now, member.lang)).unwrap_or_default();
        Ok(share(&event, &url, &when, member.lang).into_any())
    })
}

fn share(event: &Event, url: &str, when: &str, lang: Lang) -> impl IntoView + use<> {
    let title = title_of(&event.title, lang);
    let chat = words::sharing::share_chat_text(&title, when, &event.place_name, url, lang);
    let mail = words::sharing::share_mail_text(&title, when, &event.place_name, url, lang);
    let line = format!(
        "https://line.me/R/share?{}",
        ssr::encode_query(&[("text", chat.clone())]).replace('+', "%20")
    );
    let mailto = format!(
        "mailto:?{}",
        ssr::encode_query(&[("subject", title), ("body", mail.clone())]).replace('+', "%20")
    );
    let body = view! {
            <header class="page-header">
                <h1>{organizer::share_title(lang)}</h1>
            </header>
            {(!is_visible(event.status))
                .then(|| view! { <Notice tone=Tone::Waiting>{organizer::share_draft(lang)}</Notice> })}
            <div class="share-grid">
                {link(event, url, lang)}
                {text(organizer::share_line(lang), chat, line, organizer::share_send_line(lang), lang)}
                {text(
                    organizer::share_mail(lang),
                    mail,
                    mailto,
                    organizer::share_send_mail(lang),
                    lang,
                )}
            </div>
    }
    .into_any();
    view! {
        <PageHead title=organizer::share_title(lang).to_owned() />
        <OrganizerPage section=Section::Share event=nav(event, lang)>{body}</OrganizerPage>
    }
}

fn link(event: &Event, url: &str, lang: Lang) -> impl IntoView + use<> {
    let address = url.to_owned();
    let page = paths::event(&event.slug);
    let (svg, png) = (paths::share_qr_svg(event.id), paths::share_qr_png(event.id));
    let svg_file = svg.clone();
    view! {
        <Card title=organizer::share_link_label(lang)>
            <p class="share-link">
                <a href=page>{address.clone()}</a>
            </p>
            <div class="button-row">{copy(address, lang)}</div>
            <h2>{organizer::share_qr(lang)}</h2>
            <img
                class="share-qr"
                src=svg
                width="240"
                height="240"
                alt=organizer::share_qr_alt(lang)
            />
            <div class="button-row">
                <a class="button" data-kind="secondary" href=png download="">
                    <Icon name=IconName::Download />
                    {organizer::share_qr_png(lang)}
                </a>
                <a class="button" data-kind="secondary" href=svg_file download="">
                    <Icon name=IconName::Download />
                    {organizer::share_qr_svg(lang)}
                </a>
            </div>
        </Card>
    }
}

fn text(
    title: &'static str,
    text: String,
    href: String,
    send: &'static str,
    lang: Lang,
) -> impl IntoView + use<> {
    let rows = text.lines().count().saturating_add(1).clamp(4, 20).to_string();
    view! {
        <Card title=title>
            <textarea class="share-text" readonly=true rows=rows aria-label=title>
                {format!("\n{text}")}
            </textarea>
            <div class="button-row">
                {copy(text, lang)} <a class="button" data-kind="secondary" href=href rel="noopener">
                    {send}
                </a>
            </div>
        </Card>
    }
}

fn copy(text: String, lang: Lang) -> impl IntoView + use<> {
    view! {
        <CopyButton
            text
            label=organizer::copy(lang).to_owned()
            done=organizer::copied(lang).to_owned()
        />
    }
}
