//! Settlements: what the provider pays out for the money it took, less refunds and its own fees.
//!
//! The summary has the published fields. The lines stand in a CSV file whose columns the provider does not publish: they
//! are this sandbox's own; see the README.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::{OffsetDateTime, serde::rfc3339};

use crate::book::Book;
use crate::fault::Fault;
use crate::model::{Payment, PaymentStatus};
use crate::{clock, ids};

/// Hundredths of a percent that the sandbox takes of a payment, by method; tax comes on top.
const FEES: [(&str, i64); 5] = [
    ("credit_card", 360),
    ("paypay", 350),
    ("konbini", 275),
    ("bank_transfer", 275),
    ("pay_easy", 275),
];
const TAX_PERCENT: i64 = 10;
const PAID: &str = "paid";

/// One settlement, as the wire shows it, with its lines beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Settlement {
    pub(crate) id: String,
    pub(crate) resource: String,
    pub(crate) reference: String,
    pub(crate) status: String,
    pub(crate) merchant_name: String,
    pub(crate) company_name: Option<String>,
    pub(crate) cycle: String,
    pub(crate) transaction_amount_cents: i64,
    pub(crate) currency: String,
    pub(crate) fee_amount_cents: i64,
    pub(crate) fee_tax_amount_cents: i64,
    pub(crate) settlement_amount_cents: i64,
    pub(crate) bank_transfer_fee_amount_cents: i64,
    pub(crate) remittance_amount_cents: i64,
    #[serde(with = "rfc3339")]
    pub(crate) cutoff_time: OffsetDateTime,
    #[serde(with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    pub(crate) lines: Vec<SettlementLine>,
    /// Its file has columns that nobody knows.
    #[serde(default)]
    pub(crate) other_columns: bool,
}

/// What one payment, refund or chargeback does to a settlement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SettlementLine {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) payment: String,
    pub(crate) external_order_num: Option<String>,
    /// Where it is not the settlement's.
    #[serde(default)]
    pub(crate) currency: Option<String>,
    /// Above zero for what came in, below for what went back.
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    pub(crate) fee_tax: i64,
    /// By which the fee was taken, in hundredths of a percent; none for what costs nothing.
    #[serde(default)]
    pub(crate) rate: Option<i64>,
}

/// What a test wants wrong about the next settlement.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mistakes {
    /// Payments that are left out.
    omit: BTreeSet<String>,
    /// Added to the amount of a payment's line.
    amounts: BTreeMap<String, i64>,
    /// Added to the fee of a payment's line.
    fees: BTreeMap<String, i64>,
    /// A payment that nobody made.
    stranger: Option<i64>,
    /// Payments that are settled although they were before.
    again: BTreeSet<String>,
    /// Currencies of payments' lines.
    currencies: BTreeMap<String, String>,
    /// As in [`Change`].
    status: Option<String>,
    other_columns: bool,
}

/// How a settlement stands, where it is not paid and readable.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Change {
    /// `pending`, `cancelled`, `bounced`, `suspended`.
    status: Option<String>,
    other_columns: bool,
}

impl Settlement {
    fn new(currency: &str, lines: Vec<SettlementLine>) -> Self {
        let sum = |of: fn(&SettlementLine) -> i64| lines.iter().map(of).sum::<i64>();
        let (transaction, fee, fee_tax) =
            (sum(|it| it.amount), sum(|it| it.fee), sum(|it| it.fee_tax));
        let paid = transaction.saturating_sub(fee).saturating_sub(fee_tax);
        let now = clock::now();
        Self {
            id: ids::new_id(),
            resource: "settlement".to_owned(),
            reference: format!("S{}", now.unix_timestamp()),
            status: PAID.to_owned(),
            merchant_name: "Sandbox".to_owned(),
            company_name: None,
            cycle: clock::in_japan(now).date().to_string(),
            transaction_amount_cents: transaction,
            currency: currency.to_owned(),
            fee_amount_cents: fee,
            fee_tax_amount_cents: fee_tax,
            settlement_amount_cents: paid,
            bank_transfer_fee_amount_cents: 0,
            remittance_amount_cents: paid,
            cutoff_time: now,
            created_at: now,
            lines,
            other_columns: false,
        }
    }

    fn change(&mut self, change: &Change) {
        self.status = change.status.clone().unwrap_or_else(|| PAID.to_owned());
        self.other_columns = change.other_columns;
    }

    /// The published fields; the lines are asked for by themselves.
    pub(crate) fn json(&self, base_url: &str) -> Value {
        let mut shown = json!(self);
        if let Some(fields) = shown.as_object_mut() {
            fields.remove("lines");
            fields.remove("other_columns");
            let csv = format!("{base_url}/api/v1/settlements/{}/csv", self.id);
            fields.insert("download".to_owned(), json!({ "csv": csv, "pdf": null, "xls": null }));
        }
        shown
    }

