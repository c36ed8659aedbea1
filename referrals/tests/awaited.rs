//! The asynchronous door: on threads of its own, over a store that is awaited, and without any runtime.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::future::{Future, ready};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use common::{Fault, Watched, campaign, code, enrol, keyring, keyring_with_alias_key, lead};
use referrals::command::Outcome;
use referrals::record::{Key, Metric};
use referrals::store::{AsyncStore, Batch, BoxFuture, Commit, MemoryStore, Page, PageRequest, Store, Stored};
use referrals::value::TenantId;
use referrals::{AsyncReferrals, Referrals, StoreError};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The smallest runtime there is.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

/// Polls all until all are done: many tasks on one thread.
fn join<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    block_on(std::future::poll_fn(|context| {
        for (future, output) in futures.iter_mut().filter(|(_, output)| output.is_none()) {
            if let Poll::Ready(ready) = future.as_mut().poll(context) {
                *output = Some(ready);
            }
        }
        if futures.iter().all(|(_, output)| output.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    }));
    futures.into_iter().filter_map(|(_, output)| output).collect()
}

/// A store whose every answer comes one poll later.
#[derive(Debug)]
struct Later(Watched<MemoryStore>);

async fn yield_once() {
    let mut was = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut was, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl AsyncStore for Later {
    fn load<'a>(&'a self, tenant: &'a TenantId, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Stored>, StoreError>> {
        Box::pin(async move {
            yield_once().await;
            self.0.load(tenant, keys)
        })
    }

    fn list<'a>(&'a self, tenant: &'a TenantId, request: &'a PageRequest) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(async move {
            yield_once().await;
            self.0.list(tenant, request)
        })
    }

    fn commit<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Commit, StoreError>> {
        Box::pin(async move {
            yield_once().await;
            self.0.commit(batch)
        })
    }
}

async fn begin(referrals: &AsyncReferrals) -> String {
    referrals.execute(campaign()).await.unwrap();
    match referrals.execute(enrol("ada")).await.unwrap().outcome {
        Outcome::Accepted(enrolled) => enrolled.code,
        Outcome::Declined(reason) => panic!("{reason}"),
    }
}

fn many(referrals: &AsyncReferrals, code: &str) {
    let execute = |n: usize| {
        let command = lead(&format!("friend-{n}"), code);
        async move { referrals.execute(command).await }
    };
    for receipt in join((0..200).map(execute)) {
        assert!(matches!(receipt.unwrap().outcome, Outcome::Accepted(_)));
    }
}

#[test]
fn tasks_on_one_thread_share_commits_over_a_store_that_is_awaited() {
    let store = Arc::new(Later(Watched::new(MemoryStore::new())));
    let builder = Referrals::builder(keyring());
    let referrals = block_on(builder.over_async(store.clone(), |_| ready(()))).unwrap();
    let code = block_on(begin(&referrals));
    let before = store.0.commits();
    store.0.fail([Fault::Busy, Fault::NoAnswerAfter]);
    many(&referrals, &code);
    assert_eq!(store.0.total(Metric::Leads), 200);
    assert!(store.0.commits() - before <= 10, "{} commits", store.0.commits() - before);
}

#[test]
fn tasks_on_one_thread_share_commits_over_a_store_that_blocks() {
    let store = Arc::new(Watched::new(MemoryStore::new()));
    let builder = Referrals::builder(keyring()).threads(2);
    let referrals = block_on(builder.over_blocking(store.clone(), |_| ready(()))).unwrap();
    let code = block_on(begin(&referrals));
    let before = store.commits();
    many(&referrals, &code);
    assert_eq!(store.total(Metric::Leads), 200);
    assert!(store.commits() - before <= 10, "{} commits", store.commits() - before);
    store.fail([Fault::Panic]);
    assert_eq!(common::code(block_on(referrals.execute(lead("late", &code)))), "store_failed");
    assert!(block_on(referrals.execute(lead("late", &code))).is_ok());
    assert_eq!(block_on(referrals.settle()).unwrap().fired, 0);
}

#[test]
fn a_file_is_opened_by_its_url_and_refused_with_another_keyring() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("r.sqlite").display());
    let referrals = block_on(AsyncReferrals::open(&url, keyring(), |_| ready(()))).unwrap();
    block_on(begin(&referrals));
    drop(referrals);
    assert_eq!(
        code(block_on(AsyncReferrals::open(&url, keyring_with_alias_key(9), |_| ready(())))),
        "keyring_mismatch"
    );
}

#[test]
fn a_future_that_is_dropped_half_way_holds_nobody_up() {
    for polls in 0..12 {
        let store = Arc::new(Later(Watched::new(MemoryStore::new())));
        let referrals = block_on(Referrals::builder(keyring()).over_async(store.clone(), |_| ready(()))).unwrap();
        let code = block_on(begin(&referrals));
        let mut dropped = Box::pin(referrals.execute(lead("bob", &code)));
        let mut waits = Box::pin(referrals.execute(lead("cyd", &code)));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..polls {
            if dropped.as_mut().poll(&mut context).is_ready() {
                break;
            }
            assert!(waits.as_mut().poll(&mut context).is_pending());
        }
        drop(dropped);
        let (waited, other) = (waits, referrals.execute(lead("dan", &code)));
        let both: [std::pin::Pin<Box<dyn Future<Output = _>>>; 2] = [waited, Box::pin(other)];
        assert!(join(both).iter().all(Result::is_ok), "after {polls} polls");
        assert!((2..=3).contains(&store.0.total(Metric::Leads)));
    }
}

fn is_send<T: Send>(_: &T) {}

#[test]
fn every_future_can_be_sent_to_another_thread() {
    let referrals = Referrals::builder(keyring());
    let opening = referrals.open_async("memory:", |_| ready(()));
    is_send(&opening);
    let referrals = block_on(opening).unwrap();
    is_send(&referrals.execute(campaign()));
    is_send(&referrals.execute_requests(Vec::new()));
    is_send(&referrals.settle());
    is_send(&referrals.for_tenant(TenantId::default()));
}
