//! The command line.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use domain::ids::JobId;
use operations::actor::Actor;
use operations::jobs;
use operations::reflection::{self, PROMISED_PERCENT, PROMISED_SECONDS, Reflection};
use operations::sealed::rotate::{self, ColumnReport};
use server::config::{self, Config, Origin};
use server::serve::{self, Role};
use server::{demo, logging};

mod accounts;

/// Pages and batches are many small pieces of memory, taken by one thread and given back by another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `check` looks at the payments of these days.
const REFLECTION_DAYS: time::Duration = time::Duration::days(30);

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
    Check {
        /// Only tells when each part was last checked by itself, and what was found.
        #[arg(long)]
        last: bool,
    },
    /// Lists the jobs that gave up after their last attempt, or gives one new attempts.
    DeadJobs {
        /// The job to try again.
        #[arg(long)]
        revive: Option<JobId>,
    },
    /// Takes all second factors from somebody who lost them, tells them by mail, and signs out their browsers. Make sure
    /// that it is them: from here on their mailbox alone opens the account.
    ForgetSecondFactors {
        /// The address that they log in with.
        address: String,
        /// How we know that it is them; kept in the audit log.
        #[arg(long)]
        reason: String,
    },
    /// Shuts an account: nobody logs in with it, its browsers are signed out, and keys that its owner made open nothing.
    DisableUser {
        /// The address that they log in with.
        address: String,
        /// Why; kept in the audit log.
        #[arg(long)]
        reason: String,
    },
    /// Opens an account again that was shut.
    EnableUser {
        /// The address that they log in with.
        address: String,
        /// Why; kept in the audit log.
        #[arg(long)]
        reason: String,
    },
    /// Seals anew, with the present secret, what earlier secrets sealed. Can be interrupted and run again.
    RotateSecret,
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
            Command::Check { last: false } => return check(&config).await,
            Command::Check { last: true } => return last_checks(&config).await,
            Command::DeadJobs { revive } => return dead_jobs(&config, revive).await,
            Command::ForgetSecondFactors { address, reason } => {
                return accounts::forget_second_factors(&config, &address, &reason).await;
            }
            Command::DisableUser { address, reason } => {
                return accounts::change_state(&config, &address, (true, &reason)).await;
            }
            Command::EnableUser { address, reason } => {
                return accounts::change_state(&config, &address, (false, &reason)).await;
            }
            Command::RotateSecret => return rotate_secret(&config).await,
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
    let reflection = reflection::lately(&deps, Some(REFLECTION_DAYS)).await;
    let sealed = rotate::look(&deps).await;
    database.close().await?;
    let findings = findings?;
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{}\t{}\t{}", finding.rule, finding.subject, finding.detail)?;
    }
    for column in sealed?.iter().filter(|it| it.n_previous > 0) {
        writeln!(out, "{}", hanging_line(column))?;
    }
    writeln!(out, "{}", reflection_line(reflection?))?;
    if findings.is_empty() {
        writeln!(out, "everything adds up")?;
        Ok(ExitCode::SUCCESS)
    } else {
        writeln!(out, "{} rows do not add up", findings.len())?;
        Ok(ExitCode::FAILURE)
    }
}

/// How fast payments showed here, beside the promise. A promise that is not kept is told, and no broken row.
fn reflection_line(reflection: Option<Reflection>) -> String {
    let Some(it) = reflection else { return "no payments in the last 30 days".to_owned() };
    let (whole, tenth) = (it.permille_in_time() / 10, it.permille_in_time() % 10);
    let p99 = it.seconds_p99.map_or("longer than 6 hours".to_owned(), |bound| format!("{bound} s"));
    let verdict = if it.is_kept() { "kept" } else { "NOT kept" };
    format!(
        "{whole}.{tenth} % of {} payments of the last 30 days showed within {PROMISED_SECONDS} s \
         (99 % within {p99}); promised {PROMISED_PERCENT} %: {verdict}",
        it.n_payments
    )
}

/// What still needs an earlier secret. It can be read, so nothing is broken: it is told.
fn hanging_line(it: &ColumnReport) -> String {
    let (column, n) = (it.column, it.n_previous);
    format!("{column}: {n} sealed with an earlier secret; `eventpay rotate-secret` seals them anew")
}

async fn rotate_secret(config: &Config) -> anyhow::Result<ExitCode> {
    let (deps, database) = serve::open_for_command(config).await?;
    let reports = rotate::rotate(&deps).await;
    database.close().await?;
    let mut out = std::io::stdout().lock();
    let mut n_unknown = 0;
    for it in reports? {
        let (column, sealed, present) = (it.column, it.n_resealed, it.n_present);
        writeln!(out, "{column}\t{sealed} sealed anew, {present} under the present secret")?;
        if it.n_unknown > 0 {
            writeln!(out, "{column}\t{} that no known secret opens", it.n_unknown)?;
            n_unknown += it.n_unknown;
        }
    }
    if n_unknown > 0 {
        writeln!(
            out,
            "EVENTPAY_PREVIOUS_SECRETS lacks the secret that sealed {n_unknown} of them"
        )?;
        return Ok(ExitCode::FAILURE);
    }
    writeln!(out, "what is left is named by `eventpay check`")?;
    Ok(ExitCode::SUCCESS)
}

async fn last_checks(config: &Config) -> anyhow::Result<ExitCode> {
    let (deps, database) = serve::open_for_command(config).await?;
    let runs = operations::check::last_runs(&deps).await;
    database.close().await?;
    let mut out = std::io::stdout().lock();
    let runs = runs?;
    if runs.is_empty() {
        writeln!(out, "nothing was checked by itself yet")?;
    }
    for run in runs {
        let n_findings = run.outcome.get("n_findings").and_then(serde_json::Value::as_i64);
        let found = n_findings.unwrap_or_default();
        writeln!(out, "{}\t{}\t{found} rows do not add up", run.name, run.ended_at)?;
    }
    Ok(ExitCode::SUCCESS)
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
            Origin::Command => "command",
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
