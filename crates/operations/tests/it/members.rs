//! Members: invited once and in time, changed and removed at once, and never without an owner.

use domain::ids::{Id, UserId};
use domain::permission::{Permission, PermissionSet, Role};
use domain::webhook_endpoint::WebhookTopic;
use operations::PlacesGuard;
use operations::access::{AccessError, On, api_key_access, enter, member_access, membership};
use operations::actor::OrganizerAccess;
use operations::api_keys::{KeyLife, Scope, create_api_key};
use operations::clock::Clock;
use operations::events::dashboard::dashboard;
use operations::members::invitations::{Invite, accept, invite, list_open, look, revoke};
use operations::members::{MemberError, Seat, change_role, leave, list, remove};
use operations::orders::detail::detail;
use operations::webhook_endpoints::{EndpointForm, register};
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale};
use time::Duration;
use uuid::Uuid;
use words::lang::Lang;

/// A house with a clock that stands still until it is moved.
async fn standing() -> TestApp {
    let now = time::OffsetDateTime::from_unix_timestamp(1_795_000_000).unwrap();
    TestApp::start_with(PlacesGuard::On, Clock::standing_at(now)).await
}

async fn user(app: &TestApp) -> UserId {
    let user = Uuid::now_v7();
    let sql = format!(
        "insert into users (user_id, email, email_key, created_at)
         values ('{user}', 'u{user}@example.com', 'u{user}@example.com', now())"
    );
    database::run(&app.database_url, &sql).await;
    UserId::from_uuid(user)
}

async fn join(app: &TestApp, sale: &Sale, role: Role) -> (UserId, OrganizerAccess) {
    let member = user(app).await;
    let sql = format!(
        "insert into members (organizer_id, user_id, role, created_at) values ('{}', '{}', '{role}', now())",
        sale.organizer.uuid(),
        member.uuid()
    );
    database::run(&app.database_url, &sql).await;
    (member, member_access(&app.deps, member, sale.organizer).await.unwrap())
}

fn by_link(role: Role) -> Invite<'static> {
    Invite { email: "", role, event: None, lang: Lang::Ja }
}

