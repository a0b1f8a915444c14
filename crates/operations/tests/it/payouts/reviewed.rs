//! The first payout waits for a review, and who is suspended is not paid out: the draft stays, with the reason.

use domain::payout::PayoutStatus;
use domain::standing::Standing;
use operations::payouts::PayoutError;
use operations::payouts::approve::{approve_payout, cancel_payout};
use operations::payouts::prepare::{FIRST_PAYOUT, prepare_payout};
use operations::payouts::submit::{SubmitError, submit_payouts};
use operations::platform::organizers::{set_standing, show};

use super::{World, day, world};

async fn stands(world: &World) -> (Standing, String) {
    let found = show(&world.app.deps, &world.administrator, world.sale.organizer).await.unwrap();
    let found = found.unwrap();
    (found.standing.standing, found.standing.reason)
}

async fn decide(world: &World, to: Standing) {
    let organizer = world.sale.organizer;
    set_standing(&world.app.deps, &world.administrator, organizer, to, "確認").await.unwrap();
}

#[tokio::test]
async fn the_first_payout_waits_until_somebody_looked() {
    let world = world().await;
    let deps = &world.app.deps;
    testkit::database::run(&world.app.database_url, "update organizers set reviewed_at = null")
        .await;
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    assert_eq!(stands(&world).await, (Standing::InReview, FIRST_PAYOUT.to_owned()));
    let early = approve_payout(deps, &world.second, payout, None).await;
    assert!(
        matches!(early, Err(PayoutError::OnHold { standing: Standing::InReview })),
        "{early:?}"
    );

    decide(&world, Standing::Active).await;
    approve_payout(deps, &world.second, payout, None).await.unwrap();
    assert_eq!(stands(&world).await.0, Standing::Active);
    // The next one asks for nothing.
    cancel_payout(deps, &world.access, payout).await.unwrap();
    prepare_payout(deps, &world.access).await.unwrap();
    assert_eq!(stands(&world).await.0, Standing::Active);
    world.app.check().await;
}

#[tokio::test]
async fn who_is_suspended_is_not_paid_out() {
    let world = world().await;
    let deps = &world.app.deps;
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    decide(&world, Standing::Suspended).await;
    let refused = approve_payout(deps, &world.second, payout, None).await;
    assert!(matches!(refused, Err(PayoutError::OnHold { standing: Standing::Suspended })));
    decide(&world, Standing::Active).await;
    approve_payout(deps, &world.second, payout, None).await.unwrap();
    // Suspended between the approval and the bank: it stays approved.
    decide(&world, Standing::Suspended).await;
    let refused = submit_payouts(deps, &world.administrator, &[payout], day()).await;
    assert!(
        matches!(refused, Err(SubmitError::OnHold { ref names }) if names == &["Tanaka"]),
        "{refused:?}"
    );
    let status = world.app.look("select status from payouts").await;
    assert_eq!(status, PayoutStatus::Approved.as_str());
    decide(&world, Standing::Active).await;
    submit_payouts(deps, &world.administrator, &[payout], day()).await.unwrap();
}
