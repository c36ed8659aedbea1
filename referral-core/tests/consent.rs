//! What people choose about mail: it is recorded, it is kept, and who unsubscribed is handed no mail.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{Program, keyring, told::NotingStore, who};
use referral_core::command::{AnyCommand, HostFacts, Reason, Recipient, Request, Resubscribe, Unsubscribe};
use referral_core::engine::{Engine, Operation, Reply, Step, drive};
use referral_core::error::Error;
use referral_core::link::UnsubscribeToken;
use referral_core::notify::{Lease, Leased, Schedule};
use referral_core::record::{ChosenBy, Consent, DeliveryState, Kind, MailChoice, NotificationKind, Private, Record};
use referral_core::report::{Digest, DigestMarkPage, Export, ListDigestMarks, PageOf, ShowDigest};
use referral_core::store::Store;
use referral_core::value::{Entropy, ParticipantId, Span, TenantId};
use serde_json::{Value, json};

/// A program with a mailer and a keeper of events, both told everything, in which Ada has an invitee.
fn program() -> Program {
    let mut program = Program::with(json!({"attribution": {"existing_customers": "allow"}}));
    for (subscriber, purpose) in [("crm", "events"), ("mailer", "mail")] {
        program
            .run(json!({"subscribe": {"subscriber": subscriber, "kinds": NotificationKind::ALL, "purpose": purpose}}));
    }
    let ada = json!({"host_id": "ada", "email": "ada@shop.example", "name": "Ada"});
    program.run(json!({"enrol": {"campaign": "spring", "person": ada}}));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program
}

fn lease_of(subscriber: &str) -> Lease {
    let (subscriber, lease_for) = (subscriber.parse().unwrap(), Span::hours(1));
    Lease { subscriber, most: 1_000, lease_for, schedule: Schedule::default() }
}

fn lease(program: &Program, subscriber: &str) -> Leased {
    let task = lease_of(subscriber);
    let mut operation = program.engine.run(TenantId::default(), task, program.now, Entropy::new([5; 32]));
    drive(&program.store, &mut operation).unwrap()
}

/// The kinds that a subscriber is handed about Ada, and how many deliveries were void.
fn handed(program: &Program, subscriber: &str) -> (Vec<String>, u32) {
    let leased = lease(program, subscriber);
    let ada = ada(program);
    let about_ada = leased.notices.into_iter().filter(|notice| notice.participant.participant == ada);
    (about_ada.map(|notice| notice.kind.to_string()).collect(), leased.void)
}

fn ada(program: &Program) -> ParticipantId {
    let is_ada = |record: Record| match record {
        Record::Person(person) if person.name.as_ref().is_some_and(|name| name.0.starts_with("Ada")) => {
            Some(person.participant)
        }
        _ => None,
    };
    program.all(Kind::Person).into_iter().find_map(is_ada).unwrap()
}

fn consent(program: &Program, of: ParticipantId) -> Option<Consent> {
    program.all(Kind::Person).into_iter().find_map(|record| match record {
        Record::Person(person) if person.participant == of => Some(person.consent),
        _ => None,
    })
}

fn token(of: ParticipantId) -> String {
    UnsubscribeToken::derive(&keyring(), &TenantId::default(), of).expose()
}

#[test]
fn who_unsubscribed_between_notification_and_delivery_is_handed_nothing() {
    let told = vec!["participant.enrolled", "referral.lead"];
    // The control: nothing was chosen.
    assert_eq!(handed(&program(), "mailer"), (told.iter().map(ToString::to_string).collect(), 0));
    for unsubscribe in [
        |ada| Unsubscribe::by_token(token(ada)),
        |ada| Unsubscribe::by_host(referral_core::command::Who::Id(ada)),
        |_| Unsubscribe::by_host(who("ada")),
        |_| Unsubscribe::by_host(referral_core::command::Who::Email("ada@shop.example".parse().unwrap())),
    ] {
        let mut program = program();
        let ada = ada(&program);
        let outcome = program.accept(unsubscribe(ada));
        assert_eq!((outcome.participant, outcome.already), (ada, false));
        assert_eq!(Some(outcome.consent), consent(&program, ada));
        assert_eq!(handed(&program, "mailer"), (vec![], 2));
        let is_settled = |record: &Record| matches!(record, Record::Delivery(delivery) if delivery.subscriber.as_str() == "mailer" && delivery.state == DeliveryState::Delivered);
        assert_eq!(program.all(Kind::Delivery).iter().filter(|record| is_settled(record)).count(), 2);
        // Events are no mails, and later ones are told as well.
        assert_eq!(handed(&program, "crm").0, told);
        program.run(json!({"moderate": {"campaign": "spring", "invitee": {"host": "bob"}, "moderation": "flagged"}}));
        assert_eq!(handed(&program, "mailer"), (vec![], 1));
        program.accept(Resubscribe::new(who("ada")));
        program.wait(1);
        program.run(json!({"moderate": {"campaign": "spring", "invitee": {"host": "bob"}, "moderation": "clear"}}));
        program.wait(1);
        program.run(json!({"moderate": {"campaign": "spring", "invitee": {"host": "bob"}, "moderation": "denied"}}));
        assert_eq!(handed(&program, "mailer"), (vec!["referral.denied".to_owned()], 0));
    }
}

