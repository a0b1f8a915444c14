//! Members and invitations, as owners manage them and as invited people accept them.

use leptos::prelude::*;

use crate::error::AppError;

/// Under which name a refused invitation is kept.
pub const INVITE_FORM: &str = "invite";
/// Under which name the link of a new invitation waits to be shown.
pub const INVITED_KEY: &str = "invite:link";

/// Asks somebody to become a member.
#[server(prefix = "/api", endpoint = "members/invite")]
pub async fn invite_member(
    #[server(default)] email: String,
    #[server(default)] role: String,
    #[server(default)] event: String,
) -> Result<(), AppError> {
    use domain::permission::Role;
    use operations::members::invitations::{Invite, invite};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let wanted = Permission::ManageMembers;
    let Some(member) = member(wanted, On::Organizer).await? else { return Ok(()) };
    let (lang, one) = (member.lang, door::event(&event)?);
    let chosen = Role::parse(&role).map_err(|_| ssr::reply(AppError::NotFound))?;
    let wish = Invite { email: &email, role: chosen, event: one, lang };
    match invite(&member.deps, &member.access, wish).await {
        Ok(link) => {
            ssr::shown_once::keep(INVITED_KEY, &link).await?;
            ssr::redirect(paths::MEMBERS_INVITED);
        }
        Err(error) => {
            let problem = door::in_words(error, lang)?;
            let typed = [("email", email), ("role", role), ("event", event)];
            door::keep(&typed, problem).await;
            ssr::redirect(paths::MEMBERS_FORM);
        }
    }
    Ok(())
}

/// Takes an invitation back.
#[server(prefix = "/api", endpoint = "members/revoke_invitation")]
pub async fn revoke_invitation(#[server(default)] invitation: String) -> Result<(), AppError> {
    use operations::members::invitations::revoke;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let wanted = Permission::ManageMembers;
    let Some(member) = member(wanted, On::Organizer).await? else { return Ok(()) };
    let id = invitation.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    revoke(&member.deps, &member.access, id).await.map_err(door::refused)?;
    ssr::redirect(&paths::members_after("revoked"));
    Ok(())
}

/// Gives a member another role.
#[server(prefix = "/api", endpoint = "members/change_role")]
pub async fn change_member_role(
    #[server(default)] user: String,
    #[server(default)] event: String,
    #[server(default)] role: String,
) -> Result<(), AppError> {
    use domain::permission::Role;
    use operations::members::change_role;

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let wanted = Permission::ManageMembers;
    let Some(member) = member(wanted, On::Organizer).await? else { return Ok(()) };
    let role = Role::parse(&role).map_err(|_| ssr::reply(AppError::NotFound))?;
    let seat = door::seat(&user, &event)?;
    let done = change_role(&member.deps, &member.access, seat, role).await;
    door::back(done, "changed", member.lang).await
}

/// Removes a member.
#[server(prefix = "/api", endpoint = "members/remove")]
pub async fn remove_member(
    #[server(default)] user: String,
    #[server(default)] event: String,
) -> Result<(), AppError> {
    use operations::members::remove;

    use crate::ssr::member::{On, Permission, member};

    let wanted = Permission::ManageMembers;
    let Some(member) = member(wanted, On::Organizer).await? else { return Ok(()) };
    let done = remove(&member.deps, &member.access, door::seat(&user, &event)?).await;
    door::back(done, "removed", member.lang).await
}

/// Leaves the organizer, or one of its events.
#[server(prefix = "/api", endpoint = "members/leave")]
pub async fn leave_organizer(#[server(default)] event: String) -> Result<(), AppError> {
    use operations::members::leave;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let wanted = Permission::ViewEvents;
    let Some(member) = member(wanted, On::OwnEvents).await? else { return Ok(()) };
    match leave(&member.deps, &member.access, door::event(&event)?).await {
        Ok(()) => ssr::redirect(paths::EVENTS),
        Err(error) => return door::back(Err(error), "", member.lang).await,
    }
    Ok(())
}

