//! The memory of the server's process, at rest and after it was busy.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::figures::{float, rounded};
use crate::served::Programs;
use crate::{Measured, Wish, http, load};

/// What the start leaves behind is given back by then, or never.
const RESTED: Duration = Duration::from_secs(10);
const BUSY: Duration = Duration::from_secs(8);
const GOAL_MB: f64 = 80.0;

pub(crate) async fn measure(wish: &Wish, programs: &Programs) -> Result<Measured> {
    let data_dir = programs.fresh_data_dir("idle-memory")?;
    let served = programs.serve(&data_dir).await?;
    let demo = programs.demo(&data_dir)?;
    tokio::time::sleep(RESTED).await;
    let idle = megabytes(served.resident_bytes()?);
    let path = format!("/e/{}", demo.slug);
    let request = http::request("GET", &served.host, &path, &[("accept-encoding", "br")], None);
    load::run(&served.host, &request, wish.connections, BUSY).await?;
    let busy = megabytes(served.resident_bytes()?);
    served.stop()?;
    Ok(Measured {
        lines: vec![format!(
            "{idle:.1} MB at rest (goal {GOAL_MB}), {busy:.1} MB after event pages"
        )],
        figures: json!({
            "idle_mb": idle,
            "after_pages_mb": busy,
            "goal": { "idle_mb": GOAL_MB },
        }),
        problems: Vec::new(),
    })
}

fn megabytes(bytes: u64) -> f64 {
    rounded(float(usize::try_from(bytes / 1024).unwrap_or(usize::MAX)) / 1024.0)
}
