//! Orders over the API: placing, reading, listing.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use domain::ids::{EventId, OrderId, PaymentId, RefundId, TicketTypeId};
use domain::order::{NotOrderable, OrderStatus, Selection};
use domain::payment::{PaymentMethod, PaymentStatus};
use domain::permission::Permission;
use domain::refund::RefundStatus;
use http::{StatusCode, header};
use operations::api_keys::Scope;
use operations::links;
use operations::orders::place::{
    EventRef, OrderSource, PlaceOrder, PlaceOrderError, PlacedOrder, place_order,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::db::Conn;
use store::email_confirmations::{self, EmailConfirmation};
use store::error::StoreError;
use store::read::order_detail;
use store::read::order_list::{self, OrderFilter, PageStart};
use time::OffsetDateTime;
use utoipa::ToSchema;
use words::lang::Lang;

use crate::routes::api::caller::{Caller, Walled};
use crate::routes::api::events::read_event;
use crate::routes::api::problem::{Code, FieldError, Problem};
use crate::routes::api::strict::{PathId, StrictJson, StrictQuery};
use crate::state::AppState;

/// Rows of a page unless asked otherwise.
const LIMIT: i64 = 50;

/// Who buys.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Buyer {
    #[schema(example = "Hanako Yamada", max_length = 80)]
    name: String,
    #[schema(example = "hanako@example.com")]
    email: String,
}

/// How many of one ticket type.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketWish {
    #[schema(value_type = String, example = "tt_01kb2v3c4d5e6f7g8h9jkmnpqr")]
    ticket_type: TicketTypeId,
    #[schema(example = 2, minimum = 1)]
    quantity: u32,
}

/// An order to be placed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateOrder {
    buyer: Buyer,
    tickets: Vec<TicketWish>,
    /// `credit_card`, `konbini`, `paypay`, `bank_transfer`, `pay_easy` or `direct_transfer`; absent, the buyer chooses.
    #[schema(value_type = Option<String>, example = "credit_card")]
    method: Option<PaymentMethod>,
    /// In the order of the tickets; where one is missing, the buyer's name stands.
    #[serde(default)]
    attendee_names: Vec<String>,
    /// The language of mails and pages, `ja` or `en`.
    #[schema(example = "ja")]
    lang: Option<String>,
}

/// A placed order.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlacedOrderView {
    #[schema(value_type = String, example = "ord_01kb2v3c4d5e6f7g8h9jkmnpqr")]
    id: OrderId,
    /// What people read out.
    code: String,
    #[schema(value_type = String, example = "pending")]
    status: OrderStatus,
    amount: i64,
    currency: &'static str,
    /// The provider's page; `null` when nothing is owed, when the order is held back, or when the provider did not answer
    /// yet.
    pay_url: Option<String>,
    /// `payment_under_review` while the organizer looks at an order that seems unusual, `payment_blocked` when it cannot be
    /// paid unless the organizer lets it through; the buyer is mailed when it can. Not to be shown to the buyer.
    held_back: Option<&'static str>,
    /// The buyer's personal page.
    status_url: String,
}

/// One attempt to pay.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentView {
    #[schema(value_type = String, example = "pay_01kb2v3c4d5e6f7g8h9jkmnpqr")]
    id: PaymentId,
    #[schema(value_type = String, example = "captured")]
    status: PaymentStatus,
    #[schema(value_type = Option<String>)]
    method: Option<PaymentMethod>,
    amount: i64,
    captured: i64,
    /// What of it was given back or is about to be.
    refunded: i64,
    currency: &'static str,
    failure_code: Option<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    deadline_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    captured_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

/// Money back.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundView {
    #[schema(value_type = String, example = "ref_01kb2v3c4d5e6f7g8h9jkmnpqr")]
    pub(crate) id: RefundId,
    #[schema(value_type = String)]
    pub(crate) payment: PaymentId,
    #[schema(value_type = String, example = "succeeded")]
    pub(crate) status: RefundStatus,
    pub(crate) amount: i64,
    pub(crate) currency: &'static str,
    pub(crate) reason: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
}

/// A ticket of an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketView {
    code: String,
    name: String,
    attendee_name: String,
    /// `held`, `valid` or `void`.
    status: String,
}

