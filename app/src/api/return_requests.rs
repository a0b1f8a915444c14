//! Return requests, as participants ask and organizers decide.

use leptos::prelude::*;

use crate::error::AppError;

/// Asks the organizer to cancel a ticket, or all of them.
#[server(prefix = "/api", endpoint = "return_requests/request")]
pub async fn request_return(
    token: String,
    #[server(default)] ticket: String,
    #[server(default)] note: String,
) -> Result<(), AppError> {
    use operations::access::buyer_access;
    use operations::cancellations::cancel::CancelError as C;
    use operations::cancellations::request::{self, RequestReturn, RequestReturnError as E};
    use words::{cancelling, errors};

    use crate::api::cancellations::which;
    use crate::api::payments::door;
    use crate::{paths, ssr};

    let access = buyer_access(&ssr::deps(), &token).await.map_err(ssr::reply)?;
    let command = RequestReturn { which: which(&ticket), note };
    match request::request_return(&ssr::deps(), &access, command).await {
        // The page itself says that the organizer was asked.
        Ok(_) | Err(E::AlreadyAsked) => {}
        Err(E::Refused(C::TooLate)) => door::say(&token, cancelling::too_late).await,
        Err(E::Refused(C::Busy)) => door::say(&token, errors::busy).await,
        Err(E::Refused(C::MalformedReason)) => door::say(&token, errors::malformed).await,
        Err(E::Refused(C::NotFound)) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Refused(C::Unexpected(error))) => return Err(ssr::reply(ssr::unexpected(error))),
        Err(E::NoNeed | E::Refused(_)) => door::say(&token, errors::not_cancellable).await,
    }
    ssr::redirect(&paths::order_status(&token));
    Ok(())
}

/// Says yes or no to a return request.
#[server(prefix = "/api", endpoint = "return_requests/decide")]
pub async fn decide_return(
    #[server(default)] event: String,
    #[server(default)] request: String,
    #[server(default)] verdict: String,
    #[server(default)] fee: String,
    #[server(default)] answer: String,
) -> Result<(), AppError> {
    use domain::ids::{EventId, ReturnRequestId};
    use operations::cancellations::cancel::CancelError as E;
    use operations::cancellations::decide::{self, Decide, Verdict};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) =
        member(Permission::DecideReturns, On::named(&request, On::ReturnRequest)).await?
    else {
        return Ok(());
    };
    let event: EventId = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let request: ReturnRequestId = request.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let verdict = match verdict.as_str() {
        "approve" => Verdict::Approve { waives_fee: fee == "waive" },
        _ => Verdict::Reject,
    };
    let command = Decide { request, verdict, answer };
    let done = match decide::decide(&member.deps, &member.access, command).await {
        Ok(()) if verdict == Verdict::Reject => "rejected",
        Ok(()) => "approved",
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
        Err(E::AlreadyCancelled) => "settled",
        Err(_) => "again",
    };
    ssr::redirect(&paths::return_requests_after(event, done));
    Ok(())
}
