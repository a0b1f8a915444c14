//! What participants read, from the event page to the ticket.

use domain::tax::TaxRate;

use crate::lang::Lang;

crate::messages! {
    when: "日時" | "When";
    place: "場所" | "Where";
    to_calendar: "カレンダーに追加" | "Add to calendar";
    map: "地図" | "Map";
    date_to_come: "日時は未定です" | "Date to be announced";
    place_to_come: "場所は未定です" | "Place to be announced";
    free_event: "無料" | "Free of charge";
    pay_after: "お申込みのあと、決済会社の画面でお支払い" | "You pay on the payment company’s page after ordering";
    no_payment_needed: "お支払いはありません" | "There is nothing to pay";
    about: "イベントについて" | "About the event";
    tickets: "参加する区分" | "Tickets";
    your_details: "お申込みの方" | "Your details";
    your_details_help: "会員登録はいりません。チケットと状況のページをメールでお送りします。" | "No account needed. We mail you your tickets and a page with their status.";
    name: "お名前" | "Name";
    name_placeholder: "例: 佐藤 健" | "e.g. Ken Sato";
    email: "メールアドレス" | "Email";
    attendees: "参加する方のお名前" | "Names of those who come";
    attendees_help: "空欄の分は、お申込みの方のお名前になります。" | "Where you leave it empty, your own name is used.";
    attendees_lines_help: "1行に1名ずつ、上の区分の順にご記入ください。空欄の分は、お申込みの方のお名前になります。" | "One name a line, in the order of the tickets above. Where you leave it empty, your own name is used.";
    total: "合計（税込）" | "Total, tax included";
    choose_first: "区分を選ぶと合計が出ます" | "Choose tickets to see the total";
    go_to_pay: "お支払いへ進む" | "Go to payment";
    register: "無料で申し込む" | "Register for free";
    order: "申し込む" | "Order";
    calculate: "合計を計算する" | "Calculate the total";
    fewer: "減らす" | "Fewer";
    more: "増やす" | "More";
    quantity: "枚数" | "Quantity";
    hold_note: "次の画面へ進むと、お支払いが済むまで30分間お席をお取り置きします。" | "Your places are kept for 30 minutes while you pay.";

    badge_open: "受付中" | "On sale";
    badge_not_yet: "受付前" | "Not on sale yet";
    badge_sold_out: "満席" | "Sold out";
    unpayable_title: "お支払いを一時的に停止しています" | "Payments are paused";
    unpayable_text: "このイベントのお支払い方法を一時的に停止しているため、新しいお申込みをお受けできません。しばらくしてからもう一度お試しください。" | "The ways to pay for this event are paused, so it takes no new orders. Please try again in a while.";
    offer_unpayable: "お支払いを一時停止中" | "Payment is paused";
    paused_title: "お申込みを一時的に停止しています" | "Orders are paused";
    paused_text: "ただいますべてのイベントの新しいお申込みを一時的に停止しています。しばらくしてからもう一度お試しください。お申込み済みの方には影響ありません。" | "New orders are paused for every event. Please try again in a while. Orders that exist are not affected.";
    badge_suspended: "受付停止中" | "On hold";
    suspended_title: "新しいお申込みを停止しています" | "New orders are on hold";
    suspended_text: "運営の確認のため、この主催者の新しいお申込みをお受けしていません。お申込み済みの方の予約・チケット・キャンセル・返金は、メールでお送りしたページからこれまでどおりご利用いただけます。" | "New orders for this organizer are not taken while we look into something. If you have ordered already, your tickets, cancelling and refunds go on as before, on the page we mailed you.";
    badge_closed: "受付終了" | "Sales closed";
    badge_over: "終了しました" | "Over";
    badge_draft: "下書き" | "Draft";
    offer_sold_out: "満席" | "Sold out";
    offer_ended: "受付終了" | "Sales ended";
    sold_out_title: "満席になりました" | "All places are taken";
    sold_out_text: "お支払い待ちのお席が空くことがあります。時間をおいて、もう一度ご覧ください。" | "Places that are held but not paid may become free. Please look again later.";
    closed_title: "受付は終了しました" | "Sales have closed";
    closed_text: "お申込み済みの方は、メールでお送りしたページからチケットをご覧いただけます。" | "If you have ordered already, your tickets are on the page we mailed you.";
    over_title: "このイベントは終了しました" | "This event is over";
    over_text: "ご参加ありがとうございました。お申込みの内容は、メールでお送りしたページでご覧いただけます。" | "Thank you for coming. Your order stays on the page we mailed you.";
    not_yet_text: "受付が始まったら、このページからお申し込みいただけます。" | "You can order on this page as soon as sales open.";
    draft_title: "プレビューです" | "This is a preview";
    draft_text: "まだ公開されていません。このページを見られるのは主催者だけです。" | "It is not published yet. Only its organizers can see this page.";
    draft_button: "編集に戻る" | "Back to editing";

    status_paid: "お支払いが完了しました" | "Your payment is complete";
    status_registered: "お申込みが完了しました" | "You are registered";
    status_awaiting_konbini: "コンビニでお支払いください" | "Please pay at the store";
    status_awaiting_transfer: "お振り込みをお待ちしています" | "We are waiting for your transfer";
    status_awaiting_pay_easy: "ペイジーでお支払いください" | "Please pay by Pay-easy";
    status_unpaid: "お支払いがまだ済んでいません" | "Your payment is not done yet";
    status_unpaid_text: "お席をお取り置きしています。時間内にお支払いを済ませてください。" | "Your places are kept for you. Please pay before the time is up.";
    status_checking: "お支払いを確認しています" | "We are checking your payment";
    status_checking_text: "決済会社に問い合わせています。二重に請求されることはありません。この画面は自動で切り替わりますので、そのままお待ちください。" | "We are asking the payment company. You will not be charged twice. This page updates by itself; please wait a moment.";
    status_declined: "お支払いが承認されませんでした" | "Your payment was not accepted";
    status_declined_text: "お金は引き落とされていません。お席はお取り置きしていますので、もう一度か、別の方法でお試しください。" | "You have not been charged. Your places are still kept: please try again or pay another way.";
    status_aborted: "お支払いが途中です" | "Your payment was not finished";
    status_aborted_text: "お金は引き落とされていません。お席はお取り置きしていますので、続きからお支払いいただけます。" | "You have not been charged. Your places are still kept, and you can go on with the payment.";
    status_expired: "お支払い期限が過ぎました" | "The time to pay has run out";
    status_expired_text: "お金は引き落とされていません。お取り置きを終了しましたので、空きがあればもう一度お申し込みください。" | "You have not been charged. We released your places; if some are left, you are welcome to order again.";
    status_cancelled: "キャンセルされました" | "This order is cancelled";
    status_cancelled_unpaid_text: "お支払いは発生していません。払込番号をお持ちの場合も、お支払いにならないでください。" | "You have not been charged. If you hold a payment number, please do not pay it any more.";
    status_cancelled_paid_text: "返金の状況は下に表示しています。" | "Any refund is shown below.";
    status_refunded_full: "全額を返金しました" | "Your payment was refunded in full";
    status_refunded_partial: "一部を返金しました" | "A part of your payment was refunded";

    pay_now: "お支払いへ進む" | "Go to payment";
    resume: "お支払いを再開する" | "Go on with the payment";
    try_again: "もう一度支払う" | "Try again";
    other_method: "別の方法で支払う" | "Pay another way";
    order_again: "もう一度申し込む" | "Order again";
    see_event: "イベントのページ" | "Event page";
    time_left: "お取り置きの残り時間" | "Your places are kept for";
    time_is_up: "お取り置きの時間が過ぎました" | "The time is up";
    checking_by_itself: "この画面は自動で更新されます" | "This page updates by itself";

    show_at_door: "受付でこの画面をお見せください（圏外でも開けます）" | "Show this screen at the door. It also opens without a connection.";
    order_details: "お申込みの内容" | "Your order";
    order_code: "申込番号" | "Order";
    buyer: "お申込みの方" | "Ordered by";
    method_label: "お支払い方法" | "Paid by";
    paid_at: "お支払い日時" | "Paid on";
    amount_paid: "お支払い額" | "Amount";
    amount_ordered: "お申込み金額" | "Order total";
    refunds: "返金" | "Refunds";
    instructions_link: "くわしいお支払い手順を見る" | "See detailed instructions";
    what_next: "このあとの流れ" | "What happens next";
    next_mail: "入金を確認しだい、チケットをこのページとメールでお届けします。" | "As soon as your payment arrives, your tickets appear here and in your mail.";
    next_deadline: "期限を過ぎると、お取り置きは自動で終了します。" | "After the deadline your places are released.";
    next_door: "当日は、受付でチケットのコードをお見せください。" | "On the day, show the code of your ticket at the door.";
    next_keep: "このページのリンクはご本人専用です。ほかの方に送らないでください。" | "The link to this page is yours alone. Please do not pass it on.";
    questions: "お問い合わせ先" | "Questions";

    cancel_order: "申込みをキャンセルする" | "Cancel this order";
    cancel_title: "申込みをキャンセルしますか" | "Cancel this order?";
    cancel_text: "お取り置きしているお席を手放します。お支払いは発生していないため、キャンセル料はかかりません。この操作は取り消せません。" | "You give back the places kept for you. Nothing was charged, so there is no fee. This cannot be undone.";
    cancel_konbini_text: "払込番号をお持ちの場合は、キャンセル後にお支払いにならないでください。" | "If you hold a payment number, please do not pay it after cancelling.";
    cancel_confirm: "キャンセルする" | "Yes, cancel it";
    cancel_keep: "キャンセルしない" | "Keep it";
    cancel_after_paid: "お支払い後のキャンセルは、主催者にご連絡ください。" | "To cancel after paying, please contact the organizer.";

    credit_twice_title: "お支払いが重なっています" | "You paid more than once";
    credit_over_title: "お支払いが多く届いています" | "More arrived than was due";
    credit_late_title: "期限のあとにお支払いが届きました" | "Your payment arrived too late";
    credit_going_back: "お手続きは必要ありません。お支払いの方法に応じてお返しします。" | "You need not do anything. It goes back the way it came.";
    credit_checked_title: "ご入金を確認しています" | "Your payment is being looked at";
    credit_checked: "主催者が口座のご入金を確認しています。お手続きは必要ありません。" | "The organizer is looking at the account. You need not do anything.";
    credit_is_back: "返金の手続きが済みました。" | "It has been returned.";
    refund_card_note: "カード会社の締め日により、明細への反映に時間がかかることがあります。" | "Depending on your card company, it may take a while to appear on your statement.";

    home_title: "会費もチケットも、リンクひとつで。" | "Event money without the awkwardness.";
    home_text: "イベントをつくってリンクを送るだけ。参加者は会員登録なしで支払い、主催者は入金をその場で確かめられます。" | "Create an event and send one link. Guests pay without an account, and you see every payment as it arrives.";
    home_start: "イベントをつくる" | "Create an event";
    home_promise_safe: "数え間違いも、取りこぼしもありません" | "Nothing lost, nothing counted twice";
    home_promise_safe_text: "1円ずつ帳簿につけ、決済会社の記録と突き合わせます。" | "Every yen is booked and compared with the payment company’s own records.";
    home_promise_kind: "言いにくいことは、こちらで" | "No awkward messages";
    home_promise_kind_text: "人数も入金も自動で数え、だれが未払いかすぐに分かります。" | "Heads and payments are counted for you, and you see at once who has not paid.";
    home_promise_card: "カード情報はお預かりしません" | "Card details never touch us";
    home_promise_card_text: "カード番号は決済会社の画面にだけ入力されます。" | "Card numbers are entered on the payment company’s page only.";
}

