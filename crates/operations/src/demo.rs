//! Demo data, made by the same operations as everything else: an organizer with a party, and people who pay for it.

use domain::ids::{EventId, OrderId, OrganizerId, TicketTypeId, UserId};
use domain::order::Selection;
use domain::parsed::email_address::EmailAddress;
use domain::parsed::slug::Slug;
use domain::payment::PaymentStatus;
use domain::permission::Permission;
use domain::time_zone::{self, JAPAN};
use store::payments;
use time::Duration;
use words::lang::Lang;

use crate::account::confirm_login::enter;
use crate::account::profile::{self, Profile, ProfileForm};
use crate::account::request_login::create_login_link;
use crate::actor::OrganizerAccess;
use crate::api_keys::{KeyLife, Scope, create_api_key};
use crate::clock::Clock;
use crate::events::cancel_policy::{Preset, take_preset};
use crate::events::publish;
use crate::events::save::{self, EventForm};
use crate::events::ticket_types::{self, TicketTypeForm};
use crate::orders::cancel::cancel_by_buyer;
use crate::orders::place::{EventRef, OrderSource, PlaceOrder, PlacedOrder, place_order};
use crate::refunds::request::{RequestRefund, request_refund};
use crate::screening::Whereabouts;
use crate::{Deps, access, fresh};

/// The organizer of the party.
const EMAIL: &str = "kanji@example.com";
/// The party's link.
const SLUG: &str = "bonenkai";
const DESCRIPTION: &str = "今年もお疲れさまでした。**開発部の忘年会**を開きます。\n\n\
     - コース料理と飲み放題（120分）\n\
     - アレルギーのある方は幹事までお知らせください\n\n\
     会費は事前のお支払いをお願いします。コンビニ払いもできます。";

/// A fresh organizer with all it takes to sell.
#[derive(Debug, Clone)]
pub struct DemoEvent {
    pub organizer: OrganizerId,
    pub event: EventId,
    pub slug: String,
    pub ticket_type: TicketTypeId,
    pub api_key: String,
    pub login_url: String,
}

/// What a buyer of the demo does at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    PayByCard,
    PayByPayPay,
    /// Takes a konbini code and keeps it.
    TakeCode,
    /// Takes a konbini code and pays at the shop.
    PayAtShop,
    /// A card that is declined.
    Fail,
}

/// An order of the demo, and what is to happen to it at the provider.
#[derive(Debug, Clone)]
pub struct DemoOrder {
    pub order: OrderId,
    pub session_id: String,
    pub act: Act,
}

/// Makes an organizer, an API key, a published event and one ticket type of `price` yen with `quota` places.
///
/// # Errors
/// When anything of it fails.
pub async fn make_event(deps: &Deps, quota: Option<u32>, price: i64) -> anyhow::Result<DemoEvent> {
    let email = format!("demo-{}@example.com", fresh::code(10).to_lowercase());
    let (_, access) = found(deps, &email, "デモ主催者").await?;
    let form = EventForm {
        title: "デモイベント".to_owned(),
        place_name: "オンライン".to_owned(),
        ..at_night_in(deps, 30)?
    };
    let event = save::create(deps, &access, &form).await?;
    let kind = TicketTypeForm {
        quota: quota.map(|it| it.to_string()).unwrap_or_default(),
        ..ticket_type("一般", "", price)
    };
    let ticket_type = ticket_types::add(deps, &access, event, &kind).await?;
    publish::publish(deps, &access, event).await?;
    let key = create_api_key(deps, &access, "demo", Scope::ALL, KeyLife::Endless).await?;
    let login_url = create_login_link(deps, &email, Lang::Ja).await?;
    let mut conn = deps.db.acquire().await?;
    let slug = store::events::get(&mut conn, event).await?.slug;
    let organizer = access.organizer_for(Permission::ViewEvents)?;
    Ok(DemoEvent { organizer, event, slug, ticket_type, api_key: key.secret, login_url })
}

/// The party's link, if the demo was filled before.
///
/// # Errors
/// When the database fails.
pub async fn find_party(deps: &Deps) -> anyhow::Result<Option<String>> {
    let mut conn = deps.db.acquire().await?;
    let found = store::events::find_by_slug(&mut conn, &Slug::parse(SLUG)?).await?;
    Ok(found.map(|it| it.slug))
}

