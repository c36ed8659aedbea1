//! What a field is made of: a path, a constant, the first of several, a template, an amount, a time.

use std::collections::BTreeMap;

use referral_core::quote::quoted;
use referral_core::value::{Money, Timestamp};

use super::path::{Path, Place, scalar};
use crate::currency::{self, Round, Unit};
use crate::json::Json;

/// Texts by other texts.
pub(crate) type Map = BTreeMap<String, String>;

/// What a table names, for its rules to use and for code to set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) constants: BTreeMap<String, Json>,
    pub(crate) maps: BTreeMap<String, Map>,
    pub(crate) lists: BTreeMap<String, Vec<String>>,
}

impl Names {
    /// A constant that is set.
    pub(crate) fn constant(&self, name: &str) -> Option<&Json> {
        self.constants.get(name).filter(|found| **found != Json::Null)
    }
}

/// How a field is taken from an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Take {
    Path(Path),
    Value(Json),
    Constant(String),
    /// The id of the delivery, where the scheme signs one.
    Delivery,
    First(Vec<Take>),
    Template(Vec<Piece>),
    List(Vec<Take>),
    /// Whole numbers together, less others: several taxes of one invoice. Below `least` it counts as absent.
    Sum {
        of: Vec<Path>,
        less: Vec<Path>,
        least: Option<i64>,
    },
    Mapped {
        take: Box<Take>,
        map: MapBy,
        otherwise: Option<String>,
    },
    Money {
        amount: Box<Take>,
        currency: Box<Take>,
        unit: Unit,
        round: Round,
    },
    Time {
        time: Box<Take>,
        unit: TimeUnit,
    },
    /// A time in another form.
    Written {
        time: Box<Take>,
        unit: TimeUnit,
    },
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Path(Path),
}

/// The map to look a text up in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MapBy {
    Name(String),
    Inline(Map),
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeUnit {
    Seconds,
    Milliseconds,
    Rfc3339,
}

/// What was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Plain(Json),
    Money(Money),
    Time(Timestamp),
    List(Vec<String>),
}

/// All that a field may be taken from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) place: Place<'a>,
    pub(crate) names: &'a Names,
    pub(crate) delivery: Option<&'a str>,
}

const NOT_PLAIN: &str = "is not a text, a number or a truth value";

impl Take {
    /// What it takes; nothing if that is absent.
    pub(crate) fn take(&self, scope: Scope<'_>) -> Result<Option<Taken>, String> {
        match self {
            Self::Path(path) => match path.find(scope.place) {
                Some(found) if scalar(found).is_some() => Ok(Some(Taken::Plain(found.clone()))),
                Some(_) => Err(NOT_PLAIN.to_owned()),
                None => Ok(None),
            },
            Self::Value(value) => Ok(Some(Taken::Plain(value.clone()))),
            Self::Constant(name) => Ok(scope.names.constant(name).cloned().map(Taken::Plain)),
            Self::Delivery => Ok(scope.delivery.map(|id| Taken::Plain(Json::Text(id.to_owned())))),
            Self::First(takes) => first(takes, scope),
            Self::Template(pieces) => Ok(template(pieces, scope).map(|text| Taken::Plain(Json::Text(text)))),
            Self::List(takes) => list(takes, scope).map(Taken::List).map(Some),
            Self::Sum { of, less, least } => {
                let sum = sum(of, less, scope)?.filter(|sum| least.is_none_or(|least| *sum >= least));
                Ok(sum.map(|sum| Taken::Plain(Json::Number(sum.to_string()))))
            }
            Self::Mapped { take, map, otherwise } => {
                let Some(text) = take.text(scope)? else { return Ok(None) };
                let map = match map {
                    MapBy::Inline(map) => Some(map),
                    MapBy::Name(name) => scope.names.maps.get(name),
                };
                let found = map.and_then(|map| map.get(&text)).or(otherwise.as_ref());
                Ok(found.map(|found| Taken::Plain(Json::Text(found.clone()))))
            }
            Self::Money { amount, currency, unit, round } => {
                let Some(amount) = amount.text(scope)? else { return Ok(None) };
                let currency = currency.text(scope)?.ok_or("has no currency")?;
                currency::money(amount.trim(), currency.trim(), *unit, *round).map(|money| Some(Taken::Money(money)))
            }
            Self::Time { time, unit } => match time.text(scope)? {
                Some(text) => time_of(text.trim(), *unit).map(|time| Some(Taken::Time(time))),
                None => Ok(None),
            },
            Self::Written { time, unit } => match time.take(scope)? {
                Some(Taken::Time(time)) => Ok(Some(Taken::Plain(written(time, *unit)))),
                _ => Ok(None),
            },
        }
    }

