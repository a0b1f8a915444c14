//! Who is about to do something that matters confirms first, at every door where it can be done; and what confirms is kept
//! safe on its way.

use domain::ids::{Id as _, UserId};
use domain::permission::{Permission as P, PermissionSet};
use http::{Method, StatusCode};
use operations::account::step_up::take_turn;
use operations::demo::DemoEvent;
use serde_json::json;
use testkit::database;

use crate::code_app::{let_minutes_pass, set_up};
use crate::harness::{Answer, Harness};
use crate::permission_scan;
use crate::refunds::{Visitor, text};

/// What moves money or trust, beside everything that only our own staff does. A door that demands one of these is held back,
/// or says below why not.
const MATTERS: [P; 11] = [
    P::CancelEvents,
    P::CancelOrders,
    P::RefundPayments,
    P::DecideReturns,
    P::DecideScreenings,
    P::PreparePayouts,
    P::ApprovePayouts,
    P::ManageBankAccounts,
    P::ManageApiKeys,
    P::ManageWebhooks,
    P::ManageMembers,
];
const NOT_HELD: [(&str, &str); 6] = [
    ("/api/refunds/ask_again", "mails the participant; the account is theirs to give"),
    ("/api/refunds/try_now", "repeats what was confirmed"),
    ("/api/event_cancellation/retry", "repeats what was confirmed"),
    ("/api/members/revoke_invitation", "takes trust away"),
    ("/api/administration/end_visit", "takes an access away"),
    ("/api/alerts/act", "is judged by its form, in a test of its own"),
];
const CONFIRM: &str = "/o/confirm";
const ACCOUNT: &str =
    "form[bank]=0001&form[branch]=001&form[kind]=ordinary&form[number]=7654321&form[holder]=TANAKA";

struct Stage {
    server: Harness,
    seller: DemoEvent,
}

impl Stage {
    async fn new() -> Self {
        let server = Harness::start().await;
        let seller = server.seller(5, 3000).await;
        Self { server, seller }
    }

    async fn log_in(&self) -> Visitor<'_> {
        let mut visitor = Visitor::new(&self.server);
        let token = self.seller.login_url.split("token=").nth(1).unwrap_or_default();
        visitor.post("/api/account/confirm_login", &format!("token={token}")).await;
        visitor
    }

    async fn run(&self, sql: &str) {
        database::run(&self.server.app.database_url, sql).await;
    }

    async fn look(&self, sql: &str) -> String {
        self.server.app.look(sql).await
    }

    async fn switch_rule_on(&self) {
        self.run("update organizers set asks_again = true, asks_again_above_minor = 1000").await;
    }
}

fn is_held(answer: &Answer) -> bool {
    answer.status == StatusCode::SEE_OTHER && answer.header("location") == CONFIRM
}

#[tokio::test]
async fn every_door_to_money_or_trust_is_held_back_until_somebody_confirms() {
    let stage = Stage::new().await;
    let visitor = stage.log_in().await;
    let doors = permission_scan::functions();
    let form = format!("event={}&amount=0&action=refund", stage.seller.event);
    stage.switch_rule_on().await;
    let before = stage.look("select count(*) from audit_entries").await;
    for is_staff in [false, true] {
        if is_staff {
            stage.run("update users set is_administrator = true").await;
        }
        for door in &doors {
            let is_theirs =
                door.permissions.iter().any(|it| PermissionSet::of_administrator().has(*it));
            let matters = is_theirs || door.permissions.iter().any(|it| MATTERS.contains(it));
            if !matters || (is_theirs && !is_staff) {
                continue;
            }
            let is_excused = NOT_HELD.iter().any(|(path, _)| *path == door.path);
            let mut tab = Visitor::with_cookie(&stage.server, visitor.cookie());
            if is_excused {
                continue;
            }
            // A refund within the limit needs none; this one says nothing sensible.
            let answer = tab.send(&door.path, &form).await;
            assert!(is_held(&answer), "{}: {} {}", door.path, answer.status, answer.body);
        }
    }
    assert_eq!(stage.look("select count(*) from audit_entries").await, before);
    // What gives nothing away goes on without.
    let mut tab = Visitor::with_cookie(&stage.server, visitor.cookie());
    let asked = tab.send("/api/alerts/act", "alert=alr_1&action=ask").await;
    assert!(!is_held(&asked));
    let refund = tab.send("/api/alerts/act", "alert=alr_1&action=refund").await;
    assert!(is_held(&refund));
    for (path, _) in NOT_HELD {
        assert!(doors.iter().any(|it| it.path == path), "{path} is no door any more");
    }
}

