//! What people read about a refund on its way: its story, the form that asks for an account, by hand, and disputes.

use domain::payment::PaymentMethod;
use domain::refund::{RefundStatus, RefundWay};
use domain::refund_story::Milestone;

use crate::lang::Lang;
use crate::status::{StatusWord, Tone};

crate::messages! {
    enter_account: "返金先の口座を入力する" | "Enter my bank account";
    enter_account_text: "口座をご入力いただくと、通常1〜3営業日でお振り込みします。" | "Once we have your account, the transfer usually takes 1 to 3 business days.";
    form_expired: "入力の期限が過ぎました。新しいリンクをメールでお送りできます。" | "The time to enter it has run out. We can mail you a new link.";
    mail_new_form: "新しいリンクをメールで受け取る" | "Mail me a new link";
    form_mailed: "新しいリンクをメールでお送りしました。" | "We mailed a new link.";
    form_mailed_too_often: "今日はもうお送りできません。届いたメールをご確認ください。" | "No more links can be sent today. Please check the mails that arrived.";
    account_not_needed: "いまは口座の入力は必要ありません。" | "No account is needed at the moment.";
    handed_back_text: "主催者が直接お返ししました。お受け取りでない場合は主催者にお問い合わせください。" | "The organizer gave it back directly. If you did not receive it, please ask the organizer.";
    waiting_text: "決済会社の手続きの順番を待っています。お手続きは必要ありません。" | "It waits for its turn at the payment company. There is nothing you need to do.";
    story_title: "返金の経過" | "How the refund is going";
    story_next: "このあと" | "Next";

    form_title: "返金先の口座" | "Your bank account for the refund";
    form_amount: "お返しする額" | "Refund";
    form_safety: "口座の情報は暗号化して預かり、振込が終わると消去します。カード番号や暗証番号は伺いません。" | "Your account is kept encrypted and erased once the transfer is done. We never ask for card numbers or PINs.";
    step_bank: "銀行をさがす" | "Find your bank";
    step_branch: "支店をさがす" | "Find your branch";
    step_account: "口座を入力する" | "Enter the account";
    bank_query: "銀行名またはコード" | "Bank name or code";
    bank_query_help: "ひらがな・ローマ字・4けたの番号でもさがせます（例: みずほ、yuucho、0001）" | "Kana, romaji or the 4-digit code work too (example: mizuho, yuucho, 0001)";
    branch_query: "支店名または店番" | "Branch name or number";
    branch_query_help: "ひらがな・ローマ字・3けたの番号でもさがせます。ゆうちょ銀行は店番（例: 018）です" | "Kana, romaji or the 3-digit number work too. For Japan Post Bank use the branch number (example: 018)";
    find: "さがす" | "Search";
    found_none: "見つかりませんでした。ひらがなや番号でもお試しください。" | "Nothing was found. Please try kana, romaji or the code.";
    choose_bank: "銀行を選んでください" | "Choose your bank";
    choose_branch: "支店を選んでください" | "Choose your branch";
    bank: "銀行" | "Bank";
    branch: "支店" | "Branch";
    change: "変える" | "Change";
    kind: "口座の種類" | "Account type";
    number: "口座番号" | "Account number";
    number_help: "7けた。少ない場合はそのまま入力できます（頭に0を補います）。ゆうちょ銀行は振込用の口座番号です" | "7 digits; shorter ones are padded with zeros. For Japan Post Bank use the number for transfers";
    holder: "口座名義（カタカナ）" | "Account holder in katakana";
    holder_help: "通帳のとおりに。ひらがなや全角でも入力できます（例: サトウ ケン）" | "As in the bank book; hiragana and full-width letters are converted (example: サトウ ケン)";
    give_account: "この口座に返金を受け取る" | "Send the refund to this account";
    bank_gone: "銀行または支店の一覧が変わりました。もう一度お選びください" | "The list of banks has changed. Please choose again";
    kind_missing: "口座の種類を選んでください" | "Please choose the type of the account";
    given_title: "口座を受け取りました" | "We have your account";
    given_text: "通常1〜3営業日でお振り込みします。終わりましたらメールでお知らせします。" | "The transfer usually takes 1 to 3 business days. We mail you when it is done.";
    ended_title: "このリンクはもう使えません" | "This link cannot be used any more";
    ended_text: "新しいリンクが送られたか、返金の手続きが終わっています。最新のメールをご確認ください。" | "A newer link was sent, or the refund is over. Please check the latest mail.";
    expired_title: "入力の期限が過ぎました" | "The time to enter your account has run out";

    ask_again: "口座をもう一度伺う" | "Ask for the account again";
    asked_again: "参加者に新しいリンクを送りました。" | "A new link was sent to the participant.";
    asked_too_often: "今日はもう送れません。参加者のメールをご確認ください。" | "No more links can be sent today.";
    link_until: "リンクの期限" | "Link works until";
    link_expired: "リンクの期限切れ" | "Link expired";
    waits_balance: "決済会社にある残高が返金額より少ないため、待っています。売上が入ると自動でやり直します。" | "The provider holds less than the refund at the moment. It is tried again by itself as payments come in.";
    waits_organizer: "この入金は主催者の口座に直接届いたものです。下の口座に振り込み、済んだら「自分で返したことにする」で記録してください。" | "This money came straight to your own account. Please transfer it to the account below, then record it as given back.";
    transfer_to: "振込先" | "Transfer to";
    organizer_transfers: "主催者が、ご入力の口座にお振り込みします。お手続きは必要ありません。" | "The organizer transfers it to the account you entered. There is nothing you need to do.";
    next_attempt: "次の試み" | "Next try";
    try_now: "いま試す" | "Try now";
    tried_now: "もう一度試しています。" | "It is being tried again.";
    hand_back: "自分で返したことにする" | "I gave it back myself";
    hand_back_text: "現金で返した、または自分で振り込んだときに記録します。決済会社からは返金されません。" | "For cash handed over or a transfer of your own. The provider will not refund it.";
    hand_note: "メモ（現金・振込など）" | "Note (cash, transfer, …)";
    hand_back_confirm: "返したと記録する" | "Record it as given back";
    handed_back_now: "返金を記録しました。" | "The refund is recorded.";
    by_hand_not_now: "決済会社が手続き中か、すでに終わった返金です。最新の状態をご確認ください。" | "The provider is working on it, or it is over. Please check its latest state.";
    came_back: "振込が戻ってきた" | "The transfer came back";
    came_back_now: "記録しました。参加者に口座をもう一度伺います。" | "Recorded. The participant is asked for the account again.";
    account_given: "受け取った口座" | "Account";
    refund_way: "返し方" | "How";
    way_provider: "決済会社から返す" | "By the provider";
    way_provider_text: "カードは元のカードへ、コンビニ・振込は参加者に口座を伺って振り込みます。" | "Cards by the original route; for konbini and transfers the participant is asked for an account.";
    way_by_hand: "自分で返す（現金・振込）" | "By myself (cash or transfer)";
    way_by_hand_text: "すでに返したか、いま手渡しするとき。決済会社からは返金されません。" | "You gave it back already or hand it over now. The provider will not refund it.";

    dispute: "チャージバック" | "Chargeback";
    dispute_lead: "カード会社が、カードの持ち主の申し立てでお支払いを取り消しました。参加や受け渡しの証拠を出すと、お金が戻ることがあります。" | "The card company took the payment back because the card's owner objected. Evidence that the person came or received something can bring the money back.";
    dispute_due: "証拠の期限" | "Evidence due";
    dispute_due_note: "目安です。決済会社からのメールに書かれた期限が優先します。" | "A guide. The date in the provider's mail counts.";
    dispute_opened: "届いた日" | "Arrived";
    dispute_answer: "証拠を整える" | "Prepare evidence";
    dispute_evidence: "証拠" | "Evidence";
    dispute_no_evidence: "まだありません。" | "None yet.";
    dispute_ideas: "受付の記録、参加者とのメール、当日の案内、キャンセル規定などが役に立ちます。" | "Door records, mails with the participant, the event's page and your cancellation policy help.";
    evidence_text: "説明" | "Explanation";
    add_text: "説明を加える" | "Add the explanation";
    evidence_file: "ファイル（PDF・JPEG・PNG、8MBまで）" | "File (PDF, JPEG or PNG, up to 8 MB)";
    add_file: "ファイルを加える" | "Add the file";
    evidence_added: "証拠を加えました。" | "The evidence was added.";
    evidence_too_large: "ファイルが8MBを超えています。" | "The file is larger than 8 MB.";
    evidence_unreadable: "PDF・JPEG・PNGのファイルを選んでください。" | "Please choose a PDF, JPEG or PNG file.";
    evidence_too_many: "これ以上は加えられません。" | "No more can be added.";
    evidence_send: "証拠を決済会社に送ったら" | "Once the evidence is with the provider";
    evidence_send_text: "決済会社の画面かメールで証拠を送り、ここに記録してください。" | "Send the evidence by the provider's screen or mail, then note it here.";
    mark_sent: "送ったと記録する" | "I sent it";
    marked_sent: "提出を記録しました。" | "Noted as sent.";
    needs_evidence: "先に証拠を加えてください。" | "Please add evidence first.";
    dispute_end: "結果が届いたら" | "When the result arrives";
    dispute_end_text: "お金が戻ったことは、決済会社の記録から自動でわかります。先にメールで知ったときはここに記録できます。" | "Money that comes back is noticed by itself. If a mail tells you first, record it here.";
    record_won: "認められた（お金が戻った）" | "Won: the money is back";
    record_lost: "認められなかった" | "Lost";
    dispute_ended_now: "結果を記録しました。" | "The result is recorded.";
    dispute_over: "このチャージバックは終わっています。" | "This dispute is over.";
    todo_dispute_text: "期限までに証拠を出せます" | "You can answer with evidence";
    todo_dispute: "証拠を整える" | "Prepare evidence";
    todo_transfer_text: "返金先の口座を受け取りました。振り込んでください" | "The account is here. Please transfer the money";
    todo_waiting_text: "決済会社の残高を待っています" | "Waiting for the provider's balance";
    todo_expired_text: "口座入力の期限が切れました" | "The link for the account has expired";
}

