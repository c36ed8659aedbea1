//! The suite accepts the store in memory and rejects each broken store, by the checks that its fault must fail.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, also in its helpers")]

use conformance::{Effort, Report, broken, race};
use referral_core::store::{MemoryStore, Store};

fn effort() -> Effort {
    let race = race::Effort { attempts: 4, rounds: 1, ..race::Effort::default() };
    Effort { race, sequences: 60, seed: 1 }
}

fn parts(report: &Report) -> (Vec<String>, Vec<String>, usize) {
    let rejected = report.rejected_by();
    let is_race = |name: &&str| race::RACES.iter().any(|(race, _)| race == name);
    let (races, others): (Vec<&str>, Vec<&str>) = rejected.into_iter().partition(is_race);
    let (sequences, cases): (Vec<&str>, Vec<&str>) = others.into_iter().partition(|name| name.starts_with("sequence "));
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    (owned(cases), owned(races), sequences.len())
}

#[test]
fn the_store_in_memory_is_accepted() {
    let report = conformance::run(&MemoryStore::new(), &Effort::default());
    assert!(report.holds(), "{report}");
}

/// What must reject a broken store: some cases, some races, and whether random sequences do.
type Rejection = (&'static str, &'static [&'static str], &'static [&'static str], bool);

const REJECTIONS: &[Rejection] = &[
    ("non-atomic cap", &[], &["last_place", "last_of_a_budget"], false),
    ("lost outbox", &["the_outbox_is_part_of_the_commit"], &["last_place"], true),
    ("non-unique key", &["a_put_of_an_existing_key_as_absent_is_refused"], &["one_key"], true),
    ("dirty read", &[], &["refused_writes_are_never_seen"], false),
    (
        "acknowledged before commit",
        &["a_record_put_under_an_absent_key_is_loaded_as_it_was"],
        &["last_place", "visible_in_order"],
        true,
    ),
    (
        "reordered commit",
        &["a_put_that_names_the_standing_version_replaces_the_record"],
        &["last_place", "visible_in_order"],
        true,
    ),
];

#[test]
fn every_broken_store_is_rejected_by_what_its_fault_breaks() {
    let stores = broken::all();
    assert_eq!(stores.len(), REJECTIONS.len());
    for ((name, store), (expected, cases, races, by_sequences)) in stores.iter().zip(REJECTIONS) {
        assert_eq!(name, expected);
        let report = conformance::run(store, &effort());
        assert!(!report.holds(), "{name} was accepted");
        let (by_cases, by_races, sequences) = parts(&report);
        println!("{name}: {} cases, races {by_races:?}, {sequences} sequences", by_cases.len());
        for case in *cases {
            assert!(by_cases.iter().any(|found| found == case), "{name} passed {case}: {report}");
        }
        for race in *races {
            let found = by_races.iter().any(|found| found == race) || is_found_by(race, store);
            assert!(found, "{name} passed {race}: {report}");
        }
        assert_eq!(sequences > 0, *by_sequences, "{name}: {report}");
    }
}

/// On a busy machine threads may happen to pass one behind the other: so a race is run until they meet.
fn is_found_by(name: &str, store: &dyn Store) -> bool {
    let (_, run) = race::RACES.iter().find(|(race, _)| *race == name).unwrap();
    (0..30).any(|again| {
        run(store, &race::Effort { rounds: 1, label: format!("again{again}"), ..race::Effort::default() }).is_err()
    })
}

/// What one thread alone cannot notice must not be blamed on the cases: they pass, and the races are needed.
#[test]
fn faults_that_need_a_rival_are_found_by_races_alone() {
    for (name, store) in broken::all() {
        if matches!(name, "non-atomic cap" | "dirty read") {
            let report = conformance::store::run(&store);
            assert!(report.holds(), "{name}: {report}");
        }
    }
}

/// The cap of a campaign, seen from its commands: a store that reads and then writes gives too much.
#[test]
fn commands_that_race_for_the_last_reward_are_exact_and_a_store_that_reads_and_then_writes_is_found_out() {
    let effort = race::Effort { attempts: 4, rounds: 1, ..race::Effort::default() };
    let report = race::run_commands(&MemoryStore::new(), &effort);
    assert!(report.holds(), "{report}");
    let reads_then_writes = broken::NonAtomicCap::default();
    // Run until the threads meet, as above.
    let found = (0..30).any(|run| {
        let effort = race::Effort { threads: 8, attempts: 2, rounds: 1, label: format!("control{run}") };
        race::last_reward_under_a_cap(&reads_then_writes, &effort).is_err()
    });
    assert!(found, "a store that reads and then writes was accepted");
}

/// What hands do, raced on a store that takes a key twice, and on one that acknowledges before it commits.
#[test]
fn each_race_of_what_hands_do_finds_a_broken_store() {
    let of = |run: usize| race::Effort { threads: 8, attempts: 4, rounds: 1, label: format!("hands{run}") };
    let finds = |race: race::Race, store: &dyn Store| (0..30).any(|run| race(store, &of(run)).is_err());
    assert!(finds(race::facts_of_one_order, &broken::NonUniqueKey::default()), "a key was taken twice");
    for (what, race) in [
        ("a refused reward", race::refused_rewards_by_hand as race::Race),
        ("a transfer", race::one_transfer_from_many),
    ] {
        assert!(finds(race, &broken::AcknowledgedEarly::default()), "{what} was acknowledged before the commit");
    }
}
