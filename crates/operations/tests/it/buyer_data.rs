//! Personal data of participants: told to whom they belong, erased on request and with the time, and erased everywhere.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::buyer_data::{RETENTION_DAYS_DEFAULT, StillNeeded};
use domain::cancel_policy::Preset;
use domain::ids::{DisputeId, Id, PaymentId};
use domain::money::Money;
use domain::order::OrderStatus;
use domain::permission::Role;
use operations::access::member_access;
use operations::buyer_data::erase::erase_by_organizer;
use operations::buyer_data::retention::{RetentionError, retention_days, set_retention};
use operations::buyer_data::{BuyerDataError, ask, for_buyer, for_organizer, refuse, take_out};
use operations::cancellations::cancel::{CancelForParticipant, cancel_for_participant};
use operations::cancellations::figures::Which;
use operations::disputes::evidence::{add_file, add_text};
use operations::disputes::record_end;
use operations::events::dashboard::{Todo, dashboard};

use operations::orders::list::{OrderQuery, PageStart, list};
use operations::orders::place::{PlacedOrder, place_order};
use operations::recurring;
use operations::refunds::request::{RequestRefund, refund_by_hand, request_refund};
use serde_json::json;
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, pay_url, payment_of, status_of};
use time::Duration;

use crate::cancellations::{on_sale_under, participant, ticket_codes};

mod late;

/// The person, in everything that person types.
const NAME: &str = "Zzyzx Markova";
const EMAIL: &str = "Zzyzx.Markova@erase.example";
/// Any of these betrays the person.
const MARK: &str = "zzyzx";

/// Where the story below leaves the person.
const PLACES: [&str; 24] = [
    "orders.buyer_name",
    "orders.buyer_email",
    "orders.search_text",
    "tickets.attendee_name",
    "mails.recipient",
    "mails.subject",
    "mails.text_body",
    "mails.html_body",
    "mails.last_error",
    "cancellations.reason",
    "refunds.reason",
    "return_requests.note",
    "return_requests.answer",
    "refunds.hand_note",
    "dispute_evidence.body",
    "dispute_evidence.file_name",
    "outbox_messages.payload",
    "payments.method_details",
    "payments.hosted_url",
    "statement_lines.payer",
    "statement_lines.memo",
    "statement_lines.note",
    "webhook_attempts.response_body",
    "webhook_events.body",
];

async fn marked_order(app: &TestApp, sale: &Sale, n: u32) -> PlacedOrder {
    let mut wish = sale.wish(n);
    wish.buyer_name = NAME.to_owned();
    wish.buyer_email = EMAIL.to_owned();
    let order = place_order(&app.deps, wish).await.unwrap();
    app.pay_by_card(&pay_url(&order)).await;
    app.until(&status_of(&order), "paid").await;
    order
}

/// Every column of every table, and in how many rows of it the person stands, by text, JSON, arrays or bytes.
async fn columns_with(app: &TestApp, mark: &str) -> BTreeMap<String, i64> {
    let url = &app.database_url;
    let all = "select string_agg(table_name || '.' || column_name, ' ' order by table_name, column_name)
               from information_schema.columns
               where table_schema = 'public'
                 and table_name in (select table_name from information_schema.tables
                                    where table_schema = 'public' and table_type = 'BASE TABLE')
                 and data_type in ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'ARRAY')";
    let columns = database::look(url, all).await;
    let columns: Vec<&str> = columns.split(' ').collect();
    assert!(columns.len() > 200, "the whole schema: {}", columns.len());
    // Bytes are told as hexadecimal digits.
    let bytes: String = mark.bytes().map(|it| format!("{it:02x}")).collect();
    let title: String = mark[..1].to_uppercase().bytes().map(|it| format!("{it:02x}")).collect();
    let rest = &bytes[2..];
    let questions: Vec<String> = columns
        .iter()
        .map(|column| {
            let (table, name) = column.split_once('.').unwrap();
            format!(
                "select '{column}' as place, count(*) as n from \"{table}\" where
                 lower(\"{name}\"::text) like '%{mark}%' or \"{name}\"::text like '%{bytes}%'
                 or \"{name}\"::text like '%{title}{rest}%'"
            )
        })
        .collect();
    let sql = format!(
        "select coalesce(string_agg(place || ' ' || n, ',' order by place), '')
         from ({}) found where n > 0",
        questions.join(" union all ")
    );
    let found = database::look(url, &sql).await;
    let found = found.split(',').filter(|it| !it.is_empty());
    found
        .map(|it| {
            let (place, n) = it.split_once(' ').unwrap();
            (place.to_owned(), n.parse().unwrap())
        })
        .collect()
}

