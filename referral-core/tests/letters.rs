//! Messages that could not be used are kept sealed, shown, closed by a hand, and gone with the people whom they name.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use data_encoding::BASE64;
use referral_core::command::{AnyCommand, AnyOutcome, LetterKept, Reason, Who};
use referral_core::engine::{Erased, Question, drive};
use referral_core::error::Error;
use referral_core::record::{Kind, LetterKey, LetterState, Record};
use referral_core::report::audit::Audit;
use referral_core::report::{LetterReport, ListLetters, OpenedLetter, PageOf, ShowLetter};
use referral_core::store::{Batch, Commit, Delete, Listing, Put, Store, Version};
use referral_core::value::{Entropy, ParticipantId, TenantId};
use serde_json::{Value, json};

const BODY: &str = r#"{"type": "order.paid", "email": "canary@shop.example"}"#;

fn message(source: &str, body: &[u8]) -> Value {
    json!({"source": source, "body": BASE64.encode(body), "code": "field_missing",
        "problem": "rule `paid`: the event has nothing for `total`"})
}

fn naming(source: &str, body: &str, people: Value, ids: Value) -> Value {
    let mut message = message(source, body.as_bytes());
    message["people"] = people;
    message["ids"] = ids;
    message
}

fn keep(program: &mut Program, message: Value) -> LetterKept {
    let (outcome, _) = program.run(json!({"keep_letter": message}));
    let AnyOutcome::LetterKept(kept) = outcome else { panic!("{outcome:?}") };
    kept
}

fn closing(letter: &LetterKey, state: &str) -> AnyCommand {
    let command = json!({"letter": letter, "state": state, "actor": "desk", "reason": "of no use"});
    serde_json::from_value(json!({"set_letter_state": command})).unwrap()
}

fn ask<Q: Question + Clone>(program: &Program, question: &Q) -> Q::Answer {
    drive(&program.store, &mut program.engine.ask(TenantId::default(), question.clone(), program.now)).unwrap()
}

/// Entropy that no operation had before.
fn entropy(program: &mut Program) -> Entropy {
    let key = *program.key().0.as_bytes();
    Entropy::new([key, key].concat().try_into().unwrap())
}

fn erase(program: &mut Program, participant: ParticipantId) -> Erased {
    let entropy = entropy(program);
    drive(&program.store, &mut program.engine.erase(TenantId::default(), participant, program.now, entropy)).unwrap()
}

fn drop_letters(program: &mut Program, who: Who) -> u64 {
    let entropy = entropy(program);
    drive(&program.store, &mut program.engine.drop_letters(TenantId::default(), who, program.now, entropy)).unwrap()
}

fn list(program: &Program, state: LetterState) -> Vec<LetterReport> {
    ask(program, &ListLetters { state, page: PageOf::default() }).letters
}

fn open(program: &Program, letter: &LetterKey) -> OpenedLetter {
    ask(program, &ShowLetter { letter: letter.clone() })
}

/// How many records of each kind of letters there are: letters, bodies, people named, and how many are counted as kept.
fn held(program: &Program) -> (usize, usize, usize, i64) {
    let count = program.all(Kind::LetterCount).iter().filter_map(Record::counter_value).sum();
    let [letters, bodies, people] =
        [Kind::Letter, Kind::LetterBody, Kind::LetterPerson].map(|kind| program.all(kind).len());
    (letters, bodies, people, count)
}

fn stored(program: &Program) -> String {
    let all = Kind::ALL.iter().flat_map(|kind| program.all(*kind));
    all.map(|record| serde_json::to_string(&record).unwrap()).collect()
}

