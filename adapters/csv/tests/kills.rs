//! An upload that is killed at any point, and then the same upload: the state of one that was not.
//!
//! At every call of the store, before it and after it, on the store in memory; and a process that is really killed, on SQLite.
//! `REFERRAL_CRASH_ROUNDS` says how often; three times if it is not set.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use common::{NOW, Place, keyring, state, upload};
use referrals::command::DefineCampaign;
use referrals::record::Key;
use referrals::sqlite::{Options, SqliteStore};
use referrals::store::{Batch, Commit, MemoryStore, Page, PageRequest, Store, Stored};
use referrals::value::TenantId;
use referrals::{CampaignModel, ManualClock, Referrals, StoreError};

const SMALL: &str = "limits = { rows_per_commit = 5 }\n";

/// A store whose process dies at a call: the call is done or not, and nothing is answered ever after.
#[derive(Debug)]
struct Dying {
    inner: Arc<MemoryStore>,
    calls_left: AtomicI64,
    after: bool,
}

impl Dying {
    fn dies(&self) -> bool {
        self.calls_left.fetch_sub(1, Ordering::Relaxed) <= 0
    }

    fn answer<T>(&self, call: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let dead = || Err(StoreError::Failed("the process is dead".to_owned()));
        let before = self.calls_left.load(Ordering::Relaxed);
        match self.dies() {
            false => call(),
            true if before == 0 && self.after => call().and_then(|_| dead()),
            true => dead(),
        }
    }
}

impl Store for Dying {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.answer(|| self.inner.load(tenant, keys))
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.answer(|| self.inner.list(tenant, request))
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        self.answer(|| self.inner.commit(batch))
    }
}

/// The files of one program, in the order in which they are uploaded.
fn program(code: &str) -> Vec<(String, String)> {
    let mapping = |content: &str| format!("content = '{content}'\ncampaign = 'spring'\n{SMALL}");
    let people: String = (0..9).map(|number| format!("r{number},r{number}@example.com\n")).collect();
    let leads: String = (0..12)
        .map(|number| match number % 5 {
            0 => format!("i{number},{code},\n"),
            4 => format!("i{number},,nobody\n"),
            _ => format!("i{number},,r{number}\n"),
        })
        .collect();
    // Some without an id, some equal, some of people who are no leads.
    let orders: String = (0..14).map(|number| format!("i{},{}.5\n", number % 7, 10 + number % 3)).collect();
    let qualified: String = (0..12).map(|number| format!("i{number}\n")).collect();
    vec![
        (mapping("referrers"), format!("host_id,email\n{people}")),
        (mapping("invitees"), format!("host_id,code,referrer_host_id\n{leads}")),
        (
            format!("content = 'conversions'\nsource = 'shop'\ncurrency = 'EUR'\n{SMALL}"),
            format!("host_id,total\n{orders}"),
        ),
        (mapping("qualifications"), format!("host_id\n{qualified}")),
    ]
}

/// The rewards of a program as a file that says that they were handed over.
fn issued(place: &Place) -> (String, String) {
    let rewards: String = place
        .all(referrals::record::Kind::Reward)
        .iter()
        .map(|record| match record.key() {
            Key::Reward(key) => format!("{}\n", referrals::record::Subject::Reward(key)),
            other => panic!("{other:?}"),
        })
        .collect();
    (format!("content = 'rewards'\ncampaign = 'spring'\n{SMALL}"), format!("reward\n{rewards}"))
}

fn copy(store: &MemoryStore) -> Arc<MemoryStore> {
    Arc::new(store.clone())
}

/// Kills the upload at every call of the store, and uploads again. Answers how often.
fn kill_everywhere(before: &MemoryStore, mapping: &str, file: &str) -> u32 {
    let clean = Place::over(before.clone(), 40);
    clean.upload(mapping, file.as_bytes()).1.unwrap();
    let expected = state(&*clean.store);
    let mut kills = 0;
    for call in 0.. {
        let mut ended = false;
        for after in [false, true] {
            let inner = copy(before);
            let calls_left = AtomicI64::new(i64::MAX);
            let dying = Arc::new(Dying { inner: Arc::clone(&inner), calls_left, after });
            let clock = ManualClock::at(NOW.parse().unwrap());
            let referrals = Referrals::builder(keyring()).clock(clock).over(Arc::<Dying>::clone(&dying)).unwrap();
            dying.calls_left.store(call, Ordering::Relaxed);
            ended |= upload(mapping).run(&referrals, file.as_bytes(), |_| ()).is_ok();
            kills += 1;
            let again = Place::over((*inner).clone(), 41);
            again.upload(mapping, file.as_bytes()).1.unwrap();
            assert!(state(&*again.store) == expected, "killed at call {call}, after: {after}");
            assert!(again.referrals.audit().unwrap().is_clean());
        }
        if ended {
            return kills;
        }
    }
    kills
}

