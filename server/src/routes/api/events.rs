//! Events and their ticket types over the API.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use domain::event::{EventStatus, NotPublishable, Visibility};
use domain::ids::{EventId, TicketTypeId};
use domain::order::OrderStatus;
use domain::payment::PaymentMethod;
use domain::permission::Permission;
use http::{StatusCode, header};
use operations::api_keys::Scope;
use operations::events::cancel_policy::{self, CancelPolicyError, Preset};
use operations::events::problem::FormProblem;
use operations::events::publish::{self, PublishError};
use operations::events::save::{self, EventForm, SaveEventError};
use operations::events::summary::{self, SummaryError};
use operations::events::ticket_types::{self, TicketTypeError, TicketTypeForm};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use crate::routes::api::caller::{Caller, Walled};
use crate::routes::api::cancellations::{CancelPolicyView, policy_view};
use crate::routes::api::problem::{Code, FieldError, Problem};
use crate::routes::api::strict::{PathId, StrictJson};
use crate::state::AppState;

/// An event to be created, as a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateEvent {
    #[schema(example = "Year-end party 2026", max_length = 120)]
    title: String,
    /// Markdown.
    #[serde(default)]
    description: String,
    #[serde(default)]
    place_name: String,
    #[serde(default)]
    place_address: String,
    /// RFC 3339, or wall-clock time in `time_zone`.
    #[schema(example = "2026-12-18T19:00:00+09:00")]
    starts_at: Option<String>,
    #[schema(example = "2026-12-18T21:00:00+09:00")]
    ends_at: Option<String>,
    #[schema(example = "Asia/Tokyo")]
    time_zone: Option<String>,
    /// Places over all ticket types.
    capacity: Option<u32>,
    /// `public` or `unlisted`.
    #[schema(value_type = Option<String>, example = "unlisted")]
    visibility: Option<Visibility>,
    /// What buyers may choose from: `credit_card`, `konbini`, `paypay`, `bank_transfer`, `pay_easy`,
    /// `direct_transfer`.
    #[schema(value_type = Option<Vec<String>>, example = json!(["credit_card", "konbini"]))]
    methods: Option<Vec<PaymentMethod>>,
    /// The last part of the event's link.
    slug: Option<String>,
    /// `free`, `same_day`, `day_before`, `three_days`, `banquet`, `approval` or `closed`.
    #[schema(value_type = Option<String>, example = "day_before")]
    cancel_policy: Option<Preset>,
}

/// A ticket type to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTicketType {
    #[schema(example = "Standard", max_length = 80)]
    name: String,
    #[serde(default)]
    description: String,
    /// Tax included, in minor units of the event's currency.
    #[schema(example = 5500)]
    price: i64,
    /// Basis points: 1000, 800 or 0.
    #[schema(example = 1000)]
    tax_rate: Option<u32>,
    /// Its own number of places.
    #[schema(example = 50)]
    quota: Option<u32>,
    /// RFC 3339, or wall-clock time in the event's zone.
    sales_start_at: Option<String>,
    sales_end_at: Option<String>,
    per_order_min: Option<u32>,
    per_order_max: Option<u32>,
}

/// A ticket type.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketTypeView {
    #[schema(value_type = String, example = "tt_01kb2v3c4d5e6f7g8h9jkmnpqr")]
    id: TicketTypeId,
    name: String,
    description: String,
    price: i64,
    currency: &'static str,
    tax_rate: u16,
    quota: Option<u32>,
    /// Places left of its own; `null` without a quota.
    available: Option<u32>,
    #[serde(with = "time::serde::rfc3339::option")]
    sales_start_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    sales_end_at: Option<OffsetDateTime>,
    per_order_min: u32,
    per_order_max: u32,
}

