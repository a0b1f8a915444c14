//! The hosted page, by its forms, as a browser without scripts sends them.

use serde_json::json;

use crate::world::{VISA, World, id, json_of, location};

fn card(number: &str) -> [(&str, &str); 5] {
    [
        ("method", "credit_card"),
        ("number", number),
        ("expiry", "12/40"),
        ("cvc", "123"),
        ("name", "TARO"),
    ]
}

#[tokio::test]
async fn paying_by_card_captures_and_leads_back() {
    let world = World::open().await;
    let session = world.new_session("A-1").await;
    let page = world.get(&format!("/sessions/{}", id(&session))).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(
        page.contains("テスト環境")
            && page.contains("¥3,000")
            && page.contains("参加費 &lt;一般&gt;")
    );
    assert!(!page.contains("銀行振込"), "only the methods asked for are offered");

    let path = format!("/sessions/{}/pay", id(&session));
    let answer = world.submit(&path, &card("4111 1111 1111 1111")).await;
    assert_eq!(answer.status(), 303);
    let expected = format!("https://app.example/pay/return?attempt=1&session_id={}", id(&session));
    assert_eq!(location(&answer), expected);

    let session =
        json_of(world.get(&format!("/api/v1/sessions/{}", id(&session))).send().await.unwrap())
            .await;
    assert_eq!(session["status"], "completed");
    assert_eq!(session["payment"]["status"], "captured");
    assert_eq!(session["payment"]["payment_details"]["last_four_digits"], "1111");
    assert_eq!(world.webhooks(1).await[0].json()["data"]["id"], session["payment"]["id"]);

    let twice = world.submit(&path, &card(VISA)).await;
    assert_eq!(twice.status(), 200);
    assert!(twice.text().await.unwrap().contains("お手続きは完了しています"));
    assert_eq!(json_of(world.get("/api/v1/payments").send().await.unwrap()).await["total"], 1);
}

#[tokio::test]
async fn a_declined_card_can_be_followed_by_a_good_one() {
    let world = World::open().await;
    let session = world.new_session("A-1").await;
    let path = format!("/sessions/{}/pay", id(&session));
    let page = world.submit(&path, &card("4123111111111000")).await.text().await.unwrap();
    assert!(page.contains("カードの残高が足りませんでした。"));
    assert!(page.contains("4123 1111 1111 1000"), "what was typed is still there");
    let open =
        json_of(world.get(&format!("/api/v1/sessions/{}", id(&session))).send().await.unwrap())
            .await;
    assert_eq!((&open["status"], &open["payment"]), (&json!("pending"), &json!(null)));
    let failed = &world.webhooks(1).await[0].json();
    assert_eq!(
        (&failed["type"], &failed["reason"]),
        (&json!("payment.failed"), &json!("insufficient_funds"))
    );

    assert_eq!(world.submit(&path, &card(VISA)).await.status(), 303);
    let tried =
        json_of(world.get("/api/v1/payments?external_order_num=A-1").send().await.unwrap()).await;
    assert_eq!(tried["total"], 2);
    assert_eq!(tried["data"][0]["status"], "captured");
}

#[tokio::test]
async fn three_d_secure_asks_first() {
    let world = World::open().await;
    for (answer_given, status) in [("approve", "captured"), ("decline", "failed")] {
        let session = world.new_session(answer_given).await;
        let path = format!("/sessions/{}/pay", id(&session));
        let step = world.submit(&path, &card("4100000000000100")).await;
        let confirm = location(&step).to_owned();
        assert!(confirm.starts_with("/confirm/"));
        let page = world.get(&confirm).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("本人認証"));
        let wrong = world.submit(&confirm, &[("answer", "approve"), ("code", "000000")]).await;
        assert!(wrong.text().await.unwrap().contains("認証コードが違います"));

        let done = world.submit(&confirm, &[("answer", answer_given), ("code", "123456")]).await;
        let payment = world.payment(confirm.trim_start_matches("/confirm/")).await;
        assert_eq!(payment["status"], status);
        assert_eq!(done.status(), if status == "captured" { 303 } else { 200 });
    }
}

#[tokio::test]
async fn paypay_can_be_approved_or_declined_and_tried_again() {
    let world = World::open().await;
    let session = world.new_session("A-1").await;
    let path = format!("/sessions/{}/pay", id(&session));
    let declined = world.submit(&path, &[("method", "paypay")]).await;
    let page = world.submit(location(&declined), &[("answer", "decline")]).await;
    assert!(page.text().await.unwrap().contains("PayPay での支払いが拒否されました。"));
    let approved = world.submit(&path, &[("method", "paypay")]).await;
    let back = world.submit(location(&approved), &[("answer", "approve")]).await;
    assert!(location(&back).starts_with("https://app.example/"));
    assert_eq!(world.webhooks(2).await[1].kind, "payment.captured");
}