#[test]
fn who_unsubscribed_from_one_kind_is_handed_the_others() {
    let mut program = program();
    let token = Recipient::Token(Private(token(ada(&program))));
    program.accept(Unsubscribe {
        recipient: token,
        kinds: vec![NotificationKind::ReferralLead],
        actor: None,
        reason: None,
    });
    assert_eq!(handed(&program, "mailer"), (vec!["participant.enrolled".to_owned()], 1));
}

#[test]
fn a_lookup_that_the_person_asks_for_is_sent_all_the_same_and_cannot_be_unsubscribed_from() {
    let mut program = program();
    let ada = ada(&program);
    program.accept(Unsubscribe::by_token(token(ada)));
    lease(&program, "mailer");
    program.run(json!({"request_lookup": {"campaign": "spring", "email": "ada@shop.example"}}));
    assert_eq!(handed(&program, "mailer"), (vec!["lookup.requested".to_owned()], 0));
    let kinds = vec![NotificationKind::RewardDue, NotificationKind::LookupRequested];
    let commands: [AnyCommand; 2] = [
        Unsubscribe { recipient: Recipient::Participant(who("ada")), kinds: kinds.clone(), actor: None, reason: None }
            .into(),
        Resubscribe { participant: who("ada"), kinds, actor: None, reason: None }.into(),
    ];
    for command in commands {
        assert_eq!(program.execute(command).unwrap_err().code(), "invalid_command");
    }
}

/// A lease that has looked at Ada before she unsubscribes, and is committed afterwards, is decided again.
#[test]
fn a_lease_that_races_an_unsubscription_hands_over_nothing() {
    for unsubscribes in [false, true] {
        let mut program = program();
        let ada = ada(&program);
        let engine = program.engine.clone();
        let mut operation = engine.run(TenantId::default(), lease_of("mailer"), program.now, Entropy::new([5; 32]));
        let (mut reply, mut commits) = (None, 0);
        let leased = loop {
            reply = Some(match operation.next(reply.take()).unwrap() {
                Step::Load(keys) => Reply::Loaded(program.store.load(&TenantId::default(), &keys).unwrap()),
                Step::List(request) => Reply::Listed(program.store.list(&TenantId::default(), &request).unwrap()),
                Step::Commit(batch) => {
                    commits += 1;
                    if unsubscribes && commits == 1 {
                        program.accept(Unsubscribe::by_token(token(ada)));
                    }
                    Reply::Committed(program.store.commit(&batch).unwrap())
                }
                Step::Done(leased) => break leased,
            });
        };
        let about_ada = leased.notices.iter().filter(|notice| notice.participant.participant == ada).count();
        assert_eq!((about_ada, commits), if unsubscribes { (0, 2) } else { (2, 1) });
    }
}

#[test]
fn it_may_be_told_again_and_the_first_time_stays() {
    let mut program = program();
    let ada = ada(&program);
    let first = program.accept(Unsubscribe::by_token(token(ada)));
    let chosen = first.consent.all.clone().unwrap();
    assert_eq!((chosen.choice, chosen.by, chosen.at), (MailChoice::Unsubscribed, ChosenBy::Token, program.now));
    program.wait(24 * 400);
    for again in [Unsubscribe::by_token(format!(" {}\n", token(ada))), Unsubscribe::by_host(who("ada"))] {
        let again = program.accept(again);
        assert!(again.already);
        assert_eq!(again.consent, first.consent);
    }
    let back = program.accept(Resubscribe::new(who("ada")));
    let chosen = back.consent.all.unwrap();
    assert_eq!((chosen.choice, chosen.by, chosen.at), (MailChoice::Subscribed, ChosenBy::Host, program.now));
    assert!(!back.already && program.accept(Resubscribe::new(who("ada"))).already);
}

