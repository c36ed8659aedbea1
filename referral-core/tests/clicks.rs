//! Clicks that are counted: as duplicates, as distinct visitors, and after the clock went back.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::command::AnyOutcome;
use referral_core::record::{Kind, Record, Verdict};
use serde_json::json;

/// A program with so many campaigns, in each of which `ada` has a link.
fn program(campaigns: usize) -> (Program, Vec<String>) {
    let mut program = Program::new();
    let links = (0..campaigns).map(|number| {
        let name = format!("c{number}");
        program.run(json!({"define_campaign": {"definition": {"name": name, "link_host": "go.example.com"}}}));
        match program.run(json!({"enrol": {"campaign": name, "person": {"host_id": "ada"}}})).0 {
            AnyOutcome::Enrolled(enrolled) => enrolled.link,
            other => panic!("{other:?}"),
        }
    });
    let links = links.collect();
    (program, links)
}

/// The codes of `ada`, by campaign.
fn codes(program: &Program) -> Vec<String> {
    let mut codes: Vec<_> = program
        .all(Kind::Code)
        .into_iter()
        .filter_map(|record| match record {
            Record::Code(code) => Some((code.campaign, code.shown)),
            _ => None,
        })
        .collect();
    codes.sort();
    codes.into_iter().map(|(_, code)| code).collect()
}

fn click(program: &mut Program, link: &str, visitor: &str) -> Verdict {
    match program.run(json!({"record_click": {"link": link, "visitor": visitor}})).0 {
        AnyOutcome::ClickRecorded(recorded) => recorded.verdict,
        other => panic!("{other:?}"),
    }
}

/// The distinct visitors of the first campaign, by period.
fn visitors(program: &Program) -> Vec<(String, i64)> {
    let of_first = |record| match record {
        Record::PeriodSums(row) if row.campaign.0 == 1 => Some((row.period, row.sums.get("visitors"))),
        _ => None,
    };
    let rows = program.all(Kind::PeriodSums).into_iter().filter_map(of_first);
    let mut found: Vec<_> = rows.filter(|(_, visitors)| *visitors != 0).collect();
    found.sort();
    found
}

fn periods(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(period, value)| ((*period).to_owned(), *value)).collect()
}

/// Hours and minutes to the next click, and its verdict.
type Clicks = &'static [(i64, i64, Verdict)];

#[test]
fn a_click_is_a_duplicate_only_of_one_in_the_hour_before_it() {
    // After a first click at nine.
    let cases: &[(&str, Clicks)] = &[
        ("a day back, an hour before", &[(-25, 0, Verdict::Human)]),
        ("a minute back", &[(0, -1, Verdict::Human)]),
        ("the same time", &[(0, 0, Verdict::Duplicate)]),
        ("a minute less than an hour", &[(0, 59, Verdict::Duplicate)]),
        ("an hour", &[(1, 0, Verdict::Human)]),
        (
            "back, and a minute, and forward again",
            &[(-24, 0, Verdict::Human), (0, 1, Verdict::Duplicate), (24, 0, Verdict::Duplicate)],
        ),
        ("back, and past the first", &[(0, -30, Verdict::Human), (1, 29, Verdict::Duplicate), (0, 1, Verdict::Human)]),
    ];
    for (name, steps) in cases {
        let (mut program, links) = program(1);
        assert_eq!(click(&mut program, &links[0], "v"), Verdict::Human, "{name}");
        for (hours, minutes, verdict) in *steps {
            program.now = program.now.plus(chrono::TimeDelta::minutes(60 * hours + minutes));
            assert_eq!(click(&mut program, &links[0], "v"), *verdict, "{name}: {hours}:{minutes}");
        }
    }
}

#[test]
fn a_duplicate_makes_no_later_click_one() {
    let (mut program, links) = program(1);
    let mut verdicts = Vec::new();
    for _ in 0..4 {
        verdicts.push(click(&mut program, &links[0], "v"));
        program.now = program.now.plus(chrono::TimeDelta::minutes(40));
    }
    assert_eq!(verdicts, [Verdict::Human, Verdict::Duplicate, Verdict::Human, Verdict::Duplicate]);
}

#[test]
fn a_visitor_of_66_campaigns_is_counted_once_in_each() {
    let once = periods(&[("all", 1), ("d2026-05-01", 1), ("m2026-05", 1)]);
    for by_code in [false, true] {
        let (mut program, mut shared) = program(66);
        if by_code {
            shared = codes(&program);
        }
        let visit = |program: &mut Program, number: usize| {
            let campaign = by_code.then(|| format!("c{number}"));
            let click = json!({"link": shared[number], "campaign": campaign, "visitor": "v"});
            match program.run(json!({"record_click": click})).0 {
                AnyOutcome::ClickRecorded(recorded) => assert_eq!(recorded.verdict, Verdict::Human, "{number}"),
                other => panic!("{other:?}"),
            }
        };
        (0..66).for_each(|number| visit(&mut program, number));
        assert_eq!(visitors(&program), once);
        program.wait(2);
        visit(&mut program, 0);
        assert_eq!(visitors(&program), once);
        assert!(program.audit().is_clean());
    }
}

#[test]
fn a_visitor_who_comes_back_after_66_campaigns_is_counted_in_the_new_periods_only() {
    let (mut program, links) = program(66);
    for link in &links {
        click(&mut program, link, "v");
    }
    for hours in [24, 31 * 24] {
        program.wait(hours);
        click(&mut program, &links[0], "v");
        click(&mut program, &links[0], "w");
    }
    let expected =
        [("all", 2), ("d2026-05-01", 1), ("d2026-05-02", 2), ("d2026-06-02", 2), ("m2026-05", 2), ("m2026-06", 2)];
    assert_eq!(visitors(&program), periods(&expected));
}

#[test]
fn a_visitor_is_counted_once_a_day_and_a_month_in_whatever_order_the_days_come() {
    let (mut program, links) = program(1);
    for days in [0, -1, 1, 31, -31, -30, 30, 0] {
        program.wait(24 * days);
        click(&mut program, &links[0], "v");
        program.wait(2);
    }
    let days = ["d2026-04-01", "d2026-04-30", "d2026-05-01", "d2026-06-01"].map(|day| (day, 1));
    let months = ["m2026-04", "m2026-05", "m2026-06"].map(|month| (month, 1));
    assert_eq!(visitors(&program), periods(&[&[("all", 1)][..], &days, &months].concat()));
}
