//! Every link in the product, as functions, so that no address is written twice.

mod account;
mod buyer_data;

pub use account::*;
pub use buyer_data::*;
use domain::ids::{
    AlertId, DisputeId, EventId, EvidenceId, OrderId, PayoutFileId, PayoutId, StatementImportId,
    WebhookEndpointId,
};

pub mod admin;
pub mod email_confirmation;
pub mod embed;
pub mod personal_links;

/// Where strangers arrive.
pub const HOME: &str = "/";

/// An event's page, which participants open.
pub fn event(slug: &str) -> String {
    format!("/e/{slug}")
}

/// An event's page with the choice and the problems of the last attempt.
pub fn event_again(slug: &str) -> String {
    format!("/e/{slug}?again=1#order")
}

/// An event's page as its organizer sees it before it is published.
pub fn event_preview(slug: &str) -> String {
    format!("/e/{slug}?preview=1")
}

/// An event as a calendar file.
pub fn event_calendar(slug: &str) -> String {
    format!("/e/{slug}/calendar.ics")
}

/// A stored picture.
pub fn file(file_id: &str) -> String {
    format!("/files/{file_id}")
}

/// An order's personal page.
pub fn order_status(token: &str) -> String {
    format!("/e/orders/{token}")
}

/// Where the provider sends the buyer back to.
pub fn order_return(token: &str) -> String {
    format!("/e/orders/{token}/return")
}

/// What a waiting status page asks again and again.
pub fn order_state(token: &str) -> String {
    format!("/e/orders/{token}/state")
}

/// Where a buyer confirms that an unpaid order shall end.
pub fn order_cancel(token: &str) -> String {
    format!("/e/orders/{token}/cancel")
}

/// Where a participant confirms the cancelling of one ticket, by its code, or of `all`.
pub fn order_cancel_ticket(token: &str, ticket: &str) -> String {
    format!("/e/orders/{token}/cancel?ticket={ticket}")
}

/// The organizer's list of events.
pub const EVENTS: &str = "/o";
/// The query by which a form says which organizer its page was made for.
pub const FOR: &str = "for";
pub const SETTINGS: &str = "/o/settings";
pub const SAVE_STEP_UP: &str = "/api/step_up/save";
pub const STEP_UP_FORM: &str = "/o/settings#step-up";
/// The organizer's settings after the rule for confirming was saved.
pub const SETTINGS_STEP_UP: &str = "/o/settings?done=step_up#step-up";
/// Who belongs to the organizer.
pub const MEMBERS: &str = "/o/settings/members";
pub const MEMBERS_INVITED: &str = "/o/settings/members?done=invited#invite";
pub const MEMBERS_FORM: &str = "/o/settings/members#invite";
/// What does not add up.
pub const ALERTS: &str = "/o/alerts";
/// Who changed what when.
pub const AUDIT: &str = "/o/audit";
pub const AUDIT_CSV: &str = "/o/audit.csv";
/// How orders are screened before payment.
pub const SCREENING: &str = "/o/settings/screening";
pub const SCREENING_SAVED: &str = "/o/settings/screening?done=saved";
/// Receivers of webhooks.
pub const WEBHOOKS: &str = "/o/settings/webhooks";
pub const WEBHOOKS_FORM: &str = "/o/settings/webhooks#register";
pub const WEBHOOKS_REMOVED: &str = "/o/settings/webhooks?done=removed";

/// A receiver of webhooks and the log of its deliveries.
pub fn webhook(endpoint: WebhookEndpointId) -> String {
    format!("{WEBHOOKS}/{endpoint}")
}

/// A receiver of webhooks right after something was done with it; `done` is a word of ours.
pub fn webhook_after(endpoint: WebhookEndpointId, done: &str) -> String {
    format!("{WEBHOOKS}/{endpoint}?done={done}")
}

/// A receiver's log from a delivery on.
pub fn webhook_before(endpoint: WebhookEndpointId, delivery: &str) -> String {
    format!("{WEBHOOKS}/{endpoint}?before={delivery}")
}

pub const NEW_EVENT: &str = "/o/events/new";
/// Bank statements, and the account that participants transfer to.
pub const STATEMENTS: &str = "/o/money/statements";
pub const RECEIVING_ACCOUNT: &str = "/o/money/account";
pub const UPLOAD_STATEMENT: &str = "/o/money/statements/upload";

