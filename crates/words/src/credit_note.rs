//! The document about money that went back.

use domain::tax::TaxRate;

use crate::lang::Lang;

crate::messages! {
    title: "返金明細書" | "Credit note";
    /// With a registration number it is a qualified return invoice.
    qualified_title: "適格返還請求書（返金明細書）" | "Qualified return invoice (credit note)";
    number: "番号" | "Number";
    issued: "発行日" | "Issued";
    issuer: "発行者" | "Issuer";
    registration: "登録番号" | "Registration number";
    returned: "返金日" | "Returned on";
    sold: "もとのお取引" | "Original sale";
    content: "内容" | "For";
    participation: "参加費・チケット代" | "Participation and tickets";
    order: "申込番号" | "Order";
    rate: "税率" | "Rate";
    gross: "返金額（税込）" | "Returned, tax included";
    tax: "うち消費税" | "Tax inside";
    total: "合計" | "Total";
    lead: "下記のとおり返金いたしました。" | "We returned the following.";
    list_title: "返金の明細書" | "Credit notes";
    print_hint: "ブラウザーの「印刷」から、紙やPDFにできます。" | "Print it, or save it as a PDF, from your browser.";
    to_order: "お申込みのページへ" | "To the order";
    registration_field: "インボイス登録番号" | "Invoice registration number";
    registration_hint: "適格請求書発行事業者の方だけ入力してください。例: T1234567890123" | "Only for qualified invoice issuers in Japan. For example: T1234567890123";
    registration_malformed: "T と13桁の数字を入力してください" | "Enter T and thirteen digits";
}

/// Whom it is for.
pub fn addressee(name: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{name} 様"),
        Lang::En => name.to_owned(),
    }
}

/// A rate in a table; the reduced one is marked, as the law asks.
pub fn rate_word(rate: TaxRate, lang: Lang) -> String {
    let percent = rate.basis_points() / 100;
    match (rate, lang) {
        (TaxRate::NONE, Lang::Ja) => "対象外".to_owned(),
        (TaxRate::NONE, Lang::En) => "Not taxed".to_owned(),
        (TaxRate::REDUCED, Lang::Ja) => format!("{percent}%（軽減税率）"),
        (TaxRate::REDUCED, Lang::En) => format!("{percent} % (reduced)"),
        (_, Lang::Ja) => format!("{percent}%"),
        (_, Lang::En) => format!("{percent} %"),
    }
}
