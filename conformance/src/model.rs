//! Random sequences of calls, compared with the store in memory.
//!
//! Records come from the samples, a few keys that stand near each other in every index, so that refusals, ties and full
//! pages are frequent. A sequence is told by its seed alone: the name of a failed one is enough to run it again. It does
//! not look for the shortest sequence that fails; sequences are short.

use std::collections::BTreeMap;

use referral_core::record::{Key, Kind, Record, Sums};
use referral_core::store::{
    Add, AddSums, Batch, Delete, Guard, MemoryStore, Page, PageRequest, Put, Store, Stored, Version,
};
use referral_core::value::{TenantId, Timestamp};

use crate::draw::Draw;
use crate::race::commit;
use crate::report::Report;
use crate::samples;
use crate::store::{by_key, in_order, same};

/// How many calls a sequence has.
const STEPS: usize = 40;

/// Runs so many sequences on `store` and on a store in memory, each in tenants of its own. A sequence that failed is named
/// `sequence SEED NUMBER`.
pub fn run(store: &dyn Store, sequences: u32, seed: u64) -> Report {
    let mut report = Report::default();
    for number in 0..sequences {
        let found = sequence(store, seed, number);
        report.note(&format!("sequence {seed} {number}"), found);
    }
    report
}

/// Runs one sequence.
///
/// # Errors
/// The step at which the answers differ, and both answers.
pub fn sequence(store: &dyn Store, seed: u64, number: u32) -> Result<(), (Option<usize>, String)> {
    let mut sequence = Sequence::new(seed, number).map_err(|problem| (None, problem))?;
    for step in 0..STEPS {
        sequence.step(store).map_err(|problem| (Some(step), problem))?;
    }
    sequence.compare_everything(store).map_err(|problem| (Some(STEPS), problem))
}

struct Sequence {
    draw: Draw,
    tenants: [TenantId; 2],
    model: MemoryStore,
    /// The records whose keys are used, in the order of their keys.
    pool: Vec<Record>,
    /// Every version that a key ever had.
    versions: BTreeMap<Key, Vec<Version>>,
}

