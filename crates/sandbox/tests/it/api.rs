//! The API: keys, bodies, errors, idempotency, refunds and lists.

use serde_json::json;

use crate::world::{VISA, World, id, json_of, order};

#[tokio::test]
async fn a_wrong_key_is_refused_in_the_providers_words() {
    let world = World::open().await;
    let url = format!("{}/api/v1/payment_methods", world.base);
    for request in [
        world.client.get(&url),
        world.client.get(&url).basic_auth("sk_test_other", Some("")),
        world.client.get(&url).basic_auth("sk_test_x", Some("password")),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert_eq!(json_of(answer).await["error"]["code"], "unauthorized");
    }
}

#[tokio::test]
async fn a_session_comes_back_as_the_protocol_says() {
    let world = World::open().await;
    let session = world.new_session("A-1").await;
    assert_eq!(id(&session).len(), 25);
    assert_eq!(session["session_url"], format!("{}/sessions/{}", world.base, id(&session)));
    assert_eq!(session["status"], "pending");
    assert_eq!(session["expired"], false);
    assert!(session["payment"].is_null());
    assert!(session["created_at"].as_str().unwrap().ends_with(".000+09:00"));
    let again = world.get(&format!("/api/v1/sessions/{}", id(&session))).send().await.unwrap();
    assert_eq!(json_of(again).await, session);
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_named() {
    let world = World::open().await;
    for (change, code, param) in [
        (json!({"amount": null}), "missing_parameter", json!("amount")),
        (json!({"currency": null}), "missing_parameter", json!("currency")),
        (json!({"amount": 0}), "invalid_parameter", json!("amount")),
        (json!({"currency": "XXX"}), "invalid_currency", json!(null)),
        (json!({"payment_types": ["barter"]}), "invalid_payment_type", json!(null)),
        (json!({"expires_in_seconds": 86_401}), "invalid_parameter", json!("expires_in_seconds")),
        (json!({"return_url": "javascript:alert(1)"}), "invalid_parameter", json!("return_url")),
    ] {
        let mut body = order("A-1");
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = world.post("/api/v1/sessions", &body).send().await.unwrap();
        assert_eq!(answer.status(), 422, "{change}");
        let error = json_of(answer).await["error"].clone();
        assert_eq!((&error["code"], &error["param"]), (&json!(code), &param), "{change}");
        assert_eq!(error["details"], json!({}));
    }
}

#[tokio::test]
async fn forms_with_brackets_are_understood() {
    let world = World::open().await;
    let form = [
        ("amount", "3000"),
        ("currency", "JPY"),
        ("payment_types[]", "konbini"),
        ("payment_data[external_order_num]", "FORM-1"),
        ("line_items[0][description]", "会費"),
        ("line_items[0][amount]", "3000"),
    ];
    let url = format!("{}/api/v1/sessions", world.base);
    let request = world.client.post(url).basic_auth("sk_test_x", Some("")).form(&form);
    let session = json_of(request.send().await.unwrap()).await;
    assert_eq!(session["amount"], 3000);
    assert_eq!(session["payment_methods"], json!([{"type": "konbini"}]));
    assert_eq!(session["payment_data"]["external_order_num"], "FORM-1");
    assert_eq!(session["line_items"][0]["description"], "会費");
}

#[tokio::test]
async fn a_reference_is_used_once() {
    let world = World::open().await;
    world.new_session("A-1").await;
    let answer = world.post("/api/v1/sessions", &order("A-1")).send().await.unwrap();
    assert_eq!(answer.status(), 422);
    assert_eq!(json_of(answer).await["error"]["param"], "external_order_num");
}

#[tokio::test]
async fn the_same_key_and_body_get_the_same_bytes() {
    let world = World::open().await;
    let send = |body| world.post("/api/v1/sessions", &body).header("X-KOMOJU-IDEMPOTENCY", "key-1");
    let first = send(order("A-1")).send().await.unwrap().text().await.unwrap();
    let second = send(order("A-1")).send().await.unwrap().text().await.unwrap();
    assert_eq!(first, second);
    let other = send(order("A-2")).send().await.unwrap();
    assert_eq!(other.status(), 422);
}

#[tokio::test]
async fn a_refusal_is_repeated_too() {
    let world = World::open().await;
    let send = || {
        world
            .post("/api/v1/sessions", &json!({"currency": "JPY"}))
            .header("X-KOMOJU-IDEMPOTENCY", "k")
    };
    let first = send().send().await.unwrap();
    assert_eq!(first.status(), 422);
    let second = send().send().await.unwrap();
    assert_eq!(second.status(), 422);
    assert_eq!(first.text().await.unwrap(), second.text().await.unwrap());
}

#[tokio::test]
async fn a_key_in_flight_is_a_conflict_and_work_survives_a_hang_up() {
    let world = World::open().await;
    let behave = |delay| {
        let url = format!("{}/sandbox/behaviour", world.base);
        world.client.put(url).json(&json!({"api_delay_ms": delay})).send()
    };
    behave(500).await.unwrap();
    let send = || {
        world.post("/api/v1/sessions", &order("A-1")).header("X-KOMOJU-IDEMPOTENCY", "key-1").send()
    };
    let hung_up = tokio::time::timeout(std::time::Duration::from_millis(150), send()).await;
    assert!(hung_up.is_err());
    assert_eq!(send().await.unwrap().status(), 409);
    let answer = loop {
        let answer = send().await.unwrap();
        if answer.status() != 409 {
            break answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn refunds_add_up_to_the_payment_and_no_further() {
    let world = World::open().await;
    let payment = world.captured("A-1").await;
    let refund = |amount: i64| {
        let path = format!("/api/v1/payments/{}/refund", id(&payment));
        world.post(&path, &json!({"amount": amount, "description": "cancelled"})).send()
    };
    let partly = json_of(refund(1000).await.unwrap()).await;
    assert_eq!((&partly["status"], &partly["amount_refunded"]), (&json!("captured"), &json!(1000)));
    let too_much = refund(2001).await.unwrap();
    assert_eq!(too_much.status(), 422);
    assert_eq!(json_of(too_much).await["error"]["param"], "amount");
    let wholly = json_of(refund(2000).await.unwrap()).await;
    assert_eq!(wholly["status"], "refunded");
    assert_eq!(wholly["refunds"].as_array().unwrap().last().unwrap()["amount"], 2000);
    let again = json_of(refund(1).await.unwrap()).await;
    assert_eq!(again["error"]["code"], "not_refundable");
    world.webhooks(4).await;
    let mut kinds = world.kinds();
    kinds.sort();
    assert_eq!(
        kinds,
        [
            "payment.captured",
            "payment.refund.created",
            "payment.refund.created",
            "payment.refunded"
        ]
    );
}

#[tokio::test]
async fn konbini_money_goes_back_by_request_only() {
    let world = World::open().await;
    let session = world.new_session("A-1").await;
    let paid =
        json_of(world.pay(&session, json!({"method": "konbini", "store": "lawson"})).await).await;
    let payment = id(&paid["payment"]).to_owned();
    world
        .post(&format!("/sandbox/payments/{payment}/pay_at_store"), &json!({}))
        .send()
        .await
        .unwrap();

    let refused =
        world.post(&format!("/api/v1/payments/{payment}/refund"), &json!({})).send().await.unwrap();
    assert_eq!(refused.status(), 422);
    assert_eq!(json_of(refused).await["error"]["code"], "not_refundable");

    let request = json!({
        "amount": 3000, "customer_name": "ﾔﾏﾀﾞ ﾀﾛｳ", "bank_name": "ﾃｽﾄ", "branch_number": "001",
        "account_type": "normal", "account_number": "1234567", "include_payment_method_fee": false,
    });
    let path = format!("/api/v1/payments/{payment}/refund_request");
    let asked = world.post(&path, &request).send().await.unwrap();
    assert_eq!((asked.status().as_u16(), asked.text().await.unwrap().as_str()), (200, ""));
    assert_eq!(world.payment(&payment).await["refund_requests"][0]["status"], "pending");
    let done = format!("/sandbox/payments/{payment}/complete_refund_request");
    world.post(&done, &json!({})).send().await.unwrap();
    let payment = world.payment(&payment).await;
    assert_eq!(payment["refund_requests"][0]["status"], "completed");
    assert_eq!(payment["amount_refunded"], 3000);
    world.webhooks(4).await;
    assert!(world.kinds().contains(&"refund_request.updated".to_owned()));
}

#[tokio::test]
async fn a_chargeback_is_a_refund_nobody_asked_for() {
    let world = World::open().await;
    let payment = world.captured("A-1").await;
    let path = format!("/sandbox/payments/{}/chargeback", id(&payment));
    world.post(&path, &json!({"amount": 500})).send().await.unwrap();
    let payment = world.payment(id(&payment)).await;
    assert_eq!(payment["refunds"][0]["chargeback"], true);
    assert_eq!(
        (&payment["status"], &payment["amount_refunded"]),
        (&json!("captured"), &json!(500))
    );
}

#[tokio::test]
async fn only_open_things_can_be_cancelled_and_only_manual_ones_captured() {
    let world = World::open().await;
    let payment = world.captured("A-1").await;
    for (action, code) in [("cancel", "not_cancellable"), ("capture", "not_capturable")] {
        let path = format!("/api/v1/payments/{}/{action}", id(&payment));
        let answer = world.post(&path, &json!({})).send().await.unwrap();
        assert_eq!(json_of(answer).await["error"]["code"], code);
    }
    let later = json!({"payment_data": {"external_order_num": "A-2", "capture": "manual"}});
    let session = world.new_session_with("A-2", later).await;
    let paid =
        json_of(world.pay(&session, json!({"method": "credit_card", "card": VISA})).await).await;
    assert_eq!(paid["payment"]["status"], "authorized");
    let path = format!("/api/v1/payments/{}/capture", id(&paid["payment"]));
    let captured = json_of(world.post(&path, &json!({})).send().await.unwrap()).await;
    assert_eq!(captured["status"], "captured");

    let session = world.new_session("A-3").await;
    let path = format!("/api/v1/sessions/{}/cancel", id(&session));
    assert_eq!(
        json_of(world.post(&path, &json!({})).send().await.unwrap()).await["status"],
        "cancelled"
    );
    assert_eq!(world.post(&path, &json!({})).send().await.unwrap().status(), 422);
    let refused = world.pay(&session, json!({"method": "credit_card", "card": VISA})).await;
    assert_eq!(refused.status(), 422);
}

#[tokio::test]
async fn payments_are_found_by_reference_and_lists_come_in_pages() {
    let world = World::open().await;
    for n in 0..5 {
        world.captured(&format!("A-{n}")).await;
    }
    let get = |path: &'static str| async { json_of(world.get(path).send().await.unwrap()).await };
    let found = get("/api/v1/payments?external_order_num=A-3").await;
    assert_eq!(
        (&found["total"], &found["data"][0]["external_order_num"]),
        (&json!(1), &json!("A-3"))
    );
    let page = get("/api/v1/payments?per_page=2&page=3&status=captured,refunded").await;
    assert_eq!(
        (&page["last_page"], &page["data"][0]["external_order_num"]),
        (&json!(3), &json!("A-0"))
    );
    assert_eq!(get("/api/v1/payments?status=failed").await["total"], 0);
    let events = get("/api/v1/events?start_time=2020-01-01T00:00:00Z&per_page=100").await;
    assert_eq!(events["total"], 5);
    assert_eq!(events["data"][0]["type"], "payment.captured");
    let event = format!("/api/v1/events/{}", id(&events["data"][0]));
    assert_eq!(json_of(world.get(&event).send().await.unwrap()).await, events["data"][0]);
}

#[tokio::test]
async fn a_scenario_fails_every_attempt() {
    let world = World::open().await;
    let request = world.post("/api/v1/sessions", &order("A-1"));
    let session =
        json_of(request.header("Komoju-Scenario", "insufficient_funds").send().await.unwrap())
            .await;
    for _ in 0..2 {
        let answer = world.pay(&session, json!({"method": "credit_card", "card": VISA})).await;
        assert_eq!(answer.status(), 502);
        assert_eq!(json_of(answer).await["error"]["code"], "insufficient_funds");
    }
}