fn token_of(link: &str) -> String {
    link.rsplit('/').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_invitation_is_accepted_once_in_its_role() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 1000, 5).await;
    let owner = sale.access(&app).await;
    let link = invite(&app.deps, &owner, by_link(Role::Treasurer)).await.unwrap();
    let token = token_of(&link);
    assert_eq!(list_open(&app.deps, &owner).await.unwrap()[0].1, link, "it can be looked up again");
    assert_eq!(look(&app.deps, &token).await.unwrap().role, Role::Treasurer);
    let (first, second) = (user(&app).await, user(&app).await);
    // Two people press at the same moment: one becomes a member.
    let (a, b) = tokio::join!(accept(&app.deps, first, &token), accept(&app.deps, second, &token));
    assert_eq!(a.is_ok(), b.is_err(), "{a:?} {b:?}");
    let members = list(&app.deps, &owner).await.unwrap();
    assert_eq!(members.len(), 2);
    let joined = if a.is_ok() { first } else { second };
    let access = member_access(&app.deps, joined, sale.organizer).await.unwrap();
    assert_eq!(*access.allowed(), PermissionSet::of(Role::Treasurer));
    assert!(matches!(look(&app.deps, &token).await, Err(MemberError::Over)));
    assert!(list_open(&app.deps, &owner).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_invitation_ends_is_taken_back_and_is_for_its_address_alone() {
    let app = standing().await;
    let sale = on_sale(&app, 1000, 5).await;
    let owner = sale.access(&app).await;
    let guest = user(&app).await;
    let address = format!("u{}@example.com", guest.uuid());
    let mailed = Invite { email: &address, event: Some(sale.event), ..by_link(Role::Reception) };
    let mailed = token_of(&invite(&app.deps, &owner, mailed).await.unwrap());
    app.run_jobs().await;
    let sent = "select status || ' ' || (text_body is null) from mails where kind = 'invitation'";
    assert!(app.look(sent).await.starts_with("sent"), "{}", app.look(sent).await);
    let stranger = user(&app).await;
    let refused = accept(&app.deps, stranger, &mailed).await;
    assert!(matches!(refused, Err(MemberError::OtherAddress)), "{refused:?}");
    accept(&app.deps, guest, &mailed).await.unwrap();
    let whole = member_access(&app.deps, guest, sale.organizer).await;
    assert!(matches!(whole, Err(AccessError::Unknown)), "a role for one event is none for all");
    let member = membership(&app.deps, guest, sale.organizer).await.unwrap();
    let here = enter(&app.deps, &member, Permission::ViewOrders, On::Event(sale.event)).await;
    assert!(here.is_ok());

    let taken_back = token_of(&invite(&app.deps, &owner, by_link(Role::Viewer)).await.unwrap());
    let open = list_open(&app.deps, &owner).await.unwrap();
    revoke(&app.deps, &owner, open[0].0.id).await.unwrap();
    let refused = accept(&app.deps, stranger, &taken_back).await;
    assert!(matches!(refused, Err(MemberError::Over)), "{refused:?}");

    let late = token_of(&invite(&app.deps, &owner, by_link(Role::Viewer)).await.unwrap());
    app.deps.clock.advance(Duration::days(8));
    let refused = accept(&app.deps, stranger, &late).await;
    assert!(matches!(refused, Err(MemberError::Over)), "{refused:?}");
    let nothing = accept(&app.deps, stranger, "nothing").await;
    assert!(matches!(nothing, Err(MemberError::NotFound)), "{nothing:?}");
    let bearer = invite(&app.deps, &owner, by_link(Role::Owner)).await;
    assert!(matches!(bearer, Err(MemberError::AddressNeeded)), "{bearer:?}");
    let owner_of_event =
        Invite { email: "o@example.com", event: Some(sale.event), ..by_link(Role::Owner) };
    let refused = invite(&app.deps, &owner, owner_of_event).await;
    assert!(matches!(refused, Err(MemberError::NoSuchRole)), "{refused:?}");
}

#[tokio::test]
async fn only_an_owner_manages_members_and_operations_stand_behind_the_doors() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 1000, 5).await;
    for role in Role::ALL.iter().filter(|it| **it != Role::Owner) {
        let (user, access) = join(&app, &sale, *role).await;
        let refused = invite(&app.deps, &access, by_link(Role::Owner)).await;
        assert!(matches!(refused, Err(MemberError::NotFound)), "{role}");
        let raise = change_role(&app.deps, &access, Seat { user, event: None }, Role::Owner).await;
        assert!(matches!(raise, Err(MemberError::NotFound)), "{role}");
        for permission in Permission::ALL {
            let wanted = PermissionSet::of(*role).has(*permission);
            assert_eq!(access.organizer_for(*permission).is_ok(), wanted, "{role} {permission}");
        }
        let member = membership(&app.deps, user, sale.organizer).await.unwrap();
        let refused = enter(&app.deps, &member, Permission::ManageMembers, On::Organizer).await;
        assert!(matches!(refused, Err(AccessError::NotAllowed)), "{role}");
    }
    let noted = "select count(*) from audit_entries where action = 'access.refused'
                 and detail ->> 'permission' = 'members.manage'";
    assert_eq!(app.look(noted).await, "4");
}

const RECEIVERS_ON: &str = "select count(*) from webhook_endpoints where disabled_at is null";

