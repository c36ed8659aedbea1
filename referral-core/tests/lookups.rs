//! "Check my referrals": the same for everybody by email, a token that is good once, attempts that are limited.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use chrono::TimeDelta;
use common::{Program, by_code, keyring, person, told::NotingStore};
use referral_core::command::{
    AddAlias, AnyCommand, Enrol, HostFacts, OpenLookup, Person, Reason, Receipt, RecordLead, Request, RequestLookup,
    Who,
};
use referral_core::engine::{Question, drive};
use referral_core::error::Error;
use referral_core::link::LookupToken;
use referral_core::notify::{Lease, Leased, Schedule};
use referral_core::record::{DeliveryState, Kind, LookupStanding, NotificationKind, Private, Progress, Record};
use referral_core::report::{AnyQuestion, LookupState, MyReferrals, PageOf, ShowLookup, ShowMyReferrals};
use referral_core::value::{Entropy, LookupId, Span, SubscriberName, TenantId};
use serde_json::json;

const ADA: &str = "Ada.Lovelace@shop.example";
const NOBODY: &str = "Bob.Lovelace@shop.example";

/// A program with `spring`, a subscriber of everything, and Ada.
fn program() -> Program {
    let rewards = json!([{"id": "three", "to": "referrer", "on": "qualified", "every": 3, "give": {"flat": "5 EUR"}},
        {"id": "welcome", "to": "invitee", "on": "joined", "give": {"flat": "2 EUR"}}]);
    let mut program = Program::with(json!({"rewards": rewards, "qualification": {"on": "purchase"}}));
    program.run(json!({"subscribe": {"subscriber": "mail", "kinds": NotificationKind::ALL}}));
    let ada = Person { email: Some(ADA.parse().unwrap()), name: Some(name("Ada Lovelace")), ..person("ada") };
    program.accept(Enrol { campaign: "spring".parse().unwrap(), person: ada });
    lease(&program);
    program
}

fn name(name: &str) -> Private {
    Private(name.to_owned())
}

fn asks(email: &str) -> RequestLookup {
    RequestLookup { campaign: "spring".parse().unwrap(), email: email.parse().unwrap() }
}

fn opens(token: impl Into<String>) -> OpenLookup {
    OpenLookup { token: token.into() }
}

/// What the mailer would be handed.
fn lease(program: &Program) -> Leased {
    let (subscriber, lease_for) = (SubscriberName::new("mail").unwrap(), Span::hours(1));
    let task = Lease { subscriber, most: 100, lease_for, schedule: Schedule::default() };
    let mut operation = program.engine.run(TenantId::default(), task, program.now, Entropy::new([5; 32]));
    drive(&program.store, &mut operation).unwrap()
}

/// The token that the mailer is handed.
fn token(program: &Program) -> String {
    let mut notices = lease(program).notices;
    assert_eq!(notices.len(), 1);
    notices.remove(0).lookup.unwrap().token.0
}

fn ask<Q: Question>(program: &Program, question: Q) -> Q::Answer {
    drive(&program.store, &mut program.engine.ask(TenantId::default(), question, program.now)).unwrap()
}

fn look(program: &Program, token: &str) -> LookupState {
    ask(program, ShowLookup { token: token.to_owned() }).state
}

fn page(program: &Program, participant: Who) -> MyReferrals {
    let (referrals, rewards) = (PageOf::default(), PageOf::default());
    ask(program, ShowMyReferrals { campaign: "spring".parse().unwrap(), participant, referrals, rewards })
}

/// What a request for `email` asks of the store, and what it answers; its own key aside.
fn watched(program: &mut Program, email: &str) -> (Vec<String>, String) {
    let request = Request { key: program.key(), command: asks(email).into(), facts: HostFacts::default() };
    let tenant = TenantId::default();
    let entropy = Entropy::new(*blake3::hash(request.key.0.as_bytes()).as_bytes());
    // A process that knows nothing yet, so that everything that is read is seen.
    let engine = referral_core::engine::Engine::new(keyring());
    let mut operation = engine.execute(tenant, vec![request], program.now, entropy);
    let store = NotingStore::new(&program.store);
    let receipt: Receipt = drive(&store, &mut operation).unwrap().remove(0).unwrap();
    let Receipt { outcome, decision, repeated, .. } = receipt;
    (store.calls(), serde_json::to_string(&(outcome, decision, repeated)).unwrap())
}

