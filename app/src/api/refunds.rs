//! Refunds, as an organizer asks for them and as a participant says where they shall go.

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
    use operations::refunds::request::request_refund;

    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::RefundPayments, On::named(&order, On::Order)).await?
    else {
        return Ok(());
    };
    let typed = door::Typed { order, amount, reason, after, note: None };
    let Some(command) = typed.read(&member, idempotency_key).await? else { return Ok(()) };
    typed.end(request_refund(&member.deps, &member.access, command).await, member.lang).await
}

/// Records a refund that was reviewed and that the organizer makes by itself; pressing twice records once.
#[server(prefix = "/api", endpoint = "refunds/record_by_hand")]
pub async fn record_refund_by_hand(
    #[server(default)] order: String,
    #[server(default)] amount: String,
    #[server(default)] reason: String,
    #[server(default)] after: String,
    #[server(default)] note: String,
    #[server(default)] idempotency_key: String,
) -> Result<(), AppError> {
    use operations::refunds::request::refund_by_hand;

    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::RefundPayments, On::named(&order, On::Order)).await?
    else {
        return Ok(());
    };
    let typed = door::Typed { order, amount, reason, after, note: Some(note.clone()) };
    let Some(command) = typed.read(&member, idempotency_key).await? else { return Ok(()) };
    typed.end(refund_by_hand(&member.deps, &member.access, command, &note).await, member.lang).await
}

/// Takes the account from a one-time form; what is wrong goes back to the form, sealed.
#[server(prefix = "/api", endpoint = "refunds/give_account")]
pub async fn give_account(
    token: String,
    #[server(default)] bank: String,
    #[server(default)] branch: String,
    #[server(default)] kind: String,
    #[server(default)] number: String,
    #[server(default)] holder: String,
) -> Result<(), AppError> {
    use operations::refunds::account::{AccountError as E, TypedAccount, give};
    use operations::refunds::typed;

    use crate::{paths, ssr};

    let (deps, lang) = (ssr::deps(), ssr::lang());
    let account = TypedAccount { bank, branch, kind, number, holder };
    let mut errors = match give(&deps, &token, &account).await {
        // The form's own page tells what became of it.
        Ok(()) | Err(E::Closed) => {
            ssr::redirect(&paths::refund_account(&token));
            return Ok(());
        }
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Invalid(problems)) => account_errors(&problems, lang),
        Err(error) => {
            crate::error::FieldErrors::from([(String::new(), account_sentence(error, lang))])
        }
    };
    if errors.is_empty() {
        errors.insert(String::new(), words::errors::malformed(lang).to_owned());
    }
    let sealed = typed::keep(&deps, &token, &account).unwrap_or_default();
    let values = [(SEALED_FIELD.to_owned(), sealed)].into_iter().collect();
    ssr::flash::put(&account_key(&token), values, errors).await;
    ssr::redirect(&paths::refund_account_at(&token, &account.bank, Some(&account.branch)));
    Ok(())
}

/// Mails a new link in place of an expired one, to the address of the order.
#[server(prefix = "/api", endpoint = "refunds/mail_form")]
pub async fn mail_form(token: String) -> Result<(), AppError> {
    use operations::refunds::account::{AccountError as E, ask_again_by_form};

    use crate::{paths, ssr};

    let result = ask_again_by_form(&ssr::deps(), &token).await;
    if matches!(result, Err(E::Closed)) {
        // The form's own page tells what became of it.
        ssr::redirect(&paths::refund_account(&token));
        return Ok(());
    }
    let said = said(result)?;
    let errors = [(String::new(), said)].into_iter().collect();
    ssr::flash::put(&account_key(&token), Default::default(), errors).await;
    ssr::redirect(&paths::refund_account(&token));
    Ok(())
}

/// The same from the order's own page.
#[server(prefix = "/api", endpoint = "refunds/mail_orders_form")]
pub async fn mail_orders_form(
    token: String,
    #[server(default)] refund: String,
) -> Result<(), AppError> {
    use operations::access::buyer_access;
    use operations::refunds::account::ask_again_by_buyer;

    use crate::api::payments::door::form;
    use crate::{paths, ssr};

    let access = buyer_access(&ssr::deps(), &token).await.map_err(ssr::reply)?;
    let refund = refund.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    // The page itself shows the fresh form; only a refusal needs words.
    let result = ask_again_by_buyer(&ssr::deps(), &access, refund).await;
    if result.is_err() {
        let errors = [(String::new(), said(result)?)].into_iter().collect();
        ssr::flash::put(&form(&token), Default::default(), errors).await;
    }
    ssr::redirect(&paths::order_status(&token));
    Ok(())
}

