//! Every mail in both languages, as files that a person can read beside the change that altered them.

use std::sync::Arc;

use domain::cancel_policy::{CancelMode, Preset, Terms};
use domain::ids::{
    CancellationId, EventId, Id, InvitationId, OrderId, OrganizerId, RefundId, ReturnRequestId,
};
use domain::money::Money;
use domain::payment::PaymentMethod;
use domain::permission::Role;
use domain::return_request::ReturnRequestStatus;
use domain::tax::TaxRate;
use expect_test::expect_file;
use serde_json::json;
use store::cancellations::Cancellation;
use store::invitations::Invitation;
use store::read::mail_order::{MailEvent, MailLine, MailTicket};
use store::return_requests::ReturnRequest;
use time::Duration;
use time::macros::datetime;
use uuid::Uuid;

use super::*;
use crate::PlacesGuard;
use crate::mails::{html, text};

fn settings() -> Settings {
    Settings {
        alert_grace: Duration::minutes(domain::limits::ALERT_GRACE_MINUTES),
        public_url: "https://pay.example.com".to_owned(),
        hold: Duration::minutes(30),
        files: Arc::new(object_store::memory::InMemory::new()),
        mail_from: "EventPay <tickets@example.com>".to_owned(),
        administrators: Vec::new(),
        secret: String::new(),
        previous_secrets: Vec::new(),
        requester: None,
        audit: crate::audit::archive::Retention::default(),
        places_guard: PlacesGuard::On,
        crash_at: None,
    }
}

fn order_in(status: OrderStatus) -> MailOrder {
    let is_paid = status == OrderStatus::Paid;
    let ticket = |code: &str, name: &str, ticket_type: &str| MailTicket {
        code: code.to_owned(),
        attendee_name: name.to_owned(),
        ticket_type: ticket_type.to_owned(),
    };
    let line = |name: &str, quantity, amount| MailLine {
        name: name.to_owned(),
        quantity,
        amount: Money::yen(amount),
        tax_rate: TaxRate::STANDARD,
    };
    let tickets = vec![ticket("K7M2Q4XW", "佐藤 健", "一般"), ticket("P3RT9HDA", "", "学生")];
    MailOrder {
        order: OrderId::from_uuid(Uuid::from_u128(1)),
        code: "K7M2Q".to_owned(),
        status,
        buyer_name: "佐藤 健".to_owned(),
        amount: Money::yen(8500),
        fee: Money::yen(0),
        tax: Money::yen(772),
        link_token: "0123456789abcdefghijklmnopqrstuv".to_owned(),
        hold_expires_at: datetime!(2026-11-21 10:30 UTC),
        created_at: datetime!(2026-11-21 10:00 UTC),
        paid_at: None,
        ended_at: None,
        end_reason: None,
        captured: Money::yen(if is_paid { 8500 } else { 0 }),
        going_back: Money::yen(0),
        needs_account: false,
        is_held_back: false,
        is_unconfirmed: false,
        paid_by: None,
        cancel_mode: CancelMode::SelfService,
        cancel_terms: vec![(String::new(), Preset::DayBefore.policy().general)],
        event: MailEvent {
            id: EventId::from_uuid(Uuid::from_u128(1)),
            slug: "bonenkai-2026".to_owned(),
            title: "営業二課 忘年会 <2026>".to_owned(),
            place_name: "いろり 丸の内店".to_owned(),
            place_address: "東京都千代田区丸の内1-2-3".to_owned(),
            starts_at: Some(datetime!(2026-12-18 10:00 UTC)),
            ends_at: Some(datetime!(2026-12-18 12:30 UTC)),
            time_zone: "Asia/Tokyo".to_owned(),
        },
        organizer_name: "営業二課 幹事".to_owned(),
        organizer_email: "kanji@example.com".to_owned(),
        lines: vec![line("一般", 1, 5500), line("学生", 1, 3000)],
        tickets: if is_paid { tickets } else { Vec::new() },
    }
}

fn payment(method: PaymentMethod, method_details: serde_json::Value) -> MailPayment {
    MailPayment {
        status: PaymentStatus::Authorized,
        method: Some(method),
        method_details,
        amount: Money::yen(8500),
        method_fee: Money::yen(190),
        deadline_at: Some(datetime!(2026-11-24 14:59:59 UTC)),
    }
}

