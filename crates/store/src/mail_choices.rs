//! Mails about organizers that members turned off, and whom a mail goes to besides the organizer's own address.

use domain::ids::{EventId, Id, OrganizerId, UserId};
use domain::mail_choice::MemberMail;
use domain::parsed::email_address::EmailAddress;
use domain::permission::Role;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// A role somebody has, as far as mails go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSeat {
    pub organizer: OrganizerId,
    pub organizer_name: String,
    /// Whether the organizer's own address is this person's: it gets every mail.
    pub is_contact: bool,
    pub role: Role,
    /// Whether the role counts for one event only.
    pub is_of_event: bool,
}

/// Roles of one person that are looked at.
const SEATS_MAX: i64 = 500;
/// Members that one mail goes to.
const READERS_MAX: i64 = 200;

/// The roles of a user, by organizer.
///
/// # Errors
/// When the database fails.
pub async fn list_seats(conn: &mut Conn, user: UserId) -> Result<Vec<MailSeat>, StoreError> {
    let rows = sqlx::query!(
        r#"select distinct o.organizer_id, o.display_name, lower(o.contact_email) = u.email_key as "is_contact!",
                  m.role as "role!", m.is_of_event as "is_of_event!"
           from (
               select organizer_id, role, false as is_of_event from members where user_id = $1
               union all
               select organizer_id, role, true from event_members where user_id = $1
           ) m
           join organizers o on o.organizer_id = m.organizer_id
           join users u on u.user_id = $1
           order by o.display_name, o.organizer_id, 4, 5
           limit $2"#,
        user.uuid(),
        SEATS_MAX,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(MailSeat {
                organizer: OrganizerId::from_uuid(row.organizer_id),
                organizer_name: row.display_name,
                is_contact: row.is_contact,
                role: word(Role::parse(&row.role), "members.role")?,
                is_of_event: row.is_of_event,
            })
        })
        .collect()
}

/// What a user turned off.
///
/// # Errors
/// When the database fails.
pub async fn list_turned_off(
    conn: &mut Conn,
    user: UserId,
) -> Result<Vec<(OrganizerId, MemberMail)>, StoreError> {
    let rows = sqlx::query!(
        "select organizer_id, kind from mails_turned_off where user_id = $1",
        user.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let mail = word(MemberMail::parse(&row.kind), "mails_turned_off.kind")?;
            Ok((OrganizerId::from_uuid(row.organizer_id), mail))
        })
        .collect()
}

/// Turns a mail off; twice is once.
///
/// # Errors
/// When the database refuses.
pub async fn turn_off(
    conn: &mut Conn,
    user: UserId,
    (organizer, mail): (OrganizerId, MemberMail),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into mails_turned_off (user_id, organizer_id, kind, turned_off_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        user.uuid(),
        organizer.uuid(),
        mail.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets a mail come again.
///
/// # Errors
/// When the database refuses.
pub async fn turn_on(
    conn: &mut Conn,
    user: UserId,
    (organizer, mail): (OrganizerId, MemberMail),
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from mails_turned_off where user_id = $1 and organizer_id = $2 and kind = $3",
        user.uuid(),
        organizer.uuid(),
        mail.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A member whom a mail goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailReader {
    pub user: UserId,
    pub email: EmailAddress,
    pub locale: String,
}

/// The members who get a mail about the organizer, or about one of its events: those whose role can do something about
/// it, whose account is active, who did not turn it off, and who do not read the organizer's own address.
///
/// # Errors
/// When the database fails.
pub async fn list_readers(
    conn: &mut Conn,
    organizer: OrganizerId,
    event: Option<EventId>,
    mail: MemberMail,
) -> Result<Vec<MailReader>, StoreError> {
    let words =
        |roles: Vec<Role>| roles.iter().map(|it| it.as_str().to_owned()).collect::<Vec<_>>();
    let rows = sqlx::query!(
        r#"select u.user_id, u.email, u.locale
           from users u
           where u.state = 'active'
             and u.user_id in (
                 select user_id from members where organizer_id = $1 and role = any ($3)
                 union
                 select user_id from event_members
                 where organizer_id = $1 and event_id = $2 and role = any ($4))
             and u.email_key <> (select lower(contact_email) from organizers where organizer_id = $1)
             and not exists (select from mails_turned_off t
                             where t.user_id = u.user_id and t.organizer_id = $1 and t.kind = $5)
           order by u.user_id
           limit $6"#,
        organizer.uuid(),
        event.map(Id::uuid),
        &words(mail.roles()),
        &words(mail.roles_in_event()),
        mail.as_str(),
        READERS_MAX,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(MailReader {
                user: UserId::from_uuid(row.user_id),
                email: word(EmailAddress::parse(&row.email), "users.email")?,
                locale: row.locale,
            })
        })
        .collect()
}
