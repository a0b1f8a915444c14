//! The audit log page by page, for the organizer it belongs to.

use domain::audit::AuditMatter;
use domain::ids::{ApiKeyId, AuditEntryId, EventId, Id, OrganizerId, UserId};
use domain::permission::Permission;
use domain::time_zone::JAPAN;
use store::db::Conn;
use store::error::StoreError;
pub use store::read::audit_log::AuditLogLine;
use store::read::audit_log::{self, AuditFilter};
use store::read::platform_users;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use crate::Deps;
use crate::actor::{AdministratorAccess, OrganizerAccess};

/// Lines of a page.
const PAGE_LINES: i64 = 50;

/// Which lines are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    pub who: Option<Who>,
    pub what: Option<AuditMatter>,
    pub event: Option<EventId>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
    /// The reader's time zone, which days begin in; Japan's where there is none.
    pub zone: Option<String>,
}

impl AuditQuery {
    pub(super) fn zone(&self) -> &str {
        self.zone.as_deref().unwrap_or(JAPAN)
    }
}

/// Whose lines are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    User(UserId),
    ApiKey(ApiKeyId),
    Buyer,
    Provider,
    System,
}

impl Who {
    /// Reads `usr_…`, `key_…`, `buyer`, `provider` or `system`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "buyer" => Some(Self::Buyer),
            "provider" => Some(Self::Provider),
            "system" => Some(Self::System),
            id => {
                let user = id.parse().map(Self::User).ok();
                user.or_else(|| id.parse().map(Self::ApiKey).ok())
            }
        }
    }

    fn kind_and_id(self) -> (&'static str, Option<uuid::Uuid>) {
        match self {
            Self::User(user) => ("user", Some(user.uuid())),
            Self::ApiKey(key) => ("api_key", Some(key.uuid())),
            Self::Buyer => ("buyer", None),
            Self::Provider => ("provider", None),
            Self::System => ("system", None),
        }
    }
}

/// Somebody the filter offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    /// What [`Who::parse`] reads.
    pub name_in_address: String,
    pub name: String,
}

/// A page of the log, and what its filters offer.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    pub lines: Vec<AuditLogLine>,
    /// Where the next page begins; none at the end.
    pub older: Option<AuditEntryId>,
    pub hands: Vec<Hand>,
    pub events: Vec<(EventId, String)>,
}

/// A page of the organizer's log, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    deps: &Deps,
    access: &OrganizerAccess,
    query: &AuditQuery,
    older_than: Option<AuditEntryId>,
) -> anyhow::Result<AuditPage> {
    let mut conn = deps.db.acquire().await?;
    let organizer = access.organizer_for(Permission::ViewAudit)?;
    let (lines, older) = page(&mut conn, Some(organizer), &filter(query), older_than).await?;
    let hands = audit_log::list_hands(&mut conn, organizer).await?.into_iter().map(hand).collect();
    let events = audit_log::list_events(&mut conn, organizer).await?;
    Ok(AuditPage { lines, older, hands, events })
}

/// Which lines of everybody's are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformAuditQuery {
    pub organizer: Option<OrganizerId>,
    /// The address of a user; empty for everybody.
    pub email: String,
    pub query: AuditQuery,
}

/// A page of everybody's log for the platform's staff, newest first, and where the next begins.
///
/// # Errors
/// When the database fails.
pub async fn list_of_everybody(
    deps: &Deps,
    _: &AdministratorAccess,
    wish: &PlatformAuditQuery,
    older_than: Option<AuditEntryId>,
) -> Result<(Vec<AuditLogLine>, Option<AuditEntryId>), StoreError> {
    let mut conn = deps.db.acquire().await?;
    let mut query = wish.query.clone();
    if !wish.email.is_empty() {
        let key = wish.email.to_lowercase();
        // Whom nobody knows did nothing.
        match platform_users::find(&mut conn, &key).await? {
            Some(user) => query.who = Some(Who::User(user)),
            None => return Ok((Vec::new(), None)),
        }
    }
    page(&mut conn, wish.organizer, &filter(&query), older_than).await
}

async fn page(
    conn: &mut Conn,
    organizer: Option<OrganizerId>,
    filter: &AuditFilter,
    older_than: Option<AuditEntryId>,
) -> Result<(Vec<AuditLogLine>, Option<AuditEntryId>), StoreError> {
    let mut lines =
        audit_log::list(conn, organizer, filter, older_than, PAGE_LINES.saturating_add(1)).await?;
    let is_more = i64::try_from(lines.len()).is_ok_and(|n| n > PAGE_LINES);
    if is_more {
        lines.pop();
    }
    let older = lines.last().map(|line| line.id).filter(|_| is_more);
    Ok((lines, older))
}

fn hand(hand: audit_log::Hand) -> Hand {
    let name_in_address = match hand.kind.as_str() {
        "user" => UserId::from_uuid(hand.id).to_string(),
        _ => ApiKeyId::from_uuid(hand.id).to_string(),
    };
    Hand { name_in_address, name: hand.name }
}

pub(super) fn filter(query: &AuditQuery) -> AuditFilter {
    let (actor_kind, actor) = query.who.map(Who::kind_and_id).unzip();
    AuditFilter {
        actor_kind: actor_kind.map(str::to_owned),
        actor: actor.flatten(),
        nouns: query
            .what
            .map(AuditMatter::nouns)
            .unwrap_or_default()
            .iter()
            .map(|noun| (*noun).to_owned())
            .collect(),
        event: query.event,
        from: query.from.and_then(|day| midnight(day, query.zone())),
        until: query.until.and_then(Date::next_day).and_then(|day| midnight(day, query.zone())),
    }
}

/// Reads a day as a date input writes it: `2026-12-18`.
pub fn parse_day(text: &str) -> Option<Date> {
    let day = Date::parse(text.trim(), format_description!("[year]-[month]-[day]")).ok()?;
    // Years that calendars and the database can both read.
    (1990..=2200).contains(&day.year()).then_some(day)
}

fn midnight(day: Date, zone: &str) -> Option<OffsetDateTime> {
    domain::time_zone::instant(&format!("{day}T00:00"), zone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_begin_at_midnight_of_the_reader() {
        let day = parse_day("2026-12-18").unwrap();
        assert_eq!(midnight(day, JAPAN).map(|at| at.unix_timestamp()), Some(1_797_519_600));
        assert_eq!(midnight(day, "UTC").map(|at| at.unix_timestamp()), Some(1_797_552_000));
        for text in ["", "2026-13-01", "18.12.2026", "0001-01-01", "9999-12-31"] {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }

    #[test]
    fn whose_lines_are_wanted_is_read_from_the_address() {
        assert_eq!(Who::parse("buyer"), Some(Who::Buyer));
        let user: UserId = crate::fresh::id();
        assert_eq!(Who::parse(&user.to_string()), Some(Who::User(user)));
        assert_eq!(Who::parse("nobody"), None);
    }
}
