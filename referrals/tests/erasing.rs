//! Erasing a person and exporting what is held: a canary goes through everything, and is looked for afterwards.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::keyring;
use data_encoding::BASE64;
use referrals::command::{AnyCommand, Outcome, Who};
use referrals::record::{Kind, Record};
use referrals::store::{Listing, MemoryStore, Store};
use referrals::value::TenantId;
use referrals::{Referrals, StoreError, sqlite};
use serde_json::{Value, json};

/// What is in no record and in no file afterwards.
const CANARIES: [&str; 11] = [
    "canary.first@kanarie.example",
    "canary.second@kanarie.example",
    "Kanarie von der Suche",
    "host-canary-4711",
    "plan-canary-4712",
    "order-data-canary-4713",
    "coupon-canary-4714",
    "utm-canary-4715",
    "CANARYVANITY",
    "Kanarienvogel",
    "message of the canary",
];

fn say(referrals: &Referrals, command: Value) -> referrals::command::AnyOutcome {
    let command: AnyCommand = serde_json::from_value(command).unwrap();
    let request = json!({"key": key(referrals), "command": command});
    match referrals.execute_request(serde_json::from_value(request).unwrap()).unwrap().outcome {
        Outcome::Accepted(outcome) => outcome,
        Outcome::Declined(reason) => panic!("declined: {reason}"),
    }
}

/// A fresh command key.
fn key(referrals: &Referrals) -> String {
    let mut seed = [0; 32];
    referrals::EntropySource::fill(&referrals::SystemEntropy, &mut seed).unwrap();
    let mut entropy = referrals::value::Entropy::new(seed);
    referrals::value::CommandKey::mint(referrals.now(), &mut entropy).to_string()
}

fn canary() -> Value {
    json!({"host_id": CANARIES[3], "email": CANARIES[0], "name": CANARIES[2], "language": "de", "country": "DE",
        "data": {"plan": CANARIES[4]}})
}

