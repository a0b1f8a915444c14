//! The table of permissions as data, and as the matrix that people read.

use crate::permission::{Permission, Role};

/// Who may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    /// Members of these roles.
    Members(&'static [Role]),
    /// Our own staff, whoever else they are. Nothing of an organizer's is theirs by that.
    Administrators,
}

/// One permission: who has it, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub permission: Permission,
    pub holders: Holders,
    /// Whether a member of one event has it there; what belongs to the whole organizer cannot be lent by event.
    pub counts_in_event: bool,
    pub meaning: &'static str,
}

impl Row {
    /// The line of a permission. Every permission has one: a test counts.
    pub fn of(permission: Permission) -> Self {
        let found = TABLE.iter().find(|row| row.permission == permission).copied();
        found.unwrap_or(wide(permission, &[], ""))
    }

    /// Whether members of this role have it.
    pub fn is_for(&self, role: Role) -> bool {
        matches!(self.holders, Holders::Members(roles) if roles.contains(&role))
    }
}

const ALL: &[Role] = Role::ALL;
const HOSTS: &[Role] = &[Role::Owner, Role::CoHost];
const MONEY: &[Role] = &[Role::Owner, Role::CoHost, Role::Treasurer];
const OWNER: &[Role] = &[Role::Owner];
const NAMES: &[Role] = &[Role::Owner, Role::CoHost, Role::Treasurer, Role::Reception];

const fn wide(permission: Permission, roles: &'static [Role], meaning: &'static str) -> Row {
    Row { permission, holders: Holders::Members(roles), counts_in_event: false, meaning }
}

const fn event(permission: Permission, roles: &'static [Role], meaning: &'static str) -> Row {
    Row { permission, holders: Holders::Members(roles), counts_in_event: true, meaning }
}

const fn staff(permission: Permission, meaning: &'static str) -> Row {
    Row { permission, holders: Holders::Administrators, counts_in_event: false, meaning }
}

/// Role by permission: the one place where it is decided.
pub const TABLE: &[Row] = &[
    event(Permission::ViewEvents, ALL, "See events, ticket types, the link and how much came in"),
    wide(Permission::CreateEvents, HOSTS, "Make and duplicate events"),
    event(
        Permission::EditEvents,
        HOSTS,
        "Change, publish, close and delete events, ticket types, cancel policies",
    ),
    event(Permission::CancelEvents, HOSTS, "Call a whole event off"),
    event(Permission::ViewOrders, NAMES, "See who ordered what, and how it was paid"),
    event(Permission::ExportOrders, MONEY, "Take the list of orders out as a file"),
    event(
        Permission::PlaceOrders,
        HOSTS,
        "Place orders for others, and see the links that act for a participant",
    ),
    event(
        Permission::CancelOrders,
        HOSTS,
        "End orders that are not paid, and cancel tickets for participants",
    ),
    event(Permission::RecordPayments, MONEY, "Record money that arrived outside of the provider"),
    event(Permission::RefundPayments, MONEY, "Give money back, and say how it went"),
    event(Permission::DecideReturns, MONEY, "Say yes or no to participants who ask to cancel"),
    event(
        Permission::DecideScreenings,
        MONEY,
        "See orders that look unusual and why, let them through or deny them",
    ),
    event(Permission::AnswerDisputes, MONEY, "Collect evidence and record how a dispute ended"),
    event(Permission::ManageBuyerData, HOSTS, "Take out, or erase, what is kept of a participant"),
    wide(Permission::ViewMoney, MONEY, "See payouts, settlements, balances and fees"),
    wide(Permission::ReconcileStatements, MONEY, "Read bank statements in and match their lines"),
    wide(Permission::PreparePayouts, MONEY, "Set money aside for a payout, or take it back"),
    wide(Permission::ApprovePayouts, HOSTS, "Approve a payout that somebody else prepared"),
    wide(
        Permission::ManageBankAccounts,
        OWNER,
        "Say where money goes: bank accounts, payout model",
    ),
    wide(Permission::HandleAlerts, MONEY, "See alerts and act on them"),
    wide(Permission::ViewSettings, ALL, "Open the settings"),
    wide(
        Permission::ManageSettings,
        HOSTS,
        "Change the organizer's name and address, and how orders are screened",
    ),
    wide(Permission::ManageApiKeys, HOSTS, "Make and revoke keys to the API and for websites"),
    wide(Permission::ManageWebhooks, HOSTS, "Register receivers of webhooks"),
    wide(Permission::ViewAudit, MONEY, "Read and export the audit log"),
    wide(Permission::ViewMembers, ALL, "See who else is a member"),
    wide(Permission::ManageMembers, OWNER, "Invite, change and remove members"),
    staff(Permission::RunPayouts, "Send payouts to the bank and record what it did"),
    staff(Permission::SetTerms, "Set schedules, reserves and fee rules"),
    staff(Permission::HandlePlatformAlerts, "See the platform's alerts and act on them"),
    staff(Permission::ReplayWebhooks, "Act on a provider's stored message again"),
    staff(Permission::ViewPlatform, "See how the platform is doing, its organizers and its users"),
    staff(Permission::RunJobs, "Try work that gave up again, or give it up for good"),
    staff(Permission::ReviewOrganizers, "Look at organizers, suspend them and let them go on"),
    staff(Permission::ManageUsers, "Disable people's accounts and open them again"),
    staff(Permission::ViewPlatformAudit, "Read the audit log of everybody"),
    staff(
        Permission::SwitchFeatures,
        "Switch orders, new organizers and ways to pay for everybody",
    ),
    staff(
        Permission::VisitOrganizers,
        "See an organizer's pages for half an hour, with a reason, and change nothing",
    ),
];

/// The table of docs/permissions.md.
pub fn matrix() -> String {
    let mut text = String::from("| Permission | Meaning |");
    for role in Role::ALL {
        text.push_str(&format!(" `{role}` |"));
    }
    text.push_str(" administrator | by event |\n| --- | --- |");
    for _ in Role::ALL {
        text.push_str(" :-: |");
    }
    text.push_str(" :-: | :-: |\n");
    for row in TABLE {
        text.push_str(&format!("| `{}` | {} |", row.permission, row.meaning));
        for role in Role::ALL {
            text.push_str(cell(row.is_for(*role)));
        }
        text.push_str(cell(row.holders == Holders::Administrators));
        text.push_str(cell(row.counts_in_event));
        text.push('\n');
    }
    text
}

const fn cell(has: bool) -> &'static str {
    if has { " yes |" } else { " – |" }
}