#[tokio::test]
async fn konbini_promises_first_and_pays_at_the_till() {
    let world = World::open().await;
    let session = world.new_session("A-1").await;
    let path = format!("/sessions/{}/pay", id(&session));
    let issued = world.submit(&path, &[("method", "konbini"), ("store", "seven-eleven")]).await;
    assert_eq!(issued.status(), 303);
    let session =
        json_of(world.get(&format!("/api/v1/sessions/{}", id(&session))).send().await.unwrap())
            .await;
    let payment = &session["payment"];
    assert_eq!(
        (&session["status"], &payment["status"]),
        (&json!("completed"), &json!("authorized"))
    );
    assert_eq!((&payment["payment_method_fee"], &payment["total"]), (&json!(190), &json!(3190)));
    assert!(payment["payment_deadline"].as_str().unwrap().ends_with("T14:59:59Z"));

    let url = payment["payment_details"]["instructions_url"].as_str().unwrap();
    let instructions = url.strip_prefix(&world.base).unwrap();
    let page = world.get(instructions).send().await.unwrap().text().await.unwrap();
    assert!(page.contains(payment["payment_details"]["confirmation_code"].as_str().unwrap()));
    assert!(page.contains("店頭で支払う"));
    world.submit(instructions, &[("action", "pay")]).await;
    world.submit(instructions, &[("action", "expire")]).await;
    assert_eq!(world.payment(id(payment)).await["status"], "captured");
    world.webhooks(2).await;
    assert_eq!(world.kinds(), ["payment.authorized", "payment.captured"]);
}

#[tokio::test]
async fn a_code_nobody_pays_expires() {
    let world = World::open().await;
    let session = world.new_session("A-1").await;
    let paid =
        json_of(world.pay(&session, json!({"method": "konbini", "store": "lawson"})).await).await;
    let payment = id(&paid["payment"]).to_owned();
    world.post(&format!("/sandbox/payments/{payment}/expire"), &json!({})).send().await.unwrap();
    assert_eq!(world.payment(&payment).await["status"], "expired");
    let late =
        world.post(&format!("/sandbox/payments/{payment}/pay_at_store"), &json!({})).send().await;
    assert_eq!(late.unwrap().status(), 422);
}

#[tokio::test]
async fn going_back_leaves_the_session_open() {
    let world = World::open().await;
    let session = world.new_session("A-1").await;
    let answer = world.submit(&format!("/sessions/{}/abort", id(&session)), &[]).await;
    assert!(location(&answer).ends_with(&format!("?attempt=1&session_id={}", id(&session))));
    let session =
        json_of(world.get(&format!("/api/v1/sessions/{}", id(&session))).send().await.unwrap())
            .await;
    assert_eq!((&session["status"], &session["payment"]), (&json!("pending"), &json!(null)));
}

#[tokio::test]
async fn an_expired_session_says_so_and_stays_pending() {
    let world = World::open().await;
    let english = json!({"default_locale": "en", "payment_types": []});
    let session = world.new_session_with("A-1", english).await;
    let path = format!("/sessions/{}", id(&session));
    let page = world.get(&path).send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("Pay ¥3,000") && page.contains("Bank transfer") && page.contains("Pay-easy")
    );
    let expire = format!("/sandbox/sessions/{}/expire", id(&session));
    let session = json_of(world.post(&expire, &json!({})).send().await.unwrap()).await;
    assert_eq!((&session["status"], &session["expired"]), (&json!("pending"), &json!(true)));
    let page = world.get(&path).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("This page has expired") && page.contains("Back to the shop"));
    assert_eq!(world.submit(&format!("{path}/pay"), &card(VISA)).await.status(), 200);
    assert_eq!(json_of(world.get("/api/v1/payments").send().await.unwrap()).await["total"], 0);
}

#[tokio::test]
async fn banks_and_machines_are_offered_too() {
    let world = World::open().await;
    for method in ["bank_transfer", "pay_easy"] {
        let session = world.new_session_with(method, json!({"payment_types": [method]})).await;
        let paid = json_of(world.pay(&session, json!({"method": method})).await).await;
        assert_eq!(paid["payment"]["status"], "authorized");
        let path = format!("/ja/instructions/{}", id(&paid["payment"]));
        let page = world.get(&path).send().await.unwrap();
        assert!(page.text().await.unwrap().contains("支払い期限"));
    }
}

#[tokio::test]
async fn the_control_room_acts_and_switches() {
    let world = World::open().await;
    let payment = world.captured("ROOM-1").await;
    let fields = [("duplicate", "2"), ("reorder", "true"), ("lang", "ja")];
    assert_eq!(world.submit("/sandbox/behaviour", &fields).await.status(), 303);
    let switches = json_of(world.get("/sandbox/behaviour").send().await.unwrap()).await;
    assert_eq!((&switches["duplicate"], &switches["reorder"]), (&json!(2), &json!(true)));
    world.submit("/sandbox/act", &[("action", "chargeback"), ("id", id(&payment))]).await;
    let page = world.get("/sandbox").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("ROOM-1") && page.contains("↩ 返金済み"));
}
