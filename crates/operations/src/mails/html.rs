//! A letter as HTML: our colours and spaces inline, nothing loaded from anywhere, readable in dark mode.

use crate::mails::letter::{Block, Fact, Letter, Link, Ticket};

/// Dark mode, for the mail readers that ask for it; the rest is inline because many drop style sheets.
const DARK: &str = "@media (prefers-color-scheme: dark) {\
 .ground { background: #12151c !important; }\
 .paper { background: #1b202b !important; border-color: #323a49 !important; }\
 .ink { color: #eceff5 !important; }\
 .soft { color: #aab4c5 !important; }\
 .inset { background: #242b39 !important; border-color: #3b4558 !important; }\
 .button { background: #8ba8ff !important; color: #12151c !important; }\
 .link { color: #a9bfff !important; }\
 }";

const FONT: &str = "font-family: 'Hiragino Sans', 'Hiragino Kaku Gothic ProN', 'Noto Sans CJK JP', 'Noto Sans JP', \
 'Yu Gothic', Meiryo, system-ui, sans-serif;";

/// The HTML body.
pub fn render(letter: &Letter) -> String {
    let lang = letter.lang.code();
    let title = escape(&letter.subject);
    let heading = escape(&letter.heading);
    let blocks: String = letter.blocks.iter().map(block).collect();
    let footer: String = letter
        .footer
        .iter()
        .map(|line| {
            format!(
                "<p class=\"soft\" style=\"margin: 0 0 4px; font-size: 13px; color: #4b5568;\">{}</p>\n",
                lines(line)
            )
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>{DARK}</style>\n</head>\n\
         <body class=\"ground\" style=\"margin: 0; padding: 0; background: #f6f7f9; {FONT} line-height: 1.65;\">\n\
         <table role=\"presentation\" class=\"ground\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
         style=\"background: #f6f7f9;\"><tr><td align=\"center\" style=\"padding: 24px 12px;\">\n\
         <div style=\"max-width: 560px; text-align: left; {FONT}\">\n\
         <p class=\"soft\" style=\"margin: 0 4px 12px; font-size: 13px; font-weight: 600; color: #4b5568;\">EventPay</p>\n\
         <div class=\"paper\" style=\"padding: 28px 24px; background: #ffffff; border: 1px solid #e3e6ec; \
         border-radius: 14px;\">\n\
         <h1 class=\"ink\" style=\"margin: 0 0 16px; font-size: 22px; line-height: 1.4; font-weight: 800; \
         color: #1d2433;\">{heading}</h1>\n{blocks}</div>\n\
         <div style=\"padding: 16px 4px 0;\">\n{footer}</div>\n\
         </div>\n</td></tr></table>\n</body>\n</html>\n"
    )
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => format!(
            "<p class=\"ink\" style=\"margin: 0 0 16px; font-size: 16px; color: #1d2433;\">{}</p>\n",
            lines(text)
        ),
        Block::Note(text) => format!(
            "<p class=\"soft\" style=\"margin: 0 0 12px; font-size: 13px; color: #4b5568;\">{}</p>\n",
            lines(text)
        ),
        Block::Amount(fact) => amount(fact),
        Block::Codes(facts) => codes(facts),
        Block::Facts(facts) => table(facts, "width: 34%;", ""),
        Block::Bill(facts) => table(facts, "", "text-align: right; white-space: nowrap;"),
        Block::Tickets(tickets) => tickets.iter().map(ticket).collect(),
        Block::Steps { title, steps } => list(title, steps),
        Block::Button(link) => button(link),
        Block::Link(Link { label, url }) => format!(
            "<p style=\"margin: 0 0 16px; font-size: 16px;\"><a class=\"link\" href=\"{}\" \
             style=\"color: #1f3a8a;\">{}</a></p>\n",
            escape(url),
            escape(label)
        ),
    }
}

