//! Alerts: what does not add up, in plain words, each with what to do about it.

use domain::alert::{AlertAction, AlertRule, Resolution, Severity};
use domain::ids::AlertId;
use leptos::prelude::*;
use operations::alerts::AlertAccess;
use operations::alerts::list::{AlertLine, AlertPage, AlertState, list};
use serde_json::Value;
use words::alerts as texts;
use words::lang::Lang;
use words::status::Tone;
use words::{date, money};

use crate::components::button::{ButtonKind, LinkButton, SubmitButton};
use crate::components::icon::{Icon, IconName};
use crate::components::notice::Notice;
use crate::components::status_badge::StatusBadge;
use crate::pages::frame::{OrganizerPage, Section, here};
use crate::pages::organizer::{ActionButton, PageHead};
use crate::ssr::member::{On, Permission, page_for_member};
use crate::{paths, ssr};

/// The zone of alerts that belong to no event.
const ZONE: &str = domain::time_zone::JAPAN;

/// Whose alerts are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Organizer,
    Platform,
    /// Everybody's, before the staff: looked at only.
    Organizers,
}

impl Scope {
    fn address(self, is_closed: bool, before: Option<AlertId>) -> String {
        match self {
            Self::Organizer => paths::alerts(is_closed, before),
            Self::Platform => paths::admin::alerts(false, is_closed, before),
            Self::Organizers => paths::admin::alerts(true, is_closed, before),
        }
    }

    /// Where its forms post to.
    const fn door(self) -> &'static str {
        match self {
            Self::Organizer => paths::ACT_ON_ALERT,
            Self::Platform | Self::Organizers => paths::admin::ACT_ON_ALERT,
        }
    }
}

/// What the address asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) state: AlertState,
    pub(crate) scope: Scope,
}

/// The page of alerts.
#[component]
pub fn AlertsPage() -> impl IntoView {
    let state = match ssr::query("state").as_deref() {
        Some("closed") => AlertState::Closed,
        _ => AlertState::Open,
    };
    let before = ssr::query("before").and_then(|id| id.parse::<AlertId>().ok());
    page_for_member(Permission::HandleAlerts, On::Organizer, move |member| async move {
        let (lang, is_administrator) = (member.lang, member.home.user.is_administrator);
        let access = AlertAccess::Organizer(member.access);
        let wish = Wish { state, scope: Scope::Organizer };
        let page = list(&member.deps, &access, state, before).await.map_err(ssr::unexpected)?;
        let body = body(&page, wish, is_administrator, lang).into_any();
        Ok(view! {
            <PageHead title=texts::title_all(lang).to_owned() />
            <OrganizerPage section=Section::Alerts event=None>{body}</OrganizerPage>
        }
        .into_any())
    })
}

fn body(page: &AlertPage, wish: Wish, is_administrator: bool, lang: Lang) -> impl IntoView + use<> {
    let older = page.next.map(|next| {
        let href = wish.scope.address(wish.state == AlertState::Closed, Some(next));
        view! {
            <nav class="pager">
                <LinkButton href kind=ButtonKind::Secondary>
                    {texts::older(lang)}
                </LinkButton>
            </nav>
        }
    });
    view! {
        <header class="page-header">
            <div>
                <h1>{texts::title_all(lang)}</h1>
                <p class="page-lead">{texts::lead(lang)}</p>
            </div>
        </header>
        {done(lang)}
        {filters(wish, is_administrator, lang)}
        {cards(page, wish, lang)}
        {older}
    }
}

/// The alerts of a page, or that there is none.
pub(crate) fn cards(page: &AlertPage, wish: Wish, lang: Lang) -> AnyView {
    if page.alerts.is_empty() {
        return nothing(wish.state, lang).into_any();
    }
    let cards = page.alerts.iter().map(|alert| card(alert, wish, lang)).collect_view();
    view! { <ul class="alert-list">{cards}</ul> }.into_any()
}

/// What came of the last press.
pub(crate) fn done(lang: Lang) -> Option<impl IntoView> {
    let (tone, text) = match ssr::query("done")?.as_str() {
        "closed" => (Tone::Good, texts::done_closed(lang)),
        "under_way" => (Tone::Good, texts::done_under_way(lang)),
        "still_so" => (Tone::Waiting, texts::done_still_so(lang)),
        "no_answer" => (Tone::Waiting, texts::done_no_answer(lang)),
        "waits_for_you" => (Tone::Waiting, texts::done_waits_for_you(lang)),
        "note" => (Tone::Bad, texts::done_note(lang)),
        "busy" => (Tone::Waiting, texts::done_busy(lang)),
        _ => return None,
    };
    Some(view! { <Notice tone=tone>{text}</Notice> })
}

