//! Seconds from the start of the process until it is ready, with and without a data folder from before.

use anyhow::Result;
use serde_json::json;

use crate::Measured;
use crate::figures::{Times, rounded};
use crate::served::Programs;

const WARM_STARTS: usize = 3;

pub(crate) async fn measure(programs: &Programs) -> Result<Measured> {
    let data_dir = programs.fresh_data_dir("start")?;
    let served = programs.serve(&data_dir).await?;
    let fresh = rounded(served.ready_after.as_secs_f64());
    served.stop()?;
    let mut warm = Vec::new();
    for _ in 0..WARM_STARTS {
        let served = programs.serve(&data_dir).await?;
        warm.push(served.ready_after);
        served.stop()?;
    }
    let warm = Times::new(warm).percentile_ms(50) / 1000.0;
    Ok(Measured {
        lines: vec![format!("{fresh:.2} s on a fresh data folder, {warm:.2} s on one from before")],
        figures: json!({ "fresh_s": fresh, "warm_s": warm, "goal": { "warm_s": 5 } }),
        problems: Vec::new(),
    })
}
