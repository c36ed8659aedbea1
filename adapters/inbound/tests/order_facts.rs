//! What orders come to when messages tell them: the amounts and findings that commands come to.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[path = "../../../referral-core/tests/common/mod.rs"]
mod program;
#[path = "common/stripe.rs"]
mod stripe;

use program::Program;
use referral_core::command::{Finding, Outcome, Reason};
use referral_core::record::{Kind, Progress, Record, RecordKind as _, RewardState};
use referral_inbound::tables;
use serde_json::{Value, json};
use stripe::{checkout, deliver, invoice, orders, refund, table_of};

/// A program with these rules, whose referrer is `ada`, and `bob` and `cyd` as leads by a message each.
fn with(definition: Value) -> Program {
    let mut program = Program::with(definition);
    let code = program.enrol("ada");
    for (minute, name) in [(0, "bob"), (1, "cyd")] {
        tell(&mut program, "lead", minute, json!({"user_id": name, "code": code}));
    }
    program
}

fn rule(to: &str, on: &str, give: Value, more: Value) -> Value {
    let mut rule = json!({"id": "thanks", "to": to, "on": on, "give": give});
    rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"qualification": {"on": "conversion"}, "rewards": [rule]})
}

fn tenth() -> Value {
    json!({"percent": "10%"})
}

/// Tells a flat message of some minute after eight, and gives the findings.
fn tell(program: &mut Program, event: &str, minute: u32, more: Value) -> Vec<Finding> {
    let mut flat = json!({"event": event, "id": format!("z-{event}-{minute}"), "user_id": "bob",
        "at": format!("2026-05-01T08:{minute:02}:00Z")});
    flat.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mapped = common::map(&table_of(tables::ZAPIER), &flat);
    let results = program.execute_all(mapped.requests);
    let receipt = results.into_iter().next().unwrap().unwrap();
    assert!(matches!(receipt.outcome, Outcome::Accepted(_)), "{flat}: {receipt:?}");
    receipt.decision.findings
}

/// An order of so much, such as `80 EUR`.
fn order(id: &str, total: &str) -> Value {
    let (amount, currency) = total.split_once(' ').unwrap();
    json!({"order": id, "amount": amount, "currency": currency})
}

fn of(name: &str, mut message: Value) -> Value {
    message["user_id"] = json!(name);
    message
}

fn refunded(id: &str, total: &str) -> Value {
    let mut refund = order(id, total);
    refund["refund"] = json!("r-1");
    refund
}

fn progress(program: &Program) -> Vec<Progress> {
    let progress = |record| match record {
        Record::Referral(referral) => referral.progress,
        other => panic!("{other:?}"),
    };
    program.all(Kind::Referral).into_iter().map(progress).collect()
}

fn standing(program: &Program) -> Vec<String> {
    program.shown().into_iter().filter(|shown| !shown.contains(" cancelled ")).collect()
}

fn reasons(findings: &[Finding]) -> Vec<Reason> {
    findings.iter().map(|finding| finding.reason).collect()
}

#[test]
fn the_order_after_one_that_a_message_refunded_or_voided_is_the_first() {
    for (kind, total, give, paid) in [
        ("purchase", "50 EUR", json!({"flat": "10 EUR"}), "1000 EUR"),
        ("subscription", "5000 JPY", tenth(), "500 JPY"),
        ("renewal", "50 USD", json!({"units": 4, "unit": "points"}), "4 points"),
    ] {
        for taken in ["refund", "void"] {
            let mut program = with(rule("both", kind, give.clone(), json!({"occurrence": "first"})));
            tell(&mut program, kind, 10, order("o1", total));
            tell(&mut program, taken, 11, refunded("o1", total));
            assert!(standing(&program).is_empty(), "{:?}", program.shown());
            tell(&mut program, kind, 12, order("o2", total));
            let both = ["referrer", "invitee"].map(|role| format!("thanks {role} due {paid}"));
            assert_eq!(standing(&program), both, "{kind} {taken}");
        }
    }
}

