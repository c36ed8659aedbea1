//! Callers that wait become one operation, and every number stays exact.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use common::{Watched, begin, keyring, lead};
use referrals::Referrals;
use referrals::command::{Outcome, RecordLead};

use referrals::record::Metric;
use referrals::sqlite::{Options, SqliteStore};
use referrals::store::{MemoryStore, Store};

const THREADS: usize = 32;
const EACH: usize = 8;

/// 32 threads lead 8 friends each to one hot referrer; the campaign pays 150 times.
fn hot_referrer<S: Store + 'static>(inner: S) -> (usize, usize) {
    let store = Arc::new(Watched::new(inner));
    let referrals = Referrals::builder(keyring()).over(store.clone()).unwrap();
    let code = begin(&referrals, "ada");
    let (before, accepted, barrier) = (store.commits(), AtomicUsize::new(0), Barrier::new(THREADS));
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (referrals, code, accepted, barrier) = (referrals.clone(), &code, &accepted, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for friend in 0..EACH {
                    let receipt = referrals.execute(lead(&format!("friend-{thread}-{friend}"), code)).unwrap();
                    match receipt.outcome {
                        Outcome::Accepted(_) => accepted.fetch_add(1, Ordering::Relaxed),
                        Outcome::Declined(reason) => panic!("{reason}"),
                    };
                }
            });
        }
    });
    let all = THREADS * EACH;
    assert_eq!(accepted.load(Ordering::Relaxed), all);
    assert_eq!((store.total(Metric::Leads), store.total(Metric::Rewards)), (256, 150));
    (store.commits() - before, all)
}

#[test]
fn a_hot_referrer_in_memory_is_exact() {
    hot_referrer(MemoryStore::new());
}

#[test]
fn a_hot_referrer_in_sqlite_is_exact_and_shares_commits() {
    let folder = tempfile::tempdir().unwrap();
    let (commits, commands) =
        hot_referrer(SqliteStore::open(folder.path().join("r.sqlite"), Options::default()).unwrap());
    assert!(commits * 2 < commands, "{commits} commits for {commands} commands");
}

#[test]
fn two_doors_to_one_tenant_share_their_line_and_their_commits() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(folder.path().join("r.sqlite"), Options::default()).unwrap();
    let store = Arc::new(Watched::new(sqlite));
    let referrals = Referrals::builder(keyring()).over(store.clone()).unwrap();
    let code = begin(&referrals, "ada");
    let before = store.commits();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (door, code) = (referrals.for_tenant(referrals.tenant().clone()).unwrap(), &code);
            scope.spawn(move || {
                (0..EACH).for_each(|friend| {
                    door.execute(lead(&format!("friend-{thread}-{friend}"), code)).unwrap();
                })
            });
        }
    });
    assert!((store.commits() - before) * 2 < THREADS * EACH);
    assert_eq!(store.total(Metric::Leads), 256);
}

#[test]
fn a_batch_is_one_commit_and_each_command_has_its_own_result() {
    let store = Arc::new(Watched::new(MemoryStore::new()));
    let referrals = Referrals::builder(keyring()).over(store.clone()).unwrap();
    let code = begin(&referrals, "ada");
    let before = store.commits();
    let elsewhere = RecordLead { campaign: "nowhere".parse().unwrap(), ..lead("cyd", &code) };
    let results = referrals.execute_all([lead("bob", &code), elsewhere, lead("dan", &code)]).unwrap();
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(store.commits() - before, 1);
    assert_eq!(referrals.execute_all(common::leads(&code, 0, 2_500)).unwrap().len(), 2_500);
    assert_eq!(store.commits() - before, 4);
    assert_eq!(store.total(Metric::Leads), 2_502);
}
