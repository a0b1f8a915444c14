//! Starting a payment: write the intent, ask the provider, write the answer.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::ids::PaymentId;
use domain::limits::PAYMENTS_PER_ORDER_MAX;
use domain::money::{Money, MoneyError};
use domain::payment::{PaymentMethod, PaymentStatus};
use domain::screening::Decision;
use domain::switch::Switch;
use providers::outcome::{Cause, Outcome};
use providers::payments::{LineItem, StartPayment as ProviderStart, StartedPayment};
use serde_json::json;
use store::db::Conn;
use store::email_confirmations::{self, EmailConfirmation};
use store::error::StoreError;
use store::events;
use store::orders::{self, Order, OrderLine};
use store::payments::{self, NewPayment, Payment};
use store::read::sale::EventRef;
use store::{screenings, switches};
use time::OffsetDateTime;
use words::lang::Lang;

use crate::actor::{Actor, BuyerAccess};
use crate::crash::{self, CrashPoint};
use crate::jobs::{self, Job};
use crate::payments::credit;
use crate::screening::{self, Look};
use crate::trail::{self, Place};
use crate::transfers::promise::PromiseError;
use crate::{Deps, fresh, links, transfers};

/// Letters behind an order's code that make an attempt's reference unique at the provider.
const REFERENCE_CHARS: usize = 8;
/// How long to wait before asking again while the provider still answers the same question to somebody else.
const IN_FLIGHT_PAUSES: [Duration; 4] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
];

/// A payment whose page the buyer can be sent to.
#[derive(Debug, Clone)]
pub struct Started {
    /// None when the provider did not answer, and is asked again, or when the order is held back; the status page says so.
    pub hosted_url: Option<String>,
}

/// Why a payment was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartPaymentError {
    #[error("there is no such order")]
    NotFound,
    /// Paid, cancelled or expired.
    #[error("the order cannot be paid any more")]
    NotPayable,
    /// Its event asks for a confirmed mail address.
    #[error("the mail address is not confirmed")]
    Unconfirmed,
    #[error("the payment method is not offered")]
    MethodNotOffered,
    #[error("too many attempts")]
    TooManyAttempts,
    #[error("somebody else is changing the order; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<PromiseError> for StartPaymentError {
    fn from(error: PromiseError) -> Self {
        match error {
            PromiseError::NoAccount => Self::MethodNotOffered,
            PromiseError::TooManyAttempts => Self::TooManyAttempts,
            PromiseError::Store(error) => error.into(),
            PromiseError::NoNumber => Self::Unexpected(error.into()),
        }
    }
}