/// Sends the participant a new link.
#[server(prefix = "/api", endpoint = "refunds/ask_again")]
pub async fn ask_account_again(
    #[server(default)] order: String,
    #[server(default)] refund: String,
) -> Result<(), AppError> {
    use operations::refunds::account::{AccountError as E, ask_again};

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::RefundPayments, On::named(&refund, On::Refund)).await?
    else {
        return Ok(());
    };
    let refund = refund.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let done = match ask_again(&member.deps, &member.access, refund).await {
        Ok(()) => "asked_again",
        Err(E::TooMany) => "asked_too_often",
        Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
        Err(E::Closed | E::Invalid(_) | E::NotNeeded | E::Busy) => "by_hand_not_now",
    };
    back_to(&order, done)
}

/// Records that the organizer gave the money back by itself.
#[server(prefix = "/api", endpoint = "refunds/hand_back")]
pub async fn hand_back(
    #[server(default)] order: String,
    #[server(default)] refund: String,
    #[server(default)] note: String,
) -> Result<(), AppError> {
    use operations::refunds::by_hand;

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::RefundPayments, On::named(&refund, On::Refund)).await?
    else {
        return Ok(());
    };
    let refund = refund.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let result = by_hand::hand_back(&member.deps, &member.access, refund, &note).await;
    by_hand_end(&order, result, "handed_back")
}

/// Records that a transfer came back.
#[server(prefix = "/api", endpoint = "refunds/came_back")]
pub async fn refund_came_back(
    #[server(default)] order: String,
    #[server(default)] refund: String,
) -> Result<(), AppError> {
    use operations::refunds::by_hand;

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::RefundPayments, On::named(&refund, On::Refund)).await?
    else {
        return Ok(());
    };
    let refund = refund.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    by_hand_end(&order, by_hand::came_back(&member.deps, &member.access, refund).await, "came_back")
}

/// Tries a refund that waits for the provider's balance.
#[server(prefix = "/api", endpoint = "refunds/try_now")]
pub async fn try_refund_now(
    #[server(default)] order: String,
    #[server(default)] refund: String,
) -> Result<(), AppError> {
    use operations::refunds::by_hand;

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::RefundPayments, On::named(&refund, On::Refund)).await?
    else {
        return Ok(());
    };
    let refund = refund.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    by_hand_end(&order, by_hand::try_now(&member.deps, &member.access, refund).await, "tried_now")
}

/// The choice of an organizer to give the money back by itself.
pub const BY_HAND: &str = "by_hand";
/// The field under which a refused account is kept, sealed.
pub const SEALED_FIELD: &str = "sealed";

/// Under which name a refused account is kept.
#[cfg(feature = "ssr")]
pub fn account_key(token: &str) -> String {
    format!("account:{token}")
}

#[cfg(feature = "ssr")]
fn back_to(order: &str, done: &str) -> Result<(), AppError> {
    use crate::{paths, ssr};

    let order = order.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    ssr::redirect(&paths::order_after(order, done));
    Ok(())
}

#[cfg(feature = "ssr")]
fn by_hand_end(
    order: &str,
    result: Result<(), operations::refunds::by_hand::ByHandError>,
    done: &str,
) -> Result<(), AppError> {
    use operations::refunds::by_hand::ByHandError as E;

    use crate::ssr;

    match result {
        Ok(()) => back_to(order, done),
        Err(E::NotNow | E::MalformedNote | E::Busy) => back_to(order, "by_hand_not_now"),
        Err(E::NotFound) => Err(ssr::reply(AppError::NotFound)),
        Err(E::Unexpected(error)) => Err(ssr::reply(ssr::unexpected(error))),
    }
}

/// What is said after a new link was wished for.
#[cfg(feature = "ssr")]
fn said(
    result: Result<(), operations::refunds::account::AccountError>,
) -> Result<String, AppError> {
    use operations::refunds::account::AccountError as E;

    use crate::ssr;

    let lang = ssr::lang();
    match result {
        Ok(()) => Ok(words::refunds::form_mailed(lang).to_owned()),
        Err(E::NotFound) => Err(ssr::reply(AppError::NotFound)),
        Err(error) => Ok(account_sentence(error, lang)),
    }
}

