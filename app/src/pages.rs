//! Pages, rendered on the server only: they may ask `operations` directly.

pub mod account;
pub mod administrator;
pub mod credit_note;
pub mod frame;
pub mod not_found;
pub mod organizer;
pub mod participant;
pub mod visit;
