//! Every door through which money goes back, opened at once and in any order: never more than was captured goes back.

use domain::cancel_policy::Preset;
use domain::event_cancellation::CancellationTerms;
use domain::ids::{Id, OrderId, RefundId};
use domain::money::Money;
use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use http::{Method, StatusCode};
use operations::access::{api_key_access, buyer_access};
use operations::cancellations::cancel::{CancelBySelf, CancelError, cancel_by_self};
use operations::cancellations::figures::Which;
use operations::demo::DemoEvent;
use operations::event_cancellation::begin::begin;
use operations::event_cancellation::wish::Wish;
use operations::events::cancel_policy::take_preset;
use operations::refunds::account::{AccountError, TypedAccount, give};
use operations::refunds::by_hand::{ByHandError, hand_back};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use testkit::database;

use crate::harness::Harness;
use crate::refunds::{Visitor, text};

const PRICE: i64 = 5000;
const TICKETS: i64 = 2;
/// Payments whose refunds count for more than was captured, by the refunds themselves.
const TOO_MUCH: &str = "select count(*) from payments p where p.captured_minor < (
    select coalesce(sum(r.amount_minor), 0) from refunds r
    where r.payment_id = p.payment_id and r.status in ('requested', 'needs_account', 'processing', 'succeeded'))";

/// A paid order, and what everybody knows of it.
struct Paid {
    order: OrderId,
    /// Of the personal link.
    token: String,
    payment: String,
    /// The provider's name of the payment.
    name: String,
}

impl Paid {
    async fn new(server: &Harness, seller: &DemoEvent, method: &str) -> Self {
        let wish = json!({
            "buyer": { "name": "佐藤 花子", "email": "sato@example.com" }, "method": method,
            "tickets": [{ "ticket_type": seller.ticket_type, "quantity": TICKETS }],
        });
        let path = format!("/api/v1/events/{}/orders", seller.event);
        let placed = server.call(seller, Method::POST, &path, &wish).await.json();
        let pay_url = text(&placed, "/pay_url");
        let name = if method == "konbini" {
            let wish = json!({ "method": "konbini", "store": "lawson" });
            let promised = server.app.pay(pay_url, wish).await;
            let name = text(&promised, "/payment/id").to_owned();
            server.app.act(&name, "pay_at_store", json!({})).await;
            name
        } else {
            text(&server.app.pay_by_card(pay_url).await, "/payment/id").to_owned()
        };
        let order: OrderId = text(&placed, "/id").parse().expect("an id");
        let status = format!("select status from orders where order_id = '{}'", order.uuid());
        server.app.until(&status, "paid").await;
        let path = format!("/api/v1/orders/{order}");
        let shown = server.call(seller, Method::GET, &path, &json!({})).await.json();
        let payment = text(&shown, "/payments/0/id").to_owned();
        let token = text(&placed, "/status_url").rsplit('/').next().unwrap_or_default();
        Self { order, token: token.to_owned(), payment, name }
    }
}

/// Who wants money back, and how much.
#[derive(Debug, Clone, Copy)]
enum Door {
    Page(i64),
    Api(i64),
    /// On the organizer's page: cash at the door.
    ByHand(i64),
    SelfService,
    /// The API cancels for the participant.
    CancelApi,
    Bank(i64),
    /// Whatever waits for an account is handed back.
    HandBack,
    /// Whatever waits for an account gets one.
    Account,
    /// The whole event is called off.
    Event,
    Worker,
}

struct Race<'a> {
    server: &'a Harness,
    seller: &'a DemoEvent,
    cookie: &'a str,
}

