//! A payment provider to try against.
#![doc = include_str!("../README.md")]

mod api;
mod background;
mod behaviour;
mod book;
mod cards;
mod checkout;
mod clock;
mod fault;
mod ids;
mod journal;
mod machine;
mod model;
mod pages;
mod params;
mod refunds;
mod routes;
mod settlements;
mod webhooks;

use std::fs::File;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::book::Book;
pub use crate::webhooks::sign;

const JOURNAL_EVERY: Duration = Duration::from_millis(50);
/// Between two looks at deadlines and old idempotency keys, in journal beats.
const BEATS_PER_SWEEP: u32 = 20;

/// What a sandbox needs to know before it opens.
#[derive(Clone)]
pub struct SandboxSettings {
    /// The key that API calls must carry, such as `sk_test_sandbox`.
    pub secret_key: String,
    /// Signs the webhooks.
    pub webhook_secret: String,
    /// Where webhooks go; `None` keeps the events in the list only.
    pub webhook_url: Option<String>,
    /// Where browsers reach the sandbox, without a slash at the end.
    pub base_url: String,
    /// The file that makes state survive a restart; `None` forgets everything.
    pub journal: Option<PathBuf>,
    /// What a convenience store payment costs the buyer on top.
    pub konbini_fee_minor: i64,
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self {
            secret_key: "sk_test_sandbox".to_owned(),
            webhook_secret: "whsec_sandbox".to_owned(),
            webhook_url: None,
            base_url: "http://127.0.0.1:4242".to_owned(),
            journal: None,
            konbini_fee_minor: 190,
        }
    }
}

/// A running provider; cheap to clone, and all clones are the same one.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) settings: SandboxSettings,
    pub(crate) client: reqwest::Client,
    book: Mutex<Book>,
    journal: Mutex<Option<File>>,
    outbox: Mutex<Option<UnboundedReceiver<String>>>,
}

impl Sandbox {
    /// Opens a sandbox, with what its journal remembers.
    pub fn open(mut settings: SandboxSettings) -> anyhow::Result<Self> {
        settings.base_url = settings.base_url.trim_end_matches('/').to_owned();
        let is_journaled = settings.journal.is_some();
        let mut book =
            Book::new(settings.base_url.clone(), settings.konbini_fee_minor, is_journaled);
        let journal = match &settings.journal {
            Some(path) => Some(journal::open(path, &mut book)?),
            None => None,
        };
        let (sender, receiver) = mpsc::unbounded_channel();
        if settings.webhook_url.is_some() {
            book.connect_outbox(sender);
        }
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let shared = Shared {
            settings,
            client,
            book: Mutex::new(book),
            journal: Mutex::new(journal),
            outbox: Mutex::new(Some(receiver)),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The whole provider as a router. Call it inside a Tokio runtime: the first call starts the webhook sender.
    pub fn router(&self) -> Router {
        self.start();
        routes::router(self.clone())
    }

    /// Serves until `shutdown` is ready, then writes down what is left.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        axum::serve(listener, self.router()).with_graceful_shutdown(shutdown).await?;
        self.shared.write_journal();
        Ok(())
    }

    fn start(&self) {
        let outbox = self.shared.outbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(outbox) = outbox {
            background::spawn(webhooks::run(Arc::downgrade(&self.shared), outbox));
            background::spawn(keep(Arc::downgrade(&self.shared)));
        }
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.shared.book()
    }

    pub(crate) fn settings(&self) -> &SandboxSettings {
        &self.shared.settings
    }

    /// With the `before_redirect` switch: waits until the shop has been told about the payment.
    pub(crate) async fn before_redirect(&self, payment_id: &str) {
        for _ in 0..500 {
            {
                let book = self.book();
                let is_wanted =
                    book.behaviour.before_redirect && self.settings().webhook_url.is_some();
                if !is_wanted || book.is_told(payment_id) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Shared {
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        // A panic in one request must not close the provider for all others.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_journal(&self) {
        // The file is locked first, so that two writers cannot swap their lines.
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = self.book().take_unwritten();
        if let Some(file) = journal.as_mut() {
            journal::append(file, &lines);
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.write_journal();
    }
}

/// Writes the journal, lets deadlines pass and forgets old keys, until the sandbox is gone.
async fn keep(sandbox: Weak<Shared>) {
    let mut beat: u32 = 0;
    loop {
        tokio::time::sleep(JOURNAL_EVERY).await;
        let Some(shared) = sandbox.upgrade() else { return };
        shared.write_journal();
        beat = beat.wrapping_add(1);
        if beat.is_multiple_of(BEATS_PER_SWEEP) {
            let now = clock::now();
            let mut book = shared.book();
            for payment_id in book.overdue(now) {
                // It was authorized a moment ago under the same lock, so it can expire.
                let _ = book.expire_payment(&payment_id);
            }
            book.forget_old_answers(now);
        }
    }
}
