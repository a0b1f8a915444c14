//! Refunds that need a bank account, a person, or patience: each once, to the right place, and nothing kept after.

use domain::event_cancellation::{CancellationState, CancellationTerms};
use domain::ids::{Id, PaymentId, RefundId};
use domain::money::Money;
use operations::PlacesGuard;
use operations::access::buyer_access;
use operations::clock::Clock;
use operations::event_cancellation::begin::begin;
use operations::event_cancellation::progress::list_results;
use operations::event_cancellation::wish::Wish;
use operations::orders::place::PlacedOrder;
use operations::orders::show::show_order;
use operations::payments::sync::sync_payment;
use operations::refunds::account::{
    AccountError, FormState, TypedAccount, ask_again, ask_again_by_buyer, give, look,
};
use operations::refunds::by_hand::{ByHandError, came_back, hand_back, try_now};
use operations::refunds::request::{RequestRefund, refund_by_hand, request_refund};
use operations::refunds::send::send_refund;
use serde_json::{Value, json};
use testkit::app::TestApp;
use testkit::story::{Sale, on_sale, pay_url, payment_of, status_of};
use time::{Duration, OffsetDateTime};

pub(crate) const STATUS: &str = "select status from refunds order by created_at, refund_id limit 1";
const BOOKED: &str = "select coalesce(string_agg(kind || ' ' || minor, ', ' order by kind), '') from (
    select kind, sum(amount_minor) as minor from ledger_entries join ledger_accounts using (ledger_account_id)
    group by kind having sum(amount_minor) <> 0) as sums";

pub(crate) struct Paid {
    pub(crate) sale: Sale,
    pub(crate) order: PlacedOrder,
    payment: PaymentId,
    /// The provider's name of it.
    pub(crate) name: String,
}

impl Paid {
    pub(crate) async fn by_konbini(app: &TestApp) -> Self {
        let sale = on_sale(app, 10_000, 10).await;
        let order = sale.order(app, 1).await;
        let promised =
            app.pay(&pay_url(&order), json!({ "method": "konbini", "store": "lawson" })).await;
        let name = promised.pointer("/payment/id").and_then(Value::as_str).unwrap().to_owned();
        app.act(&name, "pay_at_store", json!({})).await;
        app.until(&status_of(&order), "paid").await;
        Self::of(app, sale, order, name).await
    }

    async fn by_card(app: &TestApp) -> Self {
        let sale = on_sale(app, 10_000, 10).await;
        let order = sale.paid_order(app, 1).await;
        let name = app.look(&payment_of(&order, "provider_payment_id")).await;
        Self::of(app, sale, order, name).await
    }

    async fn of(app: &TestApp, sale: Sale, order: PlacedOrder, name: String) -> Self {
        let payment = app.look(&payment_of(&order, "payment_id")).await;
        Self { sale, order, payment: PaymentId::from_uuid(payment.parse().unwrap()), name }
    }

    fn back(&self, yen: i64) -> RequestRefund {
        RequestRefund {
            payment: self.payment,
            amount: Money::yen(yen),
            reason: String::new(),
            cancels_order: false,
            idempotency_key: None,
        }
    }

    pub(crate) async fn ask(&self, app: &TestApp, yen: i64) -> RefundId {
        let access = self.sale.access(app).await;
        request_refund(&app.deps, &access, self.back(yen)).await.unwrap()
    }

    /// The token that the order's page links to.
    pub(crate) async fn token(&self, app: &TestApp) -> Option<String> {
        let access = buyer_access(&app.deps, &self.order.link_token).await.unwrap();
        let shown = show_order(&app.deps, &access).await.unwrap();
        shown.refunds.iter().find_map(|it| it.form.clone()?.token)
    }

    async fn requests_at_the_provider(&self, app: &TestApp) -> Vec<Value> {
        let url = format!("{}/sandbox/payments/{}/look", app.sandbox_url, self.name);
        let answer = app.http.post(url).send().await.unwrap();
        let payment: Value = answer.json().await.unwrap();
        payment.get("refund_requests").and_then(Value::as_array).unwrap().clone()
    }
}

