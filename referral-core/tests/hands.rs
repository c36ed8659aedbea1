//! What hands did with rewards is kept on them: what, when, by which command, who and why.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::record::{HandKind, HandMove, RecordKind, Reward, RewardKey, RewardState};
use serde_json::{Value, json};

fn program(rule: Value, limits: Value) -> (Program, RewardKey) {
    let mut program = Program::with(json!({"rewards": [rule], "limits": limits}));
    let ada = program.enrol("ada");
    program.lead("bob", &ada);
    program.buy("bob", "o-1", "80 EUR");
    let key = program.rewards()[0].key();
    (program, key)
}

fn thanks() -> Value {
    json!({"id": "thanks", "to": "referrer", "on": "qualified", "hold": "approval", "give": {"flat": "8 EUR"}})
}

fn go(program: &mut Program, reward: &RewardKey, to: Value, actor: Option<&str>) -> Reward {
    program.wait(1);
    program.run(json!({"move_reward": {"reward": reward, "to": to, "actor": actor}}));
    program.rewards()[0].clone()
}

fn told(hands: &[HandMove]) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    hands.iter().map(|hand| format!("{} {} {}", hand.did, text(&hand.actor), text(&hand.reason))).collect()
}

#[test]
fn each_move_of_a_hand_is_kept_with_its_time_its_command_who_and_why() {
    let (mut program, key) = program(thanks(), json!([]));
    let moves = [
        (json!("approve"), Some("Eve of finance")),
        (json!("begin_issue"), Some("payouts")),
        (json!({"fail": "no account"}), Some("bank")),
        (json!("begin_issue"), None),
        (json!({"issue": "t-1"}), Some("payouts")),
        (json!({"return_issue": "closed account"}), Some("bank")),
        (json!({"cancel": "moved away"}), Some("desk")),
    ];
    let mut last = None;
    for (to, actor) in moves {
        last = Some(go(&mut program, &key, to, actor));
    }
    let reward = last.unwrap();
    assert_eq!(
        told(&reward.hands),
        [
            "approve Eve of finance -",
            "begin_issue payouts -",
            "fail bank no account",
            "begin_issue - -",
            "issue payouts -",
            "return_issue bank closed account",
            "cancel desk moved away",
        ]
    );
    assert!(reward.hands.windows(2).all(|two| two[0].at < two[1].at && two[0].command != two[1].command));
}

#[test]
fn a_grant_by_hand_is_kept_with_who_and_why() {
    for (beyond, did) in [(false, HandKind::Grant), (true, HandKind::GrantBeyondLimits)] {
        let rule = json!({"id": "thanks", "to": "referrer", "on": "qualified", "give": {"flat": "8 EUR"}});
        let (mut program, key) = program(rule.clone(), json!([{"per": "campaign", "value": "5 EUR"}]));
        assert_eq!(program.rewards()[0].state, RewardState::Refused);
        if !beyond {
            program.define(json!({"rewards": [rule], "limits": [{"per": "campaign", "value": "50 EUR"}]}));
        }
        program.run(json!({"grant_reward": {
            "reward": key, "beyond_limits": beyond, "actor": "desk", "reason": "promised on the phone",
        }}));
        let hand = program.rewards()[0].hands[0].clone();
        assert_eq!(
            (hand.did, hand.actor.unwrap(), hand.reason.unwrap()),
            (did, "desk".to_owned(), "promised on the phone".to_owned(),)
        );
    }
}

#[test]
fn what_is_declined_or_refused_is_no_move() {
    let (mut program, key) = program(thanks(), json!([]));
    let declined = json!({"move_reward": {"reward": key, "to": {"issue": "t-1"}, "actor": "desk"}});
    program.decline(serde_json::from_value::<referral_core::command::AnyCommand>(declined).unwrap());
    for actor in ["x".repeat(256), "two\nlines".to_owned()] {
        let refused = json!({"move_reward": {"reward": key, "to": "approve", "actor": actor}});
        let refused = serde_json::from_value::<referral_core::command::AnyCommand>(refused).unwrap();
        assert!(program.execute(refused).unwrap_err().to_string().starts_with("actor: has at most 255 bytes"));
    }
    assert_eq!(program.rewards()[0].hands, []);
}

#[test]
fn sixteen_moves_are_kept_and_redemptions_go_first() {
    let (mut program, key) = program(thanks(), json!([]));
    go(&mut program, &key, json!("approve"), Some("desk"));
    go(&mut program, &key, json!({"issue": "t-1"}), None);
    for number in 0..20 {
        let reward = go(&mut program, &key, json!({"redeem": 1}), Some(&format!("till {number}")));
        assert!(reward.hands.len() <= 16);
    }
    let hands = told(&program.rewards()[0].hands);
    assert_eq!((hands.len(), hands[0].as_str(), hands[1].as_str()), (16, "approve desk -", "issue - -"));
    assert_eq!((hands[2].as_str(), hands[15].as_str()), ("redeem till 6 -", "redeem till 19 -"));
}
