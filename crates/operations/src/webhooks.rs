//! A provider's messages: stored first, acted on later, and never believed without asking.

pub mod process;
pub mod receive;
pub mod replay;
