//! The organizer's list of an event's orders: searched, filtered, page by page.

use domain::ids::{EventId, OrderId};
use domain::limits::LINE_CHARS_MAX;
use domain::order::OrderStatus;
use domain::permission::Permission;
use store::error::StoreError;
use store::events::{self, Event};
use store::read::order_list::{self, OrderFilter};
pub use store::read::order_list::{OrderListLine, PageStart};

use crate::Deps;
use crate::actor::OrganizerAccess;

/// Orders of one page.
pub const PAGE_ORDERS: i64 = 50;
/// Words of a search that are looked at.
const WORDS_MAX: usize = 6;

/// Why orders were not shown.
#[derive(Debug, thiserror::Error)]
pub enum ListOrdersError {
    #[error("no such event")]
    NotFound,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for ListOrdersError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct OrderQuery {
    /// As typed: the beginnings of names, addresses or codes.
    pub search: String,
    /// None means every status.
    pub statuses: Vec<OrderStatus>,
    pub start: PageStart,
}

/// A page of orders and the ways on.
#[derive(Debug, Clone)]
pub struct OrderPage {
    pub event: Event,
    pub orders: Vec<OrderListLine>,
    /// Where the page of older orders begins, if there is one.
    pub older: Option<OrderId>,
    /// Where the page of newer orders ends, if there is one.
    pub newer: Option<OrderId>,
    /// How many orders of each status the event has, whatever is searched.
    pub counts: Vec<(OrderStatus, i64)>,
}

/// One page of the event's orders, newest first.
///
/// # Errors
/// [`ListOrdersError::NotFound`].
pub async fn list(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    query: &OrderQuery,
) -> Result<OrderPage, ListOrdersError> {
    let mut conn = deps.db.acquire().await?;
    let found =
        events::get_for_organizer(&mut conn, access.organizer_for(Permission::ViewOrders)?, event)
            .await?;
    let filter = filter(query);
    let wanted = PAGE_ORDERS + 1;
    let mut orders = order_list::list(
        &mut conn,
        access.organizer_for(Permission::ViewOrders)?,
        event,
        &filter,
        query.start,
        wanted,
    )
    .await?;
    let has_more = i64::try_from(orders.len()).is_ok_and(|n| n == wanted);
    if has_more {
        // The one too many stands at the far end of the direction that was walked.
        match query.start {
            PageStart::NewerThan(_) => {
                orders.remove(0);
            }
            PageStart::Newest | PageStart::OlderThan(_) => {
                orders.pop();
            }
        }
    }
    let (has_older, has_newer) = match query.start {
        PageStart::Newest => (has_more, false),
        PageStart::OlderThan(_) => (has_more, true),
        PageStart::NewerThan(_) => (true, has_more),
    };
    let counts = order_list::count_by_status(&mut conn, event).await?;
    let edge = |order: Option<&OrderListLine>, is_there: bool| {
        order.filter(|_| is_there).map(|order| order.id)
    };
    Ok(OrderPage {
        event: found,
        older: edge(orders.last(), has_older),
        newer: edge(orders.first(), has_newer),
        orders,
        counts,
    })
}

/// Splits what was typed into words as they are kept: lower-case, half-width where people mix the widths.
pub(crate) fn filter(query: &OrderQuery) -> OrderFilter {
    let words = query
        .search
        .chars()
        .take(LINE_CHARS_MAX)
        .map(half_width)
        .filter(|c| !c.is_control() || *c == ' ')
        .collect::<String>()
        .to_lowercase()
        .split_whitespace()
        .take(WORDS_MAX)
        .map(str::to_owned)
        .collect();
    OrderFilter { statuses: query.statuses.clone(), words }
}

fn half_width(c: char) -> char {
    match c {
        '\t' => ' ',
        '！'..='～' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_looked_for_as_they_are_kept() {
        let query = OrderQuery {
            search: "　Ｋ７Ｍ２Ｑ  佐藤\tSATO@".to_owned(),
            ..OrderQuery::default()
        };
        assert_eq!(filter(&query).words, ["k7m2q", "佐藤", "sato@"]);
        let empty = OrderQuery { search: " \0\u{3000}".to_owned(), ..OrderQuery::default() };
        assert!(filter(&empty).words.is_empty());
    }
}
