//! Changing the secret: everything that is sealed is sealed anew, once, however often it is asked for.

use std::sync::Arc;

use domain::ids::{Id, RefundId, UserId, WebhookEndpointId};
use operations::Deps;
use operations::account::second_factors::{
    FactorError, Proof, Purpose, begin_totp, prove, totp_setup,
};
use operations::sealed::rotate::{ColumnReport, look, rotate};
use operations::sealed::{Place, open, seal};
use store::sealed::SealedColumn;
use testkit::app::TestApp;
use testkit::{database, story};
use uuid::Uuid;

use crate::second_factors::{self, set_up, shown, user};

/// How many rows: more than are read at once.
const N: usize = 450;

fn with_secrets(deps: &Deps, secret: &str, previous: &[&str]) -> Deps {
    let mut settings = (*deps.settings).clone();
    secret.clone_into(&mut settings.secret);
    settings.previous_secrets = previous.iter().map(|it| (*it).to_owned()).collect();
    Deps { settings: Arc::new(settings), ..deps.clone() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Receivers with secrets, every second of them with an old one too.
async fn fill(app: &TestApp, deps: &Deps) {
    story::on_sale(app, 1000, 1).await;
    let organizer = app.look("select organizer_id::text from organizers").await;
    let mut rows = Vec::new();
    for n in 0..N {
        let id = Uuid::now_v7();
        let name = WebhookEndpointId::from_uuid(id).to_string();
        let place = Place { column: "webhook_endpoints.secret", row: &name };
        let secret = seal(&deps.settings, place, format!("whsec {n}").as_bytes()).unwrap();
        let old = seal(&deps.settings, place, format!("old {n}").as_bytes()).unwrap();
        let old = if n % 2 == 0 {
            format!("'\\x{}', now() + interval '1 day'", hex(&old))
        } else {
            "null, null".to_owned()
        };
        rows.push(format!(
            "('{id}', '{organizer}', 'https://example.com', '{{order.paid}}', '\\x{}', {old}, now(), now())",
            hex(&secret)
        ));
    }
    let sql = format!(
        "insert into webhook_endpoints (webhook_endpoint_id, organizer_id, url, topics, secret, old_secret, old_secret_until,
                                        created_at, updated_at) values {}",
        rows.join(", ")
    );
    database::run(&app.database_url, &sql).await;
}

fn of(reports: &[ColumnReport], column: SealedColumn) -> ColumnReport {
    *reports.iter().find(|it| it.column == column).unwrap()
}

async fn opens_everywhere(app: &TestApp, deps: &Deps) {
    let rows = "select string_agg(webhook_endpoint_id || ' ' || encode(secret, 'hex') || ' ' || coalesce(encode(old_secret, 'hex'), ''),
                                  ',' order by webhook_endpoint_id) from webhook_endpoints";
    for (n, row) in app.look(rows).await.split(',').enumerate() {
        let mut parts = row.split(' ');
        let name = WebhookEndpointId::from_uuid(parts.next().unwrap().parse().unwrap()).to_string();
        let place = Place { column: "webhook_endpoints.secret", row: &name };
        for (part, plain) in
            [(parts.next(), format!("whsec {n}")), (parts.next(), format!("old {n}"))]
        {
            let Some(hex) = part.filter(|it| !it.is_empty()) else { continue };
            let envelope: Vec<u8> = (0..hex.len() / 2)
                .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            assert_eq!(open(&deps.settings, place, &envelope).unwrap(), plain.into_bytes());
        }
    }
}

#[tokio::test]
async fn what_an_earlier_secret_sealed_is_sealed_anew_and_the_earlier_one_can_go() {
    let app = TestApp::start().await;
    let old = with_secrets(&app.deps, "the secret of last year", &[]);
    fill(&app, &old).await;
    let both = with_secrets(&app.deps, "the secret of this year", &["the secret of last year"]);
    let before = look(&both).await.unwrap();
    let secrets = of(&before, SealedColumn::WebhookSecret);
    assert_eq!((secrets.n_present, secrets.n_previous, secrets.n_unknown), (0, 450, 0));
    assert_eq!(of(&before, SealedColumn::OldWebhookSecret).n_previous, 225);
    opens_everywhere(&app, &both).await;

    let done = rotate(&both).await.unwrap();
    assert_eq!(of(&done, SealedColumn::WebhookSecret).n_resealed, 450);
    assert_eq!(of(&done, SealedColumn::OldWebhookSecret).n_resealed, 225);
    let again = rotate(&both).await.unwrap();
    assert!(again.iter().all(|it| it.n_resealed == 0 && it.n_unknown == 0), "{again:?}");

    let new = with_secrets(&app.deps, "the secret of this year", &[]);
    assert!(look(&new).await.unwrap().iter().all(|it| it.n_unknown == 0));
    opens_everywhere(&app, &new).await;
    let lost = look(&old).await.unwrap();
    assert_eq!(of(&lost, SealedColumn::WebhookSecret).n_unknown, 450);
    let findings = operations::check::run(&old).await.unwrap();
    assert!(findings.iter().any(|it| it.subject == "webhook_endpoints.secret"), "{findings:?}");
}

