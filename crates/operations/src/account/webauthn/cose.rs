//! Public keys as authenticators write them: `COSE_Key` (RFC 9053), a map of small CBOR (RFC 8949).

use super::Unproved;

/// A key of a kind that we ask for: ES256, EdDSA with Ed25519, RS256.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PublicKey<'a> {
    Es256 { x: &'a [u8], y: &'a [u8] },
    Ed25519 { x: &'a [u8] },
    Rs256 { n: &'a [u8], e: &'a [u8] },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item<'a> {
    Number(i64),
    Bytes(&'a [u8]),
}

/// Labels of the map: kind, algorithm, and what belongs to each kind.
const KTY: i64 = 1;
const ALG: i64 = 3;
const FIRST: i64 = -1;
const SECOND: i64 = -2;
const THIRD: i64 = -3;
const LABELS_MAX: u64 = 8;

impl<'a> PublicKey<'a> {
    /// Reads a key at the beginning of `bytes`; says how long it is.
    pub(super) fn read(bytes: &'a [u8]) -> Result<(Self, usize), Unproved> {
        let mut reader = Reader { rest: bytes };
        let n_labels = match reader.head()? {
            (5, n) if n <= LABELS_MAX => n,
            _ => return Err(Unproved::Malformed),
        };
        let mut items = Vec::new();
        for _ in 0..n_labels {
            let Item::Number(label) = reader.item()? else { return Err(Unproved::Malformed) };
            let item = reader.item()?;
            if items.iter().any(|(known, _)| *known == label) {
                return Err(Unproved::Malformed);
            }
            items.push((label, item));
        }
        let length = bytes.len().saturating_sub(reader.rest.len());
        let number = |label| match find(&items, label) {
            Some(Item::Number(number)) => Some(number),
            _ => None,
        };
        let of_length = |label, wanted: usize| match find(&items, label) {
            Some(Item::Bytes(bytes)) if bytes.len() == wanted => Ok(bytes),
            _ => Err(Unproved::Malformed),
        };
        let some_bytes = |label| match find(&items, label) {
            Some(Item::Bytes(bytes)) if !bytes.is_empty() => Ok(bytes),
            _ => Err(Unproved::Malformed),
        };
        // Kind, algorithm, curve (RFC 9053 §2 and §7, RFC 8812 §2).
        let key = match (number(KTY), number(ALG), number(FIRST)) {
            (Some(2), Some(-7), Some(1)) => {
                Self::Es256 { x: of_length(SECOND, 32)?, y: of_length(THIRD, 32)? }
            }
            (Some(1), Some(-8), Some(6)) => Self::Ed25519 { x: of_length(SECOND, 32)? },
            (Some(3), Some(-257), None) => {
                Self::Rs256 { n: some_bytes(FIRST)?, e: some_bytes(SECOND)? }
            }
            _ => return Err(Unproved::UnknownKey),
        };
        Ok((key, length))
    }
}

fn find<'a>(items: &[(i64, Item<'a>)], label: i64) -> Option<Item<'a>> {
    items.iter().find(|(known, _)| *known == label).map(|(_, item)| *item)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn item(&mut self) -> Result<Item<'a>, Unproved> {
        let (major, n) = self.head()?;
        let number = i64::try_from(n).map_err(|_| Unproved::Malformed)?;
        match major {
            0 => Ok(Item::Number(number)),
            1 => (-1_i64).checked_sub(number).map(Item::Number).ok_or(Unproved::Malformed),
            2 => {
                let length = usize::try_from(n).map_err(|_| Unproved::Malformed)?;
                self.take(length).map(Item::Bytes)
            }
            _ => Err(Unproved::Malformed),
        }
    }

    /// The kind of the next item, and its number or length.
    fn head(&mut self) -> Result<(u8, u64), Unproved> {
        let [first] = *self.take(1)? else { return Err(Unproved::Malformed) };
        let n = match first & 0x1f {
            small @ 0..=23 => u64::from(small),
            24 => self.take(1)?.iter().fold(0, wider),
            25 => self.take(2)?.iter().fold(0, wider),
            _ => return Err(Unproved::Malformed),
        };
        Ok((first >> 5, n))
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], Unproved> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(Unproved::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn wider(n: u64, byte: &u8) -> u64 {
    (n << 8) | u64::from(*byte)
}
