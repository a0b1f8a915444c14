//! The doors that are not pages or forms.

pub mod api;
pub mod assets;
pub mod audit_files;
pub mod dev_mail;
pub mod evidence_files;
pub mod health;
pub mod live;
pub mod organizer_files;
pub mod own_data;
pub mod participant_files;
pub mod payout_files;
pub mod statement_files;
pub mod webhooks;