/// A line of the story; `is_done` tells what happened from what is to come.
pub const fn milestone(milestone: Milestone, is_done: bool, lang: Lang) -> &'static str {
    use Milestone as M;
    let (ja, en) = match (milestone, is_done) {
        (M::Promised, _) => ("返金を受け付けました", "The refund was accepted"),
        (M::AccountAsked, _) => ("返金先の口座を伺いました", "A bank account was asked for"),
        (M::AccountGiven, true) => ("口座を受け取りました", "The account was given"),
        (M::AccountGiven, false) => ("口座の入力", "The bank account is entered"),
        (M::AccountRefused, _) => {
            ("口座に振り込めず、もう一度伺いました", "The account was refused and asked for again")
        }
        (M::CameBack, _) => (
            "振込が戻り、口座をもう一度伺いました",
            "The transfer came back; the account was asked for again",
        ),
        (M::Sent, true) => ("決済会社に返金を依頼しました", "The provider was asked"),
        (M::Sent, false) => ("決済会社に依頼", "The provider is asked"),
        (M::Waiting, _) => ("決済会社の残高を待っています", "Waiting for the provider’s balance"),
        (M::Returned, true) => ("返金しました", "The money was sent back"),
        (M::Returned, false) => ("返金の完了", "The money is sent back"),
        (M::HandedBack, true) => ("主催者が直接返しました", "The organizer gave it back"),
        (M::HandedBack, false) => ("主催者が直接返します", "The organizer gives it back"),
        (M::ChargedBack, _) => {
            ("カード会社が支払いを取り消しました", "The card company took it back")
        }
        (M::WonBack, _) => ("取り消しは認められませんでした", "The card company gave it back"),
        (M::Failed, _) => ("返金できませんでした", "The refund failed"),
        (M::Rejected, _) => ("返金は行われません", "The refund was declined"),
    };
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

