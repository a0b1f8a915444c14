//! The matrix for members of a single event: every role that can be lent, at every door, at this event and beside it.

use domain::permission::{Permission, PermissionSet, Role};
use http::StatusCode;

use super::{REFUSALS, STATE, Stage};
use crate::refunds::Visitor;
use crate::{permission_scan, permission_table};

/// What an action is about, where a role for one event counts.
const IN_EVENT: [&str; 6] = ["OwnEvents", "Event", "Order", "Refund", "Dispute", "ReturnRequest"];
/// The tests have none of these: whose they would be is not told.
const NOT_THERE: [&str; 3] = ["Refund", "Dispute", "ReturnRequest"];

/// A door, what it demands, and what it is about.
struct Door {
    path: String,
    permission: Permission,
    on: String,
}

impl Door {
    fn passes(&self, role: Role) -> bool {
        IN_EVENT.contains(&self.on.as_str())
            && PermissionSet::of_in_event(role).has(self.permission)
    }

    fn is_not_there(&self) -> bool {
        NOT_THERE.contains(&self.on.as_str())
    }
}

fn scanned(doors: Vec<permission_scan::Door>) -> Vec<Door> {
    let gated = doors.into_iter().filter_map(|it| {
        let permission = *it.permissions.first()?;
        Some(Door { path: it.path, permission, on: it.on })
    });
    gated.collect()
}

/// Files and uploads are about what their address names.
fn by_address(table: &[(&str, Permission)]) -> Vec<Door> {
    let on = |path: &str| match path {
        _ if path.contains(":event") => "Event",
        _ if path.contains(":order") => "Order",
        _ if path.contains(":dispute") => "Dispute",
        _ => "Organizer",
    };
    let doors = table.iter().map(|(path, permission)| Door {
        path: (*path).to_owned(),
        permission: *permission,
        on: on(path).to_owned(),
    });
    doors.collect()
}

async fn lend_the_event(stage: &Stage, role: Role) {
    let sql = format!(
        "delete from members where user_id = '{0}'; delete from event_members where user_id = '{0}';
         insert into event_members (event_id, organizer_id, user_id, role, created_at)
             values ('{1}', '{2}', '{0}', '{role}', now())",
        stage.user,
        domain::ids::Id::uuid(stage.seller.event),
        domain::ids::Id::uuid(stage.seller.organizer)
    );
    stage.run(&sql).await;
}

#[tokio::test]
async fn every_function_holds_a_member_of_one_event_to_the_role() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    let doors = scanned(permission_scan::functions());
    for role in Role::ALL.iter().filter(|it| **it != Role::Owner) {
        lend_the_event(&stage, *role).await;
        let here = stage.look(STATE).await;
        for door in doors.iter().filter(|it| !it.passes(*role)) {
            let before: i64 = stage.look(REFUSALS).await.parse().expect("a number");
            let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
            let answer = visitor.send(&door.path, &stage.form()).await;
            let shown = format!("{role} at {} ({}): {}", door.path, door.on, answer.status);
            let is_hidden = door.is_not_there() && answer.status == StatusCode::NOT_FOUND;
            assert!(is_hidden || answer.status == StatusCode::FORBIDDEN, "{shown}");
            let noted = before + i64::from(!is_hidden);
            assert_eq!(stage.look(REFUSALS).await, noted.to_string(), "{shown}");
        }
        assert_eq!(stage.look(STATE).await, here, "{role} changed something");
    }
    for role in Role::ALL.iter().filter(|it| **it != Role::Owner) {
        for door in doors.iter().filter(|it| it.passes(*role)) {
            // What the door itself did to the membership is undone.
            lend_the_event(&stage, *role).await;
            let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
            let answer = visitor.send(&door.path, &stage.form()).await;
            let shown = format!("{role} at {}: {} {}", door.path, answer.status, answer.body);
            assert_ne!(answer.status, StatusCode::FORBIDDEN, "{shown}");
            assert!(!answer.status.is_server_error(), "{shown}");
        }
    }
}

#[tokio::test]
async fn every_page_and_file_holds_a_member_of_one_event_to_the_role() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    let mut doors = scanned(permission_scan::pages());
    doors.extend(by_address(permission_table::FILES));
    for role in Role::ALL.iter().filter(|it| **it != Role::Owner) {
        lend_the_event(&stage, *role).await;
        let here = stage.look(STATE).await;
        for door in &doors {
            let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
            let answer = visitor.get(&stage.filled(&door.path)).await;
            let shown = format!("{role} at {} ({}): {}", door.path, door.on, answer.status);
            if door.is_not_there() {
                assert!(matches!(answer.status.as_u16(), 403 | 404), "{shown}");
            } else {
                let is_refused = answer.status == StatusCode::FORBIDDEN;
                assert_eq!(is_refused, !door.passes(*role), "{shown}");
            }
            assert!(!answer.status.is_server_error(), "{shown}");
        }
        for door in by_address(permission_table::UPLOADS) {
            let mut visitor = Visitor::with_cookie(&stage.server, &cookie);
            let answer = visitor.upload(&stage.filled(&door.path), "").await;
            let shown = format!("{role} at {}: {}", door.path, answer.status);
            if door.is_not_there() {
                assert!(matches!(answer.status.as_u16(), 403 | 404), "{shown}");
            } else {
                let is_refused = answer.status == StatusCode::FORBIDDEN;
                assert_eq!(is_refused, !door.passes(*role), "{shown}");
            }
        }
        assert_eq!(stage.look(STATE).await, here, "{role} changed something by looking");
    }
}
