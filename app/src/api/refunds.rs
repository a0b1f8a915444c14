//! Refunds, as an organizer asks for them.

use leptos::prelude::*;

use crate::error::AppError;

/// Asks for a refund that was reviewed; pressing twice asks once.
#[server(prefix = "/api", endpoint = "refunds/request")]
pub async fn request_refund(
    #[server(default)] order: String,
    #[server(default)] amount: String,
    #[server(default)] reason: String,
    #[server(default)] after: String,
    #[server(default)] idempotency_key: String,
) -> Result<(), AppError> {
    use domain::ids::OrderId;
    use domain::money::Money;
    use operations::orders::detail::detail;
    use operations::refunds::request::{RequestRefund, request_refund};

    use crate::ssr::member::member;
    use crate::{paths, ssr};

    let Some(member) = member().await? else { return Ok(()) };
    let order: OrderId = order.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let found = detail(&member.deps, &member.access, order).await.map_err(ssr::reply)?;
    let (Some(payment), Ok(minor)) = (found.refundable(), amount.parse::<i64>()) else {
        ssr::redirect(&paths::refund_order(order));
        return Ok(());
    };
    let command = RequestRefund {
        payment: payment.id,
        amount: Money::new(minor, found.head.amount.currency()),
        reason: reason.clone(),
        cancels_order: after == "cancel",
        idempotency_key: Some(idempotency_key),
    };
    match request_refund(&member.deps, &member.access, command).await {
        Ok(_) => ssr::redirect(&paths::order_after(order, "refund_requested")),
        Err(error) => {
            let sentence = sentence(error, member.lang);
            let values = [("amount", amount), ("reason", reason), ("after", after)];
            let values = values.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
            let errors = [("amount".to_owned(), sentence)].into_iter().collect();
            ssr::flash::put(&form_key(order), values, errors).await;
            ssr::redirect(&paths::refund_order(order));
        }
    }
    Ok(())
}

/// Under which name an order's refused refund is kept.
#[cfg(feature = "ssr")]
pub fn form_key(order: domain::ids::OrderId) -> String {
    format!("refund:{order}")
}

#[cfg(feature = "ssr")]
fn sentence(error: operations::refunds::request::RefundError, lang: words::lang::Lang) -> String {
    use operations::refunds::request::RefundError as E;
    use words::{errors, organizer};

    match error {
        E::NotFound | E::NotCaptured => organizer::refund_nothing(lang).to_owned(),
        E::MalformedAmount => organizer::not_a_number(lang).to_owned(),
        E::TooMuch { left } => organizer::refund_left(&words::money::format(left, lang), lang),
        E::CreditFirst { credit_left } => {
            organizer::refund_credit_first(&words::money::format(credit_left, lang), lang)
        }
        E::MalformedReason => errors::control_characters(lang).to_owned(),
        E::MalformedKey | E::KeyReused | E::StillRunning | E::Busy => {
            organizer::refund_again(lang).to_owned()
        }
        E::Unexpected(error) => {
            crate::ssr::unexpected(error);
            errors::unexpected(lang).to_owned()
        }
    }
}
