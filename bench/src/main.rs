//! Measures a release build against references taken in the same run; `cargo xtask bench` starts it.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::float_arithmetic,
    reason = "a command line tool that computes figures for people to read"
)]

mod burst;
mod captures;
mod event_page;
mod faults;
mod figures;
mod first_load;
mod http;
mod idle_memory;
mod load;
mod machine;
mod orders;
mod pgbench;
mod served;
mod start;
mod static_server;
mod timing;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Parser, Subcommand};
use serde_json::{Map, Value, json};

use crate::served::Programs;

/// As the server's: recording captures here takes the memory that it would take there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures EventPay.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs benchmarks: one line of JSON on stdout, a table on stderr.
    Run(Wish),
    /// Answers a page of BYTES bytes until stdin ends: what event pages are compared with.
    StaticServer { bytes: usize },
}

/// What shall be measured, and how.
#[derive(Debug, Args)]
pub(crate) struct Wish {
    /// The names of benchmarks; all when there are none.
    names: Vec<String>,
    /// The release build of `eventpay`.
    #[arg(long)]
    eventpay: PathBuf,
    /// The release site.
    #[arg(long)]
    site: PathBuf,
    /// A folder for databases and logs.
    #[arg(long)]
    work_dir: PathBuf,
    /// `event_page`: connections that are kept open.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// `event_page`: seconds that count; one before them does not.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// `orders`: buyers at the same time.
    #[arg(long, default_value_t = 32)]
    buyers: usize,
    /// `orders`: orders in all.
    #[arg(long, default_value_t = 2000)]
    orders: usize,
    /// `captures`: payments for each way of recording.
    #[arg(long, default_value_t = 20_000)]
    captures: usize,
    /// `burst`: webhooks in all.
    #[arg(long, default_value_t = 10_000)]
    deliveries: usize,
    /// `faults`: orders in all.
    #[arg(long, default_value_t = 5000)]
    faulty_orders: usize,
    /// `timing`: pairs of requests.
    #[arg(long, default_value_t = 4000)]
    pairs: usize,
}

/// What a benchmark found.
#[derive(Debug)]
pub(crate) struct Measured {
    /// For programs.
    pub(crate) figures: Value,
    /// For people.
    pub(crate) lines: Vec<String>,
    /// What is wrong, beyond being slow.
    pub(crate) problems: Vec<String>,
}

const NAMES: [&str; 9] = [
    "start",
    "idle_memory",
    "first_load",
    "event_page",
    "orders",
    "captures",
    "burst",
    "faults",
    "timing",
];

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(wish) => run(&wish),
        Command::StaticServer { bytes } => static_server::serve(bytes).map(|()| true),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing was wrong.
fn run(wish: &Wish) -> Result<bool> {
    for name in &wish.names {
        let all = NAMES.join(", ");
        ensure!(NAMES.contains(&name.as_str()), "no benchmark is called `{name}`: {all}");
    }
    // One thread: the load must leave the processors to what it measures.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    let programs = Programs::new(&wish.eventpay, &wish.site, &wish.work_dir)?;
    let mut found = Map::new();
    let mut problems = Vec::new();
    for name in NAMES {
        if !wish.names.is_empty() && !wish.names.iter().any(|it| it == name) {
            continue;
        }
        eprintln!("- {name} …");
        match runtime.block_on(measure(name, wish, &programs)) {
            Ok(measured) => {
                measured.lines.iter().for_each(|line| eprintln!("    {line}"));
                problems.extend(measured.problems.into_iter().map(|it| format!("{name}: {it}")));
                found.insert(name.to_owned(), measured.figures);
            }
            Err(error) => problems.push(format!("{name}: {error:#}")),
        }
    }
    problems.iter().for_each(|problem| eprintln!("problem: {problem}"));
    let is_fine = problems.is_empty();
    let document = json!({
        "machine": machine::describe(),
        "revision": machine::revision(),
        "benchmarks": found,
        "problems": problems,
    });
    println!("{document}");
    Ok(is_fine)
}

async fn measure(name: &str, wish: &Wish, programs: &Programs) -> Result<Measured> {
    match name {
        "start" => start::measure(programs).await,
        "idle_memory" => idle_memory::measure(wish, programs).await,
        "first_load" => first_load::measure(programs).await,
        "event_page" => event_page::measure(wish, programs).await,
        "orders" => orders::measure(wish, programs).await,
        "captures" => captures::measure(wish, programs).await,
        "burst" => burst::measure(wish, programs).await,
        "timing" => timing::measure(wish, programs).await,
        _ => faults::measure(wish, programs).await,
    }
}
