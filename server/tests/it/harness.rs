//! A router over a fresh database, and an organizer with a key.

use axum::Router;
use axum::body::Body;
use domain::ids::{Id as _, UserId};
use http::{HeaderMap, Method, Request, StatusCode, header};
use operations::access::member_access;
use operations::actor::OrganizerAccess;
use operations::demo::{self, DemoEvent};
use serde_json::Value;
use server::config::Config;
use server::router;
use server::routes::live::LiveHub;
use server::serve;
use testkit::app::TestApp;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// Everything a test of the server needs.
pub(crate) struct Harness {
    pub(crate) app: TestApp,
    pub(crate) live: LiveHub,
    pub(crate) router: Router,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub(crate) fn code(&self) -> String {
        self.json().get("code").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }
}

impl Harness {
    pub(crate) async fn start() -> Self {
        Self::start_at("http://127.0.0.1:3000").await
    }

    pub(crate) async fn start_at(public_url: &str) -> Self {
        let app = TestApp::start().await;
        let config = Config::read(&|_| Ok(None)).expect("the defaults are a configuration");
        let live = LiveHub::new(CancellationToken::new());
        let state = serve::state(&config, app.deps.clone(), public_url, live.clone());
        let router = router::router(&state.expect("a state"));
        Self { app, live, router }
    }

    /// An organizer with a key, and an event on sale.
    pub(crate) async fn seller(&self, quota: u32, price: i64) -> DemoEvent {
        demo::make_event(&self.app.deps, Some(quota), price).await.expect("a demo event")
    }

    /// The seller's owner: keys make no keys.
    pub(crate) async fn owner(&self, seller: &DemoEvent) -> OrganizerAccess {
        let organizer = seller.organizer;
        let sql = format!(
            "select user_id from members where role = 'owner' and organizer_id = '{}'",
            organizer.uuid()
        );
        let owner = UserId::from_uuid(self.app.look(&sql).await.parse().expect("an owner"));
        member_access(&self.app.deps, owner, organizer).await.expect("an owner has access")
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 10_000_000).await.expect("a whole body");
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    /// Calls the API with the seller's key.
    pub(crate) async fn call(
        &self,
        seller: &DemoEvent,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Answer {
        self.call_with(seller, (method, path), &body.to_string(), &[]).await
    }

    /// Calls the API with a raw body and more headers.
    pub(crate) async fn call_with(
        &self,
        seller: &DemoEvent,
        (method, path): (Method, &str),
        body: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", seller.api_key))
            .header(header::ACCEPT_LANGUAGE, "en");
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }
}
