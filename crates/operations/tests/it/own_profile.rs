//! A user's own profile: the name that members see, the language by one rule, and the zone of what is about a person.

use domain::ids::UserId;
use domain::notice::Notice;
use domain::parsed::TextError;
use domain::permission::Role;
use operations::Deps;
use operations::account;
use operations::account::own_profile::{
    OwnProfileForm, OwnProfileProblem, SaveOwnProfileError, chosen_language, save,
};
use operations::account::request_login::create_login_link;
use operations::account::states::disable;
use operations::actor::Actor;
use operations::audit::list::{AuditQuery, list};
use operations::events::close::close;
use operations::members;
use operations::members::invitations::{Invite, invite, list_open, look};
use testkit::app::TestApp;
use testkit::story::on_sale;
use words::lang::Lang;

use crate::account::token_in;
use crate::second_factors::{app, set_up, user};

const FORM: OwnProfileForm<'static> =
    OwnProfileForm { display_name: "佐藤 花子", language: "en", time_zone: "America/New_York" };

/// Logs in by a link that was asked for in a language.
async fn log_in(deps: &Deps, email: &str, lang: Lang) -> UserId {
    use operations::account::confirm_login::{
        ConfirmLogin, LoginOutcome, OtherBrowser, confirm_login,
    };
    let url = create_login_link(deps, email, lang).await.unwrap();
    let command = ConfirmLogin {
        token: token_in(&url),
        browser_secret: None,
        other_browser: OtherBrowser::Ask,
    };
    match confirm_login(deps, command).await.unwrap() {
        LoginOutcome::SignedIn { user, .. } => user,
        other => panic!("{other:?}"),
    }
}

/// What the mails in the folder say; those in plain ASCII are not in base64.
pub(crate) fn sent_texts(app: &TestApp) -> Vec<String> {
    let files = std::fs::read_dir(&app.mail_folder).unwrap();
    files
        .map(|file| {
            let mail = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let Some(body) = mail.split("base64\r\n\r\n").nth(1) else {
                return mail.replace("=\r\n", "");
            };
            let body = body.split("\r\n--").next().unwrap_or_default().replace("\r\n", "");
            let bytes = data_encoding::BASE64.decode(body.as_bytes()).unwrap_or_default();
            String::from_utf8(bytes).unwrap_or_default()
        })
        .collect()
}

#[tokio::test]
async fn the_language_follows_the_login_until_it_is_chosen() {
    let app = app().await;
    let deps = &app.deps;
    let locale = async |user| account::home(deps, user).await.unwrap().user.locale;
    let sato = log_in(deps, "sato@example.com", Lang::Ja).await;
    assert_eq!(locale(sato).await, "ja");
    assert_eq!(chosen_language(deps, sato).await.unwrap(), None);
    log_in(deps, "sato@example.com", Lang::En).await;
    assert_eq!(locale(sato).await, "en");
    assert_eq!(
        save(deps, sato, OwnProfileForm { language: "ja", ..FORM }).await.unwrap(),
        Lang::Ja
    );
    log_in(deps, "sato@example.com", Lang::En).await;
    assert_eq!(locale(sato).await, "ja", "what was chosen stays");
    assert_eq!(chosen_language(deps, sato).await.unwrap(), Some(Lang::Ja));
}

#[tokio::test]
async fn every_wrong_field_is_told_and_nothing_is_kept() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    let wrong =
        OwnProfileForm { display_name: "\u{202E}boss", language: "fr", time_zone: "Mars/Olympus" };
    let Err(SaveOwnProfileError::Invalid(problems)) = save(deps, sato, wrong).await else {
        panic!("kept")
    };
    let hidden = OwnProfileProblem::DisplayName(TextError::ControlCharacters);
    assert_eq!(problems, [hidden, OwnProfileProblem::Language, OwnProfileProblem::TimeZone]);
    let known = account::home(deps, sato).await.unwrap().user;
    assert_eq!((known.called(), known.time_zone.as_str()), ("sato@example.com", "Asia/Tokyo"));
    disable(deps, Actor::System, sato, "a test").await.unwrap();
    assert!(matches!(save(deps, sato, FORM).await, Err(SaveOwnProfileError::NotActive)));
}

