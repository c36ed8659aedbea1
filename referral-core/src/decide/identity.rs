//! Who is who: which person a command's ids and email lead to, and whether two people may be one.
//!
//! The host's id is surest, then further ids in the order told, then the exact email. The canonical mailbox is a signal: it leads
//! to nobody, and is compared where somebody refers.

use data_encoding::HEXLOWER;

use super::halt::Decide;
use super::merged;
use super::view::View;
use crate::command::{Finding, Person as Given, Reason};
use crate::error::Error;
use crate::record::{
    Alias, AliasKey, AliasKind, FurtherId, Key, Participant, ParticipantKey, ParticipantState, Person, PersonKey,
    Private,
};
use crate::value::{Email, HostId, ParticipantId};

/// The most further ids that the host may tell by one command.
const MOST_TOLD: usize = 8;
/// The most further ids, and the most mailboxes, that the engine keeps of a person: the last ones that the host told.
const MOST_KEPT: usize = 16;
/// What a mailbox is hashed as: also what the requests of an email are counted under.
const MAILBOX: &str = "canonical_email";

fn alias_key(view: &View<'_>, alias: AliasKind, value: &str) -> AliasKey {
    AliasKey { alias, hash: view.keyring().alias_hash(view.tenant(), alias.as_str(), value.as_bytes()) }
}

/// The alias of a further id.
fn further_key(view: &View<'_>, id: &FurtherId) -> AliasKey {
    alias_key(view, AliasKind::Id, &format!("{}\n{}", id.source, id.id))
}

/// The aliases of a host id, of further ids and of an email, the surest first.
pub(super) fn alias_keys(
    view: &View<'_>,
    host_id: Option<&HostId>,
    ids: &[FurtherId],
    email: Option<&Email>,
) -> Vec<AliasKey> {
    let host = host_id.map(|host_id| alias_key(view, AliasKind::Host, host_id.as_str()));
    let email = email.map(|email| alias_key(view, AliasKind::Email, email.exact()));
    let ids = ids.iter().map(|id| further_key(view, id));
    host.into_iter().chain(ids).chain(email).collect()
}

/// The aliases of all that is told of a person.
pub(super) fn told_keys(view: &View<'_>, given: &Given) -> Vec<AliasKey> {
    alias_keys(view, given.host_id.as_ref(), &given.ids, given.email.as_ref())
}

/// The keyed hash of an email's mailbox, under which two spellings of one mailbox are the same.
pub(super) fn mailbox(view: &View<'_>, email: &Email) -> [u8; 16] {
    view.keyring().alias_hash(view.tenant(), MAILBOX, email.canonical().as_bytes())
}

/// A mailbox as it is kept.
pub(super) fn kept_mailbox(view: &View<'_>, email: &Email) -> String {
    HEXLOWER.encode(&mailbox(view, email))
}

/// The hash in a mailbox as it is kept.
pub(super) fn hash_of(kept: &str) -> Option<[u8; 16]> {
    HEXLOWER.decode(kept.as_bytes()).ok()?.try_into().ok()
}

/// An alias as a row keeps it that is somebody else's.
pub(super) fn kept_alias(key: &AliasKey) -> String {
    format!("{}:{}", key.alias, HEXLOWER.encode(&key.hash))
}

fn alias_of(kept: &str) -> Option<AliasKey> {
    let (alias, hash) = kept.split_once(':')?;
    Some(AliasKey { alias: alias.parse().ok()?, hash: hash_of(hash)? })
}

/// Refuses further ids beyond their bound.
pub(super) fn check_ids(field: &'static str, ids: &[FurtherId]) -> Result<(), Error> {
    if ids.len() > MOST_TOLD {
        return Err(Error::command(field, "are at most 8"));
    }
    Ok(())
}

/// Whom an alias leads to: whom that person turned out to be. One that was left behind when its person was erased leads to nobody.
pub(super) fn owner(view: &mut View<'_>, key: AliasKey) -> Decide<Option<Participant>> {
    let Some(Alias { participant, .. }) = view.get::<Alias>(key)? else { return Ok(None) };
    view.need([ParticipantKey { participant }.into(), PersonKey { participant }.into()])?;
    let known = merged::root(view, participant)?;
    Ok(Some(known).filter(|known| known.state != ParticipantState::Erased))
}

