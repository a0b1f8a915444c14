//! What is said where an event asks its participants to confirm their mail address.

use crate::lang::Lang;
use crate::status::{StatusWord, Tone};

crate::messages! {
    // The participant
    status: "メールをご確認ください" | "Please look into your mailbox";
    next_open: "メールの「申込みを確認する」を開くと、お手続きの続きに進めます。" | "Open “Confirm my order” in the mail to go on.";
    next_wrong: "アドレスを間違えたときは、この申込みをキャンセルして、もう一度お申し込みください。" | "If the address is wrong, cancel this order and order again.";
    mail_again: "メールを送り直す" | "Send the mail again";
    mailed_again: "確認のメールをお送りします。5分ほどたっても届かないときは、もう一度お試しください" | "The mail is on its way. If it has not come after five minutes, try again";
    confirm_first: "先に、メールの「申込みを確認する」を開いてください" | "Please open “Confirm my order” in the mail first";
    page_title: "申込みの確認" | "Confirm your order";
    page_lead: "このメールアドレスでのお申込みは、ご本人によるものですか。確認すると、お支払いに進めます。" | "Did you order with this address? Confirm it to go on to payment.";
    page_lead_free: "このメールアドレスでのお申込みは、ご本人によるものですか。確認すると、お申込みが完了します。" | "Did you order with this address? Confirm it and you are registered.";
    page_done: "申込みページのリンクは、お送りしたほかのメールにあります。見つからないときは、もう一度お送りできます。" | "The link to your order is in our other mails. If you cannot find it, ask for it again.";
    page_over: "この申込みは、キャンセルまたは期限切れで終わっています。" | "This order was cancelled, or its time is over.";
    page_button: "はい、確認する" | "Yes, confirm";
    page_not_mine: "お心当たりがなければ、この画面を閉じてください。期限が過ぎると、申込みは自動で取り消されます。" | "If it was not you, just close this page. The order ends by itself.";
    over: "この申込みは終わったため、メールをお送りできませんでした" | "This order is over; there is nothing to confirm";

    expired: "メールでの確認がないまま期限を過ぎたため、申込みは取り消されました。お支払いは発生していません。" | "Nobody confirmed the order by mail in time, so it has ended. Nothing was charged.";

    // The mail
    mail_subject: "お申込みの確認をお願いします" | "please confirm your order";
    mail_heading: "お申込みの確認" | "Please confirm your order";
    mail_button: "申込みを確認する" | "Confirm my order";
    mail_note: "お心当たりがなければ、このメールは破棄してください。どなたかがアドレスを間違えて入力したもので、期限が過ぎると申込みは自動で取り消されます。何も請求されません。" | "If you did not order, please ignore this mail: somebody mistyped an address. The order ends by itself, and nothing is charged.";

    mail_because: "このメールは、EventPayでのお申込みに入力されたアドレスにお送りしています。" | "You receive this mail because somebody ordered on EventPay with this address.";

    // The organizer
    setting_title: "メールアドレスの確認" | "Confirmed mail addresses";
    setting_text: "オンにすると、申し込んだ方に確認のメールが届き、メールのリンクを開くまで、お支払いに進めません（無料のイベントでは申込みが成立しません）。席はその間も取り置かれます。APIからの申込みには届きません。" | "When on, whoever orders gets a mail and has to open its link before paying; free orders count only then. Places are kept meanwhile. Orders over the API are not asked.";
    setting_label: "申し込んだ方のメールアドレスを確認する" | "Ask buyers to confirm their address";
    setting_save: "この設定にする" | "Use this setting";
    setting_saved: "設定を変えました。これからの申込みに効きます" | "Saved. It counts for new orders";
    missing: "メール未確認" | "Address not confirmed";
    given: "メール確認済み" | "Address confirmed";
}

/// How an order stands while the mail is unread, for its organizer.
pub const fn status_word(lang: Lang) -> StatusWord {
    StatusWord { status: "unconfirmed", sign: "◷", word: missing(lang), tone: Tone::Waiting }
}

/// The participant's page while the mail is unread.
pub fn status_text(email: &str, until: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "{email} に確認のメールをお送りしました。{until}までにメールのリンクを開いてください。お席はそれまで取り置いています。"
        ),
        Lang::En => format!(
            "We sent a mail to {email}. Open its link by {until}; your places are kept until then."
        ),
    }
}

/// The first sentence of the mail.
pub fn mail_lead(until: &str, is_free: bool, lang: Lang) -> String {
    match (lang, is_free) {
        (Lang::Ja, false) => format!(
            "お申込みを受け付けました。{until}までに下のボタンから確認すると、お支払いに進めます。"
        ),
        (Lang::Ja, true) => format!(
            "お申込みを受け付けました。{until}までに下のボタンから確認すると、お申込みが完了します。"
        ),
        (Lang::En, false) => format!(
            "We have your order. Confirm it with the button below by {until} to go on to payment."
        ),
        (Lang::En, true) => format!(
            "We have your order. Confirm it with the button below by {until} and you are registered."
        ),
    }
}
