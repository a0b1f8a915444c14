//! Everything the organizer's dashboard shows: the numbers, the days, who has not paid, what to do next.

use domain::event::{EventStatus, NotPublishable};
use domain::ids::{DisputeId, EventId, OrderId};
use domain::permission::Permission;
use store::disputes::{self, OpenDispute};
use store::events::{self, Event};
pub use store::read::dashboard::{DayTotal, Happening, OpenAlert, UnpaidOrder};
use store::read::{dashboard, statements};
use store::{buyer_data, return_requests, screenings, ticket_types};
use time::{Duration, OffsetDateTime};

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::events::publish;
use crate::events::summary::{EventSummary, SummaryError, summary_of};
use crate::reflection::{self, Reflection};

const UNPAID_ROWS: i64 = 8;
const HAPPENING_ROWS: i64 = 10;
const ALERT_ROWS: i64 = 5;
const STUCK_REFUND_ROWS: i64 = 20;
/// A deadline this near is worth a word.
const SOON: Duration = Duration::hours(24);

/// The dashboard at one moment.
#[derive(Debug, Clone)]
pub struct Dashboard {
    pub event: Event,
    pub summary: EventSummary,
    pub days: Vec<DayTotal>,
    pub unpaid: Vec<UnpaidOrder>,
    pub happenings: Vec<Happening>,
    pub alerts: Vec<OpenAlert>,
    /// How fast the last payments showed here; none before the first.
    pub reflection: Option<Reflection>,
    /// The most urgent first.
    pub todos: Vec<Todo>,
    /// Places of the event or its ticket types together, where they are bounded.
    pub n_places: Option<i64>,
    pub now: OffsetDateTime,
}

/// Something the organizer has to do, in the order of urgency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Todo {
    /// Something does not add up.
    SeeAlerts {
        n: i64,
    },
    /// A chargeback can be answered until a deadline.
    AnswerDispute {
        n: usize,
        first: DisputeId,
        buyer_name: String,
        due_at: OffsetDateTime,
    },
    /// A buyer let the link for the account expire.
    AskAccountAgain {
        n: usize,
        first: OrderId,
        buyer_name: String,
    },
    /// Money that goes back waits for a bank account.
    GetAccounts {
        n: usize,
        first: OrderId,
        buyer_name: String,
    },
    /// Money of the organizer's own account goes back, and the account is known.
    TransferBack {
        n: usize,
        first: OrderId,
        buyer_name: String,
    },
    /// The provider refused to give money back.
    RetryRefunds {
        n: usize,
        first: OrderId,
        buyer_name: String,
    },
    /// Somebody asks to cancel.
    DecideReturns {
        n: usize,
        buyer_name: String,
    },
    /// Orders look unusual and wait before they are paid.
    LookAtOrders {
        n: i64,
        buyer_name: String,
    },
    /// Somebody asks to be forgotten.
    EraseBuyers {
        n: usize,
        first: OrderId,
    },
    /// Transfers on the organizer's account that no order took for certain.
    DecideTransfers {
        n: i64,
    },
    /// Before it can be published.
    Complete {
        obstacles: Vec<NotPublishable>,
    },
    Publish,
    /// Nobody ordered yet.
    ShareLink,
    /// Somebody's time to pay ends soon.
    DeadlineNear {
        n: usize,
        first: OrderId,
        buyer_name: String,
        deadline_at: OffsetDateTime,
    },
    /// Some have not paid, and there is time.
    AwaitPayments {
        n: i64,
    },
    /// The event is over and sales are still open.
    CloseSales,
}

impl Todo {
    /// What one must be allowed to do about it: nobody is asked for what is not theirs to do.
    pub const fn needs(&self) -> Permission {
        match self {
            Self::SeeAlerts { .. } => Permission::HandleAlerts,
            Self::AnswerDispute { .. } => Permission::AnswerDisputes,
            Self::AskAccountAgain { .. }
            | Self::GetAccounts { .. }
            | Self::TransferBack { .. }
            | Self::RetryRefunds { .. } => Permission::RefundPayments,
            Self::DecideReturns { .. } => Permission::DecideReturns,
            Self::LookAtOrders { .. } => Permission::DecideScreenings,
            Self::EraseBuyers { .. } => Permission::ManageBuyerData,
            Self::DecideTransfers { .. } => Permission::ReconcileStatements,
            Self::Complete { .. } | Self::Publish | Self::CloseSales => Permission::EditEvents,
            Self::ShareLink => Permission::ViewEvents,
            Self::DeadlineNear { .. } | Self::AwaitPayments { .. } => Permission::ViewOrders,
        }
    }
}

