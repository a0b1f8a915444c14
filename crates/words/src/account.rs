//! What logging in and the organizer's profile say.

use domain::event::OrganizerKind;

use crate::lang::Lang;

crate::messages! {
    login_title: "主催者ログイン" | "Organizer login";
    login_lead: "メールアドレスを入力してください。ログイン用のリンクをお送りします。パスワードはありません。はじめての方も同じです。" | "Enter your email address and we send you a login link. There is no password, and new organizers start here too.";
    email: "メールアドレス" | "Email address";
    email_hint: "例: name@example.com" | "For example: name@example.com";
    send_link: "ログインリンクを送る" | "Send login link";
    for_participants: "イベントに参加される方のログインは不要です。お申込みのときに届いたメールのリンクをお使いください。" | "Taking part in an event? You need no login: please use the link in the mail about your order.";
    already_in: "ログインしています" | "You are logged in";

    sent_title: "メールをご確認ください" | "Check your mail";
    sent_rest: "数分たっても届かないときは、迷惑メールフォルダとアドレスをご確認のうえ、もう一度お試しください。続けて何度も送ることはできません。" | "If nothing comes within a few minutes, please look in the spam folder, check the address and try again. Links are not sent many times in a row.";
    sent_other_browser: "できれば、このブラウザーでリンクを開いてください。" | "If you can, open the link in this browser.";
    other_address: "別のアドレスで試す" | "Use another address";

    confirm_title: "ログインの確認" | "Confirm login";
    confirm_button: "ログインする" | "Log in";
    confirm_once: "リンクは一度だけ使えます。" | "The link works once.";
    other_browser_title: "このブラウザーでログインしますか？" | "Log in with this browser?";
    other_browser_lead: "ログインリンクを頼んだブラウザーとは別のブラウザーで開いています。ご自身で頼んだリンクであれば、このままログインできます。" | "This is not the browser that asked for the login link. If you asked for it yourself, you can log in here.";
    other_browser_button: "このブラウザーでログインする" | "Log in with this browser";
    other_browser_no: "心当たりがない場合は、この画面を閉じてください。" | "If you did not ask for it, please close this page.";
    expired_title: "リンクの有効期限が切れました" | "This link has expired";
    expired_lead: "安全のため、ログインリンクは15分で切れます。もう一度お送りします。" | "For your safety a login link ends after 15 minutes. We are happy to send another.";
    used_title: "このリンクは使用済みです" | "This link has been used";
    used_lead: "ログインリンクは一度だけ使えます。すでにログインしている場合は、そのまま管理画面をお使いください。" | "A login link works once. If you are logged in already, just go on to your events.";
    unknown_title: "リンクを確認できませんでした" | "We do not know this link";
    unknown_lead: "リンクが途中で切れているかもしれません。メールのリンク全体を開くか、もう一度お試しください。" | "It may have been cut off. Please open the whole link from the mail, or ask for a new one.";
    new_link: "新しいリンクを送る" | "Get a new link";
    to_events: "管理画面へ" | "Go to your events";

    logged_out: "ログアウトしました" | "You are logged out";

    first_title: "主催者の登録" | "Set up your organizer profile";
    first_lead: "参加される方に表示される名前と連絡先です。あとから変えられます。" | "This is what participants see. You can change it later.";
    profile_title: "主催者プロフィール" | "Organizer profile";
    sign_ups_paused: "ただいま新しい主催者の登録を一時的に停止しています。しばらくしてからお試しください" | "New organizers are not taken at the moment. Please try again later";
    kind: "主催者の区分" | "You are";
    kind_hint: "適格請求書や振込先の案内に使います。" | "Used for invoices and payouts.";
    display_name: "表示名" | "Display name";
    display_name_hint: "イベントのページに表示されます。例: 営業二課 幹事、丸の内ランニングクラブ" | "Shown on your event pages. For example: Marunouchi Running Club";
    display_name_missing: "表示名を入力してください" | "Please enter a display name";
    contact_email: "問い合わせ先メールアドレス" | "Contact email";
    contact_email_hint: "参加される方からの問い合わせ先として、メールとイベントのページに表示されます。" | "Shown to participants in mails and on event pages.";
    create_profile: "登録してはじめる" | "Save and start";
    save_profile: "保存する" | "Save";
    saved: "保存しました" | "Saved";
    choose_kind: "区分を選んでください" | "Please choose one";
    saved_as: "ログイン中のアドレス" | "Logged in as";
}

/// Who an organizer is, in law.
pub const fn organizer_kind(kind: OrganizerKind, lang: Lang) -> &'static str {
    match (kind, lang) {
        (OrganizerKind::Individual, Lang::Ja) => "個人",
        (OrganizerKind::Individual, Lang::En) => "A person",
        (OrganizerKind::Group, Lang::Ja) => "団体",
        (OrganizerKind::Group, Lang::En) => "A group",
        (OrganizerKind::Business, Lang::Ja) => "事業者",
        (OrganizerKind::Business, Lang::En) => "A business",
    }
}

/// Who that is, by example.
pub const fn organizer_kind_example(kind: OrganizerKind, lang: Lang) -> &'static str {
    match (kind, lang) {
        (OrganizerKind::Individual, Lang::Ja) => "幹事、個人の主催",
        (OrganizerKind::Individual, Lang::En) => "Planning for friends or colleagues",
        (OrganizerKind::Group, Lang::Ja) => "サークル、町内会、PTA、学校",
        (OrganizerKind::Group, Lang::En) => "Club, association, school",
        (OrganizerKind::Business, Lang::Ja) => "会社、個人事業主、会場",
        (OrganizerKind::Business, Lang::En) => "Company, sole proprietor, venue",
    }
}

/// Where the link went; the same whether anybody is known there.
pub fn sent_lead(email: &str, minutes: i64, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "{email} にログイン用のリンクをお送りしました。{minutes}分以内に開いてください。"
        ),
        Lang::En => {
            format!("We sent a login link to {email}. Please open it within {minutes} minutes.")
        }
    }
}

/// Who logs in.
pub fn confirm_lead(email: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{email} としてログインします。"),
        Lang::En => format!("You are about to log in as {email}."),
    }
}
