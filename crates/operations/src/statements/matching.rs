//! Matching the lines of statements with orders: a line that carries an order's number pays it, others are proposed.

use domain::bank::PayerName;
use domain::ids::{OrderId, OrganizerId};
use domain::statement::matching::{Awaited, propose};
use domain::transfer::TransferNumber;
use store::statements::{self, DecidedHow, Line, LineStatus};
use store::transfers;

use crate::Deps;
use crate::actor::Actor;
use crate::statements::apply::{ApplyError, apply};

/// Lines that are read at once.
const PAGE_LINES: i64 = 500;
/// Lines that proposals are looked for, the newest: who left so many undecided does not decide by proposals.
const PROPOSED_LINES: i64 = 2000;

/// Looks at every line of the organizer that nobody decided about: first for numbers, in all of them, then for proposals.
/// Running twice, or twice at once, applies nothing twice.
///
/// # Errors
/// When a line could not be recorded or the database fails; all other lines are matched all the same.
pub async fn match_undecided(deps: &Deps, organizer: OrganizerId) -> anyhow::Result<()> {
    let numbers = apply_numbered(deps, organizer).await?;
    let proposals = propose_others(deps, organizer).await?;
    match numbers.or(proposals) {
        Some(error) => Err(error.context("a line of a statement could not be matched")),
        None => Ok(()),
    }
}

/// Tells the first error of a line; none stops the others.
async fn apply_numbered(
    deps: &Deps,
    organizer: OrganizerId,
) -> anyhow::Result<Option<anyhow::Error>> {
    let (mut first_error, mut after) = (None, None);
    loop {
        let lines = {
            let mut conn = deps.db.acquire().await?;
            statements::list_undecided(&mut conn, organizer, after, PAGE_LINES).await?
        };
        let Some(last) = lines.last() else { return Ok(first_error) };
        after = Some(last.id);
        for line in &lines {
            if let Err(error) = apply_if_certain(deps, line).await {
                tracing::error!(line.id = %line.id, "a line could not be recorded: {error:#}");
                first_error.get_or_insert(error);
            }
        }
    }
}

async fn apply_if_certain(deps: &Deps, line: &Line) -> anyhow::Result<()> {
    let Some(order) = certain(deps, line).await? else { return Ok(()) };
    match apply(deps, line, order, DecidedHow::Number, Actor::System).await {
        // What does not fit the order by itself is for a person.
        Ok(_)
        | Err(
            ApplyError::DecidedBefore
            | ApplyError::NotFound
            | ApplyError::NoSuchOrder
            | ApplyError::OtherCurrency,
        ) => Ok(()),
        Err(ApplyError::Unexpected(error)) => Err(error),
        Err(error @ ApplyError::Busy) => Err(error.into()),
    }
}

/// The one order whose number the line carries, whatever became of the order: money is real whenever it comes.
async fn certain(deps: &Deps, line: &Line) -> anyhow::Result<Option<OrderId>> {
    let mut numbers = TransferNumber::all_in(PayerName::read(&line.payer).numbers());
    numbers.extend(TransferNumber::all_in(PayerName::read(&line.memo).numbers()));
    if numbers.is_empty() {
        return Ok(None);
    }
    let mut conn = deps.db.acquire().await?;
    let orders = transfers::list_by_numbers(&mut conn, line.organizer, &numbers).await?;
    Ok(match orders.as_slice() {
        [only] => Some(*only),
        _ => None,
    })
}

/// As [`apply_numbered`], for what stays undecided.
async fn propose_others(
    deps: &Deps,
    organizer: OrganizerId,
) -> anyhow::Result<Option<anyhow::Error>> {
    let (lines, awaited) = {
        let mut conn = deps.db.acquire().await?;
        let lines = statements::list_newest_undecided(&mut conn, organizer, PROPOSED_LINES).await?;
        let awaited = if lines.is_empty() {
            Vec::new()
        } else {
            transfers::list_awaited(&mut conn, organizer).await?
        };
        (lines, awaited)
    };
    let mut first_error = None;
    for line in &lines {
        if let Err(error) = put_proposals(deps, line, &awaited).await {
            tracing::error!(line.id = %line.id, "a line could not be proposed: {error:#}");
            first_error.get_or_insert(error);
        }
    }
    Ok(first_error)
}

async fn put_proposals(deps: &Deps, line: &Line, awaited: &[Awaited]) -> anyhow::Result<()> {
    let proposals = propose(&PayerName::read(&line.payer), line.amount, awaited);
    if proposals.is_empty() && line.status == LineStatus::Open {
        return Ok(());
    }
    let mut tx = deps.db.begin().await?;
    statements::put_proposals(&mut tx, line.id, &proposals).await?;
    Ok(tx.commit().await?)
}
