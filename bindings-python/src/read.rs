//! Reads what the cases hold as JSON, so that a store in Python runs the same cases as all others.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use referral_core::quote::retold;
use referral_core::record::Key;
use referral_core::store::{Batch, PageRequest, Stored};
use serde::de::DeserializeOwned;

use super::{listing, row};

fn read<T: DeserializeOwned>(json: &str) -> PyResult<T> {
    serde_json::from_str(json).map_err(|problem| PyValueError::new_err(retold(&problem.to_string())))
}

/// The text of a key that is given as JSON.
#[pyfunction]
pub(crate) fn read_key(json: &str) -> PyResult<String> {
    row::key_text(&read::<Key>(json)?)
}

/// A batch that is given as JSON.
#[pyfunction]
pub(crate) fn read_batch<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyDict>> {
    row::batch(py, &read::<Batch>(json)?)
}

/// Rows that are given as JSON.
#[pyfunction]
pub(crate) fn read_rows<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyList>> {
    row::rows(py, &read::<Vec<Stored>>(json)?)
}

/// A request for a page that is given as JSON.
#[pyfunction]
pub(crate) fn read_request<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyDict>> {
    listing::request(py, &read::<PageRequest>(json)?)
}

/// Rows as JSON.
#[pyfunction]
pub(crate) fn write_rows(rows: &Bound<'_, PyAny>) -> PyResult<String> {
    serde_json::to_string(&row::from_rows(rows)?).map_err(|problem| PyValueError::new_err(retold(&problem.to_string())))
}
