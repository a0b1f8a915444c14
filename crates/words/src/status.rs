//! The words of states: a sign, a word and a tone, the same on screens, in mails, in CSV files and in the API's pages.

use domain::event::EventStatus;
use domain::order::OrderStatus;
use domain::payment::{PaymentMethod, PaymentStatus};
use domain::refund::{RefundStatus, Refunded};

use crate::lang::Lang;

/// How a state feels; style sheets give it a colour, never alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Good,
    Waiting,
    Bad,
    Quiet,
}

impl Tone {
    /// The word in style sheets.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        }
    }
}

/// A state in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusWord {
    /// The word that machines use, for `data-status`.
    pub status: &'static str,
    pub sign: &'static str,
    pub word: &'static str,
    pub tone: Tone,
}

impl std::fmt::Display for StatusWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.sign, self.word)
    }
}

macro_rules! status_word {
    ($lang:ident, $status:expr, $tone:ident $sign:literal $ja:literal | $en:literal) => {
        StatusWord {
            status: $status.as_str(),
            sign: $sign,
            word: match $lang {
                Lang::Ja => $ja,
                Lang::En => $en,
            },
            tone: Tone::$tone,
        }
    };
}

/// An order's state.
pub const fn order(status: OrderStatus, lang: Lang) -> StatusWord {
    match status {
        OrderStatus::Pending => {
            status_word!(lang, status, Waiting "◷" "お支払い前" | "Not paid yet")
        }
        OrderStatus::AwaitingPayment => {
            status_word!(lang, status, Waiting "◷" "入金待ち" | "Awaiting payment")
        }
        OrderStatus::Paid => status_word!(lang, status, Good "✓" "支払い済み" | "Paid"),
        OrderStatus::Cancelled => status_word!(lang, status, Quiet "×" "キャンセル" | "Cancelled"),
        OrderStatus::Expired => status_word!(lang, status, Quiet "–" "期限切れ" | "Expired"),
    }
}

/// A payment attempt's state.
pub const fn payment(status: PaymentStatus, lang: Lang) -> StatusWord {
    match status {
        PaymentStatus::Created => status_word!(lang, status, Waiting "…" "確認中" | "Checking"),
        PaymentStatus::Pending => {
            status_word!(lang, status, Waiting "◷" "手続き中" | "In progress")
        }
        PaymentStatus::Authorized => {
            status_word!(lang, status, Waiting "◷" "入金待ち" | "Awaiting payment")
        }
        PaymentStatus::Captured => status_word!(lang, status, Good "✓" "入金済み" | "Received"),
        PaymentStatus::Failed => {
            status_word!(lang, status, Bad "!" "支払えませんでした" | "Failed")
        }
        PaymentStatus::Expired => status_word!(lang, status, Quiet "–" "期限切れ" | "Expired"),
        PaymentStatus::Cancelled => status_word!(lang, status, Quiet "×" "中止" | "Cancelled"),
    }
}

/// A refund's state.
pub const fn refund(status: RefundStatus, lang: Lang) -> StatusWord {
    match status {
        RefundStatus::Requested => {
            status_word!(lang, status, Waiting "◷" "返金準備中" | "Preparing")
        }
        RefundStatus::NeedsAccount => {
            status_word!(lang, status, Bad "!" "返金先の口座待ち" | "Bank account needed")
        }
        RefundStatus::Processing => {
            status_word!(lang, status, Waiting "◷" "返金手続き中" | "Processing")
        }
        RefundStatus::Succeeded => status_word!(lang, status, Good "✓" "返金済み" | "Refunded"),
        RefundStatus::Failed => {
            status_word!(lang, status, Bad "!" "返金できませんでした" | "Failed")
        }
        RefundStatus::Rejected => status_word!(lang, status, Quiet "×" "返金なし" | "Declined"),
    }
}

/// How much came back; `None` where nothing did.
pub const fn refunded(refunded: Refunded, lang: Lang) -> Option<StatusWord> {
    struct Word(&'static str);
    impl Word {
        const fn as_str(&self) -> &'static str {
            self.0
        }
    }
    match refunded {
        Refunded::None => None,
        Refunded::Partial(_) => {
            Some(status_word!(lang, Word("partial"), Quiet "↩" "一部返金" | "Partly refunded"))
        }
        Refunded::Full(_) => {
            Some(status_word!(lang, Word("full"), Quiet "↩" "全額返金" | "Fully refunded"))
        }
    }
}

/// An event's state, as its organizer reads it.
pub const fn event(status: EventStatus, lang: Lang) -> StatusWord {
    match status {
        EventStatus::Draft => status_word!(lang, status, Quiet "✎" "下書き" | "Draft"),
        EventStatus::Published => status_word!(lang, status, Good "●" "公開中" | "Published"),
        EventStatus::Closed => status_word!(lang, status, Quiet "■" "受付終了" | "Sales closed"),
        EventStatus::Cancelled => status_word!(lang, status, Bad "×" "中止" | "Cancelled"),
    }
}

/// A way to pay.
pub const fn method(method: PaymentMethod, lang: Lang) -> &'static str {
    match (method, lang) {
        (PaymentMethod::CreditCard, Lang::Ja) => "クレジットカード",
        (PaymentMethod::CreditCard, Lang::En) => "Credit card",
        (PaymentMethod::Konbini, Lang::Ja) => "コンビニ",
        (PaymentMethod::Konbini, Lang::En) => "Convenience store",
        (PaymentMethod::PayPay, _) => "PayPay",
        (PaymentMethod::BankTransfer, Lang::Ja) => "銀行振込",
        (PaymentMethod::BankTransfer, Lang::En) => "Bank transfer",
        (PaymentMethod::PayEasy, Lang::Ja) => "ペイジー",
        (PaymentMethod::PayEasy, Lang::En) => "Pay-easy",
        (PaymentMethod::DirectTransfer, Lang::Ja) => "銀行振込（主催者の口座）",
        (PaymentMethod::DirectTransfer, Lang::En) => "Transfer to the organizer’s account",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_sign_and_two_words() {
        for status in OrderStatus::ALL {
            let (ja, en) = (order(*status, Lang::Ja), order(*status, Lang::En));
            assert!(!ja.sign.is_empty() && ja.word != en.word, "{status}");
        }
        assert_eq!(order(OrderStatus::Paid, Lang::Ja).to_string(), "✓ 支払い済み");
    }
}
