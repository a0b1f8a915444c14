//! The published test cards and what each of them does.

use time::OffsetDateTime;

use crate::clock;

/// What a test card does when it is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CardBehaviour {
    Succeeds,
    AsksForThreeDSecure,
    Fails(&'static str),
}

/// A published test number, with its label in both languages.
pub(crate) struct TestCard {
    pub(crate) number: &'static str,
    pub(crate) label: (&'static str, &'static str),
    pub(crate) behaviour: CardBehaviour,
}

const fn card(
    number: &'static str,
    label: (&'static str, &'static str),
    behaviour: CardBehaviour,
) -> TestCard {
    TestCard { number, label, behaviour }
}

use CardBehaviour::{AsksForThreeDSecure, Fails, Succeeds};

/// Every number the provider publishes for its test mode.
pub(crate) const TEST_CARDS: [TestCard; 15] = [
    card("4111111111111111", ("Visa 成功", "Visa, succeeds"), Succeeds),
    card("5555555555554444", ("Mastercard 成功", "Mastercard, succeeds"), Succeeds),
    card("3530111333300000", ("JCB 成功", "JCB, succeeds"), Succeeds),
    card("378282246310005", ("Amex 成功", "Amex, succeeds"), Succeeds),
    card("30569309025904", ("Diners 成功", "Diners, succeeds"), Succeeds),
    card("4100000000000100", ("Visa 本人認証", "Visa, 3-D Secure"), AsksForThreeDSecure),
    card(
        "5100000000000107",
        ("Mastercard 本人認証", "Mastercard, 3-D Secure"),
        AsksForThreeDSecure,
    ),
    card("3528000000000106", ("JCB 本人認証", "JCB, 3-D Secure"), AsksForThreeDSecure),
    card("4123111111111000", ("残高不足", "Insufficient funds"), Fails("insufficient_funds")),
    card("4123111111111018", ("限度額超過", "Exceeds limit"), Fails("exceeds_limit")),
    card("4123111111111034", ("CVC の誤り", "Wrong CVC"), Fails("bad_verification_value")),
    card("4123111111111042", ("有効期限切れ", "Expired card"), Fails("card_expired")),
    card("4123111111111059", ("利用できないカード", "Card declined"), Fails("card_declined")),
    card("4123111111111067", ("番号の誤り", "Invalid number"), Fails("invalid_number")),
    card("4123111111111075", ("番号の誤り（2）", "Invalid number (2)"), Fails("invalid_number")),
];

/// A card as the buyer typed it. Only brand, last four digits and expiry outlive the request.
#[derive(Debug, Clone)]
pub(crate) struct TypedCard {
    pub(crate) number: String,
    pub(crate) month: u8,
    pub(crate) year: u16,
    pub(crate) cvc: String,
}

impl TypedCard {
    /// A card with this number that is otherwise in order.
    pub(crate) fn in_order(number: &str) -> Self {
        let year = u16::try_from(clock::now().year()).unwrap_or(2099).saturating_add(2);
        Self { number: digits(number), month: 12, year, cvc: "123".to_owned() }
    }

    /// Reads the form's fields; what cannot be read is refused with the code the network would give.
    pub(crate) fn read(number: &str, expiry: &str, cvc: &str) -> Result<Self, &'static str> {
        let (month, year) = expiry.split_once('/').ok_or("card_expired")?;
        let month: u8 = month.trim().parse().map_err(|_| "card_expired")?;
        let year: u16 = year.trim().parse().map_err(|_| "card_expired")?;
        let year = if year < 100 { year.saturating_add(2000) } else { year };
        Ok(Self { number: digits(number), month, year, cvc: cvc.trim().to_owned() })
    }

    pub(crate) fn behaviour(&self, now: OffsetDateTime) -> CardBehaviour {
        let is_past = (i32::from(self.year), self.month) < (now.year(), u8::from(now.month()));
        if !(1..=12).contains(&self.month) || is_past {
            return Fails("card_expired");
        }
        let is_cvc =
            (3..=4).contains(&self.cvc.len()) && self.cvc.bytes().all(|c| c.is_ascii_digit());
        if !is_cvc {
            return Fails("bad_verification_value");
        }
        // No other number is let in: a real card must never be typed here with effect.
        let known = TEST_CARDS.iter().find(|card| card.number == self.number);
        known.map_or(Fails("invalid_number"), |card| card.behaviour)
    }

    pub(crate) fn brand(&self) -> &'static str {
        match self.number.as_bytes() {
            [b'4', ..] => "visa",
            [b'5', ..] => "master",
            [b'3', b'5', ..] => "jcb",
            [b'3', b'4' | b'7', ..] => "american_express",
            [b'3', ..] => "diners_club",
            _ => "unknown",
        }
    }

    pub(crate) fn last_four_digits(&self) -> String {
        let skipped = self.number.chars().count().saturating_sub(4);
        self.number.chars().skip(skipped).collect()
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_number_does_what_it_says() {
        for card in &TEST_CARDS {
            assert_eq!(TypedCard::in_order(card.number).behaviour(clock::now()), card.behaviour);
        }
    }

    #[test]
    fn unknown_numbers_and_old_dates_are_refused() {
        let now = clock::now();
        assert_eq!(TypedCard::in_order("4242424242424242").behaviour(now), Fails("invalid_number"));
        let old = TypedCard::read("4111 1111 1111 1111", "01/20", "123").unwrap();
        assert_eq!(old.behaviour(now), Fails("card_expired"));
        let short = TypedCard::read("4111111111111111", "12/40", "1").unwrap();
        assert_eq!(short.behaviour(now), Fails("bad_verification_value"));
    }
}