pub(crate) fn chip(is_here: bool, href: String, word: &'static str) -> impl IntoView {
    view! {
        <a class="chip" href=href aria-current=is_here.then_some("true")>
            {word}
        </a>
    }
}

/// Open or closed ones.
pub(crate) fn states(wish: Wish, lang: Lang) -> impl IntoView {
    let is_closed = wish.state == AlertState::Closed;
    view! {
        {chip(!is_closed, wish.scope.address(false, None), texts::open(lang))}
        {chip(is_closed, wish.scope.address(true, None), texts::closed(lang))}
    }
}

fn filters(wish: Wish, is_administrator: bool, lang: Lang) -> impl IntoView + use<> {
    let platform = is_administrator
        .then(|| chip(false, paths::admin::ALERTS.to_owned(), texts::platform(lang)));
    view! {
        <nav class="chips" aria-label=texts::title_all(lang)>
            {states(wish, lang)} {platform}
        </nav>
    }
}

fn nothing(state: AlertState, lang: Lang) -> impl IntoView + use<> {
    let (icon, title, text) = match state {
        AlertState::Open => (IconName::Check, texts::none_title(lang), texts::none_text(lang)),
        AlertState::Closed => {
            (IconName::List, texts::none_closed_title(lang), texts::none_closed_text(lang))
        }
    };
    view! {
        <div class="empty-state">
            <span class="empty-state-icon">
                <Icon name=icon />
            </span>
            <h2 class="empty-state-title">{title}</h2>
            <p class="empty-state-text">{text}</p>
        </div>
    }
}

fn card(alert: &AlertLine, wish: Wish, lang: Lang) -> impl IntoView + use<> {
    let rule = AlertRule::parse(&alert.rule).ok();
    let severity = rule.map_or(Severity::Warning, AlertRule::severity);
    let who = alert.buyer_name.as_deref().unwrap_or_default();
    let amount = alert.amount.map(|amount| money::format(amount, lang)).unwrap_or_default();
    let told = texts::tell(&alert.rule, who, &amount, &seen(&alert.observed), lang);
    let zone = alert.time_zone.as_deref().unwrap_or(ZONE);
    let title_id = format!("alert-{}", alert.id);
    let labelled_by = title_id.clone();
    let facts = [alert.event_title.clone(), alert.order_code.clone()];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" ・ ");
    let is_open = alert.resolved_at.is_none();
    view! {
        <li class="card alert-card" aria-labelledby=labelled_by>
            <div class="alert-head">
                <StatusBadge status=texts::badge(severity, lang) />
                <h2 id=title_id>{told.title}</h2>
            </div>
            <p class="alert-facts">{facts}</p>
            <dl class="alert-told">
                <div>
                    <dt>{texts::saw(lang)}</dt>
                    <dd>{told.saw}</dd>
                </div>
                <div>
                    <dt>{texts::should(lang)}</dt>
                    <dd>{told.should}</dd>
                </div>
                <div>
                    <dt>{texts::means(lang)}</dt>
                    <dd>{told.means}</dd>
                </div>
                <div>
                    <dt>{texts::since(lang)}</dt>
                    <dd>
                        <time datetime=date::machine(alert.detected_at)>
                            {date::day_time(alert.detected_at, zone, lang)}
                        </time>
                    </dd>
                </div>
            </dl>
            {if wish.scope == Scope::Organizers {
                whose(alert, zone, lang).into_any()
            } else if is_open {
                actions(alert, rule, wish, lang).into_any()
            } else {
                ending(alert, zone, lang).into_any()
            }}
        </li>
    }
}

/// What else was seen, for rules whose words need it.
fn seen(observed: &Value) -> String {
    let text = |name: &str| match observed.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let parts = ["found", "kind", "lastError", "nTaken", "code"].into_iter().filter_map(text);
    parts.collect::<Vec<_>>().join(": ")
}