/// An event.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    #[schema(value_type = String, example = "evt_01kb2v3c4d5e6f7g8h9jkmnpqr")]
    id: EventId,
    #[schema(value_type = String, example = "draft")]
    status: EventStatus,
    #[schema(value_type = String, example = "unlisted")]
    visibility: Visibility,
    slug: String,
    /// The event's page.
    url: String,
    title: String,
    description: String,
    place_name: String,
    place_address: String,
    #[serde(with = "time::serde::rfc3339::option")]
    starts_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    ends_at: Option<OffsetDateTime>,
    time_zone: String,
    currency: &'static str,
    #[schema(value_type = Vec<String>)]
    methods: Vec<PaymentMethod>,
    capacity: Option<u32>,
    /// What new orders are sold with.
    cancel_policy: CancelPolicyView,
    ticket_types: Vec<TicketTypeView>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

/// Orders of one status.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusCount {
    #[schema(value_type = String, example = "paid")]
    status: OrderStatus,
    orders: i64,
    amount: i64,
}

/// How an event stands; amounts are in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummaryView {
    #[schema(value_type = String)]
    event: EventId,
    currency: &'static str,
    /// Collected, waiting and unpaid together.
    expected: i64,
    /// Paid and not given back.
    collected: i64,
    /// Promised: a konbini code or a transfer is out.
    waiting: i64,
    /// Held, and neither paid nor promised.
    unpaid: i64,
    refunded: i64,
    /// Of what was collected, the fees of cancelled tickets.
    kept_fees: i64,
    orders: Vec<StatusCount>,
    people_paid: i64,
    people_waiting: i64,
    people_unpaid: i64,
}

/// Creates a draft.
#[utoipa::path(post, path = "/api/v1/events", tag = "events", request_body = CreateEvent,
    responses((status = 201, body = EventView)))]
pub async fn create_event(
    Walled(state): Walled,
    caller: Caller,
    StrictJson(wish): StrictJson<CreateEvent>,
) -> Result<Response, Problem> {
    let access = caller.needs(Scope::EventsWrite)?;
    let preset = wish.cancel_policy;
    let form = wish.form();
    let event = save::create(&state.deps, access, &form).await?;
    if let Some(preset) = preset {
        cancel_policy::take_preset(&state.deps, access, event, preset).await?;
    }
    let location = format!("/api/v1/events/{event}");
    let view = view(&state, &caller, event).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(view)).into_response())
}

/// Reads an event with its ticket types.
#[utoipa::path(get, path = "/api/v1/events/{id}", tag = "events",
    params(("id" = String, Path, description = "`evt_…`")),
    responses((status = 200, body = EventView)))]
pub async fn get_event(
    Walled(state): Walled,
    caller: Caller,
    PathId(event): PathId<EventId>,
) -> Result<Json<EventView>, Problem> {
    caller.needs(Scope::EventsRead)?;
    Ok(Json(view(&state, &caller, event).await?))
}

/// Adds a ticket type.
#[utoipa::path(post, path = "/api/v1/events/{id}/ticket_types", tag = "events",
    request_body = CreateTicketType,
    params(("id" = String, Path, description = "`evt_…`")),
    responses((status = 201, body = TicketTypeView)))]
pub async fn create_ticket_type(
    Walled(state): Walled,
    caller: Caller,
    PathId(event): PathId<EventId>,
    StrictJson(wish): StrictJson<CreateTicketType>,
) -> Result<Response, Problem> {
    let access = caller.needs(Scope::EventsWrite)?;
    let zone = read_event(&state, &caller, event).await?.time_zone;
    let id = ticket_types::add(&state.deps, access, event, &wish.form(&zone)).await?;
    let all = ticket_types::list(&state.deps, access, event).await?;
    let view = all.into_iter().find(|it| it.id == id).map(ticket_type_view);
    let view = view.ok_or(Problem::new(Code::NotFound))?;
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// Puts an event on sale.
#[utoipa::path(post, path = "/api/v1/events/{id}/publish", tag = "events",
    params(("id" = String, Path, description = "`evt_…`")),
    responses((status = 200, body = EventView)))]
pub async fn publish_event(
    Walled(state): Walled,
    caller: Caller,
    PathId(event): PathId<EventId>,
) -> Result<Json<EventView>, Problem> {
    let access = caller.needs(Scope::EventsWrite)?;
    publish::publish(&state.deps, access, event).await?;
    Ok(Json(view(&state, &caller, event).await?))
}

