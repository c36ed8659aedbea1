//! Keys, rows and batches.
//!
//! A key is a canonical text: equal keys, equal texts, so it can stand in a dict. A row is
//! `{"key", "kind", "cells", "version"}`; a store keeps it as it is and hands it back as it is.

use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use referral_core::quote::retold;
use referral_core::record::{Key, Kind, Record};
use referral_core::store::{Batch, Stored, Version};
use serde::de::IntoDeserializer;
use serde::{Deserialize, de};

use super::cell;
use super::fault::raise;

/// The text of a key.
pub(crate) fn key_text(key: &Key) -> PyResult<String> {
    serde_json::to_string(key).map_err(|problem| PyValueError::new_err(retold(&problem.to_string())))
}

/// The key of a text.
pub(crate) fn key_from(text: &str) -> PyResult<Key> {
    serde_json::from_str(text)
        .map_err(|problem| PyValueError::new_err(format!("this is no key: {}", retold(&problem.to_string()))))
}

/// The keys of a list of texts.
pub(crate) fn keys_from(texts: &Bound<'_, PyAny>) -> PyResult<Vec<Key>> {
    texts.try_iter()?.map(|text| key_from(&text?.extract::<String>()?)).collect()
}

/// The texts of keys.
pub(crate) fn key_texts<'py>(py: Python<'py>, keys: &[Key]) -> PyResult<Bound<'py, PyList>> {
    let texts: Vec<String> = keys.iter().map(key_text).collect::<PyResult<_>>()?;
    PyList::new(py, texts)
}

/// A record as a row.
pub(crate) fn row<'py>(py: Python<'py>, stored: &Stored) -> PyResult<Bound<'py, PyDict>> {
    let row = PyDict::new(py);
    row.set_item("key", key_text(&stored.record.key())?)?;
    row.set_item("kind", stored.record.kind().table().name)?;
    row.set_item("cells", cell::tuple(py, &stored.record.cells())?)?;
    row.set_item("version", stored.version.number())?;
    Ok(row)
}

/// Records as rows.
pub(crate) fn rows<'py>(py: Python<'py>, stored: &[Stored]) -> PyResult<Bound<'py, PyList>> {
    let rows: Vec<_> = stored.iter().map(|stored| row(py, stored)).collect::<PyResult<_>>()?;
    PyList::new(py, rows)
}

/// The record in a row.
pub(crate) fn from_row(row: &Bound<'_, PyAny>) -> PyResult<Stored> {
    let field = |name: &str| row.get_item(name).map_err(|_| PyKeyError::new_err(format!("a row has no `{name}`")));
    let name: String = field("kind")?.extract()?;
    let kind = Kind::deserialize(name.as_str().into_deserializer())
        .map_err(|problem: de::value::Error| PyValueError::new_err(retold(&problem.to_string())))?;
    let cells = cell::from_sequence(&field("cells")?)?;
    let record = Record::from_cells(kind, cells).map_err(|error| raise(row.py(), &error.into()))?;
    Ok(Stored { record, version: Version::from_stored(field("version")?.extract()?) })
}

/// The records in rows.
pub(crate) fn from_rows(rows: &Bound<'_, PyAny>) -> PyResult<Vec<Stored>> {
    rows.try_iter()?.map(|row| from_row(&row?)).collect()
}

/// A batch: `puts`, `deletes`, `guards`, `adds` and `sums`, each a list of dicts in the order of their keys.
pub(crate) fn batch<'py>(py: Python<'py>, batch: &Batch) -> PyResult<Bound<'py, PyDict>> {
    let expected = |key: &Key, version: Version| -> PyResult<Bound<'py, PyDict>> {
        let entry = PyDict::new(py);
        entry.set_item("key", key_text(key)?)?;
        entry.set_item("expected", version.number())?;
        Ok(entry)
    };
    let (puts, deletes, guards, adds) = (PyList::empty(py), PyList::empty(py), PyList::empty(py), PyList::empty(py));
    for put in &batch.puts {
        let entry = expected(&put.stored.record.key(), put.expected)?;
        entry.set_item("row", row(py, &put.stored)?)?;
        puts.append(entry)?;
    }
    for delete in &batch.deletes {
        deletes.append(expected(&delete.key, delete.expected)?)?;
    }
    for guard in &batch.guards {
        guards.append(expected(&guard.key, guard.expected)?)?;
    }
    for add in &batch.adds {
        let entry = PyDict::new(py);
        entry.set_item("key", key_text(&add.key)?)?;
        entry.set_item("kind", add.key.kind().table().name)?;
        entry.set_item("cells", cell::tuple(py, &add.key.cells())?)?;
        entry.set_item("by", add.by)?;
        entry.set_item("at_least", add.at_least)?;
        entry.set_item("at_most", add.at_most)?;
        entry.set_item("at", add.at.as_micros())?;
        adds.append(entry)?;
    }
    let sums = PyList::empty(py);
    for add in &batch.sums {
        let entry = PyDict::new(py);
        entry.set_item("key", key_text(&add.key)?)?;
        entry.set_item("kind", add.key.kind().table().name)?;
        entry.set_item("cells", cell::tuple(py, &add.key.cells())?)?;
        let by = PyDict::new(py);
        for (name, number) in &add.by {
            by.set_item(name, number)?;
        }
        entry.set_item("by", by)?;
        sums.append(entry)?;
    }
    let out = PyDict::new(py);
    out.set_item("tenant", batch.tenant.as_str())?;
    for (name, list) in [("puts", puts), ("deletes", deletes), ("guards", guards), ("adds", adds), ("sums", sums)] {
        out.set_item(name, list)?;
    }
    Ok(out)
}
