//! What the text of a campaign may hold: one description of every table and field.
//!
//! Reading, writing, the JSON Schema and the reference in `docs/campaigns.md` all come from it; tests prove that it and
//! the types of `model` say the same. What several fields say together is the business of `lint`.

mod check;
mod document;
mod form;
mod reward;
mod schema;
mod share;
mod table;
mod upload;

pub(super) use check::{Finding, check};
pub use document::{condition_reference, reference};
pub(super) use table::CAMPAIGN;

use form::Form;

/// A table: its fields, in the order in which they are written.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    pub(super) fields: &'static [Field],
}

/// A field of a table.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) presence: Presence,
    pub(super) doc: &'static str,
    /// A value as TOML writes it.
    pub(super) example: &'static str,
}

/// Whether a field may be left out, and what then holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    /// Without it, this holds: in words.
    Without(&'static str),
    /// Without it, this value holds: as TOML writes it.
    Default(&'static str),
}

/// What a field holds.
#[derive(Debug)]
pub(super) enum Kind {
    /// A string of some form.
    Text(&'static Form),
    /// One of some names, each with what it means.
    Choice(&'static [(&'static str, &'static str)]),
    /// A whole number between two, both included.
    Whole(i64, i64),
    /// A condition as text or as a tree.
    Condition,
    /// A table.
    Table(&'static Table),
    /// The table whose first field is there.
    Tagged(&'static [&'static Table]),
    /// At least and at most so many of a kind.
    List(&'static Kind, usize, usize),
    /// Whichever the text begins like.
    Either(&'static [Kind]),
}

impl Table {
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The name of the first field: what tells a tagged table.
    pub(super) fn tag(&self) -> &'static str {
        self.fields.first().map_or("", |field| field.name)
    }
}
