//! What does not add up, in plain words: what we saw, what we expected, what it means for the money, what to do.

use domain::alert::{AlertAction, AlertRule, Severity};

use crate::lang::Lang;
use crate::organizer::polite;
use crate::status::{StatusWord, Tone};

crate::messages! {
    title_all: "確認が必要なお知らせ" | "What does not add up";
    lead: "支払いと申込みの食い違いを、いつも見張っています。直ったものは自動で閉じます。" | "We watch all the time whether payments and orders agree. What becomes right closes by itself.";
    open: "未対応" | "Open";
    closed: "対応済み" | "Closed";
    saw: "見つけたこと" | "What we saw";
    should: "本来の状態" | "What we expected";
    means: "お金への影響" | "What it means for your money";
    since: "見つけた日時" | "Since";
    note: "確認した内容（記録に残ります）" | "What you found (kept on record)";
    more: "確認済みとして閉じる" | "Close with a note";
    accept: "記録して閉じる" | "Keep the note and close";
    see_order: "申込みを見る" | "See the order";
    older: "前のお知らせ" | "Older alerts";
    none_title: "すべて合っています" | "Everything adds up";
    none_text: "支払いと申込みの食い違いが見つかると、ここに出ます。" | "If payments and orders ever disagree, you will read it here.";
    none_closed_title: "対応済みのお知らせはありません" | "No closed alerts";
    none_closed_text: "対応したお知らせは、ここに記録として残ります。" | "Alerts that were dealt with stay here on record.";
    by_itself: "自動で解消しました" | "Became right by itself";
    accepted: "確認済みとして閉じました" | "Accepted";
    platform: "運営のお知らせ" | "Platform";
    own: "主催者のお知らせ" | "Organizer";
    done_closed: "解消しました。" | "This is settled now.";
    done_under_way: "やり直しを始めました。結果はまもなく反映されます。" | "It is being done again. The result shows in a moment.";
    done_still_so: "決済会社に確認しました。食い違いはまだ残っています。" | "We asked the provider. The difference is still there.";
    done_no_answer: "決済会社から返事がありませんでした。少し待って、もう一度お試しください。何も変わっていません。" | "The provider did not answer. Nothing has changed. Please try again in a moment.";
    done_waits_for_you: "この返金は、主催者の振込を待っています。申込みのページで振込先を確認し、振り込んだら記録してください。" | "This refund waits for your own transfer. The order’s page shows the account; please record it there when you have transferred.";
    done_note: "メモが長すぎるか、使えない文字が含まれています。" | "The note is too long or holds characters that cannot be kept.";
    done_busy: "ほかの操作と重なりました。もう一度お試しください。" | "Somebody else is changing the same. Please try again.";
    todo_text: "見つかった食い違いを確認してください。" | "Please look at what does not add up.";
    reflection_title: "最近の反映時間" | "How fast payments show";
    reflection_text: "決済会社で支払いが済んでから、ここに反映されるまでの時間です。" | "From the provider taking the money to showing it here.";
    reflection_none: "支払いがあると、ここに表示されます。" | "Shown as soon as somebody pays.";
    reflection_in_time: "60秒以内" | "Within 60 s";
    reflection_most: "ほとんど（90%）" | "Nine of ten";
    unknown_buyer: "申込者" | "The buyer";
    reflection_longer: "それ以上" | "longer";
}

/// How bad an alert is, as a state.
pub const fn badge(severity: Severity, lang: Lang) -> StatusWord {
    let (sign, tone, ja, en) = match severity {
        Severity::Critical => ("!", Tone::Bad, "要確認", "Needs you"),
        Severity::Warning => ("◷", Tone::Waiting, "注意", "Please look"),
        Severity::Notice => ("i", Tone::Quiet, "参考", "Good to know"),
    };
    let word = match lang {
        Lang::Ja => ja,
        Lang::En => en,
    };
    StatusWord { status: severity.as_str(), sign, word, tone }
}

/// How many alerts wait.
pub fn todo(n: i64, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("確認が必要なお知らせ {n}件"),
        Lang::En if n == 1 => "1 alert needs you".to_owned(),
        Lang::En => format!("{n} alerts need you"),
    }
}

