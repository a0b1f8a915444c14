//! Adds, changes, orders and archives the ticket types of an event.

use domain::ids::{EventId, TicketTypeId};
use domain::limits::{
    LINE_CHARS_MAX, NAME_CHARS_MAX, PRICE_MINOR_MAX, QUOTA_MAX, TICKET_TYPES_MAX,
    TICKETS_PER_ORDER_MAX,
};
use domain::money::Money;
use domain::parsed::TextError;
use domain::parsed::text::{line, optional_line};
use domain::permission::Permission;
use domain::tax::TaxRate;
use serde_json::json;
use store::error::StoreError;
use store::events::{self, Event};
pub use store::ticket_types::TicketType;
use store::ticket_types::{self, TicketTypeTerms};

use crate::actor::OrganizerAccess;
use crate::audit::changes::{Changes, at};
use crate::events::problem::{FormProblem, Reader, Why};
use crate::trail;
use crate::{Deps, fresh};

/// A ticket type as a person or a program typed it.
#[derive(Debug, Clone, Default)]
pub struct TicketTypeForm {
    pub name: String,
    pub description: String,
    /// Tax included, in minor units; 0 is free.
    pub price: String,
    /// Basis points: `1000`, `800` or `0`; empty for the standard rate.
    pub tax_rate: String,
    /// Its own number of places; empty for no limit of its own.
    pub quota: String,
    /// Wall-clock times in the event's zone; empty for no bound.
    pub sales_start_at: String,
    pub sales_end_at: String,
    /// Empty for 1.
    pub per_order_min: String,
    /// Empty for 10.
    pub per_order_max: String,
}

/// How many tickets of a type one order holds at most, unless the organizer says otherwise.
const PER_ORDER_MAX_DEFAULT: i64 = 10;

/// Why a ticket type was not kept.
#[derive(Debug, thiserror::Error)]
pub enum TicketTypeError {
    #[error("the form has {} problems", .0.len())]
    Invalid(Vec<FormProblem>),
    #[error("no such event or ticket type")]
    NotFound,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for TicketTypeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Adds a ticket type as the last of its event.
///
/// # Errors
/// [`TicketTypeError::Invalid`] with every problem of the form.
pub async fn add(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    form: &TicketTypeForm,
) -> Result<TicketTypeId, TicketTypeError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found =
        events::lock_for_organizer(&mut tx, access.organizer_for(Permission::EditEvents)?, event)
            .await?;
    if ticket_types::list_for_event(&mut tx, event).await?.len() >= TICKET_TYPES_MAX {
        let why = Why::TooManyTicketTypes { max: TICKET_TYPES_MAX };
        return Err(TicketTypeError::Invalid(vec![FormProblem { field: "name", why }]));
    }
    let (terms, quota) = read(form, &found)?;
    let ticket_type: TicketTypeId = fresh::id();
    ticket_types::insert(&mut tx, event, ticket_type, &terms, now).await?;
    ticket_types::set_quota(&mut tx, event, ticket_type, fresh::id(), quota).await?;
    let detail = json!({ "ticket_type": ticket_type, "name": terms.name, "price": terms.price.minor(), "quota": quota });
    trail::leave_event(&mut tx, access, event, "ticket_type.added", detail, now).await?;
    tx.commit().await?;
    Ok(ticket_type)
}

