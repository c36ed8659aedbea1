//! A bounded number of connections, shared by any number of threads.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use referral_core::error::StoreError;
use rusqlite::Connection;

type Open = Box<dyn Fn() -> Result<Connection, StoreError> + Send + Sync>;

/// Connections that are opened when they are needed and kept for the next who needs one.
pub(crate) struct Pool {
    most: usize,
    wait: Duration,
    open: Open,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    taken: usize,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("most", &self.most).finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool of at most `most` connections made by `open`; whoever finds all taken waits for `wait`.
    pub(crate) fn new(most: usize, wait: Duration, open: Open) -> Self {
        Self { most: most.max(1), wait, open, state: Mutex::default(), freed: Condvar::new() }
    }

    /// A pool of this one connection.
    pub(crate) fn of_one(connection: Connection, wait: Duration, open: Open) -> Self {
        let pool = Self::new(1, wait, open);
        pool.locked().idle.push(connection);
        pool
    }

    /// Runs `work` with a connection that nobody else has meanwhile.
    ///
    /// A connection on which a panic or an error left a transaction open is closed and never given to another.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let (place, idle) = self.enter()?;
        let mut connection = match idle {
            Some(connection) => connection,
            None => (self.open)()?,
        };
        let result = work(&mut connection);
        if connection.is_autocommit() {
            self.locked().idle.push(connection);
        }
        drop(place);
        result
    }

    fn enter(&self) -> Result<(Place<'_>, Option<Connection>), StoreError> {
        let full = |state: &mut State| state.taken >= self.most;
        let waited = self.freed.wait_timeout_while(self.locked(), self.wait, full);
        let (mut state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            let problem = format!("all {} connections of this store were taken for {:?}", self.most, self.wait);
            return Err(StoreError::Busy(problem));
        }
        state.taken += 1;
        let idle = state.idle.pop();
        Ok((Place(self), idle))
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to have one connection, given back also by a panic.
struct Place<'a>(&'a Pool);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.locked().taken -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A pool of at most `most` connections, and how many were opened.
    fn pool(most: usize) -> (Pool, Arc<AtomicUsize>) {
        let opened = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&opened);
        let open = move || {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(Connection::open_in_memory().unwrap())
        };
        (Pool::new(most, Duration::from_millis(1), Box::new(open)), opened)
    }

    #[test]
    fn a_connection_is_opened_when_it_is_needed_and_used_again() {
        let (pool, opened) = pool(2);
        for _ in 0..3 {
            pool.with(|_| Ok(())).unwrap();
        }
        assert_eq!(opened.load(Ordering::SeqCst), 1);
        pool.with(|_| pool.with(|_| Ok(()))).unwrap();
        assert_eq!(opened.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn whoever_finds_all_taken_for_too_long_is_told_busy() {
        let (pool, _) = pool(1);
        let inner = pool.with(|_| Ok(pool.with(|_| Ok(())))).unwrap();
        assert!(matches!(inner, Err(StoreError::Busy(_))), "{inner:?}");
        pool.with(|_| Ok(())).unwrap();
    }

    #[test]
    fn a_panic_gives_the_place_back_and_not_the_connection() {
        let (pool, opened) = pool(1);
        let work = || pool.with(|_| -> Result<(), StoreError> { panic!("on purpose") });
        assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
        pool.with(|_| Ok(())).unwrap();
        assert_eq!(opened.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_connection_that_is_left_inside_a_transaction_is_given_to_nobody() {
        let (pool, opened) = pool(1);
        pool.with(|connection| connection.execute_batch("BEGIN").map_err(crate::error::failed)).unwrap();
        assert!(pool.with(|connection| Ok(connection.is_autocommit())).unwrap());
        assert_eq!(opened.load(Ordering::SeqCst), 2);
    }
}
