//! What happened to an order or an event, and what does not add up, told to the organizer.

use crate::lang::Lang;
use crate::organizer::{polite, posting_word};

/// What happened, in one line of the activity list.
pub fn happening(topic: &str, who: &str, lang: Lang) -> String {
    let who = if who.is_empty() { String::new() } else { polite(who, lang) };
    if let Some((ja, en)) = crate::buyer_data::happening(topic, &who) {
        return match lang {
            Lang::Ja => ja,
            Lang::En => en,
        };
    }
    crate::cancelling::happening(topic, &who, lang).unwrap_or_else(|| told(topic, &who, lang))
}

fn told(topic: &str, who: &str, lang: Lang) -> String {
    let (ja, en) = match topic {
        "order.placed" | "order.created" => {
            (format!("{who}が申し込みました"), format!("{who} ordered"))
        }
        "order.awaiting_payment" | "payment.authorized" => {
            (format!("{who}の入金を待っています"), format!("{who} will pay at a store or bank"))
        }
        "order.paid" => (format!("{who}が支払いました"), format!("{who} paid")),
        "payment.captured" => {
            (format!("{who}の入金を確認しました"), format!("Money from {who} arrived"))
        }
        "statement_line.applied" => (
            format!("{who}の振込を明細から記録しました"),
            format!("A transfer of {who} was recorded from a statement"),
        ),
        "transfer.recorded" => (
            format!("{who}の振込を手で記録しました"),
            format!("A transfer of {who} was recorded by hand"),
        ),
        "payment.failed" => {
            (format!("{who}の支払いができませんでした"), format!("{who}’s payment failed"))
        }
        "payment.expired" => (
            format!("{who}の支払い画面の期限が切れました"),
            format!("{who}’s payment page expired"),
        ),
        "payment.cancelled" => {
            (format!("{who}が支払いを中断しました"), format!("{who} stopped paying"))
        }
        "payment.created" | "payment.started" | "payment.opened" => {
            (format!("{who}が支払いを始めました"), format!("{who} began to pay"))
        }
        "order.expired" => {
            (format!("{who}の申込みが期限切れになりました"), format!("{who}’s order expired"))
        }
        "order.cancelled" => {
            (format!("{who}の申込みがキャンセルされました"), format!("{who}’s order was cancelled"))
        }
        topic if topic.starts_with("refund.") || topic.starts_with("dispute.") => {
            money_back(topic, who)
        }
        "order.address_confirmed" => (
            format!("{who}がメールアドレスを確認しました"),
            format!("{who} confirmed the mail address"),
        ),
        "order.link_sent" => (
            format!("{who}に申込みページのリンクを送り直しました"),
            format!("The link was mailed to {who} again"),
        ),
        "order.link_renewed" => (
            format!("{who}の申込みページのリンクを新しくしました"),
            format!("The link of {who}’s order was made anew"),
        ),
        "fraud-detection" => (
            format!("{who}の申込みを、お支払いの前に確認しています"),
            format!("{who}’s order is looked at before it is paid"),
        ),
        "alerts.order_payment_inconsistency.v1" => crate::alerts::found(who),
        other => of_event(other),
    };
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

/// What happened to a whole event, in both languages.
fn of_event(topic: &str) -> (String, String) {
    match topic {
        "event.created" => ("イベントを作りました".to_owned(), "The event was created".to_owned()),
        "event.duplicated" => {
            ("イベントを複製しました".to_owned(), "The event was duplicated".to_owned())
        }
        "event.changed" => {
            ("イベントの内容を変えました".to_owned(), "The event was changed".to_owned())
        }
        "event.published" => {
            ("イベントを公開しました".to_owned(), "The event was published".to_owned())
        }
        "event.closed" => ("受付を終了しました".to_owned(), "Sales were closed".to_owned()),
        "event.cancelled" => {
            ("イベントを中止しました".to_owned(), "The event was cancelled".to_owned())
        }
        "event.cancellation_retried" => (
            "失敗した返金をもう一度始めました".to_owned(),
            "Failed refunds were tried again".to_owned(),
        ),
        "process.moved" => {
            ("中止の手続きが進みました".to_owned(), "The cancellation moved on".to_owned())
        }
        "event.reopened" => ("受付を再開しました".to_owned(), "Sales were reopened".to_owned()),
        "event.cover_set" | "event.cover_removed" => {
            ("カバー写真を変えました".to_owned(), "The cover picture was changed".to_owned())
        }
        "ticket_type.added" => ("区分を追加しました".to_owned(), "A ticket was added".to_owned()),
        "ticket_type.changed" | "ticket_type.moved" => {
            ("区分を変えました".to_owned(), "A ticket was changed".to_owned())
        }
        "ticket_type.archived" => {
            ("区分の販売をやめました".to_owned(), "A ticket is no longer sold".to_owned())
        }
        other => (other.to_owned(), other.to_owned()),
    }
}

/// The same for refunds and chargebacks.
fn money_back(topic: &str, who: &str) -> (String, String) {
    match topic {
        "refund.requested" => {
            (format!("{who}への返金を始めました"), format!("A refund to {who} began"))
        }
        "refund.succeeded" => (format!("{who}に返金しました"), format!("{who} was refunded")),
        "refund.failed" => {
            (format!("{who}への返金ができませんでした"), format!("A refund to {who} failed"))
        }
        "refund.needs_account" => (
            format!("{who}の返金先の口座が必要です"),
            format!("A refund to {who} needs a bank account"),
        ),
        "refund.account_asked" => (
            format!("{who}に返金先の口座を伺いました"),
            format!("{who} was asked for a bank account"),
        ),
        "refund.account_given" => {
            (format!("{who}が返金先の口座を登録しました"), format!("{who} named a bank account"))
        }
        "refund.postponed" => (
            format!("{who}への返金は、決済会社の残高を待っています"),
            format!("The refund to {who} waits for the provider’s balance"),
        ),
        "dispute.opened" => (
            format!("{who}のカード会社からチャージバックが届きました"),
            format!("{who}’s card company charged the payment back"),
        ),
        "dispute.evidence_added" => (
            format!("{who}のチャージバックに証拠を加えました"),
            format!("Evidence was added for {who}’s chargeback"),
        ),
        "dispute.under_review" => (
            format!("{who}のチャージバックに証拠を提出しました"),
            format!("Evidence for {who}’s chargeback was sent"),
        ),
        "dispute.won" => (
            format!("{who}のチャージバックが取り下げられました"),
            format!("{who}’s chargeback was won"),
        ),
        "dispute.lost" => {
            (format!("{who}のチャージバックが確定しました"), format!("{who}’s chargeback was lost"))
        }
        other => (other.to_owned(), other.to_owned()),
    }
}

/// What a ledger transaction booked.
pub fn posting(kind: &str, lang: Lang) -> String {
    let (ja, en) = match kind {
        "capture" => ("入金", "payment"),
        "capture_to_credit" => ("お預かり金への入金", "payment into credit"),
        "credit_applied" => ("お預かり金の充当", "credit applied"),
        "refund_requested" => ("返金の予定", "refund promised"),
        "refund_succeeded" => ("返金", "refund made"),
        "refund_released" => ("返金の取りやめ", "refund released"),
        "provider_refund" => ("決済会社での返金", "refund at the provider"),
        "refund_by_hand" => ("主催者による返金", "refund by hand"),
        "refund_returned" => ("返金の戻り", "refund came back"),
        "dispute" => ("チャージバック", "chargeback"),
        "dispute_won" => ("チャージバックの取り消し", "chargeback won"),
        "dispute_lost" => ("チャージバックの確定", "chargeback lost"),
        other => (other, other),
    };
    match lang {
        Lang::Ja => format!("{}: {ja}", posting_word(lang)),
        Lang::En => format!("{}: {en}", posting_word(lang)),
    }
}

/// The name of something that a provider tells about a way to pay.
pub fn method_detail(name: &str, lang: Lang) -> String {
    let (ja, en) = match name {
        "card_brand" => ("カード会社", "Card brand"),
        "card_last4" => ("カードの下4桁", "Last four digits"),
        "store" => ("コンビニ", "Store"),
        "confirmation_code" => ("確認番号", "Confirmation code"),
        "receipt" => ("受付番号", "Receipt number"),
        "instructions_url" => ("支払い手順", "Instructions"),
        "transfer_number" => ("振込の番号", "Transfer number"),
        "payer_name" => ("振込依頼人", "Payer"),
        "bank_name" => ("銀行", "Bank"),
        "bank_branch" => ("支店", "Branch"),
        "bank_account_type" => ("口座の種類", "Account type"),
        "bank_account_number" => ("口座番号", "Account number"),
        "bank_account_name" => ("口座名義", "Account name"),
        "pay_easy_bank_id" => ("収納機関番号", "Pay-easy institution"),
        "pay_easy_customer_id" => ("お客様番号", "Pay-easy customer number"),
        "pay_easy_confirmation_id" => ("ペイジー確認番号", "Pay-easy confirmation number"),
        other => return other.replace('_', " "),
    };
    match lang {
        Lang::Ja => ja.to_owned(),
        Lang::En => en.to_owned(),
    }
}

/// How many times something came: `3回届きました`.
pub fn deliveries(n: i32, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{n}回届きました"),
        Lang::En => format!("delivered {n} times"),
    }
}