fn konbini() -> MailPayment {
    let details =
        json!({ "store": "lawson", "receipt": "12345678", "confirmation_code": "400008" });
    payment(PaymentMethod::Konbini, details)
}

fn refund(amount: i64, method: PaymentMethod) -> MailRefund {
    MailRefund {
        status: RefundStatus::Succeeded,
        amount: Money::yen(amount),
        method: Some(method),
        reason: None,
        way: RefundWay::Original,
        failure_code: None,
        succeeded_at: Some(datetime!(2026-11-22 3:00 UTC)),
    }
}

/// Compares the text of a letter with its file, in both languages.
fn check(name: &str, write: impl Fn(Lang) -> Letter) {
    for lang in Lang::ALL {
        let letter = write(lang);
        links_are_ours(&letter);
        let whole = format!("{}\n\n{}", letter.subject, text::render(&letter));
        expect_file![format!("snapshots/{name}.{}.txt", lang.code())].assert_eq(&whole);
    }
}

/// Whatever a letter is about, it leads nowhere but to us.
fn links_are_ours(letter: &Letter) {
    let (text, html) = (text::render(letter), html::render(letter));
    let targets = html.split("href=\"").skip(1).chain(html.split("src=\"").skip(1));
    let ours = "https://pay.example.com/";
    for target in targets {
        assert!(target.starts_with(ours), "{target}");
    }
    // In plain text a program may make a link of any address; the receiver's is its organizer's own.
    let known = [ours, "https://pay.example.com\n", "https://example.com/webhooks\n"];
    for (at, _) in text.match_indices("://") {
        let begins = text[..at].rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |it| it + 1);
        let told = format!("{}\n", &text[begins..]);
        assert!(known.iter().any(|it| told.starts_with(it)), "{told}");
    }
}

fn check_order(name: &str, matter: OrderMatter<'_>) {
    check(name, |lang| order(&settings(), matter, lang).unwrap());
}

fn matter(kind: MailKind, order: &MailOrder) -> OrderMatter<'_> {
    OrderMatter { kind, order, payment: None, refund: None, form: None }
}

fn invitation_for(event: Option<&str>) -> Invitation {
    Invitation {
        id: InvitationId::from_uuid(Uuid::from_u128(7)),
        organizer: OrganizerId::from_uuid(Uuid::from_u128(3)),
        organizer_name: "営業二課 幹事".to_owned(),
        event: event.map(|title| (EventId::from_uuid(Uuid::from_u128(4)), title.to_owned())),
        role: if event.is_some() { Role::Reception } else { Role::CoHost },
        email: "tanaka@example.com".to_owned(),
        email_key: "tanaka@example.com".to_owned(),
        invited_by: None,
        inviter_name: None,
        inviter_email: None,
        created_at: datetime!(2026-11-21 10:00 UTC),
        expires_at: datetime!(2026-11-28 10:00 UTC),
        accepted_at: None,
        revoked_at: None,
    }
}

#[test]
fn an_invitation() {
    let token = "0123456789ABCDEFGHIJKLMNOP";
    let whole = invitation_for(None);
    check("invitation", |lang| invitation(&settings(), (&whole, token), lang));
    let one = invitation_for(Some("営業二課 忘年会 <2026>"));
    check("invitation.event", |lang| invitation(&settings(), (&one, token), lang));
}

#[test]
fn the_login_link() {
    let link = LoginMatter {
        links: None,
        token: "0123456789abcdefghijklmnopqrstuv",
        expires_at: datetime!(2026-11-21 10:15 UTC),
    };
    check("login_link", |lang| login(&settings(), &link, lang));
}

#[test]
fn a_receiver_of_webhooks_that_was_switched_off() {
    let about = (WebhookEndpointId::from_uuid(Uuid::from_u128(3)), "https://example.com/webhooks");
    check("webhook_disabled", |lang| webhook_disabled(&settings(), about, lang));
    check("webhook_disabled.member", |lang| {
        may_be_turned_off(&settings(), webhook_disabled(&settings(), about, lang))
    });
}

