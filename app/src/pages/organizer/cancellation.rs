//! How far a called-off event is: a bar, the steps, and every single person; live where scripts run.

use domain::event_cancellation::CancellationState;
use domain::ids::OrderId;
use domain::money::Money;
use leptos::prelude::*;
use operations::event_cancellation::progress::{Cancellation, ResultPage, list_results, progress};
use operations::events::summary;
use words::lang::Lang;
use words::status::Tone;
use words::{cancellation, frame, organizer};

use super::cancel_event::terms_line;
use crate::components::amount::Amount;
use crate::components::button::{ButtonKind, LinkButton};
use crate::components::card::Card;
use crate::components::notice::Notice;
use crate::components::status_badge::StatusBadge;
use crate::components::timeline::ProcessTimeline;
use crate::islands::dashboard::LiveDashboard;
use crate::pages::frame::{Allowed, OrganizerPage, Section};
use crate::pages::organizer::{ActionButton, PageHead, event_field, id_in_path, nav, title_of};
use crate::ssr::member::{On, Permission, on_path, page_for_member};
use crate::{paths, ssr};

/// The page of the run.
#[component]
pub fn CancellationPage() -> impl IntoView {
    let id = id_in_path("event");
    page_for_member(Permission::ViewOrders, on_path("event", On::Event), move |member| async move {
        let id = id?;
        let (deps, access, lang) = (&member.deps, &member.access, member.lang);
        let found = progress(deps, access, id).await?;
        let state = ssr::query("state").and_then(|it| CancellationState::parse(&it).ok());
        let after: Option<OrderId> = ssr::query("after").and_then(|it| it.parse().ok());
        let people = list_results(deps, access, id, state, after).await?;
        let numbers = summary::summary(deps, access, id).await?;
        let channel = Channel {
            token: ssr::sign_in::live_token(&member, id).await,
            snapshot: serde_json::to_string(&numbers).unwrap_or_default(),
        };
        // A page of its own choice of people stays as it was chosen.
        let is_whole = state.is_none() && after.is_none();
        let event = nav(&found.event, lang);
        let body = body(&found, &people, (state, is_whole), channel, lang).into_any();
        Ok(view! {
            <PageHead title=cancellation::progress_title(lang).to_owned() />
            <OrganizerPage section=Section::Overview event>{body}</OrganizerPage>
        }
        .into_any())
    })
}

/// How the page hears that something moved.
struct Channel {
    token: String,
    snapshot: String,
}

fn body(
    found: &Cancellation,
    people: &ResultPage,
    (state, is_whole): (Option<CancellationState>, bool),
    channel: Channel,
    lang: Lang,
) -> impl IntoView + use<> {
    let event = &found.event;
    let region = is_whole.then_some("people");
    let live_token = channel.token.clone();
    view! {
        <p class="crumbs">
            <a href=paths::dashboard(event.id)>"← " {title_of(&event.title, lang)}</a>
        </p>
        <header class="page-header" data-live-token=live_token>
            <div>
                <h1>{cancellation::progress_title(lang)}</h1>
                <p class="page-lead dashboard-facts">
                    <StatusBadge status=words::status::event(event.status, lang) />
                    <LiveDashboard
                        channel=paths::live(event.id)
                        token=channel.token
                        snapshot=channel.snapshot
                        live=frame::live(lang).to_owned()
                        lost=organizer::live_lost(lang).to_owned()
                        polling=organizer::live_polling(lang).to_owned()
                    />
                </p>
            </div>
        </header>
        {said(lang)}
        <div data-live="outcome">{outcome(found, lang)}</div>
        <div class="order-grid">
            <div class="order-main">
                <section class="card" data-live="progress">
                    {bar(found, lang)}
                </section>
                <section class="card" id="people" data-live=region>
                    {results(found, people, state, lang)}
                </section>
            </div>
            <div class="order-side">
                <section class="card" data-live="steps">
                    <ProcessTimeline
                        timeline=found.timeline.clone()
                        time_zone=event.time_zone.clone()
                        lang
                    />
                </section>
                {terms(found, lang)}
            </div>
        </div>
        {found
            .is_moving()
            .then(|| {
                view! {
                    <noscript>
                        <meta http-equiv="refresh" content="3" />
                    </noscript>
                }
            })}
    }
}

/// What was done a moment ago.
fn said(lang: Lang) -> Option<impl IntoView> {
    let text = ssr::query("done").and_then(|done| match done.as_str() {
        "begun" => Some(cancellation::begun(lang)),
        "already" => Some(cancellation::already(lang)),
        "retried" => Some(cancellation::retried(lang)),
        _ => None,
    });
    text.map(|text| view! { <Notice tone=Tone::Good>{text}</Notice> })
}

fn outcome(found: &Cancellation, lang: Lang) -> AnyView {
    let n_failed = found.count(CancellationState::is_failed);
    if n_failed > 0 {
        let fields = event_field(found.event.id);
        let href = paths::cancellation_of_state(found.event.id, first_failed(found).as_str());
        let title =
            format!("{} ({})", cancellation::failed(lang), cancellation::n_orders(n_failed, lang));
        return view! {
            <Notice tone=Tone::Bad title=title>
                <p>{cancellation::failed_text(lang)}</p>
                <div class="button-row">
                    {Allowed::may(Permission::CancelEvents)
                        .then(|| {
                            view! {
                                <ActionButton action=paths::RETRY_CANCELLATION fields>
                                    {cancellation::retry(lang)}
                                </ActionButton>
                            }
                        })}
                    <LinkButton href kind=ButtonKind::Secondary>
                        {organizer::todo_see(lang)}
                    </LinkButton>
                </div>
            </Notice>
        }
        .into_any();
    }
    let (tone, text) = if found.is_moving() {
        (Tone::Waiting, cancellation::running(lang))
    } else if found.count(|it| it == CancellationState::NeedsAccount) > 0 {
        (Tone::Waiting, cancellation::waiting_for_people(lang))
    } else {
        (Tone::Good, cancellation::finished(lang))
    };
    view! { <Notice tone>{text}</Notice> }.into_any()
}

