//! The organizer's profile: made at the first login, changed later.

use domain::account::AccountState;
use domain::event::OrganizerKind;
use domain::ids::{OrganizerId, UserId};
use domain::limits::NAME_CHARS_MAX;
use domain::parsed::email_address::EmailAddress;
use domain::parsed::registration_number::RegistrationNumber;
use domain::parsed::{TextError, text};
use domain::permission::{Permission, PermissionSet, Role};
use domain::switch::Switch;
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::members;
use store::organizers::{self, Organizer};
use store::switches;
use store::users;
use time::OffsetDateTime;

use crate::access::{AccessError, On, enter, membership};
use crate::actor::Actor;
use crate::audit::changes::Changes;
use crate::{Deps, fresh, trail};

/// What a person typed.
#[derive(Debug, Clone, Copy)]
pub struct ProfileForm<'a> {
    pub kind: &'a str,
    pub display_name: &'a str,
    pub contact_email: &'a str,
    /// Empty where there is none.
    pub registration_number: &'a str,
}

/// A profile whose fields were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub kind: OrganizerKind,
    pub display_name: String,
    pub contact_email: EmailAddress,
    pub registration_number: Option<RegistrationNumber>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileProblem {
    /// None of the kinds was chosen.
    Kind,
    DisplayName(TextError),
    ContactEmail(TextError),
    RegistrationNumber,
}

/// Why a profile was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveProfileError {
    #[error("{} fields are wrong", .0.len())]
    Invalid(Vec<ProfileProblem>),
    /// A member, but not one who may change the organizer.
    #[error("not allowed")]
    NotAllowed,
    /// Nobody becomes an organizer at the moment.
    #[error("new organizers are not taken")]
    Paused,
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl From<StoreError> for SaveProfileError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Whether the profile was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    Created(OrganizerId),
    Changed(OrganizerId),
}

impl Profile {
    /// Reads what a person typed.
    ///
    /// # Errors
    /// With every problem at once.
    pub fn parse(form: ProfileForm<'_>) -> Result<Self, Vec<ProfileProblem>> {
        let kind = OrganizerKind::parse(form.kind).map_err(|_| ProfileProblem::Kind);
        let display_name =
            text::line(form.display_name, NAME_CHARS_MAX).map_err(ProfileProblem::DisplayName);
        let contact_email =
            EmailAddress::parse(form.contact_email).map_err(ProfileProblem::ContactEmail);
        let number = match RegistrationNumber::parse(form.registration_number) {
            Ok(number) => Ok(Some(number)),
            Err(TextError::Empty) => Ok(None),
            Err(_) => Err(ProfileProblem::RegistrationNumber),
        };
        match (kind, display_name, contact_email, number) {
            (Ok(kind), Ok(display_name), Ok(contact_email), Ok(registration_number)) => {
                Ok(Self { kind, display_name, contact_email, registration_number })
            }
            (kind, display_name, contact_email, number) => {
                Err([kind.err(), display_name.err(), contact_email.err(), number.err()]
                    .into_iter()
                    .flatten()
                    .collect())
            }
        }
    }
}

