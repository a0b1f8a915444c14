//! What all pages share: the frame, the languages, amounts, and escaping.

pub(crate) mod checkout;
pub(crate) mod control;
pub(crate) mod ended;
pub(crate) mod steps;

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use time::OffsetDateTime;

use crate::clock;
use crate::model::Session;

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lang {
    Ja,
    En,
}

impl Lang {
    pub(crate) fn of(code: &str) -> Self {
        if code.starts_with("en") { Self::En } else { Self::Ja }
    }

    pub(crate) fn code(self) -> &'static str {
        self.t("ja", "en")
    }

    /// The Japanese or the English words.
    pub(crate) fn t<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }

    pub(crate) fn method(self, method: &str) -> &'static str {
        match (method, self) {
            ("credit_card", Self::Ja) => "クレジットカード",
            ("credit_card", Self::En) => "Credit card",
            ("konbini", Self::Ja) => "コンビニ払い",
            ("konbini", Self::En) => "Convenience store",
            ("paypay", _) => "PayPay",
            ("bank_transfer", Self::Ja) => "銀行振込",
            ("bank_transfer", Self::En) => "Bank transfer",
            ("pay_easy", Self::Ja) => "ペイジー",
            ("pay_easy", Self::En) => "Pay-easy",
            (_, Self::Ja) => "その他",
            (_, Self::En) => "Other",
        }
    }

    /// `12月18日(金) 23:59`, on a clock in Japan.
    pub(crate) fn time(self, at: OffsetDateTime) -> String {
        let at = clock::in_japan(at);
        let (month, day, hour, minute) = (at.month(), at.day(), at.hour(), at.minute());
        let weekday = usize::from(at.weekday().number_days_from_monday());
        match self {
            Self::Ja => {
                let weekday = "月火水木金土日".chars().nth(weekday).unwrap_or('?');
                format!("{}月{day}日({weekday}) {hour}:{minute:02}", u8::from(month))
            }
            Self::En => {
                let weekday = at.weekday().to_string();
                let weekday = weekday.get(..3).unwrap_or_default();
                format!("{weekday}, {day} {month}, {hour}:{minute:02} JST")
            }
        }
    }
}

/// `¥3,000`, or `USD 12.30` for currencies with cents.
pub(crate) fn amount(minor: i64, currency: &str) -> String {
    let has_cents = !matches!(currency, "JPY" | "KRW" | "VND");
    let (units, cents) = if has_cents {
        (minor / 100, format!(".{:02}", minor % 100))
    } else {
        (minor, String::new())
    };
    let digits = units.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len().saturating_sub(index)).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if currency == "JPY" { format!("¥{grouped}") } else { format!("{currency} {grouped}{cents}") }
}

/// Makes text safe inside elements and double-quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A whole page around `body`, with the sign that no money moves here.
pub(crate) fn page(lang: Lang, title: &str, body: &str) -> Response {
    frame(lang, title, "page", body)
}

fn frame(lang: Lang, title: &str, class: &str, body: &str) -> Response {
    let style = include_str!("pages/page.css");
    let notice = lang.t(
        "<strong>テスト環境</strong> – 実際の請求は行われません",
        "<strong>Test environment</strong> – you will not be charged",
    );
    let html = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"icon\" href=\"data:,\">\
         <title>{}</title><style>{style}</style></head><body>\
         <aside class=\"notice\">{notice}</aside><main class=\"{class}\">{body}</main></body></html>",
        lang.code(),
        escape(title),
    );
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, Html(html)).into_response()
}

/// The amount in large figures with a sentence above it.
pub(crate) fn sum(lang: Lang, session: &Session) -> String {
    format!(
        "<header class=\"sum\"><h1>{}</h1><p class=\"amount\">{}</p></header>",
        lang.t("お支払い", "Payment"),
        amount(session.amount, &session.currency),
    )
}

/// A link back to the shop, where there is one.
pub(crate) fn link_back(lang: Lang, session: &Session, class: &str) -> String {
    session.return_target().map_or_else(String::new, |url| {
        let words = lang.t("お店に戻る", "Back to the shop");
        format!("<a class=\"{class}\" href=\"{}\">{words}</a>", escape(&url))
    })
}

/// Rows of name and value.
pub(crate) fn facts(rows: &[(&str, String)]) -> String {
    let row = |(name, value): &(&str, String)| {
        format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value))
    };
    format!("<dl class=\"facts\">{}</dl>", rows.iter().map(row).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        assert_eq!(amount(3000, "JPY"), "¥3,000");
        assert_eq!(amount(1_234_500, "JPY"), "¥1,234,500");
        assert_eq!(amount(190, "JPY"), "¥190");
        assert_eq!(amount(123_456, "USD"), "USD 1,234.56");
    }

    #[test]
    fn the_shops_words_cannot_become_markup() {
        assert_eq!(escape("<b a=\"x\">'&"), "&lt;b a=&quot;x&quot;&gt;&#39;&amp;");
    }
}
