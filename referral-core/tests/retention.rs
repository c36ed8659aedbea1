//! What is older than a tenant keeps it is removed by the sweep, and nothing that is counted changes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;

use common::Program;
use referral_core::command::{AnyCommand, HostFacts, Request};
use referral_core::engine::drive;
use referral_core::error::Error;
use referral_core::record::{Kind, Record, TouchKind, Verdict};
use referral_core::report::audit::Audit;
use referral_core::store::{Batch, Commit, Delete, Listing, Put, Store, Version};
use referral_core::value::TenantId;
use serde_json::{Value, json};

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const ROBOT: &str = "Googlebot/2.1 (+http://www.google.com/bot.html)";

fn click(program: &mut Program, code: &str, visitor: &str, agent: &str) {
    program.run(json!({"record_click": {"link": code, "campaign": "spring", "visitor": visitor, "user_agent": agent}}));
}

fn totals(program: &Program) -> Vec<Record> {
    [Kind::Total, Kind::Standing, Kind::PeriodSums, Kind::PartSums, Kind::PersonSums]
        .into_iter()
        .flat_map(|kind| program.all(kind))
        .collect()
}

fn count(program: &Program, kind: Kind) -> usize {
    program.all(kind).len()
}

fn touches(program: &Program) -> BTreeMap<&'static str, usize> {
    let mut found = BTreeMap::new();
    for record in program.all(Kind::Touch) {
        let Record::Touch(touch) = record else { panic!("no touch") };
        let name = match (touch.touched, touch.verdict) {
            (TouchKind::Share, _) => "shares",
            (_, Verdict::Human) => "counted",
            _ => "uncounted",
        };
        *found.entry(name).or_default() += 1;
    }
    found
}

fn set(program: &mut Program, days: Value) {
    program.run(json!({"set_retention": days}));
}

/// A program with a share, and a click of a visitor and one of a robot on each of so many days.
fn of_days(days: u32) -> (Program, String) {
    let mut program = Program::with(json!({"zone": "Europe/Berlin"}));
    let code = program.enrol("ada");
    program.run(json!({"record_share": {"campaign": "spring", "participant": {"host": "ada"}, "channel": "sms"}}));
    for day in 0..days {
        click(&mut program, &code, &format!("visitor {day}"), BROWSER);
        click(&mut program, &code, "faithful", BROWSER);
        click(&mut program, &code, "robot", ROBOT);
        program.wait(24);
    }
    (program, code)
}

#[test]
fn touches_of_years_ago_go_with_their_visitors_and_totals_stay() {
    let (mut program, code) = of_days(20);
    let before = totals(&program);
    assert_eq!(touches(&program), BTreeMap::from([("shares", 1), ("counted", 40), ("uncounted", 20)]));
    program.wait(24 * 800);
    let settled = program.settle();
    assert_eq!((settled.failed, settled.first_failure), (0, None));
    assert!(settled.forgotten > 60 + 40, "{}", settled.forgotten);
    assert_eq!(touches(&program), BTreeMap::from([("shares", 1)]));
    assert_eq!([Kind::Visitor, Kind::Visit, Kind::Receipt].map(|kind| count(&program, kind)), [0, 0, 0]);
    assert_eq!(totals(&program), before, "what was counted stays");
    assert_eq!(program.audit().differences, []);
    // Nothing is left to do, and a new click is counted on its day.
    assert_eq!(program.settle().forgotten, 0);
    click(&mut program, &code, "faithful", BROWSER);
    assert_eq!(program.audit().differences, []);
}

#[test]
fn robots_go_sooner_and_visitors_who_came_again_stay() {
    let (mut program, _) = of_days(30);
    set(&mut program, json!({"touch_days": 20, "uncounted_days": 5}));
    let before = totals(&program);
    program.settle();
    let left = touches(&program);
    // The sweep ran at the end of day 30: what is older than 20 and than 5 days is gone.
    assert_eq!(left, BTreeMap::from([("shares", 1), ("counted", 40), ("uncounted", 5)]));
    // The faithful visitor was seen since, the others of the first ten days were not. Robots are no visitors.
    assert_eq!((count(&program, Kind::Visitor), count(&program, Kind::Visit)), (21, 21));
    assert_eq!(totals(&program), before);
    assert_eq!(program.audit().differences, []);
}

