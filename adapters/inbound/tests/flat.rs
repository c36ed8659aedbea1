//! Flat messages, as Zapier sends them: everything that a message can tell, through the core.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[path = "../../../referral-core/tests/common/mod.rs"]
mod program;
#[path = "common/stripe.rs"]
mod stripe;

use common::map;
use program::Program;
use referral_core::command::{AnyCommand, Who};
use referral_core::record::{Kind, Progress, Record, RecordKind as _};
use referral_inbound::{Shapes, tables};
use serde_json::{Value, json};
use stripe::{deliver_to, left, orders, referred, table_of};

/// A flat event of the person `bob`.
fn flat(event: &str, minute: u32, more: &Value) -> Value {
    let at = format!("2026-05-01T08:{minute:02}:00Z");
    let mut flat = json!({"event": event, "id": format!("z-{event}-{minute}"), "at": at, "user_id": "bob"});
    flat.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    flat
}

#[test]
fn every_change_of_an_order_can_be_told_by_a_flat_message() {
    let order = |event: &str, minute: u32, more: Value| {
        let mut event = flat(event, minute, &more);
        event["order"] = json!("o-1");
        event["currency"] = json!("EUR");
        event
    };
    let bought = order("purchase", 1, json!({"amount": "80"}));
    let refund = order("refund", 2, json!({"amount": "30", "refund": "r-1"}));
    let failed = order("refund_cancelled", 3, json!({"refund": "r-1"}));
    let correction = order("correction", 4, json!({"correction": "c-1", "amount": "120", "reason": "one more"}));
    let (void, restored) = (order("void", 5, json!({})), order("restored", 6, json!({})));
    for (events, expected) in [
        (vec![&bought, &refund], 500),
        (vec![&bought, &refund, &failed], 800),
        (vec![&bought, &refund, &correction], 900),
        (vec![&bought, &correction, &void], 0),
        (vec![&bought, &correction, &void, &restored], 1_200),
    ] {
        for order in orders(&events) {
            let mut program = referred();
            order.iter().for_each(|event| drop(deliver_to(&mut program, &table_of(tables::ZAPIER), event)));
            assert_eq!(left(&program), expected, "{order:?}");
        }
    }
}

#[test]
fn marks_and_moderation_can_be_told_by_a_flat_message() {
    let mut program = referred();
    let zapier = table_of(tables::ZAPIER);
    let flagged = json!({"moderation": "flagged", "actor": "eve", "reason": "odd"});
    let steps = [
        (flat("qualified", 1, &json!({})), true, "clear"),
        (flat("unqualified", 2, &json!({})), false, "clear"),
        (flat("qualified", 3, &json!({})), true, "clear"),
        (flat("mark_removed", 4, &json!({})), false, "clear"),
        (flat("qualified", 5, &json!({})), true, "clear"),
        (flat("moderation", 6, &flagged), true, "flagged"),
        (flat("moderation", 7, &json!({"moderation": "clear"})), true, "clear"),
        (flat("lost", 8, &json!({"reason": "gave up"})), false, "clear"),
    ];
    let referral = |program: &Program| match program.all(Kind::Referral).remove(0) {
        Record::Referral(referral) => referral,
        other => panic!("{other:?}"),
    };
    for (event, is_qualified, moderation) in steps {
        deliver_to(&mut program, &zapier, &event);
        let referral = referral(&program);
        let found = (referral.progress == Progress::Qualified, referral.moderation.as_str());
        assert_eq!(found, (is_qualified, moderation), "{event}");
    }
    assert_eq!(referral(&program).progress, Progress::Lost);
}

#[test]
fn a_flat_message_of_an_unknown_event_is_kept_as_a_letter() {
    let zapier = table_of(tables::ZAPIER);
    for (event, letters) in [("Purchase", 1), ("purchse", 1), ("purchase", 0)] {
        let mut program = referred();
        let bought = flat(event, 1, &json!({"order": "o-1", "amount": "80", "currency": "EUR"}));
        let problems = common::map_bytes(&zapier, bought.to_string().as_bytes()).unwrap().problems.len();
        assert_eq!(problems, letters, "{event}");
        if letters == 0 {
            deliver_to(&mut program, &zapier, &bought);
            assert_eq!(left(&program), 800);
        }
    }
}

