//! Payments recorded a second at the one use case that records a capture: a transaction each, one by one, by many at
//! once, in batches; pgbench on the same cluster, before and after each of these, is the reference.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use domain::ids::{Id as _, PaymentId};
use domain::money::Money;
use domain::payment::PaymentMethod;
use embedded_postgres::Cluster;
use operations::clock::Clock;
use operations::payments::record_captures::{Answer, BATCH_MAX, Batched, record_batch};
use operations::payments::record_fact::{Cause, record_fact};
use operations::{Deps, PlacesGuard, Settings};
use providers::payments::{
    MethodDetails, PaymentProvider, PaymentReading, ProviderPayment, ProviderPaymentStatus,
    SessionReading,
};
use providers::webhook_sender::{Reach, SenderLimits, WebhookSender};
use providers::{KomojuConfig, MailTransport, Secret};
use serde_json::{Value, json};
use store::db::Db;
use tokio::task::JoinSet;

use crate::figures::{float, rounded};
use crate::served::Programs;
use crate::{Measured, Wish, pgbench};

/// Connections to the database, as many as pgbench has.
const CONNECTIONS: u32 = 32;
/// Callers of `record_fact` at the same time: as many webhooks as a burst has under way.
const MANY: usize = 512;
/// Captures in one transaction, and transactions at the same time.
const BATCH: usize = BATCH_MAX;
const RECORDERS: usize = 4;
const PRICE: i64 = 3000;
const ONE_BY_ONE_MIN: f64 = 0.4;
const BATCHED_MIN: f64 = 2.0;

/// Orders that wait for their payment, as placing and opening the provider's page leave them.
const SEED: &str = include_str!("captures.sql");

type Work = Arc<Mutex<VecDeque<Answer>>>;

pub(crate) async fn measure(wish: &Wish, programs: &Programs) -> Result<Measured> {
    let data_dir = programs.fresh_data_dir("captures")?;
    let cluster = data_dir.cluster()?;
    let n = wish.captures;
    let url = cluster.url("postgres");
    let folder = data_dir.path().join("mail");
    // The load is part of what is measured, so it gets all processors, not the one thread of this program.
    let work = tokio::task::spawn_blocking(move || -> Result<(Found, Cluster)> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let found = runtime.block_on(record_all(&cluster, &url, &folder, n))?;
        Ok((found, cluster))
    });
    let (found, cluster) = work.await.context("recording captures")??;
    cluster.stop()?;
    Ok(report(n, &found))
}

/// Captures a second, by way of recording, and what `check` found afterwards.
struct Found {
    /// Each in a transaction of its own.
    alone: Rate,
    /// As pgbench's clients do: so many callers, each with one at a time; what meets is recorded together.
    one_by_one: Rate,
    gathered: Rate,
    batched: Rate,
    problems: Vec<String>,
}

/// Captures a second, and what pgbench did before and after: the machine swings, and what was measured lies between.
struct Rate {
    per_second: f64,
    reference: Option<(f64, f64)>,
}

impl Rate {
    fn ratio(&self) -> Option<f64> {
        let (before, after) = self.reference?;
        Some(rounded(self.per_second / f64::midpoint(before, after)))
    }

    fn line(&self, name: &str) -> String {
        let per_second = self.per_second;
        match self.reference.zip(self.ratio()) {
            Some(((before, after), ratio)) => format!(
                "{name} {per_second:.0} per second ({ratio} of pgbench: {before:.0} before, {after:.0} after)"
            ),
            None => format!(
                "{name} {per_second:.0} per second (pgbench is not installed: no reference)"
            ),
        }
    }

    fn figure(&self) -> Value {
        let reference = self.reference.map(|(before, after)| [rounded(before), rounded(after)]);
        json!({
            "per_second": rounded(self.per_second), "ratio": self.ratio(), "pgbench_per_second": reference,
        })
    }
}

async fn record_all(cluster: &Cluster, url: &str, folder: &Path, n: usize) -> Result<Found> {
    let db = Db::connect(url, CONNECTIONS).await?;
    db.migrate().await?;
    let deps = deps(db, folder)?;
    let mut bench =
        Bench { deps, cluster, n, reference: pgbench::transactions_per_second(cluster)? };
    let clients = CONNECTIONS.try_into()?;
    let alone = bench.time(clients, |deps, work| async move {
        while let Some(answer) = next(&work, 1).pop() {
            ensure!(record_batch(&deps, &[answer]).await == [Batched::Recorded], "not recorded");
        }
        Ok(())
    });
    let alone = alone.await?;
    let one_by_one = bench.time(clients, record_singly).await?;
    let gathered = bench.time(MANY, record_singly).await?;
    // A connection each, as pgbench's clients have: of many, the pool takes turns, and plans and caches are cold.
    bench.deps.db.close().await;
    bench.deps.db = Db::connect(url, RECORDERS.try_into()?).await?;
    let batched = bench.time(RECORDERS, |deps, work| async move {
        loop {
            let answers = next(&work, BATCH);
            if answers.is_empty() {
                return Ok(());
            }
            let outcomes = record_batch(&deps, &answers).await;
            ensure!(outcomes.iter().all(|it| *it == Batched::Recorded), "not recorded");
        }
    });
    let batched = batched.await?;
    let findings = operations::check::run(&bench.deps).await?;
    let problems = findings.iter().map(|it| format!("eventpay check: {it:?}")).collect();
    bench.deps.db.close().await;
    Ok(Found { alone, one_by_one, gathered, batched, problems })
}

