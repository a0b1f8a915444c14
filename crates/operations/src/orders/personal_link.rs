//! The personal link of an order: mailed again to the order's own address and to no other, or made anew, which ends the
//! old one.

use data_encoding::HEXLOWER;
use domain::event::EventStatus;
use domain::ids::{EventId, OrderId};
use domain::parsed::TextError;
use domain::parsed::email_address::EmailAddress;
use domain::parsed::slug::Slug;
use domain::permission::Permission;
use serde_json::json;
use store::db::Conn;
use store::email_confirmations::{self, EmailConfirmation};
use store::error::StoreError;
use store::orders::{self, Order};
use store::{events, personal_links, refunds};
use time::{Duration, OffsetDateTime};

use crate::actor::{Actor, BuyerAccess, OrganizerAccess};
use crate::jobs::{self, Job};
use crate::mails::enqueue::{LinkMail, OrderMail, enqueue_order_mail};
use crate::orders::confirm_address;
use crate::refunds::account;
use crate::{Deps, fresh, trail};

/// Who ordered more often at one event finds the rest by the organizer.
const ORDERS_MAX: i64 = 5;

/// Why no link was sent.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("there is no such event or order")]
    NotFound,
    #[error("the address {0}")]
    Email(TextError),
    #[error("somebody else is changing the order; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for LinkError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Somebody asks for the links of an address at an event. Whether anything was ordered with it is found out by a job, so
/// that neither the answer nor its time tells.
///
/// # Errors
/// `NotFound` when there is no such event, `Email` when the address is none.
pub async fn ask(deps: &Deps, slug: &str, email: &str) -> Result<(), LinkError> {
    let slug = Slug::parse(slug).map_err(|_| LinkError::NotFound)?;
    let email = EmailAddress::parse(email).map_err(LinkError::Email)?;
    let mut tx = deps.db.begin().await?;
    let event = events::find_by_slug(&mut tx, &slug).await?;
    let event = event.filter(|it| it.status != EventStatus::Draft).ok_or(LinkError::NotFound)?;
    let email_hash = HEXLOWER.encode(&fresh::hash(&email.as_str().to_lowercase()));
    let job = Job::MailLinks { event: event.id, email_hash };
    jobs::enqueue(&mut tx, &job, deps.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Mails the links of the orders that an address placed at an event: each at most once an hour.
///
/// # Errors
/// When it should be tried again.
pub(crate) async fn mail_links(
    deps: &Deps,
    event: EventId,
    email_hash: &str,
) -> anyhow::Result<()> {
    let email_hash = HEXLOWER.decode(email_hash.as_bytes())?;
    let mut tx = deps.db.begin().await?;
    let found = personal_links::list_of_address(&mut tx, event, &email_hash, ORDERS_MAX).await?;
    let now = deps.clock.now();
    for order in found {
        let mail = asked_for(&mut tx, order, now).await?;
        enqueue_order_mail(&mut tx, deps, order, mail).await?;
    }
    Ok(tx.commit().await?)
}

/// Mails the link of the organizer's order to its buyer, at most once an hour.
///
/// # Errors
/// See [`LinkError`].
pub async fn send(deps: &Deps, access: &OrganizerAccess, order: OrderId) -> Result<(), LinkError> {
    let mut tx = deps.db.begin().await?;
    let organizer = access.organizer_for(Permission::PlaceOrders)?;
    let order = orders::lock_for_organizer(&mut tx, organizer, order).await?;
    if order.is_erased() {
        return Err(LinkError::NotFound);
    }
    let now = deps.clock.now();
    let mail = asked_for(&mut tx, order.id, now).await?;
    enqueue_order_mail(&mut tx, deps, order.id, mail).await?;
    let line = ("order.link_sent", json!({ "code": order.code }));
    trail::note(&mut tx, &order, access.actor(), line, now).await?;
    Ok(tx.commit().await?)
}

/// Makes the link of the organizer's order anew and mails it to its buyer; the old one ends.
///
/// # Errors
/// See [`LinkError`]; the old link opens the order then.
pub async fn renew_by_organizer(
    deps: &Deps,
    access: &OrganizerAccess,
    order: OrderId,
) -> Result<(), LinkError> {
    let mut tx = deps.db.begin().await?;
    let organizer = access.organizer_for(Permission::PlaceOrders)?;
    let order = orders::lock_for_organizer(&mut tx, organizer, order).await?;
    renew(deps, &mut tx, &order, access.actor()).await?;
    Ok(tx.commit().await?)
}

/// The same for who holds the link: who else holds it loses it, and so does whoever asked, until the mail is read.
///
/// # Errors
/// See [`LinkError`]; the old link opens the order then.
pub async fn renew_by_buyer(deps: &Deps, access: &BuyerAccess) -> Result<(), LinkError> {
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, access.order).await?;
    renew(deps, &mut tx, &order, Actor::Buyer).await?;
    Ok(tx.commit().await?)
}

async fn renew(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    actor: Actor,
) -> Result<(), StoreError> {
    if order.is_erased() {
        // Its data were erased: nobody is left to tell the new link to.
        return Err(StoreError::NotFound);
    }
    let now = deps.clock.now();
    // The page of the old link showed where to name an account; what it showed ends with it.
    for refund in refunds::list_for_order(conn, order.id).await? {
        account::ask_anew(deps, conn, order, refund.id, now).await?;
    }
    let old_hash = fresh::hash(&order.link_token);
    personal_links::replace(conn, order, (&old_hash, &fresh::token()), now).await?;
    let is_asked = email_confirmations::find(conn, order.id).await? == EmailConfirmation::Missing;
    let mail = if is_asked {
        confirm_address::mail_now(now)
    } else {
        OrderMail::Link(LinkMail::Renewed { at: now })
    };
    enqueue_order_mail(conn, deps, order.id, mail).await?;
    let line = ("order.link_renewed", json!({ "code": order.code }));
    trail::note(conn, order, actor, line, now).await
}

/// The event of a link that opened an order before it was made anew.
///
/// # Errors
/// When the database fails.
pub async fn event_of_retired(deps: &Deps, token: &str) -> Result<Option<String>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    personal_links::find_slug_of_retired(&mut conn, &fresh::hash(token)).await
}

/// The link, or the question whether the address is right where that is still open.
async fn asked_for(
    conn: &mut Conn,
    order: OrderId,
    now: OffsetDateTime,
) -> Result<OrderMail, StoreError> {
    if email_confirmations::find(conn, order).await? == EmailConfirmation::Missing {
        return Ok(confirm_address::mail_at(now));
    }
    let hour = now.unix_timestamp().div_euclid(Duration::HOUR.whole_seconds());
    let n_before = personal_links::count_retired(conn, order).await?;
    Ok(OrderMail::Link(LinkMail::Again { hour, n_before }))
}
