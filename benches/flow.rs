//! The full flow: in memory, on SQLite, and by hand, on databases of two sizes; one flow at a time and a thousand.
//!
//! Every way runs in the same process on a fresh copy of the same prepared database. See `docs/benchmarks.md`.

#![allow(missing_docs, reason = "criterion's macros make public functions without a word on them")]
#![allow(clippy::expect_used, reason = "a benchmark that cannot do its work ends by panicking")]

use std::time::{Duration, Instant};

use benches::peers::{FewTables, SameRows};
use benches::{Contender, Database, Drawer, Ours, Scratch, database, fill, participants};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use referral_core::store::MemoryStore;
use referral_sqlite::{Options, SqliteStore};

/// So many commands are one operation in a batch: one step of as many flows.
const BATCH: usize = 1_000;
/// More people than this are not held in memory.
const MOST_IN_MEMORY: u64 = 100_000;

/// A contender over a copy of a database, made anew when the copy has grown by half.
struct Ring<'a> {
    make: Box<dyn Fn() -> Box<dyn Contender> + 'a>,
    contender: Box<dyn Contender>,
    drawer: Drawer,
    room: usize,
    done: usize,
}

impl<'a> Ring<'a> {
    fn new(drawer: Drawer, participants: u64, make: impl Fn() -> Box<dyn Contender> + 'a) -> Self {
        let room = usize::try_from(participants / 2).expect("a number of people");
        Self { contender: make(), make: Box::new(make), drawer, room: room.max(BATCH), done: 0 }
    }

    /// Runs `iterations` times `work` on as many flows as it takes, and tells how long `work` took.
    fn run(&mut self, iterations: u64, flows: usize, work: fn(&mut dyn Contender, &[benches::Flow])) -> Duration {
        let mut took = Duration::ZERO;
        for _ in 0..iterations {
            if self.done + flows > self.room {
                self.contender = (self.make)();
                self.done = 0;
            }
            self.done += flows;
            let flows = self.drawer.flows(flows);
            let began = Instant::now();
            work(self.contender.as_mut(), &flows);
            took += began.elapsed();
        }
        took
    }
}

/// A contender with the file that it works on, which goes when it goes: the contender first.
struct OnFile<C>(C, #[expect(dead_code, reason = "removes the file at the end")] Scratch);

impl<C: Contender> Contender for OnFile<C> {
    fn single(&mut self, flow: &benches::Flow) {
        self.0.single(flow);
    }

    fn batch(&mut self, flows: &[benches::Flow]) {
        self.0.batch(flows);
    }
}

fn engine_on_sqlite(database: &Database) -> Box<dyn Contender> {
    let scratch = database.scratch();
    let store = SqliteStore::open(scratch.path(), Options::default()).expect("a store");
    Box::new(OnFile(Ours::new(store, 1), scratch))
}

fn same_rows(database: &Database) -> Box<dyn Contender> {
    let scratch = database.scratch();
    Box::new(OnFile(SameRows::open(scratch.path(), 1), scratch))
}

fn few_tables(database: &Database) -> Box<dyn Contender> {
    let scratch = database.scratch_few_tables();
    Box::new(OnFile(FewTables::open(scratch.path()), scratch))
}

fn measure(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut ring: Ring<'_>, batches: bool) {
    if batches {
        group.throughput(Throughput::Elements(BATCH as u64));
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| ring.run(iterations, BATCH, |contender, flows| contender.batch(flows)));
        });
    } else {
        group.throughput(Throughput::Elements(1));
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| {
                ring.run(iterations, 1, |contender, flows| flows.iter().for_each(|flow| contender.single(flow)))
            });
        });
    }
}

fn group<'c>(criterion: &'c mut Criterion, name: String, batches: bool) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat).sample_size(if batches { 10 } else { 20 });
    // The first batches on a copy find nothing in the cache; what is measured is the state that lasts.
    let (warm_up, measured) = if batches { (8, 15) } else { (3, 6) };
    group.warm_up_time(Duration::from_secs(warm_up)).measurement_time(Duration::from_secs(measured));
    group
}

fn on_sqlite(criterion: &mut Criterion) {
    for size in participants() {
        let database = database(size);
        let kinds = [
            ("singles", &database.active, false),
            ("batches", &database.active, true),
            ("batches for anybody", &database.referrers, true),
        ];
        for (kind, referrers, batches) in kinds {
            let ring = |make: fn(&Database) -> Box<dyn Contender>| {
                let drawer = Drawer::new(referrers.clone(), 0);
                let database = &database;
                Ring::new(drawer, size, move || make(database))
            };
            let mut group = group(criterion, format!("sqlite, {kind}, {size} people"), batches);
            measure(&mut group, "engine", ring(engine_on_sqlite), batches);
            measure(&mut group, "same rows by hand", ring(same_rows), batches);
            measure(&mut group, "fewest tables by hand", ring(few_tables), batches);
            group.finish();
        }
    }
}

fn in_memory(criterion: &mut Criterion) {
    for size in participants() {
        let size = size.min(MOST_IN_MEMORY);
        let store = MemoryStore::new();
        let referrers = fill(&store, size);
        for (kind, batches) in [("singles", false), ("batches", true)] {
            let mut group = group(criterion, format!("memory, {kind}, {size} people"), batches);
            let drawer = Drawer::new(referrers.clone(), 0);
            let ring = Ring::new(drawer, size, || Box::new(Ours::new(store.clone(), 1)));
            measure(&mut group, "engine", ring, batches);
            group.finish();
        }
    }
}

criterion_group!(flows, on_sqlite, in_memory);
criterion_main!(flows);