impl From<StoreError> for StartPaymentError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Sends the buyer back to the open payment, or begins another when it is over or another method is wanted.
///
/// # Errors
/// See [`StartPaymentError`].
pub async fn start_payment(
    deps: &Deps,
    access: &BuyerAccess,
    method: Option<PaymentMethod>,
) -> Result<Started, StartPaymentError> {
    let now = deps.clock.now();
    let look = look(deps, access).await?;
    let mut tx = deps.db.begin().await?;
    let order = lock_payable(&mut tx, access, now).await?;
    let attempts = payments::list_for_order(&mut tx, order.id).await?;
    let off = switches::list_off(&mut tx).await?;
    let hosted = hosted_methods(&mut tx, &order, &attempts).await?;
    let hosted = bearable(&order, hosted).map_err(|e| StartPaymentError::Unexpected(e.into()))?;
    // Nobody is made to promise a transfer because the other ways are switched off for a while.
    let is_transfer_alone = hosted.is_empty();
    let offered = off.left_of(hosted);
    let is_transfer = match method {
        Some(method) => method == PaymentMethod::DirectTransfer,
        None => is_transfer_alone,
    };
    if is_transfer && off.has(Switch::Method(PaymentMethod::DirectTransfer)) {
        return Err(StartPaymentError::MethodNotOffered);
    }
    if is_transfer {
        promise_transfer(deps, &mut tx, &order, &attempts).await?;
        tx.commit().await?;
        return Ok(Started { hosted_url: None });
    }
    let wanted = match method {
        Some(method) if !offered.contains(&method) => {
            return Err(StartPaymentError::MethodNotOffered);
        }
        Some(method) => vec![method],
        None if offered.is_empty() => return Err(StartPaymentError::MethodNotOffered),
        None => offered,
    };
    let standing = screenings::find_standing(&mut tx, order.id).await?;
    if standing.is_some_and(|decision| decision != Decision::Approved) {
        // Nor back to a page that was opened before.
        return Ok(Started { hosted_url: None });
    }
    let missing = credit::missing(&mut tx, &order).await.map_err(StartPaymentError::Unexpected)?;
    // A page beside a promise is about to be closed: who comes back from the transfer gets another.
    let is_promised = attempts.iter().any(|it| it.is_own_transfer() && it.status.is_open());
    let is_open =
        |it: &&Payment| !is_promised && it.amount == missing && can_be_resumed(it, &wanted, now);
    if let Some(open) = attempts.iter().rev().find(is_open) {
        drop(tx);
        return open_again(deps, open).await.map_err(StartPaymentError::Unexpected);
    }
    let ordinal = attempts.last().map_or(1, |last| last.ordinal.saturating_add(1));
    if ordinal > PAYMENTS_PER_ORDER_MAX {
        return Err(StartPaymentError::TooManyAttempts);
    }
    end_others(deps, &mut tx, &order, attempts.iter()).await?;
    let n_pages = attempts.iter().filter(|it| !it.is_own_transfer()).count();
    let n_pages = u32::try_from(n_pages).unwrap_or(u32::MAX).saturating_add(1);
    // It is held back once: what was let through is not judged again.
    if standing.is_none()
        && screening::screen(deps, &mut tx, &order, &look, n_pages).await? != Decision::Passed
    {
        tx.commit().await?;
        return Ok(Started { hosted_url: None });
    }
    orders::extend_hold(&mut tx, order.id, now + deps.settings.hold).await?;
    let attempt = Attempt { methods: &wanted, ordinal, amount: missing };
    let payment = write_payment(deps, &mut tx, &order, attempt).await?;
    tx.commit().await?;
    open(deps, payment.id).await.map_err(StartPaymentError::Unexpected)
}

/// Locks the buyer's order, if it can be paid at this moment.
async fn lock_payable(
    conn: &mut Conn,
    access: &BuyerAccess,
    now: OffsetDateTime,
) -> Result<Order, StartPaymentError> {
    let order = orders::lock(conn, access.order()).await?;
    if !order.status.is_payable() || order.hold_expires_at <= now {
        return Err(StartPaymentError::NotPayable);
    }
    if !events::lock_taking_place(conn, order.event).await? {
        return Err(StartPaymentError::NotPayable);
    }
    match email_confirmations::find(conn, order.id).await? {
        EmailConfirmation::Missing => Err(StartPaymentError::Unconfirmed),
        EmailConfirmation::NotAsked | EmailConfirmation::GivenAt(_) => Ok(order),
    }
}

/// Looks at the buyer before the order is locked.
async fn look(deps: &Deps, access: &BuyerAccess) -> Result<Look, StoreError> {
    let order = orders::get(&mut *deps.db.acquire().await?, access.order()).await?;
    let domain = order.buyer_email.rsplit_once('@').map_or("", |(_, domain)| domain);
    Ok(screening::look(deps, access.whereabouts, domain, &EventRef::Id(order.event)).await)
}

/// What the provider's page may offer: what the first page did, or what the event allows now.
async fn hosted_methods(
    conn: &mut Conn,
    order: &Order,
    attempts: &[Payment],
) -> Result<Vec<PaymentMethod>, StoreError> {
    if let Some(first) = attempts.iter().find(|it| !it.is_own_transfer()) {
        return Ok(first.methods.clone());
    }
    let terms = store::transfers::get_terms(conn, order.event).await?;
    Ok(terms.methods.into_iter().filter(|method| method.is_hosted()).collect())
}

/// The methods whose fee the order holds already: where the participant bears it, the price was told for some of them.
pub(crate) fn bearable(
    order: &Order,
    offered: Vec<PaymentMethod>,
) -> Result<Vec<PaymentMethod>, MoneyError> {
    let Some(terms) = &order.fee_terms else { return Ok(offered) };
    let price = order.ticket_price()?;
    let mut bearable = Vec::with_capacity(offered.len());
    for method in offered {
        if terms.added(price, &[method])?.minor() <= order.fee.minor() {
            bearable.push(method);
        }
    }
    Ok(bearable)
}

