//! Placing an order: check the wish, keep the places, open the provider's page.

mod wish;

use domain::event::EventStatus;
use domain::fees::FeeTerms;
use domain::ids::{OrderId, PaymentId};
use domain::money::Money;
use domain::order::{NotOrderable, OrderStatus, Quote, Selection, quote};
use domain::parsed::TextError;
use domain::payment::PaymentMethod;
use domain::screening::Decision;
use domain::switch::Switch;
use domain::tax::{TaxRate, tax_inside};
use domain::ticket_type::SaleTerms;
use serde_json::{Value, json};
use store::db::Conn;
use store::error::StoreError;
use store::idempotency::{self, Claim};
use store::orders::{NewOrder, Order, OrderLine, PaidProof};
use store::payments::Payment;
use store::quotas::{self, Taken};
pub use store::read::sale::EventRef;
use store::read::sale::{self, Sale};
use store::screenings;
use store::tickets::{self, NewTicket};
use store::trail::Trail;
use time::{Duration, OffsetDateTime};
use words::lang::Lang;

use crate::actor::Actor;
use crate::crash::{self, CrashPoint};
use crate::orders::confirm_address;
use crate::orders::place::wish::Wish;
use crate::payments::settle::{Line, settle_order};
use crate::payments::start::Attempt;
use crate::screening::{self, Look, Whereabouts};
use crate::trail::{Place, fact};
use crate::transfers::promise::PromiseError;
use crate::{Deps, PlacesGuard, fees, fresh, payments, transfers};

/// Letters of an order's code.
const ORDER_CODE_CHARS: usize = 6;
/// Letters of a ticket's code: nobody guesses one of a valid ticket.
const TICKET_CODE_CHARS: usize = 12;
/// How long one placing may take before its key is free again.
const IDEMPOTENCY_LEASE: Duration = Duration::seconds(60);

/// What a buyer wishes.
#[derive(Debug, Clone)]
pub struct PlaceOrder {
    pub event: EventRef,
    pub buyer_name: String,
    pub buyer_email: String,
    pub lang: Lang,
    pub selections: Vec<Selection>,
    /// In the order of the tickets; where one is missing or empty, the buyer's name stands.
    pub attendee_names: Vec<String>,
    /// What the buyer may choose from on the provider's page; empty means all the event allows.
    pub methods: Vec<PaymentMethod>,
    pub source: OrderSource,
    pub idempotency_key: Option<String>,
}

/// Which door an order came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderSource {
    /// The buyer's own browser.
    Web(Whereabouts),
    Api,
}

impl OrderSource {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Web(_) => "web",
            Self::Api => "api",
        }
    }

    /// Where the buyer comes from: of a caller of the API nothing is known about the buyer.
    fn whereabouts(self) -> Whereabouts {
        match self {
            Self::Web(whereabouts) => whereabouts,
            Self::Api => Whereabouts::default(),
        }
    }
}

/// An order with its places kept.
#[derive(Debug, Clone)]
pub struct PlacedOrder {
    pub order: OrderId,
    pub code: String,
    pub link_token: String,
    pub status: OrderStatus,
    pub amount: Money,
    /// The provider's page; none when nothing is owed, when the order is held back, or when the provider did not answer
    /// and is asked again.
    pub pay_url: Option<String>,
    /// As what it is held back: nothing can be paid before its organizer decides.
    pub held_back: Option<Decision>,
}

/// Which field is wrong and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// `buyer_name`, `buyer_email`, `attendee_names.2`, …
    pub field: String,
    pub error: TextError,
}

