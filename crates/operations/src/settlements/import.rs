//! Asking the provider for its settlements and comparing each line with what we know. Asking again changes nothing.

use domain::ids::SettlementId;
use domain::money::Money;
use domain::settlement::{
    Difference, DifferenceReason, Known, LineKind, Told, compare, compare_sums,
};
use providers::outcome::Outcome;
use providers::payments::{ProviderSettlement, ProviderSettlementLine, SettlementLineKind};
use serde_json::json;
use store::alerts::{self, About, Suspect};
use store::db::Conn;
use store::error::StoreError;
use store::ledger;
use store::payments;
use store::settlements::{self, Found, NewLine, NewSettlement, Ours, SettledPart};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::actor::Actor;
use crate::{Deps, fresh, trail};

/// The first question looks back so far, later ones overlap by this.
const LOOK_BACK: Duration = Duration::days(90);
const OVERLAP: Duration = Duration::days(14);
/// Money that was captured shortly before a cutoff may stand in the next settlement.
const CUTOFF_GRACE: Duration = Duration::days(3);
/// Pages of one question.
const PAGES_MAX: u32 = 20;

/// Asks for settlements and keeps what is new, the oldest first.
///
/// # Errors
/// When the provider gives no readable answer or the database fails; what was kept until then stays.
pub async fn import_settlements(deps: &Deps) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let latest = {
        let mut conn = deps.db.acquire().await?;
        settlements::latest_at(&mut conn, deps.provider.name()).await?
    };
    let since = latest.map_or(now - LOOK_BACK, |latest| latest - OVERLAP);
    let mut told = Vec::new();
    let mut page = 1;
    loop {
        let answer = match deps.provider.list_settlements(since, page).await {
            Outcome::Accepted(answer) => answer,
            Outcome::Refused(refusal) => {
                anyhow::bail!("asking for settlements: refused with {}", refusal.code)
            }
            Outcome::Unknown(cause) => anyhow::bail!("asking for settlements: {cause}"),
        };
        told.extend(answer.items);
        match answer.next_page.filter(|next| *next <= PAGES_MAX) {
            Some(next) => page = next,
            None => break,
        }
    }
    for settlement in told.iter().rev() {
        import_one(deps, settlement).await?;
    }
    Ok(())
}

async fn import_one(deps: &Deps, told: &ProviderSettlement) -> anyhow::Result<()> {
    let provider = deps.provider.name();
    {
        let mut conn = deps.db.acquire().await?;
        if settlements::is_known(&mut conn, provider, &told.id).await? {
            return Ok(());
        }
    }
    let lines = match deps.provider.fetch_settlement_lines(&told.id).await {
        Outcome::Accepted(lines) => Some(lines),
        Outcome::Refused(refusal) if !refusal.retryable => None,
        Outcome::Refused(refusal) => {
            anyhow::bail!("lines of settlement {}: refused with {}", told.id, refusal.code)
        }
        // A file with columns that nobody published cannot be read; its sums can.
        Outcome::Unknown(providers::outcome::Cause::Unreadable(what)) => {
            tracing::warn!(settlement = told.id, what, "the lines of a settlement cannot be read");
            None
        }
        Outcome::Unknown(cause) => anyhow::bail!("lines of settlement {}: {cause}", told.id),
    };
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let id: SettlementId = fresh::id();
    let new = NewSettlement {
        id,
        provider,
        provider_settlement_id: &told.id,
        reference: &told.reference,
        status: &told.status,
        cycle: &told.cycle,
        transactions: told.transactions,
        fees: told.fees,
        transfer_fee: told.transfer_fee,
        remittance: told.remittance,
        cutoff_at: told.cutoff_at,
        settled_at: told.created_at,
        has_lines: lines.is_some(),
        now,
    };
    if !settlements::insert_once(&mut tx, &new).await? {
        return Ok(());
    }
    if let Some(lines) = lines {
        let mut import = Import { conn: &mut tx, provider, id, told, now };
        import.keep_lines(&lines).await?;
        import.find_missing_there().await?;
        import.book().await?;
    }
    Ok(tx.commit().await?)
}

