//! Bank statements: whole or not at all, once however often they come, certain alone by number, the rest by a person.

use domain::ids::{Id, StatementLineId};
use domain::statement::Flaw;
use operations::statements::apply::ApplyError;
use operations::statements::decide::{accept, choose, dismiss, refuse};
use operations::statements::import::{ImportError, ImportStatement, Imported, import};
use operations::statements::page;
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, status_of};

use crate::transfers::{by_transfer, csv, number_of, on_sale_by_transfer, read_in};

async fn send(app: &TestApp, sale: &Sale, bytes: &[u8]) -> Result<Imported, ImportError> {
    let access = sale.access(app).await;
    import(&app.deps, &access, ImportStatement { file_name: "C:\\a\\meisai.csv", bytes }).await
}

async fn only_line(app: &TestApp) -> StatementLineId {
    let id = app.look("select statement_line_id from statement_lines").await;
    StatementLineId::from_uuid(id.parse().unwrap())
}

#[tokio::test]
async fn the_same_file_and_the_same_line_are_known_again() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let payer = format!("{} サトウ", number_of(&app, &order).await);
    let bytes = csv(&[(&payer, 3000), ("スズキ", 700)]);
    let first = send(&app, &sale, bytes.as_bytes()).await.unwrap();
    assert!(first.is_new && first.n_new == 2);
    let again = send(&app, &sale, bytes.as_bytes()).await.unwrap();
    assert_eq!(again, Imported { import: first.import, is_new: false, n_new: 0 });
    // Shift_JIS instead of UTF-8, and one line more: other bytes, one new line.
    let longer = csv(&[(&payer, 3000), ("スズキ", 700), ("スズキ", 700)]);
    let (longer, _, _) = encoding_rs::SHIFT_JIS.encode(&longer);
    let third = send(&app, &sale, &longer).await.unwrap();
    assert!(third.is_new && third.n_new == 1);
    assert_eq!(app.look("select count(*) from statement_lines").await, "3");
    assert_eq!(app.look("select sum(captured_minor) from payments").await, "3000");
    assert_eq!(app.look("select file_name from statement_imports limit 1").await, "meisai.csv");
    app.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_file_read_in_twice_at_once_records_its_money_once() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 100).await;
    let mut payers = Vec::new();
    for _ in 0..5 {
        let order = by_transfer(&app, &sale).await;
        payers.push(number_of(&app, &order).await);
    }
    let lines: Vec<(&str, i64)> = payers.iter().map(|payer| (payer.as_str(), 3000)).collect();
    let bytes = csv(&lines);
    let both = tokio::join!(
        send(&app, &sale, bytes.as_bytes()),
        send(&app, &sale, bytes.as_bytes()),
        app.run_jobs(),
    );
    let (first, second) = (both.0.unwrap(), both.1.unwrap());
    assert_eq!(first.import, second.import);
    assert_ne!(first.is_new, second.is_new);
    app.run_jobs().await;
    assert_eq!(app.look("select count(*) from orders where status = 'paid'").await, "5");
    assert_eq!(app.look("select sum(captured_minor) from payments").await, "15000");
    assert_eq!(app.look("select count(*) from refunds").await, "0");
    app.check().await;
}

/// The control of the race above: were the two files not the same, every transfer would be there twice, and go back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_files_that_differ_record_their_money_twice() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 100).await;
    let order = by_transfer(&app, &sale).await;
    let number = number_of(&app, &order).await;
    let (one, two) = (csv(&[(&number, 3000)]), csv(&[("x", 1), (&number, 3000)]));
    let both = tokio::join!(send(&app, &sale, one.as_bytes()), send(&app, &sale, two.as_bytes()),);
    assert!(both.0.unwrap().is_new && both.1.unwrap().is_new);
    app.run_jobs().await;
    assert_eq!(app.look("select sum(captured_minor) from payments").await, "6000");
    assert_eq!(app.look("select rule from alerts").await, "money.double");
    app.check().await;
}

