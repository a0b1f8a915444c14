//! The provider's captures beside ours, each looked at once: what it took and we lack, what we booked and it lacks.

use std::collections::BTreeSet;

use domain::alert::AlertRule;
use domain::ids::PaymentId;
use providers::outcome::Outcome;
use providers::payments::Span;
use store::alerts::{self, Alert};
use store::provider_report::{self, Capture, Named};
use store::recurring;
use time::{Duration, OffsetDateTime};

use crate::Deps;
use crate::jobs::{self, Job};
use crate::watch::examine::{Examined, examine};
use crate::watch::raise_all;

/// Up to where both sides were compared.
const CURSOR: &str = "captures";
/// How far back the first look goes.
const FIRST_LOOK: Duration = Duration::DAY;
/// Our record of a capture follows the provider's by so much when all is well; what takes longer is asked about by name.
const SLACK: Duration = Duration::minutes(1);
/// Pages of the provider's list in one round; a longer list is halved in time.
const PAGES_MAX: u32 = 30;
/// The shortest time that is halved.
const SPAN_MIN: Duration = Duration::seconds(2);
/// Captures of ours compared, and payments asked about by name, in one round.
const CAPTURES_MAX: i64 = 2000;
const QUESTIONS_MAX: usize = 25;
/// Open differences are asked about again this often, so many at a time.
const ASKED_AGAIN_EVERY: Duration = Duration::minutes(10);
const ASKED_AGAIN_MAX: i64 = 10;
/// Rules that the provider's answer about one payment settles.
const PROVIDER_RULES: [AlertRule; 3] =
    [AlertRule::MissingHere, AlertRule::MissingThere, AlertRule::ReportDiffers];

/// Whether the provider answered in this round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    Yes,
    No,
}

/// Compares the captures of both sides from the cursor up to one grace ago, and moves the cursor over what was compared.
/// Without an answer nothing is raised and the cursor stays: the same time is looked at again.
///
/// # Errors
/// When the database fails.
pub async fn compare(deps: &Deps) -> anyhow::Result<Heard> {
    let last = deps.clock.now() - AlertRule::MissingHere.grace(deps.settings.alert_grace);
    let from = {
        let mut conn = deps.db.acquire().await?;
        recurring::find_cursor(&mut conn, CURSOR).await?.unwrap_or(last - FIRST_LOOK)
    };
    if from >= last {
        return Ok(Heard::Yes);
    }
    let mut until = last;
    let theirs = loop {
        match captures_of(deps, Span { from: from - SLACK, until }).await {
            Told::All(theirs) => break theirs,
            Told::TooMany if until - from > SPAN_MIN => until = from + (until - from) / 2,
            Told::TooMany | Told::Nothing => return Ok(Heard::No),
        }
    };
    raise_missing_here(deps, &theirs).await?;
    let seen_until = find_missing_there(deps, &theirs, from, until).await?;
    let mut conn = deps.db.acquire().await?;
    recurring::move_cursor(&mut conn, CURSOR, seen_until).await?;
    Ok(Heard::Yes)
}

enum Told {
    All(Vec<Named>),
    TooMany,
    Nothing,
}

async fn captures_of(deps: &Deps, span: Span) -> Told {
    let mut captures = Vec::new();
    let mut page = 1;
    loop {
        let list = match deps.provider.list_events(span, page).await {
            Outcome::Accepted(list) => list,
            Outcome::Refused(refusal) => {
                tracing::warn!(code = refusal.code, "the provider refuses to list its events");
                return Told::Nothing;
            }
            Outcome::Unknown(cause) => {
                tracing::info!(%cause, "the provider does not list its events");
                return Told::Nothing;
            }
        };
        captures.extend(list.items.into_iter().filter(|it| it.is_capture()).filter_map(|it| {
            let reference = it.reference.unwrap_or_default();
            Some(Named { provider_payment_id: it.payment_id?, reference })
        }));
        match list.next_page {
            None => return Told::All(captures),
            Some(next) if next > PAGES_MAX => return Told::TooMany,
            Some(next) => page = next,
        }
    }
}

