//! `eventpay check`: whether ledger, places, refunds, states and the audit log hold, row by row; by itself every night.

use std::collections::BTreeSet;
use std::fmt;

use domain::alert::AlertRule;
use domain::ids::{Id, OrderId, PaymentId, RefundId};
use serde_json::json;
use store::alerts::{self, About, Suspect};
use store::db::Conn;
use store::error::StoreError;
use store::quotas::QuotaBreak;
use store::recurring::{self, LastRun};

use crate::watch::raise_all;
use crate::{Deps, sealed};

domain::words! {
    /// A part of the check: small enough for one job.
    CheckPart {
        Ledger = "ledger",
        Quotas = "quotas",
        Payments = "payments",
        Orders = "orders",
        Settlements = "settlements",
        Statements = "statements",
        Processes = "processes",
        Audit = "audit",
    }
}

/// A question lists no more rows than this; with so many, nothing can be said of the rest.
const ROWS_MAX: usize = 1000;
/// The names under which last runs are kept begin so.
const RUN_PREFIX: &str = "check.";

const LEDGER: &str = "every ledger transaction has entries and sums to zero";
const QUOTAS: &str =
    "a quota counts exactly its held and valid tickets, and never more than its size";
const PAYMENTS: &str = "a payment's capture is in the ledger, and its refunds sum to at most that";
const ORDERS: &str = "an order's status, money and tickets agree";
const SETTLEMENTS: &str = "a settlement's money is in the ledger, or a difference says why not";
const STATEMENTS: &str =
    "a line of a bank statement that was applied is a captured transfer of its amount";

impl CheckPart {
    /// The rule of the alerts that its findings become.
    const fn alert_rule(self) -> AlertRule {
        match self {
            Self::Ledger => AlertRule::LedgerUnbalanced,
            Self::Quotas => AlertRule::QuotaDiffers,
            Self::Payments => AlertRule::BooksDiffer,
            Self::Orders => AlertRule::OrderDiffers,
            Self::Settlements => AlertRule::SettlementDiffers,
            Self::Statements => AlertRule::StatementDiffers,
            Self::Processes => AlertRule::ProcessDiffers,
            Self::Audit => AlertRule::AuditBroken,
        }
    }

    fn run_name(self) -> String {
        format!("{RUN_PREFIX}{self}")
    }
}

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

/// The row of a finding, as an alert needs to know it.
enum Row {
    Payment(PaymentId),
    Order(OrderId),
    Quota(QuotaBreak),
    /// By its name alone; such an alert is the platform's.
    Named,
}

/// Looks for every row that breaks a rule; none is the promise of the house.
///
/// # Errors
/// When the database fails.
pub async fn run(deps: &Deps) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for part in CheckPart::ALL {
        findings.extend(look(deps, *part).await?.into_iter().map(|(_, finding)| finding));
    }
    for column in sealed::rotate::look(deps).await?.iter().filter(|it| it.n_unknown > 0) {
        findings.push(Finding {
            rule: "what is sealed can be opened",
            subject: column.column.to_string(),
            detail: format!("{} rows that no known secret opens", column.n_unknown),
        });
    }
    Ok(findings)
}

/// Looks for every row that breaks a rule of one part.
async fn look(deps: &Deps, part: CheckPart) -> anyhow::Result<Vec<(Row, Finding)>> {
    if part == CheckPart::Audit {
        let findings = crate::audit::verify::verify(deps).await?;
        return Ok(findings.into_iter().map(|finding| (Row::Named, finding)).collect());
    }
    let mut tx = deps.db.begin().await?;
    // These questions read everything; a request's time would not do.
    recurring::give_time(&mut tx).await?;
    let named = |rule, subject: String, detail| Finding { rule, subject, detail };
    let found = match part {
        CheckPart::Ledger => {
            let unbalanced = store::ledger::list_unbalanced(&mut tx).await?.into_iter();
            unbalanced
                .map(|(id, sum)| {
                    (Row::Named, named(LEDGER, id.to_string(), format!("sums to {sum}")))
                })
                .collect()
        }
        CheckPart::Quotas => {
            let breaks = store::quotas::list_breaks(&mut tx).await?.into_iter();
            breaks
                .map(|it| {
                    let (size, n_taken, n) = (it.size, it.n_taken, it.n_tickets);
                    let subject = format!("{} of {}", it.quota, it.event);
                    let detail = format!("size {size}, counted {n_taken}, tickets {n}");
                    (Row::Quota(it), named(QUOTAS, subject, detail))
                })
                .collect()
        }
        CheckPart::Payments => {
            let breaks = store::payments::list_breaks(&mut tx).await?.into_iter();
            let back = money_back(&mut tx).await?.into_iter();
            breaks
                .map(|(id, detail)| (Row::Payment(id), named(PAYMENTS, id.to_string(), detail)))
                .chain(back.map(|finding| (Row::Named, finding)))
                .collect()
        }
        CheckPart::Orders => {
            let breaks = store::orders::list_breaks(&mut tx).await?.into_iter();
            breaks
                .map(|(id, detail)| (Row::Order(id), named(ORDERS, id.to_string(), detail)))
                .collect()
        }
        CheckPart::Settlements => {
            let breaks = store::settlements::list_breaks(&mut tx).await?.into_iter();
            breaks
                .map(|(id, detail)| (Row::Named, named(SETTLEMENTS, id.to_string(), detail)))
                .collect()
        }
        CheckPart::Statements => {
            let breaks = store::statements::list_breaks(&mut tx).await?.into_iter();
            breaks
                .map(|(id, detail)| (Row::Named, named(STATEMENTS, id.to_string(), detail)))
                .collect()
        }
        CheckPart::Processes => {
            let findings = long_processes(&mut tx).await?.into_iter();
            findings.map(|finding| (Row::Named, finding)).collect()
        }
        CheckPart::Audit => Vec::new(),
    };
    Ok(found)
}

