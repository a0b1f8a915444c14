//! What every route can reach.

use std::sync::Arc;

use app::ssr::Assets;
use axum::extract::FromRef;
use domain::network::Network;
use http::HeaderName;
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use operations::Deps;

use crate::limits::RateLimits;
use crate::middleware::shared_pages::SharedPages;
use crate::routes::assets::Site;
use crate::routes::live::LiveHub;

/// Shared by all requests; cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    pub deps: Deps,
    /// Where people reach us, without a slash at the end.
    pub public_url: Arc<str>,
    pub assets: Arc<Assets>,
    pub site: Option<Arc<Site>>,
    pub live: LiveHub,
    pub limits: Arc<RateLimits>,
    pub shared_pages: Arc<SharedPages>,
    pub metrics: Metrics,
    pub is_proxy_trusted: bool,
    /// Where the provider's webhooks may come from; empty for everywhere.
    pub webhook_networks: Arc<[Network]>,
    /// Where the trusted proxy tells a visitor's country.
    pub country_header: Option<HeaderName>,
    /// Mails are not sent but shown at `/dev/mail`.
    pub is_mail_shown: bool,
    pub leptos_options: LeptosOptions,
}

/// The collected figures, in the format of Prometheus.
#[derive(Clone)]
pub struct Metrics(pub PrometheusHandle);

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl AppState {
    /// Whether people reach us over TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos_options.clone()
    }
}
