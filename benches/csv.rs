//! Conversions from a CSV file beside the same conversions as commands: what reading costs.
//!
//! Both go through the front door onto a fresh copy of the same store in memory, so that reading is not hidden behind a
//! disk. `BENCH_ROWS` says how many; 100,000 where something is measured, 1,000 where the benchmarks are only tried.

#![allow(missing_docs, reason = "criterion's macros make public functions without a word on them")]
#![allow(clippy::expect_used, reason = "a benchmark that cannot do its work ends by panicking")]

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use benches::{campaign_definition, keyring};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use referral_core::command::{
    AnyCommand, DefineCampaign, Enrol, EvidenceGiven, Outcome, Person, RecordConversion, RecordLead,
};
use referral_core::store::MemoryStore;
use referral_core::value::CampaignSlug;
use referral_csv::{Content, Mapping, RowResult, Upload};
use referrals::Referrals;

/// So many people buy, one after the other, again and again.
const PEOPLE: usize = 1_000;

fn rows() -> usize {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let rows = std::env::var("BENCH_ROWS").ok().map(|rows| rows.parse().expect("a number of rows"));
    rows.unwrap_or(if measured { 100_000 } else { 1_000 })
}

fn buyer(row: usize) -> String {
    format!("customer-{}", row % PEOPLE)
}

/// Thousands of cents, so that every order is above the least.
fn total(row: usize) -> String {
    format!("{}.{:02}", 20 + row % 80, row % 100)
}

fn door(store: MemoryStore) -> Referrals {
    Referrals::builder(keyring()).over(Arc::new(store)).expect("a door")
}

/// A store with a campaign and people who were referred.
fn prepared() -> MemoryStore {
    let store = Arc::new(MemoryStore::new());
    let referrals = Referrals::builder(keyring()).over(Arc::<MemoryStore>::clone(&store)).expect("a door");
    let definition = serde_json::from_value(campaign_definition()).expect("a campaign");
    referrals.execute(DefineCampaign { definition }).expect("a definition");
    let campaign: CampaignSlug = "spring".parse().expect("a name");
    let ada =
        referrals.execute(Enrol::new(&campaign, Person::by_host_id("ada").expect("an id"))).expect("an enrolment");
    let Outcome::Accepted(ada) = ada.outcome else { unreachable!("nobody is declined") };
    let lead = |row| {
        let person = Person::by_host_id(&buyer(row)).expect("an id");
        RecordLead::new(&campaign, person, EvidenceGiven::by_code(ada.code.clone()))
    };
    assert!(referrals.execute_all((0..PEOPLE).map(lead)).expect("leads").iter().all(Result::is_ok));
    (*store).clone()
}

/// Runs `work` on fresh copies, and tells how long it took.
fn timed(iterations: u64, store: &MemoryStore, work: impl Fn(&Referrals)) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..iterations {
        let referrals = door(store.clone());
        let began = Instant::now();
        work(&referrals);
        took += began.elapsed();
    }
    took
}

fn conversions(criterion: &mut Criterion) {
    let (rows, store) = (rows(), prepared());
    let mut group = criterion.benchmark_group(format!("conversions, {rows} rows"));
    group.sampling_mode(SamplingMode::Flat).sample_size(10).throughput(Throughput::Elements(rows as u64));
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));

    let command = |row: usize| -> AnyCommand {
        let (order, buyer) = (format!("order-{row}"), Person::by_host_id(&buyer(row)).expect("an id"));
        RecordConversion::purchase("shop", &order, buyer, &format!("{} EUR", total(row))).expect("a purchase").into()
    };
    let commands: Vec<AnyCommand> = (0..rows).map(command).collect();
    group.bench_function("execute_all", |bencher| {
        bencher.iter_custom(|iterations| {
            timed(iterations, &store, |referrals| {
                let results = referrals.execute_all(commands.iter().cloned()).expect("results");
                assert!(results.iter().all(Result::is_ok));
            })
        });
    });

    let mut file = "order,customer,total,note\n".to_owned();
    for row in 0..rows {
        writeln!(file, "order-{row},{},{},\"n, {row}\"", buyer(row), total(row)).expect("a text");
    }
    let mapping = Mapping::new(Content::Conversions).column("id", "order").column("host_id", "customer");
    let mapping =
        Mapping { currency: "EUR".parse().ok(), source: "shop".parse().ok(), ..mapping.column("total", "total") };
    let upload = Upload::new(mapping).expect("an upload");
    group.bench_function("upload", |bencher| {
        bencher.iter_custom(|iterations| {
            timed(iterations, &store, |referrals| {
                let summary = upload.run(referrals, file.as_bytes(), drop).expect("a whole file");
                assert_eq!(summary.count(RowResult::Applied), rows as u64);
            })
        });
    });
    group.finish();
}

criterion_group!(csv, conversions);
criterion_main!(csv);
