//! Ready texts that an organizer sends out with an event's link.

use crate::lang::Lang;

/// `営業二課 忘年会への参加申込みはこちらから`: what people paste into a chat.
pub fn share_chat_text(title: &str, when: &str, place: &str, url: &str, lang: Lang) -> String {
    let details =
        [when, place].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("\n");
    let gap = if details.is_empty() { "" } else { "\n" };
    match lang {
        Lang::Ja => format!(
            "【{title}】\n{details}{gap}\n参加申込みとお支払いはこちらからお願いします\n{url}"
        ),
        Lang::En => format!("{title}\n{details}{gap}\nPlease join and pay here:\n{url}"),
    }
}

/// The same, as a mail.
pub fn share_mail_text(title: &str, when: &str, place: &str, url: &str, lang: Lang) -> String {
    let line = |ja: &str, en: &str, text: &str| match (text.is_empty(), lang) {
        (true, _) => String::new(),
        (false, Lang::Ja) => format!("{ja}: {text}\n"),
        (false, Lang::En) => format!("{en}: {text}\n"),
    };
    let details = format!("{}{}", line("日時", "When", when), line("場所", "Where", place));
    match lang {
        Lang::Ja => format!(
            "お疲れさまです。\n\n「{title}」のご案内です。\n\n{details}\n下のリンクから参加申込みとお支払いをお願いします。\n会員登録は不要で、カード・コンビニなどで支払えます。\n\n{url}\n\nよろしくお願いいたします。"
        ),
        Lang::En => format!(
            "Hello,\n\nYou are invited to {title}.\n\n{details}\nPlease join and pay by the link below. No account is needed.\n\n{url}\n\nLooking forward to seeing you."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_texts_hold_the_link_and_no_empty_lines_of_details() {
        let text = share_chat_text("忘年会", "", "", "https://x/e/y", Lang::Ja);
        assert_eq!(
            text,
            "【忘年会】\n\n参加申込みとお支払いはこちらからお願いします\nhttps://x/e/y"
        );
    }
}