/// That money of somebody's order does not add up, in the activity list, in both languages; `who` is polite already.
pub(crate) fn found(who: &str) -> (String, String) {
    (format!("{who}の支払いに食い違いを見つけました"), format!("{who}’s payment does not add up"))
}

/// The count beside the menu's word, for those who hear it.
pub fn open_count(n: i64, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("未対応 {n}件"),
        Lang::En => format!("{n} open"),
    }
}

/// So many seconds at most.
pub fn seconds(n: i32, lang: Lang) -> String {
    match (lang, n / 60) {
        (Lang::Ja, 0) => format!("{n}秒以内"),
        (Lang::En, 0) => format!("{n} s or less"),
        (Lang::Ja, minutes) => format!("{minutes}分以内"),
        (Lang::En, minutes) => format!("{minutes} min or less"),
    }
}

/// The button of an action.
pub fn action(action: AlertAction, rule: AlertRule, lang: Lang) -> &'static str {
    let (ja, en) = match (action, rule) {
        (AlertAction::Ask, _) => ("決済会社にもう一度確認する", "Ask the provider again"),
        (AlertAction::Repair, AlertRule::QuotaDiffers | AlertRule::HoldWithoutOrder) => {
            ("席を数え直す", "Count the places again")
        }
        (AlertAction::Repair, AlertRule::HoldNotReleased) => ("席を空ける", "Free the places"),
        (AlertAction::Repair, AlertRule::RefundStuck) => ("返金をやり直す", "Try the refund again"),
        (AlertAction::Repair, AlertRule::MailStuck) => ("すぐに送り直す", "Send them now"),
        (AlertAction::Repair, _) => ("もう一度実行する", "Try again"),
        (AlertAction::Refund, _) => ("返金の画面へ", "Go to the refund"),
        (AlertAction::Open, _) => ("振込の画面へ", "Go to the payout"),
        (AlertAction::Accept, _) => ("確認済みにする", "Accept"),
    };
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

/// One alert in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertText {
    pub title: &'static str,
    pub saw: String,
    pub should: &'static str,
    pub means: &'static str,
}

/// What is said about a rule in one language; `{who}`, `{amount}` and `{seen}` stand for what differs.
#[derive(Debug, Clone, Copy)]
struct Telling {
    title: &'static str,
    saw: &'static str,
    should: &'static str,
    means: &'static str,
}

macro_rules! tellings {
    ($($rule:ident { $($part:ident: $ja:literal | $en:literal;)+ })+) => {
        const fn telling(rule: AlertRule, lang: Lang) -> Telling {
            match (rule, lang) {
                $((AlertRule::$rule, Lang::Ja) => Telling { $($part: $ja),+ },
                (AlertRule::$rule, Lang::En) => Telling { $($part: $en),+ },)+
            }
        }
    };
}

