//! Types of a condition: every field known, every operator used on what it works on.

use super::expression::{Comparison, Expression, Op};
use super::place::{Fault, Span};
use super::schema::{Schema, Type};
use crate::value::Zone;

/// The types that an expression can have: those of fields, and two that only expressions have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Of(Type),
    Duration,
}

const BOOL: Kind = Kind::Of(Type::Bool);
const INT: Kind = Kind::Of(Type::Int);
const STRING: Kind = Kind::Of(Type::String);
const STRINGS: Kind = Kind::Of(Type::Strings);
const MONEY: Kind = Kind::Of(Type::Money);
const TIME: Kind = Kind::Of(Type::Time);

impl Kind {
    /// The type with its article, for messages.
    fn phrase(self) -> &'static str {
        match self {
            BOOL => "a truth value",
            INT => "a number",
            STRING => "a string",
            STRINGS => "a list of strings",
            MONEY => "money",
            TIME => "a time",
            Self::Duration => "a duration",
        }
    }
}

/// All mistakes of type in `expression`, which has to be a truth value.
pub(super) fn check(expression: &Expression, schema: &Schema) -> Vec<Fault> {
    let mut checker = Checker { schema, faults: Vec::new() };
    checker.expect(expression, &[BOOL], "a condition");
    checker.faults
}

