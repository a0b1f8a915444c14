//! The letter that asks whether an order was placed by who reads the mail. It names the event and nobody: the address may
//! be somebody else's.

use words::{email_confirmation as texts, mails};

use crate::links;
use crate::mails::compose::Page;
use crate::mails::letter::Letter;
use crate::orders::confirm_address::key_of;

pub(super) fn letter(page: &Page<'_>) -> Letter {
    let lang = page.lang;
    let subject = mails::subject(&page.order.event.title, texts::mail_subject(lang), lang);
    let until = page.day_time(page.order.hold_expires_at);
    let key = key_of(page.settings, page.order.order);
    let url = links::confirm_address(page.settings, page.order.order, &key);
    let lead = texts::mail_lead(&until, page.order.amount.is_zero(), lang);
    let mut letter = Letter::new(lang, &subject, texts::mail_heading(lang))
        .say(&lead)
        .button(texts::mail_button(lang), url)
        .facts(page.event_facts())
        .note(texts::mail_note(lang));
    letter.footer = vec![page.contact(), texts::mail_because(lang).to_owned()];
    letter
}
