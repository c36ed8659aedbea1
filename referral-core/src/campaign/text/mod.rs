//! Campaigns as text: TOML and JSON, read with every mistake at its place, and written without loss.

mod json;
mod place;
mod toml;
pub(super) mod tree;
mod understand;
mod write;

use std::fmt;

use super::model::CampaignModel;
use crate::error::{Error, Mistake, Result};
use place::{Fault, Lines};
use tree::{Node, Value};

pub(super) use understand::understand;

/// The text of a campaign has at most this many bytes: 1 MiB.
pub const MAX_TEXT: usize = 1024 * 1024;

/// So many mistakes are told at most; that there are more is told too.
pub(super) const MAX_MISTAKES: usize = 100;

/// In what a campaign is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// TOML 1.1.
    Toml,
    /// JSON.
    Json,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Toml => "TOML",
            Self::Json => "JSON",
        })
    }
}

/// A definition without mistakes, and what is worth a look in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The definition.
    pub model: CampaignModel,
    /// What is odd: unbounded costs, rules that never pay, limits that limit nothing.
    pub warnings: Vec<Mistake>,
}

impl CampaignModel {
    /// Reads a definition and says what is odd in it, each with its path, line and column.
    ///
    /// # Errors
    /// [`Error::InvalidCampaign`] with every mistake, each with its path, line and column; after 100, that there are more.
    ///
    /// ```
    /// use referral_core::campaign::{CampaignModel, Format};
    /// let text = r#"
    /// name = "spring"
    /// link_host = "go.shop.example"
    ///
    /// [[rewards]]
    /// id = "welcome"
    /// to = "invitee"
    /// on = "joined"
    /// give = { flat = "10 EUR" }
    /// "#;
    /// let checked = CampaignModel::read(text, Format::Toml)?;
    /// assert_eq!(
    ///     checked.warnings[0].to_string(),
    ///     "5:1: rewards[0]: nothing bounds what it can cost: neither it nor the campaign has a limit `per = \"campaign\"`",
    /// );
    /// # Ok::<(), referral_core::error::Error>(())
    /// ```
    pub fn read(text: &str, format: Format) -> Result<Checked> {
        if text.len() > MAX_TEXT {
            return Err(Error::InvalidCampaign(vec![Mistake::new(format!(
                "the text is longer than {MAX_TEXT} bytes"
            ))]));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = Lines::new(text);
        let parsed = match format {
            Format::Toml => toml::parse(text),
            Format::Json => json::parse(text),
        };
        let mut node = match parsed {
            Ok(node) => node,
            Err(faults) => return Err(invalid(syntax(faults, &lines))),
        };
        if let (Format::Json, Value::Table(fields)) = (format, &mut node.value) {
            // Editors look for the schema there.
            fields.retain(|(key, _)| key.name != "$schema");
        }
        let place = |mistake: Mistake, node: &Node| place_in_text(mistake, node, text, &lines);
        let mut checked = understand(&node, &place).map_err(invalid)?;
        checked.warnings.sort_by_key(|warning| (warning.line, warning.column));
        Ok(checked)
    }

    /// Reads TOML.
    ///
    /// # Errors
    /// As [`CampaignModel::read`].
    ///
    /// ```
    /// use referral_core::campaign::CampaignModel;
    /// let error = CampaignModel::from_toml("name = \"spring\"\nlink_hots = \"go.shop.example\"").unwrap_err();
    /// assert!(error.to_string().contains("2:1: link_hots: no field `link_hots`; did you mean `link_host`?"));
    /// ```
    pub fn from_toml(text: &str) -> Result<Self> {
        Self::read(text, Format::Toml).map(|checked| checked.model)
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// As [`CampaignModel::read`].
    pub fn from_json(text: &str) -> Result<Self> {
        Self::read(text, Format::Json).map(|checked| checked.model)
    }

    /// Reads a tree of JSON that has no text, such as one that a program made.
    ///
    /// # Errors
    /// [`Error::InvalidCampaign`] with every mistake, each with its path; those in conditions with line and column there.
    pub fn from_value(value: serde_json::Value) -> Result<Checked> {
        understand(&Node::without_text(value), &|mistake, _| mistake).map_err(invalid)
    }

    /// Holds the definition against all rules, and says what is odd in it, each with its path.
    ///
    /// # Errors
    /// As [`CampaignModel::from_value`].
    pub fn check(&self) -> Result<Vec<Mistake>> {
        let value = serde_json::to_value(self).map_err(|error| invalid(vec![Mistake::new(error.to_string())]))?;
        Self::from_value(value).map(|checked| checked.warnings)
    }
}

/// Mistakes of syntax with their places. What follows on the same line is most often the same mistake.
fn syntax(mut faults: Vec<Fault>, lines: &Lines<'_>) -> Vec<Mistake> {
    faults.dedup_by_key(|fault| lines.line(fault.span.start));
    faults.truncate(MAX_MISTAKES + 1);
    let at_place = |fault: Fault| {
        let (line, column) = lines.place(fault.span.start);
        Mistake { line: Some(line), column: Some(column), ..Mistake::new(fault.problem) }
    };
    faults.into_iter().map(at_place).collect()
}

fn invalid(mut mistakes: Vec<Mistake>) -> Error {
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    if mistakes.len() > MAX_MISTAKES {
        mistakes.truncate(MAX_MISTAKES);
        mistakes.push(Mistake::new("there are more mistakes"));
    }
    Error::InvalidCampaign(mistakes)
}

/// Adds line and column to a mistake at `node`, which is what stands at its path or the innermost around it. A mistake
/// inside a condition has a place in that string already.
fn place_in_text(mistake: Mistake, node: &Node, text: &str, lines: &Lines<'_>) -> Mistake {
    let mut offset = node.span.start;
    if let (Value::Text(_), Some(line), Some(column)) = (&node.value, mistake.line, mistake.column) {
        let raw = text.get(node.span.clone()).unwrap_or_default();
        offset += place::inside(raw, line, column);
    }
    let (line, column) = lines.place(offset);
    Mistake { line: Some(line), column: Some(column), ..mistake }
}

#[cfg(test)]
pub(super) fn toml_tree(text: &str) -> Node {
    toml::parse(text).unwrap_or_else(|faults| panic!("{faults:?}\n{text}"))
}
