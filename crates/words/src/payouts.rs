//! Payouts in words: the money page, the switch, the bank account, and what administrators do.

use domain::fees::Bearer;
use domain::payout::{PayoutModel, PayoutStatus};

use crate::lang::Lang;
use crate::status::{StatusWord, Tone};

crate::messages! {
    title: "お金（振込）" | "Money (payouts)";
    nav: "お金" | "Money";
    balance: "お預かりしている金額" | "What we hold for you";
    available: "今日振り込める金額" | "Can be paid out today";
    waiting: "まだ振り込めない金額" | "Waiting";
    next_on: "次に振り込めるようになる日" | "More can be paid out on";
    none_next: "予定はありません" | "Nothing is scheduled";
    events_title: "イベントごとの内訳" | "By event";
    events_empty: "お預かりしているお金はありません。「EventPayが預かって振り込む」を選んだあとに公開したイベントの入金が、ここに並びます" | "We hold no money for you. Payments for events published after choosing “EventPay collects and pays out” appear here";
    history_title: "振込の履歴" | "Payouts so far";
    history_empty: "振込はまだありません" | "There is no payout yet";
    prepare: "振込を準備する" | "Prepare a payout";
    prepare_text: "今日振り込める金額をすべて取り分けます。送金までに、もう一人のメンバーの承認が必要です" | "Sets aside everything that can be paid out today. Another member approves it before it is sent";
    prepare_text_alone: "今日振り込める金額をすべて取り分けます。メンバーが一人なので、承認のときに金額をもう一度入力します" | "Sets aside everything that can be paid out today. You are the only member, so you approve it by typing the amount again";
    prepared_now: "振込を準備しました。内容を確かめて承認してください" | "The payout is prepared. Please check and approve it";
    approved_now: "承認しました。運営が銀行へ送金します" | "Approved. We will send it to the bank";
    cancelled_now: "振込を取り消しました。金額は元に戻りました" | "The payout was taken back. Its money can be paid out again";
    account_saved: "口座を保存しました。この名義のとおりに振り込みます" | "The account is saved. We pay to exactly this name";
    model_switched: "受け取り方を切り替えました。これから公開するイベントに適用されます" | "Switched. It applies to events you publish from now on";
    problem_not_collected: "お金はご自身の決済アカウントに直接入金されています" | "The money goes straight to your own account at the provider";
    problem_no_account: "先に振込先の口座を登録してください" | "Please add a bank account first";
    problem_nothing: "今日振り込める金額はありません" | "Nothing can be paid out today";
    problem_busy: "ほかの人が操作しています。少し待ってもう一度お試しください" | "Somebody else is at it. Please try again in a moment";
    problem_out_of_step: "振込の状態が変わっています。最新の内容をご確認ください" | "The payout has changed. Please look at its latest state";
    problem_same_member: "準備した人とは別のメンバーが承認してください" | "Another member than the one who prepared it has to approve it";
    problem_amount: "金額が一致しません。振込額をもう一度入力してください" | "The amounts differ. Please type the payout’s amount again";
    problem_on_hold: "この主催者は運営の確認中か停止中のため、いまは振込を承認できません。準備した振込はそのまま残ります" | "We are looking at this organizer, or it is suspended: payouts cannot be approved now. The prepared one stays as it is";
    problem_user: "この操作はメンバーだけが画面から行えます" | "Only a signed-in member can do this";
    organizer_number: "お問い合わせ番号:" | "Your number for inquiries:";
    direct_title: "お金は直接あなたの決済アカウントに入ります" | "Money goes straight to your own account";
    direct_text: "参加者のお支払いは、決済会社にあるあなたの口座へ直接入金されます。EventPayはお金を預からないため、振込の操作はありません" | "Participants pay straight into your own account at the provider. EventPay never holds the money, so there is nothing to pay out";
    model_title: "お金の受け取り方" | "How you get your money";
    model_law: "主催者に代わってお金を預かり振り込むことは、資金移動業（資金決済に関する法律）にあたる場合があります。そのため最初は「直接受け取る」になっています。個人の主催者は「直接受け取る」をおすすめします" | "Holding and paying out money for others may be a funds-transfer business under Japan’s Payment Services Act (資金決済に関する法律). That is why “straight to you” is the default, and what we recommend to individuals";
    model_not_offered: "このEventPayは、お金を預かる設定になっていません" | "This EventPay is not set up to hold money";
    model_save: "切り替える" | "Switch";
    model_open: "次のことが終わるまで切り替えられません" | "This cannot be switched before the following is done";
    open_payout: "進行中の振込があります" | "A payout is under way";
    open_balance: "お預かりしている金額、または不足している金額があります" | "There is money that we hold for you, or that is owed";
    open_event: "販売中で、まだ終わっていないイベントがあります" | "An event is on sale and not over yet";
    account_title: "振込先の口座" | "Your bank account";
    account_none: "口座はまだ登録されていません" | "There is no account yet";
    account_change: "口座を変更する" | "Change the account";
    account_add: "口座を登録する" | "Add an account";
    account_note: "口座は暗号化して保管します。準備済みの振込は、変更前の口座へ振り込みます" | "The account is kept encrypted. Payouts that are under way keep the account they were prepared for";
    bank_code: "銀行コード（4けた）" | "Bank code (4 digits)";
    branch_code: "支店コード（3けた）" | "Branch code (3 digits)";
    kind: "預金の種類" | "Kind of account";
    number: "口座番号（7けた以内）" | "Account number (7 digits at most)";
    holder: "口座名義（カタカナ）" | "Name of the holder (katakana)";
    holder_help: "通帳の名義のとおりに。全角・ひらがなで入れても、銀行の半角カナに直します。法人は「カ）」などの略号で" | "Exactly as in the bank book. Full-width kana and hiragana become the bank’s half-width kana. Companies use abbreviations such as カ）";
    number_help: "ゆうちょ銀行は、振込用の店番・口座番号（7けた）を入れてください" | "For Japan Post Bank use the branch and number for transfers (7 digits)";
    account_save: "この口座を保存する" | "Save this account";
    no_such_bank: "この銀行コードは見つかりません" | "There is no bank with this code";
    no_such_branch: "この銀行に、この支店コードは見つかりません" | "This bank has no branch with this code";
    choose_kind: "預金の種類を選んでください" | "Please choose the kind of account";
    approve: "この振込を承認する" | "Approve this payout";
    approve_text: "金額、振込先の名義、内訳を確かめてください" | "Please check amount, holder and what it is made of";
    approve_alone: "メンバーが一人のため、振込額をもう一度入力して承認します" | "You are the only member, so approve it by typing the amount again";
    approve_other: "準備した人とは別のメンバーの承認を待っています" | "It waits for another member to approve it";
    amount_again: "振込額をもう一度" | "The amount again";
    cancel: "この振込を取り消す" | "Take this payout back";
    statement: "明細" | "Statement";
    statement_csv: "明細をCSVで保存" | "Save the statement as CSV";
    statement_print: "印刷用の明細" | "Statement for print";
    statement_total: "振込額" | "Paid out";
    payee: "振込先" | "Paid to";
    paid_at: "振り込まれた日" | "Paid";
    ended_at: "終わった日" | "Ended";
    reason: "理由" | "Reason";
    to_money: "お金のページへ" | "To the money page";
    admin_title: "振込の処理（運営）" | "Payouts (administration)";
    admin_empty: "処理を待っている振込はありません" | "No payout waits";
    admin_choose: "銀行へ送る振込を選ぶ" | "Choose payouts for the bank";
    admin_transfer_on: "振込指定日" | "Day of the transfer";
    admin_submit: "全銀ファイルを作る（送金へ）" | "Make the bank’s file (submit)";
    admin_submitted: "銀行用のファイルを作りました。ダウンロードして銀行に渡してください" | "The bank’s file is made. Download it and give it to the bank";
    admin_download: "全銀ファイル（改行あり）" | "The bank’s file (with line ends)";
    admin_download_bare: "全銀ファイル（改行なし）" | "The bank’s file (without line ends)";
    admin_no_requester: "EVENTPAY_PAYOUT_FROM に振込元の口座が設定されていないため、ファイルを作れません" | "EVENTPAY_PAYOUT_FROM names no account to pay from, so no file can be made";
    admin_nothing_chosen: "振込を選んでください" | "Please choose a payout";
    admin_not_approved: "選んだ振込の状態が変わっています。もう一度選んでください" | "A chosen payout has changed. Please choose again";
    admin_on_hold: "審査中か停止中の主催者の振込が含まれています" | "Some belong to organizers that are in review or suspended";
    admin_no_business_day: "振込指定日には、今日以降の銀行営業日を選んでください" | "Please choose a business day of banks, today or later";
    admin_not_writable: "ファイルの形式に収まらない項目があります" | "Something does not fit the bank’s format";
    admin_recorded: "結果を記録しました" | "Recorded";
    mark_paid: "振込済みにする" | "Record as paid";
    mark_failed: "銀行が受け付けなかった" | "The bank refused it";
    mark_returned: "戻ってきた（組戻し）" | "It came back";
    outcome_title: "結果を記録する" | "Record what became of it";
    outcome_reason: "理由（主催者に表示されます）" | "Reason (shown to the organizer)";
    fees_title: "手数料" | "Fees";
    fees_text: "お支払いごとに差し引かれる手数料と、受け取る金額の目安です" | "What is taken of each payment, and what you get";
    fees_bearer: "手数料を負担するのは" | "Who bears the fees";
    fees_bearer_save: "負担する人を保存" | "Save who bears them";
    fees_bearer_saved: "手数料の負担を保存しました。これからの申込みに適用されます" | "Saved. It applies to orders from now on";
    fees_you_get: "受け取る金額" | "You get";
    fees_participant_pays: "参加者の支払額" | "Participants pay";
    fee_line: "手数料" | "Fee";
    fee_stays: "申込みのときの手数料は、キャンセルしても戻りません。" | "The fee you paid when ordering does not come back.";
    fee_added: "手数料を含む" | "Fee included";
}

