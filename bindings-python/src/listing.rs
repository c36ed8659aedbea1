//! Listings in their general form, and pages.

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use referral_core::record::Order;
use referral_core::store::{Cursor, Page, PageRequest};

use super::{cell, row};

/// What a store is asked for: rows of `kind`, ordered by the cells at the positions in `order` (each with whether it runs
/// from great to small), of which the first equal `equals` and the next lies from `from` to before `until`; those behind
/// `after`, at most `limit`. A `ranked` page says 1 + how many rows have a greater value than its first.
pub(crate) fn request<'py>(py: Python<'py>, request: &PageRequest) -> PyResult<Bound<'py, PyDict>> {
    let scan = request.listing.scan();
    let table = scan.kind.table();
    let order: Vec<(usize, bool)> = scan
        .order()
        .into_iter()
        .filter_map(|(name, order)| table.position(name).map(|at| (at, order == Order::Descending)))
        .collect();
    let optional = |cell: &Option<_>| cell.as_ref().map(|cell| cell::to_python(py, cell)).transpose();
    let out = PyDict::new(py);
    out.set_item("kind", table.name)?;
    out.set_item("order", PyList::new(py, order)?)?;
    out.set_item("equals", cell::tuple(py, &scan.equals)?)?;
    out.set_item("from", optional(&scan.from)?)?;
    out.set_item("until", optional(&scan.until)?)?;
    out.set_item("after", request.after.as_ref().map(|Cursor(cells)| cell::tuple(py, cells)).transpose()?)?;
    out.set_item("limit", request.bounded_limit())?;
    out.set_item("ranked", scan.ranked)?;
    Ok(out)
}

/// The page that a store answered: `{"rows", "next", "first_rank"}`.
pub(crate) fn page_from(page: &Bound<'_, PyAny>) -> PyResult<Page> {
    let field = |name: &str| page.get_item(name).map_err(|_| PyKeyError::new_err(format!("a page has no `{name}`")));
    let next = field("next")?;
    let next = if next.is_none() { None } else { Some(Cursor(cell::from_sequence(&next)?)) };
    let (rows, first_rank) = (row::from_rows(&field("rows")?)?, field("first_rank")?.extract()?);
    Ok(Page { rows, next, first_rank, ..Page::default() })
}
