//! Logging in: one link, one use, one browser, and no way to learn who is known here.

use std::net::{IpAddr, Ipv4Addr};

use domain::event::OrganizerKind;
use operations::PlacesGuard;
use operations::account::confirm_login::{
    ConfirmLogin, LinkState, LoginOutcome, OtherBrowser, confirm_login, look_at_link, sign_out,
};
use operations::account::profile::{ProfileForm, Saved, save_profile};
use operations::account::request_login::{
    LINKS_PER_CLIENT_MAX, LINKS_PER_EMAIL_MAX, RequestLogin, RequestLoginError, create_login_link,
    request_login,
};
use operations::account::{Home, home};
use operations::clock::Clock;
use store::users::IsNew;
use testkit::app::TestApp;
use time::Duration;
use time::macros::datetime;
use words::lang::Lang;

const BROWSER: &str = "the browser that asked";
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// A house with a clock that stands still.
async fn app() -> TestApp {
    let clock = Clock::standing_at(datetime!(2026-11-21 10:00 UTC));
    TestApp::start_with(PlacesGuard::On, clock).await
}

fn asking(email: &str) -> RequestLogin<'_> {
    RequestLogin {
        email,
        lang: Lang::Ja,
        browser_secret: BROWSER,
        client: Some(CLIENT),
        identity: None,
    }
}

fn pressing<'a>(token: &'a str, browser: Option<&'a str>) -> ConfirmLogin<'a> {
    ConfirmLogin { token, browser_secret: browser, other_browser: OtherBrowser::Ask }
}

/// The tokens in the mails that were sent until now, in no particular order.
pub(crate) async fn mailed_tokens(app: &TestApp) -> Vec<String> {
    app.run_jobs().await;
    let Ok(mut files) = tokio::fs::read_dir(&app.mail_folder).await else { return Vec::new() };
    let mut tokens = Vec::new();
    while let Some(file) = files.next_entry().await.unwrap() {
        let mail = tokio::fs::read_to_string(file.path()).await.unwrap();
        let text = decoded(&mail);
        // Notices about the account hold none.
        if text.contains("token=") {
            tokens.push(token_in(&text).to_owned());
        }
    }
    tokens
}

