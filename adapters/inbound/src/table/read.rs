//! Reads tables from JSON and names every mistake in them.

use std::collections::BTreeMap;
use std::fmt;

use referral_core::quote::quoted;
use referral_core::value::SourceName;

use super::parse::{amount_mistake, unfit};
use super::path::{Path, scalar};
use super::spec::{Kind, SPECS, Spec, system_of};
use super::take::{Map, Names, Take};
use super::{Expected, Ignored, Rule, Table};
use crate::json::Json;

const MOST_RULES: usize = 256;

const KNOWN: &[&str] =
    &["source", "each", "id", "at", "constants", "maps", "lists", "ignore", "every_event", "rules", "note"];

const RULE: &[&str] = &["name", "when", "skip_without", "command", "expects", "fields", "note"];

/// One mistake in a table, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableMistake {
    /// The path of the entry: `rules.2.fields.total`.
    pub path: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for TableMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

/// A reading under way: what is named so far, and the mistakes.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) mistakes: Vec<TableMistake>,
    pub(crate) names: Names,
}

/// Reads a table.
pub(super) fn table(text: &str) -> Result<Table, Vec<TableMistake>> {
    let mut reading = Reading::default();
    let read = reading.document(text, KNOWN);
    let Some(members) = read else { return Err(reading.mistakes) };
    let source = reading.text(&members, "source", "source").and_then(|text| match SourceName::new(text) {
        Ok(source) => Some(source),
        Err(error) => reading.wrong("source", error.to_string()),
    });
    reading.read_names(&members);
    let each = members.get("each").and_then(|json| reading.path(json, "each"));
    let id = members.get("id").and_then(|json| reading.take(json, "id"));
    let at = members.get("at").and_then(|json| reading.take(json, "at"));
    if at.as_ref().is_some_and(|at| !is_time(at)) {
        reading.wrong::<()>("at", "needs `time` and `unit`");
    }
    let ignore = reading.ignored(&members);
    let every_event = match members.get("every_event") {
        None => false,
        Some(Json::Bool(every_event)) => *every_event,
        Some(_) => reading.wrong("every_event", "is neither true nor false").unwrap_or_default(),
    };
    let mut rules = Vec::new();
    for (index, json) in reading.list(&members, "rules").into_iter().enumerate() {
        rules.extend(reading.rule(json, &format!("rules.{index}"), at.is_some(), source.as_ref()));
    }
    if rules.len() > MOST_RULES {
        reading.wrong::<()>("rules", "are at most 256");
    }
    for (index, rule) in rules.iter().enumerate() {
        if rules.iter().take(index).any(|earlier: &Rule| earlier.name == rule.name) {
            reading.wrong::<()>(&format!("rules.{index}.name"), format!("{} is there twice", quoted(&rule.name)));
        }
    }
    match source {
        Some(source) if reading.mistakes.is_empty() => {
            Ok(Table { source, each, id, at, names: reading.names, ignore, every_event, rules })
        }
        _ => Err(reading.mistakes),
    }
}

fn is_time(take: &Take) -> bool {
    match take {
        Take::Time { .. } => true,
        Take::First(takes) => takes.iter().all(is_time),
        _ => false,
    }
}

pub(super) type Members = BTreeMap<String, Json>;

impl Reading {
    pub(crate) fn wrong<T>(&mut self, path: &str, problem: impl Into<String>) -> Option<T> {
        self.mistakes.push(TableMistake { path: path.to_owned(), problem: problem.into() });
        None
    }

    /// The members of the whole document.
    pub(crate) fn document(&mut self, text: &str, known: &[&str]) -> Option<Members> {
        match Json::read(text.as_bytes()) {
            Ok(json) => self.members(&json, "$", known),
            Err(error) => self.wrong("$", error.to_string()),
        }
    }

