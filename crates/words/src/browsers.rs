//! What is said about the browsers where somebody is signed in.

use domain::user_agent::{BrowserKind, Device, SystemKind};

use crate::lang::Lang;

crate::messages! {
    title: "ログイン中のブラウザー" | "Where you are logged in";
    lead: "見覚えのないものがあれば、ログアウトしてください。場所は接続元のアドレスと、わかるときは国で表示します。" | "Sign out whatever you do not know. The place is the address it came from, and the country where it is known.";
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

/// The address it came from, and the country's two letters where they are known.
pub fn from(address: &str, country: Option<&str>, lang: Lang) -> String {
    let country = match (country, lang) {
        (None, _) => String::new(),
        (Some("JP"), Lang::Ja) => "（日本）".to_owned(),
        (Some("JP"), Lang::En) => " (Japan)".to_owned(),
        (Some(letters), Lang::Ja) => format!("（国 {letters}）"),
        (Some(letters), Lang::En) => format!(" (country {letters})"),
    };
    match lang {
        Lang::Ja => format!("接続元 {address}{country}"),
        Lang::En => format!("from {address}{country}"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_an_address_and_a_country_where_it_is_known() {
        for (country, ja, en) in [
            (None, "接続元 203.0.113.7", "from 203.0.113.7"),
            (Some("JP"), "接続元 203.0.113.7（日本）", "from 203.0.113.7 (Japan)"),
            (Some("US"), "接続元 203.0.113.7（国 US）", "from 203.0.113.7 (country US)"),
        ] {
            assert_eq!(from("203.0.113.7", country, Lang::Ja), ja);
            assert_eq!(from("203.0.113.7", country, Lang::En), en);
        }
    }
}