/// Changes a ticket type; orders keep the price they were placed at.
///
/// # Errors
/// [`TicketTypeError::Invalid`] with every problem, among them a quota below what is taken.
pub async fn change(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    ticket_type: TicketTypeId,
    form: &TicketTypeForm,
) -> Result<(), TicketTypeError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found =
        events::lock_for_organizer(&mut tx, access.organizer_for(Permission::EditEvents)?, event)
            .await?;
    let (terms, quota) = read(form, &found)?;
    let before = ticket_types::list_for_event(&mut tx, event)
        .await?
        .into_iter()
        .find(|it| it.id == ticket_type)
        .ok_or(TicketTypeError::NotFound)?;
    let n_taken = before.places.map_or(0, |places| i64::from(places.n_taken));
    ticket_types::update(&mut tx, event, ticket_type, &terms, now).await?;
    ticket_types::set_quota(&mut tx, event, ticket_type, fresh::id(), quota)
        .await
        .map_err(|error| too_few_places(error, n_taken))?;
    let detail = changes(&before, &terms, quota)
        .detail(json!({ "ticket_type": ticket_type, "name": terms.name }));
    trail::leave_event(&mut tx, access, event, "ticket_type.changed", detail, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a ticket type off sale; the orders that have it keep it.
///
/// # Errors
/// [`TicketTypeError::NotFound`].
pub async fn archive(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    ticket_type: TicketTypeId,
) -> Result<(), TicketTypeError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    events::lock_for_organizer(&mut tx, access.organizer_for(Permission::EditEvents)?, event)
        .await?;
    if ticket_types::mark_archived(&mut tx, event, ticket_type, now).await? {
        let detail = json!({ "ticket_type": ticket_type });
        trail::leave_event(&mut tx, access, event, "ticket_type.archived", detail, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Which way a ticket type moves in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
}

/// Moves a ticket type by one place in the list; at the end of the list nothing happens.
///
/// # Errors
/// [`TicketTypeError::NotFound`].
pub async fn reorder(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    ticket_type: TicketTypeId,
    direction: Direction,
) -> Result<(), TicketTypeError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    events::lock_for_organizer(&mut tx, access.organizer_for(Permission::EditEvents)?, event)
        .await?;
    let mut order: Vec<TicketTypeId> =
        ticket_types::list_for_event(&mut tx, event).await?.iter().map(|it| it.id).collect();
    let here = order.iter().position(|id| *id == ticket_type).ok_or(TicketTypeError::NotFound)?;
    let there = match direction {
        Direction::Up => here.checked_sub(1),
        Direction::Down => here.checked_add(1).filter(|there| *there < order.len()),
    };
    let Some(there) = there else { return Ok(()) };
    order.swap(here, there);
    ticket_types::set_order(&mut tx, event, &order).await?;
    let detail = json!({ "order": order });
    trail::leave_event(&mut tx, access, event, "ticket_type.moved", detail, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The ticket types of an event that are on offer, in their order.
///
/// # Errors
/// [`TicketTypeError::NotFound`].
pub async fn list(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<Vec<TicketType>, TicketTypeError> {
    let mut conn = deps.db.acquire().await?;
    events::get_for_organizer(&mut conn, access.organizer_for(Permission::ViewEvents)?, event)
        .await?;
    Ok(ticket_types::list_for_event(&mut conn, event).await?)
}

/// What changed, for the audit log.
fn changes(old: &TicketType, new: &TicketTypeTerms, quota: Option<u32>) -> Changes {
    let terms = &old.terms;
    Changes::default()
        .note("name", &old.name, &new.name)
        .note("description", &old.description, &new.description)
        .note("price", &terms.price.minor(), &new.price.minor())
        .note("tax_rate", &terms.tax_rate.basis_points(), &new.tax_rate.basis_points())
        .note("quota", &old.places.map(|places| places.size), &quota)
        .note("sales_start_at", &at(terms.sales_start_at), &at(new.sales_start_at))
        .note("sales_end_at", &at(terms.sales_end_at), &at(new.sales_end_at))
        .note("per_order_min", &terms.per_order_min, &new.per_order_min)
        .note("per_order_max", &terms.per_order_max, &new.per_order_max)
}

fn too_few_places(error: StoreError, n_taken: i64) -> TicketTypeError {
    if error.is_conflict("quotas_n_taken_check") {
        let why = Why::PlacesTaken { n_taken };
        TicketTypeError::Invalid(vec![FormProblem { field: "quota", why }])
    } else {
        error.into()
    }
}

fn read(
    form: &TicketTypeForm,
    event: &Event,
) -> Result<(TicketTypeTerms, Option<u32>), TicketTypeError> {
    let mut reader = Reader::default();
    let zone = event.time_zone.as_str();
    let name = reader.text("name", line(&form.name, NAME_CHARS_MAX));
    let description = reader.text("description", optional_line(&form.description, LINE_CHARS_MAX));
    let price = reader.number("price", &form.price, 0, PRICE_MINOR_MAX);
    if price.is_none() && reader.problems.iter().all(|problem| problem.field != "price") {
        reader.refuse("price", Why::Text(TextError::Empty));
    }
    let basis_points = reader
        .number("tax_rate", &form.tax_rate, 0, 10_000)
        .unwrap_or(i64::from(TaxRate::STANDARD.basis_points()));
    let tax_rate = TaxRate::from_basis_points(basis_points).unwrap_or_else(|| {
        reader.refuse("tax_rate", Why::UnknownChoice);
        TaxRate::STANDARD
    });
    let quota = reader.number("quota", &form.quota, 0, i64::from(QUOTA_MAX));
    let sales_start_at = reader.time("sales_start_at", &form.sales_start_at, zone);
    let sales_end_at = reader.time("sales_end_at", &form.sales_end_at, zone);
    if let (Some(start), Some(end)) = (sales_start_at, sales_end_at)
        && end <= start
    {
        reader.refuse("sales_end_at", Why::EndsBeforeStart);
    }
    let most = i64::from(TICKETS_PER_ORDER_MAX);
    let per_order_min = reader.number("per_order_min", &form.per_order_min, 1, most).unwrap_or(1);
    let per_order_max = reader
        .number("per_order_max", &form.per_order_max, 1, most)
        .unwrap_or(PER_ORDER_MAX_DEFAULT.max(per_order_min));
    if per_order_max < per_order_min {
        reader.refuse("per_order_max", Why::MinAboveMax);
    }
    if !reader.problems.is_empty() {
        return Err(TicketTypeError::Invalid(reader.problems));
    }
    let terms = TicketTypeTerms {
        name,
        description,
        price: Money::new(price.unwrap_or_default(), event.currency),
        tax_rate,
        sales_start_at,
        sales_end_at,
        per_order_min: u32::try_from(per_order_min).unwrap_or(1),
        per_order_max: u32::try_from(per_order_max).unwrap_or(1),
    };
    Ok((terms, quota.and_then(|n| u32::try_from(n).ok())))
}
