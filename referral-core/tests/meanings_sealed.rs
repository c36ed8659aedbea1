//! Orders beyond the 256 last of a referral: they are sealed, keep their places, and only change by themselves.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::command::{Finding, Reason};
use referral_core::record::{Kind, Progress, Record, RewardState};
use serde_json::{Value, json};

fn rules() -> Value {
    json!({"rewards": [
        {"id": "thanks", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}},
        {"id": "each", "to": "referrer", "on": "purchase", "give": {"flat": "1 EUR"}},
        {"id": "late-bird", "to": "invitee", "on": "purchase", "occurrence": {"nth": 300}, "give": {"flat": "7 EUR"}},
        {"id": "number", "to": "invitee", "on": "purchase", "when": "order.number == 299", "give": {"flat": "3 EUR"}},
    ]})
}

/// Bob, whom Ada referred, buys so often, once an hour.
fn buys(program: &mut Program, orders: std::ops::RangeInclusive<u32>) -> Vec<Finding> {
    let mut last = Vec::new();
    for number in orders {
        program.wait(1);
        last = program.buy("bob", &format!("o-{number}"), "50 EUR");
    }
    last
}

fn with_orders(count: u32) -> Program {
    let mut program = Program::with(rules());
    let code = program.enrol("ada");
    program.lead("bob", &code);
    buys(&mut program, 1..=count);
    program
}

fn paid(program: &Program, rule: &str) -> (usize, i64) {
    let of_rule = program.rewards().into_iter().filter(|reward| reward.rule.as_str() == rule && reward.quantity > 0);
    let quantities: Vec<i64> = of_rule.map(|reward| reward.quantity).collect();
    (quantities.len(), quantities.iter().sum())
}

fn progress(program: &Program) -> Progress {
    let all = program.all(Kind::Referral);
    let Record::Referral(referral) = &all[0] else { panic!("{all:?}") };
    assert!(referral.orders.len() <= 256);
    referral.progress
}

fn is_clean(program: &Program) {
    let audited = program.audit();
    assert!(audited.is_clean(), "{:#?}", audited.differences);
}

fn reasons(findings: &[Finding]) -> Vec<Reason> {
    findings.iter().map(|finding| finding.reason).collect()
}

#[test]
fn orders_beyond_256_earn_and_keep_counting_places() {
    let program = with_orders(310);
    assert_eq!(paid(&program, "each"), (310, 31_000));
    assert_eq!((paid(&program, "late-bird"), paid(&program, "number")), ((1, 700), (1, 300)));
    assert_eq!(paid(&program, "thanks"), (1, 500));
    is_clean(&program);
}

#[test]
fn a_sealed_order_that_is_refunded_takes_back_its_own_rewards_and_leaves_places_as_they_are() {
    let mut program = with_orders(310);
    program.refund("o-7", "r", "50 EUR");
    assert_eq!(paid(&program, "each"), (309, 30_900));
    // The 300th by place stays the 300th.
    assert_eq!((paid(&program, "late-bird"), paid(&program, "number")), ((1, 700), (1, 300)));
    assert_eq!(paid(&program, "thanks"), (1, 500));
    is_clean(&program);
    program.run(json!({"cancel_refund": {"source": "shop", "event": "o-7", "refund": "r"}}));
    assert_eq!(paid(&program, "each"), (310, 31_000));
    is_clean(&program);
}

#[test]
fn a_correction_of_the_sealed_carrier_moves_what_it_carries() {
    let mut program = with_orders(260);
    program
        .run(json!({"correct_conversion": {"source": "shop", "event": "o-1", "correction": "c", "total": "90 EUR"}}));
    assert_eq!(paid(&program, "thanks"), (1, 900));
    is_clean(&program);
}

