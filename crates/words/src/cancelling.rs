//! What is said about cancelling: the policy in plain words, what it costs today and tomorrow, requests and answers.

use domain::cancel_policy::{CancelMode, Fee, Preset, Terms, Until};
use domain::money::{Currency, Money};
use domain::return_request::ReturnRequestStatus;

use crate::lang::Lang;
use crate::status::{StatusWord, Tone};

crate::messages! {
    // The policy
    policy_title: "キャンセルについて" | "Cancelling";
    fee: "取消料" | "Cancellation fee";
    back: "戻る額" | "You get back";
    free: "無料" | "Free";
    not_possible: "キャンセルできません" | "Not possible";
    for_all: "すべての区分" | "All tickets";

    // The participant
    choose_title: "申込みをキャンセルする" | "Cancel your order";
    choose_text: "ご参加できなくなった分だけを選べます。確認の画面へ進むまで、何も変わりません。" | "Choose only what you cannot use. Nothing changes before you confirm on the next page.";
    today: "いまキャンセルすると" | "If you cancel now";
    one_ticket: "この1枚をキャンセル" | "Cancel this ticket";
    whole_order: "すべてキャンセル" | "Cancel the whole order";
    confirm_title: "キャンセルしますか" | "Cancel now?";
    confirm_text: "チケットは無効になり、お席は次の方に譲られます。この操作は取り消せません。" | "The tickets become void and the places go to others. This cannot be undone.";
    confirm_rest: "ほかのチケットはそのままお使いいただけます。" | "Your other tickets stay valid.";
    confirm: "キャンセルする" | "Yes, cancel";
    keep: "キャンセルしない" | "Keep it";
    nothing_paid: "お支払いはありません" | "Nothing was paid";
    way_back: "お支払いの方法に応じてお返しします。コンビニ・銀行振込・ペイジーの場合は、返金先の口座をお伺いします。" | "It goes back the way it came. For store, bank and Pay-easy payments we ask for a bank account.";
    nothing_back: "戻る額はありません。" | "Nothing comes back.";
    too_late: "キャンセルの受付は終わりました。主催者にご連絡ください。" | "It is too late to cancel here. Please contact the organizer.";
    only_organizer: "このお申込みのキャンセルは、主催者にご連絡ください。" | "To cancel this order, please contact the organizer.";
    fee_changed: "取消料が変わりました。もう一度ご確認ください。" | "The fee has changed. Please look again.";
    already: "すでにキャンセルされています" | "It is cancelled already";
    cancelled_tickets: "キャンセルした分" | "Cancelled";
    kept_fee: "いただいた取消料" | "Fee kept";
    goes_back: "お返しする額" | "Returned to you";
    waived: "取消料は免除されました" | "The fee was waived";
    ask_link: "キャンセルを申し出る" | "Ask to cancel";
    ask_one: "この1枚について申し出る" | "Ask about this ticket";
    ask_whole: "すべてについて申し出る" | "Ask about the whole order";
    ask_title: "キャンセルを申し出ますか" | "Ask to cancel?";
    ask_text: "主催者が確認して、メールでお返事します。お返事があるまで、チケットはそのまま有効です。" | "The organizer decides and answers by mail. Until then your tickets stay valid.";
    ask_if_approved: "認められた場合" | "If it is approved";
    ask_note: "主催者へのご連絡" | "To the organizer";
    ask_note_hint: "ご事情などをお書きください。" | "Tell why, if you like.";
    ask_confirm: "申し出る" | "Ask";
    asked_now: "お申し出を受け付けました。主催者のお返事をお待ちください。" | "We passed on your wish. Please wait for the organizer’s answer.";
    already_asked: "お申し出は受付済みです。主催者のお返事をお待ちください。" | "You asked already. Please wait for the organizer’s answer.";
    request_title: "キャンセルのお申し出" | "Your wish to cancel";
    answer: "主催者から" | "From the organizer";

    // The organizer: the editor
    editor_title: "キャンセルのきまり" | "Cancel policy";
    editor_lead: "お店のきまりに合わせておくと、直前のキャンセルで幹事が損をしません。変更は、これからの申込みにだけ効きます。" | "Mirror what the restaurant asks of you, and a late cancellation costs you nothing. Changes reach new orders only.";
    editor_change: "きまりを変える" | "Change the policy";
    editor_presets: "よくあるきまりから選ぶ" | "Start from a common rule";
    editor_use: "これにする" | "Use this";
    editor_now: "いまのきまり" | "The policy now";
    editor_own: "自分で決める" | "Make your own";
    editor_mode: "お支払い後のキャンセル" | "Cancelling after payment";
    mode_self_service: "参加者が自分でできる" | "Participants cancel by themselves";
    mode_self_service_hint: "取消料を引いた額が自動で戻ります。" | "What is left after the fee goes back by itself.";
    mode_approval: "申し出てもらい、主催者が決める" | "Participants ask, you decide";
    mode_approval_hint: "申し出があると「やること」に出ます。" | "Wishes appear on your to-do list.";
    mode_closed: "受け付けない" | "Only by you";
    mode_closed_hint: "主催者が手で行うことはできます。" | "You can still cancel for a participant.";
    step_until: "いつまで" | "Until";
    step_unit: "単位" | "Unit";
    unit_days: "日前" | "days before";
    unit_hours: "時間前" | "hours before";
    step_percent: "取消料（%）" | "Fee (%)";
    step_fixed: "取消料（円）" | "Fee (yen)";
    steps_hint: "遠い期限から順に。使わない行は空欄のままで。%と円の両方を入れると足します。" | "The furthest first; leave rows empty that you do not need. Percent and yen are added up.";
    after_title: "最後の期限のあと、開始まで" | "After the last step, until the start";
    after_fee: "取消料をいただいて受け付ける" | "Possible, for this fee";
    after_closed: "受け付けない（返金なし）" | "Not possible (nothing comes back)";
    editor_for: "対象の区分" | "For which ticket";
    editor_for_hint: "区分ごとに違うきまりにできます。" | "A ticket may have terms of its own.";
    own_terms: "この区分だけのきまり" | "Terms of this ticket";
    same_as_all: "すべての区分と同じにする" | "Same as all tickets";
    policy_saved: "キャンセルのきまりを保存しました。これからの申込みに適用されます。" | "The policy is saved. It holds for new orders.";
    problem_step: "期限は遠い順に、1以上の数で入力してください" | "Times must run towards the start and be 1 or more";
    problem_order: "期限が前の行より後になっています。遠い順に並べてください" | "This time is not after the one before. Start with the furthest";
    problem_falls: "取消料が途中で下がっています。だんだん高くなるようにしてください" | "The fee falls at this step. Let it rise with time";
    problem_number: "0から100までの%、または0以上の金額を入力してください" | "Enter a percentage of 0 to 100, or an amount of 0 or more";

    // The organizer: cancelling for somebody
    for_participant_lead: "参加者に代わってキャンセルします。席は空き、参加者にメールでお知らせします。" | "Cancels for the participant. Places are freed and the participant gets a mail.";
    choice_policy: "きまりどおり取消料をいただく" | "Keep the fee of the policy";
    choice_waive: "取消料を免除する" | "Waive the fee";
    reason_hint: "参加者に送るメールに載ります。操作履歴にも残ります。" | "The participant reads it in the mail; it stays in the history.";
    you_keep: "手元に残る取消料" | "Fee you keep";
    participant_gets: "参加者に戻る額" | "The participant gets back";
    kept_fees: "取消料" | "Fees kept";
    cancelled_for_now: "キャンセルしました。お知らせのメールを送ります。" | "Cancelled. A mail is on its way.";

    // The organizer: requests
    requests_title: "キャンセルのお申し出" | "Wishes to cancel";
    requests_none_title: "お申し出はありません" | "Nobody asked to cancel";
    requests_none_text: "参加者から申し出があると、ここに並びます。" | "When a participant asks, it appears here.";
    approve: "認める" | "Approve";
    reject: "お断りする" | "Decline";
    answer_hint: "参加者に送るメールに載ります。" | "The participant reads it in the mail.";
    approved_now: "お申し出を認めました。返金とお知らせを始めます。" | "Approved. The refund and a mail are on their way.";
    rejected_now: "お断りのお返事を送ります。" | "Your answer is on its way.";
    too_late_to_decide: "このお申し出は、すでに片づいています" | "This wish has been settled already";
    todo_text: "お返事を待っている参加者がいます。" | "Somebody waits for your answer.";

    // Mails
    mail_cancelled_heading: "キャンセルを承りました" | "Your cancellation";
    mail_cancelled_lead: "次のチケットをキャンセルしました。" | "These tickets are cancelled.";
    mail_back: "お返しする額" | "Returned to you";
    mail_no_fee: "取消料はかかりません。" | "There is no fee.";
    mail_rest: "ほかのチケットは、そのままお使いいただけます。" | "Your other tickets stay valid.";
    mail_requested_subject: "キャンセルのお申し出を受け付けました" | "we passed on your wish to cancel";
    mail_requested_heading: "お申し出を受け付けました" | "We passed on your wish";
    mail_rejected_subject: "キャンセルのお申し出について" | "about your wish to cancel";
    mail_rejected_heading: "お申し出について、主催者からのお返事です" | "The organizer’s answer";
    mail_rejected_lead: "申し訳ありませんが、今回のキャンセルはお受けできませんでした。チケットはそのままお使いいただけます。" | "We are sorry: this time the organizer could not agree. Your tickets stay valid.";
    mail_to_decide_heading: "キャンセルのお申し出があります" | "Somebody asks to cancel";
    mail_to_decide_button: "お申し出を見る" | "See the wish";
    mail_note: "ご本人から" | "From the participant";
    your_own_wish: "このメールは、主催者としてご登録のアドレスにお送りしています。" | "You get this mail because your address is registered for the organizer.";
}

