//! What a first visit to an event page brings over the wire: page, style, JavaScript and wasm, by brotli.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::Measured;
use crate::http::{self, Answer, Connection};
use crate::served::Programs;

const GOAL_BYTES: usize = 150_000;
const LIMIT_BYTES: usize = 180_000;

/// One file of the visit.
struct Loaded {
    path: String,
    n_wire_bytes: usize,
    n_bytes: usize,
}

pub(crate) async fn measure(programs: &Programs) -> Result<Measured> {
    let data_dir = programs.fresh_data_dir("first-load")?;
    let served = programs.serve(&data_dir).await?;
    let demo = programs.demo(&data_dir)?;
    let mut visit = Visit {
        connection: Connection::open(&served.host).await?,
        host: served.host.clone(),
        loaded: Vec::new(),
        problems: Vec::new(),
    };
    let page = visit.load(&format!("/e/{}", demo.slug)).await?.text();
    let named = quoted(&page, &['"', '\'']);
    let assets = named.filter(|it| it.starts_with("/pkg/") || *it == "/boot.js");
    for asset in assets.collect::<BTreeSet<_>>() {
        let text = visit.load(asset).await?.text();
        if asset.ends_with(".js") {
            // Pieces that wasm-bindgen imports beside its own file.
            let pieces =
                quoted(&text, &['"', '\'']).filter_map(|it| it.strip_prefix("./snippets/"));
            for piece in pieces.collect::<BTreeSet<_>>() {
                visit.load(&format!("/pkg/snippets/{piece}")).await?;
            }
        }
    }
    drop(visit.connection);
    served.stop()?;
    let mut problems = visit.problems;
    for kind in [".css", ".js", ".wasm"] {
        if !visit.loaded.iter().any(|it| it.path.ends_with(kind)) {
            problems.push(format!("the page names no {kind} file"));
        }
    }
    let sum: usize = visit.loaded.iter().map(|it| it.n_wire_bytes).sum();
    let wasm = visit.loaded.iter().find(|it| it.path.ends_with(".wasm"));
    let wasm_raw = wasm.map(|it| it.n_bytes);
    let line = |it: &Loaded| format!("{:>9} {:>9}  {}", it.n_wire_bytes, it.n_bytes, it.path);
    let mut lines = vec![format!("{:>9} {:>9}", "on wire", "raw")];
    lines.extend(visit.loaded.iter().map(line));
    lines.push(format!("{sum:>9} bytes in all (goal {GOAL_BYTES}, limit {LIMIT_BYTES})"));
    let file = |it: &Loaded| json!({ "path": it.path, "wire_bytes": it.n_wire_bytes, "bytes": it.n_bytes });
    Ok(Measured {
        figures: json!({
            "files": visit.loaded.iter().map(file).collect::<Vec<_>>(),
            "wire_bytes": sum,
            "wasm_bytes": wasm_raw,
            "goal": { "wire_bytes": GOAL_BYTES, "limit_wire_bytes": LIMIT_BYTES },
        }),
        lines,
        problems,
    })
}

struct Visit {
    connection: Connection,
    host: String,
    loaded: Vec<Loaded>,
    problems: Vec<String>,
}

impl Visit {
    /// Loads a file as a browser does, notes its size, and gives it as it is without compression.
    async fn load(&mut self, path: &str) -> Result<Answer> {
        let compressed = self.get(path, "br").await?;
        let plain = self.get(path, "identity").await?;
        if compressed.status != 200 {
            self.problems.push(format!("{path} answered {}", compressed.status));
        } else if compressed.encoding != "br" {
            self.problems.push(format!("{path} is sent without compression"));
        }
        self.loaded.push(Loaded {
            path: path.to_owned(),
            n_wire_bytes: compressed.body.len(),
            n_bytes: plain.body.len(),
        });
        Ok(plain)
    }

    async fn get(&mut self, path: &str, encoding: &str) -> Result<Answer> {
        let headers = [("accept-encoding", encoding), ("accept-language", "ja")];
        let request = http::request("GET", &self.host, path, &headers, None);
        self.connection.exchange(&request).await.with_context(|| format!("getting {path}"))
    }
}

/// Every piece of text that stands between quotes, or between a quote and something else.
fn quoted<'a>(text: &'a str, quotes: &'a [char]) -> impl Iterator<Item = &'a str> {
    text.split(quotes)
}
