//! Sends a queued mail: composed from what is true now, with a message id that stays the same.
//!
//! The mail server's yes and our note of it cannot be one step. A crash between them sends the mail once more, with the
//! same message id, so that a mail reader can see that it is the same; a mail that is lost would be worse.

use anyhow::Context;
use domain::ids::{AccountFormId, MailId, OrderId};
use domain::mail::{MailKind, MailStatus};
use domain::mail_choice::MemberMail;
use domain::notice::Notice;
use providers::{Outcome, OutgoingMail};
use store::db::Conn;
use store::mails::{self, Mail, SentText};
use store::read::mail_order::{self, MailOrder};
use store::refund_accounts;
use words::lang::Lang;

use crate::account::{email_change, login_token};
use crate::mails::compose::cancelling::Matter;
use crate::mails::compose::{self, FormLink, LoginMatter, OrderMatter};
use crate::mails::enqueue::MailData;
use crate::mails::letter::Letter;
use crate::mails::{html, text};
use crate::members;
use crate::refunds::account::token_of;
use crate::{Deps, Settings};

/// Why a mail was not sent and never will be.
const NO_LONGER_TRUE: &str = "what it would say is no longer true";
const LINK_EXPIRED: &str = "the login link ended before it could be sent";

/// Sends the mail if it is queued. Safe to repeat: what is sent, skipped or failed is left alone.
///
/// # Errors
/// When it should be tried again.
pub async fn send_mail(deps: &Deps, id: MailId) -> anyhow::Result<()> {
    let mut conn = deps.db.acquire().await?;
    let mail = mails::get(&mut conn, id).await.with_context(|| format!("reading {id}"))?;
    drop(conn);
    if mail.status != MailStatus::Queued {
        return Ok(());
    }
    match compose(deps, &mail).await.with_context(|| format!("composing {id}"))? {
        Composed::Letter { letter, keep } => post(deps, &mail, &letter, keep).await,
        Composed::Skip(reason) => {
            let mut conn = deps.db.acquire().await?;
            mails::mark_unsent(&mut conn, id, MailStatus::Skipped, reason).await?;
            Ok(())
        }
    }
}

enum Composed {
    Letter { letter: Letter, keep: Keep },
    Skip(&'static str),
}

/// Whether what was sent is kept for the order's history.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    All,
    /// The secret of a login link is in the text.
    SubjectOnly,
    /// Nothing of what it said.
    RecipientOnly,
    /// Not even who read it.
    Nothing,
}

async fn compose(deps: &Deps, mail: &Mail) -> anyhow::Result<Composed> {
    let lang = Lang::parse(&mail.locale).unwrap_or_default();
    let data = serde_json::from_value(mail.data.clone()).context("reading the mail's data")?;
    if let MailData::WebhookEndpoint { endpoint, url, is_for_member } = &data {
        let letter = compose::webhook_disabled(&deps.settings, (*endpoint, url), lang);
        let letter = if *is_for_member {
            compose::may_be_turned_off(&deps.settings, letter)
        } else {
            letter
        };
        return Ok(Composed::Letter { letter, keep: Keep::All });
    }
    if let MailData::EmailChange { seed, is_old, new_email } = &data {
        let token = email_change::token(deps, seed);
        let matter = compose::EmailChangeMatter { token: &token, is_old: *is_old, new_email };
        let letter = compose::email_change(&deps.settings, &matter, lang);
        return Ok(Composed::Letter { letter, keep: Keep::SubjectOnly });
    }
    if let MailData::AccountNotice { notice, detail, at, zone } = &data {
        let zone = zone.as_deref().unwrap_or(domain::time_zone::JAPAN);
        let letter = compose::account_notice(&deps.settings, *notice, (detail, *at, zone), lang);
        let is_last = *notice == Notice::AccountDeleted;
        let keep = if is_last { Keep::Nothing } else { Keep::SubjectOnly };
        return Ok(Composed::Letter { letter, keep });
    }
    if let MailData::LoginLink { seed, expires_at, links } = data {
        if expires_at <= deps.clock.now() {
            return Ok(Composed::Skip(LINK_EXPIRED));
        }
        let token = login_token::of_seed(&deps.settings, &seed);
        let matter = LoginMatter { token: &token, expires_at, links: links.as_deref() };
        let letter = compose::login(&deps.settings, &matter, lang);
        return Ok(Composed::Letter { letter, keep: Keep::SubjectOnly });
    }
    if let MailData::Invitation { invitation } = data {
        let found = members::invitations::to_mail(deps, invitation).await?;
        return Ok(found.map_or(Composed::Skip(NO_LONGER_TRUE), |(invitation, token)| {
            let letter = compose::invitation(&deps.settings, (&invitation, &token), lang);
            Composed::Letter { letter, keep: Keep::SubjectOnly }
        }));
    }
    if let MailData::Alerts { alerts, n_alerts } = data {
        let mut conn = deps.db.acquire().await?;
        let open = store::alerts::list_still_open(&mut conn, &alerts).await?;
        return Ok(if open.is_empty() {
            Composed::Skip(NO_LONGER_TRUE)
        } else {
            let letter = compose::alert_digest(&deps.settings, &open, n_alerts, lang);
            Composed::Letter { letter, keep: Keep::All }
        });
    }
    if let Some(order) = data.order_for_member() {
        return compose_for_member(deps, mail, order, &data, lang).await;
    }
    let order = mail.order.context("a mail about an order has none")?;
    let letter = compose_for_order(deps, mail, order, &data, lang).await?;
    // A link that names a bank account is worth as much as one that logs in.
    let is_secret =
        matches!(data, MailData::AccountForm { .. }) || mail.kind == MailKind::AddressToConfirm;
    let keep = if is_secret { Keep::SubjectOnly } else { Keep::All };
    Ok(match letter {
        Some(letter) => Composed::Letter { letter, keep },
        None => Composed::Skip(NO_LONGER_TRUE),
    })
}

