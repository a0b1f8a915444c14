//! Screening: a look at an order when its buyer goes to pay, before the provider hears of it. What looks too unusual is
//! held back with its reasons; nobody is charged meanwhile, and the organizer decides.

use std::net::IpAddr;

use domain::limits::{REVIEW_HOURS, REVIEWS_KEPT_MAX, SCREENING_WINDOW_MINUTES};
use domain::mail_choice::MemberMail;
use domain::screening::{Decision, Score, Scorer, Signals};
use serde_json::{Value, json};
use store::db::Conn;
use store::error::StoreError;
use store::orders::{self, Order};
use store::outbox::{self, NewMessage};
use store::read::sale::EventRef;
use store::screenings::{self, Count, Ground, NewScreening};
use time::{Duration, OffsetDateTime};

use crate::actor::Actor;
use crate::mails::enqueue::{OrderMail, enqueue_order_mail, enqueue_order_mail_for_members};
use crate::{Deps, fresh, trail};

pub mod decide;
mod mail_domains;
mod names;
pub mod settings;

/// Where screenings are told, beside the audit log; the key is the order's id, since what is held back has no payment.
pub const TOPIC: &str = "fraud-detection";
/// The code by which programs and people tell an order that waits for its organizer.
pub const REVIEW_CODE: &str = "payment_under_review";
/// The code of an order that cannot be paid here.
pub const BLOCKED_CODE: &str = "payment_blocked";
/// What the audit log says of an order that could not be screened.
const SKIPPED: &str = "screening.skipped";
const PASSED: &str = "screening.passed";
/// How long a buyer waits for us to look before the order goes on without.
const LOOK_MAX: std::time::Duration = std::time::Duration::from_secs(2);
/// Counts older than this are of no use.
const COUNTS_KEPT: Duration = Duration::DAY;

/// Where a buyer comes from, as far as the server knows; nothing of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Whereabouts {
    /// None for orders over the API: its caller is not the buyer.
    pub address: Option<IpAddr>,
    /// None where no trusted proxy says so.
    pub is_abroad: Option<bool>,
}

/// What was learnt before the order's transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing is screened here.
    Off,
    /// It could not be learnt in time: nobody is held back for that (decision 0025).
    Failed,
    Seen(Buyer, Ground),
}

/// What was counted and looked up of a buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Buyer {
    from_address: Option<u32>,
    from_mail_domain: Option<u32>,
    is_mail_disposable: bool,
    is_abroad: Option<bool>,
}

/// The code of what is held back.
pub const fn code(decision: Decision) -> Option<&'static str> {
    match decision {
        Decision::Review => Some(REVIEW_CODE),
        Decision::Blocked => Some(BLOCKED_CODE),
        Decision::Passed | Decision::Approved | Decision::Denied => None,
    }
}

/// Counts the buyer's coming and reads what orders of the event are screened by, outside of any transaction: two at the
/// same moment see each other, whatever becomes of their orders; and where it fails or takes long, nothing hangs on it.
pub(crate) async fn look(
    deps: &Deps,
    whereabouts: Whereabouts,
    mail_domain: &str,
    event: &EventRef,
) -> Look {
    look_in_time(deps, whereabouts, mail_domain, (event, false)).await
}

/// The same for a new order on the web: where its event asks for a confirmed address, its buyer comes back to pay and is
/// looked at then, once.
pub(crate) async fn look_at_new(
    deps: &Deps,
    whereabouts: Whereabouts,
    mail_domain: &str,
    event: &EventRef,
) -> Look {
    look_in_time(deps, whereabouts, mail_domain, (event, true)).await
}

async fn look_in_time(
    deps: &Deps,
    whereabouts: Whereabouts,
    mail_domain: &str,
    event: (&EventRef, bool),
) -> Look {
    match tokio::time::timeout(LOOK_MAX, try_look(deps, whereabouts, mail_domain, event)).await {
        Ok(Ok(look)) => look,
        // Whoever places the order says so.
        Ok(Err(StoreError::NotFound)) => Look::Off,
        Ok(Err(error)) => {
            tracing::error!("an order cannot be screened and goes on: {error:#}");
            Look::Failed
        }
        Err(_) => {
            tracing::error!("an order is not screened in time and goes on");
            Look::Failed
        }
    }
}

