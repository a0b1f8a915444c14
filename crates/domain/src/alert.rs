//! Alerts: what does not add up, by which rule, how bad it is, for whom, and what can be done about it.

use time::Duration;

crate::words! {
    /// What does not add up.
    AlertRule {
        /// Rule A: the provider took the money, our row does not say so.
        MissingHere = "payment.missing_here",
        /// Rule B: our row says captured, the provider does not.
        MissingThere = "payment.missing_there",
        /// Rule C: money came after its order had ended, and no place was free.
        MoneyLate = "money.late",
        /// An order was paid twice.
        MoneyDouble = "money.double",
        MoneyShort = "money.short",
        MoneyOver = "money.over",
        /// The buyer's bank took money back.
        MoneyDispute = "money.dispute",
        /// A bank gave money back whose order had ended meanwhile: perhaps it is the buyer's.
        MoneyDisputeWon = "money.dispute_won",
        /// A refund that was made at the provider, not here.
        MoneyRefundedThere = "money.refunded_at_provider",
        /// More went back than was taken, by both lists together.
        MoneyRefundsExceed = "money.refunds_exceed_capture",
        /// The provider settled what nobody here knows.
        SettlementMissingHere = "settlement.missing_here",
        /// The provider should have settled a payment, and did not.
        SettlementMissingThere = "settlement.missing_there",
        /// The provider settled another amount than ours.
        SettlementOtherAmount = "settlement.other_amount",
        /// The provider kept another fee than its own rate or ours says.
        SettlementOtherFee = "settlement.other_fee",
        /// A settlement's own sums are not those of its lines.
        SettlementOtherSum = "settlement.other_sum",
        /// A settlement was paid out, and its single lines cannot be read.
        SettlementWithoutLines = "settlement.without_lines",
        /// The books of a payment and the provider's report of its day differ.
        ReportDiffers = "report.differs",
        /// A payment and its ledger lines or refunds contradict each other.
        BooksDiffer = "payment.books_differ",
        /// An order's status, money and tickets contradict each other.
        OrderDiffers = "order.differs",
        /// Ledger transactions that do not sum to zero.
        LedgerUnbalanced = "ledger.unbalanced",
        /// A settlement's money is neither in the ledger nor in a difference.
        SettlementDiffers = "settlement.differs",
        /// A line of a bank statement and the payment that it became contradict each other.
        StatementDiffers = "statement.differs",
        /// A long process and its steps or papers contradict each other.
        ProcessDiffers = "process.differs",
        /// The audit log is not as it was sealed.
        AuditBroken = "audit.broken",
        /// A quota counts other than its tickets.
        QuotaDiffers = "quota.differs",
        /// Places are kept for an order that has ended.
        HoldWithoutOrder = "hold.without_order",
        /// A hold whose time is over still keeps places.
        HoldNotReleased = "hold.not_released",
        RefundStuck = "refund.stuck",
        /// A payout whose next step is overdue by its process.
        PayoutStuck = "payout.stuck",
        /// Mails of an organizer wait too long.
        MailStuck = "mail.stuck",
        /// The mail server refused a mail for good.
        MailRefused = "mail.refused",
        /// A job gave up after its last attempt.
        JobDead = "job.dead",
        /// Payments arrive, webhooks do not.
        WebhooksSilent = "webhooks.silent",
    }
}

crate::words! {
    /// How bad it is, the worst last.
    Severity {
        /// Good to know.
        Notice = "notice",
        /// Somebody should look.
        Warning = "warning",
        /// Money or places are wrong until somebody acts.
        Critical = "critical",
    }
}

crate::words! {
    /// Who noticed.
    AlertSource {
        /// The recording of money, in its own transaction.
        Record = "record",
        Watch = "watch",
        /// The nightly check.
        Check = "check",
    }
}

crate::words! {
    /// What can be done about an alert.
    AlertAction {
        /// Ask the provider again and record what it says.
        Ask = "ask",
        /// Do again what did not happen, or count again.
        Repair = "repair",
        /// Give the money back.
        Refund = "refund",
        /// Go where it is dealt with.
        Open = "open",
        /// It is known and shall stay so, with a note.
        Accept = "accept",
    }
}