#[test]
fn a_known_and_an_unknown_email_have_the_same_store_calls_sizes_and_answer() {
    let mut program = program();
    // Also where only one of the two aliases exists, and for the sixth request of a day.
    let spelled = "ada.lovelace+x@shop.example";
    for round in 0..3 {
        let known = watched(&mut program, ADA);
        let unknown = watched(&mut program, NOBODY);
        assert_eq!(known, unknown, "round {round}");
        assert_eq!(known.0.len(), 5, "four rounds of loads and a commit: {:#?}", known.0);
        let known = watched(&mut program, spelled);
        let unknown = watched(&mut program, "bob.lovelace+x@shop.example");
        assert_eq!(known, unknown, "round {round}, spelled otherwise");
    }
    let limited = watched(&mut program, ADA);
    assert!(limited.1.contains("lookup_limit"), "{}", limited.1);
    assert_eq!(limited, watched(&mut program, NOBODY));
    let standings: Vec<_> = lookups(&program).iter().map(|lookup| lookup.standing).collect();
    assert!(standings.contains(&LookupStanding::Live) && standings.contains(&LookupStanding::Void));
}

#[test]
fn the_comparison_of_store_calls_can_fail() {
    let mut program = program();
    let first = watched(&mut program, ADA);
    let second = watched(&mut program, ADA);
    // The second request of one email finds the first: its record of the day is longer.
    assert_eq!(first.1, second.1);
    assert_ne!(first.0, second.0);
    assert_ne!(first.0, watched(&mut program, "a.longer.name@shop.example.org").0[..4], "a prefix is not the whole");
}

#[test]
fn a_former_email_of_somebody_merged_reads_as_much_as_one_of_nobody() {
    let mut program = program();
    let spelled = |email: &str| Person { email: Some(email.parse().unwrap()), ..person("ada-2") };
    for email in ["Early.Lovelace@shop.example", "Later.Lovelace@shop.example"] {
        program.accept(Enrol { campaign: "spring".parse().unwrap(), person: spelled(email) });
    }
    program.run(json!({"merge_people": {"one": {"host": "ada"}, "other": {"host": "ada-2"}}}));
    lease(&program);
    let known = watched(&mut program, "Early.Lovelace@shop.example");
    assert_eq!(known, watched(&mut program, "Never.Lovelace@shop.example"));
    let standings: Vec<_> = lookups(&program).iter().map(|lookup| lookup.standing).collect();
    assert_eq!(standings.iter().filter(|standing| **standing == LookupStanding::Live).count(), 1);
    // It goes to the email that is known of the person who stays.
    let email = lease(&program).notices[0].lookup.as_ref().map(|lookup| lookup.email.0.clone());
    assert_eq!(email.as_deref(), Some(ADA));
}

fn lookups(program: &Program) -> Vec<referral_core::record::Lookup> {
    let lookup = |record| match record {
        Record::Lookup(lookup) => Some(lookup),
        _ => None,
    };
    program.all(Kind::Lookup).into_iter().filter_map(lookup).collect()
}

#[test]
fn only_whoever_has_the_email_is_sent_a_token() {
    let mut program = program();
    program.accept(asks(NOBODY));
    let leased = lease(&program);
    assert_eq!((leased.notices.len(), leased.void, leased.dead), (0, 1, 0));
    program.accept(asks("ada.lovelace@SHOP.example"));
    let leased = lease(&program);
    let notice = &leased.notices[0];
    assert_eq!(
        (notice.kind, notice.campaign.as_ref().unwrap().as_str()),
        (NotificationKind::LookupRequested, "spring")
    );
    let lookup = notice.lookup.as_ref().unwrap();
    // To the email that is known, not to the one that was typed.
    assert_eq!((lookup.email.0.as_str(), lookup.name.as_ref().unwrap().0.as_str()), (ADA, "Ada Lovelace"));
    assert_eq!(lookup.expires_at, program.now.plus(TimeDelta::minutes(15)));
    assert!(!format!("{leased:?}").contains(&lookup.token.0) && !format!("{leased:?}").contains("Lovelace"));
    let deliveries = program.all(Kind::Delivery);
    let states = deliveries.iter().map(|record| match record {
        Record::Delivery(delivery) => delivery.state,
        other => panic!("{other:?}"),
    });
    assert_eq!(states.filter(|state| *state == DeliveryState::Delivered).count(), 1, "the void one");
}

