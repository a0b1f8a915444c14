//! What is said about second factors, and about confirming again before something that matters.

use crate::lang::Lang;

crate::messages! {
    title: "二段階認証" | "Second factor";
    lead: "ログインのときと大事な操作の前に、もう一つの方法でご本人を確認します。" | "Asked at login and before what matters, so that a stolen mailbox is not enough.";
    app: "認証アプリ" | "Code app";
    app_on: "設定済みです。" | "Set up.";
    app_off: "スマートフォンのアプリに表示される6桁のコードです。" | "Six digits that an app on your phone shows.";
    app_set_up: "認証アプリを設定" | "Set up a code app";
    remove: "外す" | "Remove";
    remove_app: "認証アプリを外す" | "Remove the code app";
    passkey_name: "パスキーの名前" | "Name of the passkey";
    passkey_name_hint: "例: 私のiPhone" | "For example: my iPhone";
    passkey_add: "パスキーを追加" | "Add a passkey";
    passkey_use: "パスキーで確認" | "Confirm with a passkey";
    passkey_failed: "パスキーを使えませんでした。もう一度試すか、別の方法をお使いください。" | "The passkey could not be used. Please try again or use another way.";
    needs_javascript: "パスキーを使うにはJavaScriptが必要です。" | "Passkeys need JavaScript.";
    codes_title: "予備コード" | "Recovery codes";
    codes_lead: "スマートフォンをなくしたときに、コードの代わりに1回ずつ使えます。いま書きとめて、安全なところに保管してください。この画面は一度だけ表示されます。" | "Each works once in place of a code when you have lost your phone. Write them down now and keep them safe: this page is shown once.";
    codes_renew: "予備コードを作り直す" | "Make new recovery codes";
    codes_kept: "書きとめました" | "I have kept them";
    setup_title: "認証アプリの設定" | "Set up a code app";
    setup_scan: "認証アプリで読み取ってください" | "Scan this with your code app";
    setup_type: "読み取れないときは、このキーを入力してください" | "Or type this key";
    setup_code: "アプリに表示された6桁のコード" | "The six digits your app shows";
    setup_confirm: "設定する" | "Set up";
    qr_label: "認証アプリ用のQRコード" | "QR code for your code app";
    login_title: "もう一つの方法で確認" | "One more step";
    login_lead: "ログインを完了するには、確認が必要です。" | "Please confirm to finish logging in.";
    confirm_title: "ご本人の確認" | "Please confirm it is you";
    confirm_lead: "大事な操作の前に確認をお願いします。入力した内容はそのまま残っています。確認は10分間有効です。" | "This matters, so please confirm. Nothing you typed is lost, and you will not be asked again for 10 minutes.";
    code: "6桁のコード、または予備コード" | "Six digits, or a recovery code";
    confirm: "確認する" | "Confirm";
    wrong: "コードまたはパスキーを確認できませんでした。コードは一度だけ使えます" | "That code or passkey was not right. A code works once";
    too_many: "まちがいが続いたため、15分ほどお待ちください" | "There were too many wrong tries. Please wait about 15 minutes";
    too_many_passkeys: "パスキーは20個までです。使っていないものを外してください" | "There can be 20 passkeys. Please remove one that you do not use";
    not_now: "いまは設定できません。画面を読み込み直してください" | "This cannot be set up now. Please reload the page";
    set_up_first: "先にご自身の二段階認証を設定してください" | "Please set up your own second factor first";
    none_title: "二段階認証の設定が必要です" | "Please set up a second factor";
    none_lead: "この操作には二段階認証が必要です。設定したあとに続けられるよう、入力した内容は残してあります。" | "This needs a second factor. What you typed is kept, and you can go on once you have set one up.";
    page_lead: "この先の画面には、二段階認証での確認が必要です。" | "What comes next is only for who confirms with a second factor.";
    none_page_lead: "この先の画面には二段階認証が必要です。設定が終わると、そのまま進めます。" | "What comes next needs a second factor. Once you have set one up, you go straight on.";
    none_button: "アカウントの画面で設定する" | "Set it up on your account page";
    continue_title: "確認できました" | "Thank you, that is you";
    continue_lead: "先ほどの操作を続けます。内容を確かめてください。" | "You can go on with what you were doing. Please make sure that it is this:";
    continue_button: "続ける" | "Go on";
    continue_back: "続けずに戻る" | "Go back instead";
    login_passkey_title: "パスキーでログイン" | "Log in with a passkey";
    login_passkey_lead: "メールも、コードも要りません。指紋や顔、端末の暗証番号だけでログインします。" | "No mail and no code: your fingerprint, face or device PIN is enough.";
    login_passkey_button: "パスキーを使う" | "Use a passkey";
    login_passkey_back: "メールのリンクでログインする" | "Log in by a mailed link instead";
    login_passkey_wrong: "このパスキーではログインできませんでした。メールのリンクでログインできます" | "This passkey did not log you in. You can log in by a mailed link";
    factor_added: "二段階認証を設定しました" | "The second factor was set up";
    factor_removed: "二段階認証を外しました" | "The second factor was removed";
    rule_title: "大事な操作の前の確認" | "Confirming before what matters";
    rule_text: "振込、口座、APIキー・埋め込みキー、メンバーの変更と、次の金額を超える返金の前に、メンバーの二段階認証を求めます。" | "Members confirm with their second factor before payouts, bank details, keys, changes of members, and refunds above this amount.";
    rule_switch: "確認を求める" | "Ask members to confirm";
    rule_above: "この金額を超える返金（円）" | "Refunds above (yen)";
    rule_save: "確認の設定を保存" | "Save";
    rule_saved: "確認の設定を保存しました" | "Saved when members confirm";
}

/// How many recovery codes are left.
pub fn codes_left(n: i64, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("残り{n}個"),
        Lang::En => format!("{n} left"),
    }
}

/// The button that removes a passkey, for those who hear it.
pub fn remove_passkey(name: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{name} を外す"),
        Lang::En => format!("Remove {name}"),
    }
}

/// What is done once it is confirmed, by its word.
pub fn what(word: &str, amount: Option<&str>, lang: Lang) -> String {
    let (ja, en) = match word {
        "refund" => ("返金・キャンセル", "Money back"),
        "payout" => ("振込の操作", "A payout"),
        "bank_details" => ("口座の登録", "A bank account"),
        "buyer_data" => ("参加者の個人情報の消去", "Erasing a participant’s data"),
        "keys" => ("APIキー・埋め込みキー・Webhookの操作", "Keys and receivers of webhooks"),
        "members" => ("メンバーの変更", "A change of members"),
        "platform" => ("運営の操作", "An operation of our staff"),
        "own_account" => ("ログインの方法・二段階認証の変更", "Your ways in and second factors"),
        "own_address" => ("ログインに使うメールアドレスの変更", "Logging in with another address"),
        "own_data" => ("アカウントのデータの書き出し", "Taking your data out"),
        "own_end" => {
            ("アカウントの削除（元に戻せません）", "Deleting your account, which cannot be undone")
        }
        "rule" => ("確認の設定の変更", "When members confirm"),
        _ => ("操作", "Something"),
    };
    let what = match lang {
        Lang::Ja => ja,
        Lang::En => en,
    };
    amount.map_or_else(|| what.to_owned(), |amount| format!("{what} {amount}"))
}
