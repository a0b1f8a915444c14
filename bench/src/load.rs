//! Many connections that ask for the same page again and again.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::figures::{Times, float, rounded};
use crate::http::Connection;

/// Caches and pools fill before anything counts.
const WARM_UP: Duration = Duration::from_secs(1);

/// What the server managed.
#[derive(Debug)]
pub(crate) struct Pace {
    pub(crate) per_second: f64,
    pub(crate) times: Times,
}

/// Sends `request` over `n_connections`, each as soon as the answer before it has come; anything but 200 fails.
pub(crate) async fn run(
    host: &str,
    request: &[u8],
    n_connections: usize,
    counted: Duration,
) -> Result<Pace> {
    let from = Instant::now() + WARM_UP;
    let until = from + counted;
    let mut connections = JoinSet::new();
    for _ in 0..n_connections {
        let connection = Connection::open(host).await?;
        connections.spawn(ask_until(connection, request.to_vec(), from, until));
    }
    let mut times = Vec::new();
    while let Some(ended) = connections.join_next().await {
        times.extend(ended??);
    }
    let times = Times::new(times);
    ensure!(times.count() > 0, "nothing was answered");
    Ok(Pace { per_second: float(times.count()) / counted.as_secs_f64(), times })
}

async fn ask_until(
    mut connection: Connection,
    request: Vec<u8>,
    from: Instant,
    until: Instant,
) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    loop {
        let asked = Instant::now();
        let answer = connection.exchange(&request).await?;
        ensure!(answer.status == 200, "answered {}: {}", answer.status, answer.text());
        let answered = Instant::now();
        if answered >= until {
            return Ok(times);
        }
        if answered >= from {
            times.push(answered - asked);
        }
    }
}

impl Pace {
    pub(crate) fn json(&self) -> Value {
        let mut value = self.times.json();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("per_second".to_owned(), json!(rounded(self.per_second)));
            fields.insert("requests".to_owned(), json!(self.times.count()));
        }
        value
    }

    pub(crate) fn line(&self) -> String {
        format!("{:.0} per second, {}", self.per_second, self.times.line())
    }
}
