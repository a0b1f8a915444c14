//! The sandbox over real HTTP, as a shop, a buyer and a bank meet it.

#[cfg(test)]
mod api;
#[cfg(test)]
mod buyer;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod settlements;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod world;
