//! Who may do what: roles, permissions, and the one table that joins them. docs/permissions.md is made from it.

use crate::words;

mod table;
#[cfg(test)]
mod tests;

pub use table::{Holders, Row, TABLE, matrix};

words! {
    /// What a member is to an organizer, or to one of its events.
    Role {
        /// 幹事: answers for everything, members and bank details included.
        Owner = "owner",
        /// 共同幹事: does what the owner does, except whom to trust and where the money goes.
        CoHost = "co_host",
        /// 会計: money in, money back, payouts prepared; no events.
        Treasurer = "treasurer",
        /// 受付: sees who comes, and changes nothing.
        Reception = "reception",
        /// 閲覧: sees how it goes, without names.
        Viewer = "viewer",
    }
}

words! {
    /// One kind of action, as operations demand it.
    Permission {
        ViewEvents = "events.view",
        CreateEvents = "events.create",
        EditEvents = "events.edit",
        CancelEvents = "events.cancel",
        ViewOrders = "orders.view",
        ExportOrders = "orders.export",
        PlaceOrders = "orders.place",
        CancelOrders = "orders.cancel",
        RecordPayments = "payments.record",
        RefundPayments = "refunds.make",
        DecideReturns = "returns.decide",
        DecideScreenings = "screenings.decide",
        AnswerDisputes = "disputes.answer",
        ManageBuyerData = "buyer_data.manage",
        ViewMoney = "money.view",
        ReconcileStatements = "statements.reconcile",
        PreparePayouts = "payouts.prepare",
        ApprovePayouts = "payouts.approve",
        ManageBankAccounts = "bank_accounts.manage",
        HandleAlerts = "alerts.handle",
        ViewSettings = "settings.view",
        ManageSettings = "settings.manage",
        ManageApiKeys = "api_keys.manage",
        ManageWebhooks = "webhooks.manage",
        ViewAudit = "audit.view",
        ViewMembers = "members.view",
        ManageMembers = "members.manage",
        RunPayouts = "platform.payouts",
        SetTerms = "platform.terms",
        HandlePlatformAlerts = "platform.alerts",
        ReplayWebhooks = "platform.webhooks",
        ViewPlatform = "platform.view",
        RunJobs = "platform.jobs",
        ReviewOrganizers = "platform.organizers",
        ManageUsers = "platform.users",
        ViewPlatformAudit = "platform.audit",
        SwitchFeatures = "platform.switches",
        VisitOrganizers = "platform.visit",
    }
}

/// Everything somebody may do at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionSet([bool; Permission::ALL.len()]);

impl PermissionSet {
    /// Nothing.
    pub const NONE: Self = Self([false; Permission::ALL.len()]);

    /// What the members of this role may do with the whole organizer.
    pub fn of(role: Role) -> Self {
        Self::that(|permission| Row::of(permission).is_for(role))
    }

    /// What the role may do when it counts for one event only.
    pub fn of_in_event(role: Role) -> Self {
        Self::that(|permission| {
            let row = Row::of(permission);
            row.counts_in_event && row.is_for(role)
        })
    }

    /// What our own staff may do.
    pub fn of_administrator() -> Self {
        Self::that(|permission| Row::of(permission).holders == Holders::Administrators)
    }

    /// What one of our staff may do at an organizer's pages while visiting: look.
    pub fn of_visitor() -> Self {
        Self::these(&[
            Permission::ViewEvents,
            Permission::ViewOrders,
            Permission::ViewMoney,
            Permission::ViewSettings,
            Permission::ViewAudit,
            Permission::ViewMembers,
        ])
    }

    /// These and nothing else.
    pub fn these(permissions: &[Permission]) -> Self {
        Self::that(|permission| permissions.contains(&permission))
    }

    /// What either of the two allows.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::that(|permission| self.has(permission) || other.has(permission))
    }

    /// Whether this may be done.
    pub fn has(&self, wanted: Permission) -> bool {
        let pairs = Permission::ALL.iter().zip(&self.0);
        pairs.into_iter().any(|(permission, has)| *permission == wanted && *has)
    }

    /// Whether whoever may do this may do all of `other`.
    pub fn covers(&self, other: &Self) -> bool {
        Permission::ALL.iter().all(|it| self.has(*it) || !other.has(*it))
    }

    fn that(allows: impl Fn(Permission) -> bool) -> Self {
        let mut set = Self::NONE;
        for (permission, has) in Permission::ALL.iter().zip(set.0.iter_mut()) {
            *has = allows(*permission);
        }
        set
    }
}

/// Whether a change of members can stand.
///
/// # Errors
/// When nobody would answer for the organizer any more.
pub fn may_lose_owner(n_other_owners: i64) -> Result<(), LastOwner> {
    if n_other_owners > 0 { Ok(()) } else { Err(LastOwner) }
}

/// The last owner can neither leave nor become something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an organizer keeps at least one owner")]
pub struct LastOwner;
