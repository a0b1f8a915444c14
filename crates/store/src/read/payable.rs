//! What is owed to an organizer whose money we hold, event by event, from the ledger.

use domain::ids::{EventId, Id, OrganizerId};
use domain::money::{Currency, Money};
use domain::payout::EventBalance;
use time::OffsetDateTime;

use crate::db::Conn;
use crate::error::StoreError;

/// Events that one page and one payout look at: those with money.
const EVENTS_MAX: i64 = 500;

/// One event's money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventMoney {
    pub event: EventId,
    pub title: String,
    pub ends_at: Option<OffsetDateTime>,
    /// What came in for its orders, fees included.
    pub sales: Money,
    pub platform_fees: Money,
    pub provider_fees: Money,
    /// Given back or promised back, by us or at the provider; what the organizer gave back by itself is owed to it.
    pub refunds: Money,
    /// Taken by buyers' banks, for now or for good.
    pub disputes: Money,
    /// Paid out or set aside for a payout.
    pub paid_before: Money,
    /// What is left of all this.
    pub balance: Money,
}

impl EventMoney {
    /// What the rules of payouts look at.
    pub fn as_balance(&self) -> EventBalance {
        EventBalance { ends_at: self.ends_at, sales: self.sales, balance: self.balance }
    }
}

/// Lists the events of the model `collect` whose balance is not nothing, first to last.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    organizer: OrganizerId,
    currency: Currency,
) -> Result<Vec<EventMoney>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with booked as (
            select t.event_id,
                   coalesce(-sum(e.amount_minor) filter (where a.kind = 'organizer_payable'
                       and t.kind in ('capture', 'capture_to_credit', 'credit_applied')), 0) as net,
                   coalesce(sum(e.amount_minor) filter (where a.kind = 'organizer_payable'
                       and t.kind in ('payout_prepared', 'payout_released', 'payout_returned')), 0) as paid,
                   coalesce(sum(e.amount_minor) filter (where a.kind = 'disputes'
                       or a.kind = 'organizer_payable' and t.kind = 'dispute_lost'), 0) as disputed,
                   -sum(e.amount_minor) as balance
            from ledger_accounts a join ledger_entries e using (ledger_account_id)
            join ledger_transactions t using (ledger_transaction_id)
            where a.organizer_id = $1 and a.currency = $2 and a.kind in ('organizer_payable', 'refunds_by_hand', 'disputes')
            group by t.event_id
        )
        select v.event_id, v.title, coalesce(v.ends_at, v.starts_at) as ends_at, b.net::bigint as "net!",
               b.paid::bigint as "paid!", b.disputed::bigint as "disputed!", b.balance::bigint as "balance!",
               coalesce(f.platform, 0)::bigint as "platform!", coalesce(f.provider, 0)::bigint as "provider!"
        from booked b join events v using (event_id)
        left join lateral (
            select sum(platform_fee_minor) as platform, sum(provider_fee_minor) as provider
            from payments p where p.event_id = v.event_id and p.status = 'captured'
        ) f on true
        where v.payout_model = 'collect' and b.balance <> 0
        order by coalesce(v.ends_at, v.starts_at), v.event_id limit $3
        "#,
        organizer.uuid(),
        currency.code(),
        EVENTS_MAX,
    )
    .fetch_all(conn)
    .await?;
    let money = |minor| Money::new(minor, currency);
    Ok(rows
        .into_iter()
        .map(|row| {
            let back = row.net.saturating_sub(row.paid).saturating_sub(row.disputed);
            EventMoney {
                event: EventId::from_uuid(row.event_id),
                title: row.title,
                ends_at: row.ends_at,
                sales: money(row.net.saturating_add(row.platform).saturating_add(row.provider)),
                platform_fees: money(row.platform),
                provider_fees: money(row.provider),
                refunds: money(back.saturating_sub(row.balance)),
                disputes: money(row.disputed),
                paid_before: money(row.paid),
                balance: money(row.balance),
            }
        })
        .collect())
}

/// What is owed of all events of the model `collect` together; debts count against it.
///
/// # Errors
/// When the database fails.
pub async fn total(
    conn: &mut Conn,
    organizer: OrganizerId,
    currency: Currency,
) -> Result<Money, StoreError> {
    let minor = sqlx::query_scalar!(
        r#"select coalesce(-sum(e.amount_minor), 0)::bigint as "minor!"
           from ledger_accounts a join ledger_entries e using (ledger_account_id)
           join ledger_transactions t using (ledger_transaction_id) join events v using (event_id)
           where a.organizer_id = $1 and a.currency = $2 and a.kind in ('organizer_payable', 'refunds_by_hand', 'disputes')
             and v.payout_model = 'collect'"#,
        organizer.uuid(),
        currency.code(),
    )
    .fetch_one(conn)
    .await?;
    Ok(Money::new(minor, currency))
}
