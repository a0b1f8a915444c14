//! Events, as their organizer's forms change them.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// The fields of an event's form, as typed; a box that is not ticked is not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventFields {
    pub title: String,
    pub description: String,
    pub place_name: String,
    pub place_address: String,
    pub starts_at: String,
    pub ends_at: String,
    pub time_zone: String,
    pub capacity: String,
    pub visibility: String,
    pub slug: String,
    pub credit_card: String,
    pub konbini: String,
    pub paypay: String,
    pub bank_transfer: String,
    pub pay_easy: String,
    pub direct_transfer: String,
    /// The version of the event that the form was opened with.
    pub version: String,
}

/// Creates a draft and leads on to its prices.
#[server(prefix = "/api", endpoint = "events/create")]
pub async fn create_event(#[server(default)] form: EventFields) -> Result<(), AppError> {
    use operations::events::save::{EventForm, create};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::CreateEvents, On::Organizer).await? else {
        return Ok(());
    };
    let new = EventForm {
        title: form.title.clone(),
        starts_at: form.starts_at.clone(),
        ends_at: form.ends_at.clone(),
        place_name: form.place_name.clone(),
        time_zone: member.home.user.time_zone.clone(),
        ..EventForm::default()
    };
    match create(&member.deps, &member.access, &new).await {
        Ok(event) => ssr::redirect(&paths::ticket_types(event)),
        Err(error) => {
            refuse("new_event", &form, error, member.lang).await;
            ssr::redirect(paths::NEW_EVENT);
        }
    }
    Ok(())
}

