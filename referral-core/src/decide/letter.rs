//! Keeps messages of other systems that could not be used, and closes them.
//!
//! INVARIANT: the body of a letter is there only while the letter is kept, and so are the hashes by which an erasure finds
//! it.

use data_encoding::HEXLOWER;

use super::campaign;
use super::halt::{Decide, Halt};
use super::hand;
use super::identity;
use super::view::View;
use crate::command::{KeepLetter, LetterKept, LetterStateSet, Reason, SetLetterState, Who};
use crate::error::Error;
use crate::record::{
    AliasKey, Encrypted, Key, Letter, LetterBody, LetterCountKey, LetterKey, LetterPerson, LetterState, SettingsKey,
};
use crate::value::Message;

/// A command names so many people at most.
const MOST_TOLD: usize = 1_000;
/// What the id of a participant is hashed as.
const PARTICIPANT: &str = "participant";

/// The keyed hash under which letters that name somebody in this way are found: that of the alias, or of the participant's id.
pub(crate) fn named_by(view: &View<'_>, who: &Who) -> Vec<[u8; 16]> {
    let keys = match who {
        Who::Id(participant) => {
            return vec![view.keyring().alias_hash(view.tenant(), PARTICIPANT, participant.0.as_bytes())];
        }
        Who::Host(host_id) => identity::alias_keys(view, Some(host_id), &[], None),
        Who::Email(email) => identity::alias_keys(view, None, &[], Some(email)),
        Who::Further(id) => identity::alias_keys(view, None, std::slice::from_ref(id), None),
    };
    hashes(keys).collect()
}

fn hashes(keys: Vec<AliasKey>) -> impl Iterator<Item = [u8; 16]> {
    keys.into_iter().map(|key| key.hash)
}

