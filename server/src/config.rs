//! Every environment variable, read once, with its bounds; all problems are told at once.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use domain::network::Network;
use domain::zengin::transfer::Requester;
use http::HeaderName;
use operations::crash::CrashPoint;
use providers::Secret;
use providers::login::LoginProviderConfig;

use crate::tls::TlsFiles;

mod files;
mod login;
mod secrets_command;
mod shown;
mod variables;

pub use files::{Bucket, Files};
pub use shown::{Origin, shown, table};
pub use variables::{VARIABLES, Variable};

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    Embedded {
        bin_dir: Option<PathBuf>,
    },
    /// With its password.
    Url(Secret),
}

/// Who collects the money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provider {
    /// The sandbox, at this address; any other free port will do when nobody asked for this one.
    Sandbox {
        listen: SocketAddr,
        is_port_free_to_choose: bool,
    },
    Komoju {
        api_url: String,
        secret_key: Secret,
        webhook_secret: Secret,
    },
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Text,
}

/// The whole configuration.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    /// Without a slash at the end; absent, it follows from the bound address.
    pub public_url: Option<String>,
    pub data_dir: PathBuf,
    pub files: Files,
    pub database: Database,
    pub database_connections: u32,
    pub site_dir: Option<PathBuf>,
    pub provider: Provider,
    pub secret: Option<Secret>,
    /// They open what they sealed.
    pub previous_secrets: Vec<Secret>,
    pub smtp_url: Option<Secret>,
    pub mail_from: String,
    pub administrators: Vec<String>,
    /// Who vouches for people beside their mail.
    pub login_providers: Vec<LoginProviderConfig>,
    /// The account that payouts are made from.
    pub requester: Option<Requester>,
    pub hold_minutes: i64,
    pub alert_grace_seconds: i64,
    pub audit_hot_days: i64,
    pub audit_archive_days: i64,
    pub are_private_webhooks_allowed: bool,
    pub log: String,
    pub log_format: Option<LogFormat>,
    pub n_workers: usize,
    pub crash_at: Option<CrashPoint>,
    pub is_proxy_trusted: bool,
    /// What the server ends TLS with; absent, a proxy in front does.
    pub tls: Option<TlsFiles>,
    /// Where the provider's webhooks may come from; empty for everywhere.
    pub webhook_networks: Vec<Network>,
    /// Where all nodes count together how often somebody comes.
    pub redis_url: Option<Secret>,
    /// Orders one API key may place each second.
    pub payments_per_second: u32,
    /// Where the trusted proxy tells a visitor's country.
    pub country_header: Option<HeaderName>,
}

/// Everything that is wrong with the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration cannot be used")?;
        for problem in &self.0 {
            write!(f, "\n  - {problem}")?;
        }
        write!(f, "\ndocs/configuration.md lists every variable")
    }
}

impl std::error::Error for Problems {}

/// Looks a variable up in the environment; the only place that does.
///
/// # Errors
/// When it is not Unicode.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn environment(name: &str) -> Result<Option<String>, String> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("{name} is not valid Unicode")),
    }
}

/// What the program for secrets prints; what stands in the environment goes before it.
fn handed_secrets() -> Result<BTreeMap<String, String>, String> {
    match environment(secrets_command::NAME)? {
        Some(command) if !command.trim().is_empty() => secrets_command::ask(&command),
        Some(_) | None => Ok(BTreeMap::new()),
    }
}

impl Config {
    /// Reads the environment of this process, and the secrets that a program hands it.
    ///
    /// # Errors
    /// With every problem at once.
    pub fn from_environment() -> Result<Self, Problems> {
        let handed = handed_secrets().map_err(|problem| Problems(vec![problem]))?;
        Self::read(&|name| {
            let set = environment(name)?.filter(|it| !it.trim().is_empty());
            Ok(set.or_else(|| handed.get(name).cloned()))
        })
    }

