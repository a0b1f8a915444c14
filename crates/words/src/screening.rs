//! What is said about orders that look unusual: to the participant who waits, to the organizer who decides.

use domain::screening::{
    BLOCK_MIN, Decision, REVIEW_MAX, REVIEW_MIN, Reason, Sensitivity, SignalKind, ThresholdError,
};

use crate::lang::Lang;
use crate::status::{StatusWord, Tone};

crate::messages! {
    // The participant: nothing here says that or why an order looks unusual. Who did nothing wrong learns what comes next;
    // who did learns nothing to do better next time.
    status_review: "お支払いのご案内をお待ちください" | "Please wait for our mail";
    status_blocked: "お支払い方法を主催者におたずねください" | "Please ask the organizer how to pay";
    ask_organizer: "主催者にメールする" | "Write to the organizer";
    next_mail: "お支払いのご案内をメールでお送りします。" | "You get a mail with a link to pay.";
    next_ask: "ご案内が届かないときやお急ぎのときは、申込番号を添えて主催者にご連絡ください。" | "If no mail comes, or if it is urgent, write to the organizer and give your order’s number.";
    next_ask_now: "ご連絡の際は、申込番号をお伝えください。" | "Give your order’s number when you write.";

    // The mail
    mail_subject: "お支払いいただけるようになりました" | "you can pay now";
    mail_heading: "お待たせしました" | "Thank you for waiting";
    received_subject: "お申込みを受け付けました" | "we have your order";

    // The organizer's mail
    mail_decide_subject: "お支払い前の確認待ちの申込みがあります" | "an order waits for you to look at it";
    mail_decide_heading: "確認待ちの申込みがあります" | "An order to look at";
    mail_decide_button: "理由を見て決める" | "See why and decide";

    // The queue
    queue_title: "確認待ちの申込み" | "Orders to look at";
    queue_lead: "ふだんと違う点があったため、お支払いの前にお止めした申込みです。理由を読んで、通すかどうかを決めてください。まだ何も請求していません。" | "These looked unusual and were held back before payment. Read why, and decide. Nothing was charged.";
    queue_none_title: "確認待ちの申込みはありません" | "Nothing to look at";
    queue_none_text: "ふだんと違う申込みがあると、ここに理由つきで並びます。" | "Orders that look unusual appear here with the reasons.";
    reasons: "理由" | "Why";
    score: "注意度" | "Score";
    mail_address: "メールアドレス" | "Mail address";
    amount: "金額" | "Amount";
    kept_until: "お取り置きの期限" | "Places kept until";
    answer: "参加者へのひとこと（お断りするとき）" | "To the participant, if you deny it";
    answer_hint: "お断りのメールに添えられます。" | "It is put into the mail that says no.";
    approve: "通す" | "Let it through";
    deny: "断る" | "Deny it";
    approved_now: "申込みを通しました。お支払いのリンクをメールでお送りします。" | "The order was let through; its buyer gets a mail with a link to pay.";
    denied_now: "申込みをお断りしました。参加者にメールでお知らせします。" | "The order was denied; its buyer is told by mail.";
    decided_already: "この申込みは、すでに決まっています。" | "This order was decided about already.";
    over: "この申込みは終わったため、決められませんでした。" | "This order is over; there was nothing to decide.";
    again: "うまくいきませんでした。もう一度お試しください。" | "That did not work. Please try again.";
    todo_text: "お支払いの前に、ご確認ください" | "Held back before payment";
    happening: "申込みの内容を確認の対象にしました" | "An order was looked at";

    // Settings
    settings_title: "不正な申込みへの備え" | "Screening of orders";
    settings_lead: "カードなどのお支払いへ進む前に、申込みがふだんと違わないかを見ます。同じ場所からの申込みが続くだけで止まることはありません。" | "Before a buyer goes on to pay online, we look whether the order is unusual. A crowd behind one address is never a reason alone.";
    sensitivity: "見る厳しさ" | "How closely";
    review_at: "確認にまわす注意度" | "Look at orders from";
    block_above: "お止めする注意度" | "Block orders above";
    open: "設定をひらく" | "Open";
    save: "この設定にする" | "Save";
    saved: "設定を変えました。" | "Saved.";
    settings_link: "不正な申込みへの備えを変える" | "Change how orders are screened";
}