#[test]
fn an_order_that_waits_for_its_payment() {
    let order = order_in(OrderStatus::Pending);
    check_order("order_received", matter(MailKind::OrderReceived, &order));
}

#[test]
fn an_order_that_its_organizer_looks_at_first() {
    let waiting = MailOrder { is_held_back: true, ..order_in(OrderStatus::Pending) };
    check_order("order_received.held_back", matter(MailKind::OrderReceived, &waiting));
    check_order("screening_to_decide", matter(MailKind::ScreeningToDecide, &waiting));
    let cleared = order_in(OrderStatus::Pending);
    check_order("payment_cleared", matter(MailKind::PaymentCleared, &cleared));
    let ended = order_in(OrderStatus::Expired);
    assert!(order(&settings(), matter(MailKind::PaymentCleared, &ended), Lang::Ja).is_none());
}

#[test]
fn how_to_pay() {
    let order = order_in(OrderStatus::AwaitingPayment);
    let bank = json!({
        "bank_name": "GMOあおぞらネット銀行", "bank_branch": "法人第二営業部", "bank_account_type": "普通",
        "bank_account_number": "1234567", "bank_account_name": "デジカ",
    });
    let pay_easy = json!({
        "pay_easy_bank_id": "58091", "pay_easy_customer_id": "12345678901", "pay_easy_confirmation_id": "123456",
    });
    for (name, payment) in [
        ("payment_instructions.konbini", konbini()),
        ("payment_instructions.bank_transfer", payment(PaymentMethod::BankTransfer, bank)),
        ("payment_instructions.pay_easy", payment(PaymentMethod::PayEasy, pay_easy)),
    ] {
        let matter = matter(MailKind::PaymentInstructions, &order);
        check_order(name, OrderMatter { payment: Some(&payment), ..matter });
    }
}

#[test]
fn an_address_that_nobody_confirmed_hears_of_nothing_else() {
    let waiting = MailOrder { is_unconfirmed: true, ..order_in(OrderStatus::Pending) };
    check_order("address_to_confirm", matter(MailKind::AddressToConfirm, &waiting));
    let ended = MailOrder { is_unconfirmed: true, ..order_in(OrderStatus::Expired) };
    for (kind, told) in [
        (MailKind::OrderReceived, &waiting),
        (MailKind::OrderLink, &waiting),
        (MailKind::AddressToConfirm, &ended),
        (MailKind::OrderExpired, &ended),
    ] {
        assert_eq!(order(&settings(), matter(kind, told), Lang::Ja), None, "{kind}");
    }
    let confirmed = order_in(OrderStatus::Pending);
    let late = matter(MailKind::AddressToConfirm, &confirmed);
    assert_eq!(order(&settings(), late, Lang::Ja), None);
}

#[test]
fn the_link_again_and_the_link_anew() {
    let paid = order_in(OrderStatus::Paid);
    check_order("order_link", matter(MailKind::OrderLink, &paid));
    check_order("order_link_renewed", matter(MailKind::OrderLinkRenewed, &paid));
}

#[test]
fn the_tickets() {
    let paid = order_in(OrderStatus::Paid);
    check_order("order_paid", matter(MailKind::OrderPaid, &paid));
    let free = MailOrder {
        amount: Money::yen(0),
        tax: Money::yen(0),
        captured: Money::yen(0),
        lines: vec![MailLine {
            name: "一般".to_owned(),
            quantity: 2,
            amount: Money::yen(0),
            tax_rate: TaxRate::NONE,
        }],
        ..paid
    };
    check_order("order_paid.free", matter(MailKind::OrderPaid, &free));
}

#[test]
fn money_back() {
    let paid = order_in(OrderStatus::Paid);
    let part = MailRefund {
        reason: Some("一品減ったため".to_owned()),
        ..refund(3000, PaymentMethod::CreditCard)
    };
    let refunded = matter(MailKind::Refunded, &paid);
    check_order("refunded", OrderMatter { refund: Some(&part), ..refunded });

    let by_hand = MailRefund { way: RefundWay::ByHand, ..refund(3000, PaymentMethod::Konbini) };
    let refunded = matter(MailKind::Refunded, &paid);
    check_order("refunded.by_hand", OrderMatter { refund: Some(&by_hand), ..refunded });

    let twice =
        MailRefund { status: RefundStatus::Processing, ..refund(8500, PaymentMethod::PayPay) };
    let credit = matter(MailKind::CreditReturned, &paid);
    check_order("credit_returned.twice", OrderMatter { refund: Some(&twice), ..credit });

    let expired = order_in(OrderStatus::Expired);
    let late =
        MailRefund { status: RefundStatus::NeedsAccount, ..refund(8500, PaymentMethod::Konbini) };
    let credit = matter(MailKind::CreditReturned, &expired);
    check_order("credit_returned.late", OrderMatter { refund: Some(&late), ..credit });
}

