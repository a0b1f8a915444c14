//! What each mail says: from rows to letters, without IO; a letter that would no longer be true is not written.

use domain::ids::WebhookEndpointId;
use domain::mail::MailKind;
use domain::order::OrderStatus;
use domain::payment::PaymentStatus;
use domain::refund::{RefundStatus, RefundWay};
use store::alerts::Alert;
use store::read::mail_order::{MailOrder, MailPayment, MailRefund};
use time::OffsetDateTime;
use words::lang::Lang;
use words::{date, mail_choices, mails, money, status, webhooks};

use crate::mails::letter::{Block, Fact, Letter, Link, Ticket};
use crate::{Settings, links};

mod account;
pub mod buyer_data;
pub mod cancelling;
mod confirm_address;
mod held_back;
mod instructions;
mod personal_link;

pub use account::{
    EmailChangeMatter, LoginMatter, account_notice, email_change, invitation, login,
};

/// What an order's letter is written from.
#[derive(Debug, Clone, Copy)]
pub struct OrderMatter<'a> {
    pub kind: MailKind,
    pub order: &'a MailOrder,
    pub payment: Option<&'a MailPayment>,
    pub refund: Option<&'a MailRefund>,
    pub form: Option<&'a FormLink>,
}

/// The link of a form that asks for a bank account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormLink {
    pub token: String,
    pub expires_at: OffsetDateTime,
}

/// The letter to an operator about what does not add up: the first alerts by name, the others by number.
pub fn alert_digest(settings: &Settings, open: &[Alert], n_alerts: usize, lang: Lang) -> Letter {
    let n_alerts = n_alerts.max(open.len());
    let facts = open.iter().map(|alert| {
        let at = date::short_time(alert.detected_at, domain::time_zone::JAPAN);
        let about = alert.order_code.as_deref().unwrap_or_default();
        Fact::new(&format!("{at} {about}"), words::alerts::title(&alert.rule, lang))
    });
    let n_more = n_alerts.saturating_sub(open.len());
    let mut letter =
        Letter::new(lang, &mails::alerts_subject(n_alerts, lang), mails::alerts_heading(lang))
            .say(mails::alerts_lead(lang))
            .facts(facts.collect());
    if n_more > 0 {
        letter = letter.say(mails::alerts_more(n_more, lang));
    }
    let mut letter =
        letter.button(mails::alerts_button(lang), links::administrators_alerts(settings));
    letter.footer =
        vec![mails::sent_because_operator(lang).to_owned(), settings.public_url.clone()];
    letter
}

/// The letter about a receiver of webhooks that was switched off.
pub fn webhook_disabled(
    settings: &Settings,
    (endpoint, url): (WebhookEndpointId, &str),
    lang: Lang,
) -> Letter {
    let mut letter = Letter::new(lang, webhooks::mail_heading(lang), webhooks::mail_heading(lang))
        .say(webhooks::mail_lead(lang))
        .facts(vec![Fact::new(webhooks::mail_url(lang), url)])
        .say(webhooks::mail_what(lang))
        .button(webhooks::mail_button(lang), links::webhook(settings, endpoint));
    letter.footer = vec![webhooks::mail_because(lang).to_owned(), settings.public_url.clone()];
    letter
}

/// The same letter to a member, with the way to where it can be turned off.
pub fn may_be_turned_off(settings: &Settings, letter: Letter) -> Letter {
    let lang = letter.lang;
    let url = links::mail_choices(settings);
    let label = mail_choices::mail_link(lang).to_owned();
    let mut letter = letter.with(Block::Link(Link { label, url }));
    letter.footer = vec![mail_choices::mail_because(lang).to_owned()];
    letter
}

