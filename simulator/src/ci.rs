//! Many runs side by side, each done twice: what every change must pass.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use referral_core::store::MemoryStore;

use crate::coverage::Coverage;
use crate::directed;
use crate::order;
use crate::run::{Done, Plan, run};
use crate::sweep::{Swept, sweep};

/// Seeds that ever failed. They run first.
pub const KNOWN: &str = include_str!("../seeds.txt");

/// How many commands of a world are swept.
const SWEPT: u64 = 150;

/// How much is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// How many commands are answered in all.
    pub commands: u64,
    /// How many commands a run has.
    pub each: u64,
    /// The first seed.
    pub first: u64,
    /// How many worlds are swept for the k-th fault.
    pub sweeps: u64,
    /// How many referrals have their events permuted.
    pub orders: u64,
}

/// What it came to.
#[derive(Debug, Default)]
pub struct Summary {
    /// What occurred.
    pub coverage: Coverage,
    /// How many runs, each of them done twice.
    pub runs: u64,
    /// How many invariants were checked, each over a whole store.
    pub checks: u64,
    /// What the sweeps came to.
    pub swept: Swept,
    /// How many referrals had their events permuted.
    pub orders: u64,
    /// What did not hold, each with what to repeat it by.
    pub failures: Vec<String>,
}

impl Summary {
    /// What never occurred, each as one line.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let mut missing = self.coverage.missing();
        missing.extend(self.swept.missing());
        missing
    }
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

/// Everything: runs until enough commands are answered, the known seeds first; then sweeps, orders and scenes. On all
/// cores.
#[must_use]
pub fn all(amount: &Amount) -> Summary {
    let summary = Mutex::new(Summary::default());
    runs(amount, &summary);
    sweeps(amount, &summary);
    orders(amount, &summary);
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (coverage, failures) = directed::play();
    summary.coverage.absorb(coverage);
    summary.failures.extend(failures.into_iter().map(|failure| format!("scene {failure}")));
    summary
}

/// Calls `work` with 0, 1, 2, … on all cores until it says that there is no more to do.
fn side_by_side(work: impl Fn(u64) -> bool + Sync) {
    let next = AtomicU64::new(0);
    let worker = || while work(next.fetch_add(1, Ordering::Relaxed)) {};
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..cores).for_each(|_| drop(scope.spawn(worker))));
}

fn with<T>(summary: &Mutex<Summary>, note: impl FnOnce(&mut Summary) -> T) -> T {
    note(&mut summary.lock().unwrap_or_else(PoisonError::into_inner))
}

fn runs(amount: &Amount, summary: &Mutex<Summary>) {
    let known = seeds(KNOWN);
    side_by_side(|number| {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        if at >= known.len() && with(summary, |summary| summary.coverage.total() >= amount.commands) {
            return false;
        }
        let later = || amount.first.saturating_add(number).saturating_sub(known.len() as u64);
        let seed = known.get(at).copied().unwrap_or_else(later);
        let done = twice(Plan { seed, commands: amount.each, watched: false });
        with(summary, |summary| {
            summary.runs += 1;
            summary.checks += done.checks;
            summary.failures.extend(done.failures.iter().map(|failure| format!("run of seed {seed}: {failure}")));
            summary.coverage.absorb(done.coverage);
        });
        true
    });
}

fn sweeps(amount: &Amount, summary: &Mutex<Summary>) {
    side_by_side(|number| {
        if number >= amount.sweeps {
            return false;
        }
        let seed = amount.first.saturating_add(number);
        let swept = catch_unwind(|| sweep(seed, SWEPT));
        with(summary, |summary| match swept {
            Ok(mut swept) => {
                let failures = std::mem::take(&mut swept.failures).into_iter();
                summary.failures.extend(failures.map(|failure| format!("sweep of seed {seed}: {failure}")));
                summary.swept.absorb(swept);
            }
            Err(_) => summary.failures.push(format!("sweep of seed {seed}: it panicked")),
        });
        true
    });
}

fn orders(amount: &Amount, summary: &Mutex<Summary>) {
    side_by_side(|number| {
        if number >= amount.orders {
            return false;
        }
        let seed = amount.first.saturating_add(number);
        let compared = catch_unwind(|| order::compare(seed)).unwrap_or_else(|_| Err("it panicked".to_owned()));
        with(summary, |summary| {
            summary.orders += 1;
            summary.failures.extend(compared.err().map(|failure| format!("orders of seed {seed}: {failure}")));
        });
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_read_with_or_without_a_word_about_them() {
        assert_eq!(seeds("# list\n\n5\n 7 # a group was missing\n"), [5, 7]);
    }
}
