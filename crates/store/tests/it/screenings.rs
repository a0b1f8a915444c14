//! Counts behind screenings: whoever comes at the same moment has a number of its own.

use futures::future::join_all;
use store::screenings::count;
use testkit::database;
use time::Duration;
use time::macros::datetime;

#[tokio::test]
async fn everybody_who_comes_at_once_has_a_number_of_its_own() {
    let db = database::fresh().await;
    let now = datetime!(2026-11-22 12:30 UTC);
    let windows = (now, now - Duration::minutes(10));
    let names = [vec![2; 32], vec![1; 32]];
    let coming = (0..20).map(|i| {
        let (db, mut names) = (db.clone(), names.to_vec());
        // In either order: who counts two names waits for nobody who counts the same two.
        if i % 2 == 0 {
            names.reverse();
        }
        async move {
            let mut conn = db.acquire().await.unwrap();
            count(&mut conn, &names, windows).await.unwrap()
        }
    });
    let told = join_all(coming).await;
    for name in &names {
        let mut numbers: Vec<i32> =
            told.iter().flatten().filter(|it| it.name_hash == *name).map(|it| it.n).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    }
    let mut conn = db.acquire().await.unwrap();
    let later = (now + Duration::minutes(10), now);
    let next = count(&mut conn, &names[..1], later).await.unwrap();
    assert_eq!((next[0].n, next[0].n_before), (1, 20));
}

/// The negative control: who looks first and counts within a transaction is not alone with the number.
#[tokio::test]
async fn looking_before_counting_gives_two_the_same_number() {
    let db = database::fresh().await;
    let (mut one, mut other) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    let mut seen = Vec::new();
    for tx in [&mut one, &mut other] {
        let sql = "select coalesce(sum(n), 0)::bigint from screening_counts";
        let n: i64 = sqlx::query_scalar(sql).fetch_one(&mut **tx).await.unwrap();
        seen.push(n);
        let sql = format!(
            "insert into screening_counts (name_hash, begins_at, n) values ('\\x0{}', now(), 1)",
            seen.len()
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut **tx).await.unwrap();
    }
    assert_eq!(seen, [0, 0]);
}