tellings! {
    MissingHere {
        title: "支払い済みなのに、申込みに反映されていません" | "Paid at the provider, but not here";
        saw: "決済会社では{who}の {amount} が支払い済みですが、申込みはまだ支払い済みになっていません。" | "The provider has {amount} from {who}; the order does not say so yet.";
        should: "申込みが支払い済みになり、チケットが届いていること。" | "The order paid, and the tickets out.";
        means: "お金は決済会社に届いています。もう一度確認すると、その場で反映されます。" | "The money is at the provider. Asking again records it at once.";
    }
    MissingThere {
        title: "支払い済みの申込みの入金が、決済会社で見つかりません" | "Paid here, but not at the provider";
        saw: "{who}の申込みは {amount} 支払い済みですが、決済会社にはその入金がありません。" | "{who}’s order is paid with {amount}, but the provider knows no such payment.";
        should: "決済会社にも同じ入金があること。" | "The same payment at the provider.";
        means: "このままだと、この金額は入金されません。確認しても変わらなければ、ご本人に連絡してください。" | "As it stands this money will not reach you. If asking again changes nothing, please contact the buyer.";
    }
    MoneyLate {
        title: "終わった申込みに入金がありました" | "Money came after its order had ended";
        saw: "{who}の {amount} が、申込みが終わった後に届きました。席は空いていませんでした。" | "{amount} from {who} came after the order had ended, and no place was free.";
        should: "お金がご本人に戻っていること。" | "The money back with its owner.";
        means: "このお金は主催者のものではありません。返金が済むまでお預かりします。期限までに振り込まれ、明細の確認が遅れた分は自動では返金しません。ご本人に連絡してください。" | "This money is not yours. It is kept until it has gone back. A transfer that was made in time and only told of late does not go back by itself: please contact the buyer.";
    }
    MoneyDouble {
        title: "同じ申込みに二度の入金がありました" | "An order was paid twice";
        saw: "{who}から {amount} が二重に支払われました。" | "{who} paid {amount} twice.";
        should: "余分なお金がご本人に戻っていること。" | "The second payment back with its owner.";
        means: "決済会社を通った余分な分は、自動で返金します。口座への振込は、同じ入金が二度記録されただけかもしれないため、自動では返金しません。通帳を確かめてください。" | "What came through the provider goes back by itself. A transfer to your own account may be the same money recorded twice, so it does not: please look at your account first.";
    }
    MoneyShort {
        title: "入金額が足りません" | "Less came than was owed";
        saw: "{who}から届いたのは {amount} で、申込みの金額に足りません。" | "{amount} came from {who}, less than the order costs.";
        should: "申込みの金額ちょうどの入金。" | "Exactly the price.";
        means: "申込みは支払い済みになっていません。届いた分はお預かりしています。" | "The order is not paid. What came is kept for the buyer.";
    }
    MoneyOver {
        title: "入金額が多すぎます" | "More came than was owed";
        saw: "{who}から {amount} が届き、申込みの金額より多い額でした。" | "{amount} came from {who}, more than the order costs.";
        should: "申込みの金額ちょうどの入金。" | "Exactly the price.";
        means: "申込みは支払い済みです。差額はお預かりしているので、返金してください。" | "The order is paid. Please refund the difference, which is kept for the buyer.";
    }
    MoneyDispute {
        title: "チャージバックがありました" | "A bank took money back";
        saw: "カード会社が{who}の支払いを取り消しました（{amount}）。" | "The card company took {who}’s payment back ({amount}).";
        should: "取り消しがないこと。" | "No chargeback.";
        means: "この金額は売上から差し引かれます。" | "The amount is taken off your money.";
    }
    MoneyDisputeWon {
        title: "チャージバックの異議が認められました" | "A dispute was won after the order had ended";
        saw: "{who}の申込みは終わっていますが、異議が認められて {amount} が戻りました。" | "{amount} of {who} is back after a dispute was won, though the order has ended.";
        should: "取りやめで返すはずだったお金がご本人に戻っていること。" | "What was due when the order ended, with the buyer.";
        means: "取りやめの時に返していない分があれば、返金してください。返すものがなければ「確認済み」にしてください。" | "If something was due when the order ended and has not gone back, please refund it. If nothing is due, close this.";
    }
    MoneyRefundedThere {
        title: "決済会社の画面から返金されました" | "A refund was made at the provider";
        saw: "{who}への返金が、ここではなく決済会社の画面で行われました（{amount}）。" | "{who} was refunded {amount} at the provider, not here.";
        should: "返金はここから行うこと。" | "Refunds made here.";
        means: "帳簿にはすでに反映しています。" | "The books have it already.";
    }
    MoneyRefundsExceed {
        title: "入金額より多く返金されています" | "More went back than was taken";
        saw: "{who}への返金が、入金額 {amount} を超えています。" | "More than the {amount} that {who} paid went back.";
        should: "返金の合計が入金額以内であること。" | "No more back than was paid.";
        means: "超えた分は帳簿に入っていません。決済会社の明細を確認してください。" | "The excess is not in the books. Please check the provider’s statement.";
    }
    SettlementMissingHere {
        title: "決済会社の精算に、心当たりのない入金があります" | "The provider settled money that nobody here knows";
        saw: "精算に、ここにはない取引が含まれています（{seen}）。" | "A settlement holds a transaction that is not here ({seen}).";
        should: "精算のすべての明細が、ここの支払いか返金であること。" | "Every line of a settlement is a payment or refund of ours.";
        means: "この金額は、どの主催者にも計上していません。入金や返金があとで記録されると自動で閉じます。続くときは決済会社に確認してください。" | "The amount is booked for nobody. This closes by itself when its payment or refund is recorded later; else please ask the provider.";
    }
    SettlementMissingThere {
        title: "決済会社の精算に含まれていない支払いがあります" | "A payment is missing from the provider’s settlements";
        saw: "{who}の支払い {amount} が、含まれるはずの精算に含まれていません。" | "{who}’s payment of {amount} is not in the settlement that should hold it.";
        should: "支払いが精算に含まれていること。" | "The payment in a settlement.";
        means: "この金額はまだ振り込まれていません。次の精算に含まれると自動で閉じます。続くときは決済会社に確認してください。" | "This money was not paid out yet. This closes by itself when a later settlement holds it; else please ask the provider.";
    }
    SettlementOtherAmount {
        title: "決済会社の精算額が違います" | "The provider settled another amount";
        saw: "{who}の支払い {amount} が、精算では別の金額になっています（{seen}）。" | "{who}’s {amount} was settled with another amount ({seen}).";
        should: "支払いや返金と同じ金額で精算されること。" | "Settled with the amount of the payment or refund.";
        means: "差額は帳簿で「決済会社の預かり」に残っています。決済会社に確認してください。" | "The difference stays with the provider in the books. Please ask the provider.";
    }
    SettlementOtherFee {
        title: "決済会社の手数料が違います" | "The provider kept another fee";
        saw: "{who}の支払い {amount} から引かれた手数料が、料率と合いません（{seen}）。" | "The fee kept of {who}’s {amount} is not what the rate says ({seen}).";
        should: "決まった料率どおりの手数料。" | "The fee by the agreed rate.";
        means: "差額の分だけ、受け取る金額が変わります。決済会社に確認してください。" | "What you receive differs by that much. Please ask the provider.";
    }
    SettlementOtherSum {
        title: "精算の合計と明細が合いません" | "A settlement’s sums are not those of its lines";
        saw: "決済会社の精算の合計が、明細の合計と違います（{seen}）。" | "The provider’s sums differ from its own lines ({seen}).";
        should: "合計と明細が同じ金額であること。" | "The same amounts in sums and lines.";
        means: "明細のとおりに記帳しています。決済会社に確認してください。" | "The lines were booked. Please ask the provider.";
    }
    SettlementWithoutLines {
        title: "決済会社の精算の明細を読み取れません" | "A settlement’s lines cannot be read";
        saw: "振込済みの精算に、読み取れる明細がありません（{seen}）。" | "A settlement was paid out, and its lines cannot be read ({seen}).";
        should: "振込済みの精算に、支払いと返金の明細があること。" | "The payments and refunds of every settlement that was paid out.";
        means: "この精算はまだ記帳していません。明細を読み取れると自動で記帳し、閉じます。" | "The settlement is not booked yet. It is, and this closes, as soon as its lines can be read.";
    }
    ReportDiffers {
        title: "決済会社の金額と帳簿が合いません" | "The provider’s amount and the books differ";
        saw: "{who}の支払い {amount} について、決済会社の残高と帳簿の残高が違います。" | "The provider and the books hold different amounts of {who}’s {amount}.";
        should: "どちらも同じ金額であること。" | "The same amount on both sides.";
        means: "差額があるまま精算すると、金額が合いません。" | "Settled like this, the figures would not match.";
    }
    BooksDiffer {
        title: "支払いと帳簿が合いません" | "A payment and the books differ";
        saw: "{who}の支払い {amount} と帳簿が合いません（{seen}）。" | "{who}’s payment of {amount} and the books differ ({seen}).";
        should: "支払い、返金、帳簿が同じ金額であること。" | "The same amounts in payment, refunds and books.";
        means: "精算の前に確認が必要です。運営にも知らせています。" | "Please check before settling. The platform is told too.";
    }
    OrderDiffers {
        title: "申込みの状態とお金が合いません" | "An order’s state and its money differ";
        saw: "{who}の申込みの状態と、お金や席が合いません（{seen}）。" | "The state of {who}’s order, its money and its places differ ({seen}).";
        should: "申込み、お金、チケットが一致していること。" | "Order, money and tickets in agreement.";
        means: "受付や精算に影響することがあります。" | "This can touch the door and the settlement.";
    }
    LedgerUnbalanced {
        title: "帳簿の合計が合いません" | "The ledger does not balance";
        saw: "合計がゼロにならない仕訳があります（{seen}）。" | "A ledger transaction does not sum to zero ({seen}).";
        should: "すべての仕訳の合計がゼロであること。" | "Every transaction sums to zero.";
        means: "すぐに調べてください。" | "Please look at once.";
    }
    SettlementDiffers {
        title: "精算と帳簿が合いません" | "A settlement and the books differ";
        saw: "精算の金額が、帳簿にも差異の記録にもありません（{seen}）。" | "A settlement’s money is neither in the books nor told as a difference ({seen}).";
        should: "精算の金額がすべて帳簿にあること。" | "All of a settlement in the books.";
        means: "振込額の説明がつきません。すぐに調べてください。" | "What was paid out cannot be explained. Please look at once.";
    }
    StatementDiffers {
        title: "入出金明細と支払いが合いません" | "A bank statement’s line and its payment differ";
        saw: "消し込んだ明細と、その支払いの金額や申込みが違います（{seen}）。" | "A line that was recorded does not agree with its payment ({seen}).";
        should: "明細と支払いが同じ申込みの同じ金額であること。" | "The same amount for the same order in line and payment.";
        means: "入金の記録が信用できません。すぐに調べてください。" | "What came in is recorded wrongly. Please look at once.";
    }
    ProcessDiffers {
        title: "中止や返金の手続きと書類が合いません" | "A process and its steps or papers differ";
        saw: "手続きの進み具合や書類が一致しません（{seen}）。" | "A process does not agree with its steps or papers ({seen}).";
        should: "手続き、書類、お金が一致していること。" | "Process, papers and money in agreement.";
        means: "返金や書類が漏れているかもしれません。" | "A refund or a paper may be missing.";
    }
    AuditBroken {
        title: "操作の記録が書き換えられています" | "The audit log was changed";
        saw: "操作の記録が、封をしたときと違っています（{seen}）。" | "The audit log is not as it was sealed ({seen}).";
        should: "記録が一行も変わっていないこと。" | "No line changed or missing.";
        means: "誰が何をしたかの証拠が信用できません。すぐに調べてください。" | "Who did what can no longer be relied on. Please look at once.";
    }
    QuotaDiffers {
        title: "席の数が合いません" | "The places do not add up";
        saw: "席の数とチケットの数が違います（{seen}）。" | "The number of places taken and of tickets differ ({seen}).";
        should: "同じ数であること。" | "The same number.";
        means: "売りすぎや、売れない席の原因になります。数え直すと直ります。" | "Too many or too few places would be sold. Counting again repairs it.";
    }
    HoldWithoutOrder {
        title: "終わった申込みが席を取っています" | "An ended order still keeps places";
        saw: "{who}の申込みは終わっていますが、席が取られたままです。" | "{who}’s order has ended, but still keeps places.";
        should: "席が空いていること。" | "The places free.";
        means: "その席を売ることができません。数え直すと直ります。" | "They cannot be sold. Counting again repairs it.";
    }
    HoldNotReleased {
        title: "期限を過ぎた席が空いていません" | "A hold that is over keeps places";
        saw: "{who}の支払い期限が過ぎましたが、席が取られたままです。" | "{who}’s time to pay is over, but the places are still kept.";
        should: "席が空いて、ほかの人が申し込めること。" | "The places free for others.";
        means: "その席を売ることができません。" | "They cannot be sold.";
    }
    RefundStuck {
        title: "返金が進んでいません" | "A refund is not moving";
        saw: "{who}への返金 {amount} が、始まったまま終わっていません。" | "The refund of {amount} to {who} began and did not end.";
        should: "返金が済んでいること。" | "The refund done.";
        means: "ご本人にお金が戻っていません。やり直しても二重にはなりません。" | "The money is not back. Trying again never refunds twice.";
    }
    PayoutStuck {
        title: "振込が途中で止まっています" | "A payout does not move on";
        saw: "振込 {seen} の次の手順（承認・銀行への依頼・結果の記録）が、期限までに済んでいません。" | "The next step of payout {seen} (its approval, its way to the bank, or its result) is overdue.";
        should: "次の手順が期限までに済んでいること。" | "The next step done in time.";
        means: "お金は取り分けてあり安全ですが、まだ届いていません。振込の画面で次の手順を進めるか、取り消してください。" | "The money is set aside and safe, but has not arrived. Take the next step on the payout’s page, or take it back.";
    }
    MailStuck {
        title: "メールの送信が遅れています" | "Mails are waiting";
        saw: "送信待ちのまま時間がたっているメールがあります。" | "Mails have been waiting for too long.";
        should: "すぐに送られること。" | "Mails leave at once.";
        means: "お金への影響はありません。案内やチケットが届いていない方がいます。" | "No money is touched. Some people miss their tickets or instructions.";
    }
    MailRefused {
        title: "メールが届きませんでした" | "A mail could not be delivered";
        saw: "{who}へのメールが、宛先で受け取ってもらえませんでした。" | "A mail to {who} was refused by its mail server.";
        should: "メールが届くこと。" | "The mail delivered.";
        means: "お金への影響はありません。アドレスを確認して、別の方法で連絡してください。" | "No money is touched. Please check the address and get in touch another way.";
    }
    JobDead {
        title: "処理が完了しませんでした" | "A job gave up";
        saw: "何度やり直しても終わらない処理があります（{seen}）。" | "A job gave up after its last attempt ({seen}).";
        should: "処理が終わること。" | "The job done.";
        means: "内容によっては、入金や返金の反映が遅れます。" | "Depending on the job, money shows late.";
    }
    WebhooksSilent {
        title: "決済会社からの通知が届いていません" | "The provider’s webhooks do not arrive";
        saw: "支払いは届いていますが、決済会社からの通知が一つもありません。" | "Payments arrive, but not a single webhook does.";
        should: "支払いのたびに通知が届くこと。" | "A webhook for every payment.";
        means: "支払いは失われませんが、反映が遅くなります。通知先の設定を確認してください。" | "No payment is lost, but they show later. Please check the webhook address at the provider.";
    }
}

