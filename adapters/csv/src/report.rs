//! What became of each row, and of all.

use std::collections::BTreeMap;

use referrals::command::Finding;
use serde::{Deserialize, Serialize};

/// What became of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowResult {
    /// It was done.
    Applied,
    /// It was done before, or nothing was left to do.
    Already,
    /// It names somebody or something that is not known.
    Unknown,
    /// The engine declined it; the reason is one of [`Reason`](referrals::command::Reason).
    Declined,
    /// It holds something that cannot be read, or that can never be right.
    Invalid,
    /// It contradicts what is known: the same id with other content, somebody else's email.
    Conflict,
    /// All of its fields are empty.
    Empty,
    /// The store failed; the upload ends here.
    Failed,
}

impl RowResult {
    /// The stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Already => "already",
            Self::Unknown => "unknown",
            Self::Declined => "declined",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::Empty => "empty",
            Self::Failed => "failed",
        }
    }
}

/// The report of one row. It holds no cell but the key that the mapping names as the row's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowReport {
    /// The line on which the row begins, from 1.
    pub line: u64,
    /// The row's key: its mapped id, or one made of its content. None where the row could not be read that far.
    pub key: Option<String>,
    /// What became of it.
    pub result: RowResult,
    /// Why: a stable code.
    pub reason: Option<String>,
    /// Why, in a few words.
    pub detail: Option<String>,
    /// Of a row that was applied or declined, everything that its sender should know, in the order of
    /// [`Decision::shortfalls`](referrals::command::Decision::shortfalls).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// What became of all rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many rows were read, empty ones included.
    pub rows: u64,
    /// How many rows came to what.
    pub results: BTreeMap<RowResult, u64>,
    /// The columns of the file that nothing is read from.
    pub ignored_columns: Vec<String>,
}

impl Summary {
    /// How many rows came to `result`.
    #[must_use]
    pub fn count(&self, result: RowResult) -> u64 {
        self.results.get(&result).copied().unwrap_or_default()
    }

    pub(crate) fn add(&mut self, row: &RowReport) {
        self.rows = self.rows.saturating_add(1);
        let count = self.results.entry(row.result).or_default();
        *count = count.saturating_add(1);
    }
}
