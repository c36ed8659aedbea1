//! Holds a tree against the description, and says everything that does not fit.

use super::form::Form;
use super::{Field, Kind, Presence, Table};
use crate::campaign::text::MAX_MISTAKES;
use crate::campaign::text::tree::{Node, Span, Value};
use crate::quote::{excerpt, quoted};
use crate::rule::condition::{Expression, distance};

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::campaign) struct Finding {
    pub(in crate::campaign) path: String,
    pub(in crate::campaign) span: Span,
    pub(in crate::campaign) problem: String,
}

/// What in `node` does not fit `table`, in the order of the text as far as it has one. It stops looking when that is more
/// than is told: a hostile text may hold some hundred thousand mistakes.
pub(in crate::campaign) fn check(node: &Node, table: &'static Table) -> Vec<Finding> {
    let mut checker = Checker { path: String::new(), findings: Vec::new() };
    checker.table(node, table);
    // One more than are told, so that it is known that there are more.
    checker.findings.truncate(MAX_MISTAKES + 1);
    checker.findings.sort_by_key(|finding| finding.span.start);
    checker.findings
}

struct Checker {
    path: String,
    findings: Vec<Finding>,
}

impl Checker {
    fn refuse(&mut self, span: &Span, problem: impl Into<String>) {
        self.findings.push(Finding { path: self.path.clone(), span: span.clone(), problem: problem.into() });
    }

    fn is_full(&self) -> bool {
        self.findings.len() > MAX_MISTAKES
    }

    /// Does `inner` one step further down.
    fn below(&mut self, step: &str, inner: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length > 0 && !step.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(step);
        inner(self);
        self.path.truncate(length);
    }

