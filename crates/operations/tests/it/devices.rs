//! Browsers: a new one is told of, a known one is not.

use operations::account::sessions::{Browser, Ending, end, note_device};
use time::Duration;

use crate::second_factors::{app, user};

const TOLD: &str = "select count(*)::text from mails where data->>'notice' = 'new_device'";

#[tokio::test]
async fn a_new_browser_is_told_of_and_the_first_and_known_ones_are_not() {
    let app = app().await;
    let deps = &app.deps;
    let (sato, mori) = (user(deps, "sato@example.com").await, user(deps, "mori@example.com").await);
    let phone = Browser::new(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
        Some("203.0.113.7".parse().unwrap()),
        Some("jp"),
    );
    for nowhere in [None, Some(""), Some("XX"), Some("T1"), Some("<b>")] {
        assert_eq!(Browser::new("", None, nowhere).country, None, "{nowhere:?}");
    }
    for (secret, n_told) in [("one", "0"), ("one", "0"), ("two", "1"), ("two", "1"), ("one", "1")] {
        note_device(deps, sato, secret, &phone).await.unwrap();
        assert_eq!(app.look(TOLD).await, n_told, "{secret}");
    }
    let detail = "select data->>'detail' from mails where data->>'notice' = 'new_device'";
    assert_eq!(app.look(detail).await, "Safari, iPhone, 203.0.113.7, JP");
    note_device(deps, mori, "one", &phone).await.unwrap();
    assert_eq!(app.look(TOLD).await, "1", "the first browser of somebody else");
    // Signing out, even from afar, makes strangers of all browsers.
    let sql = "insert into web_sessions (web_session_id, user_id, data, expires_at)
               select 'a', user_id, '{}', now() + interval '1 day' from users where email = 'sato@example.com'";
    testkit::database::run(&app.database_url, sql).await;
    assert_eq!(end(deps, sato, Ending::All).await.unwrap(), 1);
    deps.clock.advance(Duration::hours(2));
    note_device(deps, sato, "two", &phone).await.unwrap();
    assert_eq!(app.look(TOLD).await, "2", "no first browser of an account that is not new");
}
