//! The little of asynchronous machinery that is needed here, without a runtime: waiting on a thread, catching panics,
//! threads that run blocking calls.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use referral_core::error::{Error, StoreError};

/// Locks, whatever happened to whoever held it before: nothing here is left half-done by a panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The error of an operation that ended in a panic.
pub(crate) fn panicked() -> Error {
    let problem = "the operation ended in a panic; whether it was committed is not known";
    Error::Store(StoreError::Failed(problem.to_owned()))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for `future` on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Runs `future`; a panic in it becomes an error.
pub(crate) async fn caught<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut future = pin!(future);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        polled.unwrap_or_else(|panic| {
            forget_payload(panic);
            Poll::Ready(Err(panicked()))
        })
    })
    .await
}

/// Drops what a panic carried; that may panic again.
pub(crate) fn forget_payload(panic: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(move || drop(panic))) {
        std::mem::forget(again);
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Threads of our own that run blocking calls. They start when they are needed and end with the value.
pub(crate) struct Threads {
    shared: Arc<Jobs>,
    most: usize,
}

#[derive(Default)]
struct Jobs {
    state: Mutex<JobState>,
    changed: Condvar,
}

#[derive(Default)]
struct JobState {
    waiting: VecDeque<Job>,
    started: usize,
    idle: usize,
    closed: bool,
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads").field("most", &self.most).finish_non_exhaustive()
    }
}

impl Threads {
    /// At most `most` threads, and at least one.
    pub(crate) fn new(most: usize) -> Self {
        Self { shared: Arc::default(), most: most.max(1) }
    }

    /// Runs `job` on one of the threads. A panic in it, or a thread that cannot be started, is an error.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let slot = Arc::new(Mutex::new(Slot { result: None, waker: None }));
        let sender = Sender(Arc::clone(&slot));
        self.push(Box::new(move || {
            let result = catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|panic| {
                forget_payload(panic);
                Err(panicked())
            });
            sender.send(result);
        }))?;
        poll_fn(|context| {
            let mut slot = lock(&slot);
            if let Some(result) = slot.result.take() {
                return Poll::Ready(result);
            }
            slot.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn push(&self, job: Job) -> Result<(), Error> {
        let mut state = lock(&self.shared.state);
        if state.idle <= state.waiting.len() && state.started < self.most {
            let shared = Arc::clone(&self.shared);
            let started = thread::Builder::new().name("referrals".to_owned()).spawn(move || shared.work());
            match started {
                Ok(_) => state.started += 1,
                Err(problem) if state.started == 0 => {
                    return Err(Error::Store(StoreError::Busy(format!("no thread can be started: {problem}"))));
                }
                Err(_) => {}
            }
        }
        state.waiting.push_back(job);
        drop(state);
        self.shared.changed.notify_one();
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        lock(&self.shared.state).closed = true;
        self.shared.changed.notify_all();
    }
}

impl Jobs {
    fn work(&self) {
        let mut state = lock(&self.state);
        loop {
            if let Some(job) = state.waiting.pop_front() {
                drop(state);
                job();
                state = lock(&self.state);
            } else if state.closed {
                return;
            } else {
                state.idle += 1;
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }
}

struct Slot<T> {
    result: Option<Result<T, Error>>,
    waker: Option<Waker>,
}

struct Sender<T>(Arc<Mutex<Slot<T>>>);

impl<T> Sender<T> {
    fn send(self, result: Result<T, Error>) {
        lock(&self.0).result = Some(result);
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut slot = lock(&self.0);
        // Dropped with a job that never ran.
        slot.result.get_or_insert_with(|| Err(panicked()));
        let waker = slot.waker.take();
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_a_job_is_an_error_and_the_threads_go_on() {
        let threads = Threads::new(1);
        let failed: Result<(), Error> = block_on(threads.run(|| panic!("planted")));
        assert_eq!(failed, Err(panicked()));
        assert_eq!(block_on(threads.run(|| Ok(7))), Ok(7));
    }

    #[test]
    fn a_panic_in_a_future_is_an_error() {
        let failed: Result<(), Error> = block_on(caught(async { panic!("planted") }));
        assert_eq!(failed, Err(panicked()));
    }

    #[test]
    fn more_jobs_than_threads_are_all_run() {
        let threads = Threads::new(3);
        let sum: Result<u64, Error> = thread::scope(|scope| {
            let waits: Vec<_> = (0..50)
                .map(|n: u64| (n, &threads))
                .map(|(n, t)| scope.spawn(move || block_on(t.run(move || Ok(n)))))
                .collect();
            waits.into_iter().map(|wait| wait.join().unwrap()).sum()
        });
        assert_eq!(sum, Ok(1_225));
        assert!(lock(&threads.shared.state).started <= 3);
    }
}
