//! Letters to people who log in: links, notices about the own account, invitations.

use domain::notice::Notice;
use store::invitations::Invitation;
use time::OffsetDateTime;
use words::lang::Lang;
use words::{date, email_change as email_change_words, mails, members, notices};

use crate::mails::letter::{Fact, Letter};
use crate::{Settings, links};

/// The letter of a login link.
pub fn login(settings: &Settings, link: &LoginMatter<'_>, lang: Lang) -> Letter {
    let until = date::clock(link.expires_at, domain::time_zone::JAPAN);
    let validity = mails::login_validity(domain::limits::LOGIN_LINK_MINUTES, &until, lang);
    let mut letter = Letter::new(lang, mails::login_subject(lang), mails::login_heading(lang))
        .say(mails::login_lead(lang));
    if let Some(provider) = link.links {
        letter = letter.say(words::login::mail_links(provider, lang));
    }
    let mut letter = letter
        .button(mails::login_button(lang), links::login(settings, link.token))
        .note(validity)
        .note(mails::login_unknown(lang));
    letter.footer = vec![mails::sent_because_login(lang).to_owned(), settings.public_url.clone()];
    letter
}

/// What the letter to one of two mailboxes is written from.
#[derive(Debug, Clone, Copy)]
pub struct EmailChangeMatter<'a> {
    pub token: &'a str,
    pub is_old: bool,
    pub new_email: &'a str,
}

/// The letter that asks a mailbox whether an account may log in with another address.
pub fn email_change(settings: &Settings, matter: &EmailChangeMatter<'_>, lang: Lang) -> Letter {
    let lead = if matter.is_old {
        email_change_words::old_lead(lang)
    } else {
        email_change_words::new_lead(lang)
    };
    let heading = email_change_words::mail_heading(lang);
    let mut letter = Letter::new(lang, heading, heading)
        .say(lead)
        .facts(vec![Fact::new(email_change_words::new_label(lang), matter.new_email)])
        .button(email_change_words::mail_button(lang), links::email_change(settings, matter.token))
        .note(email_change_words::mail_note(lang));
    letter.footer = vec![notices::because(lang).to_owned(), settings.public_url.clone()];
    letter
}

/// The letter that tells somebody what happened to the own account.
pub fn account_notice(
    settings: &Settings,
    notice: Notice,
    (detail, at, zone): (&str, OffsetDateTime, &str),
    lang: Lang,
) -> Letter {
    let heading = notices::heading(notice, lang);
    let when = date::short_time_named(at, zone);
    let mut facts = vec![Fact::new(notices::when(lang), &when)];
    if !detail.is_empty() {
        facts.push(Fact::new(notices::what(lang), detail));
    }
    let mut letter =
        Letter::new(lang, heading, heading).say(notices::lead(notice, lang)).facts(facts);
    letter = if notice.leads_to_the_account() {
        letter.button(notices::button(lang), links::account(settings)).note(notices::not_you(lang))
    } else {
        letter.note(notices::not_you_ask(lang))
    };
    letter.footer = vec![notices::because(lang).to_owned(), settings.public_url.clone()];
    letter
}

/// The letter that asks somebody to become a member.
pub fn invitation(
    settings: &Settings,
    (invitation, token): (&Invitation, &str),
    lang: Lang,
) -> Letter {
    let Invitation { organizer_name, event, role, .. } = invitation;
    let until = date::short_time(invitation.expires_at, domain::time_zone::JAPAN);
    let mut facts = vec![Fact::new(members::role_label(lang), members::role(*role, lang))];
    if let Some((_, title)) = event {
        facts.push(Fact::new(members::only_event(lang), title));
    }
    facts.push(Fact::new(members::until_label(lang), &until));
    if let Some(name) = &invitation.inviter_name {
        facts.push(Fact::new(members::invited_by(lang), name));
    }
    let heading = members::mail_heading(organizer_name, lang);
    let mut letter = Letter::new(lang, &heading, &heading)
        .say(members::mail_lead(lang))
        .facts(facts)
        .button(members::mail_button(lang), links::invitation(settings, token))
        .note(members::mail_note(lang));
    letter.footer = vec![members::mail_because(lang).to_owned(), settings.public_url.clone()];
    letter
}

/// What a login letter is written from.
#[derive(Debug, Clone, Copy)]
pub struct LoginMatter<'a> {
    pub token: &'a str,
    pub expires_at: OffsetDateTime,
    /// The provider whose account the link connects.
    pub links: Option<&'a str>,
}
