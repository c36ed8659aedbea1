//! The graph of a campaign: reading it from stores, all subtree sizes, and the tree of one person, beside petgraph and a
//! recursive query of SQLite over the same people.
//!
//! `BENCH_PEOPLE` says how many, as a list; `100000,1000000` where something is measured, 2,000 where the benchmarks are only
//! tried. The recursive query over all people is left out where it takes minutes.

#![allow(missing_docs, reason = "criterion's macros make public functions without a word on them")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot do its work ends by panicking"
)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use benches::{forest_file, id, keyring, plant, referrers};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, criterion_group, criterion_main};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Bfs, DfsPostOrder};
use referral_core::store::{MemoryStore, Store};
use referral_graph::{Graph, Measure, PersonIndex, WithRewards};
use referral_sqlite::{Options, SqliteStore};
use referrals::Referrals;
use rusqlite::Connection;

/// Of more people than this, the recursive query does not count all subtrees.
const MOST_BY_QUERY: u32 = 100_000;
/// Of more people than this, the store in memory is not read.
const MOST_IN_MEMORY: u32 = 100_000;

const ALL_SIZES: &str = "
    WITH RECURSIVE line(person, above) AS (
        SELECT invitee, referrer FROM referral_referral WHERE tenant = 'default' AND campaign = 1
        UNION ALL
        SELECT line.person, up.referrer FROM line
        JOIN referral_referral up ON up.tenant = 'default' AND up.campaign = 1 AND up.invitee = line.above
    ) SELECT above, count(*) FROM line GROUP BY above";

const ONE_TREE: &str = "
    WITH RECURSIVE below(person, level) AS (
        SELECT ?1, 0
        UNION ALL
        SELECT down.invitee, below.level + 1 FROM below
        JOIN referral_referral down INDEXED BY referral_referral_by_referrer
        ON down.tenant = 'default' AND down.campaign = 1 AND down.referrer = below.person
    ) SELECT level, count(*) FROM below GROUP BY level";

fn sizes() -> Vec<u32> {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let sizes = if measured { "100000,1000000" } else { "2000" };
    let list = std::env::var("BENCH_PEOPLE").unwrap_or_else(|_| sizes.to_owned());
    list.split(',').map(|size| size.trim().parse().expect("a number of people")).collect()
}

fn group<'c>(criterion: &'c mut Criterion, name: String) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    group
}

fn door(store: Arc<dyn Store>) -> Referrals {
    Referrals::builder(keyring()).over(store).expect("a door")
}

fn graph(referrals: &Referrals) -> Graph {
    Graph::read(referrals, &"spring".parse().expect("a name"), WithRewards::No).expect("a graph")
}

fn reading(criterion: &mut Criterion) {
    for people in sizes() {
        let mut group = group(criterion, format!("read a campaign, {people} people"));
        let file = forest_file(people);
        let store = SqliteStore::open(&file, Options::default()).expect("a store");
        let referrals = door(Arc::new(store));
        group.bench_function("from SQLite", |bencher| bencher.iter(|| graph(&referrals)));
        if people <= MOST_IN_MEMORY {
            let store = MemoryStore::new();
            plant(&store, people);
            let referrals = door(Arc::new(store));
            group.bench_function("from memory", |bencher| bencher.iter(|| graph(&referrals)));
        }
        let connection = Connection::open(&file).expect("the file");
        group.bench_function("whole records by hand", |bencher| {
            bencher.iter(|| {
                rows(&connection, "SELECT * FROM referral_referral WHERE tenant = 'default' AND campaign = 1")
            });
        });
        let narrow = "SELECT invitee, lead, referrer, progress, lead_at, superseded, orders FROM referral_referral
            WHERE tenant = 'default' AND campaign = 1";
        group.bench_function("seven columns by hand", |bencher| bencher.iter(|| rows(&connection, narrow)));
        group.finish();
    }
}

/// Steps through all rows and looks at each value.
fn rows(connection: &Connection, query: &str) -> usize {
    let mut statement = connection.prepare_cached(query).expect("a query");
    let columns = statement.column_count();
    let mut rows = statement.query(()).expect("rows");
    let mut found = 0;
    while let Some(row) = rows.next().expect("a row") {
        for column in 0..columns {
            black_box(row.get_ref(column).expect("a value"));
        }
        found += 1;
    }
    found
}

