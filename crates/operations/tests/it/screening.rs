//! Screening: who is held back before paying, why, and what the organizer's decision does; nobody slips past the counts.

use domain::order::Selection;
use domain::payment::PaymentMethod;
use domain::screening::{Decision, Sensitivity, ThresholdError, Verdict};
use futures::future::join_all;
use operations::access::buyer_access;
use operations::clock::Clock;
use operations::events::dashboard::{Todo, dashboard};
use operations::orders::place::{OrderSource, PlaceOrder, PlacedOrder, place_order};
use operations::orders::show::{Situation, show_order};
use operations::payments::start::{StartPaymentError, start_payment};
use operations::screening::decide::{Decide, DecideError, decide, list};
use operations::screening::settings::{TuneError, TuneScreening, rules, tune};
use operations::screening::{self, Whereabouts};
use operations::{PlacesGuard, jobs};
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, pay_url, status_of};
use time::{Duration, OffsetDateTime};

mod races;

const ABROAD: Whereabouts = Whereabouts { address: None, is_abroad: Some(true) };
const DISPOSABLE: &str = "x@mailinator.com";

fn from(address: &str) -> Whereabouts {
    Whereabouts { address: Some(address.parse().unwrap()), is_abroad: None }
}

fn wish(sale: &Sale, mail: &str, whereabouts: Whereabouts) -> PlaceOrder {
    PlaceOrder {
        buyer_email: mail.to_owned(),
        source: OrderSource::Web(whereabouts),
        ..sale.wish(1)
    }
}

/// A throw-away address from abroad: enough to be looked at, not to be blocked.
async fn held_back(app: &TestApp, sale: &Sale) -> PlacedOrder {
    let placed = place_order(&app.deps, wish(sale, DISPOSABLE, ABROAD)).await.unwrap();
    assert_eq!(placed.held_back, Some(Decision::Review));
    placed
}

async fn say(
    app: &TestApp,
    sale: &Sale,
    order: &PlacedOrder,
    verdict: Verdict,
) -> Result<(), DecideError> {
    let answer = "お手数ですがお電話ください".to_owned();
    decide(&app.deps, &sale.access(app).await, Decide { order: order.order, verdict, answer }).await
}

async fn situation(app: &TestApp, order: &PlacedOrder) -> Situation {
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    show_order(&app.deps, &access).await.unwrap().situation
}

async fn set(app: &TestApp, sale: &Sale, sensitivity: Sensitivity, review_at: u16, block: u16) {
    let wish = TuneScreening { sensitivity, review_at, block_above: block };
    tune(&app.deps, &sale.access(app).await, wish).await.unwrap();
}

#[tokio::test]
async fn an_ordinary_buyer_meets_nothing_and_leaves_a_line() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let whereabouts = Whereabouts { is_abroad: Some(false), ..from("203.0.113.7") };
    let placed = place_order(&app.deps, wish(&sale, "a@gmail.com", whereabouts)).await.unwrap();
    assert_eq!(placed.held_back, None);
    let seen = "select decision || ' ' || score || ' ' || reasons::text from screenings";
    assert_eq!(app.look(seen).await, "pass 0 []");
    assert_eq!(
        app.look("select count(*) from audit_entries where action like 'screening.%'").await,
        "0"
    );
    app.pay_by_card(&pay_url(&placed)).await;
    app.until(&status_of(&placed), "paid").await;
    app.check().await;
}

/// Who collects for a party has the whole company behind one address, with mails of one domain.
#[tokio::test]
async fn a_crowd_behind_one_address_is_never_held_back() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 100).await;
    for i in 0..70 {
        let mail = format!("member{i}@company.example");
        let wish = wish(&sale, &mail, from("203.0.113.7"));
        let placed = place_order(&app.deps, wish).await.unwrap();
        assert_eq!(placed.held_back, None, "order {i}");
    }
    assert_eq!(app.look("select max(score) from screenings").await, "375");
    assert_eq!(app.look("select count(*) from screenings where decision <> 'pass'").await, "0");
    // What spoke against somebody is told with its score, though it did not weigh enough.
    let told = "select count(*) || ' ' || bool_and(s.score = (a.detail->>'score')::int and a.detail->'reasons' = s.reasons)
                from screenings s join audit_entries a on a.order_id = s.order_id and a.action = 'screening.passed'
                where s.reasons <> '[]'";
    let n = app.look("select count(*) from screenings where reasons <> '[]'").await;
    assert!(n != "0" && n != "70", "{n}");
    assert_eq!(app.look(told).await, format!("{n} true"));
    let lines = "select count(*) from audit_entries where action = 'screening.passed'";
    assert_eq!(app.look(lines).await, n, "nothing is told of the others");
}

