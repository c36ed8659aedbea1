//! How much of a file is read: everything that somebody else may have made too large has a bound.

use serde::{Deserialize, Serialize};

/// The bounds of one file. What lies beyond ends the upload at that place with a typed error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The greatest size of the file, in bytes.
    pub bytes: u64,
    /// The most rows, the header not counted.
    pub rows: u64,
    /// The most columns.
    pub columns: usize,
    /// The greatest size of one field, in bytes, its quotes not counted.
    pub field_bytes: usize,
    /// The greatest size of one row, in bytes.
    pub row_bytes: usize,
    /// How many rows share a commit, from 1 to 1,000. Fewer are told sooner and take longer.
    pub rows_per_commit: usize,
    /// The most records that a dry run may remember.
    pub rehearsed_records: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 256 * 1024 * 1024,
            rows: 1_000_000,
            columns: 256,
            field_bytes: 64 * 1024,
            row_bytes: 256 * 1024,
            rows_per_commit: 1_000,
            rehearsed_records: 400_000,
        }
    }
}
