//! One's own data: told as a file, and forgotten on request. What an account did to money stays, under its id.

use bytes::Bytes;
use domain::account::{AccountState, StillNeeded, may_close};
use domain::ids::{EventId, OrganizerId, UserId};
use domain::notice::Notice;
use domain::permission::Role;
use futures::stream::{self, Stream};
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::{members as member_rows, personal_data, second_factors, users};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::Deps;
use crate::account::confirm_login::audit;
use crate::account::notices::tell;
use crate::actor::Actor;
use crate::members::{self, MemberError, Seat};

/// Mails or lines of the audit log read at a time.
const PAGE_ROWS: i64 = 500;

/// An organizer that cannot do without its last owner yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    pub organizer: String,
    pub why: StillNeeded,
}

/// Why an account was not deleted. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// Nobody else would answer for organizers that somebody has to answer for.
    #[error("the last owner of an organizer")]
    LastOwner(Vec<Needs>),
    /// Deleted already, or disabled: the staff decides what becomes of it.
    #[error("the account is not active")]
    NotActive,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for DeleteError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

impl From<MemberError> for DeleteError {
    fn from(error: MemberError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Everything that is kept of a user, but no secret: one object of JSON, piece by piece.
///
/// # Errors
/// When the database fails.
pub async fn export(
    deps: &Deps,
    user: UserId,
) -> Result<impl Stream<Item = Result<Bytes, StoreError>> + Send + use<>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    audit(&mut conn, user, "user.data_exported", json!({}), deps.clock.now()).await?;
    drop(conn);
    let walk = Walk { deps: deps.clone(), user, next: Next::Facts };
    Ok(stream::try_unfold(walk, Walk::step))
}

struct Walk {
    deps: Deps,
    user: UserId,
    next: Next,
}

enum Next {
    Facts,
    Rows { of: Rows, after: Uuid, is_first: bool },
    End,
}

/// What there may be much of.
#[derive(Clone, Copy)]
enum Rows {
    Mails,
    Did,
}

impl Walk {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, StoreError> {
        let text = match self.next {
            Next::Facts => {
                let mut conn = self.deps.db.acquire().await?;
                let facts = personal_data::facts(&mut conn, self.user).await?.to_string();
                self.next = Next::Rows { of: Rows::Mails, after: Uuid::nil(), is_first: true };
                format!("{},\"mails\":[", facts.strip_suffix('}').unwrap_or(&facts))
            }
            Next::Rows { of, after, is_first } => self.rows(of, after, is_first).await?,
            Next::End => return Ok(None),
        };
        Ok(Some((Bytes::from(text), self)))
    }

    async fn rows(&mut self, of: Rows, after: Uuid, is_first: bool) -> Result<String, StoreError> {
        let mut conn = self.deps.db.acquire().await?;
        let rows = match of {
            Rows::Mails => personal_data::mails(&mut conn, self.user, after, PAGE_ROWS).await?,
            Rows::Did => personal_data::did(&mut conn, self.user, after, PAGE_ROWS).await?,
        };
        let lines: Vec<String> = rows.iter().map(|it| it.1.to_string()).collect();
        let comma = if is_first || lines.is_empty() { "" } else { "," };
        let mut text = format!("{comma}{}", lines.join(","));
        let is_full = i64::try_from(rows.len()).is_ok_and(|n| n == PAGE_ROWS);
        self.next = match (rows.last().filter(|_| is_full), of) {
            (Some((last, _)), _) => Next::Rows { of, after: *last, is_first: false },
            (None, Rows::Mails) => {
                text.push_str("],\"did\":[");
                Next::Rows { of: Rows::Did, after: Uuid::nil(), is_first: true }
            }
            (None, Rows::Did) => {
                text.push_str("]}");
                Next::End
            }
        };
        Ok(text)
    }
}

/// What has to be done before an account can be deleted; nothing where it can be.
///
/// # Errors
/// When the database fails.
pub async fn needs(deps: &Deps, user: UserId) -> Result<Vec<Needs>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let mut all = Vec::new();
    for organizer in personal_data::organizers_of(&mut conn, user).await? {
        if is_last_owner(&mut conn, organizer, user).await? {
            all.extend(need(&mut conn, organizer, user, deps.clock.now()).await?);
        }
    }
    Ok(all)
}

/// Deletes an account: every role, way in, browser and the address. The owner is told by a last mail. An organizer that
/// nobody else belongs to is closed with it.
///
/// # Errors
/// See [`DeleteError`].
pub async fn delete(deps: &Deps, user: UserId) -> Result<(), DeleteError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if users::lock(&mut tx, user).await? != AccountState::Active {
        return Err(DeleteError::NotActive);
    }
    let mut missing = Vec::new();
    for organizer in personal_data::organizers_of(&mut tx, user).await? {
        member_rows::lock_all(&mut tx, organizer).await?;
        missing.extend(leave(&mut tx, organizer, user, now).await?);
    }
    if !missing.is_empty() {
        return Err(DeleteError::LastOwner(missing));
    }
    personal_data::forget_mails(&mut tx, user).await?;
    // While the address is still known.
    tell(&mut tx, user, Notice::AccountDeleted, String::new(), now).await?;
    second_factors::delete_all(&mut tx, user).await?;
    personal_data::forget(&mut tx, user, now).await?;
    audit(&mut tx, user, "user.deleted", json!({}), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the user out of an organizer, and closes it after its last owner; or says why that cannot be.
async fn leave(
    conn: &mut Conn,
    organizer: OrganizerId,
    user: UserId,
    now: OffsetDateTime,
) -> Result<Option<Needs>, DeleteError> {
    let who = (organizer, Actor::User(user));
    if is_last_owner(conn, organizer, user).await? {
        if let Some(needs) = need(conn, organizer, user, now).await? {
            return Ok(Some(needs));
        }
        personal_data::close(conn, organizer, now).await?;
        members::note(conn, (organizer, None, who.1), ("organizer.closed", json!({})), now).await?;
    }
    let seats: Vec<Option<EventId>> = match member_rows::find_role(conn, organizer, user).await? {
        // Who is out of the organizer is out of its events.
        Some(_) => vec![None],
        None => {
            let events = member_rows::list_event_roles(conn, organizer, user).await?;
            events.into_iter().map(|it| Some(it.0)).collect()
        }
    };
    for event in seats {
        members::vacate(conn, who, Seat { user, event }, ("member.left", now)).await?;
    }
    Ok(None)
}

async fn is_last_owner(
    conn: &mut Conn,
    organizer: OrganizerId,
    user: UserId,
) -> Result<bool, StoreError> {
    Ok(member_rows::find_role(conn, organizer, user).await? == Some(Role::Owner)
        && member_rows::count_other_owners(conn, organizer, user).await? == 0)
}

async fn need(
    conn: &mut Conn,
    organizer: OrganizerId,
    user: UserId,
    now: OffsetDateTime,
) -> Result<Option<Needs>, StoreError> {
    let (name, left) = personal_data::left_behind(conn, organizer, user, now).await?;
    Ok(may_close(left).err().map(|why| Needs { organizer: name, why }))
}