struct Checker<'s> {
    schema: &'s Schema,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn fault(&mut self, span: Span, problem: String) {
        self.faults.push(Fault::new(span, problem));
    }

    /// Checks `part` and that it has one of `kinds`, for `whose` sake.
    fn expect(&mut self, part: &Expression, kinds: &[Kind], whose: &str) -> Option<Kind> {
        let kind = self.kind(part)?;
        if kinds.contains(&kind) {
            return Some(kind);
        }
        let wanted: Vec<_> = kinds.iter().map(|kind| kind.phrase()).collect();
        let problem = format!("{whose} asks for {}, and `{part}` is {}", wanted.join(" or "), kind.phrase());
        self.fault(part.span, problem);
        None
    }

    /// The type of `expression`, or nothing if it, or a part of it, has a mistake. Mistakes are noted.
    fn kind(&mut self, expression: &Expression) -> Option<Kind> {
        let whose = format!("`{}`", expression.op.name());
        let [left, right] = [0, 1].map(|index| expression.parts.get(index));
        match (&expression.op, left, right) {
            (Op::Bool(_), ..) => Some(BOOL),
            (Op::Int(_), ..) => Some(INT),
            (Op::Text(_), ..) => Some(STRING),
            (Op::Money(_), ..) => Some(MONEY),
            (Op::Time(_), ..) => Some(TIME),
            (Op::Duration(_), ..) => Some(Kind::Duration),
            (Op::Field(path), ..) => self.field(path, expression.span),
            (Op::Has(path), ..) => self.field(path, expression.span).map(|_| BOOL),
            (Op::All | Op::Any | Op::Not, ..) => {
                for part in &expression.parts {
                    self.expect(part, &[BOOL], &whose);
                }
                Some(BOOL)
            }
            (Op::Compare(comparison), Some(left), Some(right)) => {
                self.compare(*comparison, left, right, expression.span)
            }
            (Op::In, Some(left), Some(right)) => self.inside(left, right),
            (Op::Add | Op::Subtract, Some(left), Some(right)) => self.sum(expression, left, right),
            (Op::Size, Some(part), _) => self.expect(part, &[STRING, STRINGS], &whose).map(|_| INT),
            (Op::Match(_), Some(left), Some(right)) => {
                let left = self.expect(left, &[STRING], &whose);
                self.expect(right, &[STRING], &whose).and(left).map(|_| BOOL)
            }
            (Op::Clock(_), Some(time), zone) => {
                self.zone(zone, &whose);
                self.expect(time, &[TIME], &whose).map(|_| INT)
            }
            _ => {
                self.fault(expression.span, format!("{whose} lacks a part"));
                None
            }
        }
    }

    fn field(&mut self, path: &str, span: Span) -> Option<Kind> {
        let field = self.schema.field(path);
        if field.is_none() {
            self.fault(span, self.schema.lack(path));
        }
        field.map(|field| Kind::Of(field.kind))
    }

    fn zone(&mut self, zone: Option<&Expression>, whose: &str) {
        match zone {
            Some(Expression { op: Op::Text(name), span, .. }) => {
                if let Err(error) = name.parse::<Zone>() {
                    self.fault(*span, error.to_string());
                }
            }
            Some(field) => drop(self.expect(field, &[STRING], whose)),
            None => {}
        }
    }

    fn compare(&mut self, comparison: Comparison, left: &Expression, right: &Expression, span: Span) -> Option<Kind> {
        let (left_kind, right_kind) = (self.kind(left), self.kind(right));
        let (left_kind, right_kind) = (left_kind?, right_kind?);
        if left_kind != right_kind {
            let hint = unlike(left, left_kind, right, right_kind);
            self.fault(span, format!("`{left}` is {}, `{right}` is {}{hint}", left_kind.phrase(), right_kind.phrase()));
            return None;
        }
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::Unequal);
        if left_kind == STRINGS || (ordered && left_kind == BOOL) {
            self.fault(span, format!("`{}` does not work on {}", comparison.sign(), left_kind.phrase()));
            return None;
        }
        if let (Op::Money(one), Op::Money(other)) = (&left.op, &right.op)
            && one.currency != other.currency
        {
            self.fault(span, format!("{} cannot be compared with {}", one.currency, other.currency));
            return None;
        }
        Some(BOOL)
    }

    fn inside(&mut self, left: &Expression, right: &Expression) -> Option<Kind> {
        if right.op != Op::List {
            let left = self.expect(left, &[STRING], "`in` with a list field");
            return self.expect(right, &[STRINGS], "`in`").and(left).map(|_| BOOL);
        }
        let kind = self.kind(left)?;
        if kind == STRINGS {
            self.fault(left.span, format!("`in` looks for one value, and `{left}` is {}", kind.phrase()));
            return None;
        }
        if right.parts.is_empty() {
            self.fault(right.span, "nothing is in an empty list".to_owned());
        }
        for entry in &right.parts {
            let Some(entry_kind) = self.kind(entry).filter(|entry_kind| *entry_kind != kind) else { continue };
            let hint = unlike(left, kind, entry, entry_kind);
            let problem = format!("`{left}` is {}, `{entry}` is {}{hint}", kind.phrase(), entry_kind.phrase());
            self.fault(entry.span, problem);
        }
        Some(BOOL)
    }

    fn sum(&mut self, expression: &Expression, left: &Expression, right: &Expression) -> Option<Kind> {
        let (left_kind, right_kind) = (self.kind(left), self.kind(right));
        let (left_kind, right_kind) = (left_kind?, right_kind?);
        let adds = expression.op == Op::Add;
        match (left_kind, right_kind) {
            (INT, INT) => Some(INT),
            (TIME, Kind::Duration) => Some(TIME),
            (Kind::Duration, TIME) if adds => Some(TIME),
            (TIME, TIME) if !adds => Some(Kind::Duration),
            (Kind::Duration, Kind::Duration) => Some(Kind::Duration),
            _ => {
                let (sign, left, right) = (expression.op.name(), left_kind.phrase(), right_kind.phrase());
                self.fault(expression.span, format!("`{sign}` does not work on {left} and {right}"));
                None
            }
        }
    }
}

/// What to write instead, where two types do not go together.
fn unlike(left: &Expression, left_kind: Kind, right: &Expression, right_kind: Kind) -> String {
    let number = match (left_kind, right_kind) {
        (MONEY, INT) => right,
        (INT, MONEY) => left,
        (TIME, STRING) | (STRING, TIME) => return "; a time is written `timestamp('2026-05-01T00:00:00Z')`".to_owned(),
        (MONEY, STRING) | (STRING, MONEY) => return "; money is written `money('50 EUR')`".to_owned(),
        (Kind::Duration, _) | (_, Kind::Duration) => return "; a duration is written `duration('30d')`".to_owned(),
        _ => return String::new(),
    };
    match number.op {
        Op::Int(value) => format!("; write `money('{value} EUR')`"),
        _ => String::new(),
    }
}
