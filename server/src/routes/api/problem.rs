//! Problem details (RFC 9457): a stable code for programs, a title and a detail for people in their language.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use operations::api_keys::Scope;
use serde::Serialize;
use store::error::StoreError;
use utoipa::ToSchema;
use words::api as texts;
use words::lang::Lang;

domain::words! {
    /// What went wrong, for programs: these words never change.
    Code {
        MalformedJson = "malformed_json",
        MalformedBody = "malformed_body",
        MalformedQuery = "malformed_query",
        MalformedKey = "malformed_idempotency_key",
        Unauthorized = "unauthorized",
        Forbidden = "forbidden",
        MissingScope = "missing_scope",
        NotFound = "not_found",
        MethodNotAllowed = "method_not_allowed",
        UnsupportedMediaType = "unsupported_media_type",
        TooLarge = "too_large",
        Invalid = "invalid",
        NotPublishable = "not_publishable",
        NotOnSale = "not_on_sale",
        Paused = "orders_paused",
        Suspended = "organizer_suspended",
        NotOrderable = "not_orderable",
        SoldOut = "sold_out",
        RefundExceedsCaptured = "refund_exceeds_captured",
        NotRefundable = "not_refundable",
        NotCancellable = "not_cancellable",
        Conflict = "conflict",
        KeyReused = "idempotency_key_reused",
        StillRunning = "idempotency_key_in_use",
        TooManyRequests = "too_many_requests",
        Busy = "busy",
        ProviderUnavailable = "provider_unavailable",
        Unavailable = "unavailable",
        Unexpected = "unexpected",
    }
}

impl Code {
    /// The HTTP status that says the same.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::MalformedJson | Self::MalformedQuery | Self::MalformedKey => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::MissingScope => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MalformedBody
            | Self::Invalid
            | Self::NotPublishable
            | Self::NotOrderable
            | Self::RefundExceedsCaptured
            | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotOnSale
            | Self::Suspended
            | Self::SoldOut
            | Self::NotRefundable
            | Self::NotCancellable
            | Self::Conflict
            | Self::StillRunning => StatusCode::CONFLICT,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Paused | Self::Busy | Self::ProviderUnavailable | Self::Unavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Unexpected => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What went wrong, in one line.
    pub const fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::MalformedJson => texts::malformed_json(lang),
            Self::MalformedBody => texts::malformed_body(lang),
            Self::MalformedQuery => texts::malformed_query(lang),
            Self::MalformedKey => texts::malformed_key(lang),
            Self::Unauthorized => texts::unauthorized(lang),
            Self::Forbidden => texts::forbidden(lang),
            Self::MissingScope => texts::missing_scope(lang),
            Self::NotFound => texts::not_found(lang),
            Self::MethodNotAllowed => texts::method_not_allowed(lang),
            Self::UnsupportedMediaType => texts::unsupported_media_type(lang),
            Self::TooLarge => texts::too_large(lang),
            Self::Invalid => texts::invalid(lang),
            Self::NotPublishable => texts::not_publishable(lang),
            Self::NotOnSale => texts::not_on_sale(lang),
            Self::Paused => texts::orders_paused(lang),
            Self::Suspended => texts::organizer_suspended(lang),
            Self::NotOrderable => texts::not_orderable(lang),
            Self::SoldOut => texts::sold_out(lang),
            Self::RefundExceedsCaptured => texts::refund_exceeds_captured(lang),
            Self::NotRefundable => texts::not_refundable(lang),
            Self::NotCancellable => texts::not_cancellable(lang),
            Self::Conflict => texts::conflict(lang),
            Self::KeyReused => texts::key_reused(lang),
            Self::StillRunning => texts::still_running(lang),
            Self::TooManyRequests => texts::too_many_requests(lang),
            Self::Busy => texts::busy(lang),
            Self::ProviderUnavailable => texts::provider_unavailable(lang),
            Self::Unavailable => texts::unavailable(lang),
            Self::Unexpected => texts::unexpected(lang),
        }
    }
}

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it stands in the body: `tickets[0].quantity`.
    pub field: String,
    pub detail: String,
}

/// The document as it is sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(title = "Problem")]
pub struct ProblemView {
    /// An address that names the kind of problem; it leads to its description.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind's stable name.
    #[schema(example = "sold_out")]
    pub code: String,
    pub title: String,
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The request's number, to be told when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// A refusal on its way out; language and request id are filled in by the outermost layer of the API.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    lang: Lang,
    detail: Option<String>,
    request_id: Option<String>,
    errors: Vec<FieldError>,
    missing_scope: Option<Scope>,
}

impl Problem {
    /// A problem of this kind.
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            lang: Lang::En,
            detail: None,
            request_id: None,
            errors: Vec::new(),
            missing_scope: None,
        }
    }

    /// The key may not do this.
    pub const fn for_want_of(scope: Scope) -> Self {
        let mut problem = Self::new(Code::MissingScope);
        problem.missing_scope = Some(scope);
        problem
    }

    /// What the key would have needed, for the audit log.
    pub const fn missing_scope(&self) -> Option<Scope> {
        self.missing_scope
    }

    /// Says more about this very case.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Names the fields that are wrong.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// Speaks this language.
    #[must_use]
    pub const fn in_lang(mut self, lang: Lang) -> Self {
        self.lang = lang;
        self
    }

    /// Tells the request's number.
    #[must_use]
    pub fn with_request_id(mut self, id: String) -> Self {
        self.request_id = Some(id);
        self
    }

    /// Whether the key is missing or does not work.
    pub fn is_unauthorized(&self) -> bool {
        self.code == Code::Unauthorized
    }

    /// An error that nobody foresaw: logged here, once.
    pub fn unexpected(error: &anyhow::Error) -> Self {
        tracing::error!("{error:#}");
        Self::new(Code::Unexpected)
    }

    /// What a statement's failure means to a caller.
    pub fn from_store(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::new(Code::NotFound),
            StoreError::Busy(_) => Self::new(Code::Busy),
            StoreError::Unavailable(_) => Self::new(Code::Unavailable),
            error => Self::unexpected(&error.into()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let view = ProblemView {
            kind: format!("/api/docs#problem-{}", self.code),
            code: self.code.to_string(),
            title: self.code.title(self.lang).to_owned(),
            status: status.as_u16(),
            detail: self.detail.clone(),
            request_id: self.request_id.clone(),
            errors: self.errors.clone(),
        };
        let mut response = (status, Json(view)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if self.code == Code::Unauthorized {
            let ask = HeaderValue::from_static("Bearer realm=\"eventpay\"");
            headers.insert(header::WWW_AUTHENTICATE, ask);
        }
        if matches!(self.code, Code::Busy | Code::StillRunning) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        // The outermost layer writes it again in the reader's language.
        response.extensions_mut().insert(self);
        response
    }
}