async fn record_singly(deps: Deps, work: Work) -> Result<()> {
    while let Some(answer) = next(&work, 1).pop() {
        record_fact(&deps, answer.payment, &answer.reading, answer.cause).await?;
    }
    Ok(())
}

/// What is measured, and what pgbench did last.
struct Bench<'a> {
    deps: Deps,
    cluster: &'a Cluster,
    n: usize,
    reference: Option<f64>,
}

impl Bench<'_> {
    /// Captures a second when `n_workers` take them from a heap until it is gone.
    async fn time<F>(&mut self, n_workers: usize, record: impl Fn(Deps, Work) -> F) -> Result<Rate>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let work: Work = Arc::new(Mutex::new(seed(self.cluster, self.n)?));
        let since = Instant::now();
        let mut workers = JoinSet::new();
        for _ in 0..n_workers {
            workers.spawn(record(self.deps.clone(), Arc::clone(&work)));
        }
        while let Some(worker) = workers.join_next().await {
            worker??;
        }
        let per_second = float(self.n) / since.elapsed().as_secs_f64();
        // What the next way would otherwise find unfinished.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let before = self.reference;
        self.reference = pgbench::transactions_per_second(self.cluster)?;
        Ok(Rate { per_second, reference: before.zip(self.reference) })
    }
}

fn next(work: &Work, n: usize) -> Vec<Answer> {
    let mut work = work.lock().unwrap_or_else(PoisonError::into_inner);
    let n = work.len().min(n);
    work.drain(..n).collect()
}

/// Writes `n` orders that wait for their payment, and what the provider will say about each.
fn seed(cluster: &Cluster, n: usize) -> Result<VecDeque<Answer>> {
    let psql = |sql: String| -> Result<String> {
        let mut command = Command::new(cluster.binaries().path("psql"));
        command.arg(cluster.url("postgres")).args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            &sql,
        ]);
        let output = command.output().context("starting psql")?;
        ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    // Files of the write-ahead log are used again from here on, as on a cluster that has run for a while.
    psql("checkpoint".to_owned())?;
    psql(SEED.replace(":n", &n.to_string()))?;
    psql("vacuum analyze orders, payments, tickets".to_owned())?;
    let rows =
        psql("select payment_id, reference from payments where status = 'pending'".to_owned())?;
    rows.lines().map(answer).collect()
}

fn answer(row: &str) -> Result<Answer> {
    let (id, reference) = row.split_once('|').context("a payment without a reference")?;
    let session = SessionReading {
        id: format!("session-{reference}"),
        expired: false,
        cancelled: false,
        completed: true,
        hosted_url: None,
    };
    let details = MethodDetails {
        card_brand: Some("visa".to_owned()),
        card_last4: Some("1111".to_owned()),
        ..MethodDetails::default()
    };
    let payment = ProviderPayment {
        id: format!("payment-{reference}"),
        reference: Some(reference.to_owned()),
        status: ProviderPaymentStatus::Captured,
        amount: Money::yen(PRICE),
        method_fee: Money::yen(0),
        method: Some(PaymentMethod::CreditCard),
        details,
        deadline_at: None,
        captured_at: None,
        amount_refunded: Money::yen(0),
        refunds: Vec::new(),
        refund_requests: Vec::new(),
        failure_code: None,
    };
    let payment_id = PaymentId::from_uuid(id.parse().context("a payment's id")?);
    let reading = PaymentReading { session: Some(session), payment: Some(payment) };
    Ok(Answer { payment: payment_id, reading, cause: Cause::Question })
}

fn deps(db: Db, folder: &Path) -> Result<Deps> {
    let secret = || Secret::new("never used: nobody is asked here");
    let komoju = KomojuConfig::new("http://127.0.0.1:9", secret(), secret())?;
    let settings = Settings {
        public_url: "http://127.0.0.1".to_owned(),
        hold: time::Duration::minutes(15),
        alert_grace: time::Duration::minutes(domain::limits::ALERT_GRACE_MINUTES),
        files: Arc::new(object_store::memory::InMemory::new()),
        mail_from: "bench@example.com".to_owned(),
        administrators: Vec::new(),
        secret: String::new(),
        previous_secrets: Vec::new(),
        audit: operations::audit::archive::Retention::default(),
        requester: None,
        places_guard: PlacesGuard::On,
        crash_at: None,
    };
    Ok(Deps {
        db,
        provider: Arc::new(PaymentProvider::komoju(komoju)?),
        mail: Arc::new(MailTransport::Folder(folder.to_owned())),
        webhook_sender: Arc::new(WebhookSender::new(Reach::OpenInternet, SenderLimits::default())?),
        login: Arc::default(),
        clock: Clock::System,
        settings: Arc::new(settings),
        captures: Arc::default(),
    })
}

fn report(n: usize, found: &Found) -> Measured {
    let Found { alone, one_by_one, gathered, batched, problems } = found;
    Measured {
        lines: vec![
            alone.line("alone     "),
            one_by_one.line("one by one"),
            gathered.line("gathered  "),
            batched.line("batched   "),
        ],
        figures: json!({
            "captures": n,
            "alone": alone.figure(),
            "one_by_one": one_by_one.figure(),
            "gathered": gathered.figure(),
            "batched": batched.figure(),
            "goal": { "one_by_one_ratio": ONE_BY_ONE_MIN, "batched_ratio": BATCHED_MIN },
        }),
        problems: problems.clone(),
    }
}
