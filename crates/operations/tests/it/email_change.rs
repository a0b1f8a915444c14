//! Another address: both mailboxes, or nothing changes.

use domain::ids::UserId;
use operations::Deps;
use operations::account::email_change::{
    Confirmed, EmailChangeError, Side, WISHES_MAX, Wish, confirm, look, refuse, request,
};
use testkit::app::TestApp;
use time::Duration;

use crate::account::decoded;
use crate::second_factors::{app, user};

/// The secrets in the two mails: of the old mailbox, and of the new one.
async fn secrets(app: &TestApp, deps: &Deps, owner: UserId) -> (String, String) {
    app.run_jobs().await;
    let (mut old, mut new) = (String::new(), String::new());
    let mut files = tokio::fs::read_dir(&app.mail_folder).await.unwrap();
    while let Some(file) = files.next_entry().await.unwrap() {
        let text = decoded(&tokio::fs::read_to_string(file.path()).await.unwrap());
        let Some(rest) = text.split("/o/account/email?token=").nth(1) else { continue };
        let token = rest.split_whitespace().next().unwrap().to_owned();
        match look(deps, &token, Some(owner)).await.unwrap() {
            Wish::Asked { side: Side::Old, .. } => old = token,
            Wish::Asked { side: Side::New, .. } => new = token,
            Wish::WaitsForOther { .. } | Wish::SignInFirst | Wish::Over => {}
        }
    }
    (old, new)
}

/// Somebody who asked for another address, with the secrets of both mails.
async fn asked() -> (TestApp, UserId, (String, String)) {
    let app = app().await;
    let sato = user(&app.deps, "sato@example.com").await;
    request(&app.deps, sato, "new@example.com").await.unwrap();
    let secrets = secrets(&app, &app.deps, sato).await;
    (app, sato, secrets)
}

async fn email_of(app: &TestApp, user: UserId) -> String {
    use domain::ids::Id as _;
    app.look(&format!("select email from users where user_id = '{}'", user.uuid())).await
}

#[tokio::test]
async fn the_address_changes_when_both_mailboxes_said_yes_in_any_order() {
    for is_old_first in [true, false] {
        let app = app().await;
        let deps = &app.deps;
        let sato = user(deps, "sato@example.com").await;
        request(deps, sato, " New@Example.com ").await.unwrap();
        let (old, new) = secrets(&app, deps, sato).await;
        let (first, second) = if is_old_first { (&old, &new) } else { (&new, &old) };
        assert_eq!(confirm(deps, first, Some(sato)).await.unwrap(), Confirmed::Half);
        assert_eq!(
            confirm(deps, first, Some(sato)).await.unwrap(),
            Confirmed::Half,
            "twice is once"
        );
        assert_eq!(email_of(&app, sato).await, "sato@example.com");
        assert!(matches!(look(deps, first, Some(sato)).await.unwrap(), Wish::WaitsForOther { .. }));
        assert_eq!(confirm(deps, second, Some(sato)).await.unwrap(), Confirmed::Changed(sato));
        assert_eq!(email_of(&app, sato).await, "New@example.com");
        assert_eq!(confirm(deps, second, Some(sato)).await.unwrap(), Confirmed::Over);
        // The old address hears of it, and logs in to an account of its own from now on.
        let told = "select recipient from mails where data->>'notice' = 'email_changed'";
        assert_eq!(app.look(told).await, "sato@example.com");
        let told = "select recipient from mails where data->>'notice' = 'email_confirmed'";
        assert_eq!(app.look(told).await, "New@example.com");
        assert_eq!(user(deps, "new@example.com").await, sato);
        assert_ne!(user(deps, "sato@example.com").await, sato);
    }
}