/// The dashboard of the organizer's event.
///
/// # Errors
/// [`SummaryError::NotFound`].
pub async fn dashboard(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<Dashboard, SummaryError> {
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    let organizer = access.organizer_for(Permission::ViewEvents)?;
    let event = events::get_for_organizer(&mut conn, organizer, event).await?;
    let summary = summary_of(&mut conn, &event).await?;
    let days = dashboard::list_day_totals(&mut conn, event.id, &event.time_zone).await?;
    let mut unpaid = dashboard::list_unpaid(&mut conn, event.id, UNPAID_ROWS).await?;
    let mut happenings = dashboard::list_happenings(&mut conn, event.id, HAPPENING_ROWS).await?;
    let alerts = if access.may(Permission::HandleAlerts) {
        dashboard::list_open_alerts(&mut conn, organizer, event.id, ALERT_ROWS).await?
    } else {
        Vec::new()
    };
    let stuck = dashboard::list_stuck_refunds(&mut conn, event.id, now, STUCK_REFUND_ROWS).await?;
    let disputes = disputes::list_open(&mut conn, event.id, STUCK_REFUND_ROWS).await?;
    let on_offer = ticket_types::list_for_event(&mut conn, event.id).await?;
    let obstacles = publish::obstacles(&event, &on_offer, now);
    let n_alerts = store::alerts::count_open_of_event(&mut conn, event.id).await?;
    let reflection = reflection::of_recent(&mut conn, event.id).await?;
    let mut todos = money_todos(&disputes, &stuck);
    todos.extend(event_todos(&event, &summary, &unpaid, obstacles, now));
    let n_transfers = statements::count_undecided(&mut conn, organizer).await?;
    if n_transfers > 0 {
        todos.insert(0, Todo::DecideTransfers { n: n_transfers });
    }
    if n_alerts > 0 {
        todos.insert(0, Todo::SeeAlerts { n: n_alerts });
    }
    if let Some((n, first)) = buyer_data::count_asked(&mut conn, event.id).await? {
        todos.insert(0, Todo::EraseBuyers { n, first });
    }
    if let Some((n, buyer_name)) = return_requests::count_open(&mut conn, event.id).await? {
        todos.insert(0, Todo::DecideReturns { n, buyer_name });
    }
    if let Some((n, buyer_name)) = screenings::waiting(&mut conn, event.id).await? {
        todos.insert(0, Todo::LookAtOrders { n, buyer_name });
    }
    todos.retain(|todo| access.may(todo.needs()));
    if !access.may(Permission::ViewOrders) {
        // Names are for those who may see orders.
        unpaid.clear();
        happenings.clear();
    }
    Ok(Dashboard {
        n_places: n_places(&event, &on_offer),
        event,
        summary,
        days,
        unpaid,
        happenings,
        alerts,
        reflection,
        todos,
        now,
    })
}

fn n_places(event: &Event, on_offer: &[ticket_types::TicketType]) -> Option<i64> {
    let of_types: Option<i64> =
        on_offer.iter().map(|it| it.places.map(|places| i64::from(places.size))).sum();
    let of_types = of_types.filter(|_| !on_offer.is_empty());
    match (event.capacity.map(i64::from), of_types) {
        (Some(event), Some(types)) => Some(event.min(types)),
        (one, other) => one.or(other),
    }
}

/// What has to do with money that went back or is to go back.
fn money_todos(disputes: &[OpenDispute], stuck: &[dashboard::StuckRefund]) -> Vec<Todo> {
    let mut todos = Vec::new();
    if let Some(first) = disputes.first() {
        todos.push(Todo::AnswerDispute {
            n: disputes.len(),
            first: first.dispute,
            buyer_name: first.buyer_name.clone(),
            due_at: first.evidence_due_at,
        });
    }
    let (needing, others): (Vec<_>, Vec<_>) = stuck.iter().partition(|refund| refund.needs_account);
    let (to_transfer, failed): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|refund| refund.is_to_transfer);
    if let Some(first) = to_transfer.first() {
        let buyer_name = first.buyer_name.clone();
        todos.push(Todo::TransferBack { n: to_transfer.len(), first: first.order, buyer_name });
    }
    let (expired, needing): (Vec<_>, Vec<_>) =
        needing.into_iter().partition(|refund| refund.is_link_expired);
    if let Some(first) = expired.first() {
        let buyer_name = first.buyer_name.clone();
        todos.push(Todo::AskAccountAgain { n: expired.len(), first: first.order, buyer_name });
    }
    if let Some(first) = needing.first() {
        let buyer_name = first.buyer_name.clone();
        todos.push(Todo::GetAccounts { n: needing.len(), first: first.order, buyer_name });
    }
    if let Some(first) = failed.first() {
        let buyer_name = first.buyer_name.clone();
        todos.push(Todo::RetryRefunds { n: failed.len(), first: first.order, buyer_name });
    }
    todos
}

/// What has to do with the event and those who have not paid.
fn event_todos(
    event: &Event,
    summary: &EventSummary,
    unpaid: &[UnpaidOrder],
    obstacles: Vec<NotPublishable>,
    now: OffsetDateTime,
) -> Vec<Todo> {
    let mut todos = Vec::new();
    if event.status == EventStatus::Draft {
        todos.push(if obstacles.is_empty() { Todo::Publish } else { Todo::Complete { obstacles } });
    }
    let is_over = event.ends_at.or(event.starts_at).is_some_and(|end| end < now);
    if event.status == EventStatus::Published && is_over {
        todos.push(Todo::CloseSales);
    }
    if event.status == EventStatus::Published && !is_over && summary.n_orders() == 0 {
        todos.push(Todo::ShareLink);
    }
    let near: Vec<&UnpaidOrder> =
        unpaid.iter().filter(|order| order.deadline_at < now + SOON).collect();
    if let Some(first) = near.first() {
        todos.push(Todo::DeadlineNear {
            n: near.len(),
            first: first.id,
            buyer_name: first.buyer_name.clone(),
            deadline_at: first.deadline_at,
        });
    } else if summary.n_people_unpaid + summary.n_people_waiting > 0 {
        todos.push(Todo::AwaitPayments { n: summary.n_people_unpaid + summary.n_people_waiting });
    }
    todos
}
