//! What is kept of participants: taken out, asked to be erased, and erased.

use domain::buyer_data::{
    RETENTION_DAYS_DEFAULT, RETENTION_DAYS_MAX, RETENTION_DAYS_MIN, StillNeeded,
};

use crate::lang::Lang;

crate::messages! {
    erased_name: "（消去済み）" | "(erased)";
    // The participant's page.
    own_title: "あなたの個人情報" | "Your personal data";
    own_text: "この申込みについて保存している内容を、ファイルで受け取れます。イベントが終わって返金なども残っていなければ、主催者に消去を求められます。" | "You can take out what is kept about this order as a file. Once the event is over and nothing is left to pay back, you can ask the organizer to erase it.";
    own_file: "保存している内容を受け取る（JSON）" | "Take out what is kept (JSON)";
    own_ask: "消去を求める" | "Ask to erase it";
    own_ask_text: "主催者に知らせます。消去されると元に戻せず、このページからチケットや返金の内容を確認できなくなります。" | "The organizer is told. What is erased cannot be brought back, and this page no longer shows tickets or refunds.";
    own_ask_confirm: "主催者に消去を求める" | "Ask the organizer to erase it";
    own_asked: "主催者に消去を求めました。お返事をお待ちください。" | "The organizer was asked to erase your data. Please wait for the answer.";
    own_refused: "主催者のお返事" | "The organizer’s answer";
    gone_title: "個人情報は消去されました" | "The personal data were erased";
    gone_text: "この申込みの、お名前・メールアドレスなどの個人情報は消去されています。金額や日付などの帳簿の記録は、法律で定められた期間、個人がわからない形で保存されます。" | "Name, address and everything else that says who placed this order were erased. Amounts and dates stay in the books for as long as the law asks, without saying whose they are.";
    gone_questions: "お問い合わせは主催者へ" | "Questions? Write to the organizer";
    // The organizer's pages.
    title: "個人情報" | "Personal data";
    text: "購入者から求められたときは、保存している内容を渡したり、消去したりできます。" | "Hand out what is kept, or erase it, when the buyer asks.";
    file: "この人の情報を書き出す（JSON）" | "Take out this person’s data (JSON)";
    open: "消去する…" | "Erase …";
    asked_title: "個人情報の消去を求められています" | "Asked to erase personal data";
    asked_text: "購入者が、この申込みの個人情報の消去を求めています。消去するか、できない理由をお返事ください。" | "The buyer asks you to erase the personal data of this order. Erase them, or answer why that cannot be.";
    asked_open: "お返事をする" | "Answer";
    erased_title: "個人情報は消去されました" | "The personal data were erased";
    erased_text: "お名前・連絡先・やり取りは残っていません。金額・日付・帳簿と、発行済みの返金明細は残ります。" | "No name, address or message is left. Amounts, dates, the books and credit notes that were issued stay.";
    page_title: "個人情報を消去する" | "Erase personal data";
    what_goes: "消えるもの" | "What goes";
    what_goes_text: "購入者と参加者の名前、メールアドレス、送ったメールの内容、支払い方法の詳細、キャンセルや返金のときに書かれた文章、チャージバックの証拠、決済会社からの通知の中身。検索でも見つからなくなります。" | "The names of buyer and guests, the mail address, the text of mails, details of payment methods, what was written about cancelling and refunds, evidence in disputes, and the content of the payment company’s messages. The search no longer finds them.";
    what_stays: "残るもの" | "What stays";
    what_stays_text: "金額、日付、チケットの枚数と番号、帳簿、発行済みの返金明細（宛名を含む）。帳簿と取引の書類は7年間（欠損のある年度は10年間）の保存が法律で定められています（法人税法施行規則59条、消費税法57条の4第6項など）。操作の記録には、お名前などを含まない行だけが残ります。" | "Amounts, dates, the number and codes of tickets, the books, and credit notes that were issued (with their addressee). The law wants books and documents kept for seven years, ten after a year with a loss (Corporation Tax Act, Regulation for Enforcement art. 59; Consumption Tax Act art. 57-4 (6)). The audit log keeps lines without names.";
    no_way_back: "消去すると元に戻せません。カードで支払われた場合、購入者の銀行から異議（チャージバック）が届くことがあり、そのときに示せる記録も残りません。" | "This cannot be undone. After a card payment the buyer’s bank may still raise a dispute, and nothing to answer it with would be left.";
    confirm: "個人情報を消去する" | "Erase the personal data";
    not_yet: "まだ消去できません" | "Not yet";
    refuse_title: "消去できないとき" | "If you cannot";
    refuse_text: "理由は購入者のページに表示されます。" | "The buyer reads the reason on the order’s page.";
    refuse_answer: "消去できない理由" | "Why not";
    refuse: "消去できないと返事する" | "Answer that you cannot";
    refused_now: "お返事を購入者のページに表示しました" | "The buyer reads your answer now";
    busy: "ほかの人が操作しています。少し待ってからお試しください。" | "Somebody else is working on this order. Please try again in a moment.";
    answer_missing: "理由を入力してください" | "Please give a reason";
    todo: "個人情報の消去を求められています" | "Asked to erase personal data";
    todo_text: "消去するか、できない理由をお返事ください" | "Erase them, or answer why not";
    // The organizer's setting.
    retention_title: "参加者の個人情報を残す期間" | "How long participants are kept";
    retention_text: "イベントが終わってこの日数がたつと、参加者の名前や連絡先などを自動で消去します。入金・返金・チャージバックなどが残っている申込みは、終わるまで待ちます。金額と帳簿は残ります。" | "This many days after an event, names, addresses and messages of its participants are erased by themselves. An order with an open payment, refund or dispute waits until it is over. Amounts and books stay.";
    retention_label: "イベント終了後に残す日数" | "Days after the event";
    retention_save: "期間を保存する" | "Save";
    retention_saved: "期間を保存しました" | "Saved";
    // The mail to the organizer.
    mail_heading: "個人情報の消去を求められています" | "Asked to erase personal data";
    mail_text: "消去するか、できない理由をお返事ください。返金やチャージバックなどが残っている申込みは、終わるまで消去できません。" | "Please erase the data, or answer why that cannot be. An order with an open refund or dispute cannot be erased before it is over.";
    mail_button: "お返事をする" | "Answer";
}

