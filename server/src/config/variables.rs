//! The table of environment variables.

/// One variable, as `eventpay config` and docs/configuration.md show it.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    pub name: &'static str,
    /// What holds when it is absent, in words or as a value.
    pub default: &'static str,
    pub is_secret: bool,
    pub meaning: &'static str,
}

const fn variable(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable { name, default, is_secret: false, meaning }
}

const fn secret(name: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable { name, default, is_secret: true, meaning }
}

/// All of them, in the order of the documentation.
pub const VARIABLES: [Variable; 40] = [
    variable("EVENTPAY_LISTEN", "127.0.0.1:3000", "The address the server listens on"),
    variable(
        "EVENTPAY_PUBLIC_URL",
        "from the listening address",
        "Where people reach it; links in mails and at the provider begin with it",
    ),
    variable(
        "EVENTPAY_TLS_CERT",
        "none: a proxy in front ends TLS",
        "The certificate with its chain, as PEM, when the server ends TLS itself; read again at SIGHUP and when it changes",
    ),
    variable("EVENTPAY_TLS_KEY", "none", "The file with the certificate's key, as PEM"),
    variable(
        "EVENTPAY_DATA_DIR",
        ".eventpay",
        "The private folder of the embedded parts: database, files, mails, generated secrets",
    ),
    variable(
        "EVENTPAY_FILES",
        "a folder in the data folder",
        "Where covers, evidence and the audit log's days lie: a bucket that speaks S3, as `s3://bucket/prefix`",
    ),
    variable(
        "S3_ENDPOINT",
        "Amazon's of the region",
        "The bucket's address, where it is not Amazon's",
    ),
    variable("S3_REGION", "ap-northeast-1", "The bucket's region"),
    variable("S3_ACCESS_KEY_ID", "none", "Names the key that opens the bucket"),
    secret("S3_SECRET_ACCESS_KEY", "none", "The key that opens the bucket"),
    secret(
        "DATABASE_URL",
        "an embedded PostgreSQL",
        "A PostgreSQL 15 or later, as `postgres://…`; on another machine over TLS, with its certificate checked",
    ),
    variable("EVENTPAY_DATABASE_CONNECTIONS", "20", "Connections to the database, 4 to 500"),
    secret(
        "REDIS_URL",
        "each process counts by itself",
        "Where all nodes count together how often somebody comes: a Redis, as `rediss://:password@host:6379`; while it does \
         not answer, what moves money is refused",
    ),
    variable(
        "EVENTPAY_POSTGRES_BIN_DIR",
        "the usual places",
        "Where `initdb` and `postgres` of the embedded PostgreSQL are",
    ),
    variable(
        "EVENTPAY_SITE_DIR",
        "none",
        "The built browser assets; API and webhooks serve without them",
    ),
    variable(
        "KOMOJU_API_URL",
        "https://komoju.com",
        "The payment provider's address; without it and both keys the sandbox starts",
    ),
    secret("KOMOJU_SECRET_KEY", "none", "The provider's secret key"),
    secret("KOMOJU_WEBHOOK_SECRET", "none", "Signs the provider's webhooks to `/webhooks/komoju`"),
    variable(
        "KOMOJU_WEBHOOK_ADDRESSES",
        "everywhere",
        "Addresses and networks that webhooks may come from, with commas between them, as `192.0.2.7,198.51.100.0/24`",
    ),
    variable(
        "EVENTPAY_SANDBOX_LISTEN",
        "127.0.0.1:4242",
        "The address of the built-in sandbox provider",
    ),
    secret(
        "EVENTPAY_SECRET",
        "generated once",
        "Signs short-lived tokens and seals bank accounts; at least 32 characters without a comma, the same on every node",
    ),
    secret(
        "EVENTPAY_PREVIOUS_SECRETS",
        "none",
        "Earlier values of `EVENTPAY_SECRET`, with commas between them: what they sealed can still be opened",
    ),
    variable(
        "EVENTPAY_SECRETS_COMMAND",
        "none",
        "A program, run once at the start without a shell, that prints secret variables as `NAME=value`, one on each line: the client of a key service, say. What stands in the environment goes before",
    ),
    secret(
        "EVENTPAY_SMTP_URL",
        "mails go to a folder and `/dev/mail`",
        "A mail server, as `smtps://user:password@host:465`",
    ),
    variable("EVENTPAY_MAIL_FROM", "EventPay <no-reply@localhost>", "Who mails come from"),
    variable(
        "EVENTPAY_ADMINISTRATORS",
        "nobody",
        "Email addresses of administrators, with commas between them",
    ),
    secret(
        "EVENTPAY_LOGIN_PROVIDERS",
        "none: people log in by mailed links",
        "OpenID Connect providers, as `name,issuer,client id,client secret` with semicolons between them",
    ),
    secret(
        "EVENTPAY_PAYOUT_FROM",
        "none: no money is held for organizers",
        "The account payouts are made from, as `requester code,name in kana,bank,branch,ordinary or checking,number`",
    ),
    variable(
        "EVENTPAY_HOLD_MINUTES",
        "30",
        "Minutes that places are kept while a buyer pays, 5 to 1440",
    ),
    variable(
        "EVENTPAY_ALERT_GRACE_SECONDS",
        "300",
        "Seconds that a difference between orders and payments may stand before it becomes an alert, 0 to 86400",
    ),
    variable("EVENTPAY_LOG", "info", "What is logged, as a filter such as `info,operations=debug`"),
    variable("EVENTPAY_LOG_FORMAT", "text on a terminal, else json", "`json` or `text`"),
    variable("EVENTPAY_WORKERS", "8", "Jobs worked on at the same time, 1 to 256"),
    variable(
        "EVENTPAY_TRUST_PROXY",
        "false",
        "Whether `X-Forwarded-For` of a proxy in front tells the visitor's address",
    ),
    variable(
        "EVENTPAY_API_PAYMENTS_PER_SECOND",
        "100",
        "Orders that one API key may place each second, 1 to 1000000",
    ),
    variable(
        "EVENTPAY_COUNTRY_HEADER",
        "none: the country counts for nothing",
        "The header in which the trusted proxy tells a visitor's country by two letters, such as `CF-IPCountry`",
    ),
    variable(
        "EVENTPAY_AUDIT_HOT_DAYS",
        "90",
        "Days that the audit log stays in the database, 30 to 2557; older lines are in the archive",
    ),
    variable(
        "EVENTPAY_AUDIT_ARCHIVE_DAYS",
        "2557",
        "Days that the audit log's archive is kept, 365 to 3653; 2557 are seven years",
    ),
    variable(
        "EVENTPAY_WEBHOOKS_ALLOW_PRIVATE",
        "false",
        "Whether organizers' webhooks may lead into private networks and go without TLS; for development",
    ),
    variable(
        "EVENTPAY_CRASH_AT",
        "nowhere",
        "Where a test makes the process die (`operations::crash`); never set it otherwise",
    ),
];
