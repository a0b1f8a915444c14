//! What belongs to another organizer is not there: at any function, page, file, upload and route of the API, for whoever
//! may do everything at home.

use domain::ids::{DisputeId, Id, ReturnRequestId, UserId};
use http::{Method, Request, StatusCode, header};
use operations::access::member_access;
use operations::api_keys::{KeyLife, Scope, create_api_key};
use operations::demo::DemoEvent;
use serde_json::json;

use super::{STATE, Stage, UNUSED, body_of, nothing};
use crate::harness::Harness;
use crate::refunds::{Visitor, text};
use crate::{permission_scan, permission_table};

/// Doors that find the form incomplete before they look for what it names, and say so.
const FORM_FIRST: [&str; 6] = [
    "/api/buyer_data/refuse",
    "/api/cancel_policies/save",
    "/api/disputes/add_text",
    "/api/disputes/end",
    "/api/event_cancellation/begin",
    "/api/events/autosave",
];

const A_FILE: &str = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\
                      Content-Type: application/pdf\r\n\r\n%PDF-1.4\n%%EOF\r\n";

/// Another organizer with a paid order, a part of which went back.
pub(super) struct Other {
    pub(super) seller: DemoEvent,
    pub(super) order: String,
    payment: String,
    refund: String,
    pub(super) endpoint: String,
}

impl Other {
    pub(super) async fn new(server: &Harness) -> Self {
        let seller = server.seller(5, 3000).await;
        let wish = json!({
            "buyer": { "name": "鈴木 次郎", "email": "suzuki@example.com" }, "method": "credit_card",
            "tickets": [{ "ticket_type": seller.ticket_type, "quantity": 1 }],
        });
        let path = format!("/api/v1/events/{}/orders", seller.event);
        let placed = server.call(&seller, Method::POST, &path, &wish).await.json();
        server.app.pay_by_card(text(&placed, "/pay_url")).await;
        let whose = format!("where organizer_id = '{}'", seller.organizer.uuid());
        server.app.until(&format!("select status from orders {whose}"), "paid").await;
        let order = text(&placed, "/id").to_owned();
        let path = format!("/api/v1/orders/{order}");
        let read = server.call(&seller, Method::GET, &path, &json!({})).await.json();
        let payment = text(&read, "/payments/0/id").to_owned();
        let path = format!("/api/v1/payments/{payment}/refunds");
        let back = json!({ "amount": 1000 });
        let refund = server.call(&seller, Method::POST, &path, &back).await.json();
        let hook = json!({ "url": "https://example.com/hooks", "events": ["order.paid"] });
        let path = "/api/v1/webhook_endpoints";
        let endpoint = server.call(&seller, Method::POST, path, &hook).await.json();
        server.app.until(&format!("select status from refunds {whose}"), "succeeded").await;
        server.app.run_jobs().await;
        Self {
            order,
            payment,
            refund: text(&refund, "/id").to_owned(),
            endpoint: text(&endpoint, "/id").to_owned(),
            seller,
        }
    }

    fn filled(&self, path: &str) -> String {
        path.replace(":event", &self.seller.event.to_string())
            .replace(":order", &self.order)
            .replace(":endpoint", &self.endpoint)
            .replace(":dispute", &nothing(DisputeId::PREFIX))
            .replace(":number", "1")
    }
}

#[tokio::test]
async fn no_door_finds_what_is_another_organizers() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    let other = Other::new(&stage.server).await;
    let before = stage.look(STATE).await;
    let form = format!(
        "event={}&order={}&refund={}&endpoint={}&dispute={}&request={}",
        other.seller.event,
        other.order,
        other.refund,
        other.endpoint,
        nothing(DisputeId::PREFIX),
        nothing(ReturnRequestId::PREFIX)
    );
    let about = ["Event", "Order", "Refund", "Dispute", "ReturnRequest"];
    let functions = permission_scan::functions();
    let named = functions.iter().filter(|it| about.contains(&it.on.as_str()));
    let (mut n_asked, mut form_first) = (0, Vec::new());
    for door in named {
        let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
        let answer = visitor.send(&door.path, &form).await;
        n_asked += 1;
        if answer.status != StatusCode::NOT_FOUND {
            let is_refused = answer.status.is_redirection() || answer.status.is_client_error();
            assert!(is_refused, "{}: {}", door.path, answer.status);
            form_first.push(door.path.as_str());
        }
    }
    assert!(n_asked > 30, "{n_asked}");
    form_first.sort_unstable();
    assert_eq!(form_first, FORM_FIRST);
    // Named by its own id, and about the organizer as a whole.
    for path in ["remove", "rotate_secret", "switch", "test"] {
        let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
        let path = format!("/api/webhook_endpoints/{path}");
        assert_eq!(visitor.send(&path, &form).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for (path, _) in [permission_table::PAGES, permission_table::FILES].concat() {
        let is_named = [":event", ":order", ":endpoint"].iter().any(|it| path.contains(it));
        if !is_named {
            continue;
        }
        let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
        let answer = visitor.get(&other.filled(path)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.body.contains("鈴木"), "{path}");
    }
    for (path, _) in permission_table::UPLOADS.iter().filter(|it| it.0.contains(':')) {
        let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
        let answer = visitor.upload(&other.filled(path), A_FILE).await;
        // A door for pictures says first that this is none.
        let wanted = if path.ends_with("/cover") { 303 } else { 404 };
        assert_eq!(answer.status.as_u16(), wanted, "{path}");
    }
    assert_eq!(stage.look(STATE).await, before, "something of somebody was changed");
}

#[tokio::test]
async fn no_route_of_the_api_finds_what_is_another_organizers() {
    let stage = Stage::new().await;
    let other = Other::new(&stage.server).await;
    let deps = &stage.server.app.deps;
    let user = UserId::from_uuid(stage.user.parse().expect("an id"));
    let access = member_access(deps, user, stage.seller.organizer).await.expect("access");
    let key = create_api_key(deps, &access, "all", Scope::ALL, KeyLife::Month).await;
    let key = key.expect("a key").secret;
    let doors = permission_scan::api();
    let named: Vec<_> = doors.iter().filter(|it| it.path.contains("{id}")).collect();
    assert!(named.len() > 10, "{}", named.len());
    stage.run(UNUSED).await;
    let before = stage.look(STATE).await;
    for door in named {
        let path = door
            .path
            .replace("/events/{id}", &format!("/events/{}", other.seller.event))
            .replace("/orders/{id}", &format!("/orders/{}", other.order))
            .replace("/payments/{id}", &format!("/payments/{}", other.payment))
            .replace("/payouts/{id}", "/payouts/po_00000000000000000000000000")
            .replace("/webhook_endpoints/{id}", &format!("/webhook_endpoints/{}", other.endpoint));
        let request = Request::builder()
            .method(door.method.to_uppercase().as_str())
            .uri(&path)
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body_of(&stage, &path).into())
            .expect("a request");
        let answer = stage.server.send(request).await;
        let shown = format!("{} {path}: {}", door.method, answer.body);
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{shown}");
    }
    stage.run(UNUSED).await;
    assert_eq!(stage.look(STATE).await, before, "something of somebody was changed");
}
