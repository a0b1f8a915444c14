//! The steps of long processes in words.

use domain::process::{ProcessKind, ProcessState, StepName, StepState};

use crate::lang::Lang;
use crate::status::{StatusWord, Tone};

crate::messages! {
    overdue: "予定より長くかかっています" | "Takes longer than it should";
}

/// What runs.
pub const fn kind(kind: ProcessKind, lang: Lang) -> &'static str {
    match (kind, lang) {
        (ProcessKind::Purchase, Lang::Ja) => "申込みから確定まで",
        (ProcessKind::Purchase, Lang::En) => "From the order to its confirmation",
        (ProcessKind::Refund, Lang::Ja) => "返金の流れ",
        (ProcessKind::Refund, Lang::En) => "The refund’s way",
        (ProcessKind::EventCancellation, Lang::Ja) => "中止の手順",
        (ProcessKind::EventCancellation, Lang::En) => "How the event is cancelled",
        (ProcessKind::Payout, Lang::Ja) => "振込の流れ",
        (ProcessKind::Payout, Lang::En) => "The payout’s way",
    }
}

/// A step.
pub const fn step(name: StepName, lang: Lang) -> &'static str {
    let (ja, en) = match name {
        StepName::KeepPlaces => ("席を確保", "Places are kept"),
        StepName::OpenPage => ("支払い画面を用意", "The payment page opens"),
        StepName::TakeMoney => ("入金", "The money arrives"),
        StepName::IssueTickets => ("チケットを発行", "Tickets are issued"),
        StepName::Confirm => ("確認メールを送信", "The confirmation is mailed"),
        StepName::FreePlaces => ("席を戻す", "Places are freed"),
        StepName::ClosePage => ("支払い画面を閉じる", "The payment page closes"),
        StepName::ReturnMoney => ("お金を返す", "The money goes back"),
        StepName::PromiseRefund => ("返金を決定", "The refund is promised"),
        StepName::ReleaseRefund => {
            ("返金を取りやめ（お金は元のまま）", "The refund is released (the money stays)")
        }
        StepName::GetAccount => ("返金先の口座を確認", "The bank account is named"),
        StepName::SendRefund => ("決済会社へ返金を依頼", "The payment company returns it"),
        StepName::CloseSales => ("受付を停止", "Sales stop"),
        StepName::ListOrders => ("対象の申込みを確定", "Orders are listed"),
        StepName::EndOrders => ("申込みを終了し返金を依頼", "Orders end and refunds are asked for"),
        StepName::AwaitRefunds => ("返金の完了を待つ", "Refunds arrive"),
        StepName::SetAside => ("金額を取り分け", "The money is set aside"),
        StepName::MakePayable => ("振り込める金額へ戻す", "The money can be paid out again"),
        StepName::ApprovePayout => ("メンバーが承認", "A member approves"),
        StepName::TellBank => ("銀行へ送金を依頼", "The bank is told"),
        StepName::AwaitBank => ("口座へ入金", "The money arrives"),
    };
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

/// How far a step is.
pub const fn state(state: StepState, lang: Lang) -> StatusWord {
    let (tone, sign, ja, en) = match state {
        StepState::Waiting => (Tone::Quiet, "○", "これから", "To come"),
        StepState::Running => (Tone::Waiting, "◷", "進行中", "Under way"),
        StepState::Done => (Tone::Good, "✓", "完了", "Done"),
        StepState::Failed => (Tone::Bad, "!", "確認が必要", "Needs attention"),
        StepState::Skipped => (Tone::Quiet, "–", "不要", "Not needed"),
        StepState::TakenBack => (Tone::Quiet, "↩", "取り消し済み", "Taken back"),
    };
    word(state.as_str(), tone, sign, (ja, en), lang)
}

/// How far a whole process is.
pub const fn process(state: ProcessState, lang: Lang) -> StatusWord {
    let (tone, sign, ja, en) = match state {
        ProcessState::Running => (Tone::Waiting, "◷", "進行中", "Under way"),
        ProcessState::Succeeded => (Tone::Good, "✓", "完了", "Done"),
        ProcessState::Failed => (Tone::Bad, "!", "確認が必要", "Needs attention"),
        ProcessState::TakenBack => (Tone::Quiet, "↩", "取り消し済み", "Taken back"),
    };
    word(state.as_str(), tone, sign, (ja, en), lang)
}

const fn word(
    status: &'static str,
    tone: Tone,
    sign: &'static str,
    (ja, en): (&'static str, &'static str),
    lang: Lang,
) -> StatusWord {
    let word = match lang {
        Lang::Ja => ja,
        Lang::En => en,
    };
    StatusWord { status, sign, word, tone }
}