/// Tells how much came in of how much, and from how many.
#[utoipa::path(get, path = "/api/v1/events/{id}/summary", tag = "events",
    params(("id" = String, Path, description = "`evt_…`")),
    responses((status = 200, body = SummaryView)))]
pub async fn get_summary(
    Walled(state): Walled,
    caller: Caller,
    PathId(event): PathId<EventId>,
) -> Result<Json<SummaryView>, Problem> {
    let access = caller.needs(Scope::EventsRead)?;
    let found = summary::summary(&state.deps, access, event).await?;
    let orders = found.by_status.iter().map(|it| StatusCount {
        status: it.status,
        orders: it.n_orders,
        amount: it.amount_minor,
    });
    Ok(Json(SummaryView {
        event,
        currency: found.currency.code(),
        expected: found.expected_minor,
        collected: found.collected_minor,
        waiting: found.waiting_minor,
        unpaid: found.unpaid_minor,
        refunded: found.refunded_minor,
        kept_fees: found.kept_fees_minor,
        orders: orders.collect(),
        people_paid: found.n_people_paid,
        people_waiting: found.n_people_waiting,
        people_unpaid: found.n_people_unpaid,
    }))
}

impl CreateEvent {
    fn form(self) -> EventForm {
        let default = EventForm::default();
        let time_zone = self.time_zone.unwrap_or(default.time_zone);
        EventForm {
            title: self.title,
            description: self.description,
            place_name: self.place_name,
            place_address: self.place_address,
            starts_at: wall_clock(self.starts_at, &time_zone),
            ends_at: wall_clock(self.ends_at, &time_zone),
            capacity: number(self.capacity),
            visibility: self.visibility.map_or(default.visibility, |it| it.to_string()),
            methods: self.methods.map_or(default.methods, |methods| {
                methods.iter().map(ToString::to_string).collect()
            }),
            slug: self.slug.unwrap_or_default(),
            time_zone,
        }
    }
}

impl CreateTicketType {
    fn form(self, zone: &str) -> TicketTypeForm {
        TicketTypeForm {
            name: self.name,
            description: self.description,
            price: self.price.to_string(),
            tax_rate: number(self.tax_rate),
            quota: number(self.quota),
            sales_start_at: wall_clock(self.sales_start_at, zone),
            sales_end_at: wall_clock(self.sales_end_at, zone),
            per_order_min: number(self.per_order_min),
            per_order_max: number(self.per_order_max),
        }
    }
}

fn number(value: Option<u32>) -> String {
    value.map(|it| it.to_string()).unwrap_or_default()
}

/// An instant as the wall clock in `zone` shows it; what is none is left to be refused with its field's name.
fn wall_clock(text: Option<String>, zone: &str) -> String {
    let text = text.unwrap_or_default();
    let Ok(at) = OffsetDateTime::parse(&text, &Rfc3339) else { return text };
    domain::time_zone::local(at, zone).map_or(text, |it| {
        format!("{:04}-{:02}-{:02}T{:02}:{:02}", it.year, it.month, it.day, it.hour, it.minute)
    })
}

/// The event, if it is the caller's.
pub(crate) async fn read_event(
    state: &AppState,
    caller: &Caller,
    event: EventId,
) -> Result<store::events::Event, Problem> {
    let organizer = caller.access.organizer_for(Permission::ViewEvents);
    let organizer = organizer.map_err(Problem::from_store)?;
    let mut conn = state.deps.db.acquire().await.map_err(Problem::from_store)?;
    store::events::get_for_organizer(&mut conn, organizer, event).await.map_err(Problem::from_store)
}

