//! Commands about the accounts of people.

use std::io::Write as _;
use std::process::ExitCode;

use operations::account::states;
use operations::actor::Actor;
use server::config::Config;
use server::serve;

/// Takes all second factors from somebody.
pub(crate) async fn forget_second_factors(
    config: &Config,
    address: &str,
    reason: &str,
) -> anyhow::Result<ExitCode> {
    let (deps, database) = serve::open_for_command(config).await?;
    let done = operations::account::second_factors::forget_all(&deps, address, reason).await;
    database.close().await?;
    if done? {
        return say(&format!(
            "{address} logs in without a second factor until one is set up again"
        ));
    }
    nobody(address)
}

/// Shuts an account.
pub(crate) async fn disable(
    config: &Config,
    address: &str,
    reason: &str,
) -> anyhow::Result<ExitCode> {
    let (deps, database) = serve::open_for_command(config).await?;
    let done = match states::find(&deps, address).await? {
        Some(user) => Some(states::disable(&deps, Actor::System, user, reason).await?),
        None => None,
    };
    database.close().await?;
    match done {
        Some(true) => say(&format!("{address} is signed out and cannot log in any more")),
        Some(false) => fail(&format!("{address} is disabled already")),
        None => nobody(address),
    }
}

/// Opens an account again.
pub(crate) async fn enable(
    config: &Config,
    address: &str,
    reason: &str,
) -> anyhow::Result<ExitCode> {
    let (deps, database) = serve::open_for_command(config).await?;
    let done = match states::find(&deps, address).await? {
        Some(user) => Some(states::enable(&deps, Actor::System, user, reason).await?),
        None => None,
    };
    database.close().await?;
    match done {
        Some(true) => say(&format!("{address} can log in again")),
        Some(false) => fail(&format!("{address} is not disabled")),
        None => nobody(address),
    }
}

fn nobody(address: &str) -> anyhow::Result<ExitCode> {
    fail(&format!("nobody is known by {address}"))
}

fn say(line: &str) -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(ExitCode::SUCCESS)
}

fn fail(line: &str) -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(ExitCode::FAILURE)
}
