//! One's own account through its pages and forms: browsers, address, data and end, each only for whom it is.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use operations::account::states;
use operations::actor::Actor;
use operations::demo::DemoEvent;
use testkit::database;

use crate::harness::{Answer, Harness};
use crate::refunds::Visitor;

const AGAIN: &str = "/o/login?again=1";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

struct Stage {
    server: Harness,
    seller: DemoEvent,
}

impl Stage {
    async fn new() -> Self {
        let server = Harness::start().await;
        let seller = server.seller(5, 3000).await;
        Self { server, seller }
    }

    async fn owner(&self) -> String {
        let sql = format!(
            "select email from members join users using (user_id) where organizer_id = '{}'",
            domain::ids::Id::uuid(self.seller.organizer)
        );
        self.look(&sql).await
    }

    async fn link(&self, email: &str) -> String {
        let (deps, lang) = (&self.server.app.deps, words::lang::Lang::Ja);
        let url = operations::account::request_login::create_login_link(deps, email, lang).await;
        url.expect("a link").split("token=").nth(1).unwrap_or_default().to_owned()
    }

    async fn log_in(&self, email: &str) -> Visitor<'_> {
        let mut visitor = Visitor::new(&self.server);
        let token = self.link(email).await;
        visitor.post("/api/account/confirm_login", &format!("token={token}")).await;
        visitor
    }

    /// Logs in with a browser that calls itself something and may be known; the whole answer.
    async fn log_in_as(&self, email: &str, user_agent: &str, cookie: &str) -> Answer {
        let token = self.link(email).await;
        let request = Request::post("/api/account/confirm_login")
            .header(header::ACCEPT, "text/html")
            .header(header::USER_AGENT, user_agent)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let form = Body::from(format!("token={token}"));
        self.server.send(request.body(form).expect("a request")).await
    }

    async fn run(&self, sql: &str) {
        database::run(&self.server.app.database_url, sql).await;
    }

    async fn look(&self, sql: &str) -> String {
        self.server.app.look(sql).await
    }

    /// The session as if its login were some minutes ago.
    async fn let_minutes_pass(&self) {
        self.run(
            "update web_sessions set data = data
             || jsonb_build_object('present_at', (data->>'present_at')::bigint - 601)",
        )
        .await;
    }
}

fn cookie_named<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let mut lines = answer.headers.get_all("set-cookie").iter().filter_map(|it| it.to_str().ok());
    lines.find(|it| it.starts_with(name)).unwrap_or_default()
}