/// Ends open attempts that another takes the place of: promises at once, so that a later wish for one is not ended by an
/// older job; pages by a job, since the provider is asked.
async fn end_others(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    attempts: impl Iterator<Item = &Payment>,
) -> Result<(), StartPaymentError> {
    for open in attempts.filter(|it| it.status.is_open()) {
        if open.is_own_transfer() {
            let ended = transfers::promise::end(deps, conn, order, open, Actor::Buyer).await;
            ended.map_err(StartPaymentError::Unexpected)?;
        } else {
            let job = Job::ClosePayment { payment: open.id };
            jobs::enqueue(conn, &job, deps.clock.now()).await?;
        }
    }
    Ok(())
}

/// The buyer will transfer what is missing; a transfer of it that is awaited already is awaited still.
async fn promise_transfer(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    attempts: &[Payment],
) -> Result<(), StartPaymentError> {
    let terms = store::transfers::get_terms(conn, order.event).await?;
    if !terms.methods.contains(&PaymentMethod::DirectTransfer) {
        return Err(StartPaymentError::MethodNotOffered);
    }
    let missing = credit::missing(conn, order).await.map_err(StartPaymentError::Unexpected)?;
    let is_awaited =
        |it: &&Payment| it.is_own_transfer() && it.status.is_open() && it.amount == missing;
    let awaited = attempts.iter().rev().find(is_awaited).map(|it| it.id);
    let others = attempts.iter().filter(|it| Some(it.id) != awaited);
    end_others(deps, conn, order, others).await?;
    if awaited.is_none() {
        // Read again: the end of an older promise moves the order.
        let order = orders::lock(conn, order.id).await?;
        transfers::promise::promise(deps, conn, &order, missing).await?;
    }
    Ok(())
}

fn can_be_resumed(payment: &Payment, wanted: &[PaymentMethod], now: OffsetDateTime) -> bool {
    matches!(payment.status, PaymentStatus::Created | PaymentStatus::Pending)
        && !payment.is_own_transfer()
        && payment.methods == wanted
        && payment.deadline_at.is_none_or(|deadline| now < deadline)
}

async fn open_again(deps: &Deps, payment: &Payment) -> anyhow::Result<Started> {
    match &payment.hosted_url {
        Some(hosted_url) => Ok(Started { hosted_url: Some(hosted_url.clone()) }),
        None => open(deps, payment.id).await,
    }
}

/// What an attempt asks the provider for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) methods: &'a [PaymentMethod],
    pub(crate) ordinal: i32,
    pub(crate) amount: Money,
}

/// Writes the intent to pay. The row itself is the safety net: the sweeper asks about every open payment.
///
/// # Errors
/// When the database fails.
pub(crate) async fn write_payment(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    attempt: Attempt<'_>,
) -> Result<Payment, StoreError> {
    let Attempt { methods, ordinal, amount } = attempt;
    let new = NewPayment {
        id: fresh::id(),
        order: order.id,
        organizer: order.organizer,
        event: order.event,
        ordinal,
        provider: deps.provider.name(),
        reference: format!("{}-{ordinal}-{}", order.code, fresh::code(REFERENCE_CHARS)),
        methods: methods.to_vec(),
        amount,
        now: deps.clock.now(),
    };
    payments::insert(conn, &new).await
}

/// Asks the provider for its page and keeps it. Repeating asks with the same key and gets the same page.
///
/// # Errors
/// When the database fails.
pub(crate) async fn open(deps: &Deps, payment: PaymentId) -> anyhow::Result<Started> {
    let (order, payment, lines) = {
        let mut conn = deps.db.acquire().await?;
        let payment = payments::get(&mut conn, payment).await?;
        if let Some(hosted_url) = payment.hosted_url {
            return Ok(Started { hosted_url: Some(hosted_url) });
        }
        let order = orders::get(&mut conn, payment.order).await?;
        let lines = orders::list_lines(&mut conn, order.id, order.amount.currency()).await?;
        (order, payment, lines)
    };
    ask_for_page(deps, &order, &payment, lines).await
}

