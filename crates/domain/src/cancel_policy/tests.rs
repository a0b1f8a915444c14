//! Fees stay within prices, rise with time, and change exactly at their second.

use super::*;
use crate::ids::Id;
use crate::money::Currency;
use crate::time_zone::JAPAN;
use proptest::prelude::*;
use time::macros::datetime;
use uuid::Uuid;

fn fee() -> impl Strategy<Value = Fee> {
    (0u16..=10_000, 0i64..=20_000)
        .prop_map(|(basis_points, fixed_minor)| Fee { basis_points, fixed_minor })
}

fn until() -> impl Strategy<Value = Until> {
    prop_oneof![(1u16..30).prop_map(Until::Days), (1u16..400).prop_map(Until::Hours)]
}

fn terms() -> impl Strategy<Value = Terms> {
    let steps = prop::collection::vec(
        (until(), fee()).prop_map(|(until, fee)| Step { until, fee }),
        0..=CANCEL_STEPS_MAX,
    );
    (steps, prop::option::of(fee())).prop_map(|(steps, after)| Terms { steps, after })
}

/// What the random terms are once their steps stand in order.
fn in_order(mut terms: Terms) -> Terms {
    terms.steps.sort_by_key(|step| std::cmp::Reverse(step.until.hours()));
    terms.steps.dedup_by_key(|step| step.until.hours());
    let mut fee = Fee::FREE;
    let rising = |next: Fee, before: Fee| Fee {
        basis_points: next.basis_points.max(before.basis_points),
        fixed_minor: next.fixed_minor.max(before.fixed_minor),
    };
    for step in &mut terms.steps {
        fee = rising(step.fee, fee);
        step.fee = fee;
    }
    terms.after = terms.after.map(|after| rising(after, fee));
    terms
}

const START: OffsetDateTime = datetime!(2026-12-18 10:00 UTC);

fn start() -> Start<'static> {
    Start { sold: Some(START), now: Some(START), time_zone: JAPAN }
}

