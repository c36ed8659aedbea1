//! Fills stores with a year of people: the engine itself writes what it would have written, so the rows are real.

use std::path::Path;

use referral_core::command::{Enrolled, Outcome, Receipt};
use referral_core::error::StoreError;
use referral_core::link::SealedToken;
use referral_core::record::{Key, Record};
use referral_core::store::{Batch, Commit, Page, PageRequest, Store, Stored};
use referral_core::value::{TenantId, Timestamp};
use referral_sqlite::{HostStore, Options, SqliteStore};
use rusqlite::Connection;

use crate::Contender;
use crate::flow::{Drawer, Referrer, keyring, link_host, start};
use crate::ours::Ours;

/// A step of the build: so many people come into the database at a time.
pub(crate) const CHUNK: u64 = 1_000;
/// Of each chunk so many are enrolled as referrers; the others were referred.
pub(crate) const ENROLLED: u64 = 800;
/// Of the referred so many have bought, and their referrer's reward was handed over. The others only signed up.
pub(crate) const BOUGHT: usize = 120;
const YEAR_MICROS: i64 = 365 * 24 * 3_600 * 1_000_000;
/// For so long the product keeps receipts.
const RECEIPTS_MICROS: i64 = 7 * 24 * 3_600 * 1_000_000;
/// Numbers of flows that made a database, far from those that are measured.
pub(crate) const FIRST_FLOW: u64 = 1_000_000_000;

/// The sizes to measure: `BENCH_PARTICIPANTS` as a list. If it is not set, `10000,1000000` where something is measured
/// (`cargo bench`), and 1,000 where the benchmarks are only tried once each (`cargo test`).
///
/// # Panics
/// If it is not a list of multiples of 1,000.
#[must_use]
pub fn participants() -> Vec<u64> {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let sizes = if measured { "10000,1000000" } else { "1000" };
    let list = std::env::var("BENCH_PARTICIPANTS").unwrap_or_else(|_| sizes.to_owned());
    let sizes: Vec<u64> = list.split(',').map(|size| size.trim().parse().expect("a number of participants")).collect();
    assert!(sizes.iter().all(|size| *size > 0 && size % CHUNK == 0), "multiples of {CHUNK}, not `{list}`");
    sizes
}

/// Fills a new SQLite file. Answers who was enrolled.
///
/// # Panics
/// If it cannot be written.
pub fn build_file(path: &Path, participants: u64) -> Vec<Referrer> {
    drop(SqliteStore::open(path, Options::default()).expect("a new file"));
    let mut connection = Connection::open(path).expect("the file");
    connection.set_prepared_statement_cache_capacity(512);
    // Nothing is to survive a crash here: a build that was interrupted is begun anew.
    let fast = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4000000; BEGIN IMMEDIATE";
    connection.execute_batch(fast).expect("settings");
    let store = HostStore::over(&mut connection).expect("a transaction");
    let referrers = fill(&store, participants);
    connection.execute_batch("COMMIT; PRAGMA journal_mode = WAL").expect("an end");
    referrers
}

/// Fills an empty store with people who came evenly over the last year. Answers who was enrolled.
///
/// # Panics
/// If the store fails.
pub fn fill(store: &dyn Store, participants: u64) -> Vec<Referrer> {
    let mut ours = Ours::new(Recent { store }, 0);
    let chunks = participants / CHUNK;
    ours.set_now(time_of(0, chunks));
    ours.define();
    let mut known: Vec<Referrer> = Vec::new();
    for chunk in 0..chunks {
        ours.set_now(time_of(chunk, chunks));
        let numbers = chunk * ENROLLED..(chunk + 1) * ENROLLED;
        let receipts = ours.enrol(numbers.clone());
        known.extend(numbers.zip(receipts).map(|(number, receipt)| referrer(number, receipt)));
        let mut drawer = Drawer::new(known, FIRST_FLOW + chunk * CHUNK);
        let flows = drawer.flows(usize::try_from(CHUNK - ENROLLED).expect("a few"));
        let (bought, signed_up) = flows.split_at(BOUGHT);
        ours.batch(bought);
        ours.execute(signed_up.iter().map(|flow| ours.click(flow)).collect());
        ours.execute(signed_up.iter().map(|flow| ours.lead(flow)).collect());
        known = drawer.into_referrers();
    }
    known
}

pub(crate) fn time_of(chunk: u64, chunks: u64) -> Timestamp {
    let ago = i64::try_from(chunks - chunk).expect("a few") * (YEAR_MICROS / i64::try_from(chunks).expect("a few"));
    Timestamp::from_micros(start().as_micros() - ago).expect("a time")
}

fn referrer(number: u64, receipt: Receipt) -> Referrer {
    let Outcome::Accepted(outcome) = receipt.outcome else { panic!("not enrolled") };
    let Enrolled { participant, link, .. } = Enrolled::try_from(outcome).expect("an enrolment");
    let token: SealedToken = link.parse().expect("a token");
    let grant = token.verify(&keyring(), &TenantId::default(), &link_host()).expect("a token of ours").grant;
    Referrer { number, participant, grant, token: link }
}

/// A store that keeps only the receipts that would still be there on the day of measuring.
#[derive(Debug)]
struct Recent<'a> {
    store: &'a dyn Store,
}

impl Store for Recent<'_> {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.store.load(tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.store.list(tenant, request)
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        let since = start().as_micros() - RECEIPTS_MICROS;
        let mut batch = batch.clone();
        batch
            .puts
            .retain(|put| !matches!(&put.stored.record, Record::Receipt(receipt) if receipt.at.as_micros() < since));
        self.store.commit(&batch)
    }
}
