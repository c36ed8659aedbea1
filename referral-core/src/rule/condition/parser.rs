//! Reads the text of a condition into an [`Expression`].
//!
//! Recursion is bounded by [`MAX_DEPTH`], memory by [`MAX_TEXT`] and [`MAX_NODES`], whatever the text is.

use std::str::FromStr;

use super::expression::{Clock, Comparison, Expression, MAX_DEPTH, MAX_ENTRIES, MAX_NODES, MAX_TEXT, Match, Op};
use super::lexer::{self, Token};
use super::place::{Fault, Span};
use crate::error::{Error, Mistake};
use crate::quote::quoted;

/// Reads `text`. A mistake of syntax ends the reading; values that do not parse are told together.
pub(super) fn parse(text: &str) -> Result<Expression, Vec<Fault>> {
    if text.len() > MAX_TEXT {
        let problem = format!("the condition is longer than {MAX_TEXT} bytes");
        return Err(vec![Fault::new(Span::default(), problem)]);
    }
    let tokens = lexer::tokens(text).map_err(|fault| vec![fault])?;
    let end = tokens.last().map_or(0, |(_, span)| span.end);
    let mut parser =
        Parser { tokens: tokens.into_iter().peekable(), last: Span::new(end, end), nodes: 0, depth: 0, faults: vec![] };
    let whole = parser.whole();
    let mut faults = parser.faults;
    match whole {
        Ok(expression) if faults.is_empty() => Ok(expression),
        Ok(_) => Err(faults),
        Err(fault) => {
            faults.push(fault);
            Err(faults)
        }
    }
}

impl FromStr for Expression {
    type Err = Error;

    /// Reads the text form.
    ///
    /// # Errors
    /// [`Error::InvalidCampaign`] with the mistakes and their places.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).map_err(|faults| Error::InvalidCampaign(mistakes(faults, text)))
    }
}

/// The mistakes in `text`, in reading order.
pub(super) fn mistakes(mut faults: Vec<Fault>, text: &str) -> Vec<Mistake> {
    faults.sort_by_key(|fault| fault.span.start);
    faults.into_iter().map(|fault| fault.into_mistake(text)).collect()
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<(Token, Span)>>,
    /// The span of the last token of the text: where something is missing at the end.
    last: Span,
    nodes: usize,
    depth: usize,
    /// Values that do not parse.
    faults: Vec<Fault>,
}

type Parsed = Result<Expression, Fault>;

impl Parser {
    fn whole(&mut self) -> Parsed {
        let expression = self.any()?;
        if let Some((token, span)) = self.tokens.next() {
            return Err(Fault::new(span, format!("expected `&&`, `||` or the end, found {}", shown(&token))));
        }
        if expression.depth() > MAX_DEPTH {
            return Err(too_deep(expression.span));
        }
        expression.check_size().map_err(|problem| Fault::new(expression.span, problem))?;
        Ok(expression)
    }

    fn place(&mut self) -> Span {
        self.tokens.peek().map_or(self.last, |(_, span)| *span)
    }

