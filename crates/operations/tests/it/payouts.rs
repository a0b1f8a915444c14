//! Payouts: never more than is payable, never by one pair of eyes, and money that did not arrive is payable again.

mod beside;
mod races;
mod reviewed;
mod watched;

use domain::ids::{Id, PayoutId, UserId};
use domain::money::Money;
use domain::payout::{NotApprovable, PayoutModel, PayoutStatus, Wait};
use domain::zengin::transfer::{self, LineEnd};
use operations::access::{administrator_access, member_access};
use operations::actor::{AdministratorAccess, OrganizerAccess};
use operations::payouts::account::{
    AccountError, AccountForm, AccountProblem, account_of, set_account,
};
use operations::payouts::approve::{approve_payout, cancel_payout};
use operations::payouts::model::{Open, SwitchError, switch_model};
use operations::payouts::money::overview;
use operations::payouts::outcome::{BankOutcome, record_outcome};
use operations::payouts::prepare::{PrepareError, prepare_payout};
use operations::payouts::submit::{SubmitError, payout_file, submit_payouts};
use operations::payouts::{PayoutError, show, statement};
use operations::refunds::request::{RequestRefund, request_refund};
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, payment_of};
use uuid::Uuid;
use words::lang::Lang;

const PRICE: i64 = 10_000;

fn account() -> AccountForm {
    AccountForm {
        bank: "0001".to_owned(),
        branch: "001".to_owned(),
        kind: "ordinary".to_owned(),
        number: "123456".to_owned(),
        holder: "タナカ　ハナコ".to_owned(),
    }
}

/// An organizer of the model `collect` with an account, a second member, and one paid order of an event that is over.
struct World {
    app: TestApp,
    sale: Sale,
    access: OrganizerAccess,
    second: OrganizerAccess,
    administrator: AdministratorAccess,
}

async fn user(app: &TestApp, is_administrator: bool) -> UserId {
    let user = Uuid::now_v7();
    let sql = format!(
        "insert into users (user_id, email, email_key, is_administrator, created_at)
         values ('{user}', 'u{user}@example.com', 'u{user}@example.com', {is_administrator}, now())"
    );
    database::run(&app.database_url, &sql).await;
    UserId::from_uuid(user)
}

async fn join(app: &TestApp, sale: &Sale) -> OrganizerAccess {
    let member = user(app, false).await;
    let sql = format!(
        "insert into members (organizer_id, user_id, created_at) values ('{}', '{}', now())",
        sale.organizer.uuid(),
        member.uuid()
    );
    database::run(&app.database_url, &sql).await;
    member_access(&app.deps, member, sale.organizer).await.unwrap()
}

/// Lets the event be over since `days`.
async fn over_since(app: &TestApp, sale: &Sale, days: i32) {
    let sql = format!(
        "update events set starts_at = now() - interval '{days} days', ends_at = now() - interval '{days} days'
         where event_id = '{}'",
        sale.event.uuid()
    );
    database::run(&app.database_url, &sql).await;
}

async fn collecting(app: &TestApp, sale: &Sale) {
    let sql = format!(
        "update organizers set payout_model = 'collect', reviewed_at = now() where organizer_id = '{}';
         update events set payout_model = 'collect' where event_id = '{}'",
        sale.organizer.uuid(),
        sale.event.uuid()
    );
    database::run(&app.database_url, &sql).await;
}

async fn world() -> World {
    world_in(TestApp::start().await).await
}

async fn world_in(app: TestApp) -> World {
    let sale = on_sale(&app, PRICE, 100).await;
    collecting(&app, &sale).await;
    let access = sale.access(&app).await;
    set_account(&app.deps, &access, &account()).await.unwrap();
    sale.paid_order(&app, 1).await;
    over_since(&app, &sale, 60).await;
    let second = join(&app, &sale).await;
    let administrator = administrator_access(&app.deps, user(&app, true).await).await.unwrap();
    World { app, sale, access, second, administrator }
}

impl World {
    async fn balance(&self, account: &str) -> String {
        let sql = format!(
            "select coalesce(sum(amount_minor), 0) from ledger_entries join ledger_accounts using (ledger_account_id)
             where kind = '{account}'"
        );
        self.app.look(&sql).await
    }

