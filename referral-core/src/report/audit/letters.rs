//! Letters against what is kept of them: what is closed says nothing any more.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;

use super::books::Books;
use super::{Audited, Invariant};
use crate::record::{LetterPersonKey, LetterState, RecordKind};

const HELD: Invariant = Invariant::LetterHoldsWhatItSays;

pub(super) fn check(books: &Books, audited: &mut Audited) {
    let kept = books.letters.values().filter(|letter| letter.state == LetterState::Kept);
    audited.compare(HELD, "letters", &i64::try_from(kept.clone().count()).unwrap_or(i64::MAX), &books.letter_count);
    let bodies: BTreeSet<_> = kept.clone().filter(|letter| letter.sealed).map(|letter| letter.key().body()).collect();
    for body in bodies.symmetric_difference(&books.letter_bodies) {
        let expected = bodies.contains(body);
        let name = format!("letter {}/{}", body.source, body.letter);
        audited.differ(HELD, name, if expected { "a body" } else { "none" }, if expected { "none" } else { "a body" });
    }
    let mut named: BTreeSet<LetterPersonKey> = BTreeSet::new();
    for letter in kept {
        let hashes = letter.people.iter().filter_map(|kept| HEXLOWER.decode(kept.as_bytes()).ok());
        let hashes = hashes.filter_map(|hash| hash.try_into().ok());
        named.extend(hashes.map(|hash| letter.key().naming(hash)));
    }
    for person in named.symmetric_difference(&books.letter_people) {
        let (expected, found) = if named.contains(person) { ("named", "not named") } else { ("not named", "named") };
        audited.differ(HELD, format!("a person in letter {}/{}", person.source, person.letter), expected, found);
    }
    for letter in books.letters.values().filter(|letter| letter.state != LetterState::Kept) {
        let says = letter.sealed || !letter.people.is_empty();
        audited.compare(HELD, format!("letter {}", letter.key()), &false, &says);
    }
}
