//! The fixed meanings of conversions and refunds: bases, orders of arrival, idempotency, references, debts.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::command::{AnyCommand, AnyOutcome, Reason};
use referral_core::record::{Kind, Progress, Record, RecordKind, RewardState};
use serde_json::{Value, json};

fn with(rewards: Value) -> Program {
    Program::with(
        json!({"qualification": {"on": "purchase", "when": "order.total >= money('20 EUR')"}, "rewards": rewards}),
    )
}

fn standard() -> Program {
    with(json!([
        {"id": "each", "to": "referrer", "on": "purchase", "give": {"percent": "10%"}},
        {"id": "flat", "to": "invitee", "on": "purchase", "give": {"flat": "3 EUR"}},
        {"id": "once", "to": "referrer", "on": "qualified", "give": {"percent": "50%"}, "hold": "30 days"},
    ]))
}

fn command(json: Value) -> AnyCommand {
    serde_json::from_value(json).unwrap()
}

fn progress(program: &Program) -> Progress {
    match program.all(Kind::Referral).remove(0) {
        Record::Referral(referral) => referral.progress,
        other => panic!("{other:?}"),
    }
}

// 7
#[test]
fn percent_is_of_the_net_amount_and_a_refunds_net_part_is_rounded_down() {
    let mut program = with(json!([{"id": "p", "to": "referrer", "on": "purchase", "give": {"percent": "10%"}}]));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program.run(json!({"record_conversion": {"source": "shop", "event": "o1", "kind": "purchase",
        "person": {"host_id": "bob"}, "total": "119 EUR", "tax": "19 EUR", "shipping": "0.05 EUR"}}));
    assert_eq!(program.shown(), ["p referrer due 999 EUR"]);
    // Net 99.95 − ⌊99.95 × 1 ÷ 119⌋ = 99.95 − 0.83 = 99.12.
    program.refund("o1", "r1", "1 EUR");
    assert_eq!(program.shown(), ["p referrer due 991 EUR"]);
}

#[test]
fn a_partial_refund_evaluates_amounts_again_and_not_conditions_and_flat_rewards_stand_until_the_base_is_gone() {
    let mut program = standard();
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program.buy("bob", "o1", "30 EUR");
    // 10 EUR are left: below the 20 EUR that qualified it, and still qualified.
    program.refund("o1", "r1", "20 EUR");
    assert_eq!(
        program.shown(),
        ["each referrer due 100 EUR", "flat invitee due 300 EUR", "once referrer pending 500 EUR"]
    );
    assert_eq!(progress(&program), Progress::Qualified);
    program.refund("o1", "r2", "10 EUR");
    let gone = ["each referrer cancelled 0 EUR", "flat invitee cancelled 0 EUR", "once referrer cancelled 0 EUR"];
    assert_eq!(program.shown(), gone);
    assert_eq!(progress(&program), Progress::Reverted);
}

#[test]
fn refunds_in_any_order_and_number_end_at_the_same_total() {
    let refunds = [
        json!({"refund": "a", "amount": {"amount": "3.33 EUR"}}),
        json!({"refund": "b", "amount": {"amount": "3.34 EUR"}}),
        json!({"refund": "c", "amount": {"cumulative": "15 EUR"}}),
        json!({"refund": "d", "amount": {"cumulative": "5 EUR"}}),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let mut program = standard();
        let code = program.enrol("ada");
        program.lead("bob", &code);
        program.buy("bob", "o1", "99.99 EUR");
        for index in order {
            let mut refund = refunds[index].clone();
            refund["source"] = json!("shop");
            refund["event"] = json!("o1");
            program.run(json!({"record_refund": refund}));
        }
        assert_eq!(program.shown()[0], "each referrer due 849 EUR", "{order:?}");
    }
}

// 8
#[test]
fn lead_purchase_and_refunds_end_in_the_same_balances_in_any_order() {
    let steps = ["lead", "buy", "refund"];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut program = standard();
        let code = program.enrol("ada");
        for index in order {
            match steps[index] {
                "lead" => program.lead("bob", &code),
                "buy" => {
                    program.buy("bob", "o1", "50 EUR");
                }
                _ => {
                    program.refund("o1", "r1", "10 EUR");
                }
            }
            program.wait(1);
        }
        let expected = ["each referrer due 400 EUR", "flat invitee due 300 EUR", "once referrer pending 2000 EUR"];
        assert_eq!(program.shown(), expected, "{order:?}");
    }
}