#[test]
fn a_message_is_kept_sealed_and_opens_as_it_came() {
    let mut program = Program::with(json!({}));
    let odd: Vec<u8> = (0..=255).collect();
    let mut signed = message("hooks", &odd);
    signed["delivery"] = json!("msg_1");
    for (message, body, delivery) in
        [(message("stripe", BODY.as_bytes()), BODY.as_bytes(), None), (signed, odd.as_slice(), Some("msg_1"))]
    {
        let kept = keep(&mut program, message);
        assert!(kept.sealed && kept.tries == 1);
        let opened = open(&program, &kept.letter);
        assert_eq!(opened.body.unwrap().expose(), body);
        assert_eq!(opened.delivery.map(|delivery| delivery.0).as_deref(), delivery);
        assert_eq!((opened.letter.code.as_str(), opened.letter.received_at), ("field_missing", program.now));
    }
    assert_eq!(list(&program, LetterState::Kept).len(), 2);
    assert!(!stored(&program).contains("canary") && !stored(&program).contains(&BASE64.encode(BODY.as_bytes())));
    assert_eq!(program.audit().differences, []);
}

#[test]
fn the_same_message_twice_is_one_letter_tried_twice() {
    let mut program = Program::with(json!({}));
    let first = keep(&mut program, message("stripe", BODY.as_bytes()));
    program.wait(2);
    let mut again = message("stripe", BODY.as_bytes());
    again["code"] = json!("event_reused");
    let second = keep(&mut program, again);
    assert_eq!((&second.letter, second.tries), (&first.letter, 2));
    // Another source, another delivery and another body are other messages.
    let mut delivered = message("stripe", BODY.as_bytes());
    delivered["delivery"] = json!("msg_1");
    for other in [message("zapier", BODY.as_bytes()), delivered, message("stripe", b"{}")] {
        assert_eq!(keep(&mut program, other).tries, 1);
    }
    let letters = list(&program, LetterState::Kept);
    assert_eq!(letters.len(), 4);
    let told = &letters[0];
    assert_eq!((told.code.as_str(), told.tries), ("event_reused", 2));
    assert!(told.tried_at > told.received_at);
    assert_eq!(held(&program), (4, 4, 0, 4));
    assert_eq!(program.audit().differences, []);
}

#[test]
fn a_body_beyond_256_kib_or_with_too_many_people_is_noted_and_left_to_its_sender() {
    let mut program = Program::with(json!({}));
    let at = keep(&mut program, message("stripe", &vec![b'a'; 256 << 10]));
    assert!(at.sealed);
    let beyond = keep(&mut program, message("stripe", &vec![b'a'; (256 << 10) + 1]));
    let people = |count: usize| json!((0..count).map(|at| json!({"host": format!("h{at}")})).collect::<Vec<_>>());
    let many = keep(&mut program, naming("stripe", BODY, people(257), json!([])));
    assert!(keep(&mut program, naming("zapier", BODY, people(256), json!([]))).sealed);
    for kept in [beyond, many] {
        assert!(!kept.sealed);
        let opened = open(&program, &kept.letter);
        assert!(opened.body.is_none() && !opened.letter.sealed && opened.letter.bytes > 0);
    }
    assert_eq!(held(&program), (4, 2, 256, 4));
    let refused: AnyCommand =
        serde_json::from_value(json!({"keep_letter": naming("stripe", BODY, people(1_001), json!([]))})).unwrap();
    assert!(matches!(program.execute(refused), Err(Error::InvalidCommand { field: "people", .. })));
    assert_eq!(program.audit().differences, []);
}

#[test]
fn a_letter_that_is_replayed_or_dropped_says_nothing_any_more_and_is_closed_once() {
    let mut program = Program::with(json!({}));
    for (state, body) in [("replayed", "{}"), ("dropped", "[]")] {
        let kept = keep(&mut program, naming("stripe", body, json!([{"host": "ada"}]), json!([])));
        let AnyOutcome::LetterStateSet(set) =
            program.execute(closing(&kept.letter, state)).unwrap().outcome.accepted().unwrap()
        else {
            panic!("no state")
        };
        assert_eq!(set.state.as_str(), state);
        let opened = open(&program, &kept.letter);
        assert!(opened.body.is_none() && !opened.letter.sealed);
        let said = opened.letter.said.unwrap();
        assert_eq!((said.actor.as_deref(), said.reason.as_deref()), (Some("desk"), Some("of no use")));
        assert_eq!(program.decline(closing(&kept.letter, "dropped")), Reason::LetterClosed);
    }
    assert_eq!(held(&program), (2, 0, 0, 0));
    assert_eq!(list(&program, LetterState::Kept), []);
    // The same message again is kept again.
    let again = keep(&mut program, message("stripe", b"[]"));
    assert!(again.sealed && again.tries == 1);
    assert_eq!(held(&program), (2, 1, 0, 1));
    assert_eq!(program.audit().differences, []);
}

