//! The expression tree of a condition and its canonical text.
//!
//! A tree is in normal form: `&&` and `||` hold two or more parts, none of which is of the same kind. The parser and the
//! JSON reader make only such trees, and never one that is larger or deeper than [`MAX_NODES`] and [`MAX_DEPTH`] allow:
//! whatever walks a tree may recurse.

use std::fmt;

use super::duration::Duration;
use super::place::Span;
use crate::value::{Money, Timestamp};

/// A condition has at most this many nodes, list entries aside.
pub const MAX_NODES: usize = 256;
/// A condition is nested at most this deep.
pub const MAX_DEPTH: usize = 32;
/// A list has at most this many entries.
pub const MAX_ENTRIES: usize = 512;
/// The text of a condition has at most this many bytes.
pub const MAX_TEXT: usize = 16 * 1024;

/// A condition as a tree, not yet typed: the stored form is its JSON, the printed one its canonical text.
///
/// ```
/// use referral_core::rule::condition::Expression;
/// let tree: Expression = "(order.total>=money(\"50 EUR\"))&&invitee.is_new".parse()?;
/// assert_eq!(tree.to_string(), "order.total >= money('50.00 EUR') && invitee.is_new");
/// let json = serde_json::to_string(&tree)?;
/// assert_eq!(json, r#"{"&&":[{">=":[{"field":"order.total"},{"money":"50.00 EUR"}]},{"field":"invitee.is_new"}]}"#);
/// assert_eq!(serde_json::from_str::<Expression>(&json)?, tree);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expression {
    pub(super) op: Op,
    pub(super) parts: Vec<Expression>,
    /// Where it stands in the text it was read from; empty if it was read from JSON.
    pub(super) span: Span,
}

/// Two trees are equal wherever they stood.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.op == other.op && self.parts == other.parts
    }
}

impl Eq for Expression {}

/// What a node of the tree does with its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Bool(bool),
    Int(i64),
    Text(String),
    Money(Money),
    Time(Timestamp),
    Duration(Duration),
    /// Only as the right side of `in`. Its parts are constants.
    List,
    Field(String),
    Has(String),
    All,
    Any,
    Not,
    Compare(Comparison),
    In,
    Add,
    Subtract,
    Size,
    Match(Match),
    /// The second part, if there is one, is the zone.
    Clock(Clock),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    pub(super) const ALL: [Self; 6] =
        [Self::Equal, Self::Unequal, Self::Less, Self::AtMost, Self::Greater, Self::AtLeast];

    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Whether values in this order fulfil it.
    pub(super) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }

    /// What holds exactly when this does not.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Equal => Self::Unequal,
            Self::Unequal => Self::Equal,
            Self::Less => Self::AtLeast,
            Self::AtMost => Self::Greater,
            Self::Greater => Self::AtMost,
            Self::AtLeast => Self::Less,
        }
    }

    /// The same with its sides exchanged.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::AtMost => Self::AtLeast,
            Self::Greater => Self::Less,
            Self::AtLeast => Self::AtMost,
            same => same,
        }
    }
}

/// The methods that look into a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    StartsWith,
    EndsWith,
    Contains,
}

impl Match {
    pub(super) const ALL: [Self; 3] = [Self::StartsWith, Self::EndsWith, Self::Contains];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Contains => "contains",
        }
    }
}

/// The methods that read a calendar and a clock in a zone, as in CEL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    FullYear,
    Month,
    Date,
    DayOfMonth,
    DayOfWeek,
    DayOfYear,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

impl Clock {
    /// Each with its name and the least and greatest number it gives.
    pub(super) const ALL: [(Self, &'static str, i64, i64); 10] = [
        (Self::FullYear, "getFullYear", 1969, 10_000),
        (Self::Month, "getMonth", 0, 11),
        (Self::Date, "getDate", 1, 31),
        (Self::DayOfMonth, "getDayOfMonth", 0, 30),
        (Self::DayOfWeek, "getDayOfWeek", 0, 6),
        (Self::DayOfYear, "getDayOfYear", 0, 365),
        (Self::Hours, "getHours", 0, 23),
        (Self::Minutes, "getMinutes", 0, 59),
        (Self::Seconds, "getSeconds", 0, 59),
        (Self::Milliseconds, "getMilliseconds", 0, 999),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(clock, ..)| *clock == self).map_or("", |(_, name, ..)| name)
    }

    /// The least and the greatest number it gives.
    pub(super) fn range(self) -> (i64, i64) {
        Self::ALL
            .iter()
            .find(|(clock, ..)| *clock == self)
            .map_or((i64::MIN, i64::MAX), |(.., low, high)| (*low, *high))
    }
}