/// The heads of a statement's columns.
pub const fn statement_head(lang: Lang) -> [&'static str; 9] {
    match lang {
        Lang::Ja => [
            "イベント",
            "入金額",
            "利用料",
            "決済手数料",
            "返金",
            "チャージバック",
            "振込済み・振込中",
            "留保",
            "今回の振込額",
        ],
        Lang::En => [
            "Event",
            "Received",
            "Platform fees",
            "Provider fees",
            "Refunds",
            "Disputes",
            "Paid before",
            "Reserved",
            "Paid out now",
        ],
    }
}

/// A payout's state.
pub const fn status(status: PayoutStatus, lang: Lang) -> StatusWord {
    let (tone, sign, ja, en) = match status {
        PayoutStatus::Draft => (Tone::Waiting, "◷", "承認待ち", "To be approved"),
        PayoutStatus::Approved => (Tone::Waiting, "◷", "送金待ち", "Approved"),
        PayoutStatus::Submitted => (Tone::Waiting, "…", "銀行で処理中", "At the bank"),
        PayoutStatus::Paid => (Tone::Good, "✓", "振込済み", "Paid"),
        PayoutStatus::Failed => (Tone::Bad, "!", "振り込めませんでした", "Failed"),
        PayoutStatus::Returned => (Tone::Bad, "!", "戻ってきました", "Returned"),
        PayoutStatus::Cancelled => (Tone::Quiet, "×", "取り消し", "Taken back"),
    };
    let word = match lang {
        Lang::Ja => ja,
        Lang::En => en,
    };
    StatusWord { status: status.as_str(), sign, word, tone }
}

