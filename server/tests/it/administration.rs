//! The staff's pages: open for the staff alone, and what is decided there is felt everywhere.

use axum::body::Body;
use domain::permission::PermissionSet;
use http::{Method, Request, StatusCode, header};
use operations::demo::DemoEvent;
use serde_json::json;
use testkit::database;

use crate::code_app::{begin, let_minutes_pass, set_up};
use crate::harness::Harness;
use crate::refunds::Visitor;
use crate::{permission_scan, permission_table};

const CONFIRM: &str = "/o/confirm";

/// The same in a browser that proved a second factor just now.
pub(crate) async fn staff<'a>(server: &'a Harness, seller: &DemoEvent) -> Visitor<'a> {
    let mut visitor = half_staff(server, seller).await;
    set_up(server, &mut visitor).await;
    visitor
}

/// A browser of somebody who has an organizer and belongs to the staff.
async fn half_staff<'a>(server: &'a Harness, seller: &DemoEvent) -> Visitor<'a> {
    let mut visitor = Visitor::new(server);
    let login = seller.login_url.split("token=").nth(1).unwrap_or_default();
    visitor.post("/api/account/confirm_login", &format!("token={login}")).await;
    let sql = format!(
        "update users set is_administrator = true
         where user_id in (select user_id from members where organizer_id = '{}')",
        domain::ids::Id::uuid(seller.organizer)
    );
    database::run(&server.app.database_url, &sql).await;
    visitor
}

#[tokio::test]
async fn every_page_of_the_staff_opens_for_the_staff_and_leads_strangers_to_the_login() {
    let server = Harness::start().await;
    let seller = server.seller(20, 1000).await;
    let mut visitor = staff(&server, &seller).await;
    let pages = permission_table::PAGES.iter().filter(|it| it.0.starts_with("/admin"));
    let mut n_pages = 0;
    for (path, _) in pages {
        n_pages += 1;
        let path = path.replace(":organizer", &seller.organizer.to_string());
        let page = visitor.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        assert!(page.body.contains("EventPay 管理") && page.body.contains("admin-frame"), "{path}");
        let stranger = Visitor::new(&server).get(&path).await;
        assert_eq!(stranger.header("location"), "/o/login", "{path}: {}", stranger.status);
    }
    assert!(n_pages >= 8, "{n_pages}");
    let nowhere = visitor.get("/admin/organizers/org_00000000000000000000000000").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    for path in
        ["/admin/organizers?q=%25&standing=suspended", "/admin/users?q=nobody", "/admin/jobs"]
    {
        let page = visitor.get(path).await;
        assert!(page.body.contains("empty-state"), "{path}");
    }
}

#[tokio::test]
async fn a_suspension_is_seen_by_everybody_it_concerns() {
    let server = Harness::start().await;
    let seller = server.seller(20, 1000).await;
    let mut visitor = staff(&server, &seller).await;
    let form = |standing: &str, reason: &str| {
        format!("organizer={}&standing={standing}&reason={reason}", seller.organizer)
    };
    let door = "/api/administration/set_standing";
    let nameless = visitor.post(door, &form("suspended", "")).await;
    assert!(nameless.body.contains("理由を一行で入力してください"), "{}", nameless.body);
    assert_eq!(server.app.look("select standing from organizers").await, "active");

    let done = visitor.post(door, &form("suspended", "complaints")).await;
    assert!(done.body.contains("状態を変えました") && done.body.contains("complaints"));
    let slug = server.app.look("select slug from events").await;
    let page = server.get(&format!("/e/{slug}")).await;
    assert!(page.body.contains("新しいお申込みを停止しています"), "{}", page.body);
    assert!(!page.body.contains("/api/orders/place"), "the form is still there");
    let own = visitor.get("/o").await;
    assert!(own.body.contains("この主催者は停止されています") && own.body.contains("complaints"));
    let wish = json!({
        "buyer": { "name": "佐藤 花子", "email": "sato@example.com" },
        "tickets": [{ "ticket_type": seller.ticket_type, "quantity": 1 }],
    });
    let path = format!("/api/v1/events/{}/orders", seller.event);
    let refused = server.call(&seller, Method::POST, &path, &wish).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert_eq!(refused.code(), "organizer_suspended");
    let ticket = format!("tickets[{}]=1", seller.ticket_type);
    let form_of_buyer =
        format!("event={slug}&key=k1&buyer_name=S&buyer_email=s%40example.com&{ticket}");
    Visitor::new(&server).send("/api/orders/place", &form_of_buyer).await;
    assert_eq!(server.app.look("select count(*) from orders").await, "0");

    visitor.post(door, &form("active", "settled")).await;
    let placed = server.call(&seller, Method::POST, &path, &wish).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    assert!(!visitor.get("/o").await.body.contains("この主催者は停止されています"));
}