async fn view(state: &AppState, caller: &Caller, id: EventId) -> Result<EventView, Problem> {
    let event = read_event(state, caller, id).await?;
    let ticket_types = ticket_types::list(&state.deps, &caller.access, id).await?;
    let policy = cancel_policy::get(&state.deps, &caller.access, id).await?;
    Ok(EventView {
        cancel_policy: policy_view(&policy),
        id,
        status: event.status,
        visibility: event.visibility,
        url: format!("{}/e/{}", state.public_url, event.slug),
        slug: event.slug,
        title: event.title,
        description: event.description_markdown,
        place_name: event.place_name,
        place_address: event.place_address,
        starts_at: event.starts_at,
        ends_at: event.ends_at,
        time_zone: event.time_zone,
        currency: event.currency.code(),
        methods: event.methods,
        capacity: event.capacity,
        ticket_types: ticket_types.into_iter().map(ticket_type_view).collect(),
        created_at: event.created_at,
    })
}

fn ticket_type_view(it: store::ticket_types::TicketType) -> TicketTypeView {
    TicketTypeView {
        id: it.id,
        name: it.name,
        description: it.description,
        price: it.terms.price.minor(),
        currency: it.terms.price.currency().code(),
        tax_rate: it.terms.tax_rate.basis_points(),
        quota: it.places.map(|places| places.size),
        available: it.places.map(|places| places.n_free()),
        sales_start_at: it.terms.sales_start_at,
        sales_end_at: it.terms.sales_end_at,
        per_order_min: it.terms.per_order_min,
        per_order_max: it.terms.per_order_max,
    }
}

pub(crate) fn invalid(problems: &[FormProblem]) -> Problem {
    let errors = problems
        .iter()
        .map(|it| FieldError { field: it.field.to_owned(), detail: it.why.code().to_owned() });
    Problem::new(Code::Invalid).with_errors(errors.collect())
}

impl From<SaveEventError> for Problem {
    fn from(error: SaveEventError) -> Self {
        match error {
            SaveEventError::Invalid(problems) => invalid(&problems),
            SaveEventError::NotFound => Self::new(Code::NotFound),
            SaveEventError::ChangedMeanwhile => Self::new(Code::Conflict),
            SaveEventError::Unexpected(error) => Self::unexpected(&error),
        }
    }
}

impl From<TicketTypeError> for Problem {
    fn from(error: TicketTypeError) -> Self {
        match error {
            TicketTypeError::Invalid(problems) => invalid(&problems),
            TicketTypeError::NotFound => Self::new(Code::NotFound),
            TicketTypeError::Unexpected(error) => Self::unexpected(&error),
        }
    }
}

impl From<CancelPolicyError> for Problem {
    fn from(error: CancelPolicyError) -> Self {
        match error {
            CancelPolicyError::Invalid(problems) => invalid(&problems),
            CancelPolicyError::NotFound => Self::new(Code::NotFound),
            CancelPolicyError::Unexpected(error) => Self::unexpected(&error),
        }
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Obstacles(obstacles) => {
                let errors = obstacles.into_iter().map(obstacle).collect();
                Self::new(Code::NotPublishable).with_errors(errors)
            }
            PublishError::NotFound => Self::new(Code::NotFound),
            PublishError::Unexpected(error) => Self::unexpected(&error),
        }
    }
}

impl From<SummaryError> for Problem {
    fn from(error: SummaryError) -> Self {
        match error {
            SummaryError::NotFound => Self::new(Code::NotFound),
            SummaryError::Unexpected(error) => Self::unexpected(&error),
        }
    }
}

fn obstacle(obstacle: NotPublishable) -> FieldError {
    let field = match obstacle {
        NotPublishable::NoTitle => "title",
        NotPublishable::NoStart | NotPublishable::IsOver => "starts_at",
        NotPublishable::EndsBeforeStart => "ends_at",
        NotPublishable::NoTicketType => "ticket_types",
        NotPublishable::NoPaymentMethod => "methods",
        NotPublishable::IsCancelled => "status",
    };
    FieldError { field: field.to_owned(), detail: obstacle.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_become_wall_clock_times_of_the_zone() {
        let told = |text: &str| wall_clock(Some(text.to_owned()), "Asia/Tokyo");
        assert_eq!(told("2026-12-18T10:00:00Z"), "2026-12-18T19:00");
        assert_eq!(told("2026-12-18T19:00"), "2026-12-18T19:00");
        assert_eq!(told("tomorrow"), "tomorrow");
    }
}
