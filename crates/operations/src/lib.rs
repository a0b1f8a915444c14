#![doc = include_str!("../README.md")]

pub mod access;
pub mod account;
pub mod actor;
pub mod alerts;
pub mod api_keys;
pub mod audit;
pub mod buyer_data;
pub mod cancellations;
pub mod check;
pub mod clock;
pub mod crash;
pub mod demo;
mod derived;
pub mod disputes;
pub mod event_cancellation;
pub mod events;
pub mod fees;
pub mod fresh;
pub mod jobs;
pub mod links;
pub mod mails;
pub mod members;
pub mod orders;
pub mod payments;
pub mod payouts;
mod pictures;
pub mod platform;
pub mod processes;
pub mod publishable_keys;
pub mod recurring;
pub mod reflection;
pub mod refunds;
pub mod screening;
pub mod sealed;
pub mod settlements;
pub mod statements;
pub mod trail;
pub mod transfers;
pub mod watch;
pub mod webhook_deliveries;
pub mod webhook_endpoints;
pub mod webhooks;
pub mod zengin;

use std::sync::Arc;

use providers::login::LoginProviders;
use providers::mail::MailTransport;
use providers::payments::PaymentProvider;
use providers::webhook_sender::WebhookSender;
use store::db::Db;
use time::Duration;

use crate::actor::OrganizerAccess;
use crate::clock::Clock;
use crate::payments::record_captures::CaptureQueue;

/// Everything an operation may touch. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Deps {
    pub db: Db,
    pub provider: Arc<PaymentProvider>,
    pub mail: Arc<MailTransport>,
    pub webhook_sender: Arc<WebhookSender>,
    /// Who vouches for people beside their mail.
    pub login: Arc<LoginProviders>,
    pub clock: Clock,
    pub settings: Arc<Settings>,
    /// Captures that are recorded together.
    pub captures: Arc<CaptureQueue>,
}

impl Deps {
    /// The same, where no other organizer's rows are to be seen or changed: what doors hand on after the gate.
    #[must_use]
    pub fn of(&self, access: &OrganizerAccess) -> Self {
        Self { db: self.db.of_organizer(access.named()), ..self.clone() }
    }

    /// The same for work that is done for everybody at once, whoever happens to do it.
    #[must_use]
    pub fn of_everybody(&self) -> Self {
        Self { db: self.db.of_everybody(), ..self.clone() }
    }
}

/// What operations need to know of the configuration.
#[derive(Clone)]
pub struct Settings {
    /// Where people reach us, without a slash at the end.
    pub public_url: String,
    /// How long places are kept while a buyer pays.
    pub hold: Duration,
    /// Where pictures are kept.
    pub files: Arc<dyn object_store::ObjectStore>,
    /// Who our mails come from.
    pub mail_from: String,
    /// How long a fact may stand before it becomes an alert; rules that need longer take longer.
    pub alert_grace: Duration,
    /// Addresses whose users are administrators.
    pub administrators: Vec<String>,
    /// Signs short-lived tokens and seals what must not be read at rest.
    pub secret: String,
    /// Secrets that were in use before: they open what they sealed, and seal nothing any more.
    pub previous_secrets: Vec<String>,
    /// How long the audit log is kept.
    pub audit: audit::archive::Retention,
    /// The account that payouts are made from; none when the platform holds no money for organizers.
    pub requester: Option<domain::zengin::transfer::Requester>,
    pub places_guard: PlacesGuard,
    /// Where a test makes the process die.
    pub crash_at: Option<crash::CrashPoint>,
}

impl std::fmt::Debug for Settings {
    /// Secrets and the account we pay from are not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// Whether places are taken with their guard. `Off` exists for one test: it shows that the race is real without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlacesGuard {
    #[default]
    On,
    OffForNegativeControl,
}
