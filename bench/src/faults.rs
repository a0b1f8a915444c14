//! Orders while everything goes wrong: lost, doubled, late and reordered webhooks, a provider that fails and hangs, a
//! worker that is killed. What counts is what is true afterwards; the pace is told beside it.

use std::net::TcpListener;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use embedded_postgres::Cluster;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::figures::{float, rounded};
use crate::http::{self, Answer, Connection};
use crate::orders::CARD;
use crate::served::{Demo, Process, Programs, psql};
use crate::{Measured, Wish};

const BUYERS: usize = 16;
/// The switches change this often; doubling is on in one of five turns, hanging in one of twenty.
const TURN: Duration = Duration::from_millis(500);
/// A worker lives so long before it is killed, until everybody has paid.
const WORKER_LIVES: Range<Duration> = Duration::from_millis(500)..Duration::from_millis(7500);
/// Nobody spoke of a payment: the sweeper asks after 90 seconds, at most 500 payments a round.
const PATIENCE: Duration = Duration::from_secs(420);
const LOOKED_EVERY: Duration = Duration::from_millis(250);

/// What every buyer knows, and what all together did.
struct Fair {
    host: String,
    sandbox_host: String,
    demo: Demo,
    n_orders: usize,
    n_begun: AtomicUsize,
    /// Orders whose page the provider did not open when it was asked; their buyers come back.
    unopened: Mutex<Vec<String>>,
    /// Times that a request was answered by 5xx or not at all, and tried again.
    n_tried_again: AtomicUsize,
    is_over: AtomicBool,
}

/// What a run found.
struct Found {
    bought_after: Duration,
    settled_after: Duration,
    n_killed: usize,
    problems: Vec<String>,
}

pub(crate) async fn measure(wish: &Wish, programs: &Programs) -> Result<Measured> {
    let data_dir = programs.fresh_data_dir("faults")?;
    let cluster = data_dir.cluster()?;
    let (url, web, sandbox) = (cluster.url("postgres"), free_address()?, free_address()?);
    let public_url = format!("http://{web}");
    let environment = [
        ("DATABASE_URL", &url),
        ("EVENTPAY_LISTEN", &web),
        ("EVENTPAY_SANDBOX_LISTEN", &sandbox),
        ("EVENTPAY_PUBLIC_URL", &public_url),
    ]
    .map(|(name, value)| (name.to_owned(), value.clone()));
    let start = |part: &str| programs.start(&data_dir, part, &environment);
    let (provider, server) = (start("sandbox")?, start("web")?);
    answers(&web, "/healthz").await?;
    let fair = Arc::new(Fair {
        demo: programs.demo_with(&data_dir, &environment)?,
        host: web,
        sandbox_host: sandbox,
        n_orders: wish.faulty_orders,
        n_begun: AtomicUsize::new(0),
        unopened: Mutex::default(),
        n_tried_again: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
    });
    let (mut found, worker) = run(&fair, &cluster, || start("worker")).await?;
    found.problems = judge(&fair, &cluster, programs.check_with(&data_dir, &environment)?)?;
    for part in [worker, server, provider] {
        part.stop()?;
    }
    let measured = report(&fair, &cluster, found)?;
    cluster.stop()?;
    Ok(measured)
}

/// Everybody buys while everything goes wrong; ends when all is recorded, with the last worker still at work.
async fn run(
    fair: &Arc<Fair>,
    cluster: &Cluster,
    start_worker: impl Fn() -> Result<Process>,
) -> Result<(Found, Process)> {
    let since = Instant::now();
    let mut trouble = JoinSet::new();
    trouble.spawn(make_trouble(Arc::clone(fair)));
    let mut buying = JoinSet::new();
    buying.spawn(buy_all(Arc::clone(fair)));
    let mut n_killed: usize = 0;
    let mut worker = start_worker()?;
    let bought = loop {
        tokio::time::sleep(rand::random_range(WORKER_LIVES)).await;
        worker.kill()?;
        n_killed = n_killed.saturating_add(1);
        worker = start_worker()?;
        if let Some(bought) = buying.try_join_next() {
            break bought;
        }
    };
    bought??;
    let bought_after = since.elapsed();
    fair.is_over.store(true, Ordering::Relaxed);
    trouble.join_next().await.context("the switches are being turned")???;
    let settled_after = settle(fair, cluster, since).await?;
    Ok((Found { bought_after, settled_after, n_killed, problems: Vec::new() }, worker))
}

