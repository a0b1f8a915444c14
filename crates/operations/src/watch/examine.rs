//! One payment under the glass: ask the provider, record what it says, and compare what both then hold.

use domain::alert::AlertRule;
use domain::ids::PaymentId;
use domain::payment::PaymentStatus;
use providers::outcome::Outcome;
use providers::payments::PaymentReading;
use serde_json::json;
use store::alerts::Suspect;
use store::provider_report::{self, Books};

use crate::Deps;
use crate::payments::record_fact::{self, Cause};
use crate::payments::sync;

/// The provider's word for what it does not know.
const NOT_FOUND: &str = "not_found";

/// What the glass showed.
#[derive(Debug, Clone, PartialEq)]
pub enum Examined {
    /// Both say the same.
    Agrees,
    /// They differ, even after everything was recorded.
    Differs(Box<Suspect>),
    /// The provider gave no readable answer: nothing can be said.
    Unknown,
}

/// Asks the provider about a payment, records the answer and compares.
///
/// # Errors
/// When the database fails.
pub async fn examine(deps: &Deps, payment: PaymentId) -> anyhow::Result<Examined> {
    let found = {
        let mut conn = deps.db.acquire().await?;
        store::payments::get(&mut conn, payment).await?
    };
    if found.is_own_transfer() {
        // The bank's statement is its report, and the check compares them; the provider never heard of it.
        return Ok(Examined::Agrees);
    }
    let reading = match deps.provider.fetch_payment(sync::query_of(&found)).await {
        Outcome::Accepted(reading) => reading,
        Outcome::Refused(refusal) if refusal.code == NOT_FOUND => {
            PaymentReading { session: None, payment: None }
        }
        Outcome::Refused(refusal) => {
            tracing::warn!(payment.id = %payment, code = refusal.code, "the provider refused to tell");
            return Ok(Examined::Unknown);
        }
        Outcome::Unknown(cause) => {
            tracing::info!(payment.id = %payment, %cause, "the provider gave no readable answer");
            return Ok(Examined::Unknown);
        }
    };
    // An answer that cannot be recorded is a difference that stays; the comparison below tells it.
    if let Err(error) = record_fact::record_fact(deps, payment, &reading, Cause::Question).await {
        tracing::warn!(payment.id = %payment, "an answer could not be recorded: {error:#}");
    }
    let mut conn = deps.db.acquire().await?;
    let books = provider_report::books(&mut conn, payment).await?;
    Ok(judge(payment, &reading, &books))
}

/// Compares what the provider says with our rows and books.
fn judge(payment: PaymentId, reading: &PaymentReading, books: &Books) -> Examined {
    use domain::ids::Id;
    let theirs = reading.payment.as_ref().filter(|it| it.is_captured());
    let is_ours = books.status == PaymentStatus::Captured;
    let (rule, observed, expected) = match (theirs, is_ours) {
        (None, false) => return Examined::Agrees,
        (Some(_), false) => (
            AlertRule::MissingHere,
            json!({ "paymentStatus": "captured", "ourPaymentStatus": books.status }),
            json!({ "orderStatus": "paid" }),
        ),
        (None, true) => (
            AlertRule::MissingThere,
            json!({ "paymentStatus": word_of(reading), "ourPaymentStatus": books.status }),
            json!({ "paymentStatus": "captured" }),
        ),
        (Some(theirs), true) => {
            let held = theirs.held().map(domain::money::Money::minor);
            if held == Some(books.held_minor) {
                return Examined::Agrees;
            }
            (
                AlertRule::ReportDiffers,
                json!({ "providerHoldsMinor": held, "booksHoldMinor": books.held_minor }),
                json!({ "booksHoldMinor": held }),
            )
        }
    };
    let subject = payment.uuid().to_string();
    Examined::Differs(Box::new(Suspect { rule, subject, about: books.about, observed, expected }))
}

fn word_of(reading: &PaymentReading) -> String {
    reading.payment.as_ref().map_or_else(
        || if reading.session.is_some() { "none".to_owned() } else { "unknown".to_owned() },
        |payment| format!("{:?}", payment.status).to_lowercase(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Money;
    use providers::payments::{MethodDetails, ProviderPayment, ProviderPaymentStatus as Status};
    use store::alerts::About;

    fn reading(status: Status, refunded: i64) -> PaymentReading {
        let payment = ProviderPayment {
            id: "p".to_owned(),
            reference: None,
            status,
            amount: Money::yen(3000),
            method_fee: Money::yen(190),
            method: None,
            details: MethodDetails::default(),
            deadline_at: None,
            captured_at: None,
            amount_refunded: Money::yen(refunded),
            refunds: Vec::new(),
            refund_requests: Vec::new(),
            failure_code: None,
        };
        PaymentReading { session: None, payment: Some(payment) }
    }

    fn rule_of(
        reading: &PaymentReading,
        status: PaymentStatus,
        held_minor: i64,
    ) -> Option<AlertRule> {
        let books = Books { about: About::default(), status, held_minor };
        match judge(crate::fresh::id(), reading, &books) {
            Examined::Differs(suspect) => Some(suspect.rule),
            Examined::Agrees | Examined::Unknown => None,
        }
    }

    #[test]
    fn both_sides_are_compared_to_the_yen() {
        use PaymentStatus::{Captured, Expired, Pending};
        let nothing = PaymentReading { session: None, payment: None };
        for (reading, status, held, rule) in [
            (reading(Status::Captured, 0), Captured, 3190, None),
            (reading(Status::Captured, 1000), Captured, 2190, None),
            (reading(Status::Refunded, 3190), Captured, 0, None),
            (reading(Status::Captured, 1000), Captured, 3190, Some(AlertRule::ReportDiffers)),
            (reading(Status::Captured, 0), Captured, 3191, Some(AlertRule::ReportDiffers)),
            (reading(Status::Captured, 0), Pending, 0, Some(AlertRule::MissingHere)),
            (reading(Status::Captured, 0), Expired, 0, Some(AlertRule::MissingHere)),
            (reading(Status::Failed, 0), Captured, 3190, Some(AlertRule::MissingThere)),
            (nothing.clone(), Captured, 3190, Some(AlertRule::MissingThere)),
            (nothing, Pending, 0, None),
            (reading(Status::Expired, 0), Expired, 0, None),
        ] {
            assert_eq!(rule_of(&reading, status, held), rule, "{reading:?} {status} {held}");
        }
    }
}
