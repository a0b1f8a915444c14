//! Chargebacks: recognised, answered in time, and booked however they end.

use bytes::Bytes;
use domain::ids::{DisputeId, Id, PaymentId};
use domain::money::Money;
use operations::disputes::evidence::{add_file, add_text, mark_sent, read_file};
use operations::disputes::show::show;
use operations::disputes::{DisputeError, record_end};
use operations::refunds::request::{RefundError, RequestRefund, request_refund};
use serde_json::json;
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, payment_of};

const STATUS: &str = "select status from disputes";
const BOOKED: &str = "select coalesce(string_agg(kind || ' ' || minor, ', ' order by kind), '') from (
    select kind, sum(amount_minor) as minor from ledger_entries join ledger_accounts using (ledger_account_id)
    group by kind having sum(amount_minor) <> 0) as sums";

async fn charged_back(app: &TestApp, yen: i64) -> (Sale, DisputeId, String) {
    let sale = on_sale(app, 10_000, 10).await;
    let order = sale.paid_order(app, 1).await;
    let name = app.look(&payment_of(&order, "provider_payment_id")).await;
    app.act(&name, "chargeback", json!({ "amount": yen })).await;
    app.until(STATUS, "open").await;
    let dispute = app.look("select dispute_id from disputes").await;
    (sale, DisputeId::from_uuid(dispute.parse().unwrap()), name)
}

#[tokio::test]
async fn a_chargeback_opens_a_dispute_with_a_deadline_and_takes_evidence() {
    let app = TestApp::start().await;
    let (sale, dispute, _) = charged_back(&app, 4000).await;
    let access = sale.access(&app).await;
    let shown = show(&app.deps, &access, dispute).await.unwrap();
    assert_eq!(shown.amount, Money::yen(4000));
    let week = shown.dispute.evidence_due_at - shown.dispute.opened_at;
    assert_eq!(week.whole_days(), 7);
    assert_eq!(
        app.look(BOOKED).await,
        "disputes 4000, organizer_payable -10000, provider_clearing 6000"
    );

    let nothing = mark_sent(&app.deps, &access, dispute).await;
    assert!(matches!(nothing, Err(DisputeError::NoEvidence)), "{nothing:?}");
    add_text(&app.deps, &access, dispute, "本人が来場しました。").await.unwrap();
    let pdf = Bytes::from_static(b"%PDF-1.7 receipt");
    let file =
        add_file(&app.deps, &access, dispute, "../../受付簿.pdf", pdf.clone()).await.unwrap();
    let read = read_file(&app.deps, &access, dispute, file).await.unwrap();
    assert_eq!((read.name.as_str(), read.bytes), ("受付簿.pdf", pdf));
    for (bytes, is_too_large) in [
        (Bytes::from_static(b"<script>alert(1)</script>"), false),
        (Bytes::from(vec![0; 8 * 1024 * 1024 + 1]), true),
    ] {
        let refused = add_file(&app.deps, &access, dispute, "x.pdf", bytes).await;
        let refused = refused.unwrap_err();
        assert_eq!(matches!(refused, DisputeError::TooLarge), is_too_large, "{refused:?}");
    }
    mark_sent(&app.deps, &access, dispute).await.unwrap();
    mark_sent(&app.deps, &access, dispute).await.unwrap();
    assert_eq!(app.look(STATUS).await, "under_review");
    assert_eq!(show(&app.deps, &access, dispute).await.unwrap().evidence.len(), 2);
    app.check().await;
}

#[tokio::test]
async fn a_picture_of_evidence_keeps_its_pixels_and_nothing_else() {
    let app = TestApp::start().await;
    let (sale, dispute, _) = charged_back(&app, 4000).await;
    let access = sale.access(&app).await;
    let script: &[u8] = b"<script>alert(1)</script>";
    for format in [image::ImageFormat::Jpeg, image::ImageFormat::Png] {
        let picture = image::DynamicImage::new_rgb8(40, 30);
        let mut sent = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut sent, format).unwrap();
        let mut sent = sent.into_inner();
        sent.extend_from_slice(script);
        let file = add_file(&app.deps, &access, dispute, "door.jpg", sent.into()).await.unwrap();
        let kept = read_file(&app.deps, &access, dispute, file).await.unwrap();
        assert_eq!(kept.content_type, format.to_mime_type());
        assert!(!kept.bytes.windows(script.len()).any(|it| it == script), "{format:?}");
        let read = image::load_from_memory(&kept.bytes).unwrap();
        assert_eq!((read.width(), read.height()), (40, 30));
        let sizes = "select coalesce(string_agg(n_bytes::text, ' ' order by created_at desc), '') from dispute_evidence";
        assert!(app.look(sizes).await.starts_with(&kept.bytes.len().to_string()));
    }
    let broken = Bytes::from_static(b"\xFF\xD8\xFF no picture at all");
    let refused = add_file(&app.deps, &access, dispute, "x.jpg", broken).await;
    assert!(matches!(refused, Err(DisputeError::Unreadable)), "{refused:?}");
}

#[tokio::test]
async fn a_dispute_that_the_bank_gives_up_brings_the_money_back() {
    let app = TestApp::start().await;
    let (sale, dispute, name) = charged_back(&app, 4000).await;
    app.act(&name, "win_chargeback", json!({})).await;
    app.until(STATUS, "won").await;
    assert_eq!(app.look(BOOKED).await, "organizer_payable -10000, provider_clearing 10000");
    assert_eq!(app.look("select refunds_minor from payments").await, "0");
    let open = "select count(*) from alerts where resolved_at is null";
    assert_eq!(app.look(open).await, "0");
    app.check().await;
    let late = record_end(&app.deps, &sale.access(&app).await, dispute, false).await;
    assert!(matches!(late, Err(DisputeError::Over)), "{late:?}");
}

