//! A fresh, migrated database per test.

use std::sync::OnceLock;

use embedded_postgres::{Cluster, Settings};
use sqlx::{Connection, Executor, PgConnection};
use store::db::Db;
use uuid::Uuid;

/// Connections of one test.
const CONNECTIONS: u32 = 20;
/// Connections of all tests of a run.
const CLUSTER_CONNECTIONS: u32 = 400;

/// Who keeps the server of this run; given by `cargo xtask test`, started here when a test runs alone.
enum Server {
    Given(String),
    Own(Box<Cluster>),
}

static SERVER: OnceLock<Server> = OnceLock::new();

fn url(database: &str) -> String {
    let server = SERVER.get_or_init(|| match std::env::var_os("EVENTPAY_TEST_POSTGRES") {
        Some(url) => Server::Given(url.to_string_lossy().into_owned()),
        None => Server::Own(Box::new(start_own())),
    });
    match server {
        Server::Given(url) => url.replacen("/postgres?", &format!("/{database}?"), 1),
        Server::Own(cluster) => cluster.url(database),
    }
}

fn start_own() -> Cluster {
    let data_dir = std::env::temp_dir().join(format!("eventpay-test-{}", Uuid::now_v7().simple()));
    Cluster::start(&Settings {
        data_dir,
        bin_dir: None,
        durable: false,
        max_connections: CLUSTER_CONNECTIONS,
    })
    .expect("PostgreSQL starts for tests")
}

/// A database of one's own with the schema of this release.
pub async fn fresh() -> Db {
    fresh_with_url().await.0
}

/// A fresh database and where it is.
pub async fn fresh_with_url() -> (Db, String) {
    let template = template().await;
    let name = format!("test_{}", Uuid::now_v7().simple());
    let mut conn = admin().await;
    let create = format!("create database {name} template {template}");
    conn.execute(sqlx::AssertSqlSafe(create)).await.expect("a database from the template");
    let url = url(&name);
    (Db::connect(&url, CONNECTIONS).await.expect("the fresh database"), url)
}

/// An empty database, for tests of migrations.
pub async fn empty() -> (Db, String) {
    let name = format!("empty_{}", Uuid::now_v7().simple());
    let mut conn = admin().await;
    conn.execute(sqlx::AssertSqlSafe(format!("create database {name}")))
        .await
        .expect("an empty database");
    let url = url(&name);
    (Db::connect(&url, CONNECTIONS).await.expect("the empty database"), url)
}

/// Runs SQL that the product never would: to break a rule, or to look where nobody looks.
pub async fn run(url: &str, sql: &str) {
    let mut conn = PgConnection::connect(url).await.expect("the database");
    conn.execute(sqlx::AssertSqlSafe(sql.to_owned()))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Runs SQL that the database may refuse.
///
/// # Errors
/// With what the database says.
pub async fn try_run(url: &str, sql: &str) -> Result<(), String> {
    let mut conn = PgConnection::connect(url).await.expect("the database");
    let ran = conn.execute(sqlx::AssertSqlSafe(sql.to_owned())).await;
    ran.map(|_| ()).map_err(|error| error.to_string())
}

/// The first column of the first row as text.
pub async fn look(url: &str, sql: &str) -> String {
    let mut conn = PgConnection::connect(url).await.expect("the database");
    let sql = format!("select ({sql})::text");
    sqlx::query_scalar::<_, Option<String>>(sqlx::AssertSqlSafe(sql.clone()))
        .fetch_one(&mut conn)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
        .unwrap_or_default()
}

async fn admin() -> PgConnection {
    PgConnection::connect(&url("postgres")).await.expect("the server of the tests")
}

/// The migrated template of this schema; made once, by whoever comes first, in this process or another.
async fn template() -> String {
    static TEMPLATE: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let name = format!("template_{}", store::db::schema_version());
            let mut conn = admin().await;
            conn.execute("select pg_advisory_lock(20261121)").await.expect("the lock");
            let known: bool = sqlx::query_scalar(
                "select exists (select from pg_database where datname = $1 and datistemplate)",
            )
            .bind(&name)
            .fetch_one(&mut conn)
            .await
            .expect("the list of databases");
            if !known {
                make_template(&mut conn, &name).await;
            }
            conn.execute("select pg_advisory_unlock(20261121)").await.expect("the lock is free");
            name
        })
        .await
        .clone()
}

async fn make_template(conn: &mut PgConnection, name: &str) {
    for sql in [format!("drop database if exists {name}"), format!("create database {name}")] {
        conn.execute(sqlx::AssertSqlSafe(sql)).await.expect("the template's database");
    }
    let db = Db::connect(&url(name), 2).await.expect("the template");
    db.migrate().await.expect("the migrations run");
    db.close().await;
    let sql = format!("alter database {name} with is_template true");
    conn.execute(sqlx::AssertSqlSafe(sql)).await.expect("the template is one");
}
