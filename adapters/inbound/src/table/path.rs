//! Where something lies in an event.

use std::fmt;

use crate::json::Json;

const MOST_SEGMENTS: usize = 16;

/// A way into JSON: `data.object.id`, `items.0.sku`. `$.` begins at the whole body instead of the event, `*` stands for every
/// entry of a list, and `\.` for a dot in a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    from_body: bool,
    segments: Vec<String>,
}

/// The event that is mapped, and the body that it came in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) body: &'a Json,
    pub(crate) event: &'a Json,
}

impl Path {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (from_body, rest) = match text.strip_prefix('$') {
            Some("") => return Ok(Self { from_body: true, segments: Vec::new() }),
            Some(rest) => (true, rest.strip_prefix('.').ok_or("goes on after `$` without a dot")?),
            None => (false, text),
        };
        let (mut segments, mut segment, mut characters) = (Vec::new(), String::new(), rest.chars());
        while let Some(character) = characters.next() {
            match character {
                '\\' => segment.push(characters.next().ok_or("ends with a backslash")?),
                '.' => segments.push(std::mem::take(&mut segment)),
                other => segment.push(other),
            }
        }
        segments.push(segment);
        if segments.iter().any(String::is_empty) {
            return Err("has an empty part".to_owned());
        }
        if segments.len() > MOST_SEGMENTS {
            return Err("has more than 16 parts".to_owned());
        }
        Ok(Self { from_body, segments })
    }

    /// Whether it may lead to several places.
    pub(crate) fn is_many(&self) -> bool {
        self.segments.iter().any(|segment| segment == "*")
    }

    /// What it leads to first; nothing if that is absent, `null` or an empty text.
    pub(crate) fn find<'a>(&self, place: Place<'a>) -> Option<&'a Json> {
        self.find_all(place).into_iter().next()
    }

    /// The body with something else in the place that it leads to; nothing if it leads nowhere.
    pub(crate) fn replaced(&self, body: Json, new: Json) -> Option<Json> {
        replaced(body, &self.segments, new)
    }

    /// Everything that it leads to.
    pub(crate) fn find_all<'a>(&self, place: Place<'a>) -> Vec<&'a Json> {
        let mut found = vec![if self.from_body { place.body } else { place.event }];
        for segment in &self.segments {
            found = found.into_iter().flat_map(|json| step(json, segment)).collect();
        }
        found.retain(|json| !matches!(json, Json::Null) && !matches!(json, Json::Text(text) if text.is_empty()));
        found
    }
}

fn replaced(json: Json, segments: &[String], new: Json) -> Option<Json> {
    let Some((first, rest)) = segments.split_first() else { return Some(new) };
    match json {
        Json::Object(mut members) => {
            let inner = members.remove(first)?;
            members.insert(first.clone(), replaced(inner, rest, new)?);
            Some(Json::Object(members))
        }
        Json::List(mut entries) => {
            let place = first.parse::<usize>().ok().and_then(|index| entries.get_mut(index))?;
            *place = replaced(std::mem::replace(place, Json::Null), rest, new)?;
            Some(Json::List(entries))
        }
        _ => None,
    }
}

fn step<'a>(json: &'a Json, segment: &str) -> Vec<&'a Json> {
    match (json, segment) {
        (Json::List(entries), "*") => entries.iter().collect(),
        _ => json.get(segment).into_iter().collect(),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from_body {
            f.write_str("$")?;
        }
        for (index, segment) in self.segments.iter().enumerate() {
            if index > 0 || self.from_body {
                f.write_str(".")?;
            }
            f.write_str(&segment.replace('\\', "\\\\").replace('.', "\\."))?;
        }
        Ok(())
    }
}

/// A text, number or truth value as text.
pub(crate) fn scalar(json: &Json) -> Option<String> {
    match json {
        Json::Text(text) | Json::Number(text) => Some(text.clone()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::List(_) | Json::Object(_) => None,
    }
}