/// Sends what waits, so that mails hold their text.
async fn settle(app: &TestApp) {
    app.until("select count(*) from mails where status = 'queued'", "0").await;
}

async fn day_after_the_event(app: &TestApp) {
    app.deps.clock.advance(Duration::days(32));
}

fn texts(order: &PlacedOrder) -> String {
    // What no operation of this story writes: other people's words, statements, errors.
    let id = order.order.uuid();
    format!(
        "insert into return_requests (return_request_id, order_id, organizer_id, event_id, status, note, answer, created_at, decided_at)
         select '{id}', order_id, organizer_id, event_id, 'rejected', '{NAME}', '{NAME}', now(), now() from orders
         where order_id = '{id}';
         update alerts set note = '{NAME}' where order_id = '{id}';
         update mails set last_error = '550 {EMAIL} unknown' where order_id = '{id}';
         update payments set method_details = method_details || '{{\"holder\": \"{NAME}\"}}',
                             hosted_url = 'https://pay.example/{MARK}' where order_id = '{id}';
         insert into webhook_events (webhook_event_id, provider, provider_event_id, kind, body, payment_id, status, received_at)
         select gen_random_uuid(), provider, 'evt-' || payment_id, 'payment.captured',
                convert_to('{{\"email\": \"{EMAIL}\"}}', 'UTF8'), payment_id, 'processed', now()
         from payments where order_id = '{id}';
         insert into statement_imports (statement_import_id, organizer_id, file_name, file_hash, format, n_lines, n_new, created_at)
         select '{id}', organizer_id, 'x.csv', 'x', 'csv', 1, 1, now() from orders where order_id = '{id}';
         insert into statement_lines (statement_line_id, statement_import_id, organizer_id, row_number, line_key, booked_on,
                                      direction, amount_minor, currency, payer, memo, bank_reference, status, order_id,
                                      payment_id, note, created_at)
         select gen_random_uuid(), '{id}', organizer_id, 1, 'x', current_date, 'in', captured_minor, 'JPY', '{NAME}', '{NAME}', '',
                'applied', order_id, payment_id, '{NAME}', now()
         from payments where order_id = '{id}' limit 1;
         insert into webhook_endpoints (webhook_endpoint_id, organizer_id, url, topics, secret, created_at, updated_at)
         select '{id}', organizer_id, 'https://example.com/hook', '{{order.paid}}', 'x', now(), now()
         from orders where order_id = '{id}';
         insert into webhook_deliveries (webhook_delivery_id, webhook_endpoint_id, outbox_message_id, message_id, topic, status,
                                         next_attempt_at, created_at)
         select '{id}', '{id}', min(outbox_message_id), gen_random_uuid(), 'order.paid', 'delivered', now(), now()
         from outbox_messages where order_id = '{id}';
         insert into webhook_attempts (webhook_delivery_id, ordinal, outcome, response_status, response_body, took_ms, at)
         values ('{id}', 1, 'accepted', 200, 'thanks, {NAME}', 5, now());"
    )
}

