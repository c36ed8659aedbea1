//! A strict reader of JSON (RFC 8259) for bodies that strangers wrote.
//!
//! It refuses what two readers could understand differently: duplicate keys, lone surrogates, a byte order mark, bytes that
//! are not UTF-8. It keeps numbers as they were written, so that an amount is never rounded. It holds one megabyte, 64
//! levels deep, and nothing else decides how long it takes.
//!
//! `serde_json` would need features for this (`arbitrary_precision`, `raw_value`) that change how every other crate of the
//! same program reads JSON; so it only checks this reader, in tests.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use crate::error::{InboundError, Result};

/// The largest body that is read: 1 MiB.
pub const MOST_BYTES: usize = 1 << 20;
/// How deep lists and objects may lie within one another.
pub const MOST_DEPTH: usize = 64;

/// A value of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object. No key comes twice.
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// Reads a body.
    ///
    /// ```
    /// use referral_inbound::Json;
    /// assert_eq!(Json::read(b"[1.50]")?, Json::List(vec![Json::Number("1.50".into())]));
    /// assert_eq!(Json::read(br#"{"a": 1, "a": 2}"#).map_err(|error| error.code()), Err("body_not_json"));
    /// # Ok::<(), referral_inbound::InboundError>(())
    /// ```
    ///
    /// # Errors
    /// [`InboundError::TooLarge`] above [`MOST_BYTES`]; [`InboundError::NotJson`] if it is not JSON in UTF-8, has a duplicate
    /// key or a lone surrogate, or lies deeper than [`MOST_DEPTH`].
    pub fn read(body: &[u8]) -> Result<Self> {
        if body.len() > MOST_BYTES {
            return Err(InboundError::TooLarge { bytes: body.len(), most: MOST_BYTES });
        }
        let text = match std::str::from_utf8(body) {
            Ok(text) => text,
            Err(error) => return Err(InboundError::NotJson { offset: error.valid_up_to(), problem: "is not UTF-8" }),
        };
        if text.starts_with('\u{feff}') {
            return Err(InboundError::NotJson { offset: 0, problem: "begins with a byte order mark" });
        }
        let mut reader = Reader { text, at: 0 };
        reader.skip_space();
        let value = reader.value(0)?;
        reader.skip_space();
        if reader.at < text.len() {
            return Err(reader.wrong("goes on after the value"));
        }
        Ok(value)
    }

    /// The member of an object, or the so-many-th entry of a list; nothing if it is absent or `null`.
    #[must_use]
    pub fn get(&self, segment: &str) -> Option<&Self> {
        let found = match self {
            Self::Object(members) => members.get(segment),
            Self::List(entries) => segment.parse::<usize>().ok().and_then(|index| entries.get(index)),
            _ => None,
        };
        found.filter(|found| **found != Self::Null)
    }
}

