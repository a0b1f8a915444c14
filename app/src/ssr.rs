//! The one door to the server side: what a request carries, who asks, and how it is answered.

use std::fmt::Display;

use domain::ids::UserId;
use domain::parsed::web_origin::WebOrigin;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use operations::Deps;
use operations::screening::Whereabouts;
use tower_sessions::Session;
use words::lang::Lang;

use crate::error::AppError;

pub mod flash;
pub mod member;
pub mod provider_login;
pub mod refusals;
pub mod shown_once;
pub mod sign_in;
pub mod step_up;

pub use operations::account::sessions::USER_KEY;

const LANG_COOKIE: &str = "lang";
/// Longer addresses are refused by some browsers and proxies.
const REDIRECT_BYTES_MAX: usize = 6000;

/// The country that a trusted proxy says a request comes from; put into its extensions by the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCountry(pub String);

/// Stands in a page that is rendered once for many readers, where each is given a secret of their own; put into the
/// request by the server.
#[derive(Debug, Clone, Copy)]
pub struct FormKeyPlaceholder(pub &'static str);

/// The addresses of what browsers load, with hashes in their names; put into the context by the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assets {
    pub js: String,
    pub wasm: String,
    pub css: String,
}

/// Everything operations may touch; put into the context by the server.
pub fn deps() -> Deps {
    expect_context::<Deps>()
}

/// One parameter of the address's query.
pub fn query(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    query_of(&parts, name)
}

/// One part of the path, by its name in the route table.
pub fn param(name: &str) -> String {
    leptos_router::hooks::use_params_map()
        .with_untracked(|params| params.get(name))
        .unwrap_or_default()
}

/// A header of the request.
pub fn header_of_request(name: impl header::AsHeaderName) -> Option<String> {
    let parts = use_context::<Parts>()?;
    Some(parts.headers.get(name)?.to_str().ok()?.to_owned())
}

/// The country that a trusted proxy tells of this request.
pub fn client_country() -> Option<String> {
    use_context::<Parts>()?.extensions.get::<ClientCountry>().map(|it| it.0.clone())
}

/// Where this request's buyer comes from, as far as the server knows.
pub fn whereabouts() -> Whereabouts {
    let country = client_country();
    Whereabouts {
        address: sign_in::client_address(),
        is_abroad: country.and_then(|it| domain::screening::is_abroad(&it)),
    }
}

/// The language of the answer: asked for in the address, remembered in a cookie, or preferred by the browser. A login
/// and a change of the own profile put the account's language into the cookie (`operations::account::own_profile` has
/// the rule); the switch on a page puts another there until the next login.
pub fn lang() -> Lang {
    if let Some(lang) = use_context::<Lang>() {
        return lang;
    }
    let Some(parts) = use_context::<Parts>() else { return Lang::default() };
    let asked_for = query_of(&parts, "lang").and_then(|code| Lang::parse(&code));
    asked_for.unwrap_or_else(|| lang_of_headers(&parts.headers))
}

/// The language of the answer to a request whose address asks for none.
pub fn lang_of_headers(headers: &HeaderMap) -> Lang {
    let remembered = cookie(headers, LANG_COOKIE).and_then(Lang::parse);
    let preferred = || {
        let wishes = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        Lang::from_accept_language(wishes)
    };
    remembered.or_else(preferred).unwrap_or_default()
}

/// Keeps a language that was asked for in the address; inside of other websites nothing is kept.
pub fn remember_lang(lang: Lang) {
    if query("lang").is_some() && !path().starts_with(crate::paths::embed::FRAMES) {
        keep_lang(lang);
    }
}

/// Lets this browser's pages be in a language from the next one on.
pub fn keep_lang(lang: Lang) {
    let cookie = format!("{LANG_COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", lang.code());
    send_header(header::SET_COOKIE, &cookie);
}

/// This page's address with another language asked for.
pub fn address_in(lang: Lang) -> String {
    let Some(parts) = use_context::<Parts>() else { return String::new() };
    let others = parts.uri.query().unwrap_or_default().split('&');
    let mut address = format!("{}?lang={}", parts.uri.path(), lang.code());
    for pair in others.filter(|pair| !pair.is_empty() && !pair.starts_with("lang=")) {
        address.push('&');
        address.push_str(pair);
    }
    address
}

/// The address of this page, from its path on.
pub fn address() -> String {
    let whole = |parts: Parts| parts.uri.path_and_query().map(|it| it.as_str().to_owned());
    use_context::<Parts>().and_then(whole).unwrap_or_default()
}

