//! Why less came of a message than its sender may expect: what a handler is told, and what a replay tells.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use referral_inbound::{Delivery, Hand, Received, Scheme, Secrets, Table, handle, keep_message, replay, tables};
use referrals::command::{DefineCampaign, Enrol, EvidenceGiven, Person, Reason, RecordLead};
use referrals::{CampaignModel, KeyState, Keyring, ManualClock, Referrals, Secret};
use serde_json::{Value, json};

const LINES: &str = "name = 'spring'\nlink_host = 'go.shop.example'\n\
    rewards = [{ id = 'tenth', to = 'referrer', on = 'qualified', give = { percent = '10%' } }]";

/// A program in which Bob is a lead of Ada.
fn program() -> Referrals {
    let keyring = Keyring::builder()
        .link_key(1, Secret::new([1; 32]), KeyState::Active)
        .alias_key(Secret::new([2; 32]))
        .lookup_key(Secret::new([3; 32]))
        .build()
        .unwrap();
    let clock = ManualClock::at("2026-05-01T09:00:00Z".parse().unwrap());
    let referrals = Referrals::builder(keyring).clock(clock).open("memory:").unwrap();
    let definition = CampaignModel::from_toml(LINES).unwrap();
    let campaign = definition.name.clone();
    referrals.execute(DefineCampaign::new(definition)).unwrap();
    let ada = referrals.execute(Enrol::new(&campaign, Person::by_host_id("ada").unwrap())).unwrap();
    let evidence = EvidenceGiven::by_code(ada.outcome.accepted().unwrap().code);
    referrals.execute(RecordLead::new(&campaign, Person::by_host_id("bob").unwrap(), evidence)).unwrap();
    referrals
}

fn table() -> Table {
    Table::from_json(tables::ZAPIER).unwrap().with_constant("campaign", "spring")
}

fn flat(event: &str, more: &Value) -> Value {
    let mut flat = json!({"event": event, "id": "z-1", "at": "2026-05-01T08:59:00Z", "user_id": "bob"});
    flat.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    flat
}

fn send(referrals: &Referrals, body: &str) -> Received {
    let headers: &[(&str, &[u8])] = &[("x-webhook-secret", b"a-long-shared-secret")];
    let scheme = Scheme::SharedSecret { header: "x-webhook-secret".into() };
    let secrets = Secrets::new(&["a-long-shared-secret"]).unwrap();
    handle(referrals, &scheme, &secrets, &table(), &Delivery { headers, body: body.as_bytes() })
}

#[test]
fn a_handler_is_told_why_an_order_earns_nothing() {
    for (kind, total, currency, reason) in [
        ("renewal", "80", "EUR", Reason::NotQualifying),
        ("renewal", "8000", "JPY", Reason::NotQualifying),
        ("purchase", "0", "EUR", Reason::ZeroOrder),
    ] {
        let order = flat(kind, &json!({"order": "o-1", "amount": total, "currency": currency}));
        let received = send(&program(), &order.to_string());
        let [found] = received.shortfalls.as_slice() else { panic!("{received:?}") };
        assert_eq!((received.status, found.declined, found.finding.reason), (200, false, reason));
        assert_eq!((found.event, found.rule.as_str()), (0, "purchase"));
        assert!(!found.text.is_empty());
    }
    let order = flat("purchase", &json!({"order": "o-1", "amount": "80", "currency": "EUR"}));
    assert!(send(&program(), &order.to_string()).shortfalls.is_empty(), "it earns");
}

#[test]
fn what_is_declined_says_why_first() {
    for (code, reason) in [("NOBODYS-CODE", Reason::EvidenceUnknown), ("", Reason::NoEvidence)] {
        let lead = flat("lead", &json!({"user_id": "eve", "code": code}));
        let received = send(&program(), &lead.to_string());
        let first = &received.shortfalls[0];
        assert_eq!((received.status, first.declined, first.finding.reason), (200, true, reason));
    }
}

#[test]
fn a_replay_tells_the_same() {
    let referrals = program();
    let order = flat("renewal", &json!({"order": "o-1", "amount": "80", "currency": "EUR"}));
    let kept = keep_message(&referrals, &table(), order.to_string().as_bytes(), "came by mail").unwrap();
    let replayed = replay(&referrals, &table(), &kept.accepted().unwrap().letter, &Hand::default()).unwrap();
    let reasons: Vec<Reason> = replayed.shortfalls.iter().map(|one| one.finding.reason).collect();
    assert_eq!(reasons, [Reason::NotQualifying]);
}
