//! Reads conditions and ways to take a field, and names every mistake in them.

use super::condition::{Condition, Subject, Test};
use super::path::{Path, scalar};
use super::read::{Members, Reading};
use super::take::{MapBy, Take, TimeUnit, pieces};
use crate::currency::{Round, Unit};
use crate::json::Json;

const TESTS: &[&str] = &["is", "in", "not", "not_in", "in_list", "not_in_list", "present", "above"];

impl Reading {
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
        const KNOWN: &[&str] =
            &["path", "first", "constant", "is", "in", "not", "not_in", "in_list", "not_in_list", "present", "above"];
        let members = self.members(json, path, KNOWN)?;
        let of = match (members.get("path"), members.get("first"), members.get("constant")) {
            (Some(json), None, None) => self.path(json, path).map(Subject::Path),
            (None, Some(Json::List(paths)), None) if !paths.is_empty() => {
                let paths: Vec<_> = paths.iter().filter_map(|json| self.path(json, path)).collect();
                Some(Subject::First(paths))
            }
            (None, Some(_), None) => self.wrong(path, "`first` is a list of paths"),
            (None, None, Some(Json::Text(name))) if self.names.constants.contains_key(name) => {
                Some(Subject::Constant(name.clone()))
            }
            (None, None, Some(_)) => self.wrong(path, "names none of the table's `constants`"),
            _ => self.wrong(path, "needs a `path`, a `first` or a `constant`"),
        };
        let tests: Vec<_> = members.iter().filter(|(name, _)| TESTS.contains(&name.as_str())).collect();
        let [(name, json)] = tests.as_slice() else {
            return self.wrong(path, format!("needs a `path` and one of {}", TESTS.join(", ")));
        };
        let listed = |list: &str| self.names.lists.contains_key(list).then(|| list.to_owned());
        let test = match (name.as_str(), *json) {
            ("is", json) => scalar(json).map(|text| Test::In(vec![text])),
            ("not", json) => scalar(json).map(|text| Test::NotIn(vec![text])),
            ("in", json) => Some(Test::In(self.texts(json, path))),
            ("not_in", json) => Some(Test::NotIn(self.texts(json, path))),
            ("in_list", Json::Text(list)) => listed(list).map(Test::InList),
            ("not_in_list", Json::Text(list)) => listed(list).map(Test::NotInList),
            ("present", Json::Bool(wanted)) => Some(Test::Present(*wanted)),
            ("above", Json::Number(number)) => number.parse().ok().map(Test::Above),
            _ => None,
        };
        let Some(test) = test else { return self.wrong(path, format!("`{name}` cannot be that")) };
        Some(Condition { of: of?, test })
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
            "less",
            "least",
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
            ("constant", Json::Text(name)) if self.names.constants.contains_key(name) => {
                Some(Take::Constant(name.clone()))
            }
            ("constant", _) => self.wrong(path, "names none of the table's `constants`"),
            ("delivery", Json::Text(what)) if what == "id" => Some(Take::Delivery),
            ("delivery", _) => self.wrong(path, "can be `id` only"),
            ("first", Json::List(entries)) if !entries.is_empty() => self.takes(entries, path).map(Take::First),
            ("sum", json) => self.sum(json, members, path),
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

    fn sum(&mut self, of: &Json, members: &Members, path: &str) -> Option<Take> {
        let of = self.paths(of, path)?;
        let less = match members.get("less") {
            Some(json) => self.paths(json, path)?,
            None => Vec::new(),
        };
        let least = match members.get("least") {
            None => None,
            Some(Json::Number(number)) if number.parse::<i64>().is_ok() => number.parse().ok(),
            Some(_) => return self.wrong(path, "`least` is a whole number"),
        };
        Some(Take::Sum { of, less, least })
    }

    fn paths(&mut self, json: &Json, path: &str) -> Option<Vec<Path>> {
        let entries = match json {
            Json::List(entries) if !entries.is_empty() => entries.as_slice(),
            single => std::slice::from_ref(single),
        };
        let read: Vec<_> = entries.iter().map(|entry| self.path(entry, path)).collect();
        read.into_iter().collect()
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
            Some(Json::Text(name)) if self.names.maps.contains_key(name) => MapBy::Name(name.clone()),
            Some(Json::Text(_)) => return self.wrong(path, "names none of the table's `maps`"),
            Some(json) => MapBy::Inline(self.map(json, path)?),
        };
        Some(Take::Mapped { take: Box::new(take), map, otherwise })
    }
}