/// The canary is enrolled, shares, refers Bob, is referred by Ada, buys, asks and is asked for; others do the same.
fn live(referrals: &Referrals) {
    referrals.execute(common::campaign()).unwrap();
    say(referrals, json!({"subscribe": {"subscriber": "crm", "kinds": referrals::record::NotificationKind::ALL}}));
    let enrol = |person: Value| say(referrals, json!({"enrol": {"campaign": "spring", "person": person}}));
    let ada = enrol(json!({"host_id": "ada", "email": "ada@shop.example", "name": "Ada Lovelace"}));
    let ada = serde_json::to_value(ada).unwrap()["enrolled"]["code"].clone();
    say(
        referrals,
        json!({"record_click": {"link": ada, "campaign": "spring", "visitor": "visitor-canary",
        "ip": "203.0.113.77", "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}}),
    );
    let evidence = json!({"code": ada, "visitor": "visitor-canary"});
    say(referrals, json!({"record_lead": {"campaign": "spring", "person": canary(), "evidence": evidence}}));
    let own = serde_json::to_value(enrol(canary())).unwrap()["enrolled"]["code"].clone();
    let who = json!({"host": CANARIES[3]});
    say(
        referrals,
        json!({"create_link": {"campaign": "spring", "participant": who, "channel": "x",
        "utm": {"utm_source": CANARIES[7]}}}),
    );
    say(referrals, json!({"create_code": {"campaign": "spring", "participant": who, "vanity": CANARIES[8]}}));
    say(
        referrals,
        json!({"set_profile": {"participant": who, "shown_as": "pseudonym", "pseudonym": CANARIES[9],
        "message": CANARIES[10]}}),
    );
    say(referrals, json!({"add_alias": {"participant": who, "email": CANARIES[1]}}));
    say(referrals, json!({"record_share": {"campaign": "spring", "participant": who, "channel": "x"}}));
    for (person, event) in [(canary(), "o1"), (json!({"host_id": "bob"}), "o2")] {
        say(
            referrals,
            json!({"record_conversion": {"source": "shop", "event": event, "kind": "purchase",
            "person": person, "total": "80 EUR", "coupon": CANARIES[6], "data": {"note": CANARIES[5]}}}),
        );
    }
    say(
        referrals,
        json!({"record_lead": {"campaign": "spring", "person": {"host_id": "bob"}, "evidence": {"code": own}}}),
    );
    say(
        referrals,
        json!({"record_refund": {"source": "shop", "event": "o1", "refund": "r1",
        "amount": {"amount": "10 EUR"}}}),
    );
    say(referrals, letter("erasing", json!([{"email": CANARIES[1]}, {"host": CANARIES[3]}])));
    for email in [CANARIES[0], CANARIES[1], "nobody@shop.example"] {
        say(referrals, json!({"request_lookup": {"campaign": "spring", "email": email}}));
    }
}

/// What stands in no file in plain at any time.
const SEALED: &str = "letter-canary-4716";

/// A message that could not be used, with all canaries in it.
fn letter(name: &str, people: Value) -> Value {
    let body = json!([name, SEALED, CANARIES]).to_string();
    json!({"keep_letter": {"source": "shop", "body": BASE64.encode(body.as_bytes()), "code": "field_missing",
        "problem": "rule `paid`: the event has nothing for `total`", "people": people}})
}

fn all(store: &dyn Store) -> Vec<Record> {
    let page = |kind: &Kind| store.list(&TenantId::default(), &Listing::All(*kind).first(10_000)).unwrap().rows;
    Kind::ALL.iter().flat_map(page).map(|stored| stored.record).collect()
}

/// The canaries that stand in any record but what Bob bought.
fn canaries_in(store: &dyn Store) -> Vec<&'static str> {
    let theirs = |record: &Record| !matches!(record, Record::Conversion(bought) if bought.event.as_str() == "o2");
    let texts: Vec<String> = all(store)
        .iter()
        .filter(|record| theirs(record))
        .map(|record| serde_json::to_string(record).unwrap())
        .collect();
    CANARIES.into_iter().filter(|canary| texts.iter().any(|text| text.contains(canary))).collect()
}

/// Everything that is counted: what erasing must not change.
fn counted(store: &dyn Store) -> Vec<Record> {
    let counts = |record: &Record| {
        matches!(
            record,
            Record::Total(_) | Record::Standing(_) | Record::Entry(_) | Record::Reward(_) | Record::Debt(_)
        )
    };
    all(store).into_iter().filter(counts).collect()
}

#[test]
fn after_an_erasure_no_record_holds_the_person_and_everything_counted_is_as_it_was() {
    let store = Arc::new(MemoryStore::new());
    let referrals = Referrals::builder(keyring()).over(store.clone()).unwrap();
    live(&referrals);
    // The second email is an alias alone: the row holds the one that was told last.
    assert_eq!(canaries_in(&*store).len(), 10, "the search finds them: {:?}", canaries_in(&*store));
    let before = counted(&*store);
    let who = Who::Email(CANARIES[1].parse().unwrap());
    let exported = referrals.export(&who).unwrap().unwrap();
    let erased = referrals.erase(&who).unwrap().unwrap();
    assert!(erased.records > 8, "{erased:?}");
    assert_eq!(canaries_in(&*store), Vec::<&str>::new());
    assert_eq!(counted(&*store), before);
    let audited = referrals.audit().unwrap();
    assert!(audited.is_clean(), "{:#?}", audited.differences);
    for listing in [Listing::AliasesOf { participant: erased.participant }, Listing::All(Kind::Lookup)] {
        let left = store.list(&TenantId::default(), &listing.first(10)).unwrap().rows;
        assert!(left.len() <= 1, "of lookups nobody's alone is left: {left:?}");
    }
    // Again, by each name: there is nobody, and nothing is left to do.
    assert_eq!(referrals.erase(&who).unwrap(), None);
    assert_eq!(referrals.erase(&Who::Id(erased.participant)).unwrap().unwrap().records, 0);
    // The same email is somebody new.
    let again = say(&referrals, json!({"enrol": {"campaign": "spring", "person": canary()}}));
    assert_ne!(serde_json::to_value(again).unwrap()["enrolled"]["participant"], json!(exported.participant));
    assert!(referrals.audit().unwrap().is_clean());
}

#[test]
fn an_export_holds_everything_and_of_others_no_personal_data() {
    let referrals = Referrals::open("memory:", keyring()).unwrap();
    live(&referrals);
    let data = referrals.export(&Who::Host(CANARIES[3].parse().unwrap())).unwrap().unwrap();
    let kinds: Vec<&str> = data.records.keys().map(String::as_str).collect();
    for kind in [
        "participant",
        "person",
        "alias",
        "enrolment",
        "grant_of_links",
        "link",
        "code",
        "touch",
        "referral",
        "conversion",
        "refund",
        "reward",
        "ledger_entry",
        "notification",
        "delivery",
        "lookup",
        "letter",
    ] {
        assert!(kinds.contains(&kind), "{kind} is not in {kinds:?}");
    }
    let text = serde_json::to_string(&data).unwrap();
    for canary in CANARIES.iter().filter(|canary| **canary != CANARIES[1]) {
        assert!(text.contains(canary), "{canary}");
    }
    for other in ["Lovelace", "ada@shop", "\"bob\"", "203.0.113"] {
        assert!(!text.contains(other), "{other}");
    }
    assert!(!format!("{data:?}").contains("canary"));
    assert_eq!(referrals.export(&Who::Host("nobody".parse().unwrap())).unwrap(), None);
}

/// The canaries in any of a database's files.
fn canaries_in_files(folder: &Path) -> Vec<&'static str> {
    let files: Vec<Vec<u8>> =
        std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
    let holds =
        |canary: &&str| files.iter().any(|file| file.windows(canary.len()).any(|part| part == canary.as_bytes()));
    CANARIES.into_iter().filter(holds).collect()
}

/// What of a person is nobody else's.
const OWN: [&str; 7] = [CANARIES[0], CANARIES[1], CANARIES[2], CANARIES[3], CANARIES[4], CANARIES[7], CANARIES[8]];

#[test]
fn after_an_erasure_the_file_its_log_and_its_free_pages_hold_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("shop.sqlite").display());
    let referrals = Referrals::open(&url, keyring()).unwrap();
    live(&referrals);
    // Many others, so that pages split and are moved about.
    for number in 0..300 {
        let person = json!({"host_id": format!("p{number}"), "name": "x".repeat(number % 190)});
        say(&referrals, json!({"enrol": {"campaign": "spring", "person": person}}));
    }
    assert_eq!(canaries_in_files(folder.path()).len(), 11, "the search finds them");
    referrals.erase(&Who::Host(CANARIES[3].parse().unwrap())).unwrap().unwrap();
    let left = canaries_in_files(folder.path());
    assert!(OWN.iter().all(|canary| !left.contains(canary)), "{left:?}");
    assert!(referrals.audit().unwrap().is_clean());
}

