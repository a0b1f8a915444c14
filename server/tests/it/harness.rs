//! A router over a fresh database, and an organizer with a key.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use domain::ids::{Id as _, UserId};
use http::{HeaderMap, Method, Request, StatusCode, header};
use operations::access::member_access;
use operations::actor::OrganizerAccess;
use operations::demo::{self, DemoEvent};
use serde_json::Value;
use server::config::Config;
use server::limits::RateLimits;
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
    pub(crate) limits: Arc<RateLimits>,
    n_sent: AtomicU32,
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
        Self::start_so(public_url, &[]).await
    }

    /// With these variables in its environment.
    pub(crate) async fn start_with(variables: &[(&str, &str)]) -> Self {
        Self::start_so("http://127.0.0.1:3000", variables).await
    }

    async fn start_so(public_url: &str, variables: &[(&str, &str)]) -> Self {
        let app = TestApp::start().await;
        let lookup = |name: &str| {
            let found = variables.iter().find(|(it, _)| *it == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        };
        let config = Config::read(&lookup).expect("a configuration");
        let live = LiveHub::new(CancellationToken::new());
        let state = serve::state(&config, app.deps.clone(), public_url, live.clone());
        let state = state.expect("a state");
        let (router, limits) = (router::router(&state), Arc::clone(&state.limits));
        Self { app, live, router, limits, n_sent: AtomicU32::new(0) }
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

    /// Sends a request, from an address of its own where the test names none: limits have tests of their own.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
            let n = self.n_sent.fetch_add(1, Ordering::Relaxed);
            let address = Ipv4Addr::from_bits(0x0a00_0000 | (n & 0x00ff_ffff));
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 4000))));
        }
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
