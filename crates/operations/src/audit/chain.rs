//! How seals hang together: each holds the hash of the one before, so that nothing can be changed or taken out unseen.

use domain::ids::{AuditEntryId, Id};
use sha2::{Digest, Sha256};
use store::audit_chain::{Head, NewSeal, Unsealed};

/// The chain's hash before the first seal.
pub const BEGINNING: [u8; 32] = [0; 32];

/// The hash of a seal: of its number, its line's id and hash, and the hash before.
pub fn hash(sequence: i64, entry: AuditEntryId, entry_hash: &[u8], previous: &[u8]) -> Vec<u8> {
    Sha256::new()
        .chain_update(sequence.to_be_bytes())
        .chain_update(entry.uuid().as_bytes())
        .chain_update(entry_hash)
        .chain_update(previous)
        .finalize()
        .to_vec()
}

/// The hash of a line.
pub fn hash_line(line: &str) -> Vec<u8> {
    Sha256::digest(line.as_bytes()).to_vec()
}

/// Hangs lines onto the end of the chain: their seals, and the end after them.
pub fn extend(head: &Head, lines: Vec<Unsealed>) -> (Vec<NewSeal>, Head) {
    let mut head = head.clone();
    let mut seals = Vec::with_capacity(lines.len());
    for Unsealed { entry, hash: entry_hash } in lines {
        let sequence = head.n_sealed.saturating_add(1);
        let previous_hash = head.last_hash;
        let last_hash = hash(sequence, entry, &entry_hash, &previous_hash);
        let newest_entry = head.newest_entry.max(entry);
        head = Head { n_sealed: sequence, last_hash, newest_entry };
        seals.push(NewSeal { sequence, entry, entry_hash, previous_hash });
    }
    (seals, head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn line(n: u128) -> Unsealed {
        Unsealed {
            entry: AuditEntryId::from_uuid(Uuid::from_u128(n)),
            hash: hash_line(&n.to_string()),
        }
    }

    fn empty() -> Head {
        Head {
            n_sealed: 0,
            last_hash: BEGINNING.to_vec(),
            newest_entry: AuditEntryId::from_uuid(Uuid::nil()),
        }
    }

    #[test]
    fn in_one_go_or_in_two_the_chain_is_the_same() {
        let (_, at_once) = extend(&empty(), vec![line(1), line(3), line(2)]);
        let (_, first) = extend(&empty(), vec![line(1)]);
        let (seals, then) = extend(&first, vec![line(3), line(2)]);
        assert_eq!(at_once, then);
        assert_eq!((then.n_sealed, then.newest_entry), (3, line(3).entry));
        assert_eq!(seals[0].previous_hash, first.last_hash);
    }

    #[test]
    fn whatever_changes_changes_the_end() {
        let (_, end) = extend(&empty(), vec![line(1), line(2)]);
        let (_, swapped) = extend(&empty(), vec![line(2), line(1)]);
        let (_, shorter) = extend(&empty(), vec![line(2)]);
        let mut changed = line(1);
        changed.hash = hash_line("another");
        let (_, changed) = extend(&empty(), vec![changed, line(2)]);
        for other in [swapped, shorter, changed] {
            assert_ne!(other.last_hash, end.last_hash);
        }
    }
}