pub(crate) fn typed() -> TypedAccount {
    TypedAccount {
        bank: "0001".to_owned(),
        branch: "001".to_owned(),
        kind: "ordinary".to_owned(),
        number: "1234567".to_owned(),
        holder: "さとう　けん".to_owned(),
    }
}

#[tokio::test]
async fn konbini_money_goes_to_the_account_that_the_buyer_names_and_the_account_is_forgotten() {
    let app = TestApp::start().await;
    let paid = Paid::by_konbini(&app).await;
    paid.ask(&app, 10_000).await;
    app.run_jobs().await;
    assert_eq!(app.look(STATUS).await, "needs_account");
    let mailed = "select status || ' ' || text_body from mails where kind = 'account_needed'";
    assert_eq!(app.look(mailed).await, "sent ", "the mail left, its link is not kept");

    let token = paid.token(&app).await.unwrap();
    let form = look(&app.deps, &token).await.unwrap();
    assert_eq!((form.state, form.amount), (FormState::Open, Money::yen(10_000)));
    give(&app.deps, &token, &typed()).await.unwrap();
    for table in ["refund_accounts", "jobs", "audit_entries", "outbox_messages", "refunds"] {
        let plain = format!(
            "select count(*) from {table} where {table}::text like '%1234567%' or {table}::text like '%ｻﾄｳ%'"
        );
        assert_eq!(app.look(&plain).await, "0", "{table} shows the account");
    }
    app.run_jobs().await;
    assert_eq!(app.look(STATUS).await, "processing");
    let asked = paid.requests_at_the_provider(&app).await;
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["customer_name"], "ｻﾄｳ ｹﾝ");
    assert_eq!(
        (&asked[0]["bank_code"], &asked[0]["branch_number"]),
        (&json!("0001"), &json!("001"))
    );
    assert_eq!(
        app.look("select count(*) from refund_accounts where sealed is not null").await,
        "1"
    );

    app.act(&paid.name, "complete_refund_request", json!({})).await;
    app.until(STATUS, "succeeded").await;
    assert_eq!(
        app.look("select count(*) from refund_accounts where sealed is not null").await,
        "0"
    );
    assert_eq!(app.look("select count(*) from refunds").await, "1", "told of twice, written once");
    assert_eq!(app.look(BOOKED).await, "provider_clearing 190, provider_fees -190");
    assert_eq!(look(&app.deps, &token).await.unwrap().state, FormState::Used);
    app.until("select count(*) from mails where kind = 'refunded' and status = 'sent'", "1").await;
    let access = buyer_access(&app.deps, &paid.order.link_token).await.unwrap();
    let story: Vec<String> = show_order(&app.deps, &access).await.unwrap().refunds[0]
        .story
        .iter()
        .map(|line| line.milestone.to_string())
        .collect();
    assert_eq!(story, ["account_asked", "account_given", "sent", "returned"]);
    app.check().await;
}

#[tokio::test]
async fn a_rejected_account_is_asked_for_again_and_the_old_link_is_dead() {
    let app = TestApp::start().await;
    let paid = Paid::by_konbini(&app).await;
    paid.ask(&app, 4000).await;
    let first = paid.token(&app).await.unwrap();
    give(&app.deps, &first, &typed()).await.unwrap();
    app.until(STATUS, "processing").await;
    app.act(&paid.name, "reject_refund_request", json!({})).await;
    app.until(STATUS, "needs_account").await;
    assert_eq!(app.look("select failure_code from refunds").await, "account_rejected");
    assert_eq!(
        app.look("select count(*) from refund_accounts where sealed is not null").await,
        "0"
    );
    assert_eq!(app.look("select refunds_minor from payments").await, "4000", "still promised");
    let closed = give(&app.deps, &first, &typed()).await;
    assert!(matches!(closed, Err(AccountError::Closed)), "{closed:?}");

    let second = paid.token(&app).await.unwrap();
    assert_ne!(first, second);
    let better = TypedAccount { number: "7654321".to_owned(), ..typed() };
    give(&app.deps, &second, &better).await.unwrap();
    app.until(STATUS, "processing").await;
    app.act(&paid.name, "complete_refund_request", json!({})).await;
    app.until(STATUS, "succeeded").await;
    let asked = paid.requests_at_the_provider(&app).await;
    let words: Vec<_> = asked.iter().map(|it| it["status"].as_str().unwrap()).collect();
    assert_eq!(words, ["rejected", "completed"]);
    app.check().await;
}

