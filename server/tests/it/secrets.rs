//! Nothing secret comes out: not in the printed configuration, not in logs, not in answers, not in what browsers load.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::{Sandbox, SandboxSettings};
use serde_json::{Value, json};
use server::config::{Config, VARIABLES};
use testkit::database;
use tokio::net::TcpListener;

use crate::refunds::text;

const PATIENCE: Duration = Duration::from_secs(300);

/// A value for every secret variable, each with a word that nothing else holds.
fn secrets() -> Vec<(&'static str, String, &'static str)> {
    let secret = |name, value: &str, word| (name, value.to_owned(), word);
    vec![
        secret("S3_SECRET_ACCESS_KEY", "hunter2-bucket", "hunter2-bucket"),
        secret(
            "DATABASE_URL",
            "postgres://eventpay:hunter2-database@127.0.0.1/eventpay",
            "hunter2-database",
        ),
        secret("REDIS_URL", "redis://:hunter2-counters@127.0.0.1:1", "hunter2-counters"),
        secret("KOMOJU_SECRET_KEY", "sk_hunter2-provider", "hunter2-provider"),
        secret("KOMOJU_WEBHOOK_SECRET", "whsec_hunter2-webhook", "hunter2-webhook"),
        secret("EVENTPAY_SECRET", "hunter2-present-long-enough-for-a-secret", "hunter2-present"),
        secret(
            "EVENTPAY_PREVIOUS_SECRETS",
            "hunter2-before-long-enough,hunter2-earlier",
            "hunter2-before",
        ),
        secret("EVENTPAY_SMTP_URL", "smtps://mailer:hunter2-mail@127.0.0.1:1", "hunter2-mail"),
        secret(
            "EVENTPAY_LOGIN_PROVIDERS",
            "Club,http://127.0.0.1:1,client,hunter2-login",
            "hunter2-login",
        ),
        secret("EVENTPAY_PAYOUT_FROM", "1234567890,REI,0001,001,ordinary,7654321", "7654321"),
    ]
}

