//! The store in memory: the model that every other store is compared with.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::contract::{Add, AddSums, Batch, Commit, Store, Stored, Version};
use super::page::{Cursor, Page, PageRequest};
use super::scan::Scan;
use crate::error::StoreError;
use crate::record::{Cell, Index, Key, Kind, Order, Record};
use crate::value::TenantId;

/// A store in memory. Cheap to make, exact, and gone with the process.
///
/// ```
/// use referral_core::record::Kind;
/// use referral_core::store::{Listing, MemoryStore, Store};
/// use referral_core::value::TenantId;
/// let store = MemoryStore::new();
/// assert!(store.list(&TenantId::default(), &Listing::All(Kind::Reward).first(10))?.rows.is_empty());
/// # Ok::<(), referral_core::error::StoreError>(())
/// ```
#[derive(Default)]
pub struct MemoryStore {
    tenants: Mutex<BTreeMap<TenantId, Tables>>,
}

/// One cell in an order, so that comparing two runs the way the index runs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Up(Cell),
    Down(Reverse<Cell>),
}

impl Sort {
    fn new(cell: Cell, order: Order) -> Self {
        match order {
            Order::Ascending => Self::Up(cell),
            Order::Descending => Self::Down(Reverse(cell)),
        }
    }

    fn into_cell(self) -> Cell {
        match self {
            Self::Up(cell) | Self::Down(Reverse(cell)) => cell,
        }
    }
}

type Order1 = BTreeMap<Vec<Sort>, Key>;

/// The primary key's order is at 0, the indexes' behind it.
#[derive(Clone, Default)]
struct Tables {
    rows: BTreeMap<Key, Stored>,
    orders: BTreeMap<(Kind, usize), Order1>,
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore")
    }
}

impl Clone for MemoryStore {
    /// A copy of everything that is stored, at this moment.
    fn clone(&self) -> Self {
        Self { tenants: Mutex::new(self.locked().clone()) }
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<TenantId, Tables>> {
        // A panic of another thread cannot leave a half-applied commit: applying does not panic.
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A hash over every tenant and record, in order. Versions are left out: two stores with the same content have the
    /// same hash.
    #[must_use]
    pub fn content_hash(&self) -> [u8; 32] {
        let tenants = self.locked();
        let mut hasher = blake3::Hasher::new();
        for (tenant, tables) in tenants.iter().collect::<BTreeMap<_, _>>() {
            hasher.update(tenant.as_str().as_bytes()).update(&[0]);
            for kind in Kind::ALL {
                for key in tables.orders.get(&(*kind, 0)).into_iter().flat_map(BTreeMap::values) {
                    let record = tables.rows.get(key).map(|stored| &stored.record);
                    hasher.update(&serde_json::to_vec(&record).unwrap_or_default());
                }
            }
        }
        *hasher.finalize().as_bytes()
    }
}

impl Store for MemoryStore {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        let tenants = self.locked();
        let Some(tables) = tenants.get(tenant) else { return Ok(Vec::new()) };
        Ok(keys.iter().filter_map(|key| tables.rows.get(key)).cloned().collect())
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        let tenants = self.locked();
        Ok(tenants.get(tenant).map_or(Page::default(), |tables| tables.page(&request.listing.scan(), request)))
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        let mut tenants = self.locked();
        let tables = tenants.entry(batch.tenant.clone()).or_default();
        let stale = tables.stale(batch);
        let adds = batch.adds.iter().filter(|add| !tables.fits(add)).map(|add| add.key.clone());
        let sums = batch.sums.iter().filter(|add| !tables.fits_sums(add)).map(|add| add.key.clone());
        let over: Vec<Key> = adds.chain(sums).collect();
        if !stale.is_empty() || !over.is_empty() {
            return Ok(Commit::Refused { stale, over });
        }
        for delete in &batch.deletes {
            tables.remove(&delete.key);
        }
        for put in &batch.puts {
            tables.insert(put.stored.clone());
        }
        for add in &batch.adds {
            tables.add(add);
        }
        for add in &batch.sums {
            tables.add_sums(add);
        }
        Ok(Commit::Applied)
    }
}

impl Tables {
    fn version(&self, key: &Key) -> Version {
        self.rows.get(key).map_or(Version::ABSENT, |stored| stored.version)
    }

    fn stale(&self, batch: &Batch) -> Vec<Key> {
        let puts = batch.puts.iter().map(|put| (put.stored.record.key(), put.expected));
        let deletes = batch.deletes.iter().map(|delete| (delete.key.clone(), delete.expected));
        let guards = batch.guards.iter().map(|guard| (guard.key.clone(), guard.expected));
        let all = puts.chain(deletes).chain(guards);
        all.filter(|(key, expected)| self.version(key) != *expected).map(|(key, _)| key).collect()
    }

    fn value(&self, key: &Key) -> i64 {
        self.rows.get(key).and_then(|stored| stored.record.counter_value()).unwrap_or_default()
    }

