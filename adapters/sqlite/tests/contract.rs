//! The contract that every store keeps: its cases, races and sequences, run on this one.

use conformance::{Effort, race};
use referral_sqlite::{Options, SqliteStore};

#[test]
fn a_file_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("contract.db"), Options::default()).unwrap();
    let report = conformance::run(&store, &Effort { sequences: 40, ..Effort::default() });
    assert!(report.holds(), "{report}");
}

#[test]
fn a_store_in_memory_keeps_the_contract() {
    let report = conformance::run(&SqliteStore::in_memory().unwrap(), &Effort::default());
    assert!(report.holds(), "{report}");
}

#[test]
fn commands_of_32_threads_that_race_for_the_last_reward_are_exact() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("race.db"), Options::default()).unwrap();
    let effort = race::Effort { attempts: 3, rounds: 1, ..race::Effort::default() };
    let report = race::run_commands(&store, &effort);
    assert!(report.holds(), "{report}");
}