#[tokio::test]
async fn one_mailbox_a_late_yes_and_a_replaced_wish_change_nothing() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    request(deps, sato, "first@example.com").await.unwrap();
    let (_, replaced) = secrets(&app, deps, sato).await;
    request(deps, sato, "second@example.com").await.unwrap();
    assert_eq!(confirm(deps, &replaced, Some(sato)).await.unwrap(), Confirmed::Over);
    let (old, new) = secrets(&app, deps, sato).await;
    assert_eq!(confirm(deps, &new, Some(sato)).await.unwrap(), Confirmed::Half);
    deps.clock.advance(Duration::days(1));
    assert_eq!(confirm(deps, &old, Some(sato)).await.unwrap(), Confirmed::Over, "too late");
    assert_eq!(confirm(deps, "nonsense", Some(sato)).await.unwrap(), Confirmed::Over);
    assert_eq!(email_of(&app, sato).await, "sato@example.com");
    assert!(matches!(request(deps, sato, "Sato@example.com").await, Err(EmailChangeError::Same)));
    for n in 0..WISHES_MAX {
        request(deps, sato, &format!("n{n}@example.com")).await.unwrap();
    }
    let more = request(deps, sato, "more@example.com").await;
    assert!(matches!(more, Err(EmailChangeError::TooMany)));
}

#[tokio::test]
async fn nobody_takes_an_address_that_somebody_logs_in_with() {
    let app = app().await;
    let deps = &app.deps;
    let (sato, mori) = (user(deps, "sato@example.com").await, user(deps, "mori@example.com").await);
    request(deps, sato, "mori@example.com").await.unwrap();
    let (old, new) = secrets(&app, deps, sato).await;
    assert_eq!(confirm(deps, &old, Some(sato)).await.unwrap(), Confirmed::Half);
    assert_eq!(confirm(deps, &new, Some(sato)).await.unwrap(), Confirmed::Taken);
    assert_eq!(email_of(&app, sato).await, "sato@example.com");
    assert_eq!(email_of(&app, mori).await, "mori@example.com");
    let told = "select count(*)::text from mails where data->>'notice' = 'email_changed'";
    assert_eq!(app.look(told).await, "0");
}

/// Somebody logs in with the address for the first time while the wish is open.
#[tokio::test]
async fn an_address_that_was_taken_meanwhile_is_not_taken_away() {
    let (app, sato, (old, new)) = asked().await;
    let deps = &app.deps;
    assert_eq!(confirm(deps, &new, Some(sato)).await.unwrap(), Confirmed::Half);
    let other = user(deps, "new@example.com").await;
    assert_eq!(confirm(deps, &old, Some(sato)).await.unwrap(), Confirmed::Taken);
    assert_eq!(
        confirm(deps, &old, Some(sato)).await.unwrap(),
        Confirmed::Over,
        "and the wish is over"
    );
    assert_eq!(email_of(&app, sato).await, "sato@example.com");
    assert_eq!(email_of(&app, other).await, "new@example.com");
}

/// At the very same moment: whoever is first has the address, and nobody sees an error.
#[tokio::test]
async fn of_a_first_login_and_a_last_yes_at_once_one_gets_the_address() {
    for _ in 0..5 {
        let (app, sato, (old, new)) = asked().await;
        let deps = &app.deps;
        assert_eq!(confirm(deps, &new, Some(sato)).await.unwrap(), Confirmed::Half);
        let (yes, login) =
            tokio::join!(confirm(deps, &old, Some(sato)), user(deps, "new@example.com"));
        match yes.unwrap() {
            Confirmed::Changed(_) => assert_eq!(login, sato),
            Confirmed::Taken => assert_ne!(login, sato),
            other => panic!("{other:?}"),
        }
        let n = app.look("select count(*)::text from users where email_key = 'new@example.com'");
        assert_eq!(n.await, "1");
    }
}

