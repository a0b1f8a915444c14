//! The staff's pages: open for the staff alone, and what is decided there is felt everywhere.

use http::{Method, StatusCode};
use operations::demo::DemoEvent;
use serde_json::json;
use testkit::database;

use crate::harness::Harness;
use crate::permission_table;
use crate::refunds::Visitor;

/// A browser of somebody who has an organizer and belongs to the staff.
async fn staff<'a>(server: &'a Harness, seller: &DemoEvent) -> Visitor<'a> {
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
