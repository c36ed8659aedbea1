//! Who recorded a refund, and who told what a person chose about mail, is kept and shown.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{Program, who};
use referral_core::command::{AnyCommand, AnyOutcome};
use referral_core::engine::{Question, drive};
use referral_core::link::UnsubscribeToken;
use referral_core::record::{ConversionKey, RefundKey};
use referral_core::report::{Explain, Explanation, PageOf, ParticipantReport, ShowParticipant, Unexplained};
use referral_core::value::TenantId;
use serde_json::{Value, json};

fn ask<Q: Question>(program: &Program, question: Q) -> Q::Answer {
    drive(&program.store, &mut program.engine.ask(TenantId::default(), question, program.now)).unwrap()
}

fn program() -> Program {
    let mut program = Program::with(json!({
        "rewards": [{"id": "thanks", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}}],
    }));
    let ada = program.enrol("ada");
    program.lead("bob", &ada);
    program
}

fn refund(more: Value) -> Value {
    let mut command = json!({"source": "shop", "event": "o-1", "refund": "r-1", "amount": {"amount": "20 EUR"}});
    command.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"record_refund": command})
}

fn steps(explanation: &Explanation) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let line = |hand: &referral_core::report::HandReport| {
        format!("{}: {}: {}", text(&hand.actor), hand.text, text(&hand.reason))
    };
    explanation.hands.iter().map(line).collect()
}

#[test]
fn who_recorded_a_refund_and_who_took_it_back_is_kept_and_explained_whichever_came_first() {
    for order_first in [true, false] {
        let mut program = program();
        if order_first {
            program.buy("bob", "o-1", "80 EUR");
        }
        program.wait(1);
        program.run(refund(json!({"actor": "desk", "reason": "a broken cup"})));
        program.wait(1);
        program.run(json!({"cancel_refund": {
            "source": "shop", "event": "o-1", "refund": "r-1", "actor": "bank", "reason": "the card was closed",
        }}));
        if !order_first {
            program.buy("bob", "o-1", "80 EUR");
        }
        let expected = [
            "desk: recorded refund `r-1` of order shop/o-1: a broken cup",
            "bank: took back refund `r-1` of order shop/o-1: the card was closed",
        ];
        let (source, event) = ("shop".parse().unwrap(), "o-1".parse().unwrap());
        let order = ConversionKey { source, event };
        let ConversionKey { source, event } = order.clone();
        let one = RefundKey { source, event, refund: "r-1".parse().unwrap() };
        let campaign = "spring".parse().unwrap();
        for what in [
            Unexplained::Conversion(order),
            Unexplained::Refund(one),
            Unexplained::Referral { campaign, invitee: who("bob"), lead: None },
        ] {
            assert_eq!(steps(&ask(&program, Explain { what })), expected, "{order_first}");
        }
    }
}

#[test]
fn a_refund_is_the_same_one_whoever_tells_it_and_a_sender_is_no_hand() {
    let hand = json!({"actor": "desk", "reason": "a broken cup"});
    for (first, second, expected) in [(json!({}), hand.clone(), 0), (hand, json!({"actor": "till"}), 1)] {
        let mut program = program();
        program.buy("bob", "o-1", "80 EUR");
        let told = program.run(refund(first)).0;
        program.wait(1);
        assert_eq!(program.run(refund(second)).0, told);
        let AnyOutcome::RefundRecorded(done) = told else { panic!("{told:?}") };
        assert_eq!(done.refunded_minor, 2_000);
        let order = ConversionKey { source: "shop".parse().unwrap(), event: "o-1".parse().unwrap() };
        let told = steps(&ask(&program, Explain { what: Unexplained::Conversion(order) }));
        assert_eq!(told.len(), expected, "{told:?}");
    }
    // Another amount is another refund, and is refused.
    let mut program = program();
    program.buy("bob", "o-1", "80 EUR");
    program.run(refund(json!({"actor": "desk"})));
    let other = refund(json!({"actor": "desk", "amount": {"amount": "21 EUR"}}));
    let error = program.execute(serde_json::from_value::<AnyCommand>(other).unwrap()).unwrap_err();
    assert_eq!(error.code(), "event_reused");
}

fn shown(program: &Program) -> ParticipantReport {
    let (referrals, rewards) = (PageOf::default(), PageOf::default());
    ask(program, ShowParticipant { campaign: "spring".parse().unwrap(), participant: who("ada"), referrals, rewards })
}

#[test]
fn who_told_what_a_person_chose_about_mail_is_kept_with_the_choice_and_shown() {
    for (kinds, path) in [(json!([]), "/all"), (json!(["reward.due"]), "/kinds/reward.due")] {
        let mut program = program();
        assert_eq!(serde_json::to_value(shown(&program)).unwrap().get("consent"), None);
        let told = |program: &mut Program, command: Value| {
            program.wait(1);
            program.run(command);
            let consent = serde_json::to_value(shown(program).consent).unwrap();
            let chosen = consent.pointer(path).unwrap_or_else(|| panic!("{consent}"));
            let text = |field: &str| chosen[field].as_str().unwrap_or("-").to_owned();
            ["choice", "by", "actor", "reason"].map(text).join(" ")
        };
        let ada = json!({"participant": {"host": "ada"}});
        let first = json!({"recipient": ada, "kinds": kinds, "actor": "desk", "reason": "on the phone"});
        let unsubscribed = "unsubscribed host desk on the phone";
        assert_eq!(told(&mut program, json!({"unsubscribe": first})), unsubscribed);
        // The same choice again changes nothing: who told it first is kept.
        let again = json!({"recipient": ada, "kinds": kinds, "actor": "till"});
        assert_eq!(told(&mut program, json!({"unsubscribe": again})), unsubscribed);
        let back = json!({"participant": {"host": "ada"}, "kinds": kinds, "actor": "chief", "reason": "a letter"});
        assert_eq!(told(&mut program, json!({"resubscribe": back})), "subscribed host chief a letter");
        let token =
            UnsubscribeToken::derive(&common::keyring(), &TenantId::default(), shown(&program).participant).expose();
        let by_token = json!({"recipient": {"token": token}, "kinds": kinds});
        assert_eq!(told(&mut program, json!({"unsubscribe": by_token})), "unsubscribed token - -");
    }
}

#[test]
fn a_hand_that_has_the_token_of_a_mail_or_too_many_words_is_refused_by_the_name_of_the_field() {
    let mut program = program();
    let token =
        UnsubscribeToken::derive(&common::keyring(), &TenantId::default(), shown(&program).participant).expose();
    let (by_token, ada) = (json!({"token": token}), json!({"participant": {"host": "ada"}}));
    for (recipient, field, text) in [
        (&by_token, "actor", "desk".to_owned()),
        (&by_token, "reason", "asked".to_owned()),
        (&ada, "actor", "x".repeat(256)),
        (&ada, "reason", "two\nlines".to_owned()),
    ] {
        let command = json!({"unsubscribe": {"recipient": recipient, field: text}});
        let error = program.execute(serde_json::from_value::<AnyCommand>(command).unwrap()).unwrap_err();
        assert!(error.to_string().starts_with(field), "{error}");
        let command = refund(json!({field: "two\nlines"}));
        let error = program.execute(serde_json::from_value::<AnyCommand>(command).unwrap()).unwrap_err();
        assert!(error.to_string().starts_with(field), "{error}");
    }
    assert_eq!(shown(&program).consent, referral_core::record::Consent::default());
}