#[tokio::test]
async fn members_see_the_name_and_the_address_and_strangers_the_name_alone() {
    let app = app().await;
    let deps = &app.deps;
    let sale = on_sale(&app, 3000, 5).await;
    let access = sale.access(&app).await;
    save(deps, sale.user, FORM).await.unwrap();
    let all = members::list(&deps.of(&access), &access).await.unwrap();
    assert_eq!(all[0].called(), "佐藤 花子");
    assert!(all[0].email.as_str().ends_with("@example.com"));

    close(deps, &access, sale.event).await.unwrap();
    let page = list(&deps.of(&access), &access, &AuditQuery::default(), None).await.unwrap();
    let who = page.lines[0].actor_name.as_deref().unwrap_or_default();
    let email = all[0].email.as_str();
    assert_eq!(who, format!("佐藤 花子 ({email})"));
    assert_eq!(page.hands[0].name, who);

    let wish = Invite { email: "new@example.com", role: Role::Viewer, event: None, lang: Lang::Ja };
    let link = invite(deps, &access, wish).await.unwrap();
    let (open, _) = list_open(&deps.of(&access), &access).await.unwrap().remove(0);
    assert_eq!(open.inviter_name.as_deref(), Some("佐藤 花子"));
    let seen = look(deps, link.rsplit('/').next().unwrap()).await.unwrap();
    assert_eq!(seen.inviter_name.as_deref(), Some("佐藤 花子"));
    app.run_jobs().await;
    assert!(sent_texts(&app).concat().contains("招待した人: 佐藤 花子"));

    // Without a name it is the address, for members alone.
    save(deps, sale.user, OwnProfileForm { display_name: " ", ..FORM }).await.unwrap();
    let all = members::list(&deps.of(&access), &access).await.unwrap();
    assert_eq!(all[0].called(), email);
    let (open, _) = list_open(&deps.of(&access), &access).await.unwrap().remove(0);
    assert_eq!((open.inviter_name, open.inviter_email.as_deref()), (None, Some(email)));
}

#[tokio::test]
async fn participants_never_see_the_name_of_a_member() {
    let app = app().await;
    let deps = &app.deps;
    let sale = on_sale(&app, 3000, 5).await;
    save(deps, sale.user, FORM).await.unwrap();
    sale.paid_order(&app, 1).await;
    app.run_jobs().await;
    let said = "select count(*)::text from mails
                where order_id is not null and (text_body || subject || html_body) like '%佐藤 花子%'";
    assert_eq!(app.look(said).await, "0");
}

#[tokio::test]
async fn notices_are_in_the_language_and_the_zone_of_their_reader() {
    let app = app().await;
    let deps = &app.deps;
    let sato = user(deps, "sato@example.com").await;
    save(deps, sato, FORM).await.unwrap();
    set_up(deps, sato).await;
    let kept = format!(
        "select locale || ' ' || (data->>'zone') from mails where data->>'notice' = '{}'",
        Notice::FactorAdded
    );
    assert_eq!(app.look(&kept).await, "en America/New_York");
    app.run_jobs().await;
    let texts: String = sent_texts(&app).concat();
    // Ten in the morning in London is five in New York in November.
    assert!(texts.contains("11/21 05:00 (America/New_York)"), "{texts}");
}

#[tokio::test]
async fn days_of_the_audit_log_begin_at_the_readers_midnight() {
    let app = app().await;
    let deps = &app.deps;
    let sale = on_sale(&app, 3000, 5).await;
    let access = sale.access(&app).await;
    close(deps, &access, sale.event).await.unwrap();
    // It is ten in the morning in London: tomorrow has just begun on the first islands.
    let day = Some(time::macros::date!(2026 - 11 - 22));
    for (zone, n) in [(None, 0), (Some("Asia/Tokyo"), 0), (Some("Pacific/Kiritimati"), 1)] {
        let zone_of = zone.map(str::to_owned);
        let query = AuditQuery { from: day, until: day, zone: zone_of, ..AuditQuery::default() };
        let page = list(&deps.of(&access), &access, &query, None).await.unwrap();
        assert_eq!(page.lines.len(), n, "{zone:?}");
    }
}
