//! What placing an order must know of an event: whether it sells, what, and for how much.

use domain::cancel_policy::FrozenPolicy;
use domain::event::EventStatus;
use domain::fees::Bearer;
use domain::ids::{EventId, Id, OrganizerId, TicketTypeId};
use domain::money::{Currency, Money};
use domain::parsed::slug::Slug;
use domain::payment::PaymentMethod;
use domain::standing::Standing;
use domain::switch::SwitchedOff;
use domain::tax::TaxRate;
use domain::ticket_type::SaleTerms;
use time::OffsetDateTime;

use crate::cancel_policies;
use crate::db::Conn;
use crate::error::{StoreError, word};

/// How an event is named by who orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventRef {
    Id(EventId),
    Slug(Slug),
}

/// An event as a seller sees it.
#[derive(Debug, Clone)]
pub struct Sale {
    pub event: EventId,
    pub organizer: OrganizerId,
    pub status: EventStatus,
    /// Of the organizer.
    pub standing: Standing,
    pub currency: Currency,
    /// That the event offers and nobody switched off.
    pub methods: Vec<PaymentMethod>,
    pub off: SwitchedOff,
    /// Who bears the fees of a new order.
    pub fee_bearer: Bearer,
    /// Whether the address of who orders is to be confirmed first.
    pub confirms_email: bool,
    /// When nobody can come any more.
    pub over_at: Option<OffsetDateTime>,
    /// What an order of this moment is sold with.
    pub cancel_policy: FrozenPolicy,
    /// Names beside terms, in the order of the page.
    pub offers: Vec<(String, SaleTerms)>,
}

/// Reads the event and its ticket types on offer; no quota is added to them until the transaction ends.
///
/// # Errors
/// `NotFound` when there is no such event.
pub async fn get(conn: &mut Conn, event: &EventRef) -> Result<Sale, StoreError> {
    let (id, slug) = match event {
        EventRef::Id(id) => (Some(id.uuid()), None),
        EventRef::Slug(slug) => (None, Some(slug.as_str())),
    };
    let row = sqlx::query!(
        // Shared with other buyers, not with who adds a quota: it would miss the tickets of this order. Of the organizer
        // the same: who suspends it waits for this order, or this order sees it.
        r#"select event_id, organizer_id, status, standing, currency, methods, fee_bearer, confirms_email, starts_at, ends_at, time_zone,
                cancel_policy, array(select name from feature_switches where not is_on) as "off!"
         from events join organizers using (organizer_id) where event_id = $1 or slug = $2 for key share"#,
        id,
        slug,
    )
    .fetch_one(&mut *conn)
    .await?;
    let currency = word(Currency::parse(&row.currency), "currency")?;
    let methods: Result<Vec<_>, _> =
        row.methods.iter().map(|method| PaymentMethod::parse(method)).collect();
    let off = SwitchedOff::read(&row.off);
    let offers = sqlx::query!(
        "select ticket_type_id, name, price_minor, tax_rate_basis_points, sales_start_at, sales_end_at, per_order_min,
                per_order_max
         from ticket_types where event_id = $1 and archived_at is null order by position, ticket_type_id",
        row.event_id
    )
    .fetch_all(&mut *conn)
    .await?
    .into_iter()
    .map(|offer| {
        let rate = TaxRate::from_basis_points(offer.tax_rate_basis_points.into());
        let terms = SaleTerms {
            ticket_type: TicketTypeId::from_uuid(offer.ticket_type_id),
            price: Money::new(offer.price_minor, currency),
            tax_rate: rate.ok_or(StoreError::Malformed("tax rate"))?,
            sales_start_at: offer.sales_start_at,
            sales_end_at: offer.sales_end_at,
            per_order_min: word(u32::try_from(offer.per_order_min), "minimum")?,
            per_order_max: word(u32::try_from(offer.per_order_max), "maximum")?,
        };
        Ok((offer.name, terms))
    })
    .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(Sale {
        event: EventId::from_uuid(row.event_id),
        organizer: OrganizerId::from_uuid(row.organizer_id),
        status: word(EventStatus::parse(&row.status), "event status")?,
        standing: word(Standing::parse(&row.standing), "organizers.standing")?,
        currency,
        methods: off.left_of(word(methods, "payment method")?),
        off,
        fee_bearer: word(Bearer::parse(&row.fee_bearer), "fee bearer")?,
        confirms_email: row.confirms_email,
        over_at: row.ends_at.or(row.starts_at),
        cancel_policy: FrozenPolicy {
            policy: cancel_policies::read(row.cancel_policy)?,
            starts_at: row.starts_at,
            time_zone: row.time_zone,
        },
        offers,
    })
}
