//! Accounts of people who log in: how they stand, and when one may end.

crate::words! {
    /// How an account stands.
    AccountState {
        Active = "active",
        /// By the platform's staff: nobody logs in with it until it is active again.
        Disabled = "disabled",
        /// Its owner is forgotten; the id stays for the books and the audit log.
        Deleted = "deleted",
    }
}

/// Why an organizer cannot do without its last owner yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StillNeeded {
    /// Others belong to it, and nobody of them is an owner.
    ByMembers,
    /// An event is open.
    ByEvents,
    /// Money is owed, on its way, or disputed.
    ForMoney,
}

/// What an organizer would leave behind without its last owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftBehind {
    pub n_others: i64,
    pub n_open_events: i64,
    pub has_money: bool,
}

/// Whether an organizer may end with its last owner.
///
/// # Errors
/// What has to be done first.
pub const fn may_close(left: LeftBehind) -> Result<(), StillNeeded> {
    if left.has_money {
        Err(StillNeeded::ForMoney)
    } else if left.n_open_events > 0 {
        Err(StillNeeded::ByEvents)
    } else if left.n_others > 0 {
        Err(StillNeeded::ByMembers)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_comes_before_events_and_events_before_people() {
        let left = |n_others, n_open_events, has_money| {
            may_close(LeftBehind { n_others, n_open_events, has_money })
        };
        assert_eq!(left(0, 0, false), Ok(()));
        assert_eq!(left(1, 0, false), Err(StillNeeded::ByMembers));
        assert_eq!(left(1, 1, false), Err(StillNeeded::ByEvents));
        assert_eq!(left(1, 1, true), Err(StillNeeded::ForMoney));
        assert_eq!(left(0, 0, true), Err(StillNeeded::ForMoney));
    }
}