#[test]
fn a_renewal_after_two_purchases_is_number_3_in_every_order_of_the_messages() {
    let numbers = json!({"qualification": {"on": "conversion"}, "rewards": [
        {"id": "one", "to": "referrer", "on": "renewal", "when": "order.number == 1", "give": {"flat": "1 USD"}},
        {"id": "three", "to": "referrer", "on": "renewal", "when": "order.number == 3", "give": tenth()},
    ]});
    let told = [("purchase", 10, "o1"), ("purchase", 11, "o2"), ("renewal", 12, "o3")];
    for order_of_telling in orders(&told) {
        let mut program = with(numbers.clone());
        for (kind, minute, id) in order_of_telling {
            tell(&mut program, kind, minute, order(id, "50 USD"));
        }
        assert_eq!(standing(&program), ["three referrer due 500 USD"]);
    }
}

#[test]
fn the_earlier_of_two_messages_carries_in_both_orders_and_before_their_lead() {
    for (first, second) in [(10, 20), (20, 10)] {
        for lead_comes_first in [true, false] {
            let mut program = Program::with(rule("referrer", "qualified", tenth(), json!({})));
            let code = program.enrol("ada");
            let lead = json!({"code": code});
            if lead_comes_first {
                tell(&mut program, "lead", 5, lead.clone());
            }
            for minute in [first, second] {
                let (id, total) = if minute == 10 { ("o1", "100 EUR") } else { ("o2", "50 EUR") };
                tell(&mut program, "purchase", minute, order(id, total));
            }
            if !lead_comes_first {
                tell(&mut program, "lead", 30, lead);
            }
            assert_eq!(program.shown(), ["thanks referrer due 1000 EUR"], "{first} {lead_comes_first}");
        }
    }
}

#[test]
fn a_message_of_an_order_long_before_its_lead_says_so() {
    for (kind, total) in [("purchase", "80 EUR"), ("renewal", "8000 JPY")] {
        let mut program = with(rule("referrer", "qualified", tenth(), json!({})));
        let mut old = order("o1", total);
        old["at"] = json!("2025-03-01T09:00:00Z");
        assert_eq!(reasons(&tell(&mut program, kind, 10, old)), [Reason::BeforeWindow]);
        assert_eq!((program.shown(), progress(&program)[0]), (vec![], Progress::Lead));
    }
}

#[test]
fn a_message_of_zero_qualifies_nothing_and_says_so() {
    for (zero, total) in [("0 EUR", "80 EUR"), ("0 JPY", "8000 JPY")] {
        let mut program = with(rule("referrer", "qualified", json!({"flat": "10 EUR"}), json!({})));
        assert_eq!(reasons(&tell(&mut program, "purchase", 10, order("o0", zero))), [Reason::ZeroOrder]);
        tell(&mut program, "purchase", 11, order("o1", total));
        assert_eq!(program.shown(), ["thanks referrer due 1000 EUR"]);
        tell(&mut program, "void", 12, json!({"order": "o1"}));
        assert!(standing(&program).is_empty());
        assert!(progress(&program).contains(&Progress::Reverted));
    }
}

#[test]
fn the_first_paid_invoice_after_a_trial_says_that_renewals_do_not_qualify() {
    let thanks = json!({"id": "thanks", "to": "referrer", "on": "qualified", "give": tenth()});
    let mut program = Program::with(json!({"rewards": [thanks]}));
    let code = program.enrol("ada");
    let mut trial = checkout(&code);
    trial["data"]["object"]["payment_status"] = json!("no_payment_required");
    trial["data"]["object"]["amount_total"] = json!(0);
    deliver(&mut program, &trial);
    let mut first = invoice(false);
    first["data"]["object"]["billing_reason"] = json!("subscription_cycle");
    let mapped = common::map(&stripe::table(), &first);
    let results = program.execute_all(mapped.requests);
    let findings: Vec<_> = results.into_iter().flat_map(|result| result.unwrap().decision.findings).collect();
    let not = findings.iter().find(|finding| finding.reason == Reason::NotQualifying).unwrap();
    assert_eq!(not.detail.as_deref(), Some("renewal"));
    assert_eq!((program.shown(), progress(&program)), (vec![], vec![Progress::Lead]));
}

