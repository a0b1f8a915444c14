//! Creates an event as a draft, and changes it: everything is checked at once, and nobody is overwritten unseen.

use domain::event::{EventStatus, NotPublishable, Visibility, publish_obstacles};
use domain::ids::EventId;
use domain::limits::{DESCRIPTION_CHARS_MAX, LINE_CHARS_MAX, QUOTA_MAX, TITLE_CHARS_MAX};
use domain::money::Currency;
use domain::parsed::slug::Slug;
use domain::parsed::text::{optional_line, paragraphs};
use domain::payment::PaymentMethod;
use domain::permission::Permission;
use domain::time_zone;
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::events::{self, EventTerms, NewEvent};
use store::{event_drafts, ticket_types};
use time::OffsetDateTime;

use crate::actor::OrganizerAccess;
use crate::audit::changes::{Changes, at};
use crate::events::problem::{FormProblem, Reader, Why};
use crate::events::publish::check_of;
use crate::trail;
use crate::{Deps, fresh};

/// An event as a person or a program typed it.
#[derive(Debug, Clone)]
pub struct EventForm {
    pub title: String,
    /// Markdown.
    pub description: String,
    pub place_name: String,
    pub place_address: String,
    /// Wall-clock time in `time_zone`, as `2026-12-18T19:00`; may be empty in a draft.
    pub starts_at: String,
    pub ends_at: String,
    pub time_zone: String,
    /// Empty for no limit.
    pub capacity: String,
    pub visibility: String,
    pub methods: Vec<String>,
    /// Empty for a new one that nobody guesses.
    pub slug: String,
}

impl Default for EventForm {
    fn default() -> Self {
        Self {
            title: String::new(),
            description: String::new(),
            place_name: String::new(),
            place_address: String::new(),
            starts_at: String::new(),
            ends_at: String::new(),
            time_zone: time_zone::JAPAN.to_owned(),
            capacity: String::new(),
            visibility: Visibility::Unlisted.as_str().to_owned(),
            methods: [PaymentMethod::CreditCard, PaymentMethod::Konbini, PaymentMethod::PayPay]
                .map(|method| method.as_str().to_owned())
                .to_vec(),
            slug: String::new(),
        }
    }
}

/// Why an event was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SaveEventError {
    #[error("the form has {} problems", .0.len())]
    Invalid(Vec<FormProblem>),
    #[error("no such event")]
    NotFound,
    /// Somebody saved since this form was opened.
    #[error("the event changed meanwhile")]
    ChangedMeanwhile,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for SaveEventError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Conflict(name) if name == "events_slug_key" => {
                Self::Invalid(vec![FormProblem { field: "slug", why: Why::LinkTaken }])
            }
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Creates a draft.
///
/// # Errors
/// [`SaveEventError::Invalid`] with every problem of the form.
pub async fn create(
    deps: &Deps,
    access: &OrganizerAccess,
    form: &EventForm,
) -> Result<EventId, SaveEventError> {
    let now = deps.clock.now();
    let terms = read(form, fresh_slug()?.as_str())?;
    let event: EventId = fresh::id();
    let mut tx = deps.db.begin().await?;
    refuse_without_account(&mut tx, access, &terms).await?;
    let new = NewEvent {
        id: event,
        organizer: access.organizer_for(Permission::CreateEvents)?,
        currency: Currency::JPY,
        cover: None,
        terms,
    };
    events::insert(&mut tx, &new, now).await?;
    events::set_event_wide_quota(&mut tx, event, fresh::id(), new.terms.capacity).await?;
    let detail = json!({ "title": new.terms.title });
    trail::leave_event(&mut tx, access, event, "event.created", detail, now).await?;
    tx.commit().await?;
    Ok(event)
}

