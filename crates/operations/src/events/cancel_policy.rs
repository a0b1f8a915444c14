//! The cancel policy of an event, as its organizer edits it: a preset, or steps of their own. Orders keep what they have.

use domain::cancel_policy::MalformedTerms;
pub use domain::cancel_policy::{CancelMode, CancelPolicy, Fee, Preset, Step, Terms, Until};
use domain::ids::{EventId, TicketTypeId};
use domain::limits::{CANCEL_DAYS_MAX, CANCEL_HOURS_MAX, CANCEL_STEPS_MAX, PRICE_MINOR_MAX};
use domain::permission::Permission;
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::{cancel_policies, events, ticket_types};
use words::cancelling;
use words::lang::Lang;

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::audit::changes::Changes;
use crate::events::problem::{FormProblem, Reader, Why};
use crate::trail;

/// The names of one step's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepFields {
    pub number: &'static str,
    pub unit: &'static str,
    pub percent: &'static str,
    pub fixed: &'static str,
}

macro_rules! step_fields {
    ($($n:literal),+) => {[$(StepFields {
        number: concat!("number_", $n),
        unit: concat!("unit_", $n),
        percent: concat!("percent_", $n),
        fixed: concat!("fixed_", $n),
    }),+]};
}

/// The fields of the form's steps, the furthest first.
pub const STEP_FIELDS: [StepFields; CANCEL_STEPS_MAX] = step_fields!("1", "2", "3", "4", "5");
/// The fields of what comes after the last step.
pub const AFTER_FIELDS: StepFields =
    StepFields { number: "after", unit: "after", percent: "after_percent", fixed: "after_fixed" };

/// One step as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepForm {
    /// Days or hours; empty for a step that is not used.
    pub number: String,
    /// `days` or `hours`.
    pub unit: String,
    pub percent: String,
    /// In minor units.
    pub fixed: String,
}

/// Terms as they were typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyForm {
    pub mode: String,
    pub steps: Vec<StepForm>,
    /// `fee` or `closed`.
    pub after: String,
    pub after_percent: String,
    pub after_fixed: String,
}

