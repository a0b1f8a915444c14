//! Paying by transfer to the organizer's account, the account itself, and bank statements: for participants, organizers
//! and mails.

use domain::statement::matching::Reason;
use domain::statement::{BrokenStatement, Cell, Flaw};

use crate::lang::Lang;

crate::messages! {
    number: "お名前の前に付ける番号" | "Number to put before your name";
    came_so_far: "お預かり済み" | "Received so far";
    copy: "コピー" | "Copy";
    copied: "コピーしました" | "Copied";
    pay_by_transfer: "銀行振込で申し込む" | "Order and pay by bank transfer";
    how_to_pay: "お支払い方法" | "How do you want to pay?";
    pay_online: "オンラインで支払う" | "Pay online";
    pay_direct: "銀行振込" | "Bank transfer";
    no_fee_hint: "手数料は加わりません。" | " No fee is added.";
    pay_direct_hint: "振込先と番号を次の画面とメールでお知らせします。お席は期限までお取り置きします。" | "The next page and a mail tell you the account and your number. Your places are kept until the deadline.";

    account_title: "振込先の口座" | "Your bank account for transfers";
    account_hint: "「銀行振込」を選んだ参加者にお見せする口座です。お金はこの口座へ直接入ります。" | "Shown to participants who choose to transfer. The money goes straight to this account.";
    account_none: "まだ登録されていません" | "Not entered yet";
    account_edit: "口座を登録・変更する" | "Enter or change the account";
    account_needed: "振込先の口座を「入金明細」の画面で先に登録してください" | "Please enter your bank account on the “Bank statements” page first";
    bank_code: "銀行コード（4けた）" | "Bank code (4 digits)";
    bank_name: "銀行名" | "Bank";
    branch_code: "支店コード（3けた）" | "Branch code (3 digits)";
    branch_name: "支店名" | "Branch";
    kind: "口座の種類" | "Kind of account";
    account_number: "口座番号" | "Account number";
    holder: "口座名義（カタカナ）" | "Account holder, in katakana";
    save_account: "口座を保存する" | "Save the account";
    account_saved: "口座を保存しました" | "The account is saved";

    statements_title: "入金明細" | "Bank statements";
    statements_lead: "銀行の入出金明細を読み込むと、振込を申込みと照らし合わせて記録します。確かなものだけを記録し、あいまいなものはあなたに確認します。" | "Read in your bank’s statement: transfers are matched with orders. Only what is certain is recorded; you decide about the rest.";
    upload_title: "明細を読み込む" | "Read a statement";
    upload_file: "明細ファイル" | "Statement file";
    upload_hint: "全銀形式（入出金取引明細）、または銀行のCSV（三菱UFJ・三井住友・みずほ・ゆうちょ・楽天など）。同じファイルを二度読み込んでも、二重には記録しません。" | "全銀 records (入出金取引明細) or your bank’s CSV (MUFG, SMBC, Mizuho, Japan Post, Rakuten and others). Reading the same file twice records nothing twice.";
    upload_button: "読み込む" | "Read it";
    open_title: "確認をお願いします" | "Please decide";
    open_none: "確認の必要な入金はありません" | "Nothing waits for you";
    open_none_text: "明細を読み込むと、申込みを決められなかった入金がここに並びます。" | "Transfers that could not be matched for certain appear here.";
    no_proposal: "当てはまる申込みが見つかりませんでした" | "No order seems to fit";
    accept: "この申込みの入金にする" | "Record it for this order";
    refuse: "ちがう" | "Not this one";
    choose: "この番号の申込みの入金にする" | "Record it for the order with this code";
    choose_label: "申込み番号" | "Order code";
    dismiss: "申込みとは関係のない入金" | "This pays no order";
    lacks: "不足" | "Missing";
    decided_title: "最近の記録" | "Recently recorded";
    history_title: "読み込んだ明細" | "Statements so far";
    history_none: "まだ読み込んでいません" | "None so far";
    by_number: "番号で確定" | "By its number";
    by_person: "確認して記録" | "Decided by a person";
    dismissed: "申込みと関係なし" | "Pays no order";
    outgoing: "出金" | "Money out";
    undecided: "確認待ち" | "To decide";
    all_known: "すべて読み込み済みの明細でした" | "Every line of it was known already";
    same_file: "このファイルは読み込み済みです。何も変わっていません" | "This file was read before. Nothing has changed";
    refused_title: "読み込めませんでした。何も記録していません" | "The file was refused. Nothing was recorded";
    other_account: "登録された振込先とは別の口座の明細です" | "These are the lines of another account than yours";
    too_large: "ファイルが大きすぎます（4MBまで）" | "The file is too large (up to 4 MB)";
    no_file: "ファイルを選んでください" | "Please choose a file";
    accepted: "入金を記録しました" | "The transfer is recorded";
    decided_before: "この入金はすでに処理されています" | "This transfer has been dealt with already";
    no_such_order: "その番号の申込みが見つかりません" | "There is no order with this code";

    account_bank_clearing: "銀行口座（精算後）" | "At the bank, after settlement";
    account_organizer_bank: "主催者の銀行口座" | "The organizer’s bank account";
    account_organizer_own: "主催者が直接受け取ったお金" | "Received by the organizer directly";

    record_title: "振込を記録する" | "Record a transfer";
    record_hint: "通帳で入金を確認したときに、手で記録します。明細を読み込む場合は必要ありません。" | "For a transfer that you saw on your account. Not needed if you read in the statement.";
    record_amount: "入金額" | "Amount received";
    record_day: "入金日" | "Day of receipt";
    record_note: "メモ" | "Note";
    record_button: "入金を記録する" | "Record the transfer";
    record_failed: "記録できませんでした。金額と日付をご確認ください" | "It could not be recorded. Please check the amount and the day";
}

