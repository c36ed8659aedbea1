//! Finds parts of a checked condition that can never hold, and such that say nothing.
//!
//! Each conjunction is looked at term by term: a term is what is compared with constants, a field or a computed value,
//! known by its canonical text. What it finds is certain; it does not find everything.

use std::collections::BTreeSet;

use super::domain::{Domain, Point, Rule};
use super::expression::{Comparison, Expression, Op};
use super::place::{Fault, Span};
use super::program::{self, Constant};
use super::schema::Schema;
use crate::value::Currency;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Parts that can never hold.
    pub(super) faults: Vec<Fault>,
    /// Parts that always hold, and list entries that stand twice.
    pub(super) warnings: Vec<Fault>,
}

/// Looks through `expression`, which was checked against `schema`.
pub(super) fn examine(expression: &Expression, schema: &Schema) -> Findings {
    let mut examiner = Examiner { schema, findings: Findings::default() };
    examiner.lists(expression);
    let logic = examiner.logic(expression, Sense::Holds);
    examiner.conjunction(std::slice::from_ref(&logic), &[]);
    examiner.findings
}

/// Whether a part is asked to hold or to fail: `!` turns it round.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sense {
    Holds,
    Fails,
}

/// A condition with its negations pushed down to the comparisons.
enum Logic {
    All(Vec<Logic>),
    Any(Vec<Logic>, Span),
    Atom(Atom),
}

/// A comparison, or another condition that is not made of conditions.
#[derive(Clone)]
struct Atom {
    span: Span,
    text: String,
    meaning: Meaning,
}

#[derive(Clone)]
enum Meaning {
    Always,
    Never,
    /// It has no answer: a constant sum that leaves its range.
    Unknown,
    Open,
    Asks {
        term: String,
        range: (Option<i64>, Option<i64>),
        rule: Rule,
        currency: Option<Currency>,
    },
}

struct Examiner<'s> {
    schema: &'s Schema,
    findings: Findings,
}