impl Sequence {
    fn new(seed: u64, number: u32) -> Result<Self, String> {
        let mut draw = Draw::new(seed, &format!("sequence {number}"));
        let tenant =
            |name: &str| TenantId::new(format!("model.{seed}.{number}.{name}")).map_err(|error| error.to_string());
        let mut pool = BTreeMap::new();
        for turn in 0..3 {
            // Every sequence has a counter.
            let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| turn > 0 || kind.table().counter).collect();
            let kind = draw.pick(&kinds).copied().unwrap_or(Kind::Total);
            let first = samples::record(kind, &mut draw).ok_or_else(|| format!("no samples of {kind:?}"))?;
            for _ in 0..5 {
                pool.extend(samples::neighbour(&first, &mut draw).map(|record| (record.key(), record)));
            }
            pool.insert(first.key(), first);
        }
        Ok(Self {
            tenants: [tenant("a")?, tenant("b")?],
            model: MemoryStore::new(),
            pool: pool.into_values().collect(),
            versions: BTreeMap::new(),
            draw,
        })
    }

    fn step(&mut self, store: &dyn Store) -> Result<(), String> {
        let [usual, other] = &self.tenants;
        let tenant = if self.draw.once_in(6) { other.clone() } else { usual.clone() };
        match self.draw.below(10) {
            0..6 => {
                let batch = self.batch(&tenant)?;
                let expected = commit(&self.model, &batch)?;
                same(&in_order(expected), &in_order(commit(store, &batch)?))
            }
            6 | 7 => {
                let keys: Vec<Key> = self.some_of_the_pool().iter().map(Record::key).collect();
                let expected = load(&self.model, &tenant, &keys)?;
                same(&by_key(expected), &by_key(load(store, &tenant, &keys)?))
            }
            _ => {
                let Some(record) = self.draw.pick(&self.pool) else { return Ok(()) };
                let listings = samples::listings_of(record);
                let Some(listing) = self.draw.pick(&listings) else { return Ok(()) };
                let limit = self.draw.pick(&[1, 2, 3, 100]).copied().unwrap_or(1);
                self.compare_pages(store, &tenant, listing.clone().first(limit))
            }
        }
    }

    fn some_of_the_pool(&mut self) -> Vec<Record> {
        let draw = &mut self.draw;
        self.pool.iter().filter(|_| draw.once_in(4)).cloned().collect()
    }

    fn batch(&mut self, tenant: &TenantId) -> Result<Batch, String> {
        let mut batch = Batch { tenant: tenant.clone(), ..Batch::default() };
        for record in self.some_of_the_pool() {
            let key = record.key();
            let current = load(&self.model, tenant, std::slice::from_ref(&key))?.pop();
            if key.kind().table().counter {
                batch.adds.push(self.add(key, current.as_ref()));
                continue;
            }
            if key.kind().table().sums {
                let by = self.numbers();
                batch.sums.push(AddSums { key, by });
                continue;
            }
            let current = current.map_or(Version::ABSENT, |stored| stored.version);
            let expected = if self.draw.once_in(8) { self.another_version(&key) } else { current };
            match self.draw.below(5) {
                0 if expected != Version::ABSENT => batch.deletes.push(Delete { key, expected }),
                1 if expected != Version::ABSENT => batch.guards.push(Guard { key, expected }),
                _ => {
                    let version = Version::from_random(self.draw.number());
                    self.versions.entry(key).or_default().push(version);
                    let record = self.other_content(&record);
                    batch.puts.push(Put { stored: Stored { record, version }, expected });
                }
            }
        }
        Ok(batch)
    }

    /// One that the key had once, none, or one that nobody ever had.
    fn another_version(&mut self, key: &Key) -> Version {
        let old = self.versions.get(key).and_then(|versions| self.draw.pick(versions)).copied();
        match self.draw.below(4) {
            0 => Version::ABSENT,
            1 => Version::from_random(self.draw.number()),
            _ => old.unwrap_or(Version::ABSENT),
        }
    }

    /// A record with the same key.
    fn other_content(&mut self, record: &Record) -> Record {
        let keys = record.kind().table().key_columns;
        let other = samples::neighbour(record, &mut self.draw).unwrap_or_else(|| record.clone());
        let cells = record.cells().into_iter().take(keys).chain(other.cells().into_iter().skip(keys)).collect();
        Record::from_cells(record.kind(), cells).unwrap_or_else(|_| record.clone())
    }

    fn add(&mut self, key: Key, current: Option<&Stored>) -> Add {
        let value = current.and_then(|stored| stored.record.counter_value()).unwrap_or_default();
        let by = match self.draw.below(20) {
            0 => i64::MAX,
            1 => i64::MIN,
            number => number as i64 - 8,
        };
        let near = |draw: &mut Draw| {
            let edge = value.saturating_add(by).saturating_add(draw.below(5) as i64 - 2);
            draw.once_in(3).then_some(edge)
        };
        let (at_least, at_most) = (near(&mut self.draw), near(&mut self.draw));
        // Few times, so that leaderboards have ties.
        let at = Timestamp::from_micros(self.draw.below(3) as i64).unwrap_or(Timestamp::FIRST);
        Add { key, by, at_least, at_most, at }
    }

    /// Few names, so that numbers meet, fall back to 0 and leave the range of integers.
    fn numbers(&mut self) -> Sums {
        let draw = &mut self.draw;
        let number = |draw: &mut Draw| match draw.below(20) {
            0 => i64::MAX,
            1 => i64::MIN,
            number => number as i64 - 8,
        };
        ["clicks", "leads", "revenue/EUR"].iter().map(|name| ((*name).to_owned(), number(draw))).collect()
    }

    /// Every page of a listing; each store follows its own cursors.
    fn compare_pages(&self, store: &dyn Store, tenant: &TenantId, first: PageRequest) -> Result<(), String> {
        let (mut ours, mut theirs) = (first.clone(), first);
        loop {
            let expected = self.model.list(tenant, &ours).map_err(|error| error.to_string())?;
            let found = store.list(tenant, &theirs).map_err(|error| format!("list failed: {error}"))?;
            let problem = |problem| format!("{:?}: {problem}", ours.listing);
            let answer = |page: &Page| (page.rows.clone(), page.next.is_some(), page.first_rank);
            same(&answer(&expected), &answer(&found)).map_err(problem)?;
            narrow(store, tenant, &theirs, &found).map_err(problem)?;
            if expected.next.is_none() {
                return Ok(());
            }
            (ours.after, theirs.after) = (expected.next, found.next);
        }
    }

    fn compare_everything(&self, store: &dyn Store) -> Result<(), String> {
        for tenant in &self.tenants {
            for listing in self.pool.iter().flat_map(samples::listings_of) {
                self.compare_pages(store, tenant, listing.first(PageRequest::MOST))?;
            }
        }
        Ok(())
    }
}