proptest! {
    #[test]
    fn a_fee_is_never_above_the_price(fee in fee(), price in 0i64..=10_000_000) {
        let kept = fee.of(Money::yen(price)).unwrap().minor();
        prop_assert!((0..=price).contains(&kept));
    }

    #[test]
    fn terms_in_order_are_good_and_their_fees_never_fall(
        terms in terms(),
        early in -1_000_000i64..4_000_000,
        late in -1_000_000i64..4_000_000,
        price in 0i64..=100_000,
    ) {
        let terms = in_order(terms);
        prop_assert_eq!(terms.check(), Ok(()));
        let before = |seconds: i64| START - Duration::seconds(seconds);
        let at = |now| terms.at(start(), now).unwrap();
        let (first, then) = (at(before(early.max(late))), at(before(early.min(late))));
        let price = Money::yen(price);
        match (first.fee, then.fee) {
            (Some(first), Some(then)) => {
                prop_assert!(first.of(price).unwrap().minor() <= then.of(price).unwrap().minor());
            }
            (None, then) => prop_assert_eq!(then, None),
            (Some(_), None) => {}
        }
    }

    #[test]
    fn a_standing_holds_to_its_last_second(terms in terms(), seconds in 1i64..4_000_000) {
        let terms = in_order(terms);
        let now = START - Duration::seconds(seconds);
        let standing = terms.at(start(), now).unwrap();
        if let Some(until) = standing.until {
            prop_assert!(now < until && until <= START);
            let last = terms.at(start(), until - Duration::SECOND).unwrap();
            prop_assert_eq!(last.fee, standing.fee);
            prop_assert_ne!(terms.at(start(), until).unwrap().until, Some(until));
        } else {
            prop_assert_eq!(standing.fee, None);
        }
    }

    #[test]
    fn fees_and_what_goes_back_sum_to_what_is_held(
        tickets in prop::collection::vec((0i64..=10_000, fee()), 1..20),
        gone in 0i64..=100_000,
    ) {
        let tickets: Vec<Cancelling> = tickets
            .into_iter()
            .map(|(price, fee)| Cancelling { price: Money::yen(price), fee })
            .collect();
        let prices: i64 = tickets.iter().map(|ticket| ticket.price.minor()).sum();
        let settled = settle(Money::yen(prices - gone), &tickets).unwrap();
        let sum: i64 = settled.fees.iter().map(|fee| fee.minor()).sum();
        prop_assert_eq!(sum, settled.fee.minor());
        prop_assert_eq!(settled.fee.minor() + settled.back.minor(), (prices - gone).max(0));
        prop_assert!(settled.back.minor() >= 0);
        for (fee, ticket) in settled.fees.iter().zip(&tickets) {
            prop_assert!((0..=ticket.price.minor()).contains(&fee.minor()));
        }
        if gone == 0 {
            let nominal: i64 =
                tickets.iter().map(|ticket| ticket.fee.of(ticket.price).unwrap().minor()).sum();
            prop_assert_eq!(settled.fee.minor(), nominal);
        }
    }

    #[test]
    fn tickets_cancelled_one_by_one_cost_what_they_cost_together(
        tickets in prop::collection::vec((0i64..=10_000, fee()), 1..10),
    ) {
        let tickets: Vec<Cancelling> = tickets
            .into_iter()
            .map(|(price, fee)| Cancelling { price: Money::yen(price), fee })
            .collect();
        let prices: i64 = tickets.iter().map(|ticket| ticket.price.minor()).sum();
        let together = settle(Money::yen(prices), &tickets).unwrap();
        let alone: i64 = tickets
            .iter()
            .map(|ticket| settle(ticket.price, &[*ticket]).unwrap().back.minor())
            .sum();
        prop_assert_eq!(alone, together.back.minor());
    }

    #[test]
    fn a_policy_survives_being_frozen(terms in terms(), own in terms(), bits: u128) {
        let mut policy = CancelPolicy::new(CancelMode::SelfService, terms);
        policy.set_terms(Some(TicketTypeId::from_uuid(Uuid::from_u128(bits))), Some(own));
        let frozen =
            FrozenPolicy { policy, starts_at: Some(START), time_zone: JAPAN.to_owned() };
        let text = serde_json::to_string(&frozen).unwrap();
        prop_assert_eq!(serde_json::from_str::<FrozenPolicy>(&text).unwrap(), frozen);
    }
}

#[test]
fn every_preset_is_good() {
    for preset in Preset::ALL {
        assert_eq!(preset.policy().general.check(), Ok(()), "{preset}");
    }
}

#[test]
fn the_restaurants_rule_changes_at_midnight_of_the_event() {
    let policy = Preset::DayBefore.policy();
    let kept = |now| {
        let fee = policy.general.at(start(), now).unwrap().fee;
        fee.map(|fee| fee.of(Money::yen(5500)).unwrap().minor())
    };
    // The party is on December 18, 19:00 in Tokyo; midnight there is 15:00 UTC of the day before.
    assert_eq!(kept(datetime!(2026-12-01 0:00 UTC)), Some(0));
    assert_eq!(kept(datetime!(2026-12-16 14:59:59 UTC)), Some(0));
    assert_eq!(kept(datetime!(2026-12-16 15:00:00 UTC)), Some(2750));
    assert_eq!(kept(datetime!(2026-12-17 14:59:59 UTC)), Some(2750));
    assert_eq!(kept(datetime!(2026-12-17 15:00:00 UTC)), Some(5500));
    assert_eq!(kept(datetime!(2026-12-18 9:59:59 UTC)), Some(5500));
    assert_eq!(kept(START), None, "nobody cancels what has begun");
}