#[tokio::test]
async fn an_interrupted_rotation_is_finished_by_the_next_and_two_at_once_do_no_harm() {
    let app = TestApp::start().await;
    let old = with_secrets(&app.deps, "the secret of last year", &[]);
    fill(&app, &old).await;
    let both = with_secrets(&app.deps, "the secret of this year", &["the secret of last year"]);
    // Dropped on its way, as if the process died.
    let cut = tokio::time::timeout(std::time::Duration::from_millis(30), rotate(&both)).await;
    let n_left = of(&look(&both).await.unwrap(), SealedColumn::WebhookSecret).n_previous;
    assert!(cut.is_ok() || n_left > 0);
    let (one, two) = tokio::join!(rotate(&both), rotate(&both));
    let resealed =
        |reports: Vec<ColumnReport>| of(&reports, SealedColumn::WebhookSecret).n_resealed;
    assert_eq!(resealed(one.unwrap()) + resealed(two.unwrap()), n_left, "each row once");
    let new = with_secrets(&app.deps, "the secret of this year", &[]);
    opens_everywhere(&app, &new).await;
}

#[tokio::test]
async fn what_no_secret_opens_is_left_and_counted() {
    let app = TestApp::start().await;
    let stranger = with_secrets(&app.deps, "a secret nobody has any more", &[]);
    fill(&app, &stranger).await;
    let before = app.look("select md5(string_agg(secret::text, '' order by webhook_endpoint_id)) from webhook_endpoints").await;
    let deps = with_secrets(&app.deps, "the secret of this year", &["the secret of last year"]);
    let done = of(&rotate(&deps).await.unwrap(), SealedColumn::WebhookSecret);
    assert_eq!((done.n_resealed, done.n_unknown), (0, 450));
    let after = app.look("select md5(string_agg(secret::text, '' order by webhook_endpoint_id)) from webhook_endpoints").await;
    assert_eq!(before, after);
}

#[tokio::test]
async fn code_apps_go_on_working_with_the_secret_sealed_anew() {
    let app = second_factors::app().await;
    let old = with_secrets(&app.deps, "the secret of last year", &[]);
    let (sato, mori) = (user(&old, "sato@example.com").await, user(&old, "mori@example.com").await);
    let (key, _) = set_up(&old, sato).await;
    // One app is set up and was never confirmed.
    begin_totp(&old, mori).await.unwrap();
    let waiting = totp_setup(&old, mori).await.unwrap().unwrap().readable;
    let both = with_secrets(&app.deps, "the secret of this year", &["the secret of last year"]);
    assert_eq!(of(&rotate(&both).await.unwrap(), SealedColumn::TotpSecret).n_resealed, 2);

    let new = with_secrets(&app.deps, "the secret of this year", &[]);
    assert_eq!(totp_setup(&new, mori).await.unwrap().unwrap().readable, waiting);
    new.clock.advance(time::Duration::seconds(30));
    let code = shown(&key, new.clock.now());
    let by_old = prove(&old, sato, Proof::Code(&code), Purpose::GoingOn).await;
    assert!(matches!(by_old, Err(FactorError::Unexpected(_))), "{by_old:?}");
    prove(&new, sato, Proof::Code(&code), Purpose::GoingOn).await.unwrap();
    // Bound to its owner: one's secret opens nothing as another's.
    let sql = "update totp_secrets set sealed = (select sealed from totp_secrets where confirmed_at is not null)
               where confirmed_at is null";
    database::run(&app.database_url, sql).await;
    assert!(totp_setup(&new, mori).await.is_err());
}

/// A column of envelopes that is not in the list would lose its content with the old secret.
#[tokio::test]
async fn every_sealed_column_of_the_schema_is_rotated() {
    let app = TestApp::start().await;
    let columns = app
        .look(
            "select string_agg(table_name || '.' || column_name, ' ' order by table_name, column_name)
             from information_schema.columns
             where table_schema = 'public' and data_type = 'bytea'
               and column_name in ('sealed', 'secret', 'old_secret')",
        )
        .await;
    let mut known: Vec<&str> = SealedColumn::ALL.iter().map(|it| it.as_str()).collect();
    known.sort_unstable();
    assert_eq!(columns, known.join(" "));
    // Each is bound to its own row's name.
    let id = Uuid::now_v7();
    let name = SealedColumn::RefundAccount.row_name(id);
    assert_eq!(name, RefundId::from_uuid(id).to_string());
    assert_eq!(SealedColumn::TotpSecret.row_name(id), UserId::from_uuid(id).to_string());
}
