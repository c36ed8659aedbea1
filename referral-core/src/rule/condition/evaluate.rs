//! Runs a compiled condition over facts.
//!
//! Allocates nothing, never panics, and takes at most one step for each step of the program.

use std::cmp::Ordering;

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::expression::{Clock, MAX_DEPTH, Match};
use super::program::{Code, Constant, List, Program, Step};
use super::reading::{self, Known};
use super::schema::{Type, Value};
use crate::value::{Money, Timestamp, Zone};

/// Why a condition has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Problem {
    /// The field has no value.
    Missing,
    /// Money of two currencies was compared.
    CurrencyMismatch,
    /// A sum left the range of its type.
    OutOfRange,
    /// The facts gave a value of another type than the schema says.
    WrongType,
    /// The field holds no name of a time zone.
    UnknownZone,
}

impl Problem {
    /// The stable name of this problem.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::OutOfRange => "out_of_range",
            Self::WrongType => "wrong_type",
            Self::UnknownZone => "unknown_zone",
        }
    }
}

/// A value on the stack.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    /// With the part that decided it, which counts if it is false.
    Bool(bool, u16),
    Int(i64),
    Str(&'a str),
    Strings(&'a [String]),
    Money(Money),
    Time(Timestamp),
    Duration(i64),
    Unknown {
        part: u16,
        field: u16,
        problem: Problem,
    },
}

/// A value for each level of the tree, and one for the operand that waits.
const STACK: usize = MAX_DEPTH + 2;

struct Stack<'a> {
    cells: [Cell<'a>; STACK],
    height: usize,
}

impl<'a> Stack<'a> {
    fn push(&mut self, cell: Cell<'a>) {
        if let Some(place) = self.cells.get_mut(self.height) {
            *place = cell;
            self.height += 1;
        }
    }

    fn top(&self) -> Cell<'a> {
        self.height.checked_sub(1).and_then(|top| self.cells.get(top)).copied().unwrap_or(NOTHING)
    }

    fn pop(&mut self) -> Cell<'a> {
        let top = self.top();
        self.height = self.height.saturating_sub(1);
        top
    }
}

/// What an empty stack gives. A program that the compiler made never takes it.
const NOTHING: Cell<'static> = Cell::Unknown { part: 0, field: 0, problem: Problem::WrongType };

/// The value that `program` ends with.
pub(super) fn run<'a>(program: &'a Program, known: &Known<'a>) -> Cell<'a> {
    let mut stack = Stack { cells: [NOTHING; STACK], height: 0 };
    let mut at = 0;
    while let Some(step) = program.steps.get(at) {
        at += 1;
        match step.code {
            Code::SkipIfFalse(target) if matches!(stack.top(), Cell::Bool(false, _)) => at = target.max(at),
            Code::SkipIfTrue(target) if matches!(stack.top(), Cell::Bool(true, _)) => at = target.max(at),
            Code::SkipIfFalse(_) | Code::SkipIfTrue(_) => {}
            _ => perform(step, program, known, &mut stack),
        }
    }
    stack.pop()
}

fn perform<'a>(step: &'a Step, program: &'a Program, known: &Known<'a>, stack: &mut Stack<'a>) {
    let result = match &step.code {
        Code::Load(slot, kind) => known.get(*slot).ok_or(Problem::Missing).and_then(|value| load(*kind, value, step)),
        Code::Has(slot) => Ok(Cell::Bool(known.get(*slot).is_some(), step.part)),
        Code::Read(index) => Ok(match reading::read(known.reading.get(usize::from(*index)).copied()) {
            Ok(value) => Cell::Bool(value, step.part),
            Err((problem, nth)) => Cell::Unknown { part: step.part, field: step.field.saturating_add(nth), problem },
        }),
        Code::Constant(index) => constant(program, *index, step),
        Code::And => Ok(and(stack.pop(), stack.pop())),
        Code::Or => Ok(or(stack.pop(), stack.pop(), step)),
        Code::Not => strict(stack.pop(), |value| not(value, step)),
        Code::InList(list) => strict(stack.pop(), |value| in_list(value, program.lists.get(usize::from(*list)), step)),
        Code::Size => strict(stack.pop(), size),
        Code::Clock(clock, zone) => strict(stack.pop(), |value| match value {
            Cell::Time(time) => Ok(Cell::Int(read(*clock, zone.local(time)))),
            _ => Err(Problem::WrongType),
        }),
        code => {
            let right = stack.pop();
            strict(stack.pop(), |left| strict(right, |right| binary(code, left, right, step)))
        }
    };
    stack.push(result.unwrap_or_else(|problem| Cell::Unknown { part: step.part, field: step.field, problem }));
}

