//! Conditions of reward rules: a typed subset of CEL, the Common Expression Language, compiled and explained.
//!
//! A condition is a text (or its JSON tree) that is checked when the campaign is defined: every field known, every type
//! right, nothing in it impossible. It compiles to a program that allocates nothing, ends after at most a few hundred
//! steps, and answers with the part that decided. It reads nothing but the [`Facts`] handed to it.
//!
//! ```
//! use referral_core::rule::condition::{Condition, Facts, Root, Schema, Slot, Value, Verdict};
//!
//! struct Purchase;
//! impl Facts for Purchase {
//!     fn get(&self, slot: Slot) -> Option<Value<'_>> {
//!         match slot {
//!             Slot::OrderTotal => "49.90 EUR".parse().ok().map(Value::Money),
//!             Slot::InviteeIsNew => Some(Value::Bool(true)),
//!             _ => None,
//!         }
//!     }
//! }
//!
//! let schema = Schema::new(Root::CONVERTED, &[])?;
//! let condition = Condition::parse("invitee.is_new && order.total >= money('50 EUR')", &schema).unwrap();
//! assert_eq!(condition.evaluate(&Purchase), Verdict::Fails { part: "order.total >= money('50.00 EUR')" });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Grammar
//!
//! ```text
//! condition = any ;
//! any       = all , { "||" , all } ;
//! all       = relation , { "&&" , relation } ;
//! relation  = sum , { compare , sum | "in" , ( list | field ) } ;
//! compare   = "==" | "!=" | "<" | "<=" | ">" | ">=" ;
//! sum       = unary , { ( "+" | "-" ) , unary } ;
//! unary     = { "!" } , ( member | "-" , int ) ;
//! member    = primary , { "." , method } ;
//! method    = ( "startsWith" | "endsWith" | "contains" ) , "(" , any , ")"
//!           | ( "getFullYear" | "getMonth" | "getDate" | "getDayOfMonth" | "getDayOfWeek" | "getDayOfYear"
//!             | "getHours" | "getMinutes" | "getSeconds" | "getMilliseconds" ) , "(" , [ zone ] , ")" ;
//! primary   = literal | function | field | "(" , any , ")" ;
//! function  = ( "money" | "timestamp" | "duration" ) , "(" , string , ")"
//!           | "has" , "(" , field , ")"
//!           | "size" , "(" , any , ")" ;
//! field     = name , { "." , name } ;
//! list      = "[" , [ constant , { "," , constant } , [ "," ] ] , "]" ;
//! constant  = literal | "-" , int | function of a string ;
//! literal   = int | string | "true" | "false" ;
//! zone      = string | field ;
//! int       = "0" | nonzero digit , { digit } ;
//! string    = "'" , { character | escape } , "'" | '"' , { character | escape } , '"' ;
//! ```
//!
//! Blanks and comments (`// to the end of the line`) separate tokens; the escapes are CEL's. `+` and `-` work on
//! numbers, on durations, on a time and a duration; `-` also on two times, which gives a duration.
//!
//! # Where it differs from CEL
//!
//! - No `? :`, `*`, `/`, `%`, index, map, message, macro other than `has`, unsigned or floating number, bytes, raw or
//!   triple-quoted string, `null` or `dyn`; lists only after `in`; `-` without a left side only before a number.
//! - `money('50 EUR')` is a type of its own. Money of two currencies has no order and no equality: the answer is
//!   [`Verdict::Unknown`].
//! - `duration` also knows `d`, a day of 24 hours, and nothing below a microsecond. Times lie between 1970 and 9999.
//! - Zones are names (`'Europe/Paris'`) or fields that hold one, not offsets. Both sides of a comparison have the same type.
//! - A field without a value is CEL's error: `&&` and `||` absorb it where another part decides, `has(field)` asks for it.
//! - Arithmetic is checked: what leaves the range has no answer.

mod check;
mod domain;
mod duration;
mod evaluate;
mod expression;
mod json;
mod lexer;
mod logic;
mod parser;
mod place;
mod program;
mod reading;
mod schema;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize, Serializer};

pub use evaluate::Problem;
pub use expression::{Expression, MAX_DEPTH, MAX_ENTRIES, MAX_NODES, MAX_TEXT};
pub(crate) use schema::distance;
pub use schema::{CustomField, Facts, Field, Root, Schema, Slot, Type, Value};

use crate::error::Mistake;
use evaluate::Cell;
use place::{Fault, Span};
use program::Program;
use reading::{Halves, Known};

/// A condition as a campaign states it: text or tree, not yet checked.
///
/// It is read from a string (the text form) or from an object (the JSON form) and written as text, as it was written:
/// comments stay. A text is not looked at before [`ConditionText::check`], so that its mistakes come together with those
/// of the rest of the campaign, each with its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConditionText(String);

impl ConditionText {
    /// A condition in its text form.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The condition, checked against `schema`.
    ///
    /// # Errors
    /// As [`Condition::parse`].
    pub fn check(&self, schema: &Schema) -> Result<Condition, Vec<Mistake>> {
        Condition::parse(&self.0, schema)
    }
}

impl From<&Expression> for ConditionText {
    fn from(expression: &Expression) -> Self {
        Self(expression.to_string())
    }
}

