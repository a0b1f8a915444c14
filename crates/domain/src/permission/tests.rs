//! The table is whole, and the document shows it.

use super::*;

#[test]
fn every_permission_has_one_line_and_a_meaning() {
    for permission in Permission::ALL {
        let lines = TABLE.iter().filter(|row| row.permission == *permission).count();
        assert_eq!(lines, 1, "{permission}");
        assert!(!Row::of(*permission).meaning.is_empty(), "{permission}");
    }
}

#[test]
fn sets_agree_with_the_table_cell_by_cell() {
    for row in TABLE {
        for role in Role::ALL {
            assert_eq!(PermissionSet::of(*role).has(row.permission), row.is_for(*role));
            assert_eq!(
                PermissionSet::of_in_event(*role).has(row.permission),
                row.is_for(*role) && row.counts_in_event
            );
        }
        let is_staff = row.holders == Holders::Administrators;
        assert_eq!(PermissionSet::of_administrator().has(row.permission), is_staff);
        assert!(!PermissionSet::NONE.has(row.permission));
    }
}

#[test]
fn an_owner_covers_every_member_and_nobody_covers_the_staff() {
    let owner = PermissionSet::of(Role::Owner);
    for role in Role::ALL {
        assert!(owner.covers(&PermissionSet::of(*role)), "{role}");
        assert!(!PermissionSet::of(*role).covers(&PermissionSet::of_administrator()), "{role}");
    }
    assert!(!PermissionSet::of(Role::Treasurer).covers(&PermissionSet::of(Role::CoHost)));
}

#[test]
fn no_two_roles_are_the_same() {
    for (n, role) in Role::ALL.iter().enumerate() {
        for other in Role::ALL.iter().take(n) {
            assert_ne!(PermissionSet::of(*role), PermissionSet::of(*other), "{role} {other}");
        }
    }
}

#[test]
fn four_eyes_stay_four() {
    assert!(PermissionSet::of(Role::Treasurer).has(Permission::PreparePayouts));
    assert!(!PermissionSet::of(Role::Treasurer).has(Permission::ApprovePayouts));
    assert!(PermissionSet::of(Role::CoHost).has(Permission::ApprovePayouts));
}

#[test]
fn the_last_owner_stays() {
    assert_eq!(may_lose_owner(0), Err(LastOwner));
    assert_eq!(may_lose_owner(1), Ok(()));
}

/// `cargo test -p domain the_document_shows_the_table` says what to write when it differs.
#[test]
fn the_document_shows_the_table() {
    let document = include_str!("../../../../docs/permissions.md");
    assert!(document.contains(&matrix()), "docs/permissions.md lacks this table:\n{}", matrix());
}

#[test]
fn who_visits_looks_and_changes_nothing() {
    let visitor = PermissionSet::of_visitor();
    for permission in Permission::ALL {
        let is_look =
            permission.as_str().ends_with(".view") && *permission != Permission::ViewPlatform;
        assert_eq!(visitor.has(*permission), is_look, "{permission}");
    }
}