#[test]
fn where_money_shall_go() {
    let paid = order_in(OrderStatus::Paid);
    let form = FormLink {
        token: "0123456789abcdefghijklmnopqrstuv".to_owned(),
        expires_at: datetime!(2026-12-05 3:00 UTC),
    };
    let first = MailRefund {
        status: RefundStatus::NeedsAccount,
        succeeded_at: None,
        ..refund(8500, PaymentMethod::Konbini)
    };
    let again = MailRefund { failure_code: Some("account_rejected".to_owned()), ..first.clone() };
    let asked = OrderMatter { form: Some(&form), ..matter(MailKind::AccountNeeded, &paid) };
    check_order("account_needed", OrderMatter { refund: Some(&first), ..asked });
    check_order("account_needed.again", OrderMatter { refund: Some(&again), ..asked });
    // Given in the meantime, or the link has ended.
    let given = MailRefund { status: RefundStatus::Requested, ..first.clone() };
    let stale = OrderMatter { refund: Some(&given), ..asked };
    assert_eq!(order(&settings(), stale, Lang::Ja), None);
    let ended = OrderMatter { refund: Some(&first), form: None, ..asked };
    assert_eq!(order(&settings(), ended, Lang::Ja), None);
}

#[test]
fn an_order_that_ended() {
    let cancelled = MailOrder {
        end_reason: Some("台風のため中止します".to_owned()),
        ..order_in(OrderStatus::Cancelled)
    };
    check_order("order_cancelled", matter(MailKind::OrderCancelled, &cancelled));
    let expired = order_in(OrderStatus::Expired);
    check_order("order_expired", matter(MailKind::OrderExpired, &expired));
}

fn check_cancelling(name: &str, matter: cancelling::Matter<'_>) {
    let paid = order_in(OrderStatus::Paid);
    check(name, |lang| cancelling::order(&settings(), &paid, matter, lang).unwrap());
}

#[test]
fn tickets_that_ended() {
    let cancellation = Cancellation {
        id: CancellationId::from_uuid(Uuid::from_u128(1)),
        actor_kind: "buyer".to_owned(),
        refunds: vec![RefundId::from_uuid(Uuid::from_u128(2))],
        fee: Money::yen(2750),
        waived: Money::yen(0),
        back: Money::yen(2750),
        reason: String::new(),
        tickets: vec!["M2RT9HDAK7Q4".to_owned()],
        attendees: vec!["佐藤 健".to_owned()],
        created_at: datetime!(2026-12-17 3:00 UTC),
    };
    check_cancelling("tickets_cancelled", cancelling::Matter::Cancelled(&cancellation));
    let waived = Cancellation {
        fee: Money::yen(0),
        waived: Money::yen(2750),
        back: Money::yen(5500),
        reason: "体調がすぐれないとのこと、お大事に".to_owned(),
        ..cancellation
    };
    check_cancelling("tickets_cancelled.waived", cancelling::Matter::Cancelled(&waived));
}

#[test]
fn a_wish_and_its_answer() {
    let request = ReturnRequest {
        id: ReturnRequestId::from_uuid(Uuid::from_u128(1)),
        order: OrderId::from_uuid(Uuid::from_u128(1)),
        organizer: OrganizerId::from_uuid(Uuid::from_u128(1)),
        event: EventId::from_uuid(Uuid::from_u128(1)),
        status: ReturnRequestStatus::Requested,
        note: "熱が出てしまいました".to_owned(),
        answer: String::new(),
        tickets: vec!["K7M2Q4XW".to_owned()],
        created_at: datetime!(2026-12-17 3:00 UTC),
        decided_at: None,
    };
    check_cancelling("return_requested", cancelling::Matter::Requested(&request));
    check_cancelling("return_to_decide", cancelling::Matter::ToDecide(&request));
    let rejected = ReturnRequest {
        status: ReturnRequestStatus::Rejected,
        answer: "お店の都合で変更ができません".to_owned(),
        ..request
    };
    check_cancelling("return_rejected", cancelling::Matter::Rejected(&rejected));
    let late = cancelling::Matter::ToDecide(&rejected);
    let order = order_in(OrderStatus::Paid);
    assert_eq!(cancelling::order(&settings(), &order, late, Lang::Ja), None);
}