#[tokio::test]
async fn a_broken_file_leaves_nothing() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let number = number_of(&app, &order).await;
    let good = csv(&[(&number, 3000), ("スズキ", 700)]);
    let broken = good.replace("103700", "103701");
    match send(&app, &sale, broken.as_bytes()).await {
        Err(ImportError::Broken(broken)) => {
            assert_eq!(broken, Flaw::Balance { told: 103_701, expected: 103_700 }.at(3));
        }
        other => panic!("{other:?}"),
    }
    for bytes in [b"".as_slice(), b"\xFF\xFE\x00", b"<html>", b"1030"] {
        let refused = send(&app, &sale, bytes).await;
        assert!(matches!(refused, Err(ImportError::Broken(_))), "{bytes:?}: {refused:?}");
    }
    let large = vec![b'1'; domain::limits::STATEMENT_BYTES_MAX + 1];
    assert!(matches!(send(&app, &sale, &large).await, Err(ImportError::TooLarge)));
    assert_eq!(app.look("select count(*) from statement_imports").await, "0");
    assert_eq!(app.look("select count(*) from statement_lines").await, "0");
    assert_eq!(app.look(&status_of(&order)).await, "awaiting_payment");
}

#[tokio::test]
async fn a_line_without_a_number_waits_for_a_person() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let access = sale.access(&app).await;
    let number = number_of(&app, &order).await;
    let slip = &number[1..];
    read_in(&app, &sale, &[(&format!("{slip} サトウ"), 3000)]).await;
    assert_eq!(app.look(&status_of(&order)).await, "awaiting_payment", "never guessed");
    let shown = page::read(&app.deps, &access, None).await.unwrap();
    let proposal = &shown.undecided[0].proposals[0];
    assert_eq!(proposal.order.id, order.order);
    let reasons: Vec<&str> = proposal.reasons.iter().map(|it| it.as_str()).collect();
    assert_eq!(reasons, ["almost_number", "amount"]);
    let line = only_line(&app).await;
    let stranger = on_sale(&app, 1, 1).await.access(&app).await;
    let refused = accept(&app.deps, &stranger, line, order.order).await;
    assert!(matches!(refused, Err(ApplyError::NotFound)), "{refused:?}");
    assert!(matches!(dismiss(&app.deps, &stranger, line, "").await, Err(ApplyError::NotFound)));
    // Two members press at once.
    let both = tokio::join!(
        accept(&app.deps, &access, line, order.order),
        accept(&app.deps, &access, line, order.order),
    );
    let n_accepted = [&both.0, &both.1].into_iter().filter(|it| it.is_ok()).count();
    assert_eq!(n_accepted, 1, "{both:?}");
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(app.look("select decided_how from statement_lines").await, "accepted");
    assert_eq!(app.look("select count(*) from payments where status = 'captured'").await, "1");
    app.check().await;
}

#[tokio::test]
async fn a_refused_proposal_is_not_made_again_and_an_order_can_be_chosen() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let access = sale.access(&app).await;
    read_in(&app, &sale, &[("ヤマダ", 3000)]).await;
    let line = only_line(&app).await;
    assert_eq!(app.look("select status from statement_lines").await, "proposed");
    refuse(&app.deps, &access, line, order.order).await.unwrap();
    assert_eq!(app.look("select status from statement_lines").await, "open");
    operations::statements::matching::match_undecided(&app.deps, sale.organizer).await.unwrap();
    assert_eq!(app.look("select status from statement_lines").await, "open");
    let unknown = choose(&app.deps, &access, line, "NOSUCH").await;
    assert!(matches!(unknown, Err(ApplyError::NoSuchOrder)), "{unknown:?}");
    choose(&app.deps, &access, line, &order.code.to_lowercase()).await.unwrap();
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    let late = dismiss(&app.deps, &access, line, "x").await;
    assert!(matches!(late, Err(ApplyError::DecidedBefore)), "{late:?}");
    app.check().await;
}

#[tokio::test]
async fn a_line_that_pays_nothing_is_dismissed() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let access = sale.access(&app).await;
    read_in(&app, &sale, &[("リソク", 1)]).await;
    let line = only_line(&app).await;
    dismiss(&app.deps, &access, line, "利息").await.unwrap();
    assert_eq!(
        app.look("select status || ':' || note from statement_lines").await,
        "dismissed:利息"
    );
    let shown = page::read(&app.deps, &access, None).await.unwrap();
    assert!(shown.undecided.is_empty());
    assert_eq!(shown.imports[0].n_undecided, 0);
}

/// One account of Mizuho's with one line, by hand from the format.
pub(crate) fn zengin(branch: &str, payer: &str) -> Vec<u8> {
    let pad = |text: String| format!("{text:<200}");
    let header = format!(
        "1030081122081101081121{:<4}{:<15}{branch}{:<15}00010001234567{:<40}11{:014}",
        "0001", "MIZUHO", "TOKYO", "TANAKA", 0
    );
    let data = format!(
        "200000001081120081120111{:012}{:012}{:06}{:06}0{:07}000{:010}{payer:<48}{:<15}{:<15}{:<20}{:<20}",
        3000, 0, 0, 0, 0, 0, "BANK", "BRANCH", "FURIKOMI", ""
    );
    let trailer = format!("8{:06}{:013}{:06}{:013}1{:014}{:07}", 1, 3000, 0, 0, 3000, 1);
    let end = format!("9{:010}{:05}", 4, 1);
    [header, data, trailer, end].map(pad).concat().into_bytes()
}