    fn node(&mut self, node: &Node, kind: &'static Kind) {
        if !kind.begins_like(&node.value) {
            return self.refuse(&node.span, format!("is {}; it must be {}", node.value.name(), kind.name()));
        }
        match (kind, &node.value) {
            (Kind::Text(form), Value::Text(text) | Value::Time(text)) => self.text(node, form, text),
            (Kind::Choice(choices), Value::Text(text)) => self.choice(node, choices, text),
            (Kind::Whole(least, most), Value::Whole(number)) if !(*least..=*most).contains(number) => {
                self.refuse(&node.span, format!("`{number}` is not a whole number from {least} to {most}"));
            }
            (Kind::Condition, Value::Table(_) | Value::Bool(_)) => {
                if let Err(problem) = serde_json::from_value::<Expression>(node.to_json()) {
                    self.refuse(&node.span, problem.to_string());
                }
            }
            (Kind::Table(table), _) => self.table(node, table),
            (Kind::Tagged(tables), _) => self.tagged(node, tables),
            (Kind::List(kind, least, most), Value::List(items)) => self.list(node, items, kind, (*least, *most)),
            (Kind::Either(kinds), value) => {
                if let Some(kind) = kinds.iter().find(|kind| kind.begins_like(value)) {
                    self.node(node, kind);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, node: &Node, form: &Form, text: &str) {
        match (form.check)(text) {
            Ok(()) => {}
            Err(crate::error::Error::InvalidValue { problem, .. }) => self.refuse(&node.span, problem),
            Err(error) => self.refuse(&node.span, error.to_string()),
        }
    }

    fn choice(&mut self, node: &Node, choices: &[(&str, &str)], text: &str) {
        if choices.iter().any(|(name, _)| *name == text) {
            return;
        }
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        self.refuse(&node.span, format!("{} is none of {}", quoted(text), names.join(", ")));
    }

    fn list(&mut self, node: &Node, items: &[Node], kind: &'static Kind, (least, most): (usize, usize)) {
        if items.len() < least {
            self.refuse(&node.span, "is empty");
        }
        if items.len() > most {
            return self.refuse(&node.span, format!("has {} entries; at most {most}", items.len()));
        }
        for (index, item) in items.iter().enumerate() {
            if self.is_full() {
                return;
            }
            self.below(&format!("[{index}]"), |checker| checker.node(item, kind));
        }
    }

    fn table(&mut self, node: &Node, table: &'static Table) {
        let Value::Table(given) = &node.value else {
            return self.refuse(&node.span, format!("is {}; it must be a table", node.value.name()));
        };
        for (key, value) in given {
            if self.is_full() {
                return;
            }
            match table.field(&key.name) {
                Some(field) => self.below(field.name, |checker| checker.node(value, &field.kind)),
                None => self.unknown(&key.span, &key.name, table.fields.iter().collect()),
            }
        }
        for field in table.fields {
            if field.presence == Presence::Required && node.field(field.name).is_none() {
                self.refuse(
                    &node.span,
                    format!("`{}` is missing, such as `{} = {}`", field.name, field.name, field.example),
                );
            }
        }
    }

    fn unknown(&mut self, span: &Span, name: &str, known: Vec<&'static Field>) {
        let shown = quoted(name);
        let near = known.iter().map(|field| (distance(field.name, name), field.name)).min();
        let problem = match near {
            Some((far, near)) if far <= (1 + name.len() / 5).min(3) => {
                format!("no field {shown}; did you mean `{near}`?")
            }
            _ => {
                let names: Vec<_> = known.iter().map(|field| format!("`{}`", field.name)).collect();
                let verb = if names.len() == 1 { "is only" } else { "are" };
                format!("no field {shown}; there {verb} {}", names.join(", "))
            }
        };
        self.below(&excerpt(name), |checker| checker.refuse(span, problem));
    }

    fn tagged(&mut self, node: &Node, tables: &'static [&'static Table]) {
        let found: Vec<_> = tables.iter().filter(|table| node.field(table.tag()).is_some()).collect();
        let names = |tables: &[&Table]| tables.iter().map(|table| format!("`{}`", table.tag())).collect::<Vec<_>>();
        match found.as_slice() {
            [table] => self.table(node, table),
            [] => {
                let known = tables.iter().flat_map(|table| table.fields).collect::<Vec<_>>();
                if let Value::Table(given) = &node.value {
                    let strange = given.iter().filter(|(key, _)| known.iter().all(|field| field.name != key.name));
                    for (key, _) in strange.take(MAX_MISTAKES) {
                        self.unknown(&key.span, &key.name, known.clone());
                    }
                }
                self.refuse(&node.span, format!("needs one of {}", names(tables).join(", ")));
            }
            several => {
                let several: Vec<&Table> = several.iter().map(|table| **table).collect();
                self.refuse(&node.span, format!("has {}; it takes one of them", names(&several).join(" and ")));
            }
        }
    }
}

impl Kind {
    /// Whether `value` is of the sort that this kind is written as.
    fn begins_like(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(form), Value::Time(_)) => form.name == "time",
            (Self::Text(_) | Self::Choice(_), Value::Text(_)) => true,
            (Self::Whole(..), Value::Whole(_)) => true,
            (Self::Condition, Value::Text(_) | Value::Table(_) | Value::Bool(_)) => true,
            (Self::Table(_) | Self::Tagged(_), Value::Table(_)) => true,
            (Self::List(..), Value::List(_)) => true,
            (Self::Either(kinds), value) => kinds.iter().any(|kind| kind.begins_like(value)),
            _ => false,
        }
    }

    /// What it is, in words.
    fn name(&self) -> String {
        match self {
            Self::Text(form) => format!("a string such as `\"{}\"`", form.examples.first().unwrap_or(&"")),
            Self::Choice(choices) => {
                let names: Vec<_> = choices.iter().map(|(name, _)| format!("`\"{name}\"`")).collect();
                format!("one of {}", names.join(", "))
            }
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::Condition => "a condition".to_owned(),
            Self::Table(table) => {
                let tag = table.tag();
                let example = table.fields.first().map_or("", |field| field.example);
                format!("a table such as `{{ {tag} = {example} }}`")
            }
            Self::Tagged(tables) => tables.first().map_or_else(String::new, |table| Self::Table(table).name()),
            Self::List(..) => "a list".to_owned(),
            Self::Either(kinds) => kinds.iter().map(Self::name).collect::<Vec<_>>().join(", or "),
        }
    }
}

impl Value {
    /// What it is, in words.
    fn name(&self) -> &'static str {
        match self {
            Self::Null => "`null`",
            Self::Bool(_) => "a truth value",
            Self::Whole(_) => "a number",
            Self::Number(_) => "a number that is not whole or does not fit 64 bits",
            Self::Text(_) => "a string",
            Self::Time(_) => "a date or time",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}