#[test]
fn nothing_else_that_is_told_of_a_person_changes_what_they_chose() {
    let mut program = program();
    let ada = ada(&program);
    program.accept(Unsubscribe::by_token(token(ada)));
    let chosen = consent(&program, ada);
    let person = json!({"host_id": "ada", "email": "ada@other.example", "name": "Ada Byron", "language": "fr"});
    program.define(json!({"title": "again"}));
    let commands: Vec<Value> = vec![
        json!({"enrol": {"campaign": "spring", "person": person}}),
        json!({"record_lead": {"campaign": "spring", "person": person, "evidence": {"code": program.enrol("eve")}}}),
        json!({"record_conversion": {"source": "shop", "event": "o1", "kind": "purchase", "person": person, "total": "5 EUR"}}),
        json!({"add_alias": {"participant": {"host": "ada"}, "email": "ada@third.example"}}),
        json!({"set_participant_state": {"participant": {"host": "ada"}, "state": "suspended"}}),
        json!({"set_participant_state": {"participant": {"host": "ada"}, "state": "active"}}),
        json!({"enrol": {"campaign": "spring", "person": {"email": "ada@third.example", "name": "Ada L"}}}),
    ];
    for command in commands {
        program.run(command.clone());
        assert_eq!(consent(&program, ada), chosen, "{command}");
    }
    assert!(!chosen.unwrap().wants(NotificationKind::RewardDue));
}

/// What unsubscribing with a token asks of the store, and what it answers.
fn watched(program: &mut Program, token: &str) -> (Vec<String>, Error) {
    let command = Unsubscribe::by_token(token).into();
    let request = Request { key: program.key(), command, facts: HostFacts::default() };
    let engine = Engine::new(keyring());
    let mut operation = engine.execute(TenantId::default(), vec![request], program.now, Entropy::new([1; 32]));
    let store = NotingStore::new(&program.store);
    let error = drive(&store, &mut operation).unwrap().remove(0).unwrap_err();
    (store.calls(), error)
}

#[test]
fn a_wrong_token_is_refused_alike_for_everybody_and_reads_nothing_of_anybody() {
    let mut program = program();
    let nobody: ParticipantId = "019a0000-0000-7000-8000-00000000dead".parse().unwrap();
    let forged = |of: ParticipantId| {
        let good = token(of);
        format!("{}{}", &good[..43], if good.ends_with('A') { 'B' } else { 'A' })
    };
    let other_tenant = |of| UnsubscribeToken::derive(&keyring(), &TenantId::new("two").unwrap(), of).expose();
    let ada = ada(&program);
    let (calls, error) = watched(&mut program, &forged(ada));
    assert_eq!(error.code(), "invalid_link");
    assert!(calls.iter().all(|call| !call.contains("person") && !call.contains("participant")), "{calls:?}");
    for wrong in [forged(nobody), other_tenant(ada), other_tenant(nobody)] {
        assert_eq!(watched(&mut program, &wrong), (calls.clone(), error.clone()));
    }
    // One that is good and whose person no record names answers the same words.
    assert_eq!(watched(&mut program, &token(nobody)).1, error);
    for wrong in ["", "x", &"A".repeat(44), &"A".repeat(4_000)] {
        assert_eq!(watched(&mut program, wrong).1.code(), "invalid_link");
    }
    assert_eq!(consent(&program, ada), Some(Consent::default()));
    assert_eq!(program.execute(Unsubscribe::by_host(who("eve"))).unwrap_err().code(), "not_found");
}

#[test]
fn what_was_chosen_is_exported_and_goes_when_the_person_is_erased() {
    let mut program = program();
    let ada = ada(&program);
    program.accept(Unsubscribe::by_token(token(ada)));
    let data = drive(&program.store, &mut Export::new(TenantId::default(), ada)).unwrap();
    let chosen = &data.records["person"][0]["consent"]["all"];
    assert_eq!((&chosen["choice"], &chosen["by"]), (&json!("unsubscribed"), &json!("token")));
    assert_eq!(chosen["at"], json!(program.now));
    program.run(json!({"erase_person": {"participant": {"id": ada}}}));
    assert_eq!(consent(&program, ada), None);
    let declined: [AnyCommand; 3] = [
        Unsubscribe::by_token(token(ada)).into(),
        Unsubscribe::by_host(referral_core::command::Who::Id(ada)).into(),
        Resubscribe::new(referral_core::command::Who::Id(ada)).into(),
    ];
    for command in declined {
        assert_eq!(program.decline(command), Reason::PersonErased);
    }
    // The same email is somebody new, who chose nothing.
    let again = json!({"enrol": {"campaign": "spring", "person": {"email": "ada@shop.example", "name": "Ada"}}});
    program.run(again);
    let new = self::ada(&program);
    assert_ne!(new, ada);
    assert_eq!(consent(&program, new), Some(Consent::default()));
    assert_eq!(handed(&program, "mailer").0, ["participant.enrolled"]);
}

