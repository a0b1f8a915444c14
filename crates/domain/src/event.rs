//! An event: its life, who may see it, and how it may be paid.

use time::OffsetDateTime;

use crate::payment::PaymentMethod;

crate::words! {
    /// The life of an event.
    EventStatus {
        /// Only its organizer sees it.
        Draft = "draft",
        /// On sale, within the sales windows of its ticket types.
        Published = "published",
        /// Visible, sales ended by hand.
        Closed = "closed",
        /// It does not take place; money is on its way back. For good.
        Cancelled = "cancelled",
    }
}

crate::words! {
    /// Who finds a published event.
    Visibility {
        /// Anyone, search engines too.
        Public = "public",
        /// Only who has the link.
        Unlisted = "unlisted",
    }
}

crate::words! {
    /// Who an organizer is, in law.
    OrganizerKind {
        /// 個人
        Individual = "individual",
        /// 団体
        Group = "group",
        /// 事業者
        Business = "business",
    }
}

/// Why an event cannot be published as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPublishable {
    #[error("the event has no title")]
    NoTitle,
    #[error("the event has no start")]
    NoStart,
    #[error("the event ends before it starts")]
    EndsBeforeStart,
    #[error("the event is over")]
    IsOver,
    #[error("the event has no ticket type")]
    NoTicketType,
    #[error("the event has paid tickets and no payment method")]
    NoPaymentMethod,
    /// Called off, for good: money is on its way back.
    #[error("the event was cancelled")]
    IsCancelled,
}

/// What publishing asks of an event.
#[derive(Debug, Clone, Copy)]
pub struct PublishCheck<'a> {
    pub title: &'a str,
    pub starts_at: Option<OffsetDateTime>,
    pub ends_at: Option<OffsetDateTime>,
    pub n_ticket_types: usize,
    pub has_paid_ticket_types: bool,
    pub methods: &'a [PaymentMethod],
}

/// Lists everything that stands between an event and its publication.
pub fn publish_obstacles(check: &PublishCheck<'_>, now: OffsetDateTime) -> Vec<NotPublishable> {
    let mut obstacles = Vec::new();
    if check.title.trim().is_empty() {
        obstacles.push(NotPublishable::NoTitle);
    }
    match (check.starts_at, check.ends_at) {
        (None, _) => obstacles.push(NotPublishable::NoStart),
        (Some(start), Some(end)) if end <= start => {
            obstacles.push(NotPublishable::EndsBeforeStart);
        }
        (Some(start), end) if end.unwrap_or(start) < now => obstacles.push(NotPublishable::IsOver),
        (Some(_), _) => {}
    }
    if check.n_ticket_types == 0 {
        obstacles.push(NotPublishable::NoTicketType);
    }
    if check.has_paid_ticket_types && check.methods.is_empty() {
        obstacles.push(NotPublishable::NoPaymentMethod);
    }
    obstacles
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn obstacles_are_named_all_at_once() {
        let now = datetime!(2026-11-21 0:00 UTC);
        let check = PublishCheck {
            title: " ",
            starts_at: None,
            ends_at: None,
            n_ticket_types: 0,
            has_paid_ticket_types: false,
            methods: &[],
        };
        use NotPublishable as N;
        assert_eq!(publish_obstacles(&check, now), [N::NoTitle, N::NoStart, N::NoTicketType]);
        let check = PublishCheck {
            title: "忘年会",
            starts_at: Some(datetime!(2026-12-18 10:00 UTC)),
            ends_at: Some(datetime!(2026-12-18 9:00 UTC)),
            n_ticket_types: 1,
            has_paid_ticket_types: true,
            methods: &[],
        };
        assert_eq!(publish_obstacles(&check, now), [N::EndsBeforeStart, N::NoPaymentMethod]);
    }
}
