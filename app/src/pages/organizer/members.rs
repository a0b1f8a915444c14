//! Who belongs to the organizer, in which role; owners invite, change and remove here.

use domain::avatar::Avatar;
use domain::permission::Role;
use leptos::prelude::*;
use operations::members::Member;
use operations::members::invitations::{Invitation, list_open};
use words::lang::Lang;
use words::status::Tone;
use words::{date, members, organizer};

use crate::api::members::{INVITE_FORM, INVITED_KEY};
use crate::components::avatar::AvatarSign;
use crate::components::button::{ButtonKind, SubmitButton};
use crate::components::field::{Field, FieldSpec, SelectField};
use crate::components::notice::{Notice, ProblemSummary};
use crate::islands::share::CopyButton;
use crate::pages::frame::{Reader, here};
use crate::pages::organizer::settings::part_of_settings;
use crate::pages::organizer::{ActionButton, ConfirmedAction, title_of};
use crate::ssr::flash::{self, Flash};
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

/// Everything the page shows.
struct Shown {
    members: Vec<Member>,
    /// For those who may manage members.
    managed: Option<Managed>,
    /// The reader.
    user: domain::ids::UserId,
    lang: Lang,
}

/// What only owners see.
struct Managed {
    open: Vec<(Invitation, String)>,
    /// Events that one can be invited for, by id and title.
    events: Vec<(String, String)>,
    form: Flash,
    link: Option<String>,
}

/// The page of members.
#[component]
pub fn MembersPage() -> impl IntoView {
    page_for_member(Permission::ViewMembers, On::Organizer, |member| async move {
        let lang = member.lang;
        let (deps, access) = (&member.deps, &member.access);
        let found = operations::members::list(deps, access).await;
        let found = found.map_err(ssr::unexpected)?;
        let managed = if access.may(Permission::ManageMembers) {
            let open = list_open(deps, access).await.map_err(ssr::unexpected)?;
            let page = operations::events::list::list(deps, access, None).await?;
            let title = |it: &str| title_of(it, lang);
            let events = page.events.iter().map(|it| (it.id.to_string(), title(&it.title)));
            let events = events.collect();
            let link = ssr::shown_once::take(INVITED_KEY).await;
            Some(Managed { open, events, form: flash::take(INVITE_FORM).await, link })
        } else {
            None
        };
        let shown = Shown { members: found, managed, user: member.home.user.user, lang };
        Ok(part_of_settings(members::title(lang), None, body(&shown).into_any(), lang))
    })
}

