//! Alerts as people see them: an organizer their own, an administrator the platform's, and what they do about them.

pub mod act;
pub mod list;

use domain::ids::AlertId;
use domain::permission::Permission;
use store::alerts::{self, Alert};
use store::db::Conn;
use store::error::StoreError;

use crate::actor::{Actor, AdministratorAccess, OrganizerAccess};

/// Whose alerts are meant, with the proof that one may.
#[derive(Debug, Clone, Copy)]
pub enum AlertAccess {
    Organizer(OrganizerAccess),
    Platform(AdministratorAccess),
}

impl AlertAccess {
    /// Who acts.
    pub const fn actor(&self) -> Actor {
        match self {
            Self::Organizer(access) => access.actor(),
            Self::Platform(access) => access.actor(),
        }
    }

    /// The alert, if it is theirs; another's is not there.
    pub(crate) async fn get(&self, conn: &mut Conn, alert: AlertId) -> Result<Alert, StoreError> {
        match self {
            Self::Organizer(access) => {
                alerts::get_for_organizer(
                    conn,
                    access.organizer_for(Permission::HandleAlerts)?,
                    alert,
                )
                .await
            }
            Self::Platform(_) => alerts::get_for_platform(conn, alert).await,
        }
    }
}