/// The letter about an order; `None` when what it would say is no longer true.
pub fn order(settings: &Settings, matter: OrderMatter<'_>, lang: Lang) -> Option<Letter> {
    let OrderMatter { kind, order, payment, refund, form } = matter;
    let page = Page { settings, order, lang };
    if order.is_unconfirmed && kind != MailKind::AddressToConfirm {
        // Whoever has this address is not told more of an order that somebody typed it into.
        return None;
    }
    let letter = match kind {
        MailKind::LoginLink
        | MailKind::AccountNotice
        | MailKind::EmailChange
        | MailKind::Invitation
        | MailKind::AlertDigest
        | MailKind::WebhookDisabled
        | MailKind::TicketsCancelled
        | MailKind::ReturnRequested
        | MailKind::ReturnRejected
        | MailKind::ReturnToDecide
        | MailKind::ErasureToDecide => None,
        MailKind::OrderReceived if order.is_held_back => Some(held_back::waiting(&page)),
        MailKind::OrderReceived => Some(page.received()),
        MailKind::PaymentInstructions => payment
            .filter(|payment| payment.status == PaymentStatus::Authorized)
            .map(|payment| instructions::letter(&page, payment)),
        MailKind::AddressToConfirm => {
            let is_waiting = order.is_unconfirmed && order.status.is_payable();
            return is_waiting.then(|| confirm_address::letter(&page));
        }
        MailKind::OrderLink => Some(personal_link::again(&page)),
        MailKind::OrderLinkRenewed => Some(personal_link::renewed(&page)),
        MailKind::OrderPaid => (order.status == OrderStatus::Paid).then(|| page.paid()),
        MailKind::Refunded => refund
            .filter(|refund| refund.status == RefundStatus::Succeeded)
            .map(|refund| page.refunded(refund)),
        MailKind::AccountNeeded => refund
            .filter(|refund| refund.status == RefundStatus::NeedsAccount)
            .zip(form)
            .map(|(refund, form)| page.account_needed(refund, form)),
        MailKind::CreditReturned => {
            refund.filter(|refund| refund.status.is_counted()).map(|refund| page.credit(refund))
        }
        MailKind::OrderCancelled => {
            (order.status == OrderStatus::Cancelled).then(|| page.cancelled())
        }
        MailKind::EventCancelled => (!order.status.holds_places()).then(|| page.event_cancelled()),
        MailKind::OrderExpired => (order.status == OrderStatus::Expired).then(|| page.expired()),
        MailKind::PaymentCleared => order.status.is_payable().then(|| held_back::cleared(&page)),
        MailKind::ScreeningToDecide => {
            let is_waiting = order.is_held_back && order.status.is_payable();
            return is_waiting.then(|| held_back::to_look_at(&page));
        }
    }?;
    Some(page.signed(letter))
}

/// One order in one language.
#[derive(Clone, Copy)]
struct Page<'a> {
    settings: &'a Settings,
    order: &'a MailOrder,
    lang: Lang,
}

