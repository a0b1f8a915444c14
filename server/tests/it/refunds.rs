//! The way of a refund through its pages, without a browser: the form that asks for an account, and the organizer's side.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use crate::harness::{Answer, Harness};

/// A browser: one cookie jar of one cookie.
pub(crate) struct Visitor<'a> {
    server: &'a Harness,
    cookie: String,
}

impl<'a> Visitor<'a> {
    pub(crate) fn new(server: &'a Harness) -> Self {
        Self::with_cookie(server, "")
    }

    /// Another tab of a browser.
    pub(crate) fn with_cookie(server: &'a Harness, cookie: &str) -> Self {
        Self { server, cookie: cookie.to_owned() }
    }

    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let request = Request::get(path).header(header::COOKIE, &self.cookie);
        let request = request.header(header::ACCEPT_LANGUAGE, "ja");
        let answer = self.server.send(request.body(Body::empty()).expect("a request")).await;
        self.keep_cookie(&answer);
        answer
    }

    /// Posts a form and stays with its answer.
    pub(crate) async fn send(&mut self, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::ACCEPT, "text/html")
            .header(header::ACCEPT_LANGUAGE, "ja")
            .header(header::REFERER, "http://127.0.0.1:3000/")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.body(Body::from(form.to_owned())).expect("a request");
        let answer = self.server.send(request).await;
        self.keep_cookie(&answer);
        answer
    }

    /// Posts a form that could hold a file, and holds these parts.
    pub(crate) async fn upload(&mut self, path: &str, parts: &str) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::ACCEPT, "text/html")
            .header(header::ACCEPT_LANGUAGE, "ja")
            .header(header::REFERER, "http://127.0.0.1:3000/")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        let request = request.body(Body::from(format!("{parts}--x--\r\n"))).expect("a request");
        let answer = self.server.send(request).await;
        self.keep_cookie(&answer);
        answer
    }

    /// Posts a form and goes where the answer leads.
    pub(crate) async fn post(&mut self, path: &str, form: &str) -> Answer {
        let answer = self.send(path, form).await;
        let location = answer.header("location").to_owned();
        assert!(answer.status.is_redirection(), "{path}: {} {}", answer.status, answer.body);
        self.get(&location).await
    }

    fn keep_cookie(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            // Only the session's: a browser that is new each time is what these tests want.
            if cookie.starts_with("eventpay=") {
                self.cookie = cookie.to_owned();
            }
        }
    }
}

pub(crate) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// The first address in a page that begins so.
fn link_in(page: &str, start: &str) -> String {
    let at = page.find(&format!("\"{start}")).unwrap_or_else(|| panic!("no {start} in {page}"));
    page.get(at + 1..)
        .unwrap_or_default()
        .split('"')
        .next()
        .unwrap_or_default()
        .replace("&amp;", "&")
}

