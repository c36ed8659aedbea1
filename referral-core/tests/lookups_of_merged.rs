//! "Check my referrals" of a person with several ids.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{Program, by_code, person};
use referral_core::command::{Person, RecordLead};
use referral_core::engine::{Question, drive};
use referral_core::record::Private;
use referral_core::report::{MyReferrals, PageOf, ShowMyReferrals};
use referral_core::value::TenantId;
use serde_json::json;

fn name(name: &str) -> Private {
    Private(name.to_owned())
}

fn ask<Q: Question>(program: &Program, question: Q) -> Q::Answer {
    drive(&program.store, &mut program.engine.ask(TenantId::default(), question, program.now)).unwrap()
}

/// Everything that pages of `limit` show, one behind the other.
fn all_pages(program: &Program, participant: &str, limit: u32) -> (Vec<String>, Vec<String>) {
    let (mut referrals, mut rewards) = (PageOf { limit, after: None }, PageOf { limit, after: None });
    let (mut with, mut rules) = (Vec::new(), Vec::new());
    loop {
        let asked = ShowMyReferrals {
            campaign: "spring".parse().unwrap(),
            participant: common::who(participant),
            referrals: referrals.clone(),
            rewards: rewards.clone(),
        };
        let MyReferrals { referrals: rows, next_referrals, .. } = ask(program, asked);
        assert!(rows.len() <= limit as usize);
        with.extend(rows.into_iter().map(|row| row.with.unwrap_or_default()));
        let Some(next) = next_referrals else { break };
        referrals.after = Some(next);
    }
    loop {
        let asked = ShowMyReferrals {
            campaign: "spring".parse().unwrap(),
            participant: common::who(participant),
            referrals: PageOf::default(),
            rewards: rewards.clone(),
        };
        let MyReferrals { rewards: rows, next_rewards, .. } = ask(program, asked);
        assert!(rows.len() <= limit as usize);
        rules.extend(rows.into_iter().map(|row| format!("{} {:?}", row.rule, row.role)));
        let Some(next) = next_rewards else { break };
        rewards.after = Some(next);
    }
    (with, rules)
}

#[test]
fn a_person_with_several_ids_is_shown_what_stands_under_each() {
    let rewards = json!([{"id": "each", "to": "referrer", "on": "joined", "give": {"flat": "5 EUR"}},
        {"id": "welcome", "to": "invitee", "on": "joined", "give": {"flat": "2 EUR"}}]);
    let mut program = Program::with(json!({"rewards": rewards}));
    let (ada, adele) = (program.enrol("ada"), program.enrol("adele"));
    for (friend, code) in [("bob", &ada), ("cid", &ada), ("dan", &adele), ("eve", &adele), ("fay", &adele)] {
        program.wait(1);
        let invitee = Person { name: Some(name(&friend.to_uppercase())), ..person(friend) };
        program.accept(RecordLead { campaign: "spring".parse().unwrap(), person: invitee, evidence: by_code(code) });
    }
    program.run(json!({"merge_people": {"one": {"host": "adele"}, "other": {"host": "ada"}}}));
    for limit in 1..=6 {
        let (mut with, rules) = all_pages(&program, "ada", limit);
        with.sort();
        assert_eq!(with, ["B.", "C.", "D.", "E.", "F."], "pages of {limit}");
        assert_eq!(rules, ["each Referrer"; 5], "pages of {limit}");
        assert_eq!(all_pages(&program, "adele", limit).1.len(), 5);
    }
    let referrals = PageOf { after: Some(referral_core::store::Cursor(Vec::new())), limit: 5 };
    let asked = ShowMyReferrals {
        campaign: "spring".parse().unwrap(),
        participant: common::who("ada"),
        referrals,
        rewards: PageOf::default(),
    };
    let asked = program.engine.ask(TenantId::default(), asked, program.now);
    let refused = drive(&program.store, &mut { asked }).unwrap_err();
    assert_eq!(refused.code(), "invalid_command");
}
