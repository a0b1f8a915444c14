//! Confirming a mail address, where the event asks for it: the order keeps its places, and nothing is paid or counts before
//! somebody at the address has said yes.

use domain::ids::{EventId, OrderId};
use domain::permission::Permission;
use serde_json::json;
use store::db::Conn;
use store::email_confirmations::{self, EmailConfirmation};
use store::error::StoreError;
use store::events;
use store::orders::{self, Order, PaidProof};
use store::read::order_page;
use subtle::ConstantTimeEq as _;
use time::{Duration, OffsetDateTime};

use crate::actor::{Actor, BuyerAccess, OrganizerAccess};
use crate::mails::enqueue::{LinkMail, OrderMail, enqueue_order_mail};
use crate::payments::settle::{Line, settle_order};
use crate::{Deps, Settings, derived, trail};

/// How long the mail leads to the order after the yes.
const LEADS_ON: Duration = Duration::HOUR;
/// The mail is written at most once within.
const MAIL_EVERY: Duration = Duration::minutes(5);

/// Why an address was not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmAddressError {
    /// The key is another's.
    #[error("there is no such order")]
    NotFound,
    /// Cancelled, expired, or paid otherwise.
    #[error("the order waits for nothing any more")]
    Over,
    #[error("somebody else is changing the order; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for ConfirmAddressError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// The key that only the mail holds: whoever placed the order has its link, and not this.
pub(crate) fn key_of(settings: &Settings, order: OrderId) -> String {
    derived::token(settings, "email-confirmation", order)
}

/// Asks the buyer of a new order; the mail goes out at once, since nothing goes on without it.
pub(crate) async fn ask(deps: &Deps, conn: &mut Conn, order: &Order) -> Result<(), StoreError> {
    let now = deps.clock.now();
    email_confirmations::ask(conn, order, now).await?;
    enqueue_order_mail(conn, deps, order.id, mail_at(now)).await
}

/// What the mail's link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Open {
        event_title: String,
        is_free: bool,
    },
    /// Given a moment ago; the order's own link.
    Given {
        link_token: String,
    },
    /// Given long ago: the link is in other mails, and may be another by now.
    Done {
        slug: String,
    },
    /// Cancelled or expired meanwhile.
    Over,
}

/// What the key opens. Whoever has it reads the address' mails; before the yes it tells the event and nothing else.
///
/// # Errors
/// `NotFound` for any other key.
pub async fn look(deps: &Deps, order: OrderId, key: &str) -> Result<Asked, ConfirmAddressError> {
    check(deps, order, key)?;
    let mut conn = deps.db.acquire().await?;
    let page = order_page::get(&mut conn, order).await?;
    Ok(match email_confirmations::find(&mut conn, order).await? {
        EmailConfirmation::NotAsked => return Err(ConfirmAddressError::NotFound),
        EmailConfirmation::GivenAt(at) if leads_on(at, deps.clock.now()) => {
            Asked::Given { link_token: page.link_token }
        }
        EmailConfirmation::GivenAt(_) => Asked::Done { slug: page.event.slug },
        EmailConfirmation::Missing
            if page.status.is_payable() && page.hold_expires_at > deps.clock.now() =>
        {
            Asked::Open { event_title: page.event.title, is_free: page.amount.is_zero() }
        }
        EmailConfirmation::Missing => Asked::Over,
    })
}

