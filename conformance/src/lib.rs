//! What every store must do, and the proof that the suite notices when one does not.
//!
//! The cases in `cases/` are data: any implementation in any language runs them ([`store`] is how Rust does). Races
//! ([`race`]) and random sequences ([`model`]) cover what data cannot. Six [`broken`] stores with one fault each must be
//! rejected. Nothing here decides anything about referrals.

use referral_core::store::Store;

/// Six stores with exactly one fault each.
pub mod broken;
/// Numbers drawn from a seed.
pub mod draw;
/// Cases for whole operations, and how Rust runs them.
pub mod engine;
/// Random sequences of calls, compared with the store in memory.
pub mod model;
/// Threads that race for the same records.
pub mod race;
/// What a suite found.
pub mod report;
/// Valid records of every kind, made from their descriptions.
pub mod samples;
/// The JSON cases, and how Rust runs them.
pub mod store;

pub use report::{Failure, Report};

/// How much work a run of the whole suite is.
#[derive(Clone, Debug)]
pub struct Effort {
    /// How the races are run.
    pub race: race::Effort,
    /// How many random sequences are compared.
    pub sequences: u32,
    /// The seed of the random sequences.
    pub seed: u64,
}

impl Default for Effort {
    /// Some seconds on a store in memory.
    fn default() -> Self {
        Self { race: race::Effort::default(), sequences: 200, seed: 1 }
    }
}

/// Runs the cases of stores and of operations, races and random sequences on `store`, which must be empty.
///
/// ```
/// use referral_core::store::MemoryStore;
/// let effort = conformance::Effort { sequences: 20, ..Default::default() };
/// let report = conformance::run(&MemoryStore::new(), &effort);
/// assert!(report.holds(), "{report}");
/// ```
pub fn run(store: &dyn Store, effort: &Effort) -> Report {
    let mut report = store::run(store);
    report.extend(engine::run(store));
    report.extend(race::run(store, &effort.race));
    report.extend(model::run(store, effort.sequences, effort.seed));
    report
}
