//! Asking a buyer where money shall go, and taking the answer: one form at a time, used once, the account sealed at once.

use domain::bank::{
    AccountKind, AccountNumber, BankAccount, BankCode, BankKana, BranchCode, DigitsError, KanaError,
};
use domain::ids::{AccountFormId, RefundId};
use domain::limits::{ACCOUNT_FORM_DAYS, ACCOUNT_FORMS_PER_DAY_MAX, HOLDER_TYPED_CHARS_MAX};
use domain::money::Money;
use domain::permission::Permission;
use domain::refund::{RefundFact, RefundStatus, RefundStep, RefundWait, step};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::orders::Order;
use store::refund_accounts::{self, Form, NewForm};
use store::refunds::Refund;
use store::{orders, payments, refunds};
use time::{Duration, OffsetDateTime};

use crate::actor::{Actor, BuyerAccess, OrganizerAccess};
use crate::jobs::{self, Job};
use crate::mails::enqueue::{OrderMail, enqueue_order_mail};
use crate::sealed::{self, Place};
use crate::{Deps, Settings, derived, fresh, trail, zengin};

/// Where sealed accounts stand.
const COLUMN: &str = "refund_accounts.sealed";

/// The account of a refund, as it is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Destination {
    pub(crate) account: BankAccount,
    pub(crate) bank_name: String,
    pub(crate) branch_name: String,
}

/// Asks the buyer of `order` for an account: a fresh form takes the place of an older one, and a mail carries its link.
/// The caller holds the refund's row.
///
/// # Errors
/// When the database fails.
pub(crate) async fn ask(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    refund: RefundId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let id: AccountFormId = fresh::id();
    let token_hash = fresh::hash(&token_of(&deps.settings, id));
    let expires_at = now + Duration::days(ACCOUNT_FORM_DAYS);
    let form = NewForm { id, refund, token_hash: &token_hash, expires_at, now };
    refund_accounts::insert_form(conn, &form).await?;
    enqueue_order_mail(conn, deps, order.id, OrderMail::AccountNeeded { refund, form: id }).await
}

/// Puts a fresh form in the place of the one that is out, where a refund waits for an account: whoever knows the old one
/// does not know the new one, which goes to the order's address alone.
///
/// # Errors
/// When the database fails.
pub(crate) async fn ask_anew(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    refund: RefundId,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let refund = refunds::lock(conn, refund).await?;
    if refund.status == RefundStatus::NeedsAccount {
        ask(deps, conn, order, refund.id, now).await?;
    }
    Ok(())
}

/// The token of a form's link: not to be guessed without our secret, and the same in the mail and on the order's page.
pub(crate) fn token_of(settings: &Settings, form: AccountFormId) -> String {
    derived::token(settings, "refund-account", form)
}

/// The sealed account of a refund, opened; none when it is gone or no key of ours opens it.
pub(crate) async fn destination(
    deps: &Deps,
    conn: &mut Conn,
    refund: RefundId,
) -> Result<Option<Destination>, StoreError> {
    let Some(envelope) = refund_accounts::find_sealed(conn, refund).await? else { return Ok(None) };
    let row = refund.to_string();
    let place = Place { column: COLUMN, row: &row };
    let opened = sealed::open(&deps.settings, place, &envelope);
    Ok(opened.ok().and_then(|plain| serde_json::from_slice(&plain).ok()))
}

/// How a form stands, for whoever opens its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormState {
    Open,
    /// The account is here; nothing more to do.
    Used,
    /// Its time is over; another one can be mailed.
    Expired,
    /// A newer one took its place, or no account is needed any more.
    Ended,
}

/// A form with what its page tells.
#[derive(Debug, Clone)]
pub struct AccountForm {
    pub state: FormState,
    pub refund: RefundId,
    pub amount: Money,
    /// What was wrong with the account before, in the provider's word.
    pub failure_code: Option<String>,
    pub event_title: String,
    pub organizer_name: String,
    pub organizer_email: String,
    pub time_zone: String,
    pub expires_at: OffsetDateTime,
}

/// Why an account was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("no such form")]
    NotFound,
    /// Used, expired or replaced: its page says which.
    #[error("the form cannot be used any more")]
    Closed,
    #[error("something is wrong with what was typed")]
    Invalid(Box<AccountProblems>),
    /// No account is needed at the moment.
    #[error("the refund does not wait for an account")]
    NotNeeded,
    #[error("too many forms were sent today")]
    TooMany,
    #[error("somebody else is changing the refund; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// What is wrong with what was typed, by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountProblems {
    /// No bank or branch of the list has this code.
    pub is_bank_unknown: bool,
    pub is_branch_unknown: bool,
    pub is_kind_unknown: bool,
    pub number: Option<DigitsError>,
    pub holder: Option<KanaError>,
}

/// What a buyer typed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TypedAccount {
    pub bank: String,
    pub branch: String,
    pub kind: String,
    pub number: String,
    pub holder: String,
}

