//! Many runs side by side, each done twice: what every change must pass.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use referral_core::store::MemoryStore;

use crate::coverage::Coverage;
use crate::directed;
use crate::run::{Done, Plan, run};

/// Seeds that ever failed. They run first.
pub const KNOWN: &str = include_str!("../seeds.txt");

/// What many runs came to.
#[derive(Debug, Default)]
pub struct Summary {
    /// What occurred.
    pub coverage: Coverage,
    /// How many runs, each of them done twice.
    pub runs: u64,
    /// How many invariants were checked, each over a whole store.
    pub checks: u64,
    /// Seeds that failed, with what did not hold.
    pub failures: Vec<(u64, String)>,
}

/// The seeds in `text`: one a line, with a word about it behind `#`.
#[must_use]
pub fn seeds(text: &str) -> Vec<u64> {
    let number = |line: &str| line.split('#').next().unwrap_or_default().trim().parse().ok();
    text.lines().filter_map(number).collect()
}

/// One seed: the run, and the run again, which must end the same way.
#[must_use]
pub fn twice(plan: Plan) -> Done {
    let once = || catch_unwind(AssertUnwindSafe(|| run(plan, MemoryStore::new())));
    let (Ok(mut first), Ok(second)) = (once(), once()) else {
        return Done { failures: vec!["it panicked".to_owned()], ..Done::default() };
    };
    if first.hash != second.hash {
        first.failures.push("the same seed ended in another state".to_owned());
    }
    first
}

/// Runs of `each` commands until `commands` are answered in all: the known seeds first, then one after the other from
/// `first`, on all cores.
#[must_use]
pub fn many(first: u64, commands: u64, each: u64) -> Summary {
    let (summary, next) = (Mutex::new(Summary::default()), AtomicU64::new(0));
    let known = seeds(KNOWN);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if summary.lock().unwrap_or_else(PoisonError::into_inner).coverage.total() >= commands {
                return;
            }
            let at = usize::try_from(number).unwrap_or(usize::MAX);
            let later = || first.saturating_add(number).saturating_sub(known.len() as u64);
            let seed = known.get(at).copied().unwrap_or_else(later);
            let done = twice(Plan { seed, commands: each });
            let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
            summary.runs += 1;
            summary.checks += done.checks;
            summary.failures.extend(done.failures.into_iter().map(|failure| (seed, failure)));
            summary.coverage.absorb(done.coverage);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..cores).for_each(|_| drop(scope.spawn(work))));
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (coverage, failures) = directed::play();
    summary.coverage.absorb(coverage);
    summary.failures.extend(failures.into_iter().map(|failure| (0, failure)));
    summary
}