/// Why a policy was not kept.
#[derive(Debug, thiserror::Error)]
pub enum CancelPolicyError {
    #[error("the form has {} problems", .0.len())]
    Invalid(Vec<FormProblem>),
    #[error("no such event")]
    NotFound,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for CancelPolicyError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// The policy of the organizer's event.
///
/// # Errors
/// [`CancelPolicyError::NotFound`].
pub async fn get(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<CancelPolicy, CancelPolicyError> {
    let mut conn = deps.db.acquire().await?;
    Ok(cancel_policies::get(&mut conn, access.organizer_for(Permission::ViewEvents)?, event)
        .await?)
}

/// Takes a preset for the whole event; terms of single ticket types go.
///
/// # Errors
/// [`CancelPolicyError::NotFound`].
pub async fn take_preset(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    preset: Preset,
) -> Result<(), CancelPolicyError> {
    let mut tx = deps.db.begin().await?;
    events::lock_for_organizer(&mut tx, access.organizer_for(Permission::EditEvents)?, event)
        .await?;
    keep(deps, &mut tx, access, event, &preset.policy()).await?;
    Ok(tx.commit().await?)
}

/// Keeps typed terms: for every ticket, with who may cancel; or for one ticket type.
///
/// # Errors
/// [`CancelPolicyError::Invalid`] with every problem of the form.
pub async fn save(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    ticket_type: Option<TicketTypeId>,
    form: &PolicyForm,
) -> Result<(), CancelPolicyError> {
    let terms = read_terms(form)?;
    let mode = match (ticket_type, CancelMode::parse(&form.mode)) {
        (Some(_), _) => None,
        (None, Ok(mode)) => Some(mode),
        (None, Err(_)) => {
            let problem = FormProblem { field: "mode", why: Why::UnknownChoice };
            return Err(CancelPolicyError::Invalid(vec![problem]));
        }
    };
    let mut tx = deps.db.begin().await?;
    let mut policy = locked(&mut tx, access, event, ticket_type).await?;
    policy.set_terms(ticket_type, Some(terms));
    policy.mode = mode.unwrap_or(policy.mode);
    keep(deps, &mut tx, access, event, &policy).await?;
    Ok(tx.commit().await?)
}

/// Takes a ticket type's own terms away: the general ones hold for it again.
///
/// # Errors
/// [`CancelPolicyError::NotFound`].
pub async fn drop_own_terms(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    ticket_type: TicketTypeId,
) -> Result<(), CancelPolicyError> {
    let mut tx = deps.db.begin().await?;
    let mut policy = locked(&mut tx, access, event, Some(ticket_type)).await?;
    policy.set_terms(Some(ticket_type), None);
    keep(deps, &mut tx, access, event, &policy).await?;
    Ok(tx.commit().await?)
}

/// The policy as it stands, its event kept from other changes; the ticket type is one of the event's.
async fn locked(
    conn: &mut Conn,
    access: &OrganizerAccess,
    event: EventId,
    ticket_type: Option<TicketTypeId>,
) -> Result<CancelPolicy, CancelPolicyError> {
    events::lock_for_organizer(conn, access.organizer_for(Permission::EditEvents)?, event).await?;
    if let Some(ticket_type) = ticket_type {
        let types = ticket_types::list_for_event(conn, event).await?;
        if types.iter().all(|it| it.id != ticket_type) {
            return Err(CancelPolicyError::NotFound);
        }
    }
    Ok(cancel_policies::get(conn, access.organizer_for(Permission::EditEvents)?, event).await?)
}

async fn keep(
    deps: &Deps,
    conn: &mut Conn,
    access: &OrganizerAccess,
    event: EventId,
    policy: &CancelPolicy,
) -> Result<(), CancelPolicyError> {
    let now = deps.clock.now();
    let before =
        cancel_policies::get(conn, access.organizer_for(Permission::EditEvents)?, event).await?;
    cancel_policies::set(conn, event, policy, now).await?;
    let currency = events::get(conn, event).await?.currency;
    let told = |policy: &CancelPolicy| {
        let terms = cancelling::sentence(&policy.general, currency, Lang::Ja);
        format!("{} {terms}", cancelling::mode_text(policy.mode, Lang::Ja))
    };
    let changes = Changes::default().note("cancel_policy", &told(&before), &told(policy));
    let detail = changes.detail(json!({ "policy": policy }));
    let what = "event.cancel_policy_set";
    Ok(trail::leave_event(conn, access, event, what, detail, now).await?)
}

fn read_terms(form: &PolicyForm) -> Result<Terms, CancelPolicyError> {
    let mut reader = Reader::default();
    let mut steps = Vec::new();
    let mut used = Vec::new();
    for (typed, fields) in form.steps.iter().zip(&STEP_FIELDS) {
        if typed.number.trim().is_empty() {
            continue;
        }
        let is_hours = typed.unit == "hours";
        let max = if is_hours { CANCEL_HOURS_MAX } else { CANCEL_DAYS_MAX };
        let number = reader.number(fields.number, &typed.number, 1, max.into()).unwrap_or(1);
        let number = u16::try_from(number).unwrap_or(1);
        let until = if is_hours { Until::Hours(number) } else { Until::Days(number) };
        steps.push(Step { until, fee: read_fee(&mut reader, typed, *fields) });
        used.push(*fields);
    }
    let after = match form.after.as_str() {
        "closed" => None,
        _ => {
            let typed = StepForm {
                percent: form.after_percent.clone(),
                fixed: form.after_fixed.clone(),
                ..StepForm::default()
            };
            Some(read_fee(&mut reader, &typed, AFTER_FIELDS))
        }
    };
    let terms = Terms { steps, after };
    if reader.problems.is_empty()
        && let Err(error) = terms.check()
    {
        let fields = |step: usize| used.get(step).copied().unwrap_or(AFTER_FIELDS);
        match error {
            MalformedTerms::TooManySteps => reader.refuse("number_1", Why::UnknownChoice),
            MalformedTerms::OutOfRange { step } => {
                reader.refuse(fields(step).percent, Why::NotANumber);
            }
            MalformedTerms::OutOfOrder { step } => {
                reader.refuse(fields(step).number, Why::StepOutOfOrder);
            }
            MalformedTerms::FeeFalls { step } => {
                reader.refuse(fields(step).percent, Why::FeeFalls);
            }
        }
    }
    if reader.problems.is_empty() {
        Ok(terms)
    } else {
        Err(CancelPolicyError::Invalid(reader.problems))
    }
}

fn read_fee(reader: &mut Reader, typed: &StepForm, fields: StepFields) -> Fee {
    let percent = reader.number(fields.percent, &typed.percent, 0, 100).unwrap_or_default();
    let fixed = reader.number(fields.fixed, &typed.fixed, 0, PRICE_MINOR_MAX).unwrap_or_default();
    Fee { fixed_minor: fixed, ..Fee::percent(u16::try_from(percent).unwrap_or_default()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(number: &str, percent: &str) -> StepForm {
        StepForm {
            number: number.to_owned(),
            unit: "days".to_owned(),
            percent: percent.to_owned(),
            fixed: String::new(),
        }
    }

    #[test]
    fn a_typed_policy_is_the_restaurants() {
        let form = PolicyForm {
            steps: vec![step("2", "0"), step("", ""), step("１", "50")],
            after_percent: "100".to_owned(),
            ..PolicyForm::default()
        };
        assert_eq!(read_terms(&form).unwrap(), Preset::DayBefore.policy().general);
    }

    #[test]
    fn problems_stand_beside_their_fields() {
        let problems = |steps: Vec<StepForm>| {
            let form = PolicyForm { steps, ..PolicyForm::default() };
            match read_terms(&form) {
                Err(CancelPolicyError::Invalid(problems)) => problems,
                other => panic!("{other:?}"),
            }
        };
        let field = |field, why| FormProblem { field, why };
        assert_eq!(
            problems(vec![step("1", "50"), step("2", "60")]),
            [field("number_2", Why::StepOutOfOrder)]
        );
        assert_eq!(problems(vec![step("1", "50")]), [field("after_percent", Why::FeeFalls)]);
        assert_eq!(
            problems(vec![step("0", "101")]),
            [
                field("number_1", Why::OutOfRange { min: 1, max: 365 }),
                field("percent_1", Why::OutOfRange { min: 0, max: 100 }),
            ]
        );
    }
}
