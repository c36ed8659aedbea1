//! The whole suite of the contract on a file: cases, races, random sequences.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use conformance::{Effort, race};
use referral_sqlite::{Options, SqliteStore};

#[test]
fn the_contract_of_a_store_holds_on_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("referrals.sqlite"), Options::default()).unwrap();
    let race = race::Effort { threads: 8, attempts: 5, rounds: 1, ..race::Effort::default() };
    let report = conformance::run(&store, &Effort { race, sequences: 40, seed: 1 });
    assert!(report.holds(), "{report}");
}
