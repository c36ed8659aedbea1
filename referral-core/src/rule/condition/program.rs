//! A checked condition as a flat program for a small stack.
//!
//! `&&` and `||` jump over what cannot change their result any more; all jumps go forward, so a program ends. The stack
//! never holds more than a value for each level of the tree, at most [`MAX_DEPTH`](super::MAX_DEPTH) and one.

use super::evaluate::{self, Cell, Problem};
use super::expression::{Clock, Comparison, Expression, Match, Op};
use super::reading::{self, Halves, Known};
use super::schema::{Facts, Schema, Slot, Type, Value};
use crate::value::{Money, Timestamp, Zone};

/// A compiled condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) constants: Vec<Constant>,
    pub(super) lists: Vec<List>,
    /// The canonical texts of the conditions inside, which explain a verdict.
    pub(super) parts: Vec<String>,
    pub(super) fields: Vec<String>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) code: Code,
    /// The sub-condition that this step belongs to: an index of [`Program::parts`].
    pub(super) part: u16,
    /// The field to name if the step has no result: an index of [`Program::fields`].
    pub(super) field: u16,
}

/// What a step does. Operands are taken from the stack, the result is put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// The type is the schema's; a value of another type is a problem of its own.
    Load(Slot, Type),
    Has(Slot),
    Constant(u16),
    Not,
    /// Goes on at the step with this number if the top of the stack is false.
    SkipIfFalse(usize),
    /// The same if it is true.
    SkipIfTrue(usize),
    And,
    Or,
    Compare(Comparison),
    InList(u16),
    InField,
    Add,
    Subtract,
    Size,
    Match(Match),
    Clock(Clock, Zone),
    /// The zone is named by what is on top of the stack.
    ClockIn(Clock),
    /// The verdict of a part that was read before, by its place in the reading.
    Read(u16),
}

/// A value that does not depend on the facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Constant {
    Bool(bool),
    Int(i64),
    Text(String),
    Money(Money),
    Time(Timestamp),
    Duration(i64),
}

/// The constants after `in`, sorted where their order is total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// Whole numbers, truth values, times and durations.
    Numbers(Vec<i64>),
    Texts(Vec<String>),
    Money(Vec<Money>),
}

/// Compiles what has been checked against `schema`. Nothing if it was not.
pub(super) fn compile(expression: &Expression, schema: &Schema) -> Option<Program> {
    let mut compiler = Compiler { schema, program: Program::default(), told: None };
    compiler.emit(expression, None)?;
    Some(compiler.program)
}

/// Compiles the two halves of what has been checked against `schema`. Nothing if it was not.
pub(super) fn halves(expression: &Expression, schema: &Schema) -> Option<Halves> {
    let mut compiler = Compiler { schema, program: Program::default(), told: Some(Vec::new()) };
    compiler.emit(expression, None)?;
    Some(Halves { open: compiler.program, told: compiler.told.unwrap_or_default() })
}

/// The value of an expression without fields, or why it has none. Nothing if it has fields or was not checked.
pub(super) fn constant(expression: &Expression, schema: &Schema) -> Option<Result<Constant, Problem>> {
    if !expression.is_constant() {
        return None;
    }
    let mut compiler = Compiler { schema, program: Program::default(), told: None };
    compiler.emit_operation(expression, None)?;
    match evaluate::run(&compiler.program, &Known { facts: &NoFacts, reading: &[] }) {
        Cell::Bool(value, _) => Some(Ok(Constant::Bool(value))),
        Cell::Int(value) => Some(Ok(Constant::Int(value))),
        Cell::Str(text) => Some(Ok(Constant::Text(text.to_owned()))),
        Cell::Money(money) => Some(Ok(Constant::Money(money))),
        Cell::Time(time) => Some(Ok(Constant::Time(time))),
        Cell::Duration(micros) => Some(Ok(Constant::Duration(micros))),
        Cell::Strings(_) => None,
        Cell::Unknown { problem, .. } => Some(Err(problem)),
    }
}

struct NoFacts;

