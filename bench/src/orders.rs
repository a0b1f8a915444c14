//! Complete orders a second: placed over the API, paid at the sandbox, recorded as paid; pgbench is the reference.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::figures::{Times, float, rounded};
use crate::http::{self, Answer, Connection};
use crate::served::{DataDir, Demo, Programs, Served};
use crate::{Measured, Wish, pgbench};

/// A card that the sandbox accepts.
pub(crate) const CARD: &str = "4111111111111111";
/// One look counts all orders of the event, so it costs the same for any number of buyers, but more for more orders:
/// rarely enough that the looking is not what is measured.
const LOOKED_EVERY: Duration = Duration::from_millis(50);
/// When nothing more was paid for so long, orders are lost.
const PATIENCE: Duration = Duration::from_secs(30);
const PER_SECOND_MIN: f64 = 200.0;

/// An order that was paid at the provider.
struct Bought {
    id: String,
    placed_in: Duration,
    /// When the buyer pressed the button at the provider.
    pressed_at: SystemTime,
}

/// What every buyer knows.
pub(crate) struct Shop {
    host: String,
    sandbox_host: String,
    demo: Demo,
    /// A buyer comes in when another order was recorded as paid.
    room: Semaphore,
    n_begun: AtomicUsize,
    n_orders: usize,
    /// Times that the server asked for another try.
    n_busy: AtomicUsize,
}

/// What all the orders together tell.
struct Outcome {
    placing: Times,
    paid_after: Times,
    per_second: f64,
    problems: Vec<String>,
}

pub(crate) async fn measure(wish: &Wish, programs: &Programs) -> Result<Measured> {
    let data_dir = programs.fresh_data_dir("orders")?;
    let served = programs.serve(&data_dir).await?;
    let demo = programs.demo(&data_dir)?;
    let shop = Arc::new(Shop::new(&served, demo, wish.orders));
    shop.room.add_permits(wish.buyers);
    let mut outcome = sell(&shop, wish.buyers).await?;
    let behind = drain(&served).await?;
    outcome.problems.extend(programs.check(&data_dir)?);
    served.stop()?;
    let transactions = reference(&data_dir)?;
    Ok(report(wish, &shop, outcome, behind, transactions))
}

async fn sell(shop: &Arc<Shop>, n_buyers: usize) -> Result<Outcome> {
    let since = SystemTime::now();
    let mut buyers = JoinSet::new();
    for _ in 0..n_buyers {
        buyers.spawn(buy(Arc::clone(shop)));
    }
    let n_paid = watch(shop, &mut buyers).await?;
    let mut bought = Vec::new();
    while let Some(buyer) = buyers.join_next().await {
        bought.extend(buyer??);
    }
    let mut outcome = judge(shop, since, bought).await?;
    if n_paid != shop.n_orders {
        outcome.problems.push(format!("{n_paid} of {} orders were paid", shop.n_orders));
    }
    Ok(outcome)
}

/// One buyer after the other over the same two connections, until enough have come.
async fn buy(shop: Arc<Shop>) -> Result<Vec<Bought>> {
    let (mut api, mut sandbox) = shop.connections().await?;
    let mut bought = Vec::new();
    loop {
        shop.room.acquire().await?.forget();
        let number = shop.n_begun.fetch_add(1, Ordering::Relaxed);
        if number >= shop.n_orders {
            // The next in line shall see that it is over, too.
            shop.room.add_permits(1);
            return Ok(bought);
        }
        let asked = Instant::now();
        let placed = shop.place(&mut api, number).await?;
        let placed_in = asked.elapsed();
        let text = |name: &str| {
            let text = placed.get(name).and_then(Value::as_str).map(str::to_owned);
            text.with_context(|| format!("a placed order without {name}: {placed}"))
        };
        let pressed_at = SystemTime::now();
        shop.pay(&mut sandbox, &text("pay_url")?).await?;
        bought.push(Bought { id: text("id")?, placed_in, pressed_at });
    }
}

