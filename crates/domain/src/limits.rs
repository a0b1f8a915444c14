//! Every bound that people or machines can run into, by name.

/// Letters in a person's or organizer's name.
pub const NAME_CHARS_MAX: usize = 80;
/// Letters in an event's title.
pub const TITLE_CHARS_MAX: usize = 120;
/// Letters in an event's description (Markdown).
pub const DESCRIPTION_CHARS_MAX: usize = 20_000;
/// Letters in a place's name or address, or a ticket type's description.
pub const LINE_CHARS_MAX: usize = 200;
/// Bytes of an email address (RFC 5321).
pub const EMAIL_BYTES_MAX: usize = 254;
/// Websites that one publishable key is for.
pub const SITES_PER_KEY_MAX: usize = 10;
/// Letters of a refund's reason or a cancellation's.
pub const REASON_CHARS_MAX: usize = 500;
/// Orders that one job of a called-off event ends.
pub const CANCELLATION_BATCH_ORDERS: i32 = 25;
/// Attempts to end one order of a called-off event before a person is asked.
pub const CANCELLATION_ATTEMPTS_MAX: i32 = 5;
/// Ticket types of one event.
pub const TICKET_TYPES_MAX: usize = 60;
/// Tickets in one order.
pub const TICKETS_PER_ORDER_MAX: u32 = 50;
/// Places in one quota.
pub const QUOTA_MAX: u32 = 1_000_000;
/// The highest price of one ticket, in minor units.
pub const PRICE_MINOR_MAX: i64 = 10_000_000;
/// The highest amount of one order, in minor units.
pub const ORDER_MINOR_MAX: i64 = 100_000_000;
/// Minutes that places are kept while a buyer pays.
pub const HOLD_MINUTES: i64 = 30;
/// Minutes after a provider's deadline that places are kept still: its news may be late.
pub const HOLD_GRACE_MINUTES: i64 = 30;
/// Hours that places are kept while the organizer looks at an order, and again when it was let through.
pub const REVIEW_HOURS: i64 = 24;
/// Orders of an event that wait for their organizer and keep their places that long; of more, places are kept as anybody's.
pub const REVIEWS_KEPT_MAX: i64 = 20;
/// Minutes of the window in which orders of the same address count.
pub const SCREENING_WINDOW_MINUTES: i64 = 10;
/// Days that a transfer may take, today not counted.
pub const TRANSFER_DAYS: i64 = 7;
/// Days after a transfer's deadline that places are kept still: nobody reads a bank's statement every day.
pub const TRANSFER_GRACE_DAYS: i64 = 3;
/// Bytes of a bank statement as sent.
pub const STATEMENT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Attempts to pay one order.
pub const PAYMENTS_PER_ORDER_MAX: i32 = 20;
/// Rows of one page of a list.
pub const PAGE_ROWS_MAX: i64 = 100;
/// Bytes of a webhook's body.
pub const WEBHOOK_BYTES_MAX: usize = 256 * 1024;
/// How deep a webhook's JSON may be nested; providers send four or five levels.
pub const WEBHOOK_DEPTH_MAX: usize = 32;
/// Days that a provider's message may be old by its own word: providers repeat for days, not for weeks.
pub const WEBHOOK_AGE_DAYS_MAX: i64 = 30;
/// Minutes that a provider's clock may be ahead of ours.
pub const WEBHOOK_AHEAD_MINUTES_MAX: i64 = 15;
/// Bytes of any other request body.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a cover picture as sent.
pub const COVER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of an idempotency key.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 100;
/// Minutes that a fact may stand before it becomes an alert.
pub const ALERT_GRACE_MINUTES: i64 = 5;
/// Minutes that a login link lives.
pub const LOGIN_LINK_MINUTES: i64 = 15;
/// Steps of an event's cancel policy.
pub const CANCEL_STEPS_MAX: usize = 5;
/// The furthest step of a cancel policy, in days before the start.
pub const CANCEL_DAYS_MAX: u16 = 365;
/// The furthest step of a cancel policy that counts in hours.
pub const CANCEL_HOURS_MAX: u16 = 720;
/// Days that a form for a bank account can be used.
pub const ACCOUNT_FORM_DAYS: i64 = 14;
/// Forms for a bank account that one refund may have mailed within a day.
pub const ACCOUNT_FORMS_PER_DAY_MAX: i64 = 5;
/// Letters of an account holder's name as typed.
pub const HOLDER_TYPED_CHARS_MAX: usize = 60;
/// Days to answer a chargeback; card companies ask within one or two weeks, and the provider's message may name fewer.
pub const DISPUTE_ANSWER_DAYS: i64 = 7;
/// Bytes of one file of evidence.
pub const EVIDENCE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Pieces of evidence of one dispute.
pub const EVIDENCE_MAX: i64 = 20;
/// Letters of a text of evidence.
pub const EVIDENCE_CHARS_MAX: usize = 10_000;
