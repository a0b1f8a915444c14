//! Brings everything up in order, and takes it down in reverse.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::serve::{Listener, ListenerExt as _};
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use operations::audit::archive::Retention;
use operations::clock::Clock;
use operations::platform::staff;
use operations::{Deps, PlacesGuard, Settings};
use providers::login::LoginProviders;
use providers::webhook_sender::{Reach, SenderLimits, WebhookSender};
use providers::{Counters, KomojuConfig, MailTransport, PaymentProvider};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, Provider};
use crate::data_folder::{DataFolder, Serving};
use crate::embedded::{Database, Keys, OpenSandbox, keys_of, keys_of_sandbox};
use crate::limits::RateLimits;
use crate::middleware::shared_pages::SharedPages;
use crate::routes::assets::Site;
use crate::routes::live::LiveHub;
use crate::state::{AppState, Metrics};
use crate::tls::{Tls, TlsListener};
use crate::{audit_keeper, demo, file_store, router, tls, webhook_sender, worker};

/// How long requests may take to end when the server stops.
const FAREWELL: Duration = Duration::from_secs(10);
/// Latencies are counted up to these many seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Which parts a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Web, worker and the embedded parts.
    All,
    Web,
    Worker,
}

/// Serves until a signal comes.
///
/// # Errors
/// When a part cannot start.
pub async fn serve(config: Config, role: Role, wants_demo: bool) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    spawn(&tasks, stop_on_signal(stop.clone()));
    let folder = DataFolder::open(&config.data_dir)?;
    let listener = match role {
        Role::All | Role::Web => Some(listen(config.listen).await?),
        Role::Worker => None,
    };
    let tls = config.tls.clone().map(Tls::open).transpose()?;
    let public_url = public_url(&config, listener.as_ref())?;
    let database = Database::open(&config, &folder).await?;
    database.db.migrate().await.context("bringing the database up to this release")?;
    let sandbox = open_sandbox(&config, role, &folder, listener.as_ref()).await?;
    let keys = keys(&config, &folder, sandbox.as_ref())?;
    let deps = deps(&config, &folder, &database, &public_url, &keys).await?;
    if listener.is_some() {
        // A worker lets nobody in, and is often not told who belongs to it.
        staff::follow_configuration(&deps).await.context("reading who belongs to the staff")?;
    }
    let sandbox_router = sandbox.as_ref().map(OpenSandbox::router);
    let sandbox_url = sandbox.as_ref().map(|it| it.url.clone());
    // The sandbox outlives the server a little: requests under way still ask it.
    let stop_sandbox = CancellationToken::new();
    let sandbox_tasks = TaskTracker::new();
    if let Some(sandbox) = sandbox {
        spawn(&sandbox_tasks, run_sandbox(sandbox, stop_sandbox.clone()));
    }
    let live = LiveHub::new(stop.clone());
    let news = Arc::new(Notify::new());
    spawn(&tasks, worker::announce(deps.clone(), Arc::clone(&news), stop.clone()));
    spawn(&tasks, worker::hear(deps.clone(), Arc::clone(&news), live.clone(), stop.clone()));
    if role != Role::Web {
        let n_workers = config.n_workers;
        spawn(&tasks, worker::work(deps.clone(), n_workers, Arc::clone(&news), stop.clone()));
        spawn(&tasks, worker::keep_schedule(deps.clone(), stop.clone()));
        spawn(&tasks, audit_keeper::keep(deps.clone(), stop.clone()));
        spawn(&tasks, webhook_sender::send(deps.clone(), stop.clone()));
    }
    if let Some(listener) = listener {
        let state = state(&config, deps.clone(), &public_url, live)?;
        let app = router::router(&state);
        folder.announce(&Serving {
            pid: std::process::id(),
            public_url: public_url.clone(),
            sandbox_url: sandbox_url.clone(),
        })?;
        open_doors(&tasks, listener, (app, tls), &stop)?;
        tracing::info!(url = %public_url, "serving");
    }
    if wants_demo {
        let banner = demo::show(&deps, sandbox_router, sandbox_url.as_deref(), stop.clone()).await;
        banner.context("filling the demo data")?;
    }
    stop.cancelled().await;
    tracing::info!("stopping");
    if role != Role::Worker {
        folder.withdraw();
    }
    tasks.close();
    tasks.wait().await;
    stop_sandbox.cancel();
    sandbox_tasks.close();
    sandbox_tasks.wait().await;
    drop(deps);
    database.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Everything operations need, for commands that do their work and leave.