/// Who runs the event.
pub fn hosted_by(name: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("主催 {name}"),
        Lang::En => format!("Hosted by {name}"),
    }
}

/// How many places are left, on the badge.
pub fn places_left(n: u32, lang: Lang) -> String {
    let n = crate::money::grouped(&n.to_string());
    match lang {
        Lang::Ja => format!("のこり {n}席"),
        Lang::En => format!("{n} left"),
    }
}

/// From when an event or a ticket type can be ordered.
pub fn sales_open_at(when: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{when} 受付開始"),
        Lang::En => format!("Sales open {when}"),
    }
}

/// Until when a ticket type can be ordered.
pub fn sales_end_at(when: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{when} まで"),
        Lang::En => format!("Until {when}"),
    }
}

/// How many one order may hold.
pub fn per_order(min: u32, max: u32, lang: Lang) -> Option<String> {
    match (min > 1, lang) {
        (true, Lang::Ja) => Some(format!("{min}〜{max}枚で申込み")),
        (true, Lang::En) => Some(format!("{min} to {max} per order")),
        (false, _) => None,
    }
}

/// The tax inside a sum: `うち消費税 10% ¥500`.
pub fn tax_inside(rate: TaxRate, tax: &str, lang: Lang) -> String {
    let percent = rate.basis_points() / 100;
    match (percent, lang) {
        (0, Lang::Ja) => "消費税の対象外".to_owned(),
        (0, Lang::En) => "Not subject to consumption tax".to_owned(),
        (_, Lang::Ja) => format!("うち消費税 {percent}% {tax}"),
        (_, Lang::En) => format!("Including {percent}% tax {tax}"),
    }
}

