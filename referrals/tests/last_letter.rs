//! Of several who keep messages at once, no more get a place than the tenant allows: over one store, and over one file that
//! each opens on its own.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::sync::{Arc, Barrier};
use std::thread;

use common::keyring;
use data_encoding::BASE64;
use referrals::command::{AnyCommand, AnyOutcome, Outcome, Reason};
use referrals::record::{LetterKey, LetterState};
use referrals::report::PageOf;
use referrals::store::MemoryStore;
use referrals::{Referrals, sqlite};
use serde_json::{Value, json};

const DOORS: usize = 4;
const MESSAGES: usize = 6;

fn say(referrals: &Referrals, command: Value) -> Outcome<AnyOutcome> {
    let command: AnyCommand = serde_json::from_value(command).unwrap();
    referrals.execute_all([command]).unwrap().remove(0).unwrap().outcome
}

fn keep(referrals: &Referrals, says: &str) -> Option<LetterKey> {
    let letter =
        json!({"source": "shop", "body": BASE64.encode(says.as_bytes()), "code": "field_missing", "problem": "x"});
    match say(referrals, json!({"keep_letter": letter})) {
        Outcome::Accepted(AnyOutcome::LetterKept(kept)) => Some(kept.letter),
        Outcome::Declined(Reason::LettersFull) => None,
        other => panic!("{other:?}"),
    }
}

fn listed(referrals: &Referrals) -> usize {
    referrals.letters(LetterState::Kept, PageOf::default()).unwrap().letters.len()
}

/// All doors keep messages of their own at once. Answers the letters that they got.
fn race(doors: &[Referrals], round: usize) -> Vec<LetterKey> {
    let start = Barrier::new(doors.len());
    let run = |number: usize, door: &Referrals| -> Vec<LetterKey> {
        start.wait();
        (0..MESSAGES).filter_map(|message| keep(door, &format!("{round} {number} {message}"))).collect()
    };
    let run = &run;
    thread::scope(|scope| {
        let doors = doors.iter().enumerate();
        let threads: Vec<_> = doors.map(|(number, door)| scope.spawn(move || run(number, door))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn places_are_kept(doors: &[Referrals]) {
    let set = |most: usize| say(&doors[0], json!({"set_retention": {"most_letters": most}}));
    // The control: with room for all, all are kept, so that the race does fill it.
    set(DOORS * MESSAGES);
    let all = race(doors, 0);
    assert_eq!((all.len(), listed(&doors[0])), (DOORS * MESSAGES, DOORS * MESSAGES));
    for letter in &all {
        let dropped = json!({"set_letter_state": {"letter": letter, "state": "dropped", "reason": "a trial"}});
        assert!(matches!(say(&doors[0], dropped), Outcome::Accepted(_)));
    }
    // The last place: of all who come, one gets it. Then a few more.
    for (round, most) in [(1, 1), (2, 4)] {
        set(most);
        let before = listed(&doors[0]);
        let got = race(doors, round);
        assert_eq!((got.len(), listed(&doors[0])), (most - before, most), "{round}");
    }
    // A place that is free again is taken by one.
    let one = doors[0].letters(LetterState::Kept, PageOf::default()).unwrap().letters.remove(0).letter;
    say(&doors[0], json!({"set_letter_state": {"letter": one, "state": "dropped", "reason": "no use"}}));
    assert_eq!(race(doors, 3).len(), 1);
    let audited = doors[0].audit().unwrap();
    assert!(audited.is_clean(), "{:#?}", audited.differences);
}

#[test]
fn of_threads_that_race_for_the_last_place_of_letters_in_one_store_one_gets_it() {
    let store = Arc::new(MemoryStore::new());
    let doors = [(); DOORS].map(|()| Referrals::builder(keyring()).over(store.clone()).unwrap());
    places_are_kept(&doors);
}

#[test]
fn of_those_who_opened_one_file_each_on_their_own_one_gets_the_last_place_of_letters() {
    let folder = tempfile::tempdir().unwrap();
    let open = |file: &Path| {
        let store = sqlite::SqliteStore::open(file, sqlite::Options::default()).unwrap();
        Referrals::builder(keyring()).over(Arc::new(store)).unwrap()
    };
    let file = folder.path().join("letters.db");
    let doors = [(); DOORS].map(|()| open(&file));
    places_are_kept(&doors);
}
