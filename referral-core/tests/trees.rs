//! Who referred whom over generations, around one person.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{Program, who};
use referral_core::command::Who;
use referral_core::engine::{Question, drive};
use referral_core::error::Error;
use referral_core::record::{Kind, Participant, Record, Referral};
use referral_core::report::{
    AncestorsEnd, DescendantPage, FindParticipant, PageOf, ShowAncestors, ShowDescendants, ShowTree, TreeReport,
};
use referral_core::store::{Batch, Commit, MemoryStore, Put, Store, Stored, Version};
use referral_core::value::{CampaignSlug, ParticipantId, TenantId};
use serde_json::json;

fn try_ask<Q: Question>(program: &Program, question: Q) -> Result<Q::Answer, Error> {
    drive(&program.store, &mut program.engine.ask(TenantId::default(), question, program.now))
}

fn ask<Q: Question>(program: &Program, question: Q) -> Q::Answer {
    try_ask(program, question).unwrap()
}

/// Asks what a changed copy of the store answers.
fn ask_over<Q: Question>(store: &MemoryStore, program: &Program, question: Q) -> Q::Answer {
    drive(store, &mut program.engine.ask(TenantId::default(), question, program.now)).unwrap()
}

fn put(store: &MemoryStore, records: impl IntoIterator<Item = Record>) {
    let stored = |record| Stored { record, version: Version::from_random(7) };
    let puts = records.into_iter().map(|record| Put { stored: stored(record), expected: Version::ABSENT });
    let batch = Batch { puts: puts.collect(), ..Batch::default() };
    assert_eq!(store.commit(&batch).unwrap(), Commit::Applied);
}

fn referrals(program: &Program) -> Vec<Referral> {
    let all = program.all(Kind::Referral).into_iter();
    all.map(|record| if let Record::Referral(referral) = record { referral } else { unreachable!() }).collect()
}

fn spring() -> CampaignSlug {
    "spring".parse().unwrap()
}

fn id(program: &Program, host_id: &str) -> ParticipantId {
    ask(program, FindParticipant { participant: who(host_id) }).participant.unwrap()
}

fn tree(program: &Program, host_id: &str) -> TreeReport {
    ask(program, ShowTree { campaign: spring(), participant: who(host_id) })
}

fn descendants(program: &Program, host_id: &str, level: Option<u32>, page: PageOf) -> DescendantPage {
    ask(program, ShowDescendants { campaign: spring(), participant: who(host_id), level, page })
}

/// Who is below somebody, by their host ids, with their levels.
fn below(program: &Program, host_id: &str, level: Option<u32>, people: &[&str]) -> Vec<(String, u32)> {
    let known: Vec<_> = people.iter().map(|name| (id(program, name), (*name).to_owned())).collect();
    let mut page = PageOf { after: None, limit: 1 };
    let mut all = Vec::new();
    loop {
        let found = descendants(program, host_id, level, page.clone());
        all.extend(found.descendants.iter().map(|one| {
            let name = known.iter().find(|(id, _)| *id == one.participant).unwrap().1.clone();
            (name, one.level)
        }));
        let Some(next) = found.next else { break };
        page.after = Some(next);
    }
    // However large a page is, the list is the same.
    let whole = descendants(program, host_id, level, PageOf { after: None, limit: 200 });
    assert_eq!((whole.descendants.len(), whole.next), (all.len(), None));
    all
}

fn named(people: &[(&str, u32)]) -> Vec<(String, u32)> {
    people.iter().map(|(name, level)| ((*name).to_owned(), *level)).collect()
}

/// Ada referred bob and cyd, bob referred dan and eve, dan referred fay.
fn family() -> Program {
    let mut program = Program::with(json!({
        "rewards": [{"id": "thanks", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}}],
    }));
    let mut codes = std::collections::BTreeMap::new();
    codes.insert("ada", program.enrol("ada"));
    for (invitee, referrer) in [("bob", "ada"), ("cyd", "ada"), ("dan", "bob"), ("eve", "bob"), ("fay", "dan")] {
        program.wait(1);
        let code = codes[referrer].clone();
        program.lead(invitee, &code);
        codes.insert(invitee, program.enrol(invitee));
    }
    program.buy("bob", "order-1", "80 EUR");
    program.buy("fay", "order-2", "50 EUR");
    program.refund("order-2", "refund-1", "20 EUR");
    program
}

