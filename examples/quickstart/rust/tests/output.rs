//! What the quickstart prints: the committed output, the same again, and counts of a real log that agree with a simpler way
//! of counting.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::DateTime;
use referrals::record::Verdict;
use referrals::rule::traffic::{Signals, verdict};

fn quickstart(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn failed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart")).args(arguments).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn a_run_prints_what_is_committed_and_a_second_run_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("program.sqlite");
    let first = quickstart(&[file.to_str().unwrap()]);
    let committed = folder().join("expected.txt");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&committed, &first).unwrap();
    }
    assert_eq!(first, std::fs::read_to_string(&committed).unwrap(), "run once more with UPDATE_EXPECTED=1");
    let second = quickstart(&[file.to_str().unwrap()]);
    let changed: Vec<_> = first.lines().zip(second.lines()).filter(|(first, second)| first != second).collect();
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert_eq!(changed[0].1, "nothing changed: all 89 rows were known already");
}

#[test]
fn memory_and_a_file_come_to_the_same_and_json_is_one_document() {
    let home = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", home.path().join("program.sqlite").display());
    let documents = ["memory:", &url].map(|db| quickstart(&["--db", db, "--json"]));
    assert_eq!(documents[0], documents[1]);
    let document: serde_json::Value = serde_json::from_str(&documents[0]).unwrap();
    assert_eq!(document["rows"], 89);
}

/// The real log, where it is.
fn log() -> Option<PathBuf> {
    let data = std::env::var_os("REFERRAL_DATA").map_or_else(|| folder().join("../../../shared/data"), PathBuf::from);
    Some(data.join("weblog/access.log")).filter(|log| log.exists())
}

/// Counts by splitting at quotes, in one pass over maps.
fn counted(text: &str) -> (BTreeMap<Verdict, u64>, usize) {
    let mut hits: Vec<(i64, String, String, &str, &str)> = text
        .lines()
        .map(|line| {
            let parts: Vec<&str> = line.split('"').collect();
            let address = line.split(' ').next().unwrap();
            let time = line.split(['[', ']']).nth(1).unwrap();
            let at = DateTime::parse_from_str(time, "%d/%b/%Y:%H:%M:%S %z").unwrap().timestamp();
            let (method, target) = parts[1].split_once(' ').unwrap();
            let path = target.split([' ', '?']).next().unwrap();
            (at, format!("{address} {}", parts[5]), path.to_owned(), method, parts[5])
        })
        .collect();
    hits.sort_by_key(|hit| hit.0);
    let mut last: BTreeMap<(String, String), i64> = BTreeMap::new();
    let (mut verdicts, mut visitors) = (BTreeMap::new(), BTreeSet::new());
    for (at, visitor, path, method, agent) in hits {
        let mut found = verdict(&Signals { method: Some(method), user_agent: Some(agent), ..Signals::default() });
        if found == Verdict::Human {
            let link = (visitor.clone(), path);
            if last.get(&link).is_some_and(|last| at - last < 3_600) {
                found = Verdict::Duplicate;
            } else {
                last.insert(link, at);
                visitors.insert(visitor);
            }
        }
        *verdicts.entry(found).or_insert(0) += 1;
    }
    (verdicts, visitors.len())
}

#[test]
fn a_real_log_is_counted_as_a_simpler_way_counts_it() {
    let Some(log) = log() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let (verdicts, visitors) = counted(&std::fs::read_to_string(&log).unwrap());
    let printed = quickstart(&["weblog", log.to_str().unwrap()]);
    let has = |line: String| assert!(printed.lines().any(|printed| printed == line), "{line} in\n{printed}");
    has(format!("counted clicks: {}", verdicts[&Verdict::Human]));
    has(format!("unique visitors: {visitors}"));
    for verdict in Verdict::ALL {
        has(format!("{verdict}: {}", verdicts.get(verdict).copied().unwrap_or(0)));
    }
}

/// The numbers below a heading.
fn below<'p>(printed: &'p str, heading: &str) -> Vec<(&'p str, i64)> {
    let lines = printed.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.is_empty());
    lines.map(|line| line.rsplit_once(": ").unwrap()).map(|(name, count)| (name, count.parse().unwrap())).collect()
}

#[test]
fn a_real_log_is_told_apart_by_device_and_page_and_with_a_database_by_place() {
    let Some(log) = log() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let places = log.parent().unwrap().join("../geo/GeoIP2-City-Test.mmdb");
    let plain = quickstart(&["weblog", log.to_str().unwrap()]);
    let counted = plain.lines().find_map(|line| line.strip_prefix("counted clicks: ")).unwrap();
    let by_device: i64 = below(&plain, "counted clicks by device").iter().map(|(_, clicks)| clicks).sum();
    // Every agent of a person is some device.
    assert_eq!(by_device, counted.parse::<i64>().unwrap());
    // Of 1,200 hosts the ten greatest are shown. Most readers came from another page of the same site.
    let by_host = below(&plain, "counted clicks by referring_host");
    assert_eq!((by_host.len(), by_host[0].0), (10, "www.semicomplete.com"));
    assert!(!plain.contains("by country"));
    // No address of the log is in MaxMind's test database: some that are: two in London, one in Milton.
    let home = tempfile::tempdir().unwrap();
    let placed = home.path().join("access.log");
    let line = |address: &str, path: &str| {
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        format!("{address} - - [17/May/2015:10:05:03 +0000] \"GET {path} HTTP/1.1\" 200 1 \"-\" \"{agent}\"\n")
    };
    let lines = [("81.2.69.142", "/a"), ("81.2.69.144", "/b"), ("216.160.83.56", "/a"), ("192.0.2.1", "/a")];
    std::fs::write(&placed, lines.map(|(address, path)| line(address, path)).concat()).unwrap();
    let placed = quickstart(&["weblog", placed.to_str().unwrap(), "--places", places.to_str().unwrap()]);
    assert_eq!(below(&placed, "counted clicks by country"), [("GB", 2), ("US", 1)], "{placed}");
    assert_eq!(below(&placed, "counted clicks by city"), [("London", 2), ("Milton", 1)], "{placed}");
    assert_eq!(below(&placed, "counted clicks by device"), [("desktop", 4)]);
}

#[test]
fn a_damaged_database_of_places_is_refused_by_what_is_wrong() {
    let Some(log) = log() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let damaged = log.parent().unwrap().join("../geo/GeoIP2-City-Test-Invalid-Node-Count.mmdb");
    let told = failed(&["weblog", log.to_str().unwrap(), "--places", damaged.to_str().unwrap()]);
    assert!(told.contains("the database of places is damaged"), "{told}");
}
