//! Dying half-way: the real process is killed at each step between the provider's success and our commit; after a
//! restart the order is paid once, the refund is made once, and `eventpay check` finds nothing.
//!
//! The points run at the same time, because each waits for a dead worker's lease to end.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use operations::crash::CrashPoint;
use sandbox::{Sandbox, SandboxSettings};
use serde_json::{Value, json};
use testkit::database;
use tokio::net::TcpListener;

/// A lease (60 s), a sweep (90 s) and a slow machine.
const PATIENCE: Duration = Duration::from_secs(300);
const SECRET_KEY: &str = "sk_test_crash";
const WEBHOOK_SECRET: &str = "whsec_crash";

/// Everything that outlives the process under test.
struct World {
    http: reqwest::Client,
    url: String,
    sandbox_url: String,
    database_url: String,
    data_dir: std::path::PathBuf,
    demo: Value,
}

/// A process that does not outlive its test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl World {
    async fn new() -> Self {
        let (_, database_url) = database::fresh_with_url().await;
        let ours = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox_url = format!("http://{}", door.local_addr().unwrap());
        let sandbox = Sandbox::open(SandboxSettings {
            secret_key: SECRET_KEY.to_owned(),
            webhook_secret: WEBHOOK_SECRET.to_owned(),
            webhook_url: Some(format!("http://{ours}/webhooks/komoju")),
            base_url: sandbox_url.clone(),
            ..SandboxSettings::default()
        })
        .unwrap();
        tokio::spawn(axum::serve(door, sandbox.router()).into_future());
        let data_dir = std::env::temp_dir().join(format!("eventpay-crash-{}", ours.port()));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{ours}");
        let mut world = Self { http, url, sandbox_url, database_url, data_dir, demo: Value::Null };
        let demo = world
            .command(&["demo", "--json", "--quota", "10", "--price", "3000"])
            .output()
            .unwrap();
        assert!(demo.status.success(), "{}", String::from_utf8_lossy(&demo.stderr));
        world.demo = serde_json::from_slice(&demo.stdout).unwrap();
        world
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eventpay"));
        command
            .args(arguments)
            .env("DATABASE_URL", &self.database_url)
            .env("EVENTPAY_DATA_DIR", &self.data_dir)
            .env("EVENTPAY_LISTEN", self.url.trim_start_matches("http://"))
            .env("EVENTPAY_DATABASE_CONNECTIONS", "8")
            .env("EVENTPAY_LOG", "warn")
            .env("KOMOJU_API_URL", &self.sandbox_url)
            .env("KOMOJU_SECRET_KEY", SECRET_KEY)
            .env("KOMOJU_WEBHOOK_SECRET", WEBHOOK_SECRET);
        command
    }

    async fn serve(&self, crash_at: Option<CrashPoint>) -> Serving {
        let mut command = self.command(&["serve"]);
        if let Some(point) = crash_at {
            command.env("EVENTPAY_CRASH_AT", point.as_str());
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let since = Instant::now();
        while self.http.get(format!("{}/healthz", self.url)).send().await.is_err() {
            assert!(since.elapsed() < PATIENCE, "it never served");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Serving(child)
    }

    /// Asks our API; none when the process died over it.
    async fn post(&self, path: &str, body: Value) -> Option<Value> {
        let key = self.demo.get("api_key").and_then(Value::as_str).unwrap();
        let request =
            self.http.post(format!("{}/api/v1/{path}", self.url)).bearer_auth(key).json(&body);
        let answer = request.send().await.ok()?;
        assert!(
            answer.status().is_success(),
            "{}: {}",
            answer.status(),
            answer.text().await.unwrap()
        );
        answer.json().await.ok()
    }

    async fn order(&self) {
        let event = self.demo.get("event_id").and_then(Value::as_str).unwrap();
        let body = json!({
            "buyer": { "name": "佐藤 健", "email": "sato@example.com" },
            "tickets": [{ "ticket_type": self.demo.get("ticket_type_id"), "quantity": 1 }],
        });
        self.post(&format!("events/{event}/orders"), body).await;
    }

    async fn pay(&self, page: &str) {
        let session = page.rsplit('/').next().unwrap();
        let url = format!("{}/sandbox/sessions/{session}/pay", self.sandbox_url);
        let card = json!({ "method": "credit_card", "card": "4111111111111111" });
        assert!(self.http.post(url).json(&card).send().await.unwrap().status().is_success());
    }

    async fn until(&self, sql: &str, is_wanted: impl Fn(&str) -> bool) -> String {
        let since = Instant::now();
        loop {
            let seen = database::look(&self.database_url, sql).await;
            if is_wanted(&seen) {
                return seen;
            }
            assert!(since.elapsed() < PATIENCE, "{sql}: still {seen:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// The process died by itself, at the point it was told to.
    async fn died(&self, serving: &mut Serving) {
        let since = Instant::now();
        while serving.0.try_wait().unwrap().is_none() {
            assert!(since.elapsed() < PATIENCE, "it never came to the point");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn check(&self) {
        let check = self.command(&["check"]).output().unwrap();
        assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    }
}

const PAGE: &str = "select coalesce(max(hosted_url), '') from payments";
const PAID: &str = "select count(*) from orders where status = 'paid'";
const CAPTURES: &str =
    "select count(*) from ledger_transactions where kind in ('capture', 'capture_to_credit')";

async fn dies_and_is_paid_once(point: CrashPoint) {
    let world = World::new().await;
    let mut serving = world.serve(Some(point)).await;
    world.order().await;
    if matches!(point, CrashPoint::AfterReserve | CrashPoint::AfterPageOpened) {
        world.died(&mut serving).await;
        serving = world.serve(None).await;
        let page = world.until(PAGE, |page| !page.is_empty()).await;
        world.pay(&page).await;
    } else {
        let page = world.until(PAGE, |page| !page.is_empty()).await;
        world.pay(&page).await;
        world.died(&mut serving).await;
        serving = world.serve(None).await;
    }
    world.until(PAID, |n| n == "1").await;
    world
        .until("select count(*) from jobs where kind = 'process_webhook_event'", |n| n == "0")
        .await;
    assert_eq!(database::look(&world.database_url, CAPTURES).await, "1", "{point}");
    world.check();
    drop(serving);
}

async fn dies_and_refunds_once() {
    let world = World::new().await;
    let mut serving = world.serve(Some(CrashPoint::AfterRefund)).await;
    world.order().await;
    let page = world.until(PAGE, |page| !page.is_empty()).await;
    world.pay(&page).await;
    world.until(PAID, |n| n == "1").await;
    let uuid = database::look(&world.database_url, "select payment_id from payments").await;
    let payment: domain::ids::PaymentId = domain::ids::Id::from_uuid(uuid.parse().unwrap());
    world.post(&format!("payments/{payment}/refunds"), json!({ "amount": 1000 })).await;
    world.died(&mut serving).await;
    let serving = world.serve(None).await;
    world.until("select status from refunds", |status| status == "succeeded").await;
    let id = database::look(&world.database_url, "select provider_payment_id from payments").await;
    let url = format!("{}/api/v1/payments/{id}", world.sandbox_url);
    let theirs: Value = world
        .http
        .get(url)
        .basic_auth(SECRET_KEY, Some(""))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(theirs.get("amount_refunded"), Some(&json!(1000)));
    world.check();
    drop(serving);
}

/// Two people have paid when the event is called off; both get their money back, whenever the process dies.
async fn dies_and_calls_off_once(point: CrashPoint) {
    let world = World::new().await;
    let mut serving = world.serve(Some(point)).await;
    for n in ["1", "2"] {
        world.order().await;
        let page = "select coalesce(max(hosted_url), '') from payments where status = 'pending'";
        let page = world.until(page, |page| !page.is_empty()).await;
        world.pay(&page).await;
        world.until(PAID, |paid| paid == n).await;
    }
    let event = world.demo.get("event_id").and_then(Value::as_str).unwrap();
    world.post(&format!("events/{event}/cancel"), json!({ "dry_run": false })).await;
    world.died(&mut serving).await;
    let serving = world.serve(None).await;
    let back = "select coalesce(sum(amount_minor), 0) from refunds where status = 'succeeded'";
    world.until(back, |sum| sum == "6000").await;
    world.until("select status from processes", |status| status == "succeeded").await;
    let refunds = database::look(&world.database_url, "select count(*) from refunds").await;
    assert_eq!(refunds, "2", "{point}: nobody is paid back twice");
    let ended = "select count(*) from orders where status = 'cancelled'";
    assert_eq!(database::look(&world.database_url, ended).await, "2", "{point}");
    world.check();
    drop(serving);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dying_anywhere_loses_and_doubles_nothing() {
    let mut deaths = tokio::task::JoinSet::new();
    for point in CrashPoint::ALL {
        match point {
            CrashPoint::AfterRefund => deaths.spawn(dies_and_refunds_once()),
            CrashPoint::AfterCallOff
            | CrashPoint::BeforeOrderEnded
            | CrashPoint::AfterOrderEnded
            | CrashPoint::AfterOrders => deaths.spawn(dies_and_calls_off_once(*point)),
            other => deaths.spawn(dies_and_is_paid_once(*other)),
        };
    }
    while let Some(death) = deaths.join_next().await {
        death.unwrap();
    }
}
