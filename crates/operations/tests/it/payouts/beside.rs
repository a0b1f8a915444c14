//! Payouts beside money that moves without us: given back by hand, taken by a buyer's bank for good.

use super::*;
use domain::ids::PaymentId;
use operations::refunds::request::refund_by_hand;

#[tokio::test]
async fn what_the_organizer_gave_back_by_hand_is_still_owed_to_it() {
    let world = world().await;
    let (deps, app) = (&world.app.deps, &world.app);
    let payment = app.look("select payment_id from payments").await;
    let wish = RequestRefund {
        payment: PaymentId::from_uuid(payment.parse().unwrap()),
        amount: Money::yen(4000),
        reason: String::new(),
        cancels_order: false,
        idempotency_key: None,
    };
    refund_by_hand(deps, &world.access, wish, "現金で返しました").await.unwrap();
    assert_eq!(world.balance("organizer_payable").await, "-6000");
    let found = overview(deps, &world.access).await.unwrap();
    assert_eq!((found.balance, found.available), (Money::yen(PRICE), Money::yen(PRICE)));
    let payout = prepare_payout(deps, &world.access).await.unwrap();
    let lines = show::payout(deps, &world.access, payout).await.unwrap().lines;
    assert_eq!(
        lines.first().map(|it| (it.refunds, it.amount)),
        Some((Money::yen(0), Money::yen(PRICE)))
    );
    let nothing = prepare_payout(deps, &world.access).await;
    assert!(matches!(nothing, Err(PrepareError::NothingPayable)), "{nothing:?}");
    app.check().await;
}
