//! What the staff looks at and decides: jobs that gave up, organizers that are suspended, what needs somebody.

use std::sync::Arc;
use std::time::Duration;

use domain::account::AccountState;
use domain::ids::{Id, JobId, UserId};
use domain::money::Money;
use domain::payment::PaymentMethod;
use domain::permission::Permission;
use domain::standing::Standing;
use domain::switch::Switch;
use domain::upkeep::{Health, Upkeep};
use operations::Deps;
use operations::access::{AccessError, administrator_access, may_administer};
use operations::account::step_up::Confirmed;
use operations::actor::AdministratorAccess;
use operations::audit::list::{AuditQuery, PlatformAuditQuery, list_of_everybody};
use operations::events::show::{Sale as SaleShown, show_event};
use operations::orders::cancel::cancel_by_buyer;
use operations::orders::place::{EventRef, PlaceOrder, PlaceOrderError, place_order};
use operations::payments::start::{StartPaymentError, start_payment};
use operations::platform::jobs::{Chosen, GiveUpError, give_up, list, try_again};
use operations::platform::organizers::{
    OrganizerQuery, StandingError, list as list_organizers, set_standing, show,
};
use operations::platform::overview::overview;
use operations::platform::staff::follow_configuration;
use operations::platform::switches::{SwitchError, list as list_switches, switch};
use operations::platform::users;
use operations::refunds::request::{RequestRefund, request_refund};
use store::read::sale;
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, payment_of};
use uuid::Uuid;

use crate::second_factors;

async fn staff(app: &TestApp) -> AdministratorAccess {
    let user = Uuid::now_v7();
    let sql = format!(
        "insert into users (user_id, email, email_key, is_administrator, created_at)
         values ('{user}', 'staff{user}@example.com', 'staff{user}@example.com', true, now())"
    );
    database::run(&app.database_url, &sql).await;
    administrator_access(&app.deps, UserId::from_uuid(user)).await.unwrap()
}

/// A job that gave up; jobs of the same key wish the same.
async fn dead(app: &TestApp, kind: &str, key: &str) -> JobId {
    let id = Uuid::now_v7();
    let sql = format!(
        "insert into jobs (job_id, kind, payload, dedupe_key, run_at, attempts, attempts_max, created_at, dead_at,
                           last_error)
         values ('{id}', '{kind}', '{{\"kind\": \"{kind}\"}}', '{key}', now(), 12, 12, now(), clock_timestamp(), 'no')"
    );
    database::run(&app.database_url, &sql).await;
    JobId::from_uuid(id)
}

async fn count(app: &TestApp, what: &str) -> String {
    app.look(&format!("select count(*) from {what}")).await
}

#[tokio::test]
async fn a_dead_job_is_tried_again_or_given_up_with_a_reason() {
    let app = TestApp::start().await;
    let access = staff(&app).await;
    let first = dead(&app, "watch", "a").await;
    let second = dead(&app, "import_settlements", "b").await;
    let page = list(&app.deps, &access, None, None).await.unwrap();
    assert_eq!(page.dead.iter().map(|it| it.id).collect::<Vec<_>>(), [second, first]);
    let page = list(&app.deps, &access, Some("watch"), None).await.unwrap();
    assert_eq!(page.dead.iter().map(|it| it.id).collect::<Vec<_>>(), [first]);

    let one = Chosen::One(first);
    for reason in ["", "  ", "a\nb"] {
        let refused = give_up(&app.deps, &access, &one, reason).await;
        assert!(matches!(refused, Err(GiveUpError::MalformedReason)), "{reason:?}");
    }
    assert_eq!(try_again(&app.deps, &access, &one).await.unwrap(), 1);
    assert_eq!(try_again(&app.deps, &access, &one).await.unwrap(), 0, "it waits already");
    assert_eq!(give_up(&app.deps, &access, &one, "later").await.unwrap(), 0, "it is not dead");

    assert_eq!(give_up(&app.deps, &access, &Chosen::One(second), "by hand").await.unwrap(), 1);
    assert_eq!(count(&app, "jobs where kind = 'import_settlements'").await, "0");
    let told = "select detail->>'reason' || ' ' || (detail->>'kind') || ' ' || actor_kind from audit_entries
                where action = 'job.given_up'";
    assert_eq!(app.look(told).await, "by hand import_settlements user");
}

