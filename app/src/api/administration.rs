//! What administrators do: payouts go to the bank and what became of them is recorded, schedules and fee rules are set.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

pub mod alerts;
pub mod jobs;
pub mod organizers;
pub mod switches;
pub mod users;
pub mod visits;

/// Puts the chosen payouts into one file for the bank.
#[server(prefix = "/api", endpoint = "administration/submit_payouts")]
pub async fn submit_payouts(
    #[server(default)] payouts: BTreeMap<String, String>,
    #[server(default)] transfer_on: String,
) -> Result<(), AppError> {
    use operations::payouts::submit::submit_payouts;

    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::RunPayouts).await?;
    let chosen: Vec<_> = payouts.keys().filter_map(|id| id.parse().ok()).collect();
    let day = door::date(&transfer_on).unwrap_or(time::Date::MIN);
    match submit_payouts(&deps, &access, &chosen, day).await {
        Ok(_) => ssr::redirect(&paths::admin_payouts_after("submitted")),
        Err(error) => door::refuse(door::not_submitted(error)).await,
    }
    Ok(())
}

/// Records what the bank did with a payout.
#[server(prefix = "/api", endpoint = "administration/record_payout")]
pub async fn record_payout(
    #[server(default)] payout: String,
    #[server(default)] outcome: String,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    use operations::payouts::outcome::{BankOutcome, record_outcome};

    use crate::api::payouts::door::sentence;
    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::RunPayouts).await?;
    let payout = payout.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let outcome = BankOutcome::parse(&outcome).map_err(|_| ssr::reply(AppError::NotFound))?;
    match record_outcome(&deps, &access, payout, outcome, &reason).await {
        Ok(()) => ssr::redirect(&paths::admin_payouts_after("recorded")),
        Err(error) => door::refuse(sentence(error, ssr::lang())).await,
    }
    Ok(())
}

/// An organizer's schedule, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TermsFields {
    pub organizer: String,
    pub business_days: String,
    pub reserve_percent: String,
    pub reserve_days: String,
    pub minimum: String,
}

/// Sets an organizer's schedule and reserve.
#[server(prefix = "/api", endpoint = "administration/set_terms")]
pub async fn set_payout_terms(#[server(default)] form: TermsFields) -> Result<(), AppError> {
    use operations::payouts::model::set_terms;

    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::SetTerms).await?;
    let Some((organizer, terms)) = door::terms(&form) else {
        door::refuse(words::errors::malformed(ssr::lang()).to_owned()).await;
        return Ok(());
    };
    match set_terms(&deps, &access, organizer, &terms).await {
        Ok(()) => ssr::redirect(&paths::admin_payouts_after("terms")),
        Err(error) => door::refuse(door::not_set(error)).await,
    }
    Ok(())
}

/// A fee rule, as typed; without an organizer it is everybody's, without a method every method's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeeRuleFields {
    pub only_for: String,
    pub party: String,
    pub method: String,
    pub rate_percent: String,
    pub fixed: String,
    pub at_least: String,
    pub tax: String,
}

/// Puts a fee rule in force.
#[server(prefix = "/api", endpoint = "administration/set_fee_rule")]
pub async fn set_fee_rule(#[server(default)] form: FeeRuleFields) -> Result<(), AppError> {
    use domain::money::Currency;
    use operations::fees::set_rule;

    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::SetTerms).await?;
    let Some((organizer, rule)) = door::fee_rule(&form) else {
        door::refuse(words::errors::malformed(ssr::lang()).to_owned()).await;
        return Ok(());
    };
    match set_rule(&deps, &access, organizer, Currency::JPY, rule).await {
        Ok(_) => ssr::redirect(&paths::admin_payouts_after("fee_rule")),
        Err(error) => door::refuse(door::no_rule(error)).await,
    }
    Ok(())
}

/// Ends a fee rule.
#[server(prefix = "/api", endpoint = "administration/end_fee_rule")]
pub async fn end_fee_rule(#[server(default)] rule: String) -> Result<(), AppError> {
    use operations::fees::end_rule;

    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    let (deps, access) = door::administrator(Permission::SetTerms).await?;
    let rule = rule.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    end_rule(&deps, &access, rule).await.map_err(ssr::reply)?;
    ssr::redirect(&paths::admin_payouts_after("fee_rule"));
    Ok(())
}

/// What the doors above share.
#[cfg(feature = "ssr")]
pub(crate) mod door {
    use domain::fees::{FeeRule, Party};
    use domain::ids::{OrganizerId, UserId};
    use domain::money::Money;
    use domain::payment::PaymentMethod;
    use domain::payout::PayoutTerms;
    use domain::tax::TaxRate;
    use operations::Deps;
    use operations::access::{AccessError, may_administer};
    use operations::actor::AdministratorAccess;
    use operations::fees::FeeError;
    use operations::payouts::model::TermsError;
    use operations::payouts::submit::SubmitError;
    use words::{errors, payouts};

    use super::{FeeRuleFields, TermsFields};
    use crate::error::AppError;
    use crate::ssr::member::Permission;
    use crate::{paths, ssr};

    /// Under which name a refusal is kept for the page.
    pub(crate) const FORM: &str = "administration";

    /// Who posts a form, if it is one of our staff. That a second factor was proved a short while ago is asked before a
    /// form comes here.
    pub(crate) async fn administrator(
        permission: Permission,
    ) -> Result<(Deps, AdministratorAccess), AppError> {
        let user = ssr::viewer().await.map_err(ssr::reply)?;
        let access = enter(user, permission).await.map_err(ssr::reply)?;
        Ok((ssr::deps(), access))
    }

