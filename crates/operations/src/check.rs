//! `eventpay check`: whether ledger, places, refunds, states and the audit log hold, row by row.

use std::fmt;

use crate::Deps;

/// A row that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static str,
    /// Which row.
    pub subject: String,
    /// What is wrong with it.
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.rule, self.subject, self.detail)
    }
}

/// Looks for every row that breaks a rule; none is the promise of the house.
///
/// # Errors
/// When the database fails.
pub async fn run(deps: &Deps) -> anyhow::Result<Vec<Finding>> {
    let mut conn = deps.db.acquire().await?;
    let mut findings = Vec::new();
    for (transaction, sum) in store::ledger::list_unbalanced(&mut conn).await? {
        findings.push(Finding {
            rule: "every ledger transaction has entries and sums to zero",
            subject: transaction.to_string(),
            detail: format!("sums to {sum}"),
        });
    }
    for it in store::quotas::list_breaks(&mut conn).await? {
        findings.push(Finding {
            rule: "a quota counts exactly its held and valid tickets, and never more than its size",
            subject: format!("{} of {}", it.quota, it.event),
            detail: format!("size {}, counted {}, tickets {}", it.size, it.n_taken, it.n_tickets),
        });
    }
    for (payment, detail) in store::payments::list_breaks(&mut conn).await? {
        findings.push(Finding {
            rule: "a payment's capture is in the ledger, and its refunds sum to at most that",
            subject: payment.to_string(),
            detail,
        });
    }
    for (order, detail) in store::orders::list_breaks(&mut conn).await? {
        findings.push(Finding {
            rule: "an order's status, money and tickets agree",
            subject: order.to_string(),
            detail,
        });
    }
    findings.extend(long_processes(&mut conn).await?);
    drop(conn);
    findings.extend(crate::audit::verify::verify(deps).await?);
    Ok(findings)
}

/// What runs over more than one transaction, and the paper it leaves.
async fn long_processes(conn: &mut store::db::Conn) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (subject, detail) in store::credit_notes::list_breaks(conn).await? {
        findings.push(Finding {
            rule: "every refund of an organizer's money has its credit note, numbered without gaps, within what was paid",
            subject,
            detail,
        });
    }
    for (process, detail) in store::processes::list_breaks(conn).await? {
        findings.push(Finding {
            rule: "a process has its steps, and succeeded exactly if all of them are done",
            subject: process.to_string(),
            detail,
        });
    }
    for (order, detail) in store::event_cancellations::list_breaks(conn).await? {
        findings.push(Finding {
            rule: "an event is cancelled exactly if a run ends its orders, and an order whose turn came stands no more",
            subject: order,
            detail,
        });
    }
    Ok(findings)
}
