//! The built files of the site: hashed names live for ever, and what was compressed beforehand is sent so.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use app::ssr::Assets;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use crate::failure::Failure;
use crate::state::AppState;

/// Names under here carry a hash of their content.
const HASHED: &str = "/pkg/";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "public, max-age=0, must-revalidate";
const AN_HOUR: &str = "public, max-age=3600";

/// What a file's ending says to browsers, where the common table says too little: all our text is UTF-8.
const KINDS: [(&str, &str); 6] = [
    (".webmanifest", "application/manifest+json"),
    (".js", "text/javascript; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".html", "text/html; charset=utf-8"),
    (".txt", "text/plain; charset=utf-8"),
    (".svg", "image/svg+xml; charset=utf-8"),
];

/// The folder of built files.
#[derive(Debug, Clone)]
pub struct Site {
    dir: PathBuf,
}

#[derive(Deserialize)]
struct Manifest {
    js: String,
    wasm: String,
    #[serde(default)]
    css: String,
}

impl Site {
    /// Reads which files pages load.
    ///
    /// # Errors
    /// When the folder holds no manifest.
    pub fn open(dir: &Path) -> anyhow::Result<(Self, Assets)> {
        let path = dir.join("manifest.json");
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("reading {} (cargo xtask run builds the site)", path.display())
        })?;
        let Manifest { js, wasm, css } =
            serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
        Ok((Self { dir: dir.to_owned() }, Assets { js, wasm, css }))
    }

    /// Whether `path` names a file of the site's root, such as `/sw.js`.
    fn has(&self, path: &str) -> bool {
        let name = path.trim_start_matches('/');
        // What the server reads for itself, and hidden or odd names, are not for the world.
        let is_plain = !name.is_empty()
            && name != "manifest.json"
            && name.split('/').all(|it| !it.is_empty() && !it.starts_with('.'))
            && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_./".contains(&it));
        is_plain && self.dir.join(name).is_file()
    }

    async fn send(&self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let service =
            ServeDir::new(&self.dir).precompressed_br().append_index_html_on_directories(false);
        let Ok(response) = service.oneshot(request).await;
        let mut response = response.map(axum::body::Body::new);
        let caching = if path.starts_with(HASHED) {
            FOR_EVER
        } else if [".js", ".webmanifest", ".html"].iter().any(|it| path.ends_with(it)) {
            ASK_AGAIN
        } else {
            AN_HOUR
        };
        if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
            let headers = response.headers_mut();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
            if let Some((_, kind)) = KINDS.iter().find(|(end, _)| path.ends_with(end)) {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            }
        }
        response
    }
}

/// `/pkg/*`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/pkg/{*path}", axum::routing::get(hashed))
}

async fn hashed(State(state): State<AppState>, request: Request) -> Response {
    match &state.site {
        Some(site) if site.has(request.uri().path()) => site.send(request).await,
        Some(_) | None => Failure::of(&request, StatusCode::NOT_FOUND).respond(&state),
    }
}

/// The file of the site that `request` asks for, if there is one; else the request back.
///
/// # Errors
/// With the request when the site has no such file.
pub async fn root_file(state: &AppState, request: Request) -> Result<Response, Box<Request>> {
    match &state.site {
        Some(site) if request.method().is_safe() && site.has(request.uri().path()) => {
            Ok(site.send(request).await)
        }
        Some(_) | None => Err(Box::new(request)),
    }
}

/// What people see at the front door where no site was built: all else works without, only plainly.
pub async fn explain_missing_site(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    if state.site.is_some() || request.uri().path() != "/" || !request.method().is_safe() {
        return next.run(request).await;
    }
    let page = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
                <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
                <title>EventPay</title></head><body><main><h1>EventPay</h1>\
                <p>The server is running, but the files for browsers were not built.</p>\
                <p>Run <code>cargo xtask run</code>, or set <code>EVENTPAY_SITE_DIR</code> to a built site.</p>\
                <p>The REST API is described at <a href=\"/api/docs\">/api/docs</a>.</p></main></body></html>";
    Html(page).into_response()
}