#[tokio::test]
async fn what_looks_unusual_waits_unpaid_and_is_paid_after_a_yes() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let order = held_back(&app, &sale).await;
    assert_eq!(order.pay_url, None);
    assert_eq!(app.look("select count(*) from payments").await, "0", "nobody is charged");
    assert_eq!(app.look("select n_taken from quotas").await, "1", "the places are kept");
    let kept = "select hold_expires_at > now() + interval '23 hours' from orders";
    assert_eq!(app.look(kept).await, "true");
    assert_eq!(situation(&app, &order).await, Situation::UnderReview);
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    assert_eq!(start_payment(&app.deps, &access, None).await.unwrap().hosted_url, None);
    assert_eq!(app.look("select count(*) from payments").await, "0", "nor by trying again");
    assert_eq!(app.look("select count(*) from screenings").await, "1");
    let told = "select payload->>'decision' || ' ' || (payload->>'score') || ' ' || jsonb_array_length(payload->'reasons')
                from outbox_messages where topic = 'fraud-detection'";
    assert_eq!(app.look(told).await, "review 500 2");

    held_back(&app, &sale).await;
    let to_organizer = "select count(*) || ' ' || bool_and(recipient = contact_email)
                        from mails m join organizers using (organizer_id) where m.kind = 'screening_to_decide'
                          and m.order_id is not null";
    assert_eq!(app.look(to_organizer).await, "1 true", "once an hour, however many wait");
    // And one to its owner, who reads another address.
    let statuses = "select string_agg(status, ' ') from mails where kind = 'screening_to_decide'";
    app.until(statuses, "sent sent").await;

    let listed = list(&app.deps, &sale.access(&app).await, sale.event).await.unwrap();
    assert!(listed[1].order == order.order);
    assert!(listed[0].is_open() && listed[0].score == 500 && listed[0].reasons.len() == 2);
    let board = dashboard(&app.deps, &sale.access(&app).await, sale.event).await.unwrap();
    assert!(
        matches!(board.todos.first(), Some(Todo::LookAtOrders { n: 2, .. })),
        "{:?}",
        board.todos
    );

    say(&app, &sale, &order, Verdict::Approve).await.unwrap();
    say(&app, &sale, &order, Verdict::Approve).await.unwrap();
    assert!(matches!(say(&app, &sale, &order, Verdict::Deny).await, Err(DecideError::Decided)));
    let lines = "select string_agg(action, ' ' order by audit_entry_id) from audit_entries where action like 'screening.%'";
    assert_eq!(
        app.look(lines).await,
        "screening.review screening.review screening.approved",
        "a yes said twice is one"
    );
    app.until("select status from mails where kind = 'payment_cleared'", "sent").await;
    assert_eq!(situation(&app, &order).await, Situation::Unpaid);
    let started = start_payment(&app.deps, &access, None).await.unwrap();
    app.pay_by_card(&started.hosted_url.unwrap()).await;
    app.until(&status_of(&order), "paid").await;
    let listed = list(&app.deps, &sale.access(&app).await, sale.event).await.unwrap();
    assert!(!listed[1].is_open() && listed[1].decision == Decision::Approved);
    app.check().await;
}

#[tokio::test]
async fn a_no_ends_the_order_and_frees_its_places() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let order = held_back(&app, &sale).await;
    say(&app, &sale, &order, Verdict::Deny).await.unwrap();
    say(&app, &sale, &order, Verdict::Deny).await.unwrap();
    assert!(matches!(say(&app, &sale, &order, Verdict::Approve).await, Err(DecideError::Decided)));
    assert_eq!(app.look(&status_of(&order)).await, "cancelled");
    assert_eq!(app.look("select n_taken from quotas").await, "0");
    app.until("select status from mails where kind = 'order_cancelled'", "sent").await;
    let by = format!("select decided_by = '{}' from screenings", domain::ids::Id::uuid(sale.user));
    assert_eq!(app.look(&by).await, "true");
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    let again = start_payment(&app.deps, &access, None).await;
    assert!(matches!(again, Err(StartPaymentError::NotPayable)), "{again:?}");
    app.check().await;
}

