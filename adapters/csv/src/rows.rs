//! Rows of a file, one at a time: the encoding, the separator and the columns are told first.

use std::collections::BTreeMap;
use std::io::{Chain, Cursor, ErrorKind, Read};

use csv::ByteRecord;
use referral_core::quote::quoted;

use crate::encoding;
use crate::limits::Limits;
use crate::mapping::{Mapping, Separator, folded, needs_one_of};
use crate::problem::{Fault, Problem};
use crate::sentry::{Lines, Sentry, fault_of};

const BUFFER: usize = 64 * 1024;

/// The most names of columns that a message shows, and the most characters of each.
const MOST_NAMES: usize = 32;
const MOST_OF_A_NAME: usize = 64;

/// What is read before the columns are known, and then what is left.
type Source<R> = Chain<Cursor<Vec<u8>>, R>;

/// A file, row by row.
pub(crate) struct Rows<R> {
    reader: csv::Reader<Sentry<Source<R>>>,
    lines: Lines,
    columns: Columns,
    limits: Limits,
    read: u64,
    record: ByteRecord,
}

/// Where the fields of a row stand.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    places: BTreeMap<String, usize>,
    count: usize,
    /// The columns that nothing is read from.
    pub(crate) ignored: Vec<String>,
}

/// One row.
pub(crate) struct Row<'a> {
    /// The line on which it begins.
    pub(crate) line: u64,
    record: &'a ByteRecord,
    columns: &'a Columns,
}

impl<R: Read> Rows<R> {
    /// Reads as far as the columns' names.
    pub(crate) fn open(source: R, mapping: &Mapping) -> Result<Self, Fault> {
        let limits = mapping.limits;
        let Opened { source, separator, line } = begin(source, mapping)?;
        let (sentry, lines) = Sentry::new(source, separator, limits, line);
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(separator).buffer_capacity(BUFFER);
        let reader = builder.from_reader(sentry);
        let (columns, record) = (Columns::default(), ByteRecord::new());
        let mut rows = Self { reader, lines, columns, limits, read: 0, record };
        let line = rows.advance()?.ok_or(Problem::NoHeader)?;
        rows.columns = Columns::from_header(&rows.record, mapping).map_err(|problem| Fault::at(line, problem))?;
        Ok(rows)
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The next row; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, Fault> {
        let Some(line) = self.advance()? else { return Ok(None) };
        self.read += 1;
        if self.read > self.limits.rows {
            return Err(Fault::at(line, Problem::TooManyRows { most: self.limits.rows }));
        }
        Ok(Some(Row { line, record: &self.record, columns: &self.columns }))
    }

    fn advance(&mut self) -> Result<Option<u64>, Fault> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => Ok(Some(self.lines.borrow_mut().pop_front().unwrap_or_default())),
            Err(error) => Err(match error.into_kind() {
                csv::ErrorKind::Io(error) => fault_of(&error),
                _ => Problem::Unreadable { problem: "it is not CSV".to_owned() }.into(),
            }),
        }
    }
}

impl Columns {
    fn from_header(record: &ByteRecord, mapping: &Mapping) -> Result<Self, Problem> {
        let headers: Vec<String> =
            record.iter().map(|header| String::from_utf8_lossy(header).trim().to_owned()).collect();
        let (mut places, mut ignored) = (BTreeMap::new(), Vec::new());
        for (place, header) in headers.iter().enumerate() {
            let fields = mapping.fields_of(header);
            if fields.is_empty() {
                ignored.push(header.clone());
            }
            for field in fields {
                if places.insert(field, place).is_some() {
                    return Err(Problem::DuplicateHeader { header: quoted(header) });
                }
            }
        }
        let is_there = |name: &String| headers.iter().any(|header| folded(header) == folded(name));
        if let Some(missing) = mapping.columns.values().find(|name| !is_there(name)) {
            let header = quoted(missing);
            return Err(Problem::MissingHeader { header, found: shown(&headers) });
        }
        let needed = needs_one_of(mapping.content);
        let is_read = |field: &&str| {
            let within = |place: &String| field.ends_with('.') && place.starts_with(*field);
            places.contains_key(*field) || places.keys().any(within)
        };
        if !needed.iter().any(is_read) {
            let named = needed.iter().filter(|field| !field.ends_with('.'));
            let one_of: Vec<String> = named.map(|field| format!("`{field}`")).collect();
            return Err(Problem::MissingHeader { header: one_of.join(" or "), found: shown(&headers) });
        }
        Ok(Self { places, count: headers.len(), ignored })
    }

