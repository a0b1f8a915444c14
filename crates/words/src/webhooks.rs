//! Outgoing webhooks in plain words: the receivers of an organizer and the log of their deliveries.

use domain::webhook_endpoint::{AttemptOutcome, DeliveryStatus, TEST_TOPIC, WebhookTopic};

use crate::lang::Lang;
use crate::status::{StatusWord, Tone};

crate::messages! {
    title: "Webhook" | "Webhooks";
    settings_text: "支払いや返金などの動きを、あなたのサーバーへ自動で知らせます。" | "Tell your own server about payments, refunds and more as they happen.";
    open: "Webhookを管理する" | "Manage webhooks";
    lead: "選んだ動きがあるたびに、署名つきのお知らせ（Standard Webhooks・CloudEvents）を送ります。届かないときは3日間、間隔をあけて再送します。" | "Each time something you chose happens, a signed message (Standard Webhooks, CloudEvents) is sent. If it does not arrive, it is tried again for three days.";
    none_title: "送り先はまだありません" | "No receivers yet";
    none_text: "下のフォームで登録すると、すぐにテスト送信できます。" | "Register one below; you can send a test right away.";
    add: "送り先を登録する" | "Register a receiver";
    url: "送り先のURL" | "Address";
    url_hint: "https:// で始まる、インターネットから届くURL" | "Begins with https:// and can be reached from the internet";
    description: "メモ" | "Note";
    topics: "知らせてほしいこと" | "What to send";
    register: "登録する" | "Register";
    url_malformed: "https://example.com/webhooks のような形で入力してください" | "Please enter an address such as https://example.com/webhooks";
    url_not_https: "https:// で始まるURLにしてください" | "Please use an address that begins with https://";
    url_credentials: "URLにユーザー名やパスワードを含めることはできません" | "The address must not hold a user name or password";
    url_private: "社内や自分のパソコンなど、インターネットから届かないURLは使えません" | "Addresses inside a private network cannot be used";
    no_topic: "知らせてほしいことを一つ以上選んでください" | "Please choose at least one";
    too_many: "送り先は20件までです。使わないものを削除してください" | "There are 20 receivers already. Please remove one first";
    is_off: "送信が止まっています。再開してからお試しください。" | "It is switched off. Please switch it on first.";
    secret_title: "署名キーです。いま控えてください" | "The signing secret. Copy it now";
    secret_text: "このキーは二度と表示されません。受け取る側で署名の確認に使います。" | "It is not shown again. Your receiver checks signatures with it.";
    removed_now: "送り先を削除しました。" | "The receiver was removed.";
    tested_now: "テストを送りました。数秒で下の記録に結果が出ます。" | "A test is on its way. The log below shows the result in a few seconds.";
    resent_now: "もう一度送ります。数秒で結果が出ます。" | "It is being sent again. The result shows in a few seconds.";
    enabled_now: "送信を再開しました。" | "It is switched on again.";
    disabled_now: "送信を止めました。" | "It is switched off.";
    status_on: "送信中" | "On";
    status_failing: "失敗が続いています" | "Failing";
    status_off: "停止中" | "Off";
    off_by_hand: "手動で止めました。" | "It was switched off by hand.";
    off_failing: "5日間一度も届かなかったため、自動で止めました。受け取る側を直してから再開してください。" | "Nothing arrived for five days, so it was switched off. Please mend the receiver, then switch it on again.";
    off_account: "登録した人のアカウントが停止されたため、止めました。" | "The account that registered it was disabled, so it was switched off.";
    off_gone: "受け取る側が「もうありません」（410）と答えたため、止めました。" | "The receiver answered that it is gone (410), so it was switched off.";
    old_secret: "前の署名キーでも署名しています。期限" | "The previous secret signs too, until";
    send_test: "テストを送る" | "Send a test";
    rotate: "署名キーを新しくする" | "Renew the secret";
    rotate_text: "新しいキーを作ります。1日の間は前のキーでも署名するので、落ち着いて切り替えられます。" | "Makes a new secret. For a day the previous one signs too, so you can change over without haste.";
    switch_off: "送信を止める" | "Switch off";
    switch_on: "送信を再開する" | "Switch on";
    remove: "削除する" | "Remove";
    more: "署名キー・停止・削除" | "Secret, switching off, removal";
    log: "送信の記録" | "Deliveries";
    log_none: "まだ何も送っていません。テストを送ってみてください。" | "Nothing was sent yet. Try a test.";
    log_kept: "記録は30日間残ります。" | "Deliveries are kept for 30 days.";
    resend: "もう一度送る" | "Send again";
    answer: "返ってきた内容" | "Answer";
    attempts: "送信の試み" | "Attempts";
    next_at: "次の送信" | "Next attempt";
    older: "前の記録" | "Older";
    newest: "新しい記録" | "Newest";
    back: "Webhookの一覧へ" | "All webhooks";
    docs: "署名の確認方法" | "How to check signatures";

    mail_heading: "Webhookの送信を止めました" | "A webhook was switched off";
    mail_lead: "次の送り先に5日間一度も届かなかったか、受け取る側が「もうありません」と答えたため、お知らせの送信を自動で止めました。お支払いや申込みの受付には影響ありません。" | "Nothing reached the receiver below for five days, or it said that it is gone, so we stopped sending to it. Payments and orders are not affected.";
    mail_what: "受け取る側を直してから、設定画面で送信を再開してください。届かなかったお知らせは、記録からもう一度送れます。" | "Please mend the receiver, then switch it on again in the settings. What did not arrive can be sent again from the log.";
    mail_url: "送り先" | "Receiver";
    mail_button: "設定を開く" | "Open the settings";
    mail_because: "このメールは、EventPayの主催者の連絡先にお送りしています。" | "This mail goes to the contact address of an EventPay organizer.";
}

