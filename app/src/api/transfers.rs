//! The account that participants transfer to, and transfers that an organizer records by hand.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// Under which name a refused account is kept.
pub const ACCOUNT_FORM: &str = "receiving_account";

/// The account as its form sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountFields {
    pub bank_code: String,
    pub bank_name: String,
    pub branch_code: String,
    pub branch_name: String,
    pub kind: String,
    pub number: String,
    pub holder: String,
}

/// Keeps the account that participants transfer to.
#[server(prefix = "/api", endpoint = "transfers/save_account")]
pub async fn save_receiving_account(
    #[server(default)] form: AccountFields,
) -> Result<(), AppError> {
    use operations::transfers::account::{SaveAccountError as E, save};

    use crate::ssr::flash;
    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageBankAccounts, On::Organizer).await? else {
        return Ok(());
    };
    match save(&member.deps, &member.access, &typed(&form)).await {
        Ok(()) => ssr::redirect(&paths::statements_after("account_saved")),
        Err(E::Invalid(problems)) => {
            let errors = sentences(problems, member.lang);
            flash::put(ACCOUNT_FORM, super::values_of(&form), errors).await;
            ssr::redirect(paths::RECEIVING_ACCOUNT);
        }
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    Ok(())
}

/// Records a transfer that the organizer saw on the account.
#[server(prefix = "/api", endpoint = "transfers/record")]
pub async fn record_transfer(
    #[server(default)] order: String,
    #[server(default)] amount: String,
    #[server(default)] received_on: String,
    #[server(default)] note: String,
    #[server(default)] key: String,
) -> Result<(), AppError> {
    use domain::ids::OrderId;
    use operations::orders::detail::detail;
    use operations::transfers::by_hand::{
        RecordTransfer, RecordTransferError as E, record_transfer,
    };

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::RecordPayments, On::named(&order, On::Order)).await?
    else {
        return Ok(());
    };
    let order: OrderId = order.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let found = detail(&member.deps, &member.access, order).await.map_err(ssr::reply)?;
    let (amount, received_on) = (yen(&amount, found.head.amount.currency()), day(&received_on));
    let done = match amount.zip(received_on) {
        None => "transfer_refused",
        Some((amount, received_on)) => {
            let command = RecordTransfer { order, amount, received_on, note, key };
            match record_transfer(&member.deps, &member.access, command).await {
                Ok(_) => "transfer_recorded",
                Err(E::NotFound) => return Err(ssr::reply(AppError::NotFound)),
                Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
                Err(_) => "transfer_refused",
            }
        }
    };
    ssr::redirect(&paths::order_after(order, done));
    Ok(())
}

#[cfg(feature = "ssr")]
fn typed(form: &AccountFields) -> operations::transfers::account::AccountForm {
    operations::transfers::account::AccountForm {
        bank_code: form.bank_code.clone(),
        bank_name: form.bank_name.clone(),
        branch_code: form.branch_code.clone(),
        branch_name: form.branch_name.clone(),
        kind: form.kind.clone(),
        number: form.number.clone(),
        holder: form.holder.clone(),
    }
}

#[cfg(feature = "ssr")]
fn sentences(
    problems: Vec<operations::transfers::account::AccountProblem>,
    lang: words::lang::Lang,
) -> crate::error::FieldErrors {
    use operations::transfers::account::AccountProblem as P;
    use words::{bank, errors, organizer};

    problems
        .into_iter()
        .map(|problem| match problem {
            P::Digits { field, error } => (super::in_form(field), bank::digits(error, lang)),
            P::Name { field, error } => (super::in_form(field), errors::text(error, lang)),
            P::Kind => (super::in_form("kind"), organizer::unknown_choice(lang).to_owned()),
            P::Holder(error) => (super::in_form("holder"), bank::kana(error, lang)),
        })
        .collect()
}

#[cfg(feature = "ssr")]
fn yen(typed: &str, currency: domain::money::Currency) -> Option<domain::money::Money> {
    let digits: String = typed.chars().filter(|c| !words::money::is_decoration(*c)).collect();
    digits.parse().ok().map(|minor| domain::money::Money::new(minor, currency))
}

/// `2026-11-22`, as `<input type="date">` writes it.
#[cfg(feature = "ssr")]
fn day(typed: &str) -> Option<time::Date> {
    let mut parts = typed.trim().splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    time::Date::from_calendar_date(year, time::Month::try_from(month).ok()?, day).ok()
}
