//! The pages between the button and the money: 3-D Secure, the wallet's app, and the instructions for a till or a bank.

use axum::response::Response;

use super::{Lang, amount, escape, facts, link_back, page};
use crate::checkout::STORES;
use crate::model::{Payment, PaymentStatus, Session};

/// Asks the buyer to confirm, as the card's bank or the wallet would.
pub(crate) fn confirmation(payment: &Payment, session: &Session, is_code_wrong: bool) -> Response {
    let lang = Lang::of(&session.locale);
    let is_wallet = payment.method() == "paypay";
    let (title, lead) = if is_wallet {
        (
            lang.t("PayPay で支払いますか", "Pay with PayPay?"),
            lang.t("PayPay アプリの代わりの画面です。", "This screen stands for the PayPay app."),
        )
    } else {
        (
            lang.t("本人認証（3-D セキュア）", "Verify it is you (3-D Secure)"),
            lang.t(
                "カード会社の代わりの画面です。認証コードは 123456 です。",
                "This screen stands for the card's bank. The code is 123456.",
            ),
        )
    };
    let code = if is_wallet { String::new() } else { code_field(lang, is_code_wrong) };
    let method = match payment.detail("last_four_digits") {
        Some(last) => format!("{} •••• {last}", brand(payment.detail("brand").unwrap_or_default())),
        None => lang.method(payment.method()).to_owned(),
    };
    let body = format!(
        "<header class=\"sum\"><h1>{title}</h1><p class=\"amount\">{}</p><p class=\"note\">{lead}</p></header>\
         <section class=\"card\">{}<form method=\"post\" action=\"/confirm/{}\">{code}\
         <button class=\"primary\" name=\"answer\" value=\"approve\">{}</button>\
         <button class=\"secondary\" name=\"answer\" value=\"decline\" formnovalidate>{}</button></form></section>",
        amount(payment.total, &payment.currency),
        facts(&[(lang.t("お支払い方法", "Method"), method)]),
        payment.id,
        if is_wallet { lang.t("支払う", "Approve") } else { lang.t("認証する", "Confirm") },
        if is_wallet {
            lang.t("拒否する", "Decline")
        } else {
            lang.t("認証しない", "Do not confirm")
        },
    );
    page(lang, title, &body)
}

fn brand(word: &str) -> &str {
    match word {
        "visa" => "Visa",
        "master" => "Mastercard",
        "jcb" => "JCB",
        "american_express" => "American Express",
        "diners_club" => "Diners Club",
        other => other,
    }
}

fn code_field(lang: Lang, is_wrong: bool) -> String {
    let described =
        if is_wrong { " aria-invalid=\"true\" aria-describedby=\"code-error\"" } else { "" };
    let error = if is_wrong {
        let words = lang.t(
            "認証コードが違います。もう一度入力してください。",
            "That is not the code. Please try again.",
        );
        format!("<span class=\"error\" id=\"code-error\" role=\"alert\">! {words}</span>")
    } else {
        String::new()
    };
    format!(
        "<p class=\"field\"><label for=\"code\">{}</label><input id=\"code\" name=\"code\" value=\"123456\" \
         inputmode=\"numeric\" maxlength=\"6\" required autocomplete=\"one-time-code\"{described}>{error}</p>",
        lang.t("認証コード", "Code"),
    )
}

/// What the buyer needs at the till, in the bank or at the machine; with the sandbox's own two buttons.
pub(crate) fn instructions(payment: &Payment, session: &Session, lang: Lang) -> Response {
    let (sign, class, title) = match payment.status {
        PaymentStatus::Authorized => {
            ("◷", "waiting", lang.t("お支払いをお待ちしています", "Waiting for your payment"))
        }
        PaymentStatus::Captured | PaymentStatus::Refunded => {
            ("✓", "good", lang.t("お支払いが完了しました", "Payment received"))
        }
        PaymentStatus::Expired => {
            ("!", "bad", lang.t("支払い期限が過ぎました", "The deadline has passed"))
        }
        PaymentStatus::Pending | PaymentStatus::Cancelled | PaymentStatus::Failed => {
            ("!", "bad", lang.t("このお支払いは取り消されました", "This payment was cancelled"))
        }
    };
    let code = payment.detail("confirmation_code").map_or_else(String::new, |code| {
        let words = lang.t("確認番号", "Confirmation code");
        format!("<p class=\"code\"><span>{words}</span><b>{}</b></p>", escape(code))
    });
    let body = format!(
        "<header class=\"answer\"><span class=\"tick {class}\" aria-hidden=\"true\">{sign}</span><h1>{title}</h1></header>\
         <section class=\"card\">{code}{}</section>{}{}",
        facts(&rows(payment, lang)),
        controls(payment, lang),
        link_back(lang, session, "button secondary"),
    );
    page(lang, title, &body)
}

fn rows<'a>(payment: &Payment, lang: Lang) -> Vec<(&'a str, String)> {
    let store = |id: &str| {
        STORES.iter().find(|(known, _)| *known == id).map(|(_, name)| (*name).to_owned())
    };
    let mut rows = Vec::new();
    if let Some(name) = payment.detail("store").and_then(store) {
        rows.push((lang.t("お店", "Shop"), name));
    }
    for (name, label) in [
        ("receipt", lang.t("払込番号", "Payment number")),
        ("bank_name", lang.t("銀行", "Bank")),
        ("account_branch_name", lang.t("支店", "Branch")),
        ("account_type", lang.t("口座種別", "Account type")),
        ("account_number", lang.t("口座番号", "Account number")),
        ("account_name", lang.t("口座名義", "Account name")),
        ("bank_id", lang.t("収納機関番号", "Institution number")),
        ("customer_id", lang.t("お客様番号", "Your number")),
        ("confirmation_id", lang.t("確認番号", "Confirmation number")),
    ] {
        if let Some(value) = payment.detail(name) {
            rows.push((label, value.to_owned()));
        }
    }
    rows.push((lang.t("お支払い額", "Amount to pay"), amount(payment.total, &payment.currency)));
    if payment.payment_method_fee > 0 {
        rows.push((
            lang.t("うち手数料", "Fee included"),
            amount(payment.payment_method_fee, &payment.currency),
        ));
    }
    if let Some(deadline) = payment.payment_deadline {
        rows.push((lang.t("支払い期限", "Pay by"), lang.time(deadline)));
    }
    rows
}

fn controls(payment: &Payment, lang: Lang) -> String {
    if payment.status != PaymentStatus::Authorized || !payment.is_paid_later() {
        return String::new();
    }
    let pay = match payment.method() {
        "konbini" => lang.t("店頭で支払う", "Pay at the till"),
        _ => lang.t("入金する", "Bring the money"),
    };
    format!(
        "<section class=\"card tools\"><h2>{}</h2><p class=\"note\">{}</p>\
         <form method=\"post\" action=\"/{}/instructions/{}\">\
         <button class=\"primary\" name=\"action\" value=\"pay\">{pay}</button>\
         <button class=\"secondary\" name=\"action\" value=\"expire\">{}</button></form></section>",
        lang.t("サンドボックスの操作", "Sandbox controls"),
        lang.t(
            "お店に行く代わりに、ここで結果を選べます。",
            "Choose here what would happen at the shop."
        ),
        lang.code(),
        payment.id,
        lang.t("期限切れにする", "Let it expire"),
    )
}
