//! Cancelling a paid order by its participant: which tickets, what it costs now and next, and the question before it ends.

use domain::cancel_policy::CancelMode;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use operations::cancellations::figures::{Offer, Sum};
use operations::cancellations::show::{CancelView, SoldTicket};
use operations::fresh;
use operations::orders::show::OrderPage;
use words::cancelling as texts;
use words::lang::Lang;
use words::status::Tone;
use words::{date, participant};

use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::card::Card;
use crate::components::field::{Field, FieldSpec};
use crate::components::notice::Notice;
use crate::pages::frame::ParticipantPage;
use crate::paths;

/// What the participant wishes to end, if that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    Nothing,
    All,
    One(String),
}

impl Chosen {
    /// Reads the address; an order of one ticket leaves nothing to choose.
    pub fn read(asked: Option<String>, view: &CancelView) -> Self {
        match asked.as_deref() {
            Some("all") => Self::All,
            Some(code) if view.offer(Some(code)).is_some() => Self::One(code.to_owned()),
            _ if view.tickets.len() == 1 => Self::All,
            _ => Self::Nothing,
        }
    }

    const fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    fn word(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::All => "all".to_owned(),
            Self::One(code) => code.clone(),
        }
    }

    fn offer(&self, view: &CancelView) -> Option<Offer> {
        match self {
            Self::Nothing => None,
            Self::All => Some(view.whole),
            Self::One(code) => view.offer(Some(code)),
        }
    }

    fn tickets(&self, view: &CancelView) -> Vec<SoldTicket> {
        let all = view.tickets.iter().map(|(ticket, _)| ticket.clone());
        match self {
            Self::Nothing => Vec::new(),
            Self::All => all.collect(),
            Self::One(code) => all.filter(|ticket| ticket.code == *code).collect(),
        }
    }
}

/// The choice, or the question about what was chosen.
#[component]
pub fn CancelTickets(
    view: CancelView,
    page: OrderPage,
    chosen: Chosen,
    said: Option<String>,
    lang: Lang,
) -> impl IntoView {
    let asks = view.policy.policy.mode == CancelMode::Approval;
    let title = match (&chosen, asks) {
        (Chosen::Nothing, _) => texts::choose_title(lang),
        (_, false) => texts::confirm_title(lang),
        (_, true) => texts::ask_title(lang),
    };
    let is_free = page.amount.is_zero();
    let words = Words { asks, is_free, zone: page.event.time_zone.clone(), lang };
    let body = match chosen.offer(&view) {
        Some(offer) => question(&view, &page, &chosen, offer, &words),
        None => choice(&view, &page, &words),
    };
    view! {
        <Title text=title />
        <Meta name="robots" content="noindex" />
        <ParticipantPage>
            <div class="order-page">
                <header class="order-lead" data-tone="quiet">
                    <h1>{title}</h1>
                    <p class="order-sentence">{page.event.title.clone()}</p>
                </header>
                {said.map(|said| view! { <Notice tone=Tone::Bad>{said}</Notice> })}
                {body}
            </div>
        </ParticipantPage>
    }
}

/// How everything on the page is said.
struct Words {
    /// Whether the organizer decides.
    asks: bool,
    is_free: bool,
    zone: String,
    lang: Lang,
}

/// Every ticket with what it costs, and all of them together.
fn choice(view: &CancelView, page: &OrderPage, words: &Words) -> AnyView {
    let lang = words.lang;
    let token = page.link_token.clone();
    let (one, whole) = if words.asks {
        (texts::ask_one(lang), texts::ask_whole(lang))
    } else {
        (texts::one_ticket(lang), texts::whole_order(lang))
    };
    let rows = view
        .tickets
        .iter()
        .map(|(ticket, offer)| {
            let href = paths::order_cancel_ticket(&token, &ticket.code);
            let is_open = offer.today.is_some();
            let (name, kind) = (ticket.attendee_name.clone(), ticket.type_name.clone());
            let told = figures(*offer, words);
            let label = format!("{one}: {}", ticket.attendee_name);
            view! {
                <Card>
                    <h2 class="card-title">
                        {participant::ticket_of(&name, lang)} " "
                        <span class="quiet-text">{kind}</span>
                    </h2>
                    {told}
                    {is_open
                        .then(|| {
                            view! {
                                <a class="button" data-kind="secondary" href=href aria-label=label>
                                    {one}
                                </a>
                            }
                        })}
                </Card>
            }
        })
        .collect_view();
    let is_open = view.whole.today.is_some();
    let told = figures(view.whole, words);
    let all = paths::order_cancel_ticket(&token, "all");
    view! {
        <p class="order-sentence">{texts::choose_text(lang)}</p>
        {rows}
        {is_open
            .then(|| {
                view! {
                    <Card title=whole>
                        {told}
                        <LinkButton href=all kind=ButtonKind::Secondary>
                            {whole}
                        </LinkButton>
                    </Card>
                }
            })}
        <LinkButton href=paths::order_status(&token) kind=ButtonKind::Quiet>
            {texts::keep(lang)}
        </LinkButton>
    }
    .into_any()
}