/// The participant's name is in it, and no order by which it would be forgotten with the participant: it is not kept.
async fn compose_for_member(
    deps: &Deps,
    mail: &Mail,
    order: OrderId,
    data: &MailData,
    lang: Lang,
) -> anyhow::Result<Composed> {
    if !is_told(deps, mail, order).await? {
        return Ok(Composed::Skip(NO_LONGER_TRUE));
    }
    let letter = compose_for_order(deps, mail, order, data, lang).await?;
    Ok(letter.map_or(Composed::Skip(NO_LONGER_TRUE), |letter| Composed::Letter {
        letter: compose::may_be_turned_off(&deps.settings, letter),
        keep: Keep::RecipientOnly,
    }))
}

/// Whether a member at this address is told of such things still: it may have left, or turned them off.
async fn is_told(deps: &Deps, mail: &Mail, order: OrderId) -> anyhow::Result<bool> {
    let Ok(kind) = MemberMail::parse(mail.kind.as_str()) else { return Ok(false) };
    let mut conn = deps.db.acquire().await?;
    let order = store::orders::get(&mut conn, order).await?;
    let event = Some(order.event);
    let readers =
        store::mail_choices::list_readers(&mut conn, order.organizer, event, kind).await?;
    Ok(readers.iter().any(|it| it.email == mail.recipient))
}

async fn compose_for_order(
    deps: &Deps,
    mail: &Mail,
    id: OrderId,
    data: &MailData,
    lang: Lang,
) -> anyhow::Result<Option<Letter>> {
    let mut conn = deps.db.acquire().await?;
    let order = mail_order::get(&mut conn, id).await?;
    if mail.kind == MailKind::ErasureToDecide {
        let standing = store::buyer_data::standing(&mut conn, id).await?;
        let is_open =
            standing.erased_at.is_none() && standing.request.is_some_and(|it| it.is_open());
        return Ok(is_open.then(|| compose::buyer_data::to_decide(&deps.settings, &order, lang)));
    }
    if let Some(letter) = compose_cancelling(deps, &mut conn, mail, &order, data, lang).await? {
        return Ok(letter);
    }
    let payment = match data.payment() {
        Some(payment) => Some(mail_order::get_payment(&mut conn, id, payment).await?),
        None => None,
    };
    let refund = match data.refund() {
        Some(refund) => Some(mail_order::get_refund(&mut conn, id, refund).await?),
        None => None,
    };
    let form = match data.account_form() {
        Some(form) => open_form(deps, &mut conn, form).await?,
        None => None,
    };
    let matter = OrderMatter {
        kind: mail.kind,
        order: &order,
        payment: payment.as_ref(),
        refund: refund.as_ref(),
        form: form.as_ref(),
    };
    Ok(compose::order(&deps.settings, matter, lang))
}

