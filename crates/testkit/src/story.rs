//! The shortest way to an event on sale, and to orders of it.

use domain::ids::{EventId, Id, OrganizerId, TicketTypeId, UserId};
use domain::order::Selection;
use operations::actor::OrganizerAccess;
use operations::orders::place::{
    EventRef, OrderSource, PlaceOrder, PlaceOrderError, PlacedOrder, place_order,
};
use operations::screening::Whereabouts;
use uuid::Uuid;
use words::lang::Lang;

use crate::app::TestApp;
use crate::database;

/// An event on sale with one ticket type.
pub struct Sale {
    pub organizer: OrganizerId,
    pub user: UserId,
    pub event: EventId,
    pub ticket_type: TicketTypeId,
}

/// Puts an event on sale.
pub async fn on_sale(app: &TestApp, price_minor: i64, quota: i32) -> Sale {
    let [organizer, user, event, ticket_type, quota_id] = [(); 5].map(|()| Uuid::now_v7());
    let sql = format!(
        "insert into users (user_id, email, email_key, created_at)
             values ('{user}', 'u{user}@example.com', 'u{user}@example.com', now());
         insert into organizers (organizer_id, kind, display_name, contact_email, created_at, updated_at)
             values ('{organizer}', 'individual', 'Tanaka', 'tanaka@example.com', now(), now());
         insert into members (organizer_id, user_id, created_at) values ('{organizer}', '{user}', now());
         insert into events (event_id, organizer_id, slug, status, title, starts_at, ends_at, created_at, updated_at, published_at)
             values ('{event}', '{organizer}', 'e-{event}', 'published', '忘年会 2026', now() + interval '30 days',
                     now() + interval '30 days 3 hours', now(), now(), now());
         insert into quotas (quota_id, event_id, size) values ('{quota_id}', '{event}', {quota});
         insert into ticket_types (ticket_type_id, event_id, position, name, price_minor, tax_rate_basis_points, created_at, updated_at)
             values ('{ticket_type}', '{event}', 1, '一般', {price_minor}, 1000, now(), now());
         insert into ticket_type_quotas (ticket_type_id, quota_id) values ('{ticket_type}', '{quota_id}');"
    );
    database::run(&app.database_url, &sql).await;
    Sale {
        organizer: OrganizerId::from_uuid(organizer),
        user: UserId::from_uuid(user),
        event: EventId::from_uuid(event),
        ticket_type: TicketTypeId::from_uuid(ticket_type),
    }
}

impl Sale {
    /// The organizer's own access.
    pub async fn access(&self, app: &TestApp) -> OrganizerAccess {
        operations::access::member_access(&app.deps, self.user, self.organizer)
            .await
            .expect("a member has access")
    }

    /// A wish for `quantity` tickets.
    pub fn wish(&self, quantity: u32) -> PlaceOrder {
        PlaceOrder {
            event: EventRef::Id(self.event),
            buyer_name: "佐藤 健".to_owned(),
            buyer_email: "sato@example.com".to_owned(),
            lang: Lang::Ja,
            selections: vec![Selection { ticket_type: self.ticket_type, quantity }],
            attendee_names: Vec::new(),
            methods: Vec::new(),
            source: OrderSource::Web(Whereabouts::default()),
            idempotency_key: None,
        }
    }

    /// Tries to order.
    ///
    /// # Errors
    /// As [`place_order`].
    pub async fn try_order(
        &self,
        app: &TestApp,
        quantity: u32,
    ) -> Result<PlacedOrder, PlaceOrderError> {
        place_order(&app.deps, self.wish(quantity)).await
    }

    /// Orders, which must work.
    pub async fn order(&self, app: &TestApp, quantity: u32) -> PlacedOrder {
        self.try_order(app, quantity).await.expect("the order is placed")
    }

    /// Orders, pays by card and waits until it is recorded.
    pub async fn paid_order(&self, app: &TestApp, quantity: u32) -> PlacedOrder {
        let order = self.order(app, quantity).await;
        app.pay_by_card(&pay_url(&order)).await;
        app.until(&status_of(&order), "paid").await;
        order
    }
}

/// The provider's page of a fresh order.
pub fn pay_url(order: &PlacedOrder) -> String {
    order.pay_url.clone().expect("the provider's page is open")
}

/// SQL that tells an order's status.
pub fn status_of(order: &PlacedOrder) -> String {
    format!("select status from orders where order_id = '{}'", order.order.uuid())
}

/// SQL that tells a column of an order's latest payment.
pub fn payment_of(order: &PlacedOrder, column: &str) -> String {
    format!(
        "select {column} from payments where order_id = '{}' order by ordinal desc limit 1",
        order.order.uuid()
    )
}
