//! The text of a campaign as a tree in which everything knows where it stands.
//!
//! TOML and JSON end in the same tree, and so does a definition that was built: there nothing stands anywhere.

use std::ops::Range;

use serde_json::Value as Json;

/// A part of the text, in bytes.
pub(in crate::campaign) type Span = Range<usize>;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::campaign) struct Node {
    pub(in crate::campaign) span: Span,
    pub(in crate::campaign) value: Value,
}

/// What stands there.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::campaign) enum Value {
    Null,
    Bool(bool),
    Whole(i64),
    /// A number that is not whole, or does not fit 64 bits.
    Number(String),
    Text(String),
    /// A date or time as TOML has it, without quotes.
    Time(String),
    List(Vec<Node>),
    Table(Vec<(Key, Node)>),
}

/// A key and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::campaign) struct Key {
    pub(in crate::campaign) span: Span,
    pub(in crate::campaign) name: String,
}

impl Node {
    /// The tree of a definition that has no text.
    pub(in crate::campaign) fn without_text(json: Json) -> Self {
        let key = |name| Key { span: 0..0, name };
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Number(number) => number.as_i64().map_or_else(|| Value::Number(number.to_string()), Value::Whole),
            Json::String(text) => Value::Text(text),
            Json::Array(items) => Value::List(items.into_iter().map(Self::without_text).collect()),
            Json::Object(map) => {
                Value::Table(map.into_iter().map(|(name, json)| (key(name), Self::without_text(json))).collect())
            }
        };
        Self { span: 0..0, value }
    }

    /// The same without places, as serde reads it.
    pub(in crate::campaign) fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Whole(number) => Json::Number((*number).into()),
            // What no number of JSON is (`inf`, `nan`) is refused as `null` is.
            Value::Number(text) => serde_json::from_str(text).unwrap_or_default(),
            Value::Text(text) | Value::Time(text) => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Table(fields) => {
                Json::Object(fields.iter().map(|(key, node)| (key.name.clone(), node.to_json())).collect())
            }
        }
    }

    /// The value of a field, if this is a table that has it.
    pub(in crate::campaign) fn field(&self, name: &str) -> Option<&Self> {
        let Value::Table(fields) = &self.value else { return None };
        fields.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// The entries, if this is a list.
    pub(in crate::campaign) fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// What stands at `path`, or the innermost around it: `rewards[2].when` leads to the rule if it has no condition.
    pub(in crate::campaign) fn nearest(&self, path: &str) -> &Self {
        let mut node = self;
        for step in path.split(['.', '[']) {
            let next = match step.strip_suffix(']').and_then(|index| index.parse::<usize>().ok()) {
                Some(index) => node.items().get(index),
                None => node.field(step),
            };
            match next {
                Some(next) => node = next,
                None => return node,
            }
        }
        node
    }
}
