//! Second factors: a code once, a guess counted, recovery codes in need, and who is asked again.

use data_encoding::BASE32_NOPAD;
use domain::ids::UserId;
use domain::step_up::{Rule, Sensitive};
use operations::account::confirm_login::{ConfirmLogin, LoginOutcome, OtherBrowser, confirm_login};
use operations::account::request_login::create_login_link;
use operations::account::second_factors::{
    CODES, FAILURES_MAX, FactorError, PasskeyAnswer, Proof, begin_totp, confirm_totp, factors,
    is_asked_at_login, prove, remove_totp, renew_codes, totp_setup,
};
use operations::account::step_up::{
    Gate, RecentlyConfirmed, Waiting, gate, open_waiting, seal_waiting,
};
use operations::clock::Clock;
use operations::{Deps, PlacesGuard};
use testkit::app::TestApp;
use time::Duration;
use time::macros::datetime;
use words::lang::Lang;

use crate::account::token_in;

const NOW: time::OffsetDateTime = datetime!(2026-11-21 10:00 UTC);

async fn app() -> TestApp {
    TestApp::start_with(PlacesGuard::On, Clock::standing_at(NOW)).await
}

async fn user(deps: &Deps, email: &str) -> UserId {
    let url = create_login_link(deps, email, Lang::En).await.unwrap();
    let command = ConfirmLogin {
        token: token_in(&url),
        browser_secret: None,
        other_browser: OtherBrowser::Ask,
    };
    let outcome = confirm_login(deps, command).await.unwrap();
    let LoginOutcome::SignedIn { user, .. } = outcome else { panic!("{outcome:?}") };
    user
}

/// What an app shows, from the key that a person typed into it (RFC 6238).
fn shown(readable: &str, at: time::OffsetDateTime) -> String {
    let secret = BASE32_NOPAD.decode(readable.as_bytes()).unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = ring::hmac::sign(&key, &(at.unix_timestamp() / 30).to_be_bytes());
    let hash = tag.as_ref();
    let offset = usize::from(hash[19] & 0x0f);
    let number = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Sets an app up; its key and the recovery codes.
async fn set_up(deps: &Deps, user: UserId) -> (String, Vec<String>) {
    begin_totp(deps, user).await.unwrap();
    let key = totp_setup(deps, user).await.unwrap().unwrap().readable;
    let codes = confirm_totp(deps, user, &shown(&key, deps.clock.now())).await.unwrap();
    (key, codes)
}

fn is_wrong(outcome: &Result<(), FactorError>) -> bool {
    matches!(outcome, Err(FactorError::Wrong))
}

#[tokio::test]
async fn an_app_is_asked_for_once_it_has_shown_a_code_and_each_code_works_once() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    begin_totp(deps, sato).await.unwrap();
    assert!(!is_asked_at_login(&factors(deps, sato).await.unwrap()), "not before its first code");
    assert!(matches!(confirm_totp(deps, sato, "000000x").await, Err(FactorError::Wrong)));
    let (key, codes) = set_up(deps, sato).await;
    assert_eq!(codes.len(), CODES);
    assert!(is_asked_at_login(&factors(deps, sato).await.unwrap()));
    assert!(totp_setup(deps, sato).await.unwrap().is_none(), "the key is not shown again");
    assert!(matches!(begin_totp(deps, sato).await, Err(FactorError::NotNow)));

    let used = shown(&key, NOW);
    assert!(is_wrong(&prove(deps, sato, Proof::Code(&used)).await), "it was used to set up");
    deps.clock.advance(Duration::seconds(30));
    let next = shown(&key, deps.clock.now());
    let tries =
        futures::future::join_all((0..4).map(|_| prove(deps, sato, Proof::Code(&next)))).await;
    assert_eq!(tries.iter().filter(|it| it.is_ok()).count(), 1, "one of four at once");
    let mori = user(deps, "mori@example.com").await;
    assert!(is_wrong(&prove(deps, mori, Proof::Code(&next)).await), "another's code");
}

#[tokio::test]
async fn the_secret_and_the_codes_are_not_in_the_database() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    let (key, codes) = set_up(deps, sato).await;
    let kept = app
        .look("select string_agg(t::text, ' ') from (select sealed::text from totp_secrets union all select code_hash::text from recovery_codes) t")
        .await;
    let secret = BASE32_NOPAD.decode(key.as_bytes()).unwrap();
    assert!(!kept.contains(&data_encoding::HEXLOWER.encode(&secret)) && !kept.contains(&key));
    assert!(codes.iter().all(|code| !kept.contains(code.as_str())));
}

