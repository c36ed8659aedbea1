//! The JSON form of an [`Expression`], the one that is stored.
//!
//! Constants are JSON's own; everything else is an object with one key, the operator or function as the text form calls
//! it: `{">=": [{"field": "order.total"}, {"money": "50.00 EUR"}]}`. [`Expression::JSON_SCHEMA`] describes it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use super::expression::{Clock, Comparison, Expression, MAX_DEPTH, MAX_ENTRIES, MAX_NODES, MAX_TEXT, Match, Op};
use super::lexer::is_reserved;
use super::place::Span;
use crate::quote::quoted;

impl Expression {
    /// The JSON Schema (draft 2020-12) of the JSON form.
    pub const JSON_SCHEMA: &'static str = include_str!("expression.schema.json");

    /// Reads the JSON form.
    ///
    /// # Errors
    /// What is wrong, in words, if it is no expression or too large.
    pub(super) fn from_json(value: &Value) -> Result<Self, String> {
        let mut reader = Reader { nodes: 0 };
        let expression = reader.read(value, 1)?;
        expression.check_size()?;
        Ok(expression)
    }

    /// The JSON form.
    pub(super) fn to_json(&self) -> Value {
        let parts = || Value::Array(self.parts.iter().map(Self::to_json).collect());
        match &self.op {
            Op::Bool(value) => json!(value),
            Op::Int(value) => json!(value),
            Op::Text(text) => json!(text),
            Op::Money(money) => json!({ "money": money.to_string() }),
            Op::Time(time) => json!({ "timestamp": time.to_string() }),
            Op::Duration(duration) => json!({ "duration": duration.to_string() }),
            Op::Field(path) => json!({ "field": path }),
            Op::Has(path) => json!({ "has": path }),
            Op::List => parts(),
            Op::Not | Op::Size => json!({ self.op.name(): self.parts.first().map(Self::to_json) }),
            _ => json!({ self.op.name(): parts() }),
        }
    }

