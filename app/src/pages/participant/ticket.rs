//! Tickets: one sheet a person, with a code to scan and the same code to read out.

use leptos::prelude::*;
use operations::orders::show::{EventOnOrder, ShownOrder, TicketOnOrder};
use qrcode::{Color, EcLevel, QrCode};
use words::lang::Lang;
use words::{date, participant};

/// Every valid ticket of the order.
#[component]
pub fn Tickets(order: ShownOrder, lang: Lang) -> impl IntoView {
    let event = order.page.event.clone();
    let n_tickets = order.page.tickets.len();
    order
        .page
        .tickets
        .into_iter()
        .enumerate()
        .map(|(i, ticket)| {
            let ordinal =
                (n_tickets > 1).then(|| participant::ticket_number(i + 1, n_tickets, lang));
            sheet(&event, ticket, ordinal, lang)
        })
        .collect_view()
}

fn sheet(
    event: &EventOnOrder,
    ticket: TicketOnOrder,
    ordinal: Option<String>,
    lang: Lang,
) -> impl IntoView + use<> {
    let when = event.starts_at.map(|start| date::day_time(start, &event.time_zone, lang));
    let facts = [when, Some(event.place_name.clone()).filter(|place| !place.is_empty())];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let code = ticket.code;
    view! {
        <section class="ticket">
            <div class="ticket-head">
                <p class="ticket-event">
                    {event.title.clone()}
                    {ordinal.map(|ordinal| view! { <span class="ticket-number">{ordinal}</span> })}
                </p>
                <h2 class="ticket-person">
                    {participant::ticket_of(&ticket.attendee_name, lang)}
                    <span class="ticket-type">{ticket.ticket_type}</span>
                </h2>
                <p class="ticket-facts">{facts}</p>
            </div>
            <div class="ticket-body">
                {qr(&code, participant::code_of(&code, lang))}
                <p class="ticket-code">{spaced(&code)}</p>
                <p class="ticket-hint">{participant::show_at_door(lang)}</p>
            </div>
        </section>
    }
}

/// Groups of four, so that it can be read out.
fn spaced(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The code as one path of dark runs; always dark on white, whatever the screen's colours are.
pub(crate) fn qr(code: &str, label: String) -> Option<impl IntoView + use<>> {
    /// Modules of white around the code that scanners ask for.
    const QUIET: usize = 3;
    let qr = QrCode::with_error_correction_level(code, EcLevel::M).ok()?;
    let width = qr.width();
    let colors = qr.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                let (left, top, n) = (x + QUIET, y + QUIET, run.len());
                path.push_str(&format!("M{left} {top}h{n}v1h-{n}z"));
            }
            x += run.len();
        }
    }
    let side = width + 2 * QUIET;
    Some(view! {
        <svg
            class="ticket-qr"
            viewBox=format!("0 0 {side} {side}")
            role="img"
            aria-label=label
            shape-rendering="crispEdges"
        >
            <rect width=side.to_string() height=side.to_string() fill="#fff" />
            <path d=path fill="#1d2433" />
        </svg>
    })
}
