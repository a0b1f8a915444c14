//! The page for what no route answered: says what happened, what to do, and the number to tell us.

use std::time::Duration;

use app::ssr::lang_of_headers;
use axum::extract::{OriginalUri, Request};
use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use words::lang::Lang;
use words::{errors, frame, members};

use crate::middleware::request_id::{RequestId, X_REQUEST_ID};
use crate::routes::api::problem::{Code, Problem};
use crate::state::AppState;

/// A failure, with what its page has to know of the request.
#[derive(Debug, Clone)]
pub struct Failure {
    status: StatusCode,
    lang: Lang,
    request_id: String,
    is_api: bool,
    /// Refused for where it came from, not for who asks.
    is_by_another_site: bool,
}

impl Failure {
    /// A failure of this request.
    pub fn of(request: &Request, status: StatusCode) -> Self {
        // Inside of the API's router the beginning of the path is cut off.
        let original = request.extensions().get::<OriginalUri>();
        let path = original.map_or_else(|| request.uri().path(), |it| it.0.path());
        let id = request.extensions().get::<RequestId>().map(|it| it.0.to_string());
        Self {
            status,
            lang: lang_of_headers(request.headers()),
            request_id: id.unwrap_or_default(),
            is_api: path.starts_with("/api/v1/") || path.starts_with("/live/"),
            is_by_another_site: false,
        }
    }

    /// A failure of a page's form whose body is read apart.
    pub fn of_form(headers: &HeaderMap) -> Self {
        let id = headers.get(X_REQUEST_ID).and_then(|it| it.to_str().ok());
        Self {
            status: StatusCode::NOT_FOUND,
            lang: lang_of_headers(headers),
            request_id: id.unwrap_or_default().to_owned(),
            is_api: false,
            is_by_another_site: false,
        }
    }

    /// The same, with another status.
    #[must_use]
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same, for a request that another site made the browser send.
    #[must_use]
    pub const fn by_another_site(mut self) -> Self {
        self.is_by_another_site = true;
        self
    }

    /// A problem document for programs, a page for people.
    pub fn respond(self, state: &AppState) -> Response {
        if self.is_api {
            let code = match self.status {
                StatusCode::FORBIDDEN => Code::Forbidden,
                StatusCode::NOT_FOUND => Code::NotFound,
                StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
                StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
                StatusCode::TOO_MANY_REQUESTS => Code::TooManyRequests,
                StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
                _ => Code::Unexpected,
            };
            return Problem::new(code)
                .in_lang(self.lang)
                .with_request_id(self.request_id)
                .into_response();
        }
        let page = self.page(&state.assets.css, None);
        (self.status, [(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
    }

    /// Says when to come again, in words and in `Retry-After`: somebody came too often (429), or whether they did cannot
    /// be told where money is at stake (503).
    pub fn respond_with_wait(self, state: &AppState, wait: Duration) -> Response {
        let seconds = whole_seconds(wait);
        let is_too_often = self.status == StatusCode::TOO_MANY_REQUESTS;
        let text = match is_too_often {
            true => errors::too_many_requests_for(seconds, self.lang),
            false => errors::resting(self.lang).to_owned(),
        };
        let mut response = if self.is_api {
            let code = if is_too_often { Code::TooManyRequests } else { Code::Unavailable };
            let problem = Problem::new(code).with_detail(text).in_lang(self.lang);
            problem.with_request_id(self.request_id).into_response()
        } else {
            let page = self.page(&state.assets.css, Some(&text));
            (self.status, [(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
        };
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        response
    }

    fn page(&self, css: &str, said: Option<&str>) -> String {
        let lang = self.lang;
        let (title, text) = match self.status {
            StatusCode::NOT_FOUND => (frame::not_found_title(lang), frame::not_found_text(lang)),
            StatusCode::FORBIDDEN if self.is_by_another_site => {
                (frame::error_title(lang), errors::not_allowed(lang))
            }
            StatusCode::FORBIDDEN => (members::refused_title(lang), members::refused_text(lang)),
            StatusCode::TOO_MANY_REQUESTS => {
                (frame::error_title(lang), errors::too_many_requests(lang))
            }
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => {
                (errors::summary(lang), errors::malformed(lang))
            }
            _ => (frame::error_title(lang), frame::error_text(lang)),
        };
        let text = said.unwrap_or(text);
        let reference = frame::error_reference(lang);
        let (code, home) = (lang.code(), frame::to_home(lang));
        let style = style_link(css);
        let id = escape(&self.request_id);
        format!(
            "<!DOCTYPE html><html lang=\"{code}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>{title} | EventPay</title>{style}</head><body>\
             <main class=\"page page-narrow\"><h1>{title}</h1><p>{text}</p>\
             <p>{reference}: <code>{id}</code></p><p><a href=\"/\">{home}</a></p></main></body></html>"
        )
    }
}

/// At least one.
pub fn whole_seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
}

/// The style sheet of the site, where it was built.
pub fn style_link(css: &str) -> String {
    if css.is_empty() {
        String::new()
    } else {
        format!("<link rel=\"stylesheet\" href=\"{}\">", escape(css))
    }
}

/// Text as HTML shows it.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(char),
        }
    }
    escaped
}
