//! A program that hands us secrets when we start, as the client of a key service does: they then stand in no file and no
//! environment.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::VARIABLES;

/// The variable that names the program.
pub(super) const NAME: &str = "EVENTPAY_SECRETS_COMMAND";
/// A key service that takes longer is taken for gone: whoever starts us tries again.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOKS_EVERY: Duration = Duration::from_millis(20);
/// All our secrets are a few hundred bytes.
const OUTPUT_BYTES_MAX: u64 = 64 * 1024;

/// Runs the program, without a shell, and reads the secret variables that it prints, `NAME=value` on each line. What it
/// says on its standard error goes to ours.
///
/// # Errors
/// With a problem that repeats nothing of what it printed.
pub(super) fn ask(command: &str) -> Result<BTreeMap<String, String>, String> {
    read(&output_of(command, PATIENCE)?)
}

fn output_of(command: &str, patience: Duration) -> Result<String, String> {
    let mut words = command.split_whitespace();
    let program = words.next().ok_or_else(|| format!("{NAME} must name a program"))?;
    let spawned =
        Command::new(program).args(words).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| format!("{NAME} could not be run: {error}"))?;
    let stdout = child.stdout.take();
    // Read beside the waiting: a program whose output nobody takes would never end.
    let reader = thread::spawn(move || {
        let mut text = String::new();
        stdout.map(|out| out.take(OUTPUT_BYTES_MAX).read_to_string(&mut text)).transpose()?;
        // One who still writes is told that nobody reads any more.
        std::io::Result::Ok(text)
    });
    let since = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if since.elapsed() < patience => thread::sleep(LOOKS_EVERY),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{NAME} did not end within {} s", patience.as_secs()));
            }
            Err(error) => return Err(format!("{NAME} could not be waited for: {error}")),
        }
    };
    if !status.success() {
        return Err(format!("{NAME} failed: {status}"));
    }
    match reader.join() {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(_)) | Err(_) => Err(format!("{NAME} printed what is no text")),
    }
}

fn read(output: &str) -> Result<BTreeMap<String, String>, String> {
    let mut secrets = BTreeMap::new();
    for (i, line) in output.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = i.saturating_add(1);
        let (name, value) =
            line.split_once('=').ok_or_else(|| format!("{NAME}: line {at} is not NAME=value"))?;
        if !VARIABLES.iter().any(|it| it.is_secret && it.name == name.trim()) {
            return Err(format!("{NAME}: line {at} names no secret variable"));
        }
        if secrets.insert(name.trim().to_owned(), value.trim().to_owned()).is_some() {
            return Err(format!("{NAME}: line {at} names a variable again"));
        }
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_from_what_a_program_prints() {
        let file = std::env::temp_dir().join(format!("eventpay-secrets-{}", std::process::id()));
        let text = "# from the vault\nEVENTPAY_SECRET=a=b c\n\n KOMOJU_SECRET_KEY = sk_x \n";
        std::fs::write(&file, text).unwrap();
        let secrets = ask(&format!("cat {}", file.display())).unwrap();
        std::fs::remove_file(&file).unwrap();
        let expected = [("EVENTPAY_SECRET", "a=b c"), ("KOMOJU_SECRET_KEY", "sk_x")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(secrets, expected.into_iter().collect());
    }

    #[test]
    fn what_cannot_be_used_is_told_without_repeating_it() {
        for (output, problem) in [
            ("hunter2", "line 1 is not NAME=value"),
            ("\nEVENTPAY_LISTEN=hunter2", "line 2 names no secret variable"),
            ("EVENTPAY_SECRET=a\nEVENTPAY_SECRET=hunter2", "line 2 names a variable again"),
        ] {
            let told = read(output).unwrap_err();
            assert!(told.ends_with(problem) && !told.contains("hunter2"), "{told}");
        }
        for (command, problem) in [
            (" ", "must name a program"),
            ("false", "failed"),
            ("/no/such/program", "could not be run"),
        ] {
            let told = ask(command).unwrap_err();
            assert!(told.contains(problem), "{told}");
        }
    }

    #[test]
    fn a_program_that_never_ends_is_not_waited_for() {
        let told = output_of("sleep 60", Duration::from_millis(100)).unwrap_err();
        assert!(told.contains("did not end"), "{told}");
    }

    /// A pipe holds 64 KiB: nobody waits for a program that waits for a reader.
    #[test]
    fn a_program_that_prints_too_much_is_refused_at_once() {
        let told = output_of("head -c 1000000 /dev/zero", PATIENCE).unwrap_err();
        assert!(!told.contains("did not end"), "{told}");
    }
}
