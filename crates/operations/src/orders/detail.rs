//! Everything about one order, for its organizer.

use domain::ids::OrderId;
use domain::permission::Permission;
use store::disputes;
pub use store::disputes::Dispute;
use store::email_confirmations;
pub use store::email_confirmations::EmailConfirmation;
use store::error::StoreError;
use store::read::order_detail;
pub use store::read::order_detail::{
    AuditLine, LedgerLine, MailLine, OrderHead, PaymentLine, RefundLine, SoldLine, TicketLine,
    WebhookLine,
};
use time::OffsetDateTime;

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::refunds::follow::{self, FollowedRefund};

/// Why an order was not shown.
#[derive(Debug, thiserror::Error)]
pub enum OrderDetailError {
    #[error("no such order")]
    NotFound,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for OrderDetailError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// An order with all that happened to it.
#[derive(Debug, Clone)]
pub struct OrderDetail {
    pub head: OrderHead,
    pub lines: Vec<SoldLine>,
    pub tickets: Vec<TicketLine>,
    pub payments: Vec<PaymentLine>,
    pub refunds: Vec<RefundLine>,
    /// The same refunds with their stories.
    pub followed: Vec<FollowedRefund>,
    pub disputes: Vec<Dispute>,
    pub webhook_events: Vec<WebhookLine>,
    pub ledger: Vec<LedgerLine>,
    pub mails: Vec<MailLine>,
    pub audit: Vec<AuditLine>,
    /// Of the buyer's mail address.
    pub confirmation: EmailConfirmation,
    pub now: OffsetDateTime,
}

impl OrderDetail {
    /// The payment that money can be given back from: captured, with something left.
    pub fn refundable(&self) -> Option<&PaymentLine> {
        self.payments.iter().find(|payment| payment.refundable_minor() > 0)
    }

    /// What was collected and stayed.
    pub fn collected_minor(&self) -> i64 {
        self.payments.iter().map(PaymentLine::refundable_minor).sum()
    }

    /// What went back or is on its way back.
    pub fn refunded_minor(&self) -> i64 {
        self.payments.iter().map(|payment| payment.refunds_minor).sum()
    }
}

/// The organizer's order with its history.
///
/// # Errors
/// [`OrderDetailError::NotFound`] when there is none or it is somebody else's.
pub async fn detail(
    deps: &Deps,
    access: &OrganizerAccess,
    order: OrderId,
) -> Result<OrderDetail, OrderDetailError> {
    let mut conn = deps.db.acquire().await?;
    let organizer = access.organizer_for(Permission::ViewOrders)?;
    let mut head = order_detail::get_head(&mut conn, organizer, order).await?;
    if !access.may(Permission::PlaceOrders) {
        // Whoever has the link is the participant: it cancels, and says where money goes.
        head.link_token.clear();
    }
    let mut followed = follow::list(&mut conn, &deps.settings, order, deps.clock.now()).await?;
    if access.may(Permission::RefundPayments) {
        follow::open_accounts(deps, &mut conn, &mut followed).await?;
    }
    Ok(OrderDetail {
        head,
        lines: order_detail::list_lines(&mut conn, order).await?,
        tickets: order_detail::list_tickets(&mut conn, order).await?,
        payments: order_detail::list_payments(&mut conn, order).await?,
        refunds: order_detail::list_refunds(&mut conn, order).await?,
        followed,
        disputes: disputes::list_for_order(&mut conn, order).await?,
        webhook_events: order_detail::list_webhook_events(&mut conn, order).await?,
        ledger: order_detail::list_ledger(&mut conn, order).await?,
        mails: order_detail::list_mails(&mut conn, order).await?,
        audit: order_detail::list_audit(&mut conn, order).await?,
        confirmation: email_confirmations::find(&mut conn, order).await?,
        now: deps.clock.now(),
    })
}
