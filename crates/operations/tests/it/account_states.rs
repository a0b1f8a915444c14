//! Accounts that the staff shuts: nobody logs in, nothing of theirs works, until they are opened again.

use domain::login::LoginIdentity;
use domain::permission::Role;
use domain::webhook_endpoint::WebhookTopic;
use operations::Deps;
use operations::access::{AccessError, api_key_access, membership};
use operations::account::confirm_login::{ConfirmLogin, LoginOutcome, OtherBrowser, confirm_login};
use operations::account::provider_login::{Answer, Arrival, ProvedIdentity, Return, arrive, link};
use operations::account::request_login::create_login_link;
use operations::account::second_factors::{FactorError, Proof, Purpose, prove};
use operations::account::states::{disable, enable, find};
use operations::actor::Actor;
use operations::api_keys::{KeyLife, Scope, create_api_key};
use operations::members::MemberError;
use operations::members::invitations::{Invite, accept, invite};
use operations::webhook_endpoints::{EndpointForm, register};
use testkit::story::on_sale;
use words::lang::Lang;

use crate::account::token_in;
use crate::second_factors::{app, set_up, user};

async fn log_in(deps: &Deps, email: &str) -> LoginOutcome {
    let url = create_login_link(deps, email, Lang::En).await.unwrap();
    let command = ConfirmLogin {
        token: token_in(&url),
        browser_secret: None,
        other_browser: OtherBrowser::Ask,
    };
    confirm_login(deps, command).await.unwrap()
}

#[tokio::test]
async fn a_disabled_account_logs_in_by_no_way_and_again_when_it_is_opened() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    let identity = LoginIdentity {
        provider: "google".into(),
        issuer: "https://accounts.google.com".into(),
        subject: "1".into(),
    };
    link(deps, sato, &identity).await.unwrap();
    let found = find(deps, " SATO@example.com ").await.unwrap();
    assert_eq!(found, Some(sato));
    assert_eq!(find(deps, "nobody@example.com").await.unwrap(), None);
    assert!(disable(deps, Actor::System, sato, "asked by phone").await.unwrap());
    assert!(!disable(deps, Actor::System, sato, "again").await.unwrap(), "once");
    assert_eq!(log_in(deps, "sato@example.com").await, LoginOutcome::Disabled);
    let back = Return {
        provider: "google",
        away: None,
        viewer: None,
        answer: Answer { code: "", state: "", issuer: None },
        browser_secret: "secret",
        client: None,
        lang: Lang::Ja,
    };
    let proved = ProvedIdentity { identity, email: Some("sato@example.com".into()) };
    assert_eq!(arrive(deps, &proved, back).await.unwrap(), Arrival::Disabled);
    let noted = "select count(*)::text from audit_entries where action = 'user.refused_disabled'";
    assert_eq!(app.look(noted).await, "2");
    let signed_in = "select count(*)::text from audit_entries where action = 'user.signed_in'";
    assert_eq!(app.look(signed_in).await, "1", "only the first time");
    let why = "select detail->>'reason' from audit_entries where action = 'user.disabled'";
    assert_eq!(app.look(why).await, "asked by phone");
    let told = "select string_agg(data->>'notice', ' ' order by mail_id) from mails
                where data->>'notice' like 'account_%'";
    assert_eq!(app.look(told).await, "account_disabled");
    assert!(enable(deps, Actor::System, sato, "it was them").await.unwrap());
    assert!(!enable(deps, Actor::System, sato, "again").await.unwrap());
    assert!(matches!(log_in(deps, "sato@example.com").await, LoginOutcome::SignedIn { .. }));
    assert_eq!(app.look(told).await, "account_disabled account_enabled");
}

#[tokio::test]
async fn keys_of_a_disabled_account_rest_with_it() {
    let app = app().await;
    let deps = &app.deps;
    let sale = on_sale(&app, 3000, 5).await;
    let access = sale.access(&app).await;
    let key = create_api_key(deps, &access, "k", Scope::ALL, KeyLife::Year).await;
    let key = key.unwrap().secret;
    assert!(api_key_access(deps, &key).await.is_ok());
    disable(deps, Actor::System, sale.user, "stolen").await.unwrap();
    assert!(api_key_access(deps, &key).await.is_err());
    enable(deps, Actor::System, sale.user, "found").await.unwrap();
    assert!(api_key_access(deps, &key).await.is_ok());
}

#[tokio::test]
async fn a_disabled_account_leaves_no_door_open() {
    let app = app().await;
    let deps = &app.deps;
    let sale = on_sale(&app, 3000, 5).await;
    let access = sale.access(&app).await;
    let by_hand = Invite { email: "", role: Role::Treasurer, event: None, lang: Lang::En };
    let link = invite(deps, &access, by_hand).await.unwrap();
    let form = EndpointForm {
        url: "https://receiver.example.com/hook",
        description: "",
        topics: &[WebhookTopic::OrderPaid],
    };
    register(deps, &access, &form).await.unwrap();
    let friend = user(deps, "friend@example.com").await;
    let (_, codes) = set_up(deps, sale.user).await;
    disable(deps, Actor::System, sale.user, "stolen").await.unwrap();

    let token = link.rsplit('/').next().unwrap();
    let joined = accept(deps, friend, token).await;
    assert!(matches!(joined, Err(MemberError::Over)), "{joined:?}");
    let member = membership(deps, sale.user, sale.organizer).await;
    assert!(matches!(member, Err(AccessError::Unknown)), "nor by a live channel");
    let off = "select disabled_reason from webhook_endpoints";
    assert_eq!(app.look(off).await, "account_disabled");
    // Half logged in when it happened.
    let proof = Proof::Code(&codes[0]);
    let proved = prove(deps, sale.user, proof, Purpose::Login { links: None }).await;
    assert!(matches!(proved, Err(FactorError::Disabled)), "{proved:?}");

    enable(deps, Actor::System, sale.user, "found").await.unwrap();
    accept(deps, friend, token).await.unwrap();
}
