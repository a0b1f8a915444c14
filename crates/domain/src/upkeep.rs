//! What of the platform waits for somebody of the staff, and how urgently: judged from counts and ages alone.

use time::OffsetDateTime;

use crate::words;

words! {
    /// A thing of the platform that may need somebody.
    Upkeep {
        /// Something that belongs to no organizer does not add up.
        Alerts = "alerts",
        /// Work that was tried often enough.
        DeadJobs = "dead_jobs",
        /// The provider did not answer; its calls rest.
        Provider = "provider",
        /// Work whose time has come is not done.
        Queue = "queue",
        /// A provider's messages wait to be acted on.
        Webhooks = "webhooks",
        Mails = "mails",
        /// The nightly check found rows, or did not come.
        Check = "check",
        /// Approved payouts wait for a file.
        Payouts = "payouts",
        /// Organizers wait to be looked at.
        Reviews = "reviews",
    }
}

words! {
    /// How soon.
    Urgency {
        Now = "now",
        Soon = "soon",
    }
}

words! {
    /// How a provider answers.
    Health {
        Answers = "answers",
        /// It was asked, and nothing came since.
        Silent = "silent",
        /// It failed so often that calls to it rest for a while.
        Resting = "resting",
        /// Nothing was asked yet.
        Unasked = "unasked",
    }
}

/// How a provider answers, by when it last did and when it was last asked in vain.
pub fn health(
    is_resting: bool,
    answered_at: Option<OffsetDateTime>,
    silent_at: Option<OffsetDateTime>,
) -> Health {
    match (answered_at, silent_at) {
        _ if is_resting => Health::Resting,
        (answered, Some(silent)) if answered.is_none_or(|it| it < silent) => Health::Silent,
        (None, _) => Health::Unasked,
        (Some(_), _) => Health::Answers,
    }
}

/// Work that waits longer than this is not being done.
pub const QUEUE_SECONDS_MAX: i64 = 120;
/// A mail that waits longer than this is late.
pub const MAIL_SECONDS_MAX: i64 = 600;
/// The check comes every night; a longer silence is none.
pub const CHECK_SECONDS_MAX: i64 = 26 * 3600;

/// How the machinery stands, in counts and seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Machinery {
    /// Open alerts of the platform, and how many of them are critical.
    pub n_alerts: i64,
    pub n_critical_alerts: i64,
    pub n_dead_jobs: i64,
    pub is_provider_silent: bool,
    /// How long the oldest ready job has waited.
    pub queue_lag_seconds: i64,
    pub n_late_mails: i64,
    pub n_waiting_webhooks: i64,
    pub webhook_lag_seconds: i64,
    /// Since the last check; none before the first.
    pub check_age_seconds: Option<i64>,
    pub n_findings: i64,
    pub n_approved_payouts: i64,
    pub n_reviews: i64,
}

/// Something that waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    pub what: Upkeep,
    pub urgency: Urgency,
    /// How many of it, where it is counted.
    pub n: i64,
}

/// What needs somebody, the urgent first.
pub fn needs(it: &Machinery) -> Vec<Need> {
    let is_check_due = it.check_age_seconds.is_some_and(|age| age > CHECK_SECONDS_MAX);
    let told = [
        (Upkeep::Alerts, it.n_alerts > 0, it.n_critical_alerts > 0, it.n_alerts),
        (Upkeep::Check, it.n_findings > 0 || is_check_due, true, it.n_findings),
        (Upkeep::Provider, it.is_provider_silent, true, 0),
        (Upkeep::Queue, it.queue_lag_seconds > QUEUE_SECONDS_MAX, true, 0),
        (Upkeep::Webhooks, it.webhook_lag_seconds > QUEUE_SECONDS_MAX, true, it.n_waiting_webhooks),
        (Upkeep::DeadJobs, it.n_dead_jobs > 0, false, it.n_dead_jobs),
        (Upkeep::Mails, it.n_late_mails > 0, false, it.n_late_mails),
        (Upkeep::Payouts, it.n_approved_payouts > 0, false, it.n_approved_payouts),
        (Upkeep::Reviews, it.n_reviews > 0, false, it.n_reviews),
    ];
    let mut needs: Vec<Need> = told
        .into_iter()
        .filter(|(_, is_needed, _, _)| *is_needed)
        .map(|(what, _, is_urgent, n)| {
            let urgency = if is_urgent { Urgency::Now } else { Urgency::Soon };
            Need { what, urgency, n }
        })
        .collect();
    needs.sort_by_key(|need| need.urgency);
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_needed_where_everything_runs() {
        assert_eq!(needs(&Machinery::default()), []);
        let quiet = Machinery {
            queue_lag_seconds: QUEUE_SECONDS_MAX,
            check_age_seconds: Some(CHECK_SECONDS_MAX),
            ..Machinery::default()
        };
        assert_eq!(needs(&quiet), []);
    }

    #[test]
    fn a_provider_answers_until_it_was_asked_in_vain_since() {
        let at = |hour| OffsetDateTime::UNIX_EPOCH.checked_add(time::Duration::hours(hour));
        assert_eq!(health(false, None, None), Health::Unasked);
        assert_eq!(health(false, at(1), None), Health::Answers);
        assert_eq!(health(false, at(2), at(1)), Health::Answers, "it did since");
        assert_eq!(health(false, at(1), at(2)), Health::Silent);
        assert_eq!(health(false, None, at(1)), Health::Silent);
        assert_eq!(health(true, at(2), None), Health::Resting);
    }

    #[test]
    fn the_urgent_stands_first() {
        let told = needs(&Machinery {
            n_alerts: 2,
            n_dead_jobs: 3,
            n_approved_payouts: 1,
            queue_lag_seconds: QUEUE_SECONDS_MAX + 1,
            check_age_seconds: Some(CHECK_SECONDS_MAX + 1),
            ..Machinery::default()
        });
        let words: Vec<_> = told.iter().map(|it| (it.what.as_str(), it.urgency.as_str())).collect();
        assert_eq!(
            words,
            [
                ("check", "now"),
                ("queue", "now"),
                ("alerts", "soon"),
                ("dead_jobs", "soon"),
                ("payouts", "soon"),
            ]
        );
        let critical = Machinery { n_alerts: 2, n_critical_alerts: 1, ..Machinery::default() };
        let [alerts] = needs(&critical).try_into().unwrap();
        assert_eq!(alerts, Need { what: Upkeep::Alerts, urgency: Urgency::Now, n: 2 });
    }
}
