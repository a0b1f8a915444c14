//! What a person does about an alert: ask the provider again, repair, accept. Each is written in the audit log, and each
//! may be pressed twice: what is over stays over.

use domain::alert::{AlertAction, AlertRule};
use domain::ids::{AlertId, Id, OrganizerId};
use domain::limits::REASON_CHARS_MAX;
use domain::order::OrderStatus;
use domain::parsed::text;
use domain::refund::RefundWait;
use serde_json::json;
use store::alerts::{self, Alert};
use store::error::StoreError;
use store::{orders, quotas, tickets, watch as rows};
use time::OffsetDateTime;

use crate::alerts::AlertAccess;
use crate::jobs::{self, Job};
use crate::orders::expire::expire_order;
use crate::watch;
use crate::watch::examine::Examined;
use crate::watch::provider;
use crate::{Deps, mails, trail};

/// Mails that one press sends on their way again.
const MAILS_MAX: i64 = 500;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acted {
    /// The alert is closed.
    Closed,
    /// It was done; whether it helped shows in a moment.
    UnderWay,
    /// The provider confirms what the alert says.
    StillSo,
    /// The provider gave no answer; nothing changed.
    NoAnswer,
    /// No machine can do it: the organizer transfers the money and says so.
    WaitsForOrganizer,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    #[error("there is no such alert")]
    NotFound,
    /// The action does not belong to the rule.
    #[error("this cannot be done about it")]
    NotFitting,
    /// Longer than allowed, or with control characters.
    #[error("the note cannot be kept")]
    MalformedNote,
    #[error("somebody else is changing the same; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for ActError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

impl From<anyhow::Error> for ActError {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<StoreError>() {
            Ok(error) => error.into(),
            Err(error) => Self::Unexpected(error),
        }
    }
}

/// Does `action` about an alert.
///
/// # Errors
/// `NotFound` when it is another's, `NotFitting` when the rule does not offer the action.
pub async fn act(
    deps: &Deps,
    access: &AlertAccess,
    alert: AlertId,
    action: AlertAction,
    note: &str,
) -> Result<Acted, ActError> {
    let found = {
        let mut conn = deps.db.acquire().await?;
        access.get(&mut conn, alert).await?
    };
    if found.resolved_at.is_some() {
        return Ok(Acted::Closed);
    }
    let rule = AlertRule::parse(&found.rule).ok();
    // What is done about an alert is the watch's work, which looks at everybody's rows; whose alert it is was asked above.
    let deps = &deps.of_everybody();
    // What another part of the house raised by a word of its own can be accepted.
    let is_fitting = rule.map_or(action == AlertAction::Accept, |rule| rule.allows(action));
    match (action, rule) {
        _ if !is_fitting => Err(ActError::NotFitting),
        (AlertAction::Accept, _) => accept(deps, access, &found, note).await,
        (AlertAction::Ask, Some(_)) => ask(deps, access, &found).await,
        (AlertAction::Repair, Some(rule)) => repair(deps, access, &found, rule).await,
        // Refunds and payouts are dealt with on their own pages.
        (AlertAction::Refund | AlertAction::Open, _) | (_, None) => Err(ActError::NotFitting),
    }
}

async fn accept(
    deps: &Deps,
    access: &AlertAccess,
    alert: &Alert,
    note: &str,
) -> Result<Acted, ActError> {
    let note = text::paragraphs(note, REASON_CHARS_MAX).map_err(|_| ActError::MalformedNote)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if alerts::accept(&mut tx, alert.id, access.actor().user(), &note, now).await? {
        let detail = json!({ "alert": alert.id, "rule": alert.rule });
        trail::note(&mut tx, alert, access.actor(), ("alert.accepted", detail), now).await?;
    }
    tx.commit().await?;
    Ok(Acted::Closed)
}

/// Asks the provider about the alert's payment, records what it says, and looks whether the alert is over.
async fn ask(deps: &Deps, access: &AlertAccess, alert: &Alert) -> Result<Acted, ActError> {
    let payment = alert.about.payment.ok_or(ActError::NotFitting)?;
    note_action(deps, access, alert, "alert.asked").await?;
    let examined = provider::settle(deps, alert, payment).await?;
    if examined == Examined::Unknown {
        return Ok(Acted::NoAnswer);
    }
    watch::close_settled(deps).await?;
    outcome(deps, access, alert, Acted::StillSo).await
}

