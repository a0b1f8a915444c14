//! Organizers and their members: who runs events, and who may act for them.

use domain::event::OrganizerKind;
use domain::ids::{Id, OrganizerId, UserId};
use domain::parsed::email_address::EmailAddress;
use domain::parsed::registration_number::RegistrationNumber;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// Who runs events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organizer {
    pub organizer: OrganizerId,
    pub kind: OrganizerKind,
    pub display_name: String,
    pub contact_email: EmailAddress,
    /// 適格請求書発行事業者の登録番号, where there is one.
    pub registration_number: Option<RegistrationNumber>,
}

/// Organizers of one user that a page shows.
const ORGANIZERS_MAX: i64 = 50;

/// The organizer.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this id.
pub async fn get(conn: &mut Conn, organizer: OrganizerId) -> Result<Organizer, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select organizer_id, kind, display_name, contact_email, registration_number
         from organizers where organizer_id = $1",
        organizer.uuid()
    )
    .fetch_one(conn)
    .await?;
    row.read()
}

/// The organizers that `user` is a member of, or of an event of; first the one that the pages are about, then the oldest
/// membership.
///
/// # Errors
/// When the database refuses.
pub async fn list_for_user(conn: &mut Conn, user: UserId) -> Result<Vec<Organizer>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select o.organizer_id, o.kind, o.display_name, o.contact_email, o.registration_number
         from (
             select organizer_id, min(created_at) as since from (
                 select organizer_id, created_at from members where user_id = $1
                 union all
                 select organizer_id, created_at from event_members where user_id = $1
             ) roles
             group by organizer_id
         ) m
         join organizers o using (organizer_id)
         order by (o.organizer_id = (select acting_for from users where user_id = $1)) desc nulls last,
                  m.since, o.organizer_id
         limit $2",
        user.uuid(),
        ORGANIZERS_MAX,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Writes a new organizer with `owner` as its first member.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    conn: &mut Conn,
    organizer: &Organizer,
    owner: UserId,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into organizers (organizer_id, kind, display_name, contact_email, created_at, updated_at,
                                 registration_number)
         values ($1, $2, $3, $4, $5, $5, $6)",
        organizer.organizer.uuid(),
        organizer.kind.as_str(),
        organizer.display_name,
        organizer.contact_email.as_str(),
        at,
        organizer.registration_number.as_ref().map(RegistrationNumber::as_str),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into members (organizer_id, user_id, role, created_at) values ($1, $2, 'owner', $3)",
        organizer.organizer.uuid(),
        owner.uuid(),
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what the organizer calls itself and how it is reached.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this id.
pub async fn update(
    conn: &mut Conn,
    organizer: &Organizer,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    let updated = sqlx::query!(
        "update organizers set kind = $2, display_name = $3, contact_email = $4, updated_at = $5,
             registration_number = $6
         where organizer_id = $1",
        organizer.organizer.uuid(),
        organizer.kind.as_str(),
        organizer.display_name,
        organizer.contact_email.as_str(),
        at,
        organizer.registration_number.as_ref().map(RegistrationNumber::as_str),
    )
    .execute(conn)
    .await?;
    if updated.rows_affected() == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

struct Row {
    organizer_id: uuid::Uuid,
    kind: String,
    display_name: String,
    contact_email: String,
    registration_number: Option<String>,
}

impl Row {
    fn read(self) -> Result<Organizer, StoreError> {
        let number = self.registration_number.as_deref().map(RegistrationNumber::parse).transpose();
        Ok(Organizer {
            organizer: OrganizerId::from_uuid(self.organizer_id),
            kind: word(OrganizerKind::parse(&self.kind), "organizers.kind")?,
            display_name: self.display_name,
            contact_email: word(
                EmailAddress::parse(&self.contact_email),
                "organizers.contact_email",
            )?,
            registration_number: word(number, "organizers.registration_number")?,
        })
    }
}
