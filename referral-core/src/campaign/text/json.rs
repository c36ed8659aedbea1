//! JSON becomes a tree.
//!
//! `serde_json` decides what is JSON; the scanner only walks what it accepted, to learn where everything stands.

use serde_json::Value as Json;

use super::MAX_MISTAKES;
use super::place::{Fault, Lines};
use super::tree::{Key, Node, Value};
use crate::quote::quoted;

/// Reads JSON.
///
/// # Errors
/// The first mistake of syntax, or every key that a table has twice.
pub(super) fn parse(text: &str) -> Result<Node, Vec<Fault>> {
    // It refuses what is nested more than 128 deep: the scanner may recurse.
    if let Err(error) = serde_json::from_str::<Json>(text) {
        let start = Lines::new(text).offset(error.line(), error.column());
        let words = error.to_string();
        let problem = words.split(" at line ").next().unwrap_or_default().to_lowercase();
        return Err(vec![Fault { span: start..start, problem }]);
    }
    let mut scanner = Scanner { text, at: 0, faults: Vec::new() };
    let node = scanner.node();
    if scanner.faults.is_empty() { Ok(node) } else { Err(scanner.faults) }
}

/// Walks text that is JSON. Where it were not, it would give `null`.
struct Scanner<'t> {
    text: &'t str,
    at: usize,
    faults: Vec<Fault>,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next character that is no blank.
    fn peek(&mut self) -> Option<char> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.rest().chars().next()
    }

    /// Whether the next character is `sign`, which is then behind.
    fn take(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    fn node(&mut self) -> Node {
        let first = self.peek();
        let start = self.at;
        let value = match first {
            Some('{') => self.table(),
            Some('[') => self.list(),
            Some('"') => Value::Text(self.string()),
            _ => self.word(),
        };
        Node { span: start..self.at, value }
    }

    fn table(&mut self) -> Value {
        let mut fields: Vec<(Key, Node)> = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        self.take('{');
        while self.peek() == Some('"') {
            let start = self.at;
            let name = self.string();
            let span = start..self.at;
            self.take(':');
            let node = self.node();
            if !names.insert(name.clone()) && self.faults.len() <= MAX_MISTAKES {
                let problem = format!("the key {} stands twice", quoted(&name));
                self.faults.push(Fault { span: span.clone(), problem });
            }
            fields.push((Key { span, name }, node));
            self.take(',');
        }
        self.take('}');
        Value::Table(fields)
    }

    fn list(&mut self) -> Value {
        let mut items = Vec::new();
        self.take('[');
        while self.peek().is_some_and(|next| next != ']') {
            items.push(self.node());
            self.take(',');
        }
        self.take(']');
        Value::List(items)
    }

    fn string(&mut self) -> String {
        let mut escaped = false;
        let close = self.rest().char_indices().skip(1).find(|(_, c)| {
            let is_end = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            is_end
        });
        let length = close.map_or(self.rest().len(), |(index, _)| index + 1);
        let text = self.rest().get(..length).and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default();
        self.at += length;
        text
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Value {
        let rest = self.rest();
        let length = rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len()).max(1);
        let word = rest.get(..length).unwrap_or_default();
        let value = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            number => number.parse().map_or_else(|_| Value::Number(number.to_owned()), Value::Whole),
        };
        self.at += length;
        value
    }
}