/// A new link that signs the party's organizer in.
///
/// # Errors
/// When the database fails.
pub async fn login_link(deps: &Deps) -> anyhow::Result<String> {
    Ok(create_login_link(deps, EMAIL, Lang::Ja).await?)
}

/// Makes the party with its ticket types and puts it on sale.
///
/// # Errors
/// When anything of it fails.
pub async fn make_party(deps: &Deps) -> anyhow::Result<EventId> {
    let (_, access) = found(deps, EMAIL, "開発部 忘年会 幹事").await?;
    let form = EventForm {
        title: "開発部 忘年会 2026".to_owned(),
        description: DESCRIPTION.to_owned(),
        place_name: "炭火居酒屋 いろり 渋谷店".to_owned(),
        place_address: "東京都渋谷区道玄坂 1-2-3 2階".to_owned(),
        capacity: "40".to_owned(),
        visibility: "public".to_owned(),
        slug: SLUG.to_owned(),
        ..at_night_in(deps, 27)?
    };
    let event = save::create(deps, &access, &form).await?;
    for kind in [
        TicketTypeForm {
            quota: "30".to_owned(),
            ..ticket_type("一般", "コース料理・飲み放題つき", 5500)
        },
        TicketTypeForm {
            quota: "8".to_owned(),
            ..ticket_type("若手・学生", "入社3年目まで", 3500)
        },
        TicketTypeForm { quota: "5".to_owned(), ..ticket_type("ゲスト", "ご招待", 0) },
    ] {
        ticket_types::add(deps, &access, event, &kind).await?;
    }
    take_preset(deps, &access, event, Preset::DayBefore).await?;
    publish::publish(deps, &access, event).await?;
    Ok(event)
}

/// Places the party's orders; what is to happen at the provider comes back, everything else is done.
///
/// # Errors
/// When anything of it fails.
pub async fn order_party(deps: &Deps, event: EventId) -> anyhow::Result<Vec<DemoOrder>> {
    let access = party_access(deps, event).await?;
    let kinds = ticket_types::list(deps, &access, event).await?;
    let [standard, junior, guest] = kinds.as_slice() else {
        anyhow::bail!("the party has other ticket types than it was made with");
    };
    let wishes = [
        ("佐藤 花子", "hanako.sato", standard.id, 1, Some(Act::PayByCard)),
        ("鈴木 一郎", "ichiro.suzuki", standard.id, 2, Some(Act::PayByCard)),
        ("高橋 美咲", "misaki.takahashi", junior.id, 1, Some(Act::PayByPayPay)),
        ("田中 健", "ken.tanaka", standard.id, 1, Some(Act::PayAtShop)),
        ("伊藤 さくら", "sakura.ito", standard.id, 1, Some(Act::TakeCode)),
        ("渡辺 大輔", "daisuke.watanabe", junior.id, 2, Some(Act::TakeCode)),
        ("山本 結衣", "yui.yamamoto", standard.id, 1, Some(Act::Fail)),
        ("中村 翔", "sho.nakamura", standard.id, 1, None),
        ("小林 部長", "kobayashi", guest.id, 1, None),
    ];
    let mut orders = Vec::new();
    for (name, mailbox, kind, quantity, act) in wishes {
        let placed = place(deps, event, (name, mailbox), (kind, quantity)).await?;
        let mut conn = deps.db.acquire().await?;
        let attempt = payments::list_for_order(&mut conn, placed.order).await?.pop();
        let session_id = attempt.and_then(|it| it.provider_session_id);
        if let (Some(act), Some(session_id)) = (act, session_id) {
            orders.push(DemoOrder { order: placed.order, session_id, act });
        }
    }
    let leaver = place(deps, event, ("加藤 直樹", "naoki.kato"), (standard.id, 1)).await?;
    cancel_by_buyer(deps, &access::placed_by(leaver.order)).await?;
    // An order of yesterday: its hold ended long ago, and the next sweep finds it.
    let then = Clock::standing_at(deps.clock.now() - Duration::DAY);
    let yesterday = Deps { clock: then, ..deps.clone() };
    place(&yesterday, event, ("吉田 恵", "megumi.yoshida"), (standard.id, 1)).await?;
    Ok(orders)
}

