//! The audit log as its organizer looks through it.

use domain::ids::{AuditEntryId, EventId, Id, OrderId, OrganizerId};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;

/// Choices of the filters that are listed at most.
const CHOICES_MAX: i64 = 200;

/// Which lines are wanted; what is empty is not asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// `user`, `api_key`, `buyer`, `provider` or `system`.
    pub actor_kind: Option<String>,
    pub actor: Option<Uuid>,
    /// The words before the dot of the actions.
    pub nouns: Vec<String>,
    pub event: Option<EventId>,
    pub from: Option<OffsetDateTime>,
    pub until: Option<OffsetDateTime>,
}

/// A line, with the names of what it names.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditLogLine {
    pub id: AuditEntryId,
    /// Whose line it is; none for what belongs to the platform.
    pub organizer: Option<OrganizerId>,
    pub organizer_name: Option<String>,
    pub action: String,
    pub actor_kind: String,
    /// The name and address of the user or the name of the key, where it was one.
    pub actor_name: Option<String>,
    pub event: Option<EventId>,
    /// Of the event as it is now; none once it was deleted.
    pub event_title: Option<String>,
    pub order: Option<OrderId>,
    pub order_code: Option<String>,
    pub buyer_name: Option<String>,
    pub detail: Value,
    pub request_id: Option<String>,
    pub client: Option<String>,
    pub browser: Option<String>,
    pub at: OffsetDateTime,
}

/// Lines of the organizer that match, or of everybody where none is named; newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    organizer: Option<OrganizerId>,
    filter: &AuditFilter,
    older_than: Option<AuditEntryId>,
    limit: i64,
) -> Result<Vec<AuditLogLine>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with page as (
            select * from audit_entries
            where ($1::uuid is null or organizer_id = $1)
              and ($2::text is null or actor_kind = $2)
              and ($3::uuid is null or actor_id = $3)
              and (cardinality($4::text[]) = 0 or split_part(action, '.', 1) = any ($4))
              and ($5::uuid is null or event_id = $5)
              and ($6::timestamptz is null or created_at >= $6)
              and ($7::timestamptz is null or created_at < $7)
              and ($8::uuid is null or audit_entry_id < $8)
            order by audit_entry_id desc
            limit $9
        )
        select page.audit_entry_id, page.organizer_id, organizers.display_name as "organizer_name?", page.action, page.actor_kind,
               -- The address too: two people may go by the same name, and one may change it.
               coalesce(users.display_name || ' (' || users.email || ')', users.email,
                        api_keys.name || ' (' || api_keys.prefix || '…)') as "actor_name?",
               page.event_id, events.title as "event_title?",
               page.order_id, orders.code as "order_code?", orders.buyer_name as "buyer_name?",
               page.detail, page.request_id, page.client, page.browser, page.created_at
        from page
        left join organizers on organizers.organizer_id = page.organizer_id
        left join users on page.actor_kind = 'user' and users.user_id = page.actor_id
        left join api_keys on page.actor_kind = 'api_key' and api_keys.api_key_id = page.actor_id
        left join events on events.event_id = page.event_id
        left join orders on orders.order_id = page.order_id
        order by page.audit_entry_id desc
        "#,
        organizer.map(Id::uuid),
        filter.actor_kind,
        filter.actor,
        &filter.nouns,
        filter.event.map(Id::uuid),
        filter.from,
        filter.until,
        older_than.map(Id::uuid),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| AuditLogLine {
            id: AuditEntryId::from_uuid(row.audit_entry_id),
            organizer: row.organizer_id.map(OrganizerId::from_uuid),
            organizer_name: row.organizer_name,
            action: row.action,
            actor_kind: row.actor_kind,
            actor_name: row.actor_name,
            event: row.event_id.map(EventId::from_uuid),
            event_title: row.event_title,
            order: row.order_id.map(OrderId::from_uuid),
            order_code: row.order_code,
            buyer_name: row.buyer_name,
            detail: row.detail,
            request_id: row.request_id,
            client: row.client,
            browser: row.browser,
            at: row.created_at,
        })
        .collect())
}

/// Somebody who can stand behind a line: a member or a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    pub kind: String,
    pub id: Uuid,
    pub name: String,
}

/// The organizer's members and keys, for the filter.
///
/// # Errors
/// When the database fails.
pub async fn list_hands(conn: &mut Conn, organizer: OrganizerId) -> Result<Vec<Hand>, StoreError> {
    Ok(sqlx::query_as!(
        Hand,
        r#"select 'user' as "kind!", users.user_id as "id!",
                  coalesce(users.display_name || ' (' || users.email || ')', users.email) as "name!"
           from members join users using (user_id) where members.organizer_id = $1
           union all
           select 'api_key', api_key_id, name || ' (' || prefix || '…)' from api_keys where organizer_id = $1
           order by 1 desc, 3
           limit $2"#,
        organizer.uuid(),
        CHOICES_MAX,
    )
    .fetch_all(conn)
    .await?)
}

/// The organizer's events, newest first, for the filter.
///
/// # Errors
/// When the database fails.
pub async fn list_events(
    conn: &mut Conn,
    organizer: OrganizerId,
) -> Result<Vec<(EventId, String)>, StoreError> {
    let rows = sqlx::query!(
        "select event_id, title from events where organizer_id = $1 order by event_id desc limit $2",
        organizer.uuid(),
        CHOICES_MAX,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (EventId::from_uuid(row.event_id), row.title)).collect())
}
