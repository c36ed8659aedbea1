//! What is promised of races and stores, at the counts that every change must pass: all of them in memory, a fiftieth on a
//! SQLite file.
//!
//! ```sh
//! cargo run --release -p referral-sqlite --example promises
//! ```

use std::process::ExitCode;
use std::time::Instant;

use conformance::race::{self, Effort, Race};
use conformance::{Report, model};
use referral_core::store::{MemoryStore, Store};
use referral_sqlite::{Options, SqliteStore};

/// A race, how many threads it has, how often each of them tries, and how many rounds there are in memory.
type Row = (&'static str, Race, usize, usize, usize);

const RACES: [Row; 8] = [
    ("one limit, commits of 32 threads", race::last_place, 32, 5_000, 20),
    ("one budget, commits of 32 threads", race::last_of_a_budget, 32, 5_000, 20),
    ("one limit, commands of 32 threads", race::last_reward_under_a_cap, 32, 500, 4),
    ("one budget, commands of 32 threads", race::last_of_a_campaign_budget, 32, 500, 4),
    ("one event of 64 threads", race::one_event_from_many, 64, 1_000, 1),
    ("facts of one order of 16 threads", race::facts_of_one_order, 16, 100, 4),
    ("one transfer of 32 threads", race::one_transfer_from_many, 32, 100, 4),
    ("refused rewards by hand of 32 threads", race::refused_rewards_by_hand, 32, 50, 4),
];
/// Random sequences of calls, compared with the store in memory.
const SEQUENCES: u32 = 2_000;
/// On a file a fiftieth is done.
const PART: usize = 50;

fn try_all(name: &str, store: &dyn Store, part: usize) -> Report {
    let mut report = Report::default();
    for (what, race, threads, attempts, rounds) in RACES {
        let attempts = (attempts * rounds / part).max(1);
        let rounds = rounds.min(attempts);
        let effort = Effort { threads, attempts: attempts / rounds, rounds, label: "promise".to_owned() };
        let began = Instant::now();
        let found = race(store, &effort);
        let verdict = found.as_ref().map_or_else(String::clone, |()| "exact".to_owned());
        let tries = effort.threads * effort.attempts * effort.rounds;
        println!("{name}: {what}: {tries} attempts in {:.1?}: {verdict}", began.elapsed());
        report.note(what, found.map_err(|problem| (None, problem)));
    }
    let sequences = SEQUENCES / u32::try_from(part).unwrap_or(1);
    report.extend(model::run(store, sequences, 1));
    println!("{name}: {sequences} sequences compared");
    report
}

fn main() -> ExitCode {
    let Ok(folder) = tempfile::tempdir() else {
        eprintln!("promises: no folder for a file");
        return ExitCode::FAILURE;
    };
    let file = match SqliteStore::open(folder.path().join("promises.sqlite"), Options::default()) {
        Ok(file) => file,
        Err(error) => {
            eprintln!("promises: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut report = try_all("memory", &MemoryStore::new(), 1);
    report.extend(try_all("sqlite", &file, PART));
    println!("{report}");
    ExitCode::from(u8::from(!report.holds()))
}
