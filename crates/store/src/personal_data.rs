//! What is kept of a person who logs in: told to the person, and forgotten on request. Money, tickets and the audit log
//! know a user by id only, and stay.

use domain::account::LeftBehind;
use domain::ids::{Id, OrganizerId, UserId};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;

/// What is kept of a user in few rows; no secret.
///
/// # Errors
/// When the database refuses.
pub async fn facts(conn: &mut Conn, user: UserId) -> Result<Value, StoreError> {
    let data = sqlx::query_scalar!(
        r#"select jsonb_build_object(
               'account', (select to_jsonb(a) from (
                   select user_id as id, email, display_name, locale as language, time_zone, is_administrator, state, created_at
                   from users where user_id = $1) a),
               'organizers', (select coalesce(jsonb_agg(a), '[]') from (
                   select display_name as name, role, m.created_at as since
                   from members m join organizers using (organizer_id) where user_id = $1) a),
               'events', (select coalesce(jsonb_agg(a), '[]') from (
                   select title, role, m.created_at as since
                   from event_members m join events using (event_id) where user_id = $1) a),
               'mails_turned_off', (select coalesce(jsonb_agg(a), '[]') from (
                   select display_name as organizer, t.kind, turned_off_at
                   from mails_turned_off t join organizers using (organizer_id) where user_id = $1) a),
               'ways_in', (select coalesce(jsonb_agg(a), '[]') from (
                   select provider, issuer, subject, linked_at, last_used_at
                   from login_identities where user_id = $1) a),
               'code_app_since', (select confirmed_at from totp_secrets where user_id = $1),
               'recovery_codes_left', (select count(*) from recovery_codes where user_id = $1 and used_at is null),
               'passkeys', (select coalesce(jsonb_agg(a), '[]') from (
                   select name, created_at, last_used_at from passkeys where user_id = $1) a),
               'api_keys', (select coalesce(jsonb_agg(a), '[]') from (
                   select name, prefix, created_at, last_used_at, revoked_at from api_keys where created_by = $1) a),
               'changes_of_address', (select coalesce(jsonb_agg(a), '[]') from (
                   select old_email, new_email, created_at, ended_at from email_changes where user_id = $1) a),
               'invitations', (select coalesce(jsonb_agg(a), '[]') from (
                   select display_name as organizer, role, i.created_at, accepted_at, i.revoked_at
                   from invitations i join organizers using (organizer_id)
                   where email_key in (select address from user_addresses where user_id = $1)) a),
               'browsers', (select coalesce(jsonb_agg(a), '[]') from (
                   select data->'browser' as browser, to_timestamp((data->>'signed_in_at')::bigint) as since
                   from web_sessions where user_id = $1) a),
               'known_browsers', (select coalesce(jsonb_agg(a), '[]') from (
                   select first_seen_at, last_seen_at from known_devices where user_id = $1) a)
           ) as "data!""#,
        user.uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(data)
}

/// The mails to a user that are about no order, oldest first, each with its id; those after `after`. Those to an address
/// that the user had before count too.
///
/// # Errors
/// When the database refuses.
pub async fn mails(
    conn: &mut Conn,
    user: UserId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Value)>, StoreError> {
    let rows = sqlx::query!(
        r#"select m.mail_id, jsonb_build_object(
               'kind', m.kind, 'subject', m.subject, 'created_at', m.created_at, 'sent_at', m.sent_at) as "data!"
           from mails m
           where lower(m.recipient) in (select address from user_addresses where user_id = $1)
             and m.order_id is null and m.mail_id > $2 order by m.mail_id limit $3"#,
        user.uuid(),
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.mail_id, row.data)).collect())
}

/// What the audit log says that a user did, oldest first, each with its id; what came after `after`. What was done for an
/// organizer that the user left is named, without its details: they are the organizer's.
///
/// # Errors
/// When the database refuses.
pub async fn did(
    conn: &mut Conn,
    user: UserId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Value)>, StoreError> {
    let rows = sqlx::query!(
        r#"select audit_entry_id, jsonb_build_object(
                      'at', created_at, 'action', action, 'from', client, 'browser', browser,
                      'detail', case when organizer_id is null
                          or organizer_id in (select organizer_id from members where user_id = $1)
                          or event_id in (select event_id from event_members where user_id = $1) then detail end) as "data!"
           from audit_entries
           where actor_kind = 'user' and actor_id = $1 and audit_entry_id > $2 order by audit_entry_id limit $3"#,
        user.uuid(),
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.audit_entry_id, row.data)).collect())
}

/// Forgets the mails to a user that are about no order, at whatever address: what was sent goes, or names nobody where an
/// organizer's log wants it; what waits is not sent any more. So do questions to addresses that were only wished for.
///
/// # Errors
/// When the database refuses.
pub async fn forget_mails(conn: &mut Conn, user: UserId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"with own as (
               select mail_id, organizer_id, status from mails
               where order_id is null and (
                   lower(recipient) in (select address from user_addresses where user_id = $1)
                   -- What an organizer hears at the address that it gave is the organizer's.
                   and not exists (select from organizers o where o.organizer_id = mails.organizer_id
                                   and lower(o.contact_email) = lower(mails.recipient))
                   or kind = 'email_change' and lower(recipient) in (
                       select lower(new_email) from email_changes where user_id = $1))
           ), gone as (
               delete from mails using own
               where mails.mail_id = own.mail_id and own.organizer_id is null and own.status <> 'queued'
           )
           update mails set recipient = 'deleted@deleted.invalid', data = '{}', last_error = 'the account was deleted',
                            status = case when own.status = 'queued' then 'skipped' else mails.status end
           from own
           where mails.mail_id = own.mail_id and (own.organizer_id is not null or own.status = 'queued')"#,
        user.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets who a user is: the address, the ways in, the browsers. The id stays, for what it did.
