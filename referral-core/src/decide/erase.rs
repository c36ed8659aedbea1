//! Erases people: the row with their personal data, the hashes that lead to them, what their orders and links say by name.
//!
//! INVARIANT: nothing that is counted is touched. Referrals, rewards, entries and totals go on under an id that leads to
//! nobody. A listing proposes which records hold something; each is loaded, and cleared only if it is this person's.

use super::enrol;
use super::foresee;
use super::halt::Decide;
use super::identity;
use super::leads;
use super::lookup;
use super::merged;
use super::people;
use super::view::View;
use crate::command::{ErasePerson, PersonErased};
use crate::error::Error;
use crate::record::{
    Alias, AliasKey, Code, CodeKey, CodeKind, Conversion, Data, Key, Link, Lookup, LookupKey, LookupLimit,
    LookupLimitKey, Met, Participant, ParticipantKey, ParticipantState, Person, PersonKey, Record, RecordKind,
    Referral, Subject, TakenCode, TakenCodeKey, Timer, TimerKey, TimerKind,
};
use crate::value::{DelayClass, ParticipantId};

/// One command clears so many proposed records.
const MOST_RECORDS: usize = 1_000;

/// Erases a person. The second time it finds nothing left to do.
pub(super) fn erase(view: &mut View<'_>, command: &ErasePerson) -> Decide<PersonErased> {
    if command.records.len() > MOST_RECORDS {
        return Err(Error::command("records", "are at most 1,000").into());
    }
    let known = people::known(view, &command.participant)?;
    let participant = known.participant;
    // Whoever turned out to be this person is erased with it.
    let ids = merged::of(&known);
    let mut keys: Vec<Key> = ids.iter().map(|id| PersonKey { participant: *id }.into()).collect();
    for campaign in &known.referred_in {
        let leads = leads::all(view, *campaign, participant)?;
        keys.extend(leads.iter().map(|lead| Key::from(lead.key())));
    }
    keys.extend(command.records.iter().cloned());
    view.need(keys.iter().cloned())?;
    let row = view.get::<Person>(PersonKey { participant })?;
    keys.extend(row.iter().flat_map(|row| identity::aliases_of(view, row)).map(Key::from));
    view.need(keys.iter().cloned())?;
    let mut records = 0;
    for key in keys {
        records += clear(view, &ids, key)?;
    }
    let already = known.state == ParticipantState::Erased;
    for id in ids {
        let person = view.expect::<Participant>(ParticipantKey { participant: id })?;
        view.put(Participant { state: ParticipantState::Erased, country: None, data: Data::default(), ..person });
    }
    Ok(PersonErased { participant, records, already })
}

/// Whether a record holds something that erasing its person removes.
pub(crate) fn holds_personal_data(record: &Record) -> bool {
    match record {
        Record::Participant(known) => {
            known.state != ParticipantState::Erased || known.country.is_some() || !known.data.0.is_empty()
        }
        Record::Conversion(conversion) => conversion.coupon.is_some() || !conversion.data.0.is_empty(),
        Record::Referral(referral) => {
            referral.clicked_at.is_some() || referral.further.iter().any(|met| met.clicked_at.is_some())
        }
        Record::Link(link) => !link.utm.0.is_empty(),
        Record::Code(code) => code.made == CodeKind::Vanity,
        whole => whole.kind().table().personal,
    }
}

/// Clears what a record holds of the person, if it is the person's; how many records were changed.
fn clear(view: &mut View<'_>, ids: &[ParticipantId], key: Key) -> Decide<u32> {
    match key {
        Key::Person(key) if ids.contains(&key.participant) => clear_row(view, key),
        Key::Alias(key) => clear_alias(view, ids, key),
        Key::Code(key) => clear_code(view, ids, key),
        Key::Conversion(key) => change(view, key, |conversion: &Conversion| {
            let cleared = Conversion { coupon: None, data: Data::default(), ..conversion.clone() };
            conversion.participant.is_some_and(|owner| ids.contains(&owner)).then_some(cleared)
        }),
        // The very time of the click is the one thing that leads from a person to the visitor whom they were.
        Key::Referral(key) => change(view, key, |referral: &Referral| {
            let further = referral.further.iter().map(|met| Met { clicked_at: None, ..met.clone() }).collect();
            let click_class = super::counts::click_to_lead(referral).map(DelayClass::number);
            let cleared = Referral { clicked_at: None, click_class, further, ..referral.clone() };
            ids.contains(&referral.invitee).then_some(cleared)
        }),
        Key::Link(key) => change(view, key, |link: &Link| {
            ids.contains(&link.participant).then(|| Link { utm: Data::default(), ..link.clone() })
        }),
        _ => Ok(0),
    }
}

