//! An event as its page shows it: the facts, what is on offer, and how many places are left.

use domain::cancel_policy::CancelPolicy;
use domain::event::{EventStatus, Visibility};
use domain::fees::Bearer;
use domain::ids::{EventId, FileId, Id, OrganizerId, TicketTypeId};
use domain::money::{Currency, Money};
use domain::payment::PaymentMethod;
use domain::standing::Standing;
use domain::switch::SwitchedOff;
use domain::tax::TaxRate;
use domain::ticket_type::SaleTerms;
use time::OffsetDateTime;

use crate::cancel_policies;
use crate::db::Conn;
use crate::error::{StoreError, word};

/// An event as participants see it.
#[derive(Debug, Clone)]
pub struct EventPage {
    pub event: EventId,
    pub organizer: OrganizerId,
    pub organizer_name: String,
    pub standing: Standing,
    pub off: SwitchedOff,
    pub slug: String,
    pub status: EventStatus,
    pub visibility: Visibility,
    pub title: String,
    pub description_markdown: String,
    pub place_name: String,
    pub place_address: String,
    pub starts_at: Option<OffsetDateTime>,
    pub ends_at: Option<OffsetDateTime>,
    pub time_zone: String,
    pub currency: Currency,
    pub methods: Vec<PaymentMethod>,
    /// Who bears the fees of a new order.
    pub fee_bearer: Bearer,
    pub cover: Option<Cover>,
    /// Left in the whole event; none where it has no limit of its own.
    pub n_free: Option<u32>,
    pub updated_at: OffsetDateTime,
    /// Why it was called off, where it was.
    pub cancel_reason: String,
    pub cancel_policy: CancelPolicy,
    pub offers: Vec<Offer>,
}

impl EventPage {
    /// Whether there is a way to pay for it at this moment; what is free needs none.
    pub fn can_be_paid(&self, offer: &Offer) -> bool {
        offer.terms.price.is_zero() || !self.methods.is_empty()
    }
}

/// The picture on top.
#[derive(Debug, Clone, Copy)]
pub struct Cover {
    pub file: FileId,
    pub width: i32,
    pub height: i32,
}

/// A ticket type on the page.
#[derive(Debug, Clone)]
pub struct Offer {
    pub name: String,
    pub description: String,
    pub terms: SaleTerms,
    /// The fewest left in any quota it takes from; none where nothing limits it.
    pub n_free: Option<u32>,
}

/// Reads the event of a link, whatever its status.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn get(conn: &mut Conn, slug: &str) -> Result<EventPage, StoreError> {
    let row = sqlx::query!(
        r#"select e.event_id, e.organizer_id, g.display_name, g.standing, e.slug,
                  array(select name from feature_switches where not is_on) as "off!", e.status, e.visibility, e.title,
                  e.description_markdown, e.place_name, e.place_address, e.starts_at, e.ends_at, e.time_zone,
                  e.currency, e.methods, e.fee_bearer, e.updated_at, e.cancel_reason, e.cancel_policy,
                  f.file_id as "file_id?", f.width as "width?", f.height as "height?",
                  (select q.size - q.n_taken from quotas q where q.event_id = e.event_id and q.is_event_wide) as n_free
           from events e
           join organizers g on g.organizer_id = e.organizer_id
           left join files f on f.file_id = e.cover_file_id
           where e.slug = $1"#,
        slug
    )
    .fetch_one(&mut *conn)
    .await?;
    let currency = word(Currency::parse(&row.currency), "currency")?;
    let methods: Result<Vec<_>, _> =
        row.methods.iter().map(|method| PaymentMethod::parse(method)).collect();
    let off = SwitchedOff::read(&row.off);
    let cover = match (row.file_id, row.width, row.height) {
        (Some(file), Some(width), Some(height)) => {
            Some(Cover { file: FileId::from_uuid(file), width, height })
        }
        _ => None,
    };
    let event = EventId::from_uuid(row.event_id);
    Ok(EventPage {
        event,
        organizer: OrganizerId::from_uuid(row.organizer_id),
        organizer_name: row.display_name,
        standing: word(Standing::parse(&row.standing), "organizers.standing")?,
        slug: row.slug,
        status: word(EventStatus::parse(&row.status), "event status")?,
        visibility: word(Visibility::parse(&row.visibility), "visibility")?,
        title: row.title,
        description_markdown: row.description_markdown,
        place_name: row.place_name,
        place_address: row.place_address,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        time_zone: row.time_zone,
        currency,
        methods: off.left_of(word(methods, "payment method")?),
        off,
        fee_bearer: word(Bearer::parse(&row.fee_bearer), "fee bearer")?,
        cover,
        n_free: row.n_free.map(places),
        updated_at: row.updated_at,
        cancel_reason: row.cancel_reason,
        cancel_policy: cancel_policies::read(row.cancel_policy)?,
        offers: offers(conn, event, currency).await?,
    })
}

async fn offers(
    conn: &mut Conn,
    event: EventId,
    currency: Currency,
) -> Result<Vec<Offer>, StoreError> {
    let rows = sqlx::query!(
        "select t.ticket_type_id, t.name, t.description, t.price_minor, t.tax_rate_basis_points, t.sales_start_at,
                t.sales_end_at, t.per_order_min, t.per_order_max,
                (select min(q.size - q.n_taken) from ticket_type_quotas l join quotas q using (quota_id)
                 where l.ticket_type_id = t.ticket_type_id) as n_free
         from ticket_types t
         where t.event_id = $1 and t.archived_at is null
         order by t.position, t.ticket_type_id",
        event.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let rate = TaxRate::from_basis_points(row.tax_rate_basis_points.into());
            let terms = SaleTerms {
                ticket_type: TicketTypeId::from_uuid(row.ticket_type_id),
                price: Money::new(row.price_minor, currency),
                tax_rate: rate.ok_or(StoreError::Malformed("tax rate"))?,
                sales_start_at: row.sales_start_at,
                sales_end_at: row.sales_end_at,
                per_order_min: word(u32::try_from(row.per_order_min), "minimum")?,
                per_order_max: word(u32::try_from(row.per_order_max), "maximum")?,
            };
            Ok(Offer {
                name: row.name,
                description: row.description,
                terms,
                n_free: row.n_free.map(places),
            })
        })
        .collect()
}

/// The database keeps `n_taken` at or below `size`.
fn places(n: i32) -> u32 {
    u32::try_from(n).unwrap_or_default()
}
