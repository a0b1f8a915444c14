//! Every server function, page, file and route of the API declares what it needs, or stands in a list of those that
//! need nothing; the matrix in `permissions.rs` is made from what is found here.

use std::fs;
use std::path::{Path, PathBuf};

use domain::permission::Permission;
use operations::api_keys::Scope;

use crate::permission_table;

/// Doors for participants, who hold a personal link, and for people who log in or accept an invitation.
const OPEN_FUNCTIONS: [&str; 39] = [
    "account/request_login",
    "account/confirm_login",
    "account/log_out",
    // The operation looks the role up in its own transaction.
    "account/save_profile",
    "buyer_data/ask",
    "cancellations/cancel",
    "email_change/confirm",
    "email_change/refuse",
    "email_change/request",
    "email_confirmations/confirm",
    "email_confirmations/mail_again",
    "personal_data/delete",
    "mail_choices/choose",
    "own_profile/save",
    // Who logs in, and what everybody does with the own account.
    "login/link",
    "login/passkey",
    "login/set_out",
    "login/unlink",
    "members/accept",
    "members/act_for",
    "orders/place",
    "orders/quote",
    "orders/cancel",
    "payments/start",
    "personal_links/ask",
    "personal_links/renew",
    "refunds/give_account",
    "refunds/mail_form",
    "refunds/mail_orders_form",
    "return_requests/request",
    "second_factors/add_passkey",
    "second_factors/begin_totp",
    "second_factors/confirm_totp",
    "second_factors/prove",
    "second_factors/remove_passkey",
    "second_factors/remove_totp",
    "second_factors/renew_codes",
    "sessions/end",
    "sessions/end_others",
];
/// Pages under `/o` that one sees before one is a member.
const OPEN_PAGES: [&str; 16] = [
    "/o/login",
    "/o/login/sent",
    "/o/login/confirm",
    "/o/login/return/:provider",
    "/o/login/second",
    "/o/login/passkey",
    "/o/invitations/:token",
    "/o/account",
    "/o/account/app",
    "/o/account/codes",
    "/o/account/delete",
    "/o/account/email",
    "/o/account/mails",
    "/o/account/profile",
    "/o/confirm",
    "/o/confirm/continue",
];

/// A door and what it demands.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    /// The address, with `:name` or `{name}` for what differs.
    pub(crate) path: String,
    pub(crate) permissions: Vec<Permission>,
    /// What it is about: a variant of `operations::access::On`, or nothing.
    pub(crate) on: String,
}

/// A route of the API and the scopes that its handler asks for.
#[derive(Debug, Clone)]
pub(crate) struct ApiDoor {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) scopes: Vec<Scope>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

pub(crate) fn sources(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(fs::read_to_string(&path).expect("a source"));
            }
        }
    }
    found
}

/// The text between two marks, after the first.
pub(crate) fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let Some((_, rest)) = text.split_once(begin) else { return "" };
    rest.split(end).next().unwrap_or_default()
}

/// The names behind `mark`: `Permission::` or `Scope::`.
fn names(text: &str, mark: &str) -> Vec<String> {
    let parts = text.split(mark).skip(1);
    parts.map(|it| it.chars().take_while(char::is_ascii_alphanumeric).collect()).collect()
}

fn permissions(text: &str) -> Vec<Permission> {
    let named =
        |name: &String| Permission::ALL.iter().find(|it| format!("{it:?}") == *name).copied();
    names(text, "Permission::").iter().filter_map(named).collect()
}

/// Every server function by its address.
pub(crate) fn functions() -> Vec<Door> {
    let mut doors = Vec::new();
    for source in sources("app/src/api") {
        for part in source.split(concat!("#[ser", "ver(prefix")).skip(1) {
            let endpoint = between(part, "endpoint = \"", "\"");
            // The function ends where its brace stands at the margin.
            let body = part.split("\n}\n").next().unwrap_or_default();
            let told = body.split_whitespace().collect::<Vec<_>>().join(" ");
            let is_gated = told.contains("= member(") || body.contains("door::administrator(");
            let permissions = if is_gated { permissions(body) } else { Vec::new() };
            let on = names(body, "On::").into_iter().find(|it| it != "named").unwrap_or_default();
            doors.push(Door { path: format!("/api/{endpoint}"), permissions, on });
        }
    }
    doors
}

/// Every page under `/o` and `/admin`.
pub(crate) fn pages() -> Vec<Door> {
    let routes = fs::read_to_string(root().join("app/src/routes.rs")).expect("the routes");
    let all = sources("app/src/pages").join("\n");
    let mut doors = Vec::new();
    for line in routes.lines().filter(|it| it.contains("<Route path=path!(\"")) {
        let path = between(line, "path!(\"", "\"").to_owned();
        if !path.starts_with("/o") && !path.starts_with("/admin") {
            continue;
        }
        let view = between(line, "view=", " ");
        let (module, name) = view.rsplit_once("::").unwrap_or(("", view));
        let source = if module.is_empty() {
            all.clone()
        } else {
            // Two pages are called `OrderPage`: the route says whose.
            let file = format!("app/src/pages/{}.rs", module.replace("::", "/"));
            fs::read_to_string(root().join(file)).expect("a page's source")
        };
        let body = between(&source, &format!("pub fn {name}("), "\n}\n");
        let is_gated =
            body.contains("page_for_member(") || body.contains("page_for_administrator(");
        let permissions = if is_gated { permissions(body) } else { Vec::new() };
        let on = names(body, "On::").into_iter().find(|it| it != "named").unwrap_or_default();
        doors.push(Door { path, permissions, on });
    }
    doors
}