/// The text part of a mail: from base 64, or as it stands where all of it is plain.
pub(crate) fn decoded(mail: &str) -> String {
    let Some(body) = mail.split("base64\r\n\r\n").nth(1) else {
        return mail.replace("=\r\n", "").replace("=3D", "=");
    };
    let body = body.split("\r\n--").next().unwrap();
    let bytes = data_encoding::BASE64.decode(body.replace("\r\n", "").as_bytes()).unwrap();
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn token_in(text: &str) -> &str {
    text.split("/o/login/confirm?token=").nth(1).unwrap().split_whitespace().next().unwrap()
}

async fn mailed_token(app: &TestApp, email: &str) -> String {
    request_login(&app.deps, asking(email)).await.unwrap();
    mailed_tokens(app).await.pop().unwrap()
}

#[tokio::test]
async fn a_link_signs_in_once() {
    let app = app().await;
    let deps = &app.deps;
    let token = mailed_token(&app, " Sato@Example.com ").await;

    let state = look_at_link(deps, &token, Some(BROWSER)).await.unwrap();
    assert!(
        matches!(&state, LinkState::Ready { email, links: None } if email.as_str() == "Sato@example.com")
    );
    let first = confirm_login(deps, pressing(&token, Some(BROWSER))).await.unwrap();
    let LoginOutcome::SignedIn { user, is_new: IsNew::Yes, .. } = first else {
        panic!("{first:?}")
    };
    let again = confirm_login(deps, pressing(&token, Some(BROWSER))).await.unwrap();
    assert_eq!(again, LoginOutcome::Used);

    let Home { user: known, organizers } = home(deps, user).await.unwrap();
    assert!(organizers.is_empty() && !known.is_administrator);
}

#[tokio::test]
async fn a_known_user_comes_back_as_the_same_and_the_answer_tells_nobody() {
    let app = app().await;
    let deps = &app.deps;
    let token = mailed_token(&app, "sato@example.com").await;
    let first = confirm_login(deps, pressing(&token, Some(BROWSER))).await.unwrap();
    let LoginOutcome::SignedIn { user, .. } = first else { panic!("{first:?}") };

    let known = request_login(deps, asking("SATO@example.com")).await.map(|_| ());
    let stranger = request_login(deps, asking("nobody@example.com")).await.map(|_| ());
    assert!(known.is_ok() && stranger.is_ok());

    let url = create_login_link(deps, "SATO@example.com", Lang::En).await.unwrap();
    let outcome = confirm_login(deps, pressing(token_in(&url), None)).await.unwrap();
    assert_eq!(outcome, LoginOutcome::SignedIn { user, is_new: IsNew::No, links: None });
}

#[tokio::test]
async fn a_link_ends_after_fifteen_minutes() {
    let app = app().await;
    let deps = &app.deps;
    let token = mailed_token(&app, "sato@example.com").await;
    deps.clock.advance(Duration::minutes(15));
    assert_eq!(look_at_link(deps, &token, Some(BROWSER)).await.unwrap(), LinkState::Expired);
    let outcome = confirm_login(deps, pressing(&token, Some(BROWSER))).await.unwrap();
    assert_eq!(outcome, LoginOutcome::Expired);
    let outcome = confirm_login(deps, pressing("no such token", Some(BROWSER))).await.unwrap();
    assert_eq!(outcome, LoginOutcome::Unknown);
}

#[tokio::test]
async fn another_browser_is_asked_first() {
    let app = app().await;
    let deps = &app.deps;
    let token = mailed_token(&app, "sato@example.com").await;
    for browser in [None, Some("another browser")] {
        let state = look_at_link(deps, &token, browser).await.unwrap();
        assert!(matches!(state, LinkState::OtherBrowser { .. }));
        let outcome = confirm_login(deps, pressing(&token, browser)).await.unwrap();
        assert_eq!(outcome, LoginOutcome::ConfirmInThisBrowser);
    }
    let accepted = ConfirmLogin { other_browser: OtherBrowser::Accepted, ..pressing(&token, None) };
    let outcome = confirm_login(deps, accepted).await.unwrap();
    assert!(matches!(outcome, LoginOutcome::SignedIn { .. }));
}

#[tokio::test]
async fn ten_clicks_at_once_sign_in_once() {
    let app = app().await;
    let deps = &app.deps;
    let token = mailed_token(&app, "sato@example.com").await;
    let clicks = (0..10).map(|_| confirm_login(deps, pressing(&token, Some(BROWSER))));
    let outcomes = futures::future::join_all(clicks).await;
    let is_in = |it: &&Result<LoginOutcome, _>| matches!(it, Ok(LoginOutcome::SignedIn { .. }));
    let is_used = |it: &&Result<LoginOutcome, _>| matches!(it, Ok(LoginOutcome::Used));
    assert_eq!(outcomes.iter().filter(is_in).count(), 1);
    assert_eq!(outcomes.iter().filter(is_used).count(), 9);
}

#[tokio::test]
async fn one_address_is_not_flooded_not_even_at_once() {
    let app = app().await;
    let deps = &app.deps;
    let n = usize::try_from(LINKS_PER_EMAIL_MAX).unwrap();
    let questions = (0..n * 3).map(|_| request_login(deps, asking("sato@example.com")));
    let answers = futures::future::join_all(questions).await;
    assert!(answers.iter().all(Result::is_ok), "who asks too often hears the same");
    assert_eq!(mailed_tokens(&app).await.len(), n);

    deps.clock.advance(Duration::minutes(16));
    request_login(deps, asking("sato@example.com")).await.unwrap();
    assert_eq!(mailed_tokens(&app).await.len(), n + 1);
}

#[tokio::test]
async fn one_client_cannot_write_to_everybody() {
    let app = app().await;
    let deps = &app.deps;
    let n = usize::try_from(LINKS_PER_CLIENT_MAX).unwrap();
    for i in 0..n + 5 {
        request_login(deps, asking(&format!("guest{i}@example.com"))).await.unwrap();
    }
    let elsewhere = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 8));
    let other = RequestLogin { client: Some(elsewhere), ..asking("guest@example.com") };
    request_login(deps, other).await.unwrap();
    assert_eq!(mailed_tokens(&app).await.len(), n + 1);
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    let app = app().await;
    let deps = &app.deps;
    for typed in ["", "sato", "sato@example.com\r\nBcc: all@example.com"] {
        let answer = request_login(deps, asking(typed)).await;
        assert!(matches!(answer, Err(RequestLoginError::Email(_))), "{typed:?}");
    }
}

