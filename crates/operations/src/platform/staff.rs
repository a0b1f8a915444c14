//! Who belongs to the platform's staff: the configuration says it, and what the database remembers follows.

use domain::parsed::email_address::EmailAddress;
use serde_json::json;
use store::error::StoreError;
use store::users;

use crate::actor::Actor;
use crate::platform::visits;
use crate::trail::{self, About};
use crate::{Deps, Settings};

/// Whether the configuration makes whoever has this address an administrator.
pub(crate) fn is_administrator(settings: &Settings, email: &EmailAddress) -> bool {
    keys(settings).any(|key| key == email.key())
}

/// Brings everybody in line with the configuration, at every start: whoever was taken out of it is no administrator any
/// more, in sessions that are open too, and who was added is one without another login. How many that changed.
///
/// # Errors
/// When the database fails.
pub async fn follow_configuration(deps: &Deps) -> Result<usize, StoreError> {
    let keys: Vec<String> = keys(&deps.settings).collect();
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let changed = users::set_administrators(&mut tx, &keys).await?;
    for (user, is_administrator) in &changed {
        if !is_administrator {
            visits::end_of(&mut tx, *user, Actor::System, now).await?;
        }
        let action = if *is_administrator { "user.joined_staff" } else { "user.left_staff" };
        let told = (action, json!({ "user": user }));
        trail::note(&mut tx, About::PLATFORM, Actor::System, told, now).await?;
    }
    tx.commit().await?;
    Ok(changed.len())
}

fn keys(settings: &Settings) -> impl Iterator<Item = String> {
    let parsed = settings.administrators.iter().filter_map(|it| EmailAddress::parse(it).ok());
    parsed.map(|it| it.key().to_owned())
}