async fn try_look(
    deps: &Deps,
    whereabouts: Whereabouts,
    mail_domain: &str,
    (event, is_new): (&EventRef, bool),
) -> Result<Look, StoreError> {
    // Whoever asks: counts are of everybody's orders.
    let mut conn = deps.db.of_everybody().acquire().await?;
    let ground = screenings::ground(&mut conn, event).await?;
    if !ground.rules.is_on() || (is_new && ground.confirms_email) {
        return Ok(Look::Off);
    }
    Ok(Look::Seen(meet(deps, &mut conn, whereabouts, mail_domain).await?, ground))
}

/// Counts the buyer's coming.
async fn meet(
    deps: &Deps,
    conn: &mut Conn,
    whereabouts: Whereabouts,
    mail_domain: &str,
) -> Result<Buyer, StoreError> {
    let namer = names::Namer::new(&deps.settings)
        .map_err(|_| StoreError::Malformed("key of screening names"))?;
    let address = whereabouts.address.map(|address| namer.address(address));
    let is_told = !mail_domains::is_shared(mail_domain);
    let mail = is_told.then(|| namer.mail_domain(mail_domain));
    let counted: Vec<Vec<u8>> = [&address, &mail].into_iter().flatten().cloned().collect();
    let now = deps.clock.now();
    let (begins_at, before) = windows(now);
    let counts = if counted.is_empty() {
        Vec::new()
    } else {
        screenings::count(conn, &counted, (begins_at, before)).await?
    };
    let lately = |name: Option<Vec<u8>>| {
        let name = name?;
        counts.iter().find(|it| it.name_hash == name).map(|it| in_window(it, now - begins_at))
    };
    Ok(Buyer {
        from_address: lately(address),
        from_mail_domain: lately(mail),
        is_mail_disposable: mail_domains::is_disposable(mail_domain),
        is_abroad: whereabouts.is_abroad,
    })
}

/// When this window began, and the one before it.
fn windows(now: OffsetDateTime) -> (OffsetDateTime, OffsetDateTime) {
    let window = Duration::minutes(SCREENING_WINDOW_MINUTES);
    let into = now.unix_timestamp().rem_euclid(window.whole_seconds());
    let begins_at = now.replace_nanosecond(0).unwrap_or(now) - Duration::seconds(into);
    (begins_at, begins_at - window)
}

/// A window that ends now: what came in this one, and of the one before as much as still lies in it.
fn in_window(count: &Count, into: Duration) -> u32 {
    let window = Duration::minutes(SCREENING_WINDOW_MINUTES).whole_seconds();
    let left = (window - into.whole_seconds()).clamp(0, window);
    let before = i64::from(count.n_before) * left / window;
    u32::try_from(i64::from(count.n) + before).unwrap_or(u32::MAX)
}