/// Whom what is told leads to, the surest first. A host id that is not known joins a person without one: a guest who signs up.
/// Where that person has another host id, it is another person.
pub(super) fn find(view: &mut View<'_>, given: &Given) -> Decide<Option<Participant>> {
    let keys = told_keys(view, given);
    view.need(keys.iter().cloned().map(Key::from))?;
    for key in keys {
        let kind = key.alias;
        let Some(known) = owner(view, key)? else { continue };
        let row = view.get::<Person>(PersonKey { participant: known.participant })?;
        let has_another =
            |row: &Person| row.host_id.is_some() && given.host_id.is_some() && row.host_id != given.host_id;
        if kind == AliasKind::Host || !row.as_ref().is_some_and(has_another) {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// All aliases that what is kept of a person leads from.
pub(super) fn aliases_of(view: &View<'_>, row: &Person) -> Vec<AliasKey> {
    let parsed = |email: &Private| email.0.parse::<Email>().ok();
    let email = row.email.as_ref().and_then(parsed);
    let mut keys = alias_keys(view, row.host_id.as_ref(), &row.ids, email.as_ref());
    for former in &row.formerly {
        let email = former.email.as_ref().and_then(parsed);
        keys.extend(alias_keys(view, former.host_id.as_ref(), &[], email.as_ref()));
    }
    keys
}

/// Puts the aliases that are nobody's. One that leads to somebody else stays theirs, with a finding. Those that are the person's
/// now.
pub(super) fn put_aliases(
    view: &mut View<'_>,
    participant: ParticipantId,
    keys: Vec<AliasKey>,
) -> Decide<Vec<AliasKey>> {
    let mut own = Vec::new();
    for key in keys {
        match owner(view, key.clone())? {
            Some(other) if other.participant != participant => {
                view.find(Finding::new(Reason::BelongsToAnother).because(key.alias.as_str()));
                continue;
            }
            Some(_) => {}
            None => view.put(Alias { alias: key.alias, hash: key.hash, participant }),
        }
        own.push(key);
    }
    Ok(own)
}

/// What is told of a person, put into the row: what leads to somebody else is left out, but for the mailbox, which is a signal.
pub(super) fn note(view: &View<'_>, row: &mut Person, given: &Given, own: &[AliasKey]) {
    let is_own = |key: &AliasKey| own.contains(key);
    row.host_id = row.host_id.take().or_else(|| given.host_id.clone());
    for key in told_keys(view, given).iter().filter(|key| !is_own(key)) {
        keep_last(&mut row.of_others, kept_alias(key));
    }
    for id in &given.ids {
        if is_own(&further_key(view, id)) {
            keep_last(&mut row.ids, id.clone());
        }
    }
    if let Some(email) = &given.email {
        keep_last(&mut row.mailboxes, kept_mailbox(view, email));
        if is_own(&alias_key(view, AliasKind::Email, email.exact())) {
            row.email = Some(Private(email.expose().to_owned()));
        }
    }
}

/// Keeps something of a person; of too much the oldest goes.
pub(super) fn keep_last<T: PartialEq>(list: &mut Vec<T>, new: T) {
    if list.contains(&new) {
        return;
    }
    list.push(new);
    if list.len() > MOST_KEPT {
        list.remove(0);
    }
}

/// What speaks for two people being one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alike {
    /// An id or an email leads to both.
    Person,
    /// They have a mailbox in common.
    Mailbox,
}

/// Compares all that is told of an invitee, and all that is known, with all that is known of a referrer.
pub(super) fn alike(
    view: &mut View<'_>,
    given: &Given,
    invitee: ParticipantId,
    referrer: ParticipantId,
) -> Decide<Option<Alike>> {
    let found = told_alike(view, given, invitee, referrer)?;
    if found.is_some() {
        return Ok(found);
    }
    let [own, other] = [merged::root(view, invitee)?, merged::root(view, referrer)?].map(|person| person.participant);
    let row = |view: &mut View<'_>, participant| view.peek::<Person>(PersonKey { participant });
    let (own_row, other_row) = (row(view, own)?, row(view, other)?);
    let told_of = |row: &Option<Person>| row.as_ref().map(|row| row.of_others.clone()).unwrap_or_default();
    let (own_told, other_told) = (told_of(&own_row), told_of(&other_row));
    if lead_to(view, &own_told, other)? || lead_to(view, &other_told, own)? {
        return Ok(Some(Alike::Person));
    }
    if own_told.iter().any(|kept| other_told.contains(kept)) {
        // Somebody else's, told of both.
        return Ok(Some(Alike::Person));
    }
    let [own, others] = [own_row, other_row].map(|row| row.map(|row| row.mailboxes).unwrap_or_default());
    Ok(own.iter().any(|mailbox| others.contains(mailbox)).then_some(Alike::Mailbox))
}

/// Whether one of the ids and emails that were told of one person leads to another.
fn lead_to(view: &mut View<'_>, told: &[String], other: ParticipantId) -> Decide<bool> {
    let keys: Vec<AliasKey> = told.iter().filter_map(|kept| alias_of(kept)).collect();
    view.need(keys.iter().cloned().map(Key::from))?;
    for key in keys {
        if owner(view, key)?.is_some_and(|known| known.participant == other) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Compares what is told of an invitee, such as by an order, with all that is known of a referrer.
pub(super) fn told_alike(
    view: &mut View<'_>,
    given: &Given,
    invitee: ParticipantId,
    referrer: ParticipantId,
) -> Decide<Option<Alike>> {
    let keys = told_keys(view, given);
    let people = [invitee, referrer].map(|participant| Key::from(ParticipantKey { participant }));
    view.need(keys.iter().cloned().map(Key::from).chain(people))?;
    let (invitee, referrer) = (merged::root(view, invitee)?.participant, merged::root(view, referrer)?.participant);
    let rows = [PersonKey { participant: invitee }, PersonKey { participant: referrer }];
    view.need(rows.iter().cloned().map(Key::from))?;
    let mut leads_to = vec![invitee];
    for key in &keys {
        if let Some(alias) = view.peek::<Alias>(key.clone())? {
            leads_to.push(merged::root(view, alias.participant)?.participant);
        }
    }
    let row = view.peek::<Person>(PersonKey { participant: referrer })?;
    let (of_others, mailboxes) = row.map(|row| (row.of_others, row.mailboxes)).unwrap_or_default();
    if leads_to.contains(&referrer) || keys.iter().any(|key| of_others.contains(&kept_alias(key))) {
        return Ok(Some(Alike::Person));
    }
    let told = given.email.as_ref().map(|email| kept_mailbox(view, email));
    Ok(told.is_some_and(|mailbox| mailboxes.contains(&mailbox)).then_some(Alike::Mailbox))
}