/// An event's dashboard.
pub fn dashboard(event: EventId) -> String {
    format!("/o/events/{event}")
}

/// Where an event is edited.
pub fn edit_event(event: EventId) -> String {
    format!("/o/events/{event}/edit")
}

/// Where an event's ticket types are edited.
pub fn ticket_types(event: EventId) -> String {
    format!("/o/events/{event}/tickets")
}

/// Link, QR and ready texts.
pub fn share(event: EventId) -> String {
    format!("/o/events/{event}/share")
}

/// An event's orders.
pub fn orders(event: EventId) -> String {
    format!("/o/events/{event}/orders")
}

/// An event's orders as a CSV file.
pub fn orders_csv(event: EventId) -> String {
    format!("/o/events/{event}/orders.csv")
}

/// One order with its history.
pub fn order(order: OrderId) -> String {
    format!("/o/orders/{order}")
}

/// A credit note, for the organizer.
pub fn credit_note(order: OrderId, number: &str) -> String {
    format!("/o/orders/{order}/credit_notes/{number}")
}

/// A credit note, by the order's personal link.
pub fn order_credit_note(token: &str, number: &str) -> String {
    format!("/e/orders/{token}/credit_notes/{number}")
}

/// Where an event is called off.
pub fn cancel_event(event: EventId) -> String {
    format!("/o/events/{event}/cancel")
}

/// How far a called-off event is.
pub fn cancellation(event: EventId) -> String {
    format!("/o/events/{event}/cancellation")
}

/// The same, right after something was done there.
pub fn cancellation_after(event: EventId, done: &str) -> String {
    format!("/o/events/{event}/cancellation?done={done}")
}

/// The people of a called-off event in one state.
pub fn cancellation_of_state(event: EventId, state: &str) -> String {
    format!("/o/events/{event}/cancellation?state={state}#people")
}

/// The organizer's list of alerts: open or closed, from one on.
pub fn alerts(is_closed: bool, before: Option<AlertId>) -> String {
    let state = is_closed.then(|| "state=closed".to_owned());
    let before = before.map(|id| format!("before={id}"));
    let query = [state, before].into_iter().flatten().collect::<Vec<_>>().join("&");
    if query.is_empty() { ALERTS.to_owned() } else { format!("{ALERTS}?{query}") }
}

/// The list of alerts right after something was done there; `done` is a word of ours.
pub fn alerts_after(done: &str) -> String {
    format!("{ALERTS}?done={done}")
}

/// Where forms of participants post to; the names are those of the server functions in `api`.
pub const PLACE_ORDER: &str = "/api/orders/place";
pub const QUOTE_ORDER: &str = "/api/orders/quote";
pub const CANCEL_ORDER: &str = "/api/orders/cancel";
pub const CANCEL_TICKETS: &str = "/api/cancellations/cancel";
pub const REQUEST_RETURN: &str = "/api/return_requests/request";
pub const START_PAYMENT: &str = "/api/payments/start";
/// An event's dashboard right after something was done there; `done` is a word of ours.
pub fn dashboard_after(event: EventId, done: &str) -> String {
    format!("/o/events/{event}?done={done}")
}

/// Where an event is edited, right after something was done there.
pub fn edit_event_after(event: EventId, done: &str) -> String {
    format!("/o/events/{event}/edit?done={done}")
}

/// Where an event's ticket types are edited, right after something was done there.
pub fn ticket_types_after(event: EventId, done: &str) -> String {
    format!("/o/events/{event}/tickets?done={done}")
}

/// Where one ticket type is edited.
pub fn ticket_type(event: EventId, ticket_type: &str) -> String {
    format!("/o/events/{event}/tickets?open={ticket_type}#{ticket_type}")
}

/// Where a cover picture is sent to.
pub fn cover(event: EventId) -> String {
    format!("/o/events/{event}/cover")
}

/// The event's QR code as a picture for print.
pub fn share_qr_svg(event: EventId) -> String {
    format!("/o/events/{event}/share.svg")
}

