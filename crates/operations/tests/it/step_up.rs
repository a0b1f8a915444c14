//! Who is asked again before what matters: by the rule in the database, always for administrators, and nobody twice.

use domain::ids::{Id as _, OrderId, PaymentId, UserId};
use domain::money::Money;
use domain::permission::Role;
use domain::step_up::{Own, Rule, Sensitive};
use operations::Deps;
use operations::account::step_up::{
    Gate, Matter, Proofs, RecentlyConfirmed, Waiting, gate, open_waiting, seal_waiting, set_rule,
    take_turn,
};
use operations::refunds::request::{RequestRefund, request_refund};
use testkit::database;
use testkit::story::{on_sale, payment_of};
use time::Duration;

use crate::second_factors::{NOW, app, set_up, user};

async fn asked(deps: &Deps, user: UserId, action: Sensitive) -> Gate {
    gate(deps, user, Matter { action, order: None }, Proofs::default()).await.unwrap()
}

#[tokio::test]
async fn administrators_confirm_always_and_nobody_twice_in_ten_minutes() {
    let app = app().await;
    let deps = &app.deps;
    let (sato, admin) =
        (user(deps, "sato@example.com").await, user(deps, "admin@eventpay.example").await);
    assert_eq!(asked(deps, sato, Sensitive::Payout).await, Gate::Open);
    assert_eq!(asked(deps, admin, Sensitive::Payout).await, Gate::Confirm);
    assert_eq!(asked(deps, admin, Sensitive::Platform).await, Gate::Confirm);
    assert_eq!(asked(deps, sato, Sensitive::Platform).await, Gate::Open, "the door refuses");

    let at = NOW.unix_timestamp();
    let confirmed = RecentlyConfirmed::read(deps, Some(at));
    let proofs = Proofs { confirmed, signed_in: None };
    let matter = Matter { action: Sensitive::Platform, order: None };
    assert_eq!(gate(deps, admin, matter, proofs).await.unwrap(), Gate::Confirm, "by a factor gone");
    set_up(deps, admin).await;
    assert_eq!(gate(deps, admin, matter, proofs).await.unwrap(), Gate::Open);
    let proofs = Proofs { confirmed: None, signed_in: confirmed };
    assert_eq!(gate(deps, admin, matter, proofs).await.unwrap(), Gate::Confirm, "a login is less");
    for not_now in [None, Some(at - 600), Some(at + 1)] {
        assert_eq!(RecentlyConfirmed::read(deps, not_now), None, "{not_now:?}");
    }
    assert!(RecentlyConfirmed::read(deps, Some(at - 599)).is_some());
}

#[tokio::test]
async fn the_first_factor_wants_a_fresh_login_and_every_other_a_factor() {
    let app = app().await;
    let deps = &app.deps;
    for email in ["sato@example.com", "admin@eventpay.example"] {
        let somebody = user(deps, email).await;
        let matter = Matter { action: Sensitive::OwnAccount(Own::WaysIn), order: None };
        assert_eq!(asked(deps, somebody, matter.action).await, Gate::SignIn);
        let signed_in = RecentlyConfirmed::read(deps, Some(deps.clock.now().unix_timestamp()));
        let fresh = Proofs { confirmed: None, signed_in };
        assert_eq!(gate(deps, somebody, matter, fresh).await.unwrap(), Gate::Open);
        set_up(deps, somebody).await;
        assert_eq!(gate(deps, somebody, matter, fresh).await.unwrap(), Gate::Confirm);
    }
}

#[tokio::test]
async fn the_rule_asks_every_member_and_small_refunds_add_up() {
    let app = app().await;
    let deps = &app.deps;
    let sale = on_sale(&app, 10_000, 5).await;
    let (owner, access) = (sale.user, sale.access(&app).await);
    let rule = Rule { is_on: true, refunds_above_minor: 5000 };
    set_rule(deps, &access, rule).await.unwrap();
    assert_eq!(asked(deps, owner, Sensitive::Payout).await, Gate::Confirm);
    assert_eq!(asked(deps, owner, Sensitive::Rule).await, Gate::Confirm, "without a factor too");
    let stranger = user(deps, "sato@example.com").await;
    assert_eq!(asked(deps, stranger, Sensitive::Payout).await, Gate::Open);
    // Whoever is a member of one event is asked as well.
    let lent = format!(
        "insert into event_members (event_id, organizer_id, user_id, role, created_at)
         select '{}', '{}', user_id, '{}', now() from users where email = 'sato@example.com'",
        sale.event.uuid(),
        sale.organizer.uuid(),
        Role::Treasurer
    );
    database::run(&app.database_url, &lent).await;
    assert_eq!(asked(deps, stranger, Sensitive::Payout).await, Gate::Confirm);

    let placed = sale.paid_order(&app, 1).await;
    let payment = app.look(&payment_of(&placed, "payment_id")).await;
    let order = placed.order;
    let refund = |amount, order: Option<OrderId>| {
        let action = Sensitive::Refund { amount_minor: Some(amount) };
        gate(deps, owner, Matter { action, order }, Proofs::default())
    };
    assert_eq!(refund(5000, Some(order)).await.unwrap(), Gate::Open);
    assert_eq!(refund(5001, Some(order)).await.unwrap(), Gate::Confirm);
    assert_eq!(refund(0, Some(order)).await.unwrap(), Gate::Confirm, "nothing that makes sense");
    assert_eq!(refund(1, None).await.unwrap(), Gate::Confirm, "of which order?");
    let back = RequestRefund {
        payment: PaymentId::from_uuid(payment.parse().unwrap()),
        amount: Money::yen(1000),
        reason: String::new(),
        cancels_order: false,
        idempotency_key: None,
    };
    request_refund(deps, &access, back).await.unwrap();
    assert_eq!(refund(4000, Some(order)).await.unwrap(), Gate::Open);
    assert_eq!(refund(4001, Some(order)).await.unwrap(), Gate::Confirm, "together it is more");
    deps.clock.advance(Duration::days(1));
    assert_eq!(refund(5000, Some(order)).await.unwrap(), Gate::Open);

    set_rule(deps, &access, Rule::default()).await.unwrap();
    let told = "select count(*)::text from mails where data->>'notice' = 'rule_loosened'";
    assert_eq!(app.look(told).await, "1", "the owner hears of it");
}