    async fn submitted(&self) -> PayoutId {
        let deps = &self.app.deps;
        let payout = prepare_payout(deps, &self.access).await.unwrap();
        approve_payout(deps, &self.second, payout, None).await.unwrap();
        submit_payouts(deps, &self.administrator, &[payout], day()).await.unwrap();
        payout
    }

    async fn record(&self, payout: PayoutId, outcome: BankOutcome) -> Result<(), PayoutError> {
        record_outcome(&self.app.deps, &self.administrator, payout, outcome, "口座なし").await
    }
}

/// A business day to come.
fn day() -> time::Date {
    domain::business_day::after(time::OffsetDateTime::now_utc().date(), 3)
}

#[tokio::test]
async fn a_payout_goes_from_the_draft_to_the_bank() {
    let world = world().await;
    let (deps, app) = (&world.app.deps, &world.app);
    let before = overview(deps, &world.access).await.unwrap();
    assert_eq!((before.balance, before.available), (Money::yen(PRICE), Money::yen(PRICE)));
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    assert_eq!(world.balance("organizer_payable").await, "0");
    assert_eq!(world.balance("payouts_in_transit").await, "-10000");
    approve_payout(deps, &world.second, payout, None).await.unwrap();
    let file = submit_payouts(deps, &world.administrator, &[payout], day()).await.unwrap();
    let (_, bytes) = payout_file(deps, &world.administrator, file, LineEnd::Crlf).await.unwrap();
    assert_eq!(bytes.len(), 4 * 122);
    let read = transfer::read(&bytes).unwrap();
    let [to] = read.transfers.as_slice() else { panic!("one transfer") };
    assert_eq!(to.amount, Money::yen(PRICE));
    assert_eq!(to.account.holder.as_str(), "ﾀﾅｶ ﾊﾅｺ");
    assert_eq!(to.account.number.as_str(), "0123456");
    world.record(payout, BankOutcome::Paid).await.unwrap();
    world.record(payout, BankOutcome::Paid).await.unwrap();
    assert_eq!(world.balance("payouts_in_transit").await, "0");
    assert_eq!(world.balance("bank_clearing").await, "-10000");
    let detail = show::payout(deps, &world.access, payout).await.unwrap();
    assert_eq!(detail.payout.status, PayoutStatus::Paid);
    let csv = statement::csv(&detail, Lang::Ja);
    assert!(csv.starts_with("\u{FEFF}\"イベント\",\"入金額\""), "{csv}");
    assert!(csv.contains("\"忘年会 2026\",10000,0,0,0,0,0,0,10000\r\n"), "{csv}");
    assert!(csv.ends_with("\"振込額\",,,,,,,,10000\r\n"), "{csv}");
    let told = "select string_agg(topic, ' ' order by outbox_message_id) from outbox_messages where topic like 'payout.%'";
    assert_eq!(app.look(told).await, "payout.draft payout.approved payout.submitted payout.paid");
    app.check().await;
}

#[tokio::test]
async fn what_one_member_prepared_another_approves() {
    let world = world().await;
    let deps = &world.app.deps;
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    let same = approve_payout(deps, &world.access, payout, Some(Money::yen(PRICE))).await;
    let wanted = PayoutError::NotApprovable(NotApprovable::SameMember);
    assert_eq!(same.unwrap_err().to_string(), wanted.to_string());
    approve_payout(deps, &world.second, payout, None).await.unwrap();
    approve_payout(deps, &world.second, payout, None).await.unwrap();
}

#[tokio::test]
async fn the_only_member_types_the_amount_again() {
    let world = world().await;
    let deps = &world.app.deps;
    let alone =
        format!("delete from members where user_id = '{}'", world.second.actor().id().unwrap());
    database::run(&world.app.database_url, &alone).await;
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    for wrong in [None, Some(Money::yen(1000))] {
        let refused = approve_payout(deps, &world.access, payout, wrong).await;
        assert!(matches!(refused, Err(PayoutError::NotApprovable(NotApprovable::AmountDiffers))));
    }
    approve_payout(deps, &world.access, payout, Some(Money::yen(PRICE))).await.unwrap();
}