fn amount(fact: &Fact) -> String {
    format!(
        "<p class=\"soft\" style=\"margin: 0; font-size: 13px; color: #4b5568;\">{}</p>\n\
         <p class=\"ink\" style=\"margin: 0 0 16px; font-size: 32px; line-height: 1.3; font-weight: 800; \
         color: #1d2433; font-variant-numeric: tabular-nums;\">{}</p>\n",
        escape(&fact.label),
        escape(&fact.value)
    )
}

fn codes(facts: &[Fact]) -> String {
    facts
        .iter()
        .map(|fact| {
            inset(&format!(
                "<p class=\"soft\" style=\"margin: 0; font-size: 13px; color: #4b5568;\">{}</p>\n\
                 <p class=\"ink\" style=\"margin: 0; font-size: 20px; font-weight: 600; color: #1d2433; \
                 font-variant-numeric: tabular-nums; word-break: break-all;\">{}</p>\n",
                escape(&fact.label),
                escape(&fact.value)
            ))
        })
        .collect()
}

fn ticket(ticket: &Ticket) -> String {
    inset(&format!(
        "<p class=\"soft\" style=\"margin: 0; font-size: 13px; color: #4b5568;\">{}</p>\n\
         <p class=\"ink\" style=\"margin: 0; font-size: 20px; font-weight: 600; color: #1d2433; \
         letter-spacing: 0.08em;\">{}</p>\n\
         <p class=\"ink\" style=\"margin: 0; font-size: 16px; color: #1d2433;\">{}</p>\n",
        escape(&ticket.label),
        escape(&ticket.code),
        escape(&ticket.holder)
    ))
}

fn inset(content: &str) -> String {
    format!(
        "<div class=\"inset\" style=\"margin: 0 0 12px; padding: 12px 16px; background: #f6f7f9; \
         border: 1px solid #e3e6ec; border-radius: 10px;\">\n{content}</div>\n"
    )
}

fn table(facts: &[Fact], label: &str, value: &str) -> String {
    let rows: String = facts
        .iter()
        .map(|fact| {
            format!(
                "<tr><th scope=\"row\" class=\"soft\" style=\"padding: 6px 16px 6px 0; {label} text-align: left; \
                 vertical-align: top; font-size: 13px; font-weight: 400; color: #4b5568;\">{}</th>\
                 <td class=\"ink\" style=\"padding: 6px 0; {value} vertical-align: top; font-size: 16px; color: #1d2433; \
                 font-variant-numeric: tabular-nums;\">{}</td></tr>\n",
                escape(&fact.label),
                lines(&fact.value)
            )
        })
        .collect();
    format!(
        "<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin: 0 0 16px; \
         border-collapse: collapse;\">\n{rows}</table>\n"
    )
}

fn list(title: &str, steps: &[String]) -> String {
    let items: String = steps
        .iter()
        .map(|step| format!("<li style=\"margin: 0 0 6px;\">{}</li>\n", lines(step)))
        .collect();
    format!(
        "<h2 class=\"ink\" style=\"margin: 0 0 8px; font-size: 16px; font-weight: 600; color: #1d2433;\">{}</h2>\n\
         <ol class=\"ink\" style=\"margin: 0 0 16px; padding: 0 0 0 24px; font-size: 16px; color: #1d2433;\">\n{items}</ol>\n",
        escape(title)
    )
}

/// A wide target for a thumb, and the address under it for whom the button does not work.
fn button(link: &Link) -> String {
    let (label, url) = (escape(&link.label), escape(&link.url));
    format!(
        "<p style=\"margin: 8px 0 12px;\"><a class=\"button\" href=\"{url}\" style=\"display: block; padding: 14px 16px; \
         background: #1f3a8a; border-radius: 10px; color: #ffffff; font-size: 17px; font-weight: 600; text-align: center; \
         text-decoration: none;\">{label}</a></p>\n\
         <p class=\"soft\" style=\"margin: 0 0 16px; font-size: 13px; color: #4b5568; word-break: break-all;\">\
         <a class=\"link\" href=\"{url}\" style=\"color: #1f3a8a;\">{url}</a></p>\n"
    )
}

fn lines(text: &str) -> String {
    escape(text).replace('\n', "<br>\n")
}

/// What people typed is text, wherever it stands.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}
