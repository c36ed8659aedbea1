//! Bodies that somebody hostile or careless sends, and odd ones that are right all the same.
//!
//! All of them are written here, none copied. The families follow RFC 8259 (what JSON is), RFC 7493 (I-JSON: duplicate keys,
//! lone surrogates), RFC 3629 (UTF-8: overlong forms, surrogates, truncation), the categories of the JSON Parsing Test Suite
//! (`n_` must fail, `y_` must pass, `i_` differs by reader), and the limits of this crate.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod events;
mod hostile;
mod no_values;
mod odd;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use common::map_bytes;
use referral_inbound::Mapped;
use serde_json::Value;

use events::Base;

/// What a body must come to.
#[derive(Clone, Debug, PartialEq)]
enum Expected {
    /// The whole delivery is refused with this code.
    Refused(&'static str),
    /// Nothing is made of it, and a field is to blame.
    Field(&'static str),
    /// No rule applies.
    Unmatched,
    /// Exactly these commands.
    Commands(Vec<Value>),
}

/// A body with what it must come to.
struct Case {
    family: &'static str,
    base: Base,
    body: Vec<u8>,
    expected: Expected,
}

fn commands(mapped: &Mapped) -> Vec<Value> {
    mapped.requests.iter().map(|request| serde_json::to_value(&request.command).unwrap()).collect()
}

/// Whether anything was made of a body that tells what the body is about: that a deal is not void says nothing of its amount.
fn tells(mapped: &Mapped) -> bool {
    mapped.requests.iter().any(|request| request.command.name() != "restore_conversion")
}

/// What a body came to, the memory that it took at most, and how long it took.
fn run(case: &Case) -> (Expected, u64, Duration) {
    let (table, began) = (case.base.table(), Instant::now());
    let mut result = None;
    let memory = allocation_counter::measure(|| result = Some(map_bytes(&table, &case.body)));
    let elapsed = began.elapsed();
    let came_to = match result.unwrap() {
        Err(error) => Expected::Refused(error.code()),
        Ok(mapped) if tells(&mapped) => Expected::Commands(commands(&mapped)),
        Ok(mapped) => match mapped.problems.first() {
            Some((_, problem)) => Expected::Field(problem.code()),
            None => Expected::Unmatched,
        },
    };
    (came_to, memory.bytes_max, elapsed)
}

/// Runs all and tells how many there were of each family.
fn run_all(cases: &[Case]) {
    let (mut families, mut most, mut slowest) = (BTreeMap::<&str, u32>::new(), 0, Duration::ZERO);
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let (found, memory, elapsed) = run(case);
        let shown: String = String::from_utf8_lossy(&case.body).chars().take(400).collect();
        if found != case.expected {
            wrong.push(format!("{} {number}: {found:?} instead of {:?}: {shown}", case.family, case.expected));
        }
        assert!(memory < 512 << 20, "{} {number}: {memory} bytes", case.family);
        // A build without optimisation on a busy machine says nothing of time.
        assert!(cfg!(debug_assertions) || elapsed < Duration::from_secs(1), "{} {number}: {elapsed:?}", case.family);
        *families.entry(case.family).or_default() += 1;
        (most, slowest) = (most.max(memory), slowest.max(elapsed));
    }
    assert!(wrong.is_empty(), "{} are wrong: {:#?}", wrong.len(), &wrong[..wrong.len().min(30)]);
    println!("{} bodies, at most {most} bytes of memory, slowest {slowest:?}: {families:?}", cases.len());
}

#[test]
fn five_hundred_hostile_bodies_are_refused_by_code_or_understood_rightly() {
    let cases = hostile::cases();
    run_all(&cases);
    assert!(cases.len() >= 500, "{}", cases.len());
}

#[test]
fn five_hundred_odd_bodies_give_exactly_the_commands_that_they_must() {
    let cases = odd::cases();
    assert!(cases.iter().all(|case| matches!(case.expected, Expected::Commands(_))));
    run_all(&cases);
    assert!(cases.len() >= 500, "{}", cases.len());
}