#[test]
fn a_printed_configuration_holds_no_secret() {
    let secrets = secrets();
    for variable in VARIABLES.iter().filter(|it| it.is_secret) {
        let is_tried = secrets.iter().any(|(name, ..)| *name == variable.name);
        assert!(is_tried, "{} is secret and not tried here", variable.name);
    }
    let read = |broken: &str| {
        Config::read(&|name| {
            let found = secrets.iter().find(|(it, ..)| *it == name);
            let value = match name {
                "EVENTPAY_FILES" => Some("s3://papers".to_owned()),
                "S3_ACCESS_KEY_ID" => Some("id".to_owned()),
                _ => found.map(|(_, value, _)| value.clone()),
            };
            // As if a secret stood where something else belongs.
            Ok(if name == broken { Some("hunter2-misplaced".to_owned()) } else { value })
        })
    };
    let printed = format!("{:?}", read("").expect("a configuration"));
    for (name, _, word) in &secrets {
        assert!(!printed.contains(word), "{name} is printed: {printed}");
    }
    for variable in VARIABLES {
        if let Err(problems) = read(variable.name) {
            let told = format!("{problems} {problems:?}");
            assert!(!told.contains("hunter2"), "{}: {told}", variable.name);
        }
    }
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct World {
    http: reqwest::Client,
    url: String,
    sandbox_url: String,
    database_url: String,
    data_dir: std::path::PathBuf,
    /// Everything that was answered.
    answers: String,
}

impl World {
    async fn new() -> Self {
        let (_, database_url) = database::fresh_with_url().await;
        let ours = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox_url = format!("http://{}", door.local_addr().unwrap());
        let sandbox = Sandbox::open(SandboxSettings {
            secret_key: "sk_hunter2-provider".to_owned(),
            webhook_secret: "whsec_hunter2-webhook".to_owned(),
            webhook_url: Some(format!("http://{ours}/webhooks/komoju")),
            base_url: sandbox_url.clone(),
            ..SandboxSettings::default()
        });
        tokio::spawn(axum::serve(door, sandbox.unwrap().router()).into_future());
        let data_dir = std::env::temp_dir().join(format!("eventpay-secrets-{}", ours.port()));
        // Trusted whatever the password: what counts is where it turns up.
        let separator = if database_url.contains('?') { '&' } else { '?' };
        let database_url = format!("{database_url}{separator}password=hunter2-database");
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{ours}");
        Self { http, url, sandbox_url, database_url, data_dir, answers: String::new() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eventpay"));
        command.args(arguments);
        for (name, value, _) in secrets() {
            // Counters that are down would refuse what is to be tried here.
            if !["S3_SECRET_ACCESS_KEY", "DATABASE_URL", "REDIS_URL"].contains(&name) {
                command.env(name, value);
            }
        }
        command
            .env("DATABASE_URL", &self.database_url)
            .env("EVENTPAY_DATA_DIR", &self.data_dir)
            .env("EVENTPAY_LISTEN", self.url.trim_start_matches("http://"))
            .env("EVENTPAY_DATABASE_CONNECTIONS", "8")
            .env("EVENTPAY_LOG", "debug")
            .env("KOMOJU_API_URL", &self.sandbox_url);
        command
    }

    /// Serves, with everything it writes in a file.
    async fn serve(&self) -> (Process, std::path::PathBuf) {
        let log_path = std::env::temp_dir()
            .join(format!("{}.log", self.data_dir.file_name().unwrap().display()));
        let log = File::create(&log_path).unwrap();
        let mut command = self.command(&["serve"]);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let process = Process(command.spawn().unwrap());
        let since = Instant::now();
        while self.http.get(format!("{}/healthz", self.url)).send().await.is_err() {
            assert!(since.elapsed() < PATIENCE, "it never served");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        (process, log_path)
    }

    async fn ask(&mut self, request: reqwest::RequestBuilder) -> Value {
        let answer = request.send().await.unwrap();
        self.answers.push_str(&format!("{:?}", answer.headers()));
        let body = answer.text().await.unwrap();
        self.answers.push_str(&body);
        serde_json::from_str(&body).unwrap_or_default()
    }

    async fn until(&self, sql: &str, wanted: &str) {
        let since = Instant::now();
        loop {
            let seen = database::look(&self.database_url, sql).await;
            if seen == wanted {
                return;
            }
            assert!(since.elapsed() < PATIENCE, "{sql}: still {seen:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

const BUYER_NAME: &str = "Hikari Yamaji";
const BUYER_EMAIL: &str = "hikari.yamaji@example.com";

/// A purchase with money back, and whatever can go wrong around it.
async fn buy_and_fail(world: &mut World, made: &Value, key: &str) {
    let (http, url) = (world.http.clone(), world.url.clone());
    let wish = json!({
        "buyer": { "name": BUYER_NAME, "email": BUYER_EMAIL },
        "tickets": [{ "ticket_type": text(made, "/ticket_type_id"), "quantity": 1 }],
    });
    let event = text(made, "/event_id");
    let orders = format!("{url}/api/v1/events/{event}/orders");
    let placed = world.ask(http.post(&orders).bearer_auth(key).json(&wish)).await;
    let page = text(&placed, "/pay_url");
    let session = page.rsplit('/').next().unwrap_or_default();
    let pay = format!("{}/sandbox/sessions/{session}/pay", world.sandbox_url);
    let card = json!({ "method": "credit_card", "card": "4111111111111111" });
    assert!(http.post(pay).json(&card).send().await.unwrap().status().is_success());
    world.until("select count(*) from orders where status = 'paid'", "1").await;
    // The mail server is not there: sending fails, and its failure is logged.
    world.until("select (count(*) > 0)::text from jobs where kind = 'send_mail' and last_error is not null", "true").await;
    let shown = world
        .ask(http.get(format!("{url}/api/v1/orders/{}", text(&placed, "/id"))).bearer_auth(key))
        .await;
    let payment = text(&shown, "/payments/0/id");
    let back = format!("{url}/api/v1/payments/{payment}/refunds");
    world.ask(http.post(&back).bearer_auth(key).json(&json!({ "amount": 1000 }))).await;
    world.ask(http.post(&back).bearer_auth(key).json(&json!({ "amount": 999_999 }))).await;
    world.ask(http.post(&orders).bearer_auth("sk_wrong").json(&wish)).await;
    world.ask(http.post(&orders).bearer_auth(key).body("{")).await;
    world
        .ask(
            http.post(format!("{url}/webhooks/komoju"))
                .header("x-komoju-signature", "00")
                .body("{}"),
        )
        .await;
    // Nor is the login provider.
    let away = http.post(format!("{url}/api/login/set_out")).header("accept", "text/html");
    world.ask(away.form(&[("provider", "club")])).await;
    for path in ["/", "/o/login", "/nowhere", "/readyz", "/metrics", "/api/openapi.json"] {
        world.ask(http.get(format!("{url}{path}"))).await;
    }
}

/// Buys, pays, gets money back, fails in every way: and reads what the process wrote and answered meanwhile.
#[tokio::test]
async fn a_process_that_logs_everything_logs_no_secret() {
    let mut world = World::new().await;
    let demo =
        world.command(&["demo", "--json", "--quota", "9", "--price", "3000"]).output().unwrap();
    assert!(demo.status.success(), "{}", String::from_utf8_lossy(&demo.stderr));
    let made: Value = serde_json::from_slice(&demo.stdout).unwrap();
    let of = |field: &str| made[field].as_str().unwrap_or_default().to_owned();
    let key = of("api_key");
    let login = of("login_url").split("token=").nth(1).unwrap_or_default().to_owned();
    assert!(!key.is_empty() && !login.is_empty());

    let (process, log_path) = world.serve().await;
    buy_and_fail(&mut world, &made, &key).await;
    let form = [("token", login.as_str())];
    // The cookie comes with the answer that leads on.
    let stays = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let stays = stays.build().unwrap();
    let confirm = stays.post(format!("{}/api/account/confirm_login", world.url));
    let signed_in = confirm.header("accept", "text/html").form(&form).send().await.unwrap();
    let cookies = signed_in.headers().get_all("set-cookie").iter();
    let cookies: Vec<_> = cookies.filter_map(|it| it.to_str().ok()?.split(';').next()).collect();
    let session = cookies.iter().find_map(|it| it.strip_prefix("eventpay=")).unwrap().to_owned();
    let link = database::look(&world.database_url, "select link_token from orders limit 1").await;
    read_what_is_personal(&mut world, &link, &session).await;
    drop(process);
    for arguments in [&["config"][..], &["check"], &["rotate-secret"], &["dead-jobs"]] {
        let output = world.command(arguments).output().unwrap();
        world.answers.push_str(&String::from_utf8_lossy(&output.stdout));
        world.answers.push_str(&String::from_utf8_lossy(&output.stderr));
    }

    let log = std::fs::read_to_string(&log_path).unwrap();
    assert!(log.contains("http.route"), "it logged: {log}");
    for (name, _, word) in secrets() {
        assert!(!log.contains(word), "{name} is in the log: {}", line_with(&log, word));
        assert!(
            !world.answers.contains(word),
            "{name} was answered: {}",
            line_with(&world.answers, word)
        );
    }
    for (name, word) in [
        ("the API key", key.as_str()),
        ("the login link", &login),
        ("the web session", &session),
        ("the personal link", &link),
        ("the buyer's name", BUYER_NAME),
        ("the buyer's address", BUYER_EMAIL),
    ] {
        assert!(word.len() > 8 && !log.contains(word), "{name}: {}", line_with(&log, word));
    }
}

/// The pages, files and forms of a participant and an organizer, with and without success.
async fn read_what_is_personal(world: &mut World, link: &str, session: &str) {
    let (http, url) = (world.http.clone(), world.url.clone());
    for path in ["", "/state", "/data.json", "/cancel", "/nowhere"] {
        world.ask(http.get(format!("{url}/e/orders/{link}{path}"))).await;
    }
    for (path, form) in [
        ("payments/start", [("token", link), ("method", "")]),
        ("orders/cancel", [("token", link), ("reason", "x")]),
        ("buyer_data/ask", [("token", link), ("x", "")]),
        ("personal_links/ask", [("event", "nowhere"), ("email", BUYER_EMAIL)]),
        ("orders/place", [("event", "nowhere"), ("buyer_email", BUYER_EMAIL)]),
    ] {
        let post = http.post(format!("{url}/api/{path}")).header("accept", "text/html");
        world.ask(post.form(&form)).await;
    }
    let cookie = format!("eventpay={session}");
    for path in ["/o", "/o/settings", "/o/account", "/o/account/data.json", "/o/audit.csv"] {
        world.ask(http.get(format!("{url}{path}")).header("cookie", &cookie)).await;
    }
}

fn line_with<'a>(text: &'a str, word: &str) -> &'a str {
    text.lines().find(|it| it.contains(word)).unwrap_or_default()
}

/// What browsers load is made of these crates; none of them can reach a secret. (What is built is looked through by
/// `cargo xtask`, which refuses a site that names a secret variable.)
#[test]
fn what_browsers_load_cannot_hold_what_the_server_knows() {
    let mut command = Command::new(env!("CARGO"));
    command.args(["tree", "-p", "frontend", "--target", "wasm32-unknown-unknown", "-e", "normal"]);
    command.args(["--prefix", "none", "--offline", "--locked"]);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(tree.lines().any(|it| it.starts_with("leptos v")), "{tree}");
    for server_only in
        ["operations", "store", "providers", "server", "sqlx", "reqwest", "ring", "rustls", "redis"]
    {
        let found = tree.lines().find(|it| it.split(' ').next() == Some(server_only));
        assert_eq!(found, None, "in the wasm");
    }
}
