//! Handing out an event's link: as text, as a QR code, and in ready words.

use leptos::prelude::*;
use operations::events::list::{Event, get};
use operations::links;
use operations::publishable_keys::{PublishableKey, list};
use words::lang::Lang;
use words::status::Tone;
use words::{embed, organizer};

use crate::components::button::{ButtonKind, LinkButton};
use crate::components::card::Card;
use crate::components::icon::{Icon, IconName};
use crate::components::notice::Notice;
use crate::islands::share::CopyButton;
use crate::pages::frame::{Allowed, OrganizerPage, Section};
use crate::pages::organizer::{PageHead, id_in_path, is_visible, nav, title_of, when};
use crate::ssr::member::{Member, On, Permission, on_path, page_for_member};
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
        let keys = list(&member.deps, &member.access).await.map_err(ssr::unexpected)?;
        let keys = keys.iter().filter(|key| key.revoked_at.is_none()).collect::<Vec<_>>();
        let elsewhere = on_websites(&member, &event, &keys);
        Ok(share(&event, (&url, &when), elsewhere, member.lang).into_any())
    })
}

fn share(
    event: &Event,
    (url, when): (&str, &str),
    elsewhere: AnyView,
    lang: Lang,
) -> impl IntoView + use<> {
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
                {elsewhere}
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

/// The code for the organizer's own websites; without a key for one, the way there.
fn on_websites(member: &Member, event: &Event, keys: &[&PublishableKey]) -> AnyView {
    let lang = member.lang;
    let Some((newest, others)) = keys.split_first() else {
        return view! { <Card title=embed::share_title(lang)>{no_key(lang)}</Card> }.into_any();
    };
    let is_shown = is_visible(event.status);
    let newest = code_to_paste(member, event, newest);
    let others = (!others.is_empty()).then(|| {
        let codes = others.iter().map(|key| code_to_paste(member, event, key)).collect_view();
        view! {
            <details>
                <summary>{embed::other_keys(lang)}</summary>
                {codes}
            </details>
        }
    });
    view! {
        <Card title=embed::share_title(lang)>
            <p>{embed::share_text(lang)}</p>
            {(!is_shown).then(|| view! { <p class="quiet-text">{embed::share_draft(lang)}</p> })}
            {newest}
            {others}
        </Card>
    }
    .into_any()
}

fn code_to_paste(member: &Member, event: &Event, key: &PublishableKey) -> AnyView {
    let (lang, settings) = (member.lang, &member.deps.settings);
    let code = embed::code(
        &links::embedded_event(settings, &event.slug, key.id),
        &links::embed_script(settings),
        &title_of(&event.title, lang),
    );
    let preview = paths::embed::frame(&event.slug, key.id);
    let label = format!("{}: {}", embed::share_title(lang), key.name);
    let sites: Vec<&str> = key.sites.iter().map(|site| site.as_str()).collect();
    let sites = sites.join(organizer::comma(lang));
    view! {
        <div class="share-code">
            <p>
                <b>{key.name.clone()}</b>
                " "
                <span class="quiet-text">{sites}</span>
            </p>
            <textarea
                class="share-text"
                readonly=true
                rows="6"
                spellcheck="false"
                aria-label=label
            >
                {format!("\n{code}")}
            </textarea>
            <div class="button-row">
                {copy(code, lang)}
                {is_visible(event.status)
                    .then(|| {
                        view! {
                            <a class="button" data-kind="secondary" href=preview target="_blank">
                                {embed::preview(lang)} " "
                                <span class="visually-hidden">{embed::new_tab(lang)}</span>
                            </a>
                        }
                    })}
            </div>
        </div>
    }
    .into_any()
}

fn no_key(lang: Lang) -> AnyView {
    if !Allowed::may(Permission::ManageApiKeys) {
        return view! { <p>{embed::share_ask(lang)}</p> }.into_any();
    }
    view! {
        <p>{embed::share_none(lang)}</p>
        <LinkButton href=paths::embed::KEYS.to_owned() kind=ButtonKind::Secondary>
            {embed::share_open(lang)}
        </LinkButton>
    }
    .into_any()
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