/// What a topic means, for people.
pub fn topic(topic: &str, lang: Lang) -> &'static str {
    if topic == TEST_TOPIC {
        return match lang {
            Lang::Ja => "テスト",
            Lang::En => "Test",
        };
    }
    WebhookTopic::parse(topic).map_or("", |topic| topic_word(topic, lang))
}

/// What a receiver may choose.
pub const fn topic_word(topic: WebhookTopic, lang: Lang) -> &'static str {
    let (ja, en) = match topic {
        WebhookTopic::OrderPlaced => ("申込みがあった", "An order was placed"),
        WebhookTopic::OrderAwaitingPayment => {
            ("申込みが入金待ちになった", "An order awaits payment")
        }
        WebhookTopic::OrderPaid => ("申込みの支払いが済んだ", "An order was paid"),
        WebhookTopic::OrderCancelled => ("申込みがキャンセルされた", "An order was cancelled"),
        WebhookTopic::OrderExpired => ("申込みが期限切れになった", "An order expired"),
        WebhookTopic::OrderDataErased => {
            ("申込みの個人情報が消去された", "The personal data of an order were erased")
        }
        WebhookTopic::PaymentAuthorized => ("支払いの番号が発行された", "A payment was authorized"),
        WebhookTopic::PaymentCaptured => ("入金があった", "Money arrived"),
        WebhookTopic::PaymentFailed => ("支払いに失敗した", "A payment failed"),
        WebhookTopic::PaymentExpired => ("支払いの期限が切れた", "A payment expired"),
        WebhookTopic::PaymentCancelled => ("支払いが中断された", "A payment was cancelled"),
        WebhookTopic::RefundRequested => ("返金が始まった", "A refund began"),
        WebhookTopic::RefundSucceeded => ("返金が済んだ", "A refund was made"),
        WebhookTopic::RefundFailed => ("返金に失敗した", "A refund failed"),
        WebhookTopic::DisputeOpened => ("チャージバックが届いた", "A chargeback arrived"),
        WebhookTopic::DisputeWon => ("チャージバックが取り消された", "A chargeback was won"),
        WebhookTopic::DisputeLost => ("チャージバックが確定した", "A chargeback was lost"),
        WebhookTopic::EventCreated => ("イベントが作られた", "An event was created"),
        WebhookTopic::EventChanged => ("イベントの内容が変わった", "An event was changed"),
        WebhookTopic::EventPublished => ("イベントが公開された", "An event was published"),
        WebhookTopic::EventClosed => ("受付が終了した", "Sales were closed"),
        WebhookTopic::EventCancelled => ("イベントが中止になった", "An event was called off"),
        WebhookTopic::EventReopened => ("受付が再開した", "Sales were reopened"),
    };
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

/// How far a delivery is.
pub const fn delivery(status: DeliveryStatus, lang: Lang) -> StatusWord {
    let (tone, sign, ja, en) = match status {
        DeliveryStatus::Pending => (Tone::Waiting, "…", "送信待ち", "Waiting"),
        DeliveryStatus::Delivered => (Tone::Good, "✓", "届きました", "Delivered"),
        DeliveryStatus::Failed => (Tone::Bad, "!", "届きませんでした", "Failed"),
    };
    let word = match lang {
        Lang::Ja => ja,
        Lang::En => en,
    };
    StatusWord { status: status.as_str(), tone, sign, word }
}

/// How one attempt ended.
pub const fn outcome(outcome: AttemptOutcome, lang: Lang) -> &'static str {
    let (ja, en) = match outcome {
        AttemptOutcome::Accepted => ("受け取りました", "Accepted"),
        AttemptOutcome::Refused => ("エラーが返りました", "Answered with an error"),
        AttemptOutcome::Redirected => {
            ("別のURLへ案内されました（転送は行いません）", "Pointed elsewhere (we follow nobody)")
        }
        AttemptOutcome::TimedOut => {
            ("10秒以内に返事がありませんでした", "No answer within 10 seconds")
        }
        AttemptOutcome::Unreachable => ("つながりませんでした", "Could not be reached"),
        AttemptOutcome::Unsigned => (
            "署名できなかったため送りませんでした。署名キーを新しくしてください",
            "Could not be signed, so it was not sent. Please renew the secret",
        ),
        AttemptOutcome::PrivateAddress => (
            "インターネットの外のアドレスなので送りませんでした",
            "Leads into a private network; not sent",
        ),
    };
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

/// Whether a receiver is sent to.
pub const fn receiver(is_off: bool, is_failing: bool, lang: Lang) -> StatusWord {
    if is_off {
        StatusWord { status: "off", tone: Tone::Quiet, sign: "–", word: status_off(lang) }
    } else if is_failing {
        StatusWord { status: "failing", tone: Tone::Bad, sign: "!", word: status_failing(lang) }
    } else {
        StatusWord { status: "on", tone: Tone::Good, sign: "✓", word: status_on(lang) }
    }
}

/// Why a receiver is off.
pub fn off_reason(reason: &str, lang: Lang) -> &'static str {
    match reason {
        "failing" => off_failing(lang),
        "gone" => off_gone(lang),
        "member_left" => crate::members::receiver_off(lang),
        "account_disabled" => off_account(lang),
        _ => off_by_hand(lang),
    }
}

/// `3回目`, `attempt 3`.
pub fn ordinal(n: i32, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{n}回目"),
        Lang::En => format!("attempt {n}"),
    }
}
