//! The reference of all fields, made from the description: what `docs/campaigns.md` shows.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::form::Form;
use super::{CAMPAIGN, Field, Kind, Presence, Table};
use crate::campaign::compiled::roots;
use crate::campaign::lint::qualification_roots;
use crate::campaign::model::{QualifiesOn, Trigger};
use crate::rule::condition::{Root, Schema};

/// The reference of all tables and fields in Markdown, as `docs/campaigns.md` has it.
#[must_use]
pub fn reference() -> String {
    let mut writer = Writer { text: String::new(), seen: BTreeSet::new(), forms: Vec::new() };
    writer.table(&CAMPAIGN, "The campaign");
    writer.forms();
    writer.text
}

/// The reference of all fields that a condition may name, in Markdown, as `docs/campaigns.md` has it.
#[must_use]
pub fn condition_reference() -> String {
    let mut text = "| where | what it may ask about |\n|---|---|\n".to_owned();
    let row = |text: &mut String, place: &str, roots: &[Root]| {
        let roots: Vec<_> = roots.iter().map(|root| format!("`{}`", root.name())).collect();
        let _ = writeln!(text, "| {place} | {} |", roots.join(", "));
    };
    for (name, on) in [("joined", QualifiesOn::Joined), ("purchase", QualifiesOn::Purchase)] {
        let places = if on == QualifiesOn::Joined { format!("`{name}`") } else { format!("`{name}`, `conversion`") };
        row(&mut text, &format!("`qualification.when` with `on` = {places}"), qualification_roots(on));
    }
    for on in [Trigger::Joined, Trigger::Shared, Trigger::Qualified] {
        let name = serde_json::to_value(on).unwrap_or_default();
        row(&mut text, &format!("a reward on `{}`", name.as_str().unwrap_or_default()), roots(on));
    }
    let conversions = "a reward on `purchase`, `renewal`, `subscription`, `custom`";
    row(&mut text, conversions, roots(Trigger::Purchase));
    text.push_str("\n| field | type | may be missing | what it is |\n|---|---|---|---|\n");
    let all = [Root::Order, Root::Invitee, Root::Referrer, Root::Referral, Root::Share, Root::Now];
    for field in Schema::new(&all, &[]).iter().flat_map(Schema::fields) {
        let kind = serde_json::to_value(field.kind).unwrap_or_default();
        let (kind, missing) = (kind.as_str().unwrap_or_default(), if field.nullable { "yes" } else { "" });
        let _ = writeln!(text, "| `{}` | {kind} | {missing} | {} |", field.path, field.doc);
    }
    text
}

struct Writer {
    text: String,
    seen: BTreeSet<&'static str>,
    forms: Vec<&'static Form>,
}

impl Writer {
    fn table(&mut self, table: &'static Table, title: &str) {
        if !self.seen.insert(table.name) {
            return;
        }
        let _ = write!(self.text, "### {title}\n\n{}\n\n", table.doc);
        self.text.push_str("| field | holds | without it | meaning | example |\n|---|---|---|---|---|\n");
        for field in table.fields {
            let presence = match field.presence {
                Presence::Required => "**required**".to_owned(),
                Presence::Without(words) => words.to_owned(),
                Presence::Default(value) => format!("`{value}`"),
            };
            let (kind, doc) = (self.kind(&field.kind), field.text());
            let (doc, example) = (cell(&doc), cell(field.example));
            let _ = writeln!(self.text, "| `{}` | {kind} | {presence} | {doc} | `{example}` |", field.name);
        }
        self.text.push('\n');
        for field in table.fields {
            self.below(&field.kind);
        }
    }

    fn below(&mut self, kind: &'static Kind) {
        match kind {
            Kind::Table(table) => self.table(table, &title(table)),
            Kind::Tagged(tables) => tables.iter().for_each(|table| self.table(table, &title(table))),
            Kind::List(kind, ..) => self.below(kind),
            Kind::Either(kinds) => kinds.iter().for_each(|kind| self.below(kind)),
            Kind::Text(_) | Kind::Choice(_) | Kind::Whole(..) | Kind::Condition => {}
        }
    }

    fn kind(&mut self, kind: &'static Kind) -> String {
        match kind {
            Kind::Text(form) => {
                if !self.forms.iter().any(|known| known.name == form.name) {
                    self.forms.push(form);
                }
                format!("[{}](#forms)", form.name)
            }
            Kind::Choice(choices) => choices.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", "),
            Kind::Whole(least, most) if *most >= 0xFFFF_FFFF => format!("a whole number from {least}"),
            Kind::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Kind::Condition => "[condition](#conditions)".to_owned(),
            Kind::Table(table) => link(table),
            Kind::Tagged(tables) => tables.iter().map(|table| link(table)).collect::<Vec<_>>().join(" or "),
            Kind::List(kind, 0, most) => format!("a list of at most {most}: {}", self.kind(kind)),
            Kind::List(kind, least, most) => format!("a list of {least} to {most}: {}", self.kind(kind)),
            Kind::Either(kinds) => kinds.iter().map(|kind| self.kind(kind)).collect::<Vec<_>>().join(" or "),
        }
    }

    fn forms(&mut self) {
        self.text.push_str("### Forms\n\n| form | what it is | examples |\n|---|---|---|\n");
        for form in &self.forms {
            let examples: Vec<_> = form.examples.iter().map(|example| format!("`\"{example}\"`")).collect();
            let _ = writeln!(self.text, "| {} | {} | {} |", form.name, cell(form.doc), cell(&examples.join(", ")));
        }
    }
}

/// A bar ends a cell, also inside code.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn title(table: &Table) -> String {
    format!("Table {}", table.name)
}

fn link(table: &Table) -> String {
    format!("[{}](#table-{})", table.name, table.name)
}

impl Field {
    /// What it means, with what each of its choices means.
    pub(super) fn text(&self) -> String {
        let choices = match &self.kind {
            Kind::Choice(choices) => *choices,
            Kind::Either([Kind::Choice(choices), ..]) | Kind::List(Kind::Choice(choices), ..) => choices,
            _ => return self.doc.to_owned(),
        };
        let choices: Vec<_> = choices.iter().map(|(name, doc)| format!("`{name}`: {doc}")).collect();
        format!("{} {}.", self.doc, choices.join("; "))
    }
}
