//! Shapes: the same kind of table the other way, from a notification to the body that another system takes.

use referral_core::notify::Notice;
use serde_json::{Map as Members, Value, json};

use crate::error::{InboundError, Result};
use crate::json::Json;
use crate::table::{Condition, Names, Place, Reading, Scope, TableMistake, Take, Taken, scalar};

/// A list in a body has at most so many entries.
const MOST_ENTRIES: usize = 100;

/// What other systems are sent for which notification: the first shape that applies.
///
/// ```
/// use referral_inbound::Shapes;
/// let shapes = Shapes::from_json(r#"{"shapes": [{
///     "name": "qualified",
///     "when": [{"path": "kind", "is": "referral.qualified"}],
///     "fields": {
///         "event_name": {"template": "referral.{kind}"},
///         "contacts.0.user_id": "participant.host_id",
///         "created_at": {"time": "at", "unit": "rfc3339", "as": "seconds"}
///     }
/// }]}"#).map_err(|mistakes| format!("{mistakes:?}"))?;
/// let notice = br#"{"kind": "referral.qualified", "at": "2026-05-01T09:00:00Z", "participant": {"host_id": "ada"}}"#;
/// let body = shapes.body_of_json(notice)?;
/// assert_eq!(
///     body.as_deref(),
///     Some(r#"{"contacts":[{"user_id":"ada"}],"created_at":1777626000,"event_name":"referral.referral.qualified"}"#),
/// );
/// assert_eq!(shapes.body_of_json(br#"{"kind": "reward.due"}"#)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shapes {
    names: Names,
    shapes: Vec<Shape>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Shape {
    name: String,
    when: Vec<Condition>,
    fields: Vec<(String, Take)>,
}

impl Shapes {
    /// Reads shapes.
    ///
    /// # Errors
    /// Every mistake in them, each with its place.
    pub fn from_json(text: &str) -> Result<Self, Vec<TableMistake>> {
        let mut reading = Reading::default();
        let read = reading.document(text, &["constants", "maps", "lists", "shapes", "note"]);
        let Some(members) = read else { return Err(reading.mistakes) };
        reading.read_names(&members);
        let mut shapes = Vec::new();
        for (index, json) in reading.list(&members, "shapes").into_iter().enumerate() {
            shapes.extend(shape(&mut reading, json, &format!("shapes.{index}")));
        }
        let names = reading.names;
        if reading.mistakes.is_empty() { Ok(Self { names, shapes }) } else { Err(reading.mistakes) }
    }

    /// The body to send for a notification; nothing if no shape applies.
    ///
    /// # Errors
    /// [`InboundError::FieldInvalid`] if a field cannot be taken.
    pub fn body(&self, notice: &Notice) -> Result<Option<String>> {
        self.body_of_json(&serde_json::to_vec(notice).unwrap_or_default())
    }

    /// The body to send for a notification as JSON, such as another program stored it.
    ///
    /// # Errors
    /// [`InboundError::NotJson`]; [`InboundError::FieldInvalid`] if a field cannot be taken.
    pub fn body_of_json(&self, notice: &[u8]) -> Result<Option<String>> {
        let notice = Json::read(notice)?;
        let place = Place { body: &notice, event: &notice };
        let scope = Scope { place, names: &self.names, delivery: None };
        let applies = |shape: &&Shape| shape.when.iter().all(|when| when.holds(scope));
        let Some(shape) = self.shapes.iter().find(applies) else { return Ok(None) };
        let mut body = json!({});
        for (name, take) in &shape.fields {
            let wrong = |problem: String| {
                let (rule, field) = (shape.name.clone(), name.clone());
                InboundError::FieldInvalid { rule, field, problem }
            };
            if let Some(taken) = take.take(scope).map_err(wrong)? {
                let segments: Vec<&str> = name.split('.').collect();
                set(&mut body, &segments, value(taken));
            }
        }
        Ok(Some(body.to_string()))
    }
}

fn shape(reading: &mut Reading, json: &Json, path: &str) -> Option<Shape> {
    let members = reading.members(json, path, &["name", "when", "fields", "note"])?;
    let name = reading.text(&members, "name", &format!("{path}.name"));
    let when = reading.conditions(&members, path);
    let path = format!("{path}.fields");
    let Some(Json::Object(given)) = members.get("fields") else { return reading.wrong(&path, "is no object") };
    let mut fields = Vec::new();
    for (name, json) in given {
        let path = format!("{path}.{name}");
        let is_fine = |part: &str| !part.is_empty() && part.parse::<usize>().is_ok_and(|index| index < MOST_ENTRIES);
        let mut parts = name.split('.');
        if !parts.all(|part| is_fine(part) || (!part.is_empty() && part.parse::<usize>().is_err())) {
            reading.wrong::<()>(&path, "has an empty part, or an index above 99");
        }
        let inner = format!("{name}.");
        if given.keys().any(|other| other.starts_with(&inner)) {
            reading.wrong::<()>(&path, "is both a value and something with members");
        }
        if let Some(take) = reading.take(json, &path) {
            fields.push((name.clone(), take));
        }
    }
    Some(Shape { name: name?, when, fields })
}

fn value(taken: Taken) -> Value {
    match taken {
        Taken::Plain(Json::Bool(value)) => json!(value),
        Taken::Plain(Json::Number(number)) => {
            number.parse::<i64>().map_or_else(|_| json!(number), |number| json!(number))
        }
        Taken::Plain(other) => json!(scalar(&other).unwrap_or_default()),
        Taken::Money(money) => json!(money.to_string()),
        Taken::Time(time) => json!(time.to_string()),
        Taken::List(texts) => json!(texts),
    }
}

/// Sets a value by its way: a number is a place in a list, anything else a member.
fn set(place: &mut Value, segments: &[&str], value: Value) {
    let Some((first, rest)) = segments.split_first() else {
        *place = value;
        return;
    };
    if let Ok(index) = first.parse::<usize>() {
        let mut entries = match place.take() {
            Value::Array(entries) => entries,
            _ => Vec::new(),
        };
        entries.resize(entries.len().max(index.saturating_add(1)), Value::Null);
        if let Some(entry) = entries.get_mut(index) {
            set(entry, rest, value);
        }
        *place = Value::Array(entries);
        return;
    }
    let mut members = match place.take() {
        Value::Object(members) => members,
        _ => Members::new(),
    };
    let mut inner = members.remove(*first).unwrap_or_default();
    set(&mut inner, rest, value);
    members.insert((*first).to_owned(), inner);
    *place = Value::Object(members);
}
