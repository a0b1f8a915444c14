//! The audit log: sealed without holding anybody up, told when it was touched, exported the same twice, archived whole.

use futures::future::join_all;
use object_store::ObjectStoreExt;
use operations::PlacesGuard;
use operations::audit::export::{self, export_due, verify_file};
use operations::audit::list::{AuditQuery, Who, list};
use operations::audit::seal::{Reach, seal};
use operations::audit::{archive, manifest};
use operations::check::Finding;
use operations::clock::Clock;
use store::audit::{NewAuditEntry, insert};
use store::audit_exports;
use store::db::Conn;
use testkit::app::TestApp;
use testkit::{database, story};
use time::{Duration, OffsetDateTime};

/// With a clock that the test moves.
async fn start() -> TestApp {
    TestApp::start_with(PlacesGuard::On, Clock::standing_at(OffsetDateTime::now_utc())).await
}

/// Writes a line as any operation does.
async fn write(conn: &mut Conn, app: &TestApp, action: &str) {
    let entry = NewAuditEntry {
        organizer: None,
        event: None,
        order: None,
        actor_kind: "system",
        actor_id: None,
        action,
        detail: serde_json::json!({ "n": 1, "text": "会費" }),
        now: app.deps.clock.now(),
    };
    insert(conn, &entry).await.unwrap();
}

async fn write_lines(app: &TestApp, n: usize) {
    let mut conn = app.deps.db.acquire().await.unwrap();
    for i in 0..n {
        write(&mut conn, app, &format!("test.line_{i}")).await;
    }
}

/// What only somebody with all rights over the database can do: the triggers stay silent.
async fn force(app: &TestApp, sql: &str) {
    let sql = format!("set session_replication_role = replica; {sql}");
    database::run(&app.database_url, &sql).await;
}

async fn findings(app: &TestApp) -> Vec<Finding> {
    operations::check::run(&app.deps).await.unwrap()
}

async fn n_sealed(app: &TestApp) -> String {
    app.look("select n_sealed from audit_chain").await
}

#[tokio::test]
async fn a_changed_and_a_removed_line_are_found() {
    let app = start().await;
    write_lines(&app, 7).await;
    assert_eq!(seal(&app.deps, Reach::Recent).await.unwrap(), 7);
    app.check().await;

    let line = "(select audit_entry_id from audit_seals where sequence = 3)";
    force(
        &app,
        &format!("update audit_entries set actor_kind = 'user' where audit_entry_id = {line}"),
    )
    .await;
    let found = findings(&app).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].detail, "the line was changed");

    force(&app, &format!("delete from audit_entries where audit_entry_id = {line}")).await;
    let found = findings(&app).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].detail, "the line was removed");
}

#[tokio::test]
async fn a_line_taken_out_with_its_seal_leaves_a_gap() {
    let app = start().await;
    write_lines(&app, 5).await;
    seal(&app.deps, Reach::Recent).await.unwrap();
    force(
        &app,
        "delete from audit_entries where audit_entry_id = (select audit_entry_id from audit_seals where sequence = 3);
         delete from audit_seals where sequence = 3",
    )
    .await;
    let found = findings(&app).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].subject, "seal 4");

    // Closing the gap breaks the next link.
    force(&app, "update audit_seals set sequence = sequence - 1 where sequence > 3").await;
    assert!(findings(&app).await.iter().any(|it| it.detail.contains("does not hang on")));
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_known_outside_of_the_database() {
    let app = start().await;
    write_lines(&app, 5).await;
    seal(&app.deps, Reach::Recent).await.unwrap();
    force(
        &app,
        "delete from audit_entries where audit_entry_id = (select audit_entry_id from audit_seals where sequence = 5);
         update audit_chain set n_sealed = 4, last_hash = (select previous_hash from audit_seals where sequence = 5);
         delete from audit_seals where sequence = 5",
    )
    .await;
    let found = findings(&app).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].detail, "seal 5 was written down, and is gone");
}

#[tokio::test]
async fn nobody_changes_a_line_or_a_seal_by_mistake() {
    let app = start().await;
    write_lines(&app, 1).await;
    seal(&app.deps, Reach::Recent).await.unwrap();
    for sql in [
        "update audit_entries set action = 'x'",
        "delete from audit_entries",
        "update audit_seals set sequence = 9",
        "delete from audit_seals",
    ] {
        let refused = format!(
            "do $$ begin {sql}; raise 'not refused'; exception when restrict_violation then null; end $$"
        );
        database::run(&app.database_url, &refused).await;
    }
    app.check().await;
}

#[tokio::test]
async fn a_late_commit_is_sealed_late_and_holds_nobody_up() {
    let app = start().await;
    let mut late = app.deps.db.begin().await.unwrap();
    write(&mut late, &app, "test.late").await;
    write_lines(&app, 3).await;
    assert_eq!(seal(&app.deps, Reach::Recent).await.unwrap(), 3);
    assert_eq!(seal(&app.deps, Reach::Recent).await.unwrap(), 0);
    late.commit().await.unwrap();
    assert_eq!(seal(&app.deps, Reach::Recent).await.unwrap(), 1);
    app.check().await;
    let last = "select action from audit_seals join audit_entries using (audit_entry_id) where sequence = 4";
    assert_eq!(app.look(last).await, "test.late");
}