/// Changes the organizer that the form was shown for; without one, makes the user's own. A double click makes one: who
/// owns an organizer already changes it.
///
/// # Errors
/// When a field is wrong, the user may not, or the database fails.
pub async fn save_profile(
    deps: &Deps,
    user: UserId,
    shown_for: Option<OrganizerId>,
    form: ProfileForm<'_>,
) -> Result<Saved, SaveProfileError> {
    let profile = Profile::parse(form).map_err(SaveProfileError::Invalid)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    // A double click makes one organizer; who was disabled meanwhile makes none.
    if users::lock(&mut tx, user).await? != AccountState::Active {
        return Err(SaveProfileError::NotAllowed);
    }
    let all = organizers::list_for_user(&mut tx, user).await?;
    let found = match shown_for {
        Some(organizer) => {
            let found = all.into_iter().find(|it| it.organizer == organizer);
            Some(found.ok_or(SaveProfileError::NotAllowed)?)
        }
        None => first_owned(&mut tx, user, all).await?,
    };
    let saved = match found {
        None if switches::list_off(&mut tx).await?.has(Switch::Organizers) => {
            return Err(SaveProfileError::Paused);
        }
        None => {
            let organizer = create(&mut tx, user, profile, now).await?;
            members::act_for(&mut tx, user, organizer).await?;
            Saved::Created(organizer)
        }
        Some(before) => {
            // Looked up inside: of a demotion and a change at once, one comes first.
            let role = members::find_role(&mut tx, before.organizer, user).await?;
            let allowed = role.map_or(PermissionSet::NONE, PermissionSet::of);
            if !allowed.has(Permission::ManageSettings) {
                drop(tx);
                return Err(refused(deps, user, before.organizer).await?);
            }
            change(&mut tx, user, &before, profile, now).await?;
            Saved::Changed(before.organizer)
        }
    };
    tx.commit().await?;
    Ok(saved)
}

async fn first_owned(
    conn: &mut Conn,
    user: UserId,
    all: Vec<Organizer>,
) -> Result<Option<Organizer>, StoreError> {
    for organizer in all {
        if members::find_role(conn, organizer.organizer, user).await? == Some(Role::Owner) {
            return Ok(Some(organizer));
        }
    }
    Ok(None)
}

async fn refused(
    deps: &Deps,
    user: UserId,
    organizer: OrganizerId,
) -> Result<SaveProfileError, SaveProfileError> {
    let member = membership(deps, user, organizer).await;
    let entered = match member {
        Ok(member) => enter(deps, &member, Permission::ManageSettings, On::Organizer).await,
        Err(error) => Err(error),
    };
    match entered {
        Err(AccessError::Unexpected(error)) => Err(error.into()),
        _ => Ok(SaveProfileError::NotAllowed),
    }
}

/// Makes an organizer with `owner` as its first member.
///
/// # Errors
/// When the database fails.
pub async fn create(
    conn: &mut Conn,
    owner: UserId,
    profile: Profile,
    now: OffsetDateTime,
) -> Result<OrganizerId, StoreError> {
    let organizer = profile.of(fresh::id());
    organizers::insert(conn, &organizer, owner, now).await?;
    let detail = json!({ "kind": organizer.kind, "display_name": organizer.display_name });
    trail::note(conn, organizer.organizer, Actor::User(owner), ("organizer.created", detail), now)
        .await?;
    let detail = json!({ "user": owner, "role": "owner" });
    trail::note(conn, organizer.organizer, Actor::User(owner), ("member.added", detail), now)
        .await?;
    Ok(organizer.organizer)
}

async fn change(
    conn: &mut Conn,
    user: UserId,
    before: &Organizer,
    profile: Profile,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let after = profile.of(before.organizer);
    if after == *before {
        return Ok(());
    }
    organizers::update(conn, &after, now).await?;
    let detail = Changes::default()
        .note("kind", &before.kind, &after.kind)
        .note("display_name", &before.display_name, &after.display_name)
        .note("contact_email", before.contact_email.as_str(), after.contact_email.as_str())
        .detail(json!({}));
    trail::note(conn, after.organizer, Actor::User(user), ("organizer.changed", detail), now).await
}

impl Profile {
    fn of(self, organizer: OrganizerId) -> Organizer {
        Organizer {
            organizer,
            kind: self.kind,
            display_name: self.display_name,
            contact_email: self.contact_email,
            registration_number: self.registration_number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_named_all_at_once() {
        let form = ProfileForm {
            kind: "guild",
            display_name: " ",
            contact_email: "sato",
            registration_number: "T12",
        };
        assert_eq!(
            Profile::parse(form),
            Err(vec![
                ProfileProblem::Kind,
                ProfileProblem::DisplayName(TextError::Empty),
                ProfileProblem::ContactEmail(TextError::Malformed),
                ProfileProblem::RegistrationNumber,
            ])
        );
    }
}
