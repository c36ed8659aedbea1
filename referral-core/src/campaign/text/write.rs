//! Writes a definition: TOML as a person would, and JSON. Read back, both are the same definition.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

use crate::campaign::model::CampaignModel;
use crate::campaign::shape::{CAMPAIGN, Kind, Table};

impl CampaignModel {
    /// The definition as TOML, with what differs from the defaults.
    ///
    /// ```
    /// use referral_core::campaign::CampaignModel;
    /// let model = CampaignModel::from_json(r#"{"name": "spring", "link_host": "go.shop.example"}"#)?;
    /// assert_eq!(
    ///     model.to_toml(),
    ///     "name = \"spring\"\nzone = \"UTC\"\nlink_host = \"go.shop.example\"\n",
    /// );
    /// assert_eq!(CampaignModel::from_toml(&model.to_toml())?, model);
    /// # Ok::<(), referral_core::error::Error>(())
    /// ```
    #[must_use]
    pub fn to_toml(&self) -> String {
        // INVARIANT: every type in the model serialises.
        let Ok(Json::Object(map)) = serde_json::to_value(self) else { return String::new() };
        let mut head = String::new();
        let mut sections = String::new();
        for (name, kind, value) in in_order(&CAMPAIGN, &map) {
            match (kind, value) {
                (Kind::Table(table), Json::Object(inner)) => {
                    let _ = write!(sections, "\n[{name}]\n{}", lines(table, inner));
                }
                (Kind::List(Kind::Table(table), ..), Json::Array(items)) => {
                    for inner in items.iter().filter_map(Json::as_object) {
                        let _ = write!(sections, "\n[[{name}]]\n{}", lines(table, inner));
                    }
                }
                _ => line(&mut head, name, kind, value),
            }
        }
        head + &sections
    }

    /// The definition as JSON, with what differs from the defaults.
    #[must_use]
    pub fn to_json(&self) -> String {
        // INVARIANT: every type in the model serialises.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// The fields that are there, in the order of the description.
fn in_order<'m>(
    table: &'static Table,
    map: &'m Map<String, Json>,
) -> impl Iterator<Item = (&'static str, &'static Kind, &'m Json)> {
    table.fields.iter().filter_map(|field| Some((field.name, &field.kind, map.get(field.name)?)))
}

fn lines(table: &'static Table, map: &Map<String, Json>) -> String {
    let mut lines = String::new();
    for (name, kind, value) in in_order(table, map) {
        line(&mut lines, name, kind, value);
    }
    lines
}

fn line(lines: &mut String, name: &str, kind: &'static Kind, value: &Json) {
    let _ = match value {
        Json::Array(items) if items.len() > 1 && items.iter().all(Json::is_object) => {
            let items: Vec<_> =
                items.iter().map(|item| format!("    {},\n", inline(kind.of_entries(), item))).collect();
            writeln!(lines, "{name} = [\n{}]", items.concat())
        }
        _ => writeln!(lines, "{name} = {}", inline(kind, value)),
    };
}

fn inline(kind: &'static Kind, value: &Json) -> String {
    match value {
        Json::String(text) => quoted(text),
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| inline(kind.of_entries(), item)).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(map) => {
            let fields = kind.table_of(map).map(|table| in_order(table, map)).into_iter().flatten();
            let fields: Vec<_> =
                fields.map(|(name, kind, value)| format!("{name} = {}", inline(kind, value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

impl Kind {
    /// The kind of the entries, if it can be a list.
    fn of_entries(&'static self) -> &'static Self {
        match self {
            Self::List(kind, ..) => kind,
            Self::Either(kinds) => {
                kinds.iter().find(|kind| matches!(kind, Self::List(..))).map_or(self, Self::of_entries)
            }
            _ => self,
        }
    }

    /// The table that describes `map`.
    fn table_of(&'static self, map: &Map<String, Json>) -> Option<&'static Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Tagged(tables) => tables.iter().find(|table| map.contains_key(table.tag())).copied(),
            Self::Either(kinds) => kinds.iter().find_map(|kind| kind.table_of(map)),
            _ => None,
        }
    }
}

/// `text` as a string of TOML: on several lines if it has several, and without escapes where it can be.
fn quoted(text: &str) -> String {
    let plain = |c: char| !c.is_control() || c == '\t';
    let is_plain = text.chars().all(plain);
    if text.contains('\n')
        && text.chars().all(|c| c == '\n' || plain(c))
        && !text.contains("''")
        && !text.ends_with('\'')
    {
        return format!("'''\n{text}'''");
    }
    if is_plain && text.contains(['"', '\\']) && !text.contains('\'') {
        return format!("'{text}'");
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        let _ = match c {
            '"' | '\\' => write!(quoted, "\\{c}"),
            '\n' => write!(quoted, "\\n"),
            c if plain(c) => write!(quoted, "{c}"),
            c => write!(quoted, "\\u{:04X}", u32::from(c)),
        };
    }
    quoted + "\""
}
