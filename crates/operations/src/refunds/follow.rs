//! Following a refund: its story, what is asked of whom, and what can be done about it.

use std::fmt;

use domain::bank::BankAccount;
use domain::refund::{RefundSource, RefundStatus, RefundWait, RefundWay};
use domain::refund_story::{Line, story};
use store::db::Conn;
use store::error::StoreError;
use store::read::refund_story;
pub use store::read::refund_story::RefundFacts;
use time::OffsetDateTime;

use crate::refunds::account::{destination, token_of};
use crate::{Deps, Settings};

/// A refund as its buyer and its organizer follow it.
#[derive(Debug, Clone)]
pub struct FollowedRefund {
    pub facts: RefundFacts,
    pub story: Vec<Line>,
    /// The form that waits for the buyer's account.
    pub form: Option<WaitingForm>,
    /// Where the organizer has to transfer it, and nobody else sees it.
    pub transfer_to: Option<TransferTo>,
}

/// A buyer's account, opened for the organizer who transfers the money.
#[derive(Clone)]
pub struct TransferTo {
    pub account: BankAccount,
    pub bank_name: String,
    pub branch_name: String,
}

impl fmt::Debug for TransferTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransferTo(…)")
    }
}

/// A form that was not used yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingForm {
    /// None when its time is over.
    pub token: Option<String>,
    pub expires_at: OffsetDateTime,
}

impl FollowedRefund {
    /// Whether the organizer may give the money back by itself: not while the provider may be making it.
    pub const fn can_be_handed_back(&self) -> bool {
        matches!(self.facts.status, RefundStatus::NeedsAccount)
            || (matches!(self.facts.status, RefundStatus::Requested)
                && self.facts.waits_for.is_some())
    }

    /// Whether it is a transfer that could come back.
    pub const fn can_come_back(&self) -> bool {
        matches!(self.facts.status, RefundStatus::Succeeded)
            && matches!(self.facts.way, RefundWay::Account | RefundWay::ByHand)
            && !matches!(self.facts.source, RefundSource::Dispute)
    }
}

/// The refunds of an order; who may see them was judged by the caller.
pub(crate) async fn list(
    conn: &mut Conn,
    settings: &Settings,
    order: domain::ids::OrderId,
    now: OffsetDateTime,
) -> Result<Vec<FollowedRefund>, StoreError> {
    let all = refund_story::list_for_order(conn, order).await?;
    Ok(all.into_iter().map(|facts| follow(facts, settings, now)).collect())
}

/// Opens the accounts of refunds that wait for their organizer.
pub(crate) async fn open_accounts(
    deps: &Deps,
    conn: &mut Conn,
    followed: &mut [FollowedRefund],
) -> Result<(), StoreError> {
    let waits = |it: &&mut FollowedRefund| it.facts.waits_for == Some(RefundWait::Organizer);
    for refund in followed.iter_mut().filter(waits) {
        let opened = destination(deps, conn, refund.facts.id).await?;
        refund.transfer_to = opened.map(|it| TransferTo {
            account: it.account,
            bank_name: it.bank_name,
            branch_name: it.branch_name,
        });
    }
    Ok(())
}

fn follow(facts: RefundFacts, settings: &Settings, now: OffsetDateTime) -> FollowedRefund {
    let is_asked = facts.status == RefundStatus::NeedsAccount;
    let form = facts.form.filter(|_| is_asked).map(|(form, expires_at)| WaitingForm {
        token: (expires_at > now).then(|| token_of(settings, form)),
        expires_at,
    });
    let story = story(facts.source, facts.way, &facts.steps);
    FollowedRefund { story, form, facts, transfer_to: None }
}
