//! What counting costs. A click in a campaign with every dimension stands beside a click in a campaign with none. The page of a year,
//! read from totals, stands beside a query that counts the clicks themselves.
//!
//! `BENCH_CLICKS` says how many clicks the year has: 100,000 where something is measured, 2,000 where the benchmarks are only tried.
//! The rows of totals are as many for more clicks; those of the query are not.

#![allow(missing_docs, reason = "criterion's macros make public functions without a word on them")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot do its work ends by panicking"
)]

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use benches::keyring;
use chrono::TimeDelta;
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main};
use referrals::command::{CreateLink, DefineCampaign, Enrol, HostFacts, Person, RecordClick, Request, Who};
use referrals::record::{Channel, Dimension};
use referrals::report::ShowFunnel;
use referrals::value::{CampaignSlug, CommandKey, Day, Entropy, Timestamp};
use referrals::{CampaignModel, FixedEntropy, ManualClock, Referrals};
use rusqlite::Connection;
use serde_json::json;

const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
];
const BATCH: u64 = 1_000;

fn is_measured() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

fn clicks() -> u64 {
    let clicks = std::env::var("BENCH_CLICKS").ok().and_then(|clicks| clicks.parse().ok());
    clicks.unwrap_or(if is_measured() { 100_000 } else { 2_000 })
}

fn group<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    group
}

/// A program on SQLite that tells its numbers apart by some dimensions.
struct Program {
    referrals: Referrals,
    clock: ManualClock,
    campaign: CampaignSlug,
    links: Vec<String>,
    drawn: Cell<u64>,
}

impl Program {
    fn new(file: &Path, dimensions: &[Dimension]) -> Self {
        let clock = ManualClock::at("2026-01-01T00:00:00Z".parse().expect("a time"));
        let url = format!("sqlite:{}", file.display());
        let door = Referrals::builder(keyring()).clock(clock.clone()).entropy(FixedEntropy::new([5; 32]));
        let referrals = door.open(&url).expect("a door");
        let campaign: CampaignSlug = "year".parse().expect("a slug");
        let definition = CampaignModel::builder("year", "go.shop.example").dimensions(dimensions).build();
        referrals.execute(DefineCampaign { definition: definition.expect("a campaign") }).expect("an answer");
        let mut links = Vec::new();
        for number in 0..20 {
            let host_id = format!("member-{number}");
            let person = Person::by_host_id(&host_id).expect("a person");
            referrals.execute(Enrol { campaign: campaign.clone(), person }).expect("an answer");
            let who = Who::Host(host_id.parse().expect("an id"));
            let channel: Channel = ["whatsapp", "email", "x"][number % 3].parse().expect("a channel");
            let made = referrals.execute(CreateLink::new(&campaign, who, channel)).expect("an answer");
            links.extend(made.outcome.accepted().map(|made| made.link));
        }
        Self { referrals, clock, campaign, links, drawn: Cell::new(0) }
    }

    fn click(&self) -> Request {
        let number = self.drawn.replace(self.drawn.get() + 1);
        let pick = |of: usize| usize::try_from(number % of as u64).expect("an index");
        let now: Timestamp = self.referrals.now();
        let click = RecordClick {
            visitor: Some(format!("visitor-{number}")),
            ip: "192.0.2.77".parse().ok(),
            user_agent: Some(AGENTS[pick(3)].to_owned()),
            referer: Some(format!("https://page-{}.example/a", number % 7)),
            query: Some(format!(
                "?utm_source=s{}&utm_medium=m{}&utm_campaign=c{}",
                number % 5,
                number % 2,
                number % 11
            )),
            ..RecordClick::new(&self.links[pick(20)])
        };
        let key = CommandKey::mint(now, &mut Entropy::new([6; 32]).part("click", number));
        let facts = HostFacts {
            country: ["DE", "FR", "US"][pick(3)].parse().ok(),
            city: serde_json::from_value(json!(["Berlin", "Paris", "Boston"][pick(3)])).ok(),
            ..HostFacts::default()
        };
        Request { key, command: click.into(), facts }
    }

    /// Tells clicks of a whole year, day by day.
    fn tell(&self, clicks: u64) {
        let days = 365;
        let mut told = 0;
        for day in 0..days {
            let until = clicks * (day + 1) / days;
            while told < until {
                let batch = BATCH.min(until - told);
                let requests = (0..batch).map(|_| self.click()).collect();
                self.referrals.execute_requests(requests).into_iter().for_each(|result| drop(result.expect("a click")));
                told += batch;
            }
            self.clock.set(self.referrals.now().plus(TimeDelta::days(1)));
        }
    }
}

/// One click with one durable commit.
fn one_click(criterion: &mut Criterion) {
    let home = tempfile::tempdir().expect("a folder");
    let mut group = group(criterion, "a click");
    // Those that a campaign may declare.
    let declares = |by: Dimension| CampaignModel::builder("a", "go.shop.example").dimensions(&[by]).build().is_ok();
    let all: Vec<Dimension> = Dimension::ALL.iter().copied().filter(|by| declares(*by)).collect();
    for (name, dimensions) in [("no dimension", &[][..]), ("three dimensions", &all[..3]), ("all dimensions", &all)] {
        let program = Program::new(&home.path().join(name), dimensions);
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || vec![program.click()],
                |click| program.referrals.execute_requests(click),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// The page of a year: totals, 365 days and three dimensions.
fn the_page_of_a_year(criterion: &mut Criterion) {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("year.sqlite");
    let by = [Dimension::Channel, Dimension::Device, Dimension::Country];
    let program = Program::new(&file, &by);
    let clicks = clicks();
    program.tell(clicks);
    let day = |text: &str| text.parse::<Day>().expect("a day");
    let question = || ShowFunnel {
        campaign: program.campaign.clone(),
        from: day("2026-01-01"),
        until: day("2027-01-01"),
        by: by.to_vec(),
    };
    let counted = program.referrals.ask(question()).expect("a funnel").total.clicks;
    let mut group = group(criterion, "the page of a year");
    group.bench_function("from totals", |bencher| {
        bencher.iter(|| program.referrals.ask(question()).expect("a funnel").days.len());
    });
    let sql = Connection::open(&file).expect("a database");
    let count = "SELECT count(*) FROM (SELECT at / 86400000000 AS day, channel, country, json_extract(origin, '$.device'), count(*)
        FROM referral_touch WHERE tenant = 'default' AND campaign = 1 AND verdict = 'human' GROUP BY 1, 2, 3, 4)";
    let total =
        "SELECT count(*) FROM referral_touch WHERE tenant = 'default' AND verdict = 'human' AND touched = 'click'";
    let found: i64 = sql.query_row(total, [], |row| row.get(0)).expect("a count");
    assert_eq!(found, counted, "both count the same clicks");
    group.bench_function("by a query over the clicks", |bencher| {
        bencher.iter(|| sql.query_row(count, [], |row| row.get::<_, i64>(0)).expect("an answer"));
    });
    group.finish();
}

criterion_group!(numbers, one_click, the_page_of_a_year);
criterion_main!(numbers);
