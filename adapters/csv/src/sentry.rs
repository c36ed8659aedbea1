//! Watches the bytes of a file as they are read: bounds, quotes, UTF-8. It copies nothing and keeps nothing of them.
//!
//! The parser behind it gets whole rows up to the first one that breaks a rule, then the fault. So a field that is never
//! closed costs no more memory than one field may have, and nothing of a broken row is ever parsed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::rc::Rc;

use crate::encoding;
use crate::limits::Limits;
use crate::problem::{Fault, Problem};

/// The lines on which rows begin that the sentry has seen and the parser has not asked for yet.
pub(crate) type Lines = Rc<RefCell<VecDeque<u64>>>;

/// Where in a row the last byte was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the first byte of a row.
    RowStart,
    /// Before the first byte of a field.
    FieldStart,
    /// In a field without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote that closes, or is the first of two.
    Closed,
}

/// A reader that watches another one.
#[derive(Debug)]
pub(crate) struct Sentry<R> {
    inner: R,
    watch: Watch,
    fault: Option<Fault>,
}

#[derive(Debug)]
struct Watch {
    separator: u8,
    limits: Limits,
    lines: Lines,
    place: Place,
    bytes: u64,
    line: u64,
    row_line: u64,
    quote_line: u64,
    row_bytes: usize,
    field_bytes: usize,
    columns: usize,
    after_return: bool,
    /// The first bytes of a character whose rest is still to come.
    partial: Vec<u8>,
}

/// How a fault passes the parser, which knows only errors of reading.
#[derive(Debug)]
struct Carried(Fault);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Carried {}

/// The fault in an error of reading.
pub(crate) fn fault_of(error: &io::Error) -> Fault {
    let carried = error.get_ref().and_then(|inner| inner.downcast_ref::<Carried>());
    carried.map_or_else(|| Problem::Unreadable { problem: error.kind().to_string() }.into(), |fault| fault.0.clone())
}

impl<R: Read> Sentry<R> {
    /// Watches `inner`, whose first byte is the first of line `line`.
    pub(crate) fn new(inner: R, separator: u8, limits: Limits, line: u64) -> (Self, Lines) {
        let lines = Lines::default();
        let watch = Watch {
            separator,
            limits,
            lines: Rc::clone(&lines),
            place: Place::RowStart,
            bytes: 0,
            line,
            row_line: line,
            quote_line: line,
            row_bytes: 0,
            field_bytes: 0,
            columns: 1,
            after_return: false,
            partial: Vec::new(),
        };
        (Self { inner, watch, fault: None }, lines)
    }
}

impl<R: Read> Read for Sentry<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = &self.fault {
            return Err(io::Error::other(Carried(fault.clone())));
        }
        let count = loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        let chunk = buffer.get(..count).unwrap_or_default();
        let (whole, fault) = if count == 0 { (0, self.watch.end()) } else { self.watch.see(chunk) };
        match fault {
            None => Ok(count),
            Some(fault) if whole == 0 => {
                self.fault = Some(fault.clone());
                Err(io::Error::other(Carried(fault)))
            }
            Some(fault) => {
                self.fault = Some(fault);
                Ok(whole)
            }
        }
    }
}

impl Watch {
    /// Sees the next bytes. With a fault comes the number of bytes up to the end of the last whole row.
    fn see(&mut self, chunk: &[u8]) -> (usize, Option<Fault>) {
        let valid = self.valid_utf8(chunk);
        let mut whole = 0;
        for (at, byte) in chunk.iter().enumerate() {
            if valid.is_some_and(|(bad, _)| at >= bad) {
                break;
            }
            if let Err(problem) = self.step(*byte) {
                return (whole, Some(Fault::at(self.line_of(&problem), problem)));
            }
            if self.place == Place::RowStart {
                whole = at + 1;
            }
        }
        (whole, valid.map(|(_, found)| Fault::at(self.row_line, Problem::Encoding { found })))
    }

    fn line_of(&self, problem: &Problem) -> u64 {
        if *problem == Problem::UnclosedQuote { self.quote_line } else { self.row_line }
    }

    /// The end of the file.
    fn end(&mut self) -> Option<Fault> {
        if !self.partial.is_empty() {
            let found = encoding::guess(&self.partial);
            return Some(Fault::at(self.row_line, Problem::Encoding { found }));
        }
        (self.place == Place::Quoted).then(|| Fault::at(self.quote_line, Problem::UnclosedQuote))
    }

    /// Where the first byte lies that belongs to no character of UTF-8, and what the bytes are instead.
    fn valid_utf8(&mut self, chunk: &[u8]) -> Option<(usize, &'static str)> {
        let mut from = 0;
        while !self.partial.is_empty() {
            let byte = chunk.get(from)?;
            self.partial.push(*byte);
            match std::str::from_utf8(&self.partial) {
                Ok(_) => self.partial.clear(),
                Err(error) if error.error_len().is_some() => return Some((0, encoding::guess(&self.partial))),
                Err(_) => {}
            }
            from += 1;
        }
        let rest = chunk.get(from..).unwrap_or_default();
        let error = std::str::from_utf8(rest).err()?;
        let bad = rest.get(error.valid_up_to()..).unwrap_or_default();
        if error.error_len().is_some() {
            return Some((from + error.valid_up_to(), encoding::guess(bad)));
        }
        self.partial.extend_from_slice(bad);
        None
    }

