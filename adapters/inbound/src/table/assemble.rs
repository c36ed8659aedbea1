//! Puts fields together to commands. What an order can be recorded without does not stop it: further ids beyond the eighth
//! are added one by one, and parts of an amount are brought within the total.

use referral_core::command::{AddReference, AnyCommand, Reference, Who};
use referral_core::record::ConversionKey;
use referral_core::value::{Money, SourceName};
use serde_json::{Map, Value, json};

use super::parse::evidence;
use super::spec::{ERASE_PERSON, MERGE_PEOPLE, Spec, WAYS_TO_NAME, system_of};

/// The most further ids that one command records with a conversion.
const MOST_REFERENCES: usize = 8;
/// The most further ids that the engine adds to a conversion by commands of their own.
const MOST_ADDED: usize = 56;

/// What the fields of a rule become.
#[derive(Debug)]
pub(crate) enum Made {
    /// Commands, in the order in which they are executed.
    Commands(Vec<AnyCommand>),
    /// A person to erase.
    Erasure(Who),
}

/// The field and the problem.
pub(crate) type Wrong = (&'static str, String);

/// What these fields become, and what was changed so that it fits.
pub(crate) fn assemble(
    spec: &Spec,
    source: &SourceName,
    fields: Vec<(String, Value)>,
) -> Result<(Made, Vec<Wrong>), Wrong> {
    let mut root = Map::new();
    if spec.has_source {
        root.insert("source".to_owned(), json!(source.as_str()));
    }
    for (name, value) in fields {
        let value = match (spec.name, name.as_str()) {
            ("add_reference", "conversion") => json!({"source": source.as_str(), "event": value}),
            ("add_reference", "reference") => json!({"source": source.as_str(), "id": value}),
            _ => value,
        };
        insert(&mut root, &name, value);
    }
    match spec.name {
        "move_reward" => reward_move(&mut root)?,
        "give_reward" => amount(&mut root)?,
        "record_refund" => one_amount(&root)?,
        "unsubscribe" => recipient(&mut root),
        "record_conversion" => drop_own_reference(&mut root),
        _ => {}
    }
    let unfit = |_| ("command", "does not fit the command".to_owned());
    if spec.name == ERASE_PERSON {
        let who = root.remove("participant").unwrap_or_default();
        return Ok((Made::Erasure(serde_json::from_value(who).map_err(unfit)?), Vec::new()));
    }
    if spec.name == MERGE_PEOPLE {
        let merges: serde_json::Result<Vec<_>> = merges(root).map(serde_json::from_value).collect();
        return Ok((Made::Commands(merges.map_err(unfit)?), Vec::new()));
    }
    let further = further_references(&mut root)?;
    let mut command: AnyCommand = serde_json::from_value(json!({ spec.name: root })).map_err(unfit)?;
    let changed = fit_parts(&mut command);
    let added = add_references(&command, further).map_err(unfit)?;
    Ok((Made::Commands([command].into_iter().chain(added).collect()), changed))
}

/// A refund says its own amount, or that of all so far.
fn one_amount(root: &Map<String, Value>) -> Result<(), Wrong> {
    match root.get("amount").and_then(Value::as_object) {
        Some(both) if both.len() > 1 => {
            Err(("amount.amount", "is said beside `amount.cumulative`; say one of them".to_owned()))
        }
        _ => Ok(()),
    }
}

/// One command for each person who is one with the first.
fn merges(mut root: Map<String, Value>) -> impl Iterator<Item = Value> {
    let others = match root.remove("other").unwrap_or_default() {
        Value::Array(others) => others,
        other => vec![other],
    };
    others.into_iter().map(move |other| {
        let mut command = root.clone();
        command.insert("other".to_owned(), other);
        json!({ MERGE_PEOPLE: command })
    })
}

/// What is given: an amount of money, or a number of units.
fn amount(root: &mut Map<String, Value>) -> Result<(), Wrong> {
    let (unit, quantity) = (root.remove("unit"), root.remove("quantity"));
    let units = match (root.contains_key("amount"), unit, quantity) {
        (true, None, None) => return Ok(()),
        (true, ..) => return Err(("amount", "is either money or a number of a `unit`, not both".to_owned())),
        (false, Some(unit), Some(quantity)) => json!({ "unit": unit, "quantity": quantity }),
        (false, ..) => return Err(("quantity", "says how many of `unit`, as a whole number".to_owned())),
    };
    root.insert("amount".to_owned(), units);
    Ok(())
}

/// Adds ids of a person in one system to those in others.
fn add_ids(root: &mut Map<String, Value>, parents: &[&str], system: &str, ids: Value) {
    let Value::Array(ids) = ids else { return };
    let mut place = root;
    for parent in parents {
        let entry = place.entry(*parent).or_insert_with(|| json!({}));
        let Value::Object(inner) = entry else { return };
        place = inner;
    }
    let entry = place.entry("ids").or_insert_with(|| json!([]));
    let Value::Array(all) = entry else { return };
    for id in ids {
        let further = json!({ "source": system, "id": id });
        if !all.contains(&further) {
            all.push(further);
        }
    }
}

/// Sets a field by its dotted name. Where a person is named several ways, the surest comes first and stays.
fn insert(root: &mut Map<String, Value>, name: &str, value: Value) {
    for prefix in WAYS_TO_NAME {
        if let Some(way) = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')) {
            let (parents, own) = split(prefix);
            let who = match system_of(name) {
                Some(system) => further(system, value, prefix == "other"),
                None if way == "host_id" => json!({ "host": value }),
                None => json!({ way: value }),
            };
            return set(root, &parents, own, who);
        }
    }
    if name == "evidence.any" {
        let way = evidence(value.as_str().unwrap_or_default());
        return set(root, &["evidence"], way, value);
    }
    if let Some(system) = system_of(name) {
        let parents: &[&str] = if name.starts_with("person.") { &["person"] } else { &[] };
        return add_ids(root, parents, system, value);
    }
    let (parents, own) = split(name);
    set(root, &parents, own, value);
}