/// Of refunds that begin together one has the turn. Without it each counts without the others, as the gates alone show.
#[tokio::test]
async fn refunds_at_the_same_moment_do_not_pass_the_limit_each_for_itself() {
    let app = app().await;
    let deps = &app.deps;
    let sale = on_sale(&app, 10_000, 5).await;
    let rule = Rule { is_on: true, refunds_above_minor: 5000 };
    set_rule(deps, &sale.access(&app).await, rule).await.unwrap();
    let order = sale.paid_order(&app, 1).await.order;
    let action = Sensitive::Refund { amount_minor: Some(5000) };
    let matter = Matter { action, order: Some(order) };
    let gates = (0..4).map(|_| gate(deps, sale.user, matter, Proofs::default()));
    let gates = futures::future::join_all(gates).await;
    assert!(gates.into_iter().all(|it| it.unwrap() == Gate::Open), "20,000 yen in all");

    let turns = futures::future::join_all((0..4).map(|_| take_turn(deps, sale.user))).await;
    let turns: Vec<_> = turns.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(turns.len(), 1);
    let other = user(deps, "sato@example.com").await;
    assert!(
        take_turn(deps, other).await.unwrap().is_some(),
        "another person has a turn of its own"
    );
    for turn in turns {
        turn.give_back().await;
    }
    let again = take_turn(deps, sale.user).await.unwrap();
    assert!(again.is_some(), "it was given back");

    // A browser that goes away gives it back, a process that ends keeps it for a minute.
    drop(again);
    let mut left = None;
    for _ in 0..100 {
        left = take_turn(deps, sale.user).await.unwrap();
        if left.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    std::mem::forget(left.expect("the turn was given back"));
    deps.clock.advance(Duration::seconds(59));
    assert!(take_turn(deps, sale.user).await.unwrap().is_none());
    deps.clock.advance(Duration::seconds(1));
    assert!(take_turn(deps, sale.user).await.unwrap().is_some());
}

/// A refund needs connections itself; those who have a turn hold none meanwhile.
#[tokio::test]
async fn turns_hold_no_connections() {
    let app = app().await;
    let deps = &app.deps;
    let mut turns = Vec::new();
    for n in 0..40 {
        let who = user(deps, &format!("user{n}@example.com")).await;
        turns.push(take_turn(deps, who).await.unwrap().expect("a turn"));
    }
    let matter = Matter { action: Sensitive::Refund { amount_minor: None }, order: None };
    gate(deps, user(deps, "sato@example.com").await, matter, Proofs::default()).await.unwrap();
}

#[tokio::test]
async fn a_form_that_waits_is_read_by_its_sender_only_and_not_for_long() {
    let app = app().await;
    let deps = &app.deps;
    let (sato, mori) = (user(deps, "sato@example.com").await, user(deps, "mori@example.com").await);
    let waiting = Waiting {
        action: "/api/payouts/account".to_owned(),
        is_get: false,
        fields: vec![("number".to_owned(), "1234567".to_owned())],
        page: "/o/payouts".to_owned(),
        what: "bank_details".to_owned(),
        amount: None,
        since: NOW.unix_timestamp(),
    };
    let sealed = seal_waiting(deps, sato, &waiting).unwrap();
    assert!(!sealed.contains("1234567"));
    assert_eq!(open_waiting(deps, sato, &sealed), Some(waiting));
    assert_eq!(open_waiting(deps, mori, &sealed), None);
    assert_eq!(open_waiting(deps, sato, "nonsense"), None);
    deps.clock.advance(Duration::seconds(901));
    assert_eq!(open_waiting(deps, sato, &sealed), None, "nobody remembers what it was");
}