#[tokio::test]
async fn a_transfer_that_comes_back_is_promised_again_and_can_leave_again() {
    let app = TestApp::start().await;
    let paid = Paid::by_konbini(&app).await;
    paid.ask(&app, 10_000).await;
    for is_last in [false, true] {
        give(&app.deps, &paid.token(&app).await.unwrap(), &typed()).await.unwrap();
        app.until(STATUS, "processing").await;
        app.act(&paid.name, "complete_refund_request", json!({})).await;
        app.until(STATUS, "succeeded").await;
        if !is_last {
            app.act(&paid.name, "return_refund_request", json!({})).await;
            app.until(STATUS, "needs_account").await;
            assert_eq!(app.look("select failure_code from refunds").await, "transfer_came_back");
            app.check().await;
        }
    }
    assert_eq!(app.look(BOOKED).await, "provider_clearing 190, provider_fees -190");
    app.check().await;

    // The organizer knows of it before the provider does, whose list holds the transfer still.
    let access = paid.sale.access(&app).await;
    let refund = app.look("select refund_id from refunds").await.parse().unwrap();
    came_back(&app.deps, &access, RefundId::from_uuid(refund)).await.unwrap();
    sync_payment(&app.deps, paid.payment).await.unwrap();
    assert_eq!(app.look(STATUS).await, "needs_account");
    app.check().await;
}

/// Method: two posts of the same form at once; the provider's own list is counted. The control shows that the list
/// would hold two if two wishes had left.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_forms_posted_at_once_one_asks_the_provider() {
    let app = TestApp::start().await;
    let paid = Paid::by_konbini(&app).await;
    paid.ask(&app, 4000).await;
    let token = paid.token(&app).await.unwrap();
    let other = TypedAccount { number: "7654321".to_owned(), ..typed() };
    let wishes = [typed(), other.clone(), typed(), other];
    let posts = wishes.iter().map(|typed| give(&app.deps, &token, typed));
    let [one, two, three, four]: [_; 4] = posts.collect::<Vec<_>>().try_into().ok().unwrap();
    let done = tokio::join!(one, two, three, four);
    let done = [done.0, done.1, done.2, done.3];
    assert_eq!(done.iter().filter(|it| it.is_ok()).count(), 1, "{done:?}");
    let is_refused = |it: &&Result<(), AccountError>| {
        matches!(it, Err(AccountError::Closed | AccountError::Busy))
    };
    assert_eq!(done.iter().filter(is_refused).count(), 3, "{done:?}");
    app.until(STATUS, "processing").await;
    assert_eq!(paid.requests_at_the_provider(&app).await.len(), 1);

    paid.ask(&app, 3000).await;
    give(&app.deps, &paid.token(&app).await.unwrap(), &typed()).await.unwrap();
    app.until("select count(*) from refunds where status = 'processing'", "2").await;
    assert_eq!(paid.requests_at_the_provider(&app).await.len(), 2, "the control counts");
    app.check().await;
}