/// Gives half of a paid order back, once its money is in; says whether it was.
///
/// # Errors
/// When the refund is refused.
pub async fn refund_half(deps: &Deps, event: EventId, order: OrderId) -> anyhow::Result<bool> {
    let access = party_access(deps, event).await?;
    let mut conn = deps.db.acquire().await?;
    let payments = payments::list_for_order(&mut conn, order).await?;
    drop(conn);
    let Some(paid) = payments.into_iter().find(|it| it.status == PaymentStatus::Captured) else {
        return Ok(false);
    };
    let half = paid.captured.allocate(&[1, 1])?;
    let amount = half.into_iter().next().unwrap_or(paid.captured);
    let command = RequestRefund {
        payment: paid.id,
        amount,
        reason: "1名欠席のため".to_owned(),
        cancels_order: false,
        idempotency_key: Some("demo".to_owned()),
    };
    request_refund(deps, &access, command).await?;
    Ok(true)
}

async fn place(
    deps: &Deps,
    event: EventId,
    (name, mailbox): (&str, &str),
    (ticket_type, quantity): (TicketTypeId, u32),
) -> anyhow::Result<PlacedOrder> {
    let wish = PlaceOrder {
        event: EventRef::Id(event),
        buyer_name: name.to_owned(),
        buyer_email: format!("{mailbox}@example.com"),
        lang: Lang::Ja,
        selections: vec![Selection { ticket_type, quantity }],
        attendee_names: Vec::new(),
        methods: Vec::new(),
        source: OrderSource::Web(Whereabouts::default()),
        idempotency_key: None,
    };
    Ok(place_order(deps, wish).await?)
}

/// The user of `email` with an organizer.
async fn found(deps: &Deps, email: &str, name: &str) -> anyhow::Result<(UserId, OrganizerAccess)> {
    let address = EmailAddress::parse(email)?;
    let form = ProfileForm {
        kind: "group",
        display_name: name,
        contact_email: email,
        registration_number: "",
    };
    let profile = Profile::parse(form).map_err(|problems| {
        anyhow::anyhow!("the demo organizer has {} problems", problems.len())
    })?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let (user, _) = enter(&mut tx, &deps.settings, &address, Lang::Ja.code(), now).await?;
    let there = store::organizers::list_for_user(&mut tx, user).await?.into_iter().next();
    let organizer = match there {
        Some(organizer) => organizer.organizer,
        None => profile::create(&mut tx, user, profile, now).await?,
    };
    tx.commit().await?;
    Ok((user, access::member_access(deps, user, organizer).await?))
}

async fn party_access(deps: &Deps, event: EventId) -> anyhow::Result<OrganizerAccess> {
    let (_, access) = found(deps, EMAIL, "開発部 忘年会 幹事").await?;
    let mut conn = deps.db.acquire().await?;
    store::events::get_for_organizer(
        &mut conn,
        access.organizer_for(Permission::ViewEvents)?,
        event,
    )
    .await?;
    Ok(access)
}

/// A form for an evening in `days` days.
fn at_night_in(deps: &Deps, days: i64) -> anyhow::Result<EventForm> {
    let day = time_zone::local(deps.clock.now() + Duration::days(days), JAPAN)?;
    let date = format!("{:04}-{:02}-{:02}", day.year, day.month, day.day);
    Ok(EventForm {
        starts_at: format!("{date}T19:00"),
        ends_at: format!("{date}T21:30"),
        time_zone: JAPAN.to_owned(),
        ..EventForm::default()
    })
}

fn ticket_type(name: &str, description: &str, price: i64) -> TicketTypeForm {
    TicketTypeForm {
        name: name.to_owned(),
        description: description.to_owned(),
        price: price.to_string(),
        tax_rate: String::new(),
        quota: String::new(),
        sales_start_at: String::new(),
        sales_end_at: String::new(),
        per_order_min: String::new(),
        per_order_max: String::new(),
    }
}
