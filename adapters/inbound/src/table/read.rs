//! Reads tables from JSON and names every mistake in them.

use std::collections::BTreeMap;
use std::fmt;

use referral_core::quote::quoted;
use referral_core::value::SourceName;

use super::command::{Kind, Spec, amount_mistake, unfit};
use super::path::{Condition, Path, Test, scalar};
use super::take::{Map, MapBy, Take, TimeUnit, pieces};
use super::{Rule, Table};
use crate::currency::{Round, Unit};
use crate::json::Json;

const MOST_RULES: usize = 256;

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
    pub(crate) constants: BTreeMap<String, Json>,
    pub(crate) maps: BTreeMap<String, Map>,
}

/// Reads a table.
pub(super) fn table(text: &str) -> Result<Table, Vec<TableMistake>> {
    let mut reading = Reading::default();
    let read = reading.document(text, &["source", "each", "id", "at", "constants", "maps", "rules", "note"]);
    let Some(members) = read else { return Err(reading.mistakes) };
    let source = reading.text(&members, "source", "source").and_then(|text| match SourceName::new(text) {
        Ok(source) => Some(source),
        Err(error) => reading.wrong("source", error.to_string()),
    });
    reading.names(&members);
    let each = members.get("each").and_then(|json| reading.path(json, "each"));
    let id = members.get("id").and_then(|json| reading.take(json, "id"));
    let at = members.get("at").and_then(|json| reading.take(json, "at"));
    if at.as_ref().is_some_and(|at| !is_time(at)) {
        reading.wrong::<()>("at", "needs `time` and `unit`");
    }
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
            Ok(Table { source, each, id, at, constants: reading.constants, maps: reading.maps, rules })
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

type Members = BTreeMap<String, Json>;

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

    /// Reads the constants and maps, which takes may name.
    pub(crate) fn names(&mut self, members: &Members) {
        match members.get("constants") {
            Some(Json::Object(constants)) => {
                for (name, value) in constants {
                    if matches!(value, Json::List(_) | Json::Object(_)) {
                        self.wrong::<()>(&format!("constants.{name}"), "is no text, number, truth value or null");
                    }
                }
                self.constants.clone_from(constants);
            }
            Some(_) => drop(self.wrong::<()>("constants", "is no object")),
            None => {}
        }
        match members.get("maps") {
            Some(Json::Object(maps)) => {
                for (name, json) in maps {
                    if let Some(map) = self.map(json, &format!("maps.{name}")) {
                        self.maps.insert(name.clone(), map);
                    }
                }
            }
            Some(_) => drop(self.wrong::<()>("maps", "is no object")),
            None => {}
        }
    }

    fn map(&mut self, json: &Json, path: &str) -> Option<Map> {
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
        let members = self.members(json, path, &["name", "when", "skip_without", "command", "fields", "note"])?;
        let name = self.text(&members, "name", &format!("{path}.name"));
        let command = self.text(&members, "command", &format!("{path}.command"));
        let when = self.conditions(&members, path);
        let spec = command.and_then(|command| match Spec::named(&command) {
            Some(spec) => Some(spec),
            None => {
                let known: Vec<_> = super::command::SPECS.iter().map(|spec| spec.name).collect();
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
        Some(Rule { name: name?, when, skip_without, command: spec.name, fields })
    }

    fn skip_without(&mut self, members: &Members, path: &str) -> Vec<String> {
        let Some(json) = members.get("skip_without") else { return Vec::new() };
        self.texts(json, &format!("{path}.skip_without"))
    }

    fn texts(&mut self, json: &Json, path: &str) -> Vec<String> {
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
                let known: Vec<_> = spec.fields.iter().map(|(name, _)| *name).collect();
                let problem = format!("`{}` has no such field; it has {}", spec.name, known.join(", "));
                self.wrong::<()>(&path, problem);
                continue;
            };
            let Some(take) = self.take(json, &path) else { continue };
            if let Some(problem) = unfit(kind, &take, source) {
                self.wrong::<()>(&path, problem);
            }
            fields.push((name.clone(), kind, take));
        }
        for group in spec.needs {
            if !group.iter().any(|name| given.contains_key(*name)) {
                self.wrong::<()>(&path, format!("`{}` needs `{}`", spec.name, group.join("` or `")));
            }
        }
        if let Some(problem) = amount_mistake(spec, &fields) {
            self.wrong::<()>(&path, problem);
        }
        // In the order of the command, where the surest way to name a person comes first.
        let place = |name: &str| spec.fields.iter().position(|(known, _)| name.starts_with(known));
        fields.sort_by_key(|(name, _, _)| place(name));
        fields
    }

    pub(crate) fn conditions(&mut self, members: &Members, path: &str) -> Vec<Condition> {
        let path = format!("{path}.when");
        let entries = match members.get("when") {
            Some(Json::List(entries)) => entries,
            Some(_) => return self.wrong(&path, "is no list").unwrap_or_default(),
            None => return Vec::new(),
        };
        let named = entries.iter().enumerate().map(|(index, entry)| (format!("{path}.{index}"), entry));
        named.filter_map(|(path, entry)| self.condition(entry, &path)).collect()
    }

    fn condition(&mut self, json: &Json, path: &str) -> Option<Condition> {
        let members = self.members(json, path, &["path", "is", "in", "not", "not_in", "present", "above"])?;
        let found = members.get("path").and_then(|json| self.path(json, path));
        let tests: Vec<_> = members.iter().filter(|(name, _)| *name != "path").collect();
        let [(name, json)] = tests.as_slice() else {
            return self.wrong(path, "needs a `path` and one of `is`, `in`, `not`, `not_in`, `present`, `above`");
        };
        let test = match (name.as_str(), *json) {
            ("is", json) => scalar(json).map(|text| Test::In(vec![text])),
            ("not", json) => scalar(json).map(|text| Test::NotIn(vec![text])),
            ("in", json) => Some(Test::In(self.texts(json, path))),
            ("not_in", json) => Some(Test::NotIn(self.texts(json, path))),
            ("present", Json::Bool(wanted)) => Some(Test::Present(*wanted)),
            ("above", Json::Number(number)) => number.parse().ok().map(Test::Above),
            _ => None,
        };
        let Some(test) = test else { return self.wrong(path, format!("`{name}` cannot be that")) };
        let Some(found) = found else { return self.wrong(path, "needs a `path`") };
        Some(Condition { path: found, test })
    }

    /// How a field is taken.
    pub(crate) fn take(&mut self, json: &Json, path: &str) -> Option<Take> {
        const KNOWN: &[&str] = &[
            "path",
            "value",
            "constant",
            "delivery",
            "first",
            "template",
            "list",
            "sum",
            "amount",
            "time",
            "currency",
            "unit",
            "round",
            "as",
            "map",
            "otherwise",
        ];
        if let Json::Text(_) = json {
            return self.path(json, path).map(Take::Path);
        }
        let members = self.members(json, path, KNOWN)?;
        let ways = ["path", "value", "constant", "delivery", "first", "template", "list", "sum", "amount", "time"];
        let given: Vec<_> = ways.iter().filter(|way| members.contains_key(**way)).collect();
        let [way] = given.as_slice() else {
            return self.wrong(path, format!("needs exactly one of {}", ways.join(", ")));
        };
        let take = self.way(way, &members, path)?;
        self.mapped(take, &members, path)
    }

    fn way(&mut self, way: &str, members: &Members, path: &str) -> Option<Take> {
        let json = members.get(way)?;
        match (way, json) {
            ("path", json) => self.path(json, path).map(Take::Path),
            ("value", json) if scalar(json).is_some() => Some(Take::Value(json.clone())),
            ("constant", Json::Text(name)) if self.constants.contains_key(name) => Some(Take::Constant(name.clone())),
            ("constant", _) => self.wrong(path, "names none of the table's `constants`"),
            ("delivery", Json::Text(what)) if what == "id" => Some(Take::Delivery),
            ("delivery", _) => self.wrong(path, "can be `id` only"),
            ("first", Json::List(entries)) if !entries.is_empty() => self.takes(entries, path).map(Take::First),
            ("sum", json) => self.path(json, path).map(Take::Sum),
            ("list", Json::List(entries)) => self.takes(entries, path).map(Take::List),
            ("template", Json::Text(text)) => match pieces(text) {
                Ok(pieces) => Some(Take::Template(pieces)),
                Err(problem) => self.wrong(path, problem),
            },
            ("amount", json) => self.money(json, members, path),
            ("time", json) => self.time(json, members, path),
            _ => self.wrong(path, format!("`{way}` cannot be that")),
        }
    }

    fn time(&mut self, time: &Json, members: &Members, path: &str) -> Option<Take> {
        let time = Box::new(self.take(time, path)?);
        let mut unit = |name: &str| match members.get(name).and_then(scalar).as_deref() {
            Some("seconds") => Some(TimeUnit::Seconds),
            Some("milliseconds") => Some(TimeUnit::Milliseconds),
            Some("rfc3339") => Some(TimeUnit::Rfc3339),
            _ => self.wrong(path, format!("`{name}` of a time is `seconds`, `milliseconds` or `rfc3339`")),
        };
        let time = Take::Time { time, unit: unit("unit")? };
        if !members.contains_key("as") {
            return Some(time);
        }
        Some(Take::Written { time: Box::new(time), unit: unit("as")? })
    }

    fn takes(&mut self, entries: &[Json], path: &str) -> Option<Vec<Take>> {
        let read = entries.iter().enumerate().map(|(index, entry)| self.take(entry, &format!("{path}.{index}")));
        // All are read before the first that failed ends it, so that each mistake is named.
        read.collect::<Vec<_>>().into_iter().collect()
    }

    fn money(&mut self, amount: &Json, members: &Members, path: &str) -> Option<Take> {
        let amount = self.take(amount, path);
        let Some(currency) = members.get("currency") else { return self.wrong(path, "an `amount` needs a `currency`") };
        let currency = self.take(currency, path);
        let unit = match members.get("unit").and_then(scalar).as_deref() {
            Some("major") => Unit::Major,
            Some("minor") => Unit::Minor,
            Some("stripe") => Unit::Stripe,
            _ => return self.wrong(path, "`unit` of an amount is `major`, `minor` or `stripe`"),
        };
        let round = match members.get("round").map(scalar) {
            None => Round::Exact,
            Some(Some(text)) if text == "up" => Round::Up,
            Some(_) => return self.wrong(path, "`round` can be `up` only"),
        };
        Some(Take::Money { amount: Box::new(amount?), currency: Box::new(currency?), unit, round })
    }

    fn mapped(&mut self, take: Take, members: &Members, path: &str) -> Option<Take> {
        let otherwise = members.get("otherwise").and_then(scalar);
        let map = match members.get("map") {
            None if otherwise.is_some() => return self.wrong(path, "`otherwise` needs a `map`"),
            None => return Some(take),
            Some(Json::Text(name)) if self.maps.contains_key(name) => MapBy::Name(name.clone()),
            Some(Json::Text(_)) => return self.wrong(path, "names none of the table's `maps`"),
            Some(json) => MapBy::Inline(self.map(json, path)?),
        };
        Some(Take::Mapped { take: Box::new(take), map, otherwise })
    }
}
