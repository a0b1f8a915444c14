//! A letter as plain text, for mail readers that show nothing else and for people who prefer it.

use crate::mails::letter::{Block, Fact, Letter, Link};

const RULE: &str = "----------------------------------------";

/// The plain-text body.
pub fn render(letter: &Letter) -> String {
    let mut parts = vec![letter.heading.clone()];
    parts.extend(letter.blocks.iter().map(block));
    let mut text = parts.join("\n\n");
    text.push_str("\n\n");
    text.push_str(RULE);
    for line in &letter.footer {
        text.push('\n');
        text.push_str(line);
    }
    text.push('\n');
    text
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) | Block::Note(text) => text.clone(),
        Block::Amount(fact) => self::fact(fact),
        Block::Codes(facts) | Block::Facts(facts) | Block::Bill(facts) => {
            facts.iter().map(fact).collect::<Vec<_>>().join("\n")
        }
        Block::Tickets(tickets) => tickets
            .iter()
            .map(|ticket| format!("{}: {}\n  {}", ticket.label, ticket.code, ticket.holder))
            .collect::<Vec<_>>()
            .join("\n"),
        Block::Steps { title, steps } => {
            let steps = steps.iter().enumerate().map(|(i, step)| format!("{}. {step}", i + 1));
            std::iter::once(title.clone()).chain(steps).collect::<Vec<_>>().join("\n")
        }
        Block::Button(link) | Block::Link(link) => self::link(link),
    }
}

fn fact(fact: &Fact) -> String {
    format!("{}: {}", fact.label, fact.value.replace('\n', "\n  "))
}

fn link(link: &Link) -> String {
    format!("{}:\n{}", link.label, link.url)
}