/// What the event's page says before buying.
pub const fn mode_text(mode: CancelMode, lang: Lang) -> &'static str {
    match (mode, lang) {
        (CancelMode::SelfService, Lang::Ja) => {
            "お支払い後も、メールでお送りするご本人専用のページからキャンセルできます。"
        }
        (CancelMode::SelfService, Lang::En) => {
            "After paying, you can cancel on the personal page that we mail you."
        }
        (CancelMode::Approval, Lang::Ja) => {
            "お支払い後のキャンセルは、ご本人専用のページからお申し出ください。主催者がお返事します。"
        }
        (CancelMode::Approval, Lang::En) => {
            "After paying, you can ask to cancel on your personal page. The organizer decides."
        }
        (CancelMode::Closed, Lang::Ja) => "お支払い後のキャンセルは、主催者にご連絡ください。",
        (CancelMode::Closed, Lang::En) => "To cancel after paying, please contact the organizer.",
    }
}

/// The terms in plain words: until when, and for how much.
pub fn lines(terms: &Terms, currency: Currency, lang: Lang) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = terms
        .steps
        .iter()
        .map(|step| (until(step.until, lang), fee_text(Some(step.fee), currency, lang)))
        .collect();
    let last = terms.steps.last().map(|step| step.until);
    lines.push((from(last, lang), fee_text(terms.after, currency, lang)));
    lines
}