#[test]
fn an_upload_that_is_killed_at_any_call_and_done_again_ends_in_the_state_of_a_clean_one() {
    let (place, code) = Place::new();
    let mut kills = 0;
    for (mapping, file) in program(&code) {
        kills += kill_everywhere(&place.store, &mapping, &file);
        place.upload(&mapping, file.as_bytes()).1.unwrap();
    }
    let (mapping, file) = issued(&place);
    kills += kill_everywhere(&place.store, &mapping, &file);
    println!("killed {kills} times");
    assert!(kills > 60, "{kills}");
}

#[test]
fn the_comparison_of_states_notices_a_row_that_is_missing_and_one_that_is_done_twice() {
    let (place, code) = Place::new();
    let (one, two) = (Place::over((*place.store).clone(), 50), Place::over((*place.store).clone(), 51));
    for (mapping, file) in program(&code) {
        one.upload(&mapping, file.as_bytes()).1.unwrap();
        two.upload(&mapping, file.as_bytes()).1.unwrap();
    }
    assert!(state(&*one.store) == state(&*two.store));
    let conversions = "content = 'conversions'\nsource = 'shop'\ncurrency = 'EUR'";
    one.told(conversions, "id,host_id,total\nx,i1,5\n");
    assert!(state(&*one.store) != state(&*two.store));
    two.told(conversions, "id,host_id,total\nx,i1,5\n");
    assert!(state(&*one.store) == state(&*two.store));
    two.told(conversions, "id,host_id,total\ny,i1,5\n");
    assert!(state(&*one.store) != state(&*two.store));
}

/// What the child is told: the database, and nothing else.
const CHILD: &str = "REFERRAL_CSV_CHILD";
const ROWS: usize = 200;

fn many() -> (String, String) {
    let rows: String = (0..ROWS).map(|number| format!("p{number},{}\n", number % 20)).collect();
    let mapping = format!("content = 'conversions'\nsource = 'shop'\ncurrency = 'EUR'\n{SMALL}");
    (mapping, format!("host_id,total\n{rows}"))
}

fn open(path: &Path) -> (Arc<SqliteStore>, Referrals) {
    let store = Arc::new(SqliteStore::open(path, Options::default()).unwrap());
    let clock = ManualClock::at(NOW.parse().unwrap());
    let referrals = Referrals::builder(keyring()).clock(clock).over(Arc::<SqliteStore>::clone(&store)).unwrap();
    (store, referrals)
}

#[test]
fn a_process_that_is_killed_in_mid_upload_leaves_what_the_same_upload_finishes() {
    let (mapping, file) = many();
    if let Some(path) = env::var_os(CHILD) {
        let (_, referrals) = open(Path::new(&path));
        upload(&mapping).run(&referrals, file.as_bytes(), |row| println!("told {}", row.line)).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let definition = || CampaignModel::from_toml(common::CAMPAIGN).unwrap();
    let (clean, referrals) = open(&folder.path().join("clean.sqlite"));
    referrals.execute(DefineCampaign::new(definition())).unwrap();
    upload(&mapping).run(&referrals, file.as_bytes(), |_| ()).unwrap();
    let expected = state(&*clean);
    let rounds = env::var("REFERRAL_CRASH_ROUNDS").map_or(3, |rounds| rounds.parse().unwrap());
    let mut cut_short = 0;
    for round in 0..rounds {
        let path = folder.path().join(format!("killed-{round}.sqlite"));
        open(&path).1.execute(DefineCampaign::new(definition())).unwrap();
        let name = "a_process_that_is_killed_in_mid_upload_leaves_what_the_same_upload_finishes";
        let mut child = Command::new(env::current_exe().unwrap())
            .args([name, "--exact", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = told.filter(|line| line.as_ref().is_ok_and(|line| line.contains("told "))).take(10 + round * 23);
        assert!(told.count() > 0, "the child did nothing");
        child.kill().unwrap();
        child.wait().unwrap();
        let (store, referrals) = open(&path);
        let there = common::all(&*store, referrals::record::Kind::Conversion).len();
        cut_short += usize::from(there < ROWS);
        let summary = upload(&mapping).run(&referrals, file.as_bytes(), |_| ()).unwrap();
        assert_eq!(summary.count(referral_csv::RowResult::Already), there as u64);
        assert!(state(&*store) == expected, "round {round}");
        assert!(referrals.audit().unwrap().is_clean());
    }
    assert!(cut_short > 0, "no upload was cut short");
}
