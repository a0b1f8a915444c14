//! Second factors: a code once, a guess counted, recovery codes in need, and who is asked again.

use data_encoding::BASE32_NOPAD;
use domain::ids::UserId;
use operations::account::confirm_login::{ConfirmLogin, LoginOutcome, OtherBrowser, confirm_login};
use operations::account::request_login::create_login_link;
use operations::account::second_factors::{
    CODES, FAILURES_MAX, FAILURES_PER_DAY_MAX, FactorError, Proof, Purpose, begin_totp,
    confirm_totp, factors, forget_all, is_asked_at_login, prove as prove_for, remove_totp,
    renew_codes, totp_setup,
};
use operations::clock::Clock;
use operations::{Deps, PlacesGuard};
use testkit::app::TestApp;
use time::Duration;
use time::macros::datetime;
use words::lang::Lang;

use crate::account::token_in;

pub(crate) const NOW: time::OffsetDateTime = datetime!(2026-11-21 10:00 UTC);

pub(crate) async fn app() -> TestApp {
    TestApp::start_with(PlacesGuard::On, Clock::standing_at(NOW)).await
}

async fn prove(deps: &Deps, user: UserId, proof: Proof<'_>) -> Result<(), FactorError> {
    prove_for(deps, user, proof, Purpose::GoingOn).await
}

pub(crate) async fn user(deps: &Deps, email: &str) -> UserId {
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
pub(crate) fn shown(readable: &str, at: time::OffsetDateTime) -> String {
    let secret = BASE32_NOPAD.decode(readable.as_bytes()).unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = ring::hmac::sign(&key, &(at.unix_timestamp() / 30).to_be_bytes());
    let hash = tag.as_ref();
    let offset = usize::from(hash.last().unwrap() & 0x0f);
    let cut = hash.iter().skip(offset).take(4).copied().collect::<Vec<u8>>();
    let number = u32::from_be_bytes(cut.try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Sets an app up; its key and the recovery codes.
pub(crate) async fn set_up(deps: &Deps, user: UserId) -> (String, Vec<String>) {
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
    for code in &codes {
        let plain = data_encoding::HEXLOWER.encode(code.replace('-', "").as_bytes());
        assert!(!kept.contains(code.as_str()) && !kept.contains(&plain), "{kept}");
    }
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
async fn who_guesses_all_day_guesses_in_vain_and_the_owner_hears_of_it() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    let (key, codes) = set_up(deps, sato).await;
    for round in 0..FAILURES_PER_DAY_MAX {
        if round % FAILURES_MAX == 0 {
            deps.clock.advance(Duration::minutes(16));
        }
        assert!(is_wrong(&prove(deps, sato, Proof::Code("000000")).await));
    }
    deps.clock.advance(Duration::minutes(16));
    let right = shown(&key, deps.clock.now());
    assert!(is_wrong(&prove(deps, sato, Proof::Code(&right)).await), "not even the right one");
    prove(deps, sato, Proof::Code(&codes[0])).await.unwrap();
    deps.clock.advance(Duration::days(1));
    let right = shown(&key, deps.clock.now());
    prove(deps, sato, Proof::Code(&right)).await.unwrap();
    let told = "select count(*)::text from mails where data->>'notice' = 'guessed'";
    assert_eq!(app.look(told).await, "5", "once each time it became too much");
}

#[tokio::test]
async fn a_secret_that_waits_too_long_is_no_secret_of_anybody() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    begin_totp(deps, sato).await.unwrap();
    let key = totp_setup(deps, sato).await.unwrap().unwrap().readable;
    deps.clock.advance(Duration::minutes(15));
    assert!(totp_setup(deps, sato).await.unwrap().is_none());
    let late = confirm_totp(deps, sato, &shown(&key, deps.clock.now())).await;
    assert!(matches!(late, Err(FactorError::NotNow)));
}

#[tokio::test]
async fn staff_takes_lost_factors_away_and_the_owner_is_told() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    set_up(deps, sato).await;
    assert!(!forget_all(deps, "nobody@example.com", "").await.unwrap());
    assert!(forget_all(deps, "Sato@example.com", "called us, order 12 known").await.unwrap());
    let left = factors(deps, sato).await.unwrap();
    assert_eq!((left.has_totp, left.n_passkeys, left.n_codes), (false, 0, 0));
    let told = "select string_agg(data->>'notice', ' ' order by created_at, mail_id) from mails
                where kind = 'account_notice' and recipient = 'sato@example.com'";
    assert_eq!(app.look(told).await, "factor_added factors_forgotten");
    let noted =
        "select detail->>'reason' from audit_entries where action = 'user.factors_forgotten'";
    assert_eq!(app.look(noted).await, "called us, order 12 known");
}
