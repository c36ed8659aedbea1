//! Digests: what happened for a participant since the last one, told once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{Program, who};
use referral_core::engine::drive;
use referral_core::error::Error;
use referral_core::report::{Digest, DigestMark, ShowDigest};
use referral_core::value::TenantId;
use serde_json::json;

fn ask(program: &Program, host_id: &str, since: Option<DigestMark>) -> Result<Digest, Error> {
    let question = ShowDigest { campaign: "spring".parse().unwrap(), participant: who(host_id), since };
    drive(&program.store, &mut program.engine.ask(TenantId::default(), question, program.now))
}

#[test]
fn each_digest_begins_where_the_last_one_ended_and_nothing_is_told_twice() {
    let mut program = Program::with(json!({"rewards": [
        {"id": "thanks", "to": "referrer", "on": "qualified", "give": {"percent": "10%"}},
        {"id": "three", "to": "referrer", "on": "qualified", "every": 3, "give": {"units": 5, "unit": "points"}},
    ]}));
    let code = program.enrol("ada");
    let nothing = ask(&program, "ada", None).unwrap();
    assert!(nothing.is_empty() && nothing.since.is_none());
    program.lead("bob", &code);
    program.lead("cyd", &code);
    program.run(json!({"record_share": {"campaign": "spring", "participant": {"host": "ada"}, "channel": "sms"}}));
    program.buy("bob", "order-1", "80 EUR");
    program.wait(24);
    let first = ask(&program, "ada", Some(nothing.mark)).unwrap();
    assert_eq!(json!(first.counts), json!({"shares": 1, "leads": 2, "qualified": 1, "conversions": 1, "rewards": 1}));
    assert_eq!(json!(first.amounts), json!({"EUR": {"granted": 800}}));
    assert_eq!(first.progress[0].missing, Some(2));
    assert_eq!(ask(&program, "ada", Some(first.mark.clone())).unwrap().counts.len(), 0);
    program.refund("order-1", "refund-1", "80 EUR");
    program.lead("dan", &code);
    program.wait(24);
    let second = ask(&program, "ada", Some(first.mark.clone())).unwrap();
    assert_eq!(json!(second.counts), json!({"leads": 1, "qualified": -1, "rewards": -1}));
    assert_eq!(json!(second.amounts), json!({"EUR": {"granted": -800}}));
    assert_eq!((second.since, second.until), (Some(first.until), program.now));
    let again = ask(&program, "ada", Some(first.mark)).unwrap();
    assert_eq!(again, second);
}

#[test]
fn the_mark_of_somebody_else_is_refused() {
    let mut program = Program::with(json!({}));
    program.enrol("ada");
    program.enrol("bob");
    let mark = ask(&program, "bob", None).unwrap().mark;
    assert_eq!(ask(&program, "ada", Some(mark)).unwrap_err().code(), "invalid_command");
    assert_eq!(ask(&program, "eve", None).unwrap_err().code(), "not_found");
}
