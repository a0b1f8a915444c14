//! The timelines of an order, of a refund and of a payout, read from their own rows by the declaration of their process.

use domain::order::OrderStatus;
use domain::payment::PaymentStatus;
use domain::process::{Mark, ProcessKind, StepName, StepState, Timeline, timeline};
use domain::refund::{RefundStatus, RefundWay};
use time::OffsetDateTime;

use crate::orders::detail::{OrderDetail, RefundLine};
use crate::payouts::show::PayoutDetail;

/// An order's way from the choice to the tickets in the mail, and back where it ended early.
pub fn purchase(found: &OrderDetail) -> Timeline {
    let head = &found.head;
    let mut marks = vec![mark(StepName::KeepPlaces, StepState::Done, head.created_at)];
    if found.payments.is_empty() {
        for step in [StepName::OpenPage, StepName::TakeMoney] {
            marks.push(mark(step, StepState::Skipped, head.created_at));
        }
    }
    if let Some(last) = found.payments.last() {
        let state = match last.status {
            PaymentStatus::Created if head.status.is_payable() => StepState::Running,
            PaymentStatus::Created => StepState::Skipped,
            _ => StepState::Done,
        };
        marks.push(mark(StepName::OpenPage, state, last.created_at));
        let paid = found.payments.iter().find(|it| it.applied_minor > 0);
        if let Some(at) = paid.and_then(|it| it.captured_at) {
            marks.push(mark(StepName::TakeMoney, StepState::Done, at));
        } else if state == StepState::Done && head.status.is_payable() {
            marks.push(mark(StepName::TakeMoney, StepState::Running, last.updated_at));
        }
    }
    if let Some(at) = head.paid_at {
        marks.push(mark(StepName::IssueTickets, StepState::Done, at));
    }
    marks.extend(confirmation(found));
    marks.extend(taken_back(found));
    timeline(ProcessKind::Purchase, &marks, found.now)
}

/// The mail with the tickets.
fn confirmation(found: &OrderDetail) -> Option<Mark> {
    let mail = found.mails.iter().rfind(|mail| mail.kind == "order_paid")?;
    let state = match mail.status.as_str() {
        "sent" => StepState::Done,
        "failed" => StepState::Failed,
        "skipped" => StepState::Skipped,
        _ => StepState::Running,
    };
    Some(mark(StepName::Confirm, state, mail.sent_at.unwrap_or(mail.created_at)))
}

/// What was taken back of an order that ended.
fn taken_back(found: &OrderDetail) -> Vec<Mark> {
    let head = &found.head;
    let has_ended = matches!(head.status, OrderStatus::Cancelled | OrderStatus::Expired);
    let Some(ended_at) = head.ended_at.filter(|_| has_ended) else { return Vec::new() };
    let mut marks = vec![mark(StepName::FreePlaces, StepState::Done, ended_at)];
    let is_paid = head.paid_at.is_some();
    if !found.payments.is_empty() && !is_paid {
        let is_open = found.payments.iter().any(|it| it.status.is_open());
        let state = if is_open { StepState::Running } else { StepState::Done };
        let at = found.payments.iter().map(|it| it.updated_at).max().unwrap_or(ended_at);
        marks.push(mark(StepName::ClosePage, state, at));
    }
    let refunds: Vec<&RefundLine> = found.refunds.iter().filter(|it| !it.is_from_credit).collect();
    if let Some(at) = refunds.iter().map(|it| it.updated_at).max() {
        let is_any = |wanted: fn(RefundStatus) -> bool| refunds.iter().any(|it| wanted(it.status));
        let state = if is_any(|it| it.is_counted() && it != RefundStatus::Succeeded) {
            StepState::Running
        } else if is_any(|it| it == RefundStatus::Succeeded) {
            StepState::Done
        } else {
            StepState::Failed
        };
        marks.push(mark(StepName::ReturnMoney, state, at));
    }
    marks
}

/// One refund's way.
pub fn refund(found: &OrderDetail, refund: &RefundLine) -> Timeline {
    let followed = found.followed.iter().find(|it| it.facts.id == refund.id);
    let account = match (refund.status, followed.map(|it| it.facts.way)) {
        (RefundStatus::NeedsAccount, _) => StepState::Running,
        (_, Some(RefundWay::Account)) => StepState::Done,
        (_, Some(RefundWay::Original | RefundWay::ByHand) | None) => StepState::Skipped,
    };
    let mut marks = vec![
        mark(StepName::PromiseRefund, StepState::Done, refund.created_at),
        mark(StepName::GetAccount, account, refund.updated_at),
    ];
    let sending = match refund.status {
        RefundStatus::NeedsAccount => None,
        RefundStatus::Requested | RefundStatus::Processing => Some(StepState::Running),
        RefundStatus::Succeeded => Some(StepState::Done),
        RefundStatus::Failed | RefundStatus::Rejected => Some(StepState::Failed),
    };
    if let Some(state) = sending {
        marks.push(mark(StepName::SendRefund, state, refund.updated_at));
    }
    if sending == Some(StepState::Failed) {
        marks.push(mark(StepName::ReleaseRefund, StepState::Done, refund.updated_at));
    }
    timeline(ProcessKind::Refund, &marks, found.now)
}

/// A payout's way to the organizer's account.
pub fn payout(found: &PayoutDetail) -> Timeline {
    let payout = &found.payout;
    let mut marks = vec![mark(StepName::SetAside, StepState::Done, payout.created_at)];
    let open = |until: Option<OffsetDateTime>, since: OffsetDateTime| match until {
        Some(at) => Some((StepState::Done, at)),
        None => payout.status.is_open().then_some((StepState::Running, since)),
    };
    let approved = open(payout.approved_at, payout.created_at);
    let told = payout.approved_at.and_then(|at| open(payout.submitted_at, at));
    // The bank pays on a day that may lie weeks ahead; nobody waits for it before.
    let due = payout.submitted_at.map(|at| found.transfer_at.map_or(at, |day| day.max(at)));
    let arrived = match (due, payout.ended_at) {
        (Some(_), Some(ended)) if payout.paid_at.is_none() => Some((StepState::Failed, ended)),
        (Some(due), _) => open(payout.paid_at, due),
        (None, _) => None,
    };
    let steps = [
        (StepName::ApprovePayout, approved),
        (StepName::TellBank, told),
        (StepName::AwaitBank, arrived),
    ];
    marks.extend(
        steps.into_iter().filter_map(|(step, it)| it.map(|(state, at)| mark(step, state, at))),
    );
    if let Some(at) = payout.ended_at {
        marks.push(mark(StepName::MakePayable, StepState::Done, at));
    }
    timeline(ProcessKind::Payout, &marks, found.now)
}

const fn mark(step: StepName, state: StepState, at: OffsetDateTime) -> Mark {
    Mark { step, state, at }
}
