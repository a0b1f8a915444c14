//! Settlements of the provider: asked for, kept, compared line by line, and booked so that the clearing account explains
//! itself.

pub mod import;
mod keep;
pub mod list;
