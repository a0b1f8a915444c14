//! The event's orders as a CSV file that Excel opens in Japanese: UTF-8 with its mark, CRLF, streamed page by page.

use bytes::Bytes;
use domain::ids::{EventId, OrderId, OrganizerId};
use domain::money::Money;
use domain::permission::Permission;
use futures::stream::{self, Stream};
use serde_json::json;
use store::error::StoreError;
use store::events;
use store::read::order_list::{self, OrderFilter, OrderListLine, PageStart};
use words::lang::Lang;
use words::{organizer, status};

use crate::actor::OrganizerAccess;
use crate::orders::list::{ListOrdersError, OrderQuery, filter};
use crate::trail::About;
use crate::{Deps, trail};

/// Orders read at a time.
const PAGE_ORDERS: i64 = 500;
/// What tells Excel that the text is UTF-8.
pub(crate) const MARK: &str = "\u{FEFF}";

/// A file on its way: its name and its lines, read as the browser takes them.
pub struct Export<S> {
    pub file_name: String,
    pub lines: S,
}

/// The orders that match, newest first. Begins with the head line, so an event without orders is a file too.
///
/// # Errors
/// [`ListOrdersError::NotFound`].
pub async fn export(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    query: &OrderQuery,
    lang: Lang,
) -> Result<Export<impl Stream<Item = Result<Bytes, StoreError>> + Send + use<>>, ListOrdersError> {
    let organizer = access.organizer_for(Permission::ExportOrders)?;
    let mut tx = deps.db.begin().await?;
    let found = events::get_for_organizer(&mut tx, organizer, event).await?;
    // Everybody's name and address leave the house: whose doing it was stays.
    let about = About { organizer: Some(organizer), event: Some(event), order: None };
    let statuses: Vec<&str> = query.statuses.iter().map(|it| it.as_str()).collect();
    let detail = json!({ "statuses": statuses, "is_searched": !query.search.trim().is_empty() });
    let what = ("order.list_exported", detail);
    trail::note(&mut tx, about, access.actor(), what, deps.clock.now()).await?;
    tx.commit().await?;
    let walk = Walk {
        deps: deps.clone(),
        organizer,
        event,
        time_zone: found.time_zone,
        filter: filter(query),
        lang,
        next: Next::Head,
    };
    let lines = stream::try_unfold(walk, Walk::step);
    Ok(Export { file_name: format!("orders-{}.csv", found.slug), lines })
}

struct Walk {
    deps: Deps,
    organizer: OrganizerId,
    event: EventId,
    time_zone: String,
    filter: OrderFilter,
    lang: Lang,
    next: Next,
}

enum Next {
    Head,
    Page(PageStart),
    End,
}

impl Walk {
    async fn step(mut self) -> Result<Option<(Bytes, Self)>, StoreError> {
        let start = match self.next {
            Next::Head => {
                let head = organizer::csv_head(self.lang);
                self.next = Next::Page(PageStart::Newest);
                let line =
                    format!("{MARK}{}", csv_line(head.iter().map(|cell| (*cell).to_owned())));
                return Ok(Some((Bytes::from(line), self)));
            }
            Next::Page(start) => start,
            Next::End => return Ok(None),
        };
        let mut conn = self.deps.db.acquire().await?;
        let orders = order_list::list(
            &mut conn,
            self.organizer,
            self.event,
            &self.filter,
            start,
            PAGE_ORDERS,
        )
        .await?;
        drop(conn);
        let is_full = i64::try_from(orders.len()).is_ok_and(|n| n == PAGE_ORDERS);
        let last: Option<OrderId> = orders.last().map(|order| order.id).filter(|_| is_full);
        self.next = last.map_or(Next::End, |last| Next::Page(PageStart::OlderThan(last)));
        if orders.is_empty() {
            return Ok(None);
        }
        let text: String = orders
            .iter()
            .map(|order| csv_line(cells(order, &self.time_zone, self.lang).into_iter()))
            .collect();
        Ok(Some((Bytes::from(text), self)))
    }
}

fn cells(order: &OrderListLine, zone: &str, lang: Lang) -> Vec<String> {
    let time =
        |at: Option<time::OffsetDateTime>| at.map(|at| sortable(at, zone)).unwrap_or_default();
    let sold: Vec<String> =
        order.lines.iter().map(|(name, quantity)| format!("{name} × {quantity}")).collect();
    vec![
        order.code.clone(),
        order.buyer_name.clone(),
        order.buyer_email.clone(),
        status::order(order.status, lang).word.to_owned(),
        sold.join(" / "),
        order.n_tickets.to_string(),
        order.attendee_names.join(" / "),
        plain(order.amount),
        plain(order.refunded),
        order.method.map(|method| status::method(method, lang).to_owned()).unwrap_or_default(),
        time(Some(order.created_at)),
        time(order.paid_at),
    ]
}

/// `2026-12-18 19:00`: what spreadsheets sort and read as a time.
fn sortable(at: time::OffsetDateTime, zone: &str) -> String {
    domain::time_zone::wall(at, zone).unwrap_or_default().replace('T', " ")
}

/// Digits alone, so that a spreadsheet can add them up.
pub(crate) fn plain(money: Money) -> String {
    let n_decimals = usize::try_from(money.currency().n_decimals()).unwrap_or_default();
    let digits = format!("{:0>width$}", money.minor(), width = n_decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(n_decimals));
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

pub(crate) fn csv_line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.map(|cell| csv_cell(&cell)).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// Quotes a cell; one that a spreadsheet would read as a formula gets an apostrophe in front, full-width signs too.
pub(crate) fn csv_cell(text: &str) -> String {
    let is_formula = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠', '−']);
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_text_and_never_a_formula() {
        assert_eq!(csv_cell("佐藤 \"健\", 様"), "\"佐藤 \"\"健\"\", 様\"");
        for hostile in ["=1+1", " =cmd|' /C calc'!A0", "+81", "-2", "@SUM(A1)", "＝1", "\t=1"] {
            assert!(csv_cell(hostile).starts_with("\"'"), "{hostile}");
        }
        assert_eq!(csv_line(["a".to_owned(), String::new()].into_iter()), "\"a\",\"\"\r\n");
    }
}
