//! Commands of callers that wait become one operation.
//!
//! The first caller leads at once: nobody waits for a timer. While its operation runs, later callers line up; when it is
//! done, the first of them leads the next operation and takes along whoever stands behind it. So a commit is shared by
//! all who came during the one before, and nobody serves others for longer than one operation.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use referral_core::command::Request;
use referral_core::engine::Results;
use referral_core::error::Error;

use crate::task::{lock, panicked};

/// The most commands of one operation.
pub(crate) const MOST_COMMANDS: usize = 1_000;

/// The line of callers in front of one tenant.
#[derive(Debug, Default)]
pub(crate) struct Queue(Mutex<Line>);

#[derive(Debug, Default)]
struct Line {
    waiting: VecDeque<Waiting>,
    /// Somebody leads, or was told to.
    led: bool,
}

#[derive(Debug)]
struct Waiting {
    requests: Vec<Request>,
    seat: Arc<Seat>,
}

/// Where a caller waits.
#[derive(Debug, Default)]
struct Seat(Mutex<SeatState>);

#[derive(Debug, Default)]
struct SeatState {
    told: Option<Told>,
    waker: Option<Waker>,
}

#[derive(Debug)]
enum Told {
    /// These are the results.
    Results(Results),
    /// These requests of yours were not executed yet: lead.
    Lead(Vec<Request>),
}

