//! The curve of the money over the days, drawn on the server: a picture with a sentence and a table that say the same.

use domain::time_zone;
use leptos::prelude::*;
use operations::events::dashboard::Dashboard;
use time::{Date, Month};
use words::lang::Lang;
use words::{money, organizer};

const WIDTH: i64 = 560;
const HEIGHT: i64 = 120;
/// Days that the table lists; the newest are kept.
const TABLE_DAYS: usize = 60;

/// A day with what had come in by its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Point {
    /// Days since the first one.
    x: i64,
    total: i64,
}

/// The curve, or a word where there is none yet.
pub(super) fn timeline(board: &Dashboard, lang: Lang) -> AnyView {
    let (Some(first), Some(last)) = (board.days.first(), board.days.last()) else {
        return view! { <p class="chart-empty">{organizer::chart_empty(lang)}</p> }.into_any();
    };
    let today = today(board).unwrap_or(last.day).max(last.day);
    let start = first.day.previous_day().unwrap_or(first.day);
    let points = points(board, start, today);
    let highest = points.iter().map(|point| point.total).max().unwrap_or_default().max(1);
    let n_days = (today - start).whole_days().max(1);
    let total = points.last().map_or(0, |point| point.total);
    let text = |minor: i64| money::format(board.summary.money(minor), lang);
    let sentence = words::todo::chart_text(&short(start), &short(today), &text(total), lang);
    let line = line(&points, n_days, highest);
    let area = format!("{line} L {WIDTH} {HEIGHT} L 0 {HEIGHT} Z");
    let grid = format!("M 0 0 H {WIDTH} M 0 {} H {WIDTH} M 0 {HEIGHT} H {WIDTH}", HEIGHT / 2);
    view! {
        <figure class="chart">
            <figcaption class="visually-hidden">{organizer::chart_title(lang)}</figcaption>
            <div class="chart-picture">
                <svg
                    viewBox=format!("0 -4 {WIDTH} {}", HEIGHT + 8)
                    preserveAspectRatio="none"
                    role="img"
                    aria-label=sentence
                >
                    <path class="chart-grid" d=grid />
                    <path class="chart-area" d=area />
                    <path class="chart-line" d=line />
                </svg>
                <span class="chart-top amount" aria-hidden="true">{text(highest)}</span>
            </div>
            <div class="chart-days" aria-hidden="true">
                <span>{short(start)}</span>
                <span>{short(today)}</span>
            </div>
            <details class="chart-table" id="chart-table">
                <summary>{organizer::chart_table(lang)}</summary>
                {table(board, lang)}
            </details>
        </figure>
    }
    .into_any()
}

/// One point a day with money, and one for today; the curve begins at nothing.
fn points(board: &Dashboard, start: Date, today: Date) -> Vec<Point> {
    let mut total = 0_i64;
    let mut points = vec![Point { x: 0, total }];
    for day in &board.days {
        total = total.saturating_add(day.captured_minor).saturating_sub(day.refunded_minor);
        points.push(Point { x: (day.day - start).whole_days(), total });
    }
    let x = (today - start).whole_days();
    if points.last().is_some_and(|last| last.x < x) {
        points.push(Point { x, total });
    }
    points
}

fn line(points: &[Point], n_days: i64, highest: i64) -> String {
    let mut path = String::new();
    for (i, point) in points.iter().enumerate() {
        // In tenths, so that a long sale is not a staircase.
        let x = point.x.saturating_mul(WIDTH * 10) / n_days;
        let height = point.total.max(0).saturating_mul(HEIGHT * 10) / highest;
        let y = HEIGHT * 10 - height;
        let step = if i == 0 { "M" } else { " L" };
        path.push_str(&format!("{step} {}.{} {}.{}", x / 10, x % 10, y / 10, y % 10));
    }
    path
}

fn table(board: &Dashboard, lang: Lang) -> impl IntoView + use<> {
    let text = |minor: i64| money::format(board.summary.money(minor), lang);
    let mut total = 0_i64;
    let mut rows = Vec::new();
    for day in &board.days {
        total = total.saturating_add(day.captured_minor).saturating_sub(day.refunded_minor);
        let back = if day.refunded_minor == 0 { String::new() } else { text(-day.refunded_minor) };
        rows.push(view! {
            <tr>
                <th scope="row">{short(day.day)}</th>
                <td class="amount">{text(day.captured_minor)}</td>
                <td class="amount">{back}</td>
                <td class="amount">{text(total)}</td>
            </tr>
        });
    }
    let rows = rows.into_iter().rev().take(TABLE_DAYS).collect_view();
    view! {
        <table class="data-table">
            <thead>
                <tr>
                    <th scope="col">{organizer::chart_day(lang)}</th>
                    <th scope="col" class="number">
                        {organizer::chart_in(lang)}
                    </th>
                    <th scope="col" class="number">
                        {organizer::chart_back(lang)}
                    </th>
                    <th scope="col" class="number">
                        {organizer::chart_total(lang)}
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn today(board: &Dashboard) -> Option<Date> {
    let wall = time_zone::local(board.now, &board.event.time_zone).ok()?;
    let month = Month::try_from(wall.month).ok()?;
    Date::from_calendar_date(i32::from(wall.year), month, wall.day).ok()
}

/// `12/18`.
fn short(day: Date) -> String {
    format!("{}/{}", u8::from(day.month()), day.day())
}