#[tokio::test]
async fn what_the_provider_took_without_an_answer_is_not_asked_for_twice() {
    let app = TestApp::start().await;
    let paid = Paid::by_konbini(&app).await;
    let refund = paid.ask(&app, 4000).await;
    give(&app.deps, &paid.token(&app).await.unwrap(), &typed()).await.unwrap();
    app.behave(json!({ "api_fail_percent": 100 })).await;
    let unknown = send_refund(&app.deps, refund).await;
    assert!(unknown.is_err(), "nothing readable came back");
    assert_eq!(app.look(STATUS).await, "processing");
    app.behave(json!({})).await;
    send_refund(&app.deps, refund).await.unwrap();
    assert_eq!(paid.requests_at_the_provider(&app).await.len(), 1);

    // As after a death between the provider's yes and our note of it, a week later: its list tells, no key is needed.
    let forget =
        "update refunds set accepted_at = null, provider_request_id = null, next_attempt_at = null,
                  round = round";
    testkit::database::run(&app.database_url, forget).await;
    send_refund(&app.deps, refund).await.unwrap();
    send_refund(&app.deps, refund).await.unwrap();
    assert_eq!(paid.requests_at_the_provider(&app).await.len(), 1);
    assert_ne!(app.look("select accepted_at from refunds").await, "");
    app.check().await;
}

#[tokio::test]
async fn forms_end_with_their_time_and_strangers_get_nowhere() {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let paid = Paid::by_konbini(&app).await;
    let refund = paid.ask(&app, 4000).await;
    let token = paid.token(&app).await.unwrap();
    app.deps.clock.advance(Duration::days(14));
    assert_eq!(look(&app.deps, &token).await.unwrap().state, FormState::Expired);
    let expired = give(&app.deps, &token, &typed()).await;
    assert!(matches!(expired, Err(AccountError::Closed)), "{expired:?}");
    assert_eq!(paid.token(&app).await, None);
    let unknown = give(&app.deps, "0123456789abcdefghijklmnopqrstuv", &typed()).await;
    assert!(matches!(unknown, Err(AccountError::NotFound)), "{unknown:?}");

    let stranger = on_sale(&app, 1, 1).await.access(&app).await;
    let refused = ask_again(&app.deps, &stranger, refund).await;
    assert!(matches!(refused, Err(AccountError::NotFound)), "{refused:?}");
    let other = Paid::by_card(&app).await;
    let other_buyer = buyer_access(&app.deps, &other.order.link_token).await.unwrap();
    let refused = ask_again_by_buyer(&app.deps, &other_buyer, refund).await;
    assert!(matches!(refused, Err(AccountError::NotFound)), "{refused:?}");
    for refused in [
        hand_back(&app.deps, &stranger, refund, "").await,
        came_back(&app.deps, &stranger, refund).await,
        try_now(&app.deps, &stranger, refund).await,
    ] {
        assert!(matches!(refused, Err(ByHandError::NotFound)), "{refused:?}");
    }

    let buyer = buyer_access(&app.deps, &paid.order.link_token).await.unwrap();
    ask_again_by_buyer(&app.deps, &buyer, refund).await.unwrap();
    let fresh = paid.token(&app).await.unwrap();
    assert_ne!(fresh, token);
    let access = paid.sale.access(&app).await;
    for _ in 0..4 {
        ask_again(&app.deps, &access, refund).await.unwrap();
    }
    let flooded = ask_again(&app.deps, &access, refund).await;
    assert!(matches!(flooded, Err(AccountError::TooMany)), "{flooded:?}");
    assert_eq!(look(&app.deps, &fresh).await.unwrap().state, FormState::Ended);
    app.check().await;
}

