//! Mails: written down in the transaction that causes them, composed and sent by a job.
//!
//! A letter is composed when it is sent, from the order as it is then, so that the transaction of the money stays short
//! and no mail says what is no longer true.

pub mod compose;
pub mod enqueue;
pub mod html;
pub mod letter;
pub mod send;
pub mod text;
