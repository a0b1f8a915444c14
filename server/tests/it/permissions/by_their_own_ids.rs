//! What is named by an id of its own, and not by its event or order: another organizer's payout, account, alert, line of a
//! statement, dispute, wish, invitation, key or member is not there, and stays as it is.

use domain::ids::{
    AlertId, ApiKeyId, DisputeId, Id, InvitationId, PayoutId, PublishableKeyId, ReturnRequestId,
    StatementLineId, UserId, WebhookDeliveryId,
};
use domain::permission::Role;
use http::{Method, StatusCode};
use operations::members::invitations::{Invite, invite};
use operations::publishable_keys;
use serde_json::json;
use uuid::Uuid;
use words::lang::Lang;

use super::of_others::Other;
use super::{STATE, Stage, UNUSED};
use crate::refunds::Visitor;

/// Rows that take long ways to come about, as they stand after them; without the triggers that want the ways, too.
const ROWS: &str = "
    set session_replication_role = replica;
    insert into bank_accounts (bank_account_id, organizer_id, sealed, bank_name, branch_name, number_tail, created_by, created_at)
        select gen_random_uuid(), organizer_id, '', 'みずほ', '本店', '567', user_id, now() from members where organizer_id = :organizer;
    insert into payouts (payout_id, organizer_id, code, status, amount_minor, currency, bank_account_id, prepared_by, created_at, updated_at)
        select gen_random_uuid(), organizer_id, 'PO-0001', 'draft', 1000, 'JPY', bank_account_id, created_by, now(), now()
        from bank_accounts where organizer_id = :organizer;
    insert into alerts (alert_id, rule, dedupe_key, organizer_id, raised_at)
        values (gen_random_uuid(), 'mail_stuck', 'theirs', :organizer, now());
    insert into return_requests (return_request_id, order_id, organizer_id, event_id, created_at)
        select gen_random_uuid(), order_id, organizer_id, event_id, now() from orders where organizer_id = :organizer limit 1;
    insert into statement_imports (statement_import_id, organizer_id, file_name, file_hash, format, n_lines, n_new, created_at)
        values (gen_random_uuid(), :organizer, 'a.csv', '\\x00', 'csv', 1, 1, now());
    insert into statement_lines (statement_line_id, statement_import_id, organizer_id, row_number, line_key, booked_on, direction,
                                 amount_minor, currency, payer, memo, bank_reference, status, created_at)
        select gen_random_uuid(), statement_import_id, organizer_id, 1, '\\x01', current_date, 'in', 3000, 'JPY', 'スズキ', '', '',
               'open', now() from statement_imports where organizer_id = :organizer;
    insert into webhook_deliveries (webhook_delivery_id, webhook_endpoint_id, outbox_message_id, message_id, topic, status,
                                    next_attempt_at, created_at)
        select gen_random_uuid(), webhook_endpoint_id, (select max(outbox_message_id) from outbox_messages), gen_random_uuid(),
               'order.paid', 'failed', now(), now() from webhook_endpoints where organizer_id = :organizer";

/// The id of another organizer's row, as addresses and forms write it.
async fn id<T: Id + ToString>(stage: &Stage, other: &Other, table: &str, column: &str) -> String {
    let organizer = other.seller.organizer.uuid();
    let whose = format!("where organizer_id = '{organizer}' limit 1");
    let sql = format!("select {column}::text from {table} {whose}");
    let found: Uuid = stage.look(&sql).await.parse().unwrap_or_else(|_| panic!("no {table}"));
    T::from_uuid(found).to_string()
}

/// A chargeback of the other's payment, and all the rows.
async fn furnish(stage: &Stage, other: &Other) {
    let server = &stage.server;
    let whose = format!("where organizer_id = '{}'", other.seller.organizer.uuid());
    let payment = stage.look(&format!("select provider_payment_id from payments {whose}")).await;
    server.app.act(&payment, "chargeback", json!({ "amount": 500 })).await;
    server.app.until(&format!("select count(*) from disputes {whose}"), "1").await;
    let organizer = format!("'{}'", other.seller.organizer.uuid());
    stage.run(&ROWS.replace(":organizer", &organizer)).await;
    let owner = server.owner(&other.seller).await;
    let wish = Invite { email: "", role: Role::Viewer, event: None, lang: Lang::Ja };
    invite(&server.app.deps, &owner, wish).await.expect("an invitation");
    let site = "https://club.example";
    publishable_keys::create(&server.app.deps, &owner, "club", site).await.expect("a key");
}

