//! One's own data: told whole and without secrets, and forgotten but for what the books need.

use domain::account::StillNeeded;
use domain::ids::{Id as _, UserId};
use domain::permission::Role;
use futures::TryStreamExt as _;
use operations::Deps;
use operations::account::confirm_login::sign_out;
use operations::account::email_change::request;
use operations::account::own_profile::{OwnProfileForm, save};
use operations::account::personal_data::{DeleteError, delete, export, needs};
use operations::account::states::disable;
use operations::actor::Actor;
use operations::members::invitations::{Invite, accept};
use operations::publishable_keys::create;
use serde_json::Value;
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale};

use crate::second_factors::{app, set_up, user};

async fn file(deps: &Deps, user: UserId) -> Value {
    let pieces: Vec<bytes::Bytes> = export(deps, user).await.unwrap().try_collect().await.unwrap();
    serde_json::from_slice(&pieces.concat()).unwrap()
}

async fn join(app: &TestApp, sale: &Sale, member: UserId, role: Role) {
    let sql = format!(
        "insert into members (organizer_id, user_id, role, created_at) values ('{}', '{}', '{role}', now())",
        sale.organizer.uuid(),
        member.uuid()
    );
    database::run(&app.database_url, &sql).await;
}

/// Why the user cannot go, as the page says it and as the deletion refuses it.
async fn refusal(deps: &Deps, user: UserId) -> StillNeeded {
    let Err(DeleteError::LastOwner(missing)) = delete(deps, user).await else { panic!("deleted") };
    assert_eq!(needs(deps, user).await.unwrap(), missing);
    missing.first().unwrap().why
}

#[tokio::test]
async fn the_file_of_ones_own_data_holds_everything_but_secrets() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    let (key, codes) = set_up(deps, sato).await;
    let data = file(deps, sato).await;
    assert_eq!(data.pointer("/account/email").unwrap(), "sato@example.com");
    assert_eq!(data.pointer("/recovery_codes_left").unwrap(), 10);
    assert!(data.pointer("/mails").unwrap().to_string().contains("account_notice"));
    let did = data.pointer("/did").unwrap().to_string();
    assert!(did.contains("user.signed_in") && did.contains("user.factor_added"), "{did}");
    let text = data.to_string();
    assert!(!text.contains(&key) && codes.iter().all(|it| !text.contains(it)));
    let mori = user(deps, "mori@example.com").await;
    assert!(!file(deps, mori).await.to_string().contains("sato"), "of nobody else");
}

#[tokio::test]
async fn a_long_file_comes_in_pieces_and_whole() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    for _ in 0..1001 {
        sign_out(deps, sato).await.unwrap();
    }
    let data = file(deps, sato).await;
    let did = data.pointer("/did").unwrap().as_array().unwrap();
    assert_eq!(did.iter().filter(|it| it["action"] == "user.signed_out").count(), 1001);
}

#[tokio::test]
async fn a_deleted_account_is_nobody_and_its_books_stay() {
    let app = app().await;
    let deps = &app.deps;
    let sale = on_sale(&app, 3000, 5).await;
    // We hold its money until it is paid out.
    let collect = "update organizers set payout_model = 'collect'; update events set payout_model = 'collect'";
    database::run(&app.database_url, collect).await;
    sale.paid_order(&app, 1).await;
    let owner = sale.user;
    let email =
        app.look(&format!("select email from users where user_id = '{}'", owner.uuid())).await;
    set_up(deps, owner).await;
    assert_eq!(refusal(deps, owner).await, StillNeeded::ForMoney);
    let kept = app.look("select count(*)::text from totp_secrets").await;
    assert_eq!(kept, "1", "nothing was changed");
    let heir = user(deps, "heir@example.com").await;
    join(&app, &sale, heir, Role::Owner).await;
    let ledger = app.look("select count(*)::text from ledger_entries").await;
    delete(deps, owner).await.unwrap();
    assert_eq!(app.look("select count(*)::text from ledger_entries").await, ledger);
    app.check().await;
    let left = format!(
        "select ((select count(*) from members where user_id = '{0}') + (select count(*) from totp_secrets)
              + (select count(*) from users where email_key = '{email}')
              + (select count(*) from web_sessions where user_id = '{0}'))::text",
        owner.uuid()
    );
    assert_eq!(app.look(&left).await, "0");
    let told = "select recipient from mails where data->>'notice' = 'account_deleted'";
    assert_eq!(app.look(told).await, email, "the last mail");
    app.run_jobs().await;
    let mailed = format!(
        "select count(*)::text from mails where recipient = '{email}' and organizer_id is null and order_id is null"
    );
    assert_eq!(app.look(&mailed).await, "0", "and it forgets whom it was sent to");
    assert_ne!(user(deps, &email).await, owner, "whoever comes back is somebody new");
    app.check().await;
}

