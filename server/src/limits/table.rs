//! The table: which routes, who is counted, how many within which time, and whether money is at stake.

use std::time::Duration;

use http::Method;

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Where the request comes from.
    Address,
    /// Who is signed in. Who is not is counted by address alone.
    Account,
    /// The API key.
    Key,
}

/// How many may come within the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Max {
    Fixed(u32),
    /// What `EVENTPAY_API_PAYMENTS_PER_SECOND` says.
    PaymentsPerSecond,
}

/// Which methods a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    Reading,
    Changing,
}

/// One row.
#[derive(Debug)]
pub struct Rule {
    /// Names its counters and its figure.
    pub name: &'static str,
    pub doing: Doing,
    /// `*` is one segment of a path, `**` whatever follows.
    pub paths: &'static [&'static str],
    pub who: Who,
    pub n_max: Max,
    pub window: Duration,
    /// Refused while the shared counters are down: who hammers a money route then would do it unseen.
    pub is_money: bool,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

const fn rule(
    name: &'static str,
    (doing, paths): (Doing, &'static [&'static str]),
    who: Who,
    (n_max, window): (u32, Duration),
) -> Rule {
    Rule { name, doing, paths, who, n_max: Max::Fixed(n_max), window, is_money: false }
}

const fn money(mut rule: Rule) -> Rule {
    rule.is_money = true;
    rule
}

/// Every rule. Of each kind of visitor the first row that fits counts; the rows at the end fit whatever is left, so
/// that a new door is never without a limit.
pub static RULES: &[Rule] = &[
    // A whole office may log in at nine o'clock behind one address.
    rule(
        "sign_in",
        (
            Doing::Changing,
            &[
                "/api/account/request_login",
                "/api/account/confirm_login",
                "/api/login/*",
                "/api/second_factors/*",
                // A mailed secret is tried here.
                "/api/email_change/confirm",
                "/api/email_change/refuse",
            ],
        ),
        Who::Address,
        // Three steps each: the link, its use, and the second factor.
        (200, MINUTE),
    ),
    // Coming back from a login provider, which is asked who came; and the page that asks for a passkey.
    rule(
        "sign_in_pages",
        (Doing::Reading, &["/o/login/return/*", "/o/login/passkey"]),
        Who::Address,
        (120, MINUTE),
    ),
    // Everything that is kept of somebody is much to read.
    rule("own_data", (Doing::Reading, &["/o/account/data.json"]), Who::Account, (5, HOUR)),
    // Tokens are tried here, and kept for whoever has to log in first.
    rule("accepting", (Doing::Changing, &["/api/members/accept"]), Who::Address, (60, MINUTE)),
    // A whole company may sit behind one address when the sale opens.
    money(rule(
        "checkout",
        (Doing::Changing, &["/api/orders/place", "/api/payments/start"]),
        Who::Address,
        (200, Duration::from_secs(10)),
    )),
    rule(
        "quote",
        (Doing::Changing, &["/api/orders/quote"]),
        Who::Address,
        (400, Duration::from_secs(10)),
    ),
    // What participants do with what they bought.
    money(rule(
        "own_order",
        (
            Doing::Changing,
            &[
                "/api/orders/cancel",
                "/api/cancellations/cancel",
                "/api/return_requests/request",
                "/api/buyer_data/ask",
                "/api/refunds/give_account",
                "/api/personal_links/renew",
                "/api/email_confirmations/confirm",
                "/api/email_confirmations/mail_again",
            ],
        ),
        Who::Address,
        (120, MINUTE),
    )),
    // Each may cost a look through an event's orders, and a mail.
    rule("links", (Doing::Changing, &["/api/personal_links/ask"]), Who::Address, (20, MINUTE)),
    // Second factors, linked accounts, and when one is asked again. Wrong codes are counted apart, for days.
    rule(
        "own_account",
        (
            Doing::Changing,
            &[
                "/api/second_factors/*",
                "/api/login/*",
                "/api/step_up/*",
                "/api/sessions/*",
                "/api/email_change/*",
                "/api/personal_data/*",
                "/api/own_profile/*",
                "/api/mail_choices/*",
            ],
        ),
        Who::Account,
        (60, MINUTE),
    ),
    rule("invitations", (Doing::Changing, &["/api/members/invite"]), Who::Account, (30, HOUR)),
    // Participants ask for mails with their personal links: after a called-off event, many from one company.
    rule(
        "link_mails",
        (Doing::Changing, &["/api/refunds/mail_form", "/api/refunds/mail_orders_form"]),
        Who::Address,
        (300, HOUR),
    ),
    money(rule(
        "money_back_and_out",
        (
            Doing::Changing,
            &[
                "/api/refunds/**",
                "/api/payouts/**",
                "/api/cancellations/**",
                "/api/return_requests/**",
                "/api/screenings/**",
                "/api/event_cancellation/**",
                "/api/organizer_orders/**",
                "/api/transfers/**",
                "/api/statements/**",
                "/api/disputes/**",
                "/api/administration/**",
                // Some of what they offer sends money back.
                "/api/alerts/**",
            ],
        ),
        Who::Account,
        (240, MINUTE),
    )),
    // Statements among them pay orders.
    money(rule("uploads", (Doing::Changing, &["/o/**"]), Who::Account, (60, MINUTE))),
    // Files that are made for the asking.
    rule(
        "exports",
        (
            Doing::Reading,
            &[
                "/o/audit.csv",
                "/o/events/*/orders.csv",
                "/o/orders/*/data.json",
                "/o/payouts/*/statement.csv",
                "/admin/payouts/files/*",
            ],
        ),
        Who::Account,
        (60, MINUTE),
    ),
    // The same for participants; each is written down.
    rule(
        "own_order_data",
        (Doing::Reading, &["/e/orders/*/data.json"]),
        Who::Address,
        (60, MINUTE),
    ),
    rule("forms_by_account", (Doing::Changing, &["/**"]), Who::Account, (600, MINUTE)),
    rule("forms_by_address", (Doing::Changing, &["/**"]), Who::Address, (3_000, MINUTE)),
    // The API. Wrong keys are counted by address, before anybody is known.
    rule("api_wrong_key", (Doing::Reading, &[]), Who::Address, (120, MINUTE)),
    Rule {
        name: "api_payments",
        doing: Doing::Changing,
        paths: &["/api/v1/events/*/orders"],
        who: Who::Key,
        n_max: Max::PaymentsPerSecond,
        window: SECOND,
        is_money: true,
    },
    money(rule(
        "api_refunds",
        (
            Doing::Changing,
            &["/api/v1/payments/*/refunds", "/api/v1/orders/*/cancel", "/api/v1/events/*/cancel"],
        ),
        Who::Key,
        (100, SECOND),
    )),
    money(rule(
        "api_subscriptions",
        (Doing::Changing, &["/api/v1/webhook_endpoints/**"]),
        Who::Key,
        (10, SECOND),
    )),
    money(rule("api_changes", (Doing::Changing, &["/api/v1/**"]), Who::Key, (50, SECOND))),
    rule("api_reads", (Doing::Reading, &["/api/v1/**"]), Who::Key, (2_000, SECOND)),
];