/// Lets the next buyer in for every order that was recorded as paid; ends when all were, or when no more come.
async fn watch(shop: &Shop, buyers: &mut JoinSet<Result<Vec<Bought>>>) -> Result<usize> {
    let mut api = Connection::open(&shop.host).await?;
    let mut n_paid: usize = 0;
    let mut last_news = Instant::now();
    while n_paid < shop.n_orders && last_news.elapsed() < PATIENCE {
        tokio::time::sleep(LOOKED_EVERY).await;
        let n = shop.count_paid(&mut api).await?;
        if n > n_paid {
            shop.room.add_permits(n.saturating_sub(n_paid));
            n_paid = n;
            last_news = Instant::now();
        }
        // A buyer who met an error must not be waited for.
        if shop.n_begun.load(Ordering::Relaxed) < shop.n_orders
            && let Some(ended) = buyers.try_join_next()
        {
            ended??;
            bail!("a buyer left too early");
        }
    }
    shop.room.add_permits(buyers.len());
    Ok(n_paid)
}

/// Reads every order again: paid, by one captured payment, and when.
async fn judge(shop: &Shop, since: SystemTime, bought: Vec<Bought>) -> Result<Outcome> {
    let mut api = Connection::open(&shop.host).await?;
    let mut problems = Vec::new();
    let mut paid_after = Vec::new();
    let mut last_paid_at = since;
    for order in &bought {
        let path = format!("/api/v1/orders/{}", order.id);
        let found = shop.ask(&mut api, "GET", &path, None).await?.json()?;
        let status =
            |it: &Value| it.get("status").and_then(Value::as_str).unwrap_or_default().to_owned();
        let payments = found.get("payments").and_then(Value::as_array).into_iter().flatten();
        let statuses: Vec<String> = payments.map(status).collect();
        if status(&found) != "paid" || statuses != ["captured"] {
            problems.push(format!("{} is {} with {statuses:?}", order.id, status(&found)));
            continue;
        }
        let paid_at = found.get("paid_at").and_then(Value::as_str).context("no paid_at")?;
        let paid_at = SystemTime::from(OffsetDateTime::parse(paid_at, &Rfc3339)?);
        paid_after.push(paid_at.duration_since(order.pressed_at).unwrap_or_default());
        last_paid_at = last_paid_at.max(paid_at);
    }
    ensure!(!paid_after.is_empty(), "no order was paid");
    let seconds = last_paid_at.duration_since(since)?.as_secs_f64();
    Ok(Outcome {
        per_second: float(paid_after.len()) / seconds,
        placing: Times::new(bought.iter().map(|it| it.placed_in).collect()),
        paid_after: Times::new(paid_after),
        problems,
    })
}

/// Seconds until the queue is empty: mails and the like that the orders left behind.
async fn drain(served: &Served) -> Result<f64> {
    let since = Instant::now();
    let mut connection = Connection::open(&served.host).await?;
    let request = http::request("GET", &served.host, "/readyz", &[], None);
    loop {
        let view: Value = serde_json::from_slice(&connection.exchange(&request).await?.body)?;
        let n_ready = view.pointer("/queue/ready").and_then(Value::as_u64);
        if n_ready == Some(0) {
            return Ok(rounded(since.elapsed().as_secs_f64()));
        }
        ensure!(since.elapsed() < Duration::from_secs(300), "the queue does not empty: {view}");
        tokio::time::sleep(LOOKED_EVERY).await;
    }
}

fn reference(data_dir: &DataDir) -> Result<Option<f64>> {
    let cluster = data_dir.cluster()?;
    let transactions = pgbench::transactions_per_second(&cluster);
    cluster.stop()?;
    transactions
}

