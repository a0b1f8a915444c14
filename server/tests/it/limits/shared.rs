//! Limits that all nodes share, and what goes on while nobody can count.

use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use providers::{Counters, Secret};
use serde_json::json;
use server::limits::table::{RULES, Rule};
use server::limits::{RateLimits, Verdict, Visit};

use super::stores::Store;
use crate::harness::{Answer, Harness};

fn rule(name: &str) -> &'static Rule {
    RULES.iter().find(|it| it.name == name).expect("a rule")
}

fn node(url: &str) -> RateLimits {
    RateLimits::new(Some(Counters::new(&Secret::new(url)).expect("an address")), 100)
}

async fn come(node: &RateLimits, name: &str, who: &str) -> Verdict {
    node.count(&[Visit { rule: rule(name), who: who.to_owned() }]).await
}

#[tokio::test]
async fn nodes_count_together() {
    for (store, running) in Store::all().await {
        let (one, two) = (node(&running.url()), node(&running.url()));
        for n in 0..200 {
            let node = if n % 2 == 0 { &one } else { &two };
            assert_eq!(come(node, "sign_in", "a").await, Verdict::Go, "{store} {n}");
        }
        for node in [&one, &two] {
            let Verdict::Wait(wait) = come(node, "sign_in", "a").await else {
                panic!("{store}: not refused")
            };
            assert!(wait > Duration::from_secs(5) && wait <= Duration::from_secs(60), "{wait:?}");
        }
        assert_eq!(come(&two, "sign_in", "b").await, Verdict::Go, "{store}");
        // One step for several rules: the longest wait counts.
        let visits = ["sign_in", "forms_by_account"]
            .map(|name| Visit { rule: rule(name), who: "a".to_owned() });
        assert!(matches!(one.count(&visits).await, Verdict::Wait(_)), "{store}");
    }
}

#[tokio::test]
async fn a_crowd_at_once_gets_exactly_what_there_is() {
    for (store, running) in Store::all().await {
        let nodes: Vec<RateLimits> = (0..4).map(|_| node(&running.url())).collect();
        let visits = (0..400).map(|n| come(&nodes[n % 4], "checkout", "crowd"));
        let verdicts = futures::future::join_all(visits).await;
        let n_go = verdicts.iter().filter(|it| **it == Verdict::Go).count();
        let n_refused = verdicts.iter().filter(|it| matches!(it, Verdict::Wait(_))).count();
        assert_eq!((n_go, n_refused), (200, 200), "{store}");
    }
}

#[tokio::test]
async fn a_window_ends_by_itself() {
    for (store, running) in Store::all().await {
        let node = node(&running.url());
        let mut wait = None;
        for _ in 0..500 {
            if let Verdict::Wait(left) = come(&node, "api_subscriptions", "key").await {
                wait = Some(left);
                break;
            }
        }
        let wait = wait.expect("refused in the end");
        assert!(wait <= Duration::from_secs(1), "{store}: {wait:?}");
        tokio::time::sleep(wait + Duration::from_millis(20)).await;
        assert_eq!(come(&node, "api_subscriptions", "key").await, Verdict::Go, "{store}");
    }
}

async fn form(server: &Harness, path: &str) -> Answer {
    let request = Request::post(path)
        .header(header::ACCEPT, "text/html")
        .header(header::ACCEPT_LANGUAGE, "ja")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("email=a%40example.com"));
    server.send(request.expect("a request")).await
}

#[tokio::test]
async fn while_nobody_can_count_money_rests_and_reading_goes_on() {
    for (name, mut store) in Store::all().await {
        let url = store.url();
        let server = Harness::start_with(&[("REDIS_URL", &url)]).await;
        let seller = server.seller(5, 3000).await;
        let orders = format!("/api/v1/events/{}/orders", seller.event);
        let wish = json!({
            "buyer": { "name": "A", "email": "a@example.com" },
            "tickets": [{ "ticket_type": seller.ticket_type, "quantity": 1 }],
        });
        let placed = server.call(&seller, Method::POST, &orders, &wish).await;
        assert_eq!(placed.status, StatusCode::CREATED, "{name}: {}", placed.body);
        assert_eq!(server.get("/readyz").await.json()["counters"]["status"], "ok", "{name}");
        let is_real = store.stop().await;

        let refused = server.call(&seller, Method::POST, &orders, &wish).await;
        assert_eq!(
            (refused.status, refused.code().as_str(), refused.header("retry-after")),
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "5"),
            "{name}"
        );
        for path in ["/api/orders/place", "/api/payments/start", "/api/orders/cancel"] {
            let page = form(&server, path).await;
            assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{name} {path}");
            assert_eq!(page.header("retry-after"), "5", "{name} {path}");
            assert!(
                page.body.contains("お支払いも返金も行われていません"),
                "{path}: {}",
                page.body
            );
        }
        assert_eq!(server.app.look("select count(*) from orders").await, "1", "{name}");
        let read = server.call(&seller, Method::GET, &orders, &json!({})).await;
        assert_eq!(read.status, StatusCode::OK, "{name}");
        let event = server.get(&format!("/e/{}", seller.slug)).await;
        assert_eq!(event.status, StatusCode::OK, "{name}");
        // Who logs in is counted by each node alone.
        for _ in 0..60 {
            let answer = form(&server, "/api/account/request_login").await;
            assert!(!answer.status.is_server_error(), "{name}: {}", answer.status);
        }
        assert_eq!(server.get("/readyz").await.json()["counters"]["status"], "down", "{name}");

        store.start_again(is_real).await;
        let since = std::time::Instant::now();
        loop {
            let placed = server.call(&seller, Method::POST, &orders, &wish).await;
            if placed.status == StatusCode::CREATED {
                break;
            }
            assert!(since.elapsed() < Duration::from_secs(30), "{name}: {}", placed.body);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
