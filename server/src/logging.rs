//! Log lines: JSON for machines, text for a terminal, on standard error.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Starts logging for this process.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log).context("reading EVENTPAY_LOG")?;
    let format = config.log_format.unwrap_or_else(|| {
        if std::io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json }
    });
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => {
            lines.json().flatten_event(true).with_current_span(true).with_span_list(false).init()
        }
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).init(),
    }
    Ok(())
}