    /// The fields that are read, by name.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.places.contains_key(field)
    }
}

impl Row<'_> {
    /// What stands in a field, without the spaces around it; nothing if it is empty.
    pub(crate) fn get(&self, field: &str) -> Option<&str> {
        let bytes = self.record.get(*self.columns.places.get(field)?)?;
        // INVARIANT: the sentry lets nothing but UTF-8 pass.
        std::str::from_utf8(bytes).ok().map(str::trim).filter(|text| !text.is_empty())
    }

    pub(crate) fn columns(&self) -> &Columns {
        self.columns
    }

    /// How many bytes its fields have.
    pub(crate) fn bytes(&self) -> usize {
        self.record.as_slice().len()
    }

    /// Whether the row has another number of fields than the first one.
    pub(crate) fn is_ragged(&self) -> bool {
        self.record.len() != self.columns.count
    }

    /// Whether all fields are empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.record.iter().all(|field| field.trim_ascii().is_empty())
    }
}

/// The names of columns, for a message.
fn shown(headers: &[String]) -> String {
    let name = |header: &String| match header.contains('@') {
        true => "`…`".to_owned(),
        false => format!("`{}`", header.chars().take(MOST_OF_A_NAME).collect::<String>().escape_debug()),
    };
    let more = if headers.len() > MOST_NAMES { ", …" } else { "" };
    headers.iter().take(MOST_NAMES).map(name).collect::<Vec<_>>().join(", ") + more
}

struct Opened<R> {
    source: Source<R>,
    separator: u8,
    line: u64,
}

/// Reads the first rows, to see what the file is.
fn begin<R: Read>(mut inner: R, mapping: &Mapping) -> Result<Opened<R>, Fault> {
    let mut head = Vec::new();
    while !has_rows(&head) && head.len() <= mapping.limits.row_bytes {
        let mut chunk = [0; 4096];
        match inner.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => head.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Problem::Unreadable { problem: error.kind().to_string() }.into()),
        }
    }
    if let Some(found) = encoding::other_than_utf8(&head) {
        return Err(Fault::at(1, Problem::Encoding { found }));
    }
    let mut skipped = if head.starts_with(encoding::MARK) { encoding::MARK.len() } else { 0 };
    let text = head.get(skipped..).unwrap_or_default();
    let (mut line, mut stated) = (1, mapping.separator);
    if let Some((separator, length)) = stated_in_file(text) {
        (line, skipped) = (2, skipped + length);
        stated = stated.or(Some(separator));
    }
    let first = head.get(skipped..).unwrap_or_default();
    let separator = match stated {
        Some(separator) => separator,
        None => told_from(first).map_err(|problem| Fault::at(line, problem))?,
    };
    let mut head = Cursor::new(head);
    head.set_position(skipped as u64);
    Ok(Opened { source: head.chain(inner), separator: separator.byte(), line })
}

/// Whether there are two whole rows: the first may state the separator.
fn has_rows(head: &[u8]) -> bool {
    let (mut quoted, mut begun, mut ended) = (false, false, 0);
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => ended += i32::from(std::mem::take(&mut begun)),
            _ => begun = true,
        }
    }
    ended >= 2
}

/// `sep=;`, which some spreadsheets write into a line of its own, and how long that line is.
fn stated_in_file(text: &[u8]) -> Option<(Separator, usize)> {
    let rest = text.strip_prefix(b"sep=")?;
    let (byte, rest) = rest.split_first()?;
    let separator = Separator::ALL.into_iter().find(|separator| separator.byte() == *byte)?;
    let end = if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
    (end > 0).then_some((separator, b"sep=;".len() + end))
}

/// The one separator that stands in the first row outside of quotes.
fn told_from(text: &[u8]) -> Result<Separator, Problem> {
    let mut quoted = false;
    let mut found: Option<Separator> = None;
    let mut begun = false;
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted && begun => break,
            _ => {}
        }
        begun |= !matches!(byte, b'\n' | b'\r');
        let separator = Separator::ALL.into_iter().find(|separator| !quoted && separator.byte() == *byte);
        if let Some(separator) = separator
            && *found.get_or_insert(separator) != separator
        {
            return Err(Problem::AmbiguousSeparator);
        }
    }
    Ok(found.unwrap_or(Separator::Comma))
}
