//! Where the provider sends the buyer back to: asks the provider what happened, then shows the order.
//!
//! What the address says about the payment is not believed.

use leptos::prelude::*;
use operations::access::buyer_access;
use operations::payments::sync::sync_order;

use super::personal_link;
use crate::{paths, ssr};

/// Learns the outcome and moves on to the order's page; when the provider is slow, that page goes on asking.
#[component]
pub fn PaymentReturnPage() -> impl IntoView {
    Suspend::new(async move {
        ssr::keep_private();
        let token = ssr::param("token");
        match buyer_access(&ssr::deps(), &token).await {
            Ok(access) => {
                if let Err(error) = sync_order(&ssr::deps(), access.order()).await {
                    // The sweeper asks again; the buyer is told that we are checking.
                    ssr::unexpected(error.context("asking the provider on the buyer's return"));
                }
                ssr::redirect(&paths::order_status(&token));
                ().into_any()
            }
            Err(error) => personal_link::refuse(&token, error.into()).await,
        }
    })
}
