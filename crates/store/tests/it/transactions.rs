//! Transactions plan their statements once; what runs outside of them is planned for its values.

use std::time::Duration;

use domain::ids::{Id as _, OrganizerId};
use store::db::{Conn, Db};
use testkit::database;
use uuid::Uuid;

async fn plan_mode(conn: &mut Conn) -> String {
    sqlx::query_scalar("show plan_cache_mode").fetch_one(conn).await.unwrap()
}

#[tokio::test]
async fn only_transactions_keep_generic_plans() {
    let (db, _) = database::fresh_with_url().await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(plan_mode(&mut tx).await, "force_generic_plan");
    tx.commit().await.unwrap();
    let mut conn = db.acquire().await.unwrap();
    assert_eq!(plan_mode(&mut conn).await, "auto");
}

/// Requests go away at any moment, also while their transaction is being opened.
#[tokio::test]
async fn what_nobody_waits_for_leaves_no_transaction_open() {
    let (_, url) = database::fresh_with_url().await;
    let db = Db::connect(&url, 1).await.unwrap();
    let walled = db.of_organizer(OrganizerId::from_uuid(Uuid::now_v7()));
    for micros in 0..200 {
        let patience = Duration::from_micros(micros * 5);
        let _ = tokio::time::timeout(patience, walled.begin()).await;
        let _ = tokio::time::timeout(patience, walled.acquire()).await;
        let mut conn = db.acquire().await.unwrap();
        let sql = "select current_user::text, current_setting('transaction_read_only')";
        let (user, is_read_only): (String, String) =
            sqlx::query_as(sql).fetch_one(&mut *conn).await.unwrap();
        assert_eq!((user.as_str(), is_read_only.as_str()), ("eventpay", "off"), "{patience:?}");
    }
}