/// What a participant is told whose order waits.
pub fn status_review_text(until: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "お申込みを受け付け、お席を{until}までお取り置きしています。お支払いの方法は、あらためてメールでご案内します。まだ何も請求していません。"
        ),
        Lang::En => format!(
            "We have your order, and your places are kept until {until}. We write to you how to pay. Nothing was charged."
        ),
    }
}

/// What a participant is told whose order cannot be paid online.
pub fn status_blocked_text(until: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "このお申込みは、いまオンラインではお支払いいただけません。お席は{until}までお取り置きしています。まだ何も請求していません。"
        ),
        Lang::En => format!(
            "This order cannot be paid online at the moment. Your places are kept until {until}. Nothing was charged."
        ),
    }
}

/// What the mail of an order says that waits or cannot be paid online; it does not tell which.
pub fn mail_wait(until: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "お申込みありがとうございます。お席を{until}までお取り置きしています。お支払いいただけるようになりましたら、あらためてメールでご案内します。まだ何も請求していません。ご案内が届かないときやお急ぎのときは、申込番号を添えて主催者にご連絡ください。"
        ),
        Lang::En => format!(
            "Thank you for your order. Your places are kept until {until}. When you can pay, we write to you again. Nothing was charged. If no mail comes, or if it is urgent, please write to the organizer and give your order’s number."
        ),
    }
}

/// What the approval's mail says.
pub fn mail_lead(until: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "お申込みのお支払いをいただけるようになりました。{until}までお席をお取り置きしていますので、それまでにお支払いください。"
        ),
        Lang::En => format!(
            "You can pay for your order now. Your places are kept until {until}; please pay by then."
        ),
    }
}

/// What the organizer's mail says.
pub fn mail_decide_lead(who: &str, until: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "{who}さんの申込みにふだんと違う点があったため、お支払いの前にお止めしています。{until}までに、通すかどうかを決めてください。過ぎると、お席は空きに戻ります。ほかにも確認待ちの申込みがあれば、同じ画面に並んでいます。"
        ),
        Lang::En => format!(
            "{who}’s order looks unusual and was held back before payment. Please decide until {until}; after that its places are free again. Other orders that wait are on the same page."
        ),
    }
}

/// How many orders wait.
pub fn todo(n: i64, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("確認待ちの申込みが{n}件あります"),
        Lang::En if n == 1 => "1 order to look at".to_owned(),
        Lang::En => format!("{n} orders to look at"),
    }
}

/// Thousandths as people read them: 0.85.
pub fn decimal(thousandths: u16) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}

/// One reason in plain words, with what it adds.
pub fn reason(reason: &Reason, lang: Lang) -> String {
    let n = reason.measured;
    let (ja, en) = match reason.signal {
        SignalKind::Address => (
            format!("同じ場所（ネットワーク）から、10分ほどの間に{n}回の申込みがありました"),
            format!("{n} orders came from the same network within about ten minutes"),
        ),
        SignalKind::MailDomain => (
            format!("同じ組織のメールアドレスから、10分ほどの間に{n}回の申込みがありました"),
            format!(
                "{n} orders came from mail addresses of the same domain within about ten minutes"
            ),
        ),
        SignalKind::Attempts => (
            format!("この申込みのお支払いは{n}回目です"),
            format!("This is attempt {n} to pay this order"),
        ),
        SignalKind::Amount => {
            let times = format!("{}.{}", n / 100, n / 10 % 10);
            (
                format!("金額が、このイベントでふつうの申込みの{times}倍です"),
                format!("The amount is {times} times what orders of this event usually come to"),
            )
        }
        SignalKind::DisposableMail => (
            "使い捨てのメールアドレスです".to_owned(),
            "The mail address is of a throw-away service".to_owned(),
        ),
        SignalKind::Country => (
            "日本の外からの接続です".to_owned(),
            "The connection comes from outside of Japan".to_owned(),
        ),
    };
    let adds = decimal(reason.adds.get());
    match lang {
        Lang::Ja => format!("{ja}（+{adds}）"),
        Lang::En => format!("{en} (+{adds})"),
    }
}

