//! The description of every kind of record.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use referral_core::record::{Kind, Order};

/// The tables by name: `columns` as `(name, type, nullable)`, the number of `key_columns` at the front, `indexes` as lists of
/// `(column, descending)`, whether it is a `counter`, changed by adds alone: its last two columns are value and time, and whether
/// it has `sums`, changed by adds to them alone: its last column is a JSON object of numbers by name.
#[pyfunction]
pub(crate) fn tables(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let tables = PyDict::new(py);
    for kind in Kind::ALL {
        let table = kind.table();
        let columns: Vec<_> =
            table.columns.iter().map(|column| (column.name, type_name(column), column.nullable)).collect();
        let indexes = PyDict::new(py);
        for index in table.indexes {
            let columns = index.columns.iter().map(|(name, order)| (*name, *order == Order::Descending));
            indexes.set_item(index.name, columns.collect::<Vec<_>>())?;
        }
        let described = PyDict::new(py);
        described.set_item("columns", PyTuple::new(py, columns)?)?;
        described.set_item("key_columns", table.key_columns)?;
        described.set_item("indexes", indexes)?;
        described.set_item("counter", table.counter)?;
        described.set_item("sums", table.sums)?;
        tables.set_item(table.name, described)?;
    }
    Ok(tables)
}

fn type_name(column: &referral_core::record::Column) -> String {
    let name = serde_json::to_value(column.holds).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}
