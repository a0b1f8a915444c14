//! Mails that no server sends, to be read while developing.

use app::ssr::lang_of_headers;
use std::path::PathBuf;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use http::{StatusCode, header};
use operations::Deps;
use providers::mail::MailTransport;
use words::api as texts;
use words::lang::Lang;

use crate::eml::Mail;
use crate::failure::{Failure, escape, style_link};
use crate::state::AppState;

/// Mails of one page.
const MAILS_MAX: usize = 200;
/// The mail stands in a frame of its own, where nothing runs; it brings its styles along.
const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-src 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// `/dev/mail` and its mails.
pub fn routes() -> Router<AppState> {
    Router::new().route("/dev/mail", get(list)).route("/dev/mail/{name}", get(show))
}

fn folder(deps: &Deps) -> Option<PathBuf> {
    match &*deps.mail {
        MailTransport::Folder(folder) => Some(folder.clone()),
        MailTransport::Smtp(_) => None,
    }
}

async fn list(State(state): State<AppState>, request: Request) -> Response {
    let lang = lang_of_headers(request.headers());
    let mails = newest(&state.deps).await;
    let mut rows = String::new();
    for (name, mail) in &mails {
        rows.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td><a href=\"/dev/mail/{}\">{}</a></td></tr>",
            escape(&mail.date),
            escape(&mail.to),
            escape(name),
            escape(&mail.subject)
        ));
    }
    let body = if rows.is_empty() {
        format!("<p>{}</p>", texts::mails_none(lang))
    } else {
        let (at, to, subject) =
            (texts::mails_at(lang), texts::mails_to(lang), texts::mails_subject(lang));
        format!(
            "<table><thead><tr><th>{at}</th><th>{to}</th><th>{subject}</th></tr></thead><tbody>{rows}</tbody></table>"
        )
    };
    let intro = format!("<p>{}</p>", texts::mails_intro(lang));
    page(&state, lang, texts::mails_title(lang), &format!("{intro}{body}"))
}

async fn show(
    State(state): State<AppState>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let lang = lang_of_headers(request.headers());
    let Some(mail) = read(&state.deps, &name).await else {
        return Failure::of(&request, StatusCode::NOT_FOUND).respond(&state);
    };
    let body = format!(
        "<p><a href=\"/dev/mail\">{}</a></p><dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd></dl>\
         <h2>{html}</h2><iframe class=\"mail\" title=\"{html}\" sandbox=\"allow-popups allow-top-navigation-by-user-activation\" srcdoc=\"{}\"></iframe>\
         <h2>{}</h2><pre class=\"mail-text\">{}</pre>",
        texts::mails_back(lang),
        texts::mails_to(lang),
        escape(&mail.to),
        texts::mails_at(lang),
        escape(&mail.date),
        escape(&with_own_window(&mail.html)),
        texts::mails_as_text(lang),
        linked(&mail.text),
        html = texts::mails_as_html(lang),
    );
    page(&state, lang, &mail.subject, &body)
}

/// Links of the mail lead out of its frame.
fn with_own_window(html: &str) -> String {
    format!("<base target=\"_top\">{html}")
}

/// Escaped text whose addresses can be followed.
fn linked(text: &str) -> String {
    let word = |word: &str| {
        let escaped = escape(word);
        if word.starts_with("http://") || word.starts_with("https://") {
            format!("<a href=\"{escaped}\">{escaped}</a>")
        } else {
            escaped
        }
    };
    text.split_inclusive(char::is_whitespace)
        .map(|piece| {
            let bare = piece.trim_end();
            let blank = piece.get(bare.len()..).unwrap_or_default();
            format!("{}{blank}", word(bare))
        })
        .collect()
}

fn page(state: &AppState, lang: Lang, title: &str, body: &str) -> Response {
    let (code, style, title) = (lang.code(), style_link(&state.assets.css), escape(title));
    let page = format!(
        "<!DOCTYPE html><html lang=\"{code}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title} | EventPay</title>{style}\
         <link rel=\"stylesheet\" href=\"/api/docs.css\"></head><body class=\"api\"><main><h1>{title}</h1>{body}</main></body></html>"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(page)).into_response()
}

/// The newest mails with their files' names.
async fn newest(deps: &Deps) -> Vec<(String, Mail)> {
    let Some(folder) = folder(deps) else { return Vec::new() };
    let names = tokio::task::spawn_blocking(move || {
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| {
                let name = file.file_name().into_string().ok()?;
                let is_mail = is_name(&name) && name.ends_with(".eml");
                is_mail.then(|| Some((file.metadata().ok()?.modified().ok()?, name)))?
            })
            .collect();
        files.sort();
        files.into_iter().rev().take(MAILS_MAX).map(|(_, name)| name).collect::<Vec<_>>()
    });
    let mut mails = Vec::new();
    for name in names.await.unwrap_or_default() {
        if let Some(mail) = read(deps, &name).await {
            mails.push((name, mail));
        }
    }
    mails
}

async fn read(deps: &Deps, name: &str) -> Option<Mail> {
    let path = folder(deps)?.join(name);
    if !is_name(name) {
        return None;
    }
    let bytes = tokio::fs::read(path).await.ok()?;
    Some(Mail::read(&String::from_utf8_lossy(&bytes)))
}

/// Names that the transport gives; none leads out of the folder.
fn is_name(name: &str) -> bool {
    !name.starts_with('.')
        && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.@".contains(&it))
}