///
/// # Errors
/// When the database refuses.
pub async fn forget(conn: &mut Conn, user: UserId, at: OffsetDateTime) -> Result<(), StoreError> {
    let id = user.uuid();
    sqlx::query!("delete from web_sessions where user_id = $1", id).execute(&mut *conn).await?;
    sqlx::query!("delete from known_devices where user_id = $1", id).execute(&mut *conn).await?;
    sqlx::query!("delete from login_identities where user_id = $1", id).execute(&mut *conn).await?;
    // Who was invited is said by who accepted.
    sqlx::query!(
        "update invitations
         set email = 'deleted@deleted.invalid', email_key = 'deleted@deleted.invalid',
             revoked_at = case when accepted_at is null then coalesce(revoked_at, $2) else revoked_at end
         where email_key in (select address from user_addresses where user_id = $1)",
        id,
        at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from login_links
         where email_key in (select address from user_addresses where user_id = $1)",
        id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from email_changes where user_id = $1", id).execute(&mut *conn).await?;
    sqlx::query!("delete from mails_turned_off where user_id = $1", id).execute(&mut *conn).await?;
    sqlx::query!(
        "update users set email = 'deleted-' || user_id || '@deleted.invalid',
                          email_key = 'deleted-' || user_id || '@deleted.invalid',
                          display_name = null, time_zone = default, is_locale_chosen = false,
                          is_administrator = false, acting_for = null, state = 'deleted', state_at = $2
         where user_id = $1",
        id,
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The organizers that a user is a member of, for all or for one of their events.
///
/// # Errors
/// When the database refuses.
pub async fn organizers_of(conn: &mut Conn, user: UserId) -> Result<Vec<OrganizerId>, StoreError> {
    let rows = sqlx::query_scalar!(
        r#"select organizer_id as "organizer_id!" from (
               select organizer_id from members where user_id = $1
               union select organizer_id from event_members where user_id = $1) o
           order by organizer_id"#,
        user.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(OrganizerId::from_uuid).collect())
}

/// An organizer's name, and what it would leave behind without this member.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such organizer.
pub async fn left_behind(
    conn: &mut Conn,
    organizer: OrganizerId,
    user: UserId,
    now: OffsetDateTime,
) -> Result<(String, LeftBehind), StoreError> {
    let row = sqlx::query!(
        r#"select display_name,
                  (select count(*) from (
                       select user_id from members where organizer_id = $1
                       union select user_id from event_members where organizer_id = $1) m
                   where user_id <> $2) as "n_others!",
                  (select count(*) from events e where organizer_id = $1 and (status = 'published'
                       or status = 'closed' and coalesce(ends_at, starts_at, 'infinity') > $3
                          and exists (select from orders o join tickets t using (order_id)
                                      where o.event_id = e.event_id and t.status = 'valid'))) as "n_open_events!",
                  -- What is owed either way (the same sum as for payouts), and what may still become so.
                  exists (select from ledger_accounts a join ledger_entries l using (ledger_account_id)
                          join ledger_transactions t using (ledger_transaction_id) join events e using (event_id)
                          where a.organizer_id = $1 and e.payout_model = 'collect'
                            and a.kind in ('organizer_payable', 'refunds_by_hand', 'disputes')
                          group by a.currency, t.event_id having sum(l.amount_minor) <> 0)
                  -- What participants paid too much is theirs, whoever holds it.
                  or exists (select from ledger_accounts a join ledger_entries l using (ledger_account_id)
                             where a.organizer_id = $1 and a.kind = 'buyer_credit'
                             group by a.currency having sum(l.amount_minor) <> 0)
                  or exists (select from alerts where organizer_id = $1 and resolved_at is null)
                  or exists (select from order_holds join orders using (order_id)
                             where organizer_id = $1 and status in ('pending', 'awaiting_payment'))
                  or exists (select from events e join payments p using (event_id)
                             where e.organizer_id = $1 and p.status in ('created', 'pending', 'authorized'))
                  or exists (select from refunds
                             where organizer_id = $1 and status in ('requested', 'needs_account', 'processing'))
                  or exists (select from return_requests where organizer_id = $1 and status in ('requested', 'approved'))
                  or exists (select from payouts where organizer_id = $1 and status in ('draft', 'approved', 'submitted'))
                  or exists (select from disputes where organizer_id = $1 and status in ('open', 'under_review'))
                  or exists (select from processes where organizer_id = $1 and status = 'running')
                      as "has_money!"
           from organizers where organizer_id = $1"#,
        organizer.uuid(),
        user.uuid(),
        now,
    )
    .fetch_one(conn)
    .await?;
    let left = LeftBehind {
        n_others: row.n_others,
        n_open_events: row.n_open_events,
        has_money: row.has_money,
    };
    Ok((row.display_name, left))
}

/// Closes an organizer: its last owner may go, and no key or invitation of it opens anything.
///
/// # Errors
/// When the database refuses.
pub async fn close(
    conn: &mut Conn,
    organizer: OrganizerId,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    let id = organizer.uuid();
    sqlx::query!("update organizers set closed_at = $2 where organizer_id = $1", id, at)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "update api_keys set revoked_at = $2 where organizer_id = $1 and revoked_at is null",
        id,
        at
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update publishable_keys set revoked_at = $2 where organizer_id = $1 and revoked_at is null",
        id,
        at
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update invitations set revoked_at = $2
         where organizer_id = $1 and revoked_at is null and accepted_at is null",
        id,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}