/// All people whom a message names, each once.
fn names(view: &View<'_>, command: &KeepLetter) -> Vec<String> {
    let ids = hashes(identity::alias_keys(view, None, &command.ids, None));
    let people = command.people.iter().flat_map(|who| named_by(view, who));
    let mut names: Vec<String> = people.chain(ids).map(|hash| HEXLOWER.encode(&hash)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn key(view: &View<'_>, command: &KeepLetter) -> LetterKey {
    let KeepLetter { source, body, delivery, .. } = command;
    let delivery = delivery.as_ref().map(|delivery| delivery.0.as_str());
    let letter = view.keyring().letter_id(view.tenant(), source, delivery, body.expose());
    LetterKey { source: source.clone(), letter }
}

fn check(command: &KeepLetter) -> Result<(), Error> {
    if command.people.len().saturating_add(command.ids.len()) > MOST_TOLD {
        return Err(Error::command("people", "are at most 1,000, together with `ids`"));
    }
    if command.code.is_empty() || command.code.contains(|c: char| !(c.is_ascii_lowercase() || c == '_')) {
        return Err(Error::command("code", "may hold only a-z and `_`"));
    }
    if command.problem.contains(char::is_control) {
        return Err(Error::command("problem", "holds a control character"));
    }
    Ok(())
}

/// Keeps a message. The same message again is the same letter, tried once more.
pub(super) fn keep(view: &mut View<'_>, command: &KeepLetter) -> Decide<LetterKept> {
    check(command)?;
    let key = key(view, command);
    view.need([key.clone().into(), key.body().into(), LetterCountKey::kept().into(), SettingsKey {}.into()])?;
    let known = view.get::<Letter>(key.clone())?.filter(|known| known.state == LetterState::Kept);
    if known.is_none() {
        let most = campaign::settings(view)?.retention.most_letters;
        if !view.reserve(LetterCountKey::kept(), 1, i64::from(most))? {
            return Err(Halt::Declined(Reason::LettersFull));
        }
    }
    let size = command.body.expose().len();
    let mut people = names(view, command);
    let is_sealed_before = known.as_ref().is_some_and(|known| known.sealed);
    // Of a message that is kept already more people may be readable now.
    people.extend(known.iter().flat_map(|known| known.people.clone()));
    people.sort_unstable();
    people.dedup();
    let sealed = is_sealed_before || size <= KeepLetter::MOST_SEALED && people.len() <= KeepLetter::MOST_NAMES;
    if !sealed {
        people.clear();
    }
    let now = view.received_at();
    let received_at = known.as_ref().map_or(now, |known| known.received_at);
    put_people(view, &key, &people, received_at)?;
    if sealed && !is_sealed_before {
        put_body(view, &key, command)?;
    }
    let tries = known.map_or(1, |known| known.tries.saturating_add(1));
    let LetterKey { source, letter } = key.clone();
    view.put(Letter {
        source,
        letter,
        state: LetterState::Kept,
        received_at,
        tried_at: now,
        tries,
        code: command.code.clone(),
        problem: command.problem.clone(),
        bytes: i64::try_from(size).unwrap_or(i64::MAX),
        sealed,
        people,
        said: None,
    });
    Ok(LetterKept { letter: key, sealed, tries })
}

fn put_people(
    view: &mut View<'_>,
    key: &LetterKey,
    people: &[String],
    received_at: crate::value::Timestamp,
) -> Decide<()> {
    let hashes: Vec<[u8; 16]> = people.iter().filter_map(|kept| identity::hash_of(kept)).collect();
    view.need(hashes.iter().map(|hash| Key::from(key.naming(*hash))))?;
    for hash in hashes {
        if view.get::<LetterPerson>(key.naming(hash))?.is_none() {
            let LetterKey { source, letter } = key.clone();
            view.put(LetterPerson { hash, source, letter, received_at });
        }
    }
    Ok(())
}

fn put_body(view: &mut View<'_>, key: &LetterKey, command: &KeepLetter) -> Decide<()> {
    let delivery = command.delivery.as_ref().map(|delivery| delivery.0.clone());
    let message = Message { delivery, body: command.body.clone() };
    let LetterKey { source, letter } = key.clone();
    let sealed = Encrypted(view.keyring().seal(view.tenant(), &source, letter, &message)?);
    view.put(LetterBody { source, letter, sealed });
    Ok(())
}

/// Says that a letter was replayed, or drops it.
pub(super) fn set_state(view: &mut View<'_>, command: &SetLetterState) -> Decide<LetterStateSet> {
    if command.state == LetterState::Kept {
        return Err(
            Error::command("state", "is `replayed` or `dropped`: what was dropped is not there any more").into()
        );
    }
    let said = hand::said(view, command.actor.as_ref(), command.reason.as_ref())?;
    let key = command.letter.clone();
    let Some(letter) = view.get::<Letter>(key.clone())? else { return Err(Error::not_found("letter", &key).into()) };
    if letter.state != LetterState::Kept {
        return Err(Halt::Declined(Reason::LetterClosed));
    }
    clear(view, &letter)?;
    view.put(Letter { state: command.state, sealed: false, people: Vec::new(), said: Some(said), ..letter });
    Ok(LetterStateSet { letter: key, state: command.state })
}

/// Removes what a letter that is kept says, and makes room for another one.
pub(crate) fn clear(view: &mut View<'_>, letter: &Letter) -> Decide<()> {
    let key = LetterKey { source: letter.source.clone(), letter: letter.letter };
    let hashes: Vec<[u8; 16]> = letter.people.iter().filter_map(|kept| identity::hash_of(kept)).collect();
    let named = hashes.into_iter().map(|hash| Key::from(key.naming(hash)));
    let keys: Vec<Key> = named.chain([key.body().into()]).collect();
    view.need(keys.iter().cloned())?;
    for key in keys {
        let is_there = match &key {
            Key::LetterPerson(key) => view.get::<LetterPerson>(key.clone())?.is_some(),
            Key::LetterBody(key) => view.get::<LetterBody>(key.clone())?.is_some(),
            _ => false,
        };
        if is_there {
            view.delete(key);
        }
    }
    if letter.state == LetterState::Kept {
        view.add(LetterCountKey::kept(), -1);
    }
    Ok(())
}

/// Foresees what keeping a message reads.
pub(super) fn foresee(view: &mut View<'_>, command: &KeepLetter) {
    let key = key(view, command);
    let people: Vec<Key> = names(view, command)
        .iter()
        .filter_map(|kept| identity::hash_of(kept))
        .map(|hash| Key::from(key.naming(hash)))
        .collect();
    view.want(people);
    view.want([Key::from(key.clone()), key.body().into(), LetterCountKey::kept().into(), SettingsKey {}.into()]);
}
