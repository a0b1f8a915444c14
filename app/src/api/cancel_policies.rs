//! The cancel policy of an event, as its organizer's forms change it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// The fields of the policy's form, as typed. A step is a row of four.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyFields {
    pub mode: String,
    pub number_1: String,
    pub unit_1: String,
    pub percent_1: String,
    pub fixed_1: String,
    pub number_2: String,
    pub unit_2: String,
    pub percent_2: String,
    pub fixed_2: String,
    pub number_3: String,
    pub unit_3: String,
    pub percent_3: String,
    pub fixed_3: String,
    pub number_4: String,
    pub unit_4: String,
    pub percent_4: String,
    pub fixed_4: String,
    pub number_5: String,
    pub unit_5: String,
    pub percent_5: String,
    pub fixed_5: String,
    pub after: String,
    pub after_percent: String,
    pub after_fixed: String,
}

/// Takes a preset.
#[server(prefix = "/api", endpoint = "cancel_policies/take_preset")]
pub async fn take_cancel_preset(
    #[server(default)] event: String,
    #[server(default)] preset: String,
) -> Result<(), AppError> {
    use domain::cancel_policy::Preset;
    use domain::ids::EventId;
    use operations::events::cancel_policy::take_preset;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event: EventId = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let preset = Preset::parse(&preset).map_err(|_| ssr::reply(AppError::NotFound))?;
    take_preset(&member.deps, &member.access, event, preset).await.map_err(ssr::reply)?;
    ssr::redirect(&paths::cancel_policy_after(event, "saved"));
    Ok(())
}

/// Keeps typed terms, for every ticket or for one ticket type.
#[server(prefix = "/api", endpoint = "cancel_policies/save")]
pub async fn save_cancel_policy(
    #[server(default)] event: String,
    #[server(default)] ticket_type: String,
    #[server(default)] form: PolicyFields,
) -> Result<(), AppError> {
    use domain::ids::{EventId, TicketTypeId};
    use operations::events::cancel_policy::{CancelPolicyError, save};

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event: EventId = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let own: Option<TicketTypeId> = ticket_type.parse().ok();
    match save(&member.deps, &member.access, event, own, &typed(&form)).await {
        Ok(()) => ssr::redirect(&paths::cancel_policy_after(event, "saved")),
        Err(CancelPolicyError::Invalid(problems)) => {
            let errors = ssr::refusals::field_errors(&problems, member.lang);
            ssr::flash::put(&key(event), crate::api::values_of(&form), errors).await;
            match own {
                Some(own) => ssr::redirect(&paths::cancel_policy_of(event, &own.to_string())),
                None => ssr::redirect(&paths::cancel_policy(event)),
            }
        }
        Err(error) => return Err(ssr::reply(error)),
    }
    Ok(())
}

/// Takes a ticket type's own terms away.
#[server(prefix = "/api", endpoint = "cancel_policies/drop_terms")]
pub async fn drop_cancel_terms(
    #[server(default)] event: String,
    #[server(default)] ticket_type: String,
) -> Result<(), AppError> {
    use domain::ids::EventId;
    use operations::events::cancel_policy::drop_own_terms;

    use crate::ssr::member::{On, Permission, member};
    use crate::{paths, ssr};

    let Some(member) = member(Permission::EditEvents, On::named(&event, On::Event)).await? else {
        return Ok(());
    };
    let event: EventId = event.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    let own = ticket_type.parse().map_err(|_| ssr::reply(AppError::NotFound))?;
    drop_own_terms(&member.deps, &member.access, event, own).await.map_err(ssr::reply)?;
    ssr::redirect(&paths::cancel_policy_after(event, "saved"));
    Ok(())
}

/// Under which name a refused policy is kept.
#[cfg(feature = "ssr")]
pub fn key(event: domain::ids::EventId) -> String {
    format!("cancel_policy:{event}")
}

#[cfg(feature = "ssr")]
fn typed(form: &PolicyFields) -> operations::events::cancel_policy::PolicyForm {
    use operations::events::cancel_policy::{PolicyForm, StepForm};

    let step = |number: &str, unit: &str, percent: &str, fixed: &str| StepForm {
        number: number.to_owned(),
        unit: unit.to_owned(),
        percent: percent.to_owned(),
        fixed: fixed.to_owned(),
    };
    PolicyForm {
        mode: form.mode.clone(),
        steps: vec![
            step(&form.number_1, &form.unit_1, &form.percent_1, &form.fixed_1),
            step(&form.number_2, &form.unit_2, &form.percent_2, &form.fixed_2),
            step(&form.number_3, &form.unit_3, &form.percent_3, &form.fixed_3),
            step(&form.number_4, &form.unit_4, &form.percent_4, &form.fixed_4),
            step(&form.number_5, &form.unit_5, &form.percent_5, &form.fixed_5),
        ],
        after: form.after.clone(),
        after_percent: form.after_percent.clone(),
        after_fixed: form.after_fixed.clone(),
    }
}
