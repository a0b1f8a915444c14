//! Events in frames of other websites: by whom, and that nothing else is ever framed.

use http::StatusCode;
use operations::publishable_keys::{create, list, revoke};

use crate::harness::{Answer, Harness};
use crate::refunds::Visitor;

/// Who may frame the page, by both headers that browsers read.
fn framed_by(answer: &Answer) -> (String, String) {
    let policy = answer.header("content-security-policy");
    let found = policy.split(';').find_map(|it| it.trim().strip_prefix("frame-ancestors "));
    (found.unwrap_or("anybody").to_owned(), answer.header("x-frame-options").to_owned())
}

fn nobody() -> (String, String) {
    ("'none'".to_owned(), "DENY".to_owned())
}

#[tokio::test]
async fn only_a_keys_websites_frame_an_event_and_nothing_else_is_framed() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let other = server.seller(5, 3000).await;
    let access = server.owner(&seller).await;
    let sites = "https://club.example\nhttps://www.club.example:8443";
    let key = create(&server.app.deps, &access, "club", sites).await.expect("a key");
    let path = format!("/embed/{}?key={key}", seller.slug);

    let shown = server.get(&path).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    let sites = "https://club.example https://www.club.example:8443";
    assert_eq!(framed_by(&shown), (sites.to_owned(), String::new()));
    assert_eq!(shown.headers.get_all("content-security-policy").iter().count(), 1);
    assert_eq!(shown.header("set-cookie"), "", "a frame keeps nothing");
    // The way to order leads out of the frame; nothing is posted in it.
    let link = format!("href=\"http://127.0.0.1:3000/e/{}\" target=\"_blank\"", seller.slug);
    assert!(shown.body.contains(&link), "{}", shown.body);
    assert!(!shown.body.contains("<form"), "{}", shown.body);

    let of_another = format!("/embed/{}?key={key}", other.slug);
    let without = format!("/embed/{}", seller.slug);
    for refused in
        [of_another, without.clone(), format!("{without}?key=%27self%27"), "/embed/x".into()]
    {
        let answer = server.get(&refused).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{refused}");
        assert_eq!(framed_by(&answer), nobody(), "{refused}");
    }
    for page in [format!("/e/{}", seller.slug), "/".to_owned(), "/o/login".to_owned()] {
        for asked in [page.clone(), format!("{page}?key={key}")] {
            assert_eq!(framed_by(&server.get(&asked).await), nobody(), "{asked}");
        }
    }
    revoke(&server.app.deps, &access, key).await.expect("an end");
    let ended = server.get(&path).await;
    assert_eq!((ended.status, framed_by(&ended)), (StatusCode::NOT_FOUND, nobody()));
}

#[tokio::test]
async fn an_organizer_names_a_website_by_form_and_finds_the_code_to_paste() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let mut organizer = Visitor::new(&server);
    let token = seller.login_url.split("token=").nth(1).unwrap_or_default();
    organizer.post("/api/account/confirm_login", &format!("token={token}")).await;
    let share = format!("/o/events/{}/share", seller.event);
    assert!(organizer.get(&share).await.body.contains("/o/settings/embed"), "the way to a key");

    let refused = organizer
        .post(
            "/api/publishable_keys/create",
            "name=club&sites=https%3A%2F%2Fclub.example%0Aclub.example",
        )
        .await;
    assert!(
        refused.body.contains("「club.example」はサイトのアドレスとして読めません"),
        "{}",
        refused.body
    );
    assert!(refused.body.contains("https://club.example\nclub.example"), "{}", refused.body);
    let made = organizer
        .post("/api/publishable_keys/create", "name=club&sites=https%3A%2F%2Fclub.example")
        .await;
    assert!(made.body.contains("埋め込みキーを作りました"), "{}", made.body);

    let access = server.owner(&seller).await;
    let key = list(&server.app.deps, &access).await.expect("keys")[0].id;
    let page = organizer.get(&share).await;
    let code = format!("src=\"http://127.0.0.1:3000/embed/{}?key={key}\"", seller.slug);
    let code = code.replace('"', "&quot;");
    assert!(page.body.replace('"', "&quot;").contains(&code), "{}", page.body);

    let ended = organizer.post("/api/publishable_keys/revoke", &format!("key={key}")).await;
    assert!(ended.body.contains("埋め込みキーを無効にしました"), "{}", ended.body);
    let again = organizer.send("/api/publishable_keys/revoke", "key=nonsense").await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}