/// What became of an order that was held back.
pub const fn decision(decision: Decision, lang: Lang) -> StatusWord {
    let (tone, sign, ja, en) = match decision {
        Decision::Passed => (Tone::Quiet, "–", "問題なし", "Passed"),
        Decision::Review => (Tone::Waiting, "◷", "確認待ち", "To look at"),
        Decision::Blocked => (Tone::Bad, "!", "お止めしました", "Blocked"),
        Decision::Approved => (Tone::Good, "✓", "通しました", "Let through"),
        Decision::Denied => (Tone::Quiet, "×", "お断りしました", "Denied"),
    };
    StatusWord { status: decision.as_str(), sign, word: pick(ja, en, lang), tone }
}

/// A choice of how closely orders are looked at.
pub const fn sensitivity_choice(sensitivity: Sensitivity, lang: Lang) -> &'static str {
    let (ja, en) = match sensitivity {
        Sensitivity::Off => ("見ない", "Off"),
        Sensitivity::Lenient => ("ゆるやか", "Lenient"),
        Sensitivity::Normal => ("ふつう", "Normal"),
        Sensitivity::Strict => ("厳しく", "Strict"),
    };
    pick(ja, en, lang)
}

/// Between which bounds a threshold lies.
pub fn bounds(is_review: bool, lang: Lang) -> String {
    let (from, to) = if is_review { (REVIEW_MIN, REVIEW_MAX) } else { (BLOCK_MIN, 1000) };
    let (from, to) = (decimal(from), decimal(to));
    match (is_review, lang) {
        (true, Lang::Ja) => {
            format!("{from}から{to}まで。これ以上の申込みを、お支払いの前にご確認いただきます。")
        }
        (true, Lang::En) => {
            format!("{from} to {to}. Orders from here on wait for you before they are paid.")
        }
        (false, Lang::Ja) => format!(
            "{from}から{to}まで。これを超える申込みはお止めします。{to}なら、お止めしません。"
        ),
        (false, Lang::En) => {
            format!("{from} to {to}. Orders above it are blocked; {to} blocks nobody.")
        }
    }
}

/// Why thresholds cannot be used.
pub const fn threshold(error: ThresholdError, lang: Lang) -> &'static str {
    let (ja, en) = match error {
        ThresholdError::Review => {
            ("0.3から0.9までの数にしてください。", "Choose a number from 0.3 to 0.9.")
        }
        ThresholdError::Block => {
            ("0.6から1.0までの数にしてください。", "Choose a number from 0.6 to 1.0.")
        }
        ThresholdError::Order => (
            "確認にまわす注意度より小さくはできません。",
            "It cannot be below where the review begins.",
        ),
    };
    pick(ja, en, lang)
}

const fn pick(ja: &'static str, en: &'static str, lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousandths_are_read_as_decimals() {
        for (thousandths, text) in
            [(0, "0.0"), (5, "0.005"), (300, "0.3"), (455, "0.455"), (850, "0.85"), (1000, "1.0")]
        {
            assert_eq!(decimal(thousandths), text);
        }
    }

    #[test]
    fn a_reason_says_what_was_measured_and_what_it_adds() {
        let of = |signal, measured| Reason { signal, measured, adds: 250.try_into().unwrap() };
        assert_eq!(
            reason(&of(SignalKind::Amount, 1234), Lang::Ja),
            "金額が、このイベントでふつうの申込みの12.3倍です（+0.25）"
        );
        for signal in SignalKind::ALL {
            assert!(reason(&of(*signal, 7), Lang::En).ends_with("(+0.25)"), "{signal}");
        }
    }
}
