//! Somebody of the staff visits an organizer: sees its pages, changes nothing, and leaves a line for every step.

use domain::ids::Id as _;
use domain::permission::PermissionSet;
use http::StatusCode;
use operations::account::states;
use operations::actor::Actor;
use operations::demo::DemoEvent;
use testkit::database;

use crate::administration::staff;
use crate::code_app::let_minutes_pass;
use crate::harness::Harness;
use crate::permissions::STATE;
use crate::refunds::Visitor;
use crate::{permission_scan, permission_table};

const BANNER: &str = "visit-banner";
const BEGIN: &str = "/api/administration/begin_visit";
const END: &str = "/api/administration/end_visit";
const LINES: &str = "select string_agg(action || coalesce(' ' || (detail->>'reason'), ''), ', ' order by audit_entry_id)
    from audit_entries where action in ('visit.begun', 'visit.ended')";

/// Begins a visit of the organizer.
async fn visit(visitor: &mut Visitor<'_>, seller: &DemoEvent) {
    let form = format!("organizer={}&reason=asked+for+help", seller.organizer);
    let began = visitor.send(BEGIN, &form).await;
    assert_eq!(began.header("location"), "/o", "{} {}", began.status, began.body);
}

#[tokio::test]
async fn a_visitor_sees_the_organizers_pages_under_a_banner_and_can_change_nothing() {
    let server = Harness::start().await;
    let (own, seller) = (server.seller(20, 1000).await, server.seller(20, 1000).await);
    let mut visitor = staff(&server, &own).await;
    let nameless = visitor.post(BEGIN, &format!("organizer={}&reason=", seller.organizer)).await;
    assert!(nameless.body.contains("理由を一行で入力してください"), "{}", nameless.body);
    assert!(!nameless.body.contains(BANNER));
    visit(&mut visitor, &seller).await;

    let page = visitor.get("/o").await;
    assert!(page.body.contains(BANNER) && page.body.contains("asked for help"), "{}", page.body);
    let link = |event: &DemoEvent| format!("/o/events/{}", event.event);
    assert!(page.body.contains(&link(&seller)) && !page.body.contains(&link(&own)));
    assert!(!page.body.contains("/o/events/new"), "a button that leads nowhere");
    let looks = PermissionSet::of_visitor();
    for (path, permission) in permission_table::PAGES {
        let id = |prefix: &str| format!("{prefix}_00000000000000000000000000");
        let filled = path
            .replace(":event", &seller.event.to_string())
            .replace(":organizer", &seller.organizer.to_string())
            .replace(":order", &id("ord"))
            .replace(":payout", &id("po"))
            .replace(":dispute", &id("dsp"))
            .replace(":endpoint", &id("wep"));
        let page = visitor.get(&filled).await;
        assert!(page.body.contains(BANNER), "{path}: {}", page.status);
        let is_refused = !path.starts_with("/admin") && !looks.has(*permission);
        assert_eq!(page.status == StatusCode::FORBIDDEN, is_refused, "{path}: {}", page.status);
        assert!(!page.status.is_server_error(), "{path}");
    }
    for path in ["/o/audit.csv", &format!("/o/events/{}/orders.csv", seller.event)] {
        assert_eq!(visitor.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }

    let before = server.app.look(STATE).await;
    let of_members = permission_scan::functions()
        .into_iter()
        .filter(|it| !it.permissions.is_empty() && !it.path.starts_with("/api/administration/"));
    for door in of_members {
        let form = format!(
            "event={}&organizer={}&order=ord_00000000000000000000000000&webhook_event=x",
            seller.event, seller.organizer
        );
        for for_whom in [seller.organizer, own.organizer] {
            let mut tab = Visitor::with_cookie(&server, visitor.cookie());
            let answer = tab.send(&format!("{}?for={for_whom}", door.path), &form).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}: {}", door.path, answer.body);
        }
    }
    assert_eq!(server.app.look(STATE).await, before, "a visitor changed something");

    // Whatever was written meanwhile names the visitor, and the organizer reads it.
    let whose = format!(
        "select count(*) filter (where audit_entries.actor_id = user_id
                                            and audit_entries.organizer_id = '{}') = count(*) and count(*) > 50
         from audit_entries, staff_visits
         where action in ('visit.begun', 'visit.page', 'access.refused') and audit_entries.created_at >= begun_at",
        seller.organizer.uuid()
    );
    assert_eq!(server.app.look(&whose).await, "true");
    let pages = "select string_agg(distinct detail->>'page', ' ') from audit_entries where action = 'visit.page'";
    assert!(server.app.look(pages).await.contains("/o/payouts"));
}