/// Who asks.
pub fn mail_subject(who: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{who}さんが個人情報の消去を求めています"),
        Lang::En => format!("{who} asks you to erase personal data"),
    }
}

/// Who asks for what.
pub fn mail_lead(who: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{who}さんが、申込みの個人情報の消去を求めています。"),
        Lang::En => format!("{who} asks you to erase the personal data of an order."),
    }
}

/// How many wishes wait.
pub fn todo_requests(n: usize, lang: Lang) -> String {
    match (n, lang) {
        (1, _) => todo(lang).to_owned(),
        (_, Lang::Ja) => format!("個人情報の消去を{n}件求められています"),
        (_, Lang::En) => format!("{n} people ask to erase personal data"),
    }
}

/// When they go by themselves.
pub fn goes_on(day: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{day} を過ぎると自動で消去されます"),
        Lang::En => format!("Erased by itself after {day}"),
    }
}

/// Since when they are gone.
pub fn gone_since(day: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("消去した日時: {day}"),
        Lang::En => format!("Erased: {day}"),
    }
}

/// Which days may be chosen.
pub fn retention_bounds(lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "変更しなければ{RETENTION_DAYS_DEFAULT}日。{RETENTION_DAYS_MIN}日から{RETENTION_DAYS_MAX}日まで。カードの異議申し立てと返金が終わるまでの時間を含みます。"
        ),
        Lang::En => format!(
            "{RETENTION_DAYS_DEFAULT} days unless you change it; from {RETENTION_DAYS_MIN} to {RETENTION_DAYS_MAX}, so that disputes and refunds can come to an end."
        ),
    }
}

/// Why somebody's data cannot go yet.
pub const fn still_needed(why: StillNeeded, lang: Lang) -> &'static str {
    let (ja, en) = match why {
        StillNeeded::Unpaid => (
            "支払いを待っている申込みです。先にキャンセルしてください。",
            "The order waits for payment. Cancel it first.",
        ),
        StillNeeded::Coming => (
            "これから使うチケットがあります。イベントが終わるか、キャンセルしてからにしてください。",
            "There are tickets for an event to come. Wait for its end, or cancel them first.",
        ),
        StillNeeded::Payment => {
            ("支払いの結果を待っています。", "The outcome of a payment is open.")
        }
        StillNeeded::Refund => ("返金が終わっていません。", "A refund is not over."),
        StillNeeded::Credit => {
            ("行き先の決まっていない入金があります。", "Money arrived that pays for nothing yet.")
        }
        StillNeeded::Dispute => ("チャージバックが終わっていません。", "A dispute is not over."),
        StillNeeded::Return => {
            ("キャンセルのお申し出にお返事していません。", "A wish to cancel is not answered.")
        }
        StillNeeded::Cancellation => {
            ("イベントの中止の手続きが終わっていません。", "The event is still being called off.")
        }
        StillNeeded::Alert => (
            "この申込みに、確認が必要なお知らせがあります。",
            "There is an open alert about this order.",
        ),
    };
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

/// What happened, for the activity list and the audit log, in both languages.
pub(crate) fn happening(topic: &str, who: &str) -> Option<(String, String)> {
    Some(match topic {
        "order.erasure_requested" => (
            format!("{who}が個人情報の消去を求めました"),
            format!("{who} asked to erase personal data"),
        ),
        "order.erasure_refused" => (
            "個人情報の消去の求めにお返事しました".to_owned(),
            "A wish to erase personal data was answered".to_owned(),
        ),
        "order.data_erased" => (
            "申込みの個人情報を消去しました".to_owned(),
            "The personal data of an order were erased".to_owned(),
        ),
        "order.data_exported" => (
            "申込みの個人情報を書き出しました".to_owned(),
            "The personal data of an order were taken out".to_owned(),
        ),
        _ => return None,
    })
}

/// A name, or that it was erased.
pub fn name(name: &str, lang: Lang) -> String {
    if name.is_empty() { erased_name(lang).to_owned() } else { name.to_owned() }
}
