//! What cancelling would keep and give back at a moment: computed from rows, changes nothing.

use domain::cancel_policy::{CancelMode, Cancelling, Fee, Settlement, Standing, Start, settle};
use domain::ids::TicketId;
use domain::money::{Money, MoneyError};
use store::cancel_policies::{self, SoldPolicy};
use store::cancellations::{self, SoldTicket};
use store::db::Conn;
use store::error::StoreError;
use store::orders::Order;
use time::OffsetDateTime;

use crate::cancellations::cancel::CancelError;
use crate::refunds::purse::{self, Purse};

/// Which tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Every ticket that is still valid.
    All,
    /// By the codes on them.
    Codes(Vec<String>),
}

/// By whose rule the fee is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The policy's; after its last step there is no cancelling.
    Participant,
    /// The policy's; where it allows no cancelling any more nothing goes back, and where none was agreed everything does.
    Organizer,
    /// Nothing is kept.
    Waived,
}

/// What is kept and what goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    pub fee: Money,
    pub back: Money,
}

/// What cancelling costs now, and what it will cost next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// None when it is not possible any more.
    pub today: Option<Sum>,
    /// Until when this holds.
    pub until: Option<OffsetDateTime>,
    /// What holds from then on; none when it will not be possible any more.
    pub then: Option<Sum>,
}

/// The rows that decide.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    pub(crate) sold: SoldPolicy,
    pub(crate) tickets: Vec<SoldTicket>,
    /// The payments that pay the order; none where nothing was owed.
    pub(crate) purses: Vec<Purse>,
    /// What of them is still with the organizer.
    held: Money,
}

/// Reads what decides; with `is_locked`, the payments' rows are held until the transaction ends.
pub(crate) async fn load(
    conn: &mut Conn,
    order: &Order,
    is_locked: bool,
) -> Result<Basis, CancelError> {
    let purses = purse::list(conn, order.id, is_locked).await?;
    let currency = order.amount.currency();
    let held = Money::sum(currency, purses.iter().map(|it| it.left.payable))?;
    Ok(Basis {
        sold: cancel_policies::get_sold(conn, order.id).await?,
        tickets: cancellations::list_tickets(conn, order.id, currency).await?,
        purses,
        held,
    })
}

impl Basis {
    /// Who may cancel, as it was sold.
    pub(crate) const fn mode(&self) -> CancelMode {
        self.sold.frozen.policy.mode
    }

    pub(crate) fn valid(&self) -> Vec<&SoldTicket> {
        self.tickets.iter().filter(|ticket| ticket.is_valid).collect()
    }

    /// The wished tickets, all of them valid.
    pub(crate) fn choose(&self, which: &Which) -> Result<Vec<&SoldTicket>, CancelError> {
        let codes = match which {
            Which::All => {
                let all = self.valid();
                return if all.is_empty() { Err(CancelError::AlreadyCancelled) } else { Ok(all) };
            }
            Which::Codes(codes) => codes,
        };
        let mut chosen: Vec<&SoldTicket> = Vec::with_capacity(codes.len());
        for code in codes {
            let ticket = self.tickets.iter().find(|ticket| ticket.code == *code);
            let ticket = ticket.ok_or(CancelError::UnknownTicket)?;
            if !ticket.is_valid {
                return Err(CancelError::AlreadyCancelled);
            }
            if chosen.iter().all(|it| it.id != ticket.id) {
                chosen.push(ticket);
            }
        }
        if chosen.is_empty() { Err(CancelError::UnknownTicket) } else { Ok(chosen) }
    }

    /// What cancelling `tickets` would move at `at`; none where the rule allows it no more.
    pub(crate) fn settle(
        &self,
        tickets: &[&SoldTicket],
        rule: Rule,
        at: OffsetDateTime,
    ) -> Result<Option<Settlement>, CancelError> {
        let mut wanted = Vec::with_capacity(tickets.len());
        for ticket in tickets {
            let fee = match (rule, self.standing(ticket, at)?.fee) {
                (Rule::Waived, _) => Fee::FREE,
                (Rule::Organizer, _) if self.mode() == CancelMode::Closed => Fee::FREE,
                (Rule::Organizer | Rule::Participant, Some(fee)) => fee,
                (Rule::Organizer, None) => Fee::WHOLE,
                (Rule::Participant, None) => return Ok(None),
            };
            wanted.push(Cancelling { price: ticket.price, fee });
        }
        Ok(Some(settle(self.held_for(tickets)?, &wanted)?))
    }

    /// What is offered at `now`, and what comes next.
    pub(crate) fn offer(
        &self,
        tickets: &[&SoldTicket],
        rule: Rule,
        now: OffsetDateTime,
    ) -> Result<Offer, CancelError> {
        let sum = |settled: Settlement| Sum { fee: settled.fee, back: settled.back };
        let mut until: Option<OffsetDateTime> = None;
        for ticket in tickets {
            let ends = self.standing(ticket, now)?.until;
            until = match (until, ends) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        let then = match until {
            Some(until) => self.settle(tickets, rule, until)?.map(sum),
            None => None,
        };
        Ok(Offer { today: self.settle(tickets, rule, now)?.map(sum), until, then })
    }

    fn standing(&self, ticket: &SoldTicket, at: OffsetDateTime) -> Result<Standing, CancelError> {
        let frozen = &self.sold.frozen;
        let start = Start {
            sold: frozen.starts_at,
            now: self.sold.starts_at,
            time_zone: &frozen.time_zone,
        };
        let standing = frozen.policy.terms(ticket.ticket_type).at(start, at);
        standing.map_err(|error| CancelError::Unexpected(error.into()))
    }

    /// What is held for these tickets: all that is held, without what the other valid tickets are worth.
    fn held_for(&self, tickets: &[&SoldTicket]) -> Result<Money, MoneyError> {
        let is_other = |ticket: &&&SoldTicket| tickets.iter().all(|it| it.id != ticket.id);
        let valid = self.valid();
        let others = valid.iter().filter(is_other).map(|ticket| ticket.price);
        self.held.checked_sub(Money::sum(self.held.currency(), others)?)
    }
}

/// Tickets with what is kept of each.
pub(crate) fn fees(tickets: &[&SoldTicket], settled: &Settlement) -> Vec<(TicketId, Money)> {
    tickets.iter().zip(&settled.fees).map(|(ticket, fee)| (ticket.id, *fee)).collect()
}

impl From<MoneyError> for CancelError {
    fn from(error: MoneyError) -> Self {
        Self::Unexpected(error.into())
    }
}

impl From<StoreError> for CancelError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}
