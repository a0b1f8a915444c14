//! The files of 全銀協規定形式 that banks take and give: records of one length, one byte a letter (JIS X 0201).

pub mod record;
pub mod transfer;
