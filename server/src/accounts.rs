//! Commands about the accounts of people.

use std::io::Write as _;
use std::process::ExitCode;

use operations::Deps;
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

/// Shuts an account, or opens it again.
pub(crate) async fn change_state(
    config: &Config,
    address: &str,
    (is_shut, reason): (bool, &str),
) -> anyhow::Result<ExitCode> {
    let (deps, database) = serve::open_for_command(config).await?;
    let done = change(&deps, address, (is_shut, reason)).await;
    database.close().await?;
    match (done?, is_shut) {
        (Some(true), true) => say(&format!("{address} is signed out and cannot log in any more")),
        (Some(true), false) => say(&format!("{address} can log in again")),
        (Some(false), true) => fail(&format!("{address} is disabled already")),
        (Some(false), false) => fail(&format!("{address} is not disabled")),
        (None, _) => nobody(address),
    }
}

/// Whether the account was changed; nothing for an address that nobody has.
async fn change(
    deps: &Deps,
    address: &str,
    (is_shut, reason): (bool, &str),
) -> anyhow::Result<Option<bool>> {
    let Some(user) = states::find(deps, address).await? else { return Ok(None) };
    let done = if is_shut {
        states::disable(deps, Actor::System, user, reason).await?
    } else {
        states::enable(deps, Actor::System, user, reason).await?
    };
    Ok(Some(done))
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
