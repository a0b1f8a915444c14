//! The body of a delivery: a `CloudEvents` 1.0 envelope in structured mode, the same bytes at every attempt.

use domain::ids::{EventId, Id, OrderId, OrganizerId};
use serde_json::{Map, Value, json};
use store::webhook_deliveries::DeliveryMatter;
use time::format_description::well_known::Rfc3339;

use crate::Settings;

/// The envelope as JSON. Ids are those of the REST API.
pub fn envelope(settings: &Settings, matter: &DeliveryMatter) -> String {
    let organizer = OrganizerId::from_uuid(matter.organizer);
    let envelope = json!({
        "specversion": "1.0",
        "id": matter.message_id,
        "source": format!("{}/organizers/{organizer}", settings.public_url),
        "type": matter.topic,
        "subject": matter.key,
        "time": matter.occurred_at.format(&Rfc3339).unwrap_or_default(),
        "datacontenttype": "application/json",
        "data": data(matter),
    });
    envelope.to_string()
}

/// What the fact says, with the ids of what it is about.
fn data(matter: &DeliveryMatter) -> Value {
    let mut data = match &matter.payload {
        Value::Object(payload) => payload.clone(),
        _ => Map::new(),
    };
    let about = [
        ("event", matter.event.map(|event| EventId::from_uuid(event).to_string())),
        ("order", matter.order.map(|order| OrderId::from_uuid(order).to_string())),
    ];
    for (name, id) in about {
        if let Some(id) = id {
            data.insert(name.to_owned(), Value::String(id));
        }
    }
    Value::Object(data)
}