#[tokio::test]
async fn a_dispute_won_after_the_order_ended_is_told_until_the_money_went_back() {
    let app = TestApp::start().await;
    let (sale, _, name) = charged_back(&app, 10_000).await;
    let access = sale.access(&app).await;
    database::run(
        &app.database_url,
        "update tickets set status = 'void'; update quotas set n_taken = 0;
         update orders set status = 'cancelled', ended_at = now(), end_reason = 'event_cancelled'",
    )
    .await;
    app.act(&name, "win_chargeback", json!({})).await;
    app.until(STATUS, "won").await;
    let open = "select coalesce(string_agg(rule, ' '), '') from alerts where resolved_at is null";
    assert_eq!(app.look(open).await, "money.dispute_won");

    let payment =
        PaymentId::from_uuid(app.look("select payment_id from payments").await.parse().unwrap());
    let wish = RequestRefund {
        payment,
        amount: Money::yen(10_000),
        reason: "called off".to_owned(),
        cancels_order: false,
        idempotency_key: None,
    };
    request_refund(&app.deps, &access, wish).await.unwrap();
    let refunds = "select string_agg(status, ' ' order by created_at) from refunds";
    app.until(refunds, "rejected succeeded").await;
    operations::watch::close_settled(&app.deps).await.unwrap();
    assert_eq!(app.look(open).await, "");
}

#[tokio::test]
async fn a_dispute_that_is_lost_is_borne_by_the_organizer_once() {
    let app = TestApp::start().await;
    let (sale, dispute, _) = charged_back(&app, 4000).await;
    let access = sale.access(&app).await;
    record_end(&app.deps, &access, dispute, false).await.unwrap();
    record_end(&app.deps, &access, dispute, false).await.unwrap();
    assert_eq!(app.look(STATUS).await, "lost");
    assert_eq!(app.look(BOOKED).await, "organizer_payable -6000, provider_clearing 6000");
    let late = add_text(&app.deps, &access, dispute, "x").await;
    assert!(matches!(late, Err(DisputeError::Over)), "{late:?}");
    app.check().await;
}

#[tokio::test]
async fn a_dispute_recorded_as_won_counts_no_longer() {
    let app = TestApp::start().await;
    let (sale, dispute, name) = charged_back(&app, 4000).await;
    let access = sale.access(&app).await;
    record_end(&app.deps, &access, dispute, true).await.unwrap();
    assert_eq!(app.look("select refunds_minor from payments").await, "0");
    // The provider tells the same a little later.
    app.act(&name, "win_chargeback", json!({})).await;
    app.run_jobs().await;
    assert_eq!(app.look(BOOKED).await, "organizer_payable -10000, provider_clearing 10000");
    app.check().await;
}

#[tokio::test]
async fn strangers_see_and_change_no_dispute() {
    let app = TestApp::start().await;
    let (_, dispute, _) = charged_back(&app, 4000).await;
    let stranger = on_sale(&app, 1, 1).await.access(&app).await;
    let pdf = Bytes::from_static(b"%PDF-1.7");
    for refused in [
        show(&app.deps, &stranger, dispute).await.map(drop),
        add_text(&app.deps, &stranger, dispute, "x").await.map(drop),
        add_file(&app.deps, &stranger, dispute, "x.pdf", pdf).await.map(drop),
        mark_sent(&app.deps, &stranger, dispute).await,
        record_end(&app.deps, &stranger, dispute, true).await,
    ] {
        assert!(matches!(refused, Err(DisputeError::NotFound)), "{refused:?}");
    }
    assert_eq!(app.look(STATUS).await, "open");
}

/// Every door at once: a refund by the organizer, a chargeback by the bank, and whatever is left.
#[tokio::test]
async fn refunds_and_chargebacks_together_never_exceed_what_was_captured() {
    let app = TestApp::start().await;
    let (sale, _, name) = charged_back(&app, 4000).await;
    let access = sale.access(&app).await;
    let payment = app.look("select payment_id from payments").await;
    let back = |yen: i64| RequestRefund {
        payment: PaymentId::from_uuid(payment.parse().unwrap()),
        amount: Money::yen(yen),
        reason: String::new(),
        cancels_order: false,
        idempotency_key: None,
    };
    let too_much = request_refund(&app.deps, &access, back(6001)).await;
    assert!(matches!(too_much, Err(RefundError::TooMuch { .. })), "{too_much:?}");
    let asked = request_refund(&app.deps, &access, back(5000));
    let bank = app.act(&name, "chargeback", json!({ "amount": 1000 }));
    let (asked, ()) = tokio::join!(asked, bank);
    asked.unwrap();
    app.until("select count(*) from refunds where status = 'succeeded'", "3").await;
    let sums =
        "select sum(amount_minor) || ' of ' || (select captured_minor from payments) from refunds";
    assert_eq!(app.look(sums).await, "10000 of 10000");
    let more = request_refund(&app.deps, &access, back(1)).await;
    assert!(matches!(more, Err(RefundError::TooMuch { .. })), "{more:?}");
    app.check().await;
}
