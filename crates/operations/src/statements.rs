//! Bank statements: read whole or refused whole, matched with orders where it is certain, proposed where it is not.

pub mod apply;
pub mod decide;
pub mod import;
pub mod matching;
pub mod page;