#[tokio::test]
async fn two_yeses_at_once_change_the_address_once() {
    for _ in 0..5 {
        let (app, sato, (old, new)) = asked().await;
        let deps = &app.deps;
        let (a, b) = tokio::join!(confirm(deps, &old, Some(sato)), confirm(deps, &new, Some(sato)));
        let mut both = [a.unwrap(), b.unwrap()];
        both.sort_by_key(|it| *it == Confirmed::Half);
        assert_eq!(both, [Confirmed::Changed(sato), Confirmed::Half]);
        let told = "select count(*)::text from mails where data->>'notice' = 'email_changed'";
        assert_eq!(app.look(told).await, "1");
        assert_eq!(email_of(&app, sato).await, "new@example.com");
    }
}

#[tokio::test]
async fn rights_of_the_staff_follow_the_address() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    testkit::database::run(&app.database_url, "update users set is_administrator = true").await;
    request(deps, sato, "new@example.com").await.unwrap();
    let (old, new) = secrets(&app, deps, sato).await;
    confirm(deps, &old, Some(sato)).await.unwrap();
    confirm(deps, &new, Some(sato)).await.unwrap();
    assert_eq!(app.look("select is_administrator::text from users").await, "false");
}

#[tokio::test]
async fn the_new_mailbox_says_yes_where_the_account_is_signed_in_and_nowhere_else() {
    let app = app().await;
    let deps = &app.deps;
    let (sato, mori) = (user(deps, "sato@example.com").await, user(deps, "mori@example.com").await);
    request(deps, sato, "new@example.com").await.unwrap();
    let (old, new) = secrets(&app, deps, sato).await;
    for stranger in [None, Some(mori)] {
        assert_eq!(look(deps, &new, stranger).await.unwrap(), Wish::SignInFirst);
        assert_eq!(confirm(deps, &new, stranger).await.unwrap(), Confirmed::SignInFirst);
        // The old mailbox is all that somebody may have who is locked out.
        assert!(matches!(look(deps, &old, stranger).await.unwrap(), Wish::Asked { .. }));
    }
    assert_eq!(confirm(deps, &old, None).await.unwrap(), Confirmed::Half);
    assert_eq!(confirm(deps, &new, None).await.unwrap(), Confirmed::SignInFirst);
    assert_eq!(email_of(&app, sato).await, "sato@example.com");
    assert_eq!(confirm(deps, &new, Some(sato)).await.unwrap(), Confirmed::Changed(sato));
}

#[tokio::test]
async fn who_did_not_ask_calls_it_off_and_the_own_mailbox_signs_everybody_out() {
    for is_old in [true, false] {
        let app = app().await;
        let deps = &app.deps;
        let sato = user(deps, "sato@example.com").await;
        let session = "insert into web_sessions (web_session_id, user_id, data, expires_at)
                       select 'a', user_id, '{}', now() + interval '1 day' from users";
        testkit::database::run(&app.database_url, session).await;
        request(deps, sato, "new@example.com").await.unwrap();
        let (old, new) = secrets(&app, deps, sato).await;
        confirm(deps, &new, Some(sato)).await.unwrap();
        let (side, token) = if is_old { (Side::Old, &old) } else { (Side::New, &new) };
        assert_eq!(refuse(deps, token).await.unwrap(), Some(side));
        assert_eq!(refuse(deps, token).await.unwrap(), None, "twice is once");
        assert_eq!(confirm(deps, &old, Some(sato)).await.unwrap(), Confirmed::Over);
        assert_eq!(email_of(&app, sato).await, "sato@example.com");
        let n = app.look("select count(*)::text from web_sessions").await;
        assert_eq!(n, if is_old { "0" } else { "1" });
    }
}

#[tokio::test]
async fn one_mailbox_is_not_asked_again_and_again_by_many_accounts() {
    let app = app().await;
    let deps = &app.deps;
    for n in 0..WISHES_MAX {
        let one = user(deps, &format!("one{n}@example.com")).await;
        request(deps, one, "victim@example.com").await.unwrap();
    }
    let another = user(deps, "another@example.com").await;
    let more = request(deps, another, "Victim@example.com").await;
    assert!(matches!(more, Err(EmailChangeError::TooMany)), "{more:?}");
    request(deps, another, "own@example.com").await.unwrap();
}
