//! Readings of what KOMOJU does not publish. Everything here is the sandbox's word until a real file was seen.
//!
//! A settlement's single payments stand nowhere in the published API but in its CSV file, whose columns are not
//! published. The columns below are those of our sandbox; a file with others is not read at all, and the settlement is
//! then imported with its sums alone.

use domain::money::{Currency, Money};

use domain::settlement::FeeRate;
use domain::tax::TaxRate;

use crate::payments::{ProviderSettlementLine, SettlementLineKind};

const COLUMNS: &str = "type,id,payment,external_order_num,currency,amount,fee,fee_tax";
/// Percent and hundredths of a percent, `3.60`; a file may do without.
const RATE_COLUMN: &str = ",fee_rate";

/// Reads the file; none when it has other columns or a line that cannot be read.
pub(super) fn read_settlement_csv(body: &[u8]) -> Option<Vec<ProviderSettlementLine>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut lines = text.trim_start_matches('\u{FEFF}').lines();
    let has_rates = match lines.next()?.trim_end().strip_prefix(COLUMNS)? {
        "" => false,
        more => (more == RATE_COLUMN).then_some(true)?,
    };
    let filled = lines.map(str::trim_end).filter(|line| !line.is_empty());
    filled.map(|it| line(it, has_rates)).collect()
}

fn line(line: &str, has_rates: bool) -> Option<ProviderSettlementLine> {
    let (line, rate) = match line.rsplit_once(',') {
        Some((line, told)) if has_rates => (line, rate(told)?),
        _ => (line, None),
    };
    let cells: Vec<&str> = line.split(',').collect();
    let [kind, id, payment, reference, currency, amount, fee, fee_tax] = cells.as_slice() else {
        return None;
    };
    let currency = Currency::parse(currency).ok()?;
    let number = |text: &str| text.parse::<i64>().ok();
    let fee = number(fee)?.checked_add(number(fee_tax)?)?;
    Some(ProviderSettlementLine {
        kind: match *kind {
            "payment" => SettlementLineKind::Payment,
            "refund" => SettlementLineKind::Refund,
            "chargeback" => SettlementLineKind::Chargeback,
            _ => SettlementLineKind::Other,
        },
        id: (*id).to_owned(),
        payment_id: (*payment).to_owned(),
        reference: Some((*reference).to_owned()).filter(|it| !it.is_empty()),
        amount: Money::new(number(amount)?, currency),
        fee: Money::new(fee, currency),
        rate,
    })
}

/// Reads a rate; the outer none when it is no rate, the inner one where nothing stands. Providers add the standard tax.
fn rate(text: &str) -> Option<Option<FeeRate>> {
    if text.is_empty() {
        return Some(None);
    }
    let (percent, hundredths) = text.split_once('.')?;
    if hundredths.len() != 2 {
        return None;
    }
    let basis_points = format!("{percent}{hundredths}").parse().ok()?;
    Some(Some(FeeRate { basis_points, tax: TaxRate::STANDARD }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_columns_we_know_are_read() {
        let file = format!(
            "{COLUMNS}\r\npayment,p,p,A-1-X,JPY,3190,298,10\r\nrefund,r,p,,JPY,-1000,0,0\r\n"
        );
        let lines = read_settlement_csv(file.as_bytes()).unwrap();
        let [paid, back] = lines.as_slice() else { panic!("two lines") };
        assert_eq!((paid.kind, paid.amount), (SettlementLineKind::Payment, Money::yen(3190)));
        assert_eq!((paid.fee, paid.reference.as_deref()), (Money::yen(308), Some("A-1-X")));
        assert_eq!((back.kind, back.amount), (SettlementLineKind::Refund, Money::yen(-1000)));
        assert_eq!(paid.rate, None);
        for broken in ["", "a,b\n", "type,id\n1,2\n", &format!("{COLUMNS},x\n")] {
            assert_eq!(read_settlement_csv(broken.as_bytes()), None);
        }
        let short = format!("{COLUMNS}\npayment,p,p,A,JPY,x,0,0\n");
        assert_eq!(read_settlement_csv(short.as_bytes()), None);
        assert_eq!(read_settlement_csv(b"\xFF\xFE"), None);
    }

    #[test]
    fn rates_are_read_where_they_are_told() {
        let read = |rate: &str| {
            let file = format!("{COLUMNS}{RATE_COLUMN}\npayment,p,p,A,JPY,3000,108,10,{rate}\n");
            let lines = read_settlement_csv(file.as_bytes())?;
            Some(lines.first()?.rate.map(|it| it.basis_points))
        };
        assert_eq!(read("3.60"), Some(Some(360)));
        assert_eq!(read("0.00"), Some(Some(0)));
        assert_eq!(read(""), Some(None));
        for broken in ["3.6", "x.yz", "-3.60", "3600", "999.99"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }
}
