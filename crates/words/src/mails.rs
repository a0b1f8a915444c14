//! What mails say: short, what happened, what it means for the reader's money, what to do next.

use domain::payment::PaymentMethod;
use domain::refund::RefundStatus;

use crate::lang::Lang;

crate::messages! {
    login_subject: "EventPayへのログイン" | "Log in to EventPay";
    login_heading: "ログインのご案内" | "Your login link";
    login_lead: "下の「ログイン画面を開く」を押して、開いた画面でログインしてください。" | "Choose “Open the login page” below and log in on the page that opens.";
    login_button: "ログイン画面を開く" | "Open the login page";
    login_unknown: "お心当たりがなければ、このメールは捨ててください。どなたかがアドレスを入力しただけで、このリンクを開かない限り何も起きません。" | "If you did not ask for this, please ignore this mail. Somebody typed your address; nothing happens unless the link is opened.";

    received_heading: "お申込みを受け付けました" | "We have your order";
    received_moved_on: "お申込みありがとうございます。最新の状態は、下のページでいつでもご覧いただけます。" | "Thank you for your order. You can always see its latest state on the page below.";
    pay_button: "お支払いに進む" | "Go to payment";
    order_button: "申込みの状況を見る" | "See your order";
    personal_link: "このリンクはご本人専用です。お支払いやチケットの表示に使いますので、ほかの方に転送しないでください。" | "This link is yours alone: it opens your payment and your tickets. Please do not forward it.";

    instructions_heading: "お支払い方法のご案内" | "How to pay";
    instructions_after: "入金を確認しだい、チケットをメールでお送りします。" | "As soon as your payment arrives, we mail you the tickets.";
    to_pay: "お支払い額" | "To pay";
    handling_fee: "うち決済手数料" | "Including handling fee";
    pay_by: "お支払い期限" | "Pay by";
    pay_at: "お支払い先" | "Pay at";
    payment_number: "払込番号" | "Payment number";
    confirmation_number: "確認番号" | "Confirmation number";
    how_to: "お支払いの手順" | "How to pay";
    bank: "銀行" | "Bank";
    branch: "支店" | "Branch";
    account_type: "口座種別" | "Account type";
    account_number: "口座番号" | "Account number";
    account_name: "口座名義" | "Account name";
    biller_number: "収納機関番号" | "Biller number";
    customer_number: "お客様番号" | "Customer number";
    transfer_step: "上の口座に、表示の金額ちょうどをお振り込みください。" | "Please transfer exactly the amount above to this account.";
    transfer_fee_step: "振込手数料はお客様のご負担となります。" | "Your bank's transfer fee is yours to pay.";
    pay_easy_step: "ATMまたはインターネットバンキングで「ペイジー」を選び、上の番号を入力してください。" | "Choose Pay-easy at an ATM or in online banking and enter the numbers above.";
    register_step: "レジで「インターネット支払い」と伝え、上の番号をお知らせください。" | "At the register, say “internet payment” and give the number above.";
    terminal_step: "店頭の端末で「代金支払い」を選び、上の番号を入力してください。" | "At the store's terminal, choose bill payment and enter the number above.";
    loppi_step: "店頭のLoppiで「各種番号をお持ちの方」を選び、上の番号を入力してください。" | "At the Loppi terminal, choose “I have a number” and enter the number above.";
    copier_step: "店頭のマルチコピー機で「代金支払い」を選び、上の番号を入力してください。" | "At the multi-copy machine, choose bill payment and enter the number above.";
    slip_step: "出てきた申込券を30分以内にレジへお持ちください。" | "Take the printed slip to the register within 30 minutes.";
    cash_step: "現金でお支払いください。" | "Pay in cash.";

    paid_lead: "お支払いを確認しました。当日は受付でチケットの画面をお見せください。" | "Your payment has arrived. Please show your ticket at the door.";
    free_lead: "お申込みを承りました。当日は受付でチケットの画面をお見せください。" | "You are registered. Please show your ticket at the door.";
    paid_heading: "チケットをお届けします" | "Here are your tickets";
    ticket_button: "チケットを表示する" | "Show my tickets";
    calendar: "カレンダーに追加" | "Add to calendar";
    paid_amount: "お支払い済み" | "Paid";
    tax_inside: "うち消費税" | "Including consumption tax";

    refunded_heading: "返金しました" | "We sent your refund";
    refund_amount: "返金額" | "Refund";
    refunded_by_hand: "主催者が、現金または振込で直接お返ししました。お受け取りでない場合は、主催者にお問い合わせください。" | "The organizer gave it back directly, in cash or by a transfer. If you did not receive it, please ask the organizer.";
    account_heading: "返金先の口座をお知らせください" | "Where shall we send your refund?";
    account_lead: "このお支払い方法では、口座への振込でお返しします。下のボタンから、お振込先の口座をご入力ください。3分ほどで終わります。" | "This payment method is returned by bank transfer. Please enter your bank account with the button below. It takes about three minutes.";
    account_button: "口座を入力する" | "Enter my account";
    account_safety: "口座の情報は暗号化して預かり、振込が終わると消去します。カードの番号や暗証番号を伺うことはありません。" | "Your account is kept encrypted and erased once the transfer is done. We never ask for card numbers or PINs.";
    refund_way: "返金方法" | "Returned by";
    credit_heading: "お預かりした代金をお返しします" | "We are returning your payment";
    credit_twice: "このお申込みのお支払いは済んでいたため、重ねていただいた分を全額お返しします。お手続きは必要ありません。" | "This order had been paid already, so we return the second payment in full.";
    credit_late: "期限を過ぎてからご入金があり、お席をご用意できませんでした。いただいた代金は全額お返しします。" | "Your payment arrived after the deadline and no place was left. We return all of it.";
    credit_partial: "ご入金がお申込みの金額と異なっていたため、お預かりした分をお返しします。" | "What arrived differs from what was due, so we return what no order claims.";

    cancelled_heading: "お申込みをキャンセルしました" | "Your order is cancelled";
    cancelled_unpaid: "お支払いは発生していません。コンビニなどの払込番号をお持ちでも、お支払いにならないでください。" | "You have not been charged. If you hold a payment number for a store or bank, please do not pay it any more.";
    cancelled_paid: "ご返金がある場合は、金額と方法を別のメールでお知らせします。" | "If money comes back to you, a separate mail will tell how much and how.";
    reason: "主催者から" | "From the organizer";
    event_cancelled_heading: "イベントは中止になりました" | "The event is cancelled";
    event_cancelled_nothing_back: "主催者が決めた返金の条件により、ご返金はありません。ご不明な点は主催者にお問い合わせください。" | "Under the organizer's terms for this cancellation, no money comes back. Please ask the organizer if anything is unclear.";
    expired_heading: "お支払い期限が過ぎました" | "The time to pay has run out";
    expired_lead: "お支払いを確認できなかったため、お取り置きを終了しました。お支払いは発生していません。" | "No payment arrived in time, so we released your places. You have not been charged.";
    expired_again: "空きがあれば、もう一度お申し込みいただけます。" | "If places are left, you are welcome to order again.";
    event_button: "イベントのページを見る" | "See the event";

    alerts_heading: "確認が必要なお知らせ" | "Something does not add up";
    alerts_lead: "注文と決済、または仕組みの状態に食い違いがあります。直れば自動で閉じます。" | "Orders and payments, or the machinery, disagree. What becomes right closes by itself.";
    alerts_button: "お知らせを見る" | "See the alerts";
    sent_because_operator: "運営のアドレスとして登録されているため、お送りしています。" | "You get this mail because your address is set as an operator’s.";

    event: "イベント" | "Event";
    when: "日時" | "When";
    place: "場所" | "Where";
    order_code: "申込番号" | "Order";
    ticket_code: "チケット番号" | "Ticket";
    contact: "お問い合わせ" | "Questions to";
    sent_because: "このメールは、EventPayでお申込みをされた方にお送りしています。" | "You receive this mail because of an order on EventPay.";
    sent_because_login: "このメールは、EventPayのログイン画面に入力されたアドレスにお送りしています。" | "You receive this mail because this address was entered on EventPay's login page.";
}