#[test]
fn an_audit_still_finds_what_is_wrong_behind_the_sweep_and_what_is_too_much_before_it() {
    let (mut program, _) = of_days(30);
    set(&mut program, json!({"touch_days": 20, "uncounted_days": 5}));
    program.settle();
    assert_eq!(program.audit().differences, []);
    // A counted touch that goes behind the sweep is missed, as everything was before there was a sweep.
    let tenant = TenantId::default();
    let page = program.store.list(&tenant, &Listing::All(Kind::Touch).first(1_000)).unwrap();
    let last = page.rows.iter().rfind(|row| matches!(&row.record, Record::Touch(t) if t.verdict == Verdict::Human));
    let last = last.unwrap();
    let delete = Delete { key: last.record.key(), expected: last.version };
    let batch = Batch { tenant: tenant.clone(), deletes: vec![delete], ..Batch::default() };
    assert_eq!(program.store.commit(&batch).unwrap(), Commit::Applied);
    let audited = drive(&program.store, &mut Audit::new(tenant)).unwrap();
    assert!(audited.differences.iter().any(|difference| difference.subject.contains("clicks//all/d2026-05-30")));
    let back = Put { stored: last.clone(), expected: Version::ABSENT };
    let batch = Batch { puts: vec![back], ..Batch::default() };
    assert_eq!(program.store.commit(&batch).unwrap(), Commit::Applied);
    assert_eq!(program.audit().differences, []);
}

#[test]
fn a_command_whose_receipt_was_swept_is_too_old_whatever_is_set_later_and_if_the_clock_goes_back() {
    let mut program = Program::with(json!({}));
    program.enrol("ada");
    let share: AnyCommand = serde_json::from_value(json!({"record_share": {"campaign": "spring",
        "participant": {"host": "ada"}, "channel": "sms"}}))
    .unwrap();
    let request = Request { key: program.key(), command: share, facts: HostFacts::default() };
    program.execute_all(vec![request.clone()]).remove(0).unwrap();
    assert!(program.execute_all(vec![request.clone()]).remove(0).unwrap().repeated);
    let then = program.now;
    program.wait(24 * 9);
    assert!(program.settle().forgotten > 0);
    assert_eq!(count(&program, Kind::Receipt), 0);
    set(&mut program, json!({"receipt_days": 90}));
    for now in [program.now, then] {
        program.now = now;
        let answer = program.execute_all(vec![request.clone()]).remove(0);
        assert!(matches!(answer, Err(Error::KeyTooOld { .. })), "{now}: {answer:?}");
    }
    let shares = program.all(Kind::Touch).len();
    assert_eq!(shares, 1, "it was not done again");
}

#[test]
fn receipts_within_their_days_are_kept_and_answer() {
    let mut program = Program::with(json!({}));
    set(&mut program, json!({"receipt_days": 30}));
    let share: AnyCommand = serde_json::from_value(json!({"enrol": {"campaign": "spring",
        "person": {"host_id": "ada"}}}))
    .unwrap();
    let request = Request { key: program.key(), command: share, facts: HostFacts::default() };
    program.execute_all(vec![request.clone()]).remove(0).unwrap();
    program.wait(24 * 29);
    program.settle();
    assert!(program.execute_all(vec![request]).remove(0).unwrap().repeated);
}

#[test]
fn retention_is_refused_by_name_outside_its_bounds() {
    let mut program = Program::with(json!({}));
    for (days, field) in [
        (json!({"receipt_days": 0}), "receipt_days"),
        (json!({"touch_days": 0}), "touch_days"),
        (json!({"touch_days": 3_651}), "touch_days"),
        (json!({"uncounted_days": 401}), "uncounted_days"),
        (json!({"touch_days": 10}), "uncounted_days"),
    ] {
        let command: AnyCommand = serde_json::from_value(json!({"set_retention": days})).unwrap();
        let refused = program.execute(command).unwrap_err();
        assert!(matches!(&refused, Error::InvalidCommand { field: found, .. } if *found == field), "{refused}");
    }
}

#[test]
fn a_sweep_of_thousands_goes_page_by_page() {
    let mut program = Program::with(json!({}));
    let code = program.enrol("ada");
    let clicks = (0..1_300).map(|number| {
        let click = json!({"record_click": {"link": code, "campaign": "spring", "visitor": format!("v{number}")}});
        Request { key: program.key(), command: serde_json::from_value(click).unwrap(), facts: HostFacts::default() }
    });
    let clicks: Vec<_> = clicks.collect();
    for chunk in clicks.chunks(650) {
        assert!(program.execute_all(chunk.to_vec()).iter().all(Result::is_ok));
    }
    let before = totals(&program);
    program.wait(24 * 500);
    // 1,300 touches, visitors, visits and receipts, and the receipts of the definition and the enrolment.
    assert_eq!(program.settle().forgotten, 4 * 1_300 + 2);
    assert_eq!((count(&program, Kind::Touch), count(&program, Kind::Receipt)), (0, 0));
    assert_eq!(totals(&program), before);
    assert_eq!(program.audit().differences, []);
}
