//! Writes a mail down with the job that sends it, in the transaction of what the mail tells.

use domain::ids::{
    AccountFormId, AlertId, CancellationId, EventId, InvitationId, MailId, OrderId, OrganizerId,
    PaymentId, RefundId, ReturnRequestId, WebhookEndpointId,
};
use domain::mail::MailKind;
use domain::mail_choice::MemberMail;
use domain::notice::Notice;
use domain::parsed::email_address::EmailAddress;
use serde::{Deserialize, Serialize};
use store::db::Conn;
use store::error::StoreError;
use store::mails::{NewMemberMail, NewOrganizerMail, NewPersonMail};
use store::trail::{self, OrderMail as NewOrderMail, Trail};
use store::users::User;
use store::webhook_endpoints::WebhookEndpoint;
use time::OffsetDateTime;
use words::lang::Lang;

use crate::jobs::{self, Job};
use crate::{Deps, fresh};

/// A mail about an order, to its buyer unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderMail {
    /// Places are held, the payment is missing.
    Received,
    /// How to pay at the konbini, by transfer or by Pay-easy.
    Instructions(PaymentId),
    /// The tickets; for free orders too.
    Paid,
    Refunded(RefundId),
    /// Where shall the money go? With the link to a form.
    AccountNeeded {
        refund: RefundId,
        form: AccountFormId,
    },
    Cancelled,
    Expired,
    /// The organizer let it through: it can be paid now.
    PaymentCleared,
    /// For the organizer, once an hour: orders of the event wait to be looked at.
    ScreeningToDecide {
        event: EventId,
        hour: i64,
    },
    /// Brings a link that the buyer alone should have.
    Link(LinkMail),
    /// The whole event is called off.
    EventCancelled,
    /// Money that no order claims goes back.
    CreditReturned(RefundId),
    /// Tickets of a paid or free order ended.
    TicketsCancelled(CancellationId),
    /// The participant's wish to cancel has arrived.
    ReturnRequested(ReturnRequestId),
    ReturnRejected(ReturnRequestId),
    /// To the organizer: somebody wishes to cancel.
    ReturnToDecide(ReturnRequestId),
    /// To the organizer: somebody wishes to be forgotten, since then.
    ErasureToDecide(OffsetDateTime),
}

/// A mail whose point is a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkMail {
    /// The key that confirms the address, once for each number.
    ToConfirm { nth: i64 },
    /// The personal link, once an hour and again once it was made anew.
    Again { hour: i64, n_before: i64 },
    /// The personal link that was made anew.
    Renewed { at: OffsetDateTime },
}

/// What a mail is about beside its order, until it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub(crate) enum MailData {
    Order,
    Payment {
        payment: PaymentId,
    },
    Refund {
        refund: RefundId,
    },
    /// The form behind a link; its token is derived when the mail is sent.
    AccountForm {
        refund: RefundId,
        form: AccountFormId,
    },
    /// What operators should look at: the first alerts, and how many there are.
    Alerts {
        alerts: Vec<AlertId>,
        n_alerts: usize,
    },
    /// The address of a receiver of webhooks.
    WebhookEndpoint {
        endpoint: WebhookEndpointId,
        url: String,
        /// To a member, who can turn it off.
        #[serde(default)]
        is_for_member: bool,
    },
    /// The invitation behind a link; its token is derived when the mail is sent.
    Invitation {
        invitation: InvitationId,
    },
    Cancellation {
        cancellation: CancellationId,
    },
    ReturnRequest {
        return_request: ReturnRequestId,
    },
    /// The same as another mail, to a member, who can turn it off; the row names no order.
    ForMember {
        order: OrderId,
        return_request: Option<ReturnRequestId>,
    },
    /// The seed of a login link; its secret is derived when the mail is sent.
    LoginLink {
        seed: String,
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
        /// The provider whose account the link connects.
        #[serde(default)]
        links: Option<String>,
    },
    /// One of two mailboxes is asked; the seed of its secret.
    EmailChange {
        seed: String,
        is_old: bool,
        new_email: String,
    },
    /// Something happened to the reader's account.
    AccountNotice {
        notice: Notice,
        /// What or who, in words that need no language: a device, a provider, an address.
        detail: String,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// The reader's time zone.
        #[serde(default)]
        zone: Option<String>,
    },
}

