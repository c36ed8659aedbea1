//! The people whom an answer names, by the host's own id, the email and the name: where that is asked for, and nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use referral_core::decide::Decide;
use referrals::Referrals;
use referrals::engine::{Question, Reader};
use referrals::record::{Key, PersonKey};
use referrals::value::ParticipantId;
use serde::Serialize;
use serde_json::{Value, json};

use crate::arguments::Store;
use crate::failure::Failure;
use crate::store;
use crate::telling::{Telling, table};

/// The length of an id as text.
const ID: usize = 36;
/// So many people are looked up together.
const TOGETHER: usize = 1_000;
/// The fields that hold one person.
const FIELDS: [&str; 3] = ["participant", "invitee", "referrer"];

/// What the host knows a person by.
#[derive(Clone, Debug, Serialize)]
struct Known {
    host_id: Option<String>,
    email: Option<String>,
    name: Option<String>,
}

/// The people of these ids. An erased person has no row.
#[derive(Clone, Debug)]
struct People(Vec<ParticipantId>);

impl Question for People {
    const NAME: &'static str = "people";
    type Answer = BTreeMap<String, Known>;

    fn read(&self, reader: &mut Reader<'_>) -> Decide<Self::Answer> {
        reader.need(self.0.iter().map(|participant| Key::from(PersonKey { participant: *participant })))?;
        let mut known = BTreeMap::new();
        for participant in &self.0 {
            if let Some(person) = reader.row(*participant)? {
                let host_id = person.host_id.map(|id| id.as_str().to_owned());
                let (email, name) = (person.email.map(|email| email.0), person.name.map(|name| name.0));
                known.insert(participant.to_string(), Known { host_id, email, name });
            }
        }
        Ok(known)
    }
}

/// The host's own ids of people, as far as there are any.
pub(crate) fn host_ids(
    referrals: &Referrals,
    people: &[ParticipantId],
) -> Result<BTreeMap<ParticipantId, String>, Failure> {
    let mut known = BTreeMap::new();
    for some in people.chunks(TOGETHER) {
        for (id, person) in referrals.ask(People(some.to_vec()))? {
            if let Some((id, host_id)) = id.parse().ok().zip(person.host_id) {
                known.insert(id, host_id);
            }
        }
    }
    Ok(known)
}

/// The same answer with the host's id, the email and the name of each person whom it names.
pub(crate) fn people(telling: Telling, place: &Store) -> Result<Telling, Failure> {
    let mut ids = BTreeSet::new();
    collect(telling.document(), &mut ids);
    if ids.is_empty() {
        return Ok(telling);
    }
    let referrals = store::open(place)?;
    let ids: Vec<ParticipantId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let mut known = BTreeMap::new();
    for some in ids.chunks(TOGETHER) {
        known.extend(referrals.ask(People(some.to_vec()))?);
    }
    if known.is_empty() {
        return Ok(telling);
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let rows =
        known.iter().map(|(id, person)| [id.clone(), text(&person.host_id), text(&person.email), text(&person.name)]);
    let more = table(["participant", "host id", "email", "name"], rows);
    let mut document = telling.document().clone();
    name(&mut document, &known);
    Ok(telling.with(document, &more))
}

/// The ids that stand in a text.
fn ids_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_hexdigit() && c != '-').filter(|part| part.len() == ID)
}

fn collect(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => ids.extend(ids_in(text).map(ToOwned::to_owned)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, ids)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Puts people beside the fields that hold them, and beside texts that name them.
fn name(value: &mut Value, known: &BTreeMap<String, Known>) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| name(value, known)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|value| name(value, known));
            let person = |id: &str| known.get(id).map(|person| (id.to_owned(), person.clone()));
            let (mut beside, mut others) = (Vec::new(), BTreeMap::new());
            for (field, value) in fields.iter() {
                let Value::String(text) = value else { continue };
                if FIELDS.contains(&field.as_str()) {
                    beside.extend(person(text).map(|(_, person)| (format!("{field}_is"), json!(person))));
                } else {
                    others.extend(ids_in(text).filter_map(person));
                }
            }
            if beside.is_empty() && !others.is_empty() {
                beside.push(("people".to_owned(), json!(others)));
            }
            fields.extend(beside);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
