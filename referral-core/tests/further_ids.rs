//! Further ids of conversions: one purchase stays one, whichever of its ids comes first.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::command::{AnyCommand, HostFacts, Request};
use referral_core::engine::{Operation, Reply, Step, drive};
use referral_core::store::Store;
use referral_core::value::{Entropy, TenantId};
use serde_json::{Value, json};

fn program() -> Program {
    let rule = json!({"id": "tenth", "to": "referrer", "on": "purchase", "give": {"percent": "10%"}});
    let mut program = Program::with(json!({"rewards": [rule]}));
    let code = program.enrol("ada");
    program.lead("bob", &code);
    program
}

fn id(event: &str) -> Value {
    json!({"source": "shop", "event": event})
}

fn add_reference(main: &str, further: &str) -> Value {
    json!({"add_reference": {"conversion": id(main), "reference": {"source": "shop", "id": further}}})
}

fn purchase(event: &str, references: &[&str]) -> AnyCommand {
    let references: Vec<_> = references.iter().map(|id| json!({"source": "shop", "id": id})).collect();
    serde_json::from_value(json!({"record_conversion": {
        "source": "shop", "event": event, "kind": "purchase", "person": {"host_id": "bob"}, "total": "50 EUR",
        "references": references,
    }}))
    .unwrap()
}

#[test]
fn a_purchase_that_comes_under_a_further_id_before_its_first_one_is_one_purchase() {
    let mut program = program();
    program.run(add_reference("order-1", "invoice-1"));
    assert!(!program.execute(purchase("invoice-1", &[])).unwrap().repeated);
    assert!(program.execute(purchase("invoice-1", &[])).unwrap().repeated);
    assert!(program.execute(purchase("order-1", &[])).unwrap().repeated);
    assert_eq!(program.shown(), ["tenth referrer due 500 EUR"]);
    program.refund("invoice-1", "r1", "25 EUR");
    program.refund("order-1", "r2", "25 EUR");
    assert_eq!(program.shown(), ["tenth referrer cancelled 0 EUR"]);
}

#[test]
fn a_purchase_whose_further_id_was_promised_to_an_order_is_that_order() {
    let mut program = program();
    program.run(add_reference("order-1", "invoice-1"));
    program.execute(purchase("checkout-1", &["invoice-1"])).unwrap();
    for (event, references) in [("order-1", &[][..]), ("invoice-1", &[]), ("checkout-1", &["invoice-1"])] {
        assert!(program.execute(purchase(event, references)).unwrap().repeated, "{event}");
    }
    // Under each of its ids it has one content.
    assert_eq!(program.execute(purchase("checkout-1", &[])).unwrap_err().code(), "event_reused");
    assert_eq!(program.shown(), ["tenth referrer due 500 EUR"]);
}

/// Runs `first` up to its commit, then all of `second`, then the rest of `first`.
fn race(program: &mut Program, first: AnyCommand, second: AnyCommand) {
    let [key, other] = [program.key(), program.key()];
    let of = |key, command| vec![Request { key, command, facts: HostFacts::default() }];
    let (engine, now, tenant) = (program.engine.clone(), program.now, TenantId::default());
    let mut first = engine.execute(tenant.clone(), of(key, first), now, Entropy::new([1; 32]));
    let mut reply = None;
    let batch = loop {
        match first.next(reply.take()).unwrap() {
            Step::Load(keys) => reply = Some(Reply::Loaded(program.store.load(&tenant, &keys).unwrap())),
            Step::Commit(batch) => break batch,
            other => panic!("{}", other.name()),
        }
    };
    drive(&program.store, &mut engine.execute(tenant.clone(), of(other, second), now, Entropy::new([2; 32]))).unwrap();
    reply = Some(Reply::Committed(program.store.commit(&batch).unwrap()));
    loop {
        match first.next(reply.take()).unwrap() {
            Step::Load(keys) => reply = Some(Reply::Loaded(program.store.load(&tenant, &keys).unwrap())),
            Step::Commit(batch) => reply = Some(Reply::Committed(program.store.commit(&batch).unwrap())),
            _ => return,
        }
    }
}

#[test]
fn a_purchase_that_races_the_reference_to_its_id_is_one_purchase() {
    let reference = || serde_json::from_value::<AnyCommand>(add_reference("order-1", "invoice-1")).unwrap();
    for (first, second) in [
        (reference(), purchase("invoice-1", &[])),
        (purchase("invoice-1", &[]), reference()),
        (purchase("order-1", &["invoice-1"]), purchase("invoice-1", &[])),
        (purchase("invoice-1", &[]), purchase("order-1", &["invoice-1"])),
    ] {
        let mut program = program();
        race(&mut program, first, second);
        let _ = program.execute(purchase("order-1", &["invoice-1"]));
        let _ = program.execute(purchase("invoice-1", &[]));
        assert_eq!(program.shown().len(), 1, "{:?}", program.shown());
    }
}