impl MailData {
    /// The order of a mail to a member, whose row names none.
    pub(crate) const fn order_for_member(&self) -> Option<OrderId> {
        if let Self::ForMember { order, .. } = self { Some(*order) } else { None }
    }

    pub(crate) const fn payment(&self) -> Option<PaymentId> {
        if let Self::Payment { payment } = self { Some(*payment) } else { None }
    }

    pub(crate) const fn refund(&self) -> Option<RefundId> {
        match self {
            Self::Refund { refund } | Self::AccountForm { refund, .. } => Some(*refund),
            _ => None,
        }
    }

    pub(crate) const fn account_form(&self) -> Option<AccountFormId> {
        if let Self::AccountForm { form, .. } = self { Some(*form) } else { None }
    }

    pub(crate) const fn cancellation(&self) -> Option<CancellationId> {
        if let Self::Cancellation { cancellation } = self { Some(*cancellation) } else { None }
    }

    pub(crate) const fn return_request(&self) -> Option<ReturnRequestId> {
        match self {
            Self::ReturnRequest { return_request } => Some(*return_request),
            Self::ForMember { return_request, .. } => *return_request,
            _ => None,
        }
    }
}

/// Writes the mail and its job; the same mail a second time changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn enqueue_order_mail(
    conn: &mut Conn,
    deps: &Deps,
    order: OrderId,
    mail: OrderMail,
) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let mails = vec![order_mail(order, mail, now)?];
    trail::write(conn, Trail { mails, ..Trail::default() }, now).await
}

/// The mail with its job, to be written with others.
///
/// # Errors
/// When the job cannot be written down.
pub(crate) fn order_mail(
    order: OrderId,
    mail: OrderMail,
    now: OffsetDateTime,
) -> Result<NewOrderMail, StoreError> {
    let (kind, dedupe_key, data) = mail.describe(order);
    let id = fresh::id();
    let job = jobs::row(&Job::SendMail { mail: id }, now)?;
    Ok(NewOrderMail { mail: id, order, kind, dedupe_key, data: json(&data), job })
}

/// Writes the mails of orders that were paid together, each with its job, so that one that fails keeps no other waiting.
///
/// # Errors
/// When the database fails.
pub async fn mail_paid(deps: &Deps, orders: &[OrderId]) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let mails = orders.iter().map(|order| order_mail(*order, OrderMail::Paid, now));
    let trail = Trail { mails: mails.collect::<Result<_, _>>()?, ..Trail::default() };
    let mut tx = deps.db.begin().await?;
    trail::write(&mut tx, trail, now).await?;
    tx.commit().await
}

/// Writes the mail that tells an organizer of a receiver that was switched off, and its job; one for each time.
pub(crate) async fn enqueue_webhook_disabled(
    conn: &mut Conn,
    endpoint: &WebhookEndpoint,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let mail: MailId = fresh::id();
    let about = |is_for_member| MailData::WebhookEndpoint {
        endpoint: endpoint.id,
        url: endpoint.url.clone(),
        is_for_member,
    };
    let dedupe_key = format!("webhook_disabled:{}:{}", endpoint.id, now.unix_timestamp());
    let new = NewOrganizerMail {
        mail,
        organizer: endpoint.organizer,
        kind: MailKind::WebhookDisabled,
        dedupe_key: &dedupe_key,
        data: &json(&about(false)),
        at: now,
    };
    if store::mails::insert_once_for_organizer(conn, new).await? {
        jobs::enqueue(conn, &Job::SendMail { mail }, now).await?;
    }
    let whose = (endpoint.organizer, None);
    enqueue_for_members(conn, whose, (MemberMail::WebhookDisabled, &dedupe_key), &about(true), now)
        .await
}