/// A treasurer prepares and does not approve: beside one, a lone owner types the amount.
#[tokio::test]
async fn a_treasurer_is_no_second_pair_of_eyes() {
    let world = world().await;
    let (deps, treasurer) = (&world.app.deps, world.second.actor().id().unwrap());
    let sql = format!("update members set role = 'treasurer' where user_id = '{treasurer}'");
    database::run(&world.app.database_url, &sql).await;
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    let untyped = approve_payout(deps, &world.access, payout, None).await;
    let differs = PayoutError::NotApprovable(NotApprovable::AmountDiffers);
    assert_eq!(untyped.unwrap_err().to_string(), differs.to_string());
    approve_payout(deps, &world.access, payout, Some(Money::yen(PRICE))).await.unwrap();
}

#[tokio::test]
async fn money_that_did_not_arrive_is_payable_again() {
    let world = world().await;
    let deps = &world.app.deps;
    for outcomes in [
        &[BankOutcome::Failed][..],
        &[BankOutcome::Returned],
        &[BankOutcome::Paid, BankOutcome::Returned],
    ] {
        let payout = world.submitted().await;
        for outcome in outcomes {
            world.record(payout, *outcome).await.unwrap();
        }
        assert_eq!(world.balance("organizer_payable").await, "-10000", "{outcomes:?}");
        assert_eq!(world.balance("payouts_in_transit").await, "0");
        assert_eq!(world.balance("bank_clearing").await, "0");
        let refused = world.record(payout, BankOutcome::Paid).await;
        assert!(matches!(refused, Err(PayoutError::OutOfStep { .. })), "{refused:?}");
        world.app.check().await;
    }
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    cancel_payout(deps, &world.second, payout).await.unwrap();
    assert_eq!(overview(deps, &world.access).await.unwrap().available, Money::yen(PRICE));
    let late = approve_payout(deps, &world.second, payout, None).await;
    assert!(matches!(late, Err(PayoutError::OutOfStep { status: PayoutStatus::Cancelled })));
    world.app.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_payouts_at_once_one_finds_nothing_left() {
    let world = world().await;
    let deps = &world.app.deps;
    let (first, second) =
        tokio::join!(prepare_payout(deps, &world.access), prepare_payout(deps, &world.second));
    let refused = [&first, &second].into_iter().filter(|it| it.is_err()).count();
    assert_eq!(refused, 1, "{first:?} {second:?}");
    assert_eq!(world.app.look("select count(*) from payouts").await, "1");
    assert_eq!(world.balance("organizer_payable").await, "0");
    world.app.check().await;
}

/// SQL that sets all of the event's money aside for a payout, as fast and careless code would: it looks, waits for the
/// other, and writes.
fn careless(world: &World, code: &str) -> String {
    let (organizer, event) = (world.sale.organizer.uuid(), world.sale.event.uuid());
    let payout = Uuid::now_v7();
    format!(
        "do $$
         declare owed bigint; transaction_id uuid := gen_random_uuid();
         begin
             select -sum(amount_minor) into owed from ledger_entries join ledger_accounts using (ledger_account_id)
                 where kind = 'organizer_payable' and organizer_id = '{organizer}';
             perform pg_sleep(0.3);
             insert into payouts (payout_id, organizer_id, code, status, amount_minor, currency, bank_account_id, prepared_by,
                                  created_at, updated_at)
                 select '{payout}', organizer_id, '{code}', 'draft', owed, 'JPY', bank_account_id, created_by, now(), now()
                 from bank_accounts where organizer_id = '{organizer}' and replaced_at is null;
             insert into payout_lines values ('{payout}', '{event}', owed, 0, 0, 0, 0, 0, 0, owed);
             insert into ledger_accounts (kind, organizer_id, currency)
                 values ('payouts_in_transit', '{organizer}', 'JPY') on conflict do nothing;
             insert into ledger_transactions (ledger_transaction_id, fact_key, kind, organizer_id, event_id, payout_id, created_at)
                 values (transaction_id, 'payout_prepared:{payout}', 'payout_prepared', '{organizer}', '{event}', '{payout}', now());
             insert into ledger_entries (ledger_transaction_id, ledger_account_id, amount_minor, currency)
                 select transaction_id, ledger_account_id, case kind when 'organizer_payable' then owed else -owed end, 'JPY'
                 from ledger_accounts where organizer_id = '{organizer}' and kind in ('organizer_payable', 'payouts_in_transit');
             set constraints all immediate;
         exception when check_violation then null;
         end $$"
    )
}

async fn race(world: &World) -> String {
    let [first, second] = ["PO-A", "PO-B"].map(|code| careless(world, code));
    let url = &world.app.database_url;
    tokio::join!(database::run(url, &first), database::run(url, &second));
    world.balance("organizer_payable").await
}

/// The database's own rule, without any of our code in the way.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_database_refuses_the_second_of_two_careless_payouts() {
    let world = world().await;
    assert_eq!(race(&world).await, "0");
    assert_eq!(world.app.look("select count(*) from payouts").await, "1");
}