/// The event's QR code as a picture.
pub fn share_qr_png(event: EventId) -> String {
    format!("/o/events/{event}/share.png")
}

/// A stored picture in its narrow size.
pub fn file_narrow(file_id: &str) -> String {
    format!("/files/{file_id}?w=800")
}

/// The live channel of an event.
pub fn live(event: EventId) -> String {
    format!("/live/events/{event}")
}

/// An event's orders of one kind: `unpaid`, `paid`, `ended`.
pub fn orders_of_status(event: EventId, status: &str) -> String {
    format!("/o/events/{event}/orders?status={status}")
}

/// Where a paid order is refunded.
pub fn refund_order(order: OrderId) -> String {
    format!("/o/orders/{order}/refund")
}

/// Where the organizer ends an unpaid order.
pub fn cancel_order(order: OrderId) -> String {
    format!("/o/orders/{order}/cancel")
}

/// Where the organizer cancels one ticket for a participant, by its code, or `all`.
pub fn cancel_order_ticket(order: OrderId, ticket: &str) -> String {
    format!("/o/orders/{order}/cancel?ticket={ticket}")
}

/// What an event says about cancelling.
pub fn cancel_policy(event: EventId) -> String {
    format!("/o/events/{event}/cancelling")
}

/// The terms of one ticket type.
pub fn cancel_policy_of(event: EventId, ticket_type: &str) -> String {
    format!("/o/events/{event}/cancelling?for={ticket_type}#own")
}

/// What an event says about cancelling, right after something was done there.
pub fn cancel_policy_after(event: EventId, done: &str) -> String {
    format!("/o/events/{event}/cancelling?done={done}")
}

/// Wishes to cancel that the organizer decides.
pub fn return_requests(event: EventId) -> String {
    format!("/o/events/{event}/returns")
}

/// Wishes to cancel, right after one was decided.
pub fn return_requests_after(event: EventId, done: &str) -> String {
    format!("/o/events/{event}/returns?done={done}")
}

/// A mail to an organizer about the order of this code.
pub fn mail_about(address: &str, code: &str) -> String {
    format!("mailto:{address}?subject={code}")
}

/// Orders that were held back before payment.
pub fn screenings(event: EventId) -> String {
    format!("/o/events/{event}/screenings")
}

/// Orders that were held back, right after one was decided about.
pub fn screenings_after(event: EventId, done: &str) -> String {
    format!("/o/events/{event}/screenings?done={done}")
}

/// One order right after something was done with it.
pub fn order_after(order: OrderId, done: &str) -> String {
    format!("/o/orders/{order}?done={done}")
}

/// The statements right after something was done there; `done` is a word of ours.
pub fn statements_after(done: &str) -> String {
    format!("{STATEMENTS}?done={done}")
}

/// The statements with the lines of the file that was just read.
pub fn statement_read(import: StatementImportId, is_new: bool) -> String {
    format!("{STATEMENTS}?read={import}&done={}", if is_new { "read" } else { "known" })
}

/// The statements with the lines of a file that was read before.
pub fn statement_lines(import: StatementImportId) -> String {
    format!("{STATEMENTS}?read={import}")
}

/// The statements after a file was refused; why stands in the web session.
pub const STATEMENT_REFUSED: &str = "/o/money/statements#upload";

/// The members after something was done.
pub fn members_after(done: &str) -> String {
    format!("{MEMBERS}?done={done}")
}

/// What an invited person opens.
pub fn invitation(token: &str) -> String {
    format!("/o/invitations/{token}")
}

/// The invitation after it was refused.
pub fn invitation_after(token: &str, done: &str) -> String {
    format!("/o/invitations/{token}?done={done}")
}

/// The browsable reference of the API.
pub const API_REFERENCE: &str = "/api/docs";
/// The settings right after something was done there.
pub const SETTINGS_KEY_CREATED: &str = "/o/settings?done=key_created#keys";
pub const SETTINGS_KEY_REVOKED: &str = "/o/settings?done=key_revoked#keys";
pub const SETTINGS_KEYS: &str = "/o/settings#keys";