    /// The user, if it is one of our staff, and a second factor was proved in this web session.
    pub(crate) async fn enter(
        user: UserId,
        permission: Permission,
    ) -> Result<AdministratorAccess, AccessError> {
        let confirmed = ssr::step_up::confirmed().await;
        may_administer(&ssr::deps(), user, permission, confirmed).await
    }

    pub(crate) async fn refuse(sentence: String) {
        refuse_at(paths::ADMIN_PAYOUTS, sentence).await;
    }

    /// Leads back to a page of the staff's, which says why.
    pub(crate) async fn refuse_at(path: &str, sentence: String) {
        crate::api::payouts::door::say(FORM, sentence).await;
        ssr::redirect(path);
    }

    /// A date as `<input type="date">` writes it.
    pub(crate) fn date(text: &str) -> Option<time::Date> {
        let mut parts = text.split('-');
        let year = parts.next()?.parse().ok()?;
        let month: u8 = parts.next()?.parse().ok()?;
        let day = parts.next()?.parse().ok()?;
        time::Date::from_calendar_date(year, time::Month::try_from(month).ok()?, day).ok()
    }

    pub(crate) fn not_submitted(error: SubmitError) -> String {
        let lang = ssr::lang();
        match error {
            SubmitError::NothingChosen => payouts::admin_nothing_chosen(lang).to_owned(),
            SubmitError::NotApproved { .. } | SubmitError::NotFound => {
                payouts::admin_not_approved(lang).to_owned()
            }
            SubmitError::OnHold { names } => {
                format!("{} ({})", payouts::admin_on_hold(lang), names.join(", "))
            }
            SubmitError::NoBusinessDay => payouts::admin_no_business_day(lang).to_owned(),
            SubmitError::NoRequester => payouts::admin_no_requester(lang).to_owned(),
            SubmitError::NotWritable(error) => {
                format!("{} ({error})", payouts::admin_not_writable(lang))
            }
            SubmitError::Unexpected(error) => {
                ssr::unexpected(error);
                errors::unexpected(lang).to_owned()
            }
        }
    }

    pub(crate) fn not_set(error: TermsError) -> String {
        let lang = ssr::lang();
        match error {
            TermsError::NotFound => words::frame::not_found_title(lang),
            TermsError::OutOfBounds => errors::malformed(lang),
            TermsError::Unexpected(error) => {
                ssr::unexpected(error);
                errors::unexpected(lang)
            }
        }
        .to_owned()
    }

    pub(crate) fn no_rule(error: FeeError) -> String {
        let lang = ssr::lang();
        match error {
            FeeError::NotFound => words::frame::not_found_title(lang),
            FeeError::OutOfBounds => errors::malformed(lang),
            FeeError::Unexpected(error) => {
                ssr::unexpected(error);
                errors::unexpected(lang)
            }
        }
        .to_owned()
    }

    pub(crate) fn terms(form: &TermsFields) -> Option<(OrganizerId, PayoutTerms)> {
        let terms = PayoutTerms {
            business_days: form.business_days.trim().parse().ok()?,
            reserve_basis_points: basis_points(&form.reserve_percent)?,
            reserve_days: form.reserve_days.trim().parse().ok()?,
            minimum: Money::yen(form.minimum.trim().parse().ok()?),
        };
        Some((form.organizer.trim().parse().ok()?, terms))
    }

    pub(crate) fn fee_rule(form: &FeeRuleFields) -> Option<(Option<OrganizerId>, FeeRule)> {
        let organizer = match form.only_for.trim() {
            "" => None,
            id => Some(id.parse().ok()?),
        };
        let method = match form.method.as_str() {
            "" => None,
            method => Some(PaymentMethod::parse(method).ok()?),
        };
        let amount =
            |text: &str| if text.trim().is_empty() { Some(0) } else { text.trim().parse().ok() };
        let rule = FeeRule {
            party: Party::parse(&form.party).ok()?,
            method,
            rate_basis_points: basis_points(&form.rate_percent)?,
            fixed_minor: amount(&form.fixed)?,
            minimum_minor: amount(&form.at_least)?,
            tax_rate: TaxRate::from_basis_points(form.tax.parse().ok()?)?,
        };
        Some((organizer, rule))
    }

    /// `3.6` as 360.
    fn basis_points(percent: &str) -> Option<u16> {
        let text = percent.trim();
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let is_number = !whole.is_empty() && decimals.len() <= 2;
        let digits = format!("{whole}{decimals:0<2}");
        digits.parse().ok().filter(|_| is_number)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn percents_are_read_to_the_basis_point() {
            for (text, basis_points_wanted) in [
                ("3.6", Some(360)),
                ("10", Some(1000)),
                ("0", Some(0)),
                ("0.25", Some(25)),
                ("100", Some(10_000)),
            ] {
                assert_eq!(basis_points(text), basis_points_wanted, "{text}");
            }
            for text in ["", ".5", "1.234", "-1", "3,6", "x"] {
                assert_eq!(basis_points(text), None, "{text}");
            }
        }

        #[test]
        fn a_date_is_read_as_inputs_write_it() {
            assert_eq!(date("2026-12-25"), Some(time::macros::date!(2026 - 12 - 25)));
            for text in ["", "2026-02-30", "25/12/2026", "2026-13-01"] {
                assert_eq!(date(text), None, "{text}");
            }
        }
    }
}