/// What is said of a rule that another part of the house raised by a word of its own.
const fn general(lang: Lang) -> Telling {
    match lang {
        Lang::Ja => Telling {
            title: "数字が合わないところがあります",
            saw: "{who}について、数字が合いません {amount}（{seen}）。",
            should: "数字がすべて合っていること。",
            means: "内容を確認してください。",
        },
        Lang::En => Telling {
            title: "Something does not add up",
            saw: "{who}: something does not add up {amount} ({seen}).",
            should: "That all figures agree.",
            means: "Please have a look.",
        },
    }
}

fn telling_of(rule: &str, lang: Lang) -> Telling {
    AlertRule::parse(rule).map_or(general(lang), |rule| telling(rule, lang))
}

/// The headline of a rule.
pub fn title(rule: &str, lang: Lang) -> &'static str {
    telling_of(rule, lang).title
}

/// Tells an alert: `who` ordered, `amount` is the money it is about, `seen` what else was seen.
pub fn tell(rule: &str, who: &str, amount: &str, seen: &str, lang: Lang) -> AlertText {
    let who = if who.is_empty() { unknown_buyer(lang).to_owned() } else { polite(who, lang) };
    let Telling { title, saw, should, means } = telling_of(rule, lang);
    let saw = saw.replace("{amount}", amount).replace("{seen}", seen).replace("{who}", &who);
    AlertText { title, saw, should, means }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_told_in_both_languages() {
        for rule in AlertRule::ALL {
            let (ja, en) = (
                tell(rule.as_str(), "佐藤", "¥3,000", "x", Lang::Ja),
                tell(rule.as_str(), "佐藤", "¥3,000", "x", Lang::En),
            );
            for (ja, en) in [
                (ja.title, en.title),
                (&ja.saw, &en.saw),
                (ja.should, en.should),
                (ja.means, en.means),
            ] {
                assert!(!ja.is_empty() && !en.is_empty() && ja != en, "{rule}");
            }
            for of in rule.actions() {
                assert_ne!(action(*of, *rule, Lang::Ja), action(*of, *rule, Lang::En));
            }
        }
    }

    #[test]
    fn times_are_told_in_round_numbers() {
        assert_eq!(seconds(5, Lang::Ja), "5秒以内");
        assert_eq!(seconds(120, Lang::En), "2 min or less");
    }
}
