//! Money that goes back: refunds, requests for a transfer, chargebacks; and cancelling or capturing what was authorized.

use serde_json::json;

use crate::book::Book;
use crate::fault::Fault;
use crate::model::{Payment, PaymentStatus, Refund, RefundRequest};
use crate::params::Params;
use crate::{clock, ids};

impl Book {
    /// Refunds all or a part. Shops and banks cannot take money back, so those methods are refused.
    pub(crate) fn refund(
        &mut self,
        payment_id: &str,
        amount: Option<i64>,
        description: Option<&str>,
    ) -> Result<Payment, Fault> {
        let payment = self.payment(payment_id)?.clone();
        if payment.status != PaymentStatus::Captured || payment.is_paid_later() {
            return Err(Fault::not_refundable());
        }
        self.refuse_short_balance()?;
        self.give_back(payment, amount, description, false)
    }

    /// The buyer's bank takes the money back, whatever the shop thinks.
    pub(crate) fn charge_back(
        &mut self,
        payment_id: &str,
        amount: Option<i64>,
    ) -> Result<Payment, Fault> {
        let payment = self.payment(payment_id)?.clone();
        if payment.status != PaymentStatus::Captured {
            return Err(Fault::not_refundable());
        }
        let description = format!("Chargeback {}", clock::now().date());
        self.give_back(payment, amount, Some(&description), true)
    }

    fn give_back(
        &mut self,
        mut payment: Payment,
        amount: Option<i64>,
        description: Option<&str>,
        is_chargeback: bool,
    ) -> Result<Payment, Fault> {
        let amount = amount.unwrap_or(payment.refundable());
        if amount <= 0 {
            return Err(Fault::invalid("amount", "Amount must be greater than 0"));
        }
        if amount > payment.refundable() {
            return Err(Fault::invalid(
                "amount",
                "Amount is greater than the amount left to refund",
            ));
        }
        payment.refunds.push(Refund {
            id: ids::new_id(),
            resource: "refund".to_owned(),
            amount,
            currency: payment.currency.clone(),
            payment: payment.id.clone(),
            description: description.map(str::to_owned),
            created_at: clock::now(),
            chargeback: is_chargeback,
        });
        payment.amount_refunded = payment.amount_refunded.saturating_add(amount);
        let is_complete = payment.refundable() == 0;
        if is_complete {
            payment.status = PaymentStatus::Refunded;
        }
        self.put_and_tell(payment.clone(), "payment.refund.created", None);
        if is_complete {
            self.emit("payment.refunded", &payment.id, &json!(payment), None);
        }
        Ok(payment)
    }

    fn refuse_short_balance(&self) -> Result<(), Fault> {
        if !self.behaviour.short_balance {
            return Ok(());
        }
        let message = "The refund is larger than the unsettled balance.";
        Err(Fault::new(422, "insufficient_balance", message))
    }

    /// The bank decides for the shop: the latest chargeback is undone.
    pub(crate) fn win_chargeback(&mut self, payment_id: &str) -> Result<(), Fault> {
        let mut payment = self.payment(payment_id)?.clone();
        let at = payment.refunds.iter().rposition(|refund| refund.chargeback);
        let refund = payment.refunds.remove(at.ok_or_else(Fault::not_found)?);
        take_again(&mut payment, refund.amount);
        self.put_and_tell(payment, "payment.updated", None);
        Ok(())
    }

    /// A transfer that was made comes back: the account does not exist.
    pub(crate) fn return_refund_request(&mut self, payment_id: &str) -> Result<(), Fault> {
        let mut payment = self.payment(payment_id)?.clone();
        let made = payment.refund_requests.iter_mut().rfind(|it| it.status == "completed");
        let request = made.ok_or_else(Fault::not_found)?;
        request.status = "rejected".to_owned();
        let request = request.clone();
        let is_of_it = |refund: &Refund| refund.description == request.description;
        if let Some(at) = payment.refunds.iter().rposition(is_of_it) {
            let refund = payment.refunds.remove(at);
            take_again(&mut payment, refund.amount);
        }
        self.put_payment(payment);
        self.emit("refund_request.updated", payment_id, &json!(request), None);
        Ok(())
    }

