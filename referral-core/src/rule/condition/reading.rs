//! A condition in two halves: what is read once, and what is asked again at each evaluation.
//!
//! The facts of a referral keep no values of people. Each part of a condition that asks for a person, a country, a coupon
//! or stated data is read once, and its verdict is kept as one character. Parts that ask for amounts, places or the time
//! of the lead are asked again, because later facts change these.

use super::evaluate::{Cell, Problem};
use super::expression::{Expression, Op};
use super::program::Program;
use super::schema::{Facts, Schema, Slot, Value};

/// The second half of a condition: its program, in which [`Code::Read`](super::program::Code::Read) stands for each part
/// of the first half.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Halves {
    /// Asks again what later facts change.
    pub(super) open: Program,
    /// The parts that are read once, in order.
    pub(super) told: Vec<Program>,
}

impl Slot {
    /// Whether later facts of the referral change the value: it is asked at each evaluation.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::OrderTotal
                | Self::OrderNet
                | Self::OrderTax
                | Self::OrderShipping
                | Self::OrderCurrency
                | Self::OrderNumber
                | Self::ReferralLeadAt
                | Self::ReferralChannel
        )
    }

    /// Whether the value is known at each evaluation and never changes.
    fn is_fixed(self) -> bool {
        matches!(self, Self::OrderKind | Self::OrderSource | Self::OrderOccurredAt | Self::Now | Self::ReferralVersion)
    }
}

/// Whether a condition inside is read once: it asks for a person, an order's data or a coupon, and for nothing that later facts change. It
/// may ask for the time of the lead: everything is read anew when that changes.
pub(super) fn is_told(expression: &Expression, schema: &Schema) -> bool {
    let slots = slots(expression, schema);
    let changes = slots.iter().any(|slot| slot.is_open() && *slot != Slot::ReferralLeadAt);
    !changes && slots.iter().any(|slot| !slot.is_open() && !slot.is_fixed())
}

/// The field whose value would have to be kept, because one comparison asks for it and for an open field.
pub(super) fn mixed<'e>(expression: &'e Expression, schema: &Schema) -> Option<&'e str> {
    match &expression.op {
        Op::All | Op::Any | Op::Not => expression.parts.iter().find_map(|part| mixed(part, schema)),
        _ if expression.is_constant() || is_told(expression, schema) => None,
        _ => expression.parts.iter().find_map(|part| told_value(part, schema)),
    }
}

/// The first field below `expression` whose value is read once. A condition inside keeps its verdict, not its value.
fn told_value<'e>(expression: &'e Expression, schema: &Schema) -> Option<&'e str> {
    match &expression.op {
        Op::Field(path) => {
            let slot = schema.field(path)?.slot;
            (!slot.is_open() && !slot.is_fixed()).then_some(path.as_str())
        }
        Op::Has(_) => None,
        Op::All | Op::Any | Op::Not | Op::Compare(_) | Op::In | Op::Match(_) => mixed(expression, schema),
        _ => expression.parts.iter().find_map(|part| told_value(part, schema)),
    }
}

fn slots(expression: &Expression, schema: &Schema) -> Vec<Slot> {
    let own = match &expression.op {
        Op::Field(path) | Op::Has(path) => schema.field(path).map(|field| field.slot),
        _ => None,
    };
    own.into_iter().chain(expression.parts.iter().flat_map(|part| slots(part, schema))).collect()
}

/// The verdict of a part that was read, as it is kept: one character. What is missing is kept with its place among the
/// fields of the part, as a letter from `a`; what is of the wrong type, as a sign from `#`.
pub(super) fn written(cell: Cell<'_>) -> char {
    match cell {
        Cell::Bool(true, _) => '1',
        Cell::Bool(false, _) => '0',
        Cell::Unknown { problem: Problem::Missing, field, .. } => char::from(b'a' + field.min(LAST_FIELD) as u8),
        Cell::Unknown { problem: Problem::WrongType, field, .. } => {
            char::from(WRONG_TYPE + field.min(LAST_WRONG) as u8)
        }
        Cell::Unknown { problem: Problem::CurrencyMismatch, .. } => 'C',
        Cell::Unknown { problem: Problem::OutOfRange, .. } => 'R',
        Cell::Unknown { problem: Problem::UnknownZone, .. } => 'Z',
        _ => 'W',
    }
}

/// The last field of a part that has a letter of its own.
const LAST_FIELD: u16 = 25;

/// What a field of the wrong type is kept as: a sign from `#` to `/`, by its place.
const WRONG_TYPE: u8 = b'#';
const LAST_WRONG: u16 = 12;

/// What a kept character means, with the place of the field to name; a missing one is a part that was never read.
pub(super) fn read(kept: Option<u8>) -> Result<bool, (Problem, u16)> {
    match kept {
        Some(b'1') => Ok(true),
        Some(b'0') => Ok(false),
        Some(letter @ b'a'..=b'z') => Err((Problem::Missing, u16::from(letter - b'a'))),
        Some(sign @ WRONG_TYPE..=b'/') => Err((Problem::WrongType, u16::from(sign - WRONG_TYPE))),
        Some(b'C') => Err((Problem::CurrencyMismatch, 0)),
        Some(b'R') => Err((Problem::OutOfRange, 0)),
        Some(b'Z') => Err((Problem::UnknownZone, 0)),
        Some(_) => Err((Problem::WrongType, 0)),
        None => Err((Problem::Missing, 0)),
    }
}

/// Facts beside a reading: what [`run`](super::evaluate::run) asks.
pub(super) struct Known<'a> {
    pub(super) facts: &'a dyn Facts,
    pub(super) reading: &'a [u8],
}

impl<'a> Known<'a> {
    pub(super) fn get(&self, slot: Slot) -> Option<Value<'a>> {
        self.facts.get(slot)
    }
}
