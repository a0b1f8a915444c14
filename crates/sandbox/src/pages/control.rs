//! The control room: what happened lately, and every switch and button of the sandbox.

use axum::response::Response;

use super::{Lang, amount, escape, frame};
use crate::behaviour::Behaviour;
use crate::book::{Book, Delivery};
use crate::clock;
use crate::model::{Payment, PaymentStatus, Session, SessionStatus};
use crate::settlements::Settlement;

const ROWS_MAX: usize = 30;

pub(crate) fn render(book: &Book, lang: Lang) -> Response {
    let sessions: Vec<String> =
        book.newest_sessions(ROWS_MAX).map(|s| session_row(lang, s)).collect();
    let payments: Vec<String> =
        book.payments_newest_first(None).take(ROWS_MAX).map(|p| payment_row(lang, p)).collect();
    let deliveries: Vec<String> =
        book.deliveries().take(ROWS_MAX).map(|d| delivery_row(lang, d)).collect();
    let title = lang.t("サンドボックスの操作室", "Sandbox control room");
    let other = lang.t(
        "<a href=\"/sandbox?lang=en\" lang=\"en\">English</a>",
        "<a href=\"/sandbox\" lang=\"ja\">日本語</a>",
    );
    let body = format!(
        "<header><h1>{title}</h1><p class=\"note\">{} {other}</p></header>{}{}{}{}{}",
        lang.t(
            "決済会社のふりをして、良いことも悪いことも起こせます。",
            "Play the payment company, on its good days and its bad ones."
        ),
        switches(lang, &book.behaviour),
        table(
            lang,
            lang.t("お支払い", "Payments"),
            &[
                lang.t("時刻", "Time"),
                lang.t("番号", "Reference"),
                lang.t("方法", "Method"),
                lang.t("金額", "Amount"),
                lang.t("状態", "Status"),
                lang.t("操作", "Actions"),
            ],
            &payments
        ),
        table(
            lang,
            lang.t("セッション", "Sessions"),
            &[
                lang.t("時刻", "Time"),
                lang.t("番号", "Reference"),
                lang.t("画面", "Page"),
                lang.t("金額", "Amount"),
                lang.t("状態", "Status"),
                lang.t("操作", "Actions"),
            ],
            &sessions
        ),
        settlements(lang, book),
        table(
            lang,
            lang.t("Webhook の配信", "Webhook deliveries"),
            &[
                lang.t("時刻", "Time"),
                lang.t("種類", "Type"),
                lang.t("お支払い", "Payment"),
                lang.t("回数", "Try"),
                lang.t("結果", "Result"),
                lang.t("操作", "Actions"),
            ],
            &deliveries
        ),
    );
    frame(lang, title, "room", &body)
}

fn switches(lang: Lang, behaviour: &Behaviour) -> String {
    let number = |name: &str, label: &str, value: u64, max: u64| {
        format!(
            "<p class=\"field\"><label for=\"{name}\">{label}</label>\
             <input id=\"{name}\" name=\"{name}\" type=\"number\" min=\"0\" max=\"{max}\" value=\"{value}\"></p>"
        )
    };
    let check = |name: &str, label: &str, is_on: bool| {
        let checked = if is_on { " checked" } else { "" };
        format!(
            "<label class=\"check\"><input type=\"checkbox\" name=\"{name}\" value=\"true\"{checked}>{label}</label>"
        )
    };
    let b = behaviour;
    let numbers: String = [
        (
            "duplicate",
            "Webhook を余分に送る（回）",
            "Extra copies of webhooks",
            b.duplicate.into(),
            20,
        ),
        ("delay_ms", "Webhook の遅れ（ミリ秒）", "Webhook delay (ms)", b.delay_ms, 600_000),
        ("drop_percent", "Webhook の欠落（%）", "Webhooks lost (%)", b.drop_percent, 100),
        ("forge_percent", "署名の偽造（%）", "Forged signatures (%)", b.forge_percent, 100),
        ("api_delay_ms", "API の遅れ（ミリ秒）", "API delay (ms)", b.api_delay_ms, 600_000),
        ("api_fail_percent", "API の 503（%）", "API answers 503 (%)", b.api_fail_percent, 100),
        ("api_timeout_percent", "API の無応答（%）", "API hangs (%)", b.api_timeout_percent, 100),
    ]
    .into_iter()
    .map(|(name, ja, en, value, max)| number(name, lang.t(ja, en), value, max))
    .collect();
    let checks: String = [
        ("reorder", "Webhook の順番を入れ替える", "Reorder webhooks", b.reorder),
        (
            "before_redirect",
            "画面が戻る前に Webhook を送る",
            "Webhook before redirect",
            b.before_redirect,
        ),
        (
            "short_balance",
            "残高不足で返金を断る",
            "Refuse refunds: balance too small",
            b.short_balance,
        ),
    ]
    .into_iter()
    .map(|(name, ja, en, is_on)| check(name, lang.t(ja, en), is_on))
    .collect();
    format!(
        "<section class=\"card\"><h2>{}</h2><form method=\"post\" action=\"/sandbox/behaviour\">\
         <input type=\"hidden\" name=\"lang\" value=\"{}\"><div class=\"switches\">{numbers}{checks}\
         <button class=\"primary\">{}</button></div></form></section>",
        lang.t("振る舞い", "Behaviour"),
        lang.code(),
        lang.t("この振る舞いにする", "Behave like this"),
    )
}