#[test]
fn terms_of_one_ticket_type_are_told_apart() {
    let mut order = order_in(OrderStatus::Paid);
    order.cancel_terms.push(("学生".to_owned(), Terms::free()));
    let letter = super::order(&settings(), matter(MailKind::OrderPaid, &order), Lang::Ja).unwrap();
    assert!(text::render(&letter).contains("学生: 開始まで 無料"), "{}", text::render(&letter));
}

#[test]
fn a_called_off_event() {
    let paid = MailOrder {
        end_reason: Some("台風のため".to_owned()),
        captured: Money::yen(8500),
        going_back: Money::yen(8000),
        paid_by: Some(PaymentMethod::CreditCard),
        ..order_in(OrderStatus::Cancelled)
    };
    check_order("event_cancelled", matter(MailKind::EventCancelled, &paid));
    let shop = MailOrder {
        needs_account: true,
        paid_by: Some(PaymentMethod::Konbini),
        going_back: Money::yen(8500),
        ..paid.clone()
    };
    check_order("event_cancelled.konbini", matter(MailKind::EventCancelled, &shop));
    let unpaid = MailOrder { captured: Money::yen(0), going_back: Money::yen(0), ..paid };
    check_order("event_cancelled.unpaid", matter(MailKind::EventCancelled, &unpaid));
}

#[test]
fn every_part_in_html() {
    let paid = order_in(OrderStatus::Paid);
    let letter = order(&settings(), matter(MailKind::OrderPaid, &paid), Lang::Ja).unwrap();
    expect_file!["snapshots/order_paid.ja.html"].assert_eq(&html::render(&letter));

    let (awaiting, payment) = (order_in(OrderStatus::AwaitingPayment), konbini());
    let instructions = matter(MailKind::PaymentInstructions, &awaiting);
    let matter = OrderMatter { payment: Some(&payment), ..instructions };
    let letter = order(&settings(), matter, Lang::En).unwrap();
    expect_file!["snapshots/payment_instructions.konbini.en.html"]
        .assert_eq(&html::render(&letter));
}

#[test]
fn what_is_no_longer_true_is_not_written() {
    let paid = order_in(OrderStatus::Paid);
    let late = MailPayment { status: PaymentStatus::Captured, ..konbini() };
    let stale =
        OrderMatter { payment: Some(&late), ..matter(MailKind::PaymentInstructions, &paid) };
    assert_eq!(order(&settings(), stale, Lang::Ja), None);
    assert_eq!(order(&settings(), matter(MailKind::OrderExpired, &paid), Lang::Ja), None);
    assert_eq!(order(&settings(), matter(MailKind::OrderCancelled, &paid), Lang::Ja), None);
    // Whoever paid within the second still learns that the order was received.
    let received = order(&settings(), matter(MailKind::OrderReceived, &paid), Lang::En).unwrap();
    assert!(!text::render(&received).contains("Go to payment"));
}

#[test]
fn what_people_typed_stays_text_and_links_stay_ours() {
    let mut hostile = order_in(OrderStatus::Paid);
    hostile.buyer_name = "<script>alert(1)</script>".to_owned();
    hostile.event.title = "\"><img src=x onerror=alert(1)>\r\nBcc: x@example.com".to_owned();
    let letter = order(&settings(), matter(MailKind::OrderPaid, &hostile), Lang::En).unwrap();
    let html = html::render(&letter);
    assert!(!letter.subject.contains(['\r', '\n']));
    assert!(!html.contains("<script") && !html.contains("<img"));
    links_are_ours(&letter);
    assert!(!html.contains("src=\""));
}
