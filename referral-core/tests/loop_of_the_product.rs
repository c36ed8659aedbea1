//! The loop of the product, in memory: from a campaign to a reward that is paid, and back.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::command::{AnyOutcome, Reason};
use referral_core::record::{RecordKind, RewardState, Verdict};
use serde_json::json;

fn campaign() -> serde_json::Value {
    json!({
        "qualification": {"on": "purchase", "when": "order.total >= money('20 EUR')"},
        "rewards": [
            {"id": "thanks", "to": "referrer", "on": "qualified", "hold": "30 days", "expires": "90 days",
             "give": {"percent": "10%", "at_most": "25 EUR"}},
            {"id": "welcome", "to": "invitee", "on": "joined", "give": {"flat": "5 EUR"}},
        ],
    })
}

#[test]
fn a_friend_who_buys_earns_the_referrer_a_reward_that_is_held_then_due_then_issued() {
    let mut program = Program::with(campaign());
    let code = program.enrol("ada");
    program.lead("bob", &code);
    assert_eq!(program.shown(), ["welcome invitee due 500 EUR"]);
    program.buy("bob", "order-1", "80 EUR");
    assert_eq!(program.shown(), ["thanks referrer pending 800 EUR", "welcome invitee due 500 EUR"]);
    assert_eq!(program.settle().fired, 0);
    program.wait(30 * 24);
    assert_eq!(program.settle().fired, 1);
    let due = program.rewards().remove(0);
    assert_eq!(due.state, RewardState::Due);
    let (outcome, _) = program.run(json!({"move_reward": {"reward": due.key(), "to": {"issue": "transfer-1"}}}));
    let AnyOutcome::RewardMoved(moved) = outcome else { panic!("{outcome:?}") };
    assert_eq!((moved.state, moved.amount.to_string()), (RewardState::Issued, "8.00 EUR".to_owned()));
}

#[test]
fn a_click_then_a_sign_up_by_the_same_visitor_is_attributed() {
    let mut program = Program::with(campaign());
    let (outcome, _) = program.run(json!({"enrol": {"campaign": "spring", "person": {"email": "ada@example.com"}}}));
    let AnyOutcome::Enrolled(ada) = outcome else { panic!("{outcome:?}") };
    let click = json!({"record_click": {"link": ada.link, "visitor": "v1", "ip": "203.0.113.7", "user_agent": "Mozilla/5.0 Firefox/140.0"}});
    let verdicts: Vec<Verdict> = (0..2)
        .map(|_| match program.run(click.clone()).0 {
            AnyOutcome::ClickRecorded(click) => click.verdict,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(verdicts, [Verdict::Human, Verdict::Duplicate]);
    let (outcome, _) = program.run(json!({"record_lead": {
        "campaign": "spring", "person": {"email": "bob@example.com"}, "evidence": {"visitor": "v1"},
    }}));
    let AnyOutcome::LeadRecorded(lead) = outcome else { panic!("{outcome:?}") };
    assert_eq!(lead.referrer, ada.participant);
}

#[test]
fn nobody_refers_themself_also_not_by_another_spelling_of_their_email() {
    let mut program = Program::with(campaign());
    let (outcome, _) = program.run(json!({"enrol": {"campaign": "spring", "person": {"email": "ada.l@gmail.com"}}}));
    let AnyOutcome::Enrolled(ada) = outcome else { panic!("{outcome:?}") };
    let lead = json!({"record_lead": {
        "campaign": "spring", "person": {"email": "AdaL+x@googlemail.com"}, "evidence": {"code": ada.code},
    }});
    let command: referral_core::command::AnyCommand = serde_json::from_value(lead).unwrap();
    assert_eq!(program.decline(command), Reason::SelfReferral);
}

#[test]
fn a_refund_inside_the_hold_cancels_and_one_after_the_hand_over_reverses() {
    let mut program = Program::with(campaign());
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program.buy("bob", "order-1", "80 EUR");
    program.refund("order-1", "r1", "40 EUR");
    assert_eq!(program.shown()[0], "thanks referrer pending 400 EUR");
    program.refund("order-1", "r2", "40 EUR");
    assert_eq!(program.shown()[0], "thanks referrer cancelled 0 EUR");
    program.lead("cyd", &code);
    program.buy("cyd", "order-2", "90 EUR");
    program.wait(31 * 24);
    program.settle();
    let reward = program.rewards().into_iter().find(|reward| reward.quantity == 900).unwrap();
    program.run(json!({"move_reward": {"reward": reward.key(), "to": {"issue": "t"}}}));
    program.refund("order-2", "r3", "90 EUR");
    assert!(program.shown().contains(&"thanks referrer reversed 0 EUR".to_owned()), "{:?}", program.shown());
}
