//! The own profile and the choice of mails through their pages and forms, without JavaScript.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use operations::account::request_login::create_login_link;

use crate::harness::{Answer, Harness};
use crate::refunds::Visitor;

const SAVE: &str = "/api/own_profile/save";
const CHOOSE: &str = "/api/mail_choices/choose";

/// Signs in; the answer to the form.
async fn sign_in(visitor: &mut Visitor<'_>, server: &Harness, email: &str) -> Answer {
    let (deps, lang) = (&server.app.deps, words::lang::Lang::Ja);
    let url = create_login_link(deps, email, lang).await.expect("a link");
    let token = url.split("token=").nth(1).unwrap_or_default();
    visitor.send("/api/account/confirm_login", &format!("token={token}")).await
}

fn languages_sent(answer: &Answer) -> Vec<String> {
    let lines = answer.headers.get_all(header::SET_COOKIE).iter();
    let lines = lines.filter_map(|it| it.to_str().ok()).filter(|it| it.starts_with("lang="));
    lines.map(|it| it.split(';').next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_profile_is_saved_and_seen_and_its_language_comes_with_every_login() {
    let server = Harness::start().await;
    let mut visitor = Visitor::new(&server);
    let first = sign_in(&mut visitor, &server, "sato@example.com").await;
    assert!(languages_sent(&first).is_empty(), "nothing is chosen yet");
    let form = visitor.get("/o/account/profile").await;
    assert!(form.body.contains("<option value=\"Asia/Tokyo\" selected"), "{}", form.body);
    assert!(form.body.contains("value=\"America/New_York\""));

    let wrong = "display_name=a%E2%80%AEb&language=fr&time_zone=Mars";
    let refused = visitor.post(SAVE, wrong).await;
    for text in ["見えない文字", "言語を選んでください", "一覧から選んでください"]
    {
        assert!(refused.body.contains(text), "{text}");
    }
    let right = "display_name=%3Cb%3EHanako%20Sato&language=en&time_zone=America%2FNew_York";
    let saved = visitor.send(SAVE, right).await;
    assert_eq!(saved.header("location"), "/o/account?done=profile_saved");
    assert_eq!(languages_sent(&saved), ["lang=en"]);
    let page = visitor.get("/o/account?lang=en").await;
    assert!(page.body.contains("&lt;b&gt;Hanako Sato"), "{}", page.body);
    assert!(page.body.contains("Times are those of America/New_York."), "{}", page.body);

    // Another browser, by a link that was asked for in Japanese.
    let mut other = Visitor::new(&server);
    let again = sign_in(&mut other, &server, "sato@example.com").await;
    assert_eq!(languages_sent(&again), ["lang=en"]);
}

#[tokio::test]
async fn members_read_the_name_and_new_events_begin_with_the_zone() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let sql = format!(
        "select email from members join users using (user_id) where organizer_id = '{}'",
        domain::ids::Id::uuid(seller.organizer)
    );
    let email = server.app.look(&sql).await;
    let mut owner = Visitor::new(&server);
    sign_in(&mut owner, &server, &email).await;
    owner.send(SAVE, "display_name=Hanako%20Sato&language=ja&time_zone=Asia%2FSingapore").await;
    let members = owner.get("/o/settings/members").await;
    assert!(members.body.contains("<b>Hanako Sato<"), "{}", members.body);
    assert!(members.body.contains(&email));
    assert!(members.body.contains("avatar-sign\">HS<"), "the sign");
    let log = owner.get("/o/audit").await;
    assert!(log.body.contains("時刻はAsia/Singaporeのものです。"));
    assert!(log.body.contains("reader-link"));

    let form = "form%5Btitle%5D=Fern&form%5Bstarts_at%5D=2099-01-02T10%3A00&form%5Bends_at%5D=&form%5Bplace_name%5D=";
    owner.send(&format!("/api/events/create?for={}", seller.organizer), form).await;
    let made = "select time_zone || ' ' || to_char(starts_at at time zone 'UTC', 'HH24:MI') from events where title = 'Fern'";
    assert_eq!(server.app.look(made).await, "Asia/Singapore 02:00");
}

#[tokio::test]
async fn mails_are_chosen_by_who_gets_them() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let mut visitor = Visitor::new(&server);
    sign_in(&mut visitor, &server, "mori@example.com").await;
    let none = visitor.get("/o/account/mails").await;
    assert!(none.body.contains("いまの役割で届くメールはありません"), "{}", none.body);
    let form = format!("organizer={}&webhook_disabled=yes", seller.organizer);
    assert_eq!(visitor.send(CHOOSE, &form).await.status, StatusCode::NOT_FOUND);

    let join = format!(
        "insert into members (organizer_id, user_id, role, created_at)
         select '{}', user_id, 'co_host', now() from users where email_key = 'mori@example.com'",
        domain::ids::Id::uuid(seller.organizer)
    );
    testkit::database::run(&server.app.database_url, &join).await;
    let page = visitor.get("/o/account/mails").await;
    assert!(page.body.contains("キャンセルのお申し出"), "{}", page.body);
    assert!(page.body.contains("name=\"return_to_decide\" value=\"yes\" checked"), "{}", page.body);
    let saved = visitor.post(CHOOSE, &form).await;
    assert!(saved.body.contains("届くメールを変えました"), "{}", saved.body);
    let kept = "select string_agg(kind, ' ' order by kind) from mails_turned_off";
    assert_eq!(server.app.look(kept).await, "return_to_decide screening_to_decide");
}

#[tokio::test]
async fn nobody_else_changes_a_profile_or_a_choice() {
    let server = Harness::start().await;
    let mut nobody = Visitor::new(&server);
    for door in [SAVE, CHOOSE] {
        assert_eq!(nobody.send(door, "language=en").await.header("location"), "/o/login", "{door}");
    }
    for page in ["/o/account/profile", "/o/account/mails"] {
        assert_eq!(nobody.get(page).await.header("location"), "/o/login", "{page}");
    }
    let mut visitor = Visitor::new(&server);
    sign_in(&mut visitor, &server, "sato@example.com").await;
    for door in [SAVE, CHOOSE] {
        let request = Request::builder()
            .method(Method::POST)
            .uri(door)
            .header(header::COOKIE, visitor.cookie())
            .header("sec-fetch-site", "cross-site")
            .header(header::ORIGIN, "https://evil.example")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("language=en&time_zone=UTC"));
        let answer = server.send(request.expect("a request")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{door}");
    }
}
