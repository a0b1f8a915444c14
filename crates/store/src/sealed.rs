//! Every column that holds sealed text, walked row by row: so that what an earlier secret sealed can be sealed anew.

use domain::ids::{BankAccountId, Id, RefundId, UserId, WebhookEndpointId};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;

domain::words! {
    /// A column of envelopes. A test compares them with the schema.
    SealedColumn {
        BankAccount = "bank_accounts.sealed",
        RefundAccount = "refund_accounts.sealed",
        WebhookSecret = "webhook_endpoints.secret",
        OldWebhookSecret = "webhook_endpoints.old_secret",
        TotpSecret = "totp_secrets.sealed",
    }
}

/// An envelope and the row it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRow {
    pub row: Uuid,
    pub envelope: Vec<u8>,
}

impl SealedColumn {
    /// The column whose name the envelope is bound to: a secret that was replaced moved, and its seal was not broken.
    pub const fn bound_to(self) -> &'static str {
        match self {
            Self::BankAccount => "bank_accounts.sealed",
            Self::RefundAccount => "refund_accounts.sealed",
            Self::WebhookSecret | Self::OldWebhookSecret => "webhook_endpoints.secret",
            Self::TotpSecret => "totp_secrets.sealed",
        }
    }

    /// The row's name that the envelope is bound to.
    pub fn row_name(self, row: Uuid) -> String {
        match self {
            Self::BankAccount => BankAccountId::from_uuid(row).to_string(),
            Self::RefundAccount => RefundId::from_uuid(row).to_string(),
            Self::WebhookSecret | Self::OldWebhookSecret => {
                WebhookEndpointId::from_uuid(row).to_string()
            }
            Self::TotpSecret => UserId::from_uuid(row).to_string(),
        }
    }
}

/// The envelopes of a column after a row, in the order of the rows.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut Conn,
    column: SealedColumn,
    after: Uuid,
    n_max: i64,
) -> Result<Vec<SealedRow>, StoreError> {
    Ok(match column {
        SealedColumn::BankAccount => {
            sqlx::query_as!(
                SealedRow,
                r#"select bank_account_id as "row", sealed as "envelope" from bank_accounts
                   where bank_account_id > $1 order by bank_account_id limit $2"#,
                after,
                n_max,
            )
            .fetch_all(conn)
            .await?
        }
        SealedColumn::RefundAccount => {
            sqlx::query_as!(
                SealedRow,
                r#"select refund_id as "row", sealed as "envelope!" from refund_accounts
                   where refund_id > $1 and sealed is not null order by refund_id limit $2"#,
                after,
                n_max,
            )
            .fetch_all(conn)
            .await?
        }
        SealedColumn::WebhookSecret => {
            sqlx::query_as!(
                SealedRow,
                r#"select webhook_endpoint_id as "row", secret as "envelope" from webhook_endpoints
                   where webhook_endpoint_id > $1 order by webhook_endpoint_id limit $2"#,
                after,
                n_max,
            )
            .fetch_all(conn)
            .await?
        }
        SealedColumn::OldWebhookSecret => sqlx::query_as!(
            SealedRow,
            r#"select webhook_endpoint_id as "row", old_secret as "envelope!" from webhook_endpoints
                   where webhook_endpoint_id > $1 and old_secret is not null
                   order by webhook_endpoint_id limit $2"#,
            after,
            n_max,
        )
        .fetch_all(conn)
        .await?,
        SealedColumn::TotpSecret => {
            sqlx::query_as!(
                SealedRow,
                r#"select user_id as "row", sealed as "envelope" from totp_secrets
                   where user_id > $1 order by user_id limit $2"#,
                after,
                n_max,
            )
            .fetch_all(conn)
            .await?
        }
    })
}

/// Puts `fresh` in the place of the envelope that was read; says whether it still stood there. What was changed or erased
/// meanwhile stays as it is.
///
/// # Errors
/// When the database fails.
pub async fn replace(
    conn: &mut Conn,
    column: SealedColumn,
    read: &SealedRow,
    fresh: &[u8],
) -> Result<bool, StoreError> {
    let (row, old) = (read.row, read.envelope.as_slice());
    let done = match column {
        SealedColumn::BankAccount => {
            sqlx::query!(
                "update bank_accounts set sealed = $3 where bank_account_id = $1 and sealed = $2",
                row,
                old,
                fresh,
            )
            .execute(conn)
            .await?
        }
        SealedColumn::RefundAccount => {
            sqlx::query!(
                "update refund_accounts set sealed = $3 where refund_id = $1 and sealed = $2",
                row,
                old,
                fresh,
            )
            .execute(conn)
            .await?
        }
        SealedColumn::WebhookSecret => {
            sqlx::query!(
                "update webhook_endpoints set secret = $3 where webhook_endpoint_id = $1 and secret = $2",
                row,
                old,
                fresh,
            )
            .execute(conn)
            .await?
        }
        SealedColumn::OldWebhookSecret => {
            sqlx::query!(
                "update webhook_endpoints set old_secret = $3
                 where webhook_endpoint_id = $1 and old_secret = $2",
                row,
                old,
                fresh,
            )
            .execute(conn)
            .await?
        }
        SealedColumn::TotpSecret => {
            sqlx::query!(
                "update totp_secrets set sealed = $3 where user_id = $1 and sealed = $2",
                row,
                old,
                fresh,
            )
            .execute(conn)
            .await?
        }
    };
    Ok(done.rows_affected() == 1)
}
