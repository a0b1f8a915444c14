//! Whether the time of an answer tells what exists: requests for something that is there and for something that is not,
//! in turns; requests of one kind, split in two, are the reference.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::figures::{Times, float, rounded};
use crate::http::{self, Connection};
use crate::served::{Programs, psql};
use crate::{Measured, Wish};

/// How far from one half the chance may be that the slower one of two answers is about what exists.
const TELLS_MAX: f64 = 0.05;
/// Addresses that are known; each is asked for twice at most, for links to one address are few.
const ASKED_EACH: usize = 2;
const WARMED_BY: usize = 50;

/// Answers about what exists, and about what does not.
#[derive(Debug, Default)]
struct Pair {
    there: Vec<Duration>,
    absent: Vec<Duration>,
}

pub(crate) async fn measure(wish: &Wish, programs: &Programs) -> Result<Measured> {
    let data_dir = programs.fresh_data_dir("timing")?;
    let served = programs.serve(&data_dir).await?;
    let demo = programs.demo(&data_dir)?;
    served.stop()?;
    let n_known = wish.pairs.div_ceil(ASKED_EACH);
    // Alone with its database: people who have an account.
    let cluster = data_dir.cluster()?;
    psql(
        &cluster,
        &format!(
            "insert into users (user_id, email, email_key, created_at)
             select gen_random_uuid(), 'known' || n || '@example.com', 'known' || n || '@example.com', now()
             from generate_series(1, {n_known}) n"
        ),
    )?;
    drop(cluster);
    let served = programs.serve(&data_dir).await?;
    let host = served.host.as_str();
    let key = demo.api_key.as_str();
    let logins = compare(host, wish.pairs, 302, |turn, is_there| {
        let who = if is_there { "known" } else { "nobody" };
        let number = turn.checked_div(ASKED_EACH).unwrap_or_default().saturating_add(1);
        login(host, &format!("{who}{number}@example.com"), turn)
    })
    .await?;
    // A key that is wrong at its end alone, and one that is wrong from its beginning.
    let keys = compare(host, wish.pairs, 401, |turn, is_near| {
        balances(host, &if is_near { near(key) } else { far(key, turn) }, turn)
    })
    .await?;
    served.stop()?;
    let mut problems = programs.check(&data_dir)?;
    let mut lines = Vec::new();
    let mut figures = serde_json::Map::new();
    for (name, pair) in [("login", logins), ("key", keys)] {
        let (tells, by_chance) = (pair.tells(), pair.by_chance());
        lines.push(format!("{name:<6} there {}", Times::new(pair.there.clone()).line()));
        lines.push(format!("       absent {}", Times::new(pair.absent.clone()).line()));
        lines.push(format!("       the slower is there: {tells} (of one kind: {by_chance})"));
        if (tells - 0.5).abs() > TELLS_MAX {
            problems.push(format!("{name}: the time of an answer tells what exists: {tells}"));
        }
        figures.insert(name.to_owned(), pair.json());
    }
    figures.insert("pairs".to_owned(), json!(wish.pairs));
    figures.insert("goal".to_owned(), json!({ "from_one_half": TELLS_MAX }));
    Ok(Measured { lines, figures: Value::Object(figures), problems })
}

/// Asks in turns over one connection, each of the two first as often as the other.
async fn compare(
    host: &str,
    n_pairs: usize,
    status: u16,
    request: impl Fn(usize, bool) -> Vec<u8>,
) -> Result<Pair> {
    let mut connection = Connection::open(host).await?;
    let mut pair = Pair::default();
    for turn in 0..n_pairs {
        let is_there_first = turn % 2 == 0;
        for is_there in [is_there_first, !is_there_first] {
            let request = request(turn, is_there);
            let since = Instant::now();
            let answer = connection.exchange(&request).await?;
            let took = since.elapsed();
            ensure!(answer.status == status, "answered {} instead of {status}", answer.status);
            if turn >= WARMED_BY {
                if is_there { pair.there.push(took) } else { pair.absent.push(took) }
            }
        }
    }
    Ok(pair)
}