fn table(lang: Lang, title: &str, heads: &[&str], rows: &[String]) -> String {
    if rows.is_empty() {
        let words = lang.t("まだありません。", "Nothing yet.");
        return format!(
            "<section class=\"card\"><h2>{title}</h2><p class=\"empty\">{words}</p></section>"
        );
    }
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    format!(
        "<section class=\"card\"><h2>{title}</h2><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{title}\">\
         <table><thead><tr>{heads}</tr></thead><tbody>{}</tbody></table></div></section>",
        rows.concat()
    )
}

/// What was settled, and the button that settles the rest.
fn settlements(lang: Lang, book: &Book) -> String {
    let rows: Vec<String> =
        book.settlements_newest_first().take(ROWS_MAX).map(|it| settlement_row(lang, it)).collect();
    let heads = [
        lang.t("時刻", "Time"),
        lang.t("番号", "Reference"),
        lang.t("件数", "Lines"),
        lang.t("取引額", "Transactions"),
        lang.t("振込額", "Paid out"),
        lang.t("操作", "Actions"),
    ];
    format!(
        "<form method=\"post\" action=\"/sandbox/act\"><input type=\"hidden\" name=\"lang\" value=\"{}\">\
         <button class=\"secondary\" name=\"action\" value=\"settle_up\">{}</button></form>{}",
        lang.code(),
        lang.t("未精算の分を精算する", "Settle what is not settled"),
        table(lang, lang.t("精算", "Settlements"), &heads, &rows)
    )
}

fn settlement_row(lang: Lang, settlement: &Settlement) -> String {
    let cells = [
        lang.time(settlement.created_at),
        escape(&settlement.reference),
        settlement.lines.len().to_string(),
        amount(settlement.transaction_amount_cents, &settlement.currency),
        amount(settlement.remittance_amount_cents, &settlement.currency),
    ];
    row(lang, cells, &settlement.id, &[])
}

fn row(lang: Lang, cells: [String; 5], id: &str, actions: &[(&str, &str)]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    let buttons: String = actions
        .iter()
        .map(|(action, words)| {
            format!(
                "<button class=\"secondary\" name=\"action\" value=\"{action}\">{words}</button>"
            )
        })
        .collect();
    let form = if buttons.is_empty() {
        String::new()
    } else {
        format!(
            "<form method=\"post\" action=\"/sandbox/act\"><input type=\"hidden\" name=\"lang\" value=\"{}\">\
             <input type=\"hidden\" name=\"id\" value=\"{}\">{buttons}</form>",
            lang.code(),
            escape(id)
        )
    };
    format!("<tr>{cells}<td>{form}</td></tr>")
}

fn tag(class: &str, words: &str) -> String {
    format!("<span class=\"tag {class}\">{}</span>", escape(words))
}

