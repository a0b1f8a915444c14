//! The rules that score until something better does: how much each signal adds, and what an organizer may tune.

use crate::screening::{Decision, PerMille, Reason, Score, Scorer, SignalKind, Signals};

crate::words! {
    /// How much signals count, as an organizer chooses.
    Sensitivity {
        /// Nothing is screened.
        Off = "off",
        Lenient = "lenient",
        Normal = "normal",
        Strict = "strict",
    }
}

impl Sensitivity {
    /// Hundredths of what signals add.
    const fn percent(self) -> u32 {
        match self {
            Self::Off => 0,
            Self::Lenient => 70,
            Self::Normal => 100,
            Self::Strict => 125,
        }
    }
}

/// Nobody is asked to look at less.
pub const REVIEW_MIN: u16 = 300;
/// Above it, orders would be blocked before anybody looks.
pub const REVIEW_MAX: u16 = 900;
/// Nobody is blocked for less: what one busy address and its domain add together stays below, whatever is tuned.
pub const BLOCK_MIN: u16 = 600;

/// How an organizer's orders are screened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScreeningRules {
    sensitivity: Sensitivity,
    review_at: PerMille,
    block_above: PerMille,
}

impl Default for ScreeningRules {
    fn default() -> Self {
        Self {
            sensitivity: Sensitivity::Normal,
            review_at: PerMille(500),
            block_above: PerMille(800),
        }
    }
}

/// Why thresholds cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    #[error("the review begins between {REVIEW_MIN} and {REVIEW_MAX}")]
    Review,
    #[error("blocking begins between {BLOCK_MIN} and 1000")]
    Block,
    #[error("blocking cannot begin before the review")]
    Order,
}

impl ScreeningRules {
    /// Rules with these thresholds: looked at from `review_at` on, blocked above `block_above`. 1000 blocks nobody.
    ///
    /// # Errors
    /// When a threshold is out of bounds or they are in the wrong order.
    pub fn new(
        sensitivity: Sensitivity,
        review_at: u16,
        block_above: u16,
    ) -> Result<Self, ThresholdError> {
        if !(REVIEW_MIN..=REVIEW_MAX).contains(&review_at) {
            return Err(ThresholdError::Review);
        }
        let block_above = PerMille::new(block_above).map_err(|_| ThresholdError::Block)?;
        if block_above.get() < BLOCK_MIN {
            return Err(ThresholdError::Block);
        }
        if block_above.get() < review_at {
            return Err(ThresholdError::Order);
        }
        Ok(Self { sensitivity, review_at: PerMille(review_at), block_above })
    }

    /// How much signals count.
    pub const fn sensitivity(&self) -> Sensitivity {
        self.sensitivity
    }

    /// The organizer looks at orders from here on.
    pub const fn review_at(&self) -> PerMille {
        self.review_at
    }

    /// Orders above it are blocked.
    pub const fn block_above(&self) -> PerMille {
        self.block_above
    }

    /// Whether anything is screened.
    pub fn is_on(&self) -> bool {
        self.sensitivity != Sensitivity::Off
    }

    /// What follows from a score, whoever scored.
    pub fn judge(&self, score: &Score) -> Decision {
        if score.value() > self.block_above {
            Decision::Blocked
        } else if score.value() >= self.review_at {
            Decision::Review
        } else {
            Decision::Passed
        }
    }
}

impl Scorer for ScreeningRules {
    fn score(&self, signals: &Signals) -> Score {
        let reasons = SignalKind::ALL.iter().filter_map(|signal| {
            let measured = signals.measured(*signal)?;
            let adds = Ramp::of(*signal).adds(measured, self.sensitivity.percent());
            Some(Reason { signal: *signal, measured, adds })
        });
        Score::of(reasons)
    }
}

/// How much a signal adds: nothing up to `from`, all of `points` at `full`, in a straight line between.
#[derive(Debug, Clone, Copy)]
struct Ramp {
    from: u32,
    full: u32,
    points: u32,
}