/// Judges a locked or new order that was never held back, whose buyer goes to pay for the `attempts`th time. Gives `Passed`
/// when nothing is in the way of paying, else what the order is held back as.
///
/// # Errors
/// When the database fails.
pub(crate) async fn screen(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    look: &Look,
    attempts: u32,
) -> Result<Decision, StoreError> {
    let (buyer, ground) = match look {
        Look::Off => return Ok(Decision::Passed),
        Look::Failed => {
            let line = (SKIPPED, described(order));
            trail::note(conn, order, Actor::System, line, deps.clock.now()).await?;
            return Ok(Decision::Passed);
        }
        Look::Seen(buyer, ground) => (buyer, ground),
    };
    let scorer: &dyn Scorer = &ground.rules;
    let score = scorer.score(&signals(order, buyer, ground, attempts));
    let decision = ground.rules.judge(&score);
    let now = deps.clock.now();
    let new = NewScreening {
        id: fresh::id(),
        order: order.id,
        organizer: order.organizer,
        event: order.event,
        score: &score,
        decision,
        now,
    };
    screenings::insert(conn, &new).await?;
    if decision == Decision::Passed {
        // Nothing speaks against most orders. What does is written down where it did not weigh enough, too.
        if !score.reasons().is_empty() {
            let line = (PASSED, with_order(explained(&score), order, decision));
            trail::note(conn, order, Actor::System, line, now).await?;
        }
        return Ok(decision);
    }
    if decision == Decision::Review {
        let n_waiting = screenings::waiting(conn, order.event).await?.map_or(0, |(n, _)| n);
        if n_waiting <= REVIEWS_KEPT_MAX {
            orders::extend_hold(conn, order.id, now + Duration::hours(REVIEW_HOURS)).await?;
        }
        let hour = now.unix_timestamp().div_euclid(Duration::HOUR.whole_seconds());
        let mail = OrderMail::ScreeningToDecide { event: order.event, hour };
        enqueue_order_mail(conn, deps, order.id, mail).await?;
        let (whose, mails) =
            ((order.organizer, order.event), (mail, MemberMail::ScreeningToDecide));
        enqueue_order_mail_for_members(conn, whose, order.id, mails, now).await?;
    }
    orders::touch(conn, order.id, now).await?;
    tell(conn, order, Actor::System, (decision, explained(&score)), now).await?;
    Ok(decision)
}

fn signals(order: &Order, buyer: &Buyer, ground: &Ground, attempts: u32) -> Signals {
    let of_habit = |habit: i64| {
        let percent = order.amount.minor().checked_mul(100)?.checked_div(habit)?;
        u32::try_from(percent).ok()
    };
    Signals {
        from_address: buyer.from_address,
        from_mail_domain: buyer.from_mail_domain,
        attempts,
        amount_percent: ground.habit_minor.and_then(of_habit),
        is_mail_disposable: buyer.is_mail_disposable,
        is_abroad: buyer.is_abroad,
    }
}

/// Why, as the audit log and the stream tell it.
fn explained(score: &Score) -> Value {
    json!({ "score": score.value(), "reasons": score.reasons() })
}

/// Leaves a line in the audit log and a message in the stream of screenings.
async fn tell(
    conn: &mut Conn,
    order: &Order,
    actor: Actor,
    (decision, detail): (Decision, Value),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let detail = with_order(detail, order, decision);
    let what = format!("screening.{decision}");
    trail::note(conn, order, actor, (&what, detail.clone()), now).await?;
    let message = NewMessage {
        topic: TOPIC,
        key: &order.id.to_string(),
        organizer: order.organizer,
        event: order.event,
        order: Some(order.id),
        payload: detail,
        now,
    };
    outbox::insert(conn, &message).await
}

fn with_order(mut detail: Value, order: &Order, decision: Decision) -> Value {
    if let (Some(detail), Value::Object(order)) = (detail.as_object_mut(), described(order)) {
        detail.extend(order);
        detail.insert("decision".to_owned(), json!(decision));
    }
    detail
}

fn described(order: &Order) -> Value {
    json!({ "order": order.id, "code": order.code })
}

/// Forgets counts that no window reaches any more.
///
/// # Errors
/// When the database fails.
pub async fn forget_counts(deps: &Deps) -> Result<u64, StoreError> {
    let mut conn = deps.db.acquire().await?;
    screenings::forget_counts(&mut conn, deps.clock.now() - COUNTS_KEPT).await
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_window_slides() {
        let now = datetime!(2026-11-22 12:34:56.789 UTC);
        let (begins_at, before) = windows(now);
        assert_eq!(begins_at, datetime!(2026-11-22 12:30 UTC));
        assert_eq!(before, datetime!(2026-11-22 12:20 UTC));
        let count = Count { name_hash: Vec::new(), n: 3, n_before: 20 };
        assert_eq!(in_window(&count, Duration::ZERO), 23);
        assert_eq!(in_window(&count, Duration::minutes(5)), 13);
        assert_eq!(in_window(&count, Duration::minutes(10)), 3);
    }
}