#[tokio::test]
async fn what_is_typed_wrong_is_told_by_field_and_uses_nothing_up() {
    let app = TestApp::start().await;
    let paid = Paid::by_konbini(&app).await;
    paid.ask(&app, 4000).await;
    let token = paid.token(&app).await.unwrap();
    let wrong = TypedAccount {
        branch: "000".to_owned(),
        kind: "gold".to_owned(),
        number: "12345678".to_owned(),
        holder: "佐藤 健".to_owned(),
        ..typed()
    };
    let Err(AccountError::Invalid(problems)) = give(&app.deps, &token, &wrong).await else {
        panic!("it was taken")
    };
    assert!(!problems.is_bank_unknown && problems.is_branch_unknown && problems.is_kind_unknown);
    assert!(problems.number.is_some() && problems.holder.is_some());
    give(&app.deps, &token, &typed()).await.unwrap();
    app.check().await;
}

#[tokio::test]
async fn money_handed_back_by_the_organizer_leaves_the_providers_money_alone() {
    let app = TestApp::start().await;
    let paid = Paid::by_konbini(&app).await;
    let access = paid.sale.access(&app).await;
    let waiting = paid.ask(&app, 4000).await;
    let token = paid.token(&app).await.unwrap();
    hand_back(&app.deps, &access, waiting, "受付で現金").await.unwrap();
    hand_back(&app.deps, &access, waiting, "受付で現金").await.unwrap();
    assert_eq!(look(&app.deps, &token).await.unwrap().state, FormState::Ended);
    refund_by_hand(&app.deps, &access, paid.back(1000), "振込").await.unwrap();
    app.run_jobs().await;
    assert!(paid.requests_at_the_provider(&app).await.is_empty());
    assert_eq!(
        app.look(BOOKED).await,
        "organizer_payable -5000, provider_clearing 10190, provider_fees -190, refunds_by_hand -5000"
    );
    assert_eq!(app.look("select count(*) from mails where kind = 'refunded'").await, "2");
    let more = refund_by_hand(&app.deps, &access, paid.back(5001), "").await;
    assert!(more.is_err(), "{more:?}");
    app.check().await;

    // The transfer of the organizer's own came back: promised again, now to an account.
    came_back(&app.deps, &access, waiting).await.unwrap();
    assert_eq!(app.look(STATUS).await, "needs_account");
    app.check().await;
}

#[tokio::test]
async fn a_called_off_event_asks_for_accounts_and_ends_when_the_last_is_served() {
    let app = TestApp::start().await;
    let paid = Paid::by_konbini(&app).await;
    let access = paid.sale.access(&app).await;
    let terms = CancellationTerms::everything(Money::yen(0));
    let wish = Wish { reason: "台風のため".to_owned(), terms };
    let begun = begin(&app.deps, &access, paid.sale.event, &wish, None).await.unwrap();
    let mails = "select string_agg(kind, ' ' order by kind) from mails
                 where status = 'sent' and kind in ('account_needed', 'event_cancelled', 'refunded')";
    app.until(mails, "account_needed event_cancelled").await;
    let state = async || {
        let found = list_results(&app.deps, &access, paid.sale.event, None, None).await.unwrap();
        found.lines[0].state
    };
    assert_eq!(state().await, CancellationState::NeedsAccount);
    give(&app.deps, &paid.token(&app).await.unwrap(), &typed()).await.unwrap();
    app.until(STATUS, "processing").await;
    assert_eq!(state().await, CancellationState::Refunding);
    app.act(&paid.name, "reject_refund_request", json!({})).await;
    app.until(STATUS, "needs_account").await;
    assert_eq!(state().await, CancellationState::NeedsAccount);
    let refund = app.look("select refund_id from refunds").await.parse().unwrap();
    hand_back(&app.deps, &access, RefundId::from_uuid(refund), "").await.unwrap();
    assert_eq!(state().await, CancellationState::Refunded);
    operations::processes::advance(&app.deps, begun.process).await.unwrap();
    assert_eq!(app.look("select status from processes").await, "succeeded");
    app.until(mails, "account_needed account_needed event_cancelled refunded").await;
    assert_eq!(app.look("select count(*) from credit_notes").await, "1");
    app.check().await;
}