impl Ramp {
    /// No signal alone leads to a review under the rules that hold unless somebody tunes them. Who collects for a party
    /// has twenty people behind the address of one company or one venue within minutes, and their mails of one domain:
    /// both are weak, and count fully only for crowds.
    const fn of(signal: SignalKind) -> Self {
        match signal {
            SignalKind::Address => Self { from: 20, full: 60, points: 250 },
            SignalKind::MailDomain => Self { from: 20, full: 60, points: 125 },
            SignalKind::Attempts => Self { from: 3, full: 8, points: 450 },
            SignalKind::Amount => Self { from: 500, full: 2000, points: 250 },
            SignalKind::DisposableMail => Self { from: 0, full: 1, points: 300 },
            SignalKind::Country => Self { from: 0, full: 1, points: 200 },
        }
    }

    fn adds(self, measured: u32, percent: u32) -> PerMille {
        let reached = u64::from(measured.min(self.full).saturating_sub(self.from));
        let whole = u64::from(self.full.saturating_sub(self.from)).saturating_mul(100);
        let points = u64::from(self.points).saturating_mul(u64::from(percent));
        let adds = reached.saturating_mul(points).checked_div(whole).unwrap_or_default();
        PerMille(u16::try_from(adds).unwrap_or(u16::MAX).min(PerMille::ONE.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules() -> impl Strategy<Value = ScreeningRules> {
        (0usize..4, REVIEW_MIN..=REVIEW_MAX, BLOCK_MIN..=1000).prop_filter_map(
            "in the right order",
            |(i, review_at, block_above)| {
                ScreeningRules::new(Sensitivity::ALL[i], review_at, block_above).ok()
            },
        )
    }

    fn signals() -> impl Strategy<Value = Signals> {
        let count = || proptest::option::of(0u32..200);
        (
            count(),
            count(),
            0u32..30,
            proptest::option::of(0u32..5000),
            any::<bool>(),
            proptest::option::of(any::<bool>()),
        )
            .prop_map(|(address, domain, attempts, amount, disposable, abroad)| Signals {
                from_address: address,
                from_mail_domain: domain,
                attempts,
                amount_percent: amount,
                is_mail_disposable: disposable,
                is_abroad: abroad,
            })
    }

    /// The same signals with one of them stronger.
    fn stronger(signals: Signals, kind: SignalKind, by: u32) -> Signals {
        let more = |it: Option<u32>| Some(it.unwrap_or_default() + by);
        let mut signals = signals;
        match kind {
            SignalKind::Address => signals.from_address = more(signals.from_address),
            SignalKind::MailDomain => signals.from_mail_domain = more(signals.from_mail_domain),
            SignalKind::Attempts => signals.attempts += by,
            SignalKind::Amount => signals.amount_percent = more(signals.amount_percent),
            SignalKind::DisposableMail => signals.is_mail_disposable = true,
            SignalKind::Country => signals.is_abroad = Some(true),
        }
        signals
    }

    #[test]
    fn an_ordinary_first_buyer_has_no_score() {
        let first = Signals {
            from_address: Some(20),
            from_mail_domain: Some(20),
            attempts: 3,
            amount_percent: Some(500),
            is_mail_disposable: false,
            is_abroad: Some(false),
        };
        let score = ScreeningRules::default().score(&first);
        assert_eq!(score, Score::default());
        assert_eq!(ScreeningRules::default().judge(&score), Decision::Passed);
        assert_eq!(ScreeningRules::default().score(&Signals::default()), Score::default());
    }

    #[test]
    fn a_card_tester_is_blocked_and_told_why() {
        let tester = Signals {
            from_address: Some(60),
            attempts: 8,
            is_mail_disposable: true,
            ..Signals::default()
        };
        let rules = ScreeningRules::default();
        let score = rules.score(&tester);
        assert_eq!(score.value().get(), 1000);
        assert_eq!(rules.judge(&score), Decision::Blocked);
        let told: Vec<_> = score.reasons().iter().map(|it| it.signal).collect();
        assert_eq!(told, [SignalKind::Address, SignalKind::Attempts, SignalKind::DisposableMail]);
    }

    #[test]
    fn thresholds_have_bounds() {
        let new = |review, block| ScreeningRules::new(Sensitivity::Normal, review, block);
        assert_eq!(new(299, 800), Err(ThresholdError::Review));
        assert_eq!(new(901, 1000), Err(ThresholdError::Review));
        assert_eq!(new(500, 599), Err(ThresholdError::Block));
        assert_eq!(new(500, 1001), Err(ThresholdError::Block));
        assert_eq!(new(700, 650), Err(ThresholdError::Order));
        assert_eq!(new(500, 800), Ok(ScreeningRules::default()));
        let never = new(500, 1000).unwrap();
        let all =
            Score::of([Reason { signal: SignalKind::Attempts, measured: 1, adds: PerMille::ONE }]);
        assert_eq!(never.judge(&all), Decision::Review, "1000 blocks nobody");
    }

    #[test]
    fn exactly_at_the_threshold_is_looked_at_and_not_blocked() {
        let rules = ScreeningRules::default();
        let judge = |adds| {
            let adds = PerMille::new(adds).unwrap();
            rules.judge(&Score::of([Reason { signal: SignalKind::Attempts, measured: 1, adds }]))
        };
        assert_eq!(judge(499), Decision::Passed);
        assert_eq!(judge(500), Decision::Review);
        assert_eq!(judge(800), Decision::Review);
        assert_eq!(judge(801), Decision::Blocked);
    }

    proptest! {
        #[test]
        fn a_score_lies_between_nothing_and_one_and_is_explained(rules in rules(), signals in signals()) {
            let score = rules.score(&signals);
            prop_assert!(score.value() <= PerMille::ONE);
            let told: u16 = score.reasons().iter().map(|it| it.adds.get()).sum();
            prop_assert_eq!(told, score.value().get());
        }

        #[test]
        fn a_stronger_signal_never_lowers_the_score(
            rules in rules(), signals in signals(), i in 0usize..6, by in 0u32..500,
        ) {
            let more = stronger(signals, SignalKind::ALL[i], by);
            prop_assert!(rules.score(&more).value() >= rules.score(&signals).value());
        }

        #[test]
        fn what_is_not_known_adds_nothing(rules in rules(), signals in signals()) {
            let unknown = Signals {
                from_address: None, from_mail_domain: None, amount_percent: None, is_abroad: None, ..signals
            };
            prop_assert!(rules.score(&unknown).value() <= rules.score(&signals).value());
        }

        #[test]
        fn one_busy_address_never_blocks_whatever_is_tuned(
            rules in rules(), address in 0u32..100_000, domain in 0u32..100_000,
        ) {
            let crowd = Signals {
                from_address: Some(address),
                from_mail_domain: Some(domain),
                attempts: 1,
                ..Signals::default()
            };
            prop_assert_ne!(rules.judge(&rules.score(&crowd)), Decision::Blocked);
            let usual = ScreeningRules::default();
            prop_assert_eq!(usual.judge(&usual.score(&crowd)), Decision::Passed);
        }

        #[test]
        fn no_signal_alone_leads_to_a_review_unless_somebody_tuned(i in 0usize..6, by in 0u32..100_000) {
            let alone = stronger(Signals::default(), SignalKind::ALL[i], by);
            let usual = ScreeningRules::default();
            prop_assert_eq!(usual.judge(&usual.score(&alone)), Decision::Passed);
        }

        #[test]
        fn a_stricter_organizer_never_sees_less(signals in signals()) {
            let score = |sensitivity| ScreeningRules::new(sensitivity, 500, 800).unwrap().score(&signals).value();
            let by_sensitivity: Vec<_> = Sensitivity::ALL.iter().map(|it| score(*it)).collect();
            prop_assert!(by_sensitivity.is_sorted());
            prop_assert_eq!(by_sensitivity[0], PerMille::default());
        }
    }
}
