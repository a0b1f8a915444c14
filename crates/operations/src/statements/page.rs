//! Everything the page of bank statements shows.

use domain::ids::StatementImportId;
use domain::permission::Permission;
use store::error::StoreError;
use store::read::statements;
use store::read::statements::LinesOf;
pub use store::read::statements::{ImportRow, LineRow, OrderRow, ProposalRow};
pub use store::statements::{DecidedHow, LineStatus};
use store::transfers::{self, ReceivingAccount};

use crate::Deps;
use crate::actor::OrganizerAccess;

/// Rows of each list.
const ROWS: i64 = 100;
/// Rows of what was decided lately.
const ROWS_LATELY: i64 = 20;

/// The organizer's statements and what waits for a decision.
#[derive(Debug, Clone)]
pub struct StatementsPage {
    pub account: Option<ReceivingAccount>,
    pub undecided: Vec<LineRow>,
    pub decided: Vec<LineRow>,
    pub imports: Vec<ImportRow>,
    /// The file that was just read, line by line.
    pub just_read: Vec<LineRow>,
}

/// Reads the page; with the lines of one file where one is named.
///
/// # Errors
/// When the database fails.
pub async fn read(
    deps: &Deps,
    access: &OrganizerAccess,
    just_read: Option<StatementImportId>,
) -> Result<StatementsPage, StoreError> {
    let organizer = access.organizer_for(Permission::ReconcileStatements)?;
    let mut conn = deps.db.acquire().await?;
    let lines_of_file = match just_read {
        Some(import) => {
            statements::list_lines(&mut conn, organizer, LinesOf::Import(import), ROWS).await?
        }
        None => Vec::new(),
    };
    Ok(StatementsPage {
        account: transfers::find_account(&mut conn, organizer).await?,
        undecided: statements::list_lines(&mut conn, organizer, LinesOf::Undecided, ROWS).await?,
        decided: statements::list_lines(&mut conn, organizer, LinesOf::Decided, ROWS_LATELY)
            .await?,
        imports: statements::list_imports(&mut conn, organizer, ROWS_LATELY).await?,
        just_read: lines_of_file,
    })
}