fn session_row(lang: Lang, session: &Session) -> String {
    let is_expired = session.is_expired(clock::now());
    let status = match session.status {
        SessionStatus::Completed => tag("good", lang.t("✓ 完了", "✓ completed")),
        SessionStatus::Cancelled => tag("bad", lang.t("! 取消", "! cancelled")),
        SessionStatus::Pending if is_expired => tag("bad", lang.t("! 期限切れ", "! expired")),
        SessionStatus::Pending => tag("waiting", lang.t("◷ 手続き前", "◷ pending")),
    };
    let actions: &[(&str, &str)] = if session.is_payable(clock::now()) {
        &[("expire_session", lang.t("期限切れにする", "Expire"))]
    } else {
        &[]
    };
    let cells = [
        lang.time(session.created_at),
        escape(session.external_order_num.as_deref().unwrap_or("–")),
        format!("<a href=\"/sessions/{0}\"><code>{0}</code></a>", session.id),
        amount(session.amount, &session.currency),
        status,
    ];
    row(lang, cells, &session.id, actions)
}

fn payment_row(lang: Lang, payment: &Payment) -> String {
    let (class, words) = match payment.status {
        PaymentStatus::Pending => ("waiting", lang.t("◷ 確認待ち", "◷ pending")),
        PaymentStatus::Authorized => ("waiting", lang.t("◷ 入金待ち", "◷ authorized")),
        PaymentStatus::Captured if payment.amount_refunded > 0 => {
            ("good", lang.t("✓ 一部返金", "✓ partly refunded"))
        }
        PaymentStatus::Captured => ("good", lang.t("✓ 支払い済み", "✓ captured")),
        PaymentStatus::Refunded => ("", lang.t("↩ 返金済み", "↩ refunded")),
        PaymentStatus::Cancelled => ("bad", lang.t("! 取消", "! cancelled")),
        PaymentStatus::Expired => ("bad", lang.t("! 期限切れ", "! expired")),
        PaymentStatus::Failed => ("bad", lang.t("! 失敗", "! failed")),
    };
    let is_asked_back = payment.refund_requests.iter().any(|request| request.status == "pending");
    let mut actions = Vec::new();
    match payment.status {
        PaymentStatus::Authorized if payment.is_paid_later() => {
            actions.push(("pay_at_store", lang.t("店頭で支払う", "Pay at store")));
            actions.push(("expire", lang.t("期限切れにする", "Expire")));
        }
        PaymentStatus::Pending | PaymentStatus::Authorized => {
            actions.push(("expire", lang.t("期限切れにする", "Expire")));
        }
        PaymentStatus::Captured => {
            actions.push(("chargeback", lang.t("チャージバック", "Charge back")))
        }
        PaymentStatus::Refunded
        | PaymentStatus::Cancelled
        | PaymentStatus::Expired
        | PaymentStatus::Failed => {}
    }
    if payment.refunds.iter().any(|refund| refund.chargeback) {
        actions.push(("win_chargeback", lang.t("異議が認められる", "Win chargeback")));
    }
    if is_asked_back {
        actions.push(("complete_refund_request", lang.t("返金を振り込む", "Pay refund request")));
        actions.push(("reject_refund_request", lang.t("返金を断る", "Reject refund request")));
    }
    if payment.refund_requests.iter().any(|request| request.status == "completed") {
        actions.push(("return_refund_request", lang.t("振込が戻る", "Return transfer")));
    }
    let method = match payment.detail("failure_code") {
        Some(code) => format!("{} <small>{}</small>", lang.method(payment.method()), escape(code)),
        None => lang.method(payment.method()).to_owned(),
    };
    let cells = [
        lang.time(payment.created_at),
        escape(payment.external_order_num.as_deref().unwrap_or("–")),
        method,
        amount(payment.total, &payment.currency),
        tag(class, words),
    ];
    row(lang, cells, &payment.id, &actions)
}

fn delivery_row(lang: Lang, delivery: &Delivery) -> String {
    let (class, sign) = if delivery.is_accepted { ("good", "✓") } else { ("bad", "!") };
    let cells = [
        lang.time(delivery.at),
        escape(&delivery.kind),
        format!("<code>{}</code>", escape(&delivery.payment_id)),
        delivery.attempt.to_string(),
        tag(class, &format!("{sign} {}", delivery.result)),
    ];
    row(lang, cells, &delivery.event_id, &[("resend", lang.t("もう一度送る", "Send again"))])
}