/// Where the confirmation went.
pub fn mailed_to(email: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("確認メールを {email} に送りました"),
        Lang::En => format!("We sent a confirmation to {email}"),
    }
}

/// The line above a name field: `一般 1人目`.
pub fn attendee(ticket_type: &str, ordinal: u32, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{ticket_type} {ordinal}人目"),
        Lang::En => format!("{ticket_type}, person {ordinal}"),
    }
}

/// Until when cash is awaited.
pub fn pay_until(when: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{when} までにお支払いください"),
        Lang::En => format!("Please pay by {when}"),
    }
}

/// Until when places are kept: the countdown in words that stay true.
pub fn kept_until(when: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{when} まで"),
        Lang::En => format!("until {when}"),
    }
}

/// Whose ticket it is.
pub fn ticket_of(name: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{name} さん"),
        Lang::En => name.to_owned(),
    }
}

/// Which ticket of how many.
pub fn ticket_number(n: usize, of: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{of}枚中 {n}枚目"),
        Lang::En => format!("Ticket {n} of {of}"),
    }
}

/// What a screen reader says of the code.
pub fn code_of(code: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("チケット番号 {code} のQRコード"),
        Lang::En => format!("QR code of ticket {code}"),
    }
}

/// `一般 × 2`.
pub fn line(name: &str, quantity: i32) -> String {
    format!("{name} × {quantity}")
}

