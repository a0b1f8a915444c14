//! The command line.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use domain::ids::JobId;
use operations::actor::Actor;
use operations::jobs;
use server::config::{self, Config, Origin};
use server::serve::{self, Role};
use server::{demo, logging};

/// EventPay: tickets and money of events.
#[derive(Debug, Parser)]
#[command(name = "eventpay", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves everything: web, worker, and the embedded parts that the configuration leaves to us.
    Serve {
        /// Fills a demo organizer, event and orders the first time, and shows where to look.
        #[arg(long)]
        demo: bool,
    },
    /// Serves the web part only.
    Web,
    /// Works off jobs only.
    Worker,
    /// Brings the database up to this release.
    Migrate,
    /// Makes a fresh demo organizer with a key, a published event and one ticket type.
    Demo(demo::Wish),
    /// Serves the sandbox payment provider alone.
    Sandbox,
    /// Checks ledger, places, refunds and states; fails when something does not add up.
    Check,
    /// Lists the jobs that gave up after their last attempt, or gives one new attempts.
    DeadJobs {
        /// The job to try again.
        #[arg(long)]
        revive: Option<JobId>,
    },
    /// Shows the configuration and where it comes from.
    Config,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            // There may be no log yet, and a person waits at the terminal.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    if matches!(command, Command::Config) {
        return show_config();
    }
    let config = Config::from_environment()?;
    logging::start(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async {
        match command {
            Command::Serve { demo } => serve::serve(config, Role::All, demo).await?,
            Command::Web => serve::serve(config, Role::Web, false).await?,
            Command::Worker => serve::serve(config, Role::Worker, false).await?,
            Command::Migrate => migrate(&config).await?,
            Command::Demo(wish) => demo::make(&config, &wish).await?,
            Command::Sandbox => serve::serve_sandbox(&config).await?,
            Command::Check => return check(&config).await,
            Command::DeadJobs { revive } => return dead_jobs(&config, revive).await,
            Command::Config => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn migrate(config: &Config) -> anyhow::Result<()> {
    let (deps, database) = serve::open_for_command(config).await?;
    deps.db.migrate().await?;
    database.close().await
}

async fn check(config: &Config) -> anyhow::Result<ExitCode> {
    let (deps, database) = serve::open_for_command(config).await?;
    let findings = operations::check::run(&deps).await;
    database.close().await?;
    let findings = findings?;
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{}\t{}\t{}", finding.rule, finding.subject, finding.detail)?;
    }
    if findings.is_empty() {
        writeln!(out, "everything adds up")?;
        Ok(ExitCode::SUCCESS)
    } else {
        writeln!(out, "{} rows do not add up", findings.len())?;
        Ok(ExitCode::FAILURE)
    }
}

async fn dead_jobs(config: &Config, revive: Option<JobId>) -> anyhow::Result<ExitCode> {
    let (deps, database) = serve::open_for_command(config).await?;
    let mut out = std::io::stdout().lock();
    let mut code = ExitCode::SUCCESS;
    if let Some(job) = revive {
        if jobs::revive(&deps, Actor::System, job).await? {
            writeln!(out, "{job} will be tried again")?;
        } else {
            writeln!(out, "{job} is no dead job, or the same work waits already")?;
            code = ExitCode::FAILURE;
        }
    } else {
        for job in jobs::list_dead(&deps).await? {
            let error = job.last_error.unwrap_or_default();
            writeln!(out, "{}\t{}\t{}\t{}\t{error}", job.id, job.dead_at, job.kind, job.payload)?;
        }
    }
    database.close().await?;
    Ok(code)
}

fn show_config() -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    for (variable, value, origin) in config::shown() {
        let origin = match origin {
            Origin::Environment => "environment",
            Origin::Default => "default",
        };
        writeln!(out, "{:<32}{value:<44}({origin})", variable.name)?;
    }
    match Config::from_environment() {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(problems) => {
            writeln!(out, "\n{problems}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}
