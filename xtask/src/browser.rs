//! Runs the browser tests against a server started for them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::run::build_server;
use crate::serving::Server;
use crate::site::{self, Kind};
use crate::test::Counts;
use crate::tools::{self, Repository};

pub(crate) fn test(repository: &Repository) -> Result<Counts> {
    ensure_browser()?;
    tools::ensure_node_modules(repository)?;
    build_server(repository, Kind::Dev)?;
    let site_dir = site::build(repository, Kind::Dev)?;
    let server = Server::start(repository, &site_dir, "e2e")?;
    let report = repository.target.join("e2e-report.json");
    let _ = fs::remove_file(&report);
    let mut playwright = repository.command("npx");
    playwright.current_dir(repository.root.join("end2end"));
    playwright.args(["--no-install", "playwright", "test"]);
    playwright.env("EVENTPAY_URL", server.url()).env("EVENTPAY_E2E_REPORT", &report);
    // Tests make their own organizers by `eventpay demo` beside the serving process.
    server.share_settings_with(&mut playwright);
    let result = tools::run(&mut playwright);
    drop(server);
    match fs::read_to_string(&report) {
        Ok(report) => read_report(&report),
        Err(_) => result.map(|()| Counts::default()),
    }
}

fn ensure_browser() -> Result<()> {
    if tools::in_path("npm").is_none() {
        tools::apt_install(&["nodejs", "npm"])?;
    }
    let programs = ["chromium", "chromium-browser", "google-chrome"];
    let is_there = programs.iter().any(|it| tools::in_path(it).is_some())
        || std::env::var_os("CHROMIUM_PATH").is_some()
        || Path::new("/Applications/Google Chrome.app").exists();
    if !is_there {
        tools::apt_install(&["chromium"])?;
    }
    let has_fonts = Path::new("/usr/share/fonts/opentype/noto").exists();
    if Path::new("/usr/share/fonts").exists() && !has_fonts {
        // Pages would be laid out with boxes for letters; not a reason to give up where we may not install.
        if let Err(error) = tools::apt_install(&["fonts-noto-cjk"]) {
            println!("  {error:#}");
        }
    }
    Ok(())
}

fn read_report(report: &str) -> Result<Counts> {
    let report: serde_json::Value = serde_json::from_str(report).context("reading the report")?;
    let count = |name: &str| {
        let value = report.pointer(&format!("/stats/{name}")).and_then(|it| it.as_u64());
        value.and_then(|it| usize::try_from(it).ok()).unwrap_or(0)
    };
    // Errors outside a test, such as a file that does not load.
    let errors = report.get("errors").and_then(|it| it.as_array()).map_or(0, Vec::len);
    Ok(Counts {
        passed: count("expected"),
        failed: count("unexpected").saturating_add(count("flaky")).saturating_add(errors),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flaky_browser_test_is_a_failed_one() {
        let report = r#"{"stats":{"expected":3,"unexpected":1,"flaky":1,"skipped":2},"errors":[]}"#;
        assert_eq!(read_report(report).unwrap(), Counts { passed: 3, failed: 2 });
    }
}
