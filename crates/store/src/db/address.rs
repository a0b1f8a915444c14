//! Where the database is, and whether what is said on the way to it is protected.

use std::net::IpAddr;
use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::error::StoreError;

/// Reads an address. To another machine one speaks over TLS and checks its certificate and name, unless the address says
/// otherwise itself: `prefer`, the driver's own default, would speak in the open to whoever asks for it.
///
/// # Errors
/// When it is malformed.
pub(super) fn read(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url)?;
    let is_here = options.get_socket().is_some() || is_this_machine(options.get_host());
    Ok(match options.get_ssl_mode() {
        PgSslMode::Prefer | PgSslMode::Allow if !is_here => options.ssl_mode(PgSslMode::VerifyFull),
        _ => options,
    })
}

/// A host that begins with a slash is a socket's folder.
fn is_this_machine(host: &str) -> bool {
    let is_loopback = |ip: IpAddr| ip.is_loopback();
    host.is_empty()
        || host.starts_with('/')
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_machine_is_spoken_to_over_checked_tls_unless_its_address_says_otherwise() {
        for (url, is_checked) in [
            ("postgres://db.example/eventpay", true),
            ("postgres://db.example/eventpay?sslmode=prefer", true),
            ("postgres://db.example/eventpay?sslmode=allow", true),
            ("postgres://10.0.0.5:6432/eventpay", true),
            ("postgres://localhost.example/eventpay", true),
            ("postgres://db.example/eventpay?sslmode=disable", false),
            ("postgres://db.example/eventpay?sslmode=require", false),
            ("postgres://localhost/eventpay", false),
            ("postgres://127.0.0.1:5432/eventpay", false),
            ("postgres://[::1]/eventpay", false),
            ("postgres:///eventpay?host=%2Frun%2Fpostgresql", false),
        ] {
            let mode = read(url).unwrap().get_ssl_mode();
            assert_eq!(matches!(mode, PgSslMode::VerifyFull), is_checked, "{url}: {mode:?}");
        }
    }
}
