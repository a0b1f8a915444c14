//! One organizer before the staff: what is known of it, and how it stands.

use domain::ids::OrganizerId;
use domain::permission::Permission;
use domain::standing::Standing;
use leptos::prelude::*;
use operations::platform::organizers::{OrganizerDetail, show};
use words::lang::Lang;
use words::{account, alerts, date, embed, members, organizer, payouts, platform as texts, status};

use super::frame::{AdminPage, AdminSection, ReasonField, done_as, form_answer};
use super::{ZONE, page_for_administrator};
use crate::components::amount::Amount;
use crate::components::card::Card;
use crate::components::status_badge::StatusBadge;
use crate::error::AppError;
use crate::{paths, ssr};

/// The page.
#[component]
pub fn AdminOrganizerPage() -> impl IntoView {
    let organizer = ssr::param("organizer").parse::<OrganizerId>();
    page_for_administrator(Permission::ReviewOrganizers, move |it| async move {
        let organizer = organizer.map_err(|_| AppError::NotFound)?;
        let found = show(&it.deps, &it.access, organizer).await.map_err(ssr::unexpected)?;
        let found = found.ok_or(AppError::NotFound)?;
        let lang = it.lang;
        let answer = form_answer(done_as("standing", texts::standing_done(lang))).await;
        let name = found.organizer.display_name.clone();
        Ok(view! {
            <AdminPage section=AdminSection::Organizers title=name.clone()>
                <nav class="crumbs">
                    <a href=paths::admin::ORGANIZERS>{texts::organizers(lang)}</a>
                </nav>
                <header class="page-header">
                    <div>
                        <h1>{name}</h1>
                        <p class="page-lead">
                            <code>{organizer.to_string()}</code>
                        </p>
                    </div>
                    <StatusBadge status=texts::standing_word(found.standing.standing, lang) />
                </header>
                {answer}
                <div class="admin-columns">
                    <div>
                        {standing(&found, lang)} {visit(organizer, lang)} {people(&found, lang)} {open_alerts(&found, lang)}
                        {keys(&found, lang)} {websites(&found, lang)}
                        <p>
                            <a href=paths::admin::audit_of_organizer(organizer)>{texts::see_audit(lang)}</a>
                        </p>
                    </div>
                    <div>
                        {profile(&found, lang)} {balances(&found, lang)} {events(&found, lang)}
                        {last_payouts(&found, lang)}
                    </div>
                </div>
            </AdminPage>
        }
        .into_any())
    })
}

fn fact(name: &'static str, value: impl IntoView + 'static) -> AnyView {
    view! { <div><dt>{name}</dt><dd>{value}</dd></div> }.into_any()
}

fn profile(found: &OrganizerDetail, lang: Lang) -> impl IntoView + use<> {
    let it = &found.organizer;
    let number = it.registration_number.as_ref().map(|it| it.as_str().to_owned());
    let reviewed = found
        .standing
        .reviewed_at
        .map_or_else(|| texts::not_reviewed(lang).to_owned(), |at| date::day_time(at, ZONE, lang));
    let facts = vec![
        fact(texts::kind_of_organizer(lang), account::organizer_kind(it.kind, lang)),
        fact(texts::contact(lang), it.contact_email.as_str().to_owned()),
        number.map(|number| fact(texts::registration_number(lang), number)).into_any(),
        fact(texts::model(lang), payouts::model(found.payouts.model, lang)),
        fact(texts::reviewed(lang), reviewed),
    ];
    view! {
        <Card>
            <dl class="admin-facts">{facts}</dl>
        </Card>
    }
}

fn standing(found: &OrganizerDetail, lang: Lang) -> impl IntoView + use<> {
    let kept = &found.standing;
    let reason = (!kept.reason.is_empty()).then(|| texts::standing_reason(&kept.reason, lang));
    let since = kept.since.map(|at| date::day_time(at, ZONE, lang));
    let id = found.organizer.organizer.to_string();
    let choices: Vec<(Standing, &'static str, &'static str)> = match kept.standing {
        Standing::Active => vec![
            (Standing::InReview, texts::ask_review(lang), "secondary"),
            (Standing::Suspended, texts::suspend(lang), "danger"),
        ],
        Standing::InReview => vec![
            (Standing::Active, texts::pass_review(lang), "primary"),
            (Standing::Suspended, texts::suspend(lang), "danger"),
        ],
        Standing::Suspended => vec![
            (Standing::Active, texts::let_go_on(lang), "primary"),
            (Standing::InReview, texts::ask_review(lang), "secondary"),
        ],
    };
    let buttons = choices
        .into_iter()
        .map(|(to, word, kind)| {
            view! {
                <button type="submit" class="button" data-kind=kind name="standing" value=to.as_str()>
                    {word}
                </button>
            }
        })
        .collect_view();
    view! {
        <Card title=texts::standing_change(lang)>
            {reason
                .map(|reason| {
                    view! {
                        <p>
                            <b>{reason}</b>
                        </p>
                    }
                })}
            {since.map(|since| view! { <p class="quiet-text">{since}</p> })}
            <p class="quiet-text">{texts::standing_text(lang)}</p>
            <form method="post" action=paths::admin::SET_STANDING>
                <input type="hidden" name="organizer" value=id />
                <ReasonField id="standing-reason" />
                <div class="admin-actions">{buttons}</div>
            </form>
        </Card>
    }
}