    pub(crate) fn members(&mut self, json: &Json, path: &str, known: &[&str]) -> Option<Members> {
        let Json::Object(members) = json else { return self.wrong(path, "is no object") };
        for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
            let problem = format!("{} is unknown; known are {}", quoted(name), known.join(", "));
            self.wrong::<()>(path, problem);
        }
        Some(members.clone())
    }

    pub(crate) fn list<'a>(&mut self, members: &'a Members, name: &str) -> Vec<&'a Json> {
        match members.get(name) {
            Some(Json::List(entries)) => entries.iter().collect(),
            Some(_) => self.wrong::<Vec<_>>(name, "is no list").unwrap_or_default(),
            None => self.wrong::<Vec<_>>(name, "is missing").unwrap_or_default(),
        }
    }

    pub(crate) fn text(&mut self, members: &Members, name: &str, path: &str) -> Option<String> {
        match members.get(name) {
            Some(Json::Text(text)) if !text.is_empty() => Some(text.clone()),
            Some(_) => self.wrong(path, "is no text"),
            None => self.wrong(path, "is missing"),
        }
    }

    /// Reads the constants, maps and lists, which takes and conditions may name.
    pub(crate) fn read_names(&mut self, members: &Members) {
        for (name, value) in self.object(members, "constants") {
            if matches!(value, Json::List(_) | Json::Object(_)) {
                self.wrong::<()>(&format!("constants.{name}"), "is no text, number, truth value or null");
            }
            self.names.constants.insert(name, value);
        }
        for (name, json) in self.object(members, "maps") {
            if let Some(map) = self.map(&json, &format!("maps.{name}")) {
                self.names.maps.insert(name, map);
            }
        }
        for (name, json) in self.object(members, "lists") {
            let list = self.texts(&json, &format!("lists.{name}"));
            self.names.lists.insert(name, list);
        }
    }

    fn object(&mut self, members: &Members, name: &str) -> Members {
        match members.get(name) {
            Some(Json::Object(inner)) => inner.clone(),
            Some(_) => self.wrong(name, "is no object").unwrap_or_default(),
            None => Members::new(),
        }
    }

    fn ignored(&mut self, members: &Members) -> Vec<Ignored> {
        if !members.contains_key("ignore") {
            return Vec::new();
        }
        let mut all = Vec::new();
        for (index, json) in self.list(members, "ignore").into_iter().enumerate() {
            let path = format!("ignore.{index}");
            let Some(members) = self.members(json, &path, &["name", "when", "note"]) else { continue };
            let (name, when) = (self.text(&members, "name", &format!("{path}.name")), self.conditions(&members, &path));
            if when.is_empty() {
                self.wrong::<()>(&path, "needs a `when`: without one every event is ignored");
            }
            all.extend(name.map(|name| Ignored { name, when }));
        }
        all
    }

    pub(super) fn map(&mut self, json: &Json, path: &str) -> Option<Map> {
        let Json::Object(members) = json else { return self.wrong(path, "is no object") };
        let mut map = Map::new();
        for (from, to) in members {
            match scalar(to) {
                Some(to) => drop(map.insert(from.clone(), to)),
                None => drop(self.wrong::<()>(&format!("{path}.{from}"), "is no text")),
            }
        }
        Some(map)
    }

    pub(crate) fn path(&mut self, json: &Json, path: &str) -> Option<Path> {
        let Json::Text(text) = json else { return self.wrong(path, "is no path") };
        match Path::parse(text) {
            Ok(found) => Some(found),
            Err(problem) => self.wrong(path, format!("{} {problem}", quoted(text))),
        }
    }

    fn rule(&mut self, json: &Json, path: &str, has_at: bool, source: Option<&SourceName>) -> Option<Rule> {
        let members = self.members(json, path, RULE)?;
        let name = self.text(&members, "name", &format!("{path}.name"));
        let command = self.text(&members, "command", &format!("{path}.command"));
        let when = self.conditions(&members, path);
        let spec = command.and_then(|command| match Spec::named(&command) {
            Some(spec) => Some(spec),
            None => {
                let known: Vec<_> = SPECS.iter().map(|spec| spec.name).collect();
                let problem = format!("{} is unknown; known are {}", quoted(&command), known.join(", "));
                self.wrong(&format!("{path}.command"), problem)
            }
        })?;
        if !spec.is_unique && !has_at {
            let problem =
                "needs the table's `at`: without the event's own time, a delivery that comes again would be done again";
            self.wrong::<()>(&format!("{path}.command"), problem);
        }
        let fields = self.fields(&members, path, spec, source);
        let skip_without = self.skip_without(&members, path);
        let expects = self.expects(&members, path);
        Some(Rule { name: name?, when, skip_without, command: spec.name, fields, expects })
    }

    fn expects(&mut self, members: &Members, path: &str) -> Vec<Expected> {
        let Some(json) = members.get("expects") else { return Vec::new() };
        let path = format!("{path}.expects");
        let mut expects = Vec::new();
        for name in self.texts(json, &path) {
            match Expected::ALL.iter().find(|(known, _)| *known == name) {
                Some((_, expected)) => expects.push(*expected),
                None => drop(self.wrong::<()>(&path, "may hold unknown_person and known_order only")),
            }
        }
        expects
    }

    fn skip_without(&mut self, members: &Members, path: &str) -> Vec<String> {
        let Some(json) = members.get("skip_without") else { return Vec::new() };
        self.texts(json, &format!("{path}.skip_without"))
    }

    pub(super) fn texts(&mut self, json: &Json, path: &str) -> Vec<String> {
        let Json::List(entries) = json else { return self.wrong(path, "is no list").unwrap_or_default() };
        let mut texts = Vec::new();
        for entry in entries {
            match scalar(entry) {
                Some(text) => texts.push(text),
                None => drop(self.wrong::<()>(path, "holds something other than texts")),
            }
        }
        texts
    }

    fn fields(
        &mut self,
        members: &Members,
        path: &str,
        spec: &Spec,
        source: Option<&SourceName>,
    ) -> Vec<(String, Kind, Take)> {
        let path = format!("{path}.fields");
        let Some(Json::Object(given)) = members.get("fields") else {
            return self.wrong(&path, "is no object").unwrap_or_default();
        };
        let mut fields = Vec::new();
        for (name, json) in given {
            let path = format!("{path}.{name}");
            let Some(kind) = spec.kind(name) else {
                let known: Vec<_> = spec.all().map(|(name, _)| name).collect();
                let problem = format!("`{}` has no such field; it has {}", spec.name, known.join(", "));
                self.wrong::<()>(&path, problem);
                continue;
            };
            if kind == Kind::FurtherIds && system_of(name).is_none_or(|system| SourceName::new(system).is_err()) {
                self.wrong::<()>(&path, "needs the name of a system behind `ids.`, such as `ids.stripe`");
            }
            let Some(take) = self.take(json, &path) else { continue };
            if let Some(problem) = unfit(kind, &take, source) {
                self.wrong::<()>(&path, problem);
            }
            fields.push((name.clone(), kind, take));
        }
        for group in spec.needs {
            let within =
                |name: &str, given: &String| given.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
            let has = |name: &str| given.contains_key(name) || given.keys().any(|given| within(name, given));
            if !group.iter().any(|name| has(name)) {
                self.wrong::<()>(&path, format!("`{}` needs `{}`", spec.name, group.join("` or `")));
            }
        }
        if let Some(problem) = amount_mistake(spec, &fields) {
            self.wrong::<()>(&path, problem);
        }
        // In the order of the command, where the surest way to name a person comes first.
        fields.sort_by_key(|(name, _, _)| spec.place(name));
        fields
    }
}