#[test]
fn what_one_conversion_qualified_falls_back_on_another_that_stands() {
    for first_refunded in [false, true] {
        let mut program = standard();
        let code = program.enrol("ada");
        program.lead("bob", &code);
        program.buy("bob", "o1", "50 EUR");
        if first_refunded {
            program.refund("o1", "r1", "50 EUR");
        }
        program.buy("bob", "o2", "40 EUR");
        if !first_refunded {
            program.refund("o1", "r1", "50 EUR");
        }
        let once: Vec<_> = program.shown().into_iter().filter(|shown| shown.starts_with("once")).collect();
        assert_eq!(once.iter().filter(|shown| *shown == "once referrer pending 2000 EUR").count(), 1, "{once:?}");
        assert_eq!(progress(&program), Progress::Qualified);
    }
}

#[test]
fn a_lead_finds_the_last_32_orders_of_its_person_and_none_from_more_than_72_hours_before() {
    let mut program = standard();
    let code = program.enrol("ada");
    for number in 0..33 {
        program.buy("bob", &format!("o{number}"), "50 EUR");
    }
    program.wait(72);
    program.lead("bob", &code);
    assert_eq!(program.rewards().iter().filter(|reward| reward.rule.as_str() == "each").count(), 32);
    program.buy("cyd", "early", "50 EUR");
    program.wait(73);
    program.lead("cyd", &code);
    assert_eq!(program.rewards().iter().filter(|reward| reward.rule.as_str() == "each").count(), 32);
}

// 9
#[test]
fn the_same_event_again_is_the_first_answer_and_with_other_content_an_error() {
    let mut program = standard();
    let buy = |total: &str| {
        command(json!({"record_conversion": {"source": "shop", "event": "o1", "kind": "purchase",
            "person": {"host_id": "bob"}, "total": total}}))
    };
    let first = program.execute(buy("50 EUR")).unwrap();
    program.wait(24 * 365);
    let again = program.execute(buy("50 EUR")).unwrap();
    assert!(again.repeated && !first.repeated);
    assert_eq!((again.outcome, again.decision), (first.outcome, first.decision));
    assert_eq!(program.execute(buy("51 EUR")).unwrap_err().code(), "event_reused");
}

#[test]
fn a_checkout_and_an_invoice_for_one_payment_are_one_purchase_in_every_order() {
    let event = |id: &str, other: Option<&str>| {
        let mut event =
            json!({"source": "pay", "event": id, "kind": "purchase", "person": {"host_id": "bob"}, "total": "50 EUR"});
        if let Some(other) = other {
            event["references"] = json!([{"source": "pay", "id": other}]);
        }
        json!({"record_conversion": event})
    };
    let refund =
        json!({"record_refund": {"source": "pay", "event": "invoice", "refund": "r", "amount": {"amount": "50 EUR"}}});
    let checkout = event("checkout", Some("invoice"));
    let invoice = event("invoice", None);
    for order in [
        [&checkout, &invoice, &refund],
        [&invoice, &checkout, &refund],
        [&refund, &checkout, &invoice],
        [&refund, &invoice, &checkout],
        [&checkout, &refund, &invoice],
        [&invoice, &refund, &checkout],
    ] {
        let mut program = standard();
        let code = program.enrol("ada");
        program.lead("bob", &code);
        for step in order {
            program.run(step.clone());
        }
        // Nothing is owed: a cancelled reward of which nothing was handed over equals none.
        assert!(program.rewards().iter().all(|reward| reward.quantity == 0), "{order:?}: {:?}", program.shown());
        let counted: usize = program.all(Kind::Conversion).iter().filter(|record| is_counted(record)).count();
        assert_eq!(counted, 1, "{order:?}");
    }
}

fn is_counted(record: &Record) -> bool {
    matches!(record, Record::Conversion(conversion) if !conversion.counted_in.is_empty())
}

