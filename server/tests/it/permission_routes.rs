//! Every route there is, with what guards it: a new one that nobody thought about fails here.

use std::collections::BTreeSet;

use app::paths;

use crate::permission_scan::{between, root, sources};
use crate::permission_table::{FILES, UPLOADS};

/// Routes without a permission, and why.
const OPEN: &[(&str, &str)] = &[
    ("/healthz", "says that we run"),
    ("/readyz", "says whether the database answers, to whoever balances the load"),
    (
        "/metrics",
        "counts by route and kind, without ids or names; a proxy keeps it inside where that matters",
    ),
    ("/pkg/{*path}", "what browsers load"),
    ("/files/{file}", "pictures of public events; other files are not found here"),
    ("/webhooks/komoju", "the provider's signature"),
    ("/live/events/{id}", "a token of its own, for an hour and one event"),
    ("/live/events/{id}/snapshot", "the same token"),
    ("/e/{slug}/calendar.ics", "what the public page says"),
    ("/e/orders/{token}/state", "the personal link"),
    ("/e/orders/{token}/data.json", "the personal link; each is written down"),
    ("/o/account/data.json", "about whoever asks"),
    ("/api/docs", "describes the API"),
    ("/api/docs.css", "its style"),
    ("/dev/mail", "only where mails are shown instead of sent"),
    ("/dev/mail/{name}", "only where mails are shown instead of sent"),
    // Pages of participants.
    ("/", "where strangers arrive"),
    ("/e/:slug", "the public page; drafts are their members' alone"),
    ("/embed/:slug", "what the public page says, with a key for the website"),
    ("/e/:slug/link", "mails to the order's own address alone"),
    ("/e/confirm/:order/:key", "the key of the mail"),
    ("/e/orders/:token", "the personal link"),
    ("/e/orders/:token/return", "the personal link"),
    ("/e/orders/:token/cancel", "the personal link"),
    ("/e/orders/:token/credit_notes/:number", "the personal link"),
    ("/e/refunds/:token", "the token of the mailed form"),
];

/// The routes that handlers are given to, outside of the API, which has a table of its own.
fn handlers() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources("server/src") {
        if source.contains("utoipa") || source.contains("const ROUTES") {
            continue;
        }
        for part in source.split(".route(").skip(1) {
            let first = part.split(',').next().unwrap_or_default().trim();
            let path = match first {
                "paths::EXPORT_DATA" => paths::EXPORT_DATA,
                "paths::UPLOAD_STATEMENT" => paths::UPLOAD_STATEMENT,
                _ => first.trim_matches('"'),
            };
            assert!(path.starts_with('/'), "which route is {first}?");
            found.insert(path.to_owned());
        }
    }
    found
}

/// Pages outside of what organizers and staff see, which the scan of permissions holds.
fn open_pages() -> BTreeSet<String> {
    let routes = std::fs::read_to_string(root().join("app/src/routes.rs")).expect("the routes");
    let lines = routes.lines().filter(|it| it.contains("<Route path=path!(\""));
    let all = lines.map(|line| between(line, "path!(\"", "\"").to_owned());
    all.filter(|path| !path.starts_with("/o") && !path.starts_with("/admin")).collect()
}

#[test]
fn every_route_has_a_permission_or_says_why_it_needs_none() {
    let open: BTreeSet<String> = OPEN.iter().map(|it| it.0.to_owned()).collect();
    assert_eq!(open.len(), OPEN.len(), "named twice");
    // The table writes `:event`, the router `{event}`.
    let gated = [FILES, UPLOADS].concat().into_iter().map(|(path, _)| {
        let parts = path.split('/').map(|part| match part.strip_prefix(':') {
            Some(name) => format!("{{{name}}}"),
            None => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    });
    let known: BTreeSet<String> = gated.chain(open).collect();
    let there: BTreeSet<String> = handlers().union(&open_pages()).cloned().collect();
    assert!(there.len() > 30, "{there:?}");
    assert_eq!(there, known);
}