/// Where the organizer's forms post to.
pub const CREATE_EVENT: &str = "/api/events/create";
pub const SAVE_EVENT: &str = "/api/events/save";
pub const PUBLISH_EVENT: &str = "/api/events/publish";
pub const CLOSE_EVENT: &str = "/api/events/close";
pub const REOPEN_EVENT: &str = "/api/events/reopen";
pub const DUPLICATE_EVENT: &str = "/api/events/duplicate";
pub const DELETE_EVENT: &str = "/api/events/delete";
pub const DISCARD_EVENT_DRAFT: &str = "/api/events/discard_draft";
pub const REMOVE_COVER: &str = "/api/events/remove_cover";
pub const ADD_TICKET_TYPE: &str = "/api/ticket_types/add";
pub const SAVE_TICKET_TYPE: &str = "/api/ticket_types/save";
pub const MOVE_TICKET_TYPE: &str = "/api/ticket_types/move";
pub const ARCHIVE_TICKET_TYPE: &str = "/api/ticket_types/archive";
pub const BEGIN_CANCELLATION: &str = "/api/event_cancellation/begin";
pub const RETRY_CANCELLATION: &str = "/api/event_cancellation/retry";
pub const ACT_ON_ALERT: &str = "/api/alerts/act";
pub const REQUEST_REFUND: &str = "/api/refunds/request";
pub const CANCEL_ORDER_BY_ORGANIZER: &str = "/api/organizer_orders/cancel";
pub const CANCEL_FOR_PARTICIPANT: &str = "/api/cancellations/for_participant";
pub const DECIDE_SCREENING: &str = "/api/screenings/decide";
pub const TUNE_SCREENING: &str = "/api/screenings/tune";
pub const DECIDE_RETURN: &str = "/api/return_requests/decide";
pub const SAVE_CANCEL_POLICY: &str = "/api/cancel_policies/save";
pub const TAKE_CANCEL_PRESET: &str = "/api/cancel_policies/take_preset";
pub const DROP_CANCEL_TERMS: &str = "/api/cancel_policies/drop_terms";
pub const ACCEPT_TRANSFER: &str = "/api/statements/accept";
pub const REFUSE_TRANSFER: &str = "/api/statements/refuse";
pub const CHOOSE_ORDER: &str = "/api/statements/choose";
pub const DISMISS_TRANSFER: &str = "/api/statements/dismiss";
pub const SAVE_RECEIVING_ACCOUNT: &str = "/api/transfers/save_account";
pub const RECORD_TRANSFER: &str = "/api/transfers/record";
pub const REPLAY_WEBHOOK: &str = "/api/organizer_orders/replay_webhook";
pub const INVITE_MEMBER: &str = "/api/members/invite";
pub const REVOKE_INVITATION: &str = "/api/members/revoke_invitation";
pub const CHANGE_ROLE: &str = "/api/members/change_role";
pub const REMOVE_MEMBER: &str = "/api/members/remove";
pub const LEAVE_ORGANIZER: &str = "/api/members/leave";
pub const ACCEPT_INVITATION: &str = "/api/members/accept";
pub const ACT_FOR: &str = "/api/members/act_for";
pub const CREATE_API_KEY: &str = "/api/api_keys/create";
pub const REVOKE_API_KEY: &str = "/api/api_keys/revoke";
pub const REGISTER_WEBHOOK: &str = "/api/webhook_endpoints/register";
pub const REMOVE_WEBHOOK: &str = "/api/webhook_endpoints/remove";
pub const ROTATE_WEBHOOK_SECRET: &str = "/api/webhook_endpoints/rotate_secret";
pub const SWITCH_WEBHOOK: &str = "/api/webhook_endpoints/switch";
pub const TEST_WEBHOOK: &str = "/api/webhook_endpoints/test";
pub const RESEND_WEBHOOK: &str = "/api/webhook_endpoints/resend";

/// Where an event's form is kept while it is typed (`api::events::autosave_event`).
pub const AUTOSAVE_EVENT: &str = "/api/events/autosave";

/// The form that asks where a refund shall go.
pub fn refund_account(token: &str) -> String {
    format!("/e/refunds/{token}")
}

/// The same with what was chosen so far. What is no code is left out: the address stands in a header.
pub fn refund_account_at(token: &str, bank: &str, branch: Option<&str>) -> String {
    let digits = |code: &str| code.chars().filter(char::is_ascii_digit).take(4).collect::<String>();
    let path = format!("/e/refunds/{token}?bank={}", digits(bank));
    branch.map_or_else(|| path.clone(), |branch| format!("{path}&branch={}", digits(branch)))
}