/// The terms in one line: `2日前まで 無料、前日まで 50%、当日 100%`.
pub fn sentence(terms: &Terms, currency: Currency, lang: Lang) -> String {
    let between = match lang {
        Lang::Ja => "、",
        Lang::En => ", ",
    };
    let lines = lines(terms, currency, lang);
    lines.iter().map(|(when, fee)| format!("{when} {fee}")).collect::<Vec<_>>().join(between)
}

fn until(until: Until, lang: Lang) -> String {
    match (until, lang) {
        (Until::Days(1), Lang::Ja) => "前日まで".to_owned(),
        (Until::Days(1), Lang::En) => "until the day before".to_owned(),
        (Until::Days(days), Lang::Ja) => format!("{days}日前まで"),
        (Until::Days(days), Lang::En) => format!("until {days} days before"),
        (Until::Hours(hours), Lang::Ja) => format!("開始{hours}時間前まで"),
        (Until::Hours(1), Lang::En) => "until an hour before".to_owned(),
        (Until::Hours(hours), Lang::En) => format!("until {hours} hours before"),
    }
}

/// What comes after the last step.
fn from(last: Option<Until>, lang: Lang) -> String {
    match (last, lang) {
        (None, Lang::Ja) => "開始まで".to_owned(),
        (None, Lang::En) => "until the start".to_owned(),
        (Some(Until::Days(1)), Lang::Ja) => "当日".to_owned(),
        (Some(Until::Days(1)), Lang::En) => "on the day".to_owned(),
        (Some(Until::Days(2)), Lang::Ja) => "前日から".to_owned(),
        (Some(Until::Days(2)), Lang::En) => "from the day before".to_owned(),
        (Some(Until::Days(days)), Lang::Ja) => format!("{}日前から", days.saturating_sub(1)),
        (Some(Until::Days(days)), Lang::En) => {
            format!("from {} days before", days.saturating_sub(1))
        }
        (Some(Until::Hours(_)), Lang::Ja) => "それ以降".to_owned(),
        (Some(Until::Hours(_)), Lang::En) => "after that".to_owned(),
    }
}

