//! The fixed meanings of rewards: causes, groups, milestones, limits, budget, versions.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::command::{AnyOutcome, Finding, Reason};
use referral_core::record::{Cause, Kind, Record, RecordKind, RewardState};
use serde_json::{Value, json};

/// A campaign with these rules, which any purchase qualifies.
fn with(rewards: Value) -> Program {
    Program::with(json!({"rewards": rewards}))
}

fn reasons(findings: &[Finding]) -> Vec<Reason> {
    findings.iter().map(|finding| finding.reason).collect()
}

/// Lets `count` friends, named from `first`, each buy for so much.
fn friends(program: &mut Program, code: &str, first: usize, totals: &[&str]) {
    for (offset, total) in totals.iter().enumerate() {
        let (name, order) = (format!("friend-{}", first + offset), format!("order-{}", first + offset));
        program.lead(&name, code);
        program.buy(&name, &order, total);
    }
}

// 1
#[test]
fn both_is_two_rewards_the_referrers_first_and_a_cause_pays_once() {
    let mut program = with(json!([{"id": "r", "to": "both", "on": "purchase", "give": {"flat": "5 EUR"}}]));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    let findings = program.buy("bob", "o1", "10 EUR");
    let granted: Vec<_> =
        findings.iter().filter(|f| f.reason == Reason::Granted).map(|f| f.reward.clone().unwrap()).collect();
    assert_eq!(granted.len(), 2);
    let referrer = program.rewards().into_iter().find(|r| r.role.as_str() == "referrer").unwrap();
    assert_eq!(granted[0], referrer.key());
    program.buy("bob", "o1", "10 EUR");
    assert_eq!(program.rewards().len(), 2);
}

#[test]
fn each_share_has_a_cause_of_its_own() {
    let mut program = with(json!([{"id": "s", "to": "referrer", "on": "shared", "occurrence": {"nth": 2},
        "give": {"units": 10, "unit": "points"}}]));
    program.enrol("ada");
    for _ in 0..3 {
        program.run(
            json!({"record_share": {"campaign": "spring", "participant": {"host": "ada"}, "channel": "whatsapp"}}),
        );
    }
    let rewards = program.rewards();
    assert_eq!(rewards.len(), 1);
    assert_eq!(
        (rewards[0].cause.clone(), rewards[0].quantity, rewards[0].unit.as_str()),
        (Cause::Share(2), 10, "points")
    );
}

#[test]
fn a_conversion_counts_in_every_campaign_where_the_person_has_a_referral_unless_it_names_one() {
    let mut program = with(json!([{"id": "r", "to": "referrer", "on": "purchase", "give": {"flat": "5 EUR"}}]));
    program.run(json!({"define_campaign": {"definition": {"name": "autumn", "link_host": "go.example.com",
        "rewards": [{"id": "r", "to": "referrer", "on": "purchase", "give": {"flat": "7 EUR"}}]}}}));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    let (outcome, _) = program.run(json!({"enrol": {"campaign": "autumn", "person": {"host_id": "cyd"}}}));
    let AnyOutcome::Enrolled(cyd) = outcome else { panic!("{outcome:?}") };
    program.run(
        json!({"record_lead": {"campaign": "autumn", "person": {"host_id": "bob"}, "evidence": {"code": cyd.code}}}),
    );
    program.buy("bob", "o1", "10 EUR");
    let mut quantities: Vec<_> = program.rewards().iter().map(|reward| reward.quantity).collect();
    quantities.sort_unstable();
    assert_eq!(quantities, [500, 700]);
    program.run(json!({"record_conversion": {"source": "shop", "event": "o2", "kind": "purchase",
        "person": {"host_id": "bob"}, "total": "10 EUR", "campaign": "autumn"}}));
    assert_eq!(program.rewards().len(), 3);
}

// 2
#[test]
fn every_three_makes_one_reward_of_the_sum_and_a_fourth_replaces_a_reverted_member() {
    let mut program =
        with(json!([{"id": "e", "to": "referrer", "on": "qualified", "every": 3, "give": {"percent": "10%"}}]));
    let code = program.enrol("ada");
    friends(&mut program, &code, 1, &["10 EUR", "20 EUR"]);
    assert!(program.rewards().is_empty());
    friends(&mut program, &code, 3, &["30 EUR", "100 EUR"]);
    assert_eq!(program.shown(), ["e referrer due 600 EUR"]);
    // The open fourth takes the second's place: 10 + 30 + 100.
    program.refund("order-2", "r", "20 EUR");
    assert_eq!(program.shown(), ["e referrer due 1400 EUR"]);
    assert_eq!(program.rewards()[0].cause, Cause::Group(1));
}

