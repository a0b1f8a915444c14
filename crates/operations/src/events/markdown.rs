//! An organizer's Markdown as HTML that cannot harm a reader.

use std::collections::HashSet;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// Renders a description: text, lists, tables, links. No pictures, scripts, styles or frames; links lead away safely.
///
/// Headings start below the page's own two levels.
pub fn to_html(markdown: &str) -> String {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let parser = Parser::new_ext(markdown, options).map(|event| match event {
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: lowered(level), id, classes, attrs })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lowered(level))),
        // What looks like HTML is shown as it was typed.
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        // In Japanese a line break in the source is meant.
        Event::SoftBreak => Event::HardBreak,
        other => other,
    });
    let mut unsafe_html = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut unsafe_html, parser);
    cleaner().clean(&unsafe_html).to_string()
}

/// The first letters of a description as plain text, for search engines and link previews.
pub fn to_line(markdown: &str, chars_max: usize) -> String {
    let mut line = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(text) | Event::Code(text) => line.push_str(&text),
            Event::SoftBreak
            | Event::HardBreak
            | Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell,
            ) => line.push(' '),
            _ => {}
        }
        if line.len() > chars_max * 4 {
            break;
        }
    }
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

fn cleaner() -> ammonia::Builder<'static> {
    let tags: HashSet<&str> = [
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
    ]
    .into_iter()
    .collect();
    let mut cleaner = ammonia::Builder::empty();
    cleaner
        .tags(tags)
        .add_tag_attributes("a", ["href"])
        .add_tag_attributes("ol", ["start"])
        .url_schemes(["http", "https", "mailto", "tel"].into_iter().collect())
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer"));
    cleaner
}

const fn lowered(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_shown() {
        let html = to_html("# 会場\n一行目\n二行目\n\n- [地図](https://example.com)\n- **重要**");
        assert!(html.contains("<h3>会場</h3>"), "{html}");
        assert!(html.contains("一行目<br>"), "{html}");
        assert!(
            html.contains(r#"href="https://example.com""#) && html.contains("nofollow"),
            "{html}"
        );
        assert!(html.contains("<strong>重要</strong>"), "{html}");
    }

    #[test]
    fn nothing_hostile_passes() {
        for hostile in [
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "[x](data:text/html,<script>)",
            "![x](https://tracker.example/p.gif)",
            "<img src=x onerror=alert(1)>",
            "<iframe src=//evil></iframe>",
            "<a href=\"//evil\" style=\"position:fixed\">x</a>",
            "[x](/o/settings)",
        ] {
            let html = to_html(hostile);
            // What stands between angle brackets; anything escaped is text.
            let tags: Vec<&str> = html
                .split('<')
                .skip(1)
                .filter_map(|part| part.split_once('>'))
                .map(|(tag, _)| tag)
                .collect();
            for sign in ["script", "javascript:", "data:", "img", "iframe", "style", "href=\"/"] {
                assert!(!tags.iter().any(|tag| tag.contains(sign)), "{hostile} gave {html}");
            }
        }
    }

    #[test]
    fn a_line_is_short_and_plain() {
        assert_eq!(to_line("# 忘年会\n**楽しい** 会です", 100), "忘年会 楽しい 会です");
        assert_eq!(to_line("あいうえお", 3), "あいう…");
    }
}
