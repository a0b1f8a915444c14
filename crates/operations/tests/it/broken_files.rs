//! Files as they come damaged, many of them, against the database: a refused file leaves nothing, an accepted one leaves
//! every line of it.

use encoding_rs::SHIFT_JIS;
use operations::statements::import::{ImportError, ImportStatement, import};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use testkit::app::TestApp;
use testkit::story::Sale;

use crate::statements::zengin;
use crate::transfers::{by_transfer, csv, number_of, on_sale_by_transfer};

/// Damaged files of each kind.
const FILES: usize = 120;

/// Everything that an import could leave behind.
const TRACES: &str = "select (select count(*) from statement_imports) || ' ' || (select count(*) from statement_lines)
    || ' ' || (select count(*) from statement_proposals) || ' ' || (select count(*) from payments where status = 'captured')
    || ' ' || (select count(*) from ledger_transactions) || ' ' || (select count(*) from outbox_messages)
    || ' ' || (select count(*) from audit_entries) || ' ' || (select count(*) from jobs where kind = 'match_statements')";

fn damaged(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let damage = (any::<Index>(), 0u8..4, prop_oneof![any::<u8>(), b'0'..=b'9']);
    prop::collection::vec(damage, 1..4).prop_map(move |damages| {
        let mut bytes = good.clone();
        for (at, how, byte) in damages {
            let at = at.index(bytes.len().max(1));
            match how {
                0 if at < bytes.len() => drop(bytes.splice(at..=at, [byte])),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                _ => bytes.insert(at.min(bytes.len()), byte),
            }
        }
        bytes
    })
}

/// Sends in damaged forms of a file; says how many were refused.
async fn send_damaged(app: &TestApp, sale: &Sale, good: Vec<u8>) -> usize {
    let access = sale.access(app).await;
    // Other files each time; what a failure says holds the file.
    let mut runner = TestRunner::default();
    let mut n_refused = 0;
    for _ in 0..FILES {
        let bytes = damaged(good.clone()).new_tree(&mut runner).unwrap().current();
        let before = app.look(TRACES).await;
        match import(&app.deps, &access, ImportStatement { file_name: "x", bytes: &bytes }).await {
            Ok(read) => {
                let lines = format!(
                    "select n_lines from statement_imports where statement_import_id = '{}'",
                    domain::ids::Id::uuid(read.import)
                );
                assert_ne!(app.look(&lines).await, "0", "{bytes:?}");
            }
            Err(ImportError::Broken(broken)) => {
                n_refused += 1;
                let n_rows = bytes.split(|byte| *byte == b'\n').count().max(bytes.len() / 200 + 1);
                assert!(broken.row <= n_rows && !broken.why.code().is_empty(), "{broken}");
                assert_eq!(app.look(TRACES).await, before, "{broken} of {bytes:?}");
            }
            Err(ImportError::OtherAccount) => {
                n_refused += 1;
                assert_eq!(app.look(TRACES).await, before);
            }
            Err(error) => panic!("{error:#} of {bytes:?}"),
        }
    }
    n_refused
}

#[tokio::test]
async fn a_damaged_file_imports_nothing_and_says_why() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 100).await;
    let order = by_transfer(&app, &sale).await;
    let number = number_of(&app, &order).await;
    let records = zengin("001", &format!("{number} SATO"));
    let n_refused = send_damaged(&app, &sale, records).await;
    assert!(n_refused > FILES / 2, "of the records only {n_refused} were refused");
    let text = csv(&[(&format!("{number} サトウ"), 3000), ("スズキ", 700), ("タナカ", 800)]);
    let n_refused = send_damaged(&app, &sale, text.clone().into_bytes()).await;
    assert!(n_refused > FILES / 4, "of UTF-8 only {n_refused} were refused");
    let n_refused = send_damaged(&app, &sale, SHIFT_JIS.encode(&text).0.into_owned()).await;
    assert!(n_refused > FILES / 4, "of Shift_JIS only {n_refused} were refused");
    app.run_jobs().await;
    app.check().await;
}