impl Race<'_> {
    async fn open(&self, paid: &Paid, door: Door) {
        let (server, seller) = (self.server, self.seller);
        let deps = &server.app.deps;
        match door {
            Door::Page(yen) => {
                let form = format!("order={}&amount={yen}&reason=&after=keep", paid.order);
                self.post("/api/refunds/request", &form).await;
            }
            Door::ByHand(yen) => {
                let form = format!("order={}&amount={yen}&reason=&after=keep&note=", paid.order);
                self.post("/api/refunds/record_by_hand", &form).await;
            }
            Door::Api(yen) => {
                let path = format!("/api/v1/payments/{}/refunds", paid.payment);
                self.call(&path, &json!({ "amount": yen })).await;
            }
            Door::CancelApi => {
                let path = format!("/api/v1/orders/{}/cancel", paid.order);
                self.call(&path, &json!({ "waive_fee": true })).await;
            }
            Door::SelfService => {
                let access = buyer_access(deps, &paid.token).await.expect("a link");
                let wish =
                    CancelBySelf { which: Which::All, seen_fee_minor: 0, idempotency_key: None };
                let done = cancel_by_self(deps, &access, wish).await;
                assert!(!matches!(done, Err(CancelError::Unexpected(_))), "{done:?}");
            }
            Door::Bank(yen) => {
                let provider = &server.app.sandbox_url;
                let url = format!("{provider}/sandbox/payments/{}/chargeback", paid.name);
                let body = json!({ "amount": yen });
                server.app.http.post(url).json(&body).send().await.expect("an answer");
            }
            Door::HandBack => {
                let (access, _) = api_key_access(deps, &seller.api_key).await.expect("access");
                for refund in self.waiting(paid).await {
                    let done = hand_back(deps, &access, refund, "").await;
                    assert!(!matches!(done, Err(ByHandError::Unexpected(_))), "{done:?}");
                }
            }
            Door::Account => self.give_accounts(paid).await,
            Door::Event => {
                let (access, _) = api_key_access(deps, &seller.api_key).await.expect("access");
                let terms = CancellationTerms::everything(Money::yen(0));
                let wish = Wish { reason: "台風".to_owned(), terms };
                begin(deps, &access, seller.event, &wish, None).await.expect("it begins");
            }
            Door::Worker => drop(server.app.run_jobs().await),
        }
    }

    async fn post(&self, path: &str, form: &str) {
        let mut organizer = Visitor::with_cookie(self.server, self.cookie);
        organizer
            .post(path, &format!("{form}&idempotency_key={}", operations::fresh::code(8)))
            .await;
    }

    async fn call(&self, path: &str, body: &Value) {
        let answer = self.server.call(self.seller, Method::POST, path, body).await;
        assert!(answer.status < StatusCode::INTERNAL_SERVER_ERROR, "{path}: {}", answer.body);
    }

    async fn waiting(&self, paid: &Paid) -> Vec<RefundId> {
        let sql = format!(
            "select coalesce(string_agg(refund_id::text, ','), '') from refunds
             where order_id = '{}' and status = 'needs_account'",
            paid.order.uuid()
        );
        let found = self.server.app.look(&sql).await;
        found.split(',').filter_map(|it| it.parse().ok()).map(RefundId::from_uuid).collect()
    }

    /// Follows the links that the order's page shows.
    async fn give_accounts(&self, paid: &Paid) {
        let deps = &self.server.app.deps;
        let access = buyer_access(deps, &paid.token).await.expect("a link");
        let shown = operations::orders::show::show_order(deps, &access).await.expect("an order");
        let account = TypedAccount {
            bank: "0001".to_owned(),
            branch: "001".to_owned(),
            kind: "ordinary".to_owned(),
            number: "1234567".to_owned(),
            holder: "サトウ".to_owned(),
        };
        for form in shown.refunds.into_iter().filter_map(|refund| refund.form) {
            let done = give(deps, &form.token.expect("a fresh form"), &account).await;
            assert!(!matches!(done, Err(AccountError::Unexpected(_))), "{done:?}");
        }
    }
}

/// What the races below are worth: every door alone lets money out.
#[tokio::test]
async fn each_door_alone_gives_money_back() {
    let server = Harness::start().await;
    let (seller, cookie) = selling(&server).await;
    let race = Race { server: &server, seller: &seller, cookie: &cookie };
    let paid = Paid::new(&server, &seller, "credit_card").await;
    let doors = [Door::Page(100), Door::Api(100), Door::ByHand(100), Door::Bank(100)];
    for (door, wanted) in doors.into_iter().zip(["100", "200", "300", "400"]) {
        race.open(&paid, door).await;
        server.app.until("select refunds_minor from payments", wanted).await;
    }
    race.open(&paid, Door::SelfService).await;
    assert_eq!(server.app.look("select refunds_minor from payments").await, "10000");
    for (method, door) in [("credit_card", Door::CancelApi), ("konbini", Door::Event)] {
        let paid = Paid::new(&server, &seller, method).await;
        race.open(&paid, door).await;
        let back =
            format!("select refunds_minor from payments where order_id = '{}'", paid.order.uuid());
        server.app.until(&back, "10000").await;
        if method == "konbini" {
            race.open(&paid, Door::Account).await;
            server.app.until("select count(*) from refunds where way = 'account'", "1").await;
        }
    }
    server.app.check().await;
}