    fn csv(&self) -> String {
        if self.other_columns {
            return "明細番号,取引日,金額\r\n".to_owned();
        }
        let mut text =
            "type,id,payment,external_order_num,currency,amount,fee,fee_tax,fee_rate\r\n"
                .to_owned();
        for it in &self.lines {
            let reference = it.external_order_num.as_deref().unwrap_or_default();
            let rate =
                it.rate.map(|it| format!("{}.{:02}", it / 100, it % 100)).unwrap_or_default();
            // Writing into a string cannot fail.
            let _ = write!(
                text,
                "{},{},{},{reference},{},{},{},{},{rate}\r\n",
                it.kind,
                it.id,
                it.payment,
                it.currency.as_deref().unwrap_or(&self.currency),
                it.amount,
                it.fee,
                it.fee_tax
            );
        }
        text
    }
}

impl Book {
    /// Settles everything that no settlement has yet, in one currency; nothing where there is nothing.
    pub(crate) fn settle_up(
        &mut self,
        currency: &str,
        mistakes: &Mistakes,
    ) -> Result<Settlement, Fault> {
        let settled: BTreeSet<String> = self
            .settlements_newest_first()
            .flat_map(|it| it.lines.iter().map(|line| line.id.clone()))
            .collect();
        let mut payments: Vec<&Payment> = self
            .payments_newest_first(None)
            .filter(|it| it.currency == currency)
            .filter(|it| matches!(it.status, PaymentStatus::Captured | PaymentStatus::Refunded))
            .filter(|it| !mistakes.omit.contains(&it.id))
            .collect();
        payments.reverse();
        let mut lines: Vec<SettlementLine> = payments
            .into_iter()
            .flat_map(lines_of)
            .filter(|it| !settled.contains(&it.id) || mistakes.again.contains(&it.id))
            .collect();
        for line in &mut lines {
            let by = |of: &BTreeMap<String, i64>| of.get(&line.id).copied().unwrap_or_default();
            let (amount, fee) = (by(&mistakes.amounts), by(&mistakes.fees));
            line.amount = line.amount.saturating_add(amount);
            line.fee = line.fee.saturating_add(fee);
            line.currency = mistakes.currencies.get(&line.id).cloned();
        }
        if let Some(amount) = mistakes.stranger {
            let id = ids::new_id();
            lines.push(SettlementLine {
                kind: "payment".to_owned(),
                payment: id.clone(),
                id,
                external_order_num: None,
                currency: None,
                amount,
                fee: 0,
                fee_tax: 0,
                rate: None,
            });
        }
        if lines.is_empty() {
            return Err(Fault::not_found());
        }
        let mut settlement = Settlement::new(currency, lines);
        let (status, other_columns) = (mistakes.status.clone(), mistakes.other_columns);
        settlement.change(&Change { status, other_columns });
        self.put_settlement(settlement.clone());
        let shown = settlement.json(&self.base_url);
        self.emit("settlement.created", &settlement.id, &shown, None);
        Ok(settlement)
    }

    /// Lets a settlement stand otherwise than before; nobody is told, as the provider has no event for it.
    pub(crate) fn change_settlement(&mut self, id: &str, change: &Change) -> Result<(), Fault> {
        let mut settlement = self.settlement(id)?.clone();
        settlement.change(change);
        self.put_settlement(settlement);
        Ok(())
    }

    pub(crate) fn settlement_csv(&self, id: &str) -> Result<String, Fault> {
        self.settlement(id).map(Settlement::csv)
    }
}

/// A payment's own line, and one for everything that went back of it.
fn lines_of(payment: &Payment) -> Vec<SettlementLine> {
    let rate = FEES.iter().find(|(method, _)| *method == payment.method());
    let of_goods = payment.total.saturating_sub(payment.payment_method_fee);
    let taken = rate.map_or(0, |(_, rate)| of_goods.saturating_mul(*rate) / 10_000);
    let line = |kind: &str, id: &str, amount: i64| SettlementLine {
        kind: kind.to_owned(),
        id: id.to_owned(),
        payment: payment.id.clone(),
        external_order_num: payment.external_order_num.clone(),
        currency: None,
        amount,
        fee: 0,
        fee_tax: 0,
        rate: None,
    };
    let own = SettlementLine {
        // What the buyer paid on top for the method is the provider's.
        fee: taken.saturating_add(payment.payment_method_fee),
        fee_tax: taken.saturating_mul(TAX_PERCENT) / 100,
        rate: rate.map(|(_, rate)| *rate),
        ..line("payment", &payment.id, payment.total)
    };
    let back = payment.refunds.iter().map(|refund| {
        let kind = if refund.chargeback { "chargeback" } else { "refund" };
        line(kind, &refund.id, refund.amount.saturating_neg())
    });
    std::iter::once(own).chain(back).collect()
}