/// Every pair comes from an address of its own: limits are counted by address.
fn address(turn: usize) -> String {
    format!("10.{}.{}.1", (turn / 250) % 250, turn % 250)
}

/// A form that asks for a login link.
fn login(host: &str, email: &str, turn: usize) -> Vec<u8> {
    let body = format!("email={}", email.replace('@', "%40"));
    let length = body.len().to_string();
    let (from, origin) = (address(turn), format!("http://{host}"));
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-length", length.as_str()),
        ("origin", origin.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("accept", "text/html"),
        ("x-forwarded-for", from.as_str()),
    ];
    let mut request = http::request("POST", host, "/api/account/request_login", &headers, None);
    request.extend(body.into_bytes());
    request
}

fn balances(host: &str, key: &str, turn: usize) -> Vec<u8> {
    let (authorization, from) = (format!("Bearer {key}"), address(turn));
    let headers = [("authorization", authorization.as_str()), ("x-forwarded-for", from.as_str())];
    http::request("GET", host, "/api/v1/ledger/balances", &headers, None)
}

fn near(key: &str) -> String {
    let (rest, last) = key.split_at(key.len().saturating_sub(1));
    format!("{rest}{}", if last == "a" { "b" } else { "a" })
}

fn far(key: &str, turn: usize) -> String {
    let (name, secret) = key.rsplit_once('_').unwrap_or(("", key));
    let digits = format!("{turn:08}").replace(['0', '1', '8', '9'], "z");
    let rest = secret.get(digits.len()..).unwrap_or_default();
    format!("{name}_{digits}{rest}")
}

impl Pair {
    /// How often, of one answer of each kind, the one about what exists takes longer: one half tells nothing.
    fn tells(&self) -> f64 {
        chance(&self.there, &self.absent)
    }

    /// The same between two halves of one kind.
    fn by_chance(&self) -> f64 {
        let (even, odd): (Vec<_>, Vec<_>) =
            self.absent.iter().copied().enumerate().partition(|(at, _)| at % 4 < 2);
        let times =
            |half: Vec<(usize, Duration)>| half.into_iter().map(|it| it.1).collect::<Vec<_>>();
        chance(&times(even), &times(odd))
    }

    fn json(&self) -> Value {
        json!({
            "there": Times::new(self.there.clone()).json(),
            "absent": Times::new(self.absent.clone()).json(),
            "slower_is_there": self.tells(),
            "reference": { "of_one_kind": self.by_chance() },
        })
    }
}

/// The chance that one of `some` is longer than one of `others`; equal ones count half.
fn chance(some: &[Duration], others: &[Duration]) -> f64 {
    let mut sorted = others.to_vec();
    sorted.sort_unstable();
    let longer = some.iter().map(|it| {
        let below = sorted.partition_point(|other| other < it);
        let not_above = sorted.partition_point(|other| other <= it);
        (float(below) + float(not_above)) / 2.0
    });
    rounded(longer.sum::<f64>() / (float(some.len()) * float(others.len())).max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_always_slower_tells_and_what_is_the_same_does_not() {
        let times =
            |all: &[u64]| all.iter().copied().map(Duration::from_millis).collect::<Vec<_>>();
        let (fast, slow) = (times(&[1, 2, 3]), times(&[4, 5, 6]));
        assert_eq!([chance(&slow, &fast), chance(&fast, &slow)], [1.0, 0.0]);
        assert_eq!(chance(&fast, &fast), 0.5);
    }

    #[test]
    fn keys_are_wrong_and_of_the_right_form() {
        let key = "ek_live_o7mle742hcretzvhvymybqe7knpgjias";
        assert_eq!(near(key), "ek_live_o7mle742hcretzvhvymybqe7knpgjiaa");
        assert_eq!(far(key, 120).len(), key.len());
        assert!(!far(key, 120).contains("o7mle742"));
    }
}
