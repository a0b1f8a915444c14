//! Calling off an event: what the organizer decides and sees, and what participants read.

use domain::event_cancellation::CancellationState;

use crate::lang::Lang;
use crate::status::{StatusWord, Tone};

crate::messages! {
    // The decision
    title: "イベントを中止する" | "Cancel the event";
    lead: "受付がすぐに止まり、申し込んだ全員に中止のお知らせと返金が届きます。まず、何が起きるかを確認します。" | "Sales stop at once, and everybody who ordered is told and gets their money back. First, see what it means.";
    entry_hint: "開催できなくなったとき、申し込んだ全員への返金をまとめて行います。" | "When it cannot take place: refunds everybody who ordered, in one go.";
    entry: "イベントを中止する…" | "Cancel the event…";
    scope: "返金する範囲" | "What goes back";
    scope_all: "すべて" | "Everything";
    scope_all_hint: "支払われた金額をすべて返金します" | "Everything that was paid";
    scope_some: "選んだ区分だけ" | "Chosen tickets only";
    scope_some_hint: "グッズだけ返す、などの場合" | "Merchandise only, for example";
    scope_types: "返金する区分" | "Tickets that go back";
    fee_title: "すでにかかった費用を差し引く" | "Keep a part for costs that arose already";
    fee_hint: "空欄なら差し引きません。差し引くには、申込みのときの約束（キャンセル規定や利用規約）が必要です。" | "Leave empty to keep nothing. Keeping a part needs terms that were agreed on when people ordered.";
    fee_percent: "料金に対する割合" | "Share of the price";
    fee_per_ticket: "1枚あたりの金額" | "Amount per ticket";
    unit_percent: "%" | "%";
    reason: "参加者に伝える理由" | "Reason that participants read";
    reason_hint: "お知らせのメールとイベントのページに載ります。" | "Stands in the mail and on the event's page.";
    look: "どうなるかを確認する" | "See what it means";
    not_visible: "下書きは中止できません。削除してください。" | "A draft cannot be cancelled. Delete it instead.";

    // The dry run
    review_title: "中止するとこうなります" | "This is what happens";
    review_note: "まだ何も起きていません。" | "Nothing has happened yet.";
    total_back: "返金の合計" | "Goes back in all";
    total_kept: "主催者の手元に残る金額" | "You keep";
    total_back_before: "すでに返金した金額" | "Went back before";
    total_fees_lost: "参加者が負担した決済手数料（戻りません）" | "Handling fees that buyers paid (not returned)";
    total_fees_taken: "主催者に戻らない手数料" | "Fees that you do not get back";
    fees_taken_note: "入金のときに差し引かれた、決済とサービスの手数料です。返金しても戻らず、主催者の負担になります。" | "Payment and service fees that were taken when the money came. They do not come back with a refund; you bear them.";
    provider_fee_note: "決済会社の手数料は、返金しても戻らないことがあります。" | "The payment company may keep its own fee although the money goes back.";
    orders_ending: "終わる申込み" | "Orders that end";
    by_method: "支払い方法ごと" | "By method";
    column_orders: "件数" | "Orders";
    column_back: "返金" | "Goes back";
    column_kept: "残る" | "Kept";
    nobody_paid: "まだだれも支払っていません。" | "Nobody has paid yet.";
    accounts_title: "口座の確認が必要な人" | "People whose bank account is needed";
    accounts_text: "コンビニや振込で支払った人には、返金先の口座を伺うメールを自動でお送りします。現金で返すこともできます。" | "Money paid at a store or by transfer needs a bank account: a mail asks for it by itself. Cash in hand is possible too.";
    confirm_label: "確認のため「中止する」と入力してください" | "Type “cancel” to confirm";
    confirm_wrong: "「中止する」と入力すると実行できます" | "Type “cancel” to go on";
    confirm_hint: "取り消せません。もう一度公開することもできません。" | "This cannot be undone, and the event cannot be published again.";
    confirm_button: "イベントを中止して返金する" | "Cancel the event and refund";
    back: "内容を直す" | "Change something";
    changed: "確認しているあいだに申込みが動きました。最新の内容をもう一度ご確認ください。" | "Orders came or went while you were looking. Please check the latest figures.";
    busy: "ほかの人がこのイベントを変更しています。少し待ってもう一度お試しください。" | "Somebody else is changing the event. Please try again in a moment.";

    // The run
    progress_title: "中止の進み具合" | "Cancellation";
    progress_bar: "終わった申込み" | "Orders that have ended";
    steps_title: "手順" | "Steps";
    people_title: "ひとりずつの結果" | "Person by person";
    all_states: "すべて" | "All";
    nobody: "対象の申込みはありませんでした。" | "No order was affected.";
    nobody_in_state: "この状態の人はいません。" | "Nobody is in this state.";
    more: "続きを見る" | "Show more";
    running: "進めています。このページを閉じても続きます。" | "Under way. It goes on when you close this page.";
    waiting_for_people: "口座の確認を待っている人がいます。" | "Some people's bank accounts are awaited.";
    finished: "全員への対応が終わりました。" | "Everybody has been taken care of.";
    failed: "うまくいかなかった人がいます。" | "It did not work for some.";
    failed_text: "お金は動いていません。もう一度試すか、一人ずつ確認してください。" | "Their money has not moved. Try again, or look at each of them.";
    retry: "失敗した分をもう一度試す" | "Try the failed ones again";
    retried: "もう一度試しています。" | "Trying again.";
    already: "このイベントはすでに中止されていました。" | "The event had been cancelled already.";
    begun: "中止しました。返金を進めています。" | "Cancelled. Refunds are under way.";
    dashboard_banner: "このイベントは中止しました。" | "This event is cancelled.";
    see_progress: "進み具合を見る" | "See how far it is";
    terms_title: "返金の条件" | "Terms";

    // Participants
    badge: "中止" | "Cancelled";
    notice_title: "このイベントは中止になりました" | "This event is cancelled";
    notice_text: "お申込みの受付は終わりました。すでに申し込まれた方には、メールでご案内しています。" | "Orders are no longer taken. Everybody who ordered is told by mail.";
    order_text: "お申込みとチケットは無効です。" | "This order and its tickets are void.";
    order_coming: "お申込みの取り消しとご返金の手続きを進めています。お手続きは必要ありません。" | "Your order is being cancelled and refunded. There is nothing you have to do.";
    order_refund: "ご返金がある場合は、下に表示されます。" | "If money comes back to you, it is shown below.";
}