/// How long the login link works.
pub fn login_validity(minutes: i64, until: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => {
            format!("リンクは{minutes}分間（{until}まで、日本時間）、一度だけ使えます。")
        }
        Lang::En => {
            format!("The link works once, for {minutes} minutes (until {until}, Japan time).")
        }
    }
}

/// How a reader is addressed.
pub fn greeting(name: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{name} 様"),
        Lang::En => format!("Dear {name},"),
    }
}

/// The subject: the event first, so that a full inbox can be searched.
pub fn subject(event: &str, what: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("【{event}】{what}"),
        Lang::En => format!("{event}: {what}"),
    }
}

/// What [`received_lead`] says in a subject.
pub fn received_subject(until: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("お申込みを受け付けました（{until}までにお支払いください）"),
        Lang::En => format!("we have your order, please pay by {until}"),
    }
}

/// Places are held; the payment is missing.
pub fn received_lead(until: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "お申込みありがとうございます。{until}までお席をお取り置きしています。お支払いがまだの場合は、下の「お支払いに進む」からお手続きください。"
        ),
        Lang::En => format!(
            "Thank you for your order. We keep your places until {until}. If you have not paid yet, please choose “Go to payment” below."
        ),
    }
}

/// How and until when to pay, in a subject.
pub fn instructions_subject(until: Option<&str>, lang: Lang) -> String {
    match (lang, until) {
        (Lang::Ja, Some(until)) => format!("お支払い方法のご案内（{until}まで）"),
        (Lang::Ja, None) => "お支払い方法のご案内".to_owned(),
        (Lang::En, Some(until)) => format!("how to pay (by {until})"),
        (Lang::En, None) => "how to pay".to_owned(),
    }
}

