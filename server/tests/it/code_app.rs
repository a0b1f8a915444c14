//! A code app on somebody's phone, set up through the pages.

use data_encoding::BASE32_NOPAD;
use testkit::database;

use crate::harness::Harness;
use crate::refunds::Visitor;

/// What an app shows now, from the key on the page that sets it up (RFC 6238).
pub(crate) fn shown(page: &str) -> String {
    let key = page.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
    let secret = BASE32_NOPAD.decode(key.as_bytes()).unwrap();
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = ring::hmac::sign(&key, &(now / 30).to_be_bytes());
    let offset = usize::from(tag.as_ref().last().unwrap() & 0x0f);
    let piece = tag.as_ref().get(offset..offset + 4).unwrap();
    let number = u32::from_be_bytes(piece.try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Sets an app up, as far as the page of recovery codes, which waits.
pub(crate) async fn begin(visitor: &mut Visitor<'_>) {
    let page = visitor.post("/api/second_factors/begin_totp", "").await;
    let code = shown(&page.body);
    let done = visitor.send("/api/second_factors/confirm_totp", &format!("code={code}")).await;
    assert_eq!(done.header("location"), "/o/account/codes", "{}", done.body);
}

/// Sets an app up; the recovery codes.
pub(crate) async fn set_up(server: &Harness, visitor: &mut Visitor<'_>) -> Vec<String> {
    begin(visitor).await;
    let kept = server.app.look("select string_agg(data::text, ' ') from web_sessions").await;
    let page = visitor.get("/o/account/codes").await;
    let codes: Vec<String> = page
        .body
        .split("<li><code>")
        .skip(1)
        .map(|it| it.split('<').next().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 10, "{}", page.body);
    for code in &codes {
        assert!(!kept.contains(code), "a recovery code stands in the database");
    }
    let again = visitor.get("/o/account/codes").await;
    assert_eq!(again.header("location"), "/o/account", "shown once");
    codes
}

/// The sessions as if their confirmations and logins were some minutes ago.
pub(crate) async fn let_minutes_pass(server: &Harness) {
    let sql = "update web_sessions set data = data
        || jsonb_build_object('present_at', (data->>'present_at')::bigint - 601)
        || case when data ? 'confirmed_at'
                then jsonb_build_object('confirmed_at', (data->>'confirmed_at')::bigint - 601) else '{}' end";
    database::run(&server.app.database_url, sql).await;
}
