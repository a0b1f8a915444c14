//! A payout's statement as a CSV file that Excel opens in Japanese.

use domain::money::Money;
use words::lang::Lang;
use words::payouts;

use crate::events::export::{MARK, csv_cell, plain};
use crate::payouts::show::{PayoutDetail, PayoutLine};

/// The name of the file.
pub fn file_name(detail: &PayoutDetail) -> String {
    format!("{}.csv", detail.payout.code.to_lowercase())
}

/// A head line, a line an event, and the sum of their amounts.
pub fn csv(detail: &PayoutDetail, lang: Lang) -> String {
    let head = payouts::statement_head(lang).map(csv_cell).join(",");
    let mut text = format!("{MARK}{head}\r\n");
    for line in &detail.lines {
        let numbers = amounts(line).map(|(money, _)| signed(money)).join(",");
        text.push_str(&format!("{},{numbers}\r\n", csv_cell(&line.event_title)));
    }
    let total = csv_cell(payouts::statement_total(lang));
    // Seven empty cells: the sum stands under the amounts.
    text.push_str(&format!("{total},,,,,,,,{}\r\n", signed(detail.payout.amount)));
    text
}

/// An event's amounts in the order of the columns, and whether each is taken off.
pub const fn amounts(line: &PayoutLine) -> [(Money, bool); 8] {
    [
        (line.sales, false),
        (line.platform_fees, true),
        (line.provider_fees, true),
        (line.refunds, true),
        (line.disputes, true),
        (line.paid_before, true),
        (line.reserve, true),
        (line.amount, false),
    ]
}

/// Digits alone with their sign: a number, which no spreadsheet takes for a formula.
fn signed(money: Money) -> String {
    match money.checked_neg() {
        Ok(positive) if positive.is_positive() => format!("-{}", plain(positive)),
        _ => plain(money),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debt_is_a_number_with_its_sign() {
        assert_eq!(signed(Money::yen(-300)), "-300");
        assert_eq!(signed(Money::yen(0)), "0");
        assert_eq!(signed(Money::yen(1234)), "1234");
    }
}
