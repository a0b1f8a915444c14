//! Transactions plan their statements once; what runs outside of them is planned for its values.

use store::db::Conn;
use testkit::database;

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