/// What became of money that the order does not claim.
pub fn credit_text(amount: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("お申込みに使われていない {amount} をお預かりしています。"),
        Lang::En => format!("We hold {amount} that your order does not need."),
    }
}

/// How much came back.
pub fn refunded_amount(back: &str, of: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("お支払い額 {of} のうち {back} を返金しました"),
        Lang::En => format!("{back} of {of} was returned to you"),
    }
}

/// Why the provider refused, where that helps the buyer; nothing that embarrasses.
pub fn decline_reason(code: &str, lang: Lang) -> Option<&'static str> {
    Some(match (code, lang) {
        ("insufficient_funds" | "over_limit" | "exceeds_limit", Lang::Ja) => {
            "カードのご利用可能額をご確認いただくか、別のカードをお試しください。"
        }
        ("insufficient_funds" | "over_limit" | "exceeds_limit", Lang::En) => {
            "Please check your card’s available limit, or use another card."
        }
        ("card_expired" | "expired_card", Lang::Ja) => {
            "カードの有効期限をご確認いただくか、別のカードをお試しください。"
        }
        ("card_expired" | "expired_card", Lang::En) => {
            "Please check your card’s expiry date, or use another card."
        }
        (
            "3ds_authentication_failed" | "authentication_failed" | "verification_failed",
            Lang::Ja,
        ) => "本人認証（3Dセキュア）が完了しませんでした。もう一度お試しください。",
        (
            "3ds_authentication_failed" | "authentication_failed" | "verification_failed",
            Lang::En,
        ) => "The identity check (3-D Secure) was not completed. Please try again.",
        ("invalid_cvc" | "incorrect_cvc" | "invalid_number" | "incorrect_number", Lang::Ja) => {
            "カード番号とセキュリティコードをご確認ください。"
        }
        ("invalid_cvc" | "incorrect_cvc" | "invalid_number" | "incorrect_number", Lang::En) => {
            "Please check the card number and the security code."
        }
        _ => return None,
    })
}

/// A card by its last digits: `Visa •••• 1111`.
pub fn card(brand: &str, last_four: &str) -> String {
    format!("{brand} •••• {last_four}")
}

/// The title of a status page in a browser's tab.
pub fn status_title(status: &str, event: &str) -> String {
    format!("{status} – {event}")
}
