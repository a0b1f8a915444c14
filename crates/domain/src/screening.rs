//! Screening: how unusual an order looks before its buyer is sent to pay, from 0 to 1, and why.

use serde::{Deserialize, Serialize};

mod rules;

pub use rules::{BLOCK_MIN, REVIEW_MAX, REVIEW_MIN, ScreeningRules, Sensitivity, ThresholdError};

crate::words! {
    /// What is looked at.
    SignalKind {
        /// Orders and attempts to pay from the same network address, lately.
        Address = "address",
        /// The same, from mail addresses of the same uncommon domain.
        MailDomain = "mail_domain",
        /// Attempts to pay this order.
        Attempts = "attempts",
        /// The order's amount against what orders of this event come to.
        Amount = "amount",
        /// A mail address that is thrown away after use.
        DisposableMail = "disposable_mail",
        /// A connection from outside of the country.
        Country = "country",
    }
}

/// What is known of an order at the moment its buyer goes to pay. What is not known raises no score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signals {
    /// Orders and attempts from the buyer's address in the window, this one included.
    pub from_address: Option<u32>,
    /// The same of the mail's domain; not known of domains that everybody uses.
    pub from_mail_domain: Option<u32>,
    /// Attempts to pay this order, this one included.
    pub attempts: u32,
    /// The amount in hundredths of the event's habit: 250 is two and a half times what is usual.
    pub amount_percent: Option<u32>,
    pub is_mail_disposable: bool,
    /// None where nobody we trust says where the connection comes from.
    pub is_abroad: Option<bool>,
}

impl Signals {
    /// What was measured; none where it is not known.
    pub fn measured(&self, kind: SignalKind) -> Option<u32> {
        match kind {
            SignalKind::Address => self.from_address,
            SignalKind::MailDomain => self.from_mail_domain,
            SignalKind::Attempts => Some(self.attempts),
            SignalKind::Amount => self.amount_percent,
            SignalKind::DisposableMail => Some(u32::from(self.is_mail_disposable)),
            SignalKind::Country => self.is_abroad.map(u32::from),
        }
    }
}

/// Whether a connection comes from abroad, by the two letters that a proxy tells (ISO 3166-1, and what is usual beside it);
/// none where it does not know either. `T1` is the Tor network: from anywhere.
pub fn is_abroad(country: &str) -> Option<bool> {
    let is_code = country.len() == 2 && country.bytes().all(|it| it.is_ascii_alphanumeric());
    match country.to_ascii_uppercase().as_str() {
        "XX" => None,
        "JP" => Some(false),
        _ => is_code.then_some(true),
    }
}

/// Thousandths, from 0 to 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct PerMille(u16);

impl PerMille {
    /// All of it.
    pub const ONE: Self = Self(1000);

    /// So many thousandths.
    ///
    /// # Errors
    /// When it is more than all.
    pub const fn new(thousandths: u16) -> Result<Self, TooMuch> {
        if thousandths <= Self::ONE.0 { Ok(Self(thousandths)) } else { Err(TooMuch) }
    }

    /// Reads what a person typed: `0.5`, `.85`, `1`, also in full-width letters; at most three digits behind the point.
    ///
    /// # Errors
    /// When it is no such number or more than 1.
    pub fn read(typed: &str) -> Result<Self, TooMuch> {
        let typed: String = typed.trim().chars().map(crate::parsed::text::half_width).collect();
        let (whole, part) = typed.split_once('.').unwrap_or((&typed, ""));
        let is_number = (!whole.is_empty() || !part.is_empty())
            && whole.bytes().chain(part.bytes()).all(|it| it.is_ascii_digit());
        if !is_number || whole.len() > 1 || part.len() > 3 {
            return Err(TooMuch);
        }
        let read = |text: &str| text.parse::<u16>().unwrap_or_default();
        Self::new(read(whole).saturating_mul(1000).saturating_add(read(&format!("{part:0<3}"))))
    }

    /// As a number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for PerMille {
    type Error = TooMuch;
    fn try_from(thousandths: u16) -> Result<Self, TooMuch> {
        Self::new(thousandths)
    }
}

impl From<PerMille> for u16 {
    fn from(it: PerMille) -> Self {
        it.0
    }
}

/// More than all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than a thousand thousandths")]
pub struct TooMuch;

/// One reason of a score: what was measured, and how much it adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub signal: SignalKind,
    pub measured: u32,
    pub adds: PerMille,
}

/// How unusual an order looks: the sum of its reasons, and nothing beside them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Score {
    value: PerMille,
    reasons: Vec<Reason>,
}

impl Score {
    /// Adds reasons up. What would lead above 1 is taken off the last of them, so that they always explain the score.
    pub fn of(reasons: impl IntoIterator<Item = Reason>) -> Self {
        let mut score = Self::default();
        for reason in reasons {
            let left = PerMille::ONE.0.saturating_sub(score.value.0);
            let adds = reason.adds.0.min(left);
            if adds > 0 {
                score.value = PerMille(score.value.0.saturating_add(adds));
                score.reasons.push(Reason { adds: PerMille(adds), ..reason });
            }
        }
        score
    }

