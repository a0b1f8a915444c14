//! The bank account an organizer is paid to: checked against the list of banks, sealed, and shown by what one knows it by.

use domain::bank::{
    AccountKind, AccountNumber, BankAccount, BankCode, BankKana, BranchCode, DigitsError, KanaError,
};
use domain::ids::{BankAccountId, OrganizerId, PayoutId};
use domain::permission::Permission;
use serde_json::json;
use store::bank_accounts::{self, BankAccount as Kept};
use store::db::Conn;
use store::error::StoreError;
use store::{payout_settings, payouts};

use crate::actor::OrganizerAccess;
use crate::payouts::PayoutError;
use crate::sealed::{self, Place};
use crate::{Deps, fresh, trail, zengin};

const COLUMN: &str = "bank_accounts.sealed";

/// What a person knows an account by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLine {
    pub bank_name: String,
    pub branch_name: String,
    pub number_tail: String,
}

/// What a member typed.
#[derive(Debug, Clone, Default)]
pub struct AccountForm {
    pub bank: String,
    pub branch: String,
    pub kind: String,
    pub number: String,
    pub holder: String,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountProblem {
    Digits(DigitsError),
    Kana(KanaError),
    NoSuchBank,
    NoSuchBranch,
    NoKind,
}

/// Why an account was not kept.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("some fields cannot be used")]
    Invalid(Vec<(&'static str, AccountProblem)>),
    #[error("only a signed-in member can do this")]
    NotAUser,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Keeps a new account in the place of the one before. Payouts that are under way keep theirs.
///
/// # Errors
/// [`AccountError::Invalid`] with everything that is wrong.
pub async fn set_account(
    deps: &Deps,
    access: &OrganizerAccess,
    form: &AccountForm,
) -> Result<BankAccountId, AccountError> {
    let user = access.actor().user().ok_or(AccountError::NotAUser)?;
    let (account, line) = read(form).map_err(AccountError::Invalid)?;
    let id: BankAccountId = fresh::id();
    let row = id.to_string();
    let unexpected = |error: anyhow::Error| AccountError::Unexpected(error);
    let plain = serde_json::to_vec(&account).map_err(|error| unexpected(error.into()))?;
    let sealed = sealed::seal(&deps.settings, Place { column: COLUMN, row: &row }, &plain)
        .map_err(|error| unexpected(error.into()))?;
    let now = deps.clock.now();
    let organizer = access.organizer_for(Permission::ManageBankAccounts)?;
    let detail =
        json!({ "bank_account": id, "bank": account.bank, "number_tail": line.number_tail });
    let kept = Kept {
        id,
        organizer,
        sealed,
        bank_name: line.bank_name,
        branch_name: line.branch_name,
        number_tail: line.number_tail,
        created_at: now,
    };
    let mut tx = deps.db.begin().await?;
    payout_settings::lock(&mut tx, organizer).await?;
    bank_accounts::replace(&mut tx, &kept, user).await?;
    let what = "bank_account.replaced";
    trail::leave_organizer(&mut tx, organizer, access.actor(), what, (&row, detail), now).await?;
    tx.commit().await?;
    Ok(id)
}

fn read(
    form: &AccountForm,
) -> Result<(BankAccount, AccountLine), Vec<(&'static str, AccountProblem)>> {
    use AccountProblem as P;
    let mut problems = Vec::new();
    let bank =
        BankCode::parse(&form.bank).map_err(|error| problems.push(("bank", P::Digits(error))));
    let branch = BranchCode::parse(&form.branch)
        .map_err(|error| problems.push(("branch", P::Digits(error))));
    let kind = AccountKind::parse(&form.kind).map_err(|_| problems.push(("kind", P::NoKind)));
    let number = AccountNumber::parse(&form.number)
        .map_err(|error| problems.push(("number", P::Digits(error))));
    let holder =
        BankKana::parse(&form.holder).map_err(|error| problems.push(("holder", P::Kana(error))));
    let found = bank.as_ref().ok().map(|code| zengin::bank(code.as_str()));
    if found == Some(None) {
        problems.push(("bank", P::NoSuchBank));
    }
    let of_bank = found.flatten();
    let office = branch.as_ref().ok().zip(of_bank).map(|(code, bank)| bank.branch(code.as_str()));
    if office == Some(None) {
        problems.push(("branch", P::NoSuchBranch));
    }
    match (bank, branch, kind, number, holder, of_bank, office.flatten()) {
        (Ok(bank), Ok(branch), Ok(kind), Ok(number), Ok(holder), Some(of_bank), Some(office)) => {
            let line = AccountLine {
                bank_name: of_bank.name.to_owned(),
                branch_name: office.name.to_owned(),
                number_tail: number.tail().to_owned(),
            };
            Ok((BankAccount { bank, branch, kind, number, holder }, line))
        }
        _ => Err(problems),
    }
}

/// What the organizer's present account is known by.
pub(crate) async fn find(
    conn: &mut Conn,
    organizer: OrganizerId,
) -> Result<Option<AccountLine>, StoreError> {
    Ok(bank_accounts::find_current(conn, organizer).await?.map(|kept| line(&kept)))
}

fn line(kept: &Kept) -> AccountLine {
    AccountLine {
        bank_name: kept.bank_name.clone(),
        branch_name: kept.branch_name.clone(),
        number_tail: kept.number_tail.clone(),
    }
}

/// The account a payout goes to, opened: whoever approves has to see the name that the bank will compare.
///
/// # Errors
/// `NotFound` when the payout is somebody else's.
pub async fn account_of(
    deps: &Deps,
    access: &OrganizerAccess,
    payout: PayoutId,
) -> Result<(BankAccount, AccountLine), PayoutError> {
    let mut conn = deps.db.acquire().await?;
    let found =
        payouts::get_for_organizer(&mut conn, access.organizer_for(Permission::ViewMoney)?, payout)
            .await?;
    let kept = bank_accounts::get(&mut conn, found.bank_account).await?;
    Ok((open(deps, &kept).map_err(PayoutError::Unexpected)?, line(&kept)))
}

/// Opens a sealed account.
pub(crate) fn open(deps: &Deps, kept: &Kept) -> anyhow::Result<BankAccount> {
    let row = kept.id.to_string();
    let plain = sealed::open(&deps.settings, Place { column: COLUMN, row: &row }, &kept.sealed)?;
    Ok(serde_json::from_slice(&plain)?)
}