    /// What it takes, as text.
    pub(crate) fn text(&self, scope: Scope<'_>) -> Result<Option<String>, String> {
        match self.take(scope)? {
            None => Ok(None),
            Some(Taken::Plain(json)) => scalar(&json).map(Some).ok_or_else(|| NOT_PLAIN.to_owned()),
            Some(Taken::Money(money)) => Ok(Some(money.to_string())),
            Some(Taken::Time(time)) => Ok(Some(time.to_string())),
            Some(Taken::List(_)) => Err(NOT_PLAIN.to_owned()),
        }
    }
}

/// The first that is there. One that is there and cannot be read counts as absent only if a later one can be read: an
/// expanded object, where its id is looked for under both forms.
fn first(takes: &[Take], scope: Scope<'_>) -> Result<Option<Taken>, String> {
    let mut problem = None;
    for take in takes {
        match take.take(scope) {
            Ok(Some(taken)) => return Ok(Some(taken)),
            Ok(None) => {}
            Err(found) => problem = problem.or(Some(found)),
        }
    }
    problem.map_or(Ok(None), Err)
}

/// The text, if all parts are there.
fn template(pieces: &[Piece], scope: Scope<'_>) -> Option<String> {
    let part = |piece: &Piece| match piece {
        Piece::Text(text) => Some(text.clone()),
        Piece::Path(path) => path.find(scope.place).and_then(scalar),
    };
    pieces.iter().map(part).collect()
}

fn list(takes: &[Take], scope: Scope<'_>) -> Result<Vec<String>, String> {
    let mut texts = Vec::new();
    for take in takes {
        match take {
            Take::Path(path) if path.is_many() => {
                for found in path.find_all(scope.place) {
                    texts.push(scalar(found).ok_or(NOT_PLAIN)?);
                }
            }
            other => texts.extend(other.text(scope)?),
        }
    }
    Ok(texts)
}

/// The sum of all that `of` leads to, less all that `less` leads to; nothing if `of` leads nowhere.
fn sum(of: &[Path], less: &[Path], scope: Scope<'_>) -> Result<Option<i64>, String> {
    let numbers = |paths: &[Path]| -> Result<Vec<i64>, String> {
        let found = paths.iter().flat_map(|path| path.find_all(scope.place));
        let number = |json| scalar(json).and_then(|text| text.parse::<i64>().ok());
        found.map(|json| number(json).ok_or_else(|| "is not a whole number".to_owned())).collect()
    };
    let (of, less) = (numbers(of)?, numbers(less)?);
    if of.is_empty() {
        return Ok(None);
    }
    let outside = || "is out of range".to_owned();
    let plus = of.into_iter().try_fold(0_i64, i64::checked_add).ok_or_else(outside)?;
    less.into_iter().try_fold(plus, i64::checked_sub).ok_or_else(outside).map(Some)
}

fn written(time: Timestamp, unit: TimeUnit) -> Json {
    match unit {
        TimeUnit::Seconds => Json::Number((time.as_millis() / 1_000).to_string()),
        TimeUnit::Milliseconds => Json::Number(time.as_millis().to_string()),
        TimeUnit::Rfc3339 => Json::Text(time.to_string()),
    }
}

fn time_of(text: &str, unit: TimeUnit) -> Result<Timestamp, String> {
    let number = || {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|_| is_plain).ok_or("is not a whole number of seconds or milliseconds")
    };
    let outside = |_| "is not a time between 1970 and 9999".to_owned();
    match unit {
        TimeUnit::Seconds => Timestamp::from_millis(number()?.saturating_mul(1_000)).map_err(outside),
        TimeUnit::Milliseconds => Timestamp::from_millis(number()?).map_err(outside),
        TimeUnit::Rfc3339 if text.len() > 64 => Err("is not a time of RFC 3339".to_owned()),
        TimeUnit::Rfc3339 => text.parse().map_err(|_| "is not a time of RFC 3339 between 1970 and 9999".to_owned()),
    }
}

/// `deal-{objectId}`: texts and paths.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        let (path, after) = after.split_once('}').ok_or("a template lacks a `}`")?;
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.push(Piece::Path(Path::parse(path).map_err(|problem| format!("{} {problem}", quoted(path)))?));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    if pieces.is_empty() { Err("a template is empty".to_owned()) } else { Ok(pieces) }
}