#[test]
fn a_group_without_an_open_member_opens_again_and_its_reward_follows() {
    let mut program =
        with(json!([{"id": "e", "to": "referrer", "on": "qualified", "every": 2, "give": {"flat": "9 EUR"}}]));
    let code = program.enrol("ada");
    friends(&mut program, &code, 1, &["10 EUR", "20 EUR"]);
    program.refund("order-1", "r", "10 EUR");
    assert_eq!(program.shown(), ["e referrer cancelled 0 EUR"]);
    friends(&mut program, &code, 3, &["30 EUR"]);
    assert_eq!(program.shown(), ["e referrer due 900 EUR"]);
    assert_eq!(program.only(RewardState::Due).cause, Cause::Group(1));
}

#[test]
fn a_partial_refund_of_a_member_posts_the_difference() {
    let mut program =
        with(json!([{"id": "e", "to": "referrer", "on": "qualified", "every": 2, "give": {"percent": "10%"}}]));
    let code = program.enrol("ada");
    friends(&mut program, &code, 1, &["10 EUR", "20 EUR"]);
    program.refund("order-2", "r", "5 EUR");
    assert_eq!(program.shown(), ["e referrer due 250 EUR"]);
}

// 3
#[test]
fn milestones_pay_each_level_once_and_falling_below_reverses_nothing() {
    let mut program = with(json!([{"id": "m", "to": "referrer", "on": "qualified", "milestones": [
        {"at": 1, "give": {"flat": "1 EUR"}}, {"at": 2, "give": {"flat": "2 EUR"}}]}]));
    let code = program.enrol("ada");
    friends(&mut program, &code, 1, &["10 EUR", "10 EUR"]);
    program.refund("order-2", "r", "10 EUR");
    friends(&mut program, &code, 3, &["10 EUR"]);
    assert_eq!(program.shown(), ["m referrer due 100 EUR", "m referrer due 200 EUR"]);
}

#[test]
fn a_level_taken_back_is_reinstated_on_the_same_reward_when_crossed_again() {
    let mut program = with(json!([{"id": "m", "to": "referrer", "on": "qualified", "clawback": "take_back",
        "milestones": [{"at": 2, "give": {"flat": "2 EUR"}}]}]));
    let code = program.enrol("ada");
    friends(&mut program, &code, 1, &["10 EUR", "10 EUR"]);
    program.refund("order-2", "r", "10 EUR");
    assert_eq!(program.shown(), ["m referrer cancelled 0 EUR"]);
    friends(&mut program, &code, 3, &["10 EUR"]);
    assert_eq!(program.shown(), ["m referrer due 200 EUR"]);
}

#[test]
fn an_issued_level_that_is_reversed_and_crossed_again_is_not_paid_twice() {
    let mut program = with(json!([{"id": "m", "to": "referrer", "on": "qualified", "clawback": "take_back",
        "milestones": [{"at": 1, "give": {"flat": "2 EUR"}}]}]));
    let code = program.enrol("ada");
    friends(&mut program, &code, 1, &["10 EUR"]);
    let key = program.rewards()[0].key();
    program.run(json!({"move_reward": {"reward": key, "to": {"issue": "t1"}}}));
    program.refund("order-1", "r", "10 EUR");
    assert_eq!(program.shown(), ["m referrer reversed 0 EUR"]);
    friends(&mut program, &code, 2, &["10 EUR"]);
    assert_eq!(program.shown(), ["m referrer issued 200 EUR"]);
    assert!(program.all(Kind::Debt).is_empty());
}

// 4
#[test]
fn a_limit_refuses_the_reward_whole_and_a_cancelled_one_gives_its_place_back() {
    let mut program = with(json!([{"id": "r", "to": "referrer", "on": "purchase", "give": {"percent": "10%"},
        "limits": [{"per": "referrer", "count": 2, "each": "calendar month", "zone": "Europe/Paris"},
                   {"per": "campaign", "value": "10 EUR"}]}]));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program.buy("bob", "o1", "60 EUR");
    // 6 + 5 does not fit 10: refused whole, not cut.
    let findings = program.buy("bob", "o2", "50 EUR");
    assert!(
        findings.iter().any(|f| f.reason == Reason::LimitReached && f.detail.as_deref() == Some("r.2")),
        "{findings:?}"
    );
    program.buy("bob", "o3", "40 EUR");
    let findings = program.buy("bob", "o4", "1 EUR");
    assert!(findings.iter().any(|f| f.detail.as_deref() == Some("r.1")), "{findings:?}");
    program.refund("o1", "x", "60 EUR");
    program.buy("bob", "o5", "60 EUR");
    assert_eq!(program.shown().iter().filter(|shown| shown.contains("due")).count(), 2);
    // The month ends in Paris at 22:00 UTC; the budget is full all the same.
    program.now = "2026-05-31T22:00:00Z".parse().unwrap();
    let findings = program.buy("bob", "o6", "10 EUR");
    assert!(findings.iter().any(|f| f.detail.as_deref() == Some("r.2")), "{findings:?}");
}