/// A refund within the limit goes on by itself, and waits while another one of the same person is under way.
#[tokio::test]
async fn a_small_refund_beside_another_one_is_held_back() {
    let stage = Stage::new().await;
    let visitor = stage.log_in().await;
    stage.switch_rule_on().await;
    let wish = json!({
        "buyer": { "name": "佐藤 花子", "email": "sato@example.com" }, "method": "credit_card",
        "tickets": [{ "ticket_type": stage.seller.ticket_type, "quantity": 1 }],
    });
    let path = format!("/api/v1/events/{}/orders", stage.seller.event);
    let placed = stage.server.call(&stage.seller, Method::POST, &path, &wish).await.json();
    let form = format!("order={}&payment=pay_0&amount=500", text(&placed, "/id"));
    let refund = async || {
        let mut tab = Visitor::with_cookie(&stage.server, visitor.cookie());
        is_held(&tab.send("/api/refunds/request", &form).await)
    };
    assert!(!refund().await, "alone it is small");
    let user = stage.look("select user_id::text from users").await;
    let user = UserId::from_uuid(user.parse().expect("an id"));
    let turn = take_turn(&stage.server.app.deps, user).await.expect("an answer");
    assert!(turn.is_some());
    assert!(refund().await, "how much they are together is not known yet");
}

#[tokio::test]
async fn a_form_with_a_bank_account_waits_sealed_and_goes_on_whole_without_javascript() {
    let stage = Stage::new().await;
    let mut visitor = stage.log_in().await;
    let codes = set_up(&stage.server, &mut visitor).await;
    stage.switch_rule_on().await;
    // Ten minutes after the factor was set up.
    let_minutes_pass(&stage.server).await;
    // Shown for this organizer, whatever is chosen in another tab.
    let door = format!("/api/payouts/account?for={}", stage.seller.organizer);
    let held = visitor.send(&door, ACCOUNT).await;
    assert!(is_held(&held), "{}", held.status);
    assert_eq!(stage.look("select count(*) from bank_accounts").await, "0");
    let kept = stage.look("select string_agg(data::text, ' ') from web_sessions").await;
    assert!(!kept.contains("7654321"), "the account stands in the database");

    let wrong = visitor.post("/api/second_factors/prove", "code=000000").await;
    assert!(wrong.body.contains("確認できませんでした"), "{}", wrong.body);
    let old = visitor.cookie().to_owned();
    let page = visitor.post("/api/second_factors/prove", &format!("code={}", codes[0])).await;
    assert!(page.body.contains("口座の登録"), "it says what goes on: {}", page.body);
    assert!(page.body.contains(&format!("action=\"{door}\"")), "{}", page.body);
    assert!(page.body.contains("name=\"form[number]\" value=\"7654321\""));
    assert_ne!(visitor.cookie(), old, "who copied the session gains nothing");
    let mut thief = Visitor::with_cookie(&stage.server, &old);
    assert_eq!(thief.get("/o/account").await.header("location"), "/o/login");

    let done = visitor.send(&door, ACCOUNT).await;
    assert!(!is_held(&done), "it is open now");
    let gone = visitor.get("/o/confirm/continue").await;
    assert_eq!(gone.header("location"), "/o", "nothing waits any more");
    let_minutes_pass(&stage.server).await;
    assert!(is_held(&visitor.send("/api/payouts/account", ACCOUNT).await), "ten minutes later");
}

#[tokio::test]
async fn an_owner_sets_the_rule_and_a_looser_one_is_told_to_everybody() {
    const RULE: &str = "select asks_again || ' ' || asks_again_above_minor from organizers";
    let stage = Stage::new().await;
    let mut visitor = stage.log_in().await;
    let door = format!("/api/step_up/save?for={}", stage.seller.organizer);
    let page = visitor.get("/o/settings").await;
    assert!(page.body.contains(&format!("action=\"{door}\"")), "{}", page.body);
    // Nobody locks themselves out: without a factor there is nothing to confirm with.
    let refused = visitor.post(&door, "is_on=on&refunds_above=1000").await;
    assert!(refused.body.contains("is_on"), "{}", refused.body);
    assert_eq!(stage.look(RULE).await, "false 0");
    set_up(&stage.server, &mut visitor).await;
    let unread = visitor.post(&door, "is_on=on&refunds_above=-5").await;
    assert!(unread.body.contains("field-refunds-above"), "{}", unread.body);
    let saved = visitor.send(&door, "is_on=on&refunds_above=1000").await;
    assert_eq!(saved.header("location"), "/o/settings?done=step_up#step-up", "{}", saved.body);
    assert_eq!(stage.look(RULE).await, "true 1000");
    let told = "select count(*) from mails where organizer_id is null";
    let before = stage.look(told).await;
    visitor.send(&door, "is_on=&refunds_above=1000").await;
    assert_eq!(stage.look(RULE).await, "false 1000");
    assert_ne!(stage.look(told).await, before);
    let audit = "select count(*) from audit_entries where action = 'organizer.asks_again_set'";
    assert_eq!(stage.look(audit).await, "2");
}

