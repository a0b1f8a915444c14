//! Payouts, as an organizer prepares, approves and takes them back; the bank account, the model, who bears fees.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// Sets everything that can be paid out today aside for a payout.
#[server(prefix = "/api", endpoint = "payouts/prepare")]
pub async fn prepare_payout() -> Result<(), AppError> {
    use operations::payouts::prepare::prepare_payout;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::PreparePayouts, On::Organizer).await? else {
        return Ok(());
    };
    match prepare_payout(&member.deps, &member.access).await {
        Ok(payout) => ssr::redirect(&paths::payout_after(payout, "prepared")),
        Err(error) => {
            door::say(door::MONEY, door::not_prepared(error, member.lang)).await;
            ssr::redirect(paths::PAYOUTS);
        }
    }
    Ok(())
}

/// Approves a payout that another member prepared; the only member types the amount again.
#[server(prefix = "/api", endpoint = "payouts/approve")]
pub async fn approve_payout(
    #[server(default)] payout: String,
    #[server(default)] amount: String,
) -> Result<(), AppError> {
    use operations::payouts::approve::approve_payout;

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::ApprovePayouts, On::Organizer).await? else {
        return Ok(());
    };
    let payout = payout.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let typed = door::yen(&amount);
    let done = approve_payout(&member.deps, &member.access, payout, typed).await;
    door::answer(payout, done, "approved", member.lang).await
}

/// Takes a payout back before the bank was told.
#[server(prefix = "/api", endpoint = "payouts/cancel")]
pub async fn cancel_payout(#[server(default)] payout: String) -> Result<(), AppError> {
    use operations::payouts::approve::cancel_payout;

    use crate::ssr;
    use crate::ssr::member::{On, Permission, member};

    let Some(member) = member(Permission::PreparePayouts, On::Organizer).await? else {
        return Ok(());
    };
    let payout = payout.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let done = cancel_payout(&member.deps, &member.access, payout).await;
    door::answer(payout, done, "cancelled", member.lang).await
}

/// A bank account, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BankAccountFields {
    pub bank: String,
    pub branch: String,
    pub kind: String,
    pub number: String,
    pub holder: String,
}

/// Keeps the account that the organizer is paid to.
#[server(prefix = "/api", endpoint = "payouts/account")]
pub async fn save_bank_account(#[server(default)] form: BankAccountFields) -> Result<(), AppError> {
    use operations::payouts::account::{AccountError as E, set_account};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageBankAccounts, On::Organizer).await? else {
        return Ok(());
    };
    match set_account(&member.deps, &member.access, &door::account(&form)).await {
        Ok(_) => ssr::redirect(&paths::payouts_after("account_saved")),
        Err(E::Invalid(problems)) => {
            let errors = door::account_errors(&problems, member.lang);
            ssr::flash::put(FORM_ACCOUNT, crate::api::values_of(&form), errors).await;
            ssr::redirect(paths::PAYOUT_ACCOUNT);
        }
        Err(E::NotAUser) => return Err(ssr::reply(AppError::NotAllowed)),
        Err(E::Unexpected(error)) => return Err(ssr::reply(ssr::unexpected(error))),
    }
    Ok(())
}

/// Chooses whose account the money of new events comes to.
#[server(prefix = "/api", endpoint = "payouts/model")]
pub async fn switch_model(#[server(default)] model: String) -> Result<(), AppError> {
    use domain::payout::PayoutModel;
    use operations::payouts::model::switch_model;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::ManageBankAccounts, On::Organizer).await? else {
        return Ok(());
    };
    let model = PayoutModel::parse(&model).map_err(|_| ssr::reply(AppError::NotFound))?;
    match switch_model(&member.deps, &member.access, model).await {
        Ok(()) => ssr::redirect(&paths::payouts_after("model_switched")),
        Err(error) => {
            door::say(door::MODEL, door::not_switched(error, member.lang)).await;
            ssr::redirect(&format!("{}#model", paths::PAYOUTS));
        }
    }
    Ok(())
}

/// Says who bears the fees of an event's orders from now on.
#[server(prefix = "/api", endpoint = "payouts/bearer")]
pub async fn set_fee_bearer(
    #[server(default)] event: String,
    #[server(default)] bearer: String,
) -> Result<(), AppError> {
    use domain::fees::Bearer;
    use operations::fees::set_bearer;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let bearer = Bearer::parse(&bearer).map_err(|_| ssr::reply(AppError::NotFound))?;
    set_bearer(&member.deps, &member.access, event, bearer).await.map_err(ssr::reply)?;
    ssr::redirect(&paths::ticket_types_after(event, "bearer"));
    Ok(())
}

/// Under which name a refused bank account is kept.
pub const FORM_ACCOUNT: &str = "bank_account";

/// What the doors above share.
#[cfg(feature = "ssr")]
pub(crate) mod door {
    use domain::ids::PayoutId;
    use domain::money::Money;
    use domain::payout::NotApprovable;
    use operations::payouts::PayoutError;
    use operations::payouts::account::{AccountForm, AccountProblem};
    use operations::payouts::model::{Open, SwitchError};
    use operations::payouts::prepare::PrepareError;
    use words::lang::Lang;
    use words::{bank, errors, money, payouts};