///
/// # Errors
/// When the database cannot be reached.
pub async fn open_for_command(config: &Config) -> anyhow::Result<(Deps, Database)> {
    let folder = DataFolder::open(&config.data_dir)?;
    let serving = folder.serving()?;
    let database = Database::open(config, &folder).await?;
    let public_url = match (&config.public_url, &serving) {
        (Some(url), _) => url.clone(),
        (None, Some(serving)) => serving.public_url.clone(),
        (None, None) => own_url(config, config.listen),
    };
    let sandbox_url = serving.and_then(|it| it.sandbox_url);
    let keys = match (keys_of(config), &config.provider) {
        (Some(keys), _) => keys,
        (None, Provider::Sandbox { listen, .. }) => {
            keys_of_sandbox(&sandbox_url.unwrap_or_else(|| format!("http://{listen}")), &folder)?
        }
        (None, Provider::Komoju { .. }) => anyhow::bail!("there are no keys"),
    };
    let deps = deps(config, &folder, &database, &public_url, &keys).await?;
    Ok((deps, database))
}

/// The sandbox alone, until a signal comes.
///
/// # Errors
/// When it cannot start.
pub async fn serve_sandbox(config: &Config) -> anyhow::Result<()> {
    let folder = DataFolder::open(&config.data_dir)?;
    let Provider::Sandbox { listen, is_port_free_to_choose } = config.provider else {
        anyhow::bail!("a KOMOJU_ variable is set: the sandbox is for when none is");
    };
    let webhook_url = format!("{}/webhooks/komoju", url_of(config.listen));
    let at = (listen, is_port_free_to_choose);
    let sandbox = OpenSandbox::open(at, &folder, Some(webhook_url)).await?;
    tracing::info!(url = sandbox.url, "serving the sandbox");
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    spawn(&tasks, stop_on_signal(stop.clone()));
    run_sandbox(sandbox, stop).await;
    Ok(())
}

/// The state of the web part.
///
/// # Errors
/// When the built site cannot be read.
pub fn state(
    config: &Config,
    deps: Deps,
    public_url: &str,
    live: LiveHub,
) -> anyhow::Result<AppState> {
    let (site, assets) = match &config.site_dir {
        Some(dir) => {
            let (site, assets) = Site::open(dir)?;
            (Some(Arc::new(site)), assets)
        }
        None => (None, app::ssr::Assets::default()),
    };
    let is_mail_shown = matches!(&*deps.mail, MailTransport::Folder(_))
        && config.listen.ip().is_loopback()
        && public_url.starts_with("http://");
    Ok(AppState {
        deps,
        public_url: public_url.into(),
        assets: Arc::new(assets),
        site,
        live,
        limits: Arc::new(limits(config)?),
        shared_pages: Arc::new(SharedPages::default()),
        metrics: Metrics(metrics_handle()?),
        is_proxy_trusted: config.is_proxy_trusted,
        webhook_networks: config.webhook_networks.as_slice().into(),
        country_header: config.country_header.clone(),
        is_mail_shown,
        leptos_options: LeptosOptions::builder().output_name("eventpay").build(),
    })
}

/// Limits of this process, or of all nodes where there are shared counters.
fn limits(config: &Config) -> anyhow::Result<RateLimits> {
    let shared = config.redis_url.as_ref().map(Counters::new).transpose()?;
    Ok(RateLimits::new(shared, config.payments_per_second))
}

/// The one recorder of this process.
fn metrics_handle() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: std::sync::Mutex<Option<PrometheusHandle>> = std::sync::Mutex::new(None);
    let mut handle = HANDLE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(handle) = &*handle {
        return Ok(handle.clone());
    }
    let fresh = PrometheusBuilder::new().set_buckets(&BUCKETS)?.install_recorder()?;
    *handle = Some(fresh.clone());
    Ok(fresh)
}

async fn deps(
    config: &Config,
    folder: &DataFolder,
    database: &Database,
    public_url: &str,
    keys: &Keys,
) -> anyhow::Result<Deps> {
    let komoju =
        KomojuConfig::new(&keys.api_url, keys.secret_key.clone(), keys.webhook_secret.clone())?;
    let mail = match &config.smtp_url {
        Some(url) => MailTransport::smtp(url.expose())?,
        None => MailTransport::Folder(folder.folder("mail")?),
    };
    let secret = match &config.secret {
        Some(secret) => secret.expose().to_owned(),
        None => folder.secrets()?.secret,
    };
    let reach = match config.are_private_webhooks_allowed {
        true => Reach::Everywhere,
        false => Reach::OpenInternet,
    };
    let settings = Settings {
        public_url: public_url.to_owned(),
        hold: time::Duration::minutes(config.hold_minutes),
        alert_grace: time::Duration::seconds(config.alert_grace_seconds),
        files: file_store::open(&config.files, &folder.folder("files")?).await?,
        mail_from: config.mail_from.clone(),
        administrators: config.administrators.clone(),
        audit: Retention {
            hot: time::Duration::days(config.audit_hot_days),
            archive: time::Duration::days(config.audit_archive_days),
        },
        requester: config.requester.clone(),
        places_guard: PlacesGuard::On,
        crash_at: config.crash_at,
        secret,
        previous_secrets: config.previous_secrets.iter().map(|it| it.expose().to_owned()).collect(),
    };
    Ok(Deps {
        db: database.db.clone(),
        provider: Arc::new(PaymentProvider::komoju(komoju)?),
        mail: Arc::new(mail),
        webhook_sender: Arc::new(WebhookSender::new(reach, SenderLimits::default())?),
        login: Arc::new(LoginProviders::new(config.login_providers.clone())?),
        clock: Clock::System,
        settings: Arc::new(settings),
        captures: Arc::default(),
    })
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("listening on {address} (EVENTPAY_LISTEN chooses another address)")
    })
}