#[test]
fn the_further_ids_of_a_purchase_that_is_known_already_are_kept() {
    let mut program = standard();
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program.buy("bob", "invoice", "50 EUR");
    // The same purchase under its checkout's id: nothing is earned again, and the id is kept.
    program.run(json!({"record_conversion": {"source": "pay", "event": "checkout", "kind": "purchase",
        "person": {"host_id": "bob"}, "total": "50 EUR", "references": [{"source": "shop", "id": "invoice"}]}}));
    program.run(
        json!({"record_refund": {"source": "pay", "event": "checkout", "refund": "r", "amount": {"amount": "50 EUR"}}}),
    );
    assert!(program.rewards().iter().all(|reward| reward.quantity == 0), "{:?}", program.shown());
}

#[test]
fn a_further_id_can_be_added_later_and_takes_the_refunds_that_waited_under_it() {
    let mut program = standard();
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program.buy("bob", "o1", "50 EUR");
    program.run(
        json!({"record_refund": {"source": "pay", "event": "ch_1", "refund": "r", "amount": {"amount": "50 EUR"}}}),
    );
    program.run(json!({"add_reference": {"conversion": {"source": "shop", "event": "o1"}, "reference": {"source": "pay", "id": "ch_1"}}}));
    assert!(program.rewards().iter().all(|reward| reward.quantity == 0), "{:?}", program.shown());
}

#[test]
fn a_refund_in_another_currency_is_declined() {
    let mut program = standard();
    program.buy("bob", "o1", "50 EUR");
    let refund =
        json!({"record_refund": {"source": "shop", "event": "o1", "refund": "r", "amount": {"amount": "50 USD"}}});
    assert_eq!(program.decline(command(refund)), Reason::RefundCurrency);
}

#[test]
fn a_debt_is_netted_against_the_next_reward_or_given_up() {
    for (debts, moved, netted) in [("net", "4.00 EUR", 100), ("write_off", "5.00 EUR", 0)] {
        let mut program = Program::with(json!({"debts": debts,
            "rewards": [{"id": "p", "to": "referrer", "on": "purchase", "give": {"percent": "10%"}}]}));
        let code = program.enrol("ada");
        program.lead("bob", &code);
        program.buy("bob", "o1", "10 EUR");
        let key = program.only(RewardState::Due).key();
        program.run(json!({"move_reward": {"reward": key, "to": {"issue": "t1"}}}));
        program.refund("o1", "r", "10 EUR");
        program.buy("bob", "o2", "50 EUR");
        let key = program.only(RewardState::Due).key();
        let (outcome, _) = program.run(json!({"move_reward": {"reward": key, "to": {"issue": "t2"}}}));
        let AnyOutcome::RewardMoved(outcome) = outcome else { panic!("{outcome:?}") };
        assert_eq!((outcome.amount.to_string().as_str(), outcome.netted), (moved, netted), "{debts}");
        assert!(program.all(Kind::Debt).is_empty());
    }
}

#[test]
fn in_the_example_campaigns_the_order_after_one_that_was_refunded_whole_earns() {
    let examples = [
        (
            include_str!("../../examples/campaigns/friends.toml"),
            "purchase",
            ["friend-buys referrer pending 500 EUR", "welcome invitee pending 1000 EUR"],
        ),
        (
            include_str!("../../examples/campaigns/subscription.toml"),
            "subscription",
            ["month-each referrer pending 1 free-months", "month-each invitee pending 1 free-months"],
        ),
    ];
    for (text, kind, expected) in examples {
        let model = referral_core::campaign::CampaignModel::from_toml(text).unwrap();
        let mut program = Program::with(serde_json::to_value(model).unwrap());
        let code = program.enrol("ada");
        program.lead("bob", &code);
        for order in ["o1", "o2"] {
            program.wait(1);
            let bought = json!({"source": "shop", "event": order, "kind": kind, "person": {"host_id": "bob"},
                "total": "50 EUR", "data": {"plan": "basic"}});
            program.run(json!({"record_conversion": bought}));
            if order == "o1" {
                program.refund("o1", "r", "50 EUR");
                assert!(program.rewards().iter().all(|reward| reward.quantity == 0), "{:?}", program.shown());
            }
        }
        let paid: Vec<_> = program.shown().into_iter().filter(|shown| !shown.contains(" cancelled ")).collect();
        assert_eq!(paid, expected);
    }
}
