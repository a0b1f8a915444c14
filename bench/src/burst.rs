//! A burst of webhooks: payments whose messages were held back are told all at once, each of them twice; how fast every
//! message is accepted, and whether each payment is applied once.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use data_encoding::BASE64;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::figures::{Times, float, rounded};
use crate::http::{self, Connection};
use crate::orders::Shop;
use crate::served::{DataDir, Programs, Served, psql};
use crate::{Measured, Wish};

/// Buyers at the same time while the provider is silent.
const BUYERS: usize = 32;
/// Connections of the provider: as many as the sandbox sends from.
const SENDERS: usize = 32;
/// How often each message comes.
const COPIES: usize = 2;
const EVENTS_A_PAGE: usize = 100;
const LOOKED_EVERY: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(120);
const ACCEPTED_P99_MS_MAX: f64 = 50.0;

/// Requests that wait to be sent.
type Letters = Arc<Mutex<VecDeque<Vec<u8>>>>;

pub(crate) async fn measure(wish: &Wish, programs: &Programs) -> Result<Measured> {
    let data_dir = programs.fresh_data_dir("burst")?;
    let served = programs.serve(&data_dir).await?;
    let demo = programs.demo(&data_dir)?;
    let n_payments = wish.deliveries.div_ceil(COPIES);
    let shop = Arc::new(Shop::new(&served, demo, n_payments));
    let secrets = data_dir.secrets()?;
    behave(&served, &json!({ "drop_percent": 100 })).await?;
    buy_in_silence(&shop).await?;
    let letters = letters(&served, &secrets).await?;
    let n_letters = lock(&letters).len();
    let (accepted, since) = deliver(&served, letters).await?;
    let burst = since.elapsed();
    let applied = until_paid(&shop, since).await?;
    let mut problems = programs.check(&data_dir)?;
    served.stop()?;
    problems.extend(judge(&data_dir, n_payments)?);
    if n_letters != n_payments.saturating_mul(COPIES) {
        problems.push(format!("{n_letters} messages for {n_payments} payments"));
    }
    let per_second = rounded(float(n_letters) / burst.as_secs_f64());
    Ok(Measured {
        lines: vec![
            format!("{n_letters} deliveries over {SENDERS} connections, {per_second} per second"),
            format!("accepted      {}", accepted.line()),
            format!(
                "all {n_payments} payments applied {:.1} s after the first",
                applied.as_secs_f64()
            ),
        ],
        figures: json!({
            "deliveries": n_letters,
            "connections": SENDERS,
            "per_second": per_second,
            "accepted": accepted.json(),
            "payments": n_payments,
            "all_applied_after_s": rounded(applied.as_secs_f64()),
            "goal": { "accepted_p99_ms": ACCEPTED_P99_MS_MAX },
        }),
        problems,
    })
}

/// Places and pays; nobody is told.
async fn buy_in_silence(shop: &Arc<Shop>) -> Result<()> {
    let mut buyers = JoinSet::new();
    let begun = Arc::new(AtomicUsize::new(0));
    for _ in 0..BUYERS {
        let (shop, begun) = (Arc::clone(shop), Arc::clone(&begun));
        buyers.spawn(async move {
            let (mut api, mut sandbox) = shop.connections().await?;
            loop {
                let number = begun.fetch_add(1, Ordering::Relaxed);
                if number >= shop.n_orders() {
                    return anyhow::Ok(());
                }
                let placed = shop.place(&mut api, number).await?;
                let pay_url = placed.get("pay_url").and_then(Value::as_str);
                shop.pay(&mut sandbox, pay_url.context("a placed order without pay_url")?).await?;
            }
        });
    }
    while let Some(buyer) = buyers.join_next().await {
        buyer??;
    }
    Ok(())
}