impl Examiner<'_> {
    fn warn(&mut self, span: Span, problem: String) {
        self.findings.warnings.push(Fault::new(span, problem));
    }

    fn refuse(&mut self, span: Span, problem: String) {
        self.findings.faults.push(Fault::new(span, problem));
    }

    /// Warns of list entries that stand twice, and of those that the field asked about can never be.
    fn lists(&mut self, expression: &Expression) {
        if let (Op::In, [left, right]) = (&expression.op, expression.parts.as_slice()) {
            let known = self.one_of(left).map(<[_]>::to_vec).unwrap_or_default();
            for entry in right.parts.iter().filter(|_| !known.is_empty()) {
                if matches!(&entry.op, Op::Text(text) if !known.contains(&text.as_str())) {
                    self.warn(entry.span, format!("`{entry}` is nothing that `{left}` can be"));
                }
            }
        }
        let mut seen = BTreeSet::new();
        for part in &expression.parts {
            if expression.op == Op::List && !seen.insert(part.to_string()) {
                self.warn(part.span, format!("`{part}` stands twice in the list"));
            }
            self.lists(part);
        }
    }

    fn logic(&self, expression: &Expression, sense: Sense) -> Logic {
        let parts = || expression.parts.iter().map(|part| self.logic(part, sense)).collect();
        match (&expression.op, sense, expression.parts.first()) {
            (Op::Not, Sense::Holds, Some(part)) => self.logic(part, Sense::Fails),
            (Op::Not, Sense::Fails, Some(part)) => self.logic(part, Sense::Holds),
            (Op::All, Sense::Holds, _) | (Op::Any, Sense::Fails, _) => Logic::All(parts()),
            (Op::Any, Sense::Holds, _) | (Op::All, Sense::Fails, _) => Logic::Any(parts(), expression.span),
            _ => Logic::Atom(self.atom(expression, sense)),
        }
    }

    fn atom(&self, expression: &Expression, sense: Sense) -> Atom {
        let meaning = match (self.meaning(expression), sense) {
            (Meaning::Always, Sense::Fails) => Meaning::Never,
            (Meaning::Never, Sense::Fails) => Meaning::Always,
            (Meaning::Asks { term, range, rule, currency }, Sense::Fails) => {
                Meaning::Asks { term, range, rule: rule.negated(), currency }
            }
            (meaning, _) => meaning,
        };
        let text = if sense == Sense::Holds { expression.to_string() } else { format!("!({expression})") };
        Atom { span: expression.span, text, meaning }
    }

    fn meaning(&self, expression: &Expression) -> Meaning {
        match program::constant(expression, self.schema) {
            Some(Ok(Constant::Bool(true))) => return Meaning::Always,
            Some(Ok(_)) => return Meaning::Never,
            Some(Err(_)) => return Meaning::Unknown,
            None => {}
        }
        let [left, right] = [0, 1].map(|index| expression.parts.get(index));
        match (&expression.op, left, right) {
            (Op::Compare(comparison), Some(left), Some(right)) => self.comparison(*comparison, left, right),
            (Op::In, Some(left), Some(right)) if right.op == Op::List && !left.is_constant() => self.among(left, right),
            _ => {
                let rule = Rule::Compare(Comparison::Equal, Point::Number(1));
                self.asks(expression, rule, None)
            }
        }
    }

    fn asks(&self, term: &Expression, rule: Rule, currency: Option<Currency>) -> Meaning {
        Meaning::Asks { term: term.to_string(), range: self.range(term), rule, currency }
    }

    fn comparison(&self, comparison: Comparison, left: &Expression, right: &Expression) -> Meaning {
        if left == right {
            return if comparison.holds(std::cmp::Ordering::Equal) { Meaning::Always } else { Meaning::Never };
        }
        let (term, value, comparison) =
            if left.is_constant() { (right, left, comparison.mirrored()) } else { (left, right, comparison) };
        match program::constant(value, self.schema) {
            None => Meaning::Open,
            Some(Err(_)) => Meaning::Unknown,
            Some(Ok(constant)) => {
                let (point, currency) = point(constant);
                match (comparison, self.can_be(term, &point)) {
                    (Comparison::Equal, false) => Meaning::Never,
                    (Comparison::Unequal, false) => Meaning::Always,
                    _ => self.asks(term, Rule::Compare(comparison, point), currency),
                }
            }
        }
    }

    /// The only texts that a term can be, as far as they are known.
    fn one_of(&self, term: &Expression) -> Option<&[&'static str]> {
        let Op::Field(path) = &term.op else { return None };
        self.schema.field(path).map(|field| field.one_of.as_slice()).filter(|known| !known.is_empty())
    }

    fn can_be(&self, term: &Expression, point: &Point) -> bool {
        match (self.one_of(term), point) {
            (Some(known), Point::Text(text)) => known.contains(&text.as_str()),
            _ => true,
        }
    }

    fn among(&self, term: &Expression, list: &Expression) -> Meaning {
        let mut points = BTreeSet::new();
        let mut currencies = BTreeSet::new();
        for entry in &list.parts {
            let Some(Ok(constant)) = program::constant(entry, self.schema) else { return Meaning::Open };
            let (point, currency) = point(constant);
            points.insert(point);
            currencies.extend(currency);
        }
        if currencies.len() > 1 {
            return Meaning::Open;
        }
        points.retain(|point| self.can_be(term, point));
        if points.is_empty() {
            return Meaning::Never;
        }
        self.asks(term, Rule::Among(points), currencies.into_iter().next())
    }

    /// The least and the greatest number that `term` can be, as far as they are known.
    fn range(&self, term: &Expression) -> (Option<i64>, Option<i64>) {
        match &term.op {
            Op::Size => (Some(0), None),
            Op::Clock(clock) => {
                let (low, high) = clock.range();
                (Some(low), Some(high))
            }
            Op::Has(path) => {
                let certain = self.schema.field(path).is_some_and(|field| !field.nullable);
                (Some(i64::from(certain)), Some(1))
            }
            Op::Field(path) => {
                let field = self.schema.field(path);
                let truth = field.is_some_and(|field| field.kind == super::Type::Bool);
                if truth { (Some(0), Some(1)) } else { (field.and_then(|field| field.at_least), None) }
            }
            Op::Match(_) | Op::Compare(_) | Op::In | Op::All | Op::Any | Op::Not => (Some(0), Some(1)),
            _ => (None, None),
        }
    }

    /// Looks at `items`, which have to hold together with `around`.
    fn conjunction(&mut self, items: &[Logic], around: &[Atom]) {
        let mut atoms = Vec::new();
        let mut alternatives = Vec::new();
        sort_out(items, &mut atoms, &mut alternatives);
        for atom in &atoms {
            self.constants(atom);
        }
        let mut known = around.to_vec();
        let mut sound = Vec::new();
        for atom in atoms {
            match contradiction(&atom, &known) {
                Some(problem) => self.refuse(atom.span, problem),
                None => {
                    known.push(atom.clone());
                    sound.push(atom);
                }
            }
        }
        self.redundant(&sound, around);
        for (branches, span) in alternatives {
            self.covered(branches, span);
            for branch in branches {
                self.conjunction(std::slice::from_ref(branch), &known);
            }
        }
    }

    fn constants(&mut self, atom: &Atom) {
        match atom.meaning {
            Meaning::Always => self.warn(atom.span, format!("`{}` always holds", atom.text)),
            Meaning::Never => self.refuse(atom.span, format!("`{}` can never hold", atom.text)),
            Meaning::Unknown => self.refuse(atom.span, format!("`{}` leaves the range of its type", atom.text)),
            Meaning::Open | Meaning::Asks { .. } => {}
        }
    }

    /// Warns of those among `atoms` that the others imply. The later ones go first, so that of two equal ones the first
    /// stays.
    fn redundant(&mut self, atoms: &[Atom], around: &[Atom]) {
        let mut left: Vec<&Atom> = atoms.iter().collect();
        for index in (0..left.len()).rev() {
            let Some(atom) = left.get(index).copied() else { continue };
            let Meaning::Asks { term, range, rule, currency } = &atom.meaning else { continue };
            let others = left.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, atom)| *atom);
            let mut domain = domain_of(term, *range, around.iter().chain(others));
            domain.narrow(&rule.clone().negated(), *currency);
            if domain.is_empty() {
                self.warn(atom.span, format!("`{}` always holds here", atom.text));
                left.remove(index);
            }
        }
    }

    /// Warns of an `||` that no value escapes: `x != 1 || x != 2`.
    fn covered(&mut self, branches: &[Logic], span: Span) {
        let mut escapes = Vec::new();
        for branch in branches {
            let Logic::Atom(atom) = branch else { continue };
            // Money of a third currency escapes both of `x > 5 EUR || x <= 5 EUR`.
            if let Meaning::Asks { term, range, rule, currency: None } = &atom.meaning {
                let rule = rule.clone().negated();
                let meaning = Meaning::Asks { term: term.clone(), range: *range, rule, currency: None };
                escapes.push(Atom { meaning, ..atom.clone() });
            }
        }
        for (index, atom) in escapes.iter().enumerate() {
            let Meaning::Asks { term, range, .. } = &atom.meaning else { continue };
            let alone = domain_of(term, *range, std::iter::once(atom)).is_empty();
            if !alone && domain_of(term, *range, escapes.iter().take(index + 1)).is_empty() {
                let problem = format!("one of these parts always holds, whatever `{term}` is");
                return self.warn(span, problem);
            }
        }
    }
}