#[test]
fn a_flat_refund_names_its_order_by_a_further_id() {
    let mut program = referred();
    let zapier = table_of(tables::ZAPIER);
    let order = json!({"order": "o-1", "reference": "inv-1", "amount": "80", "currency": "EUR"});
    deliver_to(&mut program, &zapier, &flat("purchase", 1, &order));
    let refund = json!({"reference": "inv-1", "refund": "r-1", "amount": "30", "currency": "EUR", "actor": "eve", "reason": "odd"});
    deliver_to(&mut program, &zapier, &flat("refund", 2, &refund));
    assert_eq!(left(&program), 500);
}

#[test]
fn a_reward_that_a_message_told_of_is_moved_by_a_message() {
    let mut program = referred();
    let zapier = table_of(tables::ZAPIER);
    let bought = flat("purchase", 1, &json!({"order": "o-1", "amount": "80", "currency": "EUR"}));
    deliver_to(&mut program, &zapier, &bought);
    let key = serde_json::to_value(program.rewards()[0].key()).unwrap();
    let notice = json!({"kind": "reward.due", "rule": "tenth", "participant": {"participant": key["participant"]}, "reward": {"key": key}});
    let shapes = Shapes::from_json(tables::TO_ZAPIER).unwrap();
    let told: Value =
        serde_json::from_str(&shapes.body_of_json(notice.to_string().as_bytes()).unwrap().unwrap()).unwrap();
    for (minute, to, detail, state) in [
        (2, "begin_issue", None, "issuing"),
        (3, "fail", Some("no account"), "failed"),
        (4, "begin_issue", None, "issuing"),
        (5, "issue", Some("transfer 7"), "issued"),
        (6, "return_issue", Some("closed account"), "due"),
    ] {
        let mut moved = flat("reward", minute, &told);
        moved["event"] = json!("reward");
        moved["id"] = json!(format!("m-{minute}"));
        moved["at"] = json!(format!("2026-05-01T08:{minute:02}:00Z"));
        (moved["to"], moved["detail"]) = (json!(to), json!(detail));
        deliver_to(&mut program, &zapier, &moved);
        assert!(program.shown()[0].contains(&format!(" {state} ")), "{to}: {:?}", program.shown());
    }
}

#[test]
fn shares_mails_and_erasures_can_be_told_by_a_flat_message() {
    let zapier = table_of(tables::ZAPIER);
    let told = |event: &str, more: Value| map(&zapier, &flat(event, 1, &more));
    let names = [
        ("share", json!({"channel": "whatsapp"}), "record_share"),
        ("email", json!({"email": "new@example.com"}), "add_alias"),
        ("suspended", json!({}), "set_participant_state"),
        ("active", json!({}), "set_participant_state"),
        ("unsubscribed", json!({}), "unsubscribe"),
        ("resubscribed", json!({}), "resubscribe"),
    ];
    for (event, more, name) in names {
        let mapped = told(event, more);
        assert_eq!(mapped.requests.iter().map(|request| request.command.name()).collect::<Vec<_>>(), [name], "{event}");
        let mut program = referred();
        if event != "share" {
            program.execute_all(mapped.requests).into_iter().for_each(|result| drop(result.unwrap()));
        }
    }
    assert_eq!(told("erased", json!({})).erasures[0].person, Who::Host("bob".parse().unwrap()));
    assert!(AnyCommand::NAMES.contains(&"erase_person"));
}

#[test]
fn a_payment_that_says_who_referred_makes_the_lead_in_one_step() {
    for (more, paid) in [
        (json!({"amount": "50", "currency": "EUR"}), 500),
        (json!({"amount": "8000", "currency": "JPY", "campaign": "spring"}), 800),
    ] {
        let rule = json!({"id": "tenth", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}});
        let mut program = Program::with(json!({"rewards": [rule]}));
        let code = program.enrol("ada");
        let mut bought = flat("purchase", 1, &more);
        (bought["order"], bought["code"]) = (json!("o-1"), json!(code));
        deliver_to(&mut program, &table_of(tables::ZAPIER), &bought);
        assert_eq!(left(&program), paid, "{more}");
    }
    // Without evidence the order counts in every campaign, as any order does.
    let bought = flat("purchase", 1, &json!({"order": "o-1", "amount": "50", "currency": "EUR"}));
    let command = serde_json::to_value(&map(&table_of(tables::ZAPIER), &bought).requests[0].command).unwrap();
    assert_eq!(command["record_conversion"]["campaign"], Value::Null);
}

