//! What comes beside a command: when it happened, and the keyring that the tenant is opened with.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use common::{Program, keyring};
use referral_core::command::{AnyCommand, CheckKeyring, HostFacts, Request};
use referral_core::engine::Engine;
use referral_core::record::{Kind, Record};
use referral_core::value::{CommandKey, Entropy, KeyState, Keyring, Secret, Timestamp};
use serde_json::json;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn share() -> AnyCommand {
    serde_json::from_value(json!({"record_share": {
        "campaign": "spring", "participant": {"host": "ada"}, "channel": "whatsapp",
    }}))
    .unwrap()
}

#[test]
fn what_is_recorded_later_happened_when_the_host_says_and_never_later_than_now() {
    for (at, recorded) in [
        (None, "2026-05-01T09:00:00Z"),
        (Some("2026-04-01T00:00:00Z"), "2026-04-01T00:00:00Z"),
        (Some("2026-06-01T00:00:00Z"), "2026-05-01T09:00:00Z"),
    ] {
        let mut program = Program::with(json!({"rewards": []}));
        program.enrol("ada");
        program.execute_with(share(), HostFacts { at: at.map(time), ..HostFacts::default() }).unwrap();
        let touches = program.all(Kind::Touch);
        let [Record::Touch(touch)] = touches.as_slice() else { panic!("{touches:?}") };
        assert_eq!(touch.at, time(recorded));
    }
}

#[test]
fn a_share_that_is_told_late_leaves_one_referrer() {
    let mut program = Program::with(json!({"rewards": []}));
    program.enrol("ada");
    program.execute(share()).unwrap();
    let at = Some(time("2026-04-30T09:00:00Z"));
    program.execute_with(share(), HostFacts { at, ..HostFacts::default() }).unwrap();
    // The books are audited when the program is dropped.
}

#[test]
fn a_click_that_is_told_late_counts_in_its_own_day_and_does_not_make_a_visitor_of_today_new_again() {
    let mut program = Program::with(json!({"rewards": []}));
    let (ada, eve) = (program.enrol("ada"), program.enrol("eve"));
    let click = |code: &str| -> AnyCommand {
        serde_json::from_value(json!({"record_click": {"link": code, "campaign": "spring", "visitor": "v1"}})).unwrap()
    };
    program.execute(click(&ada)).unwrap();
    let at = Some(time("2026-04-28T09:00:00Z"));
    program.execute_with(click(&eve), HostFacts { at, ..HostFacts::default() }).unwrap();
    program.wait(2);
    program.execute(click(&ada)).unwrap();
    let visitors = program.all(Kind::PeriodSums).into_iter().filter_map(|record| match record {
        Record::PeriodSums(row) if row.sums.get("visitors") != 0 => Some((row.period, row.sums.get("visitors"))),
        _ => None,
    });
    let periods = ["all", "d2026-04-28", "d2026-05-01", "m2026-04", "m2026-05"];
    assert_eq!(visitors.collect::<Vec<_>>(), periods.map(|period| (period.to_owned(), 1)));
}

#[test]
fn the_age_of_a_key_is_judged_by_the_clock_whatever_the_host_says_about_the_past() {
    let mut program = Program::with(json!({"rewards": []}));
    program.enrol("ada");
    let at = time("2026-04-20T00:00:00Z");
    let key = CommandKey::mint(at, &mut Entropy::new([4; 32]));
    let request = Request { key, command: share(), facts: HostFacts { at: Some(at), ..HostFacts::default() } };
    assert_eq!(program.execute_all(vec![request]).remove(0).unwrap_err().code(), "key_too_old");
}

fn another(alias: u8, second: bool) -> Arc<Engine> {
    let mut builder = Keyring::builder()
        .link_key(1, Secret::new([1; 32]), KeyState::Active)
        .alias_key(Secret::new([alias; 32]))
        .lookup_key(Secret::new([3; 32]));
    if second {
        builder = builder.link_key(2, Secret::new([7; 32]), KeyState::VerifyOnly);
    }
    Engine::new(builder.build().unwrap())
}

#[test]
fn a_keyring_is_kept_when_it_is_first_checked_and_another_is_refused_ever_after() {
    let mut program = Program::with(json!({"rewards": []}));
    assert_eq!(program.accept(CheckKeyring {}).added, 3);
    assert_eq!(program.accept(CheckKeyring {}).added, 0);
    program.engine = another(9, false);
    assert_eq!(program.execute(CheckKeyring {}).unwrap_err().code(), "keyring_mismatch");
    program.engine = another(2, true);
    assert_eq!(program.accept(CheckKeyring {}).added, 1);
    program.engine = Engine::new(keyring());
    assert_eq!(program.execute(CheckKeyring {}).unwrap_err().code(), "keyring_mismatch");
}
