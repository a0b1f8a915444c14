//! The audit log: sealed into a chain after its lines were committed, verified, exported by day, archived, and shown.

pub mod archive;
pub mod chain;
pub mod changes;
pub mod csv;
pub mod export;
pub mod list;
pub mod manifest;
pub mod seal;
pub mod verify;