#[tokio::test]
async fn a_visit_ends_by_hand_or_by_itself_and_each_end_has_its_line() {
    let server = Harness::start().await;
    let (own, seller) = (server.seller(20, 1000).await, server.seller(20, 1000).await);
    let mut visitor = staff(&server, &own).await;
    visit(&mut visitor, &seller).await;
    // Stopping needs no confirmation.
    let_minutes_pass(&server).await;
    let ended = visitor.send(END, "").await;
    assert_eq!(ended.header("location"), format!("/admin/organizers/{}", seller.organizer));
    assert!(!visitor.get("/o").await.body.contains(BANNER));
    assert_eq!(server.app.look(LINES).await, "visit.begun asked for help, visit.ended");
    assert_eq!(visitor.send(BEGIN, "organizer=x&reason=y").await.header("location"), "/o/confirm");

    let again = "update web_sessions set data = data
        || jsonb_build_object('confirmed_at', (data->>'confirmed_at')::bigint + 601) - 'waiting'";
    database::run(&server.app.database_url, again).await;
    visit(&mut visitor, &seller).await;
    // Another one ends the first: it is never in doubt whose pages are shown.
    visit(&mut visitor, &own).await;
    assert_eq!(
        server.app.look("select count(*) from staff_visits where ended_at is null").await,
        "1"
    );
    let later = "update staff_visits set begun_at = begun_at - interval '30 minutes',
                     until_at = until_at - interval '30 minutes' where ended_at is null";
    database::run(&server.app.database_url, later).await;
    assert!(!visitor.get("/o").await.body.contains(BANNER), "it is over");
    for _ in 0..2 {
        operations::jobs::sweep(&server.app.deps).await.expect("swept");
    }
    let begun = "visit.begun asked for help, visit.ended";
    assert_eq!(server.app.look(LINES).await, [begun, begun, begun].join(", "));

    // Who gave the second factor up, or is of the staff no more, visits nobody.
    visit(&mut visitor, &seller).await;
    assert!(visitor.get("/o").await.body.contains(BANNER));
    database::run(&server.app.database_url, "update users set is_administrator = false").await;
    assert!(!visitor.get("/o").await.body.contains(BANNER));
}

#[tokio::test]
async fn who_logs_out_or_is_disabled_visits_nobody_any_more() {
    for is_disabled in [true, false] {
        let server = Harness::start().await;
        let (own, seller) = (server.seller(20, 1000).await, server.seller(20, 1000).await);
        let mut visitor = staff(&server, &own).await;
        visit(&mut visitor, &seller).await;
        visitor.get("/o").await;
        visitor.get("/o").await;
        let pages = "select count(*) from audit_entries where action = 'visit.page'";
        assert_eq!(server.app.look(pages).await, "1", "a page that is shown again is one page");
        if is_disabled {
            let user = "select email from users where is_administrator";
            let email = server.app.look(user).await;
            let deps = &server.app.deps;
            let user = states::find(deps, &email).await.expect("read").expect("a user");
            states::disable(deps, Actor::System, user, "a test").await.expect("disabled");
        } else {
            visitor.send("/api/account/log_out", "").await;
        }
        assert_eq!(server.app.look(LINES).await, "visit.begun asked for help, visit.ended");
        let open = "select count(*) from staff_visits where ended_at is null";
        assert_eq!(server.app.look(open).await, "0");
    }
}

#[tokio::test]
async fn the_database_refuses_a_longer_visit_and_one_without_a_reason() {
    let server = Harness::start().await;
    let seller = server.seller(1, 1000).await;
    for (reason, minutes, is_fine) in [("x", 31, false), ("", 30, false), ("x", 30, true)] {
        let sql = format!(
            "insert into staff_visits (staff_visit_id, user_id, organizer_id, reason, begun_at, until_at)
             select gen_random_uuid(), user_id, '{}', '{reason}', now(), now() + interval '{minutes} minutes'
             from users limit 1",
            seller.organizer.uuid()
        );
        assert_eq!(
            database::try_run(&server.app.database_url, &sql).await.is_ok(),
            is_fine,
            "{minutes}"
        );
    }
}
