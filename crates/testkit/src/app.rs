//! The whole of EventPay behind its doors: real database, real provider protocol, jobs pushed by the test.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::zengin::transfer::Requester;
use operations::clock::Clock;
use operations::webhooks::receive::{ReceiveError, receive};
use operations::{Deps, PlacesGuard, Settings, jobs};
use providers::http::HttpLimits;
use providers::mail::MailTransport;
use providers::payments::PaymentProvider;
use providers::payments::komoju::KomojuConfig;
use providers::secret::Secret;
use providers::webhook_sender::{Reach, SenderLimits, WebhookSender};
use sandbox::{Sandbox, SandboxSettings};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::database;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);
/// The secret that signs the sandbox's webhooks.
pub const WEBHOOK_SECRET: &str = "whsec_test";

/// A running EventPay without its screens.
pub struct TestApp {
    pub deps: Deps,
    pub database_url: String,
    /// Where the sandbox answers.
    pub sandbox_url: String,
    /// Where webhooks come in.
    pub webhook_url: String,
    pub http: reqwest::Client,
    pub mail_folder: std::path::PathBuf,
}

impl TestApp {
    /// Starts everything, guards on.
    pub async fn start() -> Self {
        Self::start_with(PlacesGuard::On, Clock::System).await
    }

    /// Starts everything with a guard or clock of the test's own.
    pub async fn start_with(places_guard: PlacesGuard, clock: Clock) -> Self {
        let (db, database_url) = database::fresh_with_url().await;
        let (webhooks, webhook_base) = listen().await;
        let (provider_door, sandbox_url) = listen().await;
        let webhook_url = format!("{webhook_base}/webhooks/komoju");
        let sandbox = Sandbox::open(SandboxSettings {
            webhook_secret: WEBHOOK_SECRET.to_owned(),
            webhook_url: Some(webhook_url.clone()),
            base_url: sandbox_url.clone(),
            ..SandboxSettings::default()
        })
        .expect("the sandbox opens");
        let config = KomojuConfig::new(
            &sandbox_url,
            Secret::new("sk_test_sandbox"),
            Secret::new(WEBHOOK_SECRET),
        )
        .expect("the sandbox's address");
        let provider = PaymentProvider::komoju_within(config, HttpLimits::default());
        let folder =
            std::env::temp_dir().join(format!("eventpay-mail-{}", Uuid::now_v7().simple()));
        let deps = Deps {
            db,
            provider: Arc::new(provider.expect("the provider's client")),
            mail: Arc::new(MailTransport::Folder(folder.clone())),
            webhook_sender: Arc::new(webhook_sender()),
            login: Arc::default(),
            clock,
            settings: Arc::new(settings(places_guard)),
            captures: Arc::default(),
        };
        tokio::spawn(axum::serve(provider_door, sandbox.router()).into_future());
        let door = axum::Router::new()
            .route("/webhooks/komoju", axum::routing::post(webhook))
            .with_state(deps.clone());
        tokio::spawn(axum::serve(webhooks, door).into_future());
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { deps, database_url, sandbox_url, webhook_url, http, mail_folder: folder }
    }

    /// Does every job whose time has come, and those they cause.
    pub async fn run_jobs(&self) -> usize {
        let mut n_done = 0;
        loop {
            let leased = jobs::claim(&self.deps, 50).await.expect("jobs can be claimed");
            if leased.is_empty() {
                return n_done;
            }
            for job in &leased {
                jobs::work(&self.deps, job).await.expect("a job ends somehow");
                n_done += 1;
            }
        }
    }

    /// Tells the sandbox how to misbehave.
    pub async fn behave(&self, behaviour: Value) {
        let url = format!("{}/sandbox/behaviour", self.sandbox_url);
        let answer = self.http.put(url).json(&behaviour).send().await.expect("the sandbox answers");
        assert!(answer.status().is_success(), "behaviour {behaviour} is refused");
    }

    /// Pays on the provider's page as a buyer would; answers what the sandbox says.
    pub async fn pay(&self, pay_url: &str, instrument: Value) -> Value {
        let session = pay_url.rsplit('/').next().unwrap_or_default();
        let url = format!("{}/sandbox/sessions/{session}/pay", self.sandbox_url);
        let answer =
            self.http.post(url).json(&instrument).send().await.expect("the sandbox answers");
        answer.json().await.expect("the sandbox speaks JSON")
    }