#[tokio::test]
async fn what_is_blocked_cannot_be_paid_unless_its_organizer_lets_it_through() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    set(&app, &sale, Sensitivity::Strict, 300, 600).await;
    let key = Some("one wish".to_owned());
    let wish = || PlaceOrder { idempotency_key: key.clone(), ..wish(&sale, DISPOSABLE, ABROAD) };
    let order = place_order(&app.deps, wish()).await.unwrap();
    assert_eq!((order.held_back, &order.pay_url), (Some(Decision::Blocked), &None));
    assert_eq!(screening::code(Decision::Blocked), Some("payment_blocked"));
    let again = place_order(&app.deps, wish()).await.unwrap();
    assert_eq!((again.order, again.held_back), (order.order, Some(Decision::Blocked)));
    let kept = "select hold_expires_at < now() + interval '1 hour' from orders";
    assert_eq!(app.look(kept).await, "true", "no longer than for anybody");
    assert_eq!(situation(&app, &order).await, Situation::Blocked);
    say(&app, &sale, &order, Verdict::Approve).await.unwrap();
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    assert!(start_payment(&app.deps, &access, None).await.unwrap().hosted_url.is_some());
    app.check().await;
}

/// Cards tried one after the other: the sixth attempt of a throw-away address waits, and the open pages are closed.
#[tokio::test]
async fn many_attempts_to_pay_one_order_are_looked_at() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let order =
        place_order(&app.deps, wish(&sale, DISPOSABLE, Whereabouts::default())).await.unwrap();
    assert_eq!(order.held_back, None);
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    for i in 0..6 {
        let method = if i % 2 == 0 { PaymentMethod::CreditCard } else { PaymentMethod::PayPay };
        let started = start_payment(&app.deps, &access, Some(method)).await.unwrap();
        if started.hosted_url.is_none() {
            break;
        }
        // The page before is closed meanwhile.
        let open = "select count(*) from payments where status in ('created', 'pending')";
        app.until(open, "1").await;
    }
    assert_eq!(app.look("select count(*) from payments").await, "5");
    assert_eq!(situation(&app, &order).await, Situation::UnderReview);
    let open = "select count(*) from payments where status in ('created', 'pending', 'authorized')";
    app.until(open, "0").await;
    app.check().await;
}

#[tokio::test]
async fn an_amount_far_above_the_events_habit_counts() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 100).await;
    for _ in 0..5 {
        sale.paid_order(&app, 1).await;
    }
    let selections = vec![Selection { ticket_type: sale.ticket_type, quantity: 10 }];
    let large = PlaceOrder { selections, ..sale.wish(1) };
    let placed = place_order(&app.deps, large).await.unwrap();
    assert_eq!(placed.held_back, None, "an amount alone holds nobody back");
    let reasons = "select reasons::text from screenings order by screening_id desc limit 1";
    let told = app.look(reasons).await;
    assert!(told.contains("\"measured\": 1000") && told.contains("\"amount\""), "{told}");
}

#[tokio::test]
async fn nothing_is_screened_that_is_not_paid_online_or_where_it_is_off() {
    let app = TestApp::start().await;
    let free = on_sale(&app, 0, 10).await;
    let placed = place_order(&app.deps, wish(&free, DISPOSABLE, ABROAD)).await.unwrap();
    assert_eq!((placed.held_back, placed.status.as_str()), (None, "paid"));
    let sale = on_sale(&app, 3000, 10).await;
    set(&app, &sale, Sensitivity::Off, 500, 800).await;
    let placed = place_order(&app.deps, wish(&sale, DISPOSABLE, ABROAD)).await.unwrap();
    assert!(placed.held_back.is_none() && placed.pay_url.is_some());
    assert_eq!(app.look("select count(*) from screenings").await, "0");
}

#[tokio::test]
async fn nobody_decides_too_late() {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let sale = on_sale(&app, 3000, 10).await;
    let order = held_back(&app, &sale).await;
    app.deps.clock.advance(Duration::hours(25));
    assert!(matches!(say(&app, &sale, &order, Verdict::Approve).await, Err(DecideError::Over)));
    jobs::sweep(&app.deps).await.unwrap();
    app.until(&status_of(&order), "expired").await;
    assert!(matches!(say(&app, &sale, &order, Verdict::Deny).await, Err(DecideError::Over)));
    let listed = list(&app.deps, &sale.access(&app).await, sale.event).await.unwrap();
    assert!(!listed[0].is_open());
    app.check().await;
}