/// Why an order was not placed. Nothing was kept.
#[derive(Debug, thiserror::Error)]
pub enum PlaceOrderError {
    #[error("some fields cannot be used")]
    Invalid(Vec<FieldProblem>),
    #[error("there is no such event")]
    NotFound,
    #[error("the event is not on sale")]
    NotOnSale,
    /// The platform takes no new orders of anybody at the moment.
    #[error("orders are paused")]
    Paused,
    /// The platform takes no new orders for the organizer.
    #[error("the organizer is suspended")]
    Suspended,
    #[error("the payment method is not offered")]
    MethodNotOffered,
    /// Every way to pay is switched off for everybody.
    #[error("there is no way to pay")]
    Unpayable,
    #[error("the places are gone")]
    SoldOut,
    #[error(transparent)]
    NotOrderable(#[from] NotOrderable),
    #[error("too many people order at once; try again")]
    Busy,
    #[error("the idempotency key was used for another order")]
    KeyReused,
    #[error("the same order is being placed")]
    StillRunning,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<PromiseError> for PlaceOrderError {
    fn from(error: PromiseError) -> Self {
        match error {
            PromiseError::NoAccount => Self::MethodNotOffered,
            PromiseError::Store(error) => error.into(),
            PromiseError::TooManyAttempts | PromiseError::NoNumber => {
                Self::Unexpected(error.into())
            }
        }
    }
}

impl From<StoreError> for PlaceOrderError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Keeps places for what the buyer wishes and opens the provider's page for it.
///
/// Repeating it with the same key gives the same order. When the provider does not answer, the order stands and the
/// sweeper asks again; the buyer's page says so.
///
/// # Errors
/// See [`PlaceOrderError`]; nothing was kept then.
pub async fn place_order(deps: &Deps, command: PlaceOrder) -> Result<PlacedOrder, PlaceOrderError> {
    let wish = Wish::parse(command)?;
    let (order, owed) = reserve(deps, &wish).await?;
    crash::pass(deps, CrashPoint::AfterReserve);
    let mut held_back = None;
    let started = match owed {
        Owed::Nothing => None,
        Owed::HeldBack(decision) => {
            held_back = Some(decision);
            None
        }
        Owed::Now(payment, lines) => {
            Some(payments::start::ask_for_page(deps, &order, &payment, lines).await)
        }
        Owed::Since(payment) => Some(payments::start::open(deps, payment).await),
    };
    let started = started.transpose().map_err(PlaceOrderError::Unexpected)?;
    Ok(PlacedOrder {
        order: order.id,
        code: order.code,
        link_token: order.link_token,
        status: order.status,
        amount: order.amount,
        pay_url: started.and_then(|started| started.hosted_url),
        held_back,
    })
}

/// What the buyer must still be asked for.
enum Owed {
    Nothing,
    /// Not before the organizer has looked at it.
    HeldBack(Decision),
    /// By a payment that was written just now, for these lines.
    Now(Box<Payment>, Vec<OrderLine>),
    /// By a payment that the same wish began before.
    Since(PaymentId),
}

/// Writes order, places, tickets and the intent to pay in one transaction.
async fn reserve(deps: &Deps, wish: &Wish) -> Result<(Order, Owed), PlaceOrderError> {
    let now = deps.clock.now();
    let whereabouts = wish.command.source.whereabouts();
    let domain = wish.buyer_email.domain();
    let event = &wish.command.event;
    let look = if wish.command.source == OrderSource::Api {
        screening::look(deps, whereabouts, domain, event).await
    } else {
        screening::look_at_new(deps, whereabouts, domain, event).await
    };
    let mut tx = deps.db.begin().await?;
    let sale = sale::get(&mut tx, &wish.command.event).await?;
    let scope = format!("place:{}", sale.event);
    if let Some((key, hash)) = &wish.idempotency {
        let claim = idempotency::claim(&mut tx, &scope, key, hash, IDEMPOTENCY_LEASE, now).await?;
        match claim {
            Claim::Mine => {}
            Claim::Answered(answer) => return placed_before(&mut tx, &answer).await,
            Claim::Running => return Err(PlaceOrderError::StillRunning),
            Claim::Reused => return Err(PlaceOrderError::KeyReused),
        }
    }
    let (quote, methods) = price(&sale, wish, now)?;
    let fee = fee(&mut tx, &sale, &quote, &methods).await?;
    let claims = claim_places(&mut tx, &quote).await?;
    let order = new_order(deps, wish, &sale, (&quote, fee), now)?;
    let hosted: Vec<_> = methods.into_iter().filter(|method| method.is_hosted()).collect();
    let (placed, lines) = write_order(&mut tx, wish, &sale, &quote, &order).await?;
    let (begun, status) = if sale.confirms_email && wish.command.source != OrderSource::Api {
        confirm_address::ask(deps, &mut tx, &placed).await?;
        (Begun::Otherwise, OrderStatus::Pending)
    } else {
        begin_payment(deps, &mut tx, &placed, &hosted, &look).await?
    };
    if let Some((key, _)) = &wish.idempotency {
        let payment = begun.payment().map(|payment| payment.id);
        let answer = json!({ "order": order.id, "payment": payment });
        idempotency::answer(&mut tx, &scope, key, &answer).await?;
    }
    if begun.payment().is_some() {
        // Nobody hears of this order before the commit that follows the provider's answer.
        tx.last_later().await?;
    }
    // Last, because everybody who orders this event meets at its quota's row until the commit.
    keep_places(deps, &mut tx, &claims).await?;
    tx.commit().await?;
    let owed = match begun {
        Begun::Otherwise => Owed::Nothing,
        Begun::HeldBack(decision) => Owed::HeldBack(decision),
        Begun::Payment(payment) => Owed::Now(payment, lines),
    };
    Ok((Order { status, ..placed }, owed))
}

/// How a new order goes on.
enum Begun {
    /// Nothing is owed, a transfer is promised, or the address is to be confirmed first.
    Otherwise,
    HeldBack(Decision),
    Payment(Box<Payment>),
}

impl Begun {
    fn payment(&self) -> Option<&Payment> {
        match self {
            Self::Payment(payment) => Some(payment),
            Self::Otherwise | Self::HeldBack(_) => None,
        }
    }
}

/// Settles a free order, promises a transfer, or writes the intent to pay on the provider's page, unless the order looks
/// too unusual for that.
async fn begin_payment(
    deps: &Deps,
    conn: &mut Conn,
    placed: &Order,
    hosted: &[PaymentMethod],
    look: &Look,
) -> Result<(Begun, OrderStatus), PlaceOrderError> {
    if let Some(proof) = PaidProof::nothing_owed(placed) {
        settle_order(conn, placed, proof, Line::Own, deps.clock.now()).await?;
        return Ok((Begun::Otherwise, OrderStatus::Paid));
    }
    if hosted.is_empty() {
        transfers::promise::promise(deps, conn, placed, placed.amount).await?;
        return Ok((Begun::Otherwise, OrderStatus::AwaitingPayment));
    }
    let decision = screening::screen(deps, conn, placed, look, 1).await?;
    if decision != Decision::Passed {
        return Ok((Begun::HeldBack(decision), OrderStatus::Pending));
    }
    let attempt = Attempt { methods: hosted, ordinal: 1, amount: placed.amount };
    let payment = payments::start::write_payment(deps, conn, placed, attempt).await?;
    Ok((Begun::Payment(Box::new(payment)), OrderStatus::Pending))
}

/// The same wish came before: its order, and its payment if it can still be paid.
async fn placed_before(conn: &mut Conn, answer: &Value) -> Result<(Order, Owed), PlaceOrderError> {
    let id = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let order = id("order").parse().map_err(|_| StoreError::Malformed("idempotent answer"))?;
    let order = store::orders::get(conn, order).await?;
    if order.status != OrderStatus::Pending {
        return Ok((order, Owed::Nothing));
    }
    let owed = match id("payment").parse() {
        Ok(payment) => Owed::Since(payment),
        Err(_) => screenings::find_standing(conn, order.id)
            .await?
            .filter(|decision| *decision != Decision::Approved)
            .map_or(Owed::Nothing, Owed::HeldBack),
    };
    Ok((order, owed))
}

fn price(
    sale: &Sale,
    wish: &Wish,
    now: OffsetDateTime,
) -> Result<(Quote, Vec<PaymentMethod>), PlaceOrderError> {
    if sale.status == EventStatus::Draft {
        return Err(PlaceOrderError::NotFound);
    }
    if sale.status != EventStatus::Published || sale.over_at.is_some_and(|over| over <= now) {
        return Err(PlaceOrderError::NotOnSale);
    }
    if sale.off.has(Switch::Orders) {
        return Err(PlaceOrderError::Paused);
    }
    if !sale.standing.may_sell() {
        return Err(PlaceOrderError::Suspended);
    }
    let terms: Vec<SaleTerms> = sale.offers.iter().map(|(_, terms)| terms.clone()).collect();
    let quote = quote(sale.currency, &terms, &wish.command.selections, now)?;
    let asked = &wish.command.methods;
    if asked.iter().any(|method| !sale.methods.contains(method)) {
        return Err(PlaceOrderError::MethodNotOffered);
    }
    let methods = if asked.is_empty() { sale.methods.clone() } else { asked.clone() };
    if methods.is_empty() && quote.total.is_positive() {
        return Err(PlaceOrderError::Unpayable);
    }
    Ok((quote, methods))
}

/// The fee rules of the order, and what its buyer pays for them; what is free has none.
async fn fee(
    conn: &mut Conn,
    sale: &Sale,
    quote: &Quote,
    methods: &[PaymentMethod],
) -> Result<(Option<FeeTerms>, Money), PlaceOrderError> {
    let nothing = Money::zero(sale.currency);
    if quote.total.is_zero() {
        return Ok((None, nothing));
    }
    let terms = fees::terms(conn, sale.organizer, sale.currency, sale.fee_bearer).await?;
    let added = match &terms {
        Some(terms) => terms.added(quote.total, methods).map_err(NotOrderable::from)?,
        None => nothing,
    };
    Ok((terms, added))
}

fn new_order(
    deps: &Deps,
    wish: &Wish,
    sale: &Sale,
    (quote, (fee_terms, fee)): (&Quote, (Option<FeeTerms>, Money)),
    now: OffsetDateTime,
) -> Result<NewOrder, NotOrderable> {
    let currency = sale.currency;
    let sold = quote.lines.iter().map(|line| (line.tax_rate, line.amount));
    // A fee is a service, taxed at the standard rate.
    let taxes = tax_inside(currency, sold.chain([(TaxRate::STANDARD, fee)]))?;
    Ok(NewOrder {
        id: fresh::id(),
        organizer: sale.organizer,
        event: sale.event,
        code: fresh::code(ORDER_CODE_CHARS),
        status: OrderStatus::Pending,
        buyer_name: wish.buyer_name.clone(),
        buyer_email: wish.buyer_email.to_string(),
        locale: wish.command.lang.code(),
        amount: quote.total.checked_add(fee)?,
        tax: Money::sum(currency, taxes.iter().map(|part| part.tax))?,
        fee,
        fee_terms,
        link_token: fresh::token(),
        hold_expires_at: now + deps.settings.hold,
        source: wish.command.source.as_str(),
        cancel_policy: sale.cancel_policy.clone(),
        now,
    })
}

/// Tells a sold-out event at a glance, before anything is written; who gets the last place is decided by [`keep_places`].
async fn claim_places(
    conn: &mut Conn,
    quote: &Quote,
) -> Result<Vec<quotas::Claim>, PlaceOrderError> {
    let wanted: Vec<_> = quote.lines.iter().map(|line| (line.ticket_type, line.quantity)).collect();
    let foreseen = quotas::foresee(conn, &wanted).await?;
    let claims = foreseen.into_iter().map(|(claim, fits)| fits.then_some(claim)).collect();
    Option::ok_or(claims, PlaceOrderError::SoldOut)
}

async fn keep_places(
    deps: &Deps,
    conn: &mut Conn,
    claims: &[quotas::Claim],
) -> Result<(), PlaceOrderError> {
    let taken = match deps.settings.places_guard {
        PlacesGuard::On => quotas::take(conn, claims).await?,
        PlacesGuard::OffForNegativeControl => quotas::take_unguarded(conn, claims).await?,
    };
    match taken {
        Taken::All => Ok(()),
        Taken::SoldOut(_) => Err(PlaceOrderError::SoldOut),
    }
}

async fn write_order(
    conn: &mut Conn,
    wish: &Wish,
    sale: &Sale,
    quote: &Quote,
    order: &NewOrder,
) -> Result<(Order, Vec<OrderLine>), PlaceOrderError> {
    let name_of = |line: &domain::order::PricedLine| {
        let offer = sale.offers.iter().find(|(_, terms)| terms.ticket_type == line.ticket_type);
        offer.map(|(name, _)| name.clone()).unwrap_or_default()
    };
    let lines: Vec<OrderLine> = quote
        .lines
        .iter()
        .map(|line| OrderLine {
            id: fresh::id(),
            ticket_type: line.ticket_type,
            name: name_of(line),
            unit_price: line.unit_price,
            quantity: line.quantity,
            tax_rate: line.tax_rate,
            amount: line.amount,
        })
        .collect();
    let mut names = wish.attendee_names.iter().filter(|name| !name.is_empty());
    let tickets: Vec<NewTicket> = quote
        .lines
        .iter()
        .flat_map(|line| (0..line.quantity).map(|_| line.ticket_type))
        .map(|ticket_type| NewTicket {
            id: fresh::id(),
            ticket_type,
            code: fresh::code(TICKET_CODE_CHARS),
            attendee_name: names.next().unwrap_or(&wish.buyer_name).clone(),
        })
        .collect();
    let written = store::orders::insert(conn, order).await?;
    store::orders::insert_lines(conn, order.id, &lines).await?;
    tickets::insert_held(conn, order.event, order.id, &tickets).await?;
    let detail = json!({ "code": order.code, "amount_minor": order.amount.minor(), "n_tickets": tickets.len() });
    let place = Place { organizer: order.organizer, event: order.event, order: Some(order.id) };
    let placed = fact(place, Actor::Buyer, "order.placed", (&order.code, detail));
    let trail = Trail { facts: vec![placed], ..Trail::default() };
    store::trail::write(conn, trail, order.now).await?;
    Ok((written, lines))
}
