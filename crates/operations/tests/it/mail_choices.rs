//! Mails that members may turn off: who gets them, who does not, and that the choice counts when they are written.

use domain::cancel_policy::Preset;
use domain::ids::{Id as _, UserId};
use domain::mail_choice::MemberMail;
use domain::permission::Role;
use operations::account::mail_choices::{ChooseMailsError, MailChoices, choose, list};
use operations::account::personal_data::delete;
use operations::account::states::disable;
use operations::actor::Actor;
use operations::cancellations::figures::Which;
use operations::cancellations::request::{RequestReturn, request_return};
use testkit::app::TestApp;
use testkit::database;
use testkit::story::Sale;

use crate::cancellations::{on_sale_under, participant};
use crate::own_profile::sent_texts;
use crate::second_factors::user;

async fn join(app: &TestApp, sale: &Sale, name: &str, role: Role) -> UserId {
    let member = user(&app.deps, &format!("{name}@example.com")).await;
    let sql = format!(
        "insert into members (organizer_id, user_id, role, created_at) values ('{}', '{}', '{role}', now())",
        sale.organizer.uuid(),
        member.uuid()
    );
    database::run(&app.database_url, &sql).await;
    member
}

/// A participant asks to cancel everything.
async fn ask(app: &TestApp, sale: &Sale) {
    let order = sale.paid_order(app, 1).await;
    let access = participant(app, &order).await;
    let wish = RequestReturn { which: Which::All, note: String::new() };
    request_return(&app.deps, &access, wish).await.unwrap();
}

const TO: &str =
    "select coalesce(string_agg(split_part(recipient, '@', 1), ' ' order by recipient), '')
                  from mails where kind = 'return_to_decide' and recipient not like 'u%'";

#[tokio::test]
async fn those_who_decide_are_told_unless_they_turned_it_off() {
    let (app, sale) = on_sale_under(Preset::Approval, 4000, 9).await;
    let deps = &app.deps;
    let ito = join(&app, &sale, "ito", Role::Treasurer).await;
    let mori = join(&app, &sale, "mori", Role::CoHost).await;
    let kato = join(&app, &sale, "kato", Role::Reception).await;
    let gone = join(&app, &sale, "gone", Role::CoHost).await;
    disable(deps, Actor::System, gone, "a test").await.unwrap();
    let helper = user(deps, "helper@example.com").await;
    let at_event = format!(
        "insert into event_members (event_id, organizer_id, user_id, role, created_at)
         values ('{}', '{}', '{}', 'co_host', now())",
        sale.event.uuid(),
        sale.organizer.uuid(),
        helper.uuid()
    );
    database::run(&app.database_url, &at_event).await;
    assert_eq!(list(deps, kato).await.unwrap(), [], "a receptionist decides nothing");
    let of_helper = list(deps, helper).await.unwrap();
    let told_of = |it: &MailChoices| it.mails.iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(
        told_of(&of_helper[0]),
        [MemberMail::ReturnToDecide, MemberMail::ScreeningToDecide],
        "a helper of one event has nothing to do with webhooks"
    );

    ask(&app, &sale).await;
    assert_eq!(app.look(TO).await, "helper ito mori tanaka");

    choose(deps, mori, sale.organizer, &[MemberMail::WebhookDisabled]).await.unwrap();
    choose(deps, mori, sale.organizer, &[MemberMail::WebhookDisabled]).await.unwrap();
    let of_mori = list(deps, mori).await.unwrap();
    assert_eq!(
        of_mori[0].mails,
        [
            (MemberMail::ReturnToDecide, false),
            (MemberMail::ScreeningToDecide, false),
            (MemberMail::WebhookDisabled, true)
        ]
    );
    database::run(&app.database_url, "delete from mails").await;
    ask(&app, &sale).await;
    assert_eq!(app.look(TO).await, "helper ito tanaka");

    choose(deps, mori, sale.organizer, MemberMail::ALL).await.unwrap();
    assert_eq!(app.look("select count(*)::text from mails_turned_off").await, "0");
    let noted = "select count(*)::text from audit_entries where action = 'user.mails_chosen'";
    assert_eq!(app.look(noted).await, "2", "what changes nothing is not noted");
    delete(deps, ito).await.unwrap();
    let left =
        "select count(*)::text from mails where recipient = 'ito@example.com' and status <> 'sent'
                and data->>'notice' is distinct from 'account_deleted'";
    assert_eq!(app.look(left).await, "0", "who is gone gets nothing that waits");
}