/// One settlement within its transaction.
struct Import<'a> {
    conn: &'a mut Conn,
    provider: &'static str,
    id: SettlementId,
    told: &'a ProviderSettlement,
    now: OffsetDateTime,
}

impl Import<'_> {
    async fn keep_lines(&mut self, lines: &[ProviderSettlementLine]) -> anyhow::Result<()> {
        for (number, line) in (1..).zip(lines) {
            let ours = self.find(line).await?;
            let new = NewLine {
                settlement: self.id,
                number,
                kind: kind_of(line.kind),
                provider_line_id: &line.id,
                provider_payment_id: &line.payment_id,
                amount: line.amount,
                fee: line.fee,
                ours,
            };
            settlements::insert_line(self.conn, &new).await?;
            // Fees that are no payment's are booked with the sums, and compared there.
            let known = ours.map(|it| Known {
                amount: it.amount,
                method_fee: it.method_fee,
                agreed_fee: it.agreed_fee,
            });
            let told = Told { amount: line.amount, fee: line.fee, rate: line.rate };
            for difference in compare(told, known)? {
                let key = format!("{}:{}:{number}", difference.reason, self.id);
                self.tell(&key, Some(number), ours, &difference).await?;
            }
        }
        let sums: Vec<(Money, Money)> = lines.iter().map(|line| (line.amount, line.fee)).collect();
        let differences = compare_sums((self.told.transactions, self.told.fees), &sums)?;
        for (nth, difference) in (1..).zip(differences) {
            let key = format!("{}:{}:sum{nth}", difference.reason, self.id);
            self.tell(&key, None, None, &difference).await?;
        }
        Ok(())
    }

    async fn find(&mut self, line: &ProviderSettlementLine) -> Result<Option<Ours>, StoreError> {
        let reference = line.reference.as_deref();
        match line.kind {
            SettlementLineKind::Payment => {
                settlements::find_payment(self.conn, self.provider, &line.payment_id, reference)
                    .await
            }
            SettlementLineKind::Refund | SettlementLineKind::Chargeback => {
                settlements::find_refund(self.conn, self.provider, &line.payment_id, &line.id).await
            }
            SettlementLineKind::Other => Ok(None),
        }
    }

    /// What was captured well before the cutoff and stands in no settlement; and what did, and stands in this one.
    async fn find_missing_there(&mut self) -> anyhow::Result<()> {
        // The watch closes its alert by the same rows.
        settlements::resolve_missing_there(self.conn, self.now).await?;
        let Some(cutoff_at) = self.told.cutoff_at else { return Ok(()) };
        let before = cutoff_at - CUTOFF_GRACE;
        for ours in settlements::list_missing_there(self.conn, self.provider, before).await? {
            let nothing = Money::zero(ours.amount.currency());
            let reason = DifferenceReason::MissingThere;
            let difference = Difference { reason, expected: ours.amount, found: nothing };
            self.tell(&format!("{reason}:{}", ours.payment), None, Some(ours), &difference).await?;
        }
        Ok(())
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
                "found": format!("{}: {} ≠ {}", self.told.reference, said(found), said(expected)),
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

    /// What the provider no longer holds for each organizer is at the bank, less what it kept.
    async fn book(&mut self) -> anyhow::Result<()> {
        for part in settlements::list_sums(self.conn, self.id).await? {
            ledger::post_settlement(self.conn, self.id, part, self.now).await?;
            let SettledPart { organizer, model, amount, fees } = part;
            let detail = json!({
                "settlement": self.id, "reference": self.told.reference, "amount_minor": amount.minor(),
                "fees_minor": fees.minor(), "payout_model": model,
            });
            let key = self.id.to_string();
            let (what, actor) = ("settlement.imported", Actor::Provider);
            trail::leave_organizer(self.conn, organizer, actor, what, (&key, detail), self.now)
                .await?;
        }
        Ok(())
    }
}

const fn kind_of(kind: SettlementLineKind) -> LineKind {
    match kind {
        SettlementLineKind::Payment => LineKind::Payment,
        SettlementLineKind::Refund => LineKind::Refund,
        SettlementLineKind::Chargeback => LineKind::Chargeback,
        SettlementLineKind::Other => LineKind::Other,
    }
}