#[tokio::test]
async fn staff_confirms_before_it_takes_the_file_for_the_bank() {
    let stage = Stage::new().await;
    let mut visitor = stage.log_in().await;
    let path = "/admin/payouts/files/pof_00000000000000000000000000?bare=1";
    assert_eq!(visitor.get(path).await.status, StatusCode::FORBIDDEN, "not for members");
    stage.run("update users set is_administrator = true").await;
    assert!(is_held(&visitor.get(path).await));
    let codes = set_up(&stage.server, &mut visitor).await;
    let_minutes_pass(&stage.server).await;
    assert!(is_held(&visitor.get(path).await));
    let page = visitor.post("/api/second_factors/prove", &format!("code={}", codes[0])).await;
    assert!(page.body.contains("method=\"get\""), "{}", page.body);
    assert!(page.body.contains("name=\"bare\" value=\"1\""));
    assert!(!is_held(&visitor.get(path).await));
}

#[tokio::test]
async fn the_first_factor_wants_a_fresh_login_and_signs_the_other_browsers_out() {
    let stage = Stage::new().await;
    let mut visitor = stage.log_in().await;
    let_minutes_pass(&stage.server).await;
    let stale = visitor.send("/api/second_factors/begin_totp", "").await;
    assert_eq!(stale.header("location"), "/o/login?again=1");
    let page = visitor.get("/o/login?again=1").await;
    assert!(page.body.contains("もう一度ログイン"));
    assert_eq!(stage.look("select count(*) from totp_secrets").await, "0");

    // Another browser of the same person, signed in just now.
    let (deps, lang) = (&stage.server.app.deps, words::lang::Lang::Ja);
    let email = stage.look("select email from users").await;
    let url = operations::account::request_login::create_login_link(deps, &email, lang).await;
    let url = url.expect("a link");
    let token = url.split("token=").nth(1).unwrap_or_default().to_owned();
    let mut other = Visitor::new(&stage.server);
    other.post("/api/account/confirm_login", &format!("token={token}")).await;
    assert_eq!(visitor.get("/o/account").await.status, StatusCode::OK);
    set_up(&stage.server, &mut other).await;
    assert_eq!(visitor.get("/o/account").await.header("location"), "/o/login");
    assert_eq!(other.get("/o/account").await.status, StatusCode::OK);
    assert_eq!(
        stage.look("select count(*) from web_sessions where user_id is not null").await,
        "1"
    );
}

#[tokio::test]
async fn a_session_that_was_ended_is_not_written_back_by_a_request_under_way() {
    use store::web_sessions::WebSessions;
    use tower_sessions::SessionStore as _;
    use tower_sessions::session::Record;

    let stage = Stage::new().await;
    let sessions = WebSessions::new(stage.server.app.deps.db.clone());
    let expiry_date = time::OffsetDateTime::now_utc() + time::Duration::days(1);
    let mut record = Record { id: Default::default(), data: Default::default(), expiry_date };
    sessions.create(&mut record).await.expect("kept");
    assert!(sessions.load(&record.id).await.expect("read").is_some());
    sessions.delete(&record.id).await.expect("ended");
    sessions.save(&record).await.expect("nothing to do");
    assert!(sessions.load(&record.id).await.expect("read").is_none(), "it came back");
}

/// A key, a signing secret, an invitation and recovery codes are shown once. Whoever never looks leaves nothing readable.
#[tokio::test]
async fn what_is_shown_once_waits_sealed() {
    let stage = Stage::new().await;
    let mut visitor = stage.log_in().await;
    let made = [
        (
            "/api/api_keys/create",
            "name=till&life=month&form[events_read]=on",
            "/o/settings",
            "ek_live_",
        ),
        (
            "/api/webhook_endpoints/register",
            "url=https://example.com/hooks&form[order_paid]=on",
            "",
            "whsec_",
        ),
        ("/api/members/invite", "role=viewer", "/o/settings/members", "/o/invitations/"),
    ];
    for (door, form, page, begins) in made {
        let answer = visitor.send(door, form).await;
        let place = if page.is_empty() { answer.header("location") } else { page }.to_owned();
        assert!(answer.status.is_redirection(), "{door}: {} {}", answer.status, answer.body);
        let kept = stage.look("select string_agg(data::text, ' ') from web_sessions").await;
        assert!(kept.contains("shown:") && !kept.contains(begins), "{door}: {kept}");
        let shown = visitor.get(&place).await;
        assert!(shown.body.contains(begins), "{door}: shown to who made it");
        let kept = stage.look("select string_agg(data::text, ' ') from web_sessions").await;
        assert!(!kept.contains("shown:"), "{door}: {kept}");
    }
}
