//! The hosted page: what is bought, and one section for each way to pay.

use axum::response::Response;

use super::{Lang, amount, escape, page, sum};
use crate::cards::{CardBehaviour, TEST_CARDS};
use crate::checkout::STORES;
use crate::clock;
use crate::fault::Fault;
use crate::model::Session;

/// What the buyer did last, so that the page comes back as it was left.
#[derive(Default)]
pub(crate) struct Shown<'a> {
    /// The card number to start with.
    pub(crate) card: Option<&'a str>,
    /// The section to open.
    pub(crate) method: Option<&'a str>,
    /// Why the last try failed.
    pub(crate) fault: Option<&'a Fault>,
}

pub(crate) fn render(session: &Session, konbini_fee_minor: i64, shown: &Shown<'_>) -> Response {
    let lang = Lang::of(&session.locale);
    let opened = shown.method.or(session.methods.first().map(String::as_str)).unwrap_or_default();
    let sections: String = session
        .methods
        .iter()
        .map(|method| {
            let form = match method.as_str() {
                "credit_card" => card_form(lang, session, shown.card),
                "konbini" => konbini_form(lang, session, konbini_fee_minor),
                _ => plain_form(lang, session, method),
            };
            section(lang, method, method == opened, &form)
        })
        .collect();
    let body = format!(
        "{}{}{}<section class=\"methods\" aria-label=\"{}\"><h2>{}</h2>{sections}</section>{}",
        sum(lang, session),
        lines(lang, session),
        shown.fault.map_or_else(String::new, |fault| alert(lang, fault)),
        lang.t("お支払い方法", "Payment method"),
        lang.t("お支払い方法", "How would you like to pay?"),
        way_out(lang, session),
    );
    page(lang, lang.t("お支払い", "Payment"), &body)
}

fn lines(lang: Lang, session: &Session) -> String {
    if session.line_items.is_empty() {
        return String::new();
    }
    let line = |line: &crate::model::SessionLine| {
        let quantity = if line.quantity == 1 {
            String::new()
        } else {
            format!(" <span>× {}</span>", line.quantity)
        };
        format!(
            "<li><span>{}{quantity}</span><b>{}</b></li>",
            escape(&line.description),
            amount(line.amount.saturating_mul(line.quantity), &session.currency),
        )
    };
    format!(
        "<section class=\"card lines\" aria-label=\"{}\"><ul>{}</ul><p><span>{}</span><b>{}</b></p></section>",
        lang.t("ご注文", "Your order"),
        session.line_items.iter().map(line).collect::<String>(),
        lang.t("合計", "Total"),
        amount(session.amount, &session.currency),
    )
}

fn section(lang: Lang, method: &str, is_open: bool, form: &str) -> String {
    let open = if is_open { " open" } else { "" };
    format!(
        "<details class=\"card method\" name=\"method\" id=\"{method}\"{open}>\
         <summary>{}<span><b>{}</b><small>{}</small></span></summary>{form}</details>",
        icon(method),
        lang.method(method),
        hint(lang, method),
    )
}

fn hint(lang: Lang, method: &str) -> &'static str {
    match method {
        "credit_card" => {
            lang.t("Visa・Mastercard・JCB・Amex・Diners", "Visa, Mastercard, JCB, Amex, Diners")
        }
        "konbini" => lang.t("お近くのお店で現金でお支払い", "Pay in cash at a shop near you"),
        "paypay" => lang.t("PayPay アプリで確認", "Confirm in the PayPay app"),
        "bank_transfer" => lang.t("お振込先の口座をご案内", "We show you the account to pay into"),
        _ => lang.t("ATM・ネットバンキングで", "At an ATM or by online banking"),
    }
}

