//! Files in a bucket that speaks S3 and checks signatures: days of the audit log go there and come back.

use std::path::PathBuf;
use std::sync::Arc;

use axum::error_handling::HandleError;
use http::StatusCode;
use object_store::{ObjectStore, ObjectStoreExt as _};
use operations::audit::export::{export_due, verify_file};
use operations::audit::manifest;
use operations::audit::seal::{Reach, seal};
use operations::clock::Clock;
use operations::{PlacesGuard, Settings};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use server::config::{Bucket, Files};
use server::file_store;
use testkit::app::TestApp;
use testkit::story;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const KEY_ID: &str = "key-of-the-test";
const SECRET_KEY: &str = "secret-of-the-test";
const BUCKET: &str = "papers";

/// A server of buckets in a folder of its own.
async fn bucket() -> (Files, PathBuf) {
    let root = std::env::temp_dir().join(format!("eventpay-s3-{}", Uuid::now_v7().simple()));
    std::fs::create_dir_all(root.join(BUCKET)).expect("a folder");
    let mut service = S3ServiceBuilder::new(FileSystem::new(&root).expect("a file system"));
    service.set_auth(SimpleAuth::from_single(KEY_ID, SECRET_KEY));
    let service = HandleError::new(service.build(), async |error: s3s::HttpError| {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}"))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = axum::Router::new().fallback_service(service);
    tokio::spawn(axum::serve(listener, router).into_future());
    let bucket = Bucket {
        name: BUCKET.to_owned(),
        prefix: "eventpay/files".to_owned(),
        endpoint: Some(format!("http://{address}")),
        region: "ap-northeast-1".to_owned(),
        key_id: KEY_ID.to_owned(),
        secret_key: SECRET_KEY.to_owned(),
    };
    (Files::Bucket(bucket), root)
}

async fn open(files: &Files) -> anyhow::Result<Arc<dyn ObjectStore>> {
    file_store::open(files, &std::env::temp_dir()).await
}

#[tokio::test]
async fn a_day_of_the_audit_log_lies_in_the_bucket_and_verifies() {
    let mut app =
        TestApp::start_with(PlacesGuard::On, Clock::standing_at(OffsetDateTime::now_utc())).await;
    let (files, root) = bucket().await;
    let store = open(&files).await.expect("the bucket answers");
    app.deps.settings =
        Arc::new(Settings { files: Arc::clone(&store), ..(*app.deps.settings).clone() });
    story::on_sale(&app, 3000, 5).await.paid_order(&app, 1).await;
    let day = app.deps.clock.now().date();
    seal(&app.deps, Reach::Recent).await.expect("sealed");
    app.deps.clock.advance(Duration::days(2));
    assert!(export_due(&app.deps).await.expect("exported") > 0);

    let path = manifest::file(day);
    let file = std::fs::metadata(root.join(BUCKET).join("eventpay/files").join(path.as_ref()));
    let mut conn = app.deps.db.acquire().await.expect("a connection");
    let exports = store::audit_exports::list(&mut conn).await.expect("the exports");
    let (_, n_bytes) = verify_file(&app.deps, &exports[0]).await.expect("the file verifies");
    assert_eq!(u64::try_from(n_bytes).ok(), file.ok().map(|it| it.len()));
    app.check().await;
    store.delete(&path).await.expect("deleted");
    assert!(verify_file(&app.deps, &exports[0]).await.is_err(), "a file that is gone is told");
    std::fs::remove_dir_all(root).expect("removed");
}

#[tokio::test]
async fn a_wrong_key_and_a_bucket_that_is_not_there_are_told_at_the_start() {
    let (files, root) = bucket().await;
    let Files::Bucket(bucket) = files else { panic!("a bucket") };
    let wrong_key = Bucket { secret_key: "another".to_owned(), ..bucket.clone() };
    let nobody = Bucket { endpoint: Some("http://127.0.0.1:9".to_owned()), ..bucket };
    for bucket in [wrong_key, nobody] {
        let error = open(&Files::Bucket(bucket)).await.expect_err("refused");
        assert!(error.to_string().contains("EVENTPAY_FILES"), "{error:#}");
    }
    std::fs::remove_dir_all(root).expect("removed");
}
