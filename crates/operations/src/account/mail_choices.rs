//! Which mails about the organizers one belongs to come to the own address, beside the organizer's, which gets them all.

use std::collections::BTreeSet;

use domain::account::AccountState;
use domain::ids::{OrganizerId, UserId};
use domain::mail_choice::MemberMail;
use serde_json::json;
use store::error::StoreError;
use store::mail_choices::{self as rows, MailSeat};
use store::users;

use crate::Deps;
use crate::account::confirm_login::audit;

/// An organizer and the mails that its member may turn off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailChoices {
    pub organizer: OrganizerId,
    pub organizer_name: String,
    /// The organizer's own address is this person's: everything comes, and there is nothing to choose.
    pub is_contact: bool,
    /// Each that the role can do something about, and whether it comes.
    pub mails: Vec<(MemberMail, bool)>,
}

/// Why nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum ChooseMailsError {
    /// Not a member, or nothing to choose.
    #[error("no such choice")]
    NotFound,
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl From<StoreError> for ChooseMailsError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// What there is to choose, by organizer; those about which a member gets no mail are not there.
///
/// # Errors
/// When the database fails.
pub async fn list(deps: &Deps, user: UserId) -> Result<Vec<MailChoices>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let seats = rows::list_seats(&mut conn, user).await?;
    let off = rows::list_turned_off(&mut conn, user).await?;
    Ok(choices(&seats, &off))
}

/// Keeps what comes from now on: every mail about the organizer that is not in `wanted` is turned off.
///
/// # Errors
/// See [`ChooseMailsError`].
pub async fn choose(
    deps: &Deps,
    user: UserId,
    organizer: OrganizerId,
    wanted: &[MemberMail],
) -> Result<(), ChooseMailsError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if users::lock(&mut tx, user).await? != AccountState::Active {
        return Err(ChooseMailsError::NotFound);
    }
    let seats = rows::list_seats(&mut tx, user).await?;
    let off = rows::list_turned_off(&mut tx, user).await?;
    let here = choices(&seats, &off).into_iter().find(|it| it.organizer == organizer);
    let here = here.filter(|it| !it.is_contact).ok_or(ChooseMailsError::NotFound)?;
    let mut changed = Vec::new();
    for (mail, comes) in here.mails {
        match (comes, wanted.contains(&mail)) {
            (true, false) => rows::turn_off(&mut tx, user, (organizer, mail), now).await?,
            (false, true) => rows::turn_on(&mut tx, user, (organizer, mail)).await?,
            (true, true) | (false, false) => continue,
        }
        changed.push(mail);
    }
    if !changed.is_empty() {
        let detail = json!({ "organizer": organizer, "mails": changed });
        audit(&mut tx, user, "user.mails_chosen", detail, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn choices(seats: &[MailSeat], off: &[(OrganizerId, MemberMail)]) -> Vec<MailChoices> {
    let gets = |mail: MemberMail, seat: &MailSeat| {
        let roles = if seat.is_of_event { mail.roles_in_event() } else { mail.roles() };
        roles.contains(&seat.role)
    };
    let mut seen = BTreeSet::new();
    let organizers = seats.iter().filter(|it| seen.insert(it.organizer));
    organizers
        .map(|first| {
            let organizer = first.organizer;
            let has = |mail| seats.iter().any(|it| it.organizer == organizer && gets(mail, it));
            let mails = MemberMail::ALL.iter().copied().filter(|it| has(*it));
            MailChoices {
                organizer,
                organizer_name: first.organizer_name.clone(),
                is_contact: first.is_contact,
                mails: mails.map(|it| (it, !off.contains(&(organizer, it)))).collect(),
            }
        })
        .filter(|it| !it.mails.is_empty())
        .collect()
}