fn icon(method: &str) -> String {
    let shape = match method {
        "credit_card" => {
            "<rect x=\"3\" y=\"5\" width=\"18\" height=\"14\" rx=\"2.5\"/><path d=\"M3 10h18M7 15h4\"/>"
        }
        "konbini" => "<path d=\"M4 10v9h16v-9M3 10l2-5h14l2 5zM10 19v-5h4v5\"/>",
        "paypay" => {
            "<rect x=\"6\" y=\"2.5\" width=\"12\" height=\"19\" rx=\"2.5\"/><path d=\"m9.5 12 2 2 3.5-4\"/>"
        }
        "bank_transfer" => "<path d=\"M3 10 12 4l9 6zM5 10v8M10 10v8M14 10v8M19 10v8M3 20h18\"/>",
        _ => "<path d=\"M6 8V3h12v5M4 8h16v8H4zM8 13h8v8H8z\"/>",
    };
    format!("<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\">{shape}</svg>")
}

fn form(session: &Session, method: &str, fields: &str, button: &str) -> String {
    format!(
        "<form method=\"post\" action=\"/sessions/{}/pay\">\
         <input type=\"hidden\" name=\"method\" value=\"{method}\">{fields}\
         <button class=\"primary\">{}</button></form>",
        session.id,
        escape(button),
    )
}

fn pay_words(lang: Lang, session: &Session) -> String {
    let sum = amount(session.amount, &session.currency);
    match lang {
        Lang::Ja => format!("{sum} を支払う"),
        Lang::En => format!("Pay {sum}"),
    }
}

fn card_form(lang: Lang, session: &Session, card: Option<&str>) -> String {
    let number = card.unwrap_or("4111111111111111");
    let year = clock::now().year().rem_euclid(100).saturating_add(2);
    let field = |name: &str, label: &str, value: &str, more: &str| {
        format!(
            "<p class=\"field\"><label for=\"{name}\">{label}</label>\
             <input id=\"{name}\" name=\"{name}\" value=\"{}\" required autocomplete=\"off\" {more}></p>",
            escape(value)
        )
    };
    let numeric = "inputmode=\"numeric\" maxlength=\"23\"";
    let fields = [
        chooser(lang, session),
        field("number", lang.t("カード番号", "Card number"), &spaced(number), numeric),
        "<div class=\"pair\">".to_owned(),
        field(
            "expiry",
            lang.t("有効期限（月/年）", "Expiry (MM/YY)"),
            &format!("12/{year:02}"),
            "maxlength=\"7\"",
        ),
        field(
            "cvc",
            lang.t("セキュリティコード", "Security code"),
            "123",
            "inputmode=\"numeric\" maxlength=\"4\"",
        ),
        "</div>".to_owned(),
        field("name", lang.t("カード名義", "Name on card"), "TARO SANDBOX", "maxlength=\"60\""),
    ]
    .concat();
    form(session, "credit_card", &fields, &pay_words(lang, session))
}

/// Links instead of a script: choosing a test card asks for the page again with that number.
fn chooser(lang: Lang, session: &Session) -> String {
    let item = |card: &crate::cards::TestCard| {
        let (sign, class) = match card.behaviour {
            CardBehaviour::Succeeds => ("✓", "good"),
            CardBehaviour::AsksForThreeDSecure => ("◷", "waiting"),
            CardBehaviour::Fails(_) => ("!", "bad"),
        };
        let last = card.number.get(card.number.len().saturating_sub(4)..).unwrap_or_default();
        format!(
            "<li><a href=\"/sessions/{}?card={}#credit_card\">\
             <span class=\"sign {class}\" aria-hidden=\"true\">{sign}</span>{}<small>•••• {last}</small></a></li>",
            session.id,
            card.number,
            lang.t(card.label.0, card.label.1),
        )
    };
    format!(
        "<details class=\"chooser\"><summary>{}</summary><ul>{}</ul></details>",
        lang.t("テストカードを選ぶ", "Choose a test card"),
        TEST_CARDS.iter().map(item).collect::<String>(),
    )
}

