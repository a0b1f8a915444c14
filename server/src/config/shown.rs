//! The configuration as people read it, without its secrets.

use super::{VARIABLES, Variable, environment, handed_secrets};

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Environment,
    /// The program for secrets.
    Command,
    Default,
}

/// Stands for a secret.
const MASK: &str = "********";

/// Every variable with its value, secrets masked, and where it comes from: what `eventpay config` prints.
pub fn shown() -> Vec<(Variable, String, Origin)> {
    // That it failed is told with the other problems.
    let handed = handed_secrets().unwrap_or_default();
    let show = |variable: Variable| match environment(variable.name) {
        Ok(Some(value)) if !value.trim().is_empty() => {
            let value = if variable.is_secret { MASK.to_owned() } else { value };
            (variable, value, Origin::Environment)
        }
        Ok(_) | Err(_) if handed.contains_key(variable.name) => {
            (variable, MASK.to_owned(), Origin::Command)
        }
        Ok(_) | Err(_) => (variable, variable.default.to_owned(), Origin::Default),
    };
    VARIABLES.into_iter().map(show).collect()
}

/// The table of docs/configuration.md.
pub fn table() -> String {
    let mut table = String::from("| Variable | Default | Meaning |\n| --- | --- | --- |\n");
    for Variable { name, default, is_secret, meaning } in VARIABLES {
        let mark = if is_secret { " (secret)" } else { "" };
        table.push_str(&format!("| `{name}` | {default} | {meaning}{mark} |\n"));
    }
    table
}
