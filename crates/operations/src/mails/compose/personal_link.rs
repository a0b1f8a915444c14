//! Letters that bring the personal link: because it was asked for, or because it was made anew.

use words::{mails, personal_link as texts};

use crate::mails::compose::Page;
use crate::mails::letter::Letter;

/// It was asked for.
pub(super) fn again(page: &Page<'_>) -> Letter {
    let lang = page.lang;
    let texts = (texts::mail_subject(lang), texts::mail_heading(lang), texts::mail_lead(lang));
    letter(page, texts)
}

/// It was made anew.
pub(super) fn renewed(page: &Page<'_>) -> Letter {
    let lang = page.lang;
    let (subject, heading) = (texts::mail_renewed_subject(lang), texts::mail_renewed_heading(lang));
    letter(page, (subject, heading, texts::mail_renewed_lead(lang)))
}

fn letter(page: &Page<'_>, (subject, heading, lead): (&str, &str, &str)) -> Letter {
    let lang = page.lang;
    page.letter(subject, heading)
        .say(lead)
        .button(mails::order_button(lang), page.order_url())
        .facts(page.event_facts())
        .note(mails::personal_link(lang))
}
