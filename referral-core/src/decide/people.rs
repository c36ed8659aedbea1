//! People: how a command's person becomes a participant, and what is kept of them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::campaign::settings;
use super::halt::{Decide, Halt};
use super::view::View;
use crate::command::{
    AddAlias, AliasAdded, ParticipantStateSet, Person as Given, Reason, SetParticipantState, Subscribe, Subscribed, Who,
};
use crate::error::Error;
use crate::record::{
    Alias, AliasKey, AliasKind, Consent, Data, Key, Participant, ParticipantKey, ParticipantState, Person, PersonKey,
    Private, Subscription,
};
use crate::value::{Email, HostId, ParticipantId};

const MOST_SUBSCRIPTIONS: usize = 64;
const LONGEST_NAME: usize = 200;
const MOST_DATA: usize = 32;
const LONGEST_DATA: usize = 255;

fn alias_key(view: &View<'_>, alias: AliasKind, value: &str) -> AliasKey {
    AliasKey { alias, hash: view.keyring().alias_hash(view.tenant(), alias.as_str(), value.as_bytes()) }
}

/// The aliases of a host id and an email, the surest first.
pub(super) fn alias_keys(view: &View<'_>, host_id: Option<&HostId>, email: Option<&Email>) -> Vec<AliasKey> {
    let mut keys = Vec::new();
    if let Some(host_id) = host_id {
        keys.push(alias_key(view, AliasKind::Host, host_id.as_str()));
    }
    if let Some(email) = email {
        keys.push(alias_key(view, AliasKind::Email, email.exact()));
        keys.push(alias_key(view, AliasKind::CanonicalEmail, email.canonical()));
    }
    keys
}

/// The participant that `who` names, if there is one.
pub(super) fn find(view: &mut View<'_>, who: &Who) -> Decide<Option<Participant>> {
    let participant = match who {
        Who::Id(participant) => Some(*participant),
        Who::Host(host_id) => by_aliases(view, Some(host_id), None)?,
        Who::Email(email) => by_aliases(view, None, Some(email))?,
    };
    let Some(participant) = participant else { return Ok(None) };
    view.get::<Participant>(ParticipantKey { participant })
}

/// The participant that `who` names.
pub(crate) fn known(view: &mut View<'_>, who: &Who) -> Decide<Participant> {
    // Names the kind of name, never the name: it may be personal data.
    let name = match who {
        Who::Id(participant) => participant.to_string(),
        Who::Host(_) => "with this host id".to_owned(),
        Who::Email(_) => "with this email".to_owned(),
    };
    find(view, who)?.ok_or_else(|| Error::not_found("participant", name).into())
}

/// The participant that `who` names, if the person was not erased: nothing is added to one who was.
pub(super) fn known_and_not_erased(view: &mut View<'_>, who: &Who) -> Decide<Participant> {
    let known = known(view, who)?;
    if known.state == ParticipantState::Erased {
        return Err(Halt::Declined(Reason::PersonErased));
    }
    Ok(known)
}

fn by_aliases(view: &mut View<'_>, host_id: Option<&HostId>, email: Option<&Email>) -> Decide<Option<ParticipantId>> {
    let keys = alias_keys(view, host_id, email);
    view.need(keys.iter().cloned().map(Key::from))?;
    let mut found = None;
    for key in keys {
        if let Some(alias) = view.get::<Alias>(key)?
            && *found.get_or_insert(alias.participant) != alias.participant
        {
            // The host id leads; an email that belongs to another person stays with that person.
            continue;
        }
    }
    Ok(found)
}

/// The participant for a person that a command brings: found by host id or email, or made. What the command says and is
/// not known yet is added.
pub(super) fn register(view: &mut View<'_>, given: &Given) -> Decide<Participant> {
    if given.host_id.is_none() && given.email.is_none() {
        return Err(Error::command("person", "needs a host id or an email").into());
    }
    check_data("person.data", &given.data)?;
    if given
        .name
        .as_ref()
        .is_some_and(|name| name.0.chars().count() > LONGEST_NAME || name.0.contains(char::is_control))
    {
        return Err(
            Error::command("person.name", "has at most 200 characters, none of them a control character").into()
        );
    }
    let (participant, person) = match living(view, given)? {
        Some(known) => {
            let key = PersonKey { participant: known.participant };
            (known, view.get::<Person>(key)?)
        }
        None => (new_participant(view, given), None),
    };
    put_aliases(view, participant.participant, given.host_id.as_ref(), given.email.as_ref())?;
    put_person(view, participant.participant, person, given)?;
    Ok(participant)
}