    fn step(&mut self, byte: u8) -> Result<(), Problem> {
        self.bytes += 1;
        if self.bytes > self.limits.bytes {
            return Err(Problem::TooManyBytes { most: self.limits.bytes });
        }
        let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
        let ends_line = byte == b'\r' || (byte == b'\n' && !after_return);
        if byte == 0 {
            return Err(Problem::NulByte);
        }
        if self.place == Place::RowStart {
            if matches!(byte, b'\r' | b'\n') {
                self.line += u64::from(ends_line);
                self.row_line = self.line;
                return Ok(());
            }
            self.begin_row();
        }
        self.line += u64::from(ends_line);
        self.row_bytes += 1;
        if self.row_bytes > self.limits.row_bytes {
            return Err(Problem::RowTooLong { most: self.limits.row_bytes });
        }
        self.within_row(byte)
    }

    fn begin_row(&mut self) {
        self.row_line = self.line;
        self.lines.borrow_mut().push_back(self.line);
        (self.row_bytes, self.field_bytes, self.columns) = (0, 0, 1);
        self.place = Place::FieldStart;
    }

    fn within_row(&mut self, byte: u8) -> Result<(), Problem> {
        let ends_field = byte == self.separator || matches!(byte, b'\r' | b'\n');
        match self.place {
            Place::Quoted if byte == b'"' => {
                self.place = Place::Closed;
                Ok(())
            }
            Place::Closed if byte == b'"' => {
                self.place = Place::Quoted;
                self.grow()
            }
            Place::Closed if !ends_field => Err(Problem::StrayQuote),
            Place::Quoted => self.grow(),
            _ if ends_field => self.end_field(byte),
            Place::FieldStart if byte == b'"' => {
                (self.place, self.quote_line) = (Place::Quoted, self.line);
                Ok(())
            }
            _ => {
                self.place = Place::Plain;
                self.grow()
            }
        }
    }

    fn grow(&mut self) -> Result<(), Problem> {
        self.field_bytes += 1;
        let most = self.limits.field_bytes;
        if self.field_bytes > most { Err(Problem::FieldTooLong { most }) } else { Ok(()) }
    }

    fn end_field(&mut self, byte: u8) -> Result<(), Problem> {
        self.field_bytes = 0;
        if byte != self.separator {
            self.place = Place::RowStart;
            self.row_line = self.line;
            return Ok(());
        }
        self.place = Place::FieldStart;
        self.columns += 1;
        let most = self.limits.columns;
        if self.columns > most { Err(Problem::TooManyColumns { most }) } else { Ok(()) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// Hands out so many bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    /// A problem's code and its line.
    type Found = Option<(&'static str, Option<u64>)>;

    fn watch(bytes: &[u8], at_a_time: usize) -> (Vec<u8>, Found, Vec<u64>) {
        let limits = Limits { field_bytes: 8, row_bytes: 20, columns: 3, bytes: 60, ..Limits::default() };
        let (mut sentry, lines) = Sentry::new(Drip(bytes, at_a_time), b',', limits, 1);
        let mut passed = Vec::new();
        let mut buffer = [0; 16];
        let fault = loop {
            match sentry.read(&mut buffer) {
                Ok(0) => break None,
                Ok(count) => passed.extend_from_slice(&buffer[..count]),
                Err(error) => {
                    let fault = fault_of(&error);
                    break Some((fault.problem.code(), fault.line));
                }
            }
        };
        let lines = lines.borrow().iter().copied().collect();
        (passed, fault, lines)
    }

    #[test]
    fn faults_are_found_at_their_line_however_the_bytes_arrive() {
        let cases: &[(&[u8], Found)] = &[
            (b"a,b\n1,2\n", None),
            (b"a,b\r\n1,2\r\n", None),
            (b"a\r1\r", None),
            (b"a\n\"x\ny\"\n", None),
            (b"a\n\"x\"\"y\"\n", None),
            (b"a\nx\"y\n", None),
            (b"a\n1\n\"x\ny", Some(("unclosed_quote", Some(3)))),
            (b"a\n\n\n\"", Some(("unclosed_quote", Some(4)))),
            (b"a\n\"x\"y\n", Some(("stray_quote", Some(2)))),
            (b"a\n\"x\" \n", Some(("stray_quote", Some(2)))),
            (b"a\n1\0\n", Some(("nul_byte", Some(2)))),
            (b"a\n123456789\n", Some(("field_too_long", Some(2)))),
            (b"a\n\"1234567\"\"\"\n", None),
            (b"a\n\"12345678\"\"\"\n", Some(("field_too_long", Some(2)))),
            (b"a\n1234567,1234567,1234567\n", Some(("row_too_long", Some(2)))),
            (b"a\n,,,\n", Some(("too_many_columns", Some(2)))),
            (
                b"a\n1234567\n1234567\n1234567\n1234567\n1234567\n1234567\n1234567\n123\n",
                Some(("too_many_bytes", Some(9))),
            ),
            (b"a\n\xE4\n", Some(("encoding", Some(2)))),
            (b"a\n\xC3\xA4\n", None),
            (b"a\n\xC3", Some(("encoding", Some(2)))),
            (b"a\n\xF0\x9F\x98\x80\n", None),
            (b"a\n\xF0\x9F\x98\n", Some(("encoding", Some(2)))),
        ];
        for (bytes, expected) in cases {
            for at_a_time in 1..=bytes.len() {
                let (passed, fault, _) = watch(bytes, at_a_time);
                assert_eq!(fault, *expected, "{:?} by {at_a_time}", bytes.escape_ascii().to_string());
                assert!(bytes.starts_with(&passed));
                assert!(expected.is_some() || passed == *bytes);
            }
        }
    }

    #[test]
    fn rows_before_a_fault_pass_whole_and_nothing_of_the_broken_row_where_it_came_with_them() {
        let (passed, fault, lines) = watch(b"a\n1\n\n\"2\n\"\n3\0", 16);
        assert_eq!((passed.as_slice(), fault), (&b"a\n1\n\n\"2\n\"\n"[..], Some(("nul_byte", Some(6)))));
        assert_eq!(lines, [1, 2, 4, 6]);
    }
}