/// The same people in petgraph, an edge from who referred to who was referred; and those whom nobody referred.
fn petgraph_of(people: u32) -> (DiGraph<(), ()>, Vec<NodeIndex>) {
    let referrers = referrers(people);
    let mut graph = DiGraph::with_capacity(referrers.len(), referrers.len());
    for _ in &referrers {
        graph.add_node(());
    }
    for (person, referrer) in (0..).zip(&referrers) {
        if let Some(referrer) = referrer {
            graph.add_edge(NodeIndex::new(*referrer as usize), NodeIndex::new(person), ());
        }
    }
    let tops = graph.externals(Direction::Incoming).collect();
    (graph, tops)
}

/// All subtree sizes as petgraph's own walk gives them: each person after all below.
fn petgraph_sizes(graph: &DiGraph<(), ()>, tops: &[NodeIndex]) -> Vec<u32> {
    let mut sizes = vec![1_u32; graph.node_count()];
    let mut walk = DfsPostOrder::empty(graph);
    for top in tops {
        walk.move_to(*top);
        while let Some(person) = walk.next(graph) {
            sizes[person.index()] += graph.neighbors(person).map(|below| sizes[below.index()]).sum::<u32>();
        }
    }
    sizes
}

fn query_sizes(connection: &Connection) -> i64 {
    let mut statement = connection.prepare_cached(ALL_SIZES).expect("a query");
    let sizes = statement.query_map((), |row| row.get::<_, i64>(1)).expect("rows");
    sizes.map(|size| size.expect("a size")).sum()
}

fn all_sizes(criterion: &mut Criterion) {
    for people in sizes() {
        let file = forest_file(people);
        let ours = read(&file);
        let (peer, tops) = petgraph_of(people);
        let sum = |sizes: &[u32]| sizes.iter().map(|size| u64::from(*size)).sum::<u64>();
        let whole = sum(&petgraph_sizes(&peer, &tops));
        // Who neither referred nor was referred is no person of the graph.
        let alone = u64::from(people) - ours.len() as u64;
        assert_eq!(sum(&ours.subtree_sizes()) + alone, whole);
        let mut group = group(criterion, format!("all subtree sizes, {people} people"));
        group.bench_function("graph", |bencher| bencher.iter(|| ours.subtree_sizes()));
        let euro = Measure::Revenue("EUR".parse().expect("a currency"));
        group.bench_function("graph, values", |bencher| bencher.iter(|| ours.subtree_values(&euro).expect("sums")));
        group.bench_function("petgraph", |bencher| bencher.iter(|| petgraph_sizes(&peer, &tops)));
        if people <= MOST_BY_QUERY {
            let connection = Connection::open(&file).expect("the file");
            assert_eq!(query_sizes(&connection) + i64::from(people), whole as i64);
            group.bench_function("recursive query", |bencher| bencher.iter(|| query_sizes(&connection)));
        }
        group.finish();
    }
}

fn read(file: &Path) -> Graph {
    graph(&door(Arc::new(SqliteStore::open(file, Options::default()).expect("a store"))))
}

fn one_tree(criterion: &mut Criterion) {
    for people in sizes() {
        let file = forest_file(people);
        let ours = read(&file);
        let (peer, _) = petgraph_of(people);
        let (top, size) = ours.greatest(1, &Measure::People).expect("a tree")[0];
        let top_id = ours.id(top).expect("an id");
        let node = (0..people).find(|person| id(*person) == top_id).expect("a person");
        let node = NodeIndex::new(node as usize);
        let by_level = |top: PersonIndex| ours.descendants_by_level(top).map(|level| level.people.len()).sum::<usize>();
        let walked = || {
            let mut walk = Bfs::new(&peer, node);
            std::iter::from_fn(|| walk.next(&peer)).count()
        };
        let connection = Connection::open(&file).expect("the file");
        let queried = || {
            let mut statement = connection.prepare_cached(ONE_TREE).expect("a query");
            let levels = statement.query_map([top_id.0.as_bytes()], |row| row.get::<_, i64>(1)).expect("rows");
            levels.map(|count| count.expect("a count")).sum::<i64>()
        };
        assert_eq!((by_level(top) as i64 + 1, walked() as i64, queried()), (size, size, size));
        let mut group = group(criterion, format!("the greatest tree by level, {size} of {people} people"));
        group.bench_function("graph", |bencher| bencher.iter(|| by_level(black_box(top))));
        group.bench_function("petgraph", |bencher| bencher.iter(walked));
        group.bench_function("recursive query", |bencher| bencher.iter(queried));
        group.finish();
    }
}

criterion_group!(graphs, reading, all_sizes, one_tree);
criterion_main!(graphs);