/// Refunds, the accounts they go to, and disputes.
async fn money_back(conn: &mut Conn) -> anyhow::Result<Vec<Finding>> {
    let finding =
        |rule, subject: RefundId, detail| Finding { rule, subject: subject.to_string(), detail };
    let mut findings = Vec::new();
    for (refund, detail) in store::refunds::list_breaks(conn).await? {
        findings.push(finding(
            "what stands promised in the ledger is what refunds promise",
            refund,
            detail,
        ));
    }
    for (refund, status) in store::refund_accounts::list_kept_too_long(conn).await? {
        let detail = format!("sealed account of a refund that is {status}");
        findings.push(finding(
            "a bank account is kept only while a refund needs it",
            refund,
            detail,
        ));
    }
    for (refund, detail) in store::disputes::list_breaks(conn).await? {
        findings.push(finding("a dispute, its refund and the ledger agree", refund, detail));
    }
    Ok(findings)
}

/// What runs over more than one transaction, and the paper it leaves.
async fn long_processes(conn: &mut Conn) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (cancellation, detail) in store::cancellations::list_breaks(conn).await? {
        findings.push(Finding {
            rule: "a cancellation's tickets are void, and its fee and refund sum to at most their price",
            subject: cancellation.to_string(),
            detail,
        });
    }
    for (request, detail) in store::return_requests::list_breaks(conn).await? {
        findings.push(Finding {
            rule: "a return request that was approved has its cancellation, and is completed when the money is back",
            subject: request.to_string(),
            detail,
        });
    }
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
    for (payout, detail) in store::payouts::list_breaks(conn).await? {
        findings.push(Finding {
            rule: "a payout is the sum of its lines, and the ledger holds it where its status says",
            subject: payout.to_string(),
            detail,
        });
    }
    for (payment, detail) in store::fee_rules::list_breaks(conn).await? {
        findings.push(Finding {
            rule: "a payment's fees are in the ledger, and are what its order was placed under",
            subject: payment.to_string(),
            detail,
        });
    }
    Ok(findings)
}

/// Checks one part, makes each finding an alert, closes the alerts of rows that are right again, and keeps when that
/// was. Safe to repeat.
///
/// # Errors
/// When the database fails.
pub async fn nightly(deps: &Deps, part: CheckPart) -> anyhow::Result<()> {
    let found = look(deps, part).await?;
    let mut conn = deps.db.acquire().await?;
    let mut suspects = Vec::new();
    for (row, finding) in &found {
        suspects.push(suspect(&mut conn, part.alert_rule(), row, finding).await?);
    }
    drop(conn);
    raise_all(deps, &suspects).await?;
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    if found.len() < ROWS_MAX {
        let subjects: BTreeSet<&str> = suspects.iter().map(|it| it.subject.as_str()).collect();
        let open = alerts::list_open(&mut conn, part.alert_rule(), i64::MAX).await?;
        for alert in open.iter().filter(|it| !subjects.contains(it.subject.as_str())) {
            alerts::close(&mut conn, alert.id, now).await?;
        }
    }
    let outcome = json!({ "n_findings": found.len() });
    recurring::finish(&mut conn, &part.run_name(), &outcome, now).await?;
    Ok(())
}

async fn suspect(
    conn: &mut Conn,
    rule: AlertRule,
    row: &Row,
    finding: &Finding,
) -> Result<Suspect, StoreError> {
    let observed = json!({ "found": finding.detail });
    let expected = json!({ "rule": finding.rule });
    let (subject, about) = match row {
        Row::Payment(payment) => {
            let books = store::provider_report::books(conn, *payment).await?;
            (payment.uuid().to_string(), books.about)
        }
        Row::Order(order) => {
            let order = store::orders::get(conn, *order).await?;
            let about = About {
                organizer: Some(order.organizer),
                event: Some(order.event),
                order: Some(order.id),
                ..About::default()
            };
            (order.id.uuid().to_string(), about)
        }
        Row::Quota(it) => {
            let event = store::events::get(conn, it.event).await?;
            return Ok(Suspect {
                rule,
                subject: it.quota.uuid().to_string(),
                about: About {
                    organizer: Some(event.organizer),
                    event: Some(event.id),
                    ..About::default()
                },
                // In the words of the watch: the same matter, seen by another.
                observed: json!({ "nTaken": it.n_taken }),
                expected: json!({ "nTaken": it.n_tickets }),
            });
        }
        Row::Named => (format!("{} ({})", finding.subject, finding.rule), About::default()),
    };
    Ok(Suspect { rule, subject, about, observed, expected })
}

/// When each part was last checked by itself, and what was found.
///
/// # Errors
/// When the database fails.
pub async fn last_runs(deps: &Deps) -> Result<Vec<LastRun>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    recurring::list_last_runs(&mut conn, RUN_PREFIX).await
}