#[tokio::test]
async fn dead_jobs_are_dealt_with_through_plain_forms() {
    let server = Harness::start().await;
    let seller = server.seller(20, 1000).await;
    let mut visitor = staff(&server, &seller).await;
    let sql = "insert into jobs (job_id, kind, payload, dedupe_key, run_at, attempts, attempts_max, created_at,
                                 dead_at, last_error)
               select gen_random_uuid(), 'watch', '{\"kind\": \"watch\"}', 'k' || n, now(), 12, 12, now(), now(),
                      '<b>no</b> answer'
               from generate_series(1, 3) n";
    database::run(&server.app.database_url, sql).await;
    let page = visitor.get("/admin/jobs?kind=watch").await;
    assert!(
        page.body.contains("見張り 3件") && page.body.contains("&lt;b&gt;no&lt;/b&gt; answer"),
        "{}",
        page.body
    );
    let page = visitor.get("/admin").await;
    assert!(page.body.contains("止まった処理が 3件 あります"), "{}", page.body);
    let refused = visitor.post("/api/administration/give_up_jobs", "kind=watch&back=watch").await;
    assert!(refused.body.contains("理由を一行で入力してください"));
    let done =
        visitor.post("/api/administration/give_up_jobs", "kind=watch&back=watch&reason=over").await;
    assert!(done.body.contains("3件をやめました"), "{}", done.body);
    let page = visitor.get("/admin/audit").await;
    assert!(page.body.contains("止まった処理をやめました") && page.body.contains("over"));
    let page = visitor.get("/admin").await;
    assert!(page.body.contains("いま必要なことはありません"), "{}", page.body);
}

/// Every page of the staff's, with an organizer that is there.
fn pages(seller: &DemoEvent) -> Vec<String> {
    let of_staff = permission_table::PAGES.iter().filter(|it| it.0.starts_with("/admin"));
    of_staff.map(|it| it.0.replace(":organizer", &seller.organizer.to_string())).collect()
}

/// Every form of the staff's that gives or changes something.
fn doors() -> Vec<String> {
    let staff = PermissionSet::of_administrator();
    let of_staff = |it: &permission_scan::Door| it.permissions.iter().any(|it| staff.has(*it));
    let paths = permission_scan::functions().into_iter().filter(of_staff).map(|it| it.path);
    paths.filter(|it| it != "/api/administration/end_visit").collect()
}

const FORM: &str = "kind=watch&reason=over&standing=suspended";
const DONE: &str = "select count(*) from audit_entries
    where action not like 'user.%' and action not like 'login%' and action <> 'access.refused'";