fn public_url(config: &Config, listener: Option<&TcpListener>) -> anyhow::Result<String> {
    Ok(match (&config.public_url, listener) {
        (Some(url), _) => url.clone(),
        (None, Some(listener)) => own_url(config, listener.local_addr()?),
        (None, None) => own_url(config, config.listen),
    })
}

/// Where people reach this process itself.
fn own_url(config: &Config, address: SocketAddr) -> String {
    let url = url_of(address);
    if config.tls.is_some() { url.replacen("http://", "https://", 1) } else { url }
}

/// Where people reach an address on this machine.
fn url_of(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

async fn open_sandbox(
    config: &Config,
    role: Role,
    folder: &DataFolder,
    listener: Option<&TcpListener>,
) -> anyhow::Result<Option<OpenSandbox>> {
    let (Provider::Sandbox { listen, is_port_free_to_choose }, Role::All) =
        (&config.provider, role)
    else {
        return Ok(None);
    };
    // Straight to us, whatever the world calls us.
    let webhook_url = match listener {
        Some(listener) => {
            Some(format!("{}/webhooks/komoju", own_url(config, listener.local_addr()?)))
        }
        None => None,
    };
    OpenSandbox::open((*listen, *is_port_free_to_choose), folder, webhook_url).await.map(Some)
}

fn keys(
    config: &Config,
    folder: &DataFolder,
    sandbox: Option<&OpenSandbox>,
) -> anyhow::Result<Keys> {
    match (keys_of(config), sandbox, &config.provider) {
        (Some(keys), _, _) => Ok(keys),
        (None, Some(sandbox), _) => sandbox.keys(folder),
        // Another process of this folder runs the sandbox.
        (None, None, Provider::Sandbox { listen, .. }) => {
            let serving = folder.serving()?.and_then(|it| it.sandbox_url);
            keys_of_sandbox(&serving.unwrap_or_else(|| format!("http://{listen}")), folder)
        }
        (None, None, Provider::Komoju { .. }) => anyhow::bail!("there are no keys"),
    }
}

/// Serves `app` at the listener, over TLS where the server ends it.
fn open_doors(
    tasks: &TaskTracker,
    listener: TcpListener,
    (app, tls): (Router, Option<Tls>),
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    if let Some(tls) = tls {
        spawn(tasks, tls::keep_fresh(tls.clone(), stop.clone()));
        let (listener, shaking_hands) = TlsListener::new(listener, tls)?;
        spawn(tasks, shaking_hands);
        spawn(tasks, run_web(listener, app, stop.clone()));
    } else {
        let listener = listener.tap_io(|stream| {
            // Answers are written whole; waiting for more would only make them late.
            let _ = stream.set_nodelay(true);
        });
        spawn(tasks, run_web(listener, app, stop.clone()));
    }
    Ok(())
}

async fn run_web<L>(listener: L, app: Router, stop: CancellationToken)
where
    L: Listener<Addr = SocketAddr>,
{
    // Tapped, whatever it is: so the visitor's address is told to the routes.
    let listener = listener.tap_io(|_| {});
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let stopping = stop.clone();
    let served = axum::serve(listener, service)
        .with_graceful_shutdown(async move { stopping.cancelled().await })
        .into_future();
    let patience = async {
        stop.cancelled().await;
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        outcome = served => {
            if let Err(error) = outcome {
                tracing::error!(%error, "the web server failed");
            }
        }
        () = patience => tracing::warn!("stopped with requests under way"),
    }
    // Whatever ended it, the rest of the process has nothing left to do.
    stop.cancel();
}

async fn run_sandbox(open: OpenSandbox, stop: CancellationToken) {
    let OpenSandbox { sandbox, listener, .. } = open;
    let served = sandbox.serve(listener, async move { stop.cancelled().await });
    if let Err(error) = served.await {
        tracing::error!("the sandbox failed: {error:#}");
    }
}

async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::error!("signals cannot be heard");
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = stop.cancelled() => {}
    }
    stop.cancel();
}

/// The parts of a process; all end when it stops.
fn spawn(tasks: &TaskTracker, task: impl Future<Output = ()> + Send + 'static) {
    tasks.spawn(task);
}