/// As [`open`], for who has just written or read it all.
///
/// # Errors
/// When the database fails.
pub(crate) async fn ask_for_page(
    deps: &Deps,
    order: &Order,
    payment: &Payment,
    lines: Vec<OrderLine>,
) -> anyhow::Result<Started> {
    let outcome = ask(deps, &provider_request(deps, order, payment, lines)).await;
    crash::pass(deps, CrashPoint::AfterPageOpened);
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let hosted_url = match outcome {
        Outcome::Accepted(started) => {
            let url = Some(started.hosted_url.as_str());
            let deadline = Some(now + deps.settings.hold);
            payments::mark_pending(&mut tx, payment.id, &started.session_id, url, deadline, now)
                .await?;
            Some(started.hosted_url)
        }
        Outcome::Refused(refusal) => {
            let code = refusal.code.as_str();
            payments::mark_moved(&mut tx, payment.id, PaymentStatus::Failed, Some(code), now)
                .await?;
            let place = Place {
                organizer: payment.organizer,
                event: payment.event,
                order: Some(payment.order),
            };
            let detail = json!({ "payment": payment.id, "code": code });
            let key = payment.id.to_string();
            trail::leave(&mut tx, place, Actor::Provider, "payment.failed", (&key, detail), now)
                .await?;
            None
        }
        // Unknown is not failed: the payment stays `created`, and the sweeper asks again with the same key.
        Outcome::Unknown(cause) => {
            tracing::warn!(payment.id = %payment.id, %cause, "provider gave no readable answer to a new payment");
            // The order's own commit did not wait for the disk; this one takes it along before the buyer hears of it.
            payments::touch(&mut tx, payment.id, now).await?
        }
    };
    tx.commit().await?;
    Ok(Started { hosted_url })
}

/// Asks with the payment's key until the provider is not busy with the very same question any more.
async fn ask(deps: &Deps, request: &ProviderStart) -> Outcome<StartedPayment> {
    for pause in IN_FLIGHT_PAUSES {
        match deps.provider.start_payment(request).await {
            Outcome::Unknown(Cause::InFlight) => tokio::time::sleep(pause).await,
            outcome => return outcome,
        }
    }
    deps.provider.start_payment(request).await
}

fn provider_request(
    deps: &Deps,
    order: &Order,
    payment: &Payment,
    lines: Vec<OrderLine>,
) -> ProviderStart {
    ProviderStart {
        payment_reference: payment.reference.clone(),
        amount: payment.amount,
        locale: order.locale.clone(),
        buyer_email: order.buyer_email.clone(),
        buyer_name: order.buyer_name.clone(),
        return_url: links::order_return(&deps.settings, &order.link_token),
        methods: payment.methods.clone(),
        line_items: line_items(order, payment, lines),
        expires_in_seconds: u32::try_from(deps.settings.hold.whole_seconds()).unwrap_or(u32::MAX),
        metadata: BTreeMap::from([("payment".to_owned(), payment.id.to_string())]),
        idempotency_key: payment.id.to_string(),
    }
}

/// What the buyer pays for fees, so that the provider's page adds up.
fn fee_item(order: &Order) -> Option<LineItem> {
    let lang = Lang::parse(&order.locale).unwrap_or_default();
    let description = words::payouts::fee_line(lang).to_owned();
    order.fee.is_positive().then_some(LineItem { description, amount: order.fee, quantity: 1 })
}

/// What the page lists: what was ordered, or one line for the rest of it. Their sum is what is asked for.
fn line_items(order: &Order, payment: &Payment, lines: Vec<OrderLine>) -> Vec<LineItem> {
    if payment.amount != order.amount {
        let lang = Lang::parse(&order.locale).unwrap_or_default();
        let description = words::transfer::rest_of_order(&order.code, lang);
        return vec![LineItem { description, amount: payment.amount, quantity: 1 }];
    }
    let line = |line: OrderLine| LineItem {
        description: line.name,
        amount: line.unit_price,
        quantity: line.quantity,
    };
    lines.into_iter().map(line).chain(fee_item(order)).collect()
}