/// Replaces what the organizer decided about an event; `version` is the one the form was opened with.
///
/// An event that people can see already keeps what they need: a title, a start, a way to pay.
///
/// # Errors
/// [`SaveEventError::Invalid`] with every problem, [`SaveEventError::ChangedMeanwhile`] when somebody was faster.
pub async fn save(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    version: i64,
    form: &EventForm,
) -> Result<(), SaveEventError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found =
        events::lock_for_organizer(&mut tx, access.organizer_for(Permission::EditEvents)?, event)
            .await?;
    let terms = read(form, &found.slug)?;
    refuse_without_account(&mut tx, access, &terms).await?;
    if found.status != EventStatus::Draft {
        let on_offer = ticket_types::list_for_event(&mut tx, event).await?;
        refuse_what_unpublishes(&terms, &on_offer, now)?;
    }
    if !events::update(&mut tx, event, version, &terms, now).await? {
        return Err(SaveEventError::ChangedMeanwhile);
    }
    if terms.capacity != found.capacity {
        events::set_event_wide_quota(&mut tx, event, fresh::id(), terms.capacity)
            .await
            .map_err(too_few_places)?;
    }
    event_drafts::delete(&mut tx, event).await?;
    let detail = changes(&found, &terms).detail(json!({}));
    trail::leave_event(&mut tx, access, event, "event.changed", detail, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Who offers transfers says where to.
async fn refuse_without_account(
    conn: &mut Conn,
    access: &OrganizerAccess,
    terms: &EventTerms,
) -> Result<(), SaveEventError> {
    if terms.methods.contains(&PaymentMethod::DirectTransfer)
        && store::transfers::find_account(conn, access.organizer_for(Permission::EditEvents)?)
            .await?
            .is_none()
    {
        let why = Why::NoReceivingAccount;
        return Err(SaveEventError::Invalid(vec![FormProblem { field: "methods", why }]));
    }
    Ok(())
}

fn too_few_places(error: StoreError) -> SaveEventError {
    if error.is_conflict("quotas_n_taken_check") {
        let why = Why::PlacesTaken { n_taken: 0 };
        SaveEventError::Invalid(vec![FormProblem { field: "capacity", why }])
    } else {
        error.into()
    }
}

/// A link for a new event: nine letters of 28 are 10¹³ links, which nobody guesses, short enough for a poster.
pub(crate) fn fresh_slug() -> Result<Slug, SaveEventError> {
    let part = || fresh::code(3).to_ascii_lowercase();
    let text = format!("{}-{}-{}", part(), part(), part());
    Slug::parse(&text).map_err(|error| SaveEventError::Unexpected(error.into()))
}

fn read(form: &EventForm, slug: &str) -> Result<EventTerms, SaveEventError> {
    let mut reader = Reader::default();
    let zone = if time_zone::is_known(&form.time_zone) {
        form.time_zone.clone()
    } else {
        reader.refuse("time_zone", Why::UnknownTimeZone);
        time_zone::JAPAN.to_owned()
    };
    let title = reader.text("title", optional_line(&form.title, TITLE_CHARS_MAX));
    let description =
        reader.text("description", paragraphs(&form.description, DESCRIPTION_CHARS_MAX));
    let place_name = reader.text("place_name", optional_line(&form.place_name, LINE_CHARS_MAX));
    let place_address =
        reader.text("place_address", optional_line(&form.place_address, LINE_CHARS_MAX));
    let starts_at = reader.time("starts_at", &form.starts_at, &zone);
    let ends_at = reader.time("ends_at", &form.ends_at, &zone);
    if let (Some(start), Some(end)) = (starts_at, ends_at)
        && end <= start
    {
        reader.refuse("ends_at", Why::EndsBeforeStart);
    }
    let capacity = reader
        .number("capacity", &form.capacity, 0, i64::from(QUOTA_MAX))
        .and_then(|n| u32::try_from(n).ok());
    let visibility = Visibility::parse(&form.visibility).unwrap_or_else(|_| {
        reader.refuse("visibility", Why::UnknownChoice);
        Visibility::Unlisted
    });
    let methods = read_methods(&form.methods, &mut reader);
    let wanted_slug = if form.slug.trim().is_empty() { slug } else { &form.slug };
    match Slug::parse(wanted_slug) {
        Ok(slug) if reader.problems.is_empty() => Ok(EventTerms {
            slug,
            visibility,
            title,
            description_markdown: description,
            place_name,
            place_address,
            starts_at,
            ends_at,
            time_zone: zone,
            methods,
            capacity,
        }),
        Ok(_) => Err(SaveEventError::Invalid(reader.problems)),
        Err(error) => {
            reader.refuse("slug", Why::Text(error));
            Err(SaveEventError::Invalid(reader.problems))
        }
    }
}

fn read_methods(words: &[String], reader: &mut Reader) -> Vec<PaymentMethod> {
    let mut methods = Vec::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        match PaymentMethod::parse(word) {
            Ok(method) if !methods.contains(&method) => methods.push(method),
            Ok(_) => {}
            Err(_) => reader.refuse("methods", Why::UnknownChoice),
        }
    }
    methods.sort_unstable();
    methods
}