    fn fits(&self, add: &Add) -> bool {
        let Some(result) = self.value(&add.key).checked_add(add.by) else { return false };
        add.at_least.is_none_or(|least| result >= least) && add.at_most.is_none_or(|most| result <= most)
    }

    fn add(&mut self, add: &Add) {
        let value = self.value(&add.key).saturating_add(add.by);
        if let Some(record) = add.key.clone().counted(value, add.at) {
            self.insert(Stored { record, version: Version::COUNTER });
        }
    }

    fn fits_sums(&self, add: &AddSums) -> bool {
        let sums = self.rows.get(&add.key).and_then(|stored| stored.record.sums());
        sums.is_none_or(|sums| sums.fits(&add.by))
    }

    fn add_sums(&mut self, add: &AddSums) {
        let mut sums = self.rows.get(&add.key).and_then(|stored| stored.record.sums()).cloned().unwrap_or_default();
        sums.add_all(add.by.clone());
        if let Some(record) = add.key.clone().summed(sums) {
            self.insert(Stored { record, version: Version::COUNTER });
        }
    }

    fn insert(&mut self, stored: Stored) {
        let key = stored.record.key();
        let kind = key.kind();
        let old = self.rows.get(&key).map(|old| &old.record);
        if old.is_none() {
            self.orders.entry((kind, 0)).or_default().insert(key_sorts(&key), key.clone());
        }
        for (number, index) in (1..).zip(kind.table().indexes) {
            let (before, after) = (old.map(|old| index_sorts(old, index)), index_sorts(&stored.record, index));
            // Most changes leave a record's place as it is.
            if before.as_ref() == Some(&after) {
                continue;
            }
            let order = self.orders.entry((kind, number)).or_default();
            before.and_then(|before| order.remove(&before));
            order.insert(after, key.clone());
        }
        self.rows.insert(key, stored);
    }

    fn remove(&mut self, key: &Key) {
        let Some(old) = self.rows.remove(key) else { return };
        let indexes = key.kind().table().indexes.iter();
        let sorts = std::iter::once(key_sorts(key)).chain(indexes.map(|index| index_sorts(&old.record, index)));
        for (number, sorts) in sorts.enumerate() {
            if let Some(order) = self.orders.get_mut(&(key.kind(), number)) {
                order.remove(&sorts);
            }
        }
    }

    fn page(&self, scan: &Scan, request: &PageRequest) -> Page {
        let number = scan
            .index
            .map_or(0, |index| 1 + scan.kind.table().indexes.iter().position(|other| other == index).unwrap_or(0));
        let directions = scan.order();
        let sort = |cells: &[Cell]| -> Vec<Sort> {
            cells.iter().cloned().zip(&directions).map(|(cell, (_, order))| Sort::new(cell, *order)).collect()
        };
        let prefix = sort(&scan.equals);
        let with = |cells: &[Cell]| sort(&[scan.equals.as_slice(), cells].concat());
        let start = match (&request.after, &scan.from) {
            (Some(Cursor(cells)), _) => Bound::Excluded(with(cells)),
            (None, Some(from)) => Bound::Included(with(std::slice::from_ref(from))),
            (None, None) => Bound::Included(prefix.clone()),
        };
        let end = scan.until.as_ref().map(|until| with(std::slice::from_ref(until)));
        let empty = Order1::new();
        let order = self.orders.get(&(scan.kind, number)).unwrap_or(&empty);
        let mut rows = order
            .range((start, Bound::Unbounded))
            .take_while(|(sorts, _)| sorts.starts_with(&prefix) && end.as_ref().is_none_or(|end| *sorts < end));
        let limit = request.bounded_limit();
        let found: Vec<_> = rows.by_ref().take(limit).collect();
        let more = rows.next().is_some();
        let next = found
            .last()
            .filter(|_| more)
            .map(|(sorts, _)| Cursor(sorts.iter().skip(scan.equals.len()).cloned().map(Sort::into_cell).collect()));
        let first_rank = match found.first() {
            Some((sorts, _)) if scan.ranked => {
                let upto = sorts.get(..=scan.equals.len()).unwrap_or_default().to_vec();
                let ahead = order.range((Bound::Included(prefix.clone()), Bound::Excluded(upto))).count();
                Some(1 + ahead as u64)
            }
            _ => None,
        };
        let rows = found.into_iter().filter_map(|(_, key)| self.rows.get(key)).cloned().collect();
        Page { rows, next, first_rank, ..Page::default() }
    }
}

/// The place of a record in the primary key's order.
fn key_sorts(key: &Key) -> Vec<Sort> {
    key.cells().into_iter().map(Sort::Up).collect()
}

/// The place of `record` in the order of `index`.
fn index_sorts(record: &Record, index: &Index) -> Vec<Sort> {
    let keys = record.kind().table().key().iter().map(|column| (column.name, Order::Ascending));
    let lacking = keys.filter(|(name, _)| !index.columns.iter().any(|(other, _)| other == name));
    let order = index.columns.iter().copied().chain(lacking);
    order.map(|(name, order)| Sort::new(record.cell(name).unwrap_or(Cell::Null), order)).collect()
}