/// A fee as a part of the price, an amount, or both.
pub fn fee_text(fee: Option<Fee>, currency: Currency, lang: Lang) -> String {
    let Some(fee) = fee else { return not_possible(lang).to_owned() };
    let fixed = crate::money::format(Money::new(fee.fixed_minor, currency), lang);
    match (fee.basis_points, fee.fixed_minor) {
        (0, 0) => free(lang).to_owned(),
        (0, _) => fixed,
        (basis_points, 0) => percent(basis_points),
        (basis_points, _) => format!("{} + {fixed}", percent(basis_points)),
    }
}

/// `50%`, `12.5%`.
pub fn percent(basis_points: u16) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    if rest == 0 {
        return format!("{whole}%");
    }
    format!("{whole}.{rest:02}").trim_end_matches('0').to_owned() + "%"
}

/// A policy to begin with.
pub const fn preset(preset: Preset, lang: Lang) -> &'static str {
    match (preset, lang) {
        (Preset::Free, Lang::Ja) => "開始まで無料",
        (Preset::Free, Lang::En) => "Free until the start",
        (Preset::SameDay, Lang::Ja) => "当日100%",
        (Preset::SameDay, Lang::En) => "100% on the day",
        (Preset::DayBefore, Lang::Ja) => "前日50%・当日100%",
        (Preset::DayBefore, Lang::En) => "50% the day before, 100% on the day",
        (Preset::ThreeDays, Lang::Ja) => "3日前30%・前日50%・当日100%",
        (Preset::ThreeDays, Lang::En) => "30% from three days before, then 50%, then 100%",
        (Preset::Banquet, Lang::Ja) => "宴会・貸切: 7日前30%・3日前50%・当日100%",
        (Preset::Banquet, Lang::En) => "Banquet: 30% from a week before, then 50%, then 100%",
        (Preset::Approval, Lang::Ja) => "申し出てもらって決める",
        (Preset::Approval, Lang::En) => "Participants ask, you decide",
        (Preset::Closed, Lang::Ja) => "参加者からは受け付けない",
        (Preset::Closed, Lang::En) => "Only by the organizer",
    }
}

/// From when something else holds.
pub fn from_then(when: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{when} からは"),
        Lang::En => format!("From {when}"),
    }
}

/// Until when what is said holds.
pub fn holds_until(when: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{when} より前なら、この内容です。"),
        Lang::En => format!("This holds before {when}."),
    }
}

/// The heading of one row of the editor.
pub fn step_number(n: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("期限{n}"),
        Lang::En => format!("Step {n}"),
    }
}

/// Wishes that wait for the organizer.
pub fn todo_requests(n: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("キャンセルのお申し出 {n}件"),
        Lang::En if n == 1 => "1 person asks to cancel".to_owned(),
        Lang::En => format!("{n} people ask to cancel"),
    }
}

