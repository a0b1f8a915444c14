//! The letter that asks whether an order was placed by who reads the mail.

use words::email_confirmation as texts;

use crate::links;
use crate::mails::compose::Page;
use crate::mails::letter::Letter;
use crate::orders::confirm_address::key_of;

pub(super) fn letter(page: &Page<'_>) -> Letter {
    let lang = page.lang;
    let until = page.day_time(page.order.hold_expires_at);
    let key = key_of(page.settings, page.order.order);
    let url = links::confirm_address(page.settings, &page.order.link_token, &key);
    page.letter(texts::mail_subject(lang), texts::mail_heading(lang))
        .say(texts::mail_lead(&until, lang))
        .button(texts::mail_button(lang), url)
        .facts(page.event_facts())
        .note(texts::mail_note(lang))
}
