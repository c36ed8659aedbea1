//! Data that a campaign declares, as metadata of other systems tell it: everything is a text.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[path = "../../../referral-core/tests/common/mod.rs"]
mod program;

use common::map;
use program::Program;
use referral_core::command::Outcome;
use referral_inbound::Table;
use serde_json::{Value, json};

fn table(names_campaign: bool) -> Table {
    let mut fields = json!({
        "event": "id", "kind": {"value": "purchase"}, "person.host_id": {"value": "bob"},
        "total": {"amount": "amount", "currency": "currency", "unit": "stripe"},
        "data.items": "metadata.items", "data.express": "metadata.express", "data.tags": "metadata.tags",
    });
    if names_campaign {
        fields["campaign"] = json!({"value": "spring"});
    }
    let rule = json!({"name": "paid", "command": "record_conversion", "fields": fields});
    Table::from_json(&json!({"source": "stripe", "rules": [rule]}).to_string()).unwrap()
}

fn program() -> Program {
    let declared = |name: &str, kind: &str| json!({"path": format!("order.data.{name}"), "type": kind});
    let when = "order.data.items >= 2 && order.data.express && 'new' in order.data.tags";
    let rule = json!({"id": "many", "to": "referrer", "on": "purchase", "when": when, "give": {"percent": "10%"}});
    let mut program = Program::with(json!({
        "fields": [declared("items", "int"), declared("express", "bool"), declared("tags", "strings")],
        "rewards": [rule],
    }));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program
}

fn paid(metadata: &Value, currency: &str) -> Value {
    json!({"id": "o-1", "amount": 8_000, "currency": currency, "metadata": metadata})
}

#[test]
fn metadata_are_read_as_what_the_campaign_declares() {
    for (metadata, currency, reward) in [
        (json!({"items": "3", "express": "true", "tags": "new,sale"}), "eur", "many referrer due 800 EUR"),
        (json!({"items": "2", "express": "Yes", "tags": "[\"new\"]"}), "usd", "many referrer due 800 USD"),
        (json!({"items": 2, "express": true, "tags": "new"}), "jpy", "many referrer due 800 JPY"),
    ] {
        let mut program = program();
        for result in program.execute_all(map(&table(false), &paid(&metadata, currency)).requests) {
            result.unwrap();
        }
        assert_eq!(program.shown(), [reward], "{metadata}");
    }
}

#[test]
fn metadata_that_cannot_be_read_are_named_and_never_missing() {
    let metadata = json!({"items": "a few", "express": "yes", "tags": "new"});
    let (mut program, mut mapped) = (program(), map(&table(false), &paid(&metadata, "eur")));
    let results = program.execute_all(std::mem::take(&mut mapped.requests));
    let receipt = results[0].as_ref().unwrap();
    assert!(matches!(receipt.outcome, Outcome::Accepted(_)));
    let details: Vec<_> = receipt.decision.findings.iter().filter_map(|finding| finding.detail.as_deref()).collect();
    assert_eq!(details, ["order.data.items >= 2: order.data.items: wrong_type"]);

    let mut mapped = map(&table(true), &paid(&metadata, "eur"));
    let results = self::program().execute_all(std::mem::take(&mut mapped.requests));
    let answer = mapped.answer(&results);
    assert_eq!((answer.status, answer.unrecorded[0].code), (422, "invalid_command"));
    let problem = &answer.unrecorded[0].problem;
    assert_eq!(problem, "rule `paid`: data: `items` is declared as a whole number, and is none");
}
