//! Telling what was raised and closed, once: the audit log, the stream of alerts, and a mail to the operators that a
//! storm does not multiply.

use domain::alert::AlertRule;
use domain::ids::MailId;
use domain::parsed::email_address::EmailAddress;
use serde_json::{Value, json};
use store::alerts::{self, Alert};
use store::db::Conn;
use store::error::StoreError;
use store::outbox::{self, NewMessage};
use store::recurring;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::actor::Actor;
use crate::mails::enqueue::enqueue_alert_digest;
use crate::{Deps, trail};

/// Where orders and payments that disagree are told; the key is the order's code.
pub const TOPIC: &str = "alerts.order_payment_inconsistency.v1";
/// Alerts told in one transaction.
const BATCH: i64 = 200;
/// Operators get at most one mail in this time.
const DIGEST_EVERY: Duration = Duration::minutes(30);
/// A digest names so many alerts, and the number of the others.
const DIGEST_ALERTS_MAX: usize = 20;

/// Tells everything that was not told yet.
///
/// # Errors
/// When the database fails.
pub async fn tell(deps: &Deps) -> anyhow::Result<()> {
    while tell_raised(deps).await? {}
    while tell_closed(deps).await? {}
    mail_operators(deps).await?;
    Ok(())
}

/// Tells a batch of raised alerts; says whether there may be more.
async fn tell_raised(deps: &Deps) -> Result<bool, StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let graced = now - deps.settings.alert_grace;
    let raised = alerts::take_untold(&mut tx, graced, now, BATCH).await?;
    for alert in &raised {
        trail::note(&mut tx, alert, Actor::System, ("alert.raised", contract(alert)), now).await?;
        // What became right within its grace was no inconsistency.
        if alert.resolved_at.is_none() {
            write_message(&mut tx, alert, now).await?;
        }
    }
    tx.commit().await?;
    Ok(is_full(&raised))
}

async fn tell_closed(deps: &Deps) -> Result<bool, StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let closed = alerts::take_untold_closings(&mut tx, now, BATCH).await?;
    for alert in &closed {
        trail::note(&mut tx, alert, Actor::System, ("alert.closed", contract(alert)), now).await?;
    }
    tx.commit().await?;
    Ok(is_full(&closed))
}

fn is_full(batch: &[Alert]) -> bool {
    i64::try_from(batch.len()).is_ok_and(|n| n >= BATCH)
}

async fn write_message(
    conn: &mut Conn,
    alert: &Alert,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let is_inconsistency =
        AlertRule::parse(&alert.rule).is_ok_and(AlertRule::is_order_payment_inconsistency);
    let (Some(organizer), Some(event), true) =
        (alert.about.organizer, alert.about.event, is_inconsistency)
    else {
        return Ok(());
    };
    let message = NewMessage {
        topic: TOPIC,
        key: alert.order_code.as_deref().unwrap_or_default(),
        organizer,
        event,
        order: alert.about.order,
        payload: contract(alert),
        now,
    };
    outbox::insert(conn, &message).await
}

/// An alert by the contract of its topic.
pub fn contract(alert: &Alert) -> Value {
    let rule = AlertRule::parse(&alert.rule).map(AlertRule::rule_id);
    json!({
        "alertId": alert.id,
        "ruleId": rule.unwrap_or(&alert.rule),
        "orderNo": alert.order_code,
        "observed": alert.observed,
        "expected": alert.expected,
        "detectedAt": alert.detected_at.format(&Rfc3339).unwrap_or_default(),
        "source": alert.source,
    })
}

/// Writes one mail to every administrator about everything that is open and was not mailed, unless one left lately: then
/// it waits for the next.
async fn mail_operators(deps: &Deps) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let open = alerts::take_unmailed(&mut tx, now).await?;
    let claimed = !open.is_empty()
        && recurring::claim(&mut tx, "alert.digest", now - DIGEST_EVERY, now).await?;
    if !claimed {
        // Nothing is kept: what was not mailed is found again.
        return Ok(());
    }
    let named: Vec<_> = open.iter().take(DIGEST_ALERTS_MAX).copied().collect();
    let operators = deps.settings.administrators.iter();
    for operator in operators.filter_map(|it| EmailAddress::parse(it).ok()) {
        let mail: MailId = crate::fresh::id();
        enqueue_alert_digest(&mut tx, mail, &operator, (&named, open.len()), now).await?;
    }
    tx.commit().await
}
