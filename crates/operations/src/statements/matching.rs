//! Matching the lines of statements with orders: a line that carries an order's number pays it, others are proposed.

use domain::bank::PayerName;
use domain::ids::{OrderId, OrganizerId, StatementLineId};
use domain::statement::matching::propose;
use domain::transfer::TransferNumber;
use store::statements::{self, DecidedHow, Line, LineStatus};
use store::transfers;

use crate::Deps;
use crate::actor::Actor;
use crate::statements::apply::{ApplyError, apply};

/// Lines that one run looks at; a file with more is finished by the next.
const LINES_PER_RUN: i64 = 2000;

/// Looks at every line of the organizer that nobody decided about. Running twice, or twice at once, applies nothing twice.
///
/// # Errors
/// When the database fails; what was matched until then stays matched.
pub async fn match_undecided(deps: &Deps, organizer: OrganizerId) -> anyhow::Result<()> {
    let lines = {
        let mut conn = deps.db.acquire().await?;
        statements::list_undecided(&mut conn, organizer, LINES_PER_RUN).await?
    };
    for line in lines {
        match_line(deps, organizer, line).await?;
    }
    Ok(())
}

async fn match_line(
    deps: &Deps,
    organizer: OrganizerId,
    line: StatementLineId,
) -> anyhow::Result<()> {
    let mut conn = deps.db.acquire().await?;
    let line = statements::get_line(&mut conn, organizer, line).await?;
    if !matches!(line.status, LineStatus::Open | LineStatus::Proposed) {
        return Ok(());
    }
    let payer = PayerName::read(&line.payer);
    let certain = certain(&mut conn, organizer, &line, &payer).await?;
    if let Some(order) = certain {
        drop(conn);
        return match apply(deps, &line, order, DecidedHow::Number, Actor::System).await {
            Ok(_) | Err(ApplyError::DecidedBefore) => Ok(()),
            Err(ApplyError::Unexpected(error)) => Err(error),
            Err(error) => Err(error.into()),
        };
    }
    let awaited = transfers::list_awaited(&mut conn, organizer).await?;
    let proposals = propose(&payer, line.amount, &awaited);
    drop(conn);
    let mut tx = deps.db.begin().await?;
    statements::put_proposals(&mut tx, line.id, &proposals).await?;
    Ok(tx.commit().await?)
}

/// The one order whose number the line carries, whatever became of the order: money is real whenever it comes.
async fn certain(
    conn: &mut store::db::Conn,
    organizer: OrganizerId,
    line: &Line,
    payer: &PayerName,
) -> anyhow::Result<Option<OrderId>> {
    let memo = PayerName::read(&line.memo);
    let mut numbers = TransferNumber::all_in(payer.numbers());
    numbers.extend(TransferNumber::all_in(memo.numbers()));
    if numbers.is_empty() {
        return Ok(None);
    }
    let orders = transfers::list_by_numbers(conn, organizer, &numbers).await?;
    Ok(match orders.as_slice() {
        [only] => Some(*only),
        _ => None,
    })
}