fn body(shown: &Shown) -> impl IntoView + use<> {
    let lang = shown.lang;
    let done = match ssr::query("done").as_deref() {
        Some("changed") => Some(members::changed_now(lang)),
        Some("removed") => Some(members::removed_now(lang)),
        Some("revoked") => Some(members::revoked_now(lang)),
        _ => None,
    };
    let whole = shown.managed.as_ref().and_then(|it| it.form.whole());
    let rows = shown.members.iter().map(|it| row(it, shown)).collect_view();
    view! {
        {done.map(|text| view! { <Notice tone=Tone::Good>{text}</Notice> })}
        {whole.map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
        <section class="card">
            <p class="quiet-text">{members::lead(lang)} " " {Reader::note_of_zone(lang)}</p>
            <ul class="key-list">{rows}</ul>
        </section>
        {shown.managed.as_ref().map(|managed| invitations(managed, lang))}
    }
}

fn row(member: &Member, shown: &Shown) -> impl IntoView + use<> {
    let lang = shown.lang;
    let is_self = member.user == shown.user;
    let manages = shown.managed.is_some();
    let event = member.event.as_ref();
    let place = event.map(|(_, title)| format!(" ・ {}", title_of(title, lang)));
    let hidden = vec![
        ("user", member.user.to_string()),
        ("event", event.map(|it| it.0.to_string()).unwrap_or_default()),
    ];
    let called = member.called().to_owned();
    let address = member.display_name.is_some().then(|| member.email.to_string());
    let named = named(member, lang);
    view! {
        <li class="key-line">
            <AvatarSign avatar=Avatar::of(member.user, &called) />
            <div>
                <p>
                    <b>{called}</b>
                    {is_self.then(|| format!(" （{}）", members::you(lang)))}
                </p>
                {address.map(|it| view! { <p class="people-details account-address">{it}</p> })}
                <p class="people-details">
                    {members::role(member.role, lang)} {place} " ・ "
                    {date::short_time(member.since, &Reader::zone())}
                </p>
                {manages.then(|| role_form(member, hidden.clone(), lang))}
            </div>
            {if is_self {
                let fields = hidden.into_iter().filter(|it| it.0 == "event").collect();
                view! {
                    <ConfirmedAction
                        action=paths::LEAVE_ORGANIZER
                        fields
                        word=members::leave(lang)
                        label=format!("{}: {named}", members::leave(lang))
                        why=members::leave_text(lang)
                        confirm=members::leave_confirm(lang)
                    />
                }
                    .into_any()
            } else if manages {
                view! {
                    <ConfirmedAction
                        action=paths::REMOVE_MEMBER
                        fields=hidden
                        word=members::remove(lang)
                        label=format!("{}: {named}", members::remove(lang))
                        why=members::remove_text(lang)
                        confirm=members::remove_confirm(lang)
                    />
                }
                    .into_any()
            } else {
                ().into_any()
            }}
        </li>
    }
}

/// Whose role it is, and where, for those who hear the list.
fn named(member: &Member, lang: Lang) -> String {
    // Two may go by the same name.
    let who = match &member.display_name {
        Some(name) => format!("{name} ({})", member.email),
        None => member.email.to_string(),
    };
    match &member.event {
        None => who,
        Some((_, title)) => format!("{who}, {}", title_of(title, lang)),
    }
}

fn role_form(
    member: &Member,
    hidden: Vec<(&'static str, String)>,
    lang: Lang,
) -> impl IntoView + use<> {
    let event_only = member.event.is_some();
    let now = member.role;
    let seat = member.event.as_ref().map_or_else(|| "all".to_owned(), |it| it.0.to_string());
    let id = format!("role-{}-{seat}", member.user);
    let named = named(member, lang);
    let choices = Role::ALL.iter().filter(|it| !event_only || **it != Role::Owner);
    let choices = choices
        .map(|it| {
            let selected = *it == now;
            let text = members::role(*it, lang);
            view! { <option value=it.as_str() selected=selected>{text}</option> }
        })
        .collect_view();
    view! {
        <form method="post" action=here(paths::CHANGE_ROLE) class="action-form role-form">
            {hidden
                .into_iter()
                .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                .collect_view()}
            <label class="visually-hidden" for=id.clone()>
                {members::role_label(lang)} ": " {named.clone()}
            </label>
            <div class="field">
                <select id=id name="role">
                    {choices}
                </select>
            </div>
            <button
                type="submit"
                class="button"
                data-kind=ButtonKind::Secondary.as_str()
                aria-label=format!("{}: {named}", members::change(lang))
            >
                {members::change(lang)}
            </button>
        </form>
    }
}

fn invitations(managed: &Managed, lang: Lang) -> impl IntoView + use<> {
    let rows = managed.open.iter().map(|it| open_row(it, lang)).collect_view();
    view! {
        <section class="card" id="invite">
            <h2 class="card-title">{members::invite_title(lang)}</h2>
            {managed.link.clone().map(|link| new_link(link, lang))}
            {invite_form(managed, lang)}
        </section>
        <section class="card">
            <h2 class="card-title">{members::open_title(lang)}</h2>
            {if managed.open.is_empty() {
                view! { <p class="quiet-text">{members::open_none(lang)}</p> }.into_any()
            } else {
                view! { <ul class="key-list">{rows}</ul> }.into_any()
            }}
        </section>
    }
}

fn new_link(link: String, lang: Lang) -> impl IntoView + use<> {
    view! {
        <Notice tone=Tone::Good title=members::invited_title(lang)>
            <p>
                <code class="secret">{link.clone()}</code>
            </p>
            <CopyButton
                text=link
                label=organizer::copy(lang).to_owned()
                done=organizer::copied(lang).to_owned()
            />
            <p>{members::invited_text(lang)}</p>
        </Notice>
    }
}

fn invite_form(managed: &Managed, lang: Lang) -> impl IntoView + use<> {
    let form = &managed.form;
    let email = FieldSpec {
        value: form.value_or("email", ""),
        error: form.error("email"),
        help: Some(members::invite_email_hint(lang).to_owned()),
        kind: "email",
        autocomplete: Some("off"),
        inputmode: Some("email"),
        is_required: false,
        ..FieldSpec::new("email", members::invite_email(lang))
    };
    let role = FieldSpec {
        value: form.value_or("role", Role::Viewer.as_str()),
        error: form.error("role"),
        ..FieldSpec::new("role", members::role_label(lang))
    };
    let event = FieldSpec {
        value: form.value_or("event", ""),
        is_required: false,
        ..FieldSpec::new("event", members::invite_event(lang))
    };
    let text =
        |it: &Role| format!("{}: {}", members::role(*it, lang), members::role_text(*it, lang));
    let roles = Role::ALL.iter().map(|it| (it.to_string(), text(it))).collect();
    let mut events = vec![(String::new(), members::whole(lang).to_owned())];
    events.extend(managed.events.iter().cloned());
    let mut errors = form.errors.clone();
    errors.remove(flash::WHOLE_FORM);
    view! {
        <form method="post" action=here(paths::INVITE_MEMBER) class="key-form" novalidate="">
            <ProblemSummary errors lang />
            <Field field=email lang />
            <SelectField field=role options=roles lang />
            <SelectField field=event options=events lang />
            <div class="form-end">
                <SubmitButton>{members::invite(lang)}</SubmitButton>
            </div>
        </form>
    }
}

fn open_row((invitation, link): &(Invitation, String), lang: Lang) -> impl IntoView + use<> {
    let whom = match invitation.email.as_str() {
        "" => members::by_link(lang).to_owned(),
        email => email.to_owned(),
    };
    let place = invitation.event.as_ref().map(|it| format!(" ・ {}", title_of(&it.1, lang)));
    let until = date::short_time(invitation.expires_at, &Reader::zone());
    let by = invitation.inviter_name.clone().or_else(|| invitation.inviter_email.clone());
    let by = by.map(|by| format!(" ・ {}: {by}", members::invited_by(lang)));
    view! {
        <li class="key-line">
            <div>
                <p>
                    <b>{whom.clone()}</b>
                </p>
                <p class="people-details">
                    {members::role(invitation.role, lang)} {place} " ・ " {members::until_label(lang)} " "
                    {until} {by}
                </p>
                <p>
                    <code class="invitation-link">{link.clone()}</code>
                </p>
            </div>
            <ActionButton
                action=paths::REVOKE_INVITATION
                fields=vec![("invitation", invitation.id.to_string())]
                kind=ButtonKind::Danger
                label=format!("{}: {whom} {}", members::revoke(lang), members::role(invitation.role, lang))
            >
                {members::revoke(lang)}
            </ActionButton>
        </li>
    }
}
