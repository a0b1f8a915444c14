//! Descriptions that mean harm, many of them: whatever is typed, what comes out holds what is allowed and nothing else.

use proptest::prelude::*;

use super::*;

/// Pieces of Markdown and of HTML, true and broken, as attacks are made of.
const PIECES: [&str; 44] = [
    "<",
    ">",
    "</",
    "/>",
    "\"",
    "'",
    "`",
    "```",
    "\n",
    "\n\n",
    "    ",
    "|",
    "|-|",
    "#",
    "- ",
    "1. ",
    "> ",
    "*",
    "**",
    "~~",
    "[",
    "](",
    ")",
    "![",
    "<script",
    "</script>",
    "<svg/onload=",
    "<img src=x onerror=",
    "<iframe src=",
    "<style>",
    "<a href=",
    "javascript:",
    "JaVaScRiPt&colon;",
    "data:text/html,",
    "//evil",
    "https://example.com",
    "&lt;",
    "&#x3c;",
    "&#0;",
    "\u{0}",
    "\u{202e}",
    "<!--",
    "<![CDATA[",
    "\u{5fd8}\u{5e74}\u{4f1a}",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece =
        prop_oneof![6 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => ".{0,8}"];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn what_comes_out_is_clean(typed in hostile()) {
        let html = to_html(&typed);
        // Nothing is left that a second cleaning would take.
        prop_assert_eq!(cleaner().clean(&html).to_string(), html.clone());
        for part in html.split('<').skip(1) {
            let tag = part.split('>').next().unwrap_or_default();
            let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
            prop_assert!(ALLOWED.contains(&name.as_str()), "{} in {}", name, html);
            if let Some(target) = tag.split("href=\"").nth(1) {
                let is_ours = ["http://", "https://", "mailto:", "tel:"].iter().any(|it| target.to_lowercase().starts_with(it));
                prop_assert!(is_ours, "{} in {}", target, html);
            }
        }
    }

    #[test]
    fn a_line_stays_one_line(typed in hostile(), chars_max in 1usize..80) {
        let line = to_line(&typed, chars_max);
        prop_assert!(!line.contains('\n'));
        prop_assert!(line.chars().count() <= chars_max + 1, "{}", line);
    }
}

const ALLOWED: [&str; 23] = [
    "p",
    "br",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "del",
    "code",
    "pre",
    "blockquote",
    "hr",
    "a",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
];