/// Everybody buys; then those come back whose page the provider did not open.
async fn buy_all(fair: Arc<Fair>) -> Result<()> {
    let mut buyers = JoinSet::new();
    for _ in 0..BUYERS {
        buyers.spawn(buy(Arc::clone(&fair)));
    }
    while let Some(buyer) = buyers.join_next().await {
        buyer??;
    }
    for id in fair.unopened() {
        buyers.spawn(come_back(Arc::clone(&fair), id));
    }
    while let Some(buyer) = buyers.join_next().await {
        buyer??;
    }
    Ok(())
}

fn report(fair: &Fair, cluster: &Cluster, found: Found) -> Result<Measured> {
    let Found { bought_after, settled_after, n_killed, problems } = found;
    let (bought_after, settled_after) = (bought_after.as_secs_f64(), settled_after.as_secs_f64());
    let [doubled, unheard, dead] =
        [DOUBLED, UNHEARD, DEAD].map(|sql| psql(cluster, sql).and_then(|n| Ok(n.parse::<u64>()?)));
    let (doubled, unheard, dead) = (doubled?, unheard?, dead?);
    let alerts: Value = serde_json::from_str(&psql(cluster, ALERTS)?)?;
    let (n, n_again) = (fair.n_orders, fair.n_tried_again.load(Ordering::Relaxed));
    Ok(Measured {
        lines: vec![
            format!(
                "{n} orders bought in {bought_after:.0} s, all recorded after {settled_after:.0} s"
            ),
            format!("the worker was killed {n_killed} times; buyers tried again {n_again} times"),
            format!("{doubled} webhooks came twice or more; of {unheard} payments none came"),
            format!("dead jobs: {dead}; alerts: {alerts}"),
        ],
        figures: json!({
            "orders": n,
            "bought_after_s": rounded(bought_after),
            "settled_after_s": rounded(settled_after),
            "per_second": rounded(float(n) / bought_after),
            "worker_killed": n_killed,
            "tried_again": n_again,
            "doubled_webhooks": doubled,
            "unheard_payments": unheard,
            "dead_jobs": dead,
            "alerts": alerts,
        }),
        problems,
    })
}

const DEAD: &str = "select count(*) from jobs where dead_at is not null";
const ALERTS: &str = "select coalesce(json_object_agg(rule, n), '{}')
    from (select rule, count(*) n from alerts group by rule) a";
const DOUBLED: &str = "select count(*) from webhook_events where n_deliveries > 1";
const UNHEARD: &str = "select count(*) from payments p where status = 'captured'
    and not exists (select from webhook_events w where w.payment_id = p.payment_id)";

