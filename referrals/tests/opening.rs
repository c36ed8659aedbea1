//! Opening a store: the keyring, tenants, clocks.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{begin, campaign, code, enrol, keyring, keyring_with_alias_key, lead};
use referrals::command::Outcome;
use referrals::value::TenantId;
use referrals::{FixedEntropy, KeyState, Keyring, ManualClock, Referrals, Secret};

#[test]
fn a_store_is_refused_with_another_keyring_and_for_every_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("r.sqlite").display());
    let second = TenantId::new("second").unwrap();
    let referrals = Referrals::open(&url, keyring()).unwrap();
    referrals.for_tenant(second.clone()).unwrap();
    drop(referrals);
    assert_eq!(code(Referrals::open(&url, keyring_with_alias_key(9))), "keyring_mismatch");
    let other =
        Referrals::builder(keyring_with_alias_key(9)).tenant(TenantId::new("third").unwrap()).open(&url).unwrap();
    assert_eq!(code(other.for_tenant(second)), "keyring_mismatch");
    Referrals::open(&url, keyring()).unwrap();
}

#[test]
fn a_link_key_may_be_added_and_none_may_be_left_out() {
    let store: std::sync::Arc<dyn referrals::store::Store> = std::sync::Arc::new(referrals::store::MemoryStore::new());
    let open = |keyring| Referrals::builder(keyring).over(store.clone());
    open(keyring()).unwrap();
    let rotated = Keyring::builder()
        .link_key(1, Secret::new([1; 32]), KeyState::VerifyOnly)
        .link_key(2, Secret::new([7; 32]), KeyState::Active)
        .alias_key(Secret::new([2; 32]))
        .lookup_key(Secret::new([3; 32]));
    open(rotated.build().unwrap()).unwrap();
    assert_eq!(code(open(keyring())), "keyring_mismatch");
}

#[test]
fn tenants_see_nothing_of_one_another() {
    let referrals = Referrals::open("memory:", keyring()).unwrap();
    let other = referrals.for_tenant(TenantId::new("other").unwrap()).unwrap();
    begin(&referrals, "ada");
    assert_eq!(code(other.execute(enrol("ada"))), "not_found");
    assert_eq!((referrals.tenant().as_str(), other.tenant().as_str()), ("default", "other"));
}

#[test]
fn the_same_clock_and_entropy_give_the_same_links_and_codes() {
    let run = || {
        let clock = ManualClock::at("2026-05-01T09:00:00Z".parse().unwrap());
        let builder = Referrals::builder(keyring()).clock(clock).entropy(FixedEntropy::new([5; 32]));
        let referrals = builder.open("memory:").unwrap();
        referrals.execute(campaign()).unwrap();
        let receipt = referrals.execute(enrol("ada")).unwrap();
        (receipt.key, receipt.outcome)
    };
    assert_eq!(run(), run());
}

#[test]
fn a_key_of_the_callers_own_makes_a_command_safe_to_send_again() {
    let referrals = Referrals::open("memory:", keyring()).unwrap();
    let code_of_ada = begin(&referrals, "ada");
    let mut entropy = referrals::value::Entropy::new([8; 32]);
    let key = referrals::value::CommandKey::mint(referrals.now(), &mut entropy);
    let first = referrals.execute_with_key(key, lead("bob", &code_of_ada)).unwrap();
    let second = referrals.execute_with_key(key, lead("bob", &code_of_ada)).unwrap();
    assert_eq!((first.repeated, second.repeated), (false, true));
    assert!(matches!(second.outcome, Outcome::Accepted(_)));
    assert_eq!(first.outcome, second.outcome);
    assert_eq!(code(referrals.execute_with_key(key, lead("cyd", &code_of_ada))), "command_reused");
}
