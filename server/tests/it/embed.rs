//! Events in frames of other websites: by whom, and that nothing else is ever framed.

use http::StatusCode;
use operations::publishable_keys::{create, list, revoke};
use testkit::database;

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
    let policy = shown.header("content-security-policy");
    for part in
        ["script-src 'self' 'nonce-", "form-action 'none'", "base-uri 'none'", "object-src 'none'"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
        ("access-control-allow-origin", ""),
    ] {
        assert_eq!(shown.header(name), value, "{name}");
    }
    // A frame keeps nothing, and leads on in its language.
    let english = server.get(&format!("{path}&lang=en")).await;
    assert_eq!((shown.header("set-cookie"), english.header("set-cookie")), ("", ""));
    assert!(english.body.contains(&format!("/e/{}?lang=en\"", seller.slug)), "{}", english.body);
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

    // A second key hides no other: each website has its code.
    let second =
        create(&server.app.deps, &access, "blog", "https://blog.example").await.expect("a key");
    let page = organizer.get(&share).await;
    for key in [key, second] {
        assert!(page.body.contains(&key.to_string()), "{key}: {}", page.body);
    }

    let ended = organizer.post("/api/publishable_keys/revoke", &format!("key={key}")).await;
    assert!(ended.body.contains("埋め込みキーを無効にしました"), "{}", ended.body);
    let again = organizer.send("/api/publishable_keys/revoke", "key=nonsense").await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

/// The script is for other websites to load, and nothing else is.
#[tokio::test]
async fn other_websites_load_the_script_alone() {
    let server = Harness::start().await;
    for (path, loaded_by) in [
        ("/embed.js", "cross-origin"),
        ("/embed_frame.js", "same-origin"),
        ("/boot.js", "same-origin"),
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("cross-origin-resource-policy"), loaded_by, "{path}");
    }
}

/// What cannot be had is not offered: the badge says why, and the button leads to the page all the same.
#[tokio::test]
async fn a_frame_offers_nothing_that_is_not_on_sale() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let access = server.owner(&seller).await;
    let key =
        create(&server.app.deps, &access, "club", "https://club.example").await.expect("a key");
    let path = format!("/embed/{}?key={key}", seller.slug);
    let end = "update ticket_types set sales_end_at = now() + interval '1 day'";
    database::run(&server.app.database_url, end).await;
    let open = server.get(&path).await;
    for told in ["受付中", "¥3,000", "offer-description", ">申し込む"] {
        assert!(open.body.contains(told), "{told}: {}", open.body);
    }
    for (status, badge, is_listed) in [("closed", "受付終了", true), ("cancelled", "中止", false)]
    {
        let sql = format!(
            "update events set status = '{status}',
                 cancelled_at = case when '{status}' = 'cancelled' then now() end"
        );
        database::run(&server.app.database_url, &sql).await;
        let ended = server.get(&path).await;
        assert_eq!(ended.status, StatusCode::OK, "{status}");
        assert!(ended.body.contains(badge), "{status}: {}", ended.body);
        assert!(
            !ended.body.contains("offer-description") && !ended.body.contains(">申し込む"),
            "{status}"
        );
        assert!(ended.body.contains("くわしく見る"), "{status}");
        assert_eq!(ended.body.contains("¥3,000"), is_listed, "{status}");
    }
}