/// How many tickets, for a subject.
pub fn mail_cancelled_subject(n_tickets: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("キャンセルを承りました（{n_tickets}枚）"),
        Lang::En if n_tickets == 1 => "your ticket is cancelled".to_owned(),
        Lang::En => format!("your {n_tickets} tickets are cancelled"),
    }
}

/// Who asks, for the organizer's subject.
pub fn mail_to_decide_subject(who: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{who}さんからキャンセルのお申し出"),
        Lang::En => format!("{who} asks to cancel"),
    }
}

/// Who asks for what.
pub fn mail_to_decide_lead(who: &str, n_tickets: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "{who}さんが、チケット{n_tickets}枚のキャンセルを希望しています。認めるかどうかをお返事ください。"
        ),
        Lang::En => {
            format!("{who} wishes to cancel {n_tickets} ticket(s). Please say yes or no.")
        }
    }
}

/// How many tickets.
pub fn tickets(n: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("チケット {n}枚"),
        Lang::En if n == 1 => "1 ticket".to_owned(),
        Lang::En => format!("{n} tickets"),
    }
}

/// A return request's state.
pub const fn request(status: ReturnRequestStatus, lang: Lang) -> StatusWord {
    let (tone, sign, ja, en) = match status {
        ReturnRequestStatus::Requested => {
            (Tone::Waiting, "◷", "お返事待ち", "Waiting for an answer")
        }
        ReturnRequestStatus::Approved => (Tone::Good, "✓", "認められました", "Approved"),
        ReturnRequestStatus::Rejected => (Tone::Quiet, "×", "お断り", "Declined"),
        ReturnRequestStatus::Completed => (Tone::Good, "✓", "完了", "Completed"),
    };
    let word = match lang {
        Lang::Ja => ja,
        Lang::En => en,
    };
    StatusWord { status: status.as_str(), sign, word, tone }
}

/// What happened, in one line of the activity list.
pub fn happening(topic: &str, who: &str, lang: Lang) -> Option<String> {
    Some(match (topic, lang) {
        ("ticket.cancelled", Lang::Ja) => format!("{who}がチケットをキャンセルしました"),
        ("ticket.cancelled", Lang::En) => format!("Tickets of {who} were cancelled"),
        ("return_request.requested", Lang::Ja) => format!("{who}がキャンセルを申し出ました"),
        ("return_request.requested", Lang::En) => format!("{who} asks to cancel"),
        ("return_request.approved", Lang::Ja) => format!("{who}の申し出を認めました"),
        ("return_request.approved", Lang::En) => format!("The wish of {who} was approved"),
        ("return_request.rejected", Lang::Ja) => format!("{who}の申し出をお断りしました"),
        ("return_request.rejected", Lang::En) => format!("The wish of {who} was declined"),
        ("return_request.completed", Lang::Ja) => format!("{who}の申し出が完了しました"),
        ("return_request.completed", Lang::En) => format!("The wish of {who} is settled"),
        ("return_request.reopened", Lang::Ja) => {
            format!("{who}への返金が戻り、申し出は完了していません")
        }
        ("return_request.reopened", Lang::En) => {
            format!("The refund to {who} came back; the wish is not settled")
        }
        ("event.cancel_policy_set", Lang::Ja) => "キャンセルのきまりを変えました".to_owned(),
        ("event.cancel_policy_set", Lang::En) => "The cancel policy was changed".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_reads_like_the_restaurants() {
        let told = |preset: Preset, lang| sentence(&preset.policy().general, Currency::JPY, lang);
        assert_eq!(told(Preset::DayBefore, Lang::Ja), "2日前まで 無料、前日まで 50%、当日 100%");
        assert_eq!(
            told(Preset::DayBefore, Lang::En),
            "until 2 days before Free, until the day before 50%, on the day 100%"
        );
        assert_eq!(told(Preset::Free, Lang::Ja), "開始まで 無料");
        assert_eq!(told(Preset::Closed, Lang::Ja), "開始まで キャンセルできません");
        let fee = Fee { basis_points: 1250, fixed_minor: 500 };
        assert_eq!(fee_text(Some(fee), Currency::JPY, Lang::Ja), "12.5% + ¥500");
    }
}
