//! Personal data of participants: shown, taken out, asked to be erased, and erased; by the organizer, on request, or when
//! their time is over.

pub mod erase;
pub mod retention;
pub mod take_out;

use domain::buyer_data::{StillNeeded, erased_from, still_needed};
use domain::ids::OrderId;
use domain::limits::REASON_CHARS_MAX;
use domain::parsed::text;
use domain::permission::Permission;
use serde_json::json;
pub use store::buyer_data::ErasureRequest;
use store::db::Conn;
use store::error::StoreError;
use store::{buyer_data, orders};
use time::OffsetDateTime;

use crate::actor::{Actor, BuyerAccess, OrganizerAccess};
use crate::mails::enqueue::{OrderMail, enqueue_order_mail};
use crate::{Deps, trail};

/// Why nothing was done about somebody's data.
#[derive(Debug, thiserror::Error)]
pub enum BuyerDataError {
    #[error("no such order")]
    NotFound,
    /// Something about the order goes on.
    #[error("the data are still needed")]
    StillNeeded(Vec<StillNeeded>),
    #[error("the answer is too long or holds control characters")]
    MalformedAnswer,
    #[error("somebody else is changing the order; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for BuyerDataError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// How an order's data stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataStanding {
    pub erased_at: Option<OffsetDateTime>,
    pub request: Option<ErasureRequest>,
    /// What has to be over before.
    pub needed: Vec<StillNeeded>,
    /// When they are erased by themselves; none where the event has no end.
    pub erased_from: Option<OffsetDateTime>,
}

impl DataStanding {
    /// Whether a wish waits for an answer.
    pub fn is_asked(&self) -> bool {
        self.erased_at.is_none() && self.request.as_ref().is_some_and(ErasureRequest::is_open)
    }
}

/// How the data of the organizer's order stand.
///
/// # Errors
/// [`BuyerDataError::NotFound`].
pub async fn for_organizer(
    deps: &Deps,
    access: &OrganizerAccess,
    order: OrderId,
) -> Result<DataStanding, BuyerDataError> {
    let organizer = access.organizer_for(Permission::ViewOrders)?;
    let mut conn = deps.db.acquire().await?;
    if orders::get(&mut conn, order).await?.organizer != organizer {
        return Err(BuyerDataError::NotFound);
    }
    Ok(read(&mut conn, order, deps.clock.now()).await?)
}

/// How the data of the order of a personal link stand.
///
/// # Errors
/// When the database fails.
pub async fn for_buyer(deps: &Deps, access: &BuyerAccess) -> Result<DataStanding, BuyerDataError> {
    let mut conn = deps.db.acquire().await?;
    Ok(read(&mut conn, access.order(), deps.clock.now()).await?)
}

async fn read(
    conn: &mut Conn,
    order: OrderId,
    now: OffsetDateTime,
) -> Result<DataStanding, StoreError> {
    let found = buyer_data::standing(conn, order).await?;
    let needed = match found.erased_at {
        Some(_) => Vec::new(),
        None => still_needed(&buyer_data::matters(conn, order).await?, now),
    };
    Ok(DataStanding {
        erased_at: found.erased_at,
        request: found.request,
        needed,
        erased_from: erased_from(found.event_ends_at, found.paid_at, found.retention_days),
    })
}

/// Asks the organizer to erase the data of the participant's own order, once until it is answered; the organizer is told by
/// mail.
///
/// # Errors
/// See [`BuyerDataError`].
pub async fn ask(deps: &Deps, access: &BuyerAccess) -> Result<(), BuyerDataError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, access.order()).await?;
    let standing = buyer_data::standing(&mut tx, order.id).await?;
    if standing.erased_at.is_some() || !buyer_data::ask(&mut tx, order.id, now).await? {
        return Ok(());
    }
    orders::touch(&mut tx, order.id, now).await?;
    let detail = json!({ "code": order.code });
    let what = "order.erasure_requested";
    trail::leave(&mut tx, &order, Actor::Buyer, what, (&order.code, detail), now).await?;
    enqueue_order_mail(&mut tx, deps, order.id, OrderMail::ErasureToDecide(now)).await?;
    Ok(tx.commit().await?)
}

/// Says no to a participant's wish, with a reason that the participant reads. Without an open wish nothing happens.
///
/// # Errors
/// See [`BuyerDataError`].
pub async fn refuse(
    deps: &Deps,
    access: &OrganizerAccess,
    order: OrderId,
    answer: &str,
) -> Result<(), BuyerDataError> {
    let answer = text::paragraphs(answer, REASON_CHARS_MAX)
        .map_err(|_| BuyerDataError::MalformedAnswer)?
        .trim()
        .to_owned();
    if answer.is_empty() {
        return Err(BuyerDataError::MalformedAnswer);
    }
    let now = deps.clock.now();
    let organizer = access.organizer_for(Permission::ManageBuyerData)?;
    let mut tx = deps.db.begin().await?;
    let order = orders::lock_for_organizer(&mut tx, organizer, order).await?;
    let actor = access.actor();
    if buyer_data::refuse(&mut tx, order.id, (actor.user(), &answer), now).await? {
        orders::touch(&mut tx, order.id, now).await?;
        let detail = json!({ "code": order.code, "answer": answer });
        let what = "order.erasure_refused";
        trail::leave(&mut tx, &order, actor, what, (&order.code, detail), now).await?;
    }
    Ok(tx.commit().await?)
}
