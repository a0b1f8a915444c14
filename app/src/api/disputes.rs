//! Disputes, as their organizer answers them.

use leptos::prelude::*;

use crate::error::AppError;

/// Adds a text of evidence.
#[server(prefix = "/api", endpoint = "disputes/add_text")]
pub async fn add_evidence_text(
    #[server(default)] dispute: String,
    #[server(default)] body: String,
) -> Result<(), AppError> {
    use operations::disputes::evidence::add_text;

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::AnswerDisputes, On::named(&dispute, On::Dispute)).await?
    else {
        return Ok(());
    };
    let id = dispute.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let result = add_text(&member.deps, &member.access, id, &body).await;
    done(id, result.map(drop), "evidence_added")
}

/// Notes that the evidence went to the provider.
#[server(prefix = "/api", endpoint = "disputes/mark_sent")]
pub async fn mark_evidence_sent(#[server(default)] dispute: String) -> Result<(), AppError> {
    use operations::disputes::evidence::mark_sent;

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::AnswerDisputes, On::named(&dispute, On::Dispute)).await?
    else {
        return Ok(());
    };
    let id = dispute.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    done(id, mark_sent(&member.deps, &member.access, id).await, "marked_sent")
}

/// Records how a dispute ended.
#[server(prefix = "/api", endpoint = "disputes/end")]
pub async fn end_dispute(
    #[server(default)] dispute: String,
    #[server(default)] result: String,
) -> Result<(), AppError> {
    use operations::disputes::record_end;

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::AnswerDisputes, On::named(&dispute, On::Dispute)).await?
    else {
        return Ok(());
    };
    let id = dispute.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let is_won = match result.as_str() {
        "won" => true,
        "lost" => false,
        _ => return done(id, Ok(()), ""),
    };
    done(id, record_end(&member.deps, &member.access, id, is_won).await, "ended")
}

/// Back to the dispute's page, which says the word.
#[cfg(feature = "ssr")]
fn done(
    dispute: domain::ids::DisputeId,
    result: Result<(), operations::disputes::DisputeError>,
    word: &str,
) -> Result<(), AppError> {
    use crate::{paths, ssr};

    let word = match result {
        Ok(()) => word,
        Err(error) => refusal(error)?,
    };
    ssr::redirect(&paths::dispute_after(dispute, word));
    Ok(())
}

/// The word for what was refused, for the page that says it in the reader's language.
///
/// # Errors
/// When there is nothing to go back to.
#[cfg(feature = "ssr")]
pub fn refusal(error: operations::disputes::DisputeError) -> Result<&'static str, AppError> {
    use operations::disputes::DisputeError as E;

    use crate::ssr;

    Ok(match error {
        E::Over => "over",
        E::NoEvidence => "needs_evidence",
        E::MalformedText => "malformed",
        E::TooLarge => "too_large",
        E::Unreadable => "unreadable",
        E::TooMany => "too_many",
        E::Busy => "busy",
        E::NotFound => return Err(ssr::reply(AppError::NotFound)),
        E::Unexpected(error) => return Err(ssr::reply(ssr::unexpected(error))),
    })
}