/// Whose alert it is, and how it ended, where it did.
fn whose(alert: &AlertLine, zone: &str, lang: Lang) -> impl IntoView + use<> {
    let link = alert.organizer.clone().map(|(organizer, name)| {
        let href = paths::admin::organizer(organizer);
        view! { <LinkButton href kind=ButtonKind::Secondary>{name}</LinkButton> }
    });
    let ending = alert.resolved_at.map(|_| ending(alert, zone, lang));
    view! { {ending} <div class="alert-actions">{link}</div> }
}

fn ending(alert: &AlertLine, zone: &str, lang: Lang) -> impl IntoView + use<> {
    let how = match alert.resolution {
        Some(Resolution::Accepted) => texts::accepted(lang),
        Some(Resolution::Itself) | None => texts::by_itself(lang),
    };
    let when = alert.resolved_at.map(|at| date::day_time(at, zone, lang)).unwrap_or_default();
    let note = (!alert.note.is_empty()).then(|| alert.note.clone());
    view! {
        <p class="alert-ending">{how} " ・ " {when}</p>
        {note.map(|note| view! { <p class="alert-note">{note}</p> })}
    }
}

fn actions(
    alert: &AlertLine,
    rule: Option<AlertRule>,
    wish: Wish,
    lang: Lang,
) -> impl IntoView + use<> {
    let is_platform = wish.scope == Scope::Platform;
    let known = rule.map_or(&[AlertAction::Accept][..], AlertRule::actions);
    let order = alert.order;
    let buttons = known
        .iter()
        .enumerate()
        .filter_map(|(n, action)| {
            let kind = if n == 0 { ButtonKind::Primary } else { ButtonKind::Secondary };
            let word = texts::action(*action, rule?, lang);
            let title = texts::title(&alert.rule, lang);
            match action {
                AlertAction::Ask | AlertAction::Repair => Some(
                    view! {
                        <ActionButton
                            action=wish.scope.door()
                            fields=vec![
                                ("alert", alert.id.to_string()),
                                ("action", action.to_string()),
                            ]
                            kind
                            label=format!("{word}: {title} {}", alert.order_code.as_deref().unwrap_or_default())
                        >
                            {word}
                        </ActionButton>
                    }
                    .into_any(),
                ),
                AlertAction::Refund => order.map(|order| {
                    view! {
                        <LinkButton href=paths::refund_order(order) kind>
                            {word}
                        </LinkButton>
                    }
                    .into_any()
                }),
                AlertAction::Open => {
                    let href = payout_page(alert, is_platform)?;
                    Some(view! { <LinkButton href kind>{word}</LinkButton> }.into_any())
                }
                AlertAction::Accept => None,
            }
        })
        .collect_view();
    // The page of an order is its organizer's.
    let see = order.filter(|_| !is_platform).map(|order| {
        view! {
            <LinkButton href=paths::order(order) kind=ButtonKind::Secondary>
                {texts::see_order(lang)}
            </LinkButton>
        }
    });
    view! {
        <div class="alert-actions">{buttons} {see}</div>
        {accept_form(alert.id, wish.scope, lang)}
    }
}

/// Where a payout is dealt with: its own page, or the list of administrators.
fn payout_page(alert: &AlertLine, is_platform: bool) -> Option<String> {
    let payout = alert.observed.get("payout")?.as_str()?.parse().ok()?;
    Some(if is_platform { paths::ADMIN_PAYOUTS.to_owned() } else { paths::payout(payout) })
}

fn accept_form(alert: AlertId, scope: Scope, lang: Lang) -> impl IntoView + use<> {
    let field = format!("note-{alert}");
    view! {
        <details class="alert-accept">
            <summary>{texts::more(lang)}</summary>
            <form method="post" action=here(scope.door()) class="alert-form">
                <input type="hidden" name="alert" value=alert.to_string() />
                <input type="hidden" name="action" value=AlertAction::Accept.as_str() />
                <div class="field">
                    <label class="field-label" for=field.clone()>
                        {texts::note(lang)}
                    </label>
                    <div class="field-control">
                        <textarea
                            id=field
                            name="note"
                            rows="2"
                            maxlength=domain::limits::REASON_CHARS_MAX.to_string()
                        ></textarea>
                    </div>
                </div>
                <SubmitButton kind=ButtonKind::Secondary>{texts::accept(lang)}</SubmitButton>
            </form>
        </details>
    }
}