/// A chargeback and the answer to it.
pub fn dispute(dispute: DisputeId) -> String {
    format!("/o/disputes/{dispute}")
}

/// A chargeback right after something was done about it.
pub fn dispute_after(dispute: DisputeId, done: &str) -> String {
    format!("/o/disputes/{dispute}?done={done}")
}

/// Where a file of evidence is sent to.
pub fn dispute_files(dispute: DisputeId) -> String {
    format!("/o/disputes/{dispute}/files")
}

/// A file of evidence.
pub fn evidence_file(dispute: DisputeId, evidence: EvidenceId) -> String {
    format!("/o/disputes/{dispute}/files/{evidence}")
}

/// Where the forms about a refund on its way and about disputes post to.
pub const RECORD_REFUND_BY_HAND: &str = "/api/refunds/record_by_hand";
pub const GIVE_ACCOUNT: &str = "/api/refunds/give_account";
pub const MAIL_ACCOUNT_FORM: &str = "/api/refunds/mail_form";
pub const MAIL_ORDERS_ACCOUNT_FORM: &str = "/api/refunds/mail_orders_form";
pub const ASK_ACCOUNT_AGAIN: &str = "/api/refunds/ask_again";
pub const HAND_BACK: &str = "/api/refunds/hand_back";
pub const REFUND_CAME_BACK: &str = "/api/refunds/came_back";
pub const TRY_REFUND_NOW: &str = "/api/refunds/try_now";
pub const ADD_EVIDENCE: &str = "/api/disputes/add_text";
pub const EVIDENCE_SENT: &str = "/api/disputes/mark_sent";
pub const END_DISPUTE: &str = "/api/disputes/end";

/// The organizer's money: what is held, what can be paid out, and every payout.
pub const PAYOUTS: &str = "/o/payouts";
/// Where a bank account is typed.
pub const PAYOUT_ACCOUNT: &str = "/o/payouts/account";

/// The money page right after something was done there; `done` is a word of ours.
pub fn payouts_after(done: &str) -> String {
    format!("{PAYOUTS}?done={done}")
}

/// One payout.
pub fn payout(payout: PayoutId) -> String {
    format!("/o/payouts/{payout}")
}

/// One payout right after something was done with it.
pub fn payout_after(payout: PayoutId, done: &str) -> String {
    format!("/o/payouts/{payout}?done={done}")
}

/// A payout's statement as a CSV file.
pub fn payout_csv(payout: PayoutId) -> String {
    format!("/o/payouts/{payout}/statement.csv")
}

/// Where administrators work on payouts and fees.
pub const ADMIN_PAYOUTS: &str = "/admin/payouts";

/// The administrators' page right after something was done there.
pub fn admin_payouts_after(done: &str) -> String {
    format!("{ADMIN_PAYOUTS}?done={done}")
}

/// A file for the bank; `lines` puts line ends between its records.
pub fn payout_file(file: PayoutFileId, lines: bool) -> String {
    format!("/admin/payouts/files/{file}{}", if lines { "" } else { "?bare=1" })
}

/// Where the forms about payouts and fees post to.
pub const PREPARE_PAYOUT: &str = "/api/payouts/prepare";
pub const APPROVE_PAYOUT: &str = "/api/payouts/approve";
pub const CANCEL_PAYOUT: &str = "/api/payouts/cancel";
pub const SAVE_BANK_ACCOUNT: &str = "/api/payouts/account";
pub const SWITCH_PAYOUT_MODEL: &str = "/api/payouts/model";
pub const SET_FEE_BEARER: &str = "/api/payouts/bearer";
pub const SUBMIT_PAYOUTS: &str = "/api/administration/submit_payouts";
pub const RECORD_PAYOUT: &str = "/api/administration/record_payout";
pub const SET_PAYOUT_TERMS: &str = "/api/administration/set_terms";
pub const SET_FEE_RULE: &str = "/api/administration/set_fee_rule";
pub const END_FEE_RULE: &str = "/api/administration/end_fee_rule";
