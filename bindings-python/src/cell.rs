//! Cells: `None`, `int`, `str` and `bytes`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyString, PyTuple};
use referral_core::record::Cell;

/// A cell as Python has it.
pub(crate) fn to_python<'py>(py: Python<'py>, cell: &Cell) -> PyResult<Bound<'py, PyAny>> {
    Ok(match cell {
        Cell::Null => py.None().into_bound(py),
        Cell::Integer(number) => number.into_pyobject(py)?.into_any(),
        Cell::Text(text) => PyString::new(py, text).into_any(),
        Cell::Bytes(bytes) => PyBytes::new(py, bytes).into_any(),
    })
}

/// Cells as a tuple.
pub(crate) fn tuple<'py>(py: Python<'py>, cells: &[Cell]) -> PyResult<Bound<'py, PyTuple>> {
    let cells: Vec<_> = cells.iter().map(|cell| to_python(py, cell)).collect::<PyResult<_>>()?;
    PyTuple::new(py, cells)
}

/// The cell that Python handed in.
pub(crate) fn from_python(value: &Bound<'_, PyAny>) -> PyResult<Cell> {
    if value.is_none() {
        Ok(Cell::Null)
    } else if value.is_instance_of::<PyInt>() {
        Ok(Cell::Integer(value.extract()?))
    } else if value.is_instance_of::<PyString>() {
        Ok(Cell::Text(value.extract()?))
    } else if value.is_instance_of::<PyBytes>() {
        Ok(Cell::Bytes(value.extract()?))
    } else {
        Err(PyTypeError::new_err("a cell is None, an int, a str or bytes"))
    }
}

/// The cells of a tuple or list.
pub(crate) fn from_sequence(values: &Bound<'_, PyAny>) -> PyResult<Vec<Cell>> {
    values.try_iter()?.map(|value| from_python(&value?)).collect()
}
