//! The list of codes that all languages share. That its errors are complete is proved beside the errors in the core.
#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use referral_core::command::Reason;
use serde::Deserialize;

#[derive(Deserialize)]
struct Codes {
    families: Vec<Family>,
    errors: Vec<Error>,
    reasons: Vec<Listed>,
}

#[derive(Deserialize)]
struct Family {
    family: String,
    class: String,
}

#[derive(Deserialize)]
struct Error {
    code: String,
    family: String,
}

#[derive(Deserialize)]
struct Listed {
    code: String,
    meaning: String,
}

fn codes() -> Codes {
    serde_json::from_str(include_str!("../codes.json")).unwrap()
}

#[test]
fn every_reason_is_listed_with_its_meaning() {
    let reasons = codes().reasons;
    assert!(reasons.iter().all(|reason| reason.meaning.ends_with('.')));
    let listed: Vec<&str> = reasons.iter().map(|reason| reason.code.as_str()).collect();
    let known: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(listed, known);
}

#[test]
fn every_error_is_of_a_listed_family_and_no_code_is_used_twice() {
    let codes = codes();
    let families: BTreeSet<&str> = codes.families.iter().map(|family| family.family.as_str()).collect();
    let used: BTreeSet<&str> = codes.errors.iter().map(|error| error.family.as_str()).collect();
    assert_eq!(families, used);
    for family in &codes.families {
        let class: String = family.family.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert_eq!(family.class, class);
    }
    let errors: BTreeSet<&str> = codes.errors.iter().map(|error| error.code.as_str()).collect();
    assert_eq!(errors.len(), codes.errors.len());
}