/// The path of this page.
pub fn path() -> String {
    use_context::<Parts>().map(|parts| parts.uri.path().to_owned()).unwrap_or_default()
}

/// The one-time word that lets our own inline scripts run.
pub fn nonce() -> Option<String> {
    use_nonce().map(|nonce| nonce.to_string())
}

/// The key by which a form is known when it is sent twice.
pub fn form_key() -> String {
    let shared = use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<FormKeyPlaceholder>().copied());
    shared.map_or_else(operations::fresh::token, |FormKeyPlaceholder(text)| text.to_owned())
}

/// The browser's web session; `None` where the server keeps none (a request for a route list, say).
pub fn session() -> Option<Session> {
    use_context::<Parts>()?.extensions.get::<Session>().cloned()
}

/// Who is signed in.
///
/// # Errors
/// When nobody is.
pub async fn viewer() -> Result<UserId, AppError> {
    let session = session().ok_or(AppError::SignInNeeded)?;
    let user: Option<UserId> = session.get(USER_KEY).await.map_err(unexpected)?;
    user.ok_or(AppError::SignInNeeded)
}

/// Turns an operation's refusal into the error of the wire and sets the HTTP status that says the same.
pub fn reply(error: impl Into<AppError>) -> AppError {
    let error = error.into();
    set_status(error.status());
    error
}

/// An error that nobody foresaw: logged here, once, with the number that the person is shown.
pub fn unexpected(error: impl Display) -> AppError {
    let request_id = header_of_request("x-request-id").unwrap_or_default();
    tracing::error!(request.id = %request_id, "{error:#}");
    AppError::Unexpected { request_id }
}

/// Sets the HTTP status of the answer.
pub fn set_status(status: u16) {
    if let (Some(response), Ok(status)) =
        (use_context::<ResponseOptions>(), StatusCode::from_u16(status))
    {
        response.set_status(status);
    }
}

/// Sends the browser to another of our pages, or to a provider's page that an operation gave.
pub fn redirect(path: &str) {
    // Some paths carry what a form sent. What is too long for a header goes without it, and what no header can hold
    // leads to the start page instead of a panic.
    let path = if path.len() > REDIRECT_BYTES_MAX {
        path.split('?').next().unwrap_or_default()
    } else {
        path
    };
    let path = if HeaderValue::from_str(path).is_ok() { path } else { crate::paths::HOME };
    leptos_axum::redirect(path);
}

/// Adds a header to the answer.
pub fn send_header(name: HeaderName, value: &str) {
    if let (Some(response), Ok(value)) =
        (use_context::<ResponseOptions>(), HeaderValue::from_str(value))
    {
        response.append_header(name, value);
    }
}

/// Keeps a personal page out of every cache and out of search engines, and its link out of `Referer`: who comes to this
/// browser later finds nothing by going back. (A ticket that was to be kept offline is kept by our own service worker.)
pub fn keep_private() {
    send_header(header::CACHE_CONTROL, "private, no-store");
    send_header(header::REFERRER_POLICY, "same-origin");
    send_header(HeaderName::from_static("x-robots-tag"), "noindex");
}

/// Sends [`security_policy`] with the answer.
pub fn send_security_policy(nonce: Option<&str>) {
    send_header(header::CONTENT_SECURITY_POLICY, &security_policy(nonce));
}

/// Lets these websites show the page in a frame, where nothing is sent. No other page is shown in any.
pub fn let_sites_frame(sites: &[WebOrigin]) {
    let sites: Vec<&str> = sites.iter().map(WebOrigin::as_str).collect();
    let nonce = nonce().map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    let policy = format!(
        "default-src 'self'; script-src 'self'{nonce}; style-src 'self'; style-src-attr 'unsafe-inline'; \
         img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors {}",
        sites.join(" ")
    );
    if let (Some(response), Ok(policy)) =
        (use_context::<ResponseOptions>(), HeaderValue::from_str(&policy))
    {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Nothing runs but our own files and the inline scripts with the nonce of this answer.
///
/// There is no `form-action`: browsers apply it to redirects too, and forms lead on to the provider's page.
pub fn security_policy(nonce: Option<&str>) -> String {
    let nonce = nonce.map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{nonce}; style-src 'self'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; \
         base-uri 'self'; frame-ancestors 'none'"
    )
}

/// Pairs as an address carries them.
pub fn encode_query(pairs: &[(&str, String)]) -> String {
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

fn query_of(parts: &Parts, name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(parts.uri.query()?).ok()?;
    pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value))
}

/// The value of a cookie of the request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}