/// A model by its name.
pub const fn model(model: PayoutModel, lang: Lang) -> &'static str {
    match (model, lang) {
        (PayoutModel::Direct, Lang::Ja) => "直接受け取る（おすすめ）",
        (PayoutModel::Direct, Lang::En) => "Straight to you (recommended)",
        (PayoutModel::Collect, Lang::Ja) => "EventPayが預かって振り込む",
        (PayoutModel::Collect, Lang::En) => "EventPay collects and pays out",
    }
}

/// What a model means.
pub const fn model_help(model: PayoutModel, lang: Lang) -> &'static str {
    match (model, lang) {
        (PayoutModel::Direct, Lang::Ja) => {
            "決済会社のあなたのアカウントに入金されます。EventPayは記録と照合だけを行います"
        }
        (PayoutModel::Direct, Lang::En) => {
            "Money comes to your own account at the provider. EventPay only keeps the books"
        }
        (PayoutModel::Collect, Lang::Ja) => {
            "入金をEventPayが預かり、イベント終了後に登録口座へ振り込みます"
        }
        (PayoutModel::Collect, Lang::En) => {
            "EventPay holds the payments and pays them to your bank account after the event"
        }
    }
}

/// Who bears the fees.
pub const fn bearer(bearer: Bearer, lang: Lang) -> &'static str {
    match (bearer, lang) {
        (Bearer::Organizer, Lang::Ja) => "主催者（受け取る金額から差し引く）",
        (Bearer::Organizer, Lang::En) => "You (taken from what you get)",
        (Bearer::Participant, Lang::Ja) => "参加者（支払額に上乗せする）",
        (Bearer::Participant, Lang::En) => "Participants (added to what they pay)",
    }
}

