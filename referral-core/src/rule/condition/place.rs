//! Places in the text of a condition, and what is wrong there.

use crate::error::Mistake;

/// A part of the text, in bytes: from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// From the start of this span to the end of `other`.
    pub(super) fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end.max(self.start) }
    }
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) problem: String,
}

impl Fault {
    pub(super) fn new(span: Span, problem: impl Into<String>) -> Self {
        Self { span, problem: problem.into() }
    }

    /// The mistake in `text`, with line and column. The path is the caller's to fill in.
    pub(super) fn into_mistake(self, text: &str) -> Mistake {
        let before = text.get(..self.span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Mistake {
            path: String::new(),
            problem: self.problem,
            line: u32::try_from(line).ok(),
            column: u32::try_from(column).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let text = "é && \n  x";
        let mistake = Fault::new(Span::new(9, 10), "no").into_mistake(text);
        assert_eq!((mistake.line, mistake.column), (Some(2), Some(3)));
        let mistake = Fault::new(Span::new(3, 5), "no").into_mistake(text);
        assert_eq!((mistake.line, mistake.column), (Some(1), Some(3)));
    }
}