/// The atoms and the alternatives of a conjunction, nested ones included.
fn sort_out<'l>(items: &'l [Logic], atoms: &mut Vec<Atom>, alternatives: &mut Vec<(&'l [Logic], Span)>) {
    for item in items {
        match item {
            Logic::All(parts) => sort_out(parts, atoms, alternatives),
            Logic::Any(parts, span) => alternatives.push((parts, *span)),
            Logic::Atom(atom) => atoms.push(atom.clone()),
        }
    }
}

/// Why `atom` cannot hold together with `known`, if it cannot.
fn contradiction(atom: &Atom, known: &[Atom]) -> Option<String> {
    let Meaning::Asks { term, range, rule, currency } = &atom.meaning else { return None };
    let mut alone = Domain::between(range.0, range.1);
    alone.narrow(rule, *currency);
    if alone.is_empty() {
        return Some(format!("`{}` can never hold", atom.text));
    }
    let mut together = domain_of(term, *range, known.iter());
    together.narrow(rule, *currency);
    if !together.is_empty() {
        return None;
    }
    let rival = known.iter().find(|other| {
        let mut pair = domain_of(term, *range, std::iter::once(*other));
        pair.narrow(rule, *currency);
        pair.is_empty()
    });
    Some(match rival {
        Some(rival) => format!("`{}` can never hold together with `{}`", atom.text, rival.text),
        None => format!("`{}` can never hold together with what else is asked of `{term}`", atom.text),
    })
}

/// What `term` can be where all of `atoms` hold.
fn domain_of<'a>(term: &str, range: (Option<i64>, Option<i64>), atoms: impl Iterator<Item = &'a Atom>) -> Domain {
    let mut domain = Domain::between(range.0, range.1);
    for atom in atoms {
        if let Meaning::Asks { term: other, rule, currency, .. } = &atom.meaning
            && other == term
        {
            domain.narrow(rule, *currency);
        }
    }
    domain
}

fn point(constant: Constant) -> (Point, Option<Currency>) {
    match constant {
        Constant::Bool(value) => (Point::Number(i128::from(value)), None),
        Constant::Int(value) | Constant::Duration(value) => (Point::Number(i128::from(value)), None),
        Constant::Text(text) => (Point::Text(text), None),
        Constant::Money(money) => (Point::Number(i128::from(money.minor)), Some(money.currency)),
        Constant::Time(time) => (Point::Number(i128::from(time.as_micros())), None),
    }
}