#[test]
fn a_log_that_is_not_cut_still_holds_them() {
    // The control: the same without the last step of an erasure.
    let folder = tempfile::tempdir().unwrap();
    let store =
        Arc::new(sqlite::SqliteStore::open(folder.path().join("shop.sqlite"), sqlite::Options::default()).unwrap());
    let referrals = Referrals::builder(keyring()).over(store.clone()).unwrap();
    live(&referrals);
    referrals.erase(&Who::Host(CANARIES[3].parse().unwrap())).unwrap().unwrap();
    assert!(OWN.iter().all(|canary| canaries_in_files(folder.path()).contains(canary)));
    store.scrub().unwrap();
    let left = canaries_in_files(folder.path());
    assert!(OWN.iter().all(|canary| !left.contains(canary)), "{left:?}");
}

#[test]
fn an_erasure_whose_log_is_still_read_says_busy_and_is_done_when_it_is_called_again() {
    let folder = tempfile::tempdir().unwrap();
    let options = sqlite::Options { busy_timeout: std::time::Duration::from_millis(1), ..sqlite::Options::default() };
    let store = Arc::new(sqlite::SqliteStore::open(folder.path().join("shop.sqlite"), options).unwrap());
    let scrubbed = store.clone();
    let builder = Referrals::builder(keyring()).scrub(move || scrubbed.scrub());
    let referrals = builder.over(store.clone()).unwrap();
    live(&referrals);
    let snapshot = store.snapshot().unwrap();
    let who = Who::Host(CANARIES[3].parse().unwrap());
    let busy = referrals.erase(&who).unwrap_err();
    assert!(matches!(busy, referrals::Error::Store(StoreError::Busy(_))), "{busy}");
    drop(snapshot);
    assert_eq!(referrals.erase(&who).unwrap(), None, "nobody is left; the log is cut all the same");
    let left = canaries_in_files(folder.path());
    assert!(OWN.iter().all(|canary| !left.contains(canary)), "{left:?}");
}

/// Whether bytes stand in any of a database's files.
fn is_in_files(folder: &Path, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|file| file.windows(bytes.len()).any(|part| part == bytes))
}

#[test]
fn a_kept_message_is_in_no_file_in_plain_and_after_an_erasure_not_encrypted_either() {
    for is_known in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("shop.sqlite").display());
        let referrals = Referrals::open(&url, keyring()).unwrap();
        let who = if is_known {
            live(&referrals);
            Who::Host(CANARIES[3].parse().unwrap())
        } else {
            say(&referrals, letter("of a stranger", json!([{"email": "stranger@kanarie.example"}])));
            Who::Email("Stranger@kanarie.example".parse().unwrap())
        };
        let others = say(&referrals, letter("of another", json!([{"host": "bob"}])));
        assert!(!is_in_files(folder.path(), SEALED.as_bytes()));
        let sealed: Vec<Vec<u8>> = {
            let store =
                sqlite::SqliteStore::open(folder.path().join("shop.sqlite"), sqlite::Options::default()).unwrap();
            let body = |record| match record {
                Record::LetterBody(body) => Some(body.sealed.0),
                _ => None,
            };
            all(&store).into_iter().filter_map(body).collect()
        };
        assert_eq!(sealed.len(), 2);
        // The ciphertext is told by its last bytes: a row's content is in one piece.
        let is_there = |sealed: &Vec<u8>| is_in_files(folder.path(), &sealed[sealed.len() - 24..]);
        assert!(sealed.iter().all(is_there), "the search finds them");
        assert_eq!(referrals.erase(&who).unwrap().is_some(), is_known);
        assert_eq!(sealed.iter().filter(|sealed| is_there(sealed)).count(), 1);
        let referrals::command::AnyOutcome::LetterKept(kept) = others else { panic!("{others:?}") };
        assert!(referrals.letter(&kept.letter).unwrap().body.is_some());
        assert!(referrals.audit().unwrap().is_clean());
    }
}
