//! Requests, readings, the sender, and the whole story against the sandbox.

#[cfg(test)]
mod contract;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod readings;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod sender;
#[cfg(test)]
mod webhook_fuzz;
#[cfg(test)]
mod webhook_sender;
#[cfg(test)]
mod webhooks;

#[cfg(test)]
use providers::{KomojuConfig, Secret};

#[cfg(test)]
fn config() -> KomojuConfig {
    config_at(KomojuConfig::DEFAULT_URL)
}

#[cfg(test)]
fn config_at(url: &str) -> KomojuConfig {
    KomojuConfig::new(url, Secret::new("sk_test_x"), Secret::new("whsec_test")).unwrap()
}
