//! The list of alerts with what people need to read them: whose order, how much, which event.

use domain::alert::Resolution;
use domain::ids::{AlertId, Id, OrderId, OrganizerId};
use domain::money::{Currency, Money};
use serde_json::Value;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::{StoreError, word};

/// Which alerts are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AlertState {
    #[default]
    Open,
    Closed,
}

/// Whose alerts are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertsOf {
    Organizer(OrganizerId),
    /// Those that belong to no organizer.
    Platform,
    /// Those that belong to any of them.
    Organizers,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertLine {
    pub id: AlertId,
    /// Whose it is, by id and name.
    pub organizer: Option<(OrganizerId, String)>,
    pub rule: String,
    pub order: Option<OrderId>,
    pub order_code: Option<String>,
    pub buyer_name: Option<String>,
    pub event_title: Option<String>,
    pub time_zone: Option<String>,
    /// How much money it is about.
    pub amount: Option<Money>,
    pub has_payment: bool,
    pub observed: Value,
    pub detected_at: OffsetDateTime,
    pub resolved_at: Option<OffsetDateTime>,
    pub resolution: Option<Resolution>,
    pub note: String,
}

/// One page of alerts, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    of: AlertsOf,
    state: AlertState,
    before: Option<AlertId>,
    limit: i64,
) -> Result<Vec<AlertLine>, StoreError> {
    let organizer = match of {
        AlertsOf::Organizer(organizer) => Some(organizer),
        AlertsOf::Platform | AlertsOf::Organizers => None,
    };
    sqlx::query!(
        r#"select alert_id, page.organizer_id, g.display_name as "display_name?", rule, page.order_id, o.code as "code?", o.buyer_name as "buyer_name?",
                  e.title as "title?", e.time_zone as "time_zone?",
                  coalesce(r.amount_minor, nullif(p.captured_minor, 0), p.amount_minor, o.amount_minor) as "minor?",
                  coalesce(o.currency, e.currency) as "currency?",
                  page.payment_id is not null as "has_payment!", observed, raised_at, resolved_at, resolution, note
           from (
               select * from alerts
               where ($1::uuid is null and (organizer_id is not null) = $5 or organizer_id = $1)
                 and (resolved_at is null) = $2 and ($3::uuid is null or alert_id < $3)
               order by alert_id desc limit $4
           ) page
           left join organizers g on g.organizer_id = page.organizer_id
           left join orders o on o.order_id = page.order_id
           left join events e on e.event_id = page.event_id
           left join payments p on p.payment_id = page.payment_id
           left join refunds r on r.refund_id = page.refund_id
           order by alert_id desc"#,
        organizer.map(Id::uuid),
        state == AlertState::Open,
        before.map(Id::uuid),
        limit,
        of == AlertsOf::Organizers,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| {
        let currency = row.currency.as_deref().map(Currency::parse).transpose();
        let currency = word(currency, "currency")?;
        let resolution = row.resolution.as_deref().map(Resolution::parse).transpose();
        Ok(AlertLine {
            id: AlertId::from_uuid(row.alert_id),
            organizer: row.organizer_id.map(OrganizerId::from_uuid).zip(row.display_name),
            rule: row.rule,
            order: row.order_id.map(OrderId::from_uuid),
            order_code: row.code,
            buyer_name: row.buyer_name,
            event_title: row.title.filter(|title| !title.is_empty()),
            time_zone: row.time_zone,
            amount: row.minor.zip(currency).map(|(minor, currency)| Money::new(minor, currency)),
            has_payment: row.has_payment,
            observed: row.observed,
            detected_at: row.raised_at,
            resolved_at: row.resolved_at,
            resolution: word(resolution, "alert resolution")?,
            note: row.note,
        })
    })
    .collect()
}
