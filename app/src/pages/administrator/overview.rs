//! The staff's first page: what needs somebody now, and how the machinery is doing.

use domain::permission::Permission;
use domain::upkeep::{Need, Upkeep};
use leptos::prelude::*;
use operations::platform::overview::{self, Overview, QueueKind, n_findings};
use time::OffsetDateTime;
use words::lang::Lang;
use words::status::{StatusWord, Tone};
use words::{date, platform as texts};

use super::frame::{AdminHeader, AdminPage, AdminSection, AdminTable, Nothing};
use super::{ZONE, page_for_administrator};
use crate::components::icon::IconName;
use crate::components::status_badge::StatusBadge;
use crate::{paths, ssr};

/// The page.
#[component]
pub fn AdminOverviewPage() -> impl IntoView {
    page_for_administrator(Permission::ViewPlatform, |it| async move {
        let found = overview::overview(&it.deps, &it.access).await.map_err(ssr::unexpected)?;
        let lang = it.lang;
        Ok(view! {
            <AdminPage section=AdminSection::Overview title=texts::overview(lang)>
                <AdminHeader title=texts::overview(lang) lead=texts::overview_lead(lang) />
                {needs(&found, lang)}
                {machinery(&found, lang)}
                {queue(&found.queue, lang)}
                <p class="quiet-text">
                    {texts::as_of(lang)} " " {date::day_time(found.at, ZONE, lang)}
                </p>
            </AdminPage>
        }
        .into_any())
    })
}

fn needs(found: &Overview, lang: Lang) -> impl IntoView + use<> {
    let rows = found.needs.iter().map(|need| row(*need, lang)).collect_view();
    let is_quiet = found.needs.is_empty();
    view! {
        <section aria-labelledby="needs">
            <h2 class="admin-heading" id="needs">
                {texts::needs_title(lang)}
            </h2>
            {if is_quiet {
                view! {
                    <Nothing
                        icon=IconName::Check
                        title=texts::needs_none(lang)
                        text=texts::needs_none_text(lang)
                    />
                }
                    .into_any()
            } else {
                view! { <ul class="admin-needs">{rows}</ul> }.into_any()
            }}
        </section>
    }
}

fn row(need: Need, lang: Lang) -> impl IntoView {
    let text = texts::need(need.what, need.n, lang);
    view! {
        <li class="card admin-need" data-urgency=need.urgency.as_str()>
            <StatusBadge status=texts::urgency(need.urgency, lang) />
            <p>{text.clone()}</p>
            <a
                class="button"
                data-kind="secondary"
                href=way(need.what)
                aria-label=format!("{}: {text}", texts::see(lang))
            >
                {texts::see(lang)}
            </a>
        </li>
    }
}

/// Where one deals with it.
fn way(what: Upkeep) -> String {
    use paths::admin;
    match what {
        Upkeep::Alerts | Upkeep::Check => admin::ALERTS.to_owned(),
        Upkeep::DeadJobs => admin::JOBS.to_owned(),
        Upkeep::Queue | Upkeep::Webhooks | Upkeep::Mails => format!("{}#queue", admin::OVERVIEW),
        Upkeep::Provider => format!("{}#machinery", admin::OVERVIEW),
        Upkeep::Payouts => paths::ADMIN_PAYOUTS.to_owned(),
        Upkeep::Reviews => admin::organizers("", Some(domain::standing::Standing::InReview), None),
    }
}

fn machinery(found: &Overview, lang: Lang) -> impl IntoView + use<> {
    let when = |at: Option<OffsetDateTime>| {
        at.map_or_else(|| texts::never(lang).to_owned(), |at| date::ago(at, found.at, ZONE, lang))
    };
    let providers = found
        .providers
        .iter()
        .map(|(health, it)| {
            let told = vec![
                (texts::last_answer(lang), when(it.answered_at)),
                (texts::last_silence(lang), when(it.silent_at)),
                (texts::unanswered(lang), it.n_silent.to_string()),
                (texts::last_webhook(lang), when(it.told_at)),
                (texts::last_acted(lang), when(it.acted_at)),
                (texts::waiting_webhooks(lang), it.n_waiting.to_string()),
                (texts::last_capture(lang), when(it.captured_at)),
                (texts::last_settlement(lang), when(it.settled_at)),
            ];
            let title = format!("{} {}", texts::provider(lang), texts::provider_name(&it.provider));
            told_card(title, Some(texts::provider_health(*health, lang)), told)
        })
        .collect_view();
    let facts = &found.facts;
    let mail = vec![
        (texts::last_mail(lang), when(facts.last_mail_at)),
        (texts::last_failed_mail(lang), when(facts.last_failed_mail_at)),
        (texts::late_mails(lang), facts.n_late_mails.to_string()),
    ];
    view! {
        <section aria-labelledby="machinery">
            <h2 class="admin-heading" id="machinery">
                {texts::machinery(lang)}
            </h2>
            <div class="admin-pair">
                {providers} {checks(found, lang)}
                {told_card(texts::mail(lang).to_owned(), None, mail)}
            </div>
        </section>
    }
}