    /// Reads from `lookup`.
    ///
    /// # Errors
    /// With every problem at once.
    pub fn read(lookup: &dyn Fn(&str) -> Result<Option<String>, String>) -> Result<Self, Problems> {
        let mut reader = Reader { lookup, problems: Vec::new() };
        let database = match reader.database_url() {
            Some(url) => Database::Url(url),
            None => Database::Embedded { bin_dir: reader.folder("EVENTPAY_POSTGRES_BIN_DIR") },
        };
        let config = Self {
            listen: reader.parsed("EVENTPAY_LISTEN", "an address such as 127.0.0.1:3000"),
            public_url: reader.url("EVENTPAY_PUBLIC_URL"),
            data_dir: PathBuf::from(reader.text_or_default("EVENTPAY_DATA_DIR")),
            files: reader.files(),
            database,
            database_connections: reader.number("EVENTPAY_DATABASE_CONNECTIONS", 4, 500),
            site_dir: reader.folder("EVENTPAY_SITE_DIR"),
            provider: reader.provider(),
            secret: reader.secret(),
            previous_secrets: reader.previous_secrets(),
            smtp_url: reader.smtp_url(),
            mail_from: reader.mail_from(),
            administrators: reader.administrators(),
            login_providers: reader.login_providers(),
            requester: reader.requester(),
            hold_minutes: reader.number("EVENTPAY_HOLD_MINUTES", 5, 1440),
            audit_hot_days: reader.number("EVENTPAY_AUDIT_HOT_DAYS", 30, 2557),
            audit_archive_days: reader.number("EVENTPAY_AUDIT_ARCHIVE_DAYS", 365, 3653),
            alert_grace_seconds: reader.number("EVENTPAY_ALERT_GRACE_SECONDS", 0, 86_400),
            are_private_webhooks_allowed: reader
                .parsed("EVENTPAY_WEBHOOKS_ALLOW_PRIVATE", "true or false"),
            log: reader.text_or_default("EVENTPAY_LOG"),
            log_format: reader.log_format(),
            n_workers: reader.number("EVENTPAY_WORKERS", 1, 256),
            crash_at: reader.crash_point(),
            is_proxy_trusted: reader.parsed("EVENTPAY_TRUST_PROXY", "true or false"),
            tls: reader.tls(),
            webhook_networks: reader.networks("KOMOJU_WEBHOOK_ADDRESSES"),
            redis_url: reader.redis_url(),
            payments_per_second: reader.number("EVENTPAY_API_PAYMENTS_PER_SECOND", 1, 1_000_000),
            country_header: reader.country_header(),
        };
        reader.is_told_as_served(&config);
        if reader.problems.is_empty() { Ok(config) } else { Err(Problems(reader.problems)) }
    }
}

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Result<Option<String>, String>,
    problems: Vec<String>,
}

