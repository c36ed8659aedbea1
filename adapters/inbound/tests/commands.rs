//! Every command that tables may make, with all of its fields.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::commands;
use referral_inbound::Table;
use serde_json::{Value, json};

const ID: &str = "019de2c4-2a80-7b51-83c5-cb791342bd8b";

fn money(amount: &str) -> Value {
    json!({"amount": {"value": amount}, "currency": {"value": "EUR"}, "unit": "major"})
}

fn person() -> Value {
    json!({"host_id": "bob", "email": "bob@example.com", "name": "Bob", "language": "en", "country": "DE"})
}

fn texts(pairs: &[(&str, &str)]) -> Value {
    let fields = pairs.iter().map(|(name, value)| ((*name).to_owned(), json!({"value": value})));
    fields.collect::<serde_json::Map<_, _>>().into()
}

fn with_person(mut fields: Value) -> Value {
    for (name, value) in person().as_object().unwrap() {
        fields[format!("person.{name}")] = json!({"value": value});
    }
    fields
}

/// Commands about people: name, fields of a table, and what must come of them.
fn about_people() -> Vec<(&'static str, Value, Value)> {
    let campaign = ("campaign", "friends");
    let invitee = texts(&[campaign, ("invitee.id", ID), ("invitee.host_id", "x"), ("invitee.email", "b@c.de")]);
    let of_invitee = json!({"campaign": "friends", "invitee": {"id": ID}});
    let mut lead = with_person(texts(&[
        campaign,
        ("evidence.referrer.host_id", "ada"),
        ("evidence.referrer.email", "ada@example.com"),
        ("evidence.code", "ADA-10"),
        ("evidence.link", "l"),
        ("evidence.visitor", "v"),
        ("evidence.any", "w"),
    ]));
    lead["person.data.a.b"] = json!({"value": 5});
    let mut told = person();
    told["data"] = json!({"a.b": 5});
    let evidence = json!({"referrer": {"host": "ada"}, "code": "ADA-10", "link": "l", "visitor": "v"});
    vec![
        ("enrol", with_person(texts(&[campaign])), json!({"campaign": "friends", "person": person()})),
        (
            "record_share",
            texts(&[campaign, ("participant.email", "b@c.de"), ("channel", "whatsapp")]),
            json!({"campaign": "friends", "participant": {"email": "b@c.de"}, "channel": "whatsapp"}),
        ),
        ("record_lead", lead, json!({"campaign": "friends", "person": told, "evidence": evidence})),
        ("qualify", invitee.clone(), of_invitee.clone()),
        ("unqualify", invitee.clone(), of_invitee.clone()),
        ("lose", invitee, of_invitee),
        (
            "add_alias",
            texts(&[("participant.host_id", "bob"), ("host_id", "bob-2"), ("email", "b@c.de")]),
            json!({"participant": {"host": "bob"}, "host_id": "bob-2", "email": "b@c.de"}),
        ),
    ]
}

/// Commands about payments.
fn about_payments() -> Vec<(&'static str, Value, Value)> {
    let mut conversion = with_person(texts(&[
        ("event", "o-1"),
        ("kind", "custom"),
        ("campaign", "friends"),
        ("country", "de"),
        ("coupon", "SALE"),
        ("data.plan", "pro"),
    ]));
    (conversion["total"], conversion["tax"], conversion["shipping"]) = (money("50"), money("5"), money("1"));
    conversion["references"] = json!({"list": [{"value": "o-1"}, {"value": "i-1"}, {"value": "i-1"}]});
    conversion["occurred_at"] = json!({"time": "at", "unit": "rfc3339"});
    let mut refund = texts(&[("event", "o-1"), ("refund", "r-1")]);
    refund["amount.cumulative"] = money("5");
    let reference = json!({"source": "s", "id": "i-1"});
    let converted = json!({
        "source": "s", "event": "o-1", "kind": "custom", "person": person(), "campaign": "friends", "country": "DE",
        "coupon": "SALE", "data": {"plan": "pro"}, "total": "50.00 EUR", "tax": "5.00 EUR", "shipping": "1.00 EUR",
        "references": [reference], "occurred_at": "2026-05-01T08:59:59Z",
    });
    let refunded = json!({"source": "s", "event": "o-1", "refund": "r-1", "amount": {"cumulative": "5.00 EUR"}});
    vec![
        ("record_conversion", conversion, converted),
        (
            "add_reference",
            texts(&[("conversion", "o-1"), ("reference", "i-1")]),
            json!({"conversion": {"source": "s", "event": "o-1"}, "reference": reference}),
        ),
        ("record_refund", refund, refunded),
    ]
}

#[test]
fn every_command_takes_all_of_its_fields() {
    let cases: Vec<_> = about_people().into_iter().chain(about_payments()).collect();
    assert_eq!(cases.len(), 10);
    for (command, fields, expected) in cases {
        let text = json!({
            "source": "s", "at": {"time": "at", "unit": "rfc3339"},
            "rules": [{"name": "a", "command": command, "fields": fields}],
        });
        let table = Table::from_json(&text.to_string()).unwrap();
        let event = json!({"at": "2026-05-01T08:59:59Z"});
        assert_eq!(commands(&table, &event), [json!({ command: expected })], "{command}");
    }
}
