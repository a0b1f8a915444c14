//! What administrators set: schedules of payouts and fee rules.

use domain::fees::Party;

use crate::lang::Lang;

crate::messages! {
    terms_title: "主催者の振込条件" | "An organizer’s schedule";
    terms_save: "条件を保存" | "Save the schedule";
    terms_set: "振込条件を保存しました" | "The schedule is saved";
    organizer: "主催者のID" | "The organizer’s id";
    business_days: "イベント終了から何営業日後" | "Business days after the event";
    reserve_percent: "留保する割合（%）" | "Share that is reserved (%)";
    reserve_days: "留保する日数" | "Days it is reserved";
    minimum: "振込の最低額（円）" | "Least amount of a payout (yen)";
    fee_rules_title: "手数料の規則" | "Fee rules";
    fee_rules_none: "規則はありません。手数料はかかりません" | "There is no rule: nothing is taken";
    fee_rule_save: "規則を保存" | "Save the rule";
    fee_rule_set: "手数料の規則を変更しました。これからの申込みに適用されます" | "The fee rules are changed. They apply to orders from now on";
    fee_rule_end: "やめる" | "End it";
    everybody: "すべての主催者" | "Every organizer";
    every_method: "すべての支払い方法" | "Every method";
    party_label: "だれの手数料" | "Whose fee";
    method_label: "支払い方法" | "Method";
    rate_percent: "料率（%）" | "Share (%)";
    fixed: "定額（円）" | "Fixed amount (yen)";
    rule_minimum: "最低額（円）" | "At least (yen)";
    tax_label: "消費税率" | "Tax on top";
    rule_organizer: "この主催者だけに" | "For this organizer only";
}

/// Who takes a fee.
pub const fn party(party: Party, lang: Lang) -> &'static str {
    match (party, lang) {
        (Party::Platform, Lang::Ja) => "利用料（EventPay）",
        (Party::Platform, Lang::En) => "Platform fee",
        (Party::Provider, Lang::Ja) => "決済手数料",
        (Party::Provider, Lang::En) => "Provider fee",
    }
}

/// A rule in one line.
pub fn fee_rule(rate: &str, fixed: i64, minimum: i64, tax: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{rate}% ＋ {fixed}円（最低 {minimum}円、消費税 {tax}%）"),
        Lang::En => format!("{rate} % + ¥{fixed} (at least ¥{minimum}, tax {tax} %)"),
    }
}