#[tokio::test]
async fn a_refund_is_followed_and_its_account_given_through_plain_forms() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let order = json!({
        "buyer": { "name": "佐藤 花子", "email": "sato@example.com" },
        "tickets": [{ "ticket_type": seller.ticket_type, "quantity": 1 }], "method": "konbini", "lang": "ja",
    });
    let path = format!("/api/v1/events/{}/orders", seller.event);
    let placed = server.call(&seller, Method::POST, &path, &order).await.json();
    let konbini = json!({ "method": "konbini", "store": "lawson" });
    let paid = server.app.pay(text(&placed, "/pay_url"), konbini).await;
    let name = text(&paid, "/payment/id").to_owned();
    server.app.act(&name, "pay_at_store", json!({})).await;
    server.app.until("select status from orders", "paid").await;
    let order = format!("/api/v1/orders/{}", text(&placed, "/id"));
    let order = server.call(&seller, Method::GET, &order, &json!({})).await.json();
    let path = format!("/api/v1/payments/{}/refunds", text(&order, "/payments/0/id"));
    let asked = server.call(&seller, Method::POST, &path, &json!({ "amount": 3000 })).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.body);

    let mut buyer = Visitor::new(&server);
    let status = text(&placed, "/status_url").trim_start_matches("http://127.0.0.1:3000");
    let page = buyer.get(status).await;
    assert!(page.body.contains("返金先の口座を伺いました"), "{}", page.body);
    let form = link_in(&page.body, "/e/refunds/");
    let token = form.rsplit('/').next().unwrap_or_default().to_owned();
    assert_eq!(buyer.get(&form).await.status, StatusCode::OK);
    let found = buyer.get(&format!("{form}?bank_q=%E3%81%BF%E3%81%9A%E3%81%BB")).await;
    let bank = link_in(&found.body, &format!("{form}?bank=0001"));
    let found = buyer.get(&format!("{bank}&branch_q=001")).await;
    let branch = link_in(&found.body, &format!("{form}?bank=0001&amp;branch=001"));
    assert!(buyer.get(&branch).await.body.contains("口座番号"));

    let typed = |holder: &str| {
        format!("token={token}&bank=0001&branch=001&kind=ordinary&number=7654321&holder={holder}")
    };
    let kanji = typed("%E4%BD%90%E8%97%A4");
    let refused = buyer.post("/api/refunds/give_account", &kanji).await;
    assert!(refused.body.contains("佐藤") && refused.body.contains("7654321"), "nothing is lost");
    assert!(refused.body.contains("problem-summary"), "{}", refused.body);
    let again = buyer.post("/api/refunds/give_account", &kanji).await;
    assert!(again.body.contains("problem-summary"));
    let plain = "select count(*) from web_sessions where web_sessions::text like '%7654321%'";
    assert_eq!(server.app.look(plain).await, "0", "an account number stands in a session");
    let given =
        buyer.post("/api/refunds/give_account", &typed("%E3%81%95%E3%81%A8%E3%81%86")).await;
    assert!(given.body.contains("口座を受け取りました"), "{}", given.body);
    server.app.until("select status from refunds", "processing").await;
    server.app.act(&name, "reject_refund_request", json!({})).await;
    server.app.until("select status from refunds", "needs_account").await;
    let page = buyer.get(status).await;
    assert_ne!(link_in(&page.body, "/e/refunds/"), form, "a fresh form");
    assert!(page.body.contains("振り込めません"), "{}", page.body);
    assert_eq!(buyer.get("/e/refunds/nobody").await.status, StatusCode::NOT_FOUND);

    let mut organizer = Visitor::new(&server);
    let login = seller.login_url.split("token=").nth(1).unwrap_or_default();
    organizer.post("/api/account/confirm_login", &format!("token={login}")).await;
    let path = format!("/o/orders/{}", text(&placed, "/id"));
    let page = organizer.get(&path).await;
    for words in ["口座をもう一度伺う", "自分で返したことにする"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let refund = text(&asked.json(), "/id").to_owned();
    let hand = format!("order={}&refund={refund}&note=cash", text(&placed, "/id"));
    let page = organizer.post("/api/refunds/hand_back", &hand).await;
    assert!(page.body.contains("返金を記録しました"), "{}", page.body);
    assert_eq!(
        server.app.look("select way || ' ' || status from refunds").await,
        "by_hand succeeded"
    );
    server.app.check().await;
}

#[tokio::test]
async fn a_chargeback_has_a_page_for_its_organizer_alone() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let order = json!({
        "buyer": { "name": "佐藤 花子", "email": "sato@example.com" },
        "tickets": [{ "ticket_type": seller.ticket_type, "quantity": 1 }], "method": "credit_card", "lang": "ja",
    });
    let path = format!("/api/v1/events/{}/orders", seller.event);
    let placed = server.call(&seller, Method::POST, &path, &order).await.json();
    let paid = server.app.pay_by_card(text(&placed, "/pay_url")).await;
    server.app.until("select status from orders", "paid").await;
    server.app.act(text(&paid, "/payment/id"), "chargeback", json!({})).await;
    server.app.until("select status from disputes", "open").await;

    let mut organizer = Visitor::new(&server);
    let login = seller.login_url.split("token=").nth(1).unwrap_or_default();
    let events = organizer.post("/api/account/confirm_login", &format!("token={login}")).await;
    assert_eq!(events.status, StatusCode::OK);
    let dashboard = organizer.get(&format!("/o/events/{}", seller.event)).await;
    let page = link_in(&dashboard.body, "/o/disputes/");
    assert!(organizer.get(&page).await.body.contains("証拠の期限"));
    let id = page.rsplit('/').next().unwrap_or_default().to_owned();
    let early = organizer.post("/api/disputes/mark_sent", &format!("dispute={id}")).await;
    assert!(early.body.contains("先に証拠を加えてください"), "{}", early.body);
    organizer.post("/api/disputes/add_text", &format!("dispute={id}&body=door")).await;
    let sent = organizer.post("/api/disputes/mark_sent", &format!("dispute={id}")).await;
    assert!(sent.body.contains("提出を記録しました"), "{}", sent.body);

    let mut nobody = Visitor::new(&server);
    assert_eq!(nobody.get(&page).await.header("location"), "/o/login");
    let mut stranger = Visitor::new(&server);
    let other = server.seller(1, 1).await;
    let login = other.login_url.split("token=").nth(1).unwrap_or_default();
    stranger.post("/api/account/confirm_login", &format!("token={login}")).await;
    assert_eq!(stranger.get(&page).await.status, StatusCode::NOT_FOUND);
    let files = stranger.get(&format!("{page}/files/evd_00000000000000000000000000")).await;
    assert_eq!(files.status, StatusCode::NOT_FOUND);
}