/// Takes the yes of who has the key, and gives the order's link. What is free is settled by it; what is not can be paid
/// from now on, and its places are kept as for who has just ordered. Twice is once.
///
/// # Errors
/// See [`ConfirmAddressError`].
pub async fn confirm(
    deps: &Deps,
    order: OrderId,
    key: &str,
) -> Result<String, ConfirmAddressError> {
    check(deps, order, key)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, order).await?;
    match email_confirmations::find(&mut tx, order.id).await? {
        EmailConfirmation::NotAsked => return Err(ConfirmAddressError::NotFound),
        EmailConfirmation::GivenAt(at) if leads_on(at, now) => return Ok(order.link_token),
        EmailConfirmation::GivenAt(_) => return Err(ConfirmAddressError::Over),
        EmailConfirmation::Missing => {}
    }
    let takes_place = events::lock_taking_place(&mut tx, order.event).await?;
    if !order.status.is_payable() || order.hold_expires_at <= now || !takes_place {
        return Err(ConfirmAddressError::Over);
    }
    email_confirmations::mark_given(&mut tx, order.id, now).await?;
    let detail = json!({ "code": order.code });
    let what = "order.address_confirmed";
    trail::leave(&mut tx, &order, Actor::Buyer, what, (&order.code, detail), now).await?;
    match PaidProof::nothing_owed(&order) {
        Some(proof) => settle_order(&mut tx, &order, proof, Line::Own, now).await?,
        None => {
            orders::extend_hold(&mut tx, order.id, now + deps.settings.hold).await?;
            orders::touch(&mut tx, order.id, now).await?;
        }
    }
    tx.commit().await?;
    Ok(order.link_token)
}

/// Whether the key leads to the order still: who makes its link anew ends every older way to it.
fn leads_on(given_at: OffsetDateTime, now: OffsetDateTime) -> bool {
    now < given_at + LEADS_ON
}

fn check(deps: &Deps, order: OrderId, key: &str) -> Result<(), ConfirmAddressError> {
    let expected = key_of(&deps.settings, order);
    if expected.is_empty() || !bool::from(expected.as_bytes().ct_eq(key.as_bytes())) {
        return Err(ConfirmAddressError::NotFound);
    }
    Ok(())
}

/// Mails the key again, to the order's own address.
///
/// # Errors
/// `Over` when there is nothing to confirm.
pub async fn mail_again(deps: &Deps, access: &BuyerAccess) -> Result<(), ConfirmAddressError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, access.order).await?;
    let is_missing =
        email_confirmations::find(&mut tx, order.id).await? == EmailConfirmation::Missing;
    if !is_missing || !order.status.is_payable() || order.hold_expires_at <= now {
        return Err(ConfirmAddressError::Over);
    }
    enqueue_order_mail(&mut tx, deps, order.id, mail_at(now)).await?;
    Ok(tx.commit().await?)
}

/// Whether new orders of the organizer's event are asked.
///
/// # Errors
/// `NotFound` when it is somebody else's.
pub async fn is_asked_by(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<bool, ConfirmAddressError> {
    let mut conn = deps.db.acquire().await?;
    let organizer = access.organizer_for(Permission::ViewEvents)?;
    events::get_for_organizer(&mut conn, organizer, event).await?;
    Ok(email_confirmations::is_asked_by(&mut conn, event).await?)
}

/// Says whether new orders of the organizer's event are asked; orders that were placed go on as they began.
///
/// # Errors
/// `NotFound` when it is somebody else's.
pub async fn set_asked_by(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    asks: bool,
) -> Result<(), ConfirmAddressError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let organizer = access.organizer_for(Permission::EditEvents)?;
    events::lock_for_organizer(&mut tx, organizer, event).await?;
    if email_confirmations::set_asked_by(&mut tx, event, asks, now).await? {
        let detail = json!({ "is_on": asks });
        let what = "event.email_confirmation_set";
        trail::leave_event(&mut tx, access, event, what, detail, now).await?;
    }
    Ok(tx.commit().await?)
}

/// The mail with the key, once in a window.
pub(super) fn mail_at(now: OffsetDateTime) -> OrderMail {
    OrderMail::Link(LinkMail::ToConfirm {
        nth: now.unix_timestamp().div_euclid(MAIL_EVERY.whole_seconds()),
    })
}

/// The mail with the key, whatever was mailed before.
pub(super) fn mail_now(now: OffsetDateTime) -> OrderMail {
    OrderMail::Link(LinkMail::ToConfirm { nth: now.unix_timestamp() })
}