#[tokio::test]
async fn the_last_owner_stays_for_events_and_for_members_and_then_may_go() {
    let app = app().await;
    let deps = &app.deps;
    let sale = on_sale(&app, 3000, 5).await;
    let owner = sale.user;
    assert_eq!(refusal(deps, owner).await, StillNeeded::ByEvents, "an event is on sale");
    database::run(&app.database_url, "update events set status = 'closed'").await;
    let access = sale.access(&app).await;
    create(deps, &access, "site", "https://club.example").await.unwrap();
    let helper = user(deps, "helper@example.com").await;
    join(&app, &sale, helper, Role::Treasurer).await;
    assert_eq!(refusal(deps, owner).await, StillNeeded::ByMembers);
    delete(deps, helper).await.unwrap();
    delete(deps, owner).await.unwrap();
    assert_eq!(app.look("select (closed_at is not null)::text from organizers").await, "true");
    assert_eq!(app.look("select count(*)::text from members").await, "0");
    for keys in ["api_keys", "publishable_keys"] {
        let open = format!("select count(*)::text from {keys} where revoked_at is null");
        assert_eq!(app.look(&open).await, "0", "{keys}");
    }
    let noted = "select count(*)::text from audit_entries where action in ('organizer.closed', 'member.left')";
    assert_eq!(app.look(noted).await, "3");
}

/// Both look, both find the other: the second has to wait, and stays.
#[tokio::test]
async fn of_two_owners_who_go_at_once_one_stays() {
    for _ in 0..5 {
        let app = app().await;
        let deps = &app.deps;
        let sale = on_sale(&app, 3000, 5).await;
        let heir = user(deps, "heir@example.com").await;
        join(&app, &sale, heir, Role::Owner).await;
        let (a, b) = tokio::join!(delete(deps, sale.user), delete(deps, heir));
        let n_gone = [a.is_ok(), b.is_ok()].into_iter().filter(|it| *it).count();
        assert_eq!(n_gone, 1, "{a:?} {b:?}");
        assert_eq!(app.look("select count(*)::text from members").await, "1");
    }
}

/// Every text and document in the database that holds these letters, by table and column.
async fn holding(app: &TestApp, letters: &str) -> String {
    let sql = format!(
        "select coalesce(string_agg(place, ' ' order by place), '') from (
             select c.table_name || '.' || c.column_name as place, (xpath('/row/n/text()', query_to_xml(format(
                 'select count(*) as n from %I where %I::text ilike %L', c.table_name, c.column_name, '%{letters}%'),
                 false, true, '')))[1]::text::int as n
             from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
             where table_schema = 'public' and table_type = 'BASE TABLE'
               and data_type in ('text', 'jsonb', 'json', 'ARRAY', 'character varying')) found
         where n > 0"
    );
    app.look(&sql).await
}

