//! What an event says about cancelling: until when, and for how much; and what cancelling some tickets moves.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::ids::TicketTypeId;
use crate::limits::{CANCEL_DAYS_MAX, CANCEL_HOURS_MAX, CANCEL_STEPS_MAX, PRICE_MINOR_MAX};
use crate::money::{Money, MoneyError};
use crate::time_zone::{UnknownTime, day_start};

/// All of a price, in basis points.
const WHOLE: u16 = 10_000;
/// How the policies of today are written down; a later shape gets a later number and both are read.
const VERSION: u8 = 1;

crate::words! {
    /// Who may cancel a paid order.
    CancelMode {
        /// The participant, by the personal link.
        SelfService = "self_service",
        /// The participant asks, the organizer decides.
        Approval = "approval",
        /// Nobody but the organizer.
        Closed = "closed",
    }
}

/// What cancelling one ticket costs: a part of its price, and a fixed amount on top. Never more than the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// Hundredths of a percent of the ticket's price.
    pub basis_points: u16,
    /// In minor units of the event's currency.
    pub fixed_minor: i64,
}

impl Fee {
    /// Nothing.
    pub const FREE: Self = Self { basis_points: 0, fixed_minor: 0 };
    /// The whole price.
    pub const WHOLE: Self = Self::percent(100);

    /// A part of the price.
    pub const fn percent(percent: u16) -> Self {
        Self { basis_points: percent.saturating_mul(100), fixed_minor: 0 }
    }

    /// What a ticket of `price` costs to cancel; parts of a unit are the participant's.
    ///
    /// # Errors
    /// When the amount does not fit.
    pub fn of(self, price: Money) -> Result<Money, MoneyError> {
        let part = price.checked_mul(self.basis_points.into())?.minor();
        let part = part.checked_div(WHOLE.into()).ok_or(MoneyError::OutOfRange)?;
        let fee = part.checked_add(self.fixed_minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Money::new(fee.min(price.minor()).max(0), price.currency()))
    }

    /// Whether everything is kept.
    pub const fn is_whole(self) -> bool {
        self.basis_points >= WHOLE
    }

    /// Whether nothing is kept.
    pub const fn is_free(self) -> bool {
        self.basis_points == 0 && self.fixed_minor == 0
    }

    const fn is_within_bounds(self) -> bool {
        self.basis_points <= WHOLE && 0 <= self.fixed_minor && self.fixed_minor <= PRICE_MINOR_MAX
    }

    /// Whether this is at least `before` for every price.
    const fn is_no_less_than(self, before: Self) -> bool {
        self.is_whole()
            || (self.basis_points >= before.basis_points && self.fixed_minor >= before.fixed_minor)
    }
}

/// Until when a step lasts, counted back from the event's start. The moment itself is no longer inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// Until the end of the day that is so many days before the day of the start, in the event's time zone.
    Days(u16),
    /// Until so many hours before the start.
    Hours(u16),
}

impl Until {
    /// Hours before the start, days counted whole: enough to put steps in order.
    fn hours(self) -> u32 {
        match self {
            Self::Days(days) => u32::from(days).saturating_mul(24),
            Self::Hours(hours) => hours.into(),
        }
    }

    const fn is_within_bounds(self) -> bool {
        match self {
            Self::Days(days) => 1 <= days && days <= CANCEL_DAYS_MAX,
            Self::Hours(hours) => 1 <= hours && hours <= CANCEL_HOURS_MAX,
        }
    }

    fn deadline(
        self,
        starts_at: OffsetDateTime,
        zone: &str,
    ) -> Result<OffsetDateTime, UnknownTime> {
        match self {
            Self::Days(days) => day_start(starts_at, zone, days.saturating_sub(1)),
            Self::Hours(hours) => {
                starts_at.checked_sub(Duration::hours(hours.into())).ok_or(UnknownTime)
            }
        }
    }
}

/// A fee and until when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub until: Until,
    pub fee: Fee,
}

/// The fees from now to the event's start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// In the order of time.
    pub steps: Vec<Step>,
    /// After the last step; none means that nobody cancels any more.
    pub after: Option<Fee>,
}

/// What is wrong with terms; steps are counted from zero, and what comes after the last is one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedTerms {
    #[error("more than {CANCEL_STEPS_MAX} steps")]
    TooManySteps,
    #[error("step {step} is not within bounds")]
    OutOfRange { step: usize },
    #[error("step {step} does not come after the one before")]
    OutOfOrder { step: usize },
    #[error("the fee falls at step {step}")]
    FeeFalls { step: usize },
}

