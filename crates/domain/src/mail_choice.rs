//! Mails that a member may turn off; everything else that we send to people who log in always comes.

use crate::mail::MailKind;
use crate::permission::{Permission, Role, Row};

crate::words! {
    /// A mail about an organizer that its members get beside the organizer's own address, which always gets it.
    ///
    /// Not here, because they always come: login links, changes of the address, notices about one's own account
    /// (security), invitations (asked for by somebody, and they expire), and the digest of alerts to the staff.
    MemberMail {
        /// A participant asks to cancel.
        ReturnToDecide = "return_to_decide",
        /// An order was held back and waits for a decision.
        ScreeningToDecide = "screening_to_decide",
        /// A receiver of webhooks was switched off.
        WebhookDisabled = "webhook_disabled",
    }
}

impl MemberMail {
    /// The mail itself.
    pub const fn kind(self) -> MailKind {
        match self {
            Self::ReturnToDecide => MailKind::ReturnToDecide,
            Self::ScreeningToDecide => MailKind::ScreeningToDecide,
            Self::WebhookDisabled => MailKind::WebhookDisabled,
        }
    }

    /// What somebody must be allowed to do something about it: nobody else gets it.
    pub const fn needs(self) -> Permission {
        match self {
            Self::ReturnToDecide => Permission::DecideReturns,
            Self::ScreeningToDecide => Permission::DecideScreenings,
            Self::WebhookDisabled => Permission::ManageWebhooks,
        }
    }

    /// Roles that get it, as members of the whole organizer.
    pub fn roles(self) -> Vec<Role> {
        let row = Row::of(self.needs());
        Role::ALL.iter().copied().filter(|role| row.is_for(*role)).collect()
    }

    /// Roles that get it, as members of the event that it is about.
    pub fn roles_in_event(self) -> Vec<Role> {
        if Row::of(self.needs()).counts_in_event { self.roles() } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_do_something_about_it_gets_it() {
        let money = [Role::Owner, Role::CoHost, Role::Treasurer];
        assert_eq!(MemberMail::ReturnToDecide.roles(), money);
        assert_eq!(MemberMail::ReturnToDecide.roles_in_event(), money);
        assert!(!MemberMail::WebhookDisabled.roles().contains(&Role::Reception));
        assert_eq!(MemberMail::WebhookDisabled.roles_in_event(), []);
    }

    #[test]
    fn its_word_is_the_mails() {
        for mail in MemberMail::ALL {
            assert_eq!(mail.as_str(), mail.kind().as_str());
        }
    }
}