/// An order with its tickets, payments and refunds.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    #[schema(value_type = String)]
    id: OrderId,
    #[schema(value_type = String)]
    event: EventId,
    code: String,
    #[schema(value_type = String, example = "paid")]
    status: OrderStatus,
    buyer: BuyerView,
    /// Whether the event asks for a confirmed mail address and this one is not: nothing can be paid before.
    unconfirmed: bool,
    amount: i64,
    tax: i64,
    /// What of the amount the buyer pays for fees, beside the tickets.
    fee: i64,
    /// What came back of it.
    refunded: i64,
    currency: &'static str,
    /// The buyer's personal page; whoever has it acts as the buyer, so only keys with `orders:write` are told.
    status_url: Option<String>,
    /// The provider's page of the open attempt.
    pay_url: Option<String>,
    tickets: Vec<TicketView>,
    payments: Vec<PaymentView>,
    refunds: Vec<RefundView>,
    #[serde(with = "time::serde::rfc3339")]
    hold_expires_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    paid_at: Option<OffsetDateTime>,
}

/// Who bought.
#[derive(Debug, Serialize, ToSchema)]
pub struct BuyerView {
    name: String,
    email: String,
}

/// An order in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderLineView {
    #[schema(value_type = String)]
    id: OrderId,
    code: String,
    #[schema(value_type = String)]
    status: OrderStatus,
    buyer: BuyerView,
    /// Whether it waits for the buyer to confirm the mail address.
    unconfirmed: bool,
    amount: i64,
    refunded: i64,
    currency: &'static str,
    n_tickets: i64,
    #[schema(value_type = Option<String>)]
    method: Option<PaymentMethod>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    paid_at: Option<OffsetDateTime>,
}

/// A page of orders, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderPage {
    data: Vec<OrderLineView>,
    /// Ask with `after` this for the next page; `null` on the last.
    #[schema(value_type = Option<String>)]
    next: Option<OrderId>,
}

/// Which page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    after: Option<OrderId>,
    limit: Option<i64>,
    status: Option<OrderStatus>,
}

/// Places an order and keeps its places while the buyer pays.
#[utoipa::path(post, path = "/api/v1/events/{id}/orders", tag = "orders", request_body = CreateOrder,
    params(("id" = String, Path, description = "`evt_…`")),
    responses((status = 201, body = PlacedOrderView)))]
pub async fn create_order(
    Walled(state): Walled,
    caller: Caller,
    PathId(event): PathId<EventId>,
    StrictJson(wish): StrictJson<CreateOrder>,
) -> Result<Response, Problem> {
    caller.needs(Scope::OrdersWrite)?;
    read_event(&state, &caller, event).await?;
    let command = wish.command(event, &caller);
    let placed =
        place_order(&state.deps, command).await.map_err(|error| refuse(error, caller.lang))?;
    let location = format!("/api/v1/orders/{}", placed.order);
    let view = placed_view(&state, placed);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(view)).into_response())
}

/// Reads an order with its tickets, payments and refunds.
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders",
    params(("id" = String, Path, description = "`ord_…`")),
    responses((status = 200, body = OrderView)))]
pub async fn get_order(
    Walled(state): Walled,
    caller: Caller,
    PathId(order): PathId<OrderId>,
) -> Result<Json<OrderView>, Problem> {
    caller.needs(Scope::OrdersRead)?;
    let mut conn = state.deps.db.acquire().await.map_err(Problem::from_store)?;
    view(&state, &mut conn, &caller, order).await.map(Json).map_err(Problem::from_store)
}

/// Lists an event's orders, newest first.
#[utoipa::path(get, path = "/api/v1/events/{id}/orders", tag = "orders",
    params(("id" = String, Path, description = "`evt_…`"),
           ("after" = Option<String>, Query, description = "`next` of the page before"),
           ("limit" = Option<i64>, Query, description = "1 to 100; 50 unless given", minimum = 1, maximum = 100),
           ("status" = Option<String>, Query, description = "only orders of this status")),
    responses((status = 200, body = OrderPage)))]
