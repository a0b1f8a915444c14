//! Logging in with a provider: proof of both, or nothing is linked.

use std::sync::Arc;

use domain::ids::UserId;
use domain::login::LoginIdentity;
use operations::account::confirm_login::{ConfirmLogin, LoginOutcome, OtherBrowser, confirm_login};
use operations::account::provider_login::{
    Answer, Arrival, Away, ProvedIdentity, ProviderLoginError, Return, WayBack, arrive, come_back,
    link, linked, unlink,
};
use operations::account::request_login::create_login_link;
use operations::account::second_factors::{Proof, Purpose, prove};
use operations::clock::Clock;
use operations::{Deps, PlacesGuard};
use providers::Secret;
use providers::login::{LoginProviderConfig, LoginProviders};
use testkit::app::TestApp;
use time::macros::datetime;
use words::lang::Lang;

use crate::account::{mailed_tokens, token_in};
use crate::second_factors::set_up;

const BROWSER: &str = "the browser that came back";
const NOW: time::OffsetDateTime = datetime!(2026-11-21 10:00 UTC);

async fn app() -> TestApp {
    TestApp::start_with(PlacesGuard::On, Clock::standing_at(NOW)).await
}

fn proved(subject: &str, email: Option<&str>) -> ProvedIdentity {
    let identity = LoginIdentity {
        provider: "club".to_owned(),
        issuer: "https://id.example".to_owned(),
        subject: subject.to_owned(),
    };
    ProvedIdentity { identity, email: email.map(str::to_owned) }
}

fn back(away: Option<&Away>, viewer: Option<UserId>) -> Return<'_> {
    Return {
        provider: "club",
        away,
        viewer,
        answer: Answer { code: "code", state: "state", issuer: None },
        browser_secret: BROWSER,
        client: None,
        lang: Lang::Ja,
    }
}

/// Somebody who signed in by mail before.
async fn user(deps: &Deps, email: &str) -> UserId {
    let url = create_login_link(deps, email, Lang::En).await.unwrap();
    press(deps, token_in(&url), None, OtherBrowser::Ask).await
}

async fn press(deps: &Deps, token: &str, browser: Option<&str>, other: OtherBrowser) -> UserId {
    let command = ConfirmLogin { token, browser_secret: browser, other_browser: other };
    let outcome = confirm_login(deps, command).await.unwrap();
    let LoginOutcome::SignedIn { user, .. } = outcome else { panic!("{outcome:?}") };
    user
}

#[tokio::test]
async fn a_known_address_opens_nothing_until_its_mail_is_opened_in_the_same_browser() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    let proved = proved("1", Some("Sato@example.com"));
    let arrival = arrive(deps, &proved, back(None, None)).await.unwrap();
    assert!(matches!(&arrival, Arrival::MailSent(to) if to.as_str() == "Sato@example.com"));
    assert_eq!(linked(deps, sato).await.unwrap(), []);

    let token = mailed_tokens(&app).await.pop().unwrap();
    assert_eq!(press(deps, &token, Some(BROWSER), OtherBrowser::Ask).await, sato);
    let [identity] = &linked(deps, sato).await.unwrap()[..] else { panic!("one is linked") };
    assert_eq!((identity.provider.as_str(), identity.last_used_at), ("club", None));
    let again = arrive(deps, &proved, back(None, None)).await.unwrap();
    assert_eq!(again, Arrival::SignedIn(sato));
    // It is known by its subject: an address that changed at the provider changes nothing here.
    let moved = ProvedIdentity { email: Some("other@example.com".to_owned()), ..proved };
    assert_eq!(arrive(deps, &moved, back(None, None)).await.unwrap(), Arrival::SignedIn(sato));
}

#[tokio::test]
async fn whoever_opens_the_mail_elsewhere_is_not_tied_to_a_strangers_identity() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    // A stranger's provider claims the address.
    let stranger = proved("666", Some("sato@example.com"));
    arrive(deps, &stranger, back(None, None)).await.unwrap();
    let token = mailed_tokens(&app).await.pop().unwrap();
    assert_eq!(press(deps, &token, Some("mine"), OtherBrowser::Accepted).await, sato);
    assert_eq!(linked(deps, sato).await.unwrap(), []);
    let again = arrive(deps, &stranger, back(None, None)).await.unwrap();
    assert!(matches!(again, Arrival::MailSent(_)));
}

