//! The settlements that hold an organizer's money.

use domain::permission::Permission;
use store::error::StoreError;
use store::settlements;
pub use store::settlements::OrganizerSettlement;

use crate::Deps;
use crate::actor::OrganizerAccess;

/// Rows of the list.
const ROWS: i64 = 100;

/// The organizer's own parts of settlements, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_settlements(
    deps: &Deps,
    access: &OrganizerAccess,
) -> Result<Vec<OrganizerSettlement>, StoreError> {
    let mut conn = deps.db.acquire().await?;
    settlements::list_for_organizer(&mut conn, access.organizer_for(Permission::ViewMoney)?, ROWS)
        .await
}
