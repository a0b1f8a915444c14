//! A letter: what a mail says, before it becomes text and HTML.

use words::lang::Lang;

/// A mail's content, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub lang: Lang,
    /// One line; control characters are gone.
    pub subject: String,
    pub heading: String,
    pub blocks: Vec<Block>,
    /// Quiet lines at the end: whom to ask, why this mail came.
    pub footer: Vec<String>,
}

/// A part of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Paragraph(String),
    /// The one number that matters.
    Amount(Fact),
    /// Numbers to type or read out at a counter.
    Codes(Vec<Fact>),
    Facts(Vec<Fact>),
    /// What was ordered and what it costs, amounts aligned.
    Bill(Vec<Fact>),
    Tickets(Vec<Ticket>),
    Steps {
        title: String,
        steps: Vec<String>,
    },
    /// The one thing to do.
    Button(Link),
    Link(Link),
    /// Fine print.
    Note(String),
}

/// A labelled value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

/// A place to go, always one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub label: String,
    pub url: String,
}

/// One person's ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub label: String,
    pub code: String,
    pub holder: String,
}

impl Letter {
    /// A letter without content yet.
    pub fn new(lang: Lang, subject: &str, heading: &str) -> Self {
        Self {
            lang,
            subject: one_line(subject),
            heading: heading.to_owned(),
            blocks: Vec::new(),
            footer: Vec::new(),
        }
    }

    /// Adds a part.
    #[must_use]
    pub fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn say(self, text: impl Into<String>) -> Self {
        self.with(Block::Paragraph(text.into()))
    }

    /// Adds fine print.
    #[must_use]
    pub fn note(self, text: impl Into<String>) -> Self {
        self.with(Block::Note(text.into()))
    }

    /// Adds the button.
    #[must_use]
    pub fn button(self, label: &str, url: String) -> Self {
        self.with(Block::Button(Link { label: label.to_owned(), url }))
    }

    /// Adds labelled values; none add nothing.
    #[must_use]
    pub fn facts(self, facts: Vec<Fact>) -> Self {
        if facts.is_empty() { self } else { self.with(Block::Facts(facts)) }
    }

    /// Adds what was ordered.
    #[must_use]
    pub fn bill(self, facts: Vec<Fact>) -> Self {
        self.with(Block::Bill(facts))
    }
}

impl Fact {
    /// A labelled value.
    pub fn new(label: &str, value: impl Into<String>) -> Self {
        Self { label: label.to_owned(), value: value.into() }
    }
}

/// A header holds one line: whatever else stood in a title becomes spaces.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_cannot_open_another_header() {
        let letter = Letter::new(Lang::En, "Party\r\nBcc: everyone@example.com", "");
        assert_eq!(letter.subject, "Party Bcc: everyone@example.com");
    }
}