impl TypedAccount {
    fn parse(&self) -> Result<Destination, AccountProblems> {
        let bank = zengin::bank(self.bank.trim());
        let branch = bank.and_then(|bank| bank.branch(self.branch.trim()));
        let kind = AccountKind::parse(&self.kind);
        let number = AccountNumber::parse(&self.number);
        let holder = if self.holder.chars().count() > HOLDER_TYPED_CHARS_MAX {
            Err(KanaError::TooLong { max: domain::bank::HOLDER_CHARS_MAX })
        } else {
            BankKana::parse(&self.holder)
        };
        match (bank, branch, kind, number, holder) {
            (Some(bank), Some(branch), Ok(kind), Ok(number), Ok(holder)) => {
                let codes = BankCode::parse(bank.code)
                    .and_then(|it| BranchCode::parse(branch.code).map(|branch| (it, branch)));
                let Ok((bank_code, branch_code)) = codes else {
                    return Err(AccountProblems { is_bank_unknown: true, ..Default::default() });
                };
                let account =
                    BankAccount { bank: bank_code, branch: branch_code, kind, number, holder };
                Ok(Destination {
                    account,
                    bank_name: bank.name.to_owned(),
                    branch_name: branch.name.to_owned(),
                })
            }
            (bank, branch, kind, number, holder) => Err(AccountProblems {
                is_bank_unknown: bank.is_none(),
                is_branch_unknown: branch.is_none(),
                is_kind_unknown: kind.is_err(),
                number: number.err(),
                holder: holder.err(),
            }),
        }
    }
}

fn state_of(form: &Form, refund: &Refund, now: OffsetDateTime) -> FormState {
    if form.used_at.is_some() {
        FormState::Used
    } else if form.ended_at.is_some() || refund.status != RefundStatus::NeedsAccount {
        FormState::Ended
    } else if form.expires_at <= now {
        FormState::Expired
    } else {
        FormState::Open
    }
}

/// The form behind a link.
///
/// # Errors
/// [`AccountError::NotFound`] when no form has this token.
pub async fn look(deps: &Deps, token: &str) -> Result<AccountForm, AccountError> {
    let mut conn = deps.db.acquire().await?;
    let form = refund_accounts::find_form(&mut conn, &fresh::hash(token)).await?;
    let form = form.ok_or(AccountError::NotFound)?;
    let refund = refunds::get(&mut conn, form.refund).await?;
    let page = store::read::order_page::get(&mut conn, refund.order).await?;
    Ok(AccountForm {
        state: state_of(&form, &refund, deps.clock.now()),
        refund: refund.id,
        amount: refund.amount,
        failure_code: refund.failure_code,
        event_title: page.event.title,
        organizer_name: page.organizer_name,
        organizer_email: page.organizer_email,
        time_zone: page.event.time_zone,
        expires_at: form.expires_at,
    })
}

/// Takes the account from a form: sealed, the form used up, the refund on its way, in one transaction.
///
/// # Errors
/// As [`AccountError`] says; of two posts at once one is [`AccountError::Closed`].
pub async fn give(deps: &Deps, token: &str, typed: &TypedAccount) -> Result<(), AccountError> {
    let now = deps.clock.now();
    let hash = fresh::hash(token);
    let mut tx = deps.db.begin().await?;
    let form = refund_accounts::find_form(&mut tx, &hash).await?.ok_or(AccountError::NotFound)?;
    let order = refunds::get(&mut tx, form.refund).await?.order;
    let order = orders::lock(&mut tx, order).await?;
    let refund = refunds::lock(&mut tx, form.refund).await?;
    if state_of(&form, &refund, now) != FormState::Open {
        return Err(AccountError::Closed);
    }
    let destination =
        typed.parse().map_err(|problems| AccountError::Invalid(Box::new(problems)))?;
    // Looked at before the rows were held: the update tells whether the form is still good.
    if step(refund.status, RefundFact::AccountGiven) != RefundStep::Move(RefundStatus::Requested)
        || !refund_accounts::mark_form_used(&mut tx, form.id, now).await?
    {
        return Err(AccountError::Closed);
    }
    keep(deps, &mut tx, refund.id, &destination, now).await?;
    refunds::mark_account_given(&mut tx, refund.id, now).await?;
    if payments::get(&mut tx, refund.payment).await?.is_own_transfer() {
        // The money never came to the provider: the organizer transfers it.
        refunds::mark_waits(&mut tx, refund.id, RefundWait::Organizer, now).await?;
    } else {
        jobs::enqueue(&mut tx, &Job::SendRefund { refund: refund.id }, now).await?;
    }
    let detail = json!({ "refund": refund.id, "amount_minor": refund.amount.minor() });
    let key = refund.id.to_string();
    trail::leave(&mut tx, &order, Actor::Buyer, "refund.account_given", (&key, detail), now)
        .await?;
    Ok(tx.commit().await?)
}