/// Writes a mail about an order that its organizer has to decide about for the organizer's members too.
pub(crate) async fn enqueue_order_mail_for_members(
    conn: &mut Conn,
    (organizer, event): (OrganizerId, EventId),
    order: OrderId,
    (mail, member_mail): (OrderMail, MemberMail),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let (_, key, data) = mail.describe(order);
    let return_request = match data {
        MailData::ReturnRequest { return_request } => Some(return_request),
        _ => None,
    };
    let about = MailData::ForMember { order, return_request };
    enqueue_for_members(conn, (organizer, Some(event)), (member_mail, &key), &about, now).await
}

/// Writes a mail and its job for each member who gets it and did not turn it off, as that stands in this transaction.
async fn enqueue_for_members(
    conn: &mut Conn,
    (organizer, event): (OrganizerId, Option<EventId>),
    (mail_kind, key): (MemberMail, &str),
    about: &MailData,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    for reader in store::mail_choices::list_readers(conn, organizer, event, mail_kind).await? {
        let mail: MailId = fresh::id();
        let new = NewMemberMail {
            mail,
            organizer,
            kind: mail_kind.kind(),
            dedupe_key: &format!("{key}:{}", reader.user),
            reader: &reader,
            data: &json(about),
            at: now,
        };
        if store::mails::insert_once_for_member(conn, new).await? {
            jobs::enqueue(conn, &Job::SendMail { mail }, now).await?;
        }
    }
    Ok(())
}

/// Writes the mail of a login link and its job.
pub(crate) async fn enqueue_login_mail(
    conn: &mut Conn,
    recipient: &EmailAddress,
    link: MailData,
    lang: Lang,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let mail = fresh::id();
    let about = (MailKind::LoginLink, format!("login:{mail}"), link);
    enqueue_for_person(conn, mail, (recipient, lang.code()), about, now).await
}

/// Writes the mail that asks a mailbox whether an account may log in with another address, and its job.
pub(crate) async fn enqueue_email_change(
    conn: &mut Conn,
    reader: (&EmailAddress, &str),
    data: MailData,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let mail = fresh::id();
    let about = (MailKind::EmailChange, format!("email_change:{mail}"), data);
    enqueue_for_person(conn, mail, reader, about, now).await
}

/// Writes the mail that tells somebody what happened to the own account, and its job.
///
/// # Errors
/// When the database fails.
pub(crate) async fn enqueue_notice(
    conn: &mut Conn,
    reader: &User,
    notice: Notice,
    detail: String,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let mail = fresh::id();
    let zone = Some(reader.time_zone.clone());
    let data = MailData::AccountNotice { notice, detail, at: now, zone };
    let about = (MailKind::AccountNotice, format!("notice:{mail}"), data);
    enqueue_for_person(conn, mail, (&reader.email, &reader.locale), about, now).await
}

/// Writes the mail of an invitation and its job; the same invitation is mailed once.
pub(crate) async fn enqueue_invitation(
    conn: &mut Conn,
    recipient: &EmailAddress,
    invitation: InvitationId,
    lang: Lang,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let key = format!("invitation:{invitation}");
    let about = (MailKind::Invitation, key, MailData::Invitation { invitation });
    enqueue_for_person(conn, fresh::id(), (recipient, lang.code()), about, now).await
}

/// Writes a digest of alerts to an operator and its job.
///
/// # Errors
/// When the database fails.
pub(crate) async fn enqueue_alert_digest(
    conn: &mut Conn,
    mail: MailId,
    recipient: &EmailAddress,
    (alerts, n_alerts): (&[AlertId], usize),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let data = MailData::Alerts { alerts: alerts.to_vec(), n_alerts };
    let about = (MailKind::AlertDigest, format!("alerts:{mail}"), data);
    enqueue_for_person(conn, mail, (recipient, Lang::default().code()), about, now).await
}

