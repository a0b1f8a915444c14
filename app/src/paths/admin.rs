//! Links of the staff's pages.

use domain::ids::{AlertId, JobId, OrganizerId, UserId};
use domain::standing::Standing;

pub const OVERVIEW: &str = "/admin";
pub const JOBS: &str = "/admin/jobs";
pub const ORGANIZERS: &str = "/admin/organizers";
pub const USERS: &str = "/admin/users";
pub const ALERTS: &str = "/admin/alerts";
pub const SWITCHES: &str = "/admin/switches";
pub const SWITCHED: &str = "/admin/switches?done=switched";
pub const AUDIT: &str = "/admin/audit";

/// Where the staff's forms post to.
pub const RETRY_JOBS: &str = "/api/administration/retry_jobs";
pub const GIVE_UP_JOBS: &str = "/api/administration/give_up_jobs";
pub const SET_STANDING: &str = "/api/administration/set_standing";
pub const SET_ACCOUNT_STATE: &str = "/api/administration/set_account_state";
pub const BEGIN_VISIT: &str = "/api/administration/begin_visit";
pub const END_VISIT: &str = "/api/administration/end_visit";
pub const SWITCH: &str = "/api/administration/switch";
pub const ACT_ON_ALERT: &str = "/api/administration/act_on_alert";

/// An address with what it asks for; what is empty is left out.
fn with(path: &str, pairs: &[(&str, String)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Text as an address carries it.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Jobs that gave up, of one kind or of all, from one on.
pub fn jobs(kind: &str, before: Option<JobId>) -> String {
    let before = before.map(|id| id.to_string()).unwrap_or_default();
    with(JOBS, &[("kind", kind.to_owned()), ("before", before)])
}

/// The same right after something was done; `done` is a word of ours.
pub fn jobs_after(kind: &str, done: &str, n: u64) -> String {
    with(JOBS, &[("kind", kind.to_owned()), ("done", done.to_owned()), ("n", n.to_string())])
}

/// Organizers that match, from one on.
pub fn organizers(text: &str, standing: Option<Standing>, before: Option<OrganizerId>) -> String {
    let standing = standing.map(|it| it.to_string()).unwrap_or_default();
    let before = before.map(|id| id.to_string()).unwrap_or_default();
    with(ORGANIZERS, &[("q", text.to_owned()), ("standing", standing), ("before", before)])
}

/// One organizer.
pub fn organizer(organizer: OrganizerId) -> String {
    format!("{ORGANIZERS}/{organizer}")
}

/// One organizer right after something was done with it; `done` is a word of ours.
pub fn organizer_after(organizer: OrganizerId, done: &str) -> String {
    format!("{ORGANIZERS}/{organizer}?done={done}")
}

/// Users that match, from one on.
pub fn users(text: &str, before: Option<UserId>) -> String {
    let before = before.map(|id| id.to_string()).unwrap_or_default();
    with(USERS, &[("q", text.to_owned()), ("before", before)])
}

/// One user, right after something was done with the account; `done` is a word of ours.
pub fn user_after(user: UserId, done: &str) -> String {
    with(USERS, &[("q", user.to_string()), ("done", done.to_owned())])
}

/// Alerts of the platform or of organizers: open or closed, from one on.
pub fn alerts(is_theirs: bool, is_closed: bool, before: Option<AlertId>) -> String {
    let whose = if is_theirs { "organizers" } else { "" };
    let state = if is_closed { "closed" } else { "" };
    let before = before.map(|id| id.to_string()).unwrap_or_default();
    with(ALERTS, &[("whose", whose.to_owned()), ("state", state.to_owned()), ("before", before)])
}

/// The same right after something was done there; `done` is a word of ours.
pub fn alerts_after(done: &str) -> String {
    format!("{ALERTS}?done={done}")
}

/// What was done by one user.
pub fn audit_of_user(email: &str) -> String {
    with(AUDIT, &[("email", email.to_owned())])
}

/// What was done for one organizer.
pub fn audit_of_organizer(organizer: OrganizerId) -> String {
    with(AUDIT, &[("organizer", organizer.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_is_carried_by_the_address() {
        assert_eq!(users("", None), "/admin/users");
        assert_eq!(users("a+b@例", None), "/admin/users?q=a%2Bb%40%E4%BE%8B");
        assert_eq!(
            jobs_after("send_mail", "tried", 3),
            "/admin/jobs?kind=send_mail&done=tried&n=3"
        );
    }
}
