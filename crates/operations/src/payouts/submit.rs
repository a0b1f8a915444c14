//! Telling the bank: approved payouts go into one 総合振込 file, which is proved before anybody downloads it.

use anyhow::Context as _;
use domain::bank::BankKana;
use domain::business_day::{is_business_day, japan_date};
use domain::ids::{PayoutFileId, PayoutId};
use domain::payout::PayoutStatus;
use domain::zengin::transfer::{
    self, BANK_NAME_CHARS_MAX, LineEnd, NotWritable, REFERENCE_CHARS_MAX, Transfer, TransferFile,
};
use store::bank_accounts;
use store::db::Conn;
use store::error::StoreError;
use store::payouts::{self, Payout, PayoutFile};
use store::standings;
use time::Date;

use crate::actor::AdministratorAccess;
use crate::payouts::{account, leave};
use crate::{Deps, fresh, zengin};

/// Why no file was made. Nothing was submitted.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error("nothing was chosen")]
    NothingChosen,
    /// Some of them are not approved (any more).
    #[error("{n} of the payouts are not approved")]
    NotApproved { n: usize },
    /// Some belong to organizers that are suspended or looked at.
    #[error("not paid out at the moment: {}", .names.join(", "))]
    OnHold { names: Vec<String> },
    #[error("banks do not move money on that day")]
    NoBusinessDay,
    #[error("the platform has no account to pay from")]
    NoRequester,
    #[error("there is no such file")]
    NotFound,
    #[error(transparent)]
    NotWritable(#[from] NotWritable),
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for SubmitError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Puts approved payouts into one file for `transfer_on` and marks them submitted.
///
/// # Errors
/// See [`SubmitError`].
pub async fn submit_payouts(
    deps: &Deps,
    access: &AdministratorAccess,
    chosen: &[PayoutId],
    transfer_on: Date,
) -> Result<PayoutFileId, SubmitError> {
    let now = deps.clock.now();
    if chosen.is_empty() {
        return Err(SubmitError::NothingChosen);
    }
    if transfer_on < japan_date(now) || !is_business_day(transfer_on) {
        return Err(SubmitError::NoBusinessDay);
    }
    let by = access.actor().user().context("an administrator is a user");
    let by = by.map_err(SubmitError::Unexpected)?;
    let mut tx = deps.db.begin().await?;
    let approved = payouts::lock_approved(&mut tx, chosen).await?;
    if approved.len() != chosen.len() {
        return Err(SubmitError::NotApproved { n: chosen.len().saturating_sub(approved.len()) });
    }
    let organizers: Vec<_> = approved.iter().map(|it| it.organizer).collect();
    let names = standings::hold_inactive(&mut tx, &organizers).await?;
    if !names.is_empty() {
        return Err(SubmitError::OnHold { names });
    }
    // Written before anything is marked: what does not fit the format is known now, not at the bank's counter.
    write(deps, &mut tx, &approved, transfer_on, LineEnd::Crlf).await?;
    let file = PayoutFile { id: fresh::id(), transfer_on, created_at: now };
    payouts::insert_file(&mut tx, &file, by).await?;
    for payout in &approved {
        payouts::mark_submitted(&mut tx, payout.id, file.id, now).await?;
        leave(&mut tx, payout, access.actor(), PayoutStatus::Submitted, "", now).await?;
    }
    tx.commit().await?;
    Ok(file.id)
}

/// The bytes of a file. They are made anew each time: accounts are never kept in the open.
///
/// # Errors
/// See [`SubmitError`].
pub async fn payout_file(
    deps: &Deps,
    _: &AdministratorAccess,
    file: PayoutFileId,
    line_end: LineEnd,
) -> Result<(PayoutFile, Vec<u8>), SubmitError> {
    let mut conn = deps.db.acquire().await?;
    let found = payouts::get_file(&mut conn, file).await?;
    let inside = payouts::list_for_file(&mut conn, file).await?;
    let bytes = write(deps, &mut conn, &inside, found.transfer_on, line_end).await?;
    Ok((found, bytes))
}

async fn write(
    deps: &Deps,
    conn: &mut Conn,
    inside: &[Payout],
    transfer_on: Date,
    line_end: LineEnd,
) -> Result<Vec<u8>, SubmitError> {
    let requester = deps.settings.requester.clone().ok_or(SubmitError::NoRequester)?;
    let mut transfers = Vec::with_capacity(inside.len());
    for payout in inside {
        let kept = bank_accounts::get(conn, payout.bank_account).await?;
        let account = account::open(deps, &kept).map_err(SubmitError::Unexpected)?;
        let bank = zengin::bank(account.bank.as_str());
        let branch = bank.and_then(|bank| bank.branch(account.branch.as_str()));
        transfers.push(Transfer {
            bank_name: bank.and_then(|bank| shortened(bank.kana)),
            branch_name: branch.and_then(|branch| shortened(branch.kana)),
            amount: payout.amount,
            reference: BankKana::parse_within(&payout.code, REFERENCE_CHARS_MAX).ok(),
            account,
        });
    }
    let file = TransferFile { requester, on: transfer_on.into(), transfers };
    let bytes = transfer::write(&file, line_end)?;
    let read = transfer::read(&bytes).context("reading our own file back");
    if read.map_err(SubmitError::Unexpected)? != file {
        return Err(SubmitError::Unexpected(anyhow::anyhow!("a file reads back as another")));
    }
    Ok(bytes)
}

/// A bank's name as far as the format has room; banks go by the code.
fn shortened(kana: &str) -> Option<BankKana> {
    let name = BankKana::parse_within(kana, usize::MAX).ok()?;
    let start: String = name.as_str().chars().take(BANK_NAME_CHARS_MAX).collect();
    BankKana::parse_within(&start, BANK_NAME_CHARS_MAX).ok()
}
