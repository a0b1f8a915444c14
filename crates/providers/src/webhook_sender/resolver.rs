//! Resolves the names of receivers; a name that leads into a private network leads nowhere.

use std::net::SocketAddr;

use domain::network::is_open;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::webhook_sender::Reach;

/// The name leads to an address that is not on the open internet.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the name leads into a private network")]
pub(super) struct NotOpen;

/// Gives the client the addresses it may connect to. It connects to these and asks nobody again, so a name that leads
/// elsewhere a moment later changes nothing.
#[derive(Debug)]
pub(super) struct GuardedResolver {
    pub(super) reach: Reach,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Vec<SocketAddr> = found.collect();
            // One closed address spoils the name: which of them is taken is chance.
            let is_closed = addresses.iter().any(|address| !is_open(address.ip()));
            if is_closed && reach == Reach::OpenInternet {
                return Err(NotOpen.into());
            }
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_inside_leads_nowhere() {
        let resolve = async |reach| {
            let name: Name = "localhost".parse().unwrap();
            GuardedResolver { reach }.resolve(name).await.map(Iterator::count)
        };
        let refused = resolve(Reach::OpenInternet).await.unwrap_err();
        assert!(refused.is::<NotOpen>());
        assert!(resolve(Reach::Everywhere).await.unwrap() > 0);
    }
}
