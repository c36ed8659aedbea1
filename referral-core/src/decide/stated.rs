//! What a host states by name, read as the type that a campaign declares.
//!
//! Files, forms and metadata of other systems know texts only. All ways in meet here, so the same fact has the same result by
//! each of them: a text is read as the number, the yes or no, or the list that it says.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::error::Error;
use crate::record::Data;
use crate::rule::condition::{CustomField, Type, Value};
use crate::value::{Money, Timestamp};

/// A value that was stated.
#[derive(Debug)]
enum Stated {
    Bool(bool),
    Int(i64),
    Text(String),
    Texts(Vec<String>),
    Money(Money),
    Time(Timestamp),
}

/// The values that were stated, by the place of their field in the campaign's declaration.
#[derive(Debug, Default)]
pub(super) struct AllStated(BTreeMap<u16, Stated>);

impl AllStated {
    /// Reads what `find` finds for each declared field.
    pub(super) fn read<'a>(fields: &[CustomField], find: impl Fn(&str) -> Option<&'a Json>) -> Self {
        let all = (0_u16..).zip(fields);
        Self(all.filter_map(|(index, field)| Some((index, as_told(field.kind, find(&field.path)?)))).collect())
    }

    /// The value of the field at this place. One that cannot be read as declared has the type in which it was told: a
    /// condition on it is unknown, because the type is wrong.
    pub(super) fn get(&self, index: u16) -> Option<Value<'_>> {
        Some(match self.0.get(&index)? {
            Stated::Bool(value) => Value::Bool(*value),
            Stated::Int(number) => Value::Int(*number),
            Stated::Text(text) => Value::Str(text),
            Stated::Texts(texts) => Value::Strings(texts),
            Stated::Money(money) => Value::Money(*money),
            Stated::Time(time) => Value::Time(*time),
        })
    }
}

/// Refuses data that cannot be read as the campaign declares it, with the name of the first such field. `prefix` says whose
/// data it is: `order.data.`.
///
/// # Errors
/// [`Error::InvalidCommand`] for `field`, which names what cannot be read.
pub(super) fn check(fields: &[CustomField], prefix: &str, field: &'static str, data: &Data) -> Result<(), Error> {
    for declared in fields {
        let told = declared.path.strip_prefix(prefix).and_then(|name| Some((name, data.0.get(name)?)));
        let Some((name, told)) = told else { continue };
        if read(declared.kind, told).is_none() {
            return Err(Error::command(
                field,
                format!("`{name}` is declared {}, and is none", described(declared.kind)),
            ));
        }
    }
    Ok(())
}

fn described(kind: Type) -> &'static str {
    match kind {
        Type::Bool => "as yes or no",
        Type::Int => "as a whole number",
        Type::String => "as a text",
        Type::Strings => "as a list of texts",
        Type::Money => "as an amount of money such as `5.00 EUR`",
        Type::Time => "as a time of RFC 3339",
    }
}

fn as_told(kind: Type, told: &Json) -> Stated {
    read(kind, told).unwrap_or_else(|| match (told, text(told)) {
        (Json::Bool(value), _) if kind != Type::Bool => Stated::Bool(*value),
        // No type is declared that a list has by mistake: so it stands for every other value that cannot be read.
        (_, Some(text)) if kind != Type::String => Stated::Text(text),
        _ if kind == Type::Strings => Stated::Bool(false),
        _ => Stated::Texts(Vec::new()),
    })
}

/// The value that is told, if it can be read as this type.
fn read(kind: Type, told: &Json) -> Option<Stated> {
    match kind {
        Type::Bool => yes_or_no(&text(told)?).map(Stated::Bool),
        Type::Int => whole(&text(told)?).map(Stated::Int),
        Type::String => text(told).map(Stated::Text),
        Type::Strings => texts(told).map(Stated::Texts),
        Type::Money => text(told)?.trim().parse().ok().map(Stated::Money),
        Type::Time => text(told)?.trim().parse().ok().map(Stated::Time),
    }
}