/// A page of some columns has the same cells as the page of whole records, ends at the same place, and has the same rank.
fn narrow(store: &dyn Store, tenant: &TenantId, request: &PageRequest, whole: &Page) -> Result<(), String> {
    let columns = request.listing.scan().kind.table().columns;
    let some: Vec<&str> = columns.iter().rev().step_by(2).map(|column| column.name).collect();
    let request = request.clone().only(&some);
    let found = store.list(tenant, &request).map_err(|error| format!("list of columns failed: {error}"))?;
    same(&(whole.next.clone(), whole.first_rank), &(found.next.clone(), found.first_rank))?;
    let cells = |page: &Page| page.clone().into_cells(&request.columns).collect::<Vec<_>>();
    // Cells print nothing of what they hold.
    if cells(whole) == cells(&found) { Ok(()) } else { Err("other cells than those of the records".to_owned()) }
}

fn load(store: &dyn Store, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, String> {
    store.load(tenant, keys).map_err(|error| format!("load failed: {error}"))
}

#[cfg(test)]
mod tests {
    use referral_core::error::StoreError;
    use referral_core::store::Commit;

    use super::*;

    /// A store that answers columns alone, and of each row the cells in reverse.
    #[derive(Debug)]
    struct Reversed(MemoryStore);

    impl Store for Reversed {
        fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
            self.0.load(tenant, keys)
        }

        fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
            let page = self.0.list(tenant, request)?;
            if request.columns.is_empty() {
                return Ok(page);
            }
            let (next, first_rank) = (page.next.clone(), page.first_rank);
            let cells = page.into_cells(&request.columns).flat_map(|row| row.into_iter().rev()).collect();
            Ok(Page { cells, next, first_rank, ..Page::default() })
        }

        fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
            self.0.commit(batch)
        }
    }

    #[test]
    fn a_store_that_answers_other_cells_than_those_of_the_records_is_rejected() {
        let report = run(&Reversed(MemoryStore::new()), 20, 1);
        assert!(report.to_string().contains("other cells than those of the records"), "{report}");
    }

    #[test]
    fn sequences_apply_and_refuse_and_are_the_same_for_the_same_seed() {
        let (mut applied, mut stale_keys, mut over_keys) = (0, 0, 0);
        for number in 0..40 {
            let tenants = |seed| Sequence::new(seed, number).map(|sequence| sequence.pool).unwrap();
            assert_eq!(tenants(5), tenants(5));
            let mut sequence = Sequence::new(5, number).unwrap();
            for _ in 0..STEPS {
                let tenant = sequence.tenants[0].clone();
                let batch = sequence.batch(&tenant).unwrap();
                match commit(&sequence.model, &batch).unwrap() {
                    Commit::Applied => applied += 1,
                    Commit::Refused { stale, over } => {
                        stale_keys += stale.len();
                        over_keys += over.len();
                    }
                }
            }
        }
        assert!(applied > 400 && stale_keys > 100 && over_keys > 100, "{applied} {stale_keys} {over_keys}");
    }
}