#[test]
fn the_qualification_of_a_sealed_order_that_is_voided_passes_to_the_first_open_order() {
    let mut program = with_orders(260);
    program
        .run(json!({"correct_conversion": {"source": "shop", "event": "o-5", "correction": "c", "total": "80 EUR"}}));
    program.run(json!({"void_conversion": {"source": "shop", "event": "o-1"}}));
    assert_eq!((progress(&program), paid(&program, "thanks")), (Progress::Qualified, (1, 800)));
    assert_eq!(paid(&program, "each"), (259, 25_900));
    is_clean(&program);
    program.run(json!({"restore_conversion": {"source": "shop", "event": "o-1"}}));
    assert_eq!((paid(&program, "thanks"), paid(&program, "each")), ((1, 500), (260, 26_000)));
    is_clean(&program);
}

#[test]
fn an_order_that_happened_before_a_sealed_one_is_recorded_with_a_finding_and_earns_nothing() {
    let mut program = with_orders(260);
    let at = program.now.plus(chrono::TimeDelta::hours(-259));
    let (_, findings) = program
        .run(json!({"record_conversion": {"source": "shop", "event": "early", "kind": "purchase",
        "person": {"host_id": "bob"}, "total": "50 EUR", "occurred_at": at}}));
    assert!(reasons(&findings).contains(&Reason::TooManyOrders), "{findings:#?}");
    assert_eq!(paid(&program, "each"), (260, 26_000));
    let (_, findings) = program.run(json!({"record_refund": {"source": "shop", "event": "early", "refund": "r",
        "amount": {"amount": "50 EUR"}}}));
    assert!(findings.is_empty(), "{findings:#?}");
    is_clean(&program);
}

#[test]
fn what_orders_told_too_late_would_have_added_stays_refused_when_they_are_sealed() {
    let mut program = Program::with(json!({"late": "1 day", "rewards": [
        {"id": "each", "to": "referrer", "on": "purchase", "give": {"flat": "1 EUR"}}]}));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program.wait(24 * 30);
    for number in 1..=270_i64 {
        let at = program.now.plus(chrono::TimeDelta::minutes(-(24 * 60 * 20) + number));
        program.run(json!({"record_conversion": {"source": "shop", "event": format!("o-{number}"), "kind": "purchase",
            "person": {"host_id": "bob"}, "total": "50 EUR", "occurred_at": at}}));
    }
    assert_eq!(program.only(RewardState::Refused).refused, 27_000);
    is_clean(&program);
}

#[test]
fn a_denied_referral_keeps_what_sealed_orders_earned_and_takes_the_rest_back() {
    let mut program = with_orders(260);
    program.run(json!({"moderate": {"campaign": "spring", "invitee": {"host": "bob"}, "moderation": "denied"}}));
    assert_eq!((paid(&program, "each"), paid(&program, "thanks")), ((4, 400), (0, 0)));
    is_clean(&program);
}

#[test]
fn a_reward_stays_when_its_order_is_sealed_while_it_is_handed_over() {
    for (event, rule) in [("o-2", "each"), ("o-3", "each")] {
        let mut program = with_orders(20);
        let found = program.rewards().into_iter().find(|reward| {
            reward.rule.as_str() == rule && reward.base_event.as_ref().is_some_and(|known| known.as_str() == event)
        });
        let moves = |program: &mut Program, to: Value| {
            let reward = found.as_ref().unwrap();
            let key = json!({"campaign": 1, "rule": rule, "participant": reward.participant, "cause": reward.cause});
            program.run(json!({"move_reward": {"reward": key, "to": to}}));
        };
        moves(&mut program, json!("begin_issue"));
        buys(&mut program, 21..=300);
        if event == "o-3" {
            program.refund("o-3", "r", "50 EUR");
        }
        moves(&mut program, json!({"issue": "t"}));
        let expected = if event == "o-3" { (RewardState::Reversed, 100) } else { (RewardState::Issued, 0) };
        let is_it = |reward: &&referral_core::record::Reward| Some(&reward.cause) == found.as_ref().map(|it| &it.cause);
        let rewards = program.rewards();
        let reward = rewards.iter().find(is_it).unwrap();
        assert_eq!((reward.state, reward.owes), expected, "{event}");
        is_clean(&program);
    }
}