    use super::BankAccountFields;
    use crate::error::{AppError, FieldErrors};
    use crate::{api, paths, ssr};

    /// Under which names refusals are kept for the page.
    pub(crate) const MONEY: &str = "payouts";
    pub(crate) const MODEL: &str = "payout_model";

    pub(crate) fn payout_key(payout: PayoutId) -> String {
        format!("payout:{payout}")
    }

    /// Keeps a sentence for the page that is opened next.
    pub(crate) async fn say(form: &str, sentence: String) {
        let errors = [(ssr::flash::WHOLE_FORM.to_owned(), sentence)].into_iter().collect();
        ssr::flash::put(form, Default::default(), errors).await;
    }

    /// Yen as people type them: `10,000`, `¥10000`.
    pub(crate) fn yen(typed: &str) -> Option<Money> {
        let digits: String = typed.chars().filter(|c| c.is_ascii_digit()).collect();
        digits.parse().ok().map(Money::yen)
    }

    pub(crate) async fn answer(
        payout: PayoutId,
        done: Result<(), PayoutError>,
        word: &str,
        lang: Lang,
    ) -> Result<(), AppError> {
        match done {
            Ok(()) => ssr::redirect(&paths::payout_after(payout, word)),
            Err(PayoutError::NotFound) => return Err(ssr::reply(AppError::NotFound)),
            Err(error) => {
                say(&payout_key(payout), sentence(error, lang)).await;
                ssr::redirect(&paths::payout(payout));
            }
        }
        Ok(())
    }

    pub(crate) fn sentence(error: PayoutError, lang: Lang) -> String {
        match error {
            PayoutError::NotFound | PayoutError::OutOfStep { .. } => {
                payouts::problem_out_of_step(lang)
            }
            PayoutError::OnHold { .. } => payouts::problem_on_hold(lang),
            PayoutError::NotAUser => payouts::problem_user(lang),
            PayoutError::NotApprovable(NotApprovable::SameMember) => {
                payouts::problem_same_member(lang)
            }
            PayoutError::NotApprovable(NotApprovable::AmountDiffers) => {
                payouts::problem_amount(lang)
            }
            PayoutError::MalformedReason => errors::control_characters(lang),
            PayoutError::Busy => payouts::problem_busy(lang),
            PayoutError::Unexpected(error) => {
                ssr::unexpected(error);
                errors::unexpected(lang)
            }
        }
        .to_owned()
    }

    pub(crate) fn not_prepared(error: PrepareError, lang: Lang) -> String {
        match error {
            PrepareError::NotCollected => payouts::problem_not_collected(lang),
            PrepareError::NoAccount => payouts::problem_no_account(lang),
            PrepareError::NothingPayable => payouts::problem_nothing(lang),
            PrepareError::BelowMinimum { minimum } => {
                return payouts::below_minimum(&money::format(minimum, lang), lang);
            }
            PrepareError::NotAUser => payouts::problem_user(lang),
            PrepareError::Busy => payouts::problem_busy(lang),
            PrepareError::Unexpected(error) => {
                ssr::unexpected(error);
                errors::unexpected(lang)
            }
        }
        .to_owned()
    }

    pub(crate) fn not_switched(error: SwitchError, lang: Lang) -> String {
        match error {
            SwitchError::NotOffered => payouts::model_not_offered(lang).to_owned(),
            SwitchError::Open(open) => {
                let matters = open.iter().map(|open| match open {
                    Open::Payout => payouts::open_payout(lang),
                    Open::Balance => payouts::open_balance(lang),
                    Open::EventOnSale => payouts::open_event(lang),
                });
                let matters: Vec<_> = matters.collect();
                format!("{}: {}", payouts::model_open(lang), matters.join(" ・ "))
            }
            SwitchError::Unexpected(error) => {
                ssr::unexpected(error);
                errors::unexpected(lang).to_owned()
            }
        }
    }

    pub(crate) fn account(form: &BankAccountFields) -> AccountForm {
        AccountForm {
            bank: form.bank.clone(),
            branch: form.branch.clone(),
            kind: form.kind.clone(),
            number: form.number.clone(),
            holder: form.holder.clone(),
        }
    }

    pub(crate) fn account_errors(
        problems: &[(&'static str, AccountProblem)],
        lang: Lang,
    ) -> FieldErrors {
        let sentence = |problem: AccountProblem| match problem {
            AccountProblem::Digits(error) => bank::digits(error, lang),
            AccountProblem::Kana(error) => bank::kana(error, lang),
            AccountProblem::NoSuchBank => payouts::no_such_bank(lang).to_owned(),
            AccountProblem::NoSuchBranch => payouts::no_such_branch(lang).to_owned(),
            AccountProblem::NoKind => payouts::choose_kind(lang).to_owned(),
        };
        problems.iter().map(|(field, problem)| (api::in_form(field), sentence(*problem))).collect()
    }
}
