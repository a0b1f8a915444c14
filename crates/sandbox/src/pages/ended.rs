//! The pages for sessions that can no longer be paid, and for addresses that lead nowhere.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{Lang, amount, facts, link_back, page};
use crate::model::{Payment, Session, SessionStatus};

/// Completed, cancelled or expired: says which, what it means for the money, and leads back.
pub(crate) fn session(session: &Session, payment: Option<&Payment>) -> Response {
    let lang = Lang::of(&session.locale);
    let (sign, class, title, lead) = match session.status {
        SessionStatus::Completed => (
            "✓",
            "good",
            lang.t("お手続きは完了しています", "You are all set"),
            lang.t("この画面で、これ以上していただくことはありません。", "There is nothing more to do on this page."),
        ),
        SessionStatus::Cancelled => (
            "!",
            "bad",
            lang.t("お支払いは取り消されました", "The payment was cancelled"),
            lang.t("請求は発生していません。もう一度お支払いになるときは、お店の画面からお進みください。",
                   "Nothing was charged. To pay after all, please start again from the shop."),
        ),
        SessionStatus::Pending => (
            "◷",
            "waiting",
            lang.t("お支払い画面の期限が切れました", "This page has expired"),
            lang.t("請求は発生していません。お店の画面から、もう一度お進みください。",
                   "Nothing was charged. Please start again from the shop."),
        ),
    };
    let mut rows = vec![(lang.t("金額", "Amount"), amount(session.amount, &session.currency))];
    if let Some(payment) = payment {
        rows.push((lang.t("お支払い方法", "Method"), lang.method(payment.method()).to_owned()));
    }
    let instructions = payment.and_then(|payment| payment.detail("instructions_url")).map_or_else(
        String::new,
        |url| {
            format!(
                "<a class=\"button secondary\" href=\"{}\">{}</a>",
                super::escape(url),
                lang.t("お支払いのご案内", "How to pay")
            )
        },
    );
    let body = format!(
        "<header class=\"answer\"><span class=\"tick {class}\" aria-hidden=\"true\">{sign}</span>\
         <h1>{title}</h1><p class=\"note\">{lead}</p></header>\
         <section class=\"card\">{}</section>{}{instructions}",
        facts(&rows),
        link_back(lang, session, "button primary"),
    );
    page(lang, title, &body)
}

/// For ids that nobody ever handed out.
pub(crate) fn not_found() -> Response {
    let title = "ページが見つかりません";
    let body = format!(
        "<header class=\"answer\"><span class=\"tick bad\" aria-hidden=\"true\">!</span><h1>{title}</h1>\
         <p class=\"note\">リンクが古いか、間違っています。お店の画面からもう一度お進みください。<br>\
         <span lang=\"en\">This page does not exist. Please start again from the shop.</span></p></header>"
    );
    (StatusCode::NOT_FOUND, page(Lang::Ja, title, &body)).into_response()
}