impl Op {
    /// How operators, functions and methods are called, in the text and in the JSON.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Bool(_) | Self::Int(_) | Self::Text(_) | Self::List => "",
            Self::Money(_) => "money",
            Self::Time(_) => "timestamp",
            Self::Duration(_) => "duration",
            Self::Field(_) => "field",
            Self::Has(_) => "has",
            Self::All => "&&",
            Self::Any => "||",
            Self::Not => "!",
            Self::Compare(comparison) => comparison.sign(),
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Size => "size",
            Self::Match(method) => method.name(),
            Self::Clock(clock) => clock.name(),
        }
    }

    /// How strongly it binds: what binds less than its surroundings asks for stands in parentheses.
    fn strength(&self) -> u8 {
        match self {
            Self::Any => 1,
            Self::All => 2,
            Self::Compare(_) | Self::In => 3,
            Self::Add | Self::Subtract => 4,
            Self::Not => 5,
            Self::Int(number) if *number < 0 => 5,
            _ => 6,
        }
    }

    /// How strongly the part at `index` has to bind to stand without parentheses.
    fn needs(&self, index: usize) -> u8 {
        match self {
            Self::Any => 2,
            Self::All => 3,
            Self::Compare(_) | Self::In => 3 + u8::from(index > 0),
            Self::Add | Self::Subtract => 4 + u8::from(index > 0),
            Self::Not => 5,
            Self::Match(_) | Self::Clock(_) if index == 0 => 6,
            _ => 0,
        }
    }
}

impl Expression {
    pub(super) fn new(op: Op, parts: Vec<Expression>, span: Span) -> Self {
        Self { op, parts, span }
    }

    /// `&&` or `||` over `parts`, those of the same kind dissolved.
    pub(super) fn joined(op: Op, parts: Vec<Expression>, span: Span) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            if part.op == op {
                flat.extend(part.parts);
            } else {
                flat.push(part);
            }
        }
        Self::new(op, flat, span)
    }

    /// How deeply it is nested: 1 for a leaf.
    pub(super) fn depth(&self) -> usize {
        1 + self.parts.iter().map(Self::depth).max().unwrap_or(0)
    }

    /// The first field in it, in reading order.
    pub(super) fn first_field(&self) -> Option<&str> {
        match &self.op {
            Op::Field(path) | Op::Has(path) => Some(path),
            _ => self.parts.iter().find_map(Self::first_field),
        }
    }

    /// Whether it has the same value whatever the facts are.
    pub(super) fn is_constant(&self) -> bool {
        self.first_field().is_none()
    }

    fn write_part(&self, index: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(part) = self.parts.get(index) else { return Ok(()) };
        if part.op.strength() < self.op.needs(index) { write!(f, "({part})") } else { write!(f, "{part}") }
    }

    fn write_parts(&self, between: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for index in 0..self.parts.len() {
            if index > 0 {
                f.write_str(between)?;
            }
            self.write_part(index, f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Expression {
    /// The canonical text: single quotes, no more parentheses than needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.op.name();
        match &self.op {
            Op::Bool(value) => write!(f, "{value}"),
            Op::Int(value) => write!(f, "{value}"),
            Op::Text(text) => write_quoted(text, f),
            Op::Money(money) => write!(f, "money('{money}')"),
            Op::Time(time) => write!(f, "timestamp('{time}')"),
            Op::Duration(duration) => write!(f, "duration('{duration}')"),
            Op::Field(path) => f.write_str(path),
            Op::Has(path) => write!(f, "has({path})"),
            Op::List => {
                f.write_str("[")?;
                self.write_parts(", ", f)?;
                f.write_str("]")
            }
            Op::All | Op::Any | Op::Compare(_) | Op::In | Op::Add | Op::Subtract => {
                self.write_parts(&format!(" {name} "), f)
            }
            Op::Not => {
                f.write_str("!")?;
                self.write_part(0, f)
            }
            Op::Size => {
                f.write_str("size(")?;
                self.write_part(0, f)?;
                f.write_str(")")
            }
            Op::Match(_) | Op::Clock(_) => {
                self.write_part(0, f)?;
                write!(f, ".{name}(")?;
                self.write_part(1, f)?;
                f.write_str(")")
            }
        }
    }
}

/// `text` in single quotes.
pub(super) fn write_quoted(text: &str, f: &mut dyn fmt::Write) -> fmt::Result {
    f.write_char('\'')?;
    for c in text.chars() {
        match c {
            '\\' => f.write_str("\\\\")?,
            '\'' => f.write_str("\\'")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('\'')
}