#[tokio::test]
async fn other_organizers_see_and_decide_nothing() {
    let app = TestApp::start().await;
    let (sale, other) = (on_sale(&app, 3000, 10).await, on_sale(&app, 3000, 10).await);
    let order = held_back(&app, &sale).await;
    for verdict in Verdict::ALL {
        let refused = say(&app, &other, &order, verdict).await;
        assert!(matches!(refused, Err(DecideError::NotFound)), "{refused:?}");
    }
    let listed = list(&app.deps, &other.access(&app).await, sale.event).await;
    assert!(matches!(listed, Err(DecideError::NotFound)), "{listed:?}");
    let never = sale.order(&app, 1).await;
    let nothing = say(&app, &sale, &never, Verdict::Deny).await;
    assert!(matches!(nothing, Err(DecideError::NotFound)), "it was never held back: {nothing:?}");
    assert_eq!(app.look(&status_of(&order)).await, "pending");
}

#[tokio::test]
async fn the_rules_are_tuned_within_bounds_and_leave_a_line() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let access = sale.access(&app).await;
    let wish = |review_at, block_above| TuneScreening {
        sensitivity: Sensitivity::Lenient,
        review_at,
        block_above,
    };
    let refused = tune(&app.deps, &access, wish(700, 600)).await;
    assert!(matches!(refused, Err(TuneError::Threshold(ThresholdError::Order))), "{refused:?}");
    for _ in 0..2 {
        tune(&app.deps, &access, wish(400, 900)).await.unwrap();
    }
    let now = rules(&app.deps, &access).await.unwrap();
    assert_eq!((now.sensitivity(), now.review_at().get()), (Sensitivity::Lenient, 400));
    let lines = "select count(*) from audit_entries where action = 'organizer.screening_tuned'";
    assert_eq!(app.look(lines).await, "1");
    let below = "update organizers set screening_block_above = 100";
    assert!(database::try_run(&app.database_url, below).await.is_err());
}

/// A score stands with its reasons or not at all.
#[tokio::test]
async fn the_database_keeps_no_score_that_is_not_explained() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    held_back(&app, &sale).await;
    for change in ["score = 501", "reasons = '[]'", "decision = 'approved'", "score = 1001"] {
        let sql = format!("update screenings set {change}");
        assert!(database::try_run(&app.database_url, &sql).await.is_err(), "{change}");
    }
}

#[tokio::test]
async fn counts_name_nobody_and_are_forgotten() {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let sale = on_sale(&app, 3000, 10).await;
    for (address, mail) in [
        ("203.0.113.7", "a@company.example"),
        ("::ffff:203.0.113.7", "b@company.example"),
        ("2001:db8:1:2::1", "a@gmail.com"),
        ("2001:db8:1:2:ffff::9", "b@docomo.ne.jp"),
    ] {
        place_order(&app.deps, wish(&sale, mail, from(address))).await.unwrap();
    }
    // One address twice, one network twice, one company's domain twice; nothing of what everybody uses.
    let counts = "select count(*) || ' ' || min(n) || ' ' || max(n) || ' ' || min(length(name_hash)) from screening_counts";
    assert_eq!(app.look(counts).await, "3 2 2 32");
    let plain = "select count(*) from screening_counts where name_hash = sha256('203.0.113.7')";
    assert_eq!(app.look(plain).await, "0");
    app.deps.clock.advance(Duration::hours(25));
    assert_eq!(screening::forget_counts(&app.deps).await.unwrap(), 3);
}

/// Where the next one would be held back, exactly one of two at the same moment is.
#[tokio::test]
async fn two_at_the_same_moment_do_not_slip_past_the_count() {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let sale = on_sale(&app, 3000, 200).await;
    // Throw-away mail is 375 of a thousand; the 24th from one address and domain makes it 421, the 23rd 409.
    set(&app, &sale, Sensitivity::Strict, 415, 900).await;
    for (i, domain) in ["yopmail.com", "mailinator.com", "10minutemail.com"].iter().enumerate() {
        let (mail, whereabouts) = (format!("x@{domain}"), from(&format!("203.0.113.{i}")));
        for _ in 0..22 {
            let placed = place_order(&app.deps, wish(&sale, &mail, whereabouts)).await.unwrap();
            assert_eq!(placed.held_back, None);
        }
        let both = [(); 2].map(|()| place_order(&app.deps, wish(&sale, &mail, whereabouts)));
        let n_held_back = join_all(both)
            .await
            .iter()
            .filter(|it| it.as_ref().unwrap().held_back.is_some())
            .count();
        assert_eq!(n_held_back, 1, "{domain}");
    }
}

/// Whoever makes orders look unusual by the dozen keeps no places from others for a day.
#[tokio::test]
async fn only_so_many_keep_their_places_while_they_wait() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 50).await;
    for _ in 0..23 {
        held_back(&app, &sale).await;
    }
    let kept = "select count(*) from orders where hold_expires_at > now() + interval '23 hours'";
    assert_eq!(app.look(kept).await, "20");
}