/// What the provider would have said of captures, signed, each so often as it will come.
async fn letters(served: &Served, secrets: &Value) -> Result<Letters> {
    let secret = |name: &str| {
        let secret = secrets.get(name).and_then(Value::as_str);
        secret.with_context(|| format!("secrets.json holds no {name}"))
    };
    let (key, webhook_secret) = (secret("sandbox_secret_key")?, secret("sandbox_webhook_secret")?);
    let authorization = format!("Basic {}", BASE64.encode(format!("{key}:").as_bytes()));
    let mut connection = Connection::open(&served.sandbox_host).await?;
    let mut letters = VecDeque::new();
    let mut page: usize = 1;
    loop {
        let path = format!("/api/v1/events?page={page}&per_page={EVENTS_A_PAGE}");
        let headers = [("authorization", authorization.as_str())];
        let request = http::request("GET", &served.sandbox_host, &path, &headers, None);
        let list = connection.exchange(&request).await?.json()?;
        let events = list.get("data").and_then(Value::as_array).into_iter().flatten();
        for event in events.filter(|it| it.get("type").is_some_and(|it| it == "payment.captured")) {
            let signature = sandbox::sign(webhook_secret, event.to_string().as_bytes());
            let headers =
                [("x-komoju-event", "payment.captured"), ("x-komoju-signature", &signature)];
            let path = "/webhooks/komoju";
            let letter = http::request("POST", &served.host, path, &headers, Some(event));
            letters.extend(std::iter::repeat_n(letter, COPIES));
        }
        if list.get("last_page").and_then(Value::as_u64) <= u64::try_from(page).ok() {
            return Ok(Arc::new(Mutex::new(letters)));
        }
        page = page.saturating_add(1);
    }
}

/// Sends all as fast as they are accepted; answers how long each took, and when the first was sent.
async fn deliver(served: &Served, letters: Letters) -> Result<(Times, Instant)> {
    let mut connections = Vec::with_capacity(SENDERS);
    for _ in 0..SENDERS {
        connections.push(Connection::open(&served.host).await?);
    }
    let since = Instant::now();
    let mut senders = JoinSet::new();
    for mut connection in connections {
        let letters = Arc::clone(&letters);
        senders.spawn(async move {
            let mut times = Vec::new();
            while let Some(letter) = next(&letters) {
                let sent = Instant::now();
                let answer = connection.exchange(&letter).await?;
                times.push(sent.elapsed());
                ensure!(answer.is_success(), "a message was answered {}", answer.status);
            }
            Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(sender) = senders.join_next().await {
        times.extend(sender??);
    }
    Ok((Times::new(times), since))
}

fn next(letters: &Letters) -> Option<Vec<u8>> {
    lock(letters).pop_front()
}

fn lock(letters: &Letters) -> MutexGuard<'_, VecDeque<Vec<u8>>> {
    letters.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until every order is recorded as paid.
async fn until_paid(shop: &Shop, since: Instant) -> Result<Duration> {
    let (mut api, _) = shop.connections().await?;
    loop {
        let n_paid = shop.count_paid(&mut api).await?;
        if n_paid == shop.n_orders() {
            return Ok(since.elapsed());
        }
        ensure!(since.elapsed() < PATIENCE, "{n_paid} of {} orders are paid", shop.n_orders());
        tokio::time::sleep(LOOKED_EVERY).await;
    }
}

/// Every payment applied once.
fn judge(data_dir: &DataDir, n_payments: usize) -> Result<Vec<String>> {
    let facts = [
        ("captured payments", "select count(*) from payments where status = 'captured'"),
        ("bookings of captures", "select count(*) from ledger_transactions where kind = 'capture'"),
        ("valid tickets", "select count(*) from tickets where status = 'valid'"),
        ("mails with tickets", "select count(*) from mails where kind = 'order_paid'"),
        (
            "messages that came twice",
            "select count(*) from webhook_events where n_deliveries = 2 and kind = 'payment.captured'",
        ),
    ];
    let cluster = data_dir.cluster()?;
    let mut problems = Vec::new();
    for (what, sql) in facts {
        let found = psql(&cluster, sql)?;
        if found != n_payments.to_string() {
            problems.push(format!("{found} {what} for {n_payments} payments"));
        }
    }
    cluster.stop()?;
    Ok(problems)
}

async fn behave(served: &Served, switches: &Value) -> Result<()> {
    let path = "/sandbox/behaviour";
    let request = http::request("PUT", &served.sandbox_host, path, &[], Some(switches));
    let answer = Connection::open(&served.sandbox_host).await?.exchange(&request).await?;
    ensure!(answer.is_success(), "the switches are refused: {}", answer.status);
    Ok(())
}
