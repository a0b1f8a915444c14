//! Keys for websites: what they open, for whom, and what they do not.

use domain::event::EventStatus;
use domain::ids::Id;
use operations::PlacesGuard;
use operations::access::AccessError;
use operations::clock::Clock;
use operations::events::embed::show_embedded;
use operations::events::show::ShowEventError;
use operations::publishable_keys::{
    CreatePublishableKeyError as E, PUBLISHABLE_KEYS_MAX, create, list, revoke,
};
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale};
use time::{Duration, OffsetDateTime};

const SITE: &str = "https://club.example";

fn slug(sale: &Sale) -> String {
    format!("e-{}", sale.event.uuid())
}

async fn is_shown(app: &TestApp, slug: &str, key: &str) -> bool {
    match show_embedded(&app.deps, slug, key, true).await {
        Ok(_) => true,
        Err(ShowEventError::NotFound) => false,
        Err(ShowEventError::Unexpected(error)) => panic!("{error:#}"),
    }
}

#[tokio::test]
async fn a_key_shows_its_organizers_published_events_on_its_websites() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let access = sale.access(&app).await;
    let sites = " https://Club.example/events \n\nhttp://localhost:8080\nhttps://club.example:443";
    let key = create(&app.deps, &access, "  the club ", sites).await.unwrap().to_string();
    let found = show_embedded(&app.deps, &slug(&sale), &key, true).await.unwrap();
    let shown: Vec<&str> = found.sites.iter().map(|site| site.as_str()).collect();
    assert_eq!(shown, [SITE, "http://localhost:8080"], "each site once");
    assert_eq!(found.event.page.event, sale.event);
    // What was written down names the key and its websites: nothing of it is secret.
    let told = "select action || ' ' || (detail #>> '{name}') || ' ' || (detail #>> '{sites}')
                from audit_entries where action like 'publishable_key%'";
    let expected =
        r#"publishable_key.created the club ["https://club.example", "http://localhost:8080"]"#;
    assert_eq!(app.look(told).await, expected);

    let draft =
        format!("update events set status = 'draft' where event_id = '{}'", sale.event.uuid());
    database::run(&app.database_url, &draft).await;
    assert!(!is_shown(&app, &slug(&sale), &key).await, "{}", EventStatus::Draft);
}

#[tokio::test]
async fn a_key_opens_nothing_of_others_and_ends_when_it_is_revoked() {
    let app = TestApp::start().await;
    let (sale, other) = (on_sale(&app, 3000, 10).await, on_sale(&app, 3000, 10).await);
    let (access, stranger) = (sale.access(&app).await, other.access(&app).await);
    let key = create(&app.deps, &access, "club", SITE).await.unwrap();
    let text = key.to_string();
    assert!(!is_shown(&app, &slug(&other), &text).await, "another organizer's event");
    for wrong in ["", "pk_", "pk_00000000000000000000000000", "key_1", "\u{0}"] {
        assert!(!is_shown(&app, &slug(&sale), wrong).await, "{wrong}");
    }
    let refused = revoke(&app.deps, &stranger, key).await;
    assert!(matches!(refused, Err(AccessError::Unknown)), "{refused:?}");
    assert!(is_shown(&app, &slug(&sale), &text).await, "another organizer ends nothing");
    assert!(list(&app.deps, &stranger).await.unwrap().is_empty());
    revoke(&app.deps, &access, key).await.unwrap();
    revoke(&app.deps, &access, key).await.unwrap();
    assert!(!is_shown(&app, &slug(&sale), &text).await);
    let told = "select count(*) from audit_entries where action = 'publishable_key.revoked'";
    assert_eq!(app.look(told).await, "1");
}

#[tokio::test]
async fn the_last_use_is_written_down_once_an_hour() {
    let now = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, now).await;
    let sale = on_sale(&app, 3000, 10).await;
    let access = sale.access(&app).await;
    let key = create(&app.deps, &access, "club", SITE).await.unwrap().to_string();
    let used = async || list(&app.deps, &access).await.unwrap()[0].last_used_at;
    show_embedded(&app.deps, &slug(&sale), &key, false).await.unwrap();
    assert_eq!(used().await, None, "somebody looked, no website showed it");
    assert!(is_shown(&app, &slug(&sale), &key).await);
    let first = used().await.unwrap();
    app.deps.clock.advance(Duration::minutes(50));
    assert!(is_shown(&app, &slug(&sale), &key).await);
    assert_eq!(used().await, Some(first));
    app.deps.clock.advance(Duration::minutes(20));
    assert!(is_shown(&app, &slug(&sale), &key).await);
    assert!(used().await > Some(first));
}

#[tokio::test]
async fn what_names_no_website_makes_no_key() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let access = sale.access(&app).await;
    let made = async |name: &str, sites: &str| create(&app.deps, &access, name, sites).await;
    assert!(matches!(made(" ", SITE).await, Err(E::MalformedName)));
    assert!(matches!(made("club", " \n ").await, Err(E::NoSite)));
    for wrong in ["club.example", "http://club.example", "https://*.example", "https://a; b"] {
        let both = format!("{SITE}\n{wrong}");
        assert!(matches!(made("club", &both).await, Err(E::MalformedSite(line)) if line == wrong));
    }
    let many: Vec<String> = (0..11).map(|i| format!("https://a{i}.example")).collect();
    assert!(matches!(made("club", &many.join("\n")).await, Err(E::TooManySites)));
    assert!(made("club", &many[..10].join("\n")).await.is_ok());
    for _ in 1..PUBLISHABLE_KEYS_MAX {
        made("club", SITE).await.unwrap();
    }
    assert!(matches!(made("club", SITE).await, Err(E::TooMany)));
}