#[tokio::test]
async fn who_reads_the_mail_of_somebody_with_a_second_factor_keeps_no_way_in() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    let (_, codes) = set_up(deps, sato).await;
    let proved = proved("1", Some("sato@example.com"));
    arrive(deps, &proved, back(None, None)).await.unwrap();
    let token = mailed_tokens(&app).await.pop().unwrap();
    let command = ConfirmLogin {
        token: &token,
        browser_secret: Some(BROWSER),
        other_browser: OtherBrowser::Ask,
    };
    let outcome = confirm_login(deps, command).await.unwrap();
    let LoginOutcome::SignedIn { links, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(links.as_ref(), Some(&proved.identity), "it waits");
    assert_eq!(linked(deps, sato).await.unwrap(), [], "only the mail was proved");
    assert_eq!(
        app.look("select count(*)::text from audit_entries where action = 'user.signed_in'").await,
        "1"
    );

    let purpose = Purpose::Login { links: links.as_ref() };
    let wrong = prove(deps, sato, Proof::Code("000000"), purpose).await;
    assert!(wrong.is_err());
    assert_eq!(linked(deps, sato).await.unwrap(), []);
    prove(deps, sato, Proof::Code(&codes[0]), purpose).await.unwrap();
    assert_eq!(linked(deps, sato).await.unwrap().len(), 1);
    let told = "select count(*)::text from mails where data->>'notice' = 'identity_linked'";
    assert_eq!(app.look(told).await, "1");
}

#[tokio::test]
async fn somebody_new_becomes_a_user_by_the_same_two_proofs() {
    let app = app().await;
    let deps = &app.deps;
    let proved = proved("7", Some("new@example.com"));
    arrive(deps, &proved, back(None, None)).await.unwrap();
    assert_eq!(app.look("select count(*)::text from users").await, "0");
    let token = mailed_tokens(&app).await.pop().unwrap();
    let fresh = press(deps, &token, Some(BROWSER), OtherBrowser::Ask).await;
    let again = arrive(deps, &proved, back(None, None)).await.unwrap();
    assert_eq!(again, Arrival::SignedIn(fresh));
}

#[tokio::test]
async fn an_identity_opens_one_account_and_only_its_owner_takes_it_away() {
    let app = app().await;
    let deps = &app.deps;
    let (sato, mori) = (user(deps, "sato@example.com").await, user(deps, "mori@example.com").await);
    let identity = proved("1", None).identity;
    let links = (0..6).map(|i| link(deps, if i % 2 == 0 { sato } else { mori }, &identity));
    let arrivals = futures::future::join_all(links).await;
    let n_linked = arrivals.iter().filter(|it| matches!(it, Ok(Arrival::Linked))).count();
    assert_eq!((n_linked, arrivals.len()), (3, 6), "one of the two has it, however often");
    let (owner, other) =
        if linked(deps, sato).await.unwrap().is_empty() { (mori, sato) } else { (sato, mori) };
    let id = linked(deps, owner).await.unwrap().first().unwrap().id;
    assert!(!unlink(deps, other, id).await.unwrap());
    assert!(unlink(deps, owner, id).await.unwrap());
    let arrival = arrive(deps, &proved("1", None), back(None, None)).await.unwrap();
    assert_eq!(arrival, Arrival::NoAddress);
    let log = "select string_agg(action, ' ' order by audit_entry_id) from audit_entries
               where action like 'user.identity%'";
    assert_eq!(app.look(log).await, "user.identity_linked user.identity_unlinked");
}

#[tokio::test]
async fn only_the_browser_that_set_out_comes_back_once_in_time_and_as_the_same_person() {
    let app = app().await;
    let config = LoginProviderConfig {
        slug: "club".to_owned(),
        name: "Club".to_owned(),
        // Nobody listens: whatever gets past the first questions fails here.
        issuer: "http://127.0.0.1:9".to_owned(),
        client_id: "eventpay".to_owned(),
        client_secret: Secret::new("secret"),
    };
    let login = Arc::new(LoginProviders::new(vec![config]).unwrap());
    let deps = Deps { login, ..app.deps.clone() };
    let (sato, mori) =
        (user(&deps, "sato@example.com").await, user(&deps, "mori@example.com").await);
    let text = |it: &str| it.to_owned();
    let way_back = WayBack {
        state: text("state"),
        nonce: text("n"),
        verifier: text("v"),
        present_since: None,
    };
    let since = NOW.unix_timestamp();
    let good = Away { provider: text("club"), way_back, links_to: None, since };
    let late = Away { since: since - 901, ..good.clone() };
    let elsewhere = Away { provider: text("other"), ..good.clone() };
    let linking = Away { links_to: Some(sato), ..good.clone() };
    for (away, viewer) in [
        (None, None),
        (Some(&late), None),
        (Some(&elsewhere), None),
        (Some(&linking), None),
        (Some(&linking), Some(mori)),
    ] {
        let refused = come_back(&deps, back(away, viewer)).await.unwrap_err();
        assert!(matches!(refused, ProviderLoginError::NotAway), "{refused}");
    }
    let refused = come_back(&deps, back(Some(&good), None)).await.unwrap_err();
    assert!(matches!(refused, ProviderLoginError::Provider(_)), "{refused}");
}
