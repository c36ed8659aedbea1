//! Where randomness comes from.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use referral_core::error::{Error, StoreError};
use referral_core::value::Entropy;

/// Draws the seeds of operations. Ids, codes and versions rest on their being unpredictable and never the same twice.
pub trait EntropySource: fmt::Debug + Send + Sync {
    /// Fills `seed`.
    ///
    /// # Errors
    /// What kept it from doing so.
    fn fill(&self, seed: &mut [u8; 32]) -> Result<(), Error>;
}

/// The random source of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl EntropySource for SystemEntropy {
    fn fill(&self, seed: &mut [u8; 32]) -> Result<(), Error> {
        let failed = |problem| StoreError::Setup(format!("the system gives no entropy: {problem}"));
        Ok(getrandom::fill(seed).map_err(failed)?)
    }
}

/// The same seeds in the same order, each time: for tests and examples whose output must not change, **never** for a store
/// that is written to by anything else.
#[derive(Debug)]
pub struct FixedEntropy {
    root: Entropy,
    drawn: AtomicU64,
}

impl FixedEntropy {
    /// Seeds that follow from `root`.
    #[must_use]
    pub fn new(root: [u8; 32]) -> Self {
        Self { root: Entropy::new(root), drawn: AtomicU64::new(0) }
    }
}

impl EntropySource for FixedEntropy {
    fn fill(&self, seed: &mut [u8; 32]) -> Result<(), Error> {
        *seed = self.root.part("seed", self.drawn.fetch_add(1, Ordering::Relaxed)).bytes();
        Ok(())
    }
}