/// The letter about cancelled tickets or a wish to cancel; the outer `None` when the mail is about something else.
async fn compose_cancelling(
    deps: &Deps,
    conn: &mut Conn,
    mail: &Mail,
    order: &MailOrder,
    data: &MailData,
    lang: Lang,
) -> anyhow::Result<Option<Option<Letter>>> {
    let tell = |matter| compose::cancelling::order(&deps.settings, order, matter, lang);
    if let Some(cancellation) = data.cancellation() {
        let all = store::cancellations::list_for_order(conn, order.order).await?;
        let found = all.iter().find(|it| it.id == cancellation);
        return Ok(Some(found.and_then(|it| tell(Matter::Cancelled(it)))));
    }
    if let Some(request) = data.return_request() {
        let all = store::return_requests::list_for_order(conn, order.order).await?;
        let found = all.iter().find(|it| it.id == request);
        return Ok(Some(found.and_then(|it| Matter::of_request(mail.kind, it)).and_then(tell)));
    }
    Ok(None)
}

/// The link of a form, while it can be used.
async fn open_form(
    deps: &Deps,
    conn: &mut Conn,
    form: AccountFormId,
) -> anyhow::Result<Option<FormLink>> {
    let form = refund_accounts::get_form(conn, form).await?;
    let is_open =
        form.used_at.is_none() && form.ended_at.is_none() && form.expires_at > deps.clock.now();
    let token = token_of(&deps.settings, form.id);
    Ok(is_open.then_some(FormLink { token, expires_at: form.expires_at }))
}

async fn post(deps: &Deps, mail: &Mail, letter: &Letter, keep: Keep) -> anyhow::Result<()> {
    let (text, html) = (text::render(letter), html::render(letter));
    let outgoing = OutgoingMail {
        from: deps.settings.mail_from.clone(),
        to: mail.recipient.as_str().to_owned(),
        subject: letter.subject.clone(),
        text,
        html,
        message_id: message_id(&deps.settings, mail.mail),
        locale: letter.lang.code().to_owned(),
        sent_at: mail.created_at,
    };
    let outcome = deps.mail.send(&outgoing).await;
    let mut conn = deps.db.acquire().await?;
    match outcome {
        Outcome::Accepted(()) => {
            let sent = match keep {
                Keep::All => SentText {
                    subject: &outgoing.subject,
                    text: &outgoing.text,
                    html: &outgoing.html,
                },
                Keep::SubjectOnly | Keep::Nothing => {
                    SentText { subject: &outgoing.subject, ..SentText::default() }
                }
                Keep::RecipientOnly => SentText::default(),
            };
            if keep == Keep::Nothing {
                mails::forget_recipient(&mut conn, mail.mail).await?;
            }
            mails::mark_sent(&mut conn, mail.mail, sent, deps.clock.now()).await?;
            Ok(())
        }
        Outcome::Refused(refusal) if !refusal.retryable => {
            tracing::error!(mail.id = %mail.mail, mail.kind = %mail.kind, code = refusal.code, "mail was refused");
            // What a server says may name the recipient.
            let reason = match keep {
                Keep::Nothing => refusal.code.clone(),
                Keep::All | Keep::SubjectOnly | Keep::RecipientOnly => refusal.to_string(),
            };
            if keep == Keep::Nothing {
                mails::forget_recipient(&mut conn, mail.mail).await?;
            }
            mails::mark_unsent(&mut conn, mail.mail, MailStatus::Failed, &reason).await?;
            Ok(())
        }
        Outcome::Refused(refusal) => {
            mails::note_error(&mut conn, mail.mail, &refusal.to_string()).await?;
            Err(anyhow::Error::new(refusal).context("sending"))
        }
        Outcome::Unknown(cause) => {
            mails::note_error(&mut conn, mail.mail, &cause.to_string()).await?;
            Err(anyhow::Error::new(cause).context("sending"))
        }
    }
}

/// The same for every attempt to send the same mail.
fn message_id(settings: &Settings, mail: MailId) -> String {
    let host = settings.public_url.split("://").last().unwrap_or_default();
    let host = host.split(['/', ':']).next().filter(|host| !host.is_empty());
    format!("{mail}@{}", host.unwrap_or("eventpay.invalid"))
}