impl fmt::Display for ConditionText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ConditionText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ConditionText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            tree => Expression::from_json(&tree).map(|tree| Self::from(&tree)).map_err(D::Error::custom),
        }
    }
}

/// A checked and compiled condition. It serialises as its canonical text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    expression: Expression,
    program: Program,
    halves: Halves,
    mixed: Option<String>,
    warnings: Vec<Mistake>,
}

/// What a condition answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'c> {
    /// It holds.
    Holds,
    /// It does not hold.
    Fails {
        /// The part that decided this, as canonical text.
        part: &'c str,
    },
    /// It has no answer. Callers treat it as not met, with a reason of its own.
    Unknown {
        /// The part that has no answer, as canonical text.
        part: &'c str,
        /// The field that it turns on.
        field: &'c str,
        /// Why.
        problem: Problem,
    },
}

impl Condition {
    /// Reads, checks and compiles `text` for a rule in which the fields of `schema` are known.
    ///
    /// # Errors
    /// All mistakes, each with line and column, its path left to the caller: syntax, unknown fields, types, parts that can
    /// never hold, and limits of size ([`MAX_TEXT`], [`MAX_NODES`], [`MAX_DEPTH`], [`MAX_ENTRIES`]).
    ///
    /// ```
    /// use referral_core::rule::condition::{Condition, Root, Schema};
    /// let schema = Schema::new(Root::CONVERTED, &[])?;
    /// let mistakes = Condition::parse("order.totl > 5", &schema).unwrap_err();
    /// assert_eq!(mistakes[0].to_string(), "1:1: no field `order.totl`; did you mean `order.total`?");
    /// # Ok::<(), referral_core::error::Error>(())
    /// ```
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, Vec<Mistake>> {
        let refuse = |faults| parser::mistakes(faults, text);
        let expression = parser::parse(text).map_err(refuse)?;
        let faults = check::check(&expression, schema);
        if !faults.is_empty() {
            return Err(refuse(faults));
        }
        let findings = logic::examine(&expression, schema);
        if !findings.faults.is_empty() {
            return Err(refuse(findings.faults));
        }
        let odd = || refuse(vec![Fault::new(Span::default(), "the condition cannot be compiled")]);
        let program = program::compile(&expression, schema).ok_or_else(odd)?;
        let halves = program::halves(&expression, schema).ok_or_else(odd)?;
        let mixed = reading::mixed(&expression, schema).map(str::to_owned);
        Ok(Self { expression, program, halves, mixed, warnings: parser::mistakes(findings.warnings, text) })
    }

    /// Whether it holds for `facts`, and what decided that. Allocates nothing.
    #[must_use]
    pub fn evaluate(&self, facts: &dyn Facts) -> Verdict<'_> {
        verdict(&self.program, &Known { facts, reading: &[] })
    }

    /// How many parts are read once: the number of characters that [`read`](Self::read) adds.
    #[must_use]
    pub fn told_parts(&self) -> usize {
        self.halves.told.len()
    }

    /// Reads the parts that ask for people, countries, coupons or stated data. Adds one character for each to `reading`.
    pub fn read(&self, facts: &dyn Facts, reading: &mut String) {
        let known = Known { facts, reading: &[] };
        reading.extend(self.halves.told.iter().map(|part| reading::written(evaluate::run(part, &known))));
    }

    /// Whether it holds: parts that were read by `reading`, the others by `facts`. Allocates nothing.
    ///
    /// It answers as [`evaluate`](Self::evaluate) does over the facts of both moments.
    #[must_use]
    pub fn judge(&self, facts: &dyn Facts, reading: &str) -> Verdict<'_> {
        verdict(&self.halves.open, &Known { facts, reading: reading.as_bytes() })
    }

    /// The field whose value would have to be kept: one comparison asks for it and for an amount or a place. Campaigns refuse such a condition, because the facts of a referral keep verdicts and no values of people.
    #[must_use]
    pub fn mixed(&self) -> Option<&str> {
        self.mixed.as_deref()
    }

    /// Parts that always hold, and list entries that stand twice: worth a look, not refused.
    #[must_use]
    pub fn warnings(&self) -> &[Mistake] {
        &self.warnings
    }

    /// The tree.
    #[must_use]
    pub fn expression(&self) -> &Expression {
        &self.expression
    }
}

impl fmt::Display for Condition {
    /// The canonical text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expression.fmt(f)
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.expression)
    }
}

fn verdict<'c>(program: &'c Program, known: &Known<'_>) -> Verdict<'c> {
    let part = |index: u16| program.parts.get(usize::from(index)).map_or("", String::as_str);
    let field = |index: u16| program.fields.get(usize::from(index)).map_or("", String::as_str);
    match evaluate::run(program, known) {
        Cell::Bool(true, _) => Verdict::Holds,
        Cell::Bool(false, decided) => Verdict::Fails { part: part(decided) },
        Cell::Unknown { part: decided, field: turns_on, problem } => {
            Verdict::Unknown { part: part(decided), field: field(turns_on), problem }
        }
        _ => Verdict::Unknown { part: part(0), field: "", problem: Problem::WrongType },
    }
}
