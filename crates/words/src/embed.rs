//! Events inside of other websites: the organizer's keys, the code to paste, and the frame itself.

use crate::lang::Lang;

crate::messages! {
    title: "ウェブサイトへの埋め込み" | "Events on your website";
    lead: "あなたのサイトやブログに、イベントの内容と空き状況をそのまま表示できます。申し込みと支払いは、新しいタブで開くEventPayのページで行われます。" | "Show an event and what is left of it right on your website or blog. Ordering and paying happen on EventPay’s own page, which opens in a new tab.";
    open: "埋め込みを管理する" | "Manage websites";
    none_title: "埋め込みキーはまだありません" | "No keys yet";
    none_text: "表示したいサイトを下で登録すると、貼り付けるだけのコードができます。" | "Add your websites below, and you get a piece of code to paste.";
    key_is_public: "埋め込みキーは公開されてもかまいません。登録したサイトでイベントを表示することだけができます。" | "Anybody may see a key. All it does is let the websites you added show your events.";
    add: "サイトを登録する" | "Add websites";
    name: "名前" | "Name";
    name_hint: "例：サークルの公式サイト" | "For example: our club’s website";
    sites: "サイトのアドレス" | "Addresses of the websites";
    sites_hint: "1行に1つ、https:// から入力してください（10件まで）。日本語のドメインは xn-- で始まる形にしてください。「www.」の有無は別のサイトとして扱われます。" | "One on each line, beginning with https:// (10 at most). Write names that are not in Latin letters in their xn-- form. With and without “www.” are two websites.";
    create: "埋め込みキーを作る" | "Make a key";
    created_now: "埋め込みキーを作りました。各イベントの「共有」から、貼り付けるコードをコピーできます。" | "The key is made. The code to paste is on the Share page of each event.";
    revoked_now: "埋め込みキーを無効にしました。登録していたサイトには、もう表示されません。" | "The key was revoked. Its websites show nothing any more.";
    revoke: "無効にする" | "Revoke";
    revoked: "無効" | "Revoked";
    made: "作成" | "made";
    other_keys: "ほかのサイトに貼り付けるコード" | "Code for your other websites";
    never_shown: "まだ表示されていません" | "Not shown yet";
    no_site: "サイトのアドレスを1つ以上入力してください" | "Please add at least one website";
    too_many_sites: "1つのキーに登録できるサイトは10件までです" | "A key is for 10 websites at most";
    too_many: "使えるキーは50件までです。使わないものを無効にしてください" | "There are 50 keys already. Please revoke one first";
    share_title: "ウェブサイトに埋め込む" | "Put it on your website";
    share_text: "このコードを、登録したサイトのページに貼り付けてください。" | "Paste this into a page of one of the websites you added.";
    share_none: "サイトを登録すると、貼り付けるだけのコードができます。" | "Add your website, and you get a piece of code to paste.";
    share_ask: "サイトの登録は、幹事か共同幹事にお願いしてください。" | "Please ask an owner or a co-host to add your website.";
    share_open: "サイトを登録する" | "Add a website";
    share_draft: "公開すると、埋め込んだページに表示されます。" | "It shows there as soon as it is published.";
    preview: "表示を確かめる" | "See how it looks";
    order: "申し込む" | "Order";
    look: "くわしく見る" | "See details";
    new_tab: "（新しいタブで開きます）" | "(opens in a new tab)";
}

/// What is wrong with a line that names no website.
pub fn malformed_site(line: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "「{line}」はサイトのアドレスとして読めません。https://example.jp のように入力してください"
        ),
        Lang::En => {
            format!("“{line}” is not a website address. Please enter it like https://example.jp")
        }
    }
}

/// When a website last asked for an event with the key.
pub fn last_shown(when: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("最後の表示 {when}"),
        Lang::En => format!("last shown {when}"),
    }
}

/// What a website's owner pastes into a page: the event in a frame, and what fits the frame to it.
pub fn code(frame: &str, script: &str, title: &str) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
    };
    let (frame, script, title) = (escape(frame), escape(script), escape(title));
    format!(
        "<iframe src=\"{frame}\" title=\"{title}\" loading=\"lazy\" \
         style=\"width:100%;max-width:480px;height:640px;border:0\"></iframe>\n\
         <script async src=\"{script}\"></script>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_stays_inside_of_its_attribute() {
        let shown = code("https://a.jp/embed/b?key=c", "https://a.jp/embed.js", "\"><script>&");
        assert!(shown.contains("title=\"&quot;&gt;&lt;script&gt;&amp;\" "), "{shown}");
        assert_eq!(shown.matches("<script").count(), 1, "{shown}");
    }
}
