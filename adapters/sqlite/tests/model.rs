//! The store against the store in memory: the same commits, loads and listings must give the same answers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in its helpers"
)]

use std::collections::{BTreeMap, BTreeSet};

use conformance::draw::Draw;
use conformance::samples;
use referral_core::record::{Cell, Key, Kind, Metric, Record, StandingKey, Sums};
use referral_core::store::{
    Add, AddSums, Batch, Commit, Delete, Guard, Listing, MemoryStore, PageRequest, Put, Store, Stored, Version,
};
use referral_core::value::{CampaignId, ParticipantId, TenantId, Timestamp};
use referral_sqlite::SqliteStore;

fn tenants() -> [TenantId; 2] {
    [TenantId::default(), TenantId::new("other").unwrap()]
}

/// A record with cells drawn from few values, so that records share keys and prefixes of keys.
fn sample(kind: Kind, draw: &mut Draw) -> Record {
    let few = |domain: &[Cell], draw: &mut Draw| draw.pick(&domain[..domain.len().min(3)]).unwrap().clone();
    let cells = samples::domains(kind).iter().map(|domain| few(domain, draw));
    Record::from_cells(kind, cells.collect()).unwrap()
}

fn load_one(store: &dyn Store, tenant: &TenantId, key: &Key) -> Option<Stored> {
    store.load(tenant, std::slice::from_ref(key)).unwrap().pop()
}

#[test]
fn every_kind_of_record_comes_back_as_it_was_put() {
    let store = SqliteStore::in_memory().unwrap();
    let mut draw = Draw::new(7, "round trip");
    for kind in Kind::ALL {
        let mut seen = 0;
        for _ in 0..40 {
            let tenant = tenants()[draw.below(2)].clone();
            let stored = Stored {
                record: samples::record(*kind, &mut draw).unwrap(),
                version: Version::from_random(draw.number()),
            };
            let key = stored.record.key();
            let before = load_one(&store, &tenant, &key).map_or(Version::ABSENT, |stored| stored.version);
            seen += usize::from(before == Version::ABSENT);
            let put = Put { stored: stored.clone(), expected: before };
            let batch = Batch { tenant: tenant.clone(), puts: vec![put], ..Batch::default() };
            assert_eq!(store.commit(&batch).unwrap(), Commit::Applied);
            assert_eq!(load_one(&store, &tenant, &key), Some(stored));
        }
        assert!(seen > 1, "{kind:?}");
    }
}

/// A batch of up to ten changes, each right or, now and then, wrong about what is there.
fn draw_batch(model: &MemoryStore, draw: &mut Draw) -> Batch {
    let tenant = tenants()[draw.below(2)].clone();
    let mut batch = Batch { tenant: tenant.clone(), ..Batch::default() };
    let mut keys = BTreeSet::new();
    for _ in 0..=draw.below(10) {
        let kind = Kind::ALL[draw.below(Kind::ALL.len())];
        let counters = [Kind::Total, Kind::Standing, Kind::PeriodSums];
        let kind = if draw.once_in(4) { counters[draw.below(3)] } else { kind };
        let record = sample(kind, draw);
        let key = record.key();
        if !keys.insert(key.clone()) {
            continue;
        }
        let there = load_one(model, &tenant, &key).map_or(Version::ABSENT, |stored| stored.version);
        let expected = if draw.once_in(25) { Version::from_random(draw.number()) } else { there };
        let stored = Stored { record, version: Version::from_random(draw.number()) };
        match draw.below(4) {
            _ if kind.table().counter => batch.adds.push(add(key, draw)),
            _ if kind.table().sums => batch.sums.push(AddSums { key, by: numbers(draw) }),
            0 if expected != Version::ABSENT => batch.deletes.push(Delete { key, expected }),
            1 if expected != Version::ABSENT => batch.guards.push(Guard { key, expected }),
            _ => batch.puts.push(Put { stored, expected }),
        }
    }
    batch
}

/// Few names, so that numbers meet, fall back to 0 and leave the range of integers.
fn numbers(draw: &mut Draw) -> Sums {
    let number = |draw: &mut Draw| match draw.below(60) {
        0 => i64::MAX,
        1 => i64::MIN,
        _ => draw.below(9) as i64 - 4,
    };
    ["clicks", "leads", "revenue/EUR"].iter().map(|name| ((*name).to_owned(), number(draw))).collect()
}

fn add(key: Key, draw: &mut Draw) -> Add {
    let near = |draw: &mut Draw| draw.below(9) as i64 - 4;
    let by = match draw.below(60) {
        0 => i64::MAX,
        1 => i64::MIN,
        _ => near(draw),
    };
    let at_least = draw.once_in(3).then(|| near(draw) - 12);
    let at_most = draw.once_in(3).then(|| near(draw) + 12);
    Add { key, by, at_least, at_most, at: Timestamp::from_micros(draw.below(3) as i64).unwrap() }
}