/// Makes the signed-in user a member, as an invitation says.
#[server(prefix = "/api", endpoint = "members/accept")]
pub async fn accept_invitation(#[server(default)] token: String) -> Result<(), AppError> {
    use operations::members::MemberError as E;
    use operations::members::invitations::accept;

    use crate::ssr::sign_in;
    use crate::{paths, ssr};

    let Ok(user) = ssr::viewer().await else {
        // The way back after the login.
        sign_in::remember_invitation(&token).await?;
        ssr::redirect(paths::LOGIN);
        return Ok(());
    };
    match accept(&ssr::deps(), user, &token).await {
        Ok(_) => ssr::redirect(paths::EVENTS),
        Err(E::OtherAddress) => ssr::redirect(&paths::invitation_after(&token, "other_address")),
        Err(E::AlreadyMember) => ssr::redirect(&paths::invitation_after(&token, "already")),
        Err(E::Over) => ssr::redirect(&paths::invitation(&token)),
        Err(error) => return Err(door::refused(error)),
    }
    Ok(())
}

/// Makes the user's pages be about another organizer.
#[server(prefix = "/api", endpoint = "members/act_for")]
pub async fn act_for_organizer(#[server(default)] organizer: String) -> Result<(), AppError> {
    use operations::members::act_for;

    use crate::{paths, ssr};

    let user = ssr::viewer().await.map_err(ssr::reply)?;
    let organizer = organizer.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    act_for(&ssr::deps(), user, organizer).await.map_err(door::refused)?;
    ssr::redirect(paths::EVENTS);
    Ok(())
}

/// What the doors above share.
#[cfg(feature = "ssr")]
mod door {
    use domain::ids::EventId;
    use operations::members::{MemberError, Seat};
    use words::lang::Lang;
    use words::{errors, members};

    use super::INVITE_FORM;
    use crate::error::AppError;
    use crate::ssr::flash::{self, WHOLE_FORM};
    use crate::{paths, ssr};

    /// What went wrong, beside the field it is about; an error where there is nothing to go back to.
    pub(super) fn in_words(
        error: MemberError,
        lang: Lang,
    ) -> Result<(&'static str, String), AppError> {
        Ok(match error {
            MemberError::Email(error) => ("email", errors::email(error, lang)),
            MemberError::AddressNeeded => ("email", members::address_needed(lang).to_owned()),
            MemberError::NoSuchRole => ("role", members::no_owner_of_event(lang).to_owned()),
            MemberError::TooMany => (WHOLE_FORM, members::too_many(lang).to_owned()),
            MemberError::LastOwner(_) => (WHOLE_FORM, members::last_owner(lang).to_owned()),
            MemberError::AlreadyMember => (WHOLE_FORM, members::already(lang).to_owned()),
            other => return Err(refused(other)),
        })
    }

    pub(super) fn refused(error: MemberError) -> AppError {
        ssr::reply(match error {
            MemberError::NotFound | MemberError::Over => AppError::NotFound,
            MemberError::NotAUser => AppError::NotAllowed,
            MemberError::Unexpected(error) => ssr::unexpected(error),
            _ => AppError::Conflict,
        })
    }

    pub(super) async fn keep(typed: &[(&str, String)], (field, problem): (&str, String)) {
        let values = typed.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let errors = [(field.to_owned(), problem)].into_iter().collect();
        flash::put(INVITE_FORM, values.collect(), errors).await;
    }

    pub(super) fn seat(user: &str, event: &str) -> Result<Seat, AppError> {
        let not_found = || ssr::reply(AppError::NotFound);
        let user = user.parse().map_err(|_| not_found())?;
        Ok(Seat { user, event: self::event(event)? })
    }

    /// The event that a form names; what cannot be read is not taken for "all of them".
    pub(super) fn event(text: &str) -> Result<Option<EventId>, AppError> {
        match text {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| ssr::reply(AppError::NotFound)),
        }
    }

    pub(super) async fn back(
        done: Result<(), MemberError>,
        word: &str,
        lang: Lang,
    ) -> Result<(), AppError> {
        match done {
            Ok(()) => ssr::redirect(&paths::members_after(word)),
            Err(error) => {
                keep(&[], in_words(error, lang)?).await;
                ssr::redirect(paths::MEMBERS);
            }
        }
        Ok(())
    }
}