fn refuse_what_unpublishes(
    terms: &EventTerms,
    on_offer: &[ticket_types::TicketType],
    now: OffsetDateTime,
) -> Result<(), SaveEventError> {
    let check = check_of(&terms.title, terms.starts_at, terms.ends_at, &terms.methods, on_offer);
    let problems: Vec<FormProblem> = publish_obstacles(&check, now)
        .into_iter()
        .filter_map(|obstacle| {
            let (field, why) = match obstacle {
                NotPublishable::NoTitle => ("title", Why::Text(domain::parsed::TextError::Empty)),
                NotPublishable::NoStart => {
                    ("starts_at", Why::Text(domain::parsed::TextError::Empty))
                }
                NotPublishable::EndsBeforeStart => ("ends_at", Why::EndsBeforeStart),
                NotPublishable::NoPaymentMethod => ("methods", Why::NoMethod),
                // A past event may still be corrected, and its ticket types are another form's business.
                NotPublishable::IsOver
                | NotPublishable::NoTicketType
                | NotPublishable::IsCancelled => return None,
            };
            Some(FormProblem { field, why })
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(SaveEventError::Invalid(problems)) }
}

/// What changed, for the audit log.
fn changes(old: &events::Event, new: &EventTerms) -> Changes {
    Changes::default()
        .note("title", &old.title, &new.title)
        .note("description", &old.description_markdown, &new.description_markdown)
        .note("place_name", &old.place_name, &new.place_name)
        .note("place_address", &old.place_address, &new.place_address)
        .note("starts_at", &at(old.starts_at), &at(new.starts_at))
        .note("ends_at", &at(old.ends_at), &at(new.ends_at))
        .note("time_zone", &old.time_zone, &new.time_zone)
        .note("capacity", &old.capacity, &new.capacity)
        .note("visibility", &old.visibility, &new.visibility)
        .note("methods", &old.methods, &new.methods)
        .note("slug", old.slug.as_str(), new.slug.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(form: &EventForm) -> Vec<(&'static str, &'static str)> {
        match read(form, "abcd-efgh") {
            Err(SaveEventError::Invalid(problems)) => {
                problems.iter().map(|problem| (problem.field, problem.why.code())).collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn an_empty_draft_is_allowed() {
        assert_eq!(problems(&EventForm::default()), []);
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let form = EventForm {
            title: "x".repeat(121),
            starts_at: "2026-12-18T19:00".to_owned(),
            ends_at: "2026-12-18T18:00".to_owned(),
            capacity: "lots".to_owned(),
            visibility: "secret".to_owned(),
            methods: vec!["gold".to_owned()],
            slug: "忘年会".to_owned(),
            ..EventForm::default()
        };
        assert_eq!(
            problems(&form),
            [
                ("title", "too_long"),
                ("ends_at", "ends_before_start"),
                ("capacity", "not_a_number"),
                ("visibility", "unknown_choice"),
                ("methods", "unknown_choice"),
                ("slug", "malformed"),
            ]
        );
    }
}
