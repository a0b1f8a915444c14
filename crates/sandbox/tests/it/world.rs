//! A sandbox on a port of its own, and a shop that listens to its webhooks.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::{Client, RequestBuilder, Response, redirect};
use sandbox::{Sandbox, SandboxSettings};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const VISA: &str = "4111111111111111";

#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) signature: String,
    pub(crate) kind: String,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn is_genuine(&self) -> bool {
        sandbox::sign("whsec_test", &self.body) == self.signature
    }
}

pub(crate) struct World {
    pub(crate) base: String,
    pub(crate) client: Client,
    pub(crate) sandbox: Sandbox,
    received: Arc<Mutex<Vec<Received>>>,
    server: tokio::task::JoinHandle<()>,
}

#[expect(clippy::disallowed_methods, reason = "tests start servers")]
fn spawn(work: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    tokio::spawn(work)
}

impl World {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub(crate) async fn open_with(change: impl FnOnce(&mut SandboxSettings)) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let shop = listen_as_shop(Arc::clone(&received)).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut settings = SandboxSettings {
            secret_key: "sk_test_x".to_owned(),
            webhook_secret: "whsec_test".to_owned(),
            webhook_url: Some(format!("{shop}/webhooks/komoju")),
            base_url: base.clone(),
            ..SandboxSettings::default()
        };
        change(&mut settings);
        let sandbox = Sandbox::open(settings).unwrap();
        let serving = sandbox.clone();
        let server = spawn(async move {
            serving.serve(listener, std::future::pending()).await.unwrap();
        });
        let client =
            Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
        Self { base, client, sandbox, received, server }
    }

    /// Stops the server and forgets the sandbox, as a crash of the process would after its last journal beat.
    pub(crate) async fn close(self) {
        self.server.abort();
        let _ = self.server.await;
        // Idle connections keep their router until the client lets go of them.
        drop(self.client);
        drop(self.sandbox);
        tokio::time::sleep(Duration::from_millis(150)).await;
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base)).basic_auth("sk_test_x", Some(""))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client
            .post(format!("{}{path}", self.base))
            .basic_auth("sk_test_x", Some(""))
            .json(body)
    }

    /// Submits one of the hosted page's forms.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.client.post(format!("{}{path}", self.base)).form(fields).send().await.unwrap()
    }

    pub(crate) async fn new_session(&self, reference: &str) -> Value {
        self.new_session_with(reference, json!({})).await
    }

    pub(crate) async fn new_session_with(&self, reference: &str, more: Value) -> Value {
        let mut body = order(reference);
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = self.post("/api/v1/sessions", &body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    pub(crate) async fn pay(&self, session: &Value, order: Value) -> Response {
        let path = format!("/sandbox/sessions/{}/pay", id(session));
        self.post(&path, &order).send().await.unwrap()
    }

    /// A session paid by card, as the payment it became.
    pub(crate) async fn captured(&self, reference: &str) -> Value {
        let session = self.new_session(reference).await;
        let answer = self.pay(&session, json!({"method": "credit_card", "card": VISA})).await;
        json_of(answer).await["payment"].clone()
    }

    pub(crate) async fn payment(&self, id: &str) -> Value {
        json_of(self.get(&format!("/api/v1/payments/{id}")).send().await.unwrap()).await
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.received().into_iter().map(|webhook| webhook.kind).collect()
    }

    /// Waits until the shop has received `n` webhooks.
    pub(crate) async fn webhooks(&self, n: usize) -> Vec<Received> {
        let began = Instant::now();
        while self.received().len() < n {
            assert!(began.elapsed() < Duration::from_secs(10), "only {:?}", self.kinds());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.received()
    }
}

async fn listen_as_shop(received: Arc<Mutex<Vec<Received>>>) -> String {
    let take = move |headers: HeaderMap, body: Bytes| async move {
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        let webhook =
            Received { signature: text("x-komoju-signature"), kind: text("x-komoju-event"), body };
        assert_eq!(text("user-agent"), "Komoju-Webhook");
        let is_genuine = webhook.is_genuine();
        received.lock().unwrap().push(webhook);
        if is_genuine { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/webhooks/komoju", post(take));
    spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

pub(crate) fn order(reference: &str) -> Value {
    json!({
        "mode": "payment", "amount": 3000, "currency": "JPY", "default_locale": "ja",
        "return_url": "https://app.example/pay/return?attempt=1", "email": "guest@example.com",
        "payment_types": ["credit_card", "konbini", "paypay"],
        "payment_data": {"external_order_num": reference, "capture": "auto"},
        "line_items": [{"description": "参加費 <一般>", "amount": 1500, "quantity": 2}],
        "metadata": {"attempt_id": "01JABC"},
    })
}

pub(crate) fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

pub(crate) async fn json_of(answer: Response) -> Value {
    answer.json().await.unwrap()
}

pub(crate) fn location(answer: &Response) -> &str {
    answer.headers()["location"].to_str().unwrap()
}
