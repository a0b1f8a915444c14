//! Where an invitation leads: who asks, for which role, and one button; mail scanners follow links and must not join.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::members::MemberError;
use operations::members::invitations::{Invitation, look};
use words::lang::Lang;
use words::members;
use words::status::Tone;

use super::AccountPage;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::notice::Notice;
use crate::error::AppError;
use crate::pages::not_found::ProblemPage;
use crate::{paths, ssr};

/// The page of an invitation.
#[component]
pub fn InvitationPage() -> impl IntoView {
    ssr::keep_private();
    let (lang, deps, token) = (ssr::lang(), ssr::deps(), ssr::param("token"));
    Suspend::new(async move {
        match look(&deps, &token).await {
            Ok(invitation) => {
                let reader = match ssr::viewer().await {
                    Ok(user) => operations::account::home(&deps, user).await.ok(),
                    Err(_) => None,
                };
                let reader = reader.map(|home| home.user.email.to_string());
                open(&invitation, token, reader, lang).into_any()
            }
            Err(MemberError::Over) => over(lang).into_any(),
            Err(MemberError::Unexpected(error)) => {
                view! { <ProblemPage error=ssr::unexpected(error) /> }.into_any()
            }
            Err(_) => view! { <ProblemPage error=AppError::NotFound /> }.into_any(),
        }
    })
}

fn open(
    invitation: &Invitation,
    token: String,
    reader: Option<String>,
    lang: Lang,
) -> impl IntoView + use<> {
    let title = members::mail_heading(&invitation.organizer_name, lang);
    let refused = match ssr::query("done").as_deref() {
        Some("other_address") => Some(members::other_address(lang)),
        Some("already") => Some(members::already(lang)),
        _ => None,
    };
    let role = invitation.role;
    let event = invitation.event.as_ref().map(|it| it.1.clone());
    let (is_in, inviter) = (reader.is_some(), invitation.inviter_name.clone());
    view! {
        <Title text=title.clone() />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{title}</h1>
            {refused.map(|text| view! { <Notice tone=Tone::Bad>{text}</Notice> })}
            <p class="account-lead">{members::join_lead(lang)}</p>
            // By address nobody is named to whoever holds a link.
            {inviter
                .map(|name| {
                    view! {
                        <p>
                            {members::invited_by(lang)} ": " <b>{name}</b>
                        </p>
                    }
                })}
            <p>
                <b>{members::role(role, lang)}</b>
                <br />
                {members::role_text(role, lang)}
            </p>
            {event
                .map(|title| {
                    view! {
                        <p>
                            {members::only_event(lang)} ": " <b>{title}</b>
                        </p>
                    }
                })}
            <form method="post" action=paths::ACCEPT_INVITATION class="account-form">
                <input type="hidden" name="token" value=token />
                <SubmitButton>
                    {if is_in { members::join(lang) } else { members::join_sign_in(lang) }}
                </SubmitButton>
            </form>
            {reader
                .map(|email| {
                    view! {
                        <p class="account-aside">
                            {members::joined_as(lang)} ": " <span class="account-address">{email}</span>
                        </p>
                    }
                })}
        </AccountPage>
    }
}

fn over(lang: Lang) -> impl IntoView {
    ssr::set_status(410);
    view! {
        <Title text=members::over_title(lang) />
        <Meta name="robots" content="noindex" />
        <AccountPage>
            <h1>{members::over_title(lang)}</h1>
            <p class="account-lead">{members::over_text(lang)}</p>
            <LinkButton href=paths::EVENTS.to_owned() kind=ButtonKind::Secondary>
                {words::account::to_events(lang)}
            </LinkButton>
        </AccountPage>
    }
}