/// What the rest of an order is called on the provider's page.
pub fn rest_of_order(code: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("申込み {code} の残額"),
        Lang::En => format!("Rest of order {code}"),
    }
}

/// What is still missing, in two words.
pub fn still_missing(rest: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("あと{rest}"),
        Lang::En => format!("{rest} to go"),
    }
}

/// The subject of the mail after a transfer that was short.
pub fn rest_subject(rest: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("あと{rest}のお支払いをお願いします"),
        Lang::En => format!("{rest} are still missing"),
    }
}

/// Why the mail came.
pub fn rest_lead(rest: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "お振り込みを確認しましたが、金額が不足していました。あと{rest}で完了です。同じ番号を付けてお振り込みいただくか、下のページからほかの方法でお支払いください。"
        ),
        Lang::En => format!(
            "Your transfer has arrived, but it was short: {rest} are still missing. Please transfer the rest with the same number, or pay it another way on the page below."
        ),
    }
}

/// What came and what is missing, on the order's page.
pub fn short_text(came: &str, of: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{of}のうち{came}をお預かりしています。"),
        Lang::En => format!("We have received {came} of {of}."),
    }
}

/// How to transfer, step by step.
pub fn steps(number: &str, name: &str, lang: Lang) -> [String; 3] {
    match lang {
        Lang::Ja => [
            format!("振込依頼人名を「{number} {name}」のように、番号を前に付けてカナで入力してください。"),
            "表示の金額ちょうどを、期限までにお振り込みください。振込手数料はお客様のご負担となります。".to_owned(),
            "主催者が入金を確認すると、チケットをメールでお送りします。確認まで数日かかることがあります。".to_owned(),
        ],
        Lang::En => [
            format!("As the sender’s name, enter “{number} {name}”: the number first."),
            "Transfer exactly the amount shown before the deadline. Your bank’s fee is yours to pay.".to_owned(),
            "Once the organizer sees the transfer, we mail you the tickets. That can take a few days.".to_owned(),
        ],
    }
}

/// Why an order is proposed.
pub const fn reason(reason: Reason, lang: Lang) -> &'static str {
    match (reason, lang) {
        (Reason::AlmostNumber, Lang::Ja) => "番号が1文字ちがい",
        (Reason::AlmostNumber, Lang::En) => "Number with one slip",
        (Reason::Name, Lang::Ja) => "名前が一致",
        (Reason::Name, Lang::En) => "Same name",
        (Reason::Amount, Lang::Ja) => "金額が一致",
        (Reason::Amount, Lang::En) => "Same amount",
    }
}