/// The negative control: without the rule the same race pays out twice what is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_rule_the_race_pays_out_twice() {
    let world = world().await;
    database::run(&world.app.database_url, "alter table payouts disable trigger user").await;
    assert_eq!(race(&world).await, "10000", "the organizer owes what was paid out twice");
    assert_eq!(world.app.look("select count(*) from payouts").await, "2");
}

#[tokio::test]
async fn a_refund_after_the_payout_is_taken_from_the_next() {
    let world = world().await;
    let (deps, app) = (&world.app.deps, &world.app);
    let payout = world.submitted().await;
    world.record(payout, BankOutcome::Paid).await.unwrap();
    let order = app.look("select payment_id from payments").await;
    let refund = RequestRefund {
        payment: domain::ids::PaymentId::from_uuid(order.parse().unwrap()),
        amount: Money::yen(4000),
        reason: String::new(),
        cancels_order: false,
        idempotency_key: None,
    };
    request_refund(deps, &world.access, refund).await.unwrap();
    let owing = overview(deps, &world.access).await.unwrap();
    assert_eq!(owing.available, Money::yen(-4000));
    let nothing = prepare_payout(deps, &world.access).await;
    assert!(matches!(nothing, Err(PrepareError::NothingPayable)), "{nothing:?}");
    // Another event of the same organizer brings money: the debt is taken off.
    let copy = "with copy as (
            insert into events (event_id, organizer_id, slug, status, title, starts_at, ends_at, payout_model, created_at, updated_at)
            select gen_random_uuid(), organizer_id, 'second', 'published', '二次会', now() + interval '9 days',
                   now() + interval '9 days', 'collect', now(), now() from events limit 1 returning event_id)
        update ticket_types set event_id = (select event_id from copy)";
    database::run(&app.database_url, copy).await;
    let moved = "update quotas set event_id = (select event_id from events where slug = 'second')";
    database::run(&app.database_url, moved).await;
    let event = app.look("select event_id from events where slug = 'second'").await;
    let second = Sale {
        event: domain::ids::EventId::from_uuid(event.parse().unwrap()),
        organizer: world.sale.organizer,
        user: world.sale.user,
        ticket_type: world.sale.ticket_type,
    };
    second.paid_order(app, 1).await;
    over_since(app, &second, 60).await;
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    let detail = show::payout(deps, &world.access, payout).await.unwrap();
    assert_eq!(detail.payout.amount, Money::yen(6000));
    let amounts: Vec<_> = detail.lines.iter().map(|line| line.amount.minor()).collect();
    assert_eq!(amounts.iter().sum::<i64>(), 6000, "{amounts:?}");
    assert!(amounts.contains(&-4000), "{amounts:?}");
}

#[tokio::test]
async fn money_waits_for_the_event_and_a_share_waits_longer() {
    let world = world().await;
    let (deps, app) = (&world.app.deps, &world.app);
    over_since(app, &world.sale, 1).await;
    let early = overview(deps, &world.access).await.unwrap();
    assert_eq!((early.available, early.waiting), (Money::yen(0), Money::yen(PRICE)));
    assert!(early.next_on.is_some());
    let nothing = prepare_payout(deps, &world.access).await;
    assert!(matches!(nothing, Err(PrepareError::NothingPayable)), "{nothing:?}");
    let terms = "update organizers set payout_business_days = 1, payout_reserve_days = 90";
    database::run(&app.database_url, terms).await;
    over_since(app, &world.sale, 15).await;
    let due = overview(deps, &world.access).await.unwrap();
    assert_eq!((due.available, due.waiting), (Money::yen(9000), Money::yen(1000)));
    let waits = due.events.first().and_then(|event| event.share.waiting);
    assert!(matches!(waits, Some((_, Wait::Reserve { .. }))), "{waits:?}");
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    let line = show::payout(deps, &world.access, payout).await.unwrap().lines;
    assert_eq!(line.first().map(|line| line.reserve), Some(Money::yen(1000)));
    app.check().await;
}

