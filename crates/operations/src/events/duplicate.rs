//! Makes a new draft of an event with its ticket types: last year's party is next year's start.

use domain::ids::{EventId, TicketTypeId};
use domain::permission::Permission;
use serde_json::json;
use store::events::{self, EventTerms, NewEvent};
use store::ticket_types::{self, TicketTypeTerms};
use store::{cancel_policies, email_confirmations};

use crate::actor::OrganizerAccess;
use crate::events::save::{SaveEventError, fresh_slug};
use crate::trail;
use crate::{Deps, fresh};

/// Copies everything but dates, sales windows, orders and the link.
///
/// # Errors
/// [`SaveEventError::NotFound`].
pub async fn duplicate(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<EventId, SaveEventError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let source =
        events::get_for_organizer(&mut tx, access.organizer_for(Permission::CreateEvents)?, event)
            .await?;
    let copy: EventId = fresh::id();
    let new = NewEvent {
        id: copy,
        organizer: access.organizer_for(Permission::CreateEvents)?,
        currency: source.currency,
        cover: source.cover,
        terms: EventTerms {
            slug: fresh_slug()?,
            visibility: source.visibility,
            title: source.title,
            description_markdown: source.description_markdown,
            place_name: source.place_name,
            place_address: source.place_address,
            starts_at: None,
            ends_at: None,
            time_zone: source.time_zone,
            methods: source.methods,
            capacity: source.capacity,
        },
    };
    events::insert(&mut tx, &new, now).await?;
    events::set_event_wide_quota(&mut tx, copy, fresh::id(), new.terms.capacity).await?;
    let mut policy =
        cancel_policies::get(&mut tx, access.organizer_for(Permission::CreateEvents)?, event)
            .await?;
    for original in ticket_types::list_for_event(&mut tx, event).await? {
        let ticket_type: TicketTypeId = fresh::id();
        let terms = TicketTypeTerms {
            name: original.name,
            description: original.description,
            price: original.terms.price,
            tax_rate: original.terms.tax_rate,
            sales_start_at: None,
            sales_end_at: None,
            per_order_min: original.terms.per_order_min,
            per_order_max: original.terms.per_order_max,
        };
        ticket_types::insert(&mut tx, copy, ticket_type, &terms, now).await?;
        let own = policy.by_type.iter_mut().find(|it| it.ticket_type == original.id);
        if let Some(own) = own {
            own.ticket_type = ticket_type;
        }
        let size = original.places.map(|places| places.size);
        ticket_types::set_quota(&mut tx, copy, ticket_type, fresh::id(), size).await?;
    }
    cancel_policies::set(&mut tx, copy, &policy, now).await?;
    let asks = email_confirmations::is_asked_by(&mut tx, event).await?;
    email_confirmations::set_asked_by(&mut tx, copy, asks, now).await?;
    trail::leave_event(&mut tx, access, copy, "event.duplicated", json!({ "from": event }), now)
        .await?;
    tx.commit().await?;
    Ok(copy)
}