/// Whom the host id or the email leads to, the surest first. An alias that was left behind when its person was erased leads
/// to nobody.
fn living(view: &mut View<'_>, given: &Given) -> Decide<Option<Participant>> {
    let keys = alias_keys(view, given.host_id.as_ref(), given.email.as_ref());
    view.need(keys.iter().cloned().map(Key::from))?;
    for key in keys {
        let Some(Alias { participant, .. }) = view.get::<Alias>(key)? else { continue };
        view.need([ParticipantKey { participant }.into(), PersonKey { participant }.into()])?;
        let known = view.expect::<Participant>(ParticipantKey { participant })?;
        if known.state != ParticipantState::Erased {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// Whether an alias is nobody's, or was left behind when its person was erased.
fn is_free(view: &mut View<'_>, key: AliasKey) -> Decide<bool> {
    let Some(Alias { participant, .. }) = view.get::<Alias>(key)? else { return Ok(true) };
    let owner = view.get::<Participant>(ParticipantKey { participant })?;
    Ok(owner.is_none_or(|owner| owner.state == ParticipantState::Erased))
}

/// What a host says by name is bounded: 32 texts, numbers or truth values of at most 255 bytes each.
pub(super) fn check_data(field: &'static str, data: &Data) -> Result<(), Error> {
    let fits = |text: &String| text.len() <= LONGEST_DATA && !text.contains(char::is_control);
    let plain = |value: &Value| match value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => fits(text),
        _ => false,
    };
    if data.0.len() > MOST_DATA || !data.0.iter().all(|(name, value)| fits(name) && plain(value)) {
        return Err(Error::command(
            field,
            "has at most 32 texts, numbers or truth values of at most 255 bytes each, without control characters",
        ));
    }
    Ok(())
}

fn new_participant(view: &mut View<'_>, given: &Given) -> Participant {
    let now = view.now();
    let participant = Participant {
        participant: ParticipantId::mint(now, view.entropy()),
        state: ParticipantState::Active,
        enrolled_at: now,
        country: given.country.or(view.facts().country),
        data: given.data.clone(),
        referred_in: Vec::new(),
        orders: Vec::new(),
    };
    view.note_new(participant.participant);
    view.put(participant.clone());
    participant
}

/// Puts the aliases that do not exist yet. One that leads to somebody else stays theirs.
fn put_aliases(
    view: &mut View<'_>,
    participant: ParticipantId,
    host_id: Option<&HostId>,
    email: Option<&Email>,
) -> Decide<()> {
    for AliasKey { alias, hash } in alias_keys(view, host_id, email) {
        if is_free(view, AliasKey { alias, hash })? {
            view.put(Alias { alias, hash, participant });
        }
    }
    Ok(())
}

fn put_person(view: &mut View<'_>, participant: ParticipantId, known: Option<Person>, given: &Given) -> Decide<()> {
    let blank =
        Person { participant, host_id: None, email: None, name: None, language: None, consent: Consent::default() };
    let mut person = known.unwrap_or(blank);
    if let (Some(known), Some(given)) = (&person.host_id, &given.host_id)
        && known != given
    {
        return Err(Error::Taken { what: "host id", name: "the person has another".to_owned() }.into());
    }
    person.host_id = given.host_id.clone().or(person.host_id);
    person.email = given.email.as_ref().map(|email| Private(email.expose().to_owned())).or(person.email);
    person.name = given.name.clone().or(person.name);
    person.language = given.language.as_ref().map(|language| language.as_str().to_owned()).or(person.language);
    view.put(person);
    Ok(())
}

/// Adds a host id or an email to a known person.
pub(super) fn add_alias(view: &mut View<'_>, command: &AddAlias) -> Decide<AliasAdded> {
    let participant = known_and_not_erased(view, &command.participant)?.participant;
    let keys = alias_keys(view, command.host_id.as_ref(), command.email.as_ref());
    view.need(keys.iter().cloned().map(Key::from).chain([PersonKey { participant }.into()]))?;
    for key in keys {
        let what = if key.alias == AliasKind::Host { "host id" } else { "email" };
        let other = view.get::<Alias>(key.clone())?.is_some_and(|alias| alias.participant != participant);
        if other && !is_free(view, key)? {
            return Err(Error::Taken { what, name: "it belongs to another person".to_owned() }.into());
        }
    }
    put_aliases(view, participant, command.host_id.as_ref(), command.email.as_ref())?;
    let person = view.get::<Person>(PersonKey { participant })?;
    let given = Given { host_id: command.host_id.clone(), email: command.email.clone(), ..Given::default() };
    put_person(view, participant, person, &given)?;
    Ok(AliasAdded { participant })
}

/// Suspends a participant, or lets them refer again.
pub(super) fn set_state(view: &mut View<'_>, command: &SetParticipantState) -> Decide<ParticipantStateSet> {
    if command.state == ParticipantState::Erased {
        return Err(Error::command("state", "a person is erased by `erase`").into());
    }
    let mut participant = known(view, &command.participant)?;
    if participant.state == ParticipantState::Erased {
        return Err(Halt::Declined(Reason::PersonErased));
    }
    participant.state = command.state;
    let outcome = ParticipantStateSet { participant: participant.participant, state: command.state };
    view.put(participant);
    Ok(outcome)
}

/// Says who is told what.
pub(super) fn subscribe(view: &mut View<'_>, command: &Subscribe) -> Decide<Subscribed> {
    let mut settings = settings(view)?;
    let is_this = |subscription: &Subscription| subscription.subscriber == command.subscriber;
    let before = settings.subscriptions.iter().find(|found| is_this(found)).map(|found| found.kinds.clone());
    let before = before.unwrap_or_default();
    settings.subscriptions.retain(|subscription| !is_this(subscription));
    let since = |kind| before.get(kind).copied().unwrap_or_else(|| view.received_at());
    let kinds: BTreeMap<_, _> = command.kinds.iter().map(|kind| (*kind, since(kind))).collect();
    let count = u32::try_from(kinds.len()).unwrap_or(u32::MAX);
    if !kinds.is_empty() {
        if settings.subscriptions.len() >= MOST_SUBSCRIPTIONS {
            return Err(Error::command("subscriber", "a tenant has at most 64 subscribers").into());
        }
        settings.subscriptions.push(Subscription {
            subscriber: command.subscriber.clone(),
            purpose: command.purpose,
            kinds,
        });
    }
    view.put(settings);
    Ok(Subscribed { kinds: count })
}
