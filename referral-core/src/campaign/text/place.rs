//! From bytes of the text to lines and columns.

use super::tree::Span;

/// What is wrong at a place of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) problem: String,
}

/// Where the lines of a text begin.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(index, _)| index + 1)).collect();
        Self { text, starts }
    }

    /// The line of the byte at `offset`, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// The line and the column, in characters and from 1, of the byte at `offset`.
    pub(super) fn place(&self, offset: usize) -> (u32, u32) {
        let line = self.line(offset);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        let column = before.chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// The byte at a line and a column of bytes, both from 1; the nearest before it where a character begins. Column 0 is
    /// the break of the line before.
    pub(super) fn offset(&self, line: usize, column: usize) -> usize {
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or_default();
        let mut offset = (start + column).saturating_sub(1).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

/// How many bytes into `raw`, a string of TOML or JSON with its quotes, the character stands that is at `line` and
/// `column`, in characters and from 1, of the text that the string means.
pub(super) fn inside(raw: &str, line: u32, column: u32) -> usize {
    let quote = raw.chars().next().unwrap_or('"');
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    let open = if raw.len() >= 6 && raw.starts_with(&triple) { 3 } else { 1 };
    let mut walk = Walk { raw, at: open.min(raw.len()), escapes: quote == '"' };
    if open == 3 {
        // A line break right after the quotes is no part of the string.
        walk.skip("\r\n");
        walk.skip("\n");
    }
    let (mut at_line, mut at_column) = (1, 1);
    loop {
        walk.skip_joined_lines();
        if (at_line, at_column) >= (line, column) {
            return walk.at;
        }
        match walk.next() {
            None => return walk.at,
            Some('\n') => (at_line, at_column) = (at_line + 1, 1),
            Some(_) => at_column += 1,
        }
    }
}

/// Walks the characters that a string means.
struct Walk<'t> {
    raw: &'t str,
    at: usize,
    escapes: bool,
}

impl Walk<'_> {
    fn rest(&self) -> &str {
        self.raw.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, text: &str) {
        if self.rest().starts_with(text) {
            self.at += text.len();
        }
    }

    /// A backslash at the end of a line takes all blanks up to the next word away.
    fn skip_joined_lines(&mut self) {
        while self.escapes {
            let Some(after) = self.rest().strip_prefix('\\') else { return };
            let blanks = after.len() - after.trim_start_matches([' ', '\t', '\r', '\n']).len();
            if blanks == 0 {
                return;
            }
            self.at += 1 + blanks;
        }
    }

    fn next(&mut self) -> Option<char> {
        let first = self.rest().chars().next()?;
        if first != '\\' || !self.escapes {
            self.at += first.len_utf8();
            return Some(first);
        }
        let letter = self.rest().chars().nth(1)?;
        let digits = match letter {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let digits = self.rest().get(2..2 + digits).unwrap_or_default();
        let number = u32::from_str_radix(digits, 16).unwrap_or_default();
        self.at += 1 + letter.len_utf8() + digits.len();
        if (0xD800..0xDC00).contains(&number) {
            // JSON writes what lies beyond 16 bits as two escapes.
            self.at += 6.min(self.rest().len());
        }
        Some(if letter == 'n' || number == 10 { '\n' } else { letter })
    }
}
