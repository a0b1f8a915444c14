//! Following a refund: its story, what is asked of whom, and what can be done about it.

use domain::refund::{RefundSource, RefundStatus, RefundWay};
use domain::refund_story::{Line, story};
use store::db::Conn;
use store::error::StoreError;
use store::read::refund_story;
pub use store::read::refund_story::RefundFacts;
use time::OffsetDateTime;

use crate::Settings;
use crate::refunds::account::token_of;

/// A refund as its buyer and its organizer follow it.
#[derive(Debug, Clone)]
pub struct FollowedRefund {
    pub facts: RefundFacts,
    pub story: Vec<Line>,
    /// The form that waits for the buyer's account.
    pub form: Option<WaitingForm>,
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

fn follow(facts: RefundFacts, settings: &Settings, now: OffsetDateTime) -> FollowedRefund {
    let is_asked = facts.status == RefundStatus::NeedsAccount;
    let form = facts.form.filter(|_| is_asked).map(|(form, expires_at)| WaitingForm {
        token: (expires_at > now).then(|| token_of(settings, form)),
        expires_at,
    });
    FollowedRefund { story: story(facts.source, facts.way, &facts.steps), form, facts }
}
