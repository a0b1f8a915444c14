//! A receiver of webhooks that writes down what it gets and answers as the test says.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use serde_json::Value;

/// How a receiver answers.
#[derive(Debug, Clone)]
pub enum Answer {
    Status(u16),
    /// A refusal that asks for a pause of so many seconds.
    RetryAfter(u64),
    Redirect(String),
    /// The answer comes after this.
    Slow(Duration),
    /// A yes with a long body.
    Long(usize),
}

/// Something that was received.
#[derive(Debug, Clone)]
pub struct Received {
    pub id: String,
    pub timestamp: i64,
    pub signature: String,
    pub content_type: String,
    pub body: String,
}

impl Received {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }
}

/// A running receiver.
#[derive(Debug, Clone)]
pub struct Receiver {
    pub url: String,
    state: Arc<Mutex<(Answer, Vec<Received>)>>,
}

impl Receiver {
    /// Starts one that says yes.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hooks", listener.local_addr().expect("its address"));
        let state = Arc::new(Mutex::new((Answer::Status(204), Vec::new())));
        let receiver = Self { url, state };
        let door = Router::new().fallback(any(receive)).with_state(receiver.clone());
        tokio::spawn(axum::serve(listener, door).into_future());
        receiver
    }

    /// Answers like this from now on.
    pub fn answer(&self, answer: Answer) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0 = answer;
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| {
        headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned()
    };
    let received = Received {
        id: text("webhook-id"),
        timestamp: text("webhook-timestamp").parse().unwrap_or_default(),
        signature: text("webhook-signature"),
        content_type: text("content-type"),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let answer = {
        let mut state = receiver.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.1.push(received);
        state.0.clone()
    };
    let status = |status: u16| StatusCode::from_u16(status).expect("a status");
    match answer {
        Answer::Status(code) => (status(code), "what the receiver says").into_response(),
        Answer::RetryAfter(seconds) => {
            (status(503), [(header::RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Answer::Redirect(to) => (status(302), [(header::LOCATION, to)]).into_response(),
        Answer::Slow(pause) => {
            tokio::time::sleep(pause).await;
            status(200).into_response()
        }
        Answer::Long(n) => "x".repeat(n).into_response(),
    }
}