/// As JSON, each number as it was read.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |f: &mut fmt::Formatter<'_>, text: &str| f.write_str(&serde_json::Value::from(text).to_string());
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(number) => f.write_str(number),
            Self::Text(written) => text(f, written),
            Self::List(entries) => {
                f.write_str("[")?;
                for (index, entry) in entries.iter().enumerate() {
                    write!(f, "{}{entry}", if index > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (index, (name, value)) in members.iter().enumerate() {
                    f.write_str(if index > 0 { "," } else { "" })?;
                    text(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn wrong(&self, problem: &'static str) -> InboundError {
        InboundError::NotJson { offset: self.at, problem }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, problem: &'static str) -> Result<()> {
        if self.peek() != Some(byte) {
            return Err(self.wrong(problem));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Json> {
        match self.peek() {
            Some(b'{') if depth < MOST_DEPTH => self.object(depth),
            Some(b'[') if depth < MOST_DEPTH => self.list(depth),
            Some(b'{' | b'[') => Err(self.wrong("lies deeper than 64 levels")),
            Some(b'"') => self.string().map(Json::Text),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(self.wrong("is not a value")),
            None => Err(self.wrong("ends too early")),
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.wrong("is not a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn list(&mut self, depth: usize) -> Result<Json> {
        self.at += 1;
        let mut entries = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(entries));
        }
        loop {
            self.skip_space();
            entries.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.wrong("lacks `,` or `]`")),
            }
        }
        self.at += 1;
        Ok(Json::List(entries))
    }

    fn object(&mut self, depth: usize) -> Result<Json> {
        self.at += 1;
        let mut members = BTreeMap::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_space();
            let begin = self.at;
            let key = self.string()?;
            self.skip_space();
            self.expect(b':', "lacks `:`")?;
            self.skip_space();
            let value = self.value(depth + 1)?;
            match members.entry(key) {
                Entry::Vacant(entry) => entry.insert(value),
                Entry::Occupied(_) => {
                    return Err(InboundError::NotJson { offset: begin, problem: "repeats a key" });
                }
            };
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.wrong("lacks `,` or `}`")),
            }
        }
        self.at += 1;
        Ok(Json::Object(members))
    }

    fn string(&mut self) -> Result<String> {
        self.expect(b'"', "is not a text")?;
        let mut out = String::new();
        loop {
            let begin = self.at;
            while self.peek().is_some_and(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            out.push_str(self.text.get(begin..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.wrong("holds a control character in a text")),
                None => return Err(self.wrong("ends within a text")),
            }
        }
        self.at += 1;
        Ok(out)
    }

    fn escape(&mut self) -> Result<char> {
        self.at += 1;
        let plain = match self.peek() {
            Some(b'u') => return self.unicode(),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.wrong("has an unknown escape")),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode(&mut self) -> Result<char> {
        const LONE: &str = "has a lone surrogate";
        let first = self.unit()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or_else(|| self.wrong(LONE));
        }
        if first >= 0xdc00 || self.peek() != Some(b'\\') {
            return Err(self.wrong(LONE));
        }
        self.at += 1;
        if self.peek() != Some(b'u') {
            return Err(self.wrong(LONE));
        }
        let second = self.unit()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(self.wrong(LONE));
        }
        let scalar = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        char::from_u32(scalar).ok_or_else(|| self.wrong(LONE))
    }

    /// The four hexadecimal digits after the `u` that it stands on.
    fn unit(&mut self) -> Result<u32> {
        self.at += 1;
        let digits = self.text.get(self.at..self.at.saturating_add(4)).unwrap_or_default();
        let is_hex = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let unit = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        let unit = unit.ok_or_else(|| self.wrong("has an escape without four hexadecimal digits"))?;
        self.at += 4;
        Ok(unit)
    }

    fn number(&mut self) -> Result<Json> {
        let begin = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.wrong("is not a number")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Json::Number(self.text.get(begin..self.at).unwrap_or_default().to_owned()))
    }

    fn digits(&mut self) -> Result<()> {
        let begin = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == begin { Err(self.wrong("is not a number")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn same(ours: &Json, theirs: &Value) -> bool {
        match (ours, theirs) {
            (Json::Null, Value::Null) => true,
            (Json::Bool(ours), Value::Bool(theirs)) => ours == theirs,
            (Json::Number(ours), Value::Number(theirs)) => {
                serde_json::from_str::<serde_json::Number>(ours).is_ok_and(|ours| ours == *theirs)
            }
            (Json::Text(ours), Value::String(theirs)) => ours == theirs,
            (Json::List(ours), Value::Array(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
            }
            (Json::Object(ours), Value::Object(theirs)) => {
                ours.len() == theirs.len()
                    && ours.iter().all(|(key, ours)| theirs.get(key).is_some_and(|theirs| same(ours, theirs)))
            }
            _ => false,
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 8, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                proptest::collection::btree_map(any::<String>(), inner, 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_is_read_the_same(value in json()) {
            for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                // Read back, because its own way there and back may change the last digit of a number.
                let theirs = serde_json::from_str(&text).unwrap();
                prop_assert!(same(&Json::read(text.as_bytes()).unwrap(), &theirs), "{}", text);
            }
        }

        #[test]
        fn whatever_is_read_here_serde_json_reads_the_same(text in r#"[\[\]{}:,"\\ ua-f0-9.eE+\-tn]{0,24}"#) {
            if let Ok(ours) = Json::read(text.as_bytes()) {
                // Numbers beyond its range are the one thing that it refuses and we keep.
                if let Ok(theirs) = serde_json::from_str::<Value>(&text) {
                    prop_assert!(same(&ours, &theirs), "{}", text);
                } else {
                    prop_assert!(text.contains(['e', 'E']), "{}", text);
                }
            }
        }

        #[test]
        fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let ours = Json::read(&bytes).is_ok();
            prop_assert!(!ours || serde_json::from_slice::<Value>(&bytes).is_ok());
        }
    }

    #[test]
    fn a_number_stays_as_it_was_written() {
        for text in ["0", "-0", "1.50", "1e400", "123456789012345678901234567890.5E-3"] {
            assert_eq!(Json::read(text.as_bytes()), Ok(Json::Number(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn sixty_four_levels_are_read_and_one_more_is_not() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::read(nested(MOST_DEPTH).as_bytes()).is_ok());
        let error = Json::read(nested(MOST_DEPTH + 1).as_bytes()).unwrap_err();
        assert_eq!(error, InboundError::NotJson { offset: 64, problem: "lies deeper than 64 levels" });
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        for (text, offset, problem) in [
            (r#"{"a":1,"\u0061":2}"#, 7, "repeats a key"),
            (r#"["\ud800"]"#, 8, "has a lone surrogate"),
            ("[1] x", 4, "goes on after the value"),
            ("[01]", 2, "lacks `,` or `]`"),
            ("", 0, "ends too early"),
        ] {
            assert_eq!(Json::read(text.as_bytes()), Err(InboundError::NotJson { offset, problem }), "{text}");
        }
    }
}
