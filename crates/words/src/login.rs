//! What is said about ways to log in beside the mailed link, on the page of one's own account.

use domain::account::StillNeeded;

use crate::lang::Lang;

crate::messages! {
    or: "または" | "or";
    own_title: "アカウント" | "Your account";
    own_lead: "ログインの方法と安全の設定です。参加される方には表示されません。" | "How you log in and what keeps your account safe. Participants never see this.";
    open: "アカウントを開く" | "Open your account";
    ways_title: "ログインの方法" | "Ways to log in";
    by_mail: "メールのリンク" | "A link by mail";
    by_mail_text: "いつでも使えます。" | "Always works.";
    unlink: "外す" | "Remove";
    linked: "ログインの方法を追加しました" | "The way to log in was added";
    unlinked: "ログインの方法を外しました" | "The way to log in was removed";
    linked_elsewhere: "このアカウントは、すでに別の方のログインに使われています" | "That account already opens somebody else’s login here";
    never_used: "まだ使われていません" | "Not used yet";
    again: "安全のため、もう一度ログインしてから続けてください。ログインすると元の画面に戻ります。" | "For your safety, please log in again first. You will come back to where you were.";
    data_title: "自分のデータ" | "Your data";
    data_lead: "このアカウントについて保存しているものを、ファイルで受け取れます。" | "Take out everything that is kept about this account.";
    data_export: "データを書き出す（JSON）" | "Download your data (JSON)";
    delete_open: "アカウントを削除する" | "Delete your account";
    delete_title: "アカウントの削除" | "Delete your account";
    delete_lead: "アドレス、ログインの方法、二段階認証、メンバーの役割をすべて消し、すべてのブラウザーをログアウトします。元には戻せません。" | "Your address, ways in, second factors and roles go, and all browsers are signed out. This cannot be undone.";
    delete_kept: "イベント、注文、会計の記録は団体のものとして残ります。" | "Events, orders and the books belong to the organizer and stay.";
    delete_sure: "元に戻せないことを確認しました" | "I know that this cannot be undone";
    delete_tick: "確認のチェックを入れてください" | "Please tick the box";
    delete_first: "先に済ませること" | "To be done first";
    delete_nobody_else: "この団体の幹事は、あなただけです。" | "You are its only owner.";
    disabled: "このアカウントは停止されているため、ログインできません。お心当たりがないときは、運営にお問い合わせください。" | "This account was disabled, so it cannot be logged in to. Please ask us if you do not know why.";
    delete_button: "アカウントを削除する" | "Delete the account";
    deleted: "アカウントを削除しました" | "The account was deleted";
    return_title: "ログインできませんでした" | "You could not be logged in";
    not_away: "時間がたちすぎたか、別のブラウザーで戻ってきたようです。もう一度お試しください。" | "It took too long, or you came back in another browser. Please try again.";
    refused: "ログイン先で手続きが終わっていないようです。もう一度試すか、メールのリンクでログインしてください。" | "It was not finished over there. Please try again, or log in by a mailed link.";
    unbelievable: "ログイン先からの返事を確かめられませんでした。安全のため、ログインしていません。" | "The answer could not be verified, so for your safety you were not logged in.";
    not_present: "ログイン先が、いまご本人かどうかを確かめなかったようです。メールのリンクでログインしてください。" | "It did not say that it asked you again just now. Please log in by a mailed link.";
    unusable: "ログイン先に今つながりません。メールのリンクでログインできます。" | "That service cannot be reached right now. You can log in by a mailed link.";
    no_address: "ログイン先からメールアドレスが届きませんでした。はじめにメールのリンクでログインし、「アカウント」の画面で追加してください。" | "It told us no email address. Please log in by a mailed link first and add it on your account page.";
    back_to_login: "ログインの画面へ" | "Back to login";
}

/// What somebody does before an account that answers alone for an organizer can be deleted.
pub fn still_needed(organizer: &str, why: StillNeeded, lang: Lang) -> String {
    let (ja, en) = match why {
        StillNeeded::ForMoney => (
            "まだ動いているお金（支払い、返金、振込、残高）か、未解決のお知らせがあります。すべて済むまで待つか、ほかの方を幹事にしてください",
            "Money is still owed or on its way (payments, refunds, payouts, a balance), or an alert is open. Wait until all of it is settled, or make somebody else an owner",
        ),
        StillNeeded::ByEvents => (
            "公開中または参加者のいるイベントがあります。受付を終えて開催が済むまで待つか、中止するか、ほかの方を幹事にしてください",
            "An event is on sale or still has participants. Let it take place or call it off, or make somebody else an owner",
        ),
        StillNeeded::ByMembers => (
            "ほかのメンバーがいます。どなたかを幹事にするか、メンバーを外してください",
            "It has other members. Make one of them an owner, or remove them",
        ),
    };
    match lang {
        Lang::Ja => format!("{organizer}: {ja}"),
        Lang::En => format!("{organizer}: {en}"),
    }
}

/// The button of a provider.
pub fn log_in_with(provider: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{provider} でログイン"),
        Lang::En => format!("Log in with {provider}"),
    }
}

/// The button that links a provider.
pub fn link_provider(provider: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{provider} を追加"),
        Lang::En => format!("Add {provider}"),
    }
}

/// The button that takes a provider away, for those who hear it.
pub fn unlink_provider(provider: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{provider} を外す"),
        Lang::En => format!("Remove {provider}"),
    }
}

/// When a way in was used last.
pub fn last_used(when: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("最後に使った日時: {when}"),
        Lang::En => format!("Last used {when}"),
    }
}

/// Why a mail comes although somebody logged in at a provider.
pub fn sent_to_link(provider: &str, email: &str, minutes: i64, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "{provider} で確認できました。はじめてなので、{email} にもリンクをお送りしました。{minutes}分以内に、このブラウザーで開いてください。次からは {provider} だけでログインできます。"
        ),
        Lang::En => format!(
            "{provider} knows you. As this is the first time, we also sent a link to {email}. Please open it in this browser within {minutes} minutes; from then on {provider} alone will do."
        ),
    }
}

/// The same, in the mail with the link.
pub fn mail_links(provider: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "{provider} のアカウントでログインしようとしている方がいます。ログインすると、これからはその {provider} のアカウントでもログインできるようになります。ご自身でなければ、このメールは捨ててください。"
        ),
        Lang::En => format!(
            "Somebody is logging in with a {provider} account. If you log in by this link, that {provider} account will log you in from now on too. If it was not you, please ignore this mail."
        ),
    }
}

/// What the link does besides logging in.
pub fn will_link(provider: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "このブラウザーで確認した {provider} のアカウントでも、これからログインできるようになります。心当たりがなければ、押さずに画面を閉じてください。"
        ),
        Lang::En => format!(
            "From now on the {provider} account that was used in this browser logs you in too. If that was not you, please close this page instead."
        ),
    }
}
