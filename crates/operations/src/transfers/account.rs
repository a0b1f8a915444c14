//! Where an organizer's participants transfer to: entered once, shown to everybody who pays so.

use domain::bank::{
    AccountKind, AccountNumber, BankAccount, BankCode, BankKana, BranchCode, DigitsError, KanaError,
};
use domain::limits::NAME_CHARS_MAX;
use domain::parsed::{TextError, text};
use domain::permission::Permission;
use serde_json::json;
use store::error::StoreError;
use store::transfers;
pub use store::transfers::ReceivingAccount;

use crate::actor::OrganizerAccess;
use crate::{Deps, trail};

/// The account as it was typed.
#[derive(Debug, Clone, Default)]
pub struct AccountForm {
    pub bank_code: String,
    pub bank_name: String,
    pub branch_code: String,
    pub branch_name: String,
    pub kind: String,
    pub number: String,
    pub holder: String,
}

/// Which field is wrong, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountProblem {
    Digits { field: &'static str, error: DigitsError },
    Name { field: &'static str, error: TextError },
    Kind,
    Holder(KanaError),
}

/// Why an account was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SaveAccountError {
    #[error("some fields cannot be used")]
    Invalid(Vec<AccountProblem>),
    #[error(transparent)]
    Unexpected(#[from] StoreError),
}

/// The organizer's account; none where none was entered.
///
/// # Errors
/// When the database fails.
pub async fn find(
    deps: &Deps,
    access: &OrganizerAccess,
) -> Result<Option<ReceivingAccount>, StoreError> {
    transfers::find_account(
        &mut *deps.db.acquire().await?,
        access.organizer_for(Permission::ReconcileStatements)?,
    )
    .await
}

/// Keeps the organizer's account. Promises that were made keep the account they named.
///
/// # Errors
/// `Invalid` with every field that cannot be used.
pub async fn save(
    deps: &Deps,
    access: &OrganizerAccess,
    form: &AccountForm,
) -> Result<(), SaveAccountError> {
    let receiving = read(form).map_err(SaveAccountError::Invalid)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let organizer = access.organizer_for(Permission::ManageBankAccounts)?;
    transfers::put_account(&mut tx, organizer, &receiving, now).await?;
    let detail = json!({ "bank": receiving.account.bank, "tail": receiving.account.number.tail() });
    trail::note(&mut tx, organizer, access.actor(), ("receiving_account.saved", detail), now)
        .await?;
    Ok(tx.commit().await?)
}

fn read(form: &AccountForm) -> Result<ReceivingAccount, Vec<AccountProblem>> {
    let mut problems = Vec::new();
    let mut digits = |field, error| problems.push(AccountProblem::Digits { field, error });
    let bank = BankCode::parse(&form.bank_code).map_err(|error| digits("bank_code", error)).ok();
    let branch =
        BranchCode::parse(&form.branch_code).map_err(|error| digits("branch_code", error)).ok();
    let number = AccountNumber::parse(&form.number).map_err(|error| digits("number", error)).ok();
    let mut name = |field, typed: &str| {
        let read = text::line(typed, NAME_CHARS_MAX);
        read.map_err(|error| problems.push(AccountProblem::Name { field, error })).ok()
    };
    let bank_name = name("bank_name", &form.bank_name);
    let branch_name = name("branch_name", &form.branch_name);
    let kind = AccountKind::parse(&form.kind).map_err(|_| problems.push(AccountProblem::Kind)).ok();
    let holder = BankKana::parse(&form.holder)
        .map_err(|error| problems.push(AccountProblem::Holder(error)))
        .ok();
    match (bank, branch, kind, number, holder, bank_name, branch_name) {
        (
            Some(bank),
            Some(branch),
            Some(kind),
            Some(number),
            Some(holder),
            Some(bank_name),
            Some(branch_name),
        ) => Ok(ReceivingAccount {
            account: BankAccount { bank, branch, kind, number, holder },
            bank_name,
            branch_name,
        }),
        _ => Err(problems),
    }
}
