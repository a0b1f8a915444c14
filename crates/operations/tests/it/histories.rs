//! Whatever happens in whatever order, a plain model of the money agrees with the database after every step.
#![expect(
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::time::Duration;

use domain::ids::{Id as _, PaymentId};
use domain::money::Money;
use operations::access::buyer_access;
use operations::orders::cancel::{CancelOrderError, cancel_by_buyer};
use operations::orders::place::{PlaceOrderError, PlacedOrder};
use operations::payments::sync::sync_payment;
use operations::refunds::request::{RefundError, RequestRefund, request_refund};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use testkit::app::TestApp;
use testkit::story::{Sale, on_sale, pay_url, payment_of};

const PRICE: i64 = 3000;
/// Places in all: fewer than a long history wants.
const QUOTA: i64 = 12;
const STEPS: usize = 50;

/// What a buyer's order should look like.
#[derive(Debug, Clone)]
struct Expected {
    order: PlacedOrder,
    payment: PaymentId,
    quantity: i64,
    status: &'static str,
    /// The buyer has paid, whether we know or not.
    is_paid_there: bool,
    captured: i64,
    refunded: i64,
}

/// The model: what is owed and held, by simple sums.
struct Model {
    orders: Vec<Expected>,
    history: Vec<String>,
}

impl Model {
    fn taken(&self) -> i64 {
        let holding = self.orders.iter().filter(|it| ["pending", "paid"].contains(&it.status));
        holding.map(|it| it.quantity).sum()
    }

    /// We hear of an order's money: it pays an open order, an ended one while its places are free, or it goes back.
    fn hear(&mut self, i: usize) {
        let free = QUOTA - self.taken();
        let it = &mut self.orders[i];
        if !it.is_paid_there || it.captured > 0 {
            return;
        }
        it.captured = it.quantity * PRICE;
        if it.status == "pending" || it.quantity <= free {
            it.status = "paid";
        } else {
            it.refunded = it.captured;
        }
    }
}

struct World {
    app: TestApp,
    sale: Sale,
    model: Model,
    chance: StdRng,
}

impl World {
    async fn begin(seed: u64) -> Self {
        let app = TestApp::start().await;
        // Nobody tells us anything: we hear exactly when a step says so.
        app.behave(json!({ "drop_percent": 100 })).await;
        let sale = on_sale(&app, PRICE, QUOTA.try_into().unwrap()).await;
        let model = Model { orders: Vec::new(), history: Vec::new() };
        Self { app, sale, model, chance: StdRng::seed_from_u64(seed) }
    }

    /// One of the orders, by chance.
    fn any(&mut self) -> Option<usize> {
        let n = self.model.orders.len();
        (n > 0).then(|| self.chance.random_range(0..n))
    }

    async fn step(&mut self) {
        match self.chance.random_range(0..12) {
            0..=2 => self.place().await,
            3..=4 => self.pay().await,
            5..=6 => self.hear(1).await,
            7 => self.hear(3).await,
            8 => self.die_while_hearing().await,
            9 => self.cancel().await,
            _ => self.refund().await,
        }
    }

    async fn place(&mut self) {
        let quantity = self.chance.random_range(1..=3_u32);
        let free = QUOTA - self.model.taken();
        self.model.history.push(format!("place {quantity}"));
        let placed = self.sale.try_order(&self.app, quantity).await;
        if i64::from(quantity) > free {
            assert!(matches!(placed, Err(PlaceOrderError::SoldOut)), "{:?}", self.model.history);
            return;
        }
        let order = placed.unwrap();
        let payment = self.app.look(&payment_of(&order, "payment_id")).await;
        self.model.orders.push(Expected {
            payment: PaymentId::from_uuid(payment.parse().unwrap()),
            order,
            quantity: i64::from(quantity),
            status: "pending",
            is_paid_there: false,
            captured: 0,
            refunded: 0,
        });
    }

    /// The buyer pays; after a cancellation the page may still stand open in the browser.
    async fn pay(&mut self) {
        let Some(i) = self.any() else { return };
        if self.model.orders[i].is_paid_there || self.model.orders[i].status != "pending" {
            return;
        }
        self.model.history.push(format!("pay {i}"));
        self.app.pay_by_card(&pay_url(&self.model.orders[i].order)).await;
        self.model.orders[i].is_paid_there = true;
    }

