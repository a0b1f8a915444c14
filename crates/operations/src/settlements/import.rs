//! Asking the provider for its settlements, and again for those that may still change. Asking again changes nothing.

use domain::ids::SettlementId;
use providers::outcome::{Cause, Outcome};
use providers::payments::{ProviderSettlement, ProviderSettlementLine};
use store::settlements::{self, KnownUntil, NewSettlement, PAID};
use time::{Duration, OffsetDateTime};

use super::keep::Import;
use crate::{Deps, fresh};

/// The first question looks back so far, later ones overlap by this.
pub(super) const LOOK_BACK: Duration = Duration::days(90);
const OVERLAP: Duration = Duration::days(14);
/// Pages of one question.
const PAGES_MAX: u32 = 20;

/// Links lines whose payments were recorded after they came, asks for settlements, and keeps what is new or has changed,
/// the oldest first. One that cannot be kept keeps no other waiting.
///
/// # Errors
/// When the provider gives no readable answer or the database fails; what was kept stays.
pub async fn import_settlements(deps: &Deps) -> anyhow::Result<()> {
    let mut failed = link_late(deps).await.err();
    for settlement in ask(deps).await?.iter().rev() {
        if let Err(error) = import_one(deps, settlement).await {
            tracing::error!(settlement = settlement.id, ?error, "a settlement was not imported");
            failed = failed.or(Some(error));
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn link_late(deps: &Deps) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let provider = deps.provider.name();
    let linkable = {
        let mut conn = deps.db.acquire().await?;
        settlements::list_linkable(&mut conn, provider, now - LOOK_BACK).await?
    };
    let mut failed = None;
    for settlement in linkable {
        if let Err(error) = link_lines(deps, settlement, now).await {
            tracing::error!(%settlement, ?error, "lines of a settlement were not linked");
            failed = Some(error);
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn link_lines(
    deps: &Deps,
    settlement: SettlementId,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let mut tx = deps.db.begin().await?;
    let kept = settlements::lock(&mut tx, settlement).await?;
    if kept.is_paid() {
        let mut import = Import {
            conn: &mut tx,
            provider: deps.provider.name(),
            id: settlement,
            reference: &kept.reference,
            currency: kept.currency,
            now,
        };
        import.link_unknown().await?;
        import.book().await?;
    }
    Ok(tx.commit().await?)
}

/// The provider's settlements since those that may have changed, newest first.
async fn ask(deps: &Deps) -> anyhow::Result<Vec<ProviderSettlement>> {
    let known = {
        let mut conn = deps.db.acquire().await?;
        settlements::known_until(&mut conn, deps.provider.name()).await?
    };
    let since = asked_since(known, deps.clock.now());
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
            None => return Ok(told),
        }
    }
}

fn asked_since(known: KnownUntil, now: OffsetDateTime) -> OffsetDateTime {
    let Some(latest) = known.latest else { return now - LOOK_BACK };
    let overlap = latest - OVERLAP;
    let open = known.oldest_open.map(|open| (open - Duration::DAY).max(now - LOOK_BACK));
    open.map_or(overlap, |open| open.min(overlap))
}

async fn import_one(deps: &Deps, told: &ProviderSettlement) -> anyhow::Result<()> {
    let provider = deps.provider.name();
    let kept = {
        let mut conn = deps.db.acquire().await?;
        settlements::find(&mut conn, provider, &told.id).await?
    };
    // Only money that was sent is at the bank; lines of the rest may still change.
    let is_wanted = told.status == PAID && !kept.as_ref().is_some_and(|kept| kept.has_lines);
    if !is_wanted && kept.is_some_and(|kept| kept.status == told.status) {
        return Ok(());
    }
    let lines = if is_wanted { ask_lines(deps, told).await? } else { None };
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let new = NewSettlement {
        id: fresh::id(),
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
        now,
    };
    let (id, has_lines) = settlements::keep(&mut tx, &new).await?;
    if is_wanted && !has_lines {
        let (reference, currency) = (told.reference.as_str(), told.transactions.currency());
        let mut import = Import { conn: &mut tx, provider, id, reference, currency, now };
        match lines {
            Some(lines) => {
                import.keep_lines(told, lines).await?;
                import.find_missing_there(told.cutoff_at).await?;
                import.book().await?;
            }
            None => import.tell_unread(told).await?,
        }
    }
    Ok(tx.commit().await?)
}

/// The lines of a settlement, where its file is there and can be read; its sums can be kept without.
async fn ask_lines(
    deps: &Deps,
    told: &ProviderSettlement,
) -> anyhow::Result<Option<Vec<ProviderSettlementLine>>> {
    let lines = match deps.provider.fetch_settlement_lines(&told.id).await {
        Outcome::Accepted(lines) => lines,
        Outcome::Refused(refusal) if !refusal.retryable => None,
        Outcome::Refused(refusal) => {
            anyhow::bail!("lines of settlement {}: refused with {}", told.id, refusal.code)
        }
        Outcome::Unknown(Cause::Unreadable(_)) => None,
        Outcome::Unknown(cause) => anyhow::bail!("lines of settlement {}: {cause}", told.id),
    };
    if lines.is_none() {
        tracing::warn!(settlement = told.id, "the lines of a settlement cannot be read");
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn what_may_still_change_is_asked_for_again() {
        let now = datetime!(2026-11-22 00:00 UTC);
        let ago = |days| Some(now - Duration::days(days));
        let asked = |latest, oldest_open| {
            (now - asked_since(KnownUntil { latest, oldest_open }, now)).whole_days()
        };
        assert_eq!(asked(None, None), 90);
        assert_eq!(asked(ago(7), None), 21);
        assert_eq!(asked(ago(7), ago(10)), 21);
        assert_eq!(asked(ago(7), ago(30)), 31);
        assert_eq!(asked(ago(7), ago(300)), 90);
        assert_eq!(asked(ago(200), ago(300)), 214, "no settlement is left out");
    }
}