#[tokio::test]
async fn an_account_is_checked_sealed_and_shown_to_who_approves() {
    let world = world().await;
    let deps = &world.app.deps;
    let stored = "select position(convert_to('0123456', 'UTF8') in sealed) || ' ' || number_tail from bank_accounts";
    assert_eq!(world.app.look(stored).await, "0 456", "the number stands nowhere in the open");
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    let (opened, line) = account_of(deps, &world.second, payout).await.unwrap();
    assert_eq!(opened.holder.as_str(), "ﾀﾅｶ ﾊﾅｺ");
    assert_eq!(line.number_tail, "456");
    let wrong = AccountForm {
        bank: "9999".to_owned(),
        number: "x".to_owned(),
        holder: "田中".to_owned(),
        ..account()
    };
    let refused = set_account(deps, &world.access, &wrong).await;
    let Err(AccountError::Invalid(problems)) = refused else { panic!("{refused:?}") };
    let fields: Vec<_> = problems.iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, ["number", "holder", "bank"]);
    assert!(problems.contains(&("bank", AccountProblem::NoSuchBank)));
    let branch = AccountForm { branch: "000".to_owned(), ..account() };
    let refused = set_account(deps, &world.access, &branch).await;
    let Err(AccountError::Invalid(problems)) = refused else { panic!("{refused:?}") };
    assert_eq!(problems, [("branch", AccountProblem::NoSuchBranch)]);
    let other = AccountForm { holder: "スズキ　イチロウ".to_owned(), ..account() };
    set_account(deps, &world.access, &other).await.unwrap();
    let (still, _) = account_of(deps, &world.second, payout).await.unwrap();
    assert_eq!(still, opened, "a payout under way keeps its account");
}

#[tokio::test]
async fn strangers_and_the_wrong_step_are_refused() {
    let world = world().await;
    let deps = &world.app.deps;
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    let stranger = on_sale(&world.app, 1, 1).await.access(&world.app).await;
    assert!(matches!(show::payout(deps, &stranger, payout).await, Err(PayoutError::NotFound)));
    assert!(matches!(account_of(deps, &stranger, payout).await, Err(PayoutError::NotFound)));
    let approved = approve_payout(deps, &stranger, payout, None).await;
    assert!(matches!(approved, Err(PayoutError::NotFound)), "{approved:?}");
    assert!(matches!(cancel_payout(deps, &stranger, payout).await, Err(PayoutError::NotFound)));
    assert!(administrator_access(deps, world.sale.user).await.is_err());
    let early = submit_payouts(deps, &world.administrator, &[payout], day()).await;
    assert!(matches!(early, Err(SubmitError::NotApproved { n: 1 })), "{early:?}");
    let early = world.record(payout, BankOutcome::Paid).await;
    assert!(matches!(early, Err(PayoutError::OutOfStep { status: PayoutStatus::Draft })));
    approve_payout(deps, &world.second, payout, None).await.unwrap();
    let sunday = time::macros::date!(2099 - 11 - 01);
    let closed = submit_payouts(deps, &world.administrator, &[payout], sunday).await;
    assert!(matches!(closed, Err(SubmitError::NoBusinessDay)), "{closed:?}");
}

#[tokio::test]
async fn the_model_is_switched_only_while_nothing_is_open() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, PRICE, 10).await;
    let access = sale.access(&app).await;
    let refused = switch_model(&app.deps, &access, PayoutModel::Collect).await;
    assert!(matches!(&refused, Err(SwitchError::Open(open)) if open == &[Open::EventOnSale]));
    over_since(&app, &sale, 60).await;
    switch_model(&app.deps, &access, PayoutModel::Collect).await.unwrap();
    let of_event = "select payout_model from events";
    assert_eq!(app.look(of_event).await, "direct", "what was published keeps its model");
    collecting(&app, &sale).await;
    let open = "update events set starts_at = now() + interval '1 day', ends_at = now() + interval '1 day'";
    database::run(&app.database_url, open).await;
    let order = sale.paid_order(&app, 1).await;
    assert_eq!(app.look(&payment_of(&order, "status")).await, "captured");
    over_since(&app, &sale, 60).await;
    let refused = switch_model(&app.deps, &access, PayoutModel::Direct).await;
    assert!(matches!(&refused, Err(SwitchError::Open(open)) if open == &[Open::Balance]));
}
