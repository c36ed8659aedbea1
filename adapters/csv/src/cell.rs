//! Cells as text, and back: the same for CSV and JSON Lines, exact both ways.

use chrono::SecondsFormat;
use referrals::record::{Cell, ColumnType};
use referrals::value::Timestamp;

/// What makes a spreadsheet run a cell instead of showing it, also in the wide forms that some take for the same.
const RUNS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff20}'];
/// What stands before such a cell, and before one that begins with it.
const SHIELD: char = '\'';

/// A cell as text; nothing for null.
pub(crate) fn to_text(cell: &Cell, holds: ColumnType) -> Option<String> {
    Some(match (cell, holds) {
        (Cell::Null, _) => return None,
        (Cell::Integer(number), ColumnType::Boolean) => (*number != 0).to_string(),
        (Cell::Integer(micros), ColumnType::Time) => Timestamp::from_micros(*micros)
            .map_or_else(|_| micros.to_string(), |time| time.to_chrono().to_rfc3339_opts(SecondsFormat::Micros, true)),
        (Cell::Integer(number), _) => number.to_string(),
        (Cell::Text(text), _) => text.clone(),
        (Cell::Bytes(bytes), ColumnType::Uuid) => dashed(&hex(bytes)),
        (Cell::Bytes(bytes), _) => hex(bytes),
    })
}

/// The cell that stands in a text.
pub(crate) fn from_text(text: String, holds: ColumnType) -> Result<Cell, &'static str> {
    let number = |text: &str| text.parse::<i64>().ok().filter(|number| number.to_string() == text);
    match holds {
        ColumnType::Integer => number(&text).map(Cell::Integer).ok_or("is not a whole number"),
        ColumnType::Boolean => match text.as_str() {
            "true" => Ok(Cell::Integer(1)),
            "false" => Ok(Cell::Integer(0)),
            _ => Err("is neither true nor false"),
        },
        ColumnType::Time => {
            let time = text.parse::<Timestamp>().map_err(|_| "is not a time")?;
            Ok(Cell::Integer(time.as_micros()))
        }
        ColumnType::Uuid => {
            let plain = text.replace('-', "");
            let bytes = from_hex(&plain).filter(|bytes| bytes.len() == 16 && dashed(&plain) == text);
            bytes.map(Cell::Bytes).ok_or("is not a UUID")
        }
        ColumnType::Bytes => from_hex(&text).map(Cell::Bytes).ok_or("is not bytes in hexadecimal"),
        ColumnType::Text | ColumnType::Json => Ok(Cell::Text(text)),
    }
}

/// A cell for CSV: what a spreadsheet would run has an apostrophe before it, and so has what begins with one, and the
/// empty text, so that an empty field is null.
pub(crate) fn shielded(text: Option<String>) -> String {
    match text {
        None => String::new(),
        Some(text) if text.is_empty() || text.starts_with(RUNS) || text.starts_with(SHIELD) => {
            format!("{SHIELD}{text}")
        }
        Some(text) => text,
    }
}

/// The text that was shielded; nothing for null.
pub(crate) fn unshielded(field: &str) -> Option<String> {
    match field.strip_prefix(SHIELD) {
        Some(text) => Some(text.to_owned()),
        None if field.is_empty() => None,
        None => Some(field.to_owned()),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
        _ => None,
    });
    pairs.collect()
}

fn dashed(hex: &str) -> String {
    let places = [8, 12, 16, 20];
    let mut text = String::with_capacity(36);
    for (place, digit) in hex.chars().enumerate() {
        if places.contains(&place) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn no_cell_runs_in_a_spreadsheet_and_every_cell_comes_back() {
        let cases = [
            "",
            "plain",
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "\nx",
            "'",
            "'=1",
            "''",
            "＝1",
            "＋1",
            "＠x",
            " =1",
            "a=1",
            "=cmd|'/C calc'!A0",
            "=HYPERLINK(\"http://x\",\"y\")",
            "\"=1\"",
            "ä",
            "-",
        ];
        for text in cases {
            let field = shielded(Some(text.to_owned()));
            assert!(!field.is_empty() && !field.starts_with(RUNS), "{text:?}");
            assert_eq!(unshielded(&field).as_deref(), Some(text));
        }
        assert_eq!((shielded(None).as_str(), unshielded("")), ("", None));
    }

    #[test]
    fn cells_are_exact_both_ways_and_nothing_else_is_taken_for_one() {
        let cases = [
            (Cell::Integer(i64::MIN), ColumnType::Integer, "-9223372036854775808"),
            (Cell::Integer(1), ColumnType::Boolean, "true"),
            (Cell::Integer(1), ColumnType::Time, "1970-01-01T00:00:00.000001Z"),
            (Cell::Integer(253_402_214_400_000_000), ColumnType::Time, "9999-12-31T00:00:00.000000Z"),
            (Cell::Bytes(vec![0, 255]), ColumnType::Bytes, "00ff"),
            (Cell::Bytes((0..16).collect()), ColumnType::Uuid, "00010203-0405-0607-0809-0a0b0c0d0e0f"),
            (Cell::Text("[1]".to_owned()), ColumnType::Json, "[1]"),
        ];
        for (cell, holds, text) in cases {
            assert_eq!(to_text(&cell, holds).as_deref(), Some(text));
            assert!(from_text(text.to_owned(), holds) == Ok(cell));
        }
        for (text, holds) in [
            ("+1", ColumnType::Integer),
            ("01", ColumnType::Integer),
            ("9223372036854775808", ColumnType::Integer),
            ("1", ColumnType::Boolean),
            ("2026-05-01", ColumnType::Time),
            ("1969-12-31T23:59:59Z", ColumnType::Time),
            ("0", ColumnType::Bytes),
            ("0G", ColumnType::Bytes),
            ("000102030405060708090a0b0c0d0e0f", ColumnType::Uuid),
            ("0001020304050607-0809-0a0b-0c0d-0e0f", ColumnType::Uuid),
        ] {
            assert!(from_text(text.to_owned(), holds).is_err(), "{text}");
        }
    }
}