    /// The score.
    pub const fn value(&self) -> PerMille {
        self.value
    }

    /// Why it is what it is.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
}

/// Whatever tells a score from signals: our rules, or one day a model that learned. It explains what it says by making a
/// [`Score`] of reasons; what follows from the score is not its business.
pub trait Scorer {
    /// The score of these signals.
    fn score(&self, signals: &Signals) -> Score;
}

crate::words! {
    /// What became of a screening.
    Decision {
        /// Nothing is in the way of paying.
        Passed = "pass",
        /// The organizer looks at it first.
        Review = "review",
        /// Not to be paid here, unless the organizer lets it through.
        Blocked = "blocked",
        /// The organizer let it through.
        Approved = "approved",
        /// The organizer said no; the order ends.
        Denied = "denied",
    }
}

/// What an organizer says to an order that was held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Approve,
    Deny,
}

impl Verdict {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Approve, Self::Deny];
}

/// What a verdict does to a screening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreeningStep {
    Move(Decision),
    AlreadyThere,
    /// It was decided otherwise, or there was nothing to decide.
    Stale,
}

/// Decides what a verdict does to a screening that stands at `decision`.
pub const fn step(decision: Decision, verdict: Verdict) -> ScreeningStep {
    match (decision, verdict) {
        (Decision::Review | Decision::Blocked, Verdict::Approve) => {
            ScreeningStep::Move(Decision::Approved)
        }
        (Decision::Review | Decision::Blocked, Verdict::Deny) => {
            ScreeningStep::Move(Decision::Denied)
        }
        (Decision::Approved, Verdict::Approve) | (Decision::Denied, Verdict::Deny) => {
            ScreeningStep::AlreadyThere
        }
        (Decision::Passed, Verdict::Approve | Verdict::Deny)
        | (Decision::Approved, Verdict::Deny)
        | (Decision::Denied, Verdict::Approve) => ScreeningStep::Stale,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_decision_meets_every_verdict() {
        let mut table = String::new();
        for decision in Decision::ALL {
            for verdict in Verdict::ALL {
                let cell = format!("{verdict:?}");
                writeln!(table, "{decision:<9}{cell:<8}{:?}", step(*decision, verdict)).unwrap();
            }
        }
        expect![[r#"
            pass     Approve Stale
            pass     Deny    Stale
            review   Approve Move(Approved)
            review   Deny    Move(Denied)
            blocked  Approve Move(Approved)
            blocked  Deny    Move(Denied)
            approved Approve AlreadyThere
            approved Deny    Stale
            denied   Approve Stale
            denied   Deny    AlreadyThere
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn reasons_read_back_as_they_were_written() {
        let reason =
            Reason { signal: SignalKind::Attempts, measured: 9, adds: PerMille::new(450).unwrap() };
        let json = serde_json::to_string(&reason).unwrap();
        assert_eq!(json, r#"{"signal":"attempts","measured":9,"adds":450}"#);
        assert_eq!(serde_json::from_str::<Reason>(&json).unwrap(), reason);
        assert!(serde_json::from_str::<PerMille>("1001").is_err());
    }

    #[test]
    fn thousandths_are_read_as_people_type_them() {
        for (typed, thousandths) in [
            ("0.5", Some(500)),
            (" .85 ", Some(850)),
            ("1", Some(1000)),
            ("1.0", Some(1000)),
            ("０．７", Some(700)),
            ("0.123", Some(123)),
            ("1.001", None),
            ("0.1234", None),
            ("2", None),
            ("", None),
            (".", None),
            ("-0.5", None),
            ("half", None),
        ] {
            assert_eq!(PerMille::read(typed).ok().map(PerMille::get), thousandths, "{typed}");
        }
    }

    #[test]
    fn a_country_is_told_by_two_letters_or_not_at_all() {
        for (told, is_away) in [
            ("JP", Some(false)),
            ("jp", Some(false)),
            ("US", Some(true)),
            ("T1", Some(true)),
            ("XX", None),
            ("", None),
            ("Japan", None),
            ("J;", None),
        ] {
            assert_eq!(is_abroad(told), is_away, "{told}");
        }
    }

    proptest! {
        #[test]
        fn a_score_is_the_sum_of_its_reasons_and_at_most_one(
            adds in proptest::collection::vec((0usize..6, 0u16..=1000), 0..12),
        ) {
            let given: Vec<Reason> = adds
                .into_iter()
                .map(|(i, adds)| Reason {
                    signal: SignalKind::ALL[i],
                    measured: 1,
                    adds: PerMille::new(adds).unwrap(),
                })
                .collect();
            let score = Score::of(given.clone());
            let told: u32 = score.reasons().iter().map(|it| u32::from(it.adds.get())).sum();
            let all: u32 = given.iter().map(|it| u32::from(it.adds.get())).sum();
            prop_assert_eq!(told, u32::from(score.value().get()));
            prop_assert_eq!(told, all.min(1000));
            prop_assert!(score.reasons().iter().all(|it| it.adds > PerMille::default()));
        }
    }
}