/// The other's row of a table, by its id.
async fn at(stage: &Stage, other: &Other, table: &str) -> String {
    match table {
        "payouts" => id::<PayoutId>(stage, other, table, "payout_id").await,
        "alerts" => id::<AlertId>(stage, other, table, "alert_id").await,
        "statement_lines" => id::<StatementLineId>(stage, other, table, "statement_line_id").await,
        "disputes" => id::<DisputeId>(stage, other, table, "dispute_id").await,
        "return_requests" => id::<ReturnRequestId>(stage, other, table, "return_request_id").await,
        "invitations" => id::<InvitationId>(stage, other, table, "invitation_id").await,
        "api_keys" => id::<ApiKeyId>(stage, other, table, "api_key_id").await,
        "publishable_keys" => {
            id::<PublishableKeyId>(stage, other, table, "publishable_key_id").await
        }
        "members" => id::<UserId>(stage, other, table, "user_id").await,
        "webhook_deliveries" => {
            let table = "webhook_deliveries join webhook_endpoints using (webhook_endpoint_id)";
            id::<WebhookDeliveryId>(stage, other, table, "webhook_delivery_id").await
        }
        other => panic!("no ids of {other}"),
    }
}

/// Whole forms about what is the other's.
async fn forms(stage: &Stage, other: &Other) -> Vec<(&'static str, String)> {
    let at = async |table: &str| at(stage, other, table).await;
    let (payout, line, dispute) =
        (at("payouts").await, at("statement_lines").await, at("disputes").await);
    let (member, order) = (at("members").await, &other.order);
    vec![
        ("/api/payouts/approve", format!("payout={payout}&amount=1000")),
        ("/api/payouts/cancel", format!("payout={payout}")),
        ("/api/alerts/act", format!("alert={}&action=accept&note=x", at("alerts").await)),
        ("/api/statements/accept", format!("line={line}&order={order}")),
        ("/api/statements/refuse", format!("line={line}&order={order}")),
        ("/api/statements/choose", format!("line={line}&code=ABCD2345")),
        ("/api/statements/dismiss", format!("line={line}&note=x")),
        ("/api/disputes/add_text", format!("dispute={dispute}&body=x")),
        ("/api/disputes/mark_sent", format!("dispute={dispute}")),
        ("/api/disputes/end", format!("dispute={dispute}&result=lost")),
        (
            "/api/return_requests/decide",
            format!(
                "event={}&request={}&verdict=approve",
                stage.seller.event,
                at("return_requests").await
            ),
        ),
        ("/api/members/revoke_invitation", format!("invitation={}", at("invitations").await)),
        ("/api/members/change_role", format!("user={member}&role=viewer")),
        ("/api/members/remove", format!("user={member}")),
        ("/api/api_keys/revoke", format!("key={}", at("api_keys").await)),
        ("/api/publishable_keys/revoke", format!("key={}", at("publishable_keys").await)),
        (
            "/api/webhook_endpoints/resend",
            format!("endpoint={}&delivery={}", other.endpoint, at("webhook_deliveries").await),
        ),
    ]
}

#[tokio::test]
async fn nothing_of_another_organizer_is_found_by_its_own_id() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    let other = Other::new(&stage.server).await;
    furnish(&stage, &other).await;
    let forms = forms(&stage, &other).await;
    let (payout, dispute) =
        (at(&stage, &other, "payouts").await, at(&stage, &other, "disputes").await);
    let pages = [
        format!("/o/payouts/{payout}"),
        format!("/o/payouts/{payout}/statement.csv"),
        format!("/o/disputes/{dispute}"),
    ];
    stage.run(UNUSED).await;
    let before = stage.look(STATE).await;
    for (path, form) in &forms {
        let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
        let answer = visitor.send(path, form).await;
        let shown = format!("{path}: {} {}", answer.status, answer.header("location"));
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{shown}");
    }
    for path in &pages {
        let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
        assert_eq!(visitor.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let path = format!("/api/v1/payouts/{payout}");
    let read = stage.server.call(&stage.seller, Method::GET, &path, &json!({})).await;
    assert_eq!(read.status, StatusCode::NOT_FOUND);
    stage.run(UNUSED).await;
    assert_eq!(stage.look(STATE).await, before, "something of somebody was changed");
    // They are there for their own organizer.
    let read = stage.server.call(&other.seller, Method::GET, &path, &json!({})).await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.body);
}