/// A long story: tickets cancelled with words, money back by hand with words, a chargeback with evidence, a wish.
async fn story(app: &TestApp, sale: &Sale) -> PlacedOrder {
    let order = marked_order(app, sale, 3).await;
    let access = sale.access(app).await;
    let code = ticket_codes(app, &order).await.remove(0);
    let wish = CancelForParticipant {
        which: Which::Codes(vec![code]),
        waives_fee: true,
        reason: format!("{NAME} is ill"),
        idempotency_key: None,
    };
    cancel_for_participant(&app.deps, &access, order.order, wish).await.unwrap();
    let payment = app.look(&payment_of(&order, "payment_id")).await;
    let payment = PaymentId::from_uuid(payment.parse().unwrap());
    let back = RequestRefund {
        payment,
        amount: Money::yen(100),
        reason: format!("for {NAME}"),
        cancels_order: false,
        idempotency_key: None,
    };
    refund_by_hand(&app.deps, &access, back.clone(), &format!("cash to {NAME}")).await.unwrap();
    request_refund(&app.deps, &access, back).await.unwrap();
    app.until("select count(*) from refunds where status <> 'succeeded'", "0").await;
    let name = app.look(&payment_of(&order, "provider_payment_id")).await;
    app.act(&name, "chargeback", json!({ "amount": 500 })).await;
    app.until("select status from disputes", "open").await;
    let dispute = app.look("select dispute_id from disputes").await;
    let dispute = DisputeId::from_uuid(dispute.parse().unwrap());
    add_text(&app.deps, &access, dispute, &format!("{NAME} came")).await.unwrap();
    let pdf = Bytes::from(format!("%PDF-1.7 {NAME}"));
    add_file(&app.deps, &access, dispute, &format!("{MARK}.pdf"), pdf).await.unwrap();
    let needed = for_organizer(&app.deps, &access, order.order).await.unwrap().needed;
    assert!(needed.contains(&StillNeeded::Dispute) && needed.contains(&StillNeeded::Coming));
    record_end(&app.deps, &access, dispute, false).await.unwrap();
    settle(app).await;
    order
}

#[tokio::test]
async fn nothing_of_a_person_is_left_in_any_table() {
    let (app, sale) = on_sale_under(Preset::DayBefore, 5500, 9).await;
    let order = story(&app, &sale).await;
    day_after_the_event(&app).await;
    let access = sale.access(&app).await;
    let deps = app.deps.of(&access);
    ask(&app.deps, &participant(&app, &order).await).await.unwrap();
    refuse(&deps, &access, order.order, &format!("not yet, {NAME}")).await.unwrap();
    ask(&app.deps, &participant(&app, &order).await).await.unwrap();
    settle(&app).await;
    database::run(&app.database_url, &texts(&order)).await;
    let books =
        "select md5(string_agg(e::text, ',' order by ledger_entry_id)) from ledger_entries e";
    let before = columns_with(&app, MARK).await;
    for place in PLACES {
        assert!(before.contains_key(place), "{place} is not looked at: {before:?}");
    }
    assert!(!before.contains_key("audit_entries.detail"), "the log repeats no words of people");
    let (was, files) = (
        app.look(books).await,
        "select count(*) from dispute_evidence where file_name is not null",
    );
    assert_eq!(app.look(files).await, "1");

    erase_by_organizer(&deps, &access, order.order).await.unwrap();
    app.run_jobs().await;
    let mut after = columns_with(&app, MARK).await;
    // A document that was issued says what it said: the law wants the copy as it was handed out.
    assert_eq!(after.remove("credit_notes.buyer_name"), Some(3));
    assert_eq!(after, BTreeMap::new());
    assert_eq!(app.look(books).await, was);
    assert_eq!(
        app.look("select sum(captured_minor) || ' ' || sum(refunds_minor) from payments").await,
        {
            let refunds = app.look("select sum(amount_minor) from refunds").await;
            format!("16500 {refunds}")
        }
    );
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    // What was made up above is no story that the check believes.
    let made_up = "delete from webhook_attempts; delete from webhook_deliveries; delete from webhook_endpoints;
                   delete from statement_lines; delete from statement_imports";
    database::run(&app.database_url, made_up).await;
    app.check().await;

    // Once more is nothing more, and leaves no second line.
    erase_by_organizer(&deps, &access, order.order).await.unwrap();
    let lines = "select count(*) from audit_entries where action = 'order.data_erased'";
    assert_eq!(app.look(lines).await, "1");
    for search in [MARK, "markova", "zzyzx.markova@erase.example"] {
        let query = OrderQuery {
            search: search.to_owned(),
            statuses: Vec::new(),
            start: PageStart::Newest,
        };
        let found = list(&deps, &access, sale.event, &query).await.unwrap();
        assert_eq!(found.orders.len(), 0, "{search}");
    }
    let standing = for_buyer(&app.deps, &participant(&app, &order).await).await.unwrap();
    assert!(standing.erased_at.is_some() && standing.request.is_none());
    // Its files are gone from where files are kept.
    let kept = walk(&app).await;
    assert!(!kept.iter().any(|it| it.contains("disputes/")), "{kept:?}");
}

/// The paths of everything in the store of files.
async fn walk(app: &TestApp) -> Vec<String> {
    use futures::TryStreamExt as _;
    let all: Vec<_> = app.deps.settings.files.list(None).try_collect().await.unwrap();
    all.into_iter().map(|it| it.location.to_string()).collect()
}

