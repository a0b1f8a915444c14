//! Letters about an order that is held back: to its buyer while it waits and once it can be paid, and to its organizer.

use words::{mails, screening};

use crate::links;
use crate::mails::compose::Page;
use crate::mails::letter::{Block, Letter};

/// Places are held, and it cannot be paid yet.
pub(super) fn waiting(page: &Page<'_>) -> Letter {
    let lang = page.lang;
    let until = page.day_time(page.order.hold_expires_at);
    page.letter(screening::received_subject(lang), mails::received_heading(lang))
        .say(screening::mail_wait(&until, lang))
        .button(mails::order_button(lang), page.order_url())
        .facts(page.event_facts())
        .bill(page.line_facts())
        .note(mails::personal_link(lang))
}

/// The organizer has looked at the order: it can be paid now.
pub(super) fn cleared(page: &Page<'_>) -> Letter {
    let lang = page.lang;
    let until = page.day_time(page.order.hold_expires_at);
    page.letter(screening::mail_subject(lang), screening::mail_heading(lang))
        .say(screening::mail_lead(&until, lang))
        .with(Block::Amount(page.amount(mails::to_pay(lang))))
        .button(mails::pay_button(lang), page.order_url())
        .facts(page.event_facts())
        .bill(page.line_facts())
        .note(mails::personal_link(lang))
}

/// For the organizer, who alone is told that and what to decide.
pub(super) fn to_look_at(page: &Page<'_>) -> Letter {
    let lang = page.lang;
    let what = screening::mail_decide_subject(lang);
    let subject = mails::subject(&page.order.event.title, what, lang);
    let until = page.day_time(page.order.hold_expires_at);
    let url = links::screenings(page.settings, page.order.event.id);
    let mut letter = Letter::new(lang, &subject, screening::mail_decide_heading(lang))
        .say(screening::mail_decide_lead(&page.order.buyer_name, &until, lang))
        .button(screening::mail_decide_button(lang), url)
        .facts(page.event_facts());
    letter.footer = vec![words::cancelling::your_own_wish(lang).to_owned()];
    letter
}
