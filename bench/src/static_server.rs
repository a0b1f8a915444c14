//! The fastest page this stack can serve: a constant of the same size, from a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

/// Serves until stdin ends, which is when whoever started it does.
pub(crate) fn serve(n_bytes: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let page = Bytes::from(vec![b'x'; n_bytes]);
        let answer = async move || ([(CONTENT_TYPE, "text/html; charset=utf-8")], page.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        let over = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        tokio::select! {
            served = axum::serve(listener, Router::new().route("/", get(answer))).into_future() => served?,
            _ = over => {}
        }
        Ok(())
    })
}

/// A running static server; dropping it stops it.
#[derive(Debug)]
pub(crate) struct StaticServer {
    process: Child,
    pub(crate) host: String,
}

impl StaticServer {
    pub(crate) fn start(n_bytes: usize) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["static-server", &n_bytes.to_string()]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdout = process.stdout.take().context("a pipe was asked for")?;
        let mut started = Self { process, host: String::new() };
        BufReader::new(stdout).read_line(&mut started.host)?;
        started.host.truncate(started.host.trim_end().len());
        Ok(started)
    }
}

impl Drop for StaticServer {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        if let Err(error) = self.process.wait() {
            eprintln!("warning: stopping the static server: {error}");
        }
    }
}