    /// We ask about a payment, `n` times at once.
    async fn hear(&mut self, n: usize) {
        let Some(i) = self.any() else { return };
        self.model.history.push(format!("hear {i} × {n}"));
        let payment = self.model.orders[i].payment;
        let questions = (0..n).map(|_| sync_payment(&self.app.deps, payment));
        for answer in futures::future::join_all(questions).await {
            answer.unwrap();
        }
        self.model.hear(i);
    }

    /// Whoever records dies at some moment; the next one finishes.
    async fn die_while_hearing(&mut self) {
        let Some(i) = self.any() else { return };
        self.model.history.push(format!("die hearing {i}"));
        let patience = Duration::from_micros(self.chance.random_range(0..12_000));
        let payment = self.model.orders[i].payment;
        let _ = tokio::time::timeout(patience, sync_payment(&self.app.deps, payment)).await;
        sync_payment(&self.app.deps, payment).await.unwrap();
        self.model.hear(i);
    }

    async fn cancel(&mut self) {
        let Some(i) = self.any() else { return };
        self.model.history.push(format!("cancel {i}"));
        let access = buyer_access(&self.app.deps, &self.model.orders[i].order.link_token).await;
        let outcome = cancel_by_buyer(&self.app.deps, &access.unwrap()).await;
        if self.model.orders[i].status == "paid" {
            assert!(matches!(outcome, Err(CancelOrderError::Paid)), "{:?}", self.model.history);
            return;
        }
        outcome.unwrap();
        if self.model.orders[i].status == "pending" {
            self.model.orders[i].status = "cancelled";
            // Closing the provider's page asks how it stands.
            self.app.run_jobs().await;
            self.model.hear(i);
        }
    }

    async fn refund(&mut self) {
        let Some(i) = self.any() else { return };
        let expected = self.model.orders[i].clone();
        let yen = self.chance.random_range(1..=expected.quantity * PRICE);
        self.model.history.push(format!("refund {yen} of {i}"));
        let access = self.sale.access(&self.app).await;
        let wish = RequestRefund {
            payment: expected.payment,
            amount: Money::yen(yen),
            reason: String::new(),
            cancels_order: false,
            idempotency_key: None,
        };
        let outcome = request_refund(&self.app.deps, &access, wish).await;
        if expected.captured == 0 {
            assert!(matches!(outcome, Err(RefundError::NotCaptured)), "{:?}", self.model.history);
        } else if yen > expected.captured - expected.refunded {
            assert!(
                matches!(outcome, Err(RefundError::TooMuch { .. })),
                "{:?}",
                self.model.history
            );
        } else {
            outcome.unwrap();
            self.model.orders[i].refunded += yen;
        }
    }

    /// The database says what the model says.
    async fn compare(&self) {
        self.app.run_jobs().await;
        let history = &self.model.history;
        for expected in &self.model.orders {
            let sql = format!(
                "select concat_ws(' ', o.status, p.captured_minor,
                     coalesce((select sum(amount_minor) from refunds r where r.order_id = o.order_id and r.status = 'succeeded'), 0))
                 from orders o join payments p using (order_id) where o.order_id = '{}'",
                expected.order.order.uuid()
            );
            let wanted = format!("{} {} {}", expected.status, expected.captured, expected.refunded);
            assert_eq!(self.app.look(&sql).await, wanted, "{expected:?} {history:?}");
        }
        let taken = self.model.taken().to_string();
        assert_eq!(self.app.look("select n_taken from quotas").await, taken, "{history:?}");
        let back: i64 = self.model.orders.iter().map(|it| it.refunded).sum();
        let captured: i64 = self.model.orders.iter().map(|it| it.captured).sum();
        let balance = |kind: &str| {
            format!(
                "select coalesce(sum(amount_minor), 0) from ledger_entries join ledger_accounts using (ledger_account_id)
                 where kind = '{kind}'"
            )
        };
        let held = (captured - back).to_string();
        assert_eq!(self.app.look(&balance("provider_clearing")).await, held, "{history:?}");
        let owed = (back - captured).to_string();
        assert_eq!(self.app.look(&balance("organizer_payable")).await, owed, "{history:?}");
        for kind in ["refunds_payable", "buyer_credit"] {
            assert_eq!(self.app.look(&balance(kind)).await, "0", "{kind} {history:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_model_agrees_with_every_history() {
    for seed in 1..=3 {
        let mut world = World::begin(seed).await;
        for _ in 0..STEPS {
            world.step().await;
            world.compare().await;
        }
        assert!(world.model.orders.len() > 5, "a history in which something happens");
        world.app.check().await;
    }
}
