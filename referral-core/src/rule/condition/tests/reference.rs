//! A naive reading of a condition, straight over the tree, to hold the program against.

use chrono::{Datelike, Timelike};

use super::super::expression::{Clock, Comparison, Match, Op};
use super::*;

/// A verdict that owns its texts.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Holds,
    Fails(String),
    Unknown(String, String, Problem),
}

impl From<Verdict<'_>> for Answer {
    fn from(verdict: Verdict<'_>) -> Self {
        match verdict {
            Verdict::Holds => Self::Holds,
            Verdict::Fails { part } => Self::Fails(part.to_owned()),
            Verdict::Unknown { part, field, problem } => Self::Unknown(part.to_owned(), field.to_owned(), problem),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Plain {
    Bool(bool),
    Int(i128),
    Str(String),
    Strings(Vec<String>),
    Money(Money),
    Time(i128),
    Length(i128),
}

/// Why there is no value: the part, if it is known yet, the field, the problem.
type Read = Result<Plain, (Option<String>, String, Problem)>;

pub(super) fn answer(expression: &Expression, facts: &dyn Facts, schema: &Schema) -> Answer {
    let shown = expression.to_string();
    let all = expression.op == Op::All;
    match &expression.op {
        Op::All | Op::Any => {
            let answers: Vec<_> = expression.parts.iter().map(|part| answer(part, facts, schema)).collect();
            let decisive = answers.iter().position(|answer| match answer {
                Answer::Fails(_) => all,
                Answer::Holds => !all,
                Answer::Unknown(..) => false,
            });
            let unknown = answers.iter().position(|answer| matches!(answer, Answer::Unknown(..)));
            match decisive.or(unknown) {
                Some(index) => answers.into_iter().nth(index).unwrap(),
                None if all => Answer::Holds,
                None => Answer::Fails(shown),
            }
        }
        Op::Not => match answer(&expression.parts[0], facts, schema) {
            Answer::Holds => Answer::Fails(shown),
            Answer::Fails(_) => Answer::Holds,
            unknown @ Answer::Unknown(..) => unknown,
        },
        _ => match read(expression, facts, schema) {
            Ok(Plain::Bool(true)) => Answer::Holds,
            Ok(Plain::Bool(false)) => Answer::Fails(shown),
            Ok(_) => Answer::Unknown(shown, String::new(), Problem::WrongType),
            Err((part, field, problem)) => Answer::Unknown(part.unwrap_or(shown), field, problem),
        },
    }
}

fn is_condition(expression: &Expression, schema: &Schema) -> bool {
    match &expression.op {
        Op::Field(path) => schema.field(path).unwrap().kind == Type::Bool,
        op => matches!(
            op,
            Op::Bool(_) | Op::Has(_) | Op::All | Op::Any | Op::Not | Op::Compare(_) | Op::In | Op::Match(_)
        ),
    }
}

/// The value of a part, for the sake of what is around it.
fn operand(expression: &Expression, facts: &dyn Facts, schema: &Schema) -> Read {
    if !is_condition(expression, schema) {
        return read(expression, facts, schema);
    }
    match answer(expression, facts, schema) {
        Answer::Holds => Ok(Plain::Bool(true)),
        Answer::Fails(_) => Ok(Plain::Bool(false)),
        Answer::Unknown(part, field, problem) => Err((Some(part), field, problem)),
    }
}

fn read(expression: &Expression, facts: &dyn Facts, schema: &Schema) -> Read {
    let fail = |problem| (None, expression.first_field().unwrap_or_default().to_owned(), problem);
    let part = |index: usize| operand(&expression.parts[index], facts, schema);
    match &expression.op {
        Op::Bool(value) => Ok(Plain::Bool(*value)),
        Op::Int(value) => Ok(Plain::Int(i128::from(*value))),
        Op::Text(text) => Ok(Plain::Str(text.clone())),
        Op::Money(money) => Ok(Plain::Money(*money)),
        Op::Time(time) => Ok(Plain::Time(i128::from(time.as_micros()))),
        Op::Duration(duration) => Ok(Plain::Length(i128::from(duration.0))),
        Op::Has(path) => Ok(Plain::Bool(facts.get(schema.field(path).unwrap().slot).is_some())),
        Op::Field(path) => {
            let field = schema.field(path).unwrap();
            match (field.kind, facts.get(field.slot)) {
                (_, None) => Err(fail(Problem::Missing)),
                (Type::Bool, Some(Value::Bool(value))) => Ok(Plain::Bool(value)),
                (Type::Int, Some(Value::Int(value))) => Ok(Plain::Int(i128::from(value))),
                (Type::String, Some(Value::Str(text))) => Ok(Plain::Str(text.to_owned())),
                (Type::Strings, Some(Value::Strings(texts))) => Ok(Plain::Strings(texts.to_vec())),
                (Type::Money, Some(Value::Money(money))) => Ok(Plain::Money(money)),
                (Type::Time, Some(Value::Time(time))) => Ok(Plain::Time(i128::from(time.as_micros()))),
                _ => Err(fail(Problem::WrongType)),
            }
        }
        Op::Compare(how) => compare(*how, &part(0)?, &part(1)?).map(Plain::Bool).map_err(fail),
        Op::In if expression.parts[1].op == Op::List => {
            let entries: Vec<_> =
                expression.parts[1].parts.iter().map(|entry| read(entry, facts, schema).unwrap()).collect();
            among(&part(0)?, &entries).map(Plain::Bool).map_err(fail)
        }
        Op::In => match (part(0)?, part(1)?) {
            (Plain::Str(text), Plain::Strings(texts)) => Ok(Plain::Bool(texts.contains(&text))),
            _ => Err(fail(Problem::WrongType)),
        },
        Op::Add => add(&part(0)?, &part(1)?, 1).map_err(fail),
        Op::Subtract => add(&part(0)?, &part(1)?, -1).map_err(fail),
        Op::Size => match part(0)? {
            Plain::Str(text) => Ok(Plain::Int(text.chars().count() as i128)),
            Plain::Strings(texts) => Ok(Plain::Int(texts.len() as i128)),
            _ => Err(fail(Problem::WrongType)),
        },
        Op::Match(how) => match (part(0)?, part(1)?) {
            (Plain::Str(text), Plain::Str(sought)) => Ok(Plain::Bool(match how {
                Match::StartsWith => text.starts_with(&sought),
                Match::EndsWith => text.ends_with(&sought),
                Match::Contains => text.contains(&sought),
            })),
            _ => Err(fail(Problem::WrongType)),
        },
        Op::Clock(clock) => {
            let (time, zone) = (part(0)?, if expression.parts.len() > 1 { part(1)? } else { Plain::Str("UTC".into()) });
            let (Plain::Time(micros), Plain::Str(zone)) = (time, zone) else { return Err(fail(Problem::WrongType)) };
            let turns_on = expression.parts.get(1).and_then(Expression::first_field).unwrap_or_default();
            let unknown = |_| (None, turns_on.to_owned(), Problem::UnknownZone);
            zone.parse().map(|zone| Plain::Int(show(*clock, micros, zone))).map_err(unknown)
        }
        Op::All | Op::Any | Op::Not | Op::List => unreachable!("answered above"),
    }
}

fn compare(how: Comparison, left: &Plain, right: &Plain) -> Result<bool, Problem> {
    use Plain::{Bool, Int, Length, Money, Str, Time};
    let order = match (left, right) {
        (Bool(left), Bool(right)) => left.cmp(right),
        (Int(left), Int(right)) | (Time(left), Time(right)) | (Length(left), Length(right)) => left.cmp(right),
        (Str(left), Str(right)) => left.cmp(right),
        (Money(left), Money(right)) if left.currency != right.currency => return Err(Problem::CurrencyMismatch),
        (Money(left), Money(right)) => left.minor.cmp(&right.minor),
        _ => return Err(Problem::WrongType),
    };
    Ok(match how {
        Comparison::Equal => order.is_eq(),
        Comparison::Unequal => !order.is_eq(),
        Comparison::Less => order.is_lt(),
        Comparison::AtMost => !order.is_gt(),
        Comparison::Greater => order.is_gt(),
        Comparison::AtLeast => !order.is_lt(),
    })
}

/// `x in [a, b]` is `x == a || x == b`.
fn among(left: &Plain, entries: &[Plain]) -> Result<bool, Problem> {
    let answers: Vec<_> = entries.iter().map(|entry| compare(Comparison::Equal, left, entry)).collect();
    if answers.contains(&Ok(true)) {
        return Ok(true);
    }
    answers.into_iter().find(Result::is_err).unwrap_or(Ok(false))
}

fn add(left: &Plain, right: &Plain, sign: i128) -> Result<Plain, Problem> {
    use Plain::{Int, Length, Time};
    let small = |sum: i128| i64::try_from(sum).map(i128::from).map_err(|_| Problem::OutOfRange);
    let instant = |sum: i128| {
        let last = i128::from(Timestamp::LAST.as_micros());
        if (0..=last).contains(&sum) { Ok(Time(sum)) } else { Err(Problem::OutOfRange) }
    };
    match (left, right) {
        (Int(left), Int(right)) => small(left + sign * right).map(Int),
        (Length(left), Length(right)) => small(left + sign * right).map(Length),
        (Time(left), Time(right)) if sign < 0 => Ok(Length(left - right)),
        (Time(left), Length(right)) => instant(left + sign * right),
        (Length(left), Time(right)) if sign > 0 => instant(left + right),
        _ => Err(Problem::WrongType),
    }
}

fn show(clock: Clock, micros: i128, zone: chrono_tz::Tz) -> i128 {
    let at = chrono::DateTime::from_timestamp_micros(i64::try_from(micros).unwrap()).unwrap().with_timezone(&zone);
    i128::from(match clock {
        Clock::FullYear => u32::try_from(at.year()).unwrap(),
        Clock::Month => at.month() - 1,
        Clock::Date => at.day(),
        Clock::DayOfMonth => at.day() - 1,
        Clock::DayOfWeek => at.weekday().number_from_sunday() - 1,
        Clock::DayOfYear => at.ordinal() - 1,
        Clock::Hours => at.hour(),
        Clock::Minutes => at.minute(),
        Clock::Seconds => at.second(),
        Clock::Milliseconds => at.timestamp_subsec_millis(),
    })
}
