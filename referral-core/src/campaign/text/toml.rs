//! TOML becomes a tree.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::place::Fault;
use super::tree::{Key, Node, Value};

/// Reads TOML.
///
/// # Errors
/// Every mistake of syntax that the parser finds, each with its place.
pub(super) fn parse(text: &str) -> Result<Node, Vec<Fault>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let span = table.span();
        return Ok(Node { span, value: read_table(table.into_inner()) });
    }
    let fault = |error: &toml::de::Error| {
        let span = error.span().unwrap_or_default();
        Fault { span, problem: error.message().to_owned() }
    };
    Err(errors.iter().map(fault).collect())
}

fn read_table(table: DeTable<'_>) -> Value {
    let mut fields: Vec<_> = table.into_iter().map(|(name, value)| (read_key(&name), read(value))).collect();
    // In the order of the text, so that mistakes are.
    fields.sort_by_key(|(key, _)| key.span.start);
    Value::Table(fields)
}

fn read_key(name: &Spanned<std::borrow::Cow<'_, str>>) -> Key {
    Key { span: name.span(), name: name.get_ref().to_string() }
}

// The parser refuses what is nested more than 80 deep: this may recurse.
fn read(node: Spanned<DeValue<'_>>) -> Node {
    let span = node.span();
    let value = match node.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(whole) => Value::Whole(whole),
            Err(_) => Value::Number(number.to_string()),
        },
        DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(time) => Value::Time(time.to_string()),
        DeValue::Array(items) => Value::List(items.into_iter().map(read).collect()),
        DeValue::Table(table) => read_table(table),
    };
    Node { span, value }
}