#[tokio::test]
async fn all_of_a_kind_are_woken_once_a_wish() {
    let app = TestApp::start().await;
    let access = staff(&app).await;
    for key in ["a", "a", "b"] {
        dead(&app, "watch", key).await;
    }
    dead(&app, "import_settlements", "c").await;
    let kind = Chosen::Kind("watch".to_owned());
    assert_eq!(try_again(&app.deps, &access, &kind).await.unwrap(), 2);
    assert_eq!(try_again(&app.deps, &access, &kind).await.unwrap(), 0, "their wishes wait already");
    assert_eq!(count(&app, "jobs where dead_at is not null").await, "2");
    assert_eq!(give_up(&app.deps, &access, &kind, "over").await.unwrap(), 1);
    assert_eq!(count(&app, "jobs where dead_at is not null").await, "1");
}

#[tokio::test]
async fn the_overview_tells_what_needs_somebody() {
    let app = TestApp::start().await;
    let access = staff(&app).await;
    app.run_jobs().await;
    let quiet = overview(&app.deps, &access).await.unwrap();
    assert_eq!(quiet.needs, []);
    dead(&app, "watch", "a").await;
    let told = overview(&app.deps, &access).await.unwrap();
    let needs: Vec<_> = told.needs.iter().map(|it| (it.what, it.n)).collect();
    assert_eq!(needs, [(Upkeep::DeadJobs, 1)]);
    assert_eq!(told.queue.iter().map(|it| (it.kind.as_str(), it.n_dead)).max(), Some(("watch", 1)));
}

#[tokio::test]
async fn the_overview_tells_how_each_provider_answers() {
    let app = TestApp::start().await;
    let access = staff(&app).await;
    let read = async || {
        let told = overview(&app.deps, &access).await.unwrap();
        let [provider] = told.providers.try_into().unwrap();
        (provider, told.needs.iter().any(|it| it.what == Upkeep::Provider))
    };
    let ((health, facts), _) = read().await;
    assert_eq!((health, facts.answered_at, facts.told_at), (Health::Unasked, None, None));

    let sale = on_sale(&app, 3000, 10).await;
    sale.paid_order(&app, 1).await;
    let ((health, facts), is_needed) = read().await;
    assert_eq!((health, is_needed), (Health::Answers, false));
    assert!(facts.answered_at.is_some() && facts.captured_at.is_some());

    // One payment is asked about in vain, while the provider answers about another.
    sale.order(&app, 1).await;
    let asked = "update open_payments set asked_at = now() - interval '3 minutes';
                 update payments set synced_at = now() - interval '1 hour' where status <> 'captured'";
    database::run(&app.database_url, asked).await;
    let ((health, facts), is_needed) = read().await;
    assert_eq!((health, facts.n_silent, is_needed), (Health::Answers, 1, false));
    let long_ago = "update payments set synced_at = now() - interval '1 hour'";
    database::run(&app.database_url, long_ago).await;
    let ((health, facts), is_needed) = read().await;
    assert_eq!((health, facts.n_silent, is_needed), (Health::Silent, 1, true));
    // What was asked just now may still be answered.
    database::run(&app.database_url, "update open_payments set asked_at = now()").await;
    let ((health, facts), _) = read().await;
    assert_eq!((health, facts.n_silent), (Health::Answers, 0));
}

async fn suspend(app: &TestApp, sale: &Sale, access: &AdministratorAccess) {
    let to = Standing::Suspended;
    set_standing(&app.deps, access, sale.organizer, to, "苦情").await.unwrap();
}

#[tokio::test]
async fn who_is_suspended_sells_nothing_and_what_was_sold_goes_on() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let other = on_sale(&app, 3000, 10).await;
    let access = staff(&app).await;
    let paid = sale.paid_order(&app, 1).await;
    let unpaid = sale.order(&app, 1).await;

    let nameless = set_standing(&app.deps, &access, sale.organizer, Standing::Suspended, " ").await;
    assert!(matches!(nameless, Err(StandingError::MalformedReason)));
    suspend(&app, &sale, &access).await;
    let refused = sale.try_order(&app, 1).await;
    assert!(matches!(refused, Err(PlaceOrderError::Suspended)), "{refused:?}");
    other.order(&app, 1).await;

    // Refunds and cancelling go on, and so does paying for what was ordered before.
    let owner = sale.access(&app).await;
    let payment = app.look(&payment_of(&paid, "payment_id")).await;
    let refund = RequestRefund {
        payment: Id::from_uuid(payment.parse().unwrap()),
        amount: Money::yen(1000),
        reason: String::new(),
        cancels_order: false,
        idempotency_key: None,
    };
    request_refund(&app.deps, &owner, refund).await.unwrap();
    app.until("select status from refunds", "succeeded").await;
    let buyer = operations::access::buyer_access(&app.deps, &unpaid.link_token).await.unwrap();
    cancel_by_buyer(&app.deps, &buyer).await.unwrap();

    let shown = show(&app.deps, &access, sale.organizer).await.unwrap().unwrap();
    assert_eq!(
        (shown.standing.standing, shown.standing.reason.as_str()),
        (Standing::Suspended, "苦情")
    );
    let active = Standing::Active;
    set_standing(&app.deps, &access, sale.organizer, active, "解決").await.unwrap();
    set_standing(&app.deps, &access, sale.organizer, active, "もう一度").await.unwrap();
    sale.order(&app, 1).await;
    let told =
        "select string_agg(action || ' ' || (detail->>'reason'), ', ' order by audit_entry_id)
                from audit_entries where action like 'organizer.%'";
    assert_eq!(app.look(told).await, "organizer.suspended 苦情, organizer.active 解決");
    app.check().await;
}

