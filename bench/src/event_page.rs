//! How many event pages a second, and how long each takes; a static page of the same size is the reference.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::figures::rounded;
use crate::http::{self, Connection};
use crate::served::Programs;
use crate::static_server::StaticServer;
use crate::{Measured, Wish, load};

/// Over which the measured page is not to be.
const P95_MS_MAX: f64 = 20.0;
const PER_SECOND_MIN: f64 = 4000.0;

pub(crate) async fn measure(wish: &Wish, programs: &Programs) -> Result<Measured> {
    let counted = Duration::from_secs(wish.seconds);
    let data_dir = programs.fresh_data_dir("event-page")?;
    let served = programs.serve(&data_dir).await?;
    let demo = programs.demo(&data_dir)?;
    let host = &served.host;
    let path = format!("/e/{}", demo.slug);
    let page = |encoding| {
        let headers =
            [("accept", "text/html"), ("accept-language", "ja"), ("accept-encoding", encoding)];
        http::request("GET", host, &path, &headers, None)
    };
    let answer = Connection::open(host).await?.exchange(&page("identity")).await?;
    ensure!(answer.status == 200, "{path} answered {}", answer.status);
    let n_bytes = answer.body.len();
    let pages = load::run(host, &page("identity"), wish.connections, counted).await?;
    let compressed = load::run(host, &page("br"), wish.connections, counted).await?;
    served.stop()?;
    let reference = StaticServer::start(n_bytes)?;
    let request = http::request("GET", &reference.host, "/", &[], None);
    let fastest = load::run(&reference.host, &request, wish.connections, counted).await?;
    let ratio = rounded(pages.per_second / fastest.per_second);
    Ok(Measured {
        lines: vec![
            format!("event page    {} ({ratio} of the static page)", pages.line()),
            format!("  by brotli   {}", compressed.line()),
            format!("static page   {} ({n_bytes} bytes)", fastest.line()),
        ],
        figures: json!({
            "connections": wish.connections,
            "page_bytes": n_bytes,
            "pages": pages.json(),
            "pages_by_brotli": compressed.json(),
            "reference": { "static_page": fastest.json() },
            "ratio": ratio,
            "goal": { "per_second": PER_SECOND_MIN, "p95_ms": P95_MS_MAX },
        }),
        problems: Vec::new(),
    })
}
