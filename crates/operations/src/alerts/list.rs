//! The list of alerts: open or closed, newest first, page by page.

use domain::ids::AlertId;
use domain::permission::Permission;
use store::error::StoreError;
use store::read::alert_list;
pub use store::read::alert_list::{AlertLine, AlertState};

use crate::Deps;
use crate::actor::OrganizerAccess;
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
    let organizer = match access {
        AlertAccess::Organizer(access) => Some(access.organizer_for(Permission::HandleAlerts)?),
        AlertAccess::Platform(_) => None,
    };
    let mut conn = deps.db.acquire().await?;
    let wanted = PAGE_ALERTS.saturating_add(1);
    let mut alerts = alert_list::list(&mut conn, organizer, state, before, wanted).await?;
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