#[tokio::test]
async fn what_the_provider_is_making_cannot_be_handed_back_too() {
    let app = TestApp::start().await;
    let paid = Paid::by_konbini(&app).await;
    let access = paid.sale.access(&app).await;
    let refund = paid.ask(&app, 4000).await;
    give(&app.deps, &paid.token(&app).await.unwrap(), &typed()).await.unwrap();
    app.until(STATUS, "processing").await;
    let refused = hand_back(&app.deps, &access, refund, "").await;
    assert!(matches!(refused, Err(ByHandError::NotNow)), "{refused:?}");
    app.check().await;
}

#[tokio::test]
async fn a_short_balance_is_waited_for_told_after_a_day_and_over_when_it_fills() {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let paid = Paid::by_card(&app).await;
    app.behave(json!({ "short_balance": true })).await;
    paid.ask(&app, 4000).await;
    app.run_jobs().await;
    let waits = "select status || ' ' || waits_for || ' ' || n_waits from refunds";
    assert_eq!(app.look(waits).await, "requested provider_balance 1");
    // Nobody hurries it before its time.
    app.deps.clock.advance(Duration::minutes(29));
    operations::jobs::sweep(&app.deps).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(waits).await, "requested provider_balance 1");
    for n in 2..=6 {
        app.deps.clock.advance(Duration::hours(12));
        operations::jobs::sweep(&app.deps).await.unwrap();
        app.run_jobs().await;
        assert_eq!(app.look(waits).await, format!("requested provider_balance {n}"));
    }
    operations::watch::watch(&app.deps).await.unwrap();
    let open = "select count(*) from alerts where rule = 'refund.stuck' and resolved_at is null";
    assert_eq!(app.look(open).await, "1");
    app.check().await;

    app.behave(json!({})).await;
    let access = paid.sale.access(&app).await;
    let refund = app.look("select refund_id from refunds").await;
    try_now(&app.deps, &access, RefundId::from_uuid(refund.parse().unwrap())).await.unwrap();
    app.until(STATUS, "succeeded").await;
    operations::watch::watch(&app.deps).await.unwrap();
    assert_eq!(app.look(open).await, "0");
    app.check().await;
}

#[tokio::test]
async fn a_refund_that_waits_for_the_balance_may_be_handed_back() {
    let app = TestApp::start().await;
    let paid = Paid::by_card(&app).await;
    app.behave(json!({ "short_balance": true })).await;
    let refund = paid.ask(&app, 4000).await;
    app.run_jobs().await;
    let access = paid.sale.access(&app).await;
    hand_back(&app.deps, &access, refund, "現金").await.unwrap();
    app.behave(json!({})).await;
    operations::jobs::sweep(&app.deps).await.unwrap();
    app.run_jobs().await;
    send_refund(&app.deps, refund).await.unwrap();
    assert_eq!(app.look("select way || ' ' || status from refunds").await, "by_hand succeeded");
    assert_eq!(app.look("select refunds_minor from payments").await, "4000");
    let at_provider =
        app.look("select count(*) from refunds where provider_refund_id is not null").await;
    assert_eq!(at_provider, "0");
    app.check().await;
}

#[tokio::test]
async fn the_check_finds_an_account_that_was_kept() {
    let app = TestApp::start().await;
    let paid = Paid::by_konbini(&app).await;
    paid.ask(&app, 4000).await;
    give(&app.deps, &paid.token(&app).await.unwrap(), &typed()).await.unwrap();
    app.until(STATUS, "processing").await;
    let by_hand = "alter table refunds disable trigger refunds_tell_step;
                   update refunds set status = 'rejected';";
    testkit::database::run(&app.database_url, by_hand).await;
    let findings = operations::check::run(&app.deps).await.unwrap();
    let rules: Vec<_> = findings.iter().map(|it| it.rule).collect();
    assert!(rules.contains(&"a bank account is kept only while a refund needs it"), "{findings:?}");
    assert!(
        rules.contains(&"what stands promised in the ledger is what refunds promise"),
        "{findings:?}"
    );
}