#[test]
fn hours_count_from_the_start_itself() {
    let step = Step { until: Until::Hours(3), fee: Fee::FREE };
    let terms = Terms { steps: vec![step], after: None };
    let at = |now| terms.at(start(), now).unwrap();
    let last = at(datetime!(2026-12-18 6:59:59 UTC));
    assert_eq!((last.fee, last.until), (Some(Fee::FREE), Some(START - Duration::hours(3))));
    assert_eq!(at(datetime!(2026-12-18 7:00 UTC)), Standing { fee: None, until: None });
}

#[test]
fn moving_an_event_costs_nobody_anything() {
    let terms = Preset::SameDay.policy().general;
    let fee = |start: Start<'_>, now| terms.at(start, now).unwrap().fee;
    let now = datetime!(2026-12-18 3:00 UTC);
    let later = Start { now: Some(START + Duration::days(7)), ..start() };
    assert_eq!(fee(later, now), Some(Fee::FREE), "the new day counts when it is later");
    let earlier = Start { now: Some(START - Duration::days(7)), ..start() };
    assert_eq!(fee(earlier, datetime!(2026-12-10 0:00 UTC)), Some(Fee::FREE));
    assert_eq!(fee(earlier, now), None, "it took place a week ago");
}

#[test]
fn what_is_out_of_order_or_out_of_bounds_is_refused() {
    let step = |until, fee| Step { until, fee };
    let check = |steps: &[Step], after| Terms { steps: steps.to_vec(), after }.check();
    let (day, half) = (Until::Days(1), Fee::percent(50));
    use MalformedTerms as M;
    assert_eq!(
        check(&[step(day, half), step(Until::Days(2), half)], None),
        Err(M::OutOfOrder { step: 1 })
    );
    assert_eq!(
        check(&[step(day, half), step(Until::Hours(24), half)], None),
        Err(M::OutOfOrder { step: 1 })
    );
    assert_eq!(check(&[step(day, half)], Some(Fee::FREE)), Err(M::FeeFalls { step: 1 }));
    assert_eq!(check(&[step(Until::Days(0), half)], None), Err(M::OutOfRange { step: 0 }));
    let negative = Fee { basis_points: 0, fixed_minor: -1 };
    assert_eq!(check(&[], Some(negative)), Err(M::OutOfRange { step: 0 }));
    let many = vec![step(day, half); CANCEL_STEPS_MAX + 1];
    assert_eq!(check(&many, None), Err(M::TooManySteps));
    // From a fixed amount to the whole price is no fall.
    let fixed = Fee { basis_points: 0, fixed_minor: 1000 };
    assert_eq!(check(&[step(day, fixed)], Some(Fee::WHOLE)), Ok(()));
}

#[test]
fn a_ticket_type_may_have_terms_of_its_own() {
    let (guest, adult) = (1, 2);
    let id = |n| TicketTypeId::from_uuid(Uuid::from_u128(n));
    let mut policy = Preset::DayBefore.policy();
    policy.set_terms(Some(id(guest)), Some(Terms::free()));
    assert_eq!(policy.terms(id(guest)), &Terms::free());
    assert_eq!(policy.terms(id(adult)), &policy.general);
    policy.set_terms(Some(id(guest)), None);
    assert_eq!(policy, Preset::DayBefore.policy());
}

#[test]
fn money_that_went_back_before_does_not_go_back_again() {
    let ticket = Cancelling { price: Money::yen(5000), fee: Fee::percent(50) };
    let settled = settle(Money::yen(4000), &[ticket]).unwrap();
    assert_eq!((settled.fee, settled.back), (Money::yen(2500), Money::yen(1500)));
    let settled = settle(Money::yen(1000), &[ticket]).unwrap();
    assert_eq!((settled.fee, settled.back), (Money::yen(1000), Money::yen(0)));
    let settled = settle(Money::yen(-5), &[ticket]).unwrap();
    assert_eq!((settled.fee, settled.back), (Money::yen(0), Money::yen(0)));
    assert!(settle(Money::zero(Currency::USD), &[ticket]).is_err());
}