#[tokio::test]
async fn a_line_from_long_ago_is_missed_told_and_found() {
    let app = start().await;
    write_lines(&app, 1).await;
    seal(&app.deps, Reach::Recent).await.unwrap();
    let old = "insert into audit_entries (audit_entry_id, actor_kind, action, created_at)
               values ('01900000-0000-7000-8000-000000000001', 'system', 'test.old', now())";
    database::run(&app.database_url, old).await;
    assert_eq!(seal(&app.deps, Reach::Recent).await.unwrap(), 0);
    let found = findings(&app).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].detail, "1 lines have no seal");
    assert_eq!(seal(&app.deps, Reach::Everything).await.unwrap(), 1);
    app.check().await;
}

#[tokio::test]
async fn writers_and_sealers_at_once_make_one_chain() {
    let app = start().await;
    let writers = join_all((0..8).map(|_| write_lines(&app, 60)));
    let sealers = join_all((0..4).map(|_| async {
        for _ in 0..15 {
            seal(&app.deps, Reach::Recent).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }));
    tokio::join!(writers, sealers);
    seal(&app.deps, Reach::Recent).await.unwrap();
    assert_eq!(n_sealed(&app).await, "480");
    app.check().await;
}

#[tokio::test]
async fn a_sealer_that_holds_the_chain_holds_no_writer() {
    let app = start().await;
    let mut sealer = app.deps.db.begin().await.unwrap();
    store::audit_chain::lock_head(&mut sealer).await.unwrap().expect("the end of the chain");
    let writing = tokio::time::timeout(std::time::Duration::from_secs(3), write_lines(&app, 5));
    writing.await.expect("writers do not wait for the chain");
    // And no second sealer waits: it has nothing to do.
    assert_eq!(seal(&app.deps, Reach::Recent).await.unwrap(), 0);
}

async fn read(app: &TestApp, path: &object_store::path::Path) -> Option<Vec<u8>> {
    let found = app.deps.settings.files.get(path).await.ok()?;
    Some(found.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn a_day_is_exported_once_the_same_and_verifies() {
    let app = start().await;
    // At noon: right after midnight the log still waits for lines of the day before.
    let now = app.deps.clock.now();
    app.deps.clock.advance((now + Duration::DAY).replace_time(time::macros::time!(12:00)) - now);
    let sale = story::on_sale(&app, 3000, 5).await;
    sale.paid_order(&app, 1).await;
    write_lines(&app, 2500).await;
    seal(&app.deps, Reach::Recent).await.unwrap();
    let day = app.deps.clock.now().date();
    assert_eq!(export_due(&app.deps).await.unwrap(), 0, "the day is not over");

    app.deps.clock.advance(Duration::days(2));
    write_lines(&app, 1).await;
    assert_eq!(export_due(&app.deps).await.unwrap(), 2);
    assert_eq!(export_due(&app.deps).await.unwrap(), 0);
    let (file, note) = (manifest::file(day), manifest::path(day));
    let (first, told) = (read(&app, &file).await.unwrap(), read(&app, &note).await.unwrap());
    let said: serde_json::Value = serde_json::from_slice(&told).unwrap();
    assert_eq!(said["first_sequence"], 1);
    assert_eq!(
        said["n_lines"].to_string(),
        app.look(&format!("select n_lines from audit_exports where day = '{day}'")).await
    );
    assert!(said["n_lines"].as_i64().unwrap() > 2500);

    let exports = audit_exports::list(&mut app.deps.db.acquire().await.unwrap()).await.unwrap();
    assert_eq!(exports[1].n_lines, 0, "the day between had no lines");
    export::write(&app.deps, &exports[0]).await.unwrap();
    assert_eq!(read(&app, &file).await.unwrap(), first);
    assert_eq!(read(&app, &note).await.unwrap(), told);
    app.check().await;

    app.deps.settings.files.put(&note, "{}".into()).await.unwrap();
    assert!(operations::check::run(&app.deps).await.is_err(), "a manifest that is none is told");
    app.deps.settings.files.delete(&note).await.unwrap();
    assert_eq!(findings(&app).await[0].detail, "the manifest is gone");
}

#[tokio::test]
async fn a_line_that_was_changed_is_not_exported() {
    let app = start().await;
    write_lines(&app, 3).await;
    seal(&app.deps, Reach::Recent).await.unwrap();
    force(&app, "update audit_entries set action = 'test.other' where action = 'test.line_1'")
        .await;
    app.deps.clock.advance(Duration::days(2));
    let error = export_due(&app.deps).await.unwrap_err();
    assert!(format!("{error:#}").contains("is not what was sealed"), "{error:#}");
    assert_eq!(
        app.look("select count(*) from audit_exports where verified_at is not null").await,
        "0"
    );
}

#[tokio::test]
async fn old_lines_leave_when_their_file_is_whole_and_the_chain_still_verifies() {
    let app = start().await;
    write_lines(&app, 5).await;
    seal(&app.deps, Reach::Recent).await.unwrap();
    let day = app.deps.clock.now().date();
    app.deps.clock.advance(Duration::days(40));
    for _ in 0..2 {
        export_due(&app.deps).await.unwrap();
    }
    write_lines(&app, 2).await;
    seal(&app.deps, Reach::Recent).await.unwrap();
    assert_eq!(archive::archive_due(&app.deps).await.unwrap(), 0, "ninety days are not over");

    app.deps.clock.advance(Duration::days(60));
    let exports = audit_exports::list(&mut app.deps.db.acquire().await.unwrap()).await.unwrap();
    let whole = read(&app, &manifest::file(day)).await.unwrap();
    app.deps
        .settings
        .files
        .put(&manifest::file(day), whole[..whole.len() - 9].to_vec().into())
        .await
        .unwrap();
    assert!(archive::archive_due(&app.deps).await.is_err(), "a broken file lets nothing go");
    assert_eq!(app.look("select count(*) from audit_entries").await, "7");

    app.deps.settings.files.put(&manifest::file(day), whole.into()).await.unwrap();
    assert_eq!(archive::archive_due(&app.deps).await.unwrap(), 5);
    assert_eq!(app.look("select count(*) from audit_entries").await, "2");
    assert_eq!(archive::archive_due(&app.deps).await.unwrap(), 0);
    app.check().await;
    verify_file(&app.deps, &exports[0]).await.unwrap();

    // What is left hangs on what was archived.
    force(&app, "update audit_exports set last_hash = sha256('x') where n_lines = 0").await;
    assert!(!findings(&app).await.is_empty());

    app.deps.clock.advance(Duration::days(2557));
    assert!(archive::remove_due(&app.deps).await.unwrap() > 0);
    assert_eq!(read(&app, &manifest::file(day)).await, None);
    assert!(read(&app, &manifest::path(day)).await.is_some(), "the manifest stays");
}

#[tokio::test]
async fn the_log_is_filtered_and_shows_no_other_organizer() {
    let app = start().await;
    let (mine, other) = (story::on_sale(&app, 3000, 5).await, story::on_sale(&app, 3000, 5).await);
    mine.paid_order(&app, 1).await;
    other.order(&app, 1).await;
    let access = mine.access(&app).await;
    operations::events::close::close(&app.deps, &access, mine.event).await.unwrap();
    let actions = async |query: AuditQuery| -> Vec<String> {
        let page = list(&app.deps, &access, &query, None).await.unwrap();
        page.lines.into_iter().map(|line| line.action).collect()
    };
    let all = actions(AuditQuery::default()).await;
    assert_eq!(all.first().map(String::as_str), Some("event.closed"));
    assert_eq!(all.iter().filter(|action| *action == "order.placed").count(), 1);
    let by_me = AuditQuery { who: Some(Who::User(mine.user)), ..AuditQuery::default() };
    assert_eq!(actions(by_me).await, ["event.closed"]);
    let money =
        AuditQuery { what: Some(domain::audit::AuditMatter::Money), ..AuditQuery::default() };
    assert!(actions(money).await.contains(&"payment.captured".to_owned()));
    let elsewhere = AuditQuery { event: Some(other.event), ..AuditQuery::default() };
    assert_eq!(actions(elsewhere).await, Vec::<String>::new());
    let later =
        AuditQuery { from: Some(time::macros::date!(2199 - 01 - 01)), ..AuditQuery::default() };
    assert_eq!(actions(later).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_long_log_is_walked_page_by_page() {
    let app = start().await;
    let sale = story::on_sale(&app, 0, 200).await;
    let access = sale.access(&app).await;
    for _ in 0..30 {
        operations::events::close::close(&app.deps, &access, sale.event).await.unwrap();
        operations::events::publish::reopen(&app.deps, &access, sale.event).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut older = None;
    loop {
        let page = list(&app.deps, &access, &AuditQuery::default(), older).await.unwrap();
        seen.extend(page.lines.iter().map(|line| line.id));
        older = page.older;
        if older.is_none() {
            break;
        }
    }
    assert_eq!(seen.len().to_string(), app.look("select count(*) from audit_entries").await);
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first, each once");
}

#[tokio::test]
async fn changes_say_what_was_and_what_is() {
    use operations::events::ticket_types::{TicketTypeForm, change};
    let app = start().await;
    let sale = story::on_sale(&app, 3000, 5).await;
    let access = sale.access(&app).await;
    let form = TicketTypeForm {
        name: "一般".to_owned(),
        price: "4000".to_owned(),
        quota: "5".to_owned(),
        ..TicketTypeForm::default()
    };
    change(&app.deps, &access, sale.event, sale.ticket_type, &form).await.unwrap();
    let detail =
        "select detail -> 'changes' from audit_entries where action = 'ticket_type.changed'";
    assert_eq!(app.look(detail).await, r#"{"price": {"to": 4000, "from": 3000}}"#);
}