impl Facts for NoFacts {
    fn get(&self, _: Slot) -> Option<Value<'_>> {
        None
    }
}

struct Compiler<'s> {
    schema: &'s Schema,
    program: Program,
    /// The parts that are read once, if they are compiled apart.
    told: Option<Vec<Program>>,
}

impl Compiler<'_> {
    /// Emits `expression`, constant parts computed ahead. `part` is the innermost condition around it.
    fn emit(&mut self, expression: &Expression, part: Option<u16>) -> Option<()> {
        // `&&` and `||` are not computed ahead: which of their parts decides is the explanation.
        let joined = matches!(expression.op, Op::All | Op::Any);
        if !joined && expression.op != Op::Not && self.is_condition(expression) && self.emit_told(expression, part)? {
            return Some(());
        }
        if joined || expression.parts.is_empty() || !expression.is_constant() {
            return self.emit_operation(expression, part);
        }
        match constant(expression, self.schema)? {
            Ok(value) => {
                let part = self.part_of(expression, part)?;
                self.emit_constant(value, part, 0)
            }
            Err(_) => self.emit_operation(expression, part),
        }
    }

    /// Emits the verdict of a part that is read once, if parts are compiled apart. Whether it did.
    fn emit_told(&mut self, expression: &Expression, part: Option<u16>) -> Option<bool> {
        if self.told.is_none() || !reading::is_told(expression, self.schema) {
            return Some(false);
        }
        let program = compile(expression, self.schema)?;
        // Its fields stand together, so that the one that is missing can be named.
        let field = u16::try_from(self.program.fields.len()).ok()?;
        self.program.fields.extend(program.fields.iter().cloned());
        let told = self.told.as_mut()?;
        told.push(program);
        let code = Code::Read(last_index(told)?);
        let part = self.part_of(expression, part)?;
        self.program.steps.push(Step { code, part, field });
        Some(true)
    }

    fn emit_operation(&mut self, expression: &Expression, part: Option<u16>) -> Option<()> {
        let part = self.part_of(expression, part)?;
        let field = self.field_of(expression)?;
        let code = match &expression.op {
            Op::Bool(value) => return self.emit_constant(Constant::Bool(*value), part, field),
            Op::Int(value) => return self.emit_constant(Constant::Int(*value), part, field),
            Op::Text(text) => return self.emit_constant(Constant::Text(text.clone()), part, field),
            Op::Money(money) => return self.emit_constant(Constant::Money(*money), part, field),
            Op::Time(time) => return self.emit_constant(Constant::Time(*time), part, field),
            Op::Duration(duration) => return self.emit_constant(Constant::Duration(duration.0), part, field),
            Op::All | Op::Any => return self.emit_joined(expression, part, field),
            Op::List => return None,
            Op::Field(path) => self.schema.field(path).map(|field| Code::Load(field.slot, field.kind))?,
            Op::Has(path) => Code::Has(self.schema.field(path)?.slot),
            Op::Clock(clock) => {
                self.emit(expression.parts.first()?, Some(part))?;
                match expression.parts.get(1).map(|zone| (&zone.op, zone)) {
                    None => Code::Clock(*clock, Zone::UTC),
                    Some((Op::Text(name), _)) => Code::Clock(*clock, name.parse().ok()?),
                    Some((_, zone)) => {
                        self.emit(zone, Some(part))?;
                        // What has no answer here turns on the zone: times are always in range.
                        let (code, field) = (Code::ClockIn(*clock), self.field_of(zone)?);
                        self.program.steps.push(Step { code, part, field });
                        return Some(());
                    }
                }
            }
            Op::In if expression.parts.get(1)?.op == Op::List => {
                self.emit(expression.parts.first()?, Some(part))?;
                self.program.lists.push(list(expression.parts.get(1)?)?);
                Code::InList(last_index(&self.program.lists)?)
            }
            op => {
                for operand in &expression.parts {
                    self.emit(operand, Some(part))?;
                }
                plain_code(op)?
            }
        };
        self.program.steps.push(Step { code, part, field });
        Some(())
    }

    fn emit_constant(&mut self, value: Constant, part: u16, field: u16) -> Option<()> {
        self.program.constants.push(value);
        let code = Code::Constant(last_index(&self.program.constants)?);
        self.program.steps.push(Step { code, part, field });
        Some(())
    }

    fn emit_joined(&mut self, expression: &Expression, part: u16, field: u16) -> Option<()> {
        let all = expression.op == Op::All;
        let mut skips = Vec::new();
        for (index, operand) in expression.parts.iter().enumerate() {
            if index > 0 {
                skips.push(self.program.steps.len());
                self.program.steps.push(Step { code: Code::Not, part, field });
            }
            self.emit(operand, Some(part))?;
            if index > 0 {
                self.program.steps.push(Step { code: if all { Code::And } else { Code::Or }, part, field });
            }
        }
        let end = self.program.steps.len();
        for skip in skips {
            self.program.steps.get_mut(skip)?.code = if all { Code::SkipIfFalse(end) } else { Code::SkipIfTrue(end) };
        }
        Some(())
    }

    /// The index of the sub-condition that `expression` is, or is inside of.
    fn part_of(&mut self, expression: &Expression, around: Option<u16>) -> Option<u16> {
        if let (false, Some(around)) = (self.is_condition(expression), around) {
            return Some(around);
        }
        self.program.parts.push(expression.to_string());
        last_index(&self.program.parts)
    }

    fn is_condition(&self, expression: &Expression) -> bool {
        match &expression.op {
            Op::Field(path) => self.schema.field(path).is_some_and(|field| field.kind == Type::Bool),
            Op::Bool(_) | Op::Has(_) | Op::All | Op::Any | Op::Not => true,
            Op::Compare(_) | Op::In | Op::Match(_) => true,
            _ => false,
        }
    }

    fn field_of(&mut self, expression: &Expression) -> Option<u16> {
        let path = expression.first_field().unwrap_or_default();
        if let Some(known) = self.program.fields.iter().position(|field| field == path) {
            return u16::try_from(known).ok();
        }
        self.program.fields.push(path.to_owned());
        last_index(&self.program.fields)
    }
}