#[cfg(feature = "ssr")]
fn account_sentence(
    error: operations::refunds::account::AccountError,
    lang: words::lang::Lang,
) -> String {
    use operations::refunds::account::AccountError as E;
    use words::{errors, refunds};

    match error {
        E::TooMany => refunds::form_mailed_too_often(lang).to_owned(),
        E::NotNeeded | E::Closed | E::NotFound | E::Invalid(_) => {
            refunds::account_not_needed(lang).to_owned()
        }
        E::Busy => errors::unexpected(lang).to_owned(),
        E::Unexpected(error) => {
            crate::ssr::unexpected(error);
            errors::unexpected(lang).to_owned()
        }
    }
}

#[cfg(feature = "ssr")]
fn account_errors(
    problems: &operations::refunds::account::AccountProblems,
    lang: words::lang::Lang,
) -> crate::error::FieldErrors {
    use words::{bank, refunds};

    let gone = problems.is_bank_unknown || problems.is_branch_unknown;
    let all = [
        ("", gone.then(|| refunds::bank_gone(lang).to_owned())),
        ("kind", problems.is_kind_unknown.then(|| refunds::kind_missing(lang).to_owned())),
        ("number", problems.number.map(|error| bank::digits(error, lang))),
        ("holder", problems.holder.map(|error| bank::kana(error, lang))),
    ];
    all.into_iter().filter_map(|(field, error)| Some((field.to_owned(), error?))).collect()
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

/// What the two doors to a refund share.
#[cfg(feature = "ssr")]
mod door {
    use domain::ids::{OrderId, RefundId};
    use domain::money::Money;
    use operations::orders::detail::detail;
    use operations::refunds::request::{RefundError, RequestRefund};
    use words::lang::Lang;

    use super::{BY_HAND, form_key, sentence};
    use crate::error::AppError;
    use crate::ssr::member::Member;
    use crate::{paths, ssr};

    /// What the form carried.
    pub(super) struct Typed {
        pub(super) order: String,
        pub(super) amount: String,
        pub(super) reason: String,
        pub(super) after: String,
        /// Only where the organizer gives the money back by itself.
        pub(super) note: Option<String>,
    }

    impl Typed {
        /// The wish; none after the browser was led back to a form that fits.
        pub(super) async fn read(
            &self,
            member: &Member,
            idempotency_key: String,
        ) -> Result<Option<RequestRefund>, AppError> {
            let order = self.order()?;
            let found = detail(&member.deps, &member.access, order).await.map_err(ssr::reply)?;
            let (Some(payment), Ok(minor)) = (found.refundable(), self.amount.parse::<i64>())
            else {
                ssr::redirect(&paths::refund_order(order));
                return Ok(None);
            };
            Ok(Some(RequestRefund {
                payment: payment.id,
                amount: Money::new(minor, found.head.amount.currency()),
                reason: self.reason.clone(),
                cancels_order: self.after == "cancel",
                idempotency_key: Some(idempotency_key),
            }))
        }

        /// Leads to the order, or back to the form with everything typed.
        pub(super) async fn end(
            self,
            result: Result<RefundId, RefundError>,
            lang: Lang,
        ) -> Result<(), AppError> {
            let order = self.order()?;
            let (done, way) = match self.note {
                Some(_) => ("handed_back", BY_HAND),
                None => ("refund_requested", ""),
            };
            let Err(error) = result else {
                ssr::redirect(&paths::order_after(order, done));
                return Ok(());
            };
            let values = [
                ("amount", self.amount),
                ("reason", self.reason),
                ("after", self.after),
                ("way", way.to_owned()),
                ("note", self.note.unwrap_or_default()),
            ];
            let values = values.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
            let errors = [("amount".to_owned(), sentence(error, lang))].into_iter().collect();
            ssr::flash::put(&form_key(order), values, errors).await;
            ssr::redirect(&paths::refund_order(order));
            Ok(())
        }

        fn order(&self) -> Result<OrderId, AppError> {
            self.order.parse().map_err(|_| ssr::reply(AppError::NotFound))
        }
    }
}