#[tokio::test]
async fn a_members_mail_leads_to_the_choice_and_keeps_nothing_of_the_participant() {
    let (app, sale) = on_sale_under(Preset::Approval, 4000, 9).await;
    join(&app, &sale, "ito", Role::Treasurer).await;
    ask(&app, &sale).await;
    app.run_jobs().await;
    let kept = "select status || coalesce(order_id::text, '') || subject || text_body || html_body
                from mails where recipient = 'ito@example.com' and kind = 'return_to_decide'";
    assert_eq!(app.look(kept).await, "sent");
    let mut texts = sent_texts(&app);
    texts.retain(|it| it.contains("/o/account/mails"));
    assert!(texts.iter().all(|it| it.contains("/returns")), "{texts:?}");
    // The treasurer's and the owner's; the organizer's own address has no choice.
    assert_eq!(texts.len(), 2);
}

#[tokio::test]
async fn whose_address_is_the_organizers_gets_one_and_chooses_nothing() {
    let (app, sale) = on_sale_under(Preset::Approval, 4000, 9).await;
    let deps = &app.deps;
    let tanaka = join(&app, &sale, "tanaka", Role::CoHost).await;
    ask(&app, &sale).await;
    assert_eq!(app.look(TO).await, "tanaka");
    assert!(list(deps, tanaka).await.unwrap()[0].is_contact);
    let refused = choose(deps, tanaka, sale.organizer, &[]).await;
    assert!(matches!(refused, Err(ChooseMailsError::NotFound)), "{refused:?}");
    let stranger = user(deps, "stranger@example.com").await;
    let refused = choose(deps, stranger, sale.organizer, &[]).await;
    assert!(matches!(refused, Err(ChooseMailsError::NotFound)), "{refused:?}");
}

/// Orders that come by the API are placed, and held back, behind the wall.
#[tokio::test]
async fn whom_to_tell_is_known_behind_the_wall_too() {
    let (app, sale) = on_sale_under(Preset::Approval, 4000, 9).await;
    let mori = join(&app, &sale, "mori", Role::CoHost).await;
    let told = async || {
        let mut conn = app.deps.db.of_organizer(sale.organizer).acquire().await.unwrap();
        let mail = MemberMail::ScreeningToDecide;
        let found =
            store::mail_choices::list_readers(&mut conn, sale.organizer, Some(sale.event), mail);
        found.await.unwrap().iter().any(|it| it.user == mori)
    };
    assert!(told().await);
    choose(&app.deps, mori, sale.organizer, &[]).await.unwrap();
    assert!(!told().await);
}

/// Between the writing of a mail and its sending a member may go.
#[tokio::test]
async fn who_left_before_the_mail_was_sent_is_not_told() {
    let (app, sale) = on_sale_under(Preset::Approval, 4000, 9).await;
    let ito = join(&app, &sale, "ito", Role::Treasurer).await;
    join(&app, &sale, "mori", Role::CoHost).await;
    ask(&app, &sale).await;
    let left = format!("delete from members where user_id = '{}'", ito.uuid());
    database::run(&app.database_url, &left).await;
    app.run_jobs().await;
    let of =
        |name: &str| format!("select status from mails where recipient = '{name}@example.com'");
    assert_eq!(app.look(&of("ito")).await, "skipped");
    assert_eq!(app.look(&of("mori")).await, "sent");
}
