//! Where organizers are paid: sealed accounts, with what a person knows them by.

use domain::ids::{BankAccountId, Id, OrganizerId, UserId};
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// An account as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankAccount {
    pub id: BankAccountId,
    pub organizer: OrganizerId,
    /// Opened by `operations` only.
    pub sealed: Vec<u8>,
    pub bank_name: String,
    pub branch_name: String,
    /// The last digits of its number.
    pub number_tail: String,
    pub created_at: OffsetDateTime,
}

struct Row {
    bank_account_id: uuid::Uuid,
    organizer_id: uuid::Uuid,
    sealed: Vec<u8>,
    bank_name: String,
    branch_name: String,
    number_tail: String,
    created_at: OffsetDateTime,
}

impl From<Row> for BankAccount {
    fn from(row: Row) -> Self {
        Self {
            id: BankAccountId::from_uuid(row.bank_account_id),
            organizer: OrganizerId::from_uuid(row.organizer_id),
            sealed: row.sealed,
            bank_name: row.bank_name,
            branch_name: row.branch_name,
            number_tail: row.number_tail,
            created_at: row.created_at,
        }
    }
}

/// The account an organizer is paid to now.
///
/// # Errors
/// When the database fails.
pub async fn find_current(
    conn: &mut Conn,
    organizer: OrganizerId,
) -> Result<Option<BankAccount>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select bank_account_id, organizer_id, sealed, bank_name, branch_name, number_tail, created_at
         from bank_accounts where organizer_id = $1 and replaced_at is null",
        organizer.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(BankAccount::from))
}

/// An account, in use or replaced.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn get(conn: &mut Conn, account: BankAccountId) -> Result<BankAccount, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select bank_account_id, organizer_id, sealed, bank_name, branch_name, number_tail, created_at
         from bank_accounts where bank_account_id = $1",
        account.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(row.into())
}

/// Makes `account` the one its organizer is paid to; payouts that were agreed on keep theirs.
///
/// # Errors
/// `Conflict("bank_accounts_organizer_id_key")` when another was written at the same time.
pub async fn replace(conn: &mut Conn, account: &BankAccount, by: UserId) -> Result<(), StoreError> {
    sqlx::query!(
        "update bank_accounts set replaced_at = $2 where organizer_id = $1 and replaced_at is null",
        account.organizer.uuid(),
        account.created_at,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into bank_accounts (bank_account_id, organizer_id, sealed, bank_name, branch_name, number_tail, created_by,
                                    created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        account.id.uuid(),
        account.organizer.uuid(),
        account.sealed,
        account.bank_name,
        account.branch_name,
        account.number_tail,
        by.uuid(),
        account.created_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