crate::words! {
    /// How an alert ended.
    Resolution {
        /// The facts became right.
        Itself = "itself",
        /// A person accepted it.
        Accepted = "accepted",
    }
}

/// What closes an alert, beside a person who accepts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedBy {
    /// Our own rows, which the watch reads each time.
    Rows,
    /// The provider's answer.
    Provider,
    /// The next check that finds nothing.
    Check,
    /// A person alone.
    Person,
}

/// Things of ours that move by a machine's pace may take this long before anybody is disturbed.
const MACHINE_PATIENCE: Duration = Duration::minutes(15);
/// A refund passes through banks' machines.
const REFUND_PATIENCE: Duration = Duration::minutes(30);

impl AlertRule {
    /// The rule's name in the stream of alerts.
    pub const fn rule_id(self) -> &'static str {
        match self.stream_letter() {
            Some(id) => id,
            None => self.as_str(),
        }
    }

    /// Whether its alerts are told on `alerts.order_payment_inconsistency.v1`: an order and its payment disagree.
    pub const fn is_order_payment_inconsistency(self) -> bool {
        self.stream_letter().is_some()
    }

    const fn stream_letter(self) -> Option<&'static str> {
        match self {
            Self::MissingHere => Some("RULE_A"),
            Self::MissingThere => Some("RULE_B"),
            Self::MoneyLate => Some("RULE_C"),
            Self::MoneyDouble
            | Self::MoneyShort
            | Self::MoneyOver
            | Self::MoneyDispute
            | Self::MoneyDisputeWon
            | Self::MoneyRefundedThere
            | Self::MoneyRefundsExceed
            | Self::SettlementMissingHere
            | Self::SettlementMissingThere
            | Self::SettlementOtherAmount
            | Self::SettlementOtherFee
            | Self::SettlementOtherSum
            | Self::SettlementWithoutLines
            | Self::ReportDiffers
            | Self::BooksDiffer
            | Self::OrderDiffers
            | Self::LedgerUnbalanced
            | Self::SettlementDiffers
            | Self::StatementDiffers
            | Self::ProcessDiffers
            | Self::AuditBroken
            | Self::QuotaDiffers
            | Self::HoldWithoutOrder
            | Self::HoldNotReleased
            | Self::RefundStuck
            | Self::PayoutStuck
            | Self::MailStuck
            | Self::MailRefused
            | Self::JobDead
            | Self::WebhooksSilent => None,
        }
    }

    /// How bad it is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::MissingHere
            | Self::MissingThere
            | Self::MoneyRefundsExceed
            | Self::ReportDiffers
            | Self::BooksDiffer
            | Self::OrderDiffers
            | Self::LedgerUnbalanced
            | Self::SettlementDiffers
            | Self::StatementDiffers
            | Self::ProcessDiffers
            | Self::AuditBroken
            | Self::QuotaDiffers => Severity::Critical,
            Self::MoneyLate
            | Self::MoneyShort
            | Self::MoneyDispute
            | Self::MoneyDisputeWon
            | Self::SettlementMissingHere
            | Self::SettlementMissingThere
            | Self::SettlementOtherAmount
            | Self::SettlementOtherFee
            | Self::SettlementOtherSum
            | Self::SettlementWithoutLines
            | Self::HoldWithoutOrder
            | Self::HoldNotReleased
            | Self::RefundStuck
            | Self::PayoutStuck
            | Self::MailStuck
            | Self::JobDead
            | Self::WebhooksSilent => Severity::Warning,
            Self::MoneyDouble | Self::MoneyOver | Self::MoneyRefundedThere | Self::MailRefused => {
                Severity::Notice
            }
        }
    }

    /// How long the fact may stand before it is told; `base` is configured.
    ///
    /// What contradicts itself within one database is wrong at once: nothing is under way there.
    pub fn grace(self, base: Duration) -> Duration {
        match self {
            Self::MissingHere
            | Self::MissingThere
            | Self::MoneyLate
            | Self::MoneyDouble
            | Self::MoneyShort
            | Self::MoneyOver
            | Self::MoneyDispute
            | Self::MoneyDisputeWon
            | Self::MoneyRefundedThere
            | Self::MoneyRefundsExceed
            | Self::SettlementMissingHere
            | Self::SettlementMissingThere
            | Self::SettlementOtherAmount
            | Self::SettlementOtherFee
            | Self::SettlementOtherSum
            | Self::SettlementWithoutLines
            | Self::HoldWithoutOrder
            | Self::HoldNotReleased => base,
            Self::MailStuck | Self::WebhooksSilent => base.max(MACHINE_PATIENCE),
            Self::RefundStuck => base.max(REFUND_PATIENCE),
            Self::ReportDiffers
            | Self::BooksDiffer
            | Self::OrderDiffers
            | Self::LedgerUnbalanced
            | Self::SettlementDiffers
            | Self::StatementDiffers
            | Self::ProcessDiffers
            | Self::AuditBroken
            | Self::QuotaDiffers
            | Self::MailRefused
            | Self::JobDead => Duration::ZERO,
            // Its process says how long each step may take.
            Self::PayoutStuck => Duration::ZERO,
        }
    }

    /// Who notices it.
    pub const fn source(self) -> AlertSource {
        match self {
            Self::MoneyLate
            | Self::MoneyDouble
            | Self::MoneyShort
            | Self::MoneyOver
            | Self::MoneyDispute
            | Self::MoneyDisputeWon
            | Self::MoneyRefundedThere
            | Self::MoneyRefundsExceed
            | Self::SettlementMissingHere
            | Self::SettlementMissingThere
            | Self::SettlementOtherAmount
            | Self::SettlementOtherFee
            | Self::SettlementOtherSum
            | Self::SettlementWithoutLines => AlertSource::Record,
            Self::BooksDiffer
            | Self::OrderDiffers
            | Self::LedgerUnbalanced
            | Self::SettlementDiffers
            | Self::StatementDiffers
            | Self::ProcessDiffers
            | Self::AuditBroken => AlertSource::Check,
            Self::MissingHere
            | Self::MissingThere
            | Self::ReportDiffers
            | Self::QuotaDiffers
            | Self::HoldWithoutOrder
            | Self::HoldNotReleased
            | Self::RefundStuck
            | Self::PayoutStuck
            | Self::MailStuck
            | Self::MailRefused
            | Self::JobDead
            | Self::WebhooksSilent => AlertSource::Watch,
        }
    }

    /// What closes it, beside a person.
    pub const fn closed_by(self) -> ClosedBy {
        match self {
            Self::MissingHere
            | Self::MoneyLate
            | Self::MoneyDouble
            | Self::MoneyDisputeWon
            | Self::SettlementMissingHere
            | Self::SettlementMissingThere
            | Self::SettlementWithoutLines
            | Self::QuotaDiffers
            | Self::HoldWithoutOrder
            | Self::HoldNotReleased
            | Self::RefundStuck
            | Self::PayoutStuck
            | Self::MailStuck
            | Self::JobDead
            | Self::WebhooksSilent => ClosedBy::Rows,
            Self::MissingThere | Self::ReportDiffers => ClosedBy::Provider,
            Self::BooksDiffer
            | Self::OrderDiffers
            | Self::LedgerUnbalanced
            | Self::SettlementDiffers
            | Self::StatementDiffers
            | Self::ProcessDiffers
            | Self::AuditBroken => ClosedBy::Check,
            Self::MoneyShort
            | Self::MoneyOver
            | Self::MoneyDispute
            | Self::MoneyRefundedThere
            | Self::MoneyRefundsExceed
            | Self::SettlementOtherAmount
            | Self::SettlementOtherFee
            | Self::SettlementOtherSum
            | Self::MailRefused => ClosedBy::Person,
        }
    }

    /// What can be done, the best first. Everything can be accepted.
    pub const fn actions(self) -> &'static [AlertAction] {
        use AlertAction as A;
        match self {
            Self::MissingHere | Self::MissingThere | Self::ReportDiffers => &[A::Ask, A::Accept],
            Self::MoneyLate => &[A::Ask, A::Refund, A::Accept],
            Self::MoneyDouble | Self::MoneyOver | Self::MoneyShort | Self::MoneyDisputeWon => {
                &[A::Refund, A::Accept]
            }
            Self::QuotaDiffers
            | Self::HoldWithoutOrder
            | Self::HoldNotReleased
            | Self::RefundStuck
            | Self::MailStuck
            | Self::JobDead => &[A::Repair, A::Accept],
            Self::PayoutStuck => &[A::Open, A::Accept],
            Self::MoneyDispute
            | Self::MoneyRefundedThere
            | Self::MoneyRefundsExceed
            | Self::SettlementMissingHere
            | Self::SettlementMissingThere
            | Self::SettlementOtherAmount
            | Self::SettlementOtherFee
            | Self::SettlementOtherSum
            | Self::SettlementWithoutLines
            | Self::BooksDiffer
            | Self::OrderDiffers
            | Self::LedgerUnbalanced
            | Self::SettlementDiffers
            | Self::StatementDiffers
            | Self::ProcessDiffers
            | Self::AuditBroken
            | Self::MailRefused
            | Self::WebhooksSilent => &[A::Accept],
        }
    }

    /// Whether `action` fits.
    pub fn allows(self, action: AlertAction) -> bool {
        self.actions().contains(&action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::fmt::Write;

    #[test]
    fn every_rule_says_all_about_itself() {
        let mut table = String::new();
        for rule in AlertRule::ALL {
            let actions: Vec<_> = rule.actions().iter().map(|it| it.as_str()).collect();
            writeln!(
                table,
                "{:<29}{:<9}{:<7}{:>3} min  {:<10}{}",
                rule.rule_id(),
                rule.severity(),
                rule.source(),
                rule.grace(Duration::minutes(5)).whole_minutes(),
                format!("{:?}", rule.closed_by()),
                actions.join(" ")
            )
            .unwrap();
            assert!(rule.allows(AlertAction::Accept), "{rule} can be accepted");
        }
        expect![[r#"
            RULE_A                       critical watch    5 min  Rows      ask accept
            RULE_B                       critical watch    5 min  Provider  ask accept
            RULE_C                       warning  record   5 min  Rows      ask refund accept
            money.double                 notice   record   5 min  Rows      refund accept
            money.short                  warning  record   5 min  Person    refund accept
            money.over                   notice   record   5 min  Person    refund accept
            money.dispute                warning  record   5 min  Person    accept
            money.dispute_won            warning  record   5 min  Rows      refund accept
            money.refunded_at_provider   notice   record   5 min  Person    accept
            money.refunds_exceed_capture critical record   5 min  Person    accept
            settlement.missing_here      warning  record   5 min  Rows      accept
            settlement.missing_there     warning  record   5 min  Rows      accept
            settlement.other_amount      warning  record   5 min  Person    accept
            settlement.other_fee         warning  record   5 min  Person    accept
            settlement.other_sum         warning  record   5 min  Person    accept
            settlement.without_lines     warning  record   5 min  Rows      accept
            report.differs               critical watch    0 min  Provider  ask accept
            payment.books_differ         critical check    0 min  Check     accept
            order.differs                critical check    0 min  Check     accept
            ledger.unbalanced            critical check    0 min  Check     accept
            settlement.differs           critical check    0 min  Check     accept
            statement.differs            critical check    0 min  Check     accept
            process.differs              critical check    0 min  Check     accept
            audit.broken                 critical check    0 min  Check     accept
            quota.differs                critical watch    0 min  Rows      repair accept
            hold.without_order           warning  watch    5 min  Rows      repair accept
            hold.not_released            warning  watch    5 min  Rows      repair accept
            refund.stuck                 warning  watch   30 min  Rows      repair accept
            payout.stuck                 warning  watch    0 min  Rows      open accept
            mail.stuck                   warning  watch   15 min  Rows      repair accept
            mail.refused                 notice   watch    0 min  Person    accept
            job.dead                     warning  watch    0 min  Rows      repair accept
            webhooks.silent              warning  watch   15 min  Rows      accept
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn the_grace_follows_the_configuration() {
        assert_eq!(AlertRule::MissingHere.grace(Duration::hours(1)), Duration::hours(1));
        assert_eq!(AlertRule::RefundStuck.grace(Duration::hours(1)), Duration::hours(1));
        assert_eq!(AlertRule::QuotaDiffers.grace(Duration::hours(1)), Duration::ZERO);
    }
}
