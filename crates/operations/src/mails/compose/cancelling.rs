//! Mails about cancelling: the policy that was sold, tickets that ended, wishes and answers.

use domain::mail::MailKind;
use domain::return_request::ReturnRequestStatus;
use store::cancellations::Cancellation;
use store::read::mail_order::MailOrder;
use store::return_requests::ReturnRequest;
use words::lang::Lang;
use words::{cancelling as texts, mails, money};

use super::Page;
use crate::mails::letter::{Fact, Letter};
use crate::{Settings, links};

/// What a letter about cancelling is about.
#[derive(Debug, Clone, Copy)]
pub enum Matter<'a> {
    Cancelled(&'a Cancellation),
    /// To the participant: the wish has arrived.
    Requested(&'a ReturnRequest),
    Rejected(&'a ReturnRequest),
    /// To the organizer: the wish waits for an answer.
    ToDecide(&'a ReturnRequest),
}

impl<'a> Matter<'a> {
    /// What a mail of this kind tells about a request; none for every other kind.
    pub const fn of_request(kind: MailKind, request: &'a ReturnRequest) -> Option<Self> {
        match kind {
            MailKind::ReturnRequested => Some(Self::Requested(request)),
            MailKind::ReturnRejected => Some(Self::Rejected(request)),
            MailKind::ReturnToDecide => Some(Self::ToDecide(request)),
            _ => None,
        }
    }
}

/// The letter; `None` when what it would say is no longer true.
pub fn order(
    settings: &Settings,
    order: &MailOrder,
    matter: Matter<'_>,
    lang: Lang,
) -> Option<Letter> {
    let page = Page { settings, order, lang };
    match matter {
        Matter::Cancelled(cancellation) => Some(page.signed(cancelled(&page, cancellation))),
        Matter::Requested(request) => {
            let is_open = request.status == ReturnRequestStatus::Requested;
            is_open.then(|| page.signed(requested(&page, request)))
        }
        Matter::Rejected(request) => {
            let is_rejected = request.status == ReturnRequestStatus::Rejected;
            is_rejected.then(|| page.signed(rejected(&page, request)))
        }
        Matter::ToDecide(request) => {
            let is_open = request.status == ReturnRequestStatus::Requested;
            is_open.then(|| to_decide(&page, request))
        }
    }
}

/// The policy in the mail with the tickets.
pub(super) fn policy_facts(page: &Page<'_>) -> Vec<Fact> {
    let (order, lang) = (page.order, page.lang);
    let mut facts =
        vec![Fact::new(texts::policy_title(lang), texts::mode_text(order.cancel_mode, lang))];
    // Where nobody but the organizer cancels, no terms were agreed.
    if order.cancel_mode == domain::cancel_policy::CancelMode::Closed || order.amount.is_zero() {
        return facts;
    }
    let currency = order.amount.currency();
    facts.extend(order.cancel_terms.iter().map(|(name, terms)| {
        let label = if name.is_empty() { texts::fee(lang) } else { name.as_str() };
        Fact::new(label, texts::sentence(terms, currency, lang))
    }));
    facts
}

fn cancelled(page: &Page<'_>, it: &Cancellation) -> Letter {
    let lang = page.lang;
    let subject = texts::mail_cancelled_subject(it.tickets.len(), lang);
    let letter = page
        .letter(&subject, texts::mail_cancelled_heading(lang))
        .say(texts::mail_cancelled_lead(lang))
        .facts(ticket_facts(it));
    let letter = if page.order.amount.is_zero() {
        letter
    } else {
        let fee = money::format(it.fee, lang);
        let back = money::format(it.back, lang);
        letter.bill(vec![Fact::new(texts::fee(lang), fee), Fact::new(texts::mail_back(lang), back)])
    };
    let letter = if it.waived.is_positive() { letter.say(texts::waived(lang)) } else { letter };
    let letter = if it.refunds.is_empty() { letter } else { letter.say(texts::way_back(lang)) };
    let reason = Some(&it.reason).filter(|reason| !reason.is_empty());
    let facts = reason.map(|reason| Fact::new(mails::reason(lang), reason)).into_iter().collect();
    let letter = letter.facts(facts);
    let letter =
        if page.order.tickets.is_empty() { letter } else { letter.say(texts::mail_rest(lang)) };
    letter.facts(page.event_facts()).button(mails::order_button(lang), page.order_url())
}

/// The tickets that ended, by their codes.
fn ticket_facts(it: &Cancellation) -> Vec<Fact> {
    let pairs = it.tickets.iter().zip(&it.attendees);
    pairs.map(|(code, attendee)| Fact::new(code, attendee)).collect()
}

fn requested(page: &Page<'_>, request: &ReturnRequest) -> Letter {
    let lang = page.lang;
    page.letter(texts::mail_requested_subject(lang), texts::mail_requested_heading(lang))
        .say(texts::ask_text(lang))
        .facts(note_facts(texts::ask_note(lang), &request.note))
        .facts(page.event_facts())
        .button(mails::order_button(lang), page.order_url())
}

fn rejected(page: &Page<'_>, request: &ReturnRequest) -> Letter {
    let lang = page.lang;
    page.letter(texts::mail_rejected_subject(lang), texts::mail_rejected_heading(lang))
        .say(texts::mail_rejected_lead(lang))
        .facts(note_facts(texts::answer(lang), &request.answer))
        .facts(page.event_facts())
        .button(mails::order_button(lang), page.order_url())
}

fn to_decide(page: &Page<'_>, request: &ReturnRequest) -> Letter {
    let (lang, who) = (page.lang, page.order.buyer_name.as_str());
    let what = texts::mail_to_decide_subject(who, lang);
    let subject = mails::subject(&page.order.event.title, &what, lang);
    let url = links::return_requests(page.settings, request.event);
    let mut letter = Letter::new(lang, &subject, texts::mail_to_decide_heading(lang))
        .say(texts::mail_to_decide_lead(who, request.tickets.len(), lang))
        .facts(note_facts(texts::mail_note(lang), &request.note))
        .button(texts::mail_to_decide_button(lang), url)
        .facts(page.event_facts());
    letter.footer = vec![texts::your_own_wish(lang).to_owned()];
    letter
}

fn note_facts(label: &str, note: &str) -> Vec<Fact> {
    if note.is_empty() { Vec::new() } else { vec![Fact::new(label, note)] }
}
