//! What the organizer has to do, and the dashboard's pictures in words.

use domain::event::NotPublishable;

use crate::lang::Lang;

/// Refunds that wait for a bank account.
pub fn todo_accounts(n: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("返金先の口座待ち {n}件"),
        Lang::En if n == 1 => "1 refund needs a bank account".to_owned(),
        Lang::En => format!("{n} refunds need a bank account"),
    }
}

/// Refunds that the provider refused.
pub fn todo_retry(n: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("できなかった返金 {n}件"),
        Lang::En if n == 1 => "1 refund failed".to_owned(),
        Lang::En => format!("{n} refunds failed"),
    }
}

/// People who have not paid.
pub fn todo_unpaid(n: i64, lang: Lang) -> String {
    match (lang, n) {
        (Lang::Ja, n) => format!("{n}人が未払い"),
        (Lang::En, 1) => "1 person has not paid".to_owned(),
        (Lang::En, n) => format!("{n} people have not paid"),
    }
}

/// A deadline that is near.
pub fn todo_deadline(n: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("支払い期限が近い申込み {n}件"),
        Lang::En if n == 1 => "1 order must be paid soon".to_owned(),
        Lang::En => format!("{n} orders must be paid soon"),
    }
}

/// Why an event cannot be published yet.
pub const fn obstacle(obstacle: NotPublishable, lang: Lang) -> &'static str {
    match (obstacle, lang) {
        (NotPublishable::NoTitle, Lang::Ja) => "イベント名を入れる",
        (NotPublishable::NoTitle, Lang::En) => "Give it a name",
        (NotPublishable::NoStart, Lang::Ja) => "開始日時を決める",
        (NotPublishable::NoStart, Lang::En) => "Set when it starts",
        (NotPublishable::EndsBeforeStart, Lang::Ja) => "終了日時を開始より後にする",
        (NotPublishable::EndsBeforeStart, Lang::En) => "Let it end after it starts",
        (NotPublishable::IsOver, Lang::Ja) => "日時をこれからの日にする",
        (NotPublishable::IsOver, Lang::En) => "Move it to a day to come",
        (NotPublishable::NoTicketType, Lang::Ja) => "区分を一つ以上作る",
        (NotPublishable::NoTicketType, Lang::En) => "Add at least one ticket",
        (NotPublishable::NoPaymentMethod, Lang::Ja) => "支払い方法を選ぶ",
        (NotPublishable::NoPaymentMethod, Lang::En) => "Choose how people pay",
        (NotPublishable::IsCancelled, Lang::Ja) => "中止したイベントは公開できません",
        (NotPublishable::IsCancelled, Lang::En) => "A cancelled event cannot be published",
    }
}

/// The whole picture of the chart in words.
pub fn chart_text(from: &str, to: &str, total: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{from}から{to}までに集まったお金。合計 {total}。"),
        Lang::En => format!("Money collected from {from} to {to}: {total} in all."),
    }
}

/// The bar of money in words.
pub fn bar_text(paid: &str, waiting: &str, unpaid: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("支払い済み {paid}、入金待ち {waiting}、未払い {unpaid}"),
        Lang::En => format!("Paid {paid}, awaiting payment {waiting}, not paid yet {unpaid}"),
    }
}