#[tokio::test]
async fn the_night_erases_what_is_over_and_leaves_what_is_open() {
    let (app, sale) = on_sale_under(Preset::Approval, 5500, 250).await;
    let done = marked_order(&app, &sale, 1).await;
    let open = marked_order(&app, &sale, 1).await;
    settle(&app).await;
    let note = "insert into return_requests (return_request_id, order_id, organizer_id, event_id, created_at)
                select gen_random_uuid(), order_id, organizer_id, event_id, now() from orders where order_id = ";
    database::run(&app.database_url, &format!("{note}'{}'", open.order.uuid())).await;
    let access = sale.access(&app).await;
    let default = retention_days(&app.deps, &access).await.unwrap();
    assert_eq!(default, RETENTION_DAYS_DEFAULT, "the setting tells what the table does");
    for refused in ["179", "2556", "soon"] {
        let result = set_retention(&app.deps, &access, refused).await;
        assert!(matches!(result, Err(RetentionError::OutOfBounds(_))), "{refused}");
    }
    set_retention(&app.deps, &access, "200").await.unwrap();
    let erased = "select count(*) from orders where erased_at is not null";
    app.deps.clock.advance(Duration::days(31 + 199));
    night(&app).await;
    assert_eq!(app.look(erased).await, "0", "its days are not over");
    app.deps.clock.advance(Duration::days(2));
    night(&app).await;
    assert_eq!(app.look(erased).await, "1");
    let which = "select order_id from orders where erased_at is not null";
    assert_eq!(app.look(which).await, done.order.uuid().to_string());
    assert_eq!(app.look("select count(data_erased_at) from events").await, "0");
    let by = "select actor_kind from audit_entries where action = 'order.data_erased'";
    assert_eq!(app.look(by).await, "system");
    // The next night after it was decided.
    database::run(&app.database_url, "update return_requests set status = 'rejected'").await;
    app.deps.clock.advance(Duration::days(1));
    night(&app).await;
    assert_eq!(app.look(erased).await, "2");
    assert_eq!(app.look("select count(data_erased_at) from events").await, "1");
    assert_eq!(columns_with(&app, MARK).await, BTreeMap::new());
    app.check().await;
}

/// One night: the recurring work is claimed, and its jobs run to their end.
async fn night(app: &TestApp) {
    recurring::schedule(&app.deps).await.unwrap();
    app.until("select count(*) from jobs where kind = 'erase_buyer_data'", "0").await;
}

#[tokio::test]
async fn more_orders_than_one_job_looks_at_are_erased_by_the_next() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 0, 300).await;
    for _ in 0..3 {
        sale.order(&app, 1).await;
    }
    // Many more of the same, quickly.
    let many = "insert into orders (order_id, organizer_id, event_id, code, status, buyer_name, buyer_email, locale, amount_minor,
                    tax_minor, currency, link_token, hold_expires_at, source, created_at, updated_at, search_text)
                select gen_random_uuid(), organizer_id, event_id, 'X' || n, 'cancelled', 'x', 'x@example.com', 'ja', 0, 0, 'JPY',
                       md5(n::text), now(), 'web', now(), now(), 'x'
                from orders, generate_series(1, 230) n where order_id = (select min(order_id::text)::uuid from orders)";
    database::run(&app.database_url, many).await;
    let long_ago = "update events set starts_at = now() - interval '3 years', ends_at = now() - interval '3 years';
                    update orders set paid_at = now() - interval '3 years'";
    database::run(&app.database_url, long_ago).await;
    night(&app).await;
    assert_eq!(app.look("select count(*) from orders where erased_at is null").await, "0");
    assert_eq!(app.look("select count(data_erased_at) from events").await, "1");
}

