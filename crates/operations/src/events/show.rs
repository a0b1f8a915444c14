//! Shows an event to participants, and to its organizer before it is published.

use domain::event::EventStatus;
use domain::fees::{Bearer, FeeTerms};
use domain::ids::UserId;
use domain::parsed::slug::Slug;
use domain::switch::Switch;
use domain::ticket_type::SaleState;
use store::error::StoreError;
use store::read::event_page;
pub use store::read::event_page::{Cover, EventPage, Offer};
use time::OffsetDateTime;

use crate::access::membership;
use crate::events::markdown;
use crate::{Deps, fees, links};

/// Letters of a description in search results and link previews.
const SUMMARY_CHARS: usize = 120;

/// An event, ready for its page.
#[derive(Debug, Clone)]
pub struct ShownEvent {
    pub page: EventPage,
    /// The fee rules of an order placed now, if its buyer pays for them.
    pub added_fees: Option<FeeTerms>,
    pub sale: Sale,
    /// Made safe.
    pub description_html: String,
    /// One line without marks.
    pub summary: String,
    /// The full address of the page.
    pub url: String,
    pub now: OffsetDateTime,
}

/// Whether the event can be joined at this moment, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sale {
    /// Nobody but its organizer sees it.
    Draft,
    /// Places left in the whole event, where that is limited.
    Open {
        n_free: Option<u32>,
    },
    NotYet {
        from: OffsetDateTime,
    },
    SoldOut,
    /// Ended by hand, or every window has closed.
    Closed,
    /// The event itself is over.
    Over,
    /// It does not take place.
    Cancelled,
    /// The platform takes no new orders for its organizer.
    Suspended,
    /// The platform takes no new orders of anybody.
    Paused,
    /// It costs something, and every way to pay it is switched off for everybody.
    Unpayable,
}

/// Whether one ticket type can be chosen at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferState {
    Open,
    NotYet { from: OffsetDateTime },
    Ended,
    SoldOut,
}

/// Why an event is not shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowEventError {
    /// There is none, or it is a draft of somebody else.
    #[error("no such event")]
    NotFound,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for ShowEventError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Reads the event of a link. A draft is shown to its members only, and to everybody else as nothing.
///
/// # Errors
/// `NotFound`, or what the database says.
pub async fn show_event(
    deps: &Deps,
    slug: &str,
    viewer: Option<UserId>,
) -> Result<ShownEvent, ShowEventError> {
    // What is no slug names no event; the database refuses some of it loudly.
    let slug = Slug::parse(slug).map_err(|_| ShowEventError::NotFound)?;
    let (page, added_fees) = {
        let mut conn = deps.db.acquire().await?;
        let page = event_page::get(&mut conn, slug.as_str()).await?;
        let added_fees = match page.fee_bearer {
            Bearer::Organizer => None,
            bearer => fees::terms(&mut conn, page.organizer, page.currency, bearer).await?,
        };
        (page, added_fees)
    };
    if page.status == EventStatus::Draft {
        let viewer = viewer.ok_or(ShowEventError::NotFound)?;
        let member = membership(deps, viewer, page.organizer).await;
        let member = member.map_err(|_| ShowEventError::NotFound)?;
        if !member.may_see(page.event) {
            return Err(ShowEventError::NotFound);
        }
    }
    let now = deps.clock.now();
    Ok(ShownEvent {
        sale: sale(&page, now),
        description_html: markdown::to_html(&page.description_markdown),
        summary: markdown::to_line(&page.description_markdown, SUMMARY_CHARS),
        url: links::event(&deps.settings, &page.slug),
        page,
        added_fees,
        now,
    })
}

/// Decides whether one ticket type can be chosen.
pub fn offer_state(offer: &Offer, now: OffsetDateTime) -> OfferState {
    match offer.terms.state(now) {
        SaleState::NotYet => OfferState::NotYet { from: offer.terms.sales_start_at.unwrap_or(now) },
        SaleState::Ended => OfferState::Ended,
        SaleState::Open if offer.n_free.is_some_and(|n| n < offer.terms.per_order_min) => {
            OfferState::SoldOut
        }
        SaleState::Open => OfferState::Open,
    }
}

fn sale(page: &EventPage, now: OffsetDateTime) -> Sale {
    match page.status {
        EventStatus::Draft => return Sale::Draft,
        EventStatus::Cancelled => return Sale::Cancelled,
        _ if page.ends_at.or(page.starts_at).is_some_and(|over| over <= now) => return Sale::Over,
        _ if page.off.has(Switch::Orders) => return Sale::Paused,
        _ if !page.standing.may_sell() => return Sale::Suspended,
        EventStatus::Closed => return Sale::Closed,
        EventStatus::Published => {}
    }
    let states: Vec<_> = page.offers.iter().map(|offer| offer_state(offer, now)).collect();
    if states.contains(&OfferState::Open) {
        let is_open = |(offer, state): (&Offer, &OfferState)| {
            *state == OfferState::Open && page.can_be_paid(offer)
        };
        return if page.offers.iter().zip(&states).any(is_open) {
            Sale::Open { n_free: n_free(page, now) }
        } else {
            Sale::Unpayable
        };
    }
    let opens = states.iter().filter_map(|state| match state {
        OfferState::NotYet { from } => Some(*from),
        OfferState::Open | OfferState::Ended | OfferState::SoldOut => None,
    });
    if let Some(from) = opens.min() {
        Sale::NotYet { from }
    } else if states.contains(&OfferState::SoldOut) {
        Sale::SoldOut
    } else {
        Sale::Closed
    }
}

/// What is left to choose from: the event's own limit, or the sum of its ticket types' where each has one.
fn n_free(page: &EventPage, now: OffsetDateTime) -> Option<u32> {
    if page.n_free.is_some() {
        return page.n_free;
    }
    let open = page.offers.iter().filter(|offer| offer_state(offer, now) == OfferState::Open);
    open.map(|offer| offer.n_free).try_fold(0u32, |sum, n| Some(sum.saturating_add(n?)))
}
