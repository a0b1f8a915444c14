//! The people of an event and their money: searched, filtered, page by page.

use domain::ids::{EventId, OrderId};
use domain::order::OrderStatus;
use leptos::prelude::*;
use operations::orders::list::{OrderListLine, OrderPage, OrderQuery, PageStart, list};
use time::OffsetDateTime;
use words::lang::Lang;
use words::{date, email_confirmation, money, organizer, status};

use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton};
use crate::components::empty_state::EmptyState;
use crate::components::icon::{Icon, IconName};
use crate::components::status_badge::StatusBadge;
use crate::pages::frame::{Allowed, OrganizerPage, Section};
use crate::pages::organizer::{PageHead, id_in_path, nav};
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

/// A kind of orders that the filter offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    All,
    Unpaid,
    Paid,
    Ended,
}

impl Kind {
    const ALL: [Self; 4] = [Self::All, Self::Unpaid, Self::Paid, Self::Ended];

    const fn as_str(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Unpaid => "unpaid",
            Self::Paid => "paid",
            Self::Ended => "ended",
        }
    }

    fn statuses(self) -> Vec<OrderStatus> {
        match self {
            Self::All => Vec::new(),
            Self::Unpaid => vec![OrderStatus::Pending, OrderStatus::AwaitingPayment],
            Self::Paid => vec![OrderStatus::Paid],
            Self::Ended => vec![OrderStatus::Cancelled, OrderStatus::Expired],
        }
    }

    const fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::All => organizer::orders_all(lang),
            Self::Unpaid => organizer::part_unpaid(lang),
            Self::Paid => organizer::part_paid(lang),
            Self::Ended => organizer::orders_ended(lang),
        }
    }
}

/// What the address asks for.
#[derive(Debug, Clone)]
struct Wish {
    event: EventId,
    search: String,
    kind: Kind,
}

impl Wish {
    /// The address of the same wish with another beginning or kind.
    fn address(&self, kind: Kind, start: Option<(&str, OrderId)>) -> String {
        let mut pairs = Vec::new();
        if !self.search.trim().is_empty() {
            pairs.push(("q", self.search.clone()));
        }
        if kind != Kind::All {
            pairs.push(("status", kind.as_str().to_owned()));
        }
        if let Some((name, order)) = start {
            pairs.push((name, order.to_string()));
        }
        with_query(paths::orders(self.event), &pairs)
    }
}