#[tokio::test]
async fn a_zengin_file_is_read_and_one_of_another_account_is_not() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let number = number_of(&app, &order).await;
    let other = send(&app, &sale, &zengin("002", &number)).await;
    assert!(matches!(other, Err(ImportError::OtherAccount)), "{other:?}");
    send(&app, &sale, &zengin("001", &format!("{number} SATO"))).await.unwrap();
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(
        app.look("select format || ' ' || account from statement_imports").await,
        "zengin 0001-001-…567"
    );
    app.check().await;
}

#[tokio::test]
async fn the_account_that_buyers_were_told_is_the_organizers_after_it_was_changed() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let number = number_of(&app, &order).await;
    let other =
        "update receiving_accounts set bank_code = '0009', branch_code = '123', number = '7654321'";
    database::run(&app.database_url, other).await;
    let refused = send(&app, &sale, &zengin("002", &number)).await;
    assert!(matches!(refused, Err(ImportError::OtherAccount)), "{refused:?}");
    send(&app, &sale, &zengin("001", &number)).await.unwrap();
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    app.check().await;
}

/// One line in the order's other currency, one of an order that was begun twenty times, and thousands that say nothing.
#[tokio::test]
async fn no_line_keeps_others_from_being_matched() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let often = by_transfer(&app, &sale).await;
    let once = by_transfer(&app, &sale).await;
    let (often_number, once_number) = (number_of(&app, &often).await, number_of(&app, &once).await);
    read_in(&app, &sale, &[("リソク", 1)]).await;
    let older = format!(
        "insert into statement_lines (statement_line_id, statement_import_id, organizer_id, row_number, line_key, booked_on,
                                      direction, amount_minor, currency, payer, memo, bank_reference, status, created_at)
         select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, statement_import_id, organizer_id, n,
                decode(lpad(to_hex(n), 64, '0'), 'hex'), booked_on, 'in', 3,
                case n when 1 then 'USD' else 'JPY' end, case n when 1 then '{often_number}' else 'ﾃｽｳﾘﾖｳ' end, '', '', 'open',
                created_at
         from statement_lines, generate_series(1, 2100) n;
         update payments set ordinal = 20, status = 'expired' where order_id = '{}'",
        often.order.uuid()
    );
    database::run(&app.database_url, &older).await;
    read_in(&app, &sale, &[(&often_number, 3000), (&once_number, 3000), ("ﾔﾏﾀﾞ", 70)]).await;
    assert_eq!(app.look(&status_of(&once)).await, "paid");
    assert_eq!(app.look(&status_of(&often)).await, "paid");
    assert_eq!(app.look("select max(ordinal) from payments").await, "21");
    let foreign = "select status from statement_lines where currency = 'USD'";
    assert_eq!(app.look(foreign).await, "open");
    app.check().await;
}

/// The database's own rule: what went back as a credit pays no order any more.
#[tokio::test]
async fn a_credit_that_went_back_cannot_pay_an_order() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let number = number_of(&app, &order).await;
    read_in(&app, &sale, &[(&number, 2000)]).await;
    let back = "insert into refunds (refund_id, payment_id, order_id, organizer_id, amount_minor, currency, status, source, is_from_credit, created_at, updated_at)
        select gen_random_uuid(), payment_id, order_id, organizer_id, 500, 'JPY', 'requested', 'organizer', true, now(), now()
        from payments where status = 'captured'";
    database::run(&app.database_url, back).await;
    let outcome =
        store_refuses(&app, "update payments set applied_minor = 2000 where status = 'captured'")
            .await;
    assert!(outcome.contains("payments_credit_check"), "{outcome}");
    let _ = order;
}

async fn store_refuses(app: &TestApp, sql: &str) -> String {
    let sql =
        format!("do $$ begin {sql}; exception when check_violation then raise notice 'no'; end $$");
    database::run(&app.database_url, &sql).await;
    let left = app.look("select applied_minor from payments where status = 'captured'").await;
    if left == "0" { "payments_credit_check".to_owned() } else { format!("applied {left}") }
}