#[test]
fn refunds_may_say_what_was_refunded_so_far_and_name_a_further_id_of_the_order() {
    let mut program = referred();
    let zapier = table_of(tables::ZAPIER);
    let order = json!({"order": "o-1", "amount": "80", "currency": "EUR", "references": ["inv-1", "inv-2"]});
    let so_far = |minute, order: &str, refunded: &str| {
        flat(
            "refund",
            minute,
            &json!({"order": order, "refund": format!("r-{minute}"), "refunded": refunded, "currency": "EUR"}),
        )
    };
    for (event, expected) in [
        (flat("purchase", 1, &order), 800),
        (so_far(2, "o-1", "30"), 500),
        (so_far(3, "inv-1", "50"), 300),
        (so_far(4, "inv-2", "40"), 300),
    ] {
        deliver_to(&mut program, &zapier, &event);
        assert_eq!(left(&program), expected, "{event}");
    }
    let mut both = so_far(5, "o-1", "30");
    both["amount"] = json!("10");
    let mapped = common::map_bytes(&zapier, both.to_string().as_bytes()).unwrap();
    assert_eq!(
        mapped.problems[0].1.to_string(),
        "rule `refund`: `amount.amount`: is said beside `amount.cumulative`; say one of them"
    );
}

#[test]
fn people_are_known_by_ids_of_other_systems_in_flat_messages() {
    for system in ["stripe", "hubspot", "intercom"] {
        let rule = json!({"id": "tenth", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}});
        let mut program = Program::with(json!({"rewards": [rule]}));
        let code = program.enrol("ada");
        let zapier = table_of(tables::ZAPIER);
        let id = format!("{system}_id");
        deliver_to(&mut program, &zapier, &flat("lead", 1, &json!({"code": code, (id.clone()): "c-1"})));
        let mut bought =
            flat("purchase", 2, &json!({"order": "o-1", "amount": "50", "currency": "EUR", (id.clone()): "c-1"}));
        bought.as_object_mut().unwrap().remove("user_id");
        deliver_to(&mut program, &zapier, &bought);
        assert_eq!(left(&program), 500, "{system}");
        let mut denied = flat("moderation", 3, &json!({"moderation": "denied", (id): "c-1"}));
        denied.as_object_mut().unwrap().remove("user_id");
        deliver_to(&mut program, &zapier, &denied);
        assert_eq!(left(&program), 0, "{system}");
    }
}

#[test]
fn merges_reassignments_gifts_and_grants_can_be_told_by_a_flat_message() {
    let zapier = table_of(tables::ZAPIER);
    let mut program = referred();
    program.enrol("ben");
    let bought = flat("purchase", 1, &json!({"order": "o-1", "amount": "80", "currency": "EUR"}));
    deliver_to(&mut program, &zapier, &bought);
    let reassigned = flat("reassigned", 2, &json!({"referrer_id": "ben", "reason": "the wrong code"}));
    deliver_to(&mut program, &zapier, &reassigned);
    let gift = json!({"user_id": "ben", "gift": "g-1", "amount": "5", "currency": "EUR", "reason": "thanks"});
    deliver_to(&mut program, &zapier, &flat("gift", 3, &gift));
    assert_eq!(left(&program), 1_300, "{:?}", program.shown());
    let people = program.all(Kind::Participant).len();
    deliver_to(&mut program, &zapier, &flat("merged", 4, &json!({"other_user_id": "ben", "reason": "one person"})));
    assert_eq!((program.all(Kind::Participant).len(), left(&program)), (people, 500), "ben referred himself");
    let grant = json!({"reward_campaign": "1", "rule": "tenth", "participant": "019de2c4-2a80-7b51-83c5-cb791342bd8b",
        "reward_cause": "qualified/1", "reason": "asked"});
    let mapped = common::map_bytes(&zapier, flat("granted", 5, &grant).to_string().as_bytes()).unwrap();
    assert!(mapped.problems.iter().all(|(_, problem)| !problem.to_string().contains("unknown")), "{mapped:?}");
}