#[tokio::test]
async fn who_has_no_second_factor_sets_one_up_and_goes_straight_on() {
    let server = Harness::start().await;
    let seller = server.seller(20, 1000).await;
    let mut visitor = half_staff(&server, &seller).await;
    let before = server.app.look(DONE).await;
    for path in pages(&seller) {
        let page = visitor.get(&path).await;
        assert_eq!(page.header("location"), CONFIRM, "{path}: {}", page.status);
        assert!(!page.body.contains("admin-frame"), "{path} shows something");
    }
    for path in doors() {
        let form = format!("organizer={}&{FORM}", seller.organizer);
        let held = Visitor::with_cookie(&server, visitor.cookie()).send(&path, &form).await;
        assert_eq!(held.header("location"), CONFIRM, "{path}: {} {}", held.status, held.body);
    }
    let file = "/admin/payouts/files/pof_00000000000000000000000000";
    let held = Visitor::with_cookie(&server, visitor.cookie()).get(file).await;
    assert_eq!(held.header("location"), CONFIRM);
    assert_eq!(server.app.look(DONE).await, before, "nothing is done");

    // Nothing waits but a page.
    database::run(&server.app.database_url, "update web_sessions set data = data - 'waiting'")
        .await;
    let wanted = "/admin/organizers?q=demo&standing=active";
    assert_eq!(visitor.get(wanted).await.header("location"), CONFIRM);
    let page = visitor.get(CONFIRM).await;
    assert!(page.body.contains("二段階認証の設定が必要です"), "{}", page.body);
    assert!(page.body.contains("この先の画面には二段階認証が必要です"), "{}", page.body);
    assert!(page.body.contains("href=\"/o/account\""));
    begin(&mut visitor).await;
    let codes = visitor.get("/o/account/codes").await;
    let link = "href=\"/admin/organizers?q=demo&amp;standing=active\"";
    assert!(codes.body.contains(link), "{}", codes.body);
    assert_eq!(visitor.get(wanted).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_staffs_pages_want_a_login_with_a_second_factor_and_its_forms_a_recent_one() {
    let server = Harness::start().await;
    let seller = server.seller(20, 1000).await;
    let mut visitor = half_staff(&server, &seller).await;
    let codes = set_up(&server, &mut visitor).await;
    let form = format!("organizer={}&{FORM}", seller.organizer);
    // Eleven minutes later: looking goes on, changing does not.
    let_minutes_pass(&server).await;
    let before = server.app.look(DONE).await;
    for path in pages(&seller) {
        assert_eq!(visitor.get(&path).await.status, StatusCode::OK, "{path}");
    }
    let doors = doors();
    assert!(doors.len() >= 10, "{doors:?}");
    for path in &doors {
        let held = Visitor::with_cookie(&server, visitor.cookie()).send(path, &form).await;
        assert_eq!(held.header("location"), CONFIRM, "{path}: {}", held.body);
    }
    assert_eq!(server.app.look(DONE).await, before);

    // A session that never proved it, as one from before would be, sees nothing.
    let forget = "update web_sessions set data = data - 'confirmed_at' - 'waiting'";
    database::run(&server.app.database_url, forget).await;
    assert_eq!(visitor.get("/admin/jobs?kind=watch").await.header("location"), CONFIRM);
    let page = visitor.get(CONFIRM).await;
    assert!(page.body.contains("この先の画面には、二段階認証での確認が必要です"), "{}", page.body);
    let proved = visitor.send("/api/second_factors/prove", &format!("code={}", codes[0])).await;
    assert_eq!(proved.header("location"), "/admin/jobs?kind=watch");
    assert_eq!(visitor.get("/admin/jobs?kind=watch").await.status, StatusCode::OK);

    // Who gives the factor up is out, however recently it was proved.
    visitor.post("/api/second_factors/remove_totp", "").await;
    assert_eq!(visitor.get("/admin").await.header("location"), CONFIRM);
    for path in &doors {
        let held = Visitor::with_cookie(&server, visitor.cookie()).send(path, &form).await;
        assert_eq!(held.header("location"), CONFIRM, "{path}: {}", held.body);
    }
    assert_eq!(server.app.look(DONE).await, before);
}

#[tokio::test]
async fn a_form_of_the_staffs_that_another_site_sends_is_refused() {
    let server = Harness::start().await;
    let seller = server.seller(20, 1000).await;
    let visitor = staff(&server, &seller).await;
    let before = server.app.look(DONE).await;
    for path in doors() {
        let request = Request::post(&path)
            .header(header::COOKIE, visitor.cookie())
            .header(header::ORIGIN, "https://evil.example")
            .header("sec-fetch-site", "cross-site")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let form = format!("organizer={}&{FORM}", seller.organizer);
        let answer = server.send(request.body(Body::from(form)).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
    }
    assert_eq!(server.app.look(DONE).await, before);
}

#[tokio::test]
async fn a_method_that_is_switched_off_disappears_from_the_event() {
    let server = Harness::start().await;
    let seller = server.seller(20, 1000).await;
    let mut visitor = staff(&server, &seller).await;
    let door = "/api/administration/switch";
    let slug = server.app.look("select slug from events").await;
    let seen = server.get(&format!("/e/{slug}")).await;
    assert!(seen.body.contains("/api/orders/place"), "{}", seen.body);
    let done = visitor.post(door, "switch=orders&is_on=no&reason=check").await;
    assert!(done.body.contains("切り替えました") && done.body.contains("check"), "{}", done.body);
    let seen = server.get(&format!("/e/{slug}?lang=ja")).await;
    assert!(seen.body.contains("お申込みを一時的に停止しています"), "{}", seen.body);
    let wish = json!({
        "buyer": { "name": "佐藤 花子", "email": "sato@example.com" },
        "tickets": [{ "ticket_type": seller.ticket_type, "quantity": 1 }],
    });
    let path = format!("/api/v1/events/{}/orders", seller.event);
    let refused = server.call(&seller, Method::POST, &path, &wish).await;
    assert_eq!(refused.code(), "orders_paused", "{}", refused.body);
    visitor.post(door, "switch=orders&is_on=yes&reason=over").await;
    let placed = server.call(&seller, Method::POST, &path, &wish).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let nowhere = visitor.send(door, "switch=gold&is_on=no&reason=x").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}
