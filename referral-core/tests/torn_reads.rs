//! Records that were loaded around a rival's commit.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::command::{AnyCommand, HostFacts, Request};
use referral_core::engine::{Operation, Reply, Step};
use referral_core::store::Store;
use referral_core::value::{Entropy, TenantId};
use serde_json::json;

#[test]
fn what_was_loaded_around_a_rivals_commit_is_loaded_again_and_not_taken_for_corrupt() {
    for calls_before in 0..12 {
        let rule = json!({"id": "pair", "to": "referrer", "on": "qualified", "every": 2, "give": {"flat": "5 EUR"}});
        let mut program = Program::with(json!({"qualification": {"on": "manual"}, "rewards": [rule]}));
        let code = program.enrol("ada");
        for invitee in ["bob", "cyd"] {
            program.lead(invitee, &code);
            program.run(json!({"qualify": {"campaign": "spring", "invitee": {"host": invitee}}}));
        }
        let command = json!({"unqualify": {"campaign": "spring", "invitee": {"host": "bob"}}});
        let command: AnyCommand = serde_json::from_value(command).unwrap();
        let request = |key| Request { key, command: command.clone(), facts: HostFacts::default() };
        let (mine, rivals, tenant) = (request(program.key()), request(program.key()), TenantId::default());
        let entropy = Entropy::new([1; 32]);
        let mut operation = program.engine.execute(tenant.clone(), vec![mine], program.now, entropy);
        let (mut reply, mut calls) = (None, 0);
        let results = loop {
            if calls == calls_before {
                program.execute_all(vec![rivals.clone()]).remove(0).unwrap();
            }
            calls += 1;
            reply = Some(match operation.next(reply.take()).unwrap() {
                Step::Load(keys) => Reply::Loaded(program.store.load(&tenant, &keys).unwrap()),
                Step::Commit(batch) => Reply::Committed(program.store.commit(&batch).unwrap()),
                Step::Done(results) => break results,
                Step::List(_) => panic!("commands list nothing"),
            });
        };
        assert!(results[0].is_ok(), "a rival before call {calls_before}: {:?}", results[0]);
    }
}