/// A text, a number or a truth value, as text.
fn text(told: &Json) -> Option<String> {
    match told {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Some(true),
        "no" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// A whole number: digits, perhaps with a sign, perhaps with zeros behind a point, as sheets write them.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let (number, zeros) = text.split_once('.').unwrap_or((text, "0"));
    let only_zeros = !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0');
    number.parse().ok().filter(|_| only_zeros)
}

/// A list of texts: a list, one in JSON, or texts that commas separate.
fn texts(told: &Json) -> Option<Vec<String>> {
    match told {
        Json::Array(entries) => entries.iter().map(text).collect(),
        Json::String(told) if told.trim_start().starts_with('[') => {
            let entries: Vec<Json> = serde_json::from_str(told).ok()?;
            entries.iter().map(text).collect()
        }
        Json::String(told) => {
            let parts = told.split(',').map(str::trim).filter(|part| !part.is_empty());
            Some(parts.map(str::to_owned).collect())
        }
        Json::Number(number) => Some(vec![number.to_string()]),
        Json::Null | Json::Bool(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(kind: Type, told: &Json) -> Option<String> {
        read(kind, told).map(|stated| format!("{stated:?}"))
    }

    #[test]
    fn a_text_is_read_as_what_is_declared_or_not_at_all() {
        for (kind, told, expected) in [
            (Type::Int, json!(3), Some("Int(3)")),
            (Type::Int, json!("3"), Some("Int(3)")),
            (Type::Int, json!(" -3 "), Some("Int(-3)")),
            (Type::Int, json!("3.00"), Some("Int(3)")),
            (Type::Int, json!(3.0), Some("Int(3)")),
            (Type::Int, json!("3.5"), None),
            (Type::Int, json!("3."), None),
            (Type::Int, json!("three"), None),
            (Type::Int, json!(""), None),
            (Type::Int, json!("9223372036854775808"), None),
            (Type::Int, json!([3]), None),
            (Type::Bool, json!(true), Some("Bool(true)")),
            (Type::Bool, json!("True"), Some("Bool(true)")),
            (Type::Bool, json!("no"), Some("Bool(false)")),
            (Type::Bool, json!(0), Some("Bool(false)")),
            (Type::Bool, json!("maybe"), None),
            (Type::String, json!("5"), Some("Text(\"5\")")),
            (Type::String, json!(5), Some("Text(\"5\")")),
            (Type::String, json!(["5"]), None),
            (Type::Strings, json!(["a", "b"]), Some("Texts([\"a\", \"b\"])")),
            (Type::Strings, json!("a, b,"), Some("Texts([\"a\", \"b\"])")),
            (Type::Strings, json!("[\"a,b\", \"c\"]"), Some("Texts([\"a,b\", \"c\"])")),
            (Type::Strings, json!("[a"), None),
            (Type::Strings, json!(""), Some("Texts([])")),
            (Type::Strings, json!(true), None),
            (Type::Money, json!("5 EUR"), Some("Money(5.00 EUR)")),
            (Type::Money, json!(5), None),
            (Type::Time, json!("2026-05-01T09:00:00Z"), Some("Time(2026-05-01T09:00:00Z)")),
            (Type::Time, json!("2026-05-01"), None),
        ] {
            assert_eq!(shown(kind, &told).as_deref(), expected, "{kind:?} {told}");
        }
    }

    #[test]
    fn what_cannot_be_read_never_has_the_declared_type() {
        for kind in [Type::Bool, Type::Int, Type::String, Type::Strings, Type::Money, Type::Time] {
            for told in [json!("maybe."), json!(["a"]), json!(true), json!(2.5), json!("["), json!(null)] {
                let fits = match as_told(kind, &told) {
                    Stated::Bool(_) => kind == Type::Bool,
                    Stated::Int(_) => kind == Type::Int,
                    Stated::Text(_) => kind == Type::String,
                    Stated::Texts(_) => kind == Type::Strings,
                    Stated::Money(_) => kind == Type::Money,
                    Stated::Time(_) => kind == Type::Time,
                };
                assert_eq!(fits, read(kind, &told).is_some(), "{kind:?} {told}");
            }
        }
    }
}