/// Money of an event that is not over for long enough.
pub fn wait_schedule(date: Option<&str>, lang: Lang) -> String {
    match (date, lang) {
        (Some(date), Lang::Ja) => format!("イベント終了後の{date}から振り込めます"),
        (Some(date), Lang::En) => format!("Can be paid out from {date}, after the event"),
        (None, Lang::Ja) => "イベントの日時が決まると、振り込める日が決まります".to_owned(),
        (None, Lang::En) => "Can be paid out once the event has a date and is over".to_owned(),
    }
}

/// Money that waits for refunds that may still come.
pub fn wait_reserve(date: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("返金に備えて{date}まで留保しています"),
        Lang::En => format!("Reserved for refunds until {date}"),
    }
}

/// An amount too small for a transfer.
pub fn below_minimum(minimum: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{minimum}から振り込めます"),
        Lang::En => format!("Payouts start at {minimum}"),
    }
}

/// The rules of the schedule.
pub fn terms(business_days: u8, reserve_percent: &str, reserve_days: u16, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "イベント終了から{business_days}営業日後に振り込めます。入金額の{reserve_percent}%は、返金に備えて終了から{reserve_days}日間留保します"
        ),
        Lang::En => format!(
            "Paid out from {business_days} business days after the event; {reserve_percent} % of the sales wait {reserve_days} days for refunds"
        ),
    }
}

/// An account by what one knows it by.
pub fn account_line(bank: &str, branch: &str, tail: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{bank} {branch} …{tail}"),
        Lang::En => format!("{bank}, {branch}, number ending in {tail}"),
    }
}

/// The fee of an order of one ticket, beside its price.
pub fn fee_of_one(fee: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("別途 手数料 {fee}（1枚のとき）"),
        Lang::En => format!("plus a fee of {fee} (for one ticket)"),
    }
}

/// A fee that is added to what the participant pays.
pub fn fee_note(fee: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("手数料 {fee} を含みます"),
        Lang::En => format!("{fee} of it are fees"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_word() {
        for lang in Lang::ALL {
            let words: Vec<_> = PayoutStatus::ALL.iter().map(|it| status(*it, lang).word).collect();
            let mut distinct = words.clone();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), words.len(), "{words:?}");
        }
    }
}