async fn keep(
    deps: &Deps,
    conn: &mut Conn,
    refund: RefundId,
    destination: &Destination,
    now: OffsetDateTime,
) -> Result<(), AccountError> {
    let unexpected = |error: anyhow::Error| AccountError::Unexpected(error);
    let plain = serde_json::to_vec(destination).map_err(|error| unexpected(error.into()))?;
    let row = refund.to_string();
    let envelope = sealed::seal(&deps.settings, Place { column: COLUMN, row: &row }, &plain)
        .map_err(|error| unexpected(error.into()))?;
    // Enough to know one's own account by.
    let hint = format!("{} …{}", destination.bank_name, destination.account.number.tail());
    Ok(refund_accounts::put_sealed(conn, refund, &envelope, &hint, now).await?)
}

/// Sends the organizer's buyer a fresh form.
///
/// # Errors
/// As [`AccountError`] says; somebody else's refund is [`AccountError::NotFound`].
pub async fn ask_again(
    deps: &Deps,
    access: &OrganizerAccess,
    refund: RefundId,
) -> Result<(), AccountError> {
    let mut tx = deps.db.begin().await?;
    let order = refunds::get(&mut tx, refund).await?.order;
    let order = orders::lock_for_organizer(
        &mut tx,
        access.organizer_for(Permission::RefundPayments)?,
        order,
    )
    .await?;
    ask_once_more(deps, &mut tx, &order, refund, access.actor()).await?;
    Ok(tx.commit().await?)
}

/// Sends a fresh form to the address of the order, for whoever holds its personal link: the old one expired.
///
/// # Errors
/// As [`ask_again`].
pub async fn ask_again_by_buyer(
    deps: &Deps,
    access: &BuyerAccess,
    refund: RefundId,
) -> Result<(), AccountError> {
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, access.order()).await?;
    if refunds::get(&mut tx, refund).await?.order != order.id {
        return Err(AccountError::NotFound);
    }
    ask_once_more(deps, &mut tx, &order, refund, Actor::Buyer).await?;
    Ok(tx.commit().await?)
}

/// Mails a fresh form in place of an expired one, for whoever holds its link: the mail goes to the order's address only.
///
/// # Errors
/// As [`ask_again`].
pub async fn ask_again_by_form(deps: &Deps, token: &str) -> Result<(), AccountError> {
    let mut tx = deps.db.begin().await?;
    let form = refund_accounts::find_form(&mut tx, &fresh::hash(token)).await?;
    let form = form.ok_or(AccountError::NotFound)?;
    if form.ended_at.is_some() {
        // Where a newer one took its place, whoever has this one has no say any more.
        return Err(AccountError::Closed);
    }
    let order = refunds::get(&mut tx, form.refund).await?.order;
    let order = orders::lock(&mut tx, order).await?;
    ask_once_more(deps, &mut tx, &order, form.refund, Actor::Buyer).await?;
    Ok(tx.commit().await?)
}

async fn ask_once_more(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    refund: RefundId,
    actor: Actor,
) -> Result<(), AccountError> {
    let now = deps.clock.now();
    let refund = refunds::lock(conn, refund).await?;
    if refund.status != RefundStatus::NeedsAccount {
        return Err(AccountError::NotNeeded);
    }
    let n_today = refund_accounts::count_forms(conn, refund.id, now - Duration::days(1)).await?;
    if n_today >= ACCOUNT_FORMS_PER_DAY_MAX {
        return Err(AccountError::TooMany);
    }
    ask(deps, conn, order, refund.id, now).await?;
    let detail = json!({ "refund": refund.id });
    let key = refund.id.to_string();
    trail::leave(conn, order, actor, "refund.account_asked", (&key, detail), now).await?;
    Ok(())
}

/// Sends a refund back to its buyer for another account: the caller holds order, payment and refund.
///
/// # Errors
/// When the database fails.
pub(crate) async fn need_account(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    refund: RefundId,
    code: &str,
) -> Result<(), StoreError> {
    let now = deps.clock.now();
    if !refunds::mark_needs_account(conn, refund, code, now).await? {
        return Ok(());
    }
    ask(deps, conn, order, refund, now).await?;
    let detail = json!({ "refund": refund, "status": RefundStatus::NeedsAccount, "code": code });
    let key = refund.to_string();
    trail::leave(conn, order, Actor::Provider, "refund.needs_account", (&key, detail), now).await
}

/// The payment of a refund must be held before the refund; for callers that change money.
pub(crate) async fn lock_both(
    conn: &mut Conn,
    refund: RefundId,
) -> Result<(payments::Payment, Refund), StoreError> {
    let payment = refunds::get(conn, refund).await?.payment;
    let payment = payments::lock(conn, payment).await?;
    Ok((payment, refunds::lock(conn, refund).await?))
}
