//! The second wall between organizers: a query that forgot its filter finds nothing of anybody else.

use std::collections::BTreeMap;

use domain::ids::{Id as _, OrganizerId};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use store::db::{Conn, Db};
use testkit::app::TestApp;
use testkit::{database, story};
use uuid::Uuid;

/// Tables that hold nothing of a single organizer's, or nothing that one of them is shown: with what the walled role may do
/// there (`r` read, `a` add, `w` change, `d` delete), and why.
const UNWALLED: [(&str, &str, &str); 27] = [
    ("_sqlx_migrations", "", "the schema's own"),
    ("audit_chain", "r", "hashes, over everybody's lines"),
    ("audit_exports", "", "of the worker"),
    ("audit_seals", "r", "hashes, over everybody's lines"),
    ("email_changes", "", "of a person"),
    ("feature_switches", "r", "of the platform; organizers only read them"),
    ("idempotency_keys", "rawd", "found by a name that begins with the organizer"),
    ("jobs", "raw", "of the workers; organizers add to them and let them be tried at once"),
    ("known_devices", "", "of a person"),
    ("login_identities", "", "of a person"),
    ("login_links", "", "of a person"),
    ("outbox_cursors", "", "of the worker"),
    ("passkeys", "", "of a person"),
    ("payout_files", "r", "of the platform's staff; sealed"),
    ("recovery_codes", "", "of a person"),
    ("recurring_work", "r", "of the workers"),
    ("reflection_counts", "raw", "counts without names"),
    ("refund_turns", "", "of a person"),
    ("screening_counts", "", "of the platform"),
    ("second_factor_failures", "", "of a person"),
    ("settlements", "r", "of the platform's account at the provider; its lines are walled"),
    ("spent_challenges", "", "of a person"),
    ("staff_visits", "", "of the platform's staff"),
    ("totp_secrets", "", "of a person"),
    ("users", "r", "people, who may belong to several organizers"),
    ("watch_cursors", "", "of the worker"),
    ("web_sessions", "", "of a person"),
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

/// A new table has to be walled, or to say here why it is not, and what may be done there.
#[tokio::test]
async fn every_table_is_walled_or_says_why_not() {
    let db = database::fresh().await;
    let mut conn = db.acquire().await.unwrap();
    let mut open = Vec::new();
    for (name, is_walled) in tables(&db).await {
        if is_walled {
            continue;
        }
        let mut rights = String::new();
        for (letter, right) in [("r", "select"), ("a", "insert"), ("w", "update"), ("d", "delete")]
        {
            let sql = "select has_table_privilege('eventpay_organizer', $1, $2)";
            let has = sqlx::query_scalar::<_, bool>(sql).bind(&name).bind(right);
            if has.fetch_one(&mut *conn).await.unwrap() {
                rights.push_str(letter);
            }
        }
        open.push((name, rights));
    }
    let said = UNWALLED.map(|(name, rights, _)| (name.to_owned(), rights.to_owned()));
    assert_eq!(open, said);
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

/// Refused by a policy (PostgreSQL, Appendix A).
const FORBIDDEN: &str = "42501";

/// The code with which PostgreSQL refuses to write a row into its table once more; none where it does not.
async fn refusal_of_a_copy(conn: &mut Conn, table: &str, row: &Value) -> String {
    sqlx::raw_sql("savepoint before").execute(&mut *conn).await.unwrap();
    let columns = "select string_agg(quote_ident(attname), ', ') from pg_attribute
                   where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''";
    let columns: String =
        sqlx::query_scalar(columns).bind(table).fetch_one(&mut *conn).await.unwrap();
    let sql = format!(
        "insert into {table} ({columns}) overriding system value
         select {columns} from jsonb_populate_record(null::{table}, $1) returning 1"
    );
    let copied = sqlx::query_scalar::<_, i32>(AssertSqlSafe(sql)).bind(row);
    let refused = copied.fetch_one(&mut *conn).await.err();
    sqlx::raw_sql("rollback to before").execute(&mut *conn).await.unwrap();
    let code = refused.as_ref().and_then(|it| it.as_database_error()?.code()).unwrap_or_default();
    code.into_owned()
}

/// Every reference of a walled row to a walled one: table, column, what it refers to, and the key there. Who an organizer
/// is, its rows say themselves, and entries are judged by statement. Three are no constraints: who writes them holds what
/// they name.
const REFERENCES: &str = "
    with named as (
        select c.conrelid, a.attname::text as name, c.confrelid, b.attname::text as key
        from pg_constraint c
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1]
        where c.contype = 'f' and cardinality(c.conkey) = 1
          and c.confrelid <> 'organizers'::regclass and c.conrelid <> 'ledger_entries'::regclass
        union all values
            ('ledger_transactions'::regclass, 'payment_id', 'payments'::regclass, 'payment_id'),
            ('mails', 'order_id', 'orders', 'order_id'),
            ('provider_payments', 'payment_id', 'payments', 'payment_id')
    )
    select conrelid::regclass::text, name, confrelid::regclass::text, key,
           pg_get_expr(p.polwithcheck, p.polrelid)
               like format('%%(parent.%s = %s.%s)%%', key, conrelid::regclass, name)
    from named
    join pg_policy p on p.polrelid = conrelid
    join pg_policy parent on parent.polrelid = confrelid
    order by 1, 2";

/// References are looked up past the wall, so each is looked up behind it, too.
#[tokio::test]
async fn a_row_of_ones_own_refers_to_rows_of_ones_own() {
    let app = TestApp::start().await;
    let (ours, theirs) =
        (story::on_sale(&app, 3000, 10).await, story::on_sale(&app, 5000, 10).await);
    for sale in [&ours, &theirs] {
        sale.paid_order(&app, 2).await;
    }
    let mut conn = app.deps.db.acquire().await.unwrap();
    let references: Vec<(String, String, String, String, Option<bool>)> =
        sqlx::query_as(REFERENCES).fetch_all(&mut *conn).await.unwrap();
    drop(conn);
    let mut tried = Vec::new();
    for (table, column, parent, key, is_held) in references {
        assert_eq!(is_held, Some(true), "{table}.{column} is not looked up behind the wall");
        let first = async |organizer: OrganizerId, sql: String| -> Option<Value> {
            let mut conn = app.deps.db.of_organizer(organizer).acquire().await.unwrap();
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_optional(&mut *conn).await.unwrap()
        };
        let own = format!("select to_jsonb(t) from {table} t where {column} is not null limit 1");
        let foreign = format!("select to_jsonb(t.{key}) from {parent} t limit 1");
        let (Some(mut row), Some(foreign)) =
            (first(ours.organizer, own).await, first(theirs.organizer, foreign).await)
        else {
            continue;
        };
        row[&column] = foreign;
        let mut tx = app.deps.db.of_organizer(ours.organizer).begin().await.unwrap();
        assert_eq!(refusal_of_a_copy(&mut tx, &table, &row).await, FORBIDDEN, "{table}.{column}");
        drop(tx);
        let mut tx = app.deps.db.begin().await.unwrap();
        assert_ne!(refusal_of_a_copy(&mut tx, &table, &row).await, FORBIDDEN, "{table}.{column}");
        tried.push(format!("{table}.{column}"));
    }
    for reference in [
        "ledger_transactions.payment_id",
        "mails.order_id",
        "payments.order_id",
        "ticket_type_quotas.quota_id",
        "tickets.ticket_type_id",
    ] {
        assert!(tried.iter().any(|it| it == reference), "{reference} of {tried:?}");
    }
}

/// Nothing can be hung on what is another organizer's, whatever a statement forgot: references alone would allow it.
#[tokio::test]
async fn what_is_written_hangs_on_the_own_rows_alone() {
    let app = TestApp::start().await;
    let (ours, theirs) =
        (story::on_sale(&app, 3000, 10).await, story::on_sale(&app, 5000, 10).await);
    for sale in [&ours, &theirs] {
        sale.paid_order(&app, 2).await;
    }
    let mut tried = Vec::new();
    for (table, is_walled) in tables(&app.deps.db).await {
        // What is of nobody is written by everybody; entries are judged by statement, below.
        if !is_walled
            || ["fee_rules", "ledger_accounts", "ledger_entries"].contains(&table.as_str())
        {
            continue;
        }
        let mut conn = app.deps.db.of_organizer(theirs.organizer).acquire().await.unwrap();
        let sql = AssertSqlSafe(format!("select to_jsonb(t) from {table} t limit 1"));
        let row: Option<Value> = sqlx::query_scalar(sql).fetch_optional(&mut *conn).await.unwrap();
        let Some(row) = row else { continue };
        drop(conn);
        let mut tx = app.deps.db.of_organizer(ours.organizer).begin().await.unwrap();
        let refused = refusal_of_a_copy(&mut tx, &table, &row).await;
        assert_eq!(refused, FORBIDDEN, "{table}");
        drop(tx);
        // Without the wall only the row's own key is in the way.
        let mut tx = app.deps.db.begin().await.unwrap();
        assert_ne!(refusal_of_a_copy(&mut tx, &table, &row).await, FORBIDDEN, "{table}");
        tried.push(table);
    }
    for table in ["order_lines", "tickets", "ticket_types", "quotas", "payments"] {
        assert!(tried.iter().any(|it| it == table), "{table} of {tried:?}");
    }
    // Two entries that add up, on a booking of theirs.
    let their_booking = format!(
        "select ledger_transaction_id::text from ledger_transactions where organizer_id = '{}' limit 1",
        theirs.organizer.uuid()
    );
    let their_booking = app.look(&their_booking).await;
    let entries = format!(
        "insert into ledger_entries (ledger_transaction_id, ledger_account_id, amount_minor, currency)
         select '{their_booking}', ledger_account_id, 10 * row_number() over () - 15, 'JPY' from (
             select ledger_account_id from ledger_accounts where organizer_id = '{}' and currency = 'JPY' limit 2) a",
        ours.organizer.uuid()
    );
    let mut tx = app.deps.db.of_organizer(ours.organizer).begin().await.unwrap();
    let booked = sqlx::raw_sql(AssertSqlSafe(entries.clone())).execute(&mut *tx).await;
    assert!(booked.unwrap_err().to_string().contains("without its account, its transaction"));
    drop(tx);
    let mut tx = app.deps.db.begin().await.unwrap();
    let booked = sqlx::raw_sql(AssertSqlSafe(entries)).execute(&mut *tx).await.unwrap();
    assert_eq!(booked.rows_affected(), 2, "only the wall is in the way");
    drop(tx);
    // Nor does a row of one's own move there.
    let order = |sale: &story::Sale| {
        let organizer = sale.organizer.uuid();
        format!("(select order_id from orders where organizer_id = '{organizer}')")
    };
    let their_order = app.look(&format!("select order_id::text from {} it", order(&theirs))).await;
    let mut tx = app.deps.db.of_organizer(ours.organizer).begin().await.unwrap();
    let sql = format!("update order_lines set order_id = '{their_order}'");
    let moved = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut *tx).await;
    assert!(moved.unwrap_err().to_string().contains("row-level security"));
    drop(tx);
    let mut tx = app.deps.db.begin().await.unwrap();
    let sql = format!("{sql} where order_id = {}", order(&ours));
    let moved = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await;
    assert!(!moved.is_err_and(|it| it.to_string().contains("row-level security")));
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