/// An event on sale that everybody may cancel for free, and its organizer's cookie.
async fn selling(server: &Harness) -> (DemoEvent, String) {
    let seller = server.seller(40, PRICE).await;
    let (access, _) = api_key_access(&server.app.deps, &seller.api_key).await.expect("access");
    take_preset(&server.app.deps, &access, seller.event, Preset::Free).await.expect("taken");
    let mut organizer = Visitor::new(server);
    let login = seller.login_url.split("token=").nth(1).unwrap_or_default();
    organizer.post("/api/account/confirm_login", &format!("token={login}")).await;
    let cookie = organizer.cookie().to_owned();
    (seller, cookie)
}

/// Method: orders by card and by konbini; over each of them every door is opened once or twice at the same moment, in an
/// order and with amounts by chance, while two workers run. What is asked for is several times what there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn through_all_doors_at_once_never_more_goes_back_than_was_captured() {
    for seed in 0..3 {
        let server = Harness::start().await;
        let (seller, cookie) = selling(&server).await;
        let race = Race { server: &server, seller: &seller, cookie: &cookie };

        let mut orders = Vec::new();
        for method in ["credit_card", "credit_card", "konbini", "konbini"] {
            orders.push(Paid::new(&server, &seller, method).await);
        }
        let mut chance = StdRng::seed_from_u64(seed);
        let mut wishes = Vec::new();
        for paid in &orders {
            let mut yen = || chance.random_range(1..=PRICE * TICKETS);
            let doors = [
                Door::Page(yen()),
                Door::Api(yen()),
                Door::Api(yen()),
                Door::ByHand(yen()),
                Door::ByHand(yen()),
                Door::Bank(yen()),
                Door::SelfService,
                Door::CancelApi,
                Door::Account,
                Door::HandBack,
                Door::Worker,
            ];
            wishes.extend(doors.map(|door| (paid, door)));
        }
        if seed % 2 == 0 {
            wishes.extend(orders.first().map(|paid| (paid, Door::Event)));
        }
        wishes.shuffle(&mut chance);
        let all: Vec<BoxFuture<'_, ()>> =
            wishes.iter().map(|(paid, door)| race.open(paid, *door).boxed()).collect();
        join_all(all).await;
        assert_eq!(server.app.look(TOO_MUCH).await, "0", "seed {seed}");

        // And again, now that some of it has gone through.
        for paid in &orders {
            for door in [Door::Account, Door::Worker, Door::Bank(1), Door::Api(1), Door::HandBack] {
                race.open(paid, door).await;
            }
        }
        server.app.run_jobs().await;
        assert_eq!(server.app.look(TOO_MUCH).await, "0", "seed {seed}");
        let gone = "select count(*) from payments where refunds_minor > 0";
        assert_eq!(server.app.look(gone).await, orders.len().to_string(), "seed {seed}");
        server.app.check().await;
    }
}

/// The negative control: who looks first and writes later, without the payment's lock and the database's rule, gives
/// back more than there was; both the question above and the check see it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_lock_and_the_rule_too_much_goes_back() {
    let server = Harness::start().await;
    let seller = server.seller(40, PRICE).await;
    let paid = Paid::new(&server, &seller, "credit_card").await;
    let url = &server.app.database_url;
    database::run(url, "alter table payments drop constraint payments_refunds_check").await;
    let naive = format!(
        "do $$ declare known payments; begin
             select * into known from payments where order_id = '{}';
             perform pg_sleep(0.3);
             if known.refunds_minor + 6000 <= known.captured_minor then
                 insert into refunds (refund_id, payment_id, order_id, organizer_id, amount_minor, currency, status,
                                      source, created_at, updated_at)
                 values (gen_random_uuid(), known.payment_id, known.order_id, known.organizer_id, 6000, 'JPY',
                         'requested', 'organizer', now(), now());
             end if;
         end $$",
        paid.order.uuid()
    );
    tokio::join!(database::run(url, &naive), database::run(url, &naive));
    assert_eq!(server.app.look(TOO_MUCH).await, "1");
    let findings = operations::check::run(&server.app.deps).await.expect("the check runs");
    assert!(findings.iter().any(|it| it.detail.contains("refunds counted 12000")), "{findings:?}");
}