fn first_failed(found: &Cancellation) -> CancellationState {
    let failed = found.totals.iter().find(|it| it.state.is_failed());
    failed.map_or(CancellationState::Failed, |it| it.state)
}

/// How many orders have ended and how much money is back.
fn bar(found: &Cancellation, lang: Lang) -> impl IntoView + use<> {
    let (n, of) = (found.n_ended(), found.n_orders());
    let (back, due) = (found.succeeded(), found.due());
    let money = due.is_positive().then(|| {
        let text = |money: Money| words::money::format(money, lang);
        cancellation::money_of(&text(back), &text(due), lang)
    });
    let money_bar = due.is_positive().then(|| {
        let label = money.clone().unwrap_or_default();
        view! {
            <progress
                class="progress"
                max=due.minor().to_string()
                value=back.minor().to_string()
                aria-label=label
            ></progress>
        }
    });
    view! {
        <p class="progress-head">
            <span id="progress-label">{cancellation::progress_bar(lang)}</span>
            <b>{cancellation::n_of(n, of, lang)}</b>
        </p>
        <progress
            class="progress"
            max=of.max(1).to_string()
            value=if of == 0 { "1".to_owned() } else { n.to_string() }
            aria-labelledby="progress-label"
        ></progress>
        <p class="progress-head">{money}</p>
        {money_bar}
    }
}

/// The people by state.
fn chips(
    found: &Cancellation,
    state: Option<CancellationState>,
    lang: Lang,
) -> impl IntoView + use<> {
    let event = found.event.id;
    let chip = |word: &'static str, n: i64, href: String, is_here: bool| {
        view! {
            <a class="chip" href=href aria-current=is_here.then_some("true")>
                {word} <span class="chip-count">{n}</span>
            </a>
        }
    };
    let all = chip(
        cancellation::all_states(lang),
        found.n_orders(),
        format!("{}#people", paths::cancellation(event)),
        state.is_none(),
    );
    let states = found
        .totals
        .iter()
        .map(|it| {
            let word = cancellation::state(it.state, lang).word;
            let href = paths::cancellation_of_state(event, it.state.as_str());
            chip(word, it.n_orders, href, state == Some(it.state))
        })
        .collect_view();
    view! {
        <nav class="chips" aria-label=cancellation::people_title(lang)>
            {all} {states}
        </nav>
    }
}

fn results(
    found: &Cancellation,
    people: &ResultPage,
    state: Option<CancellationState>,
    lang: Lang,
) -> impl IntoView + use<> {
    let event = found.event.id;
    let rows = people
        .lines
        .iter()
        .map(|line| {
            let due = Money::new(line.due_minor, found.event.currency);
            let code = line.failure_code.clone().filter(|_| line.state.is_failed());
            view! {
                <li data-key=line.order.to_string()>
                    <span>
                        <a href=paths::order(line.order)>
                            {organizer::polite(&line.buyer_name, lang)}
                        </a>
                        <span class="people-details">
                            {line.code.clone()} {code.map(|code| format!(" ・ {code}"))}
                        </span>
                    </span>
                    <span class="people-outcome">
                        {due.is_positive().then(|| view! { <Amount money=due lang /> })}
                        <StatusBadge status=cancellation::state(line.state, lang) />
                    </span>
                </li>
            }
        })
        .collect_view();
    let nobody = people.lines.is_empty().then(|| {
        let text = if state.is_some() {
            cancellation::nobody_in_state(lang)
        } else {
            cancellation::nobody(lang)
        };
        view! { <p class="quiet-text">{text}</p> }
    });
    let more = people.next.map(|after| {
        let mut pairs = vec![("after", after.to_string())];
        pairs.extend(state.map(|state| ("state", state.to_string())));
        let query = ssr::encode_query(&pairs);
        let href = format!("{}?{query}#people", paths::cancellation(event));
        view! {
            <LinkButton href kind=ButtonKind::Secondary>
                {cancellation::more(lang)}
            </LinkButton>
        }
    });
    view! {
        <h2 class="card-title">{cancellation::people_title(lang)}</h2>
        {chips(found, state, lang)}
        {nobody}
        <ul class="people-results">{rows}</ul>
        {more}
    }
}

/// What was decided; nothing is said where everything goes back for no reason given.
fn terms(found: &Cancellation, lang: Lang) -> Option<impl IntoView + use<>> {
    let fee = terms_line(&found.terms, lang);
    let scope = found.terms.only.is_some().then(|| cancellation::scope_some(lang).to_owned());
    let reason = Some(found.event.cancel_reason.clone()).filter(|it| !it.is_empty());
    if fee.is_none() && scope.is_none() && reason.is_none() {
        return None;
    }
    let line = |word: &'static str, text: Option<String>| {
        text.map(|text| {
            view! {
                <div>
                    <dt>{word}</dt>
                    <dd>{text}</dd>
                </div>
            }
        })
    };
    Some(view! {
        <Card title=cancellation::terms_title(lang)>
            <dl class="facts-list">
                {line(cancellation::reason(lang), reason)} {line(cancellation::scope(lang), scope)}
                {line(cancellation::fee_title(lang), fee)}
            </dl>
        </Card>
    })
}