/// How and until when to pay.
pub fn instructions_lead(way: &str, until: Option<&str>, lang: Lang) -> String {
    match (lang, until) {
        (Lang::Ja, Some(until)) => {
            format!("{way}でのお支払いをお待ちしています。{until}までにお支払いください。")
        }
        (Lang::Ja, None) => format!("{way}でのお支払いをお待ちしています。"),
        (Lang::En, Some(until)) => format!("We await your payment ({way}). Please pay by {until}."),
        (Lang::En, None) => format!("We await your payment ({way})."),
    }
}

/// How much does not add up, for a subject.
pub fn alerts_subject(n: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("EventPay: 確認が必要なお知らせ {n}件"),
        Lang::En if n == 1 => "EventPay: 1 alert needs you".to_owned(),
        Lang::En => format!("EventPay: {n} alerts need you"),
    }
}

/// How many alerts are not named.
pub fn alerts_more(n: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("ほかに {n}件あります。"),
        Lang::En => format!("There are {n} more."),
    }
}

/// What is in the mail with the tickets, for its subject.
pub fn paid_subject(n_tickets: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("チケットをお届けします（{n_tickets}枚）"),
        Lang::En if n_tickets == 1 => "your ticket".to_owned(),
        Lang::En => format!("your {n_tickets} tickets"),
    }
}

/// How much came back, for a subject.
pub fn refunded_subject(amount: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{amount}を返金しました"),
        Lang::En => format!("we refunded {amount}"),
    }
}

/// How much came back.
pub fn refunded_lead(amount: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("お支払いいただいた代金のうち、{amount}を返金しました。"),
        Lang::En => format!("We returned {amount} of what you paid."),
    }
}

/// How much goes back, for a subject.
pub fn credit_subject(amount: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("お預かりした{amount}をお返しします"),
        Lang::En => format!("we are returning {amount}"),
    }
}

/// What happened, for a subject.
pub const fn cancelled_subject(lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => "お申込みをキャンセルしました",
        Lang::En => "your order is cancelled",
    }
}

/// What happened, for a subject.
pub const fn event_cancelled_subject(lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => "中止のお知らせとご返金について",
        Lang::En => "cancelled, and what happens to your payment",
    }
}

/// That it does not take place.
pub fn event_cancelled_lead(event: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "「{event}」は、主催者の判断により中止になりました。お申込みとチケットは無効になります。"
        ),
        Lang::En => {
            format!("The organizer has cancelled “{event}”. Your order and its tickets are void.")
        }
    }
}

/// What happened, for a subject.
pub const fn expired_subject(lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => "お支払い期限が過ぎました",
        Lang::En => "the time to pay has run out",
    }
}

/// The subject of the mail that asks for an account.
pub fn account_subject(amount: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{amount}の返金先をお知らせください"),
        Lang::En => format!("where shall we send your {amount}?"),
    }
}

/// Until when the link of the form can be used.
pub fn account_until(until: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => {
            format!(
                "このリンクは {until} まで、1回だけ使えます。入力後、通常1〜3営業日でお振り込みします。"
            )
        }
        Lang::En => format!(
            "The link works once, until {until}. After that the transfer usually takes 1 to 3 business days."
        ),
    }
}