/// Every documented route of the API.
pub(crate) fn api() -> Vec<ApiDoor> {
    let mut doors = Vec::new();
    for source in sources("server/src/routes/api") {
        for part in source.split("#[utoipa::path(").skip(1) {
            let method = part.split(',').next().unwrap_or_default().trim().to_owned();
            let path = between(part, "path = \"", "\"").to_owned();
            let body = part.split("\n}\n").next().unwrap_or_default();
            let named =
                |name: &String| Scope::ALL.iter().find(|it| format!("{it:?}") == *name).copied();
            let scopes = names(body, "caller.needs(Scope::").iter().filter_map(named).collect();
            doors.push(ApiDoor { method, path, scopes });
        }
    }
    doors
}

/// The doors that demand something, each with what the gate asks for.
fn demanded(doors: Vec<Door>) -> Vec<(String, Permission)> {
    let asked = |door: Door| Some((door.path, door.permissions.first().copied()?));
    let mut demanded: Vec<_> = doors.into_iter().filter_map(asked).collect();
    demanded.sort();
    demanded
}

fn expected(table: &[(&str, Permission)]) -> Vec<(String, Permission)> {
    let mut expected: Vec<_> = table.iter().map(|it| (it.0.to_owned(), it.1)).collect();
    expected.sort();
    expected
}

#[test]
fn every_door_demands_what_the_table_says() {
    assert_eq!(demanded(functions()), expected(permission_table::FUNCTIONS));
    assert_eq!(demanded(pages()), expected(permission_table::PAGES));
}

#[test]
fn every_server_function_declares_a_permission() {
    let doors = functions();
    assert!(doors.len() > 60, "{}", doors.len());
    for door in &doors {
        let endpoint = door.path.trim_start_matches("/api/");
        let is_open = OPEN_FUNCTIONS.contains(&endpoint);
        assert_eq!(door.permissions.is_empty(), is_open, "{}", door.path);
    }
}

#[test]
fn every_page_of_an_organizer_declares_a_permission() {
    let doors = pages();
    assert!(doors.len() > 25, "{}", doors.len());
    for door in &doors {
        let is_open = OPEN_PAGES.contains(&door.path.as_str());
        assert_eq!(door.permissions.is_empty(), is_open, "{}", door.path);
    }
}

#[test]
fn every_file_of_an_organizer_declares_a_permission() {
    let mut n_handlers = 0;
    for source in sources("server/src/routes") {
        for function in source.split("\nasync fn ").skip(1) {
            let body = function.split("\n}\n").next().unwrap_or_default();
            let head = body.split(") -> ").next().unwrap_or_default();
            if !head.contains("session: Session") {
                continue;
            }
            n_handlers += 1;
            if head.starts_with("own_data(") {
                // About whoever asks.
                continue;
            }
            // `share_svg` and `share_png` hand their session on to `share`.
            let is_passed_on = body.contains("share(&state, &session");
            assert!(is_passed_on || !permissions(body).is_empty(), "{head}");
        }
    }
    assert!(n_handlers > 6, "{n_handlers}");
}

#[test]
fn every_route_of_the_api_asks_for_a_scope() {
    let doors = api();
    assert!(doors.len() >= 20, "{}", doors.len());
    for door in &doors {
        assert!(!door.scopes.is_empty(), "{} {}", door.method, door.path);
    }
    let posts = doors.iter().filter(|it| it.method == "post");
    let asked: Vec<(&str, Scope)> = posts
        .filter_map(|it| Some((it.path.strip_prefix("/api/v1")?, *it.scopes.first()?)))
        .collect();
    for row in server::routes::api::POST_SCOPES {
        assert!(asked.contains(&row), "{}", row.0);
    }
    assert_eq!(asked.len(), server::routes::api::POST_SCOPES.len());
    let routed = server::routes::api::ROUTES;
    for (path, _) in routed {
        let path = format!("/api/v1{path}");
        assert!(doors.iter().any(|it| it.path == path), "{path} is not documented");
    }
}

/// What is done for a member is done behind the organizer's wall.
#[test]
fn no_door_of_a_member_reaches_beyond_its_wall() {
    let mut n_read = 0;
    for source in sources("server/src/routes") {
        let told = source.split_whitespace().collect::<Vec<_>>().join(" ");
        let head = source.lines().next().unwrap_or_default();
        let beyond = told.matches("(&state.deps, &access").count();
        // Routes of the API are given what is walled already; participants have no wall, their link names one order.
        if !source.contains("member(&state") && !source.contains("member_of(&state") {
            continue;
        }
        n_read += 1;
        // The staff's file for the bank is of everybody.
        let known = told.matches("payout_file(&state.deps, &access").count();
        assert_eq!(beyond, known, "{head}");
    }
    assert!(n_read > 4, "{n_read}");
}

/// Staff comes in by the gate, which asks for a second factor; the role alone opens nothing.
#[test]
fn staff_comes_in_by_the_gate_alone() {
    for folder in ["app/src", "server/src"] {
        for source in sources(folder) {
            let head = source.lines().next().unwrap_or_default();
            assert!(!source.contains("administrator_access"), "{head}");
        }
    }
}