#[test]
fn a_line_goes_up_to_whom_nobody_referred() {
    let program = family();
    let line = ask(&program, ShowAncestors { campaign: spring(), participant: who("fay") });
    let above: Vec<_> = line.ancestors.iter().map(|one| (one.participant, one.level, one.invitee)).collect();
    let [ada, bob, dan, fay] = ["ada", "bob", "dan", "fay"].map(|name| id(&program, name));
    assert_eq!(above, [(dan, 1, fay), (bob, 2, dan), (ada, 3, bob)]);
    assert_eq!(line.end, AncestorsEnd::First);
    let top = ask(&program, ShowAncestors { campaign: spring(), participant: who("ada") });
    assert_eq!((top.ancestors.len(), top.end), (0, AncestorsEnd::First));
}

#[test]
fn a_tree_is_counted_by_level_with_revenue_and_rewards() {
    let program = family();
    let found = tree(&program, "ada");
    let levels: Vec<_> = found.levels.iter().map(|one| (one.level, one.people, one.value.qualified)).collect();
    assert_eq!(levels, [(1, 2, 1), (2, 2, 0), (3, 1, 1)]);
    assert!(found.is_whole);
    assert_eq!((found.people, found.value.leads, found.value.qualified), (5, 5, 2));
    assert_eq!((found.value.revenue["EUR"], found.value.rewards["EUR"]), (11_000, 1_100));
    assert_eq!((found.levels[2].value.revenue["EUR"], found.levels[0].value.revenue["EUR"]), (3_000, 8_000));
    assert_eq!(tree(&program, "cyd").people, 0);
}

#[test]
fn descendants_are_listed_by_pages_all_or_of_one_level() {
    let program = family();
    let people = ["bob", "cyd", "dan", "eve", "fay"];
    let all = below(&program, "ada", None, &people);
    assert_eq!(all, named(&[("bob", 1), ("dan", 2), ("fay", 3), ("eve", 2), ("cyd", 1)]));
    assert_eq!(below(&program, "ada", Some(2), &people), named(&[("dan", 2), ("eve", 2)]));
    assert_eq!(below(&program, "bob", Some(1), &people), named(&[("dan", 1), ("eve", 1)]));
    assert_eq!(below(&program, "ada", Some(4), &people), []);
    let first = &descendants(&program, "bob", None, PageOf::default()).descendants[1];
    assert_eq!((first.participant, first.referrer), (id(&program, "fay"), id(&program, "dan")));
    assert_eq!((first.value.revenue["EUR"], first.value.leads), (3_000, 1));
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let program = family();
    let page = descendants(&program, "ada", None, PageOf { after: None, limit: 2 });
    for after in [json!([]), json!([{"integer": 1}]), json!(["null", "null", "null", "null"])] {
        let page = PageOf { after: serde_json::from_value(after).unwrap(), limit: 2 };
        let asked = ShowDescendants { campaign: spring(), participant: who("ada"), level: None, page };
        assert_eq!(try_ask(&program, asked).unwrap_err().code(), "invalid_command");
    }
    let elsewhere = PageOf { after: page.next, limit: 2 };
    let asked = ShowDescendants { campaign: spring(), participant: who("cyd"), level: None, page: elsewhere };
    assert_eq!(try_ask(&program, asked).unwrap_err().code(), "invalid_command");
}

#[test]
fn people_who_referred_one_another_are_a_circle_that_ends() {
    let program = family();
    // No command makes a circle. Whoever writes to the database by hand may.
    let (ada, eve, fay) = (id(&program, "ada"), id(&program, "eve"), id(&program, "fay"));
    let store = program.store.clone();
    let of_eve = referrals(&program).into_iter().find(|referral| referral.invitee == eve).unwrap();
    put(&store, [Referral { invitee: ada, referrer: fay, ..of_eve }.into()]);
    let asked = ShowAncestors { campaign: spring(), participant: who("ada") };
    let line = ask_over(&store, &program, asked);
    assert_eq!((line.ancestors.len(), line.end), (3, AncestorsEnd::Circle));
    let found = ask_over(&store, &program, ShowTree { campaign: spring(), participant: who("dan") });
    assert_eq!((found.people, found.levels.len(), found.is_whole), (5, 4, true));
    let (participant, page) = (who("dan"), PageOf::default());
    let asked = ShowDescendants { campaign: spring(), participant, level: None, page };
    let levels: Vec<_> = ask_over(&store, &program, asked).descendants.iter().map(|one| one.level).collect();
    assert_eq!(levels, [1, 2, 3, 4, 3]);
}

