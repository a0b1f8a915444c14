//! The matrix cell by cell: every role and scope at every door. Refused is 403 and leaves a line in the audit log alone.

use domain::ids::{
    DisputeId, EvidenceId, Id, PayoutFileId, PayoutId, RefundId, ReturnRequestId, WebhookEndpointId,
};
use domain::permission::{Permission, PermissionSet, Role};
use http::{Method, Request, StatusCode, header};
use operations::api_keys::{KeyLife, Scope, create_api_key};
use operations::demo::DemoEvent;
use serde_json::json;
use testkit::database;

use crate::harness::Harness;
use crate::refunds::{Visitor, text};
use crate::{permission_scan, permission_table};

mod by_their_own_ids;
mod in_one_event;
mod of_others;

/// Everything in the database but what a refusal and being looked at leave behind.
pub(crate) const STATE: &str = "select md5(string_agg(it, ',')) from (
    select table_name || (xpath('/row/c/text()', query_to_xml(format(
        'select md5(coalesce(string_agg(t::text, '','' order by t::text), '''')) as c from %I t', table_name),
        false, true, '')))[1]::text as it
    from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'
      and table_name not in ('audit_entries', 'web_sessions', 'idempotency_keys')
    order by table_name) tables";
/// When a key was used is no change of anything.
const UNUSED: &str = "update api_keys set last_used_at = null";
pub(crate) const REFUSALS: &str =
    "select count(*) from audit_entries where action = 'access.refused'";

/// An organizer with an order, and a browser of somebody whose role the tests change.
pub(crate) struct Stage {
    pub(crate) server: Harness,
    pub(crate) seller: DemoEvent,
    pub(crate) order: String,
    pub(crate) user: String,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let server = Harness::start().await;
        let seller = server.seller(20, 1000).await;
        let wish = json!({
            "buyer": { "name": "佐藤 花子", "email": "sato@example.com" }, "method": "credit_card",
            "tickets": [{ "ticket_type": seller.ticket_type, "quantity": 1 }],
        });
        let path = format!("/api/v1/events/{}/orders", seller.event);
        let placed = server.call(&seller, Method::POST, &path, &wish).await.json();
        server.app.run_jobs().await;
        let order = text(&placed, "/id").to_owned();
        let sql = format!(
            "select user_id from members where organizer_id = '{}'",
            seller.organizer.uuid()
        );
        let user = server.app.look(&sql).await;
        let stage = Self { server, seller, order, user };
        // Another owner, so that the first may become something else.
        stage
            .run(&format!(
                "insert into users (user_id, email, email_key, created_at)
                     values (gen_random_uuid(), 'other@example.com', 'other@example.com', now());
                 insert into members (organizer_id, user_id, role, created_at)
                     select '{}', user_id, 'owner', now() from users where email = 'other@example.com'",
                stage.seller.organizer.uuid()
            ))
            .await;
        stage
    }

    pub(crate) async fn run(&self, sql: &str) {
        database::run(&self.server.app.database_url, sql).await;
    }

    async fn become_role(&self, role: Role) {
        self.run(&format!("update members set role = '{role}' where user_id = '{}'", self.user))
            .await;
    }

    pub(crate) async fn log_in(&self) -> String {
        let mut visitor = Visitor::new(&self.server);
        let login = self.seller.login_url.split("token=").nth(1).unwrap_or_default();
        visitor.post("/api/account/confirm_login", &format!("token={login}")).await;
        visitor.cookie().to_owned()
    }

    /// An address with ids that are there where they matter, and well-formed ones elsewhere.
    pub(crate) fn filled(&self, path: &str) -> String {
        path.replace(":event", &self.seller.event.to_string())
            .replace(":order", &self.order)
            .replace(":organizer", &self.seller.organizer.to_string())
            .replace(":dispute", &nothing(DisputeId::PREFIX))
            .replace(":evidence", &nothing(EvidenceId::PREFIX))
            .replace(":payout", &nothing(PayoutId::PREFIX))
            .replace(":file", &nothing(PayoutFileId::PREFIX))
            .replace(":endpoint", &nothing(WebhookEndpointId::PREFIX))
            .replace(":number", "1")
    }

    /// A form that names the event and the order, and says nothing else.
    pub(crate) fn form(&self) -> String {
        format!(
            "event={}&order={}&refund={}&dispute={}&request={}",
            self.seller.event,
            self.order,
            nothing(RefundId::PREFIX),
            nothing(DisputeId::PREFIX),
            nothing(ReturnRequestId::PREFIX)
        )
    }

    pub(crate) async fn look(&self, sql: &str) -> String {
        self.server.app.look(sql).await
    }
}

/// An id that could be, and is not.
pub(crate) fn nothing(prefix: &str) -> String {
    format!("{prefix}_00000000000000000000000000")
}

/// A door of the table: its address and what it demands.
type Door = (&'static str, Permission);

fn passes(door: &Door, role: Role) -> bool {
    PermissionSet::of(role).has(door.1)
}

#[tokio::test]
async fn every_function_refuses_who_lacks_its_permission_and_lets_others_in() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    let doors = permission_table::FUNCTIONS;
    // First everything that is refused: the state of the world must stay as it is.
    let before = stage.look(STATE).await;
    let mut n_refused: i64 = stage.look(REFUSALS).await.parse().expect("a number");
    for role in Role::ALL {
        stage.become_role(*role).await;
        let here = stage.look(STATE).await;
        for door in doors.iter().filter(|it| !passes(it, *role)) {
            let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
            let answer = visitor.send(door.0, &stage.form()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role} at {}", door.0);
            assert!(answer.body.contains("この操作はできません"), "{}", answer.body);
            n_refused += 1;
            assert_eq!(stage.look(REFUSALS).await, n_refused.to_string(), "{role}, {}", door.0);
        }
        assert_eq!(stage.look(STATE).await, here, "{role} changed something");
    }
    stage.become_role(Role::Owner).await;
    assert_eq!(stage.look(STATE).await, before, "refusals left something");
    // Then everything that is allowed; much of it says that the form is incomplete, none of it that one may not.
    for role in Role::ALL {
        for door in doors.iter().filter(|it| passes(it, *role)) {
            // What the door itself did to the membership is undone.
            stage
                .run(&format!(
                    "insert into members (organizer_id, user_id, role, created_at)
                         values ('{}', '{}', '{role}', now())
                     on conflict (organizer_id, user_id) do update set role = excluded.role",
                    stage.seller.organizer.uuid(),
                    stage.user
                ))
                .await;
            let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
            let answer = visitor.send(door.0, &stage.form()).await;
            assert_ne!(answer.status, StatusCode::FORBIDDEN, "{role} at {}", door.0);
            assert!(!answer.status.is_server_error(), "{role} at {}: {}", door.0, answer.body);
        }
    }
    assert_eq!(stage.look(REFUSALS).await, n_refused.to_string());
}

#[tokio::test]
async fn every_page_refuses_who_lacks_its_permission_and_opens_for_others() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    let doors: Vec<Door> = [permission_table::PAGES, permission_table::FILES].concat();
    for role in Role::ALL {
        stage.become_role(*role).await;
        for door in &doors {
            let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
            let before = stage.look(REFUSALS).await;
            let here = stage.look(STATE).await;
            let answer = visitor.get(&stage.filled(door.0)).await;
            assert_eq!(
                stage.look(STATE).await,
                here,
                "{role} at {}: looking changes nothing",
                door.0
            );
            let is_noted = stage.look(REFUSALS).await != before;
            let is_refused = answer.status == StatusCode::FORBIDDEN;
            assert_eq!(is_refused, !passes(door, *role), "{role} at {}: {}", door.0, answer.status);
            assert_eq!(is_noted, is_refused, "{role} at {}", door.0);
            assert!(!answer.status.is_server_error(), "{role} at {}", door.0);
            assert!(!is_refused || answer.body.contains("この操作はできません"), "{}", door.0);
        }
    }
}

#[tokio::test]
async fn every_upload_refuses_who_lacks_its_permission() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    for role in Role::ALL {
        stage.become_role(*role).await;
        for door in permission_table::UPLOADS {
            let before: i64 = stage.look(REFUSALS).await.parse().expect("a number");
            let here = stage.look(STATE).await;
            let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
            let answer = visitor.upload(&stage.filled(door.0), "").await;
            let is_refused = answer.status == StatusCode::FORBIDDEN;
            assert_eq!(is_refused, !passes(door, *role), "{role} at {}: {}", door.0, answer.status);
            let refusals = stage.look(REFUSALS).await;
            assert_eq!(refusals, (before + i64::from(is_refused)).to_string(), "{}", door.0);
            // Nothing was in the form.
            assert_eq!(stage.look(STATE).await, here, "{role} at {}", door.0);
        }
    }
}

#[tokio::test]
async fn a_member_of_one_event_finds_this_event_and_nothing_else() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    stage
        .run(&format!(
            "delete from members where user_id = '{0}';
             insert into event_members (event_id, organizer_id, user_id, role, created_at)
                 values ('{1}', '{2}', '{0}', 'treasurer', now());
             insert into events (event_id, organizer_id, slug, status, title, created_at, updated_at)
                 values ('0190a000-0000-7000-8000-000000000001', '{2}', 'second-one', 'draft', 'もう一つ', now(), now())",
            stage.user,
            stage.seller.event.uuid(),
            stage.seller.organizer.uuid()
        ))
        .await;
    let second = domain::ids::EventId::from_uuid(
        "0190a000-0000-7000-8000-000000000001".parse().expect("an id"),
    );
    let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
    let list = visitor.get("/o").await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.body.contains("デモイベント") && !list.body.contains("もう一つ"));
    assert!(!list.body.contains("/o/events/new"), "a button that leads nowhere");
    for (path, wanted) in [
        (format!("/o/events/{}", stage.seller.event), StatusCode::OK),
        (format!("/o/events/{}/orders", stage.seller.event), StatusCode::OK),
        (format!("/o/orders/{}", stage.order), StatusCode::OK),
        (format!("/o/events/{}/edit", stage.seller.event), StatusCode::FORBIDDEN),
        (format!("/o/events/{second}"), StatusCode::NOT_FOUND),
        (format!("/o/events/{second}/orders"), StatusCode::NOT_FOUND),
        ("/o/settings".to_owned(), StatusCode::FORBIDDEN),
        ("/o/payouts".to_owned(), StatusCode::FORBIDDEN),
        ("/o/audit".to_owned(), StatusCode::FORBIDDEN),
    ] {
        assert_eq!(visitor.get(&path).await.status, wanted, "{path}");
    }
    let strange = visitor.send("/api/events/publish", &format!("event={second}")).await;
    assert_eq!(strange.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_route_of_the_api_asks_for_its_scopes() {
    let stage = Stage::new().await;
    let deps = &stage.server.app.deps;
    let user = domain::ids::UserId::from_uuid(stage.user.parse().expect("an id"));
    let access = operations::access::member_access(deps, user, stage.seller.organizer).await;
    let access = access.expect("access");
    let mut n_refused: i64 = stage.look(REFUSALS).await.parse().expect("a number");
    for scope in Scope::ALL {
        let key = create_api_key(deps, &access, "one", &[*scope], KeyLife::Month).await;
        let key = key.expect("a key").secret;
        stage.run(UNUSED).await;
        let before = stage.look(STATE).await;
        for door in permission_scan::api() {
            // What changes something is only asked for when it is to be refused.
            let is_read = door.method == "get";
            let lacks = door.scopes.first() != Some(scope);
            if !is_read && !lacks {
                continue;
            }
            let path = door
                .path
                .replace("/events/{id}", &format!("/events/{}", stage.seller.event))
                .replace("/orders/{id}", &format!("/orders/{}", stage.order))
                .replace("/payments/{id}", "/payments/pay_00000000000000000000000000")
                .replace("/payouts/{id}", "/payouts/po_00000000000000000000000000")
                .replace(
                    "/webhook_endpoints/{id}",
                    "/webhook_endpoints/wep_00000000000000000000000000",
                );
            let body = body_of(&stage, &path);
            let request = Request::builder()
                .method(door.method.to_uppercase().as_str())
                .uri(&path)
                .header(header::AUTHORIZATION, format!("Bearer {key}"))
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.into())
                .expect("a request");
            let answer = stage.server.send(request).await;
            let shown = format!("{scope} at {} {path}: {}", door.method, answer.body);
            assert_eq!(answer.status == StatusCode::FORBIDDEN, lacks, "{shown}");
            n_refused += i64::from(lacks);
            assert_eq!(stage.look(REFUSALS).await, n_refused.to_string(), "{shown}");
        }
        stage.run(UNUSED).await;
        assert_eq!(stage.look(STATE).await, before, "{scope} changed something");
    }
}

/// A body that can be read, so that the scope is what is missing.
fn body_of(stage: &Stage, path: &str) -> String {
    let body = if path.ends_with("/ticket_types") {
        json!({ "name": "一般", "price": 1000 })
    } else if path.ends_with("/orders") {
        json!({
            "buyer": { "name": "佐藤", "email": "sato@example.com" },
            "tickets": [{ "ticket_type": stage.seller.ticket_type, "quantity": 1 }],
        })
    } else if path.ends_with("/webhook_endpoints") {
        json!({ "url": "https://example.com/hooks", "events": ["order.paid"] })
    } else if path.ends_with("/events") {
        json!({ "title": "会" })
    } else if path.ends_with("/cancel") && path.contains("/events/") {
        json!({ "dry_run": true })
    } else {
        json!({})
    };
    body.to_string()
}

/// Forms say whom their page was made for: what was chosen in another tab since does not move them.
#[tokio::test]
async fn a_form_acts_for_the_organizer_that_it_was_shown_for() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    let other = stage.server.seller(1, 1).await;
    let (own, theirs) = (stage.seller.organizer, other.organizer);
    let sql = format!(
        "insert into members (organizer_id, user_id, role, created_at) values ('{}', '{}', 'owner', now())",
        theirs.uuid(),
        stage.user
    );
    stage.run(&sql).await;
    let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
    let page = visitor.get("/o/settings/members").await;
    assert!(page.body.contains(&format!("/api/members/invite?for={own}")), "{}", page.body);
    assert!(page.body.contains("organizer-acting"), "whose pages these are");
    let chosen = format!("organizer={theirs}");
    assert!(visitor.send("/api/members/act_for", &chosen).await.status.is_redirection());
    let form = "email=new%40example.com&role=viewer";
    let invited = visitor.send(&format!("/api/members/invite?for={own}"), form).await;
    assert!(invited.status.is_redirection(), "{}", invited.body);
    let whose = "select organizer_id from invitations";
    assert_eq!(stage.look(whose).await, own.uuid().to_string());
    // A form that names nobody is not guessed at.
    let unnamed = visitor.send("/api/members/invite", form).await;
    assert_eq!(unnamed.status, StatusCode::NOT_FOUND);
    // Removed meanwhile: nothing falls over to the other organizer.
    stage
        .run(&format!(
            "delete from members where organizer_id = '{}' and user_id = '{}'",
            own.uuid(),
            stage.user
        ))
        .await;
    let late = visitor.send(&format!("/api/members/invite?for={own}"), form).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.look("select count(*) from invitations").await, "1");
}

/// Who only helps others still makes an organizer of the own, and sees nothing of the others' settings.
#[tokio::test]
async fn a_helper_makes_an_organizer_of_the_own() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    stage.become_role(Role::Reception).await;
    let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
    assert_eq!(visitor.get("/o/profile").await.status, StatusCode::FORBIDDEN);
    assert!(visitor.get("/o").await.body.contains("/o/profile?new=1"));
    let empty = visitor.get("/o/profile?new=1").await;
    assert_eq!(empty.status, StatusCode::OK);
    let form = "kind=individual&display_name=own&contact_email=own%40example.com";
    let change = format!("/api/account/save_profile?for={}", stage.seller.organizer);
    assert_eq!(visitor.send(&change, form).await.status, StatusCode::FORBIDDEN);
    let made = visitor.send("/api/account/save_profile", form).await;
    assert!(made.status.is_redirection(), "{}", made.body);
    let twice = visitor.send("/api/account/save_profile", form).await;
    assert!(twice.status.is_redirection(), "{}", twice.body);
    let owned =
        format!("select count(*) from members where role = 'owner' and user_id = '{}'", stage.user);
    assert_eq!(stage.look(&owned).await, "1");
    let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
    assert!(
        visitor.get("/o").await.body.contains("/o/events/new"),
        "the pages are about the new one"
    );
}

/// An answer that was kept is for keys that could have asked for it.
#[tokio::test]
async fn what_was_answered_before_is_not_told_to_a_key_without_the_scope() {
    let stage = Stage::new().await;
    let deps = &stage.server.app.deps;
    let user = domain::ids::UserId::from_uuid(stage.user.parse().expect("an id"));
    let access = operations::access::member_access(deps, user, stage.seller.organizer).await;
    let access = access.expect("access");
    let path = format!("/api/v1/events/{}/orders", stage.seller.event);
    let body = body_of(&stage, &path);
    let named = [("idempotency-key", "one")];
    let placed = stage.server.call_with(&stage.seller, (Method::POST, &path), &body, &named).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let key = create_api_key(deps, &access, "r", &[Scope::OrdersRead], KeyLife::Month).await;
    let mut reader = stage.seller.clone();
    reader.api_key = key.expect("a key").secret;
    let again = stage.server.call_with(&reader, (Method::POST, &path), &body, &named).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN, "{}", again.body);
    let order = format!("/api/v1/orders/{}", stage.order);
    let read = stage.server.call(&reader, Method::GET, &order, &json!({})).await.json();
    assert!(read.pointer("/status_url").is_some_and(serde_json::Value::is_null), "{read}");
}

#[tokio::test]
async fn who_is_removed_is_out_at_once() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
    assert_eq!(visitor.get("/o").await.status, StatusCode::OK);
    let path = format!("/api/v1/events/{}", stage.seller.event);
    let read = stage.server.call(&stage.seller, Method::GET, &path, &json!({})).await;
    assert_eq!(read.status, StatusCode::OK);
    let deps = &stage.server.app.deps;
    let other = "select user_id from users where email = 'other@example.com'";
    let other = domain::ids::UserId::from_uuid(stage.look(other).await.parse().expect("an id"));
    let owner = operations::access::member_access(deps, other, stage.seller.organizer).await;
    let user = domain::ids::UserId::from_uuid(stage.user.parse().expect("an id"));
    let seat = operations::members::Seat { user, event: None };
    operations::members::remove(deps, &owner.expect("access"), seat).await.expect("removed");
    let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
    let page = visitor.get(&format!("/o/events/{}", stage.seller.event)).await;
    assert_eq!(page.header("location"), "/o/profile", "{}", page.status);
    let read = stage.server.call(&stage.seller, Method::GET, &path, &json!({})).await;
    assert_eq!(read.status, StatusCode::UNAUTHORIZED, "the key works on");
}
