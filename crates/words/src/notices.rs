//! Mails to people about their own accounts.

use domain::notice::Notice;

use crate::lang::Lang;

crate::messages! {
    when: "日時" | "When";
    what: "内容" | "What";
    button: "アカウントを確認する" | "Look at your account";
    not_you: "お心当たりがないときは、アカウントの画面ですべてのブラウザーをログアウトし、ログインの方法と二段階認証を確認してください。" | "If this was not you: sign out all browsers on your account page, and check your ways in and your second factors.";
    not_you_ask: "お心当たりがないときは、このメールに返信するか、運営にお問い合わせください。" | "If this was not you: answer this mail, or ask our staff.";
    because: "このメールは、アカウントの安全のためにお送りしています。止めることはできません。" | "You receive this mail to keep your account safe. It cannot be switched off.";
}

/// What happened, as the subject and the heading.
pub fn heading(notice: Notice, lang: Lang) -> &'static str {
    let (ja, en) = match notice {
        Notice::NewDevice => ("新しいブラウザーでログインがありました", "A new browser logged in"),
        Notice::FactorAdded => ("二段階認証が追加されました", "A second factor was added"),
        Notice::FactorRemoved => ("二段階認証が外されました", "A second factor was removed"),
        Notice::RecoveryCodeUsed => ("予備コードが使われました", "A recovery code was used"),
        Notice::CodesRenewed => ("予備コードが作り直されました", "Recovery codes were made anew"),
        Notice::Guessed => ("まちがったコードが続きました", "Codes were wrong again and again"),
        Notice::IdentityLinked => ("ログインの方法が追加されました", "A way to log in was added"),
        Notice::IdentityUnlinked => ("ログインの方法が外されました", "A way to log in was removed"),
        Notice::EmailChanged => ("メールアドレスが変わりました", "Your address was changed"),
        Notice::EmailConfirmed => {
            ("このアドレスでログインできるようになりました", "You log in with this address now")
        }
        Notice::AccountDeleted => ("アカウントを削除しました", "Your account was deleted"),
        Notice::AccountDisabled => ("アカウントを停止しました", "Your account was disabled"),
        Notice::AccountEnabled => {
            ("アカウントをまた使えるようにしました", "Your account works again")
        }
        Notice::FactorsForgotten => {
            ("二段階認証がすべて外されました", "All second factors were taken away")
        }
        Notice::RuleLoosened => {
            ("大事な操作の前の確認がゆるめられました", "Members confirm less than before")
        }
    };
    pick(lang, ja, en)
}

/// What that means.
pub fn lead(notice: Notice, lang: Lang) -> &'static str {
    let (ja, en) = match notice {
        Notice::NewDevice => (
            "はじめてのブラウザーから、あなたのアカウントにログインがありました。",
            "Somebody logged in to your account with a browser we have not seen before.",
        ),
        Notice::FactorAdded => (
            "これからはログインのときと大事な操作の前に、この方法でも確認できます。ほかのブラウザーはログアウトしました。",
            "From now on it is asked for at login and before what matters. All other browsers were signed out.",
        ),
        Notice::FactorRemoved => (
            "この方法ではもう確認できません。ほかのブラウザーはログアウトしました。",
            "It confirms nothing any more. All other browsers were signed out.",
        ),
        Notice::RecoveryCodeUsed => (
            "コードの代わりに予備コードで確認がありました。残りが少なくなったら作り直してください。",
            "A recovery code stood in for a code. Please make new ones before they run out.",
        ),
        Notice::CodesRenewed => (
            "前の予備コードは使えなくなりました。",
            "The old recovery codes are worth nothing any more.",
        ),
        Notice::Guessed => (
            "ログインの途中でコードのまちがいが続いたため、しばらくコードを受け付けません。だれかがあなたのメールを読めるのかもしれません。",
            "Somebody who got as far as your second factor typed wrong codes. They may be able to read your mail. Codes are not looked at for a while.",
        ),
        Notice::IdentityLinked => {
            ("これからはこの方法でもログインできます。", "From now on it logs you in too.")
        }
        Notice::IdentityUnlinked => {
            ("この方法ではもうログインできません。", "It does not log you in any more.")
        }
        Notice::EmailChanged => (
            "これからは次のアドレスでログインします。すべてのブラウザーをログアウトしました。",
            "From now on you log in with this address. All browsers were signed out.",
        ),
        Notice::EmailConfirmed => (
            "EventPayのアカウントのメールアドレスが、このアドレスに変わりました。",
            "Your EventPay account has this address from now on.",
        ),
        Notice::AccountDeleted => (
            "アドレス、ログインの方法、二段階認証を消しました。会計の記録は、法律のため番号だけで残ります。",
            "Your address, ways in and second factors are gone. What is in the books stays, by number only, because the law wants it.",
        ),
        Notice::AccountDisabled => (
            "運営がアカウントを停止し、すべてのブラウザーをログアウトしました。お心当たりがないときは、運営にお問い合わせください。",
            "Our staff disabled it and signed out all browsers. Please ask us if you do not know why.",
        ),
        Notice::AccountEnabled => (
            "運営が停止を解きました。いつもの方法でログインできます。",
            "Our staff opened it again. You log in as before.",
        ),
        Notice::FactorsForgotten => (
            "お申し出により、運営が二段階認証をすべて外し、すべてのブラウザーをログアウトしました。",
            "As asked, our staff took them away and signed out all browsers.",
        ),
        Notice::RuleLoosened => (
            "あなたの団体で、メンバーに二段階認証を求める設定がゆるめられました。",
            "In one of your organizations, the rule that asks members to confirm was loosened.",
        ),
    };
    pick(lang, ja, en)
}

const fn pick(lang: Lang, ja: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}
