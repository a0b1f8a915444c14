//! What somebody who logs in is called, reads, and lives by.

use leptos::prelude::*;

use crate::error::AppError;

/// Keeps the own profile.
#[server(prefix = "/api", endpoint = "own_profile/save")]
pub async fn save_own_profile(
    #[server(default)] display_name: String,
    #[server(default)] language: String,
    #[server(default)] time_zone: String,
) -> Result<(), AppError> {
    use operations::account::own_profile::{OwnProfileForm, SaveOwnProfileError as E, save};

    use crate::{paths, ssr};

    let Ok(user) = ssr::viewer().await else {
        ssr::redirect(paths::LOGIN);
        return Ok(());
    };
    let form =
        OwnProfileForm { display_name: &display_name, language: &language, time_zone: &time_zone };
    let problems = match save(&ssr::deps(), user, form).await {
        Ok(lang) => {
            ssr::keep_lang(lang);
            ssr::redirect(&paths::account_after("profile_saved"));
            return Ok(());
        }
        Err(E::NotActive) => {
            ssr::redirect(paths::LOGIN);
            return Ok(());
        }
        Err(E::Invalid(problems)) => problems,
        Err(E::Unexpected(error)) => return Err(ssr::unexpected(format!("{error:#}"))),
    };
    let lang = ssr::lang();
    let errors = problems.into_iter().map(|it| in_words(it, lang)).collect();
    let typed = [
        ("display_name".to_owned(), display_name),
        ("language".to_owned(), language),
        ("time_zone".to_owned(), time_zone),
    ];
    ssr::flash::put("own_profile", typed.into_iter().collect(), errors).await;
    ssr::redirect(paths::OWN_PROFILE);
    Ok(())
}

/// A problem: its field, and the sentence for people.
#[cfg(feature = "ssr")]
fn in_words(
    problem: operations::account::own_profile::OwnProfileProblem,
    lang: words::lang::Lang,
) -> (String, String) {
    use domain::parsed::TextError;
    use operations::account::own_profile::OwnProfileProblem as P;
    use words::own_profile as said;

    let (field, sentence) = match problem {
        P::DisplayName(TextError::ControlCharacters) => {
            ("display_name", said::hidden_letters(lang).to_owned())
        }
        P::DisplayName(error) => ("display_name", words::errors::text(error, lang)),
        P::Language => ("language", said::choose_language(lang).to_owned()),
        P::TimeZone => ("time_zone", said::choose_time_zone(lang).to_owned()),
    };
    (field.to_owned(), sentence)
}
