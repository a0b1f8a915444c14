//! Keeping a settlement's lines: each is compared with what we know of its payment, and booked.

use domain::ids::SettlementId;
use domain::money::{Currency, Money, MoneyError};
use domain::settlement::{
    Difference, DifferenceReason, FeeRate, Known, LineKind, Told, compare, compare_sums,
};
use domain::tax::TaxRate;
use providers::payments::{ProviderSettlement, ProviderSettlementLine, SettlementLineKind};
use serde_json::json;
use store::alerts::{self, About, Suspect};
use store::db::Conn;
use store::error::StoreError;
use store::ledger;
use store::payments;
use store::settlements::{self, Found, Line, Ours, SettledPart};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::import::LOOK_BACK;
use crate::actor::Actor;
use crate::{fresh, trail};

/// Money that was captured shortly before a cutoff may stand in the next settlement.
const CUTOFF_GRACE: Duration = Duration::days(3);

/// One settlement within its transaction, which holds its row.
pub(super) struct Import<'a> {
    pub(super) conn: &'a mut Conn,
    pub(super) provider: &'static str,
    pub(super) id: SettlementId,
    pub(super) reference: &'a str,
    pub(super) currency: Currency,
    pub(super) now: OffsetDateTime,
}

impl Import<'_> {
    /// Keeps the lines of a settlement that had none, and says what does not add up.
    pub(super) async fn keep_lines(
        &mut self,
        told: &ProviderSettlement,
        lines: Vec<ProviderSettlementLine>,
    ) -> anyhow::Result<()> {
        settlements::mark_read(self.conn, self.id).await?;
        let unread = DifferenceReason::WithoutLines;
        settlements::resolve_for_settlement(self.conn, self.id, unread, self.now).await?;
        let sums: Vec<(Money, Money)> = lines.iter().map(|line| (line.amount, line.fee)).collect();
        for (number, line) in (1..).zip(lines) {
            let line = kept(number, line);
            let found = self.find(&line).await?;
            // What is in none of the settlement's sums is not booked with them.
            let ours = found.filter(|it| it.amount.currency() == self.currency);
            let ours = ours.filter(|_| line.amount.currency() == self.currency);
            settlements::insert_line(self.conn, self.id, &line, ours).await?;
            self.compare(&line, found).await?;
        }
        let differences = compare_sums((told.transactions, told.fees), &sums)?;
        for (nth, difference) in (1..).zip(differences) {
            let key = format!("{}:{}:sum{nth}", difference.reason, self.id);
            self.tell(&key, None, None, &difference).await?;
        }
        Ok(())
    }

    /// Links lines whose payment or refund was recorded after they came.
    pub(super) async fn link_unknown(&mut self) -> anyhow::Result<()> {
        for line in settlements::list_unknown_lines(self.conn, self.id).await? {
            let found = self.find(&line).await?;
            let Some(ours) = found.filter(|it| it.amount.currency() == self.currency) else {
                continue;
            };
            settlements::mark_linked(self.conn, self.id, line.number, ours, self.now).await?;
            self.compare(&line, Some(ours)).await?;
        }
        // The watch closes its alerts by the same rows.
        Ok(settlements::resolve_missing_there(self.conn, self.now).await?)
    }

    async fn find(&mut self, line: &Line) -> Result<Option<Ours>, StoreError> {
        let (payment, reference) = (&line.provider_payment_id, line.reference.as_deref());
        match line.kind {
            LineKind::Payment => {
                settlements::find_payment(self.conn, self.provider, payment, reference).await
            }
            LineKind::Refund | LineKind::Chargeback => {
                let refund = &line.provider_line_id;
                settlements::find_refund(self.conn, self.provider, payment, refund).await
            }
            LineKind::Other => Ok(None),
        }
    }

    async fn compare(&mut self, line: &Line, ours: Option<Ours>) -> anyhow::Result<()> {
        // Providers add the standard tax.
        let rate = line
            .rate_basis_points
            .map(|basis_points| FeeRate { basis_points, tax: TaxRate::STANDARD });
        let told = Told { amount: line.amount, fee: line.fee, rate };
        // Fees that are no payment's are booked with the sums, and compared there.
        for difference in compare(told, ours.map(known).transpose()?)? {
            let key = format!("{}:{}:{}", difference.reason, self.id, line.number);
            self.tell(&key, Some(line.number), ours, &difference).await?;
        }
        Ok(())
    }

    /// What was captured well before the cutoff and stands in no settlement; and what did, and stands in this one.
    pub(super) async fn find_missing_there(
        &mut self,
        cutoff_at: Option<OffsetDateTime>,
    ) -> anyhow::Result<()> {
        // The watch closes its alert by the same rows.
        settlements::resolve_missing_there(self.conn, self.now).await?;
        let Some(cutoff_at) = cutoff_at else { return Ok(()) };
        let (provider, currency) = (self.provider, self.currency);
        let since = settlements::complete_since(self.conn, provider, currency, LOOK_BACK).await?;
        let Some(since) = since else { return Ok(()) };
        let span = (since, cutoff_at - CUTOFF_GRACE);
        for ours in settlements::list_missing_there(self.conn, provider, currency, span).await? {
            let nothing = Money::zero(ours.amount.currency());
            let reason = DifferenceReason::MissingThere;
            let difference = Difference { reason, expected: ours.amount, found: nothing };
            self.tell(&format!("{reason}:{}", ours.payment), None, Some(ours), &difference).await?;
        }
        Ok(())
    }

    /// Says once that the settlement was paid out and nobody here can tell for what.
    pub(super) async fn tell_unread(&mut self, told: &ProviderSettlement) -> anyhow::Result<()> {
        let reason = DifferenceReason::WithoutLines;
        let (expected, found) = (Money::zero(self.currency), told.transactions);
        let difference = Difference { reason, expected, found };
        self.tell(&format!("{reason}:{}", self.id), None, None, &difference).await
    }

    /// Writes the difference and raises its alert: its organizer's where it is about a payment of ours, else the
    /// platform's.
    async fn tell(
        &mut self,
        key: &str,
        line: Option<i32>,
        ours: Option<Ours>,
        difference: &Difference,
    ) -> anyhow::Result<()> {
        let found = Found {
            id: Uuid::now_v7(),
            settlement: self.id,
            line,
            ours: ours.map(|ours| (ours.organizer, ours.payment)),
            key,
            now: self.now,
        };
        if !settlements::insert_difference_once(self.conn, found, difference).await? {
            return Ok(());
        }
        let about = match ours {
            Some(ours) => self.about(ours).await?,
            None => About::default(),
        };
        let Difference { reason, expected, found } = difference;
        let said = |money: &Money| format!("{} {}", money.minor(), money.currency().code());
        let suspect = Suspect {
            rule: reason.alert_rule(),
            subject: key.to_owned(),
            about,
            observed: json!({
                "settlement": self.id,
                "found": format!("{}: {} ≠ {}", self.reference, said(found), said(expected)),
                "foundMinor": found.minor(),
            }),
            expected: json!({ "expectedMinor": expected.minor() }),
        };
        alerts::raise(self.conn, fresh::id(), &suspect, self.now).await?;
        Ok(())
    }

    async fn about(&mut self, ours: Ours) -> Result<About, StoreError> {
        let payment = payments::get(self.conn, ours.payment).await?;
        Ok(About {
            organizer: Some(ours.organizer),
            event: Some(payment.event),
            order: Some(payment.order),
            payment: Some(payment.id),
            refund: ours.refund,
        })
    }

    /// What the provider no longer holds for each organizer is at the bank, less what it kept. What is booked already
    /// stays as it is.
    pub(super) async fn book(&mut self) -> anyhow::Result<()> {
        for part in settlements::list_sums(self.conn, self.id).await? {
            let SettledPart { organizer, model, amount, fees, .. } = part;
            // As much came in as went back: no money moved.
            if amount.is_zero() && fees.is_zero() {
                continue;
            }
            ledger::post_settlement(self.conn, self.id, part, self.now).await?;
            let detail = json!({
                "settlement": self.id, "reference": self.reference, "amount_minor": amount.minor(),
                "fees_minor": fees.minor(), "payout_model": model,
            });
            let key = self.id.to_string();
            let (what, actor) = ("settlement.imported", Actor::Provider);
            trail::leave_organizer(self.conn, organizer, actor, what, (&key, detail), self.now)
                .await?;
        }
        Ok(settlements::mark_booked(self.conn, self.id, self.now).await?)
    }
}

fn kept(number: i32, line: ProviderSettlementLine) -> Line {
    Line {
        number,
        kind: match line.kind {
            SettlementLineKind::Payment => LineKind::Payment,
            SettlementLineKind::Refund => LineKind::Refund,
            SettlementLineKind::Chargeback => LineKind::Chargeback,
            SettlementLineKind::Other => LineKind::Other,
        },
        provider_line_id: line.id,
        provider_payment_id: line.payment_id,
        reference: line.reference,
        amount: line.amount,
        fee: line.fee,
        rate_basis_points: line.rate.map(|rate| rate.basis_points),
    }
}

/// What the provider should say of it: all of it, or what other lines left over, of which only a told rate says the fee.
fn known(ours: Ours) -> Result<Known, MoneyError> {
    let Ours { amount, method_fee, agreed_fee, .. } = ours;
    let Some(settled) = ours.settled else { return Ok(Known { amount, method_fee, agreed_fee }) };
    let amount = amount.checked_sub(settled)?;
    Ok(Known { amount, method_fee: Money::zero(amount.currency()), agreed_fee: None })
}