#[test]
fn a_token_is_stored_nowhere() {
    let mut program = program();
    program.accept(asks(ADA));
    let token = token(&program);
    let raw = data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
    let tag = raw[17..].to_vec();
    for kind in Kind::ALL {
        for record in program.all(*kind) {
            let stored = serde_json::to_string(&record).unwrap();
            let bytes = serde_json::to_string(&tag).unwrap();
            assert!(!stored.contains(&token) && !stored.contains(bytes.trim_matches(['[', ']'])), "{kind:?}");
        }
    }
}

#[test]
fn a_look_never_consumes_and_a_token_opens_once() {
    let mut program = program();
    program.accept(asks(ADA));
    let token = token(&program);
    let before = program.store.content_hash();
    for _ in 0..20 {
        assert_eq!(look(&program, &token), LookupState::Ready);
        assert_eq!(look(&program, "nonsense"), LookupState::Unknown);
    }
    assert_eq!(program.store.content_hash(), before, "a look writes nothing");
    let shown = ask(&program, ShowLookup { token: token.clone() });
    assert_eq!(shown.campaign.unwrap().as_str(), "spring");
    let opened = program.accept(opens(&token));
    assert_eq!(page(&program, Who::Id(opened.participant)).name, Some(name("Ada Lovelace")));
    assert_eq!(program.decline(opens(&token)), Reason::LookupUsed);
    assert_eq!(look(&program, &token), LookupState::Used);
}

#[test]
fn the_same_command_sent_again_opens_again_and_another_does_not() {
    let mut program = program();
    program.accept(asks(ADA));
    let token = token(&program);
    let request = Request { key: program.key(), command: opens(&token).into(), facts: HostFacts::default() };
    let results = program.execute_all(vec![request.clone(), request]);
    let [first, second] = [results[0].as_ref().unwrap(), results[1].as_ref().unwrap()];
    assert_eq!(first.outcome, second.outcome);
    assert!(!first.repeated && second.repeated);
    assert_eq!(program.decline(opens(&token)), Reason::LookupUsed);
}

#[test]
fn a_token_is_good_for_fifteen_minutes() {
    let mut program = program();
    program.accept(asks(ADA));
    let token = token(&program);
    program.now = program.now.plus(TimeDelta::minutes(15) - TimeDelta::microseconds(1));
    assert_eq!(look(&program, &token), LookupState::Ready);
    program.now = program.now.plus(TimeDelta::microseconds(1));
    assert_eq!(look(&program, &token), LookupState::Expired);
    assert_eq!(program.decline(opens(&token)), Reason::LookupExpired);
    // A mailer that comes too late has nothing to send.
    program.accept(asks(ADA));
    program.now = program.now.plus(TimeDelta::minutes(15));
    assert_eq!((lease(&program).notices.len(), lease(&program).void), (0, 0));
}

#[test]
fn five_wrong_tokens_close_a_lookup() {
    for (wrong, opens_after) in [(4, true), (5, false)] {
        let mut program = program();
        program.accept(asks(ADA));
        let token = token(&program);
        let forged = forged(&token);
        for _ in 0..wrong {
            assert_eq!(program.decline(opens(&forged)), Reason::LookupUnknown);
        }
        assert_eq!(look(&program, &token) == LookupState::Ready, opens_after, "{wrong}");
        if opens_after {
            program.accept(opens(&token));
        } else {
            assert_eq!(program.decline(opens(&token)), Reason::LookupUnknown);
            assert_eq!(lookups(&program)[0].attempts, 5, "no more are counted");
        }
    }
}

/// The token with another last character.
fn forged(token: &str) -> String {
    let (rest, last) = token.split_at(43);
    format!("{rest}{}", if last == "A" { "B" } else { "A" })
}

#[test]
fn the_token_of_a_void_lookup_would_open_nothing() {
    let mut program = program();
    program.accept(asks(NOBODY));
    let lookup: LookupId = lookups(&program)[0].lookup;
    let token = LookupToken::derive(&keyring(), &TenantId::default(), lookup).expose();
    assert_eq!(program.decline(opens(&token)), Reason::LookupUnknown);
    assert_eq!(look(&program, &token), LookupState::Unknown);
    let nobody = LookupToken::derive(&keyring(), &TenantId::default(), LookupId(uuid::Uuid::nil())).expose();
    assert_eq!(program.decline(opens(&nobody)), Reason::LookupUnknown);
    let malformed = program.execute(opens("x"));
    assert!(matches!(malformed, Err(Error::InvalidLink { what: "lookup token", .. })), "{malformed:?}");
}