impl Seat {
    fn tell(&self, told: Told) {
        let mut state = lock(&self.0);
        state.told = Some(told);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Queue {
    /// Executes `requests`, of which there are at most [`MOST_COMMANDS`], by `run`, alone or together with others'.
    pub(crate) async fn execute<R, F>(&self, requests: Vec<Request>, run: R) -> Results
    where
        R: Fn(Vec<Request>) -> F,
        F: Future<Output = Result<Results, Error>>,
    {
        let Some(seat) = self.take_seat(&requests) else { return self.lead(requests, run).await };
        let waits = Waits { queue: self, seat };
        let told = poll_fn(|context| {
            let mut state = lock(&waits.seat.0);
            if let Some(told) = state.told.take() {
                return Poll::Ready(told);
            }
            state.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
        match told {
            Told::Results(results) => results,
            Told::Lead(requests) => self.lead(requests, run).await,
        }
    }

    /// A seat in the line, or nothing, if nobody leads: then the caller does.
    fn take_seat(&self, requests: &[Request]) -> Option<Arc<Seat>> {
        let mut line = lock(&self.0);
        if !line.led {
            line.led = true;
            return None;
        }
        let seat = Arc::new(Seat::default());
        line.waiting.push_back(Waiting { requests: requests.to_vec(), seat: Arc::clone(&seat) });
        Some(seat)
    }

    /// Runs one operation for the caller's requests and for those of whoever waits, then passes the lead on.
    async fn lead<R, F>(&self, own: Vec<Request>, run: R) -> Results
    where
        R: Fn(Vec<Request>) -> F,
        F: Future<Output = Result<Results, Error>>,
    {
        let mut turn = Turn { queue: self, followers: self.take_along(own.len()) };
        if turn.followers.is_empty() {
            let count = own.len();
            return answered(run(own).await, count);
        }
        let all = own.iter().chain(turn.followers.iter().flat_map(|waiting| &waiting.requests)).cloned().collect();
        match run(all).await {
            Ok(mut results) => {
                let mut rest = results.split_off(own.len().min(results.len()));
                while let Some(follower) = turn.followers.pop_front() {
                    let behind = rest.split_off(follower.requests.len().min(rest.len()));
                    follower.seat.tell(Told::Results(std::mem::replace(&mut rest, behind)));
                }
                results
            }
            // Somebody's command broke the operation: whose, is found by running each caller's alone. What was committed
            // is found again by its receipts.
            Err(_) => {
                let count = own.len();
                let results = answered(run(own).await, count);
                while let Some(follower) = turn.followers.front() {
                    let requests = follower.requests.clone();
                    let count = requests.len();
                    let alone = answered(run(requests).await, count);
                    if let Some(follower) = turn.followers.pop_front() {
                        follower.seat.tell(Told::Results(alone));
                    }
                }
                results
            }
        }
    }

    /// Those at the head of the line who fit into one operation beside `own` commands.
    fn take_along(&self, own: usize) -> VecDeque<Waiting> {
        let mut line = lock(&self.0);
        let mut room = MOST_COMMANDS.saturating_sub(own);
        let mut taken = VecDeque::new();
        while let Some(next) = line.waiting.pop_front_if(|next| next.requests.len() <= room) {
            room -= next.requests.len();
            taken.push_back(next);
        }
        taken
    }

    /// The next in line leads.
    fn pass_on(&self) {
        let mut line = lock(&self.0);
        let next = line.waiting.pop_front();
        line.led = next.is_some();
        drop(line);
        if let Some(next) = next {
            next.seat.tell(Told::Lead(next.requests));
        }
    }
}

/// A result for each of `count` requests, also if the operation failed as a whole.
fn answered(results: Result<Results, Error>, count: usize) -> Results {
    match results {
        Ok(results) if results.len() == count => results,
        Ok(_) => (0..count).map(|_| Err(panicked())).collect(),
        Err(error) => (0..count).map(|_| Err(error.clone())).collect(),
    }
}

/// The lead, until it is passed on. If the leader's future is dropped half-way, its followers go back to the head of the
/// line: what was already committed for them is found again by its receipts.
struct Turn<'a> {
    queue: &'a Queue,
    followers: VecDeque<Waiting>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut line = lock(&self.queue.0);
        while let Some(follower) = self.followers.pop_back() {
            line.waiting.push_front(follower);
        }
        drop(line);
        self.queue.pass_on();
    }
}

/// A place in the line, given up when the caller's future is dropped.
struct Waits<'a> {
    queue: &'a Queue,
    seat: Arc<Seat>,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        lock(&self.queue.0).waiting.retain(|waiting| !Arc::ptr_eq(&waiting.seat, &self.seat));
        // Told to lead, and gone before it did: the next in line leads.
        let told = lock(&self.seat.0).told.take();
        if let Some(Told::Lead(_)) = told {
            self.queue.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Context;

    use referral_core::command::{AnyCommand, CheckKeyring, HostFacts, KeyringChecked, Outcome, Receipt};
    use referral_core::value::{CommandKey, Entropy, Timestamp};

    use super::*;
    use crate::task::block_on;

    fn request(number: u64) -> Request {
        let key = CommandKey::mint(Timestamp::FIRST, &mut Entropy::new([1; 32]).part("key", number));
        Request { key, command: AnyCommand::from(CheckKeyring {}), facts: HostFacts::default() }
    }

    fn receipts(requests: &[Request]) -> Results {
        let outcome = || Outcome::Accepted(KeyringChecked { added: 0 }.into());
        let receipt = |request: &Request| Receipt {
            key: request.key,
            outcome: outcome(),
            decision: referral_core::command::Decision::default(),
            repeated: false,
        };
        requests.iter().map(|request| Ok(receipt(request))).collect()
    }

    async fn once_pending() {
        let mut was = false;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut was, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn keys(results: &Results) -> Vec<CommandKey> {
        results.iter().map(|result| result.as_ref().unwrap().key).collect()
    }

    #[test]
    fn whoever_waits_shares_the_next_operation_and_gets_its_own_results() {
        let (queue, operations) = (Queue::default(), AtomicUsize::new(0));
        let run = |requests: Vec<Request>| {
            operations.fetch_add(1, Ordering::Relaxed);
            async move {
                once_pending().await;
                Ok(receipts(&requests))
            }
        };
        let mut first = pin!(queue.execute(vec![request(0)], run));
        assert!(poll(first.as_mut()).is_pending());
        let mut second = pin!(queue.execute(vec![request(1), request(2)], run));
        let mut third = pin!(queue.execute(vec![request(3)], run));
        assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
        let Poll::Ready(results) = poll(first.as_mut()) else { panic!("the leader waits") };
        assert_eq!(keys(&results), [request(0).key]);
        assert!(poll(second.as_mut()).is_pending());
        let Poll::Ready(results) = poll(second.as_mut()) else { panic!("the second leader waits") };
        assert_eq!(keys(&results), [request(1).key, request(2).key]);
        let Poll::Ready(results) = poll(third.as_mut()) else { panic!("a follower waits") };
        assert_eq!(keys(&results), [request(3).key]);
        assert_eq!(operations.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_leader_that_is_dropped_half_way_leaves_nobody_behind() {
        let queue = Queue::default();
        let run = |requests: Vec<Request>| async move {
            once_pending().await;
            Ok(receipts(&requests))
        };
        let mut first = Box::pin(queue.execute(vec![request(0)], run));
        assert!(poll(first.as_mut()).is_pending());
        let mut second = Box::pin(queue.execute(vec![request(1)], run));
        let mut third = Box::pin(queue.execute(vec![request(2)], run));
        let mut fourth = pin!(queue.execute(vec![request(3)], run));
        assert!(poll(second.as_mut()).is_pending());
        assert!(poll(third.as_mut()).is_pending());
        assert!(poll(fourth.as_mut()).is_pending());
        drop(first);
        // The second leads now, for all.
        assert!(poll(second.as_mut()).is_pending());
        drop(second);
        // The third was told to lead, and goes away before it does.
        drop(third);
        assert!(poll(fourth.as_mut()).is_pending());
        let Poll::Ready(results) = poll(fourth.as_mut()) else { panic!("the last one waits") };
        assert_eq!(keys(&results), [request(3).key]);
        assert_eq!(keys(&block_on(queue.execute(vec![request(4)], |all| async move { Ok(receipts(&all)) }))).len(), 1);
    }

    #[test]
    fn a_command_that_breaks_the_operation_fails_its_caller_alone() {
        let queue = Queue::default();
        let bad = request(1).key;
        let run = |requests: Vec<Request>| async move {
            once_pending().await;
            if requests.iter().any(|request| request.key == bad) { Err(panicked()) } else { Ok(receipts(&requests)) }
        };
        let mut lead = pin!(queue.execute(vec![request(0)], run));
        assert!(poll(lead.as_mut()).is_pending());
        let mut others: Vec<_> = (1..4).map(|n| Box::pin(queue.execute(vec![request(n)], run))).collect();
        assert!(others.iter_mut().all(|other| poll(other.as_mut()).is_pending()));
        assert!(poll(lead.as_mut()).is_ready());
        let mut results = Vec::new();
        for other in &mut others {
            results.push(block_on(other));
        }
        assert_eq!(results[0], [Err(panicked())]);
        assert_eq!((keys(&results[1]), keys(&results[2])), (vec![request(2).key], vec![request(3).key]));
    }

    #[test]
    fn no_operation_is_longer_than_it_may_be() {
        let queue = Queue::default();
        let longest = AtomicUsize::new(0);
        let run = |requests: Vec<Request>| {
            longest.fetch_max(requests.len(), Ordering::Relaxed);
            async move {
                once_pending().await;
                Ok(receipts(&requests))
            }
        };
        let many: Vec<Request> = (0..400).map(request).collect();
        let mut lead = pin!(queue.execute(many.clone(), run));
        assert!(poll(lead.as_mut()).is_pending());
        let mut others: Vec<_> = (0..4).map(|_| Box::pin(queue.execute(many.clone(), run))).collect();
        assert!(others.iter_mut().all(|other| poll(other.as_mut()).is_pending()));
        assert!(poll(lead.as_mut()).is_ready());
        for _ in 0..9 {
            others.retain_mut(|other| poll(other.as_mut()).is_pending());
        }
        assert!(others.is_empty());
        assert_eq!(longest.load(Ordering::Relaxed), 800);
    }
}