/// Saves an event's form.
#[server(prefix = "/api", endpoint = "events/save")]
pub async fn save_event(
    #[server(default)] event: String,
    #[server(default)] form: EventFields,
) -> Result<(), AppError> {
    use operations::events::save::{SaveEventError, save};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let version = form.version.parse().unwrap_or_default();
    match save(&member.deps, &member.access, event, version, &typed(&form)).await {
        Ok(()) => ssr::redirect(&paths::edit_event_after(event, "saved")),
        Err(SaveEventError::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(error) => {
            refuse(&form_key(event), &form, error, member.lang).await;
            ssr::redirect(&paths::edit_event(event));
        }
    }
    Ok(())
}

/// Keeps what is typed into an event's form; `fields` is JSON, name by name.
#[server(prefix = "/api", endpoint = "events/autosave")]
pub async fn autosave_event(
    #[server(default)] event: String,
    #[server(default)] fields: String,
) -> Result<(), AppError> {
    use operations::events::draft::keep;

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let fields = serde_json::from_str(&fields)
        .map_err(|_| ssr::reply(AppError::Invalid(crate::error::FieldErrors::new())))?;
    keep(&member.deps, &member.access, event, &fields).await.map_err(ssr::reply)
}

/// Forgets what was typed and not saved.
#[server(prefix = "/api", endpoint = "events/discard_draft")]
pub async fn discard_event_draft(#[server(default)] event: String) -> Result<(), AppError> {
    use operations::events::draft::discard;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    discard(&member.deps, &member.access, event).await.map_err(ssr::reply)?;
    ssr::redirect(&paths::edit_event(event));
    Ok(())
}

/// Puts an event on sale; what stands in the way is on the dashboard's to-do list.
#[server(prefix = "/api", endpoint = "events/publish")]
pub async fn publish_event(#[server(default)] event: String) -> Result<(), AppError> {
    use operations::events::publish::publish;

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let outcome = publish(&member.deps, &member.access, event).await;
    after_opening(event, outcome, "published")
}

/// Opens the sales of a closed event again.
#[server(prefix = "/api", endpoint = "events/reopen")]
pub async fn reopen_event(#[server(default)] event: String) -> Result<(), AppError> {
    use operations::events::publish::reopen;

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let outcome = reopen(&member.deps, &member.access, event).await;
    after_opening(event, outcome, "published")
}

/// Ends the sales of an event.
#[server(prefix = "/api", endpoint = "events/close")]
pub async fn close_event(#[server(default)] event: String) -> Result<(), AppError> {
    use operations::events::close::close;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    close(&member.deps, &member.access, event).await.map_err(ssr::reply)?;
    ssr::redirect(&paths::dashboard_after(event, "closed"));
    Ok(())
}

/// Copies an event into a new draft.
#[server(prefix = "/api", endpoint = "events/duplicate")]
pub async fn duplicate_event(#[server(default)] event: String) -> Result<(), AppError> {
    use operations::events::duplicate::duplicate;
    use operations::events::save::SaveEventError;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::CreateEvents, On::Organizer).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    match duplicate(&member.deps, &member.access, event).await {
        Ok(copy) => ssr::redirect(&paths::edit_event_after(copy, "duplicated")),
        Err(SaveEventError::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(error) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    Ok(())
}

/// Deletes a draft that nobody ordered from.
#[server(prefix = "/api", endpoint = "events/delete")]
pub async fn delete_event(#[server(default)] event: String) -> Result<(), AppError> {
    use operations::events::close::{CloseError, delete_draft};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    match delete_draft(&member.deps, &member.access, event).await {
        Ok(()) => ssr::redirect(paths::EVENTS),
        Err(CloseError::NotDeletable) => {
            ssr::redirect(&paths::edit_event_after(event, "not_deletable"));
        }
        Err(error) => return Err(ssr::reply(error)),
    }
    Ok(())
}

/// Shows no cover picture on an event.
#[server(prefix = "/api", endpoint = "events/remove_cover")]
pub async fn remove_cover(#[server(default)] event: String) -> Result<(), AppError> {
    use operations::events::cover::{CoverError, remove};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    match remove(&member.deps, &member.access, event).await {
        Ok(()) => ssr::redirect(&paths::edit_event_after(event, "cover_saved")),
        Err(CoverError::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(error) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    Ok(())
}

/// Under which name an event's refused form is kept.
#[cfg(feature = "ssr")]
pub fn form_key(event: domain::ids::EventId) -> String {
    format!("event:{event}")
}

#[cfg(feature = "ssr")]
fn typed(form: &EventFields) -> operations::events::save::EventForm {
    use domain::payment::PaymentMethod as M;
    let boxes = [
        (M::CreditCard, &form.credit_card),
        (M::Konbini, &form.konbini),
        (M::PayPay, &form.paypay),
        (M::BankTransfer, &form.bank_transfer),
        (M::PayEasy, &form.pay_easy),
        (M::DirectTransfer, &form.direct_transfer),
    ];
    operations::events::save::EventForm {
        title: form.title.clone(),
        description: form.description.clone(),
        place_name: form.place_name.clone(),
        place_address: form.place_address.clone(),
        starts_at: form.starts_at.clone(),
        ends_at: form.ends_at.clone(),
        time_zone: form.time_zone.clone(),
        capacity: form.capacity.clone(),
        visibility: form.visibility.clone(),
        methods: boxes
            .into_iter()
            .filter(|(_, ticked)| !ticked.is_empty())
            .map(|(method, _)| method.as_str().to_owned())
            .collect(),
        slug: form.slug.clone(),
    }
}

/// Keeps what was typed and what is wrong with it for the page that asks again.
#[cfg(feature = "ssr")]
async fn refuse(
    key: &str,
    form: &EventFields,
    error: operations::events::save::SaveEventError,
    lang: words::lang::Lang,
) {
    use operations::events::save::SaveEventError;

    use crate::ssr;
    use crate::ssr::flash::{self, WHOLE_FORM};

    let whole = |text: &str| [(WHOLE_FORM.to_owned(), text.to_owned())].into_iter().collect();
    let errors = match error {
        SaveEventError::Invalid(problems) => ssr::refusals::field_errors(&problems, lang),
        SaveEventError::ChangedMeanwhile => whole(words::organizer::changed_meanwhile(lang)),
        SaveEventError::NotFound => whole(words::frame::not_found_title(lang)),
        SaveEventError::Unexpected(error) => {
            ssr::unexpected(error);
            whole(words::errors::unexpected(lang))
        }
    };
    flash::put(key, crate::api::values_of(form), errors).await;
}

#[cfg(feature = "ssr")]
fn after_opening(
    event: domain::ids::EventId,
    outcome: Result<(), operations::events::publish::PublishError>,
    done: &str,
) -> Result<(), AppError> {
    use operations::events::publish::PublishError;

    use crate::{paths, ssr};

    match outcome {
        Ok(()) => ssr::redirect(&paths::dashboard_after(event, done)),
        Err(PublishError::Obstacles(_)) => ssr::redirect(&paths::dashboard(event)),
        Err(PublishError::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(PublishError::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    Ok(())
}