#[tokio::test]
async fn a_link_is_not_kept_and_one_that_is_late_is_not_sent() {
    let app = app().await;
    let deps = &app.deps;
    request_login(deps, asking("sato@example.com")).await.unwrap();
    assert_eq!(mailed_tokens(&app).await.len(), 1);
    let kept = "select status || subject || text_body || html_body || data from mails";
    assert_eq!(app.look(kept).await, "sentEventPayへのログイン{}");

    request_login(deps, asking("suzuki@example.com")).await.unwrap();
    deps.clock.advance(Duration::minutes(20));
    assert_eq!(mailed_tokens(&app).await.len(), 1);
    let late = "select status from mails order by mail_id desc limit 1";
    assert_eq!(app.look(late).await, "skipped");
}

#[tokio::test]
async fn the_log_knows_what_happened_but_not_who_only_asked() {
    let app = app().await;
    let deps = &app.deps;
    let token = mailed_token(&app, "sato@example.com").await;
    let outcome = confirm_login(deps, pressing(&token, Some(BROWSER))).await.unwrap();
    let LoginOutcome::SignedIn { user, .. } = outcome else { panic!("{outcome:?}") };
    sign_out(deps, user).await.unwrap();
    let log = "select string_agg(action || ' ' || actor_kind, ', ' order by audit_entry_id) from audit_entries";
    assert_eq!(
        app.look(log).await,
        "login_link.requested system, user.signed_in user, user.signed_out user"
    );
    let named = "select count(*) from audit_entries where detail::text like '%sato%'";
    assert_eq!(app.look(named).await, "0");
}

#[tokio::test]
async fn the_first_profile_makes_an_organizer_once_and_the_next_changes_it() {
    let app = app().await;
    let deps = &app.deps;
    let url = create_login_link(deps, "admin@eventpay.example", Lang::Ja).await.unwrap();
    let outcome = confirm_login(deps, pressing(token_in(&url), None)).await.unwrap();
    let LoginOutcome::SignedIn { user, .. } = outcome else { panic!("{outcome:?}") };

    let form = ProfileForm {
        kind: "group",
        display_name: "丸の内ランニングクラブ",
        contact_email: "run@example.com",
        registration_number: "",
    };
    let saves =
        futures::future::join_all((0..4).map(|_| save_profile(deps, user, None, form))).await;
    let created = saves.iter().filter(|saved| matches!(saved, Ok(Saved::Created(_)))).count();
    assert_eq!((created, saves.iter().filter(|saved| saved.is_ok()).count()), (1, 4));

    let business = ProfileForm { kind: "business", ..form };
    assert!(matches!(save_profile(deps, user, None, business).await, Ok(Saved::Changed(_))));
    let home = home(deps, user).await.unwrap();
    assert!(home.user.is_administrator);
    assert_eq!(home.organizers.len(), 1);
    assert_eq!(home.current().map(|it| it.kind), Some(OrganizerKind::Business));
}
