//! A ticket type: what one place costs, when it is on sale, how many one order may hold.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::ids::TicketTypeId;
use crate::money::Money;
use crate::tax::TaxRate;

/// What decides whether and for how much a ticket type can be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleTerms {
    pub ticket_type: TicketTypeId,
    /// Tax included.
    pub price: Money,
    pub tax_rate: TaxRate,
    pub sales_start_at: Option<OffsetDateTime>,
    pub sales_end_at: Option<OffsetDateTime>,
    pub per_order_min: u32,
    pub per_order_max: u32,
}

/// Whether a ticket type can be bought at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SaleState {
    NotYet,
    Open,
    Ended,
}

impl SaleTerms {
    /// Whether it is on sale at `now`; the end of the window is no longer inside it.
    pub fn state(&self, now: OffsetDateTime) -> SaleState {
        if self.sales_start_at.is_some_and(|start| now < start) {
            SaleState::NotYet
        } else if self.sales_end_at.is_some_and(|end| end <= now) {
            SaleState::Ended
        } else {
            SaleState::Open
        }
    }
}