/// Who looked at the organizer before it was suspended is waited for: afterwards nobody sells any more. The control: an
/// order of another organizer holds nobody up.
#[tokio::test]
async fn a_suspension_waits_for_the_orders_that_did_not_see_it() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let other = on_sale(&app, 3000, 10).await;
    let access = staff(&app).await;
    let mut stranger = app.deps.db.begin().await.unwrap();
    sale::get(&mut stranger, &EventRef::Id(other.event)).await.unwrap();
    let mut selling = app.deps.db.begin().await.unwrap();
    let seen = sale::get(&mut selling, &EventRef::Id(sale.event)).await.unwrap();
    assert!(seen.standing.may_sell());

    let deps = app.deps.clone();
    let organizer = sale.organizer;
    let mut decided = tokio::spawn(async move {
        set_standing(&deps, &access, organizer, Standing::Suspended, "苦情").await
    });
    let early = tokio::time::timeout(Duration::from_millis(700), &mut decided).await;
    assert!(early.is_err(), "it did not wait");
    // It counts already for everybody who looks now.
    let refused = sale.try_order(&app, 1).await;
    assert!(matches!(refused, Err(PlaceOrderError::Suspended)), "{refused:?}");
    selling.commit().await.unwrap();
    decided.await.unwrap().unwrap();
    drop(stranger);
}

#[tokio::test]
async fn no_order_is_placed_after_a_suspension_returned() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 0, 200).await;
    let access = staff(&app).await;
    let orders = async {
        let mut placed = 0;
        for _ in 0..40 {
            match sale.try_order(&app, 1).await {
                Ok(_) => placed += 1,
                Err(PlaceOrderError::Suspended | PlaceOrderError::Busy) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        placed
    };
    let decided = async {
        suspend(&app, &sale, &access).await;
        count(&app, "orders").await
    };
    let (placed, n_then) = tokio::join!(orders, decided);
    assert_eq!(count(&app, "orders").await, n_then, "{placed}");
}

#[tokio::test]
async fn organizers_and_users_are_found() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    on_sale(&app, 3000, 10).await;
    let access = staff(&app).await;
    let all = list_organizers(&app.deps, &access, &OrganizerQuery::default(), None).await.unwrap();
    assert_eq!(all.organizers.len(), 2);
    let member = format!("U{}", sale.user.uuid());
    for text in [sale.organizer.to_string(), member.clone(), format!("e-{}", sale.event.uuid())] {
        let query = OrganizerQuery { text, standing: None };
        let found = list_organizers(&app.deps, &access, &query, None).await.unwrap();
        let ids: Vec<_> = found.organizers.iter().map(|it| it.organizer).collect();
        assert_eq!(ids, [sale.organizer], "{query:?}");
    }
    let nobody = OrganizerQuery { text: "100%_".to_owned(), standing: None };
    let found = list_organizers(&app.deps, &access, &nobody, None).await.unwrap();
    assert!(found.organizers.is_empty(), "what is typed is text, no pattern");

    let found = users::list(&app.deps, &access, &member, None).await.unwrap();
    let [(user, belongs)] = found.users.try_into().unwrap();
    assert_eq!(user.user, sale.user);
    assert_eq!(belongs.iter().map(|it| it.organizer).collect::<Vec<_>>(), [sale.organizer]);

    suspend(&app, &sale, &access).await;
    let query = OrganizerQuery { standing: Some(Standing::Suspended), ..OrganizerQuery::default() };
    let found = list_organizers(&app.deps, &access, &query, None).await.unwrap();
    assert_eq!(found.organizers.len(), 1);
    assert_eq!(found.inactive, [(Standing::Suspended, 1)]);
}

