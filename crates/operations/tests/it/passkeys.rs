//! Passkeys from the making to the login, with a real key: what is right opens once, and nothing that is off in one point.

use domain::ids::UserId;
use operations::Deps;
use operations::account::passkey_login::sign_in;
use operations::account::second_factors::{
    FactorError, PasskeyAnswer, Proof, Purpose, add_passkey, factors, open_question, passkeys,
    prove, question, remove_passkey,
};

use crate::authenticator::{Authenticator, Sent};
use crate::second_factors::{app, user};

async fn make(deps: &Deps, user: UserId, phone: &Authenticator) {
    let asked = question(deps, user).await.unwrap();
    let sent = phone.make(&asked.challenge);
    add_passkey(deps, user, sent.new_passkey("phone", &asked.challenge)).await.unwrap();
}

async fn goes_on(deps: &Deps, user: UserId, challenge: &str, sent: &Sent) -> bool {
    let proof = Proof::Passkey { challenge, answer: sent.answer("") };
    match prove(deps, user, proof, Purpose::GoingOn).await {
        Ok(()) => true,
        Err(FactorError::Wrong) => false,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_passkey_is_made_once_and_answers_each_question_once() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    let mut phone = Authenticator::new("phone", &deps.settings.public_url);
    let asked = question(deps, sato).await.unwrap();
    let sent = phone.make(&asked.challenge);
    let codes = add_passkey(deps, sato, sent.new_passkey("phone", &asked.challenge)).await.unwrap();
    assert_eq!(codes.len(), 10, "recovery codes come with the first factor");
    let again = add_passkey(deps, sato, sent.new_passkey("phone", &asked.challenge)).await;
    assert!(matches!(again, Err(FactorError::Wrong)), "the question is answered");
    assert_eq!(factors(deps, sato).await.unwrap().n_passkeys, 1);

    let asked = question(deps, sato).await.unwrap();
    let sent = phone.answer(&asked.challenge);
    let tries = (0..4).map(|_| goes_on(deps, sato, &asked.challenge, &sent));
    let tries = futures::future::join_all(tries).await;
    assert_eq!(
        tries.iter().filter(|it| **it).count(),
        1,
        "its count stays at zero, so only the question is spent"
    );
    // A counter that went up and then back is a copy.
    phone.count = 5;
    let asked = question(deps, sato).await.unwrap();
    assert!(goes_on(deps, sato, &asked.challenge, &phone.answer(&asked.challenge)).await);
    for count in [5, 4, 0] {
        phone.count = count;
        let asked = question(deps, sato).await.unwrap();
        assert!(!goes_on(deps, sato, &asked.challenge, &phone.answer(&asked.challenge)).await);
    }
}

#[tokio::test]
async fn anothers_passkey_another_site_and_another_key_prove_nothing() {
    let app = app().await;
    let deps = &app.deps;
    let (sato, mori) = (user(deps, "sato@example.com").await, user(deps, "mori@example.com").await);
    let site = deps.settings.public_url.clone();
    let (phone, other) = (Authenticator::new("phone", &site), Authenticator::new("other", &site));
    make(deps, sato, &phone).await;
    make(deps, mori, &other).await;
    let asked = question(deps, sato).await.unwrap().challenge;
    assert!(!goes_on(deps, sato, &asked, &other.answer(&asked)).await, "mori's");
    assert!(!goes_on(deps, sato, &asked, &phone.answer("another question")).await);
    let copy = Authenticator::new("phone", &site);
    assert!(!goes_on(deps, sato, &asked, &copy.answer(&asked)).await, "the same id, another key");
    let lured = Authenticator::new("phone", "https://evil.example");
    assert!(!goes_on(deps, sato, &asked, &lured.answer(&asked)).await);
    assert!(!goes_on(deps, sato, &asked, &Sent::default()).await);
    assert!(goes_on(deps, sato, &asked, &phone.answer(&asked)).await, "and the right one is");
    // Wrong passkeys are no guesses: the owner is not shut out by them.
    for _ in 0..20 {
        assert!(!goes_on(deps, sato, "x", &copy.answer("x")).await);
    }
    make(deps, sato, &Authenticator::new("second", &site)).await;
    let kept = passkeys(deps, sato).await.unwrap();
    assert!(!remove_passkey(deps, mori, kept[0].id).await.unwrap(), "not by somebody else");
    assert!(remove_passkey(deps, sato, kept[0].id).await.unwrap());
    let asked = question(deps, sato).await.unwrap().challenge;
    assert!(!goes_on(deps, sato, &asked, &phone.answer(&asked)).await, "it is gone");
}

#[tokio::test]
async fn a_passkey_alone_logs_its_owner_in() {
    let app = app().await;
    let deps = &app.deps;
    let (sato, mori) = (user(deps, "sato@example.com").await, user(deps, "mori@example.com").await);
    let phone = Authenticator::new("phone", &deps.settings.public_url);
    make(deps, sato, &phone).await;
    let (sato_handle, mori_handle) = (handle(deps, sato).await, handle(deps, mori).await);
    let asked = open_question(deps).challenge;
    let sent = phone.answer(&asked);
    for wrong in [
        sent.answer(&mori_handle),
        sent.answer(""),
        PasskeyAnswer { credential: "AAAA", ..sent.answer(&sato_handle) },
        PasskeyAnswer::default(),
    ] {
        assert!(matches!(sign_in(deps, &asked, wrong).await, Err(FactorError::Wrong)));
    }
    assert!(sign_in(deps, "", sent.answer(&sato_handle)).await.is_err());
    assert_eq!(sign_in(deps, &asked, sent.answer(&sato_handle)).await.unwrap(), sato);
    let again = sign_in(deps, &asked, sent.answer(&sato_handle)).await;
    assert!(matches!(again, Err(FactorError::Wrong)), "once");
}

async fn handle(deps: &Deps, user: UserId) -> String {
    question(deps, user).await.unwrap().handle
}
