//! The numbers of an event: how much came in of how much, by state and by method. The API and live pages read them.

use domain::event::EventStatus;
use domain::ids::EventId;
use domain::money::{Currency, Money};
use domain::order::OrderStatus;
use domain::payment::PaymentMethod;
use domain::permission::Permission;
use serde::Serialize;
use store::cancellations;
use store::db::Conn;
use store::error::StoreError;
use store::events::{self, Event};
use store::read::dashboard::{self, MethodTotal, People, StatusTotal};

use crate::Deps;
use crate::actor::OrganizerAccess;

/// Why there is no summary.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    #[error("no such event")]
    NotFound,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for SummaryError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// The numbers of an event at one moment. Equal numbers are equal text, so that a listener sees whether anything moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventSummary {
    pub event: EventId,
    pub status: EventStatus,
    /// The number of the newest fact in it; it only grows.
    pub last_fact: i64,
    pub currency: Currency,
    /// Collected, waiting and unpaid together.
    pub expected_minor: i64,
    /// Paid and not given back.
    pub collected_minor: i64,
    /// Promised: a konbini code or a transfer is out.
    pub waiting_minor: i64,
    /// Held, and neither paid nor promised.
    pub unpaid_minor: i64,
    pub refunded_minor: i64,
    /// Of what was collected, the fees of cancelled tickets.
    pub kept_fees_minor: i64,
    pub n_people_paid: i64,
    pub n_people_waiting: i64,
    pub n_people_unpaid: i64,
    /// In the order of an order's life; statuses without orders are there with zero.
    pub by_status: Vec<StatusPart>,
    /// The largest first.
    pub by_method: Vec<MethodPart>,
}

/// Orders of one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StatusPart {
    pub status: OrderStatus,
    pub n_orders: i64,
    pub amount_minor: i64,
}

/// What came by one method and stayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MethodPart {
    /// None where the provider named no method of ours.
    pub method: Option<PaymentMethod>,
    pub n_payments: i64,
    pub collected_minor: i64,
}

impl EventSummary {
    /// An amount of the event's currency.
    pub const fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    /// How many orders there are in all.
    pub fn n_orders(&self) -> i64 {
        self.by_status.iter().map(|part| part.n_orders).sum()
    }
}

/// The numbers of the organizer's event.
///
/// # Errors
/// [`SummaryError::NotFound`].
pub async fn summary(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<EventSummary, SummaryError> {
    let mut conn = deps.db.acquire().await?;
    let found =
        events::get_for_organizer(&mut conn, access.organizer_for(Permission::ViewEvents)?, event)
            .await?;
    Ok(summary_of(&mut conn, &found).await?)
}

pub(crate) async fn summary_of(conn: &mut Conn, event: &Event) -> Result<EventSummary, StoreError> {
    // Read first: a fact that comes while we count makes the numbers newer than they say, never older.
    let last_fact = dashboard::find_last_message(conn, event.id).await?;
    let statuses = dashboard::list_status_totals(conn, event.id).await?;
    let people = dashboard::count_people(conn, event.id).await?;
    let methods = dashboard::list_method_totals(conn, event.id).await?;
    let kept_fees_minor = cancellations::sum_kept_fees(conn, event.id).await?;
    let summary = put_together(event, last_fact, &statuses, people, &methods);
    Ok(EventSummary { kept_fees_minor, ..summary })
}

fn put_together(
    event: &Event,
    last_fact: i64,
    statuses: &[StatusTotal],
    people: People,
    methods: &[MethodTotal],
) -> EventSummary {
    let by_status: Vec<StatusPart> = OrderStatus::ALL
        .iter()
        .map(|status| {
            let total = statuses.iter().find(|total| total.status == *status);
            StatusPart {
                status: *status,
                n_orders: total.map_or(0, |total| total.n_orders),
                amount_minor: total.map_or(0, |total| total.amount_minor),
            }
        })
        .collect();
    let owed = |wanted: OrderStatus| {
        by_status.iter().find(|part| part.status == wanted).map_or(0, |part| part.amount_minor)
    };
    let collected_minor = methods.iter().map(|total| total.collected_minor).sum::<i64>();
    let waiting_minor = owed(OrderStatus::AwaitingPayment);
    let unpaid_minor = owed(OrderStatus::Pending);
    EventSummary {
        event: event.id,
        status: event.status,
        last_fact,
        currency: event.currency,
        expected_minor: collected_minor.saturating_add(waiting_minor).saturating_add(unpaid_minor),
        collected_minor,
        waiting_minor,
        unpaid_minor,
        refunded_minor: methods.iter().map(|total| total.refunded_minor).sum(),
        kept_fees_minor: 0,
        n_people_paid: people.n_paid,
        n_people_waiting: people.n_waiting,
        n_people_unpaid: people.n_unpaid,
        by_status,
        by_method: methods
            .iter()
            .map(|total| MethodPart {
                method: total.method,
                n_payments: total.n_payments,
                collected_minor: total.collected_minor,
            })
            .collect(),
    }
}
