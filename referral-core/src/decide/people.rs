//! People: how a command's person becomes a participant, and what is kept of them. Who is who stands in `identity`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::campaign::settings;
use super::halt::{Decide, Halt};
use super::hand;
use super::identity::{self, alias_keys};
use super::merged;
use super::view::View;
use crate::command::{ParticipantStateSet, Person as Given, Reason, SetParticipantState, Subscribe, Subscribed, Who};
use crate::error::Error;
use crate::record::{
    Alias, AliasKey, Consent, Data, Participant, ParticipantKey, ParticipantState, Person, PersonKey, Private,
    Subscription,
};
use crate::value::ParticipantId;

const MOST_SUBSCRIPTIONS: usize = 64;
const LONGEST_NAME: usize = 200;
/// The most that a host says of one person by name.
pub(super) const MOST_DATA: usize = 32;
const LONGEST_DATA: usize = 255;

/// The participant that `who` names, if there is one: whom that person turned out to be.
pub(super) fn find(view: &mut View<'_>, who: &Who) -> Decide<Option<Participant>> {
    let participant = match who {
        Who::Id(participant) => Some(*participant),
        Who::Host(host_id) => by_alias(view, alias_keys(view, Some(host_id), &[], None))?,
        Who::Email(email) => by_alias(view, alias_keys(view, None, &[], Some(email)))?,
        Who::Further(id) => by_alias(view, alias_keys(view, None, std::slice::from_ref(id), None))?,
    };
    let Some(participant) = participant else { return Ok(None) };
    match view.get::<Participant>(ParticipantKey { participant })? {
        Some(known) => merged::follow(view, known).map(Some),
        None => Ok(None),
    }
}

/// The participant that `who` names.
pub(crate) fn known(view: &mut View<'_>, who: &Who) -> Decide<Participant> {
    // Names the kind of name, never the name: it may be personal data.
    let name = match who {
        Who::Id(participant) => participant.to_string(),
        Who::Host(_) => "with this host id".to_owned(),
        Who::Email(_) => "with this email".to_owned(),
        Who::Further(id) => format!("with this id in `{}`", id.source),
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

fn by_alias(view: &mut View<'_>, keys: Vec<AliasKey>) -> Decide<Option<ParticipantId>> {
    let Some(key) = keys.into_iter().next() else { return Ok(None) };
    Ok(view.get::<Alias>(key)?.map(|alias| alias.participant))
}

/// The participant for a person that a command brings: found by ids or email, or made. What is told replaces what was known.
pub(super) fn register(view: &mut View<'_>, given: &Given) -> Decide<Participant> {
    if given.host_id.is_none() && given.ids.is_empty() && given.email.is_none() {
        return Err(Error::command("person", "needs a host id, a further id or an email").into());
    }
    identity::check_ids("person.ids", &given.ids)?;
    check_data("person.data", &given.data)?;
    let is_bad = |name: &Private| name.0.chars().count() > LONGEST_NAME || name.0.contains(char::is_control);
    if given.name.as_ref().is_some_and(is_bad) {
        let problem = "has at most 200 characters, none of them a control character";
        return Err(Error::command("person.name", problem).into());
    }
    let participant = match identity::find(view, given)? {
        Some(known) => renewed(view, known, given),
        None => new_participant(view, given),
    };
    let keys = identity::told_keys(view, given);
    let own = identity::put_aliases(view, participant.participant, keys)?;
    put_row(view, participant.participant, given, &own)?;
    Ok(participant)
}

/// A known person with what is told now.
fn renewed(view: &mut View<'_>, known: Participant, given: &Given) -> Participant {
    let mut now = known.clone();
    now.country = given.country.or(known.country);
    now.data.0.extend(given.data.0.iter().map(|(name, value)| (name.clone(), value.clone())));
    if now.data.0.len() > MOST_DATA {
        // What is told stays, and of what was known as much as has room.
        let room = MOST_DATA.saturating_sub(given.data.0.len());
        let further = known.data.0.iter().filter(|(name, _)| !given.data.0.contains_key(*name)).take(room);
        now.data =
            Data(given.data.0.iter().chain(further).map(|(name, value)| (name.clone(), value.clone())).collect());
    }
    if now != known {
        view.put(now.clone());
    }
    now
}

/// What a host says by name is bounded: 32 texts, numbers, truth values or lists of texts. A text has at most 255 bytes, a
/// list at most 32 texts.
pub(super) fn check_data(field: &'static str, data: &Data) -> Result<(), Error> {
    let fits = |text: &String| text.len() <= LONGEST_DATA && !text.contains(char::is_control);
    let is_text = |value: &Value| matches!(value, Value::String(text) if fits(text));
    let plain = |value: &Value| match value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::Array(entries) => entries.len() <= MOST_DATA && entries.iter().all(is_text),
        value => is_text(value),
    };
    if data.0.len() > MOST_DATA || !data.0.iter().all(|(name, value)| fits(name) && plain(value)) {
        return Err(Error::command(
            field,
            "has at most 32 texts, numbers, truth values or lists of texts; a text has at most 255 bytes, none of them a control character, a list at most 32 texts",
        ));
    }
    Ok(())
}

fn new_participant(view: &mut View<'_>, given: &Given) -> Participant {
    let now = view.now();
    let participant = Participant {
        participant: ParticipantId::mint(now, view.entropy()),
        state: ParticipantState::Active,
        said: None,
        enrolled_at: now,
        refers_since: None,
        country: given.country.or(view.facts().country),
        data: given.data.clone(),
        referred_in: Vec::new(),
        merged: Vec::new(),
        merged_into: None,
        orders: Vec::new(),
    };
    view.note_new(participant.participant);
    view.put(participant.clone());
    participant
}

/// Puts what is told of a person into the row, if it changes.
pub(super) fn put_row(view: &mut View<'_>, participant: ParticipantId, given: &Given, own: &[AliasKey]) -> Decide<()> {
    let known = view.get::<Person>(PersonKey { participant })?;
    let blank = Person {
        participant,
        host_id: None,
        formerly: Vec::new(),
        ids: Vec::new(),
        email: None,
        mailboxes: Vec::new(),
        of_others: Vec::new(),
        name: None,
        language: None,
        shown_as: None,
        pseudonym: None,
        message: None,
        consent: Consent::default(),
    };
    let mut row = known.clone().unwrap_or(blank);
    identity::note(view, &mut row, given, own);
    row.name = given.name.clone().or(row.name);
    row.language = given.language.as_ref().map(|language| language.as_str().to_owned()).or(row.language);
    if known.as_ref() != Some(&row) {
        view.put(row);
    }
    Ok(())
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
    participant.said = Some(hand::said(view, command.actor.as_ref(), command.reason.as_ref())?);
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
