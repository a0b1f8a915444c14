//! Whatever members, buyers and the bank do at the same moment, payouts stay within what is payable.

use super::*;
use domain::ids::PaymentId;
use futures::future::join_all;

/// What has come in for the organizer, less what was promised back or taken back until now.
const EARNED: &str = "select coalesce(-sum(e.amount_minor), 0) from ledger_entries e
    join ledger_accounts a using (ledger_account_id) join ledger_transactions t using (ledger_transaction_id)
    where a.kind in ('organizer_payable', 'disputes') and t.payout_id is null";
/// What is on its way to the organizer, or there.
const PAID_OUT: &str = "select coalesce(-sum(e.amount_minor), 0) from ledger_entries e
    join ledger_accounts a using (ledger_account_id) where a.kind in ('payouts_in_transit', 'bank_clearing')";

/// Small numbers without chance: every run is the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

async fn number(world: &World, sql: &str) -> i64 {
    world.app.look(sql).await.parse().unwrap()
}

/// Whether no more is paid out than came in, right after a payout was prepared; `back` is what was promised back in the
/// same moment: it may come before the payout or after it, and what comes after is a debt that the next one takes off.
async fn is_within(world: &World, back: i64) -> bool {
    number(world, PAID_OUT).await <= number(world, EARNED).await + back
}

/// Gives back a little of some payment, if there is so much left of it.
async fn give_back(world: &World, payment: &str, yen: i64) -> i64 {
    let wish = RequestRefund {
        payment: PaymentId::from_uuid(payment.parse().unwrap()),
        amount: Money::yen(yen),
        reason: String::new(),
        cancels_order: false,
        idempotency_key: None,
    };
    match request_refund(&world.app.deps, &world.access, wish).await {
        Ok(_) => yen,
        Err(_) => 0,
    }
}

/// Moves every payout that is under way by a throw of the dice.
async fn move_on(world: &World, dice: &mut Dice) {
    let deps = &world.app.deps;
    let open = "select coalesce(string_agg(payout_id::text, ' '), '') from payouts where status in ('draft', 'submitted')";
    for id in world.app.look(open).await.split_whitespace() {
        let payout = PayoutId::from_uuid(id.parse().unwrap());
        // Whoever is not at its step is refused, and nothing changes.
        let _ = match dice.below(5) {
            0 => cancel_payout(deps, &world.second, payout).await,
            1 => world.record(payout, BankOutcome::Paid).await,
            2 => world.record(payout, BankOutcome::Failed).await,
            3 => world.record(payout, BankOutcome::Returned).await,
            _ => match approve_payout(deps, &world.second, payout, None).await {
                Ok(()) => {
                    let sent = submit_payouts(deps, &world.administrator, &[payout], day()).await;
                    assert!(sent.is_ok(), "{sent:?}");
                    Ok(())
                }
                refused => refused,
            },
        };
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn payouts_never_exceed_what_is_payable_whatever_happens_at_once() {
    let world = world().await;
    let (deps, app) = (&world.app.deps, &world.app);
    let open = "update events set starts_at = now() + interval '1 day', ends_at = now() + interval '1 day'";
    database::run(&app.database_url, open).await;
    for _ in 0..3 {
        world.sale.paid_order(app, 1).await;
    }
    over_since(app, &world.sale, 60).await;
    let payments = app.look("select string_agg(payment_id::text, ' ') from payments").await;
    let payments: Vec<&str> = payments.split_whitespace().collect();
    let mut dice = Dice(20_261_122);
    let mut n_prepared = 0;
    for round in 0..8 {
        let refunds = (0..2).map(|_| {
            let payment = payments[usize::try_from(dice.below(4)).unwrap()];
            (payment, i64::try_from(dice.below(3000)).unwrap() + 1)
        });
        let refunds: Vec<_> = refunds.collect();
        let members = [&world.access, &world.second, &world.access];
        let (prepared, back) = tokio::join!(
            join_all(members.map(|member| prepare_payout(deps, member))),
            join_all(refunds.iter().map(|(payment, yen)| give_back(&world, payment, *yen))),
        );
        let n = prepared.iter().filter(|it| it.is_ok()).count();
        assert!(n <= 1, "round {round}: of three at once one finds something to pay out");
        n_prepared += n;
        assert!(n == 0 || is_within(&world, back.iter().sum()).await, "round {round}");
        move_on(&world, &mut dice).await;
        app.check().await;
    }
    assert!(n_prepared >= 2, "there was something to see: {n_prepared}");
}

/// The negative control: the same measure sees a payout too many where the database's rule is off.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_rule_the_measure_sees_a_payout_too_many() {
    let world = world().await;
    assert!(is_within(&world, 0).await);
    database::run(&world.app.database_url, "alter table payouts disable trigger user").await;
    race(&world).await;
    assert!(!is_within(&world, 0).await, "the same money was paid out twice");
}
