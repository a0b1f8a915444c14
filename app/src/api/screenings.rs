//! Orders that look unusual, as organizers decide about them and tune what is unusual.

use leptos::prelude::*;

use crate::error::AppError;

/// Lets an order through that was held back, or denies it.
#[server(prefix = "/api", endpoint = "screenings/decide")]
pub async fn decide_screening(
    #[server(default)] event: String,
    #[server(default)] order: String,
    #[server(default)] verdict: String,
    #[server(default)] answer: String,
) -> Result<(), AppError> {
    use domain::ids::{EventId, OrderId};
    use domain::screening::Verdict;
    use operations::screening::decide::{Decide, DecideError as E, decide};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::DecideScreenings, On::named(&order, On::Order)).await?
    else {
        return Ok(());
    };
    let event: EventId = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let order: OrderId = order.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let verdict = if verdict == "approve" { Verdict::Approve } else { Verdict::Deny };
    let done = match decide(&member.deps, &member.access, Decide { order, verdict, answer }).await {
        Ok(()) if verdict == Verdict::Approve => "approved",
        Ok(()) => "denied",
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
        Err(E::Decided) => "decided",
        Err(E::Over) => "over",
        Err(E::MalformedAnswer | E::Busy) => "again",
    };
    ssr::redirect(&paths::screenings_after(event, done));
    Ok(())
}

/// Tunes how orders are screened.
#[server(prefix = "/api", endpoint = "screenings/tune")]
pub async fn tune_screening(
    #[server(default)] sensitivity: String,
    #[server(default)] review_at: String,
    #[server(default)] block_above: String,
) -> Result<(), AppError> {
    use operations::screening::settings::{TuneError as E, tune};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageSettings, On::Organizer).await? else {
        return Ok(());
    };
    let tuned = match form::read(&sensitivity, &review_at, &block_above) {
        Ok(command) => tune(&member.deps, &member.access, command).await,
        Err(error) => Err(E::Threshold(error)),
    };
    match tuned {
        Ok(()) => ssr::redirect(paths::SCREENING_SAVED),
        Err(E::Threshold(error)) => {
            form::refuse(error, [sensitivity, review_at, block_above], member.lang).await;
            ssr::redirect(paths::SCREENING);
        }
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    Ok(())
}

/// What was typed, on its way in and back.
#[cfg(feature = "ssr")]
pub(crate) mod form {
    use std::collections::BTreeMap;

    use domain::screening::{PerMille, Sensitivity, ThresholdError};
    use operations::screening::settings::TuneScreening;
    use words::lang::Lang;
    use words::screening as texts;

    use crate::ssr::flash;

    /// The name that a refused form is kept by.
    pub(crate) const KEY: &str = "screening";

    pub(super) fn read(
        sensitivity: &str,
        review_at: &str,
        block_above: &str,
    ) -> Result<TuneScreening, ThresholdError> {
        Ok(TuneScreening {
            sensitivity: Sensitivity::parse(sensitivity).unwrap_or(Sensitivity::Normal),
            review_at: PerMille::read(review_at).map_err(|_| ThresholdError::Review)?.get(),
            block_above: PerMille::read(block_above).map_err(|_| ThresholdError::Block)?.get(),
        })
    }

    pub(super) async fn refuse(error: ThresholdError, typed: [String; 3], lang: Lang) {
        let field = match error {
            ThresholdError::Review => "review_at",
            ThresholdError::Block | ThresholdError::Order => "block_above",
        };
        let names = ["sensitivity", "review_at", "block_above"].map(str::to_owned);
        let values = names.into_iter().zip(typed).collect();
        let errors = [(field.to_owned(), texts::threshold(error, lang).to_owned())];
        flash::put(KEY, values, BTreeMap::from(errors)).await;
    }
}
