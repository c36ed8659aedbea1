//! How long a command is tried again, and what happens between two tries.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use referral_core::store::BoxFuture;

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Lets time pass between two tries.
#[derive(Clone)]
pub(crate) struct Sleep(Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>);

impl Sleep {
    /// By a call that blocks.
    pub(crate) fn blocking(sleep: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self(Arc::new(move |pause| {
            sleep(pause);
            Box::pin(std::future::ready(()))
        }))
    }

    /// By a future.
    pub(crate) fn future<F>(sleep: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(Arc::new(move |pause| Box::pin(sleep(pause))))
    }

    pub(crate) async fn wait(&self, pause: Duration) {
        (self.0)(pause).await;
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sleep(..)")
    }
}

/// The tries of one call.
#[derive(Debug)]
pub(crate) struct Patience {
    began: Instant,
    waited: Duration,
    most: Duration,
    pause: Duration,
}

impl Patience {
    /// Tries for `most`.
    pub(crate) fn new(most: Duration) -> Self {
        Self { began: Instant::now(), waited: Duration::ZERO, most, pause: FIRST_PAUSE }
    }

    /// How long to wait before the next try; nothing, once the time is used up. Each pause is twice as long as the one
    /// before, less up to half of it by `random`, so that those who failed together do not come back together.
    pub(crate) fn next(&mut self, random: u64) -> Option<Duration> {
        if self.began.elapsed().max(self.waited) >= self.most {
            return None;
        }
        let half = self.pause / 2;
        let micros = u64::try_from(half.as_micros()).unwrap_or(u64::MAX).max(1);
        let pause = half + Duration::from_micros(random % micros);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.waited += pause;
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_second_vary_and_end_with_the_time() {
        let (mut low, mut high) = (Patience::new(Duration::from_secs(10)), Patience::new(Duration::from_secs(10)));
        let pauses: Vec<Duration> = std::iter::from_fn(|| low.next(0)).collect();
        assert_eq!(pauses[..3], [2_500, 5_000, 10_000].map(Duration::from_micros));
        assert_eq!(pauses.last(), Some(&Duration::from_millis(500)));
        assert!(pauses.iter().sum::<Duration>() >= Duration::from_secs(10));
        let longest = std::iter::from_fn(|| high.next(u64::MAX)).max();
        assert!(longest > Some(Duration::from_millis(500)) && longest < Some(LONGEST_PAUSE));
        assert_eq!(Patience::new(Duration::ZERO).next(1), None);
    }
}