/// A part of the machinery, fact by fact.
fn told_card(
    title: String,
    status: Option<StatusWord>,
    told: Vec<(&'static str, String)>,
) -> impl IntoView {
    let told = told
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
        .collect_view();
    view! {
        <div class="card">
            <div class="card-head">
                <h3 class="card-title">{title}</h3>
                {status.map(|status| view! { <StatusBadge status /> })}
            </div>
            <dl class="admin-facts">{told}</dl>
        </div>
    }
}

fn checks(found: &Overview, lang: Lang) -> impl IntoView + use<> {
    let rows = found
        .checks
        .iter()
        .map(|run| {
            let n = n_findings(run);
            let badge = if n == 0 {
                let word = texts::check_fine(lang);
                let status = StatusWord { status: "ok", sign: "✓", word, tone: Tone::Good };
                view! { <StatusBadge status /> }.into_any()
            } else {
                let status = StatusWord { status: "differs", sign: "!", word: "", tone: Tone::Bad };
                view! { <StatusBadge status detail=texts::findings(n, lang) /> }.into_any()
            };
            view! {
                <div>
                    <dt>{texts::check_part(&run.name, lang)}</dt>
                    <dd>
                        <span class="admin-when">{date::ago(run.ended_at, found.at, ZONE, lang)}</span>
                        {badge}
                    </dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <div class="card">
            <h3 class="card-title">{texts::checks(lang)}</h3>
            {if found.checks.is_empty() {
                view! { <p class="quiet-text">{texts::checks_none(lang)}</p> }.into_any()
            } else {
                view! { <dl class="admin-facts">{rows}</dl> }.into_any()
            }}
        </div>
    }
}

fn queue(kinds: &[QueueKind], lang: Lang) -> impl IntoView + use<> {
    let rows = kinds.iter().map(|it| queue_row(it, lang)).collect_view();
    let heads = [
        texts::kind(lang),
        texts::ready(lang),
        texts::running(lang),
        texts::later(lang),
        texts::dead(lang),
        texts::lag(lang),
    ];
    view! {
        <section aria-labelledby="queue">
            <h2 class="admin-heading" id="queue">
                {texts::queue_title(lang)}
            </h2>
            {if kinds.is_empty() {
                view! { <p class="card quiet-text">{texts::queue_empty(lang)}</p> }.into_any()
            } else {
                view! { <AdminTable heads>{rows}</AdminTable> }.into_any()
            }}
        </section>
    }
}

fn queue_row(it: &QueueKind, lang: Lang) -> impl IntoView + use<> {
    let number = |label: &'static str, n: i64| {
        view! { <td data-label=label>{n}</td> }
    };
    let dead = if it.n_dead > 0 {
        let href = paths::admin::jobs(&it.kind, None);
        view! { <a href=href>{it.n_dead}</a> }.into_any()
    } else {
        view! { <span>"0"</span> }.into_any()
    };
    let lag = if it.n_ready > 0 { texts::age(it.lag_seconds, lang) } else { "—".to_owned() };
    view! {
        <tr>
            <th scope="row">{texts::job(&it.kind, lang)}</th>
            {number(texts::ready(lang), it.n_ready)}
            {number(texts::running(lang), it.n_running)}
            {number(texts::later(lang), it.n_later)}
            <td data-label=texts::dead(lang)>{dead}</td>
            <td data-label=texts::lag(lang)>{lag}</td>
        </tr>
    }
}