#[test]
fn what_is_no_letter_or_no_end_of_one_is_refused_by_name() {
    let mut program = Program::with(json!({}));
    let unknown = LetterKey { source: "stripe".parse().unwrap(), letter: "0".repeat(32).parse().unwrap() };
    assert!(matches!(program.execute(closing(&unknown, "dropped")), Err(Error::NotFound { what: "letter", .. })));
    let kept = keep(&mut program, message("stripe", b"{}"));
    let refused = program.execute(closing(&kept.letter, "kept"));
    assert!(matches!(refused, Err(Error::InvalidCommand { field: "state", .. })));
    for (field, value) in [("code", "No Code"), ("code", ""), ("problem", "two\nlines")] {
        let mut wrong = message("stripe", b"{}");
        wrong[field] = json!(value);
        let command: AnyCommand = serde_json::from_value(json!({"keep_letter": wrong})).unwrap();
        let refused = program.execute(command);
        assert!(matches!(refused, Err(Error::InvalidCommand { field: found, .. }) if found == field), "{field}");
    }
    assert_eq!(unknown.to_string().parse(), Ok(unknown));
    for wrong in ["stripe", "stripe/0", "/00", "Stripe/00000000000000000000000000000000"] {
        assert!(wrong.parse::<LetterKey>().is_err(), "{wrong}");
    }
}

#[test]
fn beyond_the_most_letters_a_further_one_is_declined_until_one_is_closed() {
    let mut program = Program::with(json!({}));
    program.run(json!({"set_retention": {"most_letters": 2}}));
    let first = keep(&mut program, message("stripe", b"1"));
    keep(&mut program, message("zapier", b"2"));
    let keeping = |body: &[u8]| -> AnyCommand {
        serde_json::from_value(json!({"keep_letter": message("stripe", body)})).unwrap()
    };
    assert_eq!(program.decline(keeping(b"3")), Reason::LettersFull);
    // One that is kept is tried again all the same.
    assert_eq!(keep(&mut program, message("stripe", b"1")).tries, 2);
    program.execute(closing(&first.letter, "dropped")).unwrap();
    assert!(program.execute(keeping(b"3")).is_ok());
    assert_eq!(program.decline(keeping(b"4")), Reason::LettersFull);
    assert_eq!(held(&program), (3, 2, 0, 2));
    assert_eq!(program.audit().differences, []);
}

#[test]
fn letters_go_after_thirty_days_or_as_long_as_their_tenant_says() {
    for (days, set) in [(30, json!({})), (3, json!({"letter_days": 3}))] {
        let mut program = Program::with(json!({}));
        program.run(json!({"set_retention": set}));
        for number in 0..60 {
            keep(&mut program, naming("stripe", &number.to_string(), json!([{"host": "ada"}]), json!([])));
        }
        let closed = keep(&mut program, message("stripe", b"closed"));
        program.execute(closing(&closed.letter, "replayed")).unwrap();
        program.wait(24 * days);
        program.settle();
        assert_eq!(held(&program), (61, 60, 60, 60), "what is as old as that is kept");
        let young = keep(&mut program, message("stripe", b"young"));
        program.wait(1);
        let settled = program.settle();
        assert!(settled.forgotten >= 61, "{settled:?}");
        assert_eq!(held(&program), (1, 1, 0, 1));
        assert!(open(&program, &young.letter).body.is_some());
        assert_eq!(program.settle().forgotten, 0);
        assert_eq!(program.audit().differences, []);
    }
    let mut program = Program::with(json!({}));
    for (wrong, field) in [
        (json!({"letter_days": 0}), "letter_days"),
        (json!({"letter_days": 3_651}), "letter_days"),
        (json!({"most_letters": 0}), "most_letters"),
    ] {
        let command: AnyCommand = serde_json::from_value(json!({"set_retention": wrong})).unwrap();
        assert!(matches!(program.execute(command), Err(Error::InvalidCommand { field: found, .. }) if found == field));
    }
}