fn change<T: crate::record::RecordKind + PartialEq>(
    view: &mut View<'_>,
    key: impl Into<Key>,
    cleared: impl FnOnce(&T) -> Option<T>,
) -> Decide<u32> {
    let Some(found) = view.get::<T>(key)? else { return Ok(0) };
    match cleared(&found).filter(|cleared| *cleared != found) {
        Some(cleared) => {
            view.put(cleared);
            Ok(1)
        }
        None => Ok(0),
    }
}

/// Removes the row, and what was asked lately by its mailboxes.
fn clear_row(view: &mut View<'_>, key: PersonKey) -> Decide<u32> {
    let Some(row) = view.get::<Person>(key.clone())? else { return Ok(0) };
    let asked = row.mailboxes.iter().filter_map(|kept| identity::hash_of(kept)).map(|asker| LookupLimitKey { asker });
    let asked: Vec<LookupLimitKey> = asked.collect();
    view.need(asked.iter().cloned().map(Key::from))?;
    let mut records = 1;
    for limit in asked {
        let Some(known) = view.get::<LookupLimit>(limit.clone())? else { continue };
        let lookups: Vec<_> = known.recent.iter().map(|recent| LookupKey { lookup: recent.lookup }).collect();
        view.need(lookups.iter().cloned().map(Key::from))?;
        for lookup in lookups {
            records += clear_lookup(view, lookup)?;
        }
        view.delete(limit);
        records += 1;
    }
    view.delete(key);
    Ok(records)
}

fn clear_alias(view: &mut View<'_>, ids: &[ParticipantId], key: AliasKey) -> Decide<u32> {
    if view.get::<Alias>(key.clone())?.is_none_or(|alias| !ids.contains(&alias.participant)) {
        return Ok(0);
    }
    view.delete(key);
    Ok(1)
}

/// Removes a lookup with its timer: also a void one, that was asked for before anybody had the email.
fn clear_lookup(view: &mut View<'_>, key: LookupKey) -> Decide<u32> {
    let Some(found) = view.get::<Lookup>(key.clone())? else { return Ok(0) };
    let timer =
        TimerKey { due_at: lookup::ends(&found), brings: TimerKind::LookupEnds, subject: Subject::Lookup(key.clone()) };
    if view.get::<Timer>(timer.clone())?.is_some() {
        view.delete(timer);
    }
    view.delete(key);
    Ok(1)
}

/// A vanity code is the person's own words: of it a keyed hash stays, so that nobody else gets what is printed and shared. A
/// random code says nothing, and stays.
fn clear_code(view: &mut View<'_>, ids: &[ParticipantId], key: CodeKey) -> Decide<u32> {
    let found = view.get::<Code>(key.clone())?;
    if found.is_none_or(|code| !ids.contains(&code.participant) || code.made != CodeKind::Vanity) {
        return Ok(0);
    }
    let taken = enrol::taken_key(view, key.campaign, &key.code);
    let TakenCodeKey { campaign, hash } = taken.clone();
    if view.get::<TakenCode>(taken)?.is_none() {
        view.put(TakenCode { campaign, hash, taken_at: view.received_at() });
    }
    view.delete(key);
    Ok(1)
}

/// Foresees what erasing reads.
pub(super) fn foresee(view: &mut View<'_>, command: &ErasePerson) {
    let participant = foresee::who(view, &command.participant);
    foresee::row(view, participant);
    view.want(command.records.iter().cloned());
}