#[tokio::test]
async fn no_address_of_somebody_deleted_is_left_anywhere() {
    let app = app().await;
    let deps = &app.deps;
    let sale = on_sale(&app, 3000, 5).await;
    let access = sale.access(&app).await;
    let maria = user(deps, "marker.one@example.com").await;
    let invite = Invite {
        email: "marker.one@example.com",
        role: Role::Viewer,
        event: None,
        lang: words::lang::Lang::En,
    };
    let link = operations::members::invitations::invite(deps, &access, invite).await.unwrap();
    accept(deps, maria, link.rsplit('/').next().unwrap()).await.unwrap();
    app.run_jobs().await;
    // An address before, the one of now, and one that was only wished for.
    request(deps, maria, "marker.two@example.com").await.unwrap();
    let change =
        "update email_changes set old_confirmed_at = created_at, new_confirmed_at = created_at,
                      ended_at = created_at;
                  update users set email = new_email, email_key = new_email
                  from email_changes where users.user_id = email_changes.user_id";
    for sql in change.split(';') {
        database::run(&app.database_url, sql).await;
    }
    request(deps, maria, "marker.three@example.com").await.unwrap();
    let form =
        OwnProfileForm { display_name: "marker. Maria", language: "en", time_zone: "Europe/Paris" };
    save(deps, maria, form).await.unwrap();
    let data = file(deps, maria).await;
    assert_eq!(data.pointer("/account/display_name").unwrap(), "marker. Maria");
    assert_eq!(data.pointer("/account/time_zone").unwrap(), "Europe/Paris");
    assert!(!data.pointer("/did").unwrap().to_string().contains("Maria"), "only which changed");
    let before = holding(&app, "marker.").await;
    assert!(before.contains("users.display_name"), "{before}");
    assert!(before.contains("invitations.email") && before.contains("mails.recipient"), "{before}");
    delete(deps, maria).await.unwrap();
    app.run_jobs().await;
    assert_eq!(holding(&app, "marker.").await, "");
    let file = std::fs::read_dir(&app.mail_folder).unwrap().count();
    assert!(file > 0, "the last mail was sent");
    app.check().await;
}

#[tokio::test]
async fn an_owner_who_is_disabled_answers_for_nobody() {
    let app = app().await;
    let deps = &app.deps;
    let sale = on_sale(&app, 3000, 5).await;
    let heir = user(deps, "heir@example.com").await;
    join(&app, &sale, heir, Role::Owner).await;
    disable(deps, Actor::System, heir, "stolen").await.unwrap();
    assert_eq!(refusal(deps, sale.user).await, StillNeeded::ByEvents);
    let gone = delete(deps, heir).await;
    assert!(matches!(gone, Err(DeleteError::NotActive)), "the staff decides: {gone:?}");
}

#[tokio::test]
async fn who_has_an_address_by_now_keeps_what_came_to_it() {
    let app = app().await;
    let deps = &app.deps;
    let sale = on_sale(&app, 3000, 5).await;
    let access = sale.access(&app).await;
    let before = user(deps, "info@example.com").await;
    request(deps, before, "own@example.com").await.unwrap();
    let sql = "update email_changes set ended_at = created_at;
               update users set email = 'own@example.com', email_key = 'own@example.com'
               where email_key = 'info@example.com'";
    for sql in sql.split(';') {
        database::run(&app.database_url, sql).await;
    }
    let after = user(deps, "info@example.com").await;
    assert_ne!(after, before);
    let wish = Invite {
        email: "info@example.com",
        role: Role::Viewer,
        event: None,
        lang: words::lang::Lang::En,
    };
    let link = operations::members::invitations::invite(deps, &access, wish).await.unwrap();
    let data = file(deps, before).await;
    assert_eq!(data.pointer("/invitations").unwrap(), &serde_json::json!([]), "of nobody else");
    assert!(!data.pointer("/mails").unwrap().to_string().contains("invitation"));
    delete(deps, before).await.unwrap();
    let waiting = "select count(*)::text from mails where recipient = 'info@example.com' and status = 'queued'";
    assert_ne!(app.look(waiting).await, "0");
    accept(deps, after, link.rsplit('/').next().unwrap()).await.unwrap();
}