/// Raises rule A, and has the provider asked at once: most often a lost message is all that is missing.
async fn raise_missing_here(deps: &Deps, theirs: &[Named]) -> anyhow::Result<()> {
    let suspects = {
        let mut conn = deps.db.acquire().await?;
        provider_report::list_missing_here(&mut conn, deps.provider.name(), theirs).await?
    };
    raise_all(deps, &suspects).await?;
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    for payment in suspects.iter().filter_map(|it| it.about.payment) {
        jobs::enqueue(&mut conn, &Job::SyncPayment { payment }, now).await?;
    }
    Ok(())
}

/// Looks for rule B among our captures; says up to where everything is known.
async fn find_missing_there(
    deps: &Deps,
    theirs: &[Named],
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> anyhow::Result<OffsetDateTime> {
    let ours = {
        let mut conn = deps.db.acquire().await?;
        let provider = deps.provider.name();
        provider_report::list_captures(&mut conn, provider, from, until, CAPTURES_MAX).await?
    };
    let is_short = i64::try_from(ours.len()).unwrap_or(i64::MAX) < CAPTURES_MAX;
    let end = if is_short { until } else { ours.last().map_or(until, |it| it.recorded_at) };
    let told: BTreeSet<&str> = theirs
        .iter()
        .flat_map(|it| [it.provider_payment_id.as_str(), it.reference.as_str()])
        .filter(|name| !name.is_empty())
        .collect();
    let is_told = |capture: &Capture| {
        told.contains(capture.reference.as_str())
            || capture.provider_payment_id.as_deref().is_some_and(|id| told.contains(id))
    };
    let mut seen_until = from;
    for (n_asked, capture) in ours.iter().filter(|it| !is_told(it)).enumerate() {
        if n_asked >= QUESTIONS_MAX {
            return Ok(seen_until);
        }
        match examine(deps, capture.payment).await? {
            Examined::Agrees => {}
            Examined::Differs(suspect) => drop(raise_all(deps, &[*suspect]).await?),
            Examined::Unknown => return Ok(seen_until),
        }
        seen_until = capture.recorded_at;
    }
    Ok(end)
}

/// Asks again about open differences that only the provider can settle.
///
/// # Errors
/// When the database fails.
pub async fn ask_again(deps: &Deps) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    if !recurring::claim(&mut conn, "watch.again", now - ASKED_AGAIN_EVERY, now).await? {
        return Ok(());
    }
    let mut open: Vec<Alert> = Vec::new();
    for rule in PROVIDER_RULES {
        open.extend(alerts::list_open(&mut conn, rule, ASKED_AGAIN_MAX).await?);
    }
    drop(conn);
    // Young ones were asked about when they were raised.
    for alert in open.iter().filter(|it| it.detected_at + ASKED_AGAIN_EVERY <= now) {
        if let Some(payment) = alert.about.payment {
            settle(deps, alert, payment).await?;
        }
    }
    Ok(())
}

/// Examines the payment of an alert and brings the alerts in line with what is found.
///
/// # Errors
/// When the database fails.
pub(crate) async fn settle(
    deps: &Deps,
    alert: &Alert,
    payment: PaymentId,
) -> anyhow::Result<Examined> {
    let examined = examine(deps, payment).await?;
    let is_over = match &examined {
        Examined::Agrees => true,
        Examined::Differs(suspect) => {
            raise_all(deps, std::slice::from_ref(&**suspect)).await?;
            suspect.rule.as_str() != alert.rule
        }
        Examined::Unknown => false,
    };
    // Late money agrees as well; it is over only when it went back.
    if is_over && PROVIDER_RULES.iter().any(|rule| rule.as_str() == alert.rule) {
        let mut conn = deps.db.acquire().await?;
        alerts::close(&mut conn, alert.id, deps.clock.now()).await?;
    }
    Ok(examined)
}