    /// Pays with a card that works.
    pub async fn pay_by_card(&self, pay_url: &str) -> Value {
        self.pay(pay_url, json!({ "method": "credit_card", "card": "4111111111111111" })).await
    }

    /// `pay_at_store`, `expire` or `chargeback` of a payment, by the provider's id.
    pub async fn act(&self, provider_payment: &str, action: &str, body: Value) {
        let url = format!("{}/sandbox/payments/{provider_payment}/{action}", self.sandbox_url);
        let answer = self.http.post(url).json(&body).send().await.expect("the sandbox answers");
        assert!(answer.status().is_success(), "{action} is refused: {}", answer.status());
    }

    /// Looks into the database.
    pub async fn look(&self, sql: &str) -> String {
        database::look(&self.database_url, sql).await
    }

    /// Does jobs until the database shows `wanted`; fails when it does not in time.
    pub async fn until(&self, sql: &str, wanted: &str) {
        let since = Instant::now();
        loop {
            self.run_jobs().await;
            let seen = self.look(sql).await;
            if seen == wanted {
                return;
            }
            assert!(since.elapsed() < PATIENCE, "{sql}: {seen}, not {wanted}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends a webhook by hand, signed with `secret`.
    pub async fn deliver(&self, body: &str, secret: &str) -> StatusCode {
        let signature = sandbox::sign(secret, body.as_bytes());
        let request = self.http.post(&self.webhook_url).header("x-komoju-signature", signature);
        let answer = request.body(body.to_owned()).send().await.expect("our door answers");
        answer.status()
    }

    /// Fails when a rule of the house does not hold.
    pub async fn check(&self) {
        let findings = operations::check::run(&self.deps).await.expect("the check runs");
        assert!(findings.is_empty(), "{findings:#?}");
    }
}

/// Reaches the test's own receivers, and waits for nobody for long.
fn webhook_sender() -> WebhookSender {
    let limits =
        SenderLimits { connect: Duration::from_millis(500), deadline: Duration::from_millis(800) };
    WebhookSender::new(Reach::Everywhere, limits).expect("a sender of webhooks")
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    (listener, format!("http://{address}"))
}

fn settings(places_guard: PlacesGuard) -> Settings {
    Settings {
        alert_grace: time::Duration::minutes(domain::limits::ALERT_GRACE_MINUTES),
        public_url: "http://127.0.0.1:3000".to_owned(),
        hold: time::Duration::minutes(domain::limits::HOLD_MINUTES),
        files: Arc::new(object_store::memory::InMemory::new()),
        mail_from: "EventPay <no-reply@eventpay.example>".to_owned(),
        administrators: vec!["admin@eventpay.example".to_owned()],
        secret: "a secret of the tests".to_owned(),
        previous_secrets: Vec::new(),
        audit: operations::audit::archive::Retention::default(),
        requester: Some(requester()),
        places_guard,
        crash_at: None,
    }
}

/// The account that payouts are made from.
fn requester() -> Requester {
    Requester::parse("1234567890,カ）イベントペイ,0001,001,ordinary,7654321").expect("a requester")
}

async fn webhook(State(deps): State<Deps>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    let body = by_the_tests_clock(&deps, &mut headers, body);
    match receive(&deps, &headers, &body).await {
        Ok(_) => StatusCode::OK,
        Err(ReceiveError::BadSignature) => StatusCode::UNAUTHORIZED,
        Err(ReceiveError::Malformed | ReceiveError::TooDeep | ReceiveError::OutOfTime) => {
            StatusCode::BAD_REQUEST
        }
        Err(ReceiveError::Store(_)) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The sandbox has a clock of its own. Where the test's stands elsewhere, what was truly sent was made just now by it.
fn by_the_tests_clock(deps: &Deps, headers: &mut [(String, String)], body: Bytes) -> Bytes {
    let is_genuine = deps.provider.verify_webhook(headers, &body).is_ok();
    let read = serde_json::from_slice::<Value>(&body).ok();
    let (Clock::Set(_), true, Some(mut message)) = (&deps.clock, is_genuine, read) else {
        return body;
    };
    let Some(created_at) = message.get_mut("created_at") else { return body };
    *created_at = Value::String(deps.clock.now().format(&Rfc3339).unwrap_or_default());
    let body = message.to_string();
    let signed = headers.iter_mut().find(|(name, _)| name == "x-komoju-signature");
    if let Some((_, signature)) = signed {
        *signature = sandbox::sign(WEBHOOK_SECRET, body.as_bytes());
    }
    Bytes::from(body)
}