#[test]
fn erasing_a_person_drops_the_letters_that_name_her_by_any_id_or_email() {
    let mut program = Program::with(json!({}));
    let person = json!({"host_id": "canary-1", "email": "canary@shop.example",
        "ids": [{"source": "stripe", "id": "cus_canary"}]});
    let (outcome, _) = program.run(json!({"enrol": {"campaign": "spring", "person": person}}));
    let AnyOutcome::Enrolled(enrolled) = outcome else { panic!("{outcome:?}") };
    program.run(json!({"add_alias": {"participant": {"host": "canary-1"}, "email": "canary.two@shop.example"}}));
    let participant = enrolled.participant;
    let hers = [
        (json!([{"host": "canary-1"}]), json!([])),
        (json!([{"email": "CANARY@shop.example"}]), json!([])),
        (json!([{"email": "canary.two@shop.example"}, {"host": "somebody"}]), json!([])),
        (json!([]), json!([{"source": "stripe", "id": "cus_canary"}])),
        (json!([{"id": participant}]), json!([])),
    ];
    for (number, (people, ids)) in hers.iter().enumerate() {
        keep(&mut program, naming("stripe", &number.to_string(), people.clone(), ids.clone()));
    }
    let other = keep(&mut program, naming("stripe", "other", json!([{"host": "bob"}]), json!([])));
    let erased = erase(&mut program, participant);
    assert!(erased.records >= 5, "{erased:?}");
    let dropped = list(&program, LetterState::Dropped);
    assert_eq!(dropped.len(), hers.len());
    let why = |letter: &LetterReport| letter.said.as_ref().and_then(|said| said.reason.clone());
    assert!(dropped.iter().all(|letter| why(letter).as_deref() == Some("a person whom it names was erased")));
    assert_eq!(held(&program), (6, 1, 1, 1));
    assert!(open(&program, &other.letter).body.is_some());
    assert_eq!(program.audit().differences, []);
}

#[test]
fn letters_that_name_somebody_who_is_not_known_are_dropped_by_that_name() {
    let mut program = Program::with(json!({}));
    for (number, who) in [json!({"email": "canary@shop.example"}), json!({"host": "canary-1"})].into_iter().enumerate()
    {
        for copy in 0..130 {
            keep(&mut program, naming("stripe", &format!("{number}/{copy}"), json!([who]), json!([])));
        }
        let who: Who = serde_json::from_value(who).unwrap();
        assert_eq!(drop_letters(&mut program, who.clone()), 130);
        assert_eq!(drop_letters(&mut program, who), 0);
        assert_eq!(held(&program), (130 * (number + 1), 0, 0, 0));
    }
    assert_eq!(program.audit().differences, []);
}

#[test]
fn an_audit_names_a_letter_that_lost_its_body_or_is_counted_wrong() {
    for (kind, subject) in [(Kind::LetterBody, "letter "), (Kind::LetterPerson, "a person"), (Kind::Letter, "letters")]
    {
        let mut program = Program::with(json!({}));
        keep(&mut program, naming("stripe", "{}", json!([{"host": "ada"}]), json!([])));
        let tenant = TenantId::default();
        let found = program.store.list(&tenant, &Listing::All(kind).first(1)).unwrap().rows.remove(0);
        let delete = Delete { key: found.record.key(), expected: found.version };
        let batch = Batch { tenant: tenant.clone(), deletes: vec![delete], ..Batch::default() };
        assert_eq!(program.store.commit(&batch).unwrap(), Commit::Applied);
        let audited = drive(&program.store, &mut Audit::new(tenant)).unwrap();
        let back = Put { stored: found, expected: Version::ABSENT };
        let batch = Batch { puts: vec![back], ..Batch::default() };
        assert_eq!(program.store.commit(&batch).unwrap(), Commit::Applied);
        let names = |difference: &referral_core::report::audit::Difference| difference.subject.starts_with(subject);
        assert!(audited.differences.iter().any(names), "{kind:?}: {:?}", audited.differences);
    }
}