/// By which name a form of the page ends the only browser that is not this one.
fn other_browser(page: &str) -> String {
    let at = page.split("name=\"browser\" value=\"").nth(1).expect("another browser");
    at.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn browsers_are_listed_and_ended_one_by_one_or_all_others() {
    let stage = Stage::new().await;
    let email = stage.owner().await;
    let first = stage.log_in_as(&email, PHONE, "").await;
    let cookie = cookie_named(&first, "eventpay=").split(';').next().unwrap_or_default();
    let mut phone = Visitor::with_cookie(&stage.server, cookie);
    let mut here = stage.log_in(&email).await;
    let page = here.get("/o/account").await;
    assert!(page.body.contains("Safari（iPhone）"), "{}", page.body);
    assert!(page.body.contains("（このブラウザー）"));

    // Somebody else's form does nothing with it.
    let mut stranger = stage.log_in("stranger@example.com").await;
    let name = other_browser(&page.body);
    stranger.post("/api/sessions/end", &format!("browser={name}")).await;
    assert_eq!(phone.get("/o/account").await.status, StatusCode::OK);
    let done = here.send("/api/sessions/end", &format!("browser={name}")).await;
    assert_eq!(done.header("location"), "/o/account?done=signed_out");
    assert_eq!(phone.get("/o/account").await.header("location"), "/o/login");
    assert!(!here.get("/o/account").await.body.contains("Safari（iPhone）"));

    let mut again = stage.log_in(&email).await;
    here.send("/api/sessions/end_others", "").await;
    assert_eq!(again.get("/o/account").await.header("location"), "/o/login");
    assert_eq!(here.get("/o/account").await.status, StatusCode::OK);
    assert_eq!(stranger.get("/o/account").await.status, StatusCode::OK);
}

/// Who knew the session from before the login, or put it there, has nothing after it.
#[tokio::test]
async fn a_login_gives_the_browser_a_new_session() {
    let stage = Stage::new().await;
    let email = stage.owner().await;
    let mut visitor = Visitor::new(&stage.server);
    visitor.send("/api/account/request_login", &format!("email={email}")).await;
    let before = visitor.cookie().to_owned();
    assert!(!before.is_empty(), "the browser that asked is known");
    let token = stage.link(&email).await;
    visitor.send("/api/account/confirm_login", &format!("token={token}")).await;
    assert_ne!(visitor.cookie(), before);
    assert_eq!(visitor.get("/o/account").await.status, StatusCode::OK);
    let mut thief = Visitor::with_cookie(&stage.server, &before);
    assert_eq!(thief.get("/o/account").await.header("location"), "/o/login");
}

#[tokio::test]
async fn a_browser_is_known_again_by_a_cookie_and_a_new_one_is_told_of() {
    const TOLD: &str = "select count(*)::text from mails where data->>'notice' = 'new_device'";
    let stage = Stage::new().await;
    let email = stage.owner().await;
    let first = stage.log_in_as(&email, PHONE, "").await;
    let device = cookie_named(&first, "device=");
    assert!(device.contains("HttpOnly") && device.contains("SameSite=Lax"), "{device}");
    let device = device.split(';').next().unwrap_or_default();
    let kept = stage.look("select string_agg(known_devices::text, ' ') from known_devices").await;
    assert!(!kept.contains(device.trim_start_matches("device=")), "kept as a hash");
    stage.log_in_as(&email, PHONE, device).await;
    assert_eq!(stage.look(TOLD).await, "0");
    stage.log_in_as(&email, PHONE, "").await;
    assert_eq!(stage.look(TOLD).await, "1");
    // What is no secret of ours is replaced.
    let odd = stage.log_in_as(&email, PHONE, "device=short").await;
    assert!(!cookie_named(&odd, "device=").starts_with("device=short"));
}

#[tokio::test]
async fn the_own_data_and_the_address_want_a_fresh_login() {
    let stage = Stage::new().await;
    let email = stage.owner().await;
    let mut visitor = stage.log_in(&email).await;
    let file = visitor.get("/o/account/data.json").await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.body);
    assert_eq!(file.header("content-type"), "application/json");
    assert!(file.header("content-disposition").starts_with("attachment"));
    assert!(file.header("cache-control").contains("no-store"));
    assert_eq!(file.json().pointer("/account/email").expect("an address"), &email);
    stage.let_minutes_pass().await;
    assert_eq!(visitor.get("/o/account/data.json").await.header("location"), AGAIN);
    for (door, form) in [
        ("/api/email_change/request", "email=new%40example.com"),
        ("/api/personal_data/delete", "sure=yes"),
    ] {
        assert_eq!(visitor.send(door, form).await.header("location"), AGAIN, "{door}");
    }
    assert_eq!(stage.look("select count(*)::text from email_changes").await, "0");
    // Nobody is let in without a login.
    let mut nobody = Visitor::new(&stage.server);
    assert_eq!(nobody.get("/o/account/data.json").await.header("location"), "/o/login");
    for door in [
        "/api/sessions/end",
        "/api/sessions/end_others",
        "/api/email_change/request",
        "/api/personal_data/delete",
    ] {
        assert_eq!(nobody.send(door, "sure=yes").await.header("location"), "/o/login", "{door}");
    }
}

#[tokio::test]
async fn forms_of_other_sites_touch_no_account() {
    let stage = Stage::new().await;
    let visitor = stage.log_in(&stage.owner().await).await;
    for door in [
        "/api/sessions/end",
        "/api/sessions/end_others",
        "/api/email_change/request",
        "/api/email_change/confirm",
        "/api/email_change/refuse",
        "/api/personal_data/delete",
    ] {
        let request = Request::builder()
            .method(Method::POST)
            .uri(door)
            .header(header::COOKIE, visitor.cookie())
            .header("sec-fetch-site", "cross-site")
            .header(header::ORIGIN, "https://evil.example")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("sure=yes"));
        let answer = stage.server.send(request.expect("a request")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{door}");
    }
}