#[test]
fn people_who_are_one_have_one_tree() {
    let mut program = family();
    let hal = program.enrol("hal");
    program.wait(1);
    program.lead("ivy", &hal);
    program.run(json!({"merge_people": {"one": {"host": "dan"}, "other": {"host": "hal"}}}));
    let people = ["dan", "fay", "ivy"];
    assert_eq!(below(&program, "hal", None, &people), named(&[("fay", 1), ("ivy", 1)]));
    assert_eq!(tree(&program, "ada").people, 6);
    let line = ask(&program, ShowAncestors { campaign: spring(), participant: who("ivy") });
    let above: Vec<_> = line.ancestors.iter().map(|one| one.participant).collect();
    assert_eq!(above, ["dan", "bob", "ada"].map(|name| id(&program, name)));
    // Ivy turns out to be eve, whom bob referred earlier: she has her place there.
    program.run(json!({"merge_people": {"one": {"host": "eve"}, "other": {"host": "ivy"}}}));
    assert_eq!(tree(&program, "ada").people, 5);
    assert_eq!(below(&program, "dan", None, &people), named(&[("fay", 1)]));
}

#[test]
fn whoever_comes_again_by_somebody_else_is_below_the_latest() {
    let mut program = Program::with(json!({"qualification": {"on": "purchase", "window": "10 days"}}));
    let (ada, eve) = (program.enrol("ada"), program.enrol("eve"));
    program.lead("bob", &ada);
    program.wait(11 * 24);
    program.settle();
    program.lead("bob", &eve);
    program.buy("bob", "order-2", "50 EUR");
    let leads = program.all(Kind::Referral);
    assert!(leads.iter().all(|lead| matches!(lead, Record::Referral(lead) if !lead.superseded)), "{leads:?}");
    assert_eq!(leads.len(), 2);
    assert_eq!(tree(&program, "ada").people, 0);
    let found = tree(&program, "eve");
    assert_eq!((found.people, found.value.leads, found.value.qualified), (1, 2, 1));
    assert_eq!(found.value.revenue["EUR"], 5_000);
}

#[test]
fn a_line_as_long_as_the_engine_makes_it_is_shown_whole() {
    let mut program = Program::with(json!({}));
    let mut code = program.enrol("p0");
    for number in 1..=64 {
        program.lead(&format!("p{number}"), &code);
        code = program.enrol(&format!("p{number}"));
    }
    let found = tree(&program, "p0");
    assert_eq!((found.people, found.levels.len(), found.is_whole), (64, 64, true));
    let line = ask(&program, ShowAncestors { campaign: spring(), participant: who("p64") });
    assert_eq!((line.ancestors.len(), line.end), (64, AncestorsEnd::First));
    let names: Vec<String> = (1..=64).map(|number| format!("p{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(below(&program, "p0", None, &names).len(), 64);
}

#[test]
fn more_levels_and_more_people_than_are_counted_are_told() {
    let program = family();
    let (cyd, eve) = (id(&program, "cyd"), id(&program, "eve"));
    let store = program.store.clone();
    let of_eve = referrals(&program).into_iter().find(|referral| referral.invitee == eve).unwrap();
    let known = program.all(Kind::Participant).into_iter().find_map(|record| match record {
        Record::Participant(known) if known.participant == eve => Some(known),
        _ => None,
    });
    let mut records: Vec<Record> = Vec::new();
    let mut add = |number: u128, referrer: ParticipantId| {
        let invitee = ParticipantId(uuid::Uuid::from_u128(number));
        records.push(Participant { participant: invitee, ..known.clone().unwrap() }.into());
        records.push(Referral { invitee, referrer, ..of_eve.clone() }.into());
        invitee
    };
    for number in 0..1_100 {
        add(number, cyd);
    }
    let last = (2_000..2_070).fold(eve, |above, number| add(number, above));
    put(&store, records);
    let found = ask_over(&store, &program, ShowTree { campaign: spring(), participant: who("cyd") });
    assert_eq!((found.people, found.levels.len(), found.is_whole), (999, 1, false));
    let found = ask_over(&store, &program, ShowTree { campaign: spring(), participant: who("eve") });
    assert_eq!((found.people, found.levels.len(), found.is_whole), (64, 64, false));
    let line = ask_over(&store, &program, ShowAncestors { campaign: spring(), participant: Who::Id(last) });
    assert_eq!((line.ancestors.len(), line.end), (64, AncestorsEnd::Bound));
    let mut page = PageOf { after: None, limit: 200 };
    let mut sizes = Vec::new();
    loop {
        let asked = ShowDescendants { campaign: spring(), participant: who("cyd"), level: None, page: page.clone() };
        let found = ask_over(&store, &program, asked);
        sizes.push(found.descendants.len());
        let Some(next) = found.next else { break };
        page.after = Some(next);
    }
    assert_eq!(sizes, [200, 200, 200, 200, 200, 100]);
    // Of the second level there is nobody, and that takes some pages to find out.
    let (participant, page) = (who("cyd"), PageOf::default());
    let asked = ShowDescendants { campaign: spring(), participant, level: Some(2), page };
    let found = ask_over(&store, &program, asked);
    assert!(found.descendants.is_empty() && found.next.is_some());
}