/// What holds at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// None when nobody cancels any more.
    pub fee: Option<Fee>,
    /// Until when it holds; none when it stays.
    pub until: Option<OffsetDateTime>,
}

impl Terms {
    /// Nothing is kept until the event starts.
    pub const fn free() -> Self {
        Self { steps: Vec::new(), after: Some(Fee::FREE) }
    }

    /// Checks that times run towards the start and fees never fall.
    ///
    /// # Errors
    /// With the first step that is wrong.
    pub fn check(&self) -> Result<(), MalformedTerms> {
        if self.steps.len() > CANCEL_STEPS_MAX {
            return Err(MalformedTerms::TooManySteps);
        }
        let mut before: Option<Step> = None;
        for (step, it) in self.steps.iter().enumerate() {
            if !it.until.is_within_bounds() || !it.fee.is_within_bounds() {
                return Err(MalformedTerms::OutOfRange { step });
            }
            if before.is_some_and(|before| before.until.hours() <= it.until.hours()) {
                return Err(MalformedTerms::OutOfOrder { step });
            }
            if before.is_some_and(|before| !it.fee.is_no_less_than(before.fee)) {
                return Err(MalformedTerms::FeeFalls { step });
            }
            before = Some(*it);
        }
        let step = self.steps.len();
        match self.after {
            Some(fee) if !fee.is_within_bounds() => Err(MalformedTerms::OutOfRange { step }),
            Some(fee) if before.is_some_and(|before| !fee.is_no_less_than(before.fee)) => {
                Err(MalformedTerms::FeeFalls { step })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What holds at `now`; once the event has started, nobody cancels.
    ///
    /// # Errors
    /// When the time zone is unknown.
    pub fn at(&self, start: Start<'_>, now: OffsetDateTime) -> Result<Standing, UnknownTime> {
        if start.begins_at().is_some_and(|begins| begins <= now) {
            return Ok(Standing { fee: None, until: None });
        }
        let Some(counted_from) = start.counted_from() else {
            let first = self.steps.first().map(|step| step.fee);
            return Ok(Standing { fee: first.or(self.after), until: None });
        };
        for step in &self.steps {
            let until = step.until.deadline(counted_from, start.time_zone)?;
            if now < until {
                let until = start.begins_at().map_or(until, |begins| begins.min(until));
                return Ok(Standing { fee: Some(step.fee), until: Some(until) });
            }
        }
        let until = if self.after.is_some() { start.begins_at() } else { None };
        Ok(Standing { fee: self.after, until })
    }
}

/// When the event starts: as it was sold, and as it is now.
///
/// Times are counted from the later of the two, so that moving an event costs nobody anything; nobody cancels what has
/// begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start<'a> {
    pub sold: Option<OffsetDateTime>,
    pub now: Option<OffsetDateTime>,
    pub time_zone: &'a str,
}

impl Start<'_> {
    fn counted_from(self) -> Option<OffsetDateTime> {
        self.sold.max(self.now)
    }

    fn begins_at(self) -> Option<OffsetDateTime> {
        self.now.or(self.sold)
    }
}

/// Terms of one ticket type, in place of the general ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeTerms {
    pub ticket_type: TicketTypeId,
    pub terms: Terms,
}

/// What an event says about cancelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelPolicy {
    version: u8,
    pub mode: CancelMode,
    pub general: Terms,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_type: Vec<TypeTerms>,
}

impl CancelPolicy {
    /// The same terms for every ticket.
    pub const fn new(mode: CancelMode, general: Terms) -> Self {
        Self { version: VERSION, mode, general, by_type: Vec::new() }
    }

    /// Nobody cancels without the organizer; no fee was agreed.
    pub const fn closed() -> Self {
        Self::new(CancelMode::Closed, Terms { steps: Vec::new(), after: None })
    }

    /// Whether we can read it: a later version may mean something else by the same words.
    pub const fn is_known(&self) -> bool {
        self.version == VERSION
    }

    /// The terms of a ticket type.
    pub fn terms(&self, ticket_type: TicketTypeId) -> &Terms {
        let own = self.by_type.iter().find(|it| it.ticket_type == ticket_type);
        own.map_or(&self.general, |own| &own.terms)
    }

