//! The list of alerts: open or closed, newest first, page by page.

use domain::ids::AlertId;
use domain::permission::Permission;
use store::error::StoreError;
use store::read::alert_list;
pub use store::read::alert_list::{AlertLine, AlertState, AlertsOf};

use crate::Deps;
use crate::actor::{AdministratorAccess, OrganizerAccess};
use crate::alerts::AlertAccess;

/// Alerts of one page.
const PAGE_ALERTS: i64 = 30;

/// A page of alerts and the way on.
#[derive(Debug, Clone)]
pub struct AlertPage {
    pub alerts: Vec<AlertLine>,
    /// Where the next page begins, if there is one.
    pub next: Option<AlertId>,
}

/// One page of alerts, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    deps: &Deps,
    access: &AlertAccess,
    state: AlertState,
    before: Option<AlertId>,
) -> Result<AlertPage, StoreError> {
    let of = match access {
        AlertAccess::Organizer(access) => {
            AlertsOf::Organizer(access.organizer_for(Permission::HandleAlerts)?)
        }
        AlertAccess::Platform(_) => AlertsOf::Platform,
    };
    page(deps, of, state, before).await
}

/// One page of all organizers' alerts, newest first, for the staff to look at. Whose they are acts on them, so whom they
/// are about is left out.
///
/// # Errors
/// When the database fails.
pub async fn list_of_organizers(
    deps: &Deps,
    _: &AdministratorAccess,
    state: AlertState,
    before: Option<AlertId>,
) -> Result<AlertPage, StoreError> {
    let mut page = page(deps, AlertsOf::Organizers, state, before).await?;
    for alert in &mut page.alerts {
        alert.buyer_name = None;
    }
    Ok(page)
}

async fn page(
    deps: &Deps,
    of: AlertsOf,
    state: AlertState,
    before: Option<AlertId>,
) -> Result<AlertPage, StoreError> {
    let mut conn = deps.db.acquire().await?;
    let wanted = PAGE_ALERTS.saturating_add(1);
    let mut alerts = alert_list::list(&mut conn, of, state, before, wanted).await?;
    let n_max = usize::try_from(PAGE_ALERTS).unwrap_or(usize::MAX);
    let has_more = alerts.len() > n_max;
    alerts.truncate(n_max);
    let next = alerts.last().map(|it| it.id).filter(|_| has_more);
    Ok(AlertPage { alerts, next })
}

/// How many alerts of the organizer are open, for the menu.
///
/// # Errors
/// When the database fails.
pub async fn count_open(deps: &Deps, access: &OrganizerAccess) -> Result<i64, StoreError> {
    let mut conn = deps.db.acquire().await?;
    store::alerts::count_open(&mut conn, access.organizer_for(Permission::HandleAlerts)?).await
}