#[test]
fn a_rolling_window_is_open_at_its_start() {
    let mut program = with(json!([{"id": "r", "to": "referrer", "on": "purchase", "give": {"flat": "1 EUR"},
        "limits": [{"per": "referrer", "count": 1, "each": "2 days"}]}]));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program.buy("bob", "o1", "10 EUR");
    program.wait(47);
    assert!(reasons(&program.buy("bob", "o2", "10 EUR")).contains(&Reason::LimitReached));
    // (now − 2 days, now]: the first grant, exactly two days old, is outside.
    program.wait(1);
    assert!(reasons(&program.buy("bob", "o3", "10 EUR")).contains(&Reason::Granted));
}

#[test]
fn a_table_by_currency_refuses_a_currency_that_it_does_not_list() {
    let mut program = with(json!([{"id": "r", "to": "referrer", "on": "purchase", "give": {"percent": "10%"},
        "limits": [{"per": "campaign", "value": ["10 EUR", "9 USD"]}]}]));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program.buy("bob", "o1", "90 USD");
    assert!(reasons(&program.buy("bob", "o2", "100 SEK")).contains(&Reason::LimitReached));
    assert_eq!(program.shown(), ["r referrer due 900 USD", "r referrer refused 0 SEK"]);
}

#[test]
fn what_one_currency_takes_of_a_limit_leaves_the_other_currencies_their_room() {
    for each in ["ever", "7 days"] {
        let mut program = with(json!([{"id": "r", "to": "referrer", "on": "purchase", "give": {"percent": "10%"},
            "limits": [{"per": "referrer", "value": ["10 EUR", "9 USD"], "each": each}]}]));
        let code = program.enrol("ada");
        program.lead("bob", &code);
        program.buy("bob", "o1", "90 USD");
        assert!(reasons(&program.buy("bob", "o2", "100 EUR")).contains(&Reason::Granted), "{each}");
        assert!(reasons(&program.buy("bob", "o3", "1 EUR")).contains(&Reason::LimitReached), "{each}");
        assert!(reasons(&program.buy("bob", "o4", "1 USD")).contains(&Reason::LimitReached), "{each}");
    }
}

#[test]
fn a_reward_grows_within_its_rolling_limit_or_not_at_all() {
    let mut program =
        with(json!([{"id": "r", "to": "referrer", "on": "qualified", "every": 2, "give": {"percent": "10%"},
        "limits": [{"per": "referrer", "value": "12 EUR", "each": "7 days"}]}]));
    let code = program.enrol("ada");
    for (friend, total) in [("bob", "50 EUR"), ("cyd", "50 EUR"), ("dan", "900 EUR")] {
        program.lead(friend, &code);
        program.buy(friend, &format!("order-{friend}"), total);
    }
    assert_eq!(program.shown(), ["r referrer due 1000 EUR"]);
    // Dan takes Bob's place in the group; ten percent of 950 euros are more than twelve.
    program.refund("order-bob", "refund-bob", "50 EUR");
    assert_eq!(program.shown(), ["r referrer due 1000 EUR"]);
}

// 6
#[test]
fn conditions_and_amounts_follow_the_pinned_version_and_limits_the_current_one() {
    let rule = |percent: &str, limits: Value| json!({"rewards": [{"id": "r", "to": "referrer", "on": "purchase", "give": {"percent": percent}, "limits": limits}]});
    let mut program = Program::with(rule("10%", json!([])));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program.define(rule("50%", json!([{"id": "cap", "per": "campaign", "count": 1}])));
    program.buy("bob", "o1", "100 EUR");
    assert_eq!(program.shown(), ["r referrer due 1000 EUR"]);
    assert!(reasons(&program.buy("bob", "o2", "100 EUR")).contains(&Reason::LimitReached));
    program.lead("cyd", &code);
    let versions: Vec<u32> = program
        .all(Kind::Referral)
        .into_iter()
        .map(|record| if let Record::Referral(referral) = record { referral.version } else { 0 })
        .collect();
    assert_eq!(versions.iter().sum::<u32>(), 3);
}

#[test]
fn a_paused_campaign_grants_nothing_and_an_ended_one_honours_leads_in_flight() {
    let mut program = with(json!([{"id": "r", "to": "referrer", "on": "purchase", "give": {"flat": "1 EUR"}}]));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program.run(json!({"set_campaign_state": {"campaign": "spring", "state": "paused"}}));
    assert!(reasons(&program.buy("bob", "o1", "10 EUR")).contains(&Reason::CampaignPaused));
    program.run(json!({"set_campaign_state": {"campaign": "spring", "state": "ended"}}));
    assert!(reasons(&program.buy("bob", "o2", "10 EUR")).contains(&Reason::Granted));
    let lead = json!({"record_lead": {"campaign": "spring", "person": {"host_id": "cyd"}, "evidence": {"code": code}}});
    let lead: referral_core::command::AnyCommand = serde_json::from_value(lead).unwrap();
    assert_eq!(program.decline(lead), Reason::CampaignNotRunning);
}