/// Why an account is asked for again.
pub fn account_again(code: &str, lang: Lang) -> &'static str {
    match (code, lang) {
        ("transfer_came_back", Lang::Ja) => {
            "お振り込みしましたが、口座に入らず戻ってきました。口座番号と名義（カタカナ）をお確かめのうえ、もう一度ご入力ください。"
        }
        ("transfer_came_back", Lang::En) => {
            "We made the transfer, but it came back. Please check the account number and the holder's name in katakana and enter them again."
        }
        ("account_unreadable" | "not_refundable", _) => account_lead(lang),
        (_, Lang::Ja) => {
            "お知らせいただいた口座には振り込めませんでした。銀行・支店・口座番号・名義（カタカナ）をお確かめのうえ、もう一度ご入力ください。"
        }
        (_, Lang::En) => {
            "The transfer to the account you named was refused. Please check bank, branch, number and the holder's name in katakana and enter them again."
        }
    }
}

/// When returned money is seen by its owner.
pub const fn refund_arrival(
    method: Option<PaymentMethod>,
    status: RefundStatus,
    lang: Lang,
) -> &'static str {
    use PaymentMethod as M;
    match (method, status, lang) {
        (_, RefundStatus::NeedsAccount, Lang::Ja) => {
            "このお支払い方法では口座への振込でお返しします。返金先の口座を伺うご案内をお待ちください。"
        }
        (_, RefundStatus::NeedsAccount, Lang::En) => {
            "This payment method is returned by bank transfer. Please wait for the message that asks for your account."
        }
        (Some(M::CreditCard), _, Lang::Ja) => {
            "カード会社の処理により、ご利用明細への反映まで5〜10日ほど、締め日によっては2か月ほどかかることがあります。"
        }
        (Some(M::CreditCard), _, Lang::En) => {
            "Card companies usually show it within 5 to 10 days; depending on your statement it can take up to two months."
        }
        (Some(M::PayPay), _, Lang::Ja) => "通常は数時間以内に、お支払いに使った方法へ戻ります。",
        (Some(M::PayPay), _, Lang::En) => {
            "It usually goes back to where you paid from within a few hours."
        }
        (Some(M::Konbini | M::BankTransfer | M::PayEasy | M::DirectTransfer), _, Lang::Ja) => {
            "ご指定の口座へお振り込みします。着金まで数営業日かかることがあります。"
        }
        (Some(M::Konbini | M::BankTransfer | M::PayEasy | M::DirectTransfer), _, Lang::En) => {
            "It goes to the bank account you named and can take a few business days."
        }
        (None, _, Lang::Ja) => "お支払いに使った方法でお返しします。",
        (None, _, Lang::En) => "It goes back the way you paid.",
    }
}

/// The name of a convenience store chain by the provider's word; an unknown word is shown as it is.
pub fn store(word: &str, lang: Lang) -> String {
    match (word, lang) {
        ("seven-eleven", Lang::Ja) => "セブン-イレブン".to_owned(),
        ("seven-eleven", Lang::En) => "7-Eleven".to_owned(),
        ("lawson", Lang::Ja) => "ローソン".to_owned(),
        ("lawson", Lang::En) => "Lawson".to_owned(),
        ("family-mart", Lang::Ja) => "ファミリーマート".to_owned(),
        ("family-mart", Lang::En) => "FamilyMart".to_owned(),
        ("ministop", Lang::Ja) => "ミニストップ".to_owned(),
        ("ministop", Lang::En) => "Ministop".to_owned(),
        ("daily-yamazaki", Lang::Ja) => "デイリーヤマザキ".to_owned(),
        ("daily-yamazaki", Lang::En) => "Daily Yamazaki".to_owned(),
        ("seicomart", Lang::Ja) => "セイコーマート".to_owned(),
        ("seicomart", Lang::En) => "Seicomart".to_owned(),
        (other, _) => other.to_owned(),
    }
}

/// What to do at the store, step by step.
pub fn konbini_steps(store: &str, lang: Lang) -> Vec<&'static str> {
    match store {
        "seven-eleven" | "daily-yamazaki" => vec![register_step(lang), cash_step(lang)],
        "lawson" | "ministop" => vec![loppi_step(lang), slip_step(lang), cash_step(lang)],
        "family-mart" => vec![copier_step(lang), slip_step(lang), cash_step(lang)],
        _ => vec![terminal_step(lang), slip_step(lang), cash_step(lang)],
    }
}

/// Whose ticket it is, and of which type.
pub fn holder(attendee: &str, ticket_type: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{attendee} 様・{ticket_type}"),
        Lang::En => format!("{attendee}, {ticket_type}"),
    }
}

/// `一般 × 2`.
pub fn line(name: &str, quantity: i32) -> String {
    format!("{name} × {quantity}")
}