/// Listings by how they print.
type Listings = BTreeMap<String, Listing>;

fn add_listings(listings: &mut Listings, record: &Record) {
    listings.extend(samples::listings_of(record).into_iter().map(|listing| (format!("{listing:?}"), listing)));
}

/// Reads every listing page by page from both, and answers how many rows there were.
fn compare_listings(listings: &Listings, model: &MemoryStore, store: &dyn Store, limit: u32) -> usize {
    let mut rows = 0;
    for tenant in tenants() {
        for listing in listings.values() {
            let mut request = listing.clone().first(limit);
            loop {
                let expected = model.list(&tenant, &request).unwrap();
                assert_eq!(store.list(&tenant, &request).unwrap(), expected, "{request:?}");
                rows += expected.rows.len();
                match expected.next {
                    Some(after) => request = PageRequest { after: Some(after), ..request },
                    None => break,
                }
            }
        }
    }
    rows
}

#[test]
fn commits_loads_and_listings_answer_as_the_store_in_memory_does() {
    let rounds: u64 = std::env::var("REFERRAL_MODEL_ROUNDS").map_or(2, |text| text.parse().unwrap());
    let (mut applied, mut stale_seen, mut over_seen, mut listed) = (0, 0, 0, 0);
    for seed in 0..rounds {
        let (model, store) = (MemoryStore::new(), SqliteStore::in_memory().unwrap());
        let mut draw = Draw::new(seed, "model");
        let mut listings = Listings::new();
        for _ in 0..600 {
            let batch = draw_batch(&model, &mut draw);
            let expected = model.commit(&batch).unwrap();
            assert_eq!(store.commit(&batch).unwrap(), expected, "seed {seed}: {batch:?}");
            match expected {
                Commit::Applied => applied += 1,
                Commit::Refused { stale, over } => {
                    stale_seen += stale.len();
                    over_seen += over.len();
                }
            }
            let kinds = std::iter::repeat_with(|| Kind::ALL[draw.below(Kind::ALL.len())]).take(30).collect::<Vec<_>>();
            let others: Vec<Record> = kinds.into_iter().map(|kind| sample(kind, &mut draw)).collect();
            others.iter().for_each(|record| add_listings(&mut listings, record));
            let keys: Vec<Key> = others.iter().map(Record::key).collect();
            assert_eq!(store.load(&batch.tenant, &keys).unwrap(), model.load(&batch.tenant, &keys).unwrap());
        }
        listed += compare_listings(&listings, &model, &store, 3) + compare_listings(&listings, &model, &store, 1_000);
        listed += compare_listings(&listings, &model, &store.snapshot().unwrap(), 2);
    }
    let seen = [applied, stale_seen, over_seen, listed];
    assert!(
        seen.iter().zip([300, 50, 10, 2_000]).all(|(seen, least)| *seen > least),
        "the draws cover too little: {seen:?}"
    );
}

#[test]
fn a_leaderboard_with_many_ties_is_paged_without_loss() {
    let (model, store) = (MemoryStore::new(), SqliteStore::in_memory().unwrap());
    let mut batch = Batch::default();
    for number in 0..200 {
        let participant = ParticipantId(uuid::Uuid::from_u128(number * 7 % 200));
        let (metric, unit, period) = (Metric::Leads, String::new(), "all".to_owned());
        let key: Key = StandingKey { campaign: CampaignId(0), metric, unit, period, participant }.into();
        let at = Timestamp::from_micros((number % 5) as i64).unwrap();
        batch.adds.push(Add { key, by: (number % 3) as i64, at_least: None, at_most: None, at });
    }
    let (metric, unit, period) = (Metric::Leads, String::new(), "all".to_owned());
    let leaderboard = Listing::Leaderboard { campaign: CampaignId(0), metric, unit, period };
    let listings = Listings::from([(String::new(), leaderboard)]);
    assert_eq!(model.commit(&batch).unwrap(), Commit::Applied);
    assert_eq!(store.commit(&batch).unwrap(), Commit::Applied);
    for limit in [1, 7, 199, 200] {
        assert!(compare_listings(&listings, &model, &store, limit) == 200);
    }
}

#[test]
fn a_counter_keeps_the_columns_that_adds_write() {
    // The adds name these columns, so the description must keep them, and only them, behind the key.
    for kind in Kind::ALL.iter().filter(|kind| kind.table().counter) {
        let table = kind.table();
        let names: Vec<_> = table.columns.iter().skip(table.key_columns).map(|column| column.name).collect();
        assert_eq!(names, ["value", "reached_at"], "{kind:?}");
    }
}
