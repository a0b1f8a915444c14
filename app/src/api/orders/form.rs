//! The order form on its way to `operations`, and back with what is wrong.

use std::collections::BTreeMap;

use domain::order::Selection;
use domain::parsed::slug::Slug;
use domain::payment::PaymentMethod;
use operations::fresh;
use operations::orders::place::{EventRef, OrderSource, PlaceOrder, PlaceOrderError};
use words::errors;

use crate::error::{AppError, FieldErrors};
use crate::paths;
use crate::ssr::{self, flash};

/// What the form says of a buyer who will transfer.
pub(crate) const BY_TRANSFER: &str = "transfer";

/// What a buyer typed, field by field.
#[derive(Debug, Clone)]
pub(crate) struct OrderForm {
    pub(crate) event: String,
    pub(crate) quantity: BTreeMap<String, String>,
    pub(crate) buyer_name: String,
    pub(crate) buyer_email: String,
    pub(crate) attendee_names: String,
    /// `transfer`, or anything else for the provider's page.
    pub(crate) pay_by: String,
}

impl OrderForm {
    /// Reads numbers and names; an empty quantity is none.
    pub(crate) fn parse(&self, key: &str) -> Result<PlaceOrder, FieldErrors> {
        let lang = ssr::lang();
        let mut selections = Vec::with_capacity(self.quantity.len());
        for (ticket_type, quantity) in &self.quantity {
            let quantity = quantity.trim();
            if quantity.is_empty() {
                continue;
            }
            match (ticket_type.parse(), quantity.parse()) {
                (Ok(ticket_type), Ok(quantity)) => {
                    selections.push(Selection { ticket_type, quantity });
                }
                _ => return Err(whole(errors::nothing_chosen(lang))),
            }
        }
        let event = Slug::parse(&self.event).map_err(|_| whole(errors::not_on_sale(lang)))?;
        Ok(PlaceOrder {
            event: EventRef::Slug(event),
            buyer_name: self.buyer_name.clone(),
            buyer_email: self.buyer_email.clone(),
            lang,
            selections,
            attendee_names: self.attendee_names.lines().map(str::to_owned).collect(),
            methods: if self.pay_by == BY_TRANSFER {
                vec![PaymentMethod::DirectTransfer]
            } else {
                Vec::new()
            },
            source: OrderSource::Web(ssr::whereabouts()),
            idempotency_key: (!key.is_empty()).then(|| self.key(key)),
        })
    }

    /// One page, one wish: the same press twice is one order, another choice from the same page is another.
    fn key(&self, page: &str) -> String {
        let wish = fresh::hash(&format!("{page} {self:?}"));
        wish.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Keeps everything typed and goes back to the event's page.
    pub(crate) async fn refuse(&self, errors: FieldErrors) -> Result<(), AppError> {
        let mut values = BTreeMap::from([
            ("buyer_name".to_owned(), self.buyer_name.clone()),
            ("buyer_email".to_owned(), self.buyer_email.clone()),
            ("attendee_names".to_owned(), self.attendee_names.clone()),
            ("pay_by".to_owned(), self.pay_by.clone()),
        ]);
        values.extend(
            self.quantity
                .iter()
                .map(|(id, quantity)| (format!("quantity[{id}]"), quantity.clone())),
        );
        flash::put(&form_name(&self.event), values, errors).await;
        ssr::redirect(&paths::event_again(&self.event));
        Ok(())
    }
}

/// The name that the form is kept by.
pub(crate) fn form_name(slug: &str) -> String {
    format!("order {slug}")
}

/// What a refusal says beside which field; what is no refusal is an error of the page.
pub(crate) fn problems(error: PlaceOrderError) -> Result<FieldErrors, AppError> {
    use PlaceOrderError as E;
    let lang = ssr::lang();
    Ok(match error {
        E::Invalid(problems) => problems
            .into_iter()
            .map(|problem| {
                let field = problem.field.split('.').next().unwrap_or_default().to_owned();
                let sentence = if field == "buyer_email" {
                    errors::email(problem.error, lang)
                } else {
                    errors::text(problem.error, lang)
                };
                (field, sentence)
            })
            .collect(),
        E::NotFound => return Err(ssr::reply(AppError::NotFound)),
        E::NotOnSale => whole(errors::not_on_sale(lang)),
        E::MethodNotOffered => whole(errors::method_not_offered(lang)),
        E::Unpayable => whole(errors::no_way_to_pay(lang)),
        E::Paused => whole(errors::orders_paused(lang)),
        E::Suspended => whole(errors::organizer_suspended(lang)),
        E::SoldOut => whole(errors::sold_out(lang)),
        E::NotOrderable(reason) => whole(&errors::not_orderable(reason, lang)),
        E::Busy | E::KeyReused | E::StillRunning => whole(errors::busy(lang)),
        E::Unexpected(error) => return Err(ssr::reply(ssr::unexpected(error))),
    })
}

fn whole(sentence: &str) -> FieldErrors {
    BTreeMap::from([(flash::WHOLE_FORM.to_owned(), sentence.to_owned())])
}