/// What passed the door before a removal, and waited for it, finds no role any more.
#[tokio::test]
async fn a_proof_from_before_the_removal_makes_nothing() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 1000, 5).await;
    let owner = sale.access(&app).await;
    let (host, stale) = join(&app, &sale, Role::Owner).await;
    let (accomplice, _) = join(&app, &sale, Role::Viewer).await;
    let mailed = Invite { email: "a@example.com", ..by_link(Role::Viewer) };
    let offered = token_of(&invite(&app.deps, &stale, mailed).await.unwrap());
    remove(&app.deps, &owner, Seat { user: host, event: None }).await.unwrap();
    let seat = Seat { user: accomplice, event: None };
    assert!(invite(&app.deps, &stale, by_link(Role::Viewer)).await.is_err());
    assert!(change_role(&app.deps, &stale, seat, Role::Owner).await.is_err());
    assert!(remove(&app.deps, &stale, seat).await.is_err());
    let key = create_api_key(&app.deps, &stale, "k", Scope::ALL, KeyLife::Year).await;
    assert!(key.is_err());
    let topics = &[WebhookTopic::OrderPaid];
    let form = EndpointForm { url: "https://example.com/hooks", description: "", topics };
    assert!(register(&app.deps, &stale, &form).await.is_err());
    // Even an invitation that outlived its inviter opens nothing.
    let revive = "update invitations set revoked_at = null";
    database::run(&app.database_url, revive).await;
    let late = accept(&app.deps, user(&app).await, &offered).await;
    assert!(matches!(late, Err(MemberError::OtherAddress | MemberError::Over)), "{late:?}");
    database::run(&app.database_url, "update invitations set email_key = ''").await;
    let late = accept(&app.deps, user(&app).await, &offered).await;
    assert!(matches!(late, Err(MemberError::Over)), "{late:?}");
    let made = "select count(*) from members where role = 'owner'";
    assert_eq!(app.look(made).await, "1");
}

#[tokio::test]
async fn nobody_makes_a_key_that_may_do_more_than_its_maker() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 1000, 5).await;
    let (_, host) = join(&app, &sale, Role::CoHost).await;
    assert!(create_api_key(&app.deps, &host, "k", Scope::ALL, KeyLife::Month).await.is_ok());
    let covers = PermissionSet::of(Role::CoHost).covers(&Scope::allowed(Scope::ALL));
    assert!(covers, "a scope that no co-host could give");
    let (_, treasurer) = join(&app, &sale, Role::Treasurer).await;
    assert!(
        create_api_key(&app.deps, &treasurer, "k", &[Scope::EventsRead], KeyLife::Month)
            .await
            .is_err()
    );
}

/// Whoever has the personal link is the participant: it cancels, and says to which account money goes.
#[tokio::test]
async fn the_participants_link_and_names_are_for_those_who_may_act() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 1000, 5).await;
    let placed = sale.paid_order(&app, 1).await;
    for (role, has_link) in
        [(Role::CoHost, true), (Role::Treasurer, false), (Role::Reception, false)]
    {
        let (_, access) = join(&app, &sale, role).await;
        let found = detail(&app.deps, &access, placed.order).await.unwrap();
        assert_eq!(!found.head.link_token.is_empty(), has_link, "{role}");
    }
    let (_, viewer) = join(&app, &sale, Role::Viewer).await;
    assert!(detail(&app.deps, &viewer, placed.order).await.is_err());
    let board = dashboard(&app.deps, &viewer, sale.event).await.unwrap();
    assert!(board.happenings.is_empty() && board.unpaid.is_empty());
    let (_, reception) = join(&app, &sale, Role::Reception).await;
    let board = dashboard(&app.deps, &reception, sale.event).await.unwrap();
    assert!(!board.happenings.is_empty());
    assert!(board.todos.iter().all(|todo| reception.may(todo.needs())), "{:?}", board.todos);
}