/// A person by ids in another system: by the first of them, except where all are persons of their own.
fn further(system: &str, ids: Value, takes_all: bool) -> Value {
    let Value::Array(ids) = ids else { return Value::Null };
    let mut each = ids.into_iter().map(|id| json!({ "further": { "source": system, "id": id } }));
    if takes_all { each.collect() } else { each.next().unwrap_or_default() }
}

/// Names below `data` may hold dots themselves.
fn split(name: &str) -> (Vec<&str>, &str) {
    for prefix in ["person.data.", "data."] {
        if let Some(own) = name.strip_prefix(prefix) {
            return (prefix.trim_end_matches('.').split('.').collect(), own);
        }
    }
    let mut parts: Vec<&str> = name.split('.').collect();
    let own = parts.pop().unwrap_or_default();
    (parts, own)
}

fn set(place: &mut Map<String, Value>, parents: &[&str], own: &str, value: Value) {
    let Some((first, rest)) = parents.split_first() else {
        place.entry(own).or_insert(value);
        return;
    };
    let mut inner = match place.remove(*first) {
        Some(Value::Object(inner)) => inner,
        _ => Map::new(),
    };
    set(&mut inner, rest, own, value);
    place.insert((*first).to_owned(), Value::Object(inner));
}

/// A move of a reward with what belongs to it: a reference, a reason, or how much was redeemed.
fn reward_move(root: &mut Map<String, Value>) -> Result<(), Wrong> {
    let to = root.remove("to").unwrap_or_default();
    let to = to.as_str().unwrap_or_default();
    let detail = root.remove("detail");
    let moved = match (to, detail) {
        ("approve" | "begin_issue", None) => json!(to),
        ("approve" | "begin_issue", Some(_)) => return Err(("detail", format!("`{to}` takes none"))),
        ("redeem", detail) => {
            let units = detail.as_ref().and_then(Value::as_str).and_then(|text| text.parse::<i64>().ok());
            json!({ to: units.ok_or(("detail", "says how much is redeemed, as a whole number".to_owned()))? })
        }
        (to, detail) => json!({ to: detail.unwrap_or_else(|| json!("")) }),
    };
    root.insert("to".to_owned(), moved);
    Ok(())
}

/// Whose mails: the token of one goes before a name.
fn recipient(root: &mut Map<String, Value>) {
    let (token, participant) = (root.remove("token"), root.remove("participant"));
    let recipient = token.map_or_else(|| json!({ "participant": participant }), |token| json!({ "token": token }));
    root.insert("recipient".to_owned(), recipient);
}

/// A conversion's own id is no further id of it, and none is one twice.
fn drop_own_reference(root: &mut Map<String, Value>) {
    let own = root.get("event").cloned();
    let Some(Value::Array(references)) = root.get_mut("references") else { return };
    let mut seen = Vec::new();
    references.retain(|reference| {
        let is_new = reference.get("id") != own.as_ref() && !seen.contains(reference);
        seen.push(reference.clone());
        is_new
    });
}

/// The further ids beyond those that a conversion is recorded with.
fn further_references(root: &mut Map<String, Value>) -> Result<Vec<Value>, Wrong> {
    let Some(Value::Array(references)) = root.get_mut("references") else { return Ok(Vec::new()) };
    if references.len() > MOST_REFERENCES + MOST_ADDED {
        return Err(("references", "are at most 64".to_owned()));
    }
    Ok(references.split_off(references.len().min(MOST_REFERENCES)))
}

fn add_references(command: &AnyCommand, further: Vec<Value>) -> serde_json::Result<Vec<AnyCommand>> {
    let AnyCommand::RecordConversion(conversion) = command else { return Ok(Vec::new()) };
    let known = ConversionKey { source: conversion.source.clone(), event: conversion.event.clone() };
    let add = |reference: Value| {
        let reference: Reference = serde_json::from_value(reference)?;
        Ok(AddReference { conversion: known.clone(), reference }.into())
    };
    further.into_iter().map(add).collect()
}

/// Brings tax and shipping within the total, and names what was changed. The sender sends the same again, however often it is
/// refused: so an order with an odd part is recorded with the part that earns least.
fn fit_parts(command: &mut AnyCommand) -> Vec<Wrong> {
    let (total, parts) = match command {
        AnyCommand::RecordConversion(order) => (order.total, [&mut order.tax, &mut order.shipping]),
        AnyCommand::CorrectConversion(order) => (Some(order.total), [&mut order.tax, &mut order.shipping]),
        _ => return Vec::new(),
    };
    let Some(total) = total.filter(|total| total.minor >= 0) else { return Vec::new() };
    let (mut left, mut changed) = (total.minor, Vec::new());
    for (name, part) in ["tax", "shipping"].into_iter().zip(parts) {
        let Some(Money { minor, currency }) = part.filter(|part| part.currency == total.currency) else { continue };
        let fitting = minor.clamp(0, left);
        if minor < 0 {
            changed.push((name, "is negative: recorded as none".to_owned()));
        } else if minor > left {
            changed.push((name, "is more than the total has left: recorded as what is left".to_owned()));
        }
        *part = Some(Money::new(fitting, currency));
        left -= fitting;
    }
    changed
}
