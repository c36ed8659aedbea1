//! When a delivery that failed is tried again.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::value::{NotificationId, Span};

/// A wait is up to a tenth shorter or longer, so that what failed together does not come back together.
const JITTER_PERCENT: u64 = 10;

/// When a delivery that failed is tried again: after `first`, and each time `factor` times as long, at most `longest`.
///
/// By default after 1, 3, 9, 27, … minutes, at most 28 hours and 24 minutes: ten attempts over 75 hours. Each wait is up to a
/// tenth shorter or longer; by how much follows from the notification's id, because the core draws nothing.
///
/// ```
/// use referral_core::notify::Schedule;
/// let schedule = Schedule::default();
/// let minutes: Vec<i64> = (1..schedule.attempts).map(|attempt| schedule.plain_wait(attempt).num_minutes()).collect();
/// assert_eq!(minutes, [1, 3, 9, 27, 81, 243, 729, 1_704, 1_704]);
/// assert_eq!(minutes.iter().sum::<i64>() / 60, 75);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// The first wait, in seconds.
    pub first_seconds: u32,
    /// How many times as long each further wait is.
    pub factor: u32,
    /// The longest wait.
    pub longest: Span,
    /// How often a delivery is tried, the first time included. Then it is dead.
    pub attempts: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { first_seconds: 60, factor: 3, longest: Span::minutes(1_704), attempts: 10 }
    }
}

impl Schedule {
    /// How long to wait after the so-many-th attempt failed, from 1, before jitter.
    #[must_use]
    pub fn plain_wait(&self, attempt: u32) -> TimeDelta {
        let times = i64::from(self.factor).saturating_pow(attempt.saturating_sub(1));
        TimeDelta::seconds(i64::from(self.first_seconds).saturating_mul(times).min(self.longest.delta().num_seconds()))
    }

    /// How long to wait after the so-many-th attempt of this notification failed; none if it was the last.
    #[must_use]
    pub fn wait(&self, attempt: u32, notification: NotificationId) -> Option<TimeDelta> {
        if attempt >= self.attempts {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(notification.0.as_bytes()).update(&attempt.to_le_bytes());
        let [a, b, c, d, ..] = *hasher.finalize().as_bytes();
        let part = u64::from(u32::from_le_bytes([a, b, c, d])) % (2 * JITTER_PERCENT + 1);
        let percent = i64::try_from(100 - JITTER_PERCENT + part).unwrap_or(100);
        let millis = self.plain_wait(attempt).num_milliseconds().saturating_mul(percent) / 100;
        Some(TimeDelta::milliseconds(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_within_a_tenth_of_the_plan_and_end_with_the_last_attempt() {
        let schedule = Schedule::default();
        let ids: Vec<NotificationId> = (0..50).map(|id| NotificationId(uuid::Uuid::from_u128(id))).collect();
        let mut seen = std::collections::BTreeSet::new();
        for id in &ids {
            for attempt in 1..10 {
                let (plain, wait) = (schedule.plain_wait(attempt), schedule.wait(attempt, *id).unwrap());
                assert!(plain * 9 <= wait * 10 && wait * 10 <= plain * 11, "{attempt}: {wait}");
                seen.insert(wait);
            }
            assert_eq!(schedule.wait(10, *id), None);
        }
        assert!(seen.len() > 50, "what failed together comes back together");
    }

    #[test]
    fn absurd_numbers_stay_within_the_longest_wait() {
        let schedule =
            Schedule { first_seconds: u32::MAX, factor: u32::MAX, longest: Span::days(1), attempts: u32::MAX };
        assert_eq!(schedule.plain_wait(u32::MAX), TimeDelta::days(1));
    }
}