#[tokio::test]
async fn an_address_is_changed_by_two_buttons_and_every_browser_is_out() {
    let stage = Stage::new().await;
    let email = stage.owner().await;
    let mut visitor = stage.log_in(&email).await;
    let same = visitor.post("/api/email_change/request", &format!("email={email}")).await;
    assert!(same.body.contains("いまのアドレスと同じです"), "{}", same.body);
    let asked = visitor.post("/api/email_change/request", "email=new%40example.com").await;
    assert!(asked.body.contains("両方のアドレスに確認のメール"), "{}", asked.body);
    stage.server.app.run_jobs().await;
    let mut tokens = Vec::new();
    let mut files = tokio::fs::read_dir(&stage.server.app.mail_folder).await.expect("a folder");
    while let Some(file) = files.next_entry().await.expect("a file") {
        let mail = tokio::fs::read_to_string(file.path()).await.expect("a mail");
        let body = mail.split("base64\r\n\r\n").nth(1).unwrap_or_default();
        let body = body.split("\r\n--").next().unwrap_or_default().replace("\r\n", "");
        let bytes = data_encoding::BASE64.decode(body.as_bytes()).unwrap_or_default();
        let text = String::from_utf8(bytes).unwrap_or_default();
        let Some(rest) = text.split("/o/account/email?token=").nth(1) else { continue };
        tokens.push(rest.split_whitespace().next().unwrap_or_default().to_owned());
    }
    assert_eq!(tokens.len(), 2);
    // Opened elsewhere, without a login: the old mailbox may say yes, the new one is asked to log in.
    let mut mailbox = Visitor::new(&stage.server);
    let pages = [0, 1].map(|n| format!("/o/account/email?token={}", tokens[n]));
    let mut shown = Vec::new();
    for page in &pages {
        shown.push(mailbox.get(page).await.body);
    }
    let is_new = |page: &String| page.contains("ログインしているブラウザーで開いてください");
    assert_eq!(shown.iter().filter(|it| is_new(it)).count(), 1);
    assert!(shown.iter().all(|it| it.contains("/api/email_change/refuse")));
    if is_new(&shown[0]) {
        tokens.reverse();
    }
    let half = mailbox.post("/api/email_change/confirm", &format!("token={}", tokens[0])).await;
    assert!(half.body.contains("もう一方のアドレスでも"), "{}", half.body);
    let elsewhere =
        mailbox.post("/api/email_change/confirm", &format!("token={}", tokens[1])).await;
    assert!(is_new(&elsewhere.body), "{}", elsewhere.body);
    assert_eq!(visitor.get("/o/account").await.status, StatusCode::OK);
    let done = visitor.post("/api/email_change/confirm", &format!("token={}", tokens[1])).await;
    assert!(done.body.contains("アドレスを変えました"), "{}", done.body);
    assert_eq!(visitor.get("/o/account").await.header("location"), "/o/login");
    assert_eq!(stage.owner().await, "new@example.com");
    let over = mailbox.get(&format!("/o/account/email?token={}", tokens[0])).await;
    assert!(over.body.contains("このリンクは使えません"), "{}", over.body);
    let refused = mailbox.post("/api/email_change/refuse", &format!("token={}", tokens[0])).await;
    assert!(refused.body.contains("このリンクは使えません"), "{}", refused.body);
}

#[tokio::test]
async fn the_last_owner_is_told_what_to_do_and_others_are_gone_after_a_tick() {
    let stage = Stage::new().await;
    let mut owner = stage.log_in(&stage.owner().await).await;
    let page = owner.get("/o/account/delete").await;
    assert!(page.body.contains("先に済ませること"), "{}", page.body);
    assert!(!page.body.contains("/api/personal_data/delete"), "no button that cannot work");
    let refused = owner.post("/api/personal_data/delete", "sure=yes").await;
    assert!(refused.body.contains("先に済ませること"), "{}", refused.body);

    let mut guest = stage.log_in("guest@example.com").await;
    let unsure = guest.post("/api/personal_data/delete", "").await;
    assert!(unsure.body.contains("確認のチェックを入れてください"), "{}", unsure.body);
    let gone = guest.post("/api/personal_data/delete", "sure=yes").await;
    assert!(gone.body.contains("アカウントを削除しました"), "{}", gone.body);
    assert_eq!(guest.get("/o/account").await.header("location"), "/o/login");
    let left = "select count(*)::text from users where email_key = 'guest@example.com'";
    assert_eq!(stage.look(left).await, "0");
    assert_eq!(owner.get("/o/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_whatever_is_written_at_the_same_moment() {
    let stage = Stage::new().await;
    let email = stage.owner().await;
    let mut visitor = stage.log_in(&email).await;
    let deps = &stage.server.app.deps;
    let user = states::find(deps, &email).await.expect("read").expect("a user");
    stage.run("create table kept as select * from web_sessions").await;
    assert!(states::disable(deps, Actor::System, user, "a test").await.expect("done"));
    assert_eq!(visitor.get("/o/account").await.header("location"), "/o/login");
    // A login that was under way writes its session a moment later.
    stage.run("insert into web_sessions select * from kept on conflict do nothing").await;
    assert_eq!(visitor.get("/o/account").await.header("location"), "/o/login");
    let token = stage.link(&email).await;
    let refused = visitor.post("/api/account/confirm_login", &format!("token={token}")).await;
    assert!(refused.body.contains("このアカウントは停止されている"), "{}", refused.body);
    assert!(states::enable(deps, Actor::System, user, "a test").await.expect("done"));
    let mut back = stage.log_in(&email).await;
    assert_eq!(back.get("/o/account").await.status, StatusCode::OK);
}
