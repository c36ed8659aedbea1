//! What can be wrong with a file as a whole, and how far an upload came before it.
//!
//! No message quotes a cell: it may hold what belongs to a person.

use referrals::Error;
use thiserror::Error as ThisError;

use crate::report::Summary;

/// What ends an upload.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum Problem {
    /// The mapping contradicts itself or lacks something.
    #[error("mapping: {problem}")]
    Mapping {
        /// What is wrong with it.
        problem: String,
    },
    /// The file is not UTF-8.
    #[error("the file is {found}, not UTF-8")]
    Encoding {
        /// What it is, as far as can be told.
        found: &'static str,
    },
    /// A byte with the value zero.
    #[error("a NUL byte, which no text has")]
    NulByte,
    /// The file is too large.
    #[error("the file has more than {most} bytes")]
    TooManyBytes {
        /// The limit.
        most: u64,
    },
    /// Too many rows.
    #[error("the file has more than {most} rows")]
    TooManyRows {
        /// The limit.
        most: u64,
    },
    /// Too many columns.
    #[error("a row has more than {most} columns")]
    TooManyColumns {
        /// The limit.
        most: usize,
    },
    /// A field is too long; often a quote that is never closed.
    #[error("a field has more than {most} bytes")]
    FieldTooLong {
        /// The limit.
        most: usize,
    },
    /// A row is too long.
    #[error("a row has more than {most} bytes")]
    RowTooLong {
        /// The limit.
        most: usize,
    },
    /// The file ends inside quotes.
    #[error("a quote is opened and never closed")]
    UnclosedQuote,
    /// Text behind a closing quote.
    #[error("there is text between a closing quote and the next separator")]
    StrayQuote,
    /// There is no first row.
    #[error("there is no row with the names of the columns")]
    NoHeader,
    /// A column that is needed is not there.
    #[error("there is no column {header}; the columns are {found}")]
    MissingHeader {
        /// Its name, or the names of which one is needed.
        header: String,
        /// The names in the first row, shortened. What may be an email is left out: the file may have no names.
        found: String,
    },
    /// Two columns have the name of one that is read.
    #[error("two columns are named {header}")]
    DuplicateHeader {
        /// The name.
        header: String,
    },
    /// Several separators stand in the first row.
    #[error("the separator cannot be told from the first row; the mapping must state it")]
    AmbiguousSeparator,
    /// The file could not be read on.
    #[error("the file could not be read: {problem}")]
    Unreadable {
        /// What the reader said.
        problem: String,
    },
    /// The dry run would have to remember too much.
    #[error("a dry run remembers at most {most} records; upload in parts")]
    RehearsalTooLarge {
        /// The limit.
        most: usize,
    },
    /// The engine or its store failed.
    #[error(transparent)]
    Engine(#[from] Error),
}

impl Problem {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Mapping { .. } => "mapping",
            Self::Encoding { .. } => "encoding",
            Self::NulByte => "nul_byte",
            Self::TooManyBytes { .. } => "too_many_bytes",
            Self::TooManyRows { .. } => "too_many_rows",
            Self::TooManyColumns { .. } => "too_many_columns",
            Self::FieldTooLong { .. } => "field_too_long",
            Self::RowTooLong { .. } => "row_too_long",
            Self::UnclosedQuote => "unclosed_quote",
            Self::StrayQuote => "stray_quote",
            Self::NoHeader => "no_header",
            Self::MissingHeader { .. } => "missing_header",
            Self::DuplicateHeader { .. } => "duplicate_header",
            Self::AmbiguousSeparator => "ambiguous_separator",
            Self::Unreadable { .. } => "unreadable",
            Self::RehearsalTooLarge { .. } => "rehearsal_too_large",
            Self::Engine(error) => error.code(),
        }
    }
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{}{problem}", Place(*line))]
pub struct Fault {
    /// What is wrong.
    pub problem: Problem,
    /// The line on which the row begins, from 1, where there is one.
    pub line: Option<u64>,
}

impl Fault {
    pub(crate) fn at(line: u64, problem: Problem) -> Self {
        Self { problem, line: Some(line) }
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self { problem, line: None }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Problem::from(error).into()
    }
}

/// An upload that ended before the end of its file. Every row before that place was done, and told; none behind it.
/// The same upload again goes on where it ended.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{fault}")]
pub struct Interrupted {
    /// What is wrong, and where.
    pub fault: Fault,
    /// What was done before.
    pub summary: Box<Summary>,
}

struct Place(Option<u64>);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |line| write!(f, "line {line}: "))
    }
}