/// Whether somebody typed what confirms it, in either language.
pub fn is_confirmed(typed: &str) -> bool {
    let typed = typed.trim().trim_matches(['「', '」', '“', '”', '"']);
    matches!(typed, "中止する" | "中止") || typed.eq_ignore_ascii_case("cancel")
}

/// How many orders have ended of how many.
pub fn n_of(n: i64, of: i64, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{of}件中 {n}件"),
        Lang::En => format!("{n} of {of}"),
    }
}

/// How much is back of how much.
pub fn money_of(back: &str, due: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{due} のうち {back} を返金しました"),
        Lang::En => format!("{back} of {due} is back"),
    }
}

/// So many orders.
pub fn n_orders(n: i64, lang: Lang) -> String {
    match (lang, n) {
        (Lang::Ja, n) => format!("{n}件"),
        (Lang::En, 1) => "1 order".to_owned(),
        (Lang::En, n) => format!("{n} orders"),
    }
}

/// Of the orders that end, those that nobody paid for.
pub fn of_them_unpaid(n: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("うち未払い {n}件（お金の動きはありません）"),
        Lang::En => format!("{n} of them unpaid (no money moves)"),
    }
}

/// What is kept, by the terms: a share of the price, an amount per ticket, or both.
pub fn fee(percent: Option<u16>, per_ticket: Option<&str>, lang: Lang) -> String {
    match (percent, per_ticket, lang) {
        (Some(percent), Some(fixed), Lang::Ja) => {
            format!("料金の{percent}% と 1枚あたり {fixed} を差し引きます")
        }
        (Some(percent), Some(fixed), Lang::En) => {
            format!("{percent} % of the price and {fixed} per ticket are kept")
        }
        (Some(percent), None, Lang::Ja) => format!("料金の{percent}% を差し引きます"),
        (Some(percent), None, Lang::En) => format!("{percent} % of the price is kept"),
        (None, Some(fixed), Lang::Ja) => format!("1枚あたり {fixed} を差し引きます"),
        (None, Some(fixed), Lang::En) => format!("{fixed} per ticket is kept"),
        (None, None, Lang::Ja) => "差し引きません".to_owned(),
        (None, None, Lang::En) => "Nothing is kept".to_owned(),
    }
}

/// How far one order of a called-off event is.
pub const fn state(state: CancellationState, lang: Lang) -> StatusWord {
    use CancellationState as S;
    let (tone, sign, ja, en) = match state {
        S::Waiting => (Tone::Waiting, "◷", "順番待ち", "Waiting"),
        S::Failed => (Tone::Bad, "!", "終了できませんでした", "Could not be ended"),
        S::RefundFailed => (Tone::Bad, "!", "返金できませんでした", "Refund refused"),
        S::NeedsAccount => (Tone::Bad, "!", "口座の確認待ち", "Bank account needed"),
        S::Refunding => (Tone::Waiting, "◷", "返金手続き中", "Refund under way"),
        S::Refunded => (Tone::Good, "✓", "返金済み", "Refunded"),
        S::Unpaid => (Tone::Quiet, "×", "未払いのまま終了", "Ended unpaid"),
        S::NothingDue => (Tone::Quiet, "–", "返金なし", "Nothing due"),
        S::EndedBefore => (Tone::Quiet, "–", "先に終了していました", "Had ended before"),
    };
    let word = match lang {
        Lang::Ja => ja,
        Lang::En => en,
    };
    StatusWord { status: state.as_str(), sign, word, tone }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_typed_word_is_understood_in_both_languages() {
        for typed in ["中止する", " 「中止する」 ", "中止", "cancel", "CANCEL"] {
            assert!(is_confirmed(typed), "{typed}");
        }
        for typed in ["", "はい", "cancelled", "中止しない"] {
            assert!(!is_confirmed(typed), "{typed}");
        }
    }
}