async fn repair(
    deps: &Deps,
    access: &AlertAccess,
    alert: &Alert,
    rule: AlertRule,
) -> Result<Acted, ActError> {
    note_action(deps, access, alert, "alert.repaired").await?;
    let now = deps.clock.now();
    match rule {
        AlertRule::HoldNotReleased => {
            let order = alert.about.order.ok_or(ActError::NotFitting)?;
            if let Err(error) = expire_order(deps, order).await {
                tracing::info!(order.id = %order, "a hold could not be ended: {error:#}");
                return Ok(Acted::NoAnswer);
            }
        }
        AlertRule::HoldWithoutOrder | AlertRule::QuotaDiffers => count_again(deps, alert).await?,
        AlertRule::RefundStuck => {
            let refund = alert.about.refund.ok_or(ActError::NotFitting)?;
            let mut conn = deps.db.acquire().await?;
            let waits_for = store::refunds::get(&mut conn, refund).await?.waits_for;
            if waits_for == Some(RefundWait::Organizer) {
                return Ok(Acted::WaitsForOrganizer);
            }
            store::refunds::mark_due(&mut conn, refund).await?;
            jobs::enqueue(&mut conn, &Job::SendRefund { refund }, now).await?;
        }
        AlertRule::MailStuck => hurry_mails(deps, alert.about.organizer, now).await?,
        AlertRule::JobDead => {
            let job = alert.subject.parse().map_err(|_| ActError::NotFound)?;
            jobs::revive(deps, access.actor(), Id::from_uuid(job)).await?;
        }
        AlertRule::MissingHere
        | AlertRule::MissingThere
        | AlertRule::MoneyLate
        | AlertRule::MoneyDouble
        | AlertRule::MoneyShort
        | AlertRule::MoneyOver
        | AlertRule::MoneyDispute
        | AlertRule::MoneyDisputeWon
        | AlertRule::MoneyRefundedThere
        | AlertRule::MoneyRefundsExceed
        | AlertRule::SettlementMissingHere
        | AlertRule::SettlementMissingThere
        | AlertRule::SettlementOtherAmount
        | AlertRule::SettlementOtherFee
        | AlertRule::SettlementOtherSum
        | AlertRule::SettlementWithoutLines
        | AlertRule::SettlementDiffers
        | AlertRule::StatementDiffers
        | AlertRule::ReportDiffers
        | AlertRule::BooksDiffer
        | AlertRule::OrderDiffers
        | AlertRule::LedgerUnbalanced
        | AlertRule::ProcessDiffers
        | AlertRule::AuditBroken
        | AlertRule::PayoutStuck
        | AlertRule::MailRefused
        | AlertRule::WebhooksSilent => return Err(ActError::NotFitting),
    }
    watch::close_settled(deps).await?;
    outcome(deps, access, alert, Acted::UnderWay).await
}

/// Ends what an ended order still holds, and counts the event's places again.
async fn count_again(deps: &Deps, alert: &Alert) -> Result<(), ActError> {
    let event = alert.about.event.ok_or(ActError::NotFitting)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if let Some(order) = alert.about.order {
        let order = orders::lock(&mut tx, order).await?;
        match order.status {
            OrderStatus::Paid => drop(tickets::issue(&mut tx, order.id, now).await?),
            OrderStatus::Cancelled | OrderStatus::Expired => {
                drop(tickets::mark_void(&mut tx, order.id).await?);
            }
            OrderStatus::Pending | OrderStatus::AwaitingPayment => {}
        }
    }
    quotas::count_again(&mut tx, event).await?;
    Ok(tx.commit().await?)
}

async fn hurry_mails(
    deps: &Deps,
    organizer: Option<OrganizerId>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let mut conn = deps.db.acquire().await?;
    if let Some(organizer) = organizer {
        let unwritten = rows::list_unwritten_mails(&mut conn, organizer, MAILS_MAX).await?;
        mails::enqueue::mail_paid(deps, &unwritten).await?;
    }
    for mail in rows::list_queued_mails(&mut conn, organizer, MAILS_MAX).await? {
        jobs::enqueue(&mut conn, &Job::SendMail { mail }, now).await?;
    }
    Ok(())
}

/// Whether the alert is over now; `otherwise` when not.
async fn outcome(
    deps: &Deps,
    access: &AlertAccess,
    alert: &Alert,
    otherwise: Acted,
) -> Result<Acted, ActError> {
    let mut conn = deps.db.acquire().await?;
    let now = access.get(&mut conn, alert.id).await?;
    Ok(if now.resolved_at.is_some() { Acted::Closed } else { otherwise })
}

async fn note_action(
    deps: &Deps,
    access: &AlertAccess,
    alert: &Alert,
    what: &'static str,
) -> Result<(), StoreError> {
    let mut conn = deps.db.acquire().await?;
    let detail = json!({ "alert": alert.id, "rule": alert.rule });
    trail::note(&mut conn, alert, access.actor(), (what, detail), deps.clock.now()).await
}