/// Counted when a key does not work.
pub fn wrong_key() -> Option<&'static Rule> {
    RULES.iter().find(|it| it.name == "api_wrong_key")
}

impl Rule {
    /// Whether this row is about such a request.
    pub fn fits(&self, method: &Method, path: &str) -> bool {
        let doing = match *method {
            Method::GET | Method::HEAD | Method::OPTIONS => Doing::Reading,
            _ => Doing::Changing,
        };
        self.doing == doing && self.paths.iter().any(|pattern| is_like(pattern, path))
    }
}

/// The row of a kind of visitor.
pub fn rule_for(who: Who, method: &Method, path: &str) -> Option<&'static Rule> {
    RULES.iter().find(|it| it.who == who && it.fits(method, path))
}

/// Segment by segment. An empty segment at the end (a slash too much) changes nothing, as it changes no route.
fn is_like(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        if wanted == "**" {
            return true;
        }
        match segments.next() {
            Some(segment) if wanted == segment || wanted == "*" => {}
            Some(_) | None => return false,
        }
    }
    segments.all(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_segment_by_segment() {
        assert!(is_like("/api/v1/events/*/orders", "/api/v1/events/evt_1/orders"));
        assert!(is_like("/api/v1/events/*/orders", "/api/v1/events/evt_1/orders/"));
        assert!(!is_like("/api/v1/events/*/orders", "/api/v1/events/evt_1"));
        assert!(!is_like("/api/v1/events/*/orders", "/api/v1/events/evt_1/orders/x"));
        assert!(is_like("/o/**", "/o/disputes/dsp_1/files"));
        assert!(is_like("/api/v1/webhook_endpoints/**", "/api/v1/webhook_endpoints"));
        assert!(!is_like("/o/**", "/events"));
        assert!(is_like("/**", "/"));
    }

    #[test]
    fn names_are_unique_and_every_row_can_be_reached() {
        for (i, row) in RULES.iter().enumerate() {
            assert!(RULES.iter().skip(i + 1).all(|other| other.name != row.name), "{}", row.name);
            let method = match row.doing {
                Doing::Reading => Method::GET,
                Doing::Changing => Method::POST,
            };
            for pattern in row.paths {
                let path = pattern.replace("**", "some/thing").replace('*', "something");
                let found = rule_for(row.who, &method, &path);
                assert_eq!(found.map(|it| it.name), Some(row.name), "{path} ends elsewhere");
            }
        }
    }
}
