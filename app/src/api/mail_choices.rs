//! Which mails about an organizer come to a member.

use leptos::prelude::*;

use crate::error::AppError;

/// Keeps which come: those whose box is ticked.
#[server(prefix = "/api", endpoint = "mail_choices/choose")]
pub async fn choose_mails(
    #[server(default)] organizer: String,
    #[server(default)] return_to_decide: String,
    #[server(default)] screening_to_decide: String,
    #[server(default)] webhook_disabled: String,
) -> Result<(), AppError> {
    use domain::mail_choice::MemberMail as M;
    use operations::account::mail_choices::{ChooseMailsError as E, choose};

    use crate::{paths, ssr};

    let Ok(user) = ssr::viewer().await else {
        ssr::redirect(paths::LOGIN);
        return Ok(());
    };
    let organizer = organizer.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let boxes = [
        (M::ReturnToDecide, return_to_decide),
        (M::ScreeningToDecide, screening_to_decide),
        (M::WebhookDisabled, webhook_disabled),
    ];
    let ticked = boxes.into_iter().filter(|(_, ticked)| !ticked.is_empty());
    let wanted: Vec<M> = ticked.map(|it| it.0).collect();
    match choose(&ssr::deps(), user, organizer, &wanted).await {
        Ok(()) => ssr::redirect(paths::MAIL_CHOICES_SAVED),
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Unexpected(error)) => return Err(ssr::unexpected(format!("{error:#}"))),
    }
    Ok(())
}