fn with_query(path: String, pairs: &[(&str, String)]) -> String {
    let query = ssr::encode_query(pairs);
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

/// The page of an event's orders.
#[component]
pub fn OrdersPage() -> impl IntoView {
    let id = id_in_path("event");
    let id_of = |name: &str| ssr::query(name).and_then(|id| id.parse::<OrderId>().ok());
    let start = match (id_of("before"), id_of("after")) {
        (Some(order), _) => PageStart::OlderThan(order),
        (None, Some(order)) => PageStart::NewerThan(order),
        (None, None) => PageStart::Newest,
    };
    let search = ssr::query("q").unwrap_or_default();
    let kind = ssr::query("status").unwrap_or_default();
    let kind = Kind::ALL.into_iter().find(|it| it.as_str() == kind).unwrap_or(Kind::All);
    page_for_member(Permission::ViewOrders, on_path("event", On::Event), move |member| async move {
        let wish = Wish { event: id?, search, kind };
        let query = OrderQuery { search: wish.search.clone(), statuses: kind.statuses(), start };
        let page = list(&member.deps, &member.access, wish.event, &query).await?;
        let now = member.deps.clock.now();
        Ok(orders(&page, &wish, now, member.lang).into_any())
    })
}

fn orders(page: &OrderPage, wish: &Wish, now: OffsetDateTime, lang: Lang) -> impl IntoView + use<> {
    let n_orders: i64 = page.counts.iter().map(|(_, n)| n).sum();
    let csv = {
        let pairs = [("q", wish.search.clone()), ("status", wish.kind.as_str().to_owned())];
        let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        with_query(paths::orders_csv(wish.event), &pairs)
    };
    let body = view! {
            <header class="page-header">
                <h1>{organizer::orders_title(lang)}</h1>
                {(n_orders > 0 && Allowed::may(Permission::ExportOrders))
                    .then(|| {
                        view! {
                            <a class="button" data-kind="secondary" href=csv download="">
                                <Icon name=IconName::Download />
                                {organizer::orders_csv(lang)}
                            </a>
                        }
                    })}
            </header>
            {if n_orders == 0 {
                nobody_yet(wish.event, lang).into_any()
            } else {
                view! {
                    {tools(page, wish, lang)}
                    {if page.orders.is_empty() {
                        nobody_found(wish, lang).into_any()
                    } else {
                        view! { {table(page, now, lang)} {pager(page, wish, lang)} }.into_any()
                    }}
                }
                    .into_any()
            }}
            {Allowed::may(Permission::DecideScreenings)
                .then(|| {
                    view! {
                        <p>
                            <a href=paths::screenings(wish.event)>
                                {words::screening::queue_title(lang)}
                            </a>
                        </p>
                    }
                })}
    }
    .into_any();
    view! {
        <PageHead title=organizer::orders_title(lang).to_owned() />
        <OrganizerPage section=Section::Orders event=nav(&page.event, lang)>{body}</OrganizerPage>
    }
}

fn nobody_yet(event: EventId, lang: Lang) -> impl IntoView + use<> {
    view! {
        <EmptyState
            icon=IconName::People
            title=organizer::orders_none_title(lang).to_owned()
            text=organizer::orders_none_text(lang).to_owned()
        >
            <LinkButton href=paths::share(event)>{organizer::share_link(lang)}</LinkButton>
        </EmptyState>
    }
}

fn nobody_found(wish: &Wish, lang: Lang) -> impl IntoView + use<> {
    let href = paths::orders(wish.event);
    view! {
        <EmptyState
            icon=IconName::Search
            title=organizer::orders_nobody_title(lang).to_owned()
            text=organizer::orders_nobody_text(lang).to_owned()
        >
            <LinkButton href kind=ButtonKind::Secondary>
                {organizer::orders_clear(lang)}
            </LinkButton>
        </EmptyState>
    }
}

fn tools(page: &OrderPage, wish: &Wish, lang: Lang) -> impl IntoView + use<> {
    let count = |kind: Kind| -> i64 {
        let wanted = kind.statuses();
        page.counts
            .iter()
            .filter(|(status, _)| wanted.is_empty() || wanted.contains(status))
            .map(|(_, n)| n)
            .sum()
    };
    let kinds = Kind::ALL
        .into_iter()
        .map(|kind| {
            let n = money::grouped(&count(kind).to_string());
            view! {
                <a
                    class="chip"
                    href=wish.address(kind, None)
                    aria-current=(kind == wish.kind).then_some("true")
                >
                    {kind.word(lang)}
                    <span class="chip-count">{n}</span>
                </a>
            }
        })
        .collect_view();
    view! {
        <div class="order-tools">
            <form method="get" action=paths::orders(wish.event) role="search" class="search-form">
                {(wish.kind != Kind::All)
                    .then(|| view! { <input type="hidden" name="status" value=wish.kind.as_str() /> })}
                <label class="visually-hidden" for="search">
                    {organizer::orders_search(lang)}
                </label>
                <input
                    type="search"
                    id="search"
                    name="q"
                    value=wish.search.clone()
                    placeholder=organizer::orders_search(lang)
                    maxlength="200"
                    autocomplete="off"
                />
                <button type="submit" class="button" data-kind="secondary">
                    <Icon name=IconName::Search />
                    <span class="search-word">{organizer::orders_search_button(lang)}</span>
                </button>
            </form>
            <nav class="chips" aria-label=organizer::column_status(lang)>
                {kinds}
            </nav>
        </div>
    }
}

fn table(page: &OrderPage, now: OffsetDateTime, lang: Lang) -> impl IntoView + use<> {
    let zone = page.event.time_zone.as_str();
    let rows = page.orders.iter().map(|order| row(order, zone, now, lang)).collect_view();
    view! {
        <div class="card table-card">
            <table class="data-table order-table">
                <thead>
                    <tr>
                        <th scope="col">{organizer::column_name(lang)}</th>
                        <th scope="col">{organizer::column_ticket(lang)}</th>
                        <th scope="col">{organizer::column_method(lang)}</th>
                        <th scope="col" class="number">
                            {organizer::column_amount(lang)}
                        </th>
                        <th scope="col">{organizer::column_status(lang)}</th>
                        <th scope="col" class="number">
                            {organizer::column_at(lang)}
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(
    order: &OrderListLine,
    zone: &str,
    now: OffsetDateTime,
    lang: Lang,
) -> impl IntoView + use<> {
    let sold: Vec<String> = order
        .lines
        .iter()
        .map(|(name, n)| if *n == 1 { name.clone() } else { format!("{name} × {n}") })
        .collect();
    let method = order.method.map_or("", |method| status::method(method, lang));
    let until = order
        .deadline_at
        .filter(|_| order.status.is_payable())
        .map(|at| organizer::until(at, zone, lang))
        .unwrap_or_default();
    let at = order.paid_at.unwrap_or(order.created_at);
    view! {
        <tr>
            <td class="order-name">
                <a href=paths::order(order.id)>{words::buyer_data::name(&order.buyer_name, lang)}</a>
                <span class="order-code">{order.code.clone()}</span>
            </td>
            <td class="order-sold">{sold.join(organizer::comma(lang))}</td>
            <td class="order-method">{method}</td>
            <td class="number order-amount">
                <Amount money=order.amount lang />
                {order
                    .refunded
                    .is_positive()
                    .then(|| {
                        let back = money::format(order.refunded, lang);
                        view! {
                            <span class="order-refunded">
                                {organizer::refunded(lang)} " " <span class="amount">{back}</span>
                            </span>
                        }
                    })}
            </td>
            <td class="order-status">
                {if order.is_unconfirmed {
                    view! { <StatusBadge status=email_confirmation::status_word(lang) /> }.into_any()
                } else if until.is_empty() {
                    view! { <StatusBadge status=status::order(order.status, lang) /> }.into_any()
                } else {
                    view! { <StatusBadge status=status::order(order.status, lang) detail=until /> }
                        .into_any()
                }}
            </td>
            <td class="number order-at">
                <time datetime=date::machine(at)>{date::ago(at, now, zone, lang)}</time>
            </td>
        </tr>
    }
}

fn pager(page: &OrderPage, wish: &Wish, lang: Lang) -> impl IntoView + use<> {
    let link = |start: &str, order: Option<OrderId>, word: &'static str, rel: &'static str| {
        order.map(|order| {
            let href = wish.address(wish.kind, Some((start, order)));
            view! {
                <a class="button" data-kind="secondary" href=href rel=rel>
                    {word}
                </a>
            }
        })
    };
    view! {
        <nav class="pager">
            {link("after", page.newer, organizer::orders_newer(lang), "prev")}
            {link("before", page.older, organizer::orders_older(lang), "next")}
        </nav>
    }
}
