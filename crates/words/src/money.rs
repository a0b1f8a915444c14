//! Money as people read it: `¥3,000`.

use domain::money::{Currency, Money};

use crate::lang::Lang;

/// The amount with its sign and groups of three digits.
pub fn format(money: Money, _lang: Lang) -> String {
    let sign = if money.minor() < 0 { "−" } else { "" };
    format!("{sign}{}{}", symbol(money.currency()), plain(money))
}

/// As [`format`], but nothing is called free.
pub fn format_or_free(money: Money, lang: Lang) -> String {
    if money.is_zero() { free(lang).to_owned() } else { format(money, lang) }
}

crate::messages! {
    free: "無料" | "Free";
}

/// What stands before the digits.
pub const fn symbol(currency: Currency) -> &'static str {
    match currency {
        Currency::JPY => "¥",
        Currency::USD => "US$",
        Currency::EUR => "€",
        Currency::GBP => "£",
        Currency::KRW => "₩",
        Currency::TWD => "NT$",
        Currency::AUD => "A$",
        Currency::CAD => "CA$",
        Currency::SGD => "S$",
        Currency::HKD => "HK$",
    }
}

/// The digits alone, without sign or symbol.
fn plain(money: Money) -> String {
    let decimals = usize::try_from(money.currency().n_decimals()).unwrap_or_default();
    let digits = format!("{:0>width$}", money.minor().unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals));
    let mut text = grouped(whole);
    if decimals > 0 {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// What people write around the digits of an amount.
pub fn is_decoration(c: char) -> bool {
    matches!(c, ',' | '，' | ' ' | '\u{3000}' | '¥' | '￥' | '円')
}

/// `1234500` as `1,234,500`.
pub fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_well() {
        let read = |minor, currency| format(Money::new(minor, currency), Lang::Ja);
        assert_eq!(read(0, Currency::JPY), "¥0");
        assert_eq!(read(3000, Currency::JPY), "¥3,000");
        assert_eq!(read(1_234_500, Currency::JPY), "¥1,234,500");
        assert_eq!(read(-3500, Currency::JPY), "−¥3,500");
        assert_eq!(read(5, Currency::USD), "US$0.05");
        assert_eq!(read(123_456, Currency::EUR), "€1,234.56");
        assert_eq!(read(i64::MIN, Currency::JPY), "−¥9,223,372,036,854,775,808");
        assert_eq!(format_or_free(Money::yen(0), Lang::En), "Free");
    }
}