    /// Refuses a tree whose canonical text could not be read back.
    pub(super) fn check_size(&self) -> Result<(), String> {
        if self.to_string().len() > MAX_TEXT {
            return Err(format!("the condition is longer than {MAX_TEXT} bytes"));
        }
        Ok(())
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

struct Reader {
    nodes: usize,
}

impl Reader {
    fn read(&mut self, value: &Value, depth: usize) -> Result<Expression, String> {
        if depth > MAX_DEPTH {
            return Err(format!("the condition is nested more than {MAX_DEPTH} deep"));
        }
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(format!("the condition has more than {MAX_NODES} parts"));
        }
        if let Some(constant) = literal(value)? {
            return Ok(leaf(constant));
        }
        let (name, body) = single(value)?;
        if let Some(op) = named_leaf(name, body)? {
            return Ok(leaf(op));
        }
        let op = operator(name).ok_or_else(|| format!("{} is no operator", quoted(name)))?;
        let bodies = match (&op, body) {
            (Op::Not | Op::Size, body) => std::slice::from_ref(body),
            (_, Value::Array(parts)) => parts.as_slice(),
            _ => return Err(format!("`{name}` asks for an array")),
        };
        let (least, most) = arity(&op);
        if bodies.len() < least || bodies.len() > most {
            return Err(format!("`{name}` asks for another number of parts than {}", bodies.len()));
        }
        let mut parts = Vec::with_capacity(bodies.len());
        for (index, body) in bodies.iter().enumerate() {
            let list = op == Op::In && index == 1 && body.is_array();
            parts.push(if list { self.list(body, depth + 1)? } else { self.read(body, depth + 1)? });
        }
        if op == Op::In && !parts.get(1).is_some_and(|right| matches!(right.op, Op::List | Op::Field(_))) {
            return Err("`in` asks for a list or a list field".to_owned());
        }
        if matches!(op, Op::Clock(_)) && parts.get(1).is_some_and(|zone| !matches!(zone.op, Op::Text(_) | Op::Field(_)))
        {
            return Err(format!("`{name}` asks for the name of a zone, or a field"));
        }
        Ok(if matches!(op, Op::All | Op::Any) {
            Expression::joined(op, parts, Span::default())
        } else {
            Expression::new(op, parts, Span::default())
        })
    }

    fn list(&mut self, value: &Value, depth: usize) -> Result<Expression, String> {
        self.nodes += 1;
        let entries = value.as_array().map(Vec::as_slice).unwrap_or_default();
        if depth >= MAX_DEPTH || entries.len() > MAX_ENTRIES || self.nodes > MAX_NODES {
            return Err(format!("the list has more than {MAX_ENTRIES} entries, or stands too deep"));
        }
        let entries: Result<Vec<_>, String> = entries.iter().map(entry).collect();
        Ok(Expression::new(Op::List, entries?, Span::default()))
    }
}

fn leaf(op: Op) -> Expression {
    Expression::new(op, vec![], Span::default())
}

/// One constant of a list.
fn entry(value: &Value) -> Result<Expression, String> {
    if let Some(constant) = literal(value)? {
        return Ok(leaf(constant));
    }
    let (name, body) = single(value)?;
    match named_leaf(name, body)? {
        Some(op @ (Op::Money(_) | Op::Time(_) | Op::Duration(_))) => Ok(leaf(op)),
        _ => Err("a list holds only constants".to_owned()),
    }
}

/// What JSON itself has as a constant.
fn literal(value: &Value) -> Result<Option<Op>, String> {
    Ok(match value {
        Value::Bool(value) => Some(Op::Bool(*value)),
        Value::Number(number) => {
            let whole = number.as_i64().ok_or_else(|| format!("`{number}` is no whole number of 64 bits"))?;
            Some(Op::Int(whole))
        }
        Value::String(text) => Some(Op::Text(text.clone())),
        Value::Null => return Err("there is no `null` here".to_owned()),
        Value::Array(_) => return Err("a list stands only as the second part of `in`".to_owned()),
        Value::Object(_) => None,
    })
}

/// The one key of an object, and what it holds.
fn single(value: &Value) -> Result<(&str, &Value), String> {
    let entries = value.as_object().filter(|object| object.len() == 1);
    let entry = entries.and_then(|object| object.iter().next());
    entry.map(|(name, body)| (name.as_str(), body)).ok_or_else(|| "an operation is an object with one key".to_owned())
}

/// The operations that hold a text instead of parts.
fn named_leaf(name: &str, body: &Value) -> Result<Option<Op>, String> {
    if !["money", "timestamp", "duration", "field", "has"].contains(&name) {
        return Ok(None);
    }
    let text = body.as_str().ok_or_else(|| format!("`{name}` asks for a string"))?;
    let op = match name {
        "money" => text.parse().map(Op::Money),
        "timestamp" => text.parse().map(Op::Time),
        "duration" => text.parse().map(Op::Duration),
        _ if !is_path(text) => return Err(format!("{} is no field", quoted(text))),
        "field" => Ok(Op::Field(text.to_owned())),
        _ => Ok(Op::Has(text.to_owned())),
    };
    op.map(Some).map_err(|error| error.to_string())
}

/// Whether `text` reads as the path of a field.
fn is_path(text: &str) -> bool {
    text.split('.').all(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !is_reserved(name)
    })
}

fn operator(name: &str) -> Option<Op> {
    let plain = [Op::All, Op::Any, Op::Not, Op::In, Op::Add, Op::Subtract, Op::Size];
    let comparisons = Comparison::ALL.into_iter().map(Op::Compare);
    let methods = Match::ALL.into_iter().map(Op::Match);
    let clocks = Clock::ALL.into_iter().map(|(clock, ..)| Op::Clock(clock));
    plain.into_iter().chain(comparisons).chain(methods).chain(clocks).find(|op| op.name() == name)
}

/// How many parts an operator has, at least and at most.
fn arity(op: &Op) -> (usize, usize) {
    match op {
        Op::All | Op::Any => (2, MAX_NODES),
        Op::Not | Op::Size => (1, 1),
        Op::Clock(_) => (1, 2),
        _ => (2, 2),
    }
}
