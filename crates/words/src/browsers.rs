//! What is said about the browsers where somebody is signed in.

use domain::user_agent::{BrowserKind, Device, SystemKind};

use crate::lang::Lang;

crate::messages! {
    title: "ログイン中のブラウザー" | "Where you are logged in";
    lead: "見覚えのないものがあれば、ログアウトしてください。場所は接続元のアドレスで表示します。" | "Sign out whatever you do not know. The place is the address it came from.";
    here: "（このブラウザー）" | "(this browser)";
    end: "ログアウト" | "Sign out";
    end_others: "ほかのブラウザーをすべてログアウト" | "Sign out all others";
    ended: "ログアウトしました" | "Signed out";
}

/// A browser on something.
pub fn device(device: Device, lang: Lang) -> String {
    let browser = device.browser.map(BrowserKind::as_str);
    match (browser, device.system.map(SystemKind::as_str), lang) {
        (Some(browser), Some(system), Lang::Ja) => format!("{browser}（{system}）"),
        (Some(browser), Some(system), Lang::En) => format!("{browser} on {system}"),
        (Some(one), None, _) | (None, Some(one), _) => one.to_owned(),
        (None, None, Lang::Ja) => "不明なブラウザー".to_owned(),
        (None, None, Lang::En) => "Unknown browser".to_owned(),
    }
}

/// The button that ends one, for those who hear it.
pub fn end_one(device: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{device} をログアウト"),
        Lang::En => format!("Sign out {device}"),
    }
}

/// The address it came from.
pub fn from(address: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("接続元 {address}"),
        Lang::En => format!("from {address}"),
    }
}

/// When it signed in.
pub fn since(when: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{when} にログイン"),
        Lang::En => format!("logged in {when}"),
    }
}

/// When it was last there, to within a day.
pub fn last_seen(when: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("最近の利用 {when}"),
        Lang::En => format!("last used around {when}"),
    }
}
