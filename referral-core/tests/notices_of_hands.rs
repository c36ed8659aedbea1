//! What hands withdrew, restored, gave to another referrer and made one is told once, to whom it concerns, by ids.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::engine::drive;
use referral_core::notify::{Lease, Schedule};
use referral_core::record::{Kind, NotificationKind, Record};
use referral_core::store::{Listing, Store};
use referral_core::value::{Entropy, Span, TenantId};
use serde_json::{Value, json};

/// Ada referred Bob, and somebody is told everything for this purpose.
fn program(purpose: &str) -> (Program, String) {
    let mut program = Program::with(json!({
        "rewards": [{"id": "thanks", "to": "referrer", "on": "qualified", "give": {"flat": "4 EUR"}}],
    }));
    let ada = program.enrol("ada");
    program.lead("bob", &ada);
    program.run(json!({"subscribe": {"subscriber": "all", "kinds": NotificationKind::ALL, "purpose": purpose}}));
    (program, ada)
}

/// What is told for the first time, of these kinds.
fn told(program: &Program, kinds: &[&str]) -> Vec<Value> {
    let (subscriber, lease_for) = ("all".parse().unwrap(), Span::hours(1));
    let task = Lease { subscriber, most: 1_000, lease_for, schedule: Schedule::default() };
    let mut operation = program.engine.run(TenantId::default(), task, program.now, Entropy::new([5; 32]));
    let leased = drive(&program.store, &mut operation).unwrap();
    let new = leased.notices.iter().filter(|notice| notice.attempt == 1);
    let notices = new.map(|notice| serde_json::to_value(notice).unwrap());
    notices.filter(|notice| kinds.contains(&notice["kind"].as_str().unwrap())).collect()
}

#[test]
fn a_link_a_code_and_a_grant_that_are_withdrawn_and_restored_are_told_each_time_that_changes_something() {
    for purpose in ["events", "mail"] {
        let (mut program, code) = program(purpose);
        let created = program.run(json!({"create_link": {"campaign": "spring", "participant": {"host": "ada"}}})).0;
        let link = serde_json::to_value(created).unwrap()["link_created"]["link"].clone();
        let listed = program.store.list(&TenantId::default(), &Listing::All(Kind::Grant).first(9)).unwrap();
        let Record::Grant(grant) = &listed.rows[0].record else { panic!("{:?}", listed.rows) };
        let cases = [("code", json!(code)), ("link", link), ("grant", json!(grant.grant))];
        for (name, text) in cases {
            let kinds = [format!("{name}.revoked"), format!("{name}.restored")];
            let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
            for (validity, expected) in
                [("active", None), ("revoked", Some(kinds[0])), ("revoked", None), ("active", Some(kinds[1]))]
            {
                program.wait(1);
                program.run(json!({"set_validity": {
                    "campaign": "spring", "what": {name: text}, "validity": validity, "actor": "desk",
                }}));
                let notices = told(&program, &kinds);
                let found: Vec<_> = notices.iter().map(|notice| notice["kind"].as_str().unwrap()).collect();
                assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{purpose} {name} {validity}");
                for notice in notices {
                    assert_eq!(notice["participant"]["host_id"], "ada");
                    assert_eq!(
                        (&notice["campaign"], notice.get("mail").is_some()),
                        (&json!("spring"), purpose == "mail")
                    );
                }
            }
        }
    }
}

#[test]
fn a_referral_that_goes_to_another_referrer_and_back_is_told_to_each_with_whose_it_was() {
    for purpose in ["events", "mail"] {
        let (mut program, _) = program(purpose);
        program.enrol("cem");
        program.buy("bob", "o-1", "80 EUR");
        let kinds = ["referral.reassigned", "referral.lead"];
        told(&program, &kinds);
        for (to, from) in [("cem", "ada"), ("ada", "cem")] {
            program.wait(1);
            let reassign = json!({"campaign": "spring", "invitee": {"host": "bob"}, "to": {"host": to}});
            program.run(json!({"reassign": reassign}));
            program.run(json!({"reassign": reassign}));
            let notices = told(&program, &kinds);
            let [notice] = &notices[..] else { panic!("{notices:?}") };
            assert_eq!(
                (&notice["kind"], &notice["participant"]["host_id"]),
                (&json!("referral.reassigned"), &json!(to))
            );
            assert_eq!(notice["referral"]["progress"], "qualified");
            let [former, invitee] = [("former", from), ("invitee", "bob")].map(|(field, host)| {
                assert!(notice[field]["participant"].is_string(), "{notice}");
                (notice[field].get("host_id").cloned(), json!(host))
            });
            for (shown, host) in [former, invitee] {
                assert_eq!(shown, (purpose == "events").then_some(host), "{notice}");
            }
        }
        let audited = program.audit();
        assert!(audited.differences.is_empty(), "{:?}", audited.differences);
    }
}

#[test]
fn that_two_people_turned_out_to_be_one_is_told_as_an_event_and_mailed_to_nobody() {
    for (purpose, expected) in [("events", 1), ("mail", 0)] {
        let (mut program, _) = program(purpose);
        program.wait(1);
        program.enrol("adele");
        let kinds = ["participant.merged"];
        told(&program, &kinds);
        program.wait(1);
        let people = json!({"merge_people": {"one": {"host": "adele"}, "other": {"host": "ada"}, "actor": "desk"}});
        program.run(people.clone());
        program.run(people);
        let notices = told(&program, &kinds);
        assert_eq!(notices.len(), expected, "{notices:?}");
        for notice in notices {
            assert_eq!(notice["participant"]["host_id"], "ada");
            assert!(
                notice["former"]["participant"].is_string() && notice["former"].get("host_id").is_none(),
                "{notice}"
            );
            assert!(notice.get("campaign").is_none() && notice.get("referral").is_none(), "{notice}");
        }
    }
}

#[test]
fn a_referral_between_two_people_who_are_one_is_told_as_denied() {
    for kinds in [["referral.denied"], ["referral.flagged"]] {
        let (mut program, _) = program("events");
        if kinds == ["referral.flagged"] {
            // One that was denied before is not told again.
            program.run(json!({"moderate": {
                "campaign": "spring", "invitee": {"host": "bob"}, "moderation": "denied", "note": "seen"}}));
        }
        told(&program, &["referral.denied"]);
        program.wait(1);
        program.run(json!({"merge_people": {"one": {"host": "ada"}, "other": {"host": "bob"}}}));
        let expected = usize::from(kinds == ["referral.denied"]);
        assert_eq!(told(&program, &["referral.denied"]).len(), expected);
    }
}