/// The way to the organizer's own pages.
fn visit(organizer: OrganizerId, lang: Lang) -> impl IntoView {
    view! {
        <Card title=texts::visit(lang)>
            <p class="quiet-text">{texts::visit_text(lang)}</p>
            <form method="post" action=paths::admin::BEGIN_VISIT>
                <input type="hidden" name="organizer" value=organizer.to_string() />
                <ReasonField id="visit-reason" label=texts::visit_reason(lang) />
                <div class="admin-actions">
                    <button type="submit" class="button" data-kind="secondary">
                        {texts::begin_visit(lang)}
                    </button>
                </div>
            </form>
        </Card>
    }
}

/// A card with its lines, or a sentence where there are none.
fn lines(title: &'static str, none: &'static str, rows: Vec<AnyView>) -> impl IntoView {
    view! {
        <Card title>
            {if rows.is_empty() {
                view! { <p class="quiet-text">{none}</p> }.into_any()
            } else {
                view! { <ul class="admin-lines">{rows}</ul> }.into_any()
            }}
        </Card>
    }
}

fn line(left: impl IntoView + 'static, right: impl IntoView + 'static) -> AnyView {
    view! { <li><div>{left}</div><div class="admin-line-end">{right}</div></li> }.into_any()
}

fn balances(found: &OrganizerDetail, lang: Lang) -> impl IntoView + use<> {
    let rows = found
        .balances
        .iter()
        .map(|(kind, money)| {
            line(texts::ledger_account(kind, lang), view! { <Amount money=*money lang /> })
        })
        .collect();
    view! {
        <div>
            {lines(texts::balances(lang), texts::balances_none(lang), rows)}
            <p class="admin-under">{texts::balance_note(lang)}</p>
        </div>
    }
}

fn events(found: &OrganizerDetail, lang: Lang) -> impl IntoView + use<> {
    let rows = found
        .events
        .iter()
        .map(|event| {
            let title = if event.title.is_empty() {
                organizer::untitled(lang).to_owned()
            } else {
                event.title.clone()
            };
            let when = event.starts_at.map(|at| date::short(at, &event.time_zone));
            let left = view! {
                <a href=paths::event(&event.slug)>{title}</a>
                <span class="admin-under">
                    {when} " " {texts::paid_orders(lang)} " " {event.n_paid_orders}
                </span>
            };
            line(left, view! { <StatusBadge status=status::event(event.status, lang) /> })
        })
        .collect();
    lines(texts::events(lang), texts::events_none(lang), rows)
}

fn last_payouts(found: &OrganizerDetail, lang: Lang) -> impl IntoView + use<> {
    let rows = found
        .last_payouts
        .iter()
        .map(|payout| {
            let left = view! {
                <b>{payout.code.clone()}</b>
                <span class="admin-under">{date::short_time(payout.at, ZONE)}</span>
            };
            let right = view! {
                <Amount money=payout.amount lang />
                <StatusBadge status=payouts::status(payout.status, lang) />
            };
            line(left, right)
        })
        .collect();
    lines(texts::last_payouts(lang), texts::payouts_none(lang), rows)
}

fn people(found: &OrganizerDetail, lang: Lang) -> impl IntoView + use<> {
    let rows = found
        .members
        .iter()
        .map(|member| {
            let left = view! {
                <a href=paths::admin::users(&member.email, None)>{member.email.clone()}</a>
                <span class="admin-under">{date::short(member.since, ZONE)}</span>
            };
            line(left, members::role(member.role, lang))
        })
        .collect();
    lines(texts::members(lang), texts::no_membership(lang), rows)
}

fn open_alerts(found: &OrganizerDetail, lang: Lang) -> impl IntoView + use<> {
    let rows = found
        .alerts
        .iter()
        .map(|(rule, n)| line(alerts::title(rule, lang), n.to_string()))
        .collect();
    lines(texts::open_alerts(lang), texts::alerts_none(lang), rows)
}

fn keys(found: &OrganizerDetail, lang: Lang) -> impl IntoView + use<> {
    let rows = found
        .keys
        .iter()
        .map(|key| {
            let used = key.last_used_at.map_or_else(
                || texts::never_used(lang).to_owned(),
                |at| format!("{} {}", texts::last_used(lang), date::short_time(at, ZONE)),
            );
            let left = view! {
                <b>{key.name.clone()}</b>
                <span class="admin-under">{key.prefix.clone()} "…"</span>
            };
            line(left, used)
        })
        .collect();
    lines(texts::keys(lang), texts::keys_none(lang), rows)
}

/// The websites that show the organizer's events.
fn websites(found: &OrganizerDetail, lang: Lang) -> impl IntoView + use<> {
    let open = found.publishable_keys.iter().filter(|key| key.revoked_at.is_none());
    let rows = open
        .map(|key| {
            let used = key.last_used_at.map_or_else(
                || embed::never_shown(lang).to_owned(),
                |at| embed::last_shown(&date::short_time(at, ZONE), lang),
            );
            let sites: Vec<&str> = key.sites.iter().map(|site| site.as_str()).collect();
            let left = view! {
                <b>{key.name.clone()}</b>
                <span class="admin-under">{sites.join(" ")}</span>
            };
            line(left, used)
        })
        .collect();
    lines(texts::websites(lang), texts::websites_none(lang), rows)
}