fn report(
    wish: &Wish,
    shop: &Shop,
    outcome: Outcome,
    behind: f64,
    transactions: Option<f64>,
) -> Measured {
    let Outcome { placing, paid_after, per_second, problems } = outcome;
    let ratio = transactions.map(|it| rounded(per_second / it));
    let n_busy = shop.n_busy.load(Ordering::Relaxed);
    let reference = match (transactions, ratio) {
        (Some(transactions), Some(ratio)) => {
            format!("{ratio} of pgbench's {transactions:.0} transactions per second")
        }
        _ => "pgbench is not installed: no reference".to_owned(),
    };
    Measured {
        lines: vec![
            format!("{per_second:.0} orders per second with {} buyers ({reference})", wish.buyers),
            format!("placing       {}", placing.line()),
            format!("pay to paid   {}", paid_after.line()),
            format!(
                "the queue was empty {behind:.1} s after the last; asked to try again {n_busy} times"
            ),
        ],
        figures: json!({
            "buyers": wish.buyers,
            "orders": paid_after.count(),
            "per_second": rounded(per_second),
            "placing": placing.json(),
            "pay_to_paid": paid_after.json(),
            "queue_empty_after_s": behind,
            "busy": n_busy,
            "reference": { "pgbench_per_second": transactions.map(rounded) },
            "ratio": ratio,
            "goal": { "per_second": PER_SECOND_MIN },
        }),
        problems,
    }
}

impl Shop {
    /// Closed until somebody gives it room.
    pub(crate) fn new(served: &Served, demo: Demo, n_orders: usize) -> Self {
        Self {
            host: served.host.clone(),
            sandbox_host: served.sandbox_host.clone(),
            demo,
            room: Semaphore::new(0),
            n_begun: AtomicUsize::new(0),
            n_orders,
            n_busy: AtomicUsize::new(0),
        }
    }

    pub(crate) const fn n_orders(&self) -> usize {
        self.n_orders
    }

    /// To us and to the provider.
    pub(crate) async fn connections(&self) -> Result<(Connection, Connection)> {
        Ok((Connection::open(&self.host).await?, Connection::open(&self.sandbox_host).await?))
    }

    /// Orders that were recorded as paid.
    pub(crate) async fn count_paid(&self, api: &mut Connection) -> Result<usize> {
        let path = format!("/api/v1/events/{}/summary", self.demo.event);
        let summary = self.ask(api, "GET", &path, None).await?.json()?;
        let counts = summary.get("orders").and_then(Value::as_array).into_iter().flatten();
        let paid = counts.filter(|it| it.get("status").is_some_and(|it| it == "paid"));
        let n: u64 = paid.filter_map(|it| it.get("orders")?.as_u64()).sum();
        Ok(usize::try_from(n)?)
    }

    async fn ask(
        &self,
        connection: &mut Connection,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let bearer = format!("Bearer {}", self.demo.api_key);
        let headers = [("authorization", bearer.as_str())];
        let request = http::request(method, &self.host, path, &headers, body);
        connection.exchange(&request).await.with_context(|| format!("{method} {path}"))
    }

    /// Places an order; "busy, try again" is an answer the API may give, and buyers do.
    pub(crate) async fn place(&self, api: &mut Connection, number: usize) -> Result<Value> {
        let path = format!("/api/v1/events/{}/orders", self.demo.event);
        let body = json!({
            "buyer": { "name": format!("Buyer {number}"), "email": format!("buyer{number}@example.com") },
            "tickets": [{ "ticket_type": self.demo.ticket_type, "quantity": 1 }],
            "method": "credit_card",
        });
        loop {
            let answer = self.ask(api, "POST", &path, Some(&body)).await?;
            if answer.status != 503 {
                return answer.json().context("placing an order");
            }
            self.n_busy.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(LOOKED_EVERY).await;
        }
    }

    /// Pays on the provider's page, by its door for machines.
    pub(crate) async fn pay(&self, sandbox: &mut Connection, pay_url: &str) -> Result<()> {
        let path = pay_url.split('?').next().unwrap_or_default();
        let session = path.rsplit('/').next().unwrap_or_default();
        let path = format!("/sandbox/sessions/{session}/pay");
        let body = json!({ "method": "credit_card", "card": CARD });
        let request = http::request("POST", &self.sandbox_host, &path, &[], Some(&body));
        sandbox.exchange(&request).await?.json().context("paying at the sandbox")?;
        Ok(())
    }
}