#[tokio::test]
async fn an_account_is_disabled_with_a_reason_and_never_ones_own() {
    use operations::platform::users::{AccountError, set_state};

    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let access = staff(&app).await;
    let deps = &app.deps;
    let stands = async || {
        let found = users::list(deps, &access, &sale.user.to_string(), None).await.unwrap();
        found.users.into_iter().map(|(line, _)| line.state).collect::<Vec<_>>()
    };
    let set = async |to, reason| set_state(deps, &access, sale.user, to, reason).await;
    for reason in ["", " ", "a\nb"] {
        let refused = set(AccountState::Disabled, reason).await;
        assert!(matches!(refused, Err(AccountError::MalformedReason)), "{reason:?}");
    }
    assert_eq!(stands().await, [AccountState::Active]);
    set(AccountState::Disabled, "stolen").await.unwrap();
    set(AccountState::Disabled, "pressed twice").await.unwrap();
    assert_eq!(stands().await, [AccountState::Disabled]);
    let why = "select string_agg(detail->>'reason', ' ') from audit_entries
               where action = 'user.disabled' and actor_kind = 'user'";
    assert_eq!(app.look(why).await, "stolen");
    let never = set(AccountState::Deleted, "for good").await;
    assert!(matches!(never, Err(AccountError::NotFound)));
    set(AccountState::Active, "found").await.unwrap();
    assert_eq!(stands().await, [AccountState::Active]);

    let oneself = access.actor().user().unwrap();
    let own = set_state(deps, &access, oneself, AccountState::Disabled, "a slip").await;
    assert!(matches!(own, Err(AccountError::Own)));
    let nobody = UserId::from_uuid(Uuid::now_v7());
    let none = set_state(deps, &access, nobody, AccountState::Disabled, "who").await;
    assert!(matches!(none, Err(AccountError::NotFound)));
}

#[tokio::test]
async fn the_log_of_everybody_is_read_by_the_staff() {
    let app = TestApp::start().await;
    let (ours, theirs) = (on_sale(&app, 3000, 10).await, on_sale(&app, 3000, 10).await);
    let access = staff(&app).await;
    suspend(&app, &ours, &access).await;
    suspend(&app, &theirs, &access).await;
    dead(&app, "watch", "a").await;
    try_again(&app.deps, &access, &Chosen::Kind("watch".to_owned())).await.unwrap();
    let read = async |wish: PlatformAuditQuery| {
        let (lines, _) = list_of_everybody(&app.deps, &access, &wish, None).await.unwrap();
        lines.into_iter().map(|it| it.action).collect::<Vec<_>>()
    };
    let everything = read(PlatformAuditQuery::default()).await;
    assert_eq!(everything, ["job.revived", "organizer.suspended", "organizer.suspended"]);
    let organizer = Some(ours.organizer);
    let one = read(PlatformAuditQuery { organizer, ..PlatformAuditQuery::default() }).await;
    assert_eq!(one, ["organizer.suspended"]);
    let email = "Nobody@example.com".to_owned();
    let none = PlatformAuditQuery { email, organizer: None, query: AuditQuery::default() };
    assert!(read(none).await.is_empty());
}

#[tokio::test]
async fn a_member_is_refused_with_a_line_in_the_log() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    for permission in Permission::ALL {
        let confirmed = Confirmed::read(Some(0));
        let refused = may_administer(&app.deps, sale.user, *permission, confirmed).await;
        assert!(matches!(refused, Err(AccessError::NotAllowed)), "{permission}");
    }
    let n = Permission::ALL.len().to_string();
    assert_eq!(count(&app, "audit_entries where action = 'access.refused'").await, n);
}

#[tokio::test]
async fn staff_is_let_in_with_a_second_factor_that_is_there_and_was_proved() {
    let app = second_factors::app().await;
    let deps = &app.deps;
    let admin = second_factors::user(deps, "admin@eventpay.example").await;
    let confirmed = Confirmed::read(Some(0));
    let enter = |it| may_administer(deps, admin, Permission::RunJobs, it);
    for it in [None, confirmed] {
        assert!(matches!(enter(it).await, Err(AccessError::SecondFactorNeeded)), "none is set up");
    }
    second_factors::set_up(deps, admin).await;
    assert!(matches!(enter(None).await, Err(AccessError::SecondFactorNeeded)), "none was proved");
    assert!(enter(confirmed).await.is_ok());
    let of_members = may_administer(deps, admin, Permission::ViewOrders, confirmed).await;
    assert!(matches!(of_members, Err(AccessError::NotAllowed)), "staff is no member");
}

