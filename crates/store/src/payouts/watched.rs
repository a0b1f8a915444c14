//! Payouts as the watch and the check look at them.

use domain::alert::AlertRule;
use domain::ids::{Id, OrganizerId, PayoutId};
use domain::payout::PayoutStatus;
use serde_json::json;
use time::{Date, OffsetDateTime};

use crate::alerts::{About, Suspect};
use crate::db::Conn;
use crate::error::{StoreError, word};

/// Since when a payout must have stood at a step to be overdue there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    pub prepared_before: OffsetDateTime,
    pub approved_before: OffsetDateTime,
    /// Of payouts that the bank was told of: the day on which it was to pay.
    pub due_before: Date,
}

/// Lists payouts whose next step is overdue. Members approve, so a draft is told to its organizer; what comes after is
/// the platform's.
///
/// # Errors
/// When the database fails.
pub async fn list_stuck(
    conn: &mut Conn,
    overdue: Overdue,
    limit: i64,
) -> Result<Vec<Suspect>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.payout_id, p.organizer_id, p.code, p.status, p.payout_id || ':' || p.status as "subject!"
           from payouts p left join payout_files f using (payout_file_id)
           where (p.status = 'draft' and p.created_at < $1 or p.status = 'approved' and p.approved_at < $2
                  or p.status = 'submitted' and f.transfer_on < $3)
             and not exists (select from alerts a where a.dedupe_key = 'payout.stuck:' || p.payout_id || ':' || p.status)
           order by p.updated_at limit $4"#,
        overdue.prepared_before,
        overdue.approved_before,
        overdue.due_before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let status = word(PayoutStatus::parse(&row.status), "payout status")?;
            let organizer = OrganizerId::from_uuid(row.organizer_id);
            Ok(Suspect {
                rule: AlertRule::PayoutStuck,
                subject: row.subject,
                about: About {
                    organizer: (status == PayoutStatus::Draft).then_some(organizer),
                    ..About::default()
                },
                observed: json!({
                    "payout": PayoutId::from_uuid(row.payout_id), "code": row.code, "payoutStatus": status,
                }),
                expected: json!({ "payoutStatus": next_of(status) }),
            })
        })
        .collect()
}

/// What a payout of this status should have become.
const fn next_of(status: PayoutStatus) -> PayoutStatus {
    match status {
        PayoutStatus::Draft => PayoutStatus::Approved,
        PayoutStatus::Approved => PayoutStatus::Submitted,
        _ => PayoutStatus::Paid,
    }
}

/// Lists payouts that their lines or the ledger contradict. For `check`.
///
/// # Errors
/// When the database fails.
pub async fn list_breaks(conn: &mut Conn) -> Result<Vec<(PayoutId, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        with made_of as (
            select payout_id, sum(amount_minor) as minor from payout_lines group by payout_id
        ), booked as (
            select t.payout_id, -sum(e.amount_minor) filter (where a.kind = 'payouts_in_transit') as in_transit,
                   -sum(e.amount_minor) filter (where a.kind = 'bank_clearing') as from_bank
            from ledger_transactions t join ledger_entries e using (ledger_transaction_id)
            join ledger_accounts a using (ledger_account_id)
            where t.payout_id is not null group by t.payout_id
        )
        select p.payout_id, p.status, p.amount_minor, coalesce(m.minor, 0)::bigint as "made_of!",
               coalesce(b.in_transit, 0)::bigint as "in_transit!", coalesce(b.from_bank, 0)::bigint as "from_bank!"
        from payouts p left join made_of m using (payout_id) left join booked b using (payout_id)
        where coalesce(m.minor, 0) <> p.amount_minor
           or coalesce(b.in_transit, 0) <> case when p.status in ('draft', 'approved', 'submitted') then p.amount_minor else 0 end
           or coalesce(b.from_bank, 0) <> case when p.status = 'paid' then p.amount_minor else 0 end
        order by p.payout_id limit 1000
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let what = format!(
                "status {}, amount {}, lines sum to {}, in transit {}, from the bank {}",
                row.status, row.amount_minor, row.made_of, row.in_transit, row.from_bank
            );
            (PayoutId::from_uuid(row.payout_id), what)
        })
        .collect())
}