#[test]
fn a_token_in_a_command_never_prints() {
    let token = token("019a0000-0000-7000-8000-000000000001".parse().unwrap());
    let command = AnyCommand::from(Unsubscribe::by_token(token.clone()));
    assert!(!format!("{command:?}").contains(&token));
    assert_eq!(json!(command), json!({"unsubscribe": {"recipient": {"token": token}}}));
    let read = json!({"resubscribe": {"participant": {"host": "ada"}, "kinds": ["reward.due"]}});
    assert_eq!(json!(serde_json::from_value::<AnyCommand>(read.clone()).unwrap()), read);
}

fn digest(program: &Program, host_id: &str) -> Digest {
    let question = ShowDigest { campaign: "spring".parse().unwrap(), participant: who(host_id), since: None };
    drive(&program.store, &mut program.engine.ask(TenantId::default(), question, program.now)).unwrap()
}

fn marks(program: &Program, page: PageOf) -> DigestMarkPage {
    let question = ListDigestMarks { campaign: "spring".parse().unwrap(), page };
    drive(&program.store, &mut program.engine.ask(TenantId::default(), question, program.now)).unwrap()
}

#[test]
fn a_digest_says_whether_it_is_wanted_and_the_marks_are_of_those_who_want_one() {
    let mut program = program();
    for host_id in ["cyd", "dan", "eve"] {
        program.enrol(host_id);
    }
    assert!(digest(&program, "ada").wanted);
    program.accept(Unsubscribe::by_host(who("ada")));
    let digest = digest(&program, "ada");
    assert!(!digest.wanted && !digest.is_empty(), "it still says what happened");
    let kinds = vec![NotificationKind::RewardDue];
    program.accept(Unsubscribe { recipient: Recipient::Participant(who("cyd")), kinds, actor: None, reason: None });
    assert!(self::digest(&program, "cyd").wanted, "of no kind that was named");
    let dan = self::digest(&program, "dan").participant;
    program.run(json!({"erase_person": {"participant": {"id": dan}}}));
    let (mut page, mut found) = (PageOf { limit: 2, ..PageOf::default() }, Vec::new());
    loop {
        let DigestMarkPage { marks, next } = marks(&program, page.clone());
        found.extend(marks.into_iter().map(|mark| mark.participant));
        let Some(next) = next else { break };
        page.after = Some(next);
    }
    assert_eq!(found, ["cyd", "eve"].map(|host_id| self::digest(&program, host_id).participant));
}

/// By the time of its totals Ada would have no news: the share happened before the mark was made.
#[test]
fn who_has_another_mark_has_news_also_of_what_is_recorded_later_than_it_happened() {
    let mut program = program();
    program.wait(24);
    let before = marks(&program, PageOf::default()).marks;
    assert_eq!(before.len(), 1);
    assert!(before[0].has_news_since(None) && !before[0].has_news_since(Some(&before[0])));
    program.wait(24);
    assert!(!marks(&program, PageOf::default()).marks[0].has_news_since(Some(&before[0])), "only time went by");
    let share = json!({"record_share": {"campaign": "spring", "participant": {"host": "ada"}, "channel": "sms"}});
    let facts = HostFacts { at: Some("2026-05-01T10:00:00Z".parse().unwrap()), ..HostFacts::default() };
    program.execute_with(serde_json::from_value::<AnyCommand>(share).unwrap(), facts).unwrap();
    let after = marks(&program, PageOf::default()).marks;
    assert!(after[0].has_news_since(Some(&before[0])));
    let question =
        ShowDigest { campaign: "spring".parse().unwrap(), participant: who("ada"), since: Some(before[0].clone()) };
    let digest = drive(&program.store, &mut program.engine.ask(TenantId::default(), question, program.now)).unwrap();
    assert_eq!(json!(digest.counts), json!({"shares": 1}));
    assert_eq!(digest.mark, after[0]);
}