    /// Asks for a bank transfer to the buyer; somebody decides later.
    pub(crate) fn request_refund(
        &mut self,
        payment_id: &str,
        params: &Params,
    ) -> Result<(), Fault> {
        let mut payment = self.payment(payment_id)?.clone();
        if payment.status != PaymentStatus::Captured || !payment.is_paid_later() {
            return Err(Fault::not_refundable());
        }
        self.refuse_short_balance()?;
        let amount = params.integer("amount")?.ok_or_else(|| Fault::missing("amount"))?;
        let asked: i64 = payment
            .refund_requests
            .iter()
            .filter(|r| r.status == "pending")
            .map(|r| r.amount)
            .sum();
        if amount <= 0 || amount > payment.refundable().saturating_sub(asked) {
            return Err(Fault::invalid(
                "amount",
                "Amount is greater than the amount left to refund",
            ));
        }
        let needed =
            |name: &str| params.text(name).map(str::to_owned).ok_or_else(|| Fault::missing(name));
        let account_number = needed("account_number")?;
        if account_number.len() != 7 || !account_number.bytes().all(|c| c.is_ascii_digit()) {
            return Err(Fault::invalid("account_number", "Account number must have 7 digits"));
        }
        let kind = needed("account_type")?;
        if !["normal", "checking", "savings"].contains(&kind.as_str()) {
            return Err(Fault::invalid("account_type", "Account type is not supported"));
        }
        payment.refund_requests.push(RefundRequest {
            id: ids::new_id(),
            payment: payment.id.clone(),
            amount,
            customer_name: needed("customer_name")?,
            bank_name: needed("bank_name")?,
            bank_code: params.text("bank_code").map(str::to_owned),
            branch_name: params.text("branch_name").map(str::to_owned),
            branch_number: needed("branch_number")?,
            account_number,
            description: params.text("description").map(str::to_owned),
            status: "pending".to_owned(),
            created_at: clock::now(),
        });
        self.put_payment(payment);
        Ok(())
    }

    /// Completes or rejects the oldest open request for a transfer.
    pub(crate) fn settle_refund_request(
        &mut self,
        payment_id: &str,
        is_accepted: bool,
    ) -> Result<(), Fault> {
        let mut payment = self.payment(payment_id)?.clone();
        let open = payment.refund_requests.iter_mut().find(|request| request.status == "pending");
        let request = open.ok_or_else(Fault::not_found)?;
        request.status = if is_accepted { "completed" } else { "rejected" }.to_owned();
        let request = request.clone();
        self.put_payment(payment.clone());
        self.emit("refund_request.updated", payment_id, &json!(request), None);
        if is_accepted {
            // Whether the real provider adds a refund here is not published; see the README.
            self.give_back(payment, Some(request.amount), request.description.as_deref(), false)?;
        }
        Ok(())
    }

    pub(crate) fn cancel_payment(&mut self, payment_id: &str) -> Result<Payment, Fault> {
        let mut payment = self.payment(payment_id)?.clone();
        if !matches!(payment.status, PaymentStatus::Pending | PaymentStatus::Authorized) {
            let message = "The payment you requested is not cancellable.";
            return Err(Fault::new(422, "not_cancellable", message));
        }
        payment.status = PaymentStatus::Cancelled;
        self.put_and_tell(payment.clone(), "payment.cancelled", None);
        Ok(payment)
    }

    /// Captures what was only authorized; money that is still on its way to a till cannot be.
    pub(crate) fn capture_payment(&mut self, payment_id: &str) -> Result<Payment, Fault> {
        let mut payment = self.payment(payment_id)?.clone();
        if payment.status != PaymentStatus::Authorized || payment.is_paid_later() {
            let message = "The payment you requested is not capturable.";
            return Err(Fault::new(422, "not_capturable", message));
        }
        payment.status = PaymentStatus::Captured;
        payment.captured_at = Some(clock::now());
        self.put_and_tell(payment.clone(), "payment.captured", None);
        Ok(payment)
    }
}

/// Money that went back and came again.
fn take_again(payment: &mut Payment, amount: i64) {
    payment.amount_refunded = payment.amount_refunded.saturating_sub(amount);
    payment.status = PaymentStatus::Captured;
}