#[test]
fn a_checkout_with_another_referrers_code_stays_with_the_first_referrer_and_says_so() {
    let (mut program, code) = stripe::program();
    program.run(
        json!({"record_lead": {"campaign": "spring", "person": {"email": stripe::EMAIL}, "evidence": {"code": code}}}),
    );
    let other = program.enrol("ben");
    let mapped = common::map(&stripe::table(), &checkout(&other));
    let results = program.execute_all(mapped.requests);
    let declined = results.iter().any(|result| {
        matches!(&result.as_ref().unwrap().outcome, Outcome::Declined(Reason::AlreadyReferred))
            || reasons(&result.as_ref().unwrap().decision.findings).contains(&Reason::AlreadyReferred)
    });
    assert!(declined, "{results:?}");
    assert_eq!(program.shown(), ["tenth referrer due 500 EUR"]);
    let paid = program.rewards()[0].participant;
    let (outcome, _) = program.run(json!({"enrol": {"campaign": "spring", "person": {"host_id": "ada"}}}));
    let referral_core::command::AnyOutcome::Enrolled(ada) = outcome else { panic!("{outcome:?}") };
    assert_eq!(paid, ada.participant);
}

#[test]
fn a_message_of_a_refund_during_a_pause_lets_the_next_order_carry_the_reward() {
    for taken in ["refund", "void"] {
        let mut program = with(rule("both", "qualified", json!({"flat": "5 USD"}), json!({})));
        tell(&mut program, "purchase", 10, order("o1", "80 USD"));
        tell(&mut program, "purchase", 11, order("o2", "80 USD"));
        program.run(json!({"set_campaign_state": {"campaign": "spring", "state": "paused"}}));
        tell(&mut program, taken, 12, refunded("o1", "80 USD"));
        assert_eq!(standing(&program), ["thanks referrer due 500 USD", "thanks invitee due 500 USD"]);
        assert!(program.rewards().iter().all(|reward| reward.base_event.as_ref().unwrap().as_str() == "o2"));
    }
}

/// Moves the only reward by a message.
fn moved(program: &mut Program, minute: u32, to: &str, detail: &str) {
    let key = serde_json::to_value(program.rewards()[0].key()).unwrap();
    tell(
        program,
        "reward",
        minute,
        json!({"reward_campaign": key["campaign"], "rule": key["rule"],
        "participant": key["participant"], "reward_cause": key["cause"], "to": to, "detail": detail}),
    );
}

#[test]
fn what_messages_take_back_during_a_transfer_is_a_debt_once_they_tell_the_transfer() {
    for (taken, more) in [
        ("refund", refunded("o1", "100 EUR")),
        ("void", order("o1", "100 EUR")),
        ("moderation", json!({"moderation": "denied"})),
    ] {
        for fails in [false, true] {
            let mut program = with(rule("referrer", "qualified", tenth(), json!({})));
            tell(&mut program, "purchase", 10, order("o1", "100 EUR"));
            moved(&mut program, 11, "begin_issue", "");
            tell(&mut program, taken, 12, more.clone());
            assert_eq!(program.shown(), ["thanks referrer issuing 1000 EUR"]);
            if fails {
                moved(&mut program, 13, "fail", "no account");
                assert_eq!(
                    (program.shown(), program.all(Kind::Debt)),
                    (vec!["thanks referrer cancelled 0 EUR".to_owned()], vec![])
                );
            } else {
                moved(&mut program, 13, "issue", "t-1");
                let reward = program.only(RewardState::Reversed);
                assert_eq!((reward.issued, reward.owes), (1_000, 1_000));
            }
        }
    }
}

#[test]
fn a_transfer_that_messages_tell_as_failed_and_then_as_done_has_no_reason() {
    for (kind, total, give) in
        [("purchase", "100 EUR", tenth()), ("renewal", "8000 JPY", json!({"units": 9, "unit": "points"}))]
    {
        let mut program = with(rule("referrer", kind, give, json!({})));
        tell(&mut program, kind, 10, order("o1", total));
        moved(&mut program, 11, "begin_issue", "");
        moved(&mut program, 12, "fail", "no account");
        assert_eq!(program.rewards()[0].reason.as_deref(), Some("no account"));
        moved(&mut program, 13, "begin_issue", "");
        moved(&mut program, 14, "issue", "t-1");
        assert_eq!(program.only(RewardState::Issued).reason, None);
    }
}

#[test]
fn a_reward_whose_referral_a_message_flags_during_a_transfer_is_held_once_it_fails() {
    let mut program = with(rule("referrer", "qualified", json!({"flat": "8 USD"}), json!({})));
    tell(&mut program, "purchase", 10, order("o1", "80 USD"));
    moved(&mut program, 11, "begin_issue", "");
    tell(&mut program, "moderation", 12, json!({"moderation": "flagged"}));
    moved(&mut program, 13, "fail", "no account");
    assert_eq!(program.shown(), ["thanks referrer pending 800 USD"]);
    let key = program.rewards()[0].key();
    let issue: referral_core::command::AnyCommand =
        serde_json::from_value(json!({"move_reward": {"reward": key, "to": {"issue": "t-1"}}})).unwrap();
    assert_eq!(program.decline(issue), Reason::UnderReview);
    tell(&mut program, "moderation", 15, json!({"moderation": "clear"}));
    assert_eq!(program.shown(), ["thanks referrer due 800 USD"]);
}