/// An address that nobody listens on at the moment.
fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// Waits until a server answers.
async fn answers(host: &str, path: &str) -> Result<()> {
    let request = http::request("GET", host, path, &[], None);
    for _ in 0..600 {
        if let Ok(mut connection) = Connection::open(host).await
            && connection.exchange(&request).await.is_ok_and(|it| it.status == 200)
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("{host}{path} does not answer")
}

/// Turns the provider's switches while people buy; afterwards it behaves.
async fn make_trouble(fair: Arc<Fair>) -> Result<()> {
    let mut turn: u32 = 0;
    while !fair.is_over.load(Ordering::Relaxed) {
        let switches = json!({
            "drop_percent": 20, "reorder": true, "delay_ms": 150, "api_fail_percent": 5,
            "duplicate": u32::from(turn.is_multiple_of(5)),
            "api_timeout_percent": u32::from(turn.is_multiple_of(20)),
        });
        fair.behave(&switches).await?;
        turn = turn.wrapping_add(1);
        tokio::time::sleep(TURN).await;
    }
    fair.behave(&json!({})).await
}

/// One order after the other, each until it is paid at the provider.
async fn buy(fair: Arc<Fair>) -> Result<()> {
    loop {
        let number = fair.n_begun.fetch_add(1, Ordering::Relaxed);
        if number >= fair.n_orders {
            return Ok(());
        }
        let placed = fair.place(number).await?;
        let text = |name: &str| placed.get(name).and_then(Value::as_str).map(str::to_owned);
        let Some(pay_url) = text("pay_url") else {
            let id = text("id").context("a placed order without id")?;
            fair.unopened.lock().unwrap_or_else(PoisonError::into_inner).push(id);
            continue;
        };
        fair.pay(&pay_url).await?;
    }
}

/// Pays when the provider's page is open after all.
async fn come_back(fair: Arc<Fair>, id: String) -> Result<()> {
    let since = Instant::now();
    loop {
        let order = fair.ask("GET", &format!("/api/v1/orders/{id}"), None, &[]).await?.json()?;
        if let Some(pay_url) = order.get("pay_url").and_then(Value::as_str) {
            return fair.pay(pay_url).await;
        }
        ensure!(since.elapsed() < PATIENCE, "the page of {id} was never opened");
        tokio::time::sleep(TURN).await;
    }
}

/// Waits until every order is recorded as paid; answers how long that took from the start.
async fn settle(fair: &Fair, cluster: &Cluster, since: Instant) -> Result<Duration> {
    let from = Instant::now();
    loop {
        let paid = psql(cluster, "select count(*) from orders where status = 'paid'")?;
        if paid == fair.n_orders.to_string() {
            return Ok(since.elapsed());
        }
        ensure!(from.elapsed() < PATIENCE, "{paid} of {} orders are paid", fair.n_orders);
        tokio::time::sleep(LOOKED_EVERY).await;
    }
}

/// Nothing lost, nothing doubled, nothing that `check` does not like.
fn judge(fair: &Fair, cluster: &Cluster, mut problems: Vec<String>) -> Result<Vec<String>> {
    let n = fair.n_orders;
    let facts = [
        ("orders", "select count(*) from orders"),
        ("captured payments", "select count(*) from payments where status = 'captured'"),
        ("bookings of captures", "select count(*) from ledger_transactions where kind = 'capture'"),
        ("valid tickets", "select count(*) from tickets where status = 'valid'"),
        ("mails with tickets", "select count(*) from mails where kind = 'order_paid'"),
    ];
    for (what, sql) in facts {
        let found = psql(cluster, sql)?;
        if found != n.to_string() {
            problems.push(format!("{found} {what} for {n} orders"));
        }
    }
    Ok(problems)
}

impl Fair {
    fn unopened(&self) -> Vec<String> {
        std::mem::take(&mut self.unopened.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks until there is an answer that is none of trouble.
    async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        more: &[(&str, &str)],
    ) -> Result<Answer> {
        let bearer = format!("Bearer {}", self.demo.api_key);
        let headers = [&[("authorization", bearer.as_str())], more].concat();
        let request = http::request(method, &self.host, path, &headers, body);
        let since = Instant::now();
        loop {
            let answer = match Connection::open(&self.host).await {
                Ok(mut connection) => connection.exchange(&request).await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(answer) if answer.status < 500 && answer.status != 409 => return Ok(answer),
                _ => self.n_tried_again.fetch_add(1, Ordering::Relaxed),
            };
            ensure!(since.elapsed() < PATIENCE, "{method} {path} is not answered");
            tokio::time::sleep(LOOKED_EVERY).await;
        }
    }

    /// Places an order as a careful program does: with a key, so that trying again is the same wish.
    async fn place(&self, number: usize) -> Result<Value> {
        let path = format!("/api/v1/events/{}/orders", self.demo.event);
        let body = json!({
            "buyer": { "name": format!("Buyer {number}"), "email": format!("buyer{number}@example.com") },
            "tickets": [{ "ticket_type": self.demo.ticket_type, "quantity": 1 }],
            "method": "credit_card",
        });
        let key = format!("fair-{number}");
        let answer = self.ask("POST", &path, Some(&body), &[("idempotency-key", &key)]).await?;
        answer.json().context("placing an order")
    }

    async fn pay(&self, pay_url: &str) -> Result<()> {
        let path = pay_url.split('?').next().unwrap_or_default();
        let session = path.rsplit('/').next().unwrap_or_default();
        let path = format!("/sandbox/sessions/{session}/pay");
        let body = json!({ "method": "credit_card", "card": CARD });
        let request = http::request("POST", &self.sandbox_host, &path, &[], Some(&body));
        let answer = Connection::open(&self.sandbox_host).await?.exchange(&request).await?;
        answer.json().context("paying at the sandbox")?;
        Ok(())
    }

    async fn behave(&self, switches: &Value) -> Result<()> {
        let request =
            http::request("PUT", &self.sandbox_host, "/sandbox/behaviour", &[], Some(switches));
        let answer = Connection::open(&self.sandbox_host).await?.exchange(&request).await?;
        ensure!(answer.status < 300, "the switches are refused: {}", answer.status);
        Ok(())
    }
}
