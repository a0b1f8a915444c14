//! Accounts that the platform's staff disables, and lets in again.

use domain::account::AccountState::{self, Active, Disabled};
use domain::ids::UserId;
use domain::notice::Notice;
use domain::parsed::email_address::EmailAddress;
use serde_json::json;
use store::error::StoreError;
use store::personal_data;
use store::users;
use store::web_sessions::{Ending, end_for_user};
use store::webhook_endpoints::disable_of;

use crate::Deps;
use crate::account::notices::tell;
use crate::actor::Actor;
use crate::platform::visits;
use crate::trail::{self, About};

/// The user of an address.
///
/// # Errors
/// When the address is malformed or the database fails.
pub async fn find(deps: &Deps, address: &str) -> anyhow::Result<Option<UserId>> {
    let email = EmailAddress::parse(address).map_err(|it| anyhow::anyhow!("the address {it}"))?;
    let mut conn = deps.db.acquire().await?;
    Ok(users::find(&mut conn, &email).await?)
}

/// Shuts an account: every browser is signed out, nobody logs in with it, keys that its owner made open nothing, and
/// receivers that its owner registered hear nothing. Says whether it was active.
///
/// # Errors
/// When the database fails.
pub async fn disable(
    deps: &Deps,
    by: Actor,
    user: UserId,
    reason: &str,
) -> Result<bool, StoreError> {
    change(deps, by, user, (Active, Disabled, reason)).await
}

/// Opens a disabled account again; says whether it was disabled.
///
/// # Errors
/// When the database fails.
pub async fn enable(
    deps: &Deps,
    by: Actor,
    user: UserId,
    reason: &str,
) -> Result<bool, StoreError> {
    change(deps, by, user, (Disabled, Active, reason)).await
}

async fn change(
    deps: &Deps,
    by: Actor,
    user: UserId,
    (from, to, reason): (AccountState, AccountState, &str),
) -> Result<bool, StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if !users::change_state(&mut tx, user, (from, to), now).await? {
        return Ok(false);
    }
    let (action, notice) = match to {
        Active => ("user.enabled", Notice::AccountEnabled),
        Disabled | AccountState::Deleted => ("user.disabled", Notice::AccountDisabled),
    };
    end_for_user(&mut tx, user, Ending::All).await?;
    visits::end_of(&mut tx, user, by, now).await?;
    if to == Disabled {
        // What it told outside of here it tells no more, until a member switches it on again.
        for organizer in personal_data::organizers_of(&mut tx, user).await? {
            disable_of(&mut tx, (organizer, user), "account_disabled", now).await?;
        }
    }
    let detail = json!({ "user": user, "reason": reason });
    trail::note(&mut tx, About::PLATFORM, by, (action, detail), now).await?;
    tell(&mut tx, user, notice, String::new(), now).await?;
    tx.commit().await?;
    Ok(true)
}
