//! `eventpay demo`, and the demo of `eventpay serve --demo`: what happens at the sandbox, and what is shown.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use clap::Args;
use http::{Request, header};
use operations::Deps;
use operations::demo::{self, Act, DemoOrder};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::config::Config;
use crate::serve::open_for_command;

/// A card that the sandbox accepts, and one that it declines.
const GOOD_CARD: &str = "4111111111111111";
const BAD_CARD: &str = "4123111111111000";
/// How long the money of the demo may take to arrive, in looks and the time between two.
const LOOKS_MAX: u32 = 100;
const LOOKED_EVERY: Duration = Duration::from_millis(100);
/// Bytes of an answer of the sandbox.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// What `eventpay demo` is asked for.
#[derive(Debug, Args)]
pub struct Wish {
    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,
    /// Places; without it there is no limit.
    #[arg(long)]
    quota: Option<u32>,
    /// The price of a ticket in yen.
    #[arg(long, default_value_t = 3000)]
    price: i64,
}

/// Makes a fresh organizer with an event and prints how to use it.
///
/// # Errors
/// When the database cannot be reached or anything is refused.
pub async fn make(config: &Config, wish: &Wish) -> anyhow::Result<()> {
    let (deps, database) = open_for_command(config).await?;
    // Nothing to do beside a serving process; alone, this may be the first start.
    deps.db.migrate().await?;
    let made = demo::make_event(&deps, wish.quota, wish.price).await;
    database.close().await?;
    let made = made?;
    let mut out = std::io::stdout().lock();
    if wish.json {
        let line = json!({
            "organizer_id": made.organizer,
            "event_id": made.event,
            "event_slug": made.slug,
            "ticket_type_id": made.ticket_type,
            "api_key": made.api_key,
            "login_url": made.login_url,
        });
        writeln!(out, "{line}")?;
    } else {
        let url = &deps.settings.public_url;
        writeln!(out, "event:    {url}/e/{} ({})", made.slug, made.event)?;
        writeln!(out, "log in:   {}", made.login_url)?;
        writeln!(out, "api key:  {}", made.api_key)?;
    }
    Ok(())
}

/// Fills the demo the first time, and shows where to look.
///
/// # Errors
/// When anything of it is refused.
pub async fn show(
    deps: &Deps,
    sandbox: Option<Router>,
    sandbox_url: Option<&str>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let slug = match demo::find_party(deps).await? {
        Some(slug) => slug,
        None => {
            let event = demo::make_party(deps).await?;
            if let Some(sandbox) = sandbox {
                let orders = demo::order_party(deps, event).await?;
                for order in &orders {
                    act(&sandbox, order).await?;
                }
                if let Some(order) = orders.get(1) {
                    refund_when_paid(deps, event, order, &stop).await?;
                }
            }
            demo::find_party(deps).await?.context("the demo event is gone")?
        }
    };
    let login = demo::login_link(deps).await?;
    let url = &deps.settings.public_url;
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n  EventPay is running at {url}\n")?;
    writeln!(out, "    demo event       {url}/e/{slug}")?;
    writeln!(out, "    organizer login  {login}")?;
    writeln!(out, "    mails            {url}/dev/mail")?;
    if let Some(sandbox_url) = sandbox_url {
        writeln!(out, "    sandbox          {sandbox_url}/sandbox")?;
    }
    writeln!(out, "    API              {url}/api/docs\n\n  Ctrl-C stops everything.\n")?;
    out.flush()?;
    Ok(())
}

/// Does at the provider what the buyer of the story does.
async fn act(sandbox: &Router, order: &DemoOrder) -> anyhow::Result<()> {
    let card = |number: &str| json!({"method": "credit_card", "card": number});
    let konbini = || json!({"method": "konbini", "store": "seven-eleven"});
    let pay = format!("/sandbox/sessions/{}/pay", order.session_id);
    match order.act {
        Act::PayByCard => drop(call(sandbox, &pay, &card(GOOD_CARD)).await?),
        Act::Fail => {
            // The decline is the point: the sandbox tells it as an error.
            let _ = call(sandbox, &pay, &card(BAD_CARD)).await;
        }
        Act::PayByPayPay => drop(call(sandbox, &pay, &json!({"method": "paypay"})).await?),
        Act::TakeCode => drop(call(sandbox, &pay, &konbini()).await?),
        Act::PayAtShop => {
            let answer = call(sandbox, &pay, &konbini()).await?;
            let payment = answer.pointer("/payment/id").and_then(Value::as_str);
            let payment = payment.context("the sandbox gave no payment")?;
            let at_shop = format!("/sandbox/payments/{payment}/pay_at_store");
            call(sandbox, &at_shop, &json!({})).await?;
        }
    }
    Ok(())
}

async fn call(sandbox: &Router, path: &str, body: &Value) -> anyhow::Result<Value> {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))?;
    let Ok(response) = sandbox.clone().oneshot(request).await;
    let status = response.status();
    let answer = axum::body::to_bytes(response.into_body(), ANSWER_BYTES_MAX).await?;
    anyhow::ensure!(status.is_success(), "the sandbox answered {status} to {path}");
    Ok(serde_json::from_slice(&answer)?)
}

/// The refund can be asked for once webhook and worker have done their part.
async fn refund_when_paid(
    deps: &Deps,
    event: domain::ids::EventId,
    order: &DemoOrder,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    for _ in 0..LOOKS_MAX {
        if stop.is_cancelled() || demo::refund_half(deps, event, order.order).await? {
            return Ok(());
        }
        tokio::time::sleep(LOOKED_EVERY).await;
    }
    tracing::warn!("the demo's payments did not arrive; its refund is left out");
    Ok(())
}