impl Page<'_> {
    fn letter(&self, what: &str, heading: &str) -> Letter {
        let subject = mails::subject(&self.order.event.title, what, self.lang);
        Letter::new(self.lang, &subject, heading)
            .say(mails::greeting(&self.order.buyer_name, self.lang))
    }

    fn received(&self) -> Letter {
        let lang = self.lang;
        let until = self.day_time(self.order.hold_expires_at);
        let letter =
            self.letter(&mails::received_subject(&until, lang), mails::received_heading(lang));
        let letter = if self.order.status.is_payable() {
            letter
                .say(mails::received_lead(&until, lang))
                .with(Block::Amount(self.amount(mails::to_pay(lang))))
                .button(mails::pay_button(lang), self.order_url())
        } else {
            letter
                .say(mails::received_moved_on(lang))
                .button(mails::order_button(lang), self.order_url())
        };
        letter.facts(self.event_facts()).bill(self.line_facts()).note(mails::personal_link(lang))
    }

    fn paid(&self) -> Letter {
        let lang = self.lang;
        let is_free = self.order.amount.is_zero();
        let lead = if is_free { mails::free_lead(lang) } else { mails::paid_lead(lang) };
        let subject = mails::paid_subject(self.order.tickets.len(), lang);
        let mut facts = self.line_facts();
        if !is_free {
            facts.push(self.amount(mails::paid_amount(lang)));
            if self.order.tax.is_positive() {
                facts.push(Fact::new(mails::tax_inside(lang), money::format(self.order.tax, lang)));
            }
        }
        let calendar = Link {
            label: mails::calendar(lang).to_owned(),
            url: links::event_calendar(self.settings, &self.order.event.slug),
        };
        self.letter(&subject, mails::paid_heading(lang))
            .say(lead)
            .with(Block::Tickets(self.tickets()))
            .button(mails::ticket_button(lang), self.order_url())
            .facts(self.event_facts())
            .with(Block::Link(calendar))
            .bill(facts)
            .facts(cancelling::policy_facts(self))
            .note(mails::personal_link(lang))
    }

    fn refunded(&self, refund: &MailRefund) -> Letter {
        let lang = self.lang;
        let amount = money::format(refund.amount, lang);
        self.letter(&mails::refunded_subject(&amount, lang), mails::refunded_heading(lang))
            .say(mails::refunded_lead(&amount, lang))
            .with(Block::Amount(Fact::new(mails::refund_amount(lang), amount)))
            .facts(self.refund_facts(refund))
            .say(match refund.way {
                RefundWay::ByHand => mails::refunded_by_hand(lang),
                RefundWay::Original | RefundWay::Account => {
                    mails::refund_arrival(refund.method, refund.status, lang)
                }
            })
            .button(mails::order_button(lang), self.order_url())
    }

    fn account_needed(&self, refund: &MailRefund, form: &FormLink) -> Letter {
        let lang = self.lang;
        let amount = money::format(refund.amount, lang);
        let until = self.day_time(form.expires_at);
        let lead = match refund.failure_code.as_deref() {
            Some(code) => mails::account_again(code, lang),
            None => mails::account_lead(lang),
        };
        self.letter(&mails::account_subject(&amount, lang), mails::account_heading(lang))
            .say(lead)
            .with(Block::Amount(Fact::new(mails::refund_amount(lang), amount)))
            .button(mails::account_button(lang), links::refund_account(self.settings, &form.token))
            .say(mails::account_until(&until, lang))
            .facts(self.refund_facts(refund))
            .note(mails::account_safety(lang))
    }

    fn credit(&self, refund: &MailRefund) -> Letter {
        let lang = self.lang;
        let amount = money::format(refund.amount, lang);
        let is_whole = refund.amount.minor() >= self.order.amount.minor();
        let lead = match (is_whole, self.order.status) {
            (false, _) => mails::credit_partial(lang),
            (true, OrderStatus::Paid) => mails::credit_twice(lang),
            (true, _) => mails::credit_late(lang),
        };
        self.letter(&mails::credit_subject(&amount, lang), mails::credit_heading(lang))
            .say(lead)
            .with(Block::Amount(Fact::new(mails::refund_amount(lang), amount)))
            .facts(self.refund_facts(refund))
            .say(mails::refund_arrival(refund.method, refund.status, lang))
            .button(mails::order_button(lang), self.order_url())
    }

    fn cancelled(&self) -> Letter {
        let lang = self.lang;
        let money = if self.order.captured.is_positive() {
            Some(mails::cancelled_paid(lang))
        } else {
            (!self.order.amount.is_zero()).then(|| mails::cancelled_unpaid(lang))
        };
        let letter = self.letter(mails::cancelled_subject(lang), mails::cancelled_heading(lang));
        let letter = match money {
            Some(money) => letter.say(money),
            None => letter,
        };
        let reason = self.order.end_reason.iter();
        let facts = reason.map(|reason| Fact::new(mails::reason(lang), reason)).collect();
        letter
            .facts(facts)
            .facts(self.event_facts())
            .bill(self.line_facts())
            .button(mails::order_button(lang), self.order_url())
    }

    /// The event is called off: first that, then the money, then why.
    fn event_cancelled(&self) -> Letter {
        let lang = self.lang;
        let title = &self.order.event.title;
        let mut letter = self
            .letter(mails::event_cancelled_subject(lang), mails::event_cancelled_heading(lang))
            .say(mails::event_cancelled_lead(title, lang));
        let back = &self.order.going_back;
        if back.is_positive() {
            let amount = Fact::new(mails::refund_amount(lang), money::format(*back, lang));
            let status = if self.order.needs_account {
                RefundStatus::NeedsAccount
            } else {
                RefundStatus::Requested
            };
            letter = letter.with(Block::Amount(amount)).say(mails::refund_arrival(
                self.order.paid_by,
                status,
                lang,
            ));
        } else if self.order.captured.is_positive() {
            letter = letter.say(mails::event_cancelled_nothing_back(lang));
        } else if !self.order.amount.is_zero() {
            letter = letter.say(mails::cancelled_unpaid(lang));
        }
        let reason = self.order.end_reason.iter();
        let facts = reason.map(|reason| Fact::new(mails::reason(lang), reason)).collect();
        letter
            .facts(facts)
            .facts(self.event_facts())
            .bill(self.line_facts())
            .button(mails::order_button(lang), self.order_url())
    }

    fn expired(&self) -> Letter {
        let lang = self.lang;
        self.letter(mails::expired_subject(lang), mails::expired_heading(lang))
            .say(mails::expired_lead(lang))
            .say(mails::expired_again(lang))
            .button(mails::event_button(lang), links::event(self.settings, &self.order.event.slug))
            .facts(self.event_facts())
    }

    /// Whom to ask, why this mail came.
    fn signed(&self, mut letter: Letter) -> Letter {
        letter.footer = vec![self.contact(), mails::sent_because(self.lang).to_owned()];
        letter
    }

    fn contact(&self) -> String {
        let (name, address) = (&self.order.organizer_name, &self.order.organizer_email);
        format!("{}: {name} <{address}>", mails::contact(self.lang))
    }

    fn event_facts(&self) -> Vec<Fact> {
        let (event, lang) = (&self.order.event, self.lang);
        let mut facts = vec![Fact::new(mails::event(lang), &event.title)];
        if let Some(start) = event.starts_at {
            let told_at = self.order.created_at;
            let span = date::span(start, event.ends_at, &event.time_zone, told_at, lang);
            facts.push(Fact::new(mails::when(lang), span));
        }
        let place: Vec<&str> = [event.place_name.as_str(), event.place_address.as_str()]
            .into_iter()
            .filter(|line| !line.is_empty())
            .collect();
        if !place.is_empty() {
            facts.push(Fact::new(mails::place(lang), place.join("\n")));
        }
        facts.push(Fact::new(mails::order_code(lang), &self.order.code));
        facts
    }

    fn line_facts(&self) -> Vec<Fact> {
        let lines = self.order.lines.iter().map(|line| {
            Fact::new(
                &mails::line(&line.name, line.quantity),
                money::format_or_free(line.amount, self.lang),
            )
        });
        let fee = self.order.fee;
        let fee = fee
            .is_positive()
            .then(|| Fact::new(words::payouts::fee_line(self.lang), money::format(fee, self.lang)));
        lines.chain(fee).collect()
    }

    fn refund_facts(&self, refund: &MailRefund) -> Vec<Fact> {
        let mut facts = vec![
            Fact::new(mails::event(self.lang), &self.order.event.title),
            Fact::new(mails::order_code(self.lang), &self.order.code),
        ];
        let is_original =
            refund.way == RefundWay::Original && refund.status != RefundStatus::NeedsAccount;
        if let Some(method) = refund.method.filter(|_| is_original) {
            facts.push(Fact::new(mails::refund_way(self.lang), status::method(method, self.lang)));
        }
        if let Some(reason) = &refund.reason {
            facts.push(Fact::new(mails::reason(self.lang), reason));
        }
        facts
    }

    fn tickets(&self) -> Vec<Ticket> {
        let tickets = self.order.tickets.iter().map(|ticket| Ticket {
            label: mails::ticket_code(self.lang).to_owned(),
            code: ticket.code.clone(),
            holder: if ticket.attendee_name.is_empty() {
                ticket.ticket_type.clone()
            } else {
                mails::holder(&ticket.attendee_name, &ticket.ticket_type, self.lang)
            },
        });
        tickets.collect()
    }

    fn amount(&self, label: &str) -> Fact {
        Fact::new(label, money::format(self.order.amount, self.lang))
    }

    fn day_time(&self, at: OffsetDateTime) -> String {
        date::day_time(at, &self.order.event.time_zone, self.lang)
    }

    fn order_url(&self) -> String {
        links::order(self.settings, &self.order.link_token)
    }
}

#[cfg(test)]
mod tests;