type Computed<'a> = Result<Cell<'a>, Problem>;

/// Hands `cell` on, unless it is unknown: then so is the result.
fn strict<'a>(cell: Cell<'a>, compute: impl FnOnce(Cell<'a>) -> Computed<'a>) -> Computed<'a> {
    if matches!(cell, Cell::Unknown { .. }) { Ok(cell) } else { compute(cell) }
}

fn load<'a>(kind: Type, value: Value<'a>, step: &Step) -> Computed<'a> {
    Ok(match (kind, value) {
        (Type::Bool, Value::Bool(value)) => Cell::Bool(value, step.part),
        (Type::Int, Value::Int(value)) => Cell::Int(value),
        (Type::String, Value::Str(text)) => Cell::Str(text),
        (Type::Strings, Value::Strings(texts)) => Cell::Strings(texts),
        (Type::Money, Value::Money(money)) => Cell::Money(money),
        (Type::Time, Value::Time(time)) => Cell::Time(time),
        _ => return Err(Problem::WrongType),
    })
}

fn constant<'a>(program: &'a Program, index: u16, step: &Step) -> Computed<'a> {
    Ok(match program.constants.get(usize::from(index)).ok_or(Problem::WrongType)? {
        Constant::Bool(value) => Cell::Bool(*value, step.part),
        Constant::Int(value) => Cell::Int(*value),
        Constant::Text(text) => Cell::Str(text),
        Constant::Money(money) => Cell::Money(*money),
        Constant::Time(time) => Cell::Time(*time),
        Constant::Duration(micros) => Cell::Duration(*micros),
    })
}

/// False decides, whatever the other is. Arguments stand as they leave the stack: the right one first.
fn and<'a>(right: Cell<'a>, left: Cell<'a>) -> Cell<'a> {
    match (left, right) {
        (Cell::Bool(false, _), _) => left,
        (_, Cell::Bool(false, _)) => right,
        (Cell::Bool(true, _), Cell::Bool(..) | Cell::Unknown { .. }) => right,
        (Cell::Unknown { .. }, _) => left,
        _ => NOTHING,
    }
}

/// True decides, whatever the other is. Where all are false, the whole `||` is the part that failed.
fn or<'a>(right: Cell<'a>, left: Cell<'a>, step: &Step) -> Cell<'a> {
    match (left, right) {
        (Cell::Bool(true, _), _) => left,
        (_, Cell::Bool(true, _)) => right,
        (Cell::Bool(false, _), Cell::Bool(false, _)) => Cell::Bool(false, step.part),
        (Cell::Unknown { .. }, _) => left,
        (Cell::Bool(false, _), Cell::Unknown { .. }) => right,
        _ => NOTHING,
    }
}

fn not<'a>(value: Cell<'a>, step: &Step) -> Computed<'a> {
    match value {
        Cell::Bool(value, _) => Ok(Cell::Bool(!value, step.part)),
        _ => Err(Problem::WrongType),
    }
}

