//! What is said when something cannot be done: what happened and what to do next.

use domain::order::NotOrderable;
use domain::parsed::TextError;

use crate::lang::Lang;

crate::messages! {
    summary: "入力内容をご確認ください" | "Please check what you entered";
    required: "入力してください" | "Please fill this in";
    malformed: "形式が正しくないようです" | "This does not look right";
    email_malformed: "メールアドレスの形式が正しくないようです（例: name@example.com）" | "This does not look like an email address (example: name@example.com)";
    control_characters: "使えない文字が含まれています" | "It holds characters that cannot be used";
    nothing_chosen: "参加する区分と枚数を選んでください" | "Please choose at least one ticket";
    too_many_tickets: "一度に申し込める枚数を超えています" | "That is more than one order can hold";
    unknown_ticket_type: "選んだ区分は変更されました。もう一度お選びください" | "That ticket has changed. Please choose again";
    not_on_sale_yet: "受付がまだ始まっていない区分が含まれています" | "One of the tickets is not on sale yet";
    sales_ended: "受付が終わった区分が含まれています" | "Sales of one of the tickets have ended";
    amount_out_of_range: "合計金額が大きすぎます" | "The total is too large";
    orders_paused: "ただいま新しいお申込みを一時的に停止しています。お支払いは発生していません" | "New orders are paused at the moment. You have not been charged";
    organizer_suspended: "この主催者の新しいお申込みは現在お受けしていません。お支払いは発生していません" | "New orders for this organizer are not taken at the moment. You have not been charged";
    method_not_offered: "選んだお支払い方法は、いまお選びいただけません。お支払いは発生していません" | "That way to pay is not offered at the moment. You have not been charged";
    no_way_to_pay: "選べるお支払い方法がいまありません。お支払いは発生していません" | "There is no way to pay for this at the moment. You have not been charged";
    not_on_sale: "このイベントの受付は現在行っていません。お支払いは発生していません" | "This event is not on sale at the moment. You have not been charged";
    sold_out: "選んだ区分は満席になりました。お支払いは発生していません。枚数や区分を変えてお試しください" | "Those places have just been taken. You have not been charged. Please try fewer or another ticket";
    busy: "申込みが集中しています。お支払いは発生していません。少し待ってもう一度お試しください" | "Many people are ordering right now. You have not been charged. Please try again in a moment";
    unexpected: "うまくいきませんでした。少し待ってもう一度お試しください" | "Something went wrong on our side. Please try again in a moment";
    not_allowed: "この操作はできません" | "You cannot do this";
    sign_in_needed: "ログインしてください" | "Please log in";
    too_many_requests: "回数が多すぎます。少し待ってからお試しください" | "Too many attempts. Please wait a little";
    resting: "いまはお金に関わる操作をお受けできません。お支払いも返金も行われていません。少し待ってもう一度お試しください" | "Nothing that moves money can be done right now. You have not been charged and nothing was refunded. Please try again in a moment";
    not_payable: "この申込みは、いまはお支払いできません。最新の状態をご確認ください" | "This order cannot be paid right now. Please see its latest state";
    too_many_attempts: "お支払いの試行回数の上限に達しました。主催者にお問い合わせください" | "There were too many payment attempts. Please contact the organizer";
    not_cancellable: "この申込みは、いまはキャンセルできません。最新の状態をご確認ください" | "This order cannot be cancelled right now. Please see its latest state";
}

/// Why a line of text was refused.
pub fn text(error: TextError, lang: Lang) -> String {
    match (error, lang) {
        (TextError::Empty, _) => required(lang).to_owned(),
        (TextError::TooLong { max }, Lang::Ja) => format!("{max}文字以内で入力してください"),
        (TextError::TooLong { max }, Lang::En) => format!("Please use {max} characters at most"),
        (TextError::Malformed, _) => malformed(lang).to_owned(),
        (TextError::ControlCharacters, _) => control_characters(lang).to_owned(),
    }
}

/// Why an email address was refused.
pub fn email(error: TextError, lang: Lang) -> String {
    match error {
        TextError::Malformed => email_malformed(lang).to_owned(),
        TextError::Empty | TextError::TooLong { .. } | TextError::ControlCharacters => {
            text(error, lang)
        }
    }
}

/// Why a selection of tickets was refused.
pub fn not_orderable(reason: NotOrderable, lang: Lang) -> String {
    match (reason, lang) {
        (NotOrderable::NothingChosen, _) => nothing_chosen(lang).to_owned(),
        (NotOrderable::TooManyTickets, _) => too_many_tickets(lang).to_owned(),
        (NotOrderable::UnknownTicketType { .. }, _) => unknown_ticket_type(lang).to_owned(),
        (NotOrderable::NotOnSaleYet { .. }, _) => not_on_sale_yet(lang).to_owned(),
        (NotOrderable::SalesEnded { .. }, _) => sales_ended(lang).to_owned(),
        (NotOrderable::TooFew { min, .. }, Lang::Ja) => format!("{min}枚から申し込めます"),
        (NotOrderable::TooFew { min, .. }, Lang::En) => format!("Please choose at least {min}"),
        (NotOrderable::TooMany { max, .. }, Lang::Ja) => format!("一度に{max}枚まで申し込めます"),
        (NotOrderable::TooMany { max, .. }, Lang::En) => format!("Please choose {max} at most"),
        (NotOrderable::AmountOutOfRange, _) => amount_out_of_range(lang).to_owned(),
    }
}

/// Somebody came too often: when there is room again.
pub fn too_many_requests_for(seconds: u64, lang: Lang) -> String {
    let minutes = seconds.div_ceil(60);
    match (lang, seconds) {
        (Lang::Ja, ..=90) => format!("回数が多すぎます。{seconds}秒後にもう一度お試しください"),
        (Lang::Ja, _) => format!("回数が多すぎます。{minutes}分後にもう一度お試しください"),
        (Lang::En, 1) => "Too many attempts. Please try again in a second".to_owned(),
        (Lang::En, ..=90) => {
            format!("Too many attempts. Please try again in {seconds} seconds")
        }
        (Lang::En, _) => format!("Too many attempts. Please try again in {minutes} minutes"),
    }
}
