//! Payments, as participants' forms start them.

use leptos::prelude::*;

use crate::error::AppError;

/// Sends the buyer to the open payment page, or to a new one where another method is wanted.
#[server(prefix = "/api", endpoint = "payments/start")]
pub async fn start_payment(
    token: String,
    #[server(default)] method: String,
) -> Result<(), AppError> {
    use domain::payment::PaymentMethod;
    use operations::access::buyer_access;
    use operations::payments::start::{self, StartPaymentError as E};
    use words::errors;

    use crate::{paths, ssr};

    let access = buyer_access(&ssr::deps(), &token).await.map_err(ssr::reply)?;
    let access = access.coming_from(ssr::whereabouts());
    let method = PaymentMethod::parse(&method).ok();
    let mut next = paths::order_status(&token);
    match start::start_payment(&ssr::deps(), &access, method).await {
        Ok(started) => next = started.hosted_url.unwrap_or(next),
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::NotPayable | E::MethodNotOffered) => door::say(&token, errors::not_payable).await,
        Err(E::Unconfirmed) => {
            door::say(&token, words::email_confirmation::confirm_first).await;
        }
        Err(E::TooManyAttempts) => door::say(&token, errors::too_many_attempts).await,
        Err(E::Busy) => door::say(&token, errors::busy).await,
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    ssr::redirect(&next);
    Ok(())
}

/// What the doors of a personal link share.
#[cfg(feature = "ssr")]
pub(crate) mod door {
    use std::collections::BTreeMap;

    use words::lang::Lang;

    use crate::ssr::{self, flash};

    /// The name that messages to a status page are kept by.
    pub(crate) fn form(token: &str) -> String {
        format!("order {token}")
    }

    /// Keeps a sentence for the status page.
    pub(crate) async fn say(token: &str, sentence: impl Fn(Lang) -> &'static str + Send) {
        let sentence = sentence(ssr::lang()).to_owned();
        let errors = BTreeMap::from([(flash::WHOLE_FORM.to_owned(), sentence)]);
        flash::put(&form(token), BTreeMap::new(), errors).await;
    }
}