pub async fn list_orders(
    Walled(state): Walled,
    caller: Caller,
    PathId(event): PathId<EventId>,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<Json<OrderPage>, Problem> {
    let access = caller.needs(Scope::OrdersRead)?;
    read_event(&state, &caller, event).await?;
    let limit = query.limit.unwrap_or(LIMIT);
    if !(1..=domain::limits::PAGE_ROWS_MAX).contains(&limit) {
        let detail = format!("limit: 1 to {}", domain::limits::PAGE_ROWS_MAX);
        return Err(Problem::new(Code::MalformedQuery).with_detail(detail));
    }
    let filter = OrderFilter { statuses: query.status.into_iter().collect(), words: Vec::new() };
    let start = query.after.map_or(PageStart::Newest, PageStart::OlderThan);
    let mut conn = state.deps.db.acquire().await.map_err(Problem::from_store)?;
    // One row more than asked for tells whether there is another page.
    let asked = limit.saturating_add(1);
    let organizer = access.organizer_for(Permission::ViewOrders).map_err(Problem::from_store)?;
    let mut lines = order_list::list(&mut conn, organizer, event, &filter, start, asked)
        .await
        .map_err(Problem::from_store)?;
    let wanted = usize::try_from(limit).unwrap_or_default();
    let is_more = lines.len() > wanted;
    lines.truncate(wanted);
    let next = lines.last().map(|it| it.id).filter(|_| is_more);
    let data = lines.into_iter().map(|it| OrderLineView {
        id: it.id,
        code: it.code,
        status: it.status,
        buyer: BuyerView { name: it.buyer_name, email: it.buyer_email },
        unconfirmed: it.is_unconfirmed,
        amount: it.amount.minor(),
        refunded: it.refunded.minor(),
        currency: it.amount.currency().code(),
        n_tickets: it.n_tickets,
        method: it.method,
        created_at: it.created_at,
        paid_at: it.paid_at,
    });
    Ok(Json(OrderPage { data: data.collect(), next }))
}

impl CreateOrder {
    fn command(self, event: EventId, caller: &Caller) -> PlaceOrder {
        let selections = self
            .tickets
            .iter()
            .map(|it| Selection { ticket_type: it.ticket_type, quantity: it.quantity });
        PlaceOrder {
            event: EventRef::Id(event),
            selections: selections.collect(),
            buyer_name: self.buyer.name,
            buyer_email: self.buyer.email,
            lang: self.lang.as_deref().and_then(Lang::parse).unwrap_or(caller.lang),
            attendee_names: self.attendee_names,
            methods: self.method.into_iter().collect(),
            source: OrderSource::Api,
            idempotency_key: caller.idempotency_key.as_deref().map(|it| inner_key(caller, it)),
        }
    }
}

/// The key under which the operation itself remembers the order: should this process die between the order and its
/// answer, the repeated request finds the order. Hashed, so that it fits and cannot meet another caller's key.
fn inner_key(caller: &Caller, key: &str) -> String {
    let organizer = caller.organizer().to_string();
    let hash = Sha256::new().chain_update(organizer).chain_update([0]).chain_update(key).finalize();
    format!("api:{}", HEXLOWER.encode(&hash))
}

fn placed_view(state: &AppState, placed: PlacedOrder) -> PlacedOrderView {
    PlacedOrderView {
        id: placed.order,
        code: placed.code,
        status: placed.status,
        amount: placed.amount.minor(),
        currency: placed.amount.currency().code(),
        pay_url: placed.pay_url,
        held_back: placed.held_back.and_then(operations::screening::code),
        status_url: links::order(&state.deps.settings, &placed.link_token),
    }
}

async fn view(
    state: &AppState,
    conn: &mut Conn,
    caller: &Caller,
    order: OrderId,
) -> Result<OrderView, StoreError> {
    let head =
        order_detail::get_head(conn, caller.access.organizer_for(Permission::ViewOrders)?, order)
            .await?;
    let tickets = order_detail::list_tickets(conn, order).await?;
    let payments = store::payments::list_for_order(conn, order).await?;
    let lines = order_detail::list_payments(conn, order).await?;
    let refunds = store::refunds::list_for_order(conn, order).await?;
    let confirmation = email_confirmations::find(conn, order).await?;
    let currency = head.amount.currency().code();
    let open = payments.iter().rev().find(|it| it.status.is_open());
    let pay_url = open.filter(|_| head.status.is_payable()).and_then(|it| it.hosted_url.clone());
    let may_act = caller.access.may(Permission::PlaceOrders);
    let status_url = may_act.then(|| links::order(&state.deps.settings, &head.link_token));
    let came_back = refunds.iter().filter(|it| it.status == RefundStatus::Succeeded);
    Ok(OrderView {
        id: head.id,
        event: head.event,
        code: head.code,
        status: head.status,
        buyer: BuyerView { name: head.buyer_name, email: head.buyer_email },
        unconfirmed: confirmation == EmailConfirmation::Missing && head.status.is_payable(),
        amount: head.amount.minor(),
        tax: head.tax.minor(),
        fee: head.fee.minor(),
        refunded: came_back.map(|it| it.amount.minor()).sum(),
        currency,
        status_url,
        pay_url,
        tickets: tickets
            .into_iter()
            .map(|it| TicketView {
                code: it.code,
                name: it.name,
                attendee_name: it.attendee_name,
                status: it.status,
            })
            .collect(),
        payments: lines.into_iter().map(|it| payment_view(it, currency)).collect(),
        refunds: refunds.into_iter().map(refund_view).collect(),
        hold_expires_at: head.hold_expires_at,
        created_at: head.created_at,
        paid_at: head.paid_at,
    })
}

fn payment_view(it: order_detail::PaymentLine, currency: &'static str) -> PaymentView {
    PaymentView {
        id: it.id,
        status: it.status,
        method: it.method,
        amount: it.amount_minor,
        captured: it.captured_minor,
        refunded: it.refunds_minor,
        currency,
        failure_code: it.failure_code,
        deadline_at: it.deadline_at,
        captured_at: it.captured_at,
        created_at: it.created_at,
    }
}

pub(crate) fn refund_view(it: store::refunds::Refund) -> RefundView {
    RefundView {
        id: it.id,
        payment: it.payment,
        status: it.status,
        amount: it.amount.minor(),
        currency: it.amount.currency().code(),
        reason: it.reason,
        created_at: it.created_at,
    }
}

fn refuse(error: PlaceOrderError, lang: Lang) -> Problem {
    let field = |field: &str, detail: String| FieldError { field: field.to_owned(), detail };
    match error {
        PlaceOrderError::Invalid(problems) => {
            let errors = problems.into_iter().map(|it| {
                let name = match it.field.as_str() {
                    "buyer_name" => "buyer.name".to_owned(),
                    "buyer_email" => "buyer.email".to_owned(),
                    other => other.to_owned(),
                };
                let is_email = name == "buyer.email";
                let detail = if is_email {
                    words::errors::email(it.error, lang)
                } else {
                    words::errors::text(it.error, lang)
                };
                field(&name, detail)
            });
            Problem::new(Code::Invalid).with_errors(errors.collect())
        }
        PlaceOrderError::NotFound => Problem::new(Code::NotFound),
        PlaceOrderError::NotOnSale | PlaceOrderError::Unpayable => Problem::new(Code::NotOnSale),
        PlaceOrderError::Paused => Problem::new(Code::Paused),
        PlaceOrderError::Suspended => Problem::new(Code::Suspended),
        PlaceOrderError::MethodNotOffered => {
            Problem::new(Code::Invalid).with_errors(vec![field("method", "not_offered".to_owned())])
        }
        PlaceOrderError::SoldOut => Problem::new(Code::SoldOut),
        PlaceOrderError::NotOrderable(reason) => not_orderable(reason, lang),
        PlaceOrderError::Busy => Problem::new(Code::Busy),
        PlaceOrderError::KeyReused => Problem::new(Code::KeyReused),
        PlaceOrderError::StillRunning => Problem::new(Code::StillRunning),
        PlaceOrderError::Unexpected(error) => Problem::unexpected(&error),
    }
}

fn not_orderable(reason: NotOrderable, lang: Lang) -> Problem {
    let detail = words::errors::not_orderable(reason, lang);
    Problem::new(Code::NotOrderable)
        .with_detail(reason.to_string())
        .with_errors(vec![FieldError { field: "tickets".to_owned(), detail }])
}
