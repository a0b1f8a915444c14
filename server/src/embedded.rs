//! The parts that come along: PostgreSQL, the sandbox provider, and folders for files and mails.

use std::net::SocketAddr;

use anyhow::Context as _;
use axum::Router;
use embedded_postgres::Cluster;
use providers::Secret;
use sandbox::{Sandbox, SandboxSettings};
use store::db::Db;
use tokio::net::TcpListener;

use crate::config::{self, Config, Provider};
use crate::data_folder::DataFolder;

/// The cluster is ours alone, so its first database serves as well as any.
const DATABASE: &str = "postgres";
/// Connections beside the pool's: the listener, `demo`, `check`, a person with psql.
const SPARE_CONNECTIONS: u32 = 30;

/// A database to connect to, and the cluster behind it when it is ours to stop.
#[derive(Debug)]
pub struct Database {
    pub db: Db,
    cluster: Option<Cluster>,
}

impl Database {
    /// Connects to the configured database, or to the embedded one: a serving process's, else a new one.
    ///
    /// # Errors
    /// When it cannot be started or reached.
    pub async fn open(config: &Config, folder: &DataFolder) -> anyhow::Result<Self> {
        let (url, cluster) = match &config.database {
            config::Database::Url(url) => (url.expose().to_owned(), None),
            config::Database::Embedded { bin_dir } => match Cluster::attach(folder.path()) {
                Some(address) => (address.url(DATABASE), None),
                None => {
                    let settings = embedded_postgres::Settings {
                        data_dir: folder.path().to_owned(),
                        bin_dir: bin_dir.clone(),
                        durable: true,
                        max_connections: config
                            .database_connections
                            .saturating_add(SPARE_CONNECTIONS),
                    };
                    let start = tokio::task::spawn_blocking(move || Cluster::start(&settings));
                    let cluster = start.await?.context("starting the embedded PostgreSQL")?;
                    (cluster.url(DATABASE), Some(cluster))
                }
            },
        };
        let db = Db::connect(&url, config.database_connections)
            .await
            .context(
                "connecting to the database (on another machine it proves who it is over TLS: docs/configuration.md)",
            )?;
        Ok(Self { db, cluster })
    }

    /// Closes the connections, and stops the cluster if it is ours.
    ///
    /// # Errors
    /// When the cluster does not stop.
    pub async fn close(self) -> anyhow::Result<()> {
        self.db.close().await;
        if let Some(cluster) = self.cluster {
            tokio::task::spawn_blocking(move || cluster.stop()).await??;
        }
        Ok(())
    }
}

/// How to speak with who collects the money.
#[derive(Debug, Clone)]
pub struct Keys {
    pub api_url: String,
    pub secret_key: Secret,
    pub webhook_secret: Secret,
}

/// The sandbox provider, listening.
pub struct OpenSandbox {
    pub sandbox: Sandbox,
    pub listener: TcpListener,
    pub url: String,
}

impl OpenSandbox {
    /// Listens, and sends its webhooks to `webhook_url`.
    ///
    /// # Errors
    /// When the address is taken or the journal cannot be read.
    pub async fn open(
        (listen, is_port_free_to_choose): (SocketAddr, bool),
        folder: &DataFolder,
        webhook_url: Option<String>,
    ) -> anyhow::Result<Self> {
        let listener = match TcpListener::bind(listen).await {
            Err(_) if is_port_free_to_choose => TcpListener::bind((listen.ip(), 0)).await,
            bound => bound,
        };
        let listener =
            listener.with_context(|| format!("listening on {listen} for the sandbox"))?;
        let url = format!("http://{}", listener.local_addr()?);
        let secrets = folder.secrets()?;
        let sandbox = Sandbox::open(SandboxSettings {
            secret_key: secrets.sandbox_secret_key,
            webhook_secret: secrets.sandbox_webhook_secret,
            webhook_url,
            base_url: url.clone(),
            journal: Some(folder.join("sandbox.journal")),
            ..SandboxSettings::default()
        })?;
        Ok(Self { sandbox, listener, url })
    }

    /// What the server needs to speak with it.
    ///
    /// # Errors
    /// When the generated secrets cannot be read.
    pub fn keys(&self, folder: &DataFolder) -> anyhow::Result<Keys> {
        keys_of_sandbox(&self.url, folder)
    }

    /// The provider as a router, for calls within this process.
    pub fn router(&self) -> Router {
        self.sandbox.router()
    }
}

/// How to speak with the sandbox at `url`.
///
/// # Errors
/// When the generated secrets cannot be read.
pub fn keys_of_sandbox(url: &str, folder: &DataFolder) -> anyhow::Result<Keys> {
    let secrets = folder.secrets()?;
    Ok(Keys {
        api_url: url.to_owned(),
        secret_key: Secret::new(secrets.sandbox_secret_key),
        webhook_secret: Secret::new(secrets.sandbox_webhook_secret),
    })
}

/// The configured keys; `None` means the sandbox.
pub fn keys_of(config: &Config) -> Option<Keys> {
    match &config.provider {
        Provider::Sandbox { .. } => None,
        Provider::Komoju { api_url, secret_key, webhook_secret } => Some(Keys {
            api_url: api_url.clone(),
            secret_key: secret_key.clone(),
            webhook_secret: webhook_secret.clone(),
        }),
    }
}