#[test]
fn an_email_asks_five_times_a_day_however_it_is_spelled() {
    let mut program = program();
    for email in [ADA, NOBODY] {
        for number in 0..5 {
            let spelled = email.replace('@', &format!("+{number}@"));
            program.accept(asks(&spelled));
            program.now = program.now.plus(TimeDelta::hours(1));
        }
        assert_eq!(program.decline(asks(email)), Reason::LookupLimit);
        // A day after the first, it may ask again.
        program.now = program.now.plus(TimeDelta::hours(19));
        program.accept(asks(email));
        assert_eq!(program.decline(asks(email)), Reason::LookupLimit);
    }
}

#[test]
fn a_lookup_is_forgotten_after_a_day_and_the_last_takes_its_limit_along() {
    let mut program = program();
    program.accept(asks(ADA));
    program.wait(1);
    program.accept(asks(ADA));
    program.accept(asks(NOBODY));
    program.wait(23);
    assert_eq!(program.settle().fired, 1);
    assert_eq!((program.all(Kind::Lookup).len(), program.all(Kind::LookupLimit).len()), (2, 2));
    program.wait(1);
    assert_eq!(program.settle().fired, 2);
    assert_eq!((program.all(Kind::Lookup).len(), program.all(Kind::LookupLimit).len()), (0, 0));
}

#[test]
fn an_email_that_was_added_finds_its_person() {
    let mut program = program();
    let (participant, email) = (common::who("ada"), Some("ada@second.example".parse().unwrap()));
    program.accept(AddAlias { participant, host_id: None, ids: Vec::new(), email });
    for email in [ADA, "ada@second.example"] {
        program.accept(asks(email));
        let lookup = lease(&program).notices.remove(0).lookup.unwrap();
        assert_eq!(lookup.email.0, "ada@second.example", "the newest that is known");
    }
}

#[test]
fn the_page_shows_both_roles_and_of_others_initials_alone() {
    let mut program = program();
    let ada = program.enrol("ada");
    let bob =
        Person { email: Some("bob@shop.example".parse().unwrap()), name: Some(name("Bob Miller")), ..person("bob-7") };
    program.accept(RecordLead { campaign: "spring".parse().unwrap(), person: bob, evidence: by_code(&ada) });
    program.lead("cyd", &ada);
    program.buy("bob-7", "order-1", "80 EUR");
    let shown = page(&program, common::who("ada"));
    assert!(shown.referred.is_none() && shown.rewards.is_empty());
    let enrolment = shown.enrolment.as_ref().unwrap();
    assert_eq!((enrolment.code.as_str(), enrolment.links.len(), enrolment.qualified), (ada.as_str(), 1, 1));
    let referrals: Vec<_> =
        shown.referrals.iter().map(|referral| (referral.with.as_deref(), referral.progress)).collect();
    assert_eq!(referrals, [(Some("B. M."), Progress::Qualified), (None, Progress::Lead)]);
    assert_eq!(shown.progress[0].missing, Some(2));
    let text = serde_json::to_string(&shown).unwrap();
    for secret in ["Miller", "bob", "cyd", "shop.example\""] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let shown = page(&program, common::who("bob-7"));
    assert_eq!(shown.referred.unwrap().with.as_deref(), Some("A. L."));
    assert_eq!((shown.rewards.len(), shown.rewards[0].amount.to_string().as_str()), (1, "2.00 EUR"));
    assert!(shown.enrolment.is_none() && shown.referrals.is_empty());
}

#[test]
fn questions_and_commands_read_as_the_json_that_other_languages_send() {
    let command: AnyCommand = serde_json::from_value(json!({"open_lookup": {"token": "x"}})).unwrap();
    assert_eq!(command, opens("x").into());
    let question: AnyQuestion = serde_json::from_value(json!({"show_my_referrals": {
        "campaign": "spring", "participant": {"host": "ada"},
    }}))
    .unwrap();
    assert_eq!(question.name(), "show_my_referrals");
}

#[test]
fn commands_with_an_email_are_remembered_by_a_keyed_hash() {
    let mut program = program();
    let request = Request { key: program.key(), command: asks(ADA).into(), facts: HostFacts::default() };
    let plain = *blake3::hash(&serde_json::to_vec(&request.command).unwrap()).as_bytes();
    let key = request.key;
    program.execute_all(vec![request]);
    let contents = program.all(Kind::Receipt).into_iter().filter_map(|record| match record {
        Record::Receipt(receipt) => (receipt.command == key).then_some(receipt.content),
        _ => None,
    });
    assert_eq!(contents.filter(|content| *content != plain).count(), 1, "whoever has the store could try emails");
}