#[tokio::test]
async fn the_file_of_a_person_holds_that_persons_orders_and_nobody_elses() {
    let (app, sale) = on_sale_under(Preset::DayBefore, 5500, 9).await;
    let first = story(&app, &sale).await;
    let second = marked_order(&app, &sale, 1).await;
    sale.paid_order(&app, 1).await;
    let other = on_sale(&app, 1000, 5).await;
    marked_order(&app, &other, 1).await;
    let access = sale.access(&app).await;
    let (_, told) =
        take_out::by_organizer(&app.deps.of(&access), &access, second.order).await.unwrap();
    let orders = told["orders"].as_array().unwrap();
    assert_eq!(orders.len(), 2, "not what the address ordered from others");
    let text = told.to_string();
    assert!(!text.contains("sato@example.com") && !text.contains("佐藤"));
    for part in [
        "order",
        "lines",
        "tickets",
        "payments",
        "refunds",
        "credit_notes",
        "disputes",
        "mails",
        "history",
    ] {
        assert!(!orders[0][part].is_null() && orders[0][part] != json!([]), "{part}");
    }
    let (code, own) =
        take_out::by_buyer(&app.deps, &participant(&app, &first).await).await.unwrap();
    assert_eq!(own["orders"].as_array().unwrap().len(), 1);
    assert_eq!(own.pointer("/orders/0/order/code").unwrap(), code.as_str());
    let lines = "select string_agg(actor_kind, ' ' order by audit_entry_id) from audit_entries where action = 'order.data_exported'";
    assert_eq!(app.look(lines).await, "user buyer");
    // Another organizer finds no such order.
    let stranger = other.access(&app).await;
    let refused = take_out::by_organizer(&app.deps.of(&stranger), &stranger, first.order).await;
    assert!(matches!(refused, Err(BuyerDataError::NotFound)), "{refused:?}");
    let refused = erase_by_organizer(&app.deps.of(&stranger), &stranger, first.order).await;
    assert!(matches!(refused, Err(BuyerDataError::NotFound)), "{refused:?}");
}

#[tokio::test]
async fn a_wish_is_a_task_and_a_mail_and_is_answered() {
    let (app, sale) = on_sale_under(Preset::DayBefore, 5500, 9).await;
    let order = marked_order(&app, &sale, 1).await;
    let buyer = participant(&app, &order).await;
    let access = sale.access(&app).await;
    let deps = app.deps.of(&access);
    ask(&app.deps, &buyer).await.unwrap();
    ask(&app.deps, &buyer).await.unwrap();
    let told = "select count(*) from mails where kind = 'erasure_to_decide' and status = 'sent' and recipient = 'tanaka@example.com'";
    app.until(told, "1").await;
    let board = dashboard(&deps, &access, sale.event).await.unwrap();
    let wanted = Todo::EraseBuyers { n: 1, first: order.order };
    assert!(board.todos.contains(&wanted), "{:?}", board.todos);
    // The tickets are for an event to come.
    let refused = erase_by_organizer(&deps, &access, order.order).await;
    assert!(
        matches!(&refused, Err(BuyerDataError::StillNeeded(why)) if *why == [StillNeeded::Coming]),
        "{refused:?}"
    );
    for malformed in ["", " ", "\u{7}"] {
        let refused = refuse(&deps, &access, order.order, malformed).await;
        assert!(matches!(refused, Err(BuyerDataError::MalformedAnswer)), "{malformed:?}");
    }
    refuse(&deps, &access, order.order, "after the party").await.unwrap();
    let standing = for_buyer(&app.deps, &buyer).await.unwrap();
    assert!(!standing.is_asked());
    assert_eq!(standing.request.unwrap().answer, "after the party");
    assert!(!dashboard(&deps, &access, sale.event).await.unwrap().todos.contains(&wanted));
    // Treasurers see orders, and erase nobody.
    let to = format!("update members set role = '{}'", Role::Treasurer);
    let owner = "insert into users (user_id, email, email_key, created_at) values (gen_random_uuid(), 'o@x.y', 'o@x.y', now());
                 insert into members (organizer_id, user_id, role, created_at)
                 select organizer_id, (select user_id from users where email = 'o@x.y'), 'owner', now() from organizers";
    database::run(&app.database_url, owner).await;
    let keep = format!("{to} where user_id = '{}'", sale.user.uuid());
    database::run(&app.database_url, &keep).await;
    day_after_the_event(&app).await;
    let treasurer = member_access(&app.deps, sale.user, sale.organizer).await.unwrap();
    assert!(for_organizer(&deps, &treasurer, order.order).await.is_ok());
    let refused = erase_by_organizer(&deps, &treasurer, order.order).await;
    assert!(matches!(refused, Err(BuyerDataError::NotFound)), "{refused:?}");
    assert_eq!(app.look(&status_of(&order)).await, OrderStatus::Paid.as_str());
}