/// Who is taken out of the configuration is out with the next start, whatever sessions are open; who is put in is in.
#[tokio::test]
async fn the_staff_is_whom_the_configuration_names() {
    let app = second_factors::app().await;
    let deps = &app.deps;
    let admin = second_factors::user(deps, "admin@eventpay.example").await;
    let sato = second_factors::user(deps, "sato@example.com").await;
    second_factors::set_up(deps, admin).await;
    let confirmed = Confirmed::read(Some(0));
    let enter = |user, deps: Deps| async move {
        may_administer(&deps, user, Permission::RunJobs, confirmed).await.is_ok()
    };
    assert!(enter(admin, deps.clone()).await);
    assert_eq!(follow_configuration(deps).await.unwrap(), 0, "nothing is new");

    let mut settings = (*deps.settings).clone();
    settings.administrators = vec!["Sato@Example.com".to_owned()];
    let restarted = Deps { settings: Arc::new(settings), ..deps.clone() };
    assert_eq!(follow_configuration(&restarted).await.unwrap(), 2);
    assert!(!enter(admin, restarted.clone()).await, "though nobody signed out");
    assert!(administrator_access(&restarted, sato).await.is_ok());
    let told = "select string_agg(action, ' ' order by action) from audit_entries where action like 'user.%_staff'";
    assert_eq!(app.look(told).await, "user.joined_staff user.left_staff");
    assert_eq!(follow_configuration(&restarted).await.unwrap(), 0);
}

#[tokio::test]
async fn an_event_without_a_way_to_pay_says_so_and_takes_no_order() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let free = on_sale(&app, 0, 10).await;
    let access = staff(&app).await;
    let shown = async |sale: &Sale| {
        let slug = format!("e-{}", sale.event.uuid());
        show_event(&app.deps, &slug, None).await.unwrap().sale
    };
    assert!(matches!(shown(&sale).await, SaleShown::Open { .. }));
    for method in PaymentMethod::ALL {
        let off = (Switch::Method(*method), false);
        switch(&app.deps, &access, off, "障害").await.unwrap();
    }
    assert_eq!(shown(&sale).await, SaleShown::Unpayable);
    let refused = sale.try_order(&app, 1).await;
    assert!(matches!(refused, Err(PlaceOrderError::Unpayable)), "{refused:?}");
    assert!(matches!(shown(&free).await, SaleShown::Open { .. }));
    free.order(&app, 1).await;
}

#[tokio::test]
async fn what_is_switched_off_is_refused_at_once_and_what_exists_goes_on() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let access = staff(&app).await;
    let placed = sale.order(&app, 1).await;
    let nameless = switch(&app.deps, &access, (Switch::Orders, false), "").await;
    assert!(matches!(nameless, Err(SwitchError::MalformedReason)));
    for _ in 0..2 {
        switch(&app.deps, &access, (Switch::Orders, false), "点検").await.unwrap();
    }
    let refused = sale.try_order(&app, 1).await;
    assert!(matches!(refused, Err(PlaceOrderError::Paused)), "{refused:?}");
    app.pay_by_card(&testkit::story::pay_url(&placed)).await;
    app.until(&testkit::story::status_of(&placed), "paid").await;
    switch(&app.deps, &access, (Switch::Orders, true), "終了").await.unwrap();

    let konbini = Switch::Method(PaymentMethod::Konbini);
    let second = sale.order(&app, 1).await;
    switch(&app.deps, &access, (konbini, false), "障害").await.unwrap();
    let by = |method| PlaceOrder { methods: vec![method], ..sale.wish(1) };
    let refused = place_order(&app.deps, by(PaymentMethod::Konbini)).await;
    assert!(matches!(refused, Err(PlaceOrderError::MethodNotOffered)), "{refused:?}");
    place_order(&app.deps, by(PaymentMethod::CreditCard)).await.unwrap();
    let buyer = operations::access::buyer_access(&app.deps, &second.link_token).await.unwrap();
    let refused = start_payment(&app.deps, &buyer, Some(PaymentMethod::Konbini)).await;
    assert!(matches!(refused, Err(StartPaymentError::MethodNotOffered)), "{refused:?}");
    let shown = list_switches(&app.deps, &access).await.unwrap();
    let off: Vec<_> = shown.iter().filter(|it| !it.is_on).map(|it| it.switch).collect();
    assert_eq!(off, [konbini]);
    let told =
        "select string_agg(action || ' ' || (detail->>'switch'), ', ' order by audit_entry_id)
                from audit_entries where action like 'switch.%'";
    assert_eq!(
        app.look(told).await,
        "switch.off orders, switch.on orders, switch.off method.konbini"
    );
}
