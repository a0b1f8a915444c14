//! Typed ids: UUIDv7 inside, `ord_01j…` outside (prefix and Crockford base 32, 26 digits).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const N_DIGITS: usize = 26;

/// The text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that starts with {prefix}_")]
pub struct MalformedId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// What every typed id can do; lets one function make fresh ids of any kind.
pub trait Id: Copy {
    /// Wraps a UUID that is known to name this kind of thing.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The UUID as the database keeps it.
    fn uuid(self) -> Uuid;
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The letters before the underscore.
            pub const PREFIX: &'static str = $prefix;
        }

        impl Id for $name {
            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;
            fn from_str(text: &str) -> Result<Self, MalformedId> {
                let malformed = MalformedId { prefix: $prefix };
                let digits = text.strip_prefix(concat!($prefix, "_")).ok_or(malformed.clone())?;
                decode(digits).map(Self).ok_or(malformed)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(/// An organizer.
    OrganizerId, "org");
id!(/// A person who signs in.
    UserId, "usr");
id!(/// An event.
    EventId, "evt");
id!(/// A ticket type of an event.
    TicketTypeId, "tt");
id!(/// A number of places.
    QuotaId, "quo");
id!(/// An order.
    OrderId, "ord");
id!(/// A line of an order.
    OrderLineId, "line");
id!(/// A ticket.
    TicketId, "tkt");
id!(/// One attempt to pay an order.
    PaymentId, "pay");
id!(/// Money back.
    RefundId, "ref");
id!(/// The document about money that went back.
    CreditNoteId, "cn");
id!(/// Tickets that ended before their event.
    CancellationId, "can");
id!(/// A participant's wish to cancel, which the organizer decides.
    ReturnRequestId, "rrq");
id!(/// A one-time form that asks for a bank account.
    AccountFormId, "raf");
id!(/// A look at an order before its buyer pays.
    ScreeningId, "scr");
id!(/// A chargeback.
    DisputeId, "dsp");
id!(/// What was answered to a chargeback.
    EvidenceId, "evd");
id!(/// A payout to an organizer.
    PayoutId, "po");
id!(/// A file of payouts for the bank.
    PayoutFileId, "pof");
id!(/// An organizer's bank account.
    BankAccountId, "bac");
id!(/// A rule by which fees are taken.
    FeeRuleId, "fee");
id!(/// A provider's message in the inbox.
    WebhookEventId, "whe");
id!(/// A long process with stored progress.
    ProcessId, "prc");
id!(/// A key by which websites show events. It is no secret: this text is the key.
    PublishableKeyId, "pk");
id!(/// A receiver of our webhooks.
    WebhookEndpointId, "wep");
id!(/// A message on its way to one receiver.
    WebhookDeliveryId, "whd");
id!(/// A fact as receivers know it: the same in every delivery of it.
    WebhookMessageId, "msg");
id!(/// A piece of work to do later.
    JobId, "job");
id!(/// A message in the mail outbox.
    MailId, "mail");
id!(/// An invitation to become a member.
    InvitationId, "inv");
id!(/// A wish to log in with another address.
    EmailChangeId, "emc");
id!(/// An account at a login provider that opens an account here.
    LoginIdentityId, "lid");
id!(/// A passkey of a user.
    PasskeyId, "pky");
id!(/// A key to the REST API.
    ApiKeyId, "key");
id!(/// A stored file.
    FileId, "file");
id!(/// A balanced set of ledger entries.
    LedgerTransactionId, "ltx");
id!(/// A line of the audit log.
    AuditEntryId, "aud");
id!(/// Something that does not add up.
    AlertId, "alr");
id!(/// A bank statement that was read.
    StatementImportId, "sti");
id!(/// A visit of the staff at an organizer's pages.
    StaffVisitId, "vis");
id!(/// What a provider paid out.
    SettlementId, "set");
id!(/// A line of a bank statement.
    StatementLineId, "stl");

#[expect(clippy::as_conversions, clippy::indexing_slicing, reason = "five bits index 32 digits")]
fn encode(uuid: Uuid) -> String {
    let bits = uuid.as_u128();
    (0..N_DIGITS)
        .rev()
        .map(|i| {
            let shift = u32::try_from(i).unwrap_or_default().saturating_mul(5);
            char::from(DIGITS[((bits >> shift) & 31) as usize])
        })
        .collect()
}

fn decode(digits: &str) -> Option<Uuid> {
    // 26 digits hold 130 bits; the first may only use three of its five.
    if digits.len() != N_DIGITS || digits.as_bytes().first()? > &b'7' {
        return None;
    }
    let mut bits: u128 = 0;
    for byte in digits.bytes() {
        let value = DIGITS.iter().position(|digit| *digit == byte)?;
        bits = (bits << 5) | u128::try_from(value).ok()?;
    }
    Some(Uuid::from_u128(bits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_survives_being_written_and_read(bits: u128) {
            let id = OrderId::from_uuid(Uuid::from_u128(bits));
            prop_assert_eq!(id.to_string().parse::<OrderId>(), Ok(id));
        }

        #[test]
        fn any_text_is_answered_without_a_panic(text: String) {
            let _ = text.parse::<OrderId>();
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let id = OrderId::from_uuid(Uuid::from_u128(7));
        assert_eq!(id.to_string().parse::<PaymentId>(), Err(MalformedId { prefix: "pay" }));
    }
}
