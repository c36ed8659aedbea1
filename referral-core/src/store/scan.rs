//! The one general form of every listing.

use crate::record::{Cell, Index, Kind, Order};

/// The general form of a listing: what an adapter runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The kind of records.
    pub kind: Kind,
    /// The index; none is the primary key.
    pub index: Option<&'static Index>,
    /// What the first columns of the order equal.
    pub equals: Vec<Cell>,
    /// The least value of the next column.
    pub from: Option<Cell>,
    /// The first value behind the greatest of the next column.
    pub until: Option<Cell>,
    /// Whether the page states its first row's rank.
    pub ranked: bool,
}

impl Scan {
    /// The columns of the order: the index's, then the key's that it lacks. Behind `equals` columns they order the rows,
    /// and a cursor holds their values.
    #[must_use]
    pub fn order(&self) -> Vec<(&'static str, Order)> {
        let mut order: Vec<_> = self.index.map(|index| index.columns.to_vec()).unwrap_or_default();
        for column in self.kind.table().key() {
            if !order.iter().any(|(name, _)| *name == column.name) {
                order.push((column.name, Order::Ascending));
            }
        }
        order
    }

    pub(super) fn by_key(kind: Kind, equals: Vec<Cell>) -> Self {
        Self { kind, index: None, equals, from: None, until: None, ranked: false }
    }

    pub(super) fn by_index(index: &'static Index, equals: Vec<Cell>) -> Self {
        Self { index: Some(index), ..Self::by_key(index.kind, equals) }
    }

    pub(super) fn range(self, from: Option<Cell>, until: Option<Cell>) -> Self {
        Self { from, until, ..self }
    }
}