#[test]
fn a_group_is_held_while_a_message_flags_either_member_and_a_level_goes_once_one_is_denied() {
    for flagged in ["bob", "cyd"] {
        let mut program = with(json!({"rewards": [
            {"id": "level", "to": "referrer", "on": "qualified", "milestones": [{"at": 2, "give": {"flat": "1000 JPY"}}]},
            {"id": "pair", "to": "referrer", "on": "qualified", "every": 2, "give": tenth()},
        ]}));
        let find = |program: &mut Program, minute, finding: &str| {
            tell(program, "moderation", minute, json!({"user_id": flagged, "moderation": finding}));
        };
        if flagged == "bob" {
            find(&mut program, 9, "flagged");
        }
        tell(&mut program, "purchase", 10, order("o1", "1000 JPY"));
        if flagged == "cyd" {
            find(&mut program, 11, "flagged");
        }
        tell(&mut program, "purchase", 12, of("cyd", order("o2", "1000 JPY")));
        assert_eq!(program.shown(), ["level referrer pending 1000 JPY", "pair referrer pending 200 JPY"], "{flagged}");
        find(&mut program, 13, "clear");
        assert_eq!(program.shown(), ["level referrer due 1000 JPY", "pair referrer due 200 JPY"], "{flagged}");
        find(&mut program, 14, "denied");
        assert!(standing(&program).is_empty(), "{:?}", program.shown());
    }
}

#[test]
fn a_level_that_a_message_brings_again_waits_for_approval() {
    let level = json!({"rewards": [{"id": "thanks", "to": "referrer", "on": "qualified", "hold": "approval", "clawback": "take_back",
        "milestones": [{"at": 1, "give": {"units": 6, "unit": "points"}}]}]});
    for taken in ["refund", "void"] {
        let mut program = with(level.clone());
        tell(&mut program, "purchase", 10, order("o1", "100 USD"));
        moved(&mut program, 11, "approve", "");
        tell(&mut program, taken, 12, refunded("o1", "100 USD"));
        assert!(standing(&program).is_empty());
        tell(&mut program, "purchase", 13, of("cyd", order("o2", "1 USD")));
        assert_eq!(program.shown(), ["thanks referrer pending 6 points"], "{taken}");
    }
}

#[test]
fn a_group_of_two_currencies_is_paid_once_a_message_takes_the_odd_order_back() {
    for taken in ["refund", "void"] {
        let mut program = with(rule("referrer", "qualified", tenth(), json!({"every": 2})));
        let code = program.enrol("ada");
        program.lead("dan", &code);
        tell(&mut program, "purchase", 10, order("o1", "1000 JPY"));
        tell(&mut program, "purchase", 11, of("cyd", order("o2", "100 USD")));
        tell(&mut program, "purchase", 12, of("dan", order("o3", "1000 JPY")));
        assert!(standing(&program).is_empty());
        tell(&mut program, taken, 13, of("cyd", refunded("o2", "100 USD")));
        assert_eq!(standing(&program), ["thanks referrer due 200 JPY"], "{taken}");
    }
}

#[test]
fn one_refund_told_by_its_charge_and_by_its_payment_counts_once() {
    for order_of_telling in orders(&[0, 1, 2]) {
        let (mut program, code) = stripe::program();
        let by_charge = {
            let mut told = refund("re_1", 2_000);
            told["id"] = json!("evt_by_charge");
            told["data"]["object"]["payment_intent"] = json!(null);
            told
        };
        let by_payment = {
            let mut told = refund("re_1", 2_000);
            told["data"]["object"]["charge"] = json!(null);
            told
        };
        deliver(&mut program, &checkout(&code));
        let events = [invoice(false), by_charge, by_payment];
        order_of_telling.iter().for_each(|index| deliver(&mut program, &events[*index]));
        assert_eq!(program.shown(), ["tenth referrer due 300 EUR"], "{order_of_telling:?}");
    }
}
