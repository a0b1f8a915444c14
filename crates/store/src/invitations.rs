//! Invitations: a link that makes its reader a member, once, for a while, unless it was taken back.

use domain::ids::{EventId, Id, InvitationId, OrganizerId, UserId};
use domain::permission::Role;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// An invitation, with the names its page tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub organizer: OrganizerId,
    pub organizer_name: String,
    /// The event it is for, and its title.
    pub event: Option<(EventId, String)>,
    pub role: Role,
    /// Whom it is for; empty for a link that is passed on by hand.
    pub email: String,
    /// The same as addresses are compared.
    pub email_key: String,
    pub invited_by: Option<UserId>,
    /// What whoever invited goes by; none where it is the address, which is for members alone.
    pub inviter_name: Option<String>,
    pub inviter_email: Option<String>,
    pub created_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub accepted_at: Option<OffsetDateTime>,
    pub revoked_at: Option<OffsetDateTime>,
}

/// An invitation to be.
#[derive(Debug)]
pub struct NewInvitation<'a> {
    pub id: InvitationId,
    pub organizer: OrganizerId,
    pub event: Option<EventId>,
    pub role: Role,
    pub email: &'a str,
    pub email_key: &'a str,
    pub token_hash: &'a [u8],
    pub invited_by: Option<UserId>,
    pub now: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

/// Open invitations that a page shows.
const OPEN_MAX: i64 = 200;

struct Row {
    invitation_id: Uuid,
    organizer_id: Uuid,
    display_name: String,
    event_id: Option<Uuid>,
    title: Option<String>,
    role: String,
    email: String,
    email_key: String,
    invited_by: Option<Uuid>,
    inviter_name: Option<String>,
    inviter_email: Option<String>,
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    accepted_at: Option<OffsetDateTime>,
    revoked_at: Option<OffsetDateTime>,
}

impl Row {
    fn read(self) -> Result<Invitation, StoreError> {
        Ok(Invitation {
            id: InvitationId::from_uuid(self.invitation_id),
            organizer: OrganizerId::from_uuid(self.organizer_id),
            organizer_name: self.display_name,
            event: self.event_id.map(EventId::from_uuid).zip(self.title),
            role: word(Role::parse(&self.role), "invitations.role")?,
            email: self.email,
            email_key: self.email_key,
            invited_by: self.invited_by.map(UserId::from_uuid),
            inviter_name: self.inviter_name,
            inviter_email: self.inviter_email,
            created_at: self.created_at,
            expires_at: self.expires_at,
            accepted_at: self.accepted_at,
            revoked_at: self.revoked_at,
        })
    }
}

/// Writes an invitation.
///
/// # Errors
/// When the database refuses.
pub async fn insert(conn: &mut Conn, new: &NewInvitation<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into invitations (invitation_id, organizer_id, event_id, role, email, email_key, token_hash, invited_by,
                                  created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id.uuid(),
        new.organizer.uuid(),
        new.event.map(Id::uuid),
        new.role.as_str(),
        new.email,
        new.email_key,
        new.token_hash,
        new.invited_by.map(Id::uuid),
        new.now,
        new.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The organizer's invitations that still open something, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_open(
    conn: &mut Conn,
    organizer: OrganizerId,
    now: OffsetDateTime,
) -> Result<Vec<Invitation>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select i.invitation_id, i.organizer_id, o.display_name, i.event_id, e.title as "title?", i.role, i.email,
                  i.email_key, i.invited_by, u.display_name as "inviter_name?", u.email as "inviter_email?", i.created_at, i.expires_at, i.accepted_at, i.revoked_at
           from invitations i
           join organizers o on o.organizer_id = i.organizer_id
           left join events e on e.event_id = i.event_id
           left join users u on u.user_id = i.invited_by
           where i.organizer_id = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > $2
           order by i.invitation_id desc limit $3"#,
        organizer.uuid(),
        now,
        OPEN_MAX,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// The invitation behind a link.
///
/// # Errors
/// When the database fails.
pub async fn find_by_token(
    conn: &mut Conn,
    token_hash: &[u8],
) -> Result<Option<Invitation>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"select i.invitation_id, i.organizer_id, o.display_name, i.event_id, e.title as "title?", i.role, i.email,
                  i.email_key, i.invited_by, u.display_name as "inviter_name?", u.email as "inviter_email?", i.created_at, i.expires_at, i.accepted_at, i.revoked_at
           from invitations i
           join organizers o on o.organizer_id = i.organizer_id
           left join events e on e.event_id = i.event_id
           left join users u on u.user_id = i.invited_by
           where i.token_hash = $1"#,
        token_hash,
    )
    .fetch_optional(conn)
    .await?;
    row.map(Row::read).transpose()
}

/// The invitation of this id.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub async fn get(conn: &mut Conn, id: InvitationId) -> Result<Invitation, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"select i.invitation_id, i.organizer_id, o.display_name, i.event_id, e.title as "title?", i.role, i.email,
                  i.email_key, i.invited_by, u.display_name as "inviter_name?", u.email as "inviter_email?", i.created_at, i.expires_at, i.accepted_at, i.revoked_at
           from invitations i
           join organizers o on o.organizer_id = i.organizer_id
           left join events e on e.event_id = i.event_id
           left join users u on u.user_id = i.invited_by
           where i.invitation_id = $1"#,
        id.uuid(),
    )
    .fetch_one(conn)
    .await?;
    row.read()
}

/// Uses the invitation up, and says whether it still was open: of two clicks at once one wins.
///
/// # Errors
/// When the database fails.
pub async fn mark_accepted(
    conn: &mut Conn,
    id: InvitationId,
    user: UserId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update invitations set accepted_at = $3, accepted_by = $2
         where invitation_id = $1 and accepted_at is null and revoked_at is null and expires_at > $3",
        id.uuid(),
        user.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes the invitation back, and says whether it still was open.
///
/// # Errors
/// `NotFound` when the organizer has no such invitation.
pub async fn mark_revoked(
    conn: &mut Conn,
    organizer: OrganizerId,
    id: InvitationId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let is_new = sqlx::query_scalar!(
        r#"update invitations
           set revoked_at = case when accepted_at is null then coalesce(revoked_at, $3) else revoked_at end
           where organizer_id = $1 and invitation_id = $2
           returning coalesce(revoked_at = $3, false) as "is_new!""#,
        organizer.uuid(),
        id.uuid(),
        now,
    )
    .fetch_optional(conn)
    .await?;
    is_new.ok_or(StoreError::NotFound)
}

/// Takes back every link that whoever has it may use: owners see them all, and one who is out has seen them.
///
/// # Errors
/// When the database fails.
pub async fn revoke_bearers(
    conn: &mut Conn,
    organizer: OrganizerId,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "update invitations set revoked_at = $2
         where organizer_id = $1 and email_key = '' and accepted_at is null and revoked_at is null",
        organizer.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// How many invitations the organizer made since `from`, whatever became of them.
///
/// # Errors
/// When the database fails.
pub async fn count_since(
    conn: &mut Conn,
    organizer: OrganizerId,
    from: OffsetDateTime,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from invitations where organizer_id = $1 and created_at > $2"#,
        organizer.uuid(),
        from,
    )
    .fetch_one(conn)
    .await?)
}

/// Takes back what a removed member had offered: nobody comes in by somebody who is out.
///
/// # Errors
/// When the database fails.
pub async fn revoke_by(
    conn: &mut Conn,
    organizer: OrganizerId,
    user: UserId,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "update invitations set revoked_at = $3
         where organizer_id = $1 and invited_by = $2 and accepted_at is null and revoked_at is null",
        organizer.uuid(),
        user.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
