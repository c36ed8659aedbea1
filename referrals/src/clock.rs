//! Where time comes from.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use referral_core::value::Timestamp;

/// Tells the time. Asked once for each operation; every command of an operation is decided at that time.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(micros).unwrap_or(Timestamp::LAST)
    }
}

/// A clock that stands still until it is set: for tests, and for recording what happened before.
///
/// ```
/// use referrals::{Clock, ManualClock};
/// let clock = ManualClock::at("2026-05-01T09:00:00Z".parse()?);
/// let hand = clock.clone();
/// hand.set("2026-05-02T09:00:00Z".parse()?);
/// assert_eq!(clock.now().to_string(), "2026-05-02T09:00:00Z");
/// # Ok::<(), referrals::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows `time`. Its clones show the same.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(time.as_micros())))
    }

    /// Sets it, forwards or backwards.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.as_micros(), Ordering::Release);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Acquire)).unwrap_or(Timestamp::FIRST)
    }
}