fn size(value: Cell<'_>) -> Computed<'_> {
    let size = match value {
        Cell::Str(text) => text.chars().count(),
        Cell::Strings(texts) => texts.len(),
        _ => return Err(Problem::WrongType),
    };
    i64::try_from(size).map(Cell::Int).map_err(|_| Problem::OutOfRange)
}

fn binary<'a>(code: &Code, left: Cell<'a>, right: Cell<'a>, step: &Step) -> Computed<'a> {
    match (code, left, right) {
        (Code::Compare(comparison), ..) => Ok(Cell::Bool(comparison.holds(order(left, right)?), step.part)),
        (Code::InField, Cell::Str(text), Cell::Strings(texts)) => {
            Ok(Cell::Bool(texts.iter().any(|one| one == text), step.part))
        }
        (Code::Match(method), Cell::Str(text), Cell::Str(sought)) => {
            let found = match method {
                Match::StartsWith => text.starts_with(sought),
                Match::EndsWith => text.ends_with(sought),
                Match::Contains => text.contains(sought),
            };
            Ok(Cell::Bool(found, step.part))
        }
        (Code::ClockIn(clock), Cell::Time(time), Cell::Str(name)) => {
            let zone = Zone::named(name).ok_or(Problem::UnknownZone)?;
            Ok(Cell::Int(read(*clock, zone.local(time))))
        }
        (Code::Add, ..) => add(left, right),
        (Code::Subtract, ..) => subtract(left, right),
        _ => Err(Problem::WrongType),
    }
}

fn order(left: Cell<'_>, right: Cell<'_>) -> Result<Ordering, Problem> {
    Ok(match (left, right) {
        (Cell::Bool(left, _), Cell::Bool(right, _)) => left.cmp(&right),
        (Cell::Int(left), Cell::Int(right)) | (Cell::Duration(left), Cell::Duration(right)) => left.cmp(&right),
        (Cell::Str(left), Cell::Str(right)) => left.cmp(right),
        (Cell::Time(left), Cell::Time(right)) => left.cmp(&right),
        (Cell::Money(left), Cell::Money(right)) if left.currency == right.currency => left.minor.cmp(&right.minor),
        (Cell::Money(_), Cell::Money(_)) => return Err(Problem::CurrencyMismatch),
        _ => return Err(Problem::WrongType),
    })
}

fn in_list<'a>(value: Cell<'a>, list: Option<&List>, step: &Step) -> Computed<'a> {
    let holds = |numbers: &[i64], number: i64| numbers.binary_search(&number).is_ok();
    let found = match (list, value) {
        (Some(List::Texts(texts)), Cell::Str(text)) => texts.binary_search_by(|entry| entry.as_str().cmp(text)).is_ok(),
        (Some(List::Money(entries)), Cell::Money(money)) => {
            // As a row of `==` joined by `||`: an entry that matches decides, else one of another currency does.
            let found = entries.contains(&money);
            if !found && entries.iter().any(|entry| entry.currency != money.currency) {
                return Err(Problem::CurrencyMismatch);
            }
            found
        }
        (Some(List::Numbers(numbers)), Cell::Bool(value, _)) => holds(numbers, i64::from(value)),
        (Some(List::Numbers(numbers)), Cell::Int(number) | Cell::Duration(number)) => holds(numbers, number),
        (Some(List::Numbers(numbers)), Cell::Time(time)) => holds(numbers, time.as_micros()),
        _ => return Err(Problem::WrongType),
    };
    Ok(Cell::Bool(found, step.part))
}

fn add<'a>(left: Cell<'a>, right: Cell<'a>) -> Computed<'a> {
    let sum = |left: i64, right: i64| left.checked_add(right).ok_or(Problem::OutOfRange);
    match (left, right) {
        (Cell::Int(left), Cell::Int(right)) => sum(left, right).map(Cell::Int),
        (Cell::Duration(left), Cell::Duration(right)) => sum(left, right).map(Cell::Duration),
        (Cell::Time(time), Cell::Duration(micros)) | (Cell::Duration(micros), Cell::Time(time)) => {
            instant(sum(time.as_micros(), micros)?)
        }
        _ => Err(Problem::WrongType),
    }
}

fn subtract<'a>(left: Cell<'a>, right: Cell<'a>) -> Computed<'a> {
    let difference = |left: i64, right: i64| left.checked_sub(right).ok_or(Problem::OutOfRange);
    match (left, right) {
        (Cell::Int(left), Cell::Int(right)) => difference(left, right).map(Cell::Int),
        (Cell::Duration(left), Cell::Duration(right)) => difference(left, right).map(Cell::Duration),
        (Cell::Time(left), Cell::Time(right)) => difference(left.as_micros(), right.as_micros()).map(Cell::Duration),
        (Cell::Time(time), Cell::Duration(micros)) => instant(difference(time.as_micros(), micros)?),
        _ => Err(Problem::WrongType),
    }
}

fn instant<'a>(micros: i64) -> Computed<'a> {
    // Asked beforehand, because the error of `from_micros` would allocate.
    if !(Timestamp::FIRST.as_micros()..=Timestamp::LAST.as_micros()).contains(&micros) {
        return Err(Problem::OutOfRange);
    }
    Timestamp::from_micros(micros).map(Cell::Time).map_err(|_| Problem::OutOfRange)
}

/// The number that `clock` shows, as CEL counts: months, days of the month, of the week and of the year from 0.
fn read(clock: Clock, local: NaiveDateTime) -> i64 {
    match clock {
        Clock::FullYear => i64::from(local.year()),
        Clock::Month => i64::from(local.month0()),
        Clock::Date => i64::from(local.day()),
        Clock::DayOfMonth => i64::from(local.day0()),
        Clock::DayOfWeek => i64::from(local.weekday().num_days_from_sunday()),
        Clock::DayOfYear => i64::from(local.ordinal0()),
        Clock::Hours => i64::from(local.hour()),
        Clock::Minutes => i64::from(local.minute()),
        Clock::Seconds => i64::from(local.second()),
        Clock::Milliseconds => i64::from(local.nanosecond() / 1_000_000),
    }
}
