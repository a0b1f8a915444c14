//! What somebody who logs in is called among members, and reads.

crate::messages! {
    title: "プロフィール" | "Profile";
    lead: "いっしょに運営するメンバーに表示されます。参加される方には表示されません。" | "Those who run events with you see this. Participants never do.";
    edit: "プロフィールを変える" | "Change your profile";
    display_name: "表示名" | "Name";
    display_name_hint: "メンバーの一覧や操作の記録に表示します。空欄ならメールアドレスを表示します。" | "Shown in the list of members and in the audit log. If empty, your address is shown.";
    language: "言語" | "Language";
    language_hint: "あなたへのメールと、ログインしたあとの画面の言語です。" | "Of mails to you, and of pages after you log in.";
    time_zone: "タイムゾーン" | "Time zone";
    time_zone_hint: "ログインの履歴や操作の記録の時刻に使い、新しいイベントのはじめの設定になります。イベントの時刻は、イベントごとのタイムゾーンのままです。" | "For times of logins and of the audit log, and the first setting of new events. An event’s times stay in the event’s own zone.";
    choose_language: "言語を選んでください" | "Please choose a language";
    choose_time_zone: "タイムゾーンを一覧から選んでください" | "Please choose a time zone from the list";
    hidden_letters: "見えない文字や、文字の向きを変える記号は使えません" | "Letters that cannot be seen, and marks that turn the reading direction, cannot be used";
    save: "保存する" | "Save";
    saved: "プロフィールを保存しました" | "Your profile was saved";
}

use crate::lang::Lang;

/// Where a page's times do not say whose they are.
pub fn times_are_in(zone: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("時刻は{zone}のものです。"),
        Lang::En => format!("Times are those of {zone}."),
    }
}