/// What it costs now, and what it will cost from the next step on.
fn figures(offer: Offer, words: &Words) -> AnyView {
    let lang = words.lang;
    let Some(today) = offer.today else {
        return view! { <p class="quiet-text">{texts::too_late(lang)}</p> }.into_any();
    };
    if words.is_free {
        return view! { <p class="quiet-text">{texts::nothing_paid(lang)}</p> }.into_any();
    }
    let heading = if words.asks { texts::ask_if_approved(lang) } else { texts::today(lang) };
    let next = offer.until.map(|until| {
        let when = date::day_time(until, &words.zone, lang);
        let heading = texts::from_then(&when, lang);
        match offer.then {
            Some(then) if then == today => None,
            Some(then) => Some(sums(heading, then, "next", lang).into_any()),
            None => Some(
                view! {
                    <p class="cancel-next">{heading} " " {texts::not_possible(lang)}</p>
                }
                .into_any(),
            ),
        }
    });
    view! {
        <div class="cancel-figures">
            {sums(heading.to_owned(), today, "now", lang)} {next.flatten()}
        </div>
    }
    .into_any()
}

fn sums(heading: String, sum: Sum, when: &'static str, lang: Lang) -> impl IntoView + use<> {
    view! {
        <dl class="facts-list cancel-sums" data-when=when>
            <div class="cancel-when">
                <dt>{heading}</dt>
            </div>
            <div>
                <dt>{texts::fee(lang)}</dt>
                <dd>
                    <Amount money=sum.fee lang />
                </dd>
            </div>
            <div class="facts-total">
                <dt>{texts::back(lang)}</dt>
                <dd>
                    <Amount money=sum.back lang />
                </dd>
            </div>
        </dl>
    }
}

/// The second step: what ends, what it costs, and the button.
fn question(
    view: &CancelView,
    page: &OrderPage,
    chosen: &Chosen,
    offer: Offer,
    words: &Words,
) -> AnyView {
    let lang = words.lang;
    let token = page.link_token.clone();
    let back = if view.tickets.len() > 1 {
        paths::order_cancel(&token)
    } else {
        paths::order_status(&token)
    };
    let tickets = chosen
        .tickets(view)
        .into_iter()
        .map(|ticket| {
            view! {
                <div>
                    <dt>{participant::ticket_of(&ticket.attendee_name, lang)}</dt>
                    <dd>{ticket.type_name}</dd>
                </div>
            }
        })
        .collect_view();
    let has_rest = !chosen.is_all() && view.tickets.len() > 1;
    let Some(today) = offer.today else {
        return view! {
            <Notice tone=Tone::Quiet>{texts::too_late(lang)}</Notice>
            <LinkButton href=back kind=ButtonKind::Secondary>
                {texts::keep(lang)}
            </LinkButton>
        }
        .into_any();
    };
    let form = if words.asks {
        ask_form(&token, chosen, back, lang).into_any()
    } else {
        cancel_form(&token, chosen, today, back, lang).into_any()
    };
    let told = figures(offer, words);
    let way = way_back(today, words);
    let fee_stays = page.fee.is_positive().then(|| words::payouts::fee_stays(lang));
    let asks = words.asks;
    view! {
        <Card>
            <dl class="facts-list">{tickets}</dl>
            {told}
            {way}
            {fee_stays.map(|text| view! { <p class="field-help">{text}</p> })}
            <p>{if asks { texts::ask_text(lang) } else { texts::confirm_text(lang) }}</p>
            {has_rest.then(|| view! { <p>{texts::confirm_rest(lang)}</p> })}
            {form}
        </Card>
    }
    .into_any()
}

fn way_back(today: Sum, words: &Words) -> Option<impl IntoView + use<>> {
    let text = if today.back.is_positive() {
        texts::way_back(words.lang)
    } else {
        texts::nothing_back(words.lang)
    };
    (!words.is_free).then(|| view! { <p class="field-help">{text}</p> })
}

fn cancel_form(
    token: &str,
    chosen: &Chosen,
    today: Sum,
    back: String,
    lang: Lang,
) -> impl IntoView + use<> {
    view! {
        <form class="button-row" method="post" action=paths::CANCEL_TICKETS>
            <input type="hidden" name="token" value=token.to_owned() />
            <input type="hidden" name="ticket" value=chosen.word() />
            <input type="hidden" name="seen_fee" value=today.fee.minor().to_string() />
            <input type="hidden" name="key" value=fresh::token() />
            <LinkButton href=back kind=ButtonKind::Secondary>
                {texts::keep(lang)}
            </LinkButton>
            <SubmitButton kind=ButtonKind::Danger>{texts::confirm(lang)}</SubmitButton>
        </form>
    }
}

fn ask_form(token: &str, chosen: &Chosen, back: String, lang: Lang) -> impl IntoView + use<> {
    let note = FieldSpec {
        help: Some(texts::ask_note_hint(lang).to_owned()),
        chars_max: Some(domain::limits::REASON_CHARS_MAX),
        is_required: false,
        rows: 3,
        ..FieldSpec::new("note", texts::ask_note(lang))
    };
    view! {
        <form method="post" action=paths::REQUEST_RETURN>
            <input type="hidden" name="token" value=token.to_owned() />
            <input type="hidden" name="ticket" value=chosen.word() />
            <Field field=note lang />
            <div class="button-row">
                <LinkButton href=back kind=ButtonKind::Secondary>
                    {texts::keep(lang)}
                </LinkButton>
                <SubmitButton>{texts::ask_confirm(lang)}</SubmitButton>
            </div>
        </form>
    }
}
