//! What is shown once: a new key, a new link, recovery codes. It waits for its page in the web session, sealed for who is
//! signed in, so that a copy of the database opens nothing.

use operations::account::shown_once::{open, seal};

use crate::error::AppError;
use crate::ssr;

/// Keeps a secret for the page of this name.
///
/// # Errors
/// When nobody is signed in, or the session cannot be kept.
pub async fn keep(name: &str, secret: &str) -> Result<(), AppError> {
    let owner = owner(name).await?;
    let sealed = seal(&ssr::deps().settings, &owner, secret).map_err(ssr::unexpected)?;
    let session = ssr::session().ok_or(AppError::Unavailable)?;
    session.insert(&session_key(name), sealed).await.map_err(ssr::unexpected)
}

/// The secret, taken out.
pub async fn take(name: &str) -> Option<String> {
    let owner = owner(name).await.ok()?;
    let sealed: String = ssr::session()?.remove(&session_key(name)).await.ok().flatten()?;
    open(&ssr::deps().settings, &owner, &sealed)
}

async fn owner(name: &str) -> Result<String, AppError> {
    Ok(format!("{} {name}", ssr::viewer().await?))
}

fn session_key(name: &str) -> String {
    format!("shown:{name}")
}