/// Writes a mail to one address, about neither an order nor an organizer, and its job.
async fn enqueue_for_person(
    conn: &mut Conn,
    mail: MailId,
    (recipient, locale): (&EmailAddress, &str),
    (kind, dedupe_key, data): (MailKind, String, MailData),
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let new = NewPersonMail {
        mail,
        kind,
        dedupe_key: &dedupe_key,
        recipient,
        locale,
        data: &json(&data),
        at: now,
    };
    store::mails::insert_for_person(conn, new).await?;
    jobs::enqueue(conn, &Job::SendMail { mail }, now).await
}

impl OrderMail {
    /// Its kind, the key that lets it be written once, and what it is about.
    fn describe(self, order: OrderId) -> (MailKind, String, MailData) {
        match self {
            Self::Received => {
                (MailKind::OrderReceived, format!("received:{order}"), MailData::Order)
            }
            Self::Instructions(payment) => (
                MailKind::PaymentInstructions,
                format!("instructions:{payment}"),
                MailData::Payment { payment },
            ),
            Self::Paid => (MailKind::OrderPaid, format!("paid:{order}"), MailData::Order),
            Self::Refunded(refund) => {
                (MailKind::Refunded, format!("refunded:{refund}"), MailData::Refund { refund })
            }
            Self::AccountNeeded { refund, form } => (
                MailKind::AccountNeeded,
                format!("account:{form}"),
                MailData::AccountForm { refund, form },
            ),
            Self::Cancelled => {
                (MailKind::OrderCancelled, format!("cancelled:{order}"), MailData::Order)
            }
            Self::Expired => (MailKind::OrderExpired, format!("expired:{order}"), MailData::Order),
            Self::PaymentCleared => {
                (MailKind::PaymentCleared, format!("payment_cleared:{order}"), MailData::Order)
            }
            // However many wait: whoever makes orders by the dozen fills no mailbox.
            Self::ScreeningToDecide { event, hour } => (
                MailKind::ScreeningToDecide,
                format!("screening_to_decide:{event}:{hour}"),
                MailData::Order,
            ),
            Self::Link(link) => {
                let (kind, key) = link.describe();
                (kind, format!("{key}:{order}"), MailData::Order)
            }
            Self::EventCancelled => {
                (MailKind::EventCancelled, format!("event_cancelled:{order}"), MailData::Order)
            }
            Self::CreditReturned(refund) => {
                (MailKind::CreditReturned, format!("credit:{refund}"), MailData::Refund { refund })
            }
            Self::TicketsCancelled(cancellation) => (
                MailKind::TicketsCancelled,
                format!("tickets_cancelled:{cancellation}"),
                MailData::Cancellation { cancellation },
            ),
            Self::ReturnRequested(return_request) => (
                MailKind::ReturnRequested,
                format!("return_requested:{return_request}"),
                MailData::ReturnRequest { return_request },
            ),
            Self::ReturnRejected(return_request) => (
                MailKind::ReturnRejected,
                format!("return_rejected:{return_request}"),
                MailData::ReturnRequest { return_request },
            ),
            Self::ReturnToDecide(return_request) => (
                MailKind::ReturnToDecide,
                format!("return_to_decide:{return_request}"),
                MailData::ReturnRequest { return_request },
            ),
            Self::ErasureToDecide(since) => (
                MailKind::ErasureToDecide,
                format!("erasure_to_decide:{order}:{}", since.unix_timestamp()),
                MailData::Order,
            ),
        }
    }
}

impl LinkMail {
    /// Its kind, and the key that lets it be written once for an order.
    fn describe(self) -> (MailKind, String) {
        match self {
            Self::ToConfirm { nth } => (MailKind::AddressToConfirm, format!("to_confirm:{nth}")),
            Self::Again { hour, n_before } => {
                (MailKind::OrderLink, format!("link:{hour}:{n_before}"))
            }
            Self::Renewed { at } => {
                (MailKind::OrderLinkRenewed, format!("link_renewed:{}", at.unix_timestamp_nanos()))
            }
        }
    }
}

/// Ids, texts and times always become JSON.
fn json(data: &MailData) -> serde_json::Value {
    serde_json::to_value(data).unwrap_or_default()
}