/// The code of an operator that needs nothing but its operands.
fn plain_code(op: &Op) -> Option<Code> {
    Some(match op {
        Op::Not => Code::Not,
        Op::Compare(comparison) => Code::Compare(*comparison),
        Op::In => Code::InField,
        Op::Add => Code::Add,
        Op::Subtract => Code::Subtract,
        Op::Size => Code::Size,
        Op::Match(method) => Code::Match(*method),
        _ => return None,
    })
}

fn list(expression: &Expression) -> Option<List> {
    let entries = || expression.parts.iter().map(|entry| &entry.op);
    let texts: Vec<_> =
        entries().filter_map(|op| if let Op::Text(text) = op { Some(text.clone()) } else { None }).collect();
    let money: Vec<_> =
        entries().filter_map(|op| if let Op::Money(money) = op { Some(*money) } else { None }).collect();
    let numbers: Vec<_> = entries().filter_map(number).collect();
    let whole = expression.parts.len();
    if texts.len() == whole && whole > 0 {
        return Some(List::Texts(sorted(texts)));
    }
    if money.len() == whole && whole > 0 {
        return Some(List::Money(money));
    }
    (numbers.len() == whole).then(|| List::Numbers(sorted(numbers)))
}

/// What is compared as a number: numbers, truth values, times and durations in microseconds.
fn number(op: &Op) -> Option<i64> {
    match op {
        Op::Bool(value) => Some(i64::from(*value)),
        Op::Int(value) => Some(*value),
        Op::Time(time) => Some(time.as_micros()),
        Op::Duration(duration) => Some(duration.0),
        _ => None,
    }
}

fn sorted<T: Ord>(mut entries: Vec<T>) -> Vec<T> {
    entries.sort_unstable();
    entries
}

fn last_index<T>(entries: &[T]) -> Option<u16> {
    u16::try_from(entries.len().checked_sub(1)?).ok()
}
