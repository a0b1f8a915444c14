//! The secret of a login link, derived from a seed: the mail that waits to be sent holds the seed, which opens nothing.

use crate::{Settings, derived};

/// The token of `seed`: the same for every attempt to send the mail, and not to be guessed without our secret.
pub(crate) fn of_seed(settings: &Settings, seed: &str) -> String {
    derived::token(settings, "login-link", seed)
}