    fn peek_sign(&mut self) -> Option<&'static str> {
        match self.tokens.peek() {
            Some((Token::Sign(sign), _)) => Some(sign),
            _ => None,
        }
    }

    fn accept(&mut self, sign: &str) -> Option<Span> {
        if self.peek_sign() != Some(sign) {
            return None;
        }
        self.tokens.next().map(|(_, span)| span)
    }

    fn expect(&mut self, sign: &str) -> Result<Span, Fault> {
        match self.accept(sign) {
            Some(span) => Ok(span),
            None => Err(self.unexpected(&format!("`{sign}`"))),
        }
    }

    fn unexpected(&mut self, wanted: &str) -> Fault {
        let place = self.place();
        match self.tokens.peek() {
            Some((token, _)) => Fault::new(place, format!("expected {wanted}, found {}", shown(token))),
            None => Fault::new(place, format!("expected {wanted}, found the end")),
        }
    }

    fn node(&mut self, op: Op, parts: Vec<Expression>, span: Span) -> Parsed {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Fault::new(span, format!("the condition has more than {MAX_NODES} parts")));
        }
        Ok(Expression::new(op, parts, span))
    }

    fn any(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep(self.place()));
        }
        let expression = self.joined("||", &Op::Any, Self::all)?;
        self.depth -= 1;
        Ok(expression)
    }

    fn all(&mut self) -> Parsed {
        self.joined("&&", &Op::All, Self::relation)
    }

    fn joined(&mut self, sign: &str, op: &Op, next: fn(&mut Self) -> Parsed) -> Parsed {
        let first = next(self)?;
        if self.peek_sign() != Some(sign) {
            return Ok(first);
        }
        let mut span = first.span;
        let mut parts = vec![first];
        while self.accept(sign).is_some() {
            let part = next(self)?;
            span = span.to(part.span);
            parts.push(part);
        }
        self.node(op.clone(), vec![], span).map(|node| Expression::joined(node.op, parts, span))
    }

    fn relation(&mut self) -> Parsed {
        let mut left = self.sum()?;
        loop {
            let Some(sign) = self.peek_sign() else { return Ok(left) };
            let comparison = Comparison::ALL.into_iter().find(|comparison| comparison.sign() == sign);
            let (op, right) = match comparison {
                Some(comparison) => {
                    self.tokens.next();
                    (Op::Compare(comparison), self.sum()?)
                }
                None if sign == "in" => {
                    self.tokens.next();
                    (Op::In, self.list_or_field()?)
                }
                None => return Ok(left),
            };
            let span = left.span.to(right.span);
            left = self.node(op, vec![left, right], span)?;
        }
    }

    fn list_or_field(&mut self) -> Parsed {
        let Some(open) = self.accept("[") else {
            let right = self.sum()?;
            let fits = matches!(right.op, Op::Field(_));
            return if fits { Ok(right) } else { Err(Fault::new(right.span, "`in` asks for a list or a list field")) };
        };
        let mut entries = Vec::new();
        let end = loop {
            if let Some(close) = self.accept("]") {
                break close;
            }
            if !entries.is_empty() {
                self.expect(",")?;
                if let Some(close) = self.accept("]") {
                    break close;
                }
            }
            entries.push(self.entry()?);
            if entries.len() > MAX_ENTRIES {
                return Err(Fault::new(open, format!("the list has more than {MAX_ENTRIES} entries")));
            }
        };
        self.node(Op::List, entries, open.to(end))
    }

    /// One constant of a list. It does not count as a node.
    fn entry(&mut self) -> Parsed {
        let nodes = self.nodes;
        let entry = self.unary()?;
        self.nodes = nodes;
        match entry.op {
            Op::Bool(_) | Op::Int(_) | Op::Text(_) | Op::Money(_) | Op::Time(_) | Op::Duration(_) => Ok(entry),
            _ => Err(Fault::new(entry.span, "a list holds only constants")),
        }
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.unary()?;
        loop {
            let op = match self.peek_sign() {
                Some("+") => Op::Add,
                Some("-") => Op::Subtract,
                _ => return Ok(left),
            };
            self.tokens.next();
            let right = self.unary()?;
            let span = left.span.to(right.span);
            left = self.node(op, vec![left, right], span)?;
        }
    }

    fn unary(&mut self) -> Parsed {
        // A loop, not recursion: a row of `!` must not reach the stack.
        let mut bangs = Vec::new();
        while let Some(bang) = self.accept("!") {
            bangs.push(bang);
        }
        if bangs.len() > MAX_DEPTH {
            return Err(too_deep(self.place()));
        }
        let mut expression = match self.accept("-") {
            Some(minus) => self.negative(minus)?,
            None => self.member()?,
        };
        for bang in bangs.into_iter().rev() {
            let span = bang.to(expression.span);
            expression = self.node(Op::Not, vec![expression], span)?;
        }
        Ok(expression)
    }

    fn negative(&mut self, minus: Span) -> Parsed {
        match self.tokens.peek() {
            Some((Token::Int(number), span)) => {
                let (number, span) = (*number, minus.to(*span));
                self.tokens.next();
                let value = i64::try_from(-i128::from(number));
                self.node(Op::Int(value.map_err(|_| too_large(number, span))?), vec![], span)
            }
            _ => Err(Fault::new(minus, "a `-` without a left side stands only before a number; write `0 - x`")),
        }
    }

    fn member(&mut self) -> Parsed {
        let mut receiver = self.primary()?;
        while self.accept(".").is_some() {
            let Some((Token::Name(name), place)) = self.tokens.next() else {
                return Err(Fault::new(receiver.span, "expected a field or a method after `.`"));
            };
            receiver = self.method(receiver, &name, place)?;
        }
        if let Some(place) = self.accept("[") {
            return Err(Fault::new(place, "there is no index here; a list stands only after `in`"));
        }
        Ok(receiver)
    }

    fn primary(&mut self) -> Parsed {
        let place = self.place();
        match self.tokens.peek() {
            Some((Token::Name(_) | Token::Int(_) | Token::Text(_) | Token::Sign("true" | "false" | "("), _)) => {}
            Some((Token::Sign("["), _)) => return Err(Fault::new(place, "a list stands only after `in`")),
            _ => return Err(self.unexpected("a field or a value")),
        }
        match self.tokens.next() {
            Some((Token::Int(number), span)) => {
                let value = i64::try_from(number).map_err(|_| too_large(number, span))?;
                self.node(Op::Int(value), vec![], span)
            }
            Some((Token::Text(text), span)) => self.node(Op::Text(text), vec![], span),
            Some((Token::Name(name), span)) => self.name(name, span),
            Some((Token::Sign("("), open)) => {
                let mut inner = self.any()?;
                let close = self.expect(")")?;
                inner.span = open.to(close);
                Ok(inner)
            }
            Some((Token::Sign(word), span)) => self.node(Op::Bool(word == "true"), vec![], span),
            None => Err(self.unexpected("a field or a value")),
        }
    }

    /// A field path, a function, or a field path with a method.
    fn name(&mut self, first: String, start: Span) -> Parsed {
        if self.accept("(").is_some() {
            return self.function(&first, start);
        }
        let (mut path, mut span) = (first, start);
        while self.accept(".").is_some() {
            let Some((Token::Name(name), place)) = self.tokens.next() else {
                return Err(Fault::new(span, "expected a field or a method after `.`"));
            };
            if self.peek_sign() == Some("(") {
                let receiver = self.node(Op::Field(path), vec![], span)?;
                return self.method(receiver, &name, place);
            }
            path = path + "." + &name;
            span = span.to(place);
        }
        self.node(Op::Field(path), vec![], span)
    }

    fn function(&mut self, name: &str, start: Span) -> Parsed {
        if !["money", "timestamp", "duration", "has", "size"].contains(&name) {
            let known = "there are `money`, `timestamp`, `duration`, `has` and `size`";
            let problem = format!("no function {}; {known}", quoted(name));
            return Err(Fault::new(start, problem));
        }
        let argument = self.any()?;
        let span = start.to(self.expect(")")?);
        match (name, &argument.op) {
            ("size", _) => self.node(Op::Size, vec![argument], span),
            // The field inside `has` is no node of its own.
            ("has", Op::Field(path)) => Ok(Expression::new(Op::Has(path.clone()), vec![], span)),
            ("has", _) => Err(Fault::new(argument.span, "`has` asks for a field")),
            (_, Op::Text(text)) => {
                let op = self.constant(name, text, argument.span);
                Ok(Expression::new(op, vec![], span))
            }
            _ => Err(Fault::new(argument.span, format!("`{name}` asks for a string in quotes"))),
        }
    }

    /// A value in quotes. One that does not parse is noted, so that further ones are found.
    fn constant(&mut self, name: &str, text: &str, span: Span) -> Op {
        let value = match name {
            "money" => text.parse().map(Op::Money),
            "timestamp" => text.parse().map(Op::Time),
            _ => text.parse().map(Op::Duration),
        };
        value.unwrap_or_else(|error| {
            self.faults.push(Fault::new(span, error.to_string()));
            Op::Bool(false)
        })
    }

    fn method(&mut self, receiver: Expression, name: &str, place: Span) -> Parsed {
        let matched = Match::ALL.into_iter().find(|method| method.name() == name).map(Op::Match);
        let clock = Clock::ALL.into_iter().find(|(_, clock, ..)| *clock == name).map(|(clock, ..)| Op::Clock(clock));
        if self.accept("(").is_none() {
            return Err(Fault::new(place, format!("the method {} has to follow a field", quoted(name))));
        }
        let Some(op) = matched.or(clock) else {
            let problem = format!(
                "no method {}; there are `startsWith`, `endsWith`, `contains` for strings and `getFullYear` to \
                 `getMilliseconds` for times",
                quoted(name)
            );
            return Err(Fault::new(place, problem));
        };
        let mut parts = vec![receiver];
        if self.peek_sign() != Some(")") {
            parts.push(self.any()?);
        }
        let close = self.expect(")")?;
        let span = parts.first().map_or(place, |receiver| receiver.span).to(close);
        match (&op, parts.get(1).map(|argument| (&argument.op, argument.span))) {
            (Op::Match(_), None) => return Err(Fault::new(close, format!("`{name}` asks for a string"))),
            (Op::Clock(_), None | Some((Op::Text(_) | Op::Field(_), _))) | (Op::Match(_), _) => {}
            (_, argument) => {
                let place = argument.map_or(close, |(_, place)| place);
                return Err(Fault::new(place, format!("`{name}` asks for the name of a zone in quotes, or a field")));
            }
        }
        self.node(op, parts, span)
    }
}

fn too_large(number: u64, span: Span) -> Fault {
    Fault::new(span, format!("the number `{number}` is too large"))
}

fn too_deep(span: Span) -> Fault {
    Fault::new(span, format!("the condition is nested more than {MAX_DEPTH} deep"))
}

fn shown(token: &Token) -> String {
    match token {
        Token::Name(name) => quoted(name),
        Token::Int(number) => format!("`{number}`"),
        Token::Text(_) => "a string".to_owned(),
        Token::Sign(sign) => format!("`{sign}`"),
    }
}