    /// The terms that these ticket types have between them: the general ones first, under no name, then those of types
    /// that have their own.
    pub fn spelled_out(&self, types: &[(TicketTypeId, String)]) -> Vec<(String, Terms)> {
        let is_general = |ticket_type: &TicketTypeId| self.terms(*ticket_type) == &self.general;
        let has_general = types.is_empty() || types.iter().any(|(it, _)| is_general(it));
        let own = types.iter().filter(|(it, _)| !is_general(it));
        let own = own.map(|(it, name)| (name.clone(), self.terms(*it).clone()));
        has_general.then(|| (String::new(), self.general.clone())).into_iter().chain(own).collect()
    }

    /// Replaces the general terms, or those of one ticket type; none takes a type's own terms away.
    pub fn set_terms(&mut self, ticket_type: Option<TicketTypeId>, terms: Option<Terms>) {
        match (ticket_type, terms) {
            (None, Some(terms)) => self.general = terms,
            (None, None) => {}
            (Some(ticket_type), terms) => {
                self.by_type.retain(|it| it.ticket_type != ticket_type);
                self.by_type.extend(terms.map(|terms| TypeTerms { ticket_type, terms }));
            }
        }
    }
}

/// A policy as it was sold: what an order keeps, whatever the event says later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenPolicy {
    #[serde(flatten)]
    pub policy: CancelPolicy,
    #[serde(with = "time::serde::rfc3339::option")]
    pub starts_at: Option<OffsetDateTime>,
    pub time_zone: String,
}

crate::words! {
    /// Policies to begin with; they mirror what restaurants ask of the organizer.
    Preset {
        /// Free until the event starts.
        Free = "free",
        /// Free until the day before, everything on the day.
        SameDay = "same_day",
        /// Half the day before, everything on the day.
        DayBefore = "day_before",
        /// From three days before 30 %, the day before half, everything on the day.
        ThreeDays = "three_days",
        /// From a week before 30 %, from three days before half, everything on the day: banquets and charters.
        Banquet = "banquet",
        /// The organizer decides; nothing is kept.
        Approval = "approval",
        /// Nobody cancels without the organizer.
        Closed = "closed",
    }
}

impl Preset {
    /// The policy it stands for.
    pub fn policy(self) -> CancelPolicy {
        let free = (8, Fee::FREE);
        let steps: &[(u16, Fee)] = match self {
            Self::Free | Self::Approval | Self::Closed => &[],
            Self::SameDay => &[(1, Fee::FREE)],
            Self::DayBefore => &[(2, Fee::FREE), (1, Fee::percent(50))],
            Self::ThreeDays => &[(4, Fee::FREE), (2, Fee::percent(30)), (1, Fee::percent(50))],
            Self::Banquet => &[free, (4, Fee::percent(30)), (1, Fee::percent(50))],
        };
        let after = match self {
            Self::Free | Self::Approval => Fee::FREE,
            Self::SameDay | Self::DayBefore | Self::ThreeDays | Self::Banquet => Fee::WHOLE,
            Self::Closed => return CancelPolicy::closed(),
        };
        let mode =
            if self == Self::Approval { CancelMode::Approval } else { CancelMode::SelfService };
        let steps = steps.iter().map(|(days, fee)| Step { until: Until::Days(*days), fee: *fee });
        CancelPolicy::new(mode, Terms { steps: steps.collect(), after: Some(after) })
    }
}

/// What cancelling some tickets moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// What is kept of each ticket, in their order.
    pub fees: Vec<Money>,
    /// What is kept.
    pub fee: Money,
    /// What goes back.
    pub back: Money,
}

/// A ticket to be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelling {
    pub price: Money,
    /// None keeps nothing.
    pub fee: Fee,
}

/// Settles tickets for which `held` is still with the organizer: fees are kept of it, the rest goes back.
///
/// No more than the tickets' prices is settled, and no more than is held: money that went back before is not paid twice.
///
/// # Errors
/// When currencies differ or a sum does not fit.
pub fn settle(held: Money, tickets: &[Cancelling]) -> Result<Settlement, MoneyError> {
    let currency = held.currency();
    let prices = Money::sum(currency, tickets.iter().map(|ticket| ticket.price))?;
    let settled = Money::new(held.minor().min(prices.minor()).max(0), currency);
    let mut left = settled;
    let mut fees = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        let fee = ticket.fee.of(ticket.price)?;
        let fee = if fee.minor() <= left.minor() { fee } else { left };
        left = left.checked_sub(fee)?;
        fees.push(fee);
    }
    Ok(Settlement { fee: Money::sum(currency, fees.iter().copied())?, fees, back: left })
}

#[cfg(test)]
mod tests;
