//! The seam to Python: operations as step machines, and what a store must know to answer them.
//!
//! Converts, calls, converts: nothing here decides anything, holds a store, or reads a clock. Commands and results are
//! JSON text; keys, rows, pages and batches are plain dicts and tuples, so that a store in Python needs no class of ours.
//! It is the first form of the seam; the front door will hide it.

use pyo3::prelude::*;

mod cell;
mod fault;
mod listing;
mod operation;
mod read;
mod row;
mod table;

/// Operations as step machines that a program drives on a store of its own.
#[pymodule]
mod _seam {
    #[pymodule_export]
    use super::fault::{EnginePanicked, ReferralError, panic};
    #[pymodule_export]
    use super::operation::{Engine, Operation};
    #[pymodule_export]
    use super::read::{read_batch, read_key, read_request, read_rows, write_rows};
    #[pymodule_export]
    use super::table::tables;
}
