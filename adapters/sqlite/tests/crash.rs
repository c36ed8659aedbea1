//! A process that is killed while it commits: what it acknowledged is there, and every batch is whole or absent.
//!
//! `REFERRAL_CRASH_ROUNDS` says how often; five times if it is not set.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, also in its helpers")]

use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use referral_core::record::{
    CampaignName, CampaignNameKey, Debt, DebtKey, Dimension, Key, Kind, Metric, Record, TotalKey,
};
use referral_core::store::{Add, Batch, Commit, Listing, Put, Store, Stored, Version};
use referral_core::value::{CampaignId, CampaignSlug, ParticipantId, TenantId, Timestamp};
use referral_sqlite::{Options, SqliteStore};

/// What the child is told: the file to write to, and the number to begin with.
const FILE: &str = "REFERRAL_CRASH_FILE";
const FIRST: &str = "REFERRAL_CRASH_FIRST";

fn slug(number: u64) -> CampaignSlug {
    CampaignSlug::new(format!("batch-{number}")).unwrap()
}

fn debt(number: u64) -> DebtKey {
    let participant = ParticipantId(uuid::Uuid::from_u128(u128::from(number)));
    DebtKey { campaign: CampaignId(1), participant, unit: "EUR".to_owned() }
}

fn count() -> Key {
    let (unit, period, member) = (String::new(), "all".to_owned(), String::new());
    let (metric, dimension) = (Metric::Conversions, Dimension::All);
    TotalKey { campaign: CampaignId(1), metric, unit, dimension, period, member }.into()
}

/// Two records in two tables, and one more in a count.
fn batch(number: u64) -> Batch {
    let put = |record: Record| {
        let stored = Stored { record, version: Version::from_random(u64::MAX - number) };
        Put { stored, expected: Version::ABSENT }
    };
    let DebtKey { campaign, participant, unit } = debt(number);
    let name = CampaignName { slug: slug(number), campaign };
    let puts = vec![put(name.into()), put(Debt { campaign, participant, unit, quantity: 7 }.into())];
    let adds = vec![Add { key: count(), by: 1, at_least: None, at_most: None, at: Timestamp::FIRST }];
    Batch { puts, adds, ..Batch::default() }
}

/// Commits until the process is killed, and prints the number of each batch once it is acknowledged.
fn commit_for_ever(file: &Path, first: u64) {
    let store = SqliteStore::open(file, Options::default()).unwrap();
    for number in first.. {
        assert_eq!(store.commit(&batch(number)).unwrap(), Commit::Applied);
        println!("acknowledged {number}");
    }
}

/// How many batches are there.
///
/// # Errors
/// What is not whole, or was acknowledged and is not there.
fn check(store: &dyn Store, acknowledged: &BTreeSet<u64>) -> Result<u64, String> {
    let tenant = TenantId::default();
    let listed = |kind| store.list(&tenant, &Listing::All(kind).first(10_000)).unwrap().rows.len() as u64;
    let counted = match store.load(&tenant, &[count()]).unwrap().pop().map(|stored| stored.record) {
        Some(Record::Total(total)) => u64::try_from(total.value).unwrap(),
        _ => 0,
    };
    let (names, debts) = (listed(Kind::CampaignName), listed(Kind::Debt));
    if names != debts || names != counted {
        return Err(format!("{names} names, {debts} debts, {counted} counted"));
    }
    for number in acknowledged {
        let keys = [CampaignNameKey { slug: slug(*number) }.into(), debt(*number).into()];
        if store.load(&tenant, &keys).unwrap().len() != 2 {
            return Err(format!("batch {number} was acknowledged and is not there"));
        }
    }
    Ok(names)
}

#[test]
fn what_was_acknowledged_survives_the_death_of_the_process() {
    if let Some(file) = env::var_os(FILE) {
        return commit_for_ever(Path::new(&file), env::var(FIRST).unwrap().parse().unwrap());
    }
    let rounds: u64 = env::var("REFERRAL_CRASH_ROUNDS").map_or(5, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    let mut file = folder.path().to_owned();
    for round in 0..rounds {
        // A new file now and then: the check reads all of it.
        if round % 20 == 0 {
            file = folder.path().join(format!("crash-{round}.db"));
            acknowledged.clear();
        }
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "what_was_acknowledged_survives_the_death_of_the_process", "--nocapture"])
            .envs([(FILE, file.as_os_str()), (FIRST, (round * 1_000_000).to_string().as_ref())])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut read = |most: usize| {
            let numbers = lines.by_ref().map_while(Result::ok).filter_map(|line| {
                let number = line.split("acknowledged ").nth(1)?;
                // The last line may be cut short by the kill; a shorter number would name another batch.
                number.parse().ok().filter(|number| *number >= round * 1_000_000)
            });
            numbers.take(most).collect::<Vec<u64>>()
        };
        acknowledged.extend(read(1 + usize::try_from(round * 37 % 101).unwrap()));
        child.kill().unwrap();
        acknowledged.extend(read(usize::MAX));
        child.wait().unwrap();
        let store = SqliteStore::open(&file, Options::default()).unwrap();
        let found = check(&store, &acknowledged).unwrap_or_else(|problem| panic!("round {round}: {problem}"));
        assert!(found >= acknowledged.len() as u64 && !acknowledged.is_empty());
    }
}

#[test]
fn the_check_notices_a_torn_and_a_lost_batch() {
    let store = SqliteStore::in_memory().unwrap();
    assert_eq!(store.commit(&batch(1)).unwrap(), Commit::Applied);
    assert_eq!(check(&store, &BTreeSet::from([1])), Ok(1));
    assert!(check(&store, &BTreeSet::from([1, 2])).unwrap_err().contains("batch 2"));
    let mut torn = batch(2);
    torn.puts.pop();
    assert_eq!(store.commit(&torn).unwrap(), Commit::Applied);
    assert!(check(&store, &BTreeSet::from([1])).unwrap_err().contains("2 names, 1 debts"));
}
