//! Threads and processes that race for the same keys on one file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, also in its helpers")]

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::{env, thread};

use referral_core::record::{
    Campaign, CampaignKey, CampaignName, CampaignState, Dimension, Key, Metric, Record, TotalKey,
};
use referral_core::store::{Add, Batch, Commit, Guard, Put, Store, Stored, Version};
use referral_core::value::{CampaignId, CampaignSlug, TenantId, Timestamp};
use referral_sqlite::{Options, SqliteStore};

/// What a child process is told: the file to race on.
const FILE: &str = "REFERRAL_RACE_FILE";

const THREADS: u64 = 8;
const NAMES: u32 = 30;
const LIMIT: i64 = 40;
const TRIES: i64 = 25;

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, Options::default()).unwrap()
}

fn put(record: impl Into<Record>, expected: Version, version: u64) -> Put {
    Put { stored: Stored { record: record.into(), version: Version::from_random(version << 8) }, expected }
}

/// A name that only one may have.
fn name(number: u32, owner: u64) -> Batch {
    let slug = CampaignSlug::new(format!("name-{number}")).unwrap();
    let record = CampaignName { slug, campaign: CampaignId(u32::try_from(owner).unwrap()) };
    Batch { puts: vec![put(record, Version::ABSENT, owner + 1)], ..Batch::default() }
}

fn limit() -> Key {
    let (unit, period, member) = (String::new(), "all".to_owned(), String::new());
    let (metric, dimension) = (Metric::Limit, Dimension::Limit);
    TotalKey { campaign: CampaignId(1), metric, unit, dimension, period, member }.into()
}

/// One place under the limit.
fn place() -> Batch {
    let add = Add { key: limit(), by: 1, at_least: None, at_most: Some(LIMIT), at: Timestamp::FIRST };
    Batch { adds: vec![add], ..Batch::default() }
}

fn taken(store: &SqliteStore) -> i64 {
    match store.load(&TenantId::default(), &[limit()]).unwrap().pop().unwrap().record {
        Record::Total(total) => total.value,
        other => panic!("{other:?}"),
    }
}

/// Tries for every name and for many places, and answers how many of each it got.
fn race(store: &SqliteStore, owner: u64) -> (u32, i64) {
    let applied = |batch: &Batch| store.commit(batch).unwrap() == Commit::Applied;
    let mut got = (0, 0);
    for number in 0..NAMES {
        got.0 += u32::from(applied(&name(number, owner)));
    }
    for _ in 0..TRIES {
        got.1 += i64::from(applied(&place()));
    }
    got
}

#[test]
fn of_many_threads_one_gets_each_name_and_no_more_than_the_limit_get_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("threads.db"));
    let start = Barrier::new(usize::try_from(THREADS).unwrap());
    let got: Vec<_> = thread::scope(|scope| {
        let run = |owner| {
            start.wait();
            race(&store, owner)
        };
        let threads: Vec<_> = (0..THREADS).map(|owner| scope.spawn(move || run(owner))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let sums = got.iter().fold((0, 0), |sum, got| (sum.0 + got.0, sum.1 + got.1));
    assert_eq!((sums, taken(&store)), ((NAMES, LIMIT), LIMIT));
}

/// Runs the test `name` of this binary in a process of its own, told to race on `file`.
fn child(name: &str, file: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]).env(FILE, file).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().unwrap()
}

/// The numbers behind `got` in what a child printed.
fn got(child: Child) -> (u32, i64) {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let words: Vec<_> = text.split_whitespace().skip_while(|word| *word != "got").skip(1).take(2).collect();
    let [names, places] = words.as_slice() else { panic!("{text}") };
    (names.parse().unwrap(), places.parse().unwrap())
}

#[test]
fn of_several_processes_one_gets_each_name_and_no_more_than_the_limit_get_a_place() {
    if let Some(file) = env::var_os(FILE) {
        // Nobody has made the file yet: its making is part of the race, which begins when the parent closes the pipe.
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        let (names, places) = race(&open(Path::new(&file)), u64::from(std::process::id()));
        println!("got {names} {places}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("processes.db");
    let name = "of_several_processes_one_gets_each_name_and_no_more_than_the_limit_get_a_place";
    let mut children: Vec<_> = (0..4).map(|_| child(name, &file)).collect();
    children.iter_mut().for_each(|child| drop(child.stdin.take()));
    let sums = children.into_iter().map(got).fold((0, 0), |sum, got| (sum.0 + got.0, sum.1 + got.1));
    assert_eq!((sums, taken(&open(&file))), ((NAMES, LIMIT), LIMIT));
}

fn campaign(number: u32, version: u32) -> Campaign {
    let slug = CampaignSlug::new("spring").unwrap();
    Campaign {
        campaign: CampaignId(number),
        slug,
        version,
        state: CampaignState::Active,
        said: None,
        changed_at: Timestamp::FIRST,
    }
}

#[test]
fn two_commits_that_each_guard_what_the_other_writes_are_never_both_applied() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("skew.db"));
    let old = Version::from_random(1 << 8);
    for round in 0..40 {
        let (one, other) = (round * 2, round * 2 + 1);
        let puts = vec![put(campaign(one, 1), Version::ABSENT, 1), put(campaign(other, 1), Version::ABSENT, 1)];
        assert_eq!(store.commit(&Batch { puts, ..Batch::default() }).unwrap(), Commit::Applied);
        let start = Barrier::new(2);
        let run = |written: u32, guarded: u32| {
            let guards = vec![Guard { key: CampaignKey { campaign: CampaignId(guarded) }.into(), expected: old }];
            let batch = Batch { puts: vec![put(campaign(written, 2), old, 2)], guards, ..Batch::default() };
            start.wait();
            store.commit(&batch).unwrap() == Commit::Applied
        };
        let applied = thread::scope(|scope| {
            let thread = scope.spawn(|| run(one, other));
            [run(other, one), thread.join().unwrap()]
        });
        assert_eq!(applied.iter().filter(|applied| **applied).count(), 1, "round {round}");
    }
}
