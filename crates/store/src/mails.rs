//! The mail outbox: each mail is written once, sent by a job, and keeps what was sent.

use domain::ids::{Id, MailId, OrderId, OrganizerId};
use domain::mail::{MailKind, MailStatus};
use domain::parsed::email_address::EmailAddress;
use serde_json::Value;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};
use crate::mail_choices::MailReader;

/// A mail to one address, about neither an order nor an organizer.
#[derive(Debug, Clone)]
pub struct NewPersonMail<'a> {
    pub mail: MailId,
    pub kind: MailKind,
    pub dedupe_key: &'a str,
    pub recipient: &'a EmailAddress,
    pub locale: &'a str,
    pub data: &'a Value,
    pub at: OffsetDateTime,
}

/// A mail as its sender needs it.
#[derive(Debug, Clone)]
pub struct Mail {
    pub mail: MailId,
    pub kind: MailKind,
    pub status: MailStatus,
    pub order: Option<OrderId>,
    pub recipient: EmailAddress,
    pub locale: String,
    pub data: Value,
    pub created_at: OffsetDateTime,
}

/// What was sent, for the order's history. A login link is not kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct SentText<'a> {
    pub subject: &'a str,
    pub text: &'a str,
    pub html: &'a str,
}

/// A mail to an organizer's contact address, in the language of its first member.
#[derive(Debug, Clone)]
pub struct NewOrganizerMail<'a> {
    pub mail: MailId,
    pub organizer: OrganizerId,
    pub kind: MailKind,
    /// The same mail is written once, whatever is repeated.
    pub dedupe_key: &'a str,
    pub data: &'a Value,
    pub at: OffsetDateTime,
}

/// Writes a mail to an organizer unless its key is there already, and says whether it was new.
///
/// # Errors
/// When the database refuses.
pub async fn insert_once_for_organizer(
    conn: &mut Conn,
    mail: NewOrganizerMail<'_>,
) -> Result<bool, StoreError> {
    let inserted = sqlx::query!(
        "insert into mails (mail_id, organizer_id, kind, dedupe_key, recipient, locale, data, created_at)
         select $1, o.organizer_id, $3, $4, o.contact_email,
                coalesce((select u.locale from members m join users u using (user_id)
                          where m.organizer_id = o.organizer_id order by m.created_at limit 1), 'ja'),
                $5, $6
         from organizers o where o.organizer_id = $2
         on conflict (dedupe_key) do nothing",
        mail.mail.uuid(),
        mail.organizer.uuid(),
        mail.kind.as_str(),
        mail.dedupe_key,
        mail.data,
        mail.at,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// A mail about an organizer to one of its members. It names no order, so that it is told and forgotten with what is the
/// member's own.
#[derive(Debug, Clone)]
pub struct NewMemberMail<'a> {
    pub mail: MailId,
    pub organizer: OrganizerId,
    pub kind: MailKind,
    pub dedupe_key: &'a str,
    pub reader: &'a MailReader,
    pub data: &'a Value,
    pub at: OffsetDateTime,
}

/// Writes a mail to a member unless its key is there already, and says whether it was new.
///
/// # Errors
/// When the database refuses.
pub async fn insert_once_for_member(
    conn: &mut Conn,
    mail: NewMemberMail<'_>,
) -> Result<bool, StoreError> {
    let inserted = sqlx::query!(
        "insert into mails (mail_id, organizer_id, kind, dedupe_key, recipient, locale, data, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (dedupe_key) do nothing",
        mail.mail.uuid(),
        mail.organizer.uuid(),
        mail.kind.as_str(),
        mail.dedupe_key,
        mail.reader.email.as_str(),
        mail.reader.locale,
        mail.data,
        mail.at,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Writes a mail to one address.
///
/// # Errors
/// When the database refuses, as it does when its key is there already.
pub async fn insert_for_person(conn: &mut Conn, mail: NewPersonMail<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into mails (mail_id, kind, dedupe_key, recipient, locale, data, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        mail.mail.uuid(),
        mail.kind.as_str(),
        mail.dedupe_key,
        mail.recipient.as_str(),
        mail.locale,
        mail.data,
        mail.at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The mail.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this id.
pub async fn get(conn: &mut Conn, mail: MailId) -> Result<Mail, StoreError> {
    let row = sqlx::query!(
        "select kind, status, order_id, recipient, locale, data, created_at from mails where mail_id = $1",
        mail.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(Mail {
        mail,
        kind: word(MailKind::parse(&row.kind), "mails.kind")?,
        status: word(MailStatus::parse(&row.status), "mails.status")?,
        order: row.order_id.map(OrderId::from_uuid),
        recipient: word(EmailAddress::parse(&row.recipient), "mails.recipient")?,
        locale: row.locale,
        data: row.data,
        created_at: row.created_at,
    })
}

/// Moves a queued mail to sent with what was sent, forgets its data, and says whether it moved.
///
/// # Errors
/// When the database refuses.
pub async fn mark_sent(
    conn: &mut Conn,
    mail: MailId,
    sent: SentText<'_>,
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let updated = sqlx::query!(
        "update mails
         set status = 'sent', sent_at = $2, subject = $3, text_body = $4, html_body = $5, data = '{}',
             last_error = null
         where mail_id = $1 and status = 'queued'",
        mail.uuid(),
        at,
        sent.subject,
        sent.text,
        sent.html,
    )
    .execute(conn)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Forgets whom a mail was sent to.
///
/// # Errors
/// When the database refuses.
pub async fn forget_recipient(conn: &mut Conn, mail: MailId) -> Result<(), StoreError> {
    sqlx::query!(
        "update mails set recipient = 'deleted@deleted.invalid' where mail_id = $1",
        mail.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves a queued mail to skipped or failed for good, forgets its data, and says whether it moved.
///
/// # Errors
/// When the database refuses.
pub async fn mark_unsent(
    conn: &mut Conn,
    mail: MailId,
    status: MailStatus,
    reason: &str,
) -> Result<bool, StoreError> {
    let updated = sqlx::query!(
        "update mails set status = $2, last_error = $3, data = '{}'
         where mail_id = $1 and status = 'queued'",
        mail.uuid(),
        status.as_str(),
        reason,
    )
    .execute(conn)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Notes why a mail could not be sent this time; it stays queued.
///
/// # Errors
/// When the database refuses.
pub async fn note_error(conn: &mut Conn, mail: MailId, reason: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "update mails set last_error = $2 where mail_id = $1 and status = 'queued'",
        mail.uuid(),
        reason
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists orders that wait for their buyer since `placed_by` and that no mail has told of yet, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_untold(
    conn: &mut Conn,
    placed_by: OffsetDateTime,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<OrderId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select o.order_id from order_holds h join orders o using (order_id)
         where h.expires_at > $2 and o.status = 'pending' and o.created_at <= $1
           and not exists (select from email_confirmations c
                           where c.order_id = o.order_id and (c.confirmed_at is null or c.confirmed_at > $1))
           and not exists (select from mails m where m.order_id = o.order_id
                             and m.kind in ('order_received', 'payment_instructions'))
         order by h.expires_at limit $3",
        placed_by,
        now,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(OrderId::from_uuid).collect())
}
