//! The mail that tells an organizer of somebody who wishes to be forgotten.

use store::read::mail_order::MailOrder;
use words::lang::Lang;
use words::{buyer_data as texts, cancelling, mails};

use super::Page;
use crate::mails::letter::Letter;
use crate::{Settings, links};

/// The letter.
pub fn to_decide(settings: &Settings, order: &MailOrder, lang: Lang) -> Letter {
    let page = Page { settings, order, lang };
    let who = order.buyer_name.as_str();
    let subject = mails::subject(&order.event.title, &texts::mail_subject(who, lang), lang);
    let mut letter = Letter::new(lang, &subject, texts::mail_heading(lang))
        .say(texts::mail_lead(who, lang))
        .say(texts::mail_text(lang))
        .button(texts::mail_button(lang), links::erase_order(settings, order.order))
        .facts(page.event_facts());
    letter.footer = vec![cancelling::your_own_wish(lang).to_owned()];
    letter
}