/// How much of a file was new and what became of it.
pub fn read_result(n_new: i64, n_applied: i64, n_undecided: i64, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("新しい明細 {n_new}件。記録 {n_applied}件、確認待ち {n_undecided}件"),
        Lang::En => format!("{n_new} new lines: {n_applied} recorded, {n_undecided} to decide"),
    }
}

/// A task on the dashboard.
pub fn todo(n: i64, lang: Lang) -> String {
    match (lang, n) {
        (Lang::Ja, n) => format!("確認待ちの入金 {n}件"),
        (Lang::En, 1) => "1 transfer needs your decision".to_owned(),
        (Lang::En, n) => format!("{n} transfers need your decision"),
    }
}

/// Why a file was refused: the row and what is wrong with it.
pub fn broken(broken: BrokenStatement, lang: Lang) -> String {
    let why = flaw(broken.why, lang);
    match (broken.row, lang) {
        (0, _) => why,
        (row, Lang::Ja) => format!("{row}行目: {why}"),
        (row, Lang::En) => format!("Line {row}: {why}"),
    }
}

fn flaw(flaw: Flaw, lang: Lang) -> String {
    let ja = lang == Lang::Ja;
    let fixed = |japanese: &str, english: &str| if ja { japanese } else { english }.to_owned();
    match flaw {
        Flaw::Empty => fixed("明細がありません", "there are no lines"),
        Flaw::TooManyLines { max } if ja => format!("明細が多すぎます（{max}件まで）"),
        Flaw::TooManyLines { max } => format!("there are more than {max} lines"),
        Flaw::UnknownLetters => fixed(
            "文字コードがShift_JISでもUTF-8でもありません",
            "it is neither Shift_JIS nor UTF-8",
        ),
        Flaw::RecordLength { found } if ja => {
            format!("レコードの長さが{found}バイトです（200バイトのはず）")
        }
        Flaw::RecordLength { found } => format!("the record has {found} bytes instead of 200"),
        Flaw::ForeignByte { column } if ja => format!("{column}バイト目に使えない文字があります"),
        Flaw::ForeignByte { column } => format!("byte {column} is no letter of this format"),
        Flaw::OtherKind => fixed("入出金取引明細ではありません", "this is another kind of file"),
        Flaw::OutOfOrder => fixed("レコードの順番が違います", "this record cannot stand here"),
        Flaw::Unreadable(cell) if ja => format!("{}を読めません", cell_name(cell, lang)),
        Flaw::Unreadable(cell) => format!("{} cannot be read", cell_name(cell, lang)),
        Flaw::Count { told, found } if ja => {
            format!("件数が合いません（記載 {told}、実際 {found}）")
        }
        Flaw::Count { told, found } => format!("the file counts {told} and holds {found}"),
        Flaw::Sum { told, found } if ja => format!("合計が合いません（記載 {told}、実際 {found}）"),
        Flaw::Sum { told, found } => format!("the file sums {told} and holds {found}"),
        Flaw::Balance { told, expected } if ja => {
            format!("残高がつながりません（記載 {told}、計算では {expected}）")
        }
        Flaw::Balance { told, expected } => {
            format!("the balance {told} does not follow; it would be {expected}")
        }
        Flaw::Cut => fixed("ファイルが途中で終わっています", "the file ends in the middle"),
        Flaw::NoHeader => fixed(
            "見出しの行（日付・入金・出金・摘要など）が見つかりません",
            "no line names the columns",
        ),
        Flaw::OpenQuote => fixed("引用符が閉じていません", "a quotation mark is not closed"),
        Flaw::NoDirection => {
            fixed("入金か出金かが分かりません", "it is not clear whether money came or went")
        }
    }
}

const fn cell_name(cell: Cell, lang: Lang) -> &'static str {
    match (cell, lang) {
        (Cell::Date, Lang::Ja) => "日付",
        (Cell::Date, Lang::En) => "the date",
        (Cell::Amount, Lang::Ja) => "金額",
        (Cell::Amount, Lang::En) => "the amount",
        (Cell::Balance, Lang::Ja) => "残高",
        (Cell::Balance, Lang::En) => "the balance",
        (Cell::Number, Lang::Ja) => "数字",
        (Cell::Number, Lang::En) => "a number",
    }
}
