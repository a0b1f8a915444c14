//! What somebody who logs in is called, reads, and lives by. One rule for the language: an account's is the one its owner
//! chose here, and until then the one of the last login. Mails to the owner are written in it, and every login gives it to
//! the browser as its `lang` cookie; the switch on a page changes that one browser, until its next login.

use domain::account::AccountState;
use domain::ids::UserId;
use domain::parsed::TextError;
use domain::parsed::display_name::DisplayName;
use domain::time_zone;
use serde_json::json;
use store::error::StoreError;
use store::users;
use words::lang::Lang;

use crate::Deps;
use crate::account::confirm_login::audit;

/// What a person typed and chose.
#[derive(Debug, Clone, Copy)]
pub struct OwnProfileForm<'a> {
    /// Empty: the address is shown.
    pub display_name: &'a str,
    pub language: &'a str,
    pub time_zone: &'a str,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnProfileProblem {
    DisplayName(TextError),
    Language,
    TimeZone,
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveOwnProfileError {
    #[error("{} fields are wrong", .0.len())]
    Invalid(Vec<OwnProfileProblem>),
    #[error("the account is not active")]
    NotActive,
    #[error(transparent)]
    Unexpected(#[from] anyhow::Error),
}

impl From<StoreError> for SaveOwnProfileError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Keeps it, and tells the language that was chosen. The audit log says which of the three changed, not to what: the log
/// outlives the account.
///
/// # Errors
/// See [`SaveOwnProfileError`].
pub async fn save(
    deps: &Deps,
    user: UserId,
    form: OwnProfileForm<'_>,
) -> Result<Lang, SaveOwnProfileError> {
    let (name, lang, zone) = read(form).map_err(SaveOwnProfileError::Invalid)?;
    let mut tx = deps.db.begin().await?;
    if users::lock(&mut tx, user).await? != AccountState::Active {
        return Err(SaveOwnProfileError::NotActive);
    }
    let before = users::get(&mut tx, user).await?;
    users::save_profile(&mut tx, user, name.as_ref(), (lang.code(), zone)).await?;
    let changed: Vec<&str> = [
        ("display_name", before.display_name != name),
        ("language", !before.is_locale_chosen || before.locale != lang.code()),
        ("time_zone", before.time_zone != zone),
    ]
    .into_iter()
    .filter_map(|(field, is_other)| is_other.then_some(field))
    .collect();
    if !changed.is_empty() {
        let detail = json!({ "fields": changed });
        audit(&mut tx, user, "user.profile_changed", detail, deps.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(lang)
}

/// The language that the owner chose; none where it follows the login.
///
/// # Errors
/// When the database fails.
pub async fn chosen_language(deps: &Deps, user: UserId) -> Result<Option<Lang>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let known = users::get(&mut conn, user).await?;
    Ok(Lang::parse(&known.locale).filter(|_| known.is_locale_chosen))
}

fn read(
    form: OwnProfileForm<'_>,
) -> Result<(Option<DisplayName>, Lang, &str), Vec<OwnProfileProblem>> {
    let name = DisplayName::parse(form.display_name).map_err(OwnProfileProblem::DisplayName);
    let lang = Lang::ALL.into_iter().find(|it| it.code() == form.language);
    let lang = lang.ok_or(OwnProfileProblem::Language);
    let is_zone = time_zone::choices().iter().any(|it| it == form.time_zone);
    let zone = is_zone.then_some(form.time_zone).ok_or(OwnProfileProblem::TimeZone);
    match (name, lang, zone) {
        (Ok(name), Ok(lang), Ok(zone)) => Ok((name, lang, zone)),
        (name, lang, zone) => {
            Err([name.err(), lang.err(), zone.err()].into_iter().flatten().collect())
        }
    }
}