#[tokio::test]
async fn who_is_removed_or_demoted_loses_keys_and_invitations() {
    let app = standing().await;
    let sale = on_sale(&app, 1000, 5).await;
    let owner = sale.access(&app).await;
    for role in [Role::Treasurer, Role::Owner] {
        let (host, access) = join(&app, &sale, Role::Owner).await;
        let key = create_api_key(&app.deps, &access, "k", Scope::ALL, KeyLife::Year).await;
        let key = key.unwrap().secret;
        let form = EndpointForm {
            url: "https://example.com/hooks",
            description: "",
            topics: &[WebhookTopic::OrderPaid],
        };
        register(&app.deps, &access, &form).await.unwrap();
        let link = token_of(&invite(&app.deps, &access, by_link(Role::Viewer)).await.unwrap());
        // Every owner sees every link.
        let seen = token_of(&invite(&app.deps, &owner, by_link(Role::Viewer)).await.unwrap());
        assert_eq!(app.look(RECEIVERS_ON).await, "1");
        assert!(api_key_access(&app.deps, &key).await.is_ok());
        let seat = Seat { user: host, event: None };
        if role == Role::Treasurer {
            change_role(&app.deps, &owner, seat, role).await.unwrap();
        } else {
            remove(&app.deps, &owner, seat).await.unwrap();
            let gone = membership(&app.deps, host, sale.organizer).await;
            assert!(matches!(gone, Err(AccessError::Unknown)));
        }
        let after = api_key_access(&app.deps, &key).await;
        assert!(matches!(after, Err(AccessError::Unknown)), "{role}: the key works on");
        assert!(matches!(look(&app.deps, &link).await, Err(MemberError::Over)), "{role}");
        assert!(matches!(look(&app.deps, &seen).await, Err(MemberError::Over)), "{role}");
        assert_eq!(app.look(RECEIVERS_ON).await, "0", "{role}");
    }
    let short = create_api_key(&app.deps, &owner, "k", &[Scope::EventsRead], KeyLife::Month).await;
    let short = short.unwrap().secret;
    app.deps.clock.advance(Duration::days(31));
    let ended = api_key_access(&app.deps, &short).await;
    assert!(matches!(ended, Err(AccessError::Unknown)), "a key that ended works on");
}

#[tokio::test]
async fn the_last_owner_stays() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 1000, 5).await;
    let owner = sale.access(&app).await;
    let seat = Seat { user: sale.user, event: None };
    let left = leave(&app.deps, &owner, None).await;
    assert!(matches!(left, Err(MemberError::LastOwner(_))), "{left:?}");
    let demoted = change_role(&app.deps, &owner, seat, Role::Viewer).await;
    assert!(matches!(demoted, Err(MemberError::LastOwner(_))), "{demoted:?}");
    let sql = format!("delete from members where user_id = '{}'", sale.user.uuid());
    assert!(database::try_run(&app.database_url, &sql).await.is_err(), "the database lets it be");
    let (second, _) = join(&app, &sale, Role::Viewer).await;
    change_role(&app.deps, &owner, Seat { user: second, event: None }, Role::Owner).await.unwrap();
    leave(&app.deps, &owner, None).await.unwrap();
}

/// Statements of two owners who demote each other, past everything that operations look at.
fn mutual(sale: &Sale, second: UserId) -> [String; 2] {
    [sale.user, second].map(|user| {
        format!(
            "do $$ begin
                 update members set role = 'viewer' where organizer_id = '{}' and user_id = '{}';
                 perform pg_sleep(0.3);
             end $$",
            sale.organizer.uuid(),
            user.uuid()
        )
    })
}

const OWNERS: &str = "select count(*) from members where role = 'owner'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_owners_who_demote_each_other_leave_one() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 1000, 5).await;
    let (second, _) = join(&app, &sale, Role::Owner).await;
    let [a, b] = mutual(&sale, second);
    let url = &app.database_url;
    let (a, b) = tokio::join!(database::try_run(url, &a), database::try_run(url, &b));
    assert_ne!(a.is_ok(), b.is_ok(), "{a:?} {b:?}");
    assert_eq!(app.look(OWNERS).await, "1");
}

/// The negative control: counting without holding the organizer's row leaves nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_lock_nobody_is_left() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 1000, 5).await;
    let (second, _) = join(&app, &sale, Role::Owner).await;
    let naive = "create or replace function members_keep_an_owner() returns trigger language plpgsql as $$
        begin
            if not exists (select from members where organizer_id = old.organizer_id and role = 'owner') then
                raise exception 'an organizer keeps at least one owner' using errcode = 'check_violation';
            end if;
            return null;
        end $$";
    let url = &app.database_url;
    database::run(url, naive).await;
    let [a, b] = mutual(&sale, second);
    let (a, b) = tokio::join!(database::try_run(url, &a), database::try_run(url, &b));
    assert!(a.is_ok() && b.is_ok(), "{a:?} {b:?}");
    assert_eq!(app.look(OWNERS).await, "0");
}