fn spaced(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

fn konbini_form(lang: Lang, session: &Session, fee_minor: i64) -> String {
    let store = |(index, (id, name)): (usize, &(&str, &str))| {
        let checked = if index == 0 { " checked" } else { "" };
        format!(
            "<label><input type=\"radio\" name=\"store\" value=\"{id}\"{checked}><span>{name}</span></label>"
        )
    };
    let fee = amount(fee_minor, &session.currency);
    let total = amount(session.amount.saturating_add(fee_minor), &session.currency);
    let note = match lang {
        Lang::Ja => format!("手数料 {fee} が加わり、店頭でのお支払いは {total} です。"),
        Lang::En => format!("A fee of {fee} is added: you pay {total} at the till."),
    };
    let fields = format!(
        "<fieldset class=\"stores\"><legend>{}</legend>{}</fieldset><p class=\"note\">{note}</p>",
        lang.t("お店を選ぶ", "Choose a shop"),
        STORES.iter().enumerate().map(store).collect::<String>(),
    );
    form(session, "konbini", &fields, lang.t("払込番号を発行する", "Get a payment code"))
}

fn plain_form(lang: Lang, session: &Session, method: &str) -> String {
    let (note, button) = match method {
        "paypay" => (
            lang.t(
                "次の画面で、PayPay アプリの代わりに承認または拒否を選べます。",
                "On the next screen you approve or decline, in place of the PayPay app.",
            ),
            lang.t("PayPay で支払う", "Pay with PayPay"),
        ),
        "bank_transfer" => (
            lang.t(
                "お申し込みごとに専用の口座番号をお知らせします。振込手数料はお客様のご負担です。",
                "You receive an account number of your own. Your bank may charge a fee.",
            ),
            lang.t("振込先を発行する", "Get the account number"),
        ),
        _ => (
            lang.t(
                "収納機関番号・お客様番号・確認番号をお知らせします。",
                "You receive the numbers to type at an ATM or in online banking.",
            ),
            lang.t("払込番号を発行する", "Get the payment numbers"),
        ),
    };
    form(session, method, &format!("<p class=\"note\">{note}</p>"), button)
}

fn alert(lang: Lang, fault: &Fault) -> String {
    let sentence = match fault.code.as_str() {
        "insufficient_funds" => {
            lang.t("カードの残高が足りませんでした。", "The card has insufficient funds.")
        }
        "exceeds_limit" => {
            lang.t("カードの利用限度額を超えました。", "The card's limit was exceeded.")
        }
        "bad_verification_value" => {
            lang.t("セキュリティコードが正しくありません。", "The security code is not right.")
        }
        "card_expired" => lang.t(
            "カードの有効期限が正しくないか、切れています。",
            "The card has expired, or the date is not right.",
        ),
        "invalid_number" => {
            lang.t("カード番号が正しくありません。", "The card number is not right.")
        }
        "card_declined" => {
            lang.t("このカードはご利用いただけませんでした。", "The card was declined.")
        }
        "invalid_password" => lang.t("本人認証ができませんでした。", "You could not be verified."),
        "request_failed" => {
            lang.t("PayPay での支払いが拒否されました。", "The payment was declined in PayPay.")
        }
        _ => lang.t("お支払いができませんでした。", "The payment could not be completed."),
    };
    let next = lang.t(
        "請求は発生していません。内容を確かめてもう一度お試しになるか、別の方法をお選びください。",
        "Nothing was charged. Please check and try again, or choose another way to pay.",
    );
    format!(
        "<div class=\"alert\" role=\"alert\"><span class=\"sign bad\" aria-hidden=\"true\">!</span>\
         <p><b>{sentence}</b><br>{next}</p></div>"
    )
}

fn way_out(lang: Lang, session: &Session) -> String {
    if session.return_url.is_none() {
        return String::new();
    }
    format!(
        "<form class=\"way-out\" method=\"post\" action=\"/sessions/{}/abort\"><button class=\"quiet\">{}</button></form>",
        session.id,
        lang.t("支払わずに戻る", "Go back without paying"),
    )
}
