//! Calling off an event, as its organizer decides it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// The fields of the form, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CancelFields {
    pub reason: String,
    pub fee_percent: String,
    pub fee_per_ticket: String,
    /// `some` where only chosen ticket types come back.
    pub scope: String,
    /// Their ids, with commas between.
    pub only: String,
    /// The fingerprint of the dry run that was looked at.
    pub looked_at: String,
    /// What was typed to confirm.
    pub confirm: String,
}

/// Calls off an event that was looked at; pressing twice does it once.
#[server(prefix = "/api", endpoint = "event_cancellation/begin")]
pub async fn begin_cancellation(
    #[server(default)] event: String,
    #[server(default)] form: CancelFields,
) -> Result<(), AppError> {
    use domain::ids::EventId;
    use operations::event_cancellation::begin::begin;
    use words::cancellation;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::CancelEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event: EventId = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let lang = member.lang;
    if !cancellation::is_confirmed(&form.confirm) {
        return refuse(event, &form, "confirm", cancellation::confirm_wrong(lang).to_owned()).await;
    }
    let wish = match wish(&member, event, &form).await {
        Ok(wish) => wish,
        Err(error) => return refused(event, &form, error, lang).await,
    };
    match begin(&member.deps, &member.access, event, &wish, Some(&form.looked_at)).await {
        Ok(begun) => {
            let done = if begun.is_new { "begun" } else { "already" };
            ssr::redirect(&paths::cancellation_after(event, done));
            Ok(())
        }
        Err(error) => refused(event, &form, error, lang).await,
    }
}

/// Gives everything that failed another try.
#[server(prefix = "/api", endpoint = "event_cancellation/retry")]
pub async fn retry_cancellation(#[server(default)] event: String) -> Result<(), AppError> {
    use domain::ids::EventId;
    use operations::event_cancellation::run::retry;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::CancelEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event: EventId = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    retry(&member.deps, &member.access, event).await.map_err(ssr::reply)?;
    ssr::redirect(&paths::cancellation_after(event, "retried"));
    Ok(())
}

/// The form as operations read it.
#[cfg(feature = "ssr")]
impl CancelFields {
    pub fn form(&self) -> operations::event_cancellation::wish::CancelForm {
        let ids = || self.only.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        operations::event_cancellation::wish::CancelForm {
            reason: self.reason.clone(),
            fee_percent: self.fee_percent.clone(),
            fee_per_ticket: self.fee_per_ticket.clone(),
            ticket_types: (self.scope == "some").then(ids),
        }
    }

    /// The same as pairs of an address, for the way back to the form.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        vec![
            ("reason", self.reason.clone()),
            ("fee_percent", self.fee_percent.clone()),
            ("fee_per_ticket", self.fee_per_ticket.clone()),
            ("scope", self.scope.clone()),
            ("only", self.only.clone()),
        ]
    }
}

#[cfg(feature = "ssr")]
async fn wish(
    member: &crate::ssr::member::Member,
    event: domain::ids::EventId,
    form: &CancelFields,
) -> Result<
    operations::event_cancellation::wish::Wish,
    operations::event_cancellation::CancelEventError,
> {
    use operations::event_cancellation::CancelEventError as E;
    use operations::events::list::get;

    let found = get(&member.deps, &member.access, event).await.map_err(|_| E::NotFound)?;
    operations::event_cancellation::wish::Wish::parse(&form.form(), found.currency)
}

/// Leads back to the dry run with what is wrong.
#[cfg(feature = "ssr")]
async fn refused(
    event: domain::ids::EventId,
    form: &CancelFields,
    error: operations::event_cancellation::CancelEventError,
    lang: words::lang::Lang,
) -> Result<(), AppError> {
    use operations::event_cancellation::CancelEventError as E;
    use words::{cancellation, errors};

    use crate::ssr;

    let sentence = match error {
        E::NotFound => return Err(ssr::reply(AppError::NotFound)),
        E::NotVisible => cancellation::not_visible(lang),
        // The page of the form reads it again and says which field.
        E::Invalid(_) => errors::summary(lang),
        E::Changed => cancellation::changed(lang),
        E::Busy => cancellation::busy(lang),
        E::Unexpected(error) => {
            ssr::unexpected(error);
            errors::unexpected(lang)
        }
    };
    refuse(event, form, ssr::flash::WHOLE_FORM, sentence.to_owned()).await
}

#[cfg(feature = "ssr")]
async fn refuse(
    event: domain::ids::EventId,
    form: &CancelFields,
    field: &str,
    sentence: String,
) -> Result<(), AppError> {
    use crate::{paths, ssr};

    let errors = [(field.to_owned(), sentence)].into_iter().collect();
    ssr::flash::put(&form_key(event), std::collections::BTreeMap::new(), errors).await;
    let mut pairs = form.pairs();
    pairs.push(("step", "review".to_owned()));
    ssr::redirect(&format!("{}?{}", paths::cancel_event(event), ssr::encode_query(&pairs)));
    Ok(())
}

/// Under which name a refused confirmation is kept.
#[cfg(feature = "ssr")]
pub fn form_key(event: domain::ids::EventId) -> String {
    format!("cancel_event:{event}")
}
