//! What the staff decides about jobs that gave up.

use leptos::prelude::*;

use crate::error::AppError;

/// Gives one job that gave up new attempts, or all of a kind.
#[server(prefix = "/api", endpoint = "administration/retry_jobs")]
pub async fn retry_jobs(
    #[server(default)] job: String,
    #[server(default)] kind: String,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    use operations::platform::jobs::try_again;

    use crate::api::administration::door;
    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::RunJobs).await?;
    let chosen = chosen(&job, &kind)?;
    let n = try_again(&deps, &access, &chosen).await;
    let n = n.map_err(|error| ssr::reply(ssr::unexpected(error)))?;
    ssr::redirect(&paths::admin::jobs_after(&back, "tried", n));
    Ok(())
}

/// Gives one job up for good, or all of a kind, with a reason.
#[server(prefix = "/api", endpoint = "administration/give_up_jobs")]
pub async fn give_up_jobs(
    #[server(default)] job: String,
    #[server(default)] kind: String,
    #[server(default)] reason: String,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    use operations::platform::jobs::{GiveUpError, give_up};

    use crate::api::administration::door;
    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::RunJobs).await?;
    let chosen = chosen(&job, &kind)?;
    match give_up(&deps, &access, &chosen, &reason).await {
        Ok(n) => {
            let n = u64::try_from(n).unwrap_or(u64::MAX);
            ssr::redirect(&paths::admin::jobs_after(&back, "given_up", n));
        }
        Err(GiveUpError::MalformedReason) => {
            let needed = words::platform::reason_needed(ssr::lang()).to_owned();
            door::refuse_at(&paths::admin::jobs(&back, None), needed).await;
        }
        Err(GiveUpError::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    Ok(())
}

/// Which jobs a form means.
#[cfg(feature = "ssr")]
fn chosen(job: &str, kind: &str) -> Result<operations::platform::jobs::Chosen, AppError> {
    use operations::platform::jobs::Chosen;

    match (job.parse(), kind) {
        (Ok(job), "") => Ok(Chosen::One(job)),
        (Err(_), kind) if !kind.is_empty() => Ok(Chosen::Kind(kind.to_owned())),
        _ => Err(crate::ssr::reply(AppError::NotFound)),
    }
}