/// How long the rest usually takes; none where nothing is to come.
pub const fn how_long(
    way: RefundWay,
    method: Option<PaymentMethod>,
    status: RefundStatus,
    lang: Lang,
) -> Option<&'static str> {
    match (status, way, method) {
        (RefundStatus::Failed | RefundStatus::Rejected, _, _)
        | (RefundStatus::Succeeded, RefundWay::ByHand | RefundWay::Account, _) => None,
        (RefundStatus::NeedsAccount, _, _) => Some(enter_account_text(lang)),
        (_, RefundWay::Account, _) => Some(given_text(lang)),
        (_, RefundWay::Original | RefundWay::ByHand, method) => {
            Some(crate::mails::refund_arrival(method, status, lang))
        }
    }
}

/// What was wrong with the account before.
pub fn account_problem(code: &str, lang: Lang) -> Option<&'static str> {
    match code {
        "not_refundable" | "account_unreadable" => None,
        code => Some(crate::mails::account_again(code, lang)),
    }
}

/// Refunds that the organizer has to transfer.
pub fn todo_transfers(n: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("振込で返すお金 {n}件"),
        Lang::En if n == 1 => "1 refund to transfer".to_owned(),
        Lang::En => format!("{n} refunds to transfer"),
    }
}

/// Disputes that wait for evidence.
pub fn todo_disputes(n: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("チャージバック {n}件"),
        Lang::En if n == 1 => "1 chargeback".to_owned(),
        Lang::En => format!("{n} chargebacks"),
    }
}

/// A dispute's state.
pub const fn dispute_status(status: domain::dispute::DisputeStatus, lang: Lang) -> StatusWord {
    use domain::dispute::DisputeStatus as S;
    let (sign, ja, en, tone) = match status {
        S::Open => ("!", "証拠を出せます", "Answer needed", Tone::Bad),
        S::UnderReview => ("◷", "カード会社が確認中", "Under review", Tone::Waiting),
        S::Won => ("✓", "お金が戻りました", "Won", Tone::Good),
        S::Lost => ("×", "認められませんでした", "Lost", Tone::Quiet),
    };
    let word = match lang {
        Lang::Ja => ja,
        Lang::En => en,
    };
    StatusWord { status: status.as_str(), sign, word, tone }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_milestone_has_its_words() {
        for it in Milestone::ALL {
            for lang in Lang::ALL {
                for is_done in [true, false] {
                    assert!(!milestone(*it, is_done, lang).is_empty());
                }
            }
        }
    }
}