#[tokio::test]
async fn recovery_codes_stand_in_once_and_new_ones_end_the_old() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    assert!(matches!(renew_codes(deps, sato).await, Err(FactorError::NotNow)));
    let (_, codes) = set_up(deps, sato).await;
    let typed = codes[0].to_lowercase().replace('-', " ");
    prove(deps, sato, Proof::Code(&typed)).await.unwrap();
    assert!(is_wrong(&prove(deps, sato, Proof::Code(&codes[0])).await));
    assert_eq!(factors(deps, sato).await.unwrap().n_codes, 9);
    let fresh = renew_codes(deps, sato).await.unwrap();
    assert!(is_wrong(&prove(deps, sato, Proof::Code(&codes[1])).await));
    prove(deps, sato, Proof::Code(&fresh[1])).await.unwrap();
    // Without a factor they stand in for nothing.
    assert!(remove_totp(deps, sato).await.unwrap());
    assert_eq!(factors(deps, sato).await.unwrap().n_codes, 0);
}

#[tokio::test]
async fn who_guesses_is_held_back_even_with_the_right_code() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    let (_, codes) = set_up(deps, sato).await;
    let n = usize::try_from(FAILURES_MAX).unwrap();
    let guesses = (0..n * 2).map(|_| prove(deps, sato, Proof::Code("123")));
    let answers = futures::future::join_all(guesses).await;
    assert_eq!(answers.iter().filter(|it| is_wrong(it)).count(), n);
    let held = prove(deps, sato, Proof::Code(&codes[0])).await;
    assert!(matches!(held, Err(FactorError::TooMany)));
    deps.clock.advance(Duration::minutes(16));
    prove(deps, sato, Proof::Code(&codes[0])).await.unwrap();
}

#[tokio::test]
async fn a_passkey_that_nobody_set_up_proves_nothing() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    for answer in
        [PasskeyAnswer::default(), PasskeyAnswer { credential: "AAAA", ..PasskeyAnswer::default() }]
    {
        let proof = Proof::Passkey { challenge: "", answer };
        assert!(is_wrong(&prove(deps, sato, proof).await));
    }
}

#[tokio::test]
async fn administrators_confirm_always_members_by_the_rule_and_nobody_twice_in_ten_minutes() {
    let app = app().await;
    let deps = &app.deps;
    let (sato, admin) =
        (user(deps, "sato@example.com").await, user(deps, "admin@eventpay.example").await);
    let asked = async |user, action| gate(deps, user, action, None).await.unwrap();
    assert_eq!(asked(sato, Sensitive::Payout).await, Gate::Open);
    assert_eq!(asked(admin, Sensitive::Payout).await, Gate::Confirm);
    assert_eq!(asked(sato, Sensitive::Platform).await, Gate::Confirm);
    assert_eq!(asked(sato, Sensitive::OwnAccount).await, Gate::Open);
    set_up(deps, sato).await;
    assert_eq!(asked(sato, Sensitive::OwnAccount).await, Gate::Confirm);

    let at = NOW.unix_timestamp();
    let proof = RecentlyConfirmed::read(deps, Some(at));
    assert_eq!(gate(deps, admin, Sensitive::Platform, proof).await.unwrap(), Gate::Open);
    for not_now in [None, Some(at - 600), Some(at + 1)] {
        assert_eq!(RecentlyConfirmed::read(deps, not_now), None, "{not_now:?}");
    }
    assert!(RecentlyConfirmed::read(deps, Some(at - 599)).is_some());
    assert_eq!(Rule::default(), Rule { is_on: false, refunds_above_minor: 0 });
}

#[tokio::test]
async fn a_form_that_waits_is_read_by_its_sender_only() {
    let app = app().await;
    let deps = &app.deps;
    let (sato, mori) = (user(deps, "sato@example.com").await, user(deps, "mori@example.com").await);
    let waiting = Waiting {
        action: "/api/payouts/account".to_owned(),
        fields: vec![("number".to_owned(), "1234567".to_owned())],
        page: "/o/payouts".to_owned(),
    };
    let sealed = seal_waiting(deps, sato, &waiting).unwrap();
    assert!(!sealed.contains("1234567"));
    assert_eq!(open_waiting(deps, sato, &sealed), Some(waiting));
    assert_eq!(open_waiting(deps, mori, &sealed), None);
    assert_eq!(open_waiting(deps, sato, "nonsense"), None);
}
