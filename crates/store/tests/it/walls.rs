//! The second wall between organizers: a query that forgot its filter finds nothing of anybody else.

use std::collections::BTreeMap;

use domain::ids::{Id as _, OrganizerId};
use sqlx::AssertSqlSafe;
use store::db::{Conn, Db};
use testkit::app::TestApp;
use testkit::{database, story};
use uuid::Uuid;

/// Tables that hold nothing of a single organizer's, or nothing that one of them is shown.
const UNWALLED: [(&str, &str); 26] = [
    ("_sqlx_migrations", "the schema's own"),
    ("audit_chain", "hashes, over everybody's lines"),
    ("audit_exports", "no rights"),
    ("audit_seals", "hashes, over everybody's lines"),
    ("email_changes", "no rights"),
    ("feature_switches", "of the platform; organizers only read them"),
    ("idempotency_keys", "found by a name that begins with the organizer"),
    ("jobs", "of the workers; organizers only add to them"),
    ("known_devices", "no rights"),
    ("login_identities", "no rights"),
    ("login_links", "no rights"),
    ("outbox_cursors", "no rights"),
    ("passkeys", "no rights"),
    ("payout_files", "of the platform's staff; sealed"),
    ("recovery_codes", "no rights"),
    ("recurring_work", "of the workers"),
    ("reflection_counts", "counts without names"),
    ("screening_counts", "no rights"),
    ("second_factor_failures", "no rights"),
    ("settlements", "of the platform's account at the provider; its lines are walled"),
    ("spent_challenges", "no rights"),
    ("staff_visits", "no rights"),
    ("totp_secrets", "no rights"),
    ("users", "people, who may belong to several organizers"),
    ("watch_cursors", "no rights"),
    ("web_sessions", "no rights"),
];

/// Every table, and whether it is walled.
async fn tables(db: &Db) -> BTreeMap<String, bool> {
    let mut conn = db.acquire().await.unwrap();
    let sql = "select relname::text, relrowsecurity and exists (select from pg_policy where polrelid = c.oid)
               from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')";
    sqlx::query_as(sql).fetch_all(&mut *conn).await.unwrap().into_iter().collect()
}

async fn count(conn: &mut Conn, table: &str) -> i64 {
    let sql = AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(sql).fetch_one(conn).await.unwrap()
}

/// A new table has to be walled, or to say here why it is not.
#[tokio::test]
async fn every_table_is_walled_or_says_why_not() {
    let db = database::fresh().await;
    let open: Vec<String> = tables(&db)
        .await
        .into_iter()
        .filter_map(|(name, walled)| (!walled).then_some(name))
        .collect();
    assert_eq!(open, UNWALLED.map(|(name, _)| name));
}

#[tokio::test]
async fn a_query_that_forgets_its_filter_sees_the_own_rows_alone() {
    let app = TestApp::start().await;
    let (ours, theirs) =
        (story::on_sale(&app, 3000, 10).await, story::on_sale(&app, 5000, 10).await);
    for sale in [&ours, &theirs] {
        sale.paid_order(&app, 2).await;
    }
    let nobody = OrganizerId::from_uuid(Uuid::now_v7());
    let mut seen = BTreeMap::new();
    for (table, is_walled) in tables(&app.deps.db).await {
        if !is_walled {
            continue;
        }
        let mut found = Vec::new();
        for organizer in [ours.organizer, theirs.organizer, nobody] {
            let mut conn = app.deps.db.of_organizer(organizer).acquire().await.unwrap();
            found.push(count(&mut conn, &table).await);
        }
        // The same query without the wall: what it would have told.
        let mut conn = app.deps.db.acquire().await.unwrap();
        let all = count(&mut conn, &table).await;
        let [ours, theirs, shared] = found.try_into().unwrap();
        let is_shared = ["fee_rules", "ledger_accounts"].contains(&table.as_str());
        assert!(is_shared || shared == 0, "{table}: a stranger sees {shared} rows");
        assert!(ours + theirs - shared <= all, "{table}: {ours} and {theirs} of {all} rows");
        seen.insert(table, (ours, theirs, all));
    }
    let expected = [
        ("orders", 1),
        ("order_lines", 1),
        ("tickets", 2),
        ("payments", 1),
        ("events", 1),
        ("members", 1),
        ("ticket_types", 1),
        ("quotas", 1),
        ("organizers", 1),
    ];
    for (table, n) in expected {
        assert_eq!(seen[table], (n, n, 2 * n), "{table}");
    }
    for table in
        ["ledger_transactions", "ledger_entries", "outbox_messages", "audit_entries", "mails"]
    {
        let (ours, theirs, all) = seen[table];
        assert!(ours > 0 && theirs == ours && all == 2 * ours, "{table}: {:?}", seen[table]);
    }
}

#[tokio::test]
async fn a_statement_that_forgets_its_filter_changes_the_own_rows_alone() {
    let app = TestApp::start().await;
    let (ours, theirs) =
        (story::on_sale(&app, 3000, 10).await, story::on_sale(&app, 5000, 10).await);
    let mut tx = app.deps.db.of_organizer(ours.organizer).begin().await.unwrap();
    let changed =
        sqlx::raw_sql("update events set title = 'changed'").execute(&mut *tx).await.unwrap();
    assert_eq!(changed.rows_affected(), 1);
    // What is not the own cannot be made the own, nor the own somebody else's.
    let sql = format!("update events set organizer_id = '{}'", theirs.organizer.uuid());
    assert!(sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await.is_err());
    drop(tx);
    let mut tx = app.deps.db.begin().await.unwrap();
    let changed =
        sqlx::raw_sql("update events set title = 'changed'").execute(&mut *tx).await.unwrap();
    assert_eq!(
        changed.rows_affected(),
        2,
        "without the wall the same statement changes everybody's"
    );
}

/// A connection that worked for one organizer works for everybody, or for another, afterwards.
#[tokio::test]
async fn the_wall_stands_for_one_use_of_a_connection() {
    let app = TestApp::start().await;
    let sale = story::on_sale(&app, 3000, 10).await;
    story::on_sale(&app, 3000, 10).await;
    let db = Db::connect(&app.database_url, 1).await.unwrap();
    let walled = db.of_organizer(sale.organizer);
    for _ in 0..2 {
        assert_eq!(count(&mut walled.acquire().await.unwrap(), "events").await, 1);
        assert_eq!(count(&mut db.acquire().await.unwrap(), "events").await, 2);
        assert_eq!(count(&mut walled.begin().await.unwrap(), "events").await, 1);
        assert_eq!(count(&mut db.begin().await.unwrap(), "events").await, 2);
        let tx = walled.begin().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(&mut walled.of_everybody().acquire().await.unwrap(), "events").await, 2);
    }
}