impl Reader<'_> {
    /// An empty variable counts as absent: that is how many tools unset one.
    fn text(&mut self, name: &str) -> Option<String> {
        match (self.lookup)(name) {
            Ok(value) => value.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    fn text_or_default(&mut self, name: &str) -> String {
        self.text(name).unwrap_or_else(|| default_of(name).to_owned())
    }

    fn problem(&mut self, name: &str, wanted: &str) {
        // The value itself is not repeated: it may be a secret in the wrong place.
        self.problems.push(format!("{name} must be {wanted}"));
    }

    /// The fallback is only ever seen beside a problem, which stops the start.
    fn parsed<T: FromStr + Fallback>(&mut self, name: &str, wanted: &str) -> T {
        let text = self.text_or_default(name);
        text.parse().unwrap_or_else(|_| {
            self.problem(name, wanted);
            T::fallback()
        })
    }

    fn number<T>(&mut self, name: &str, min: T, max: T) -> T
    where
        T: FromStr + PartialOrd + fmt::Display + Copy,
    {
        let text = self.text_or_default(name);
        match text.parse::<T>() {
            Ok(number) if min <= number && number <= max => number,
            Ok(_) | Err(_) => {
                self.problem(name, &format!("a number from {min} to {max}"));
                min
            }
        }
    }

    fn url(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        let url = text.trim_end_matches('/').to_owned();
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let is_plain = host.is_some_and(|host| {
            !host.is_empty() && !host.contains(['?', '#', '@', ' ', '"', '\'', '<', '>', ';', ','])
        });
        if !is_plain {
            self.problem(name, "an address such as https://pay.example.jp");
        }
        Some(url)
    }

    fn folder(&mut self, name: &str) -> Option<PathBuf> {
        let folder = PathBuf::from(self.text(name)?);
        if !folder.is_dir() {
            self.problem(name, "a folder that exists");
        }
        Some(folder)
    }

    fn secret_text(&mut self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    fn database_url(&mut self) -> Option<Secret> {
        let url = self.text("DATABASE_URL")?;
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            self.problem("DATABASE_URL", "an address such as postgres://user@host/eventpay");
        }
        Some(Secret::new(url))
    }

    fn tls(&mut self) -> Option<TlsFiles> {
        let certificate = self.text("EVENTPAY_TLS_CERT").map(PathBuf::from);
        let key = self.text("EVENTPAY_TLS_KEY").map(PathBuf::from);
        for (name, path, other) in
            [("EVENTPAY_TLS_CERT", &certificate, &key), ("EVENTPAY_TLS_KEY", &key, &certificate)]
        {
            match path {
                Some(path) if !path.is_file() => self.problem(name, "a file that exists"),
                None if other.is_some() => self.problem(name, "set when the other one is"),
                Some(_) | None => {}
            }
        }
        certificate.zip(key).map(|(certificate, key)| TlsFiles { certificate, key })
    }

    /// Links in mails lead where TLS is spoken, or nowhere.
    fn is_told_as_served(&mut self, config: &Config) {
        let is_plain = config.public_url.as_ref().is_some_and(|it| it.starts_with("http://"));
        if is_plain && config.tls.is_some() {
            self.problem(
                "EVENTPAY_PUBLIC_URL",
                "an https:// address when EVENTPAY_TLS_CERT is set",
            );
        }
    }

    fn networks(&mut self, name: &str) -> Vec<Network> {
        let text = self.text(name).unwrap_or_default();
        let parts = text.split(',').map(str::trim).filter(|it| !it.is_empty());
        let networks: Option<Vec<Network>> = parts.map(Network::parse).collect();
        if networks.is_none() {
            self.problem(name, "addresses and networks such as 192.0.2.7,198.51.100.0/24");
        }
        networks.unwrap_or_default()
    }

    fn redis_url(&mut self) -> Option<Secret> {
        let url = self.text("REDIS_URL")?;
        if !url.starts_with("redis://") && !url.starts_with("rediss://") {
            self.problem("REDIS_URL", "an address such as rediss://:password@host:6379");
        }
        Some(Secret::new(url))
    }

    fn provider(&mut self) -> Provider {
        let api_url = self.url("KOMOJU_API_URL");
        let secret_key = self.secret_text("KOMOJU_SECRET_KEY");
        let webhook_secret = self.secret_text("KOMOJU_WEBHOOK_SECRET");
        let name = "EVENTPAY_SANDBOX_LISTEN";
        let is_port_free_to_choose = self.text(name).is_none();
        let listen: SocketAddr = self.parsed(name, "a loopback address such as 127.0.0.1:4242");
        if !listen.ip().is_loopback() {
            self.problem(name, "a loopback address: anybody who reaches the sandbox can pay");
        }
        match (api_url, secret_key, webhook_secret) {
            (None, None, None) => Provider::Sandbox { listen, is_port_free_to_choose },
            (api_url, Some(secret_key), Some(webhook_secret)) => Provider::Komoju {
                api_url: api_url.unwrap_or_else(|| default_of("KOMOJU_API_URL").to_owned()),
                secret_key,
                webhook_secret,
            },
            (_, secret_key, webhook_secret) => {
                for (name, is_absent) in [
                    ("KOMOJU_SECRET_KEY", secret_key.is_none()),
                    ("KOMOJU_WEBHOOK_SECRET", webhook_secret.is_none()),
                ] {
                    if is_absent {
                        self.problem(name, "set when another KOMOJU_ variable is");
                    }
                }
                Provider::Sandbox { listen, is_port_free_to_choose }
            }
        }
    }

    fn secret(&mut self) -> Option<Secret> {
        let secret = self.secret_text("EVENTPAY_SECRET")?;
        // EVENTPAY_PREVIOUS_SECRETS parts at commas, and this one will be a previous one.
        if secret.expose().len() < 32 || secret.expose().contains(',') {
            self.problem("EVENTPAY_SECRET", "at least 32 characters and no comma");
        }
        Some(secret)
    }

    fn previous_secrets(&mut self) -> Vec<Secret> {
        let text = self.text("EVENTPAY_PREVIOUS_SECRETS").unwrap_or_default();
        text.split(',').map(str::trim).filter(|it| !it.is_empty()).map(Secret::new).collect()
    }

    fn smtp_url(&mut self) -> Option<Secret> {
        let url = self.text("EVENTPAY_SMTP_URL")?;
        if !url.starts_with("smtp://") && !url.starts_with("smtps://") {
            self.problem("EVENTPAY_SMTP_URL", "an address such as smtps://user:password@host:465");
        }
        Some(Secret::new(url))
    }

    fn mail_from(&mut self) -> String {
        let from = self.text_or_default("EVENTPAY_MAIL_FROM");
        if !from.contains('@') || from.contains(['\r', '\n']) {
            self.problem("EVENTPAY_MAIL_FROM", "an email address, with or without a name");
        }
        from
    }

    fn administrators(&mut self) -> Vec<String> {
        let text = self.text("EVENTPAY_ADMINISTRATORS").unwrap_or_default();
        let parts = text.split(',').map(str::trim).filter(|it| !it.is_empty());
        let addresses: Vec<String> = parts.map(str::to_lowercase).collect();
        if addresses.iter().any(|it| !it.contains('@')) {
            self.problem("EVENTPAY_ADMINISTRATORS", "email addresses with commas between them");
        }
        addresses
    }

    fn requester(&mut self) -> Option<Requester> {
        let text = self.text("EVENTPAY_PAYOUT_FROM")?;
        let read = Requester::parse(&text);
        if read.is_none() {
            self.problem(
                "EVENTPAY_PAYOUT_FROM",
                "six parts such as 1234567890,REI,0001,001,ordinary,1234567",
            );
        }
        read
    }

    fn crash_point(&mut self) -> Option<CrashPoint> {
        let point = self.text("EVENTPAY_CRASH_AT")?;
        let parsed = CrashPoint::parse(&point).ok();
        if parsed.is_none() {
            self.problem("EVENTPAY_CRASH_AT", "the name of a crash point, or nothing");
        }
        parsed
    }

    /// Without a trusted proxy anybody could say where they are.
    fn country_header(&mut self) -> Option<HeaderName> {
        let name = self.text("EVENTPAY_COUNTRY_HEADER")?;
        let is_proxy_trusted = self.text("EVENTPAY_TRUST_PROXY").as_deref() == Some("true");
        let parsed = name.parse().ok().filter(|_| is_proxy_trusted);
        if parsed.is_none() {
            let wanted = "the name of a header, beside EVENTPAY_TRUST_PROXY=true";
            self.problem("EVENTPAY_COUNTRY_HEADER", wanted);
        }
        parsed
    }

    fn log_format(&mut self) -> Option<LogFormat> {
        match self.text("EVENTPAY_LOG_FORMAT")?.as_str() {
            "json" => Some(LogFormat::Json),
            "text" => Some(LogFormat::Text),
            _ => {
                self.problem("EVENTPAY_LOG_FORMAT", "json or text");
                None
            }
        }
    }
}

/// What stands in for a value that could not be read, until the problem is told.
trait Fallback {
    fn fallback() -> Self;
}

impl Fallback for SocketAddr {
    fn fallback() -> Self {
        Self::from(([127, 0, 0, 1], 0))
    }
}

impl Fallback for bool {
    fn fallback() -> Self {
        false
    }
}

fn default_of(name: &str) -> &'static str {
    VARIABLES.iter().find(|it| it.name == name).map_or("", |it| it.default)
}

#[cfg(test)]
mod tests;
