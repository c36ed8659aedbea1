//! A store of people who referred one another over generations: what the graph is read from.
//!
//! The records are written as they are, past the engine: a million sign-ups by commands would take half an hour, and what is
//! measured is reading.

use std::path::{Path, PathBuf};

use referral_core::command::{DefineCampaign, HostFacts, Outcome, Request};
use referral_core::engine::{Engine, drive};
use referral_core::record::{
    ConversionKind, Data, Evidence, Moderation, OrderFact, Origin, Participant, ParticipantState, Places, Progress,
    Record, Referral,
};
use referral_core::store::{Batch, Commit, Put, Store, Stored, Version};
use referral_core::value::{CampaignId, CommandKey, Entropy, ParticipantId, TenantId, Timestamp};
use referral_sqlite::{HostStore, Options, SqliteStore};
use rusqlite::Connection;

use crate::data::{folder, remove};
use crate::flow::{campaign_definition, keyring, start};

/// To be changed with what this file does, so that older files are not taken for new ones.
const BUILD: u32 = 1;
/// How many people one commit writes.
const CHUNK: usize = 5_000;
/// One person in this many was referred by nobody.
const ROOTS: u64 = 8;
/// One referred person in this many has bought.
const BUYERS: u64 = 5;

/// The referrer of each person, by number; none for one person in eight. A referrer has a smaller number than the invitee.
#[must_use]
pub fn referrers(people: u32) -> Vec<Option<u32>> {
    let mut entropy = Entropy::new([5; 32]);
    let mut referrer = |person: u32| {
        let drawn = entropy.number();
        let from = (drawn >> 8) % u64::from(person.max(1));
        (person > 0 && !drawn.is_multiple_of(ROOTS)).then(|| u32::try_from(from).expect("a person before"))
    };
    (0..people).map(&mut referrer).collect()
}

/// The id of a person.
#[must_use]
pub fn id(person: u32) -> ParticipantId {
    // As a minted one: a time, and then what nobody can guess.
    let hash = blake3::hash(&person.to_le_bytes());
    let tail = u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes"));
    ParticipantId(uuid::Uuid::from_u128(u128::from(person) << 80 | u128::from(tail)))
}

/// The SQLite file of a program with this number of people. It is written if it does not exist.
///
/// # Panics
/// If it cannot be made.
#[must_use]
pub fn forest_file(people: u32) -> PathBuf {
    let schema = referral_sqlite::initial_schema();
    let hash = blake3::hash([schema.as_bytes(), &BUILD.to_le_bytes()].concat().as_slice());
    let path = folder().join(format!("forest-{people}-{}.sqlite", &hash.to_hex()[..12]));
    if !path.exists() {
        let partial = path.with_extension("partial");
        remove(&partial);
        write_file(&partial, people);
        std::fs::rename(&partial, &path).expect("a name");
    }
    path
}

fn write_file(path: &Path, people: u32) {
    drop(SqliteStore::open(path, Options::default()).expect("a new file"));
    let mut connection = Connection::open(path).expect("the file");
    connection.set_prepared_statement_cache_capacity(64);
    let fast = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN IMMEDIATE";
    connection.execute_batch(fast).expect("settings");
    let store = HostStore::over(&mut connection).expect("a transaction");
    plant(&store, people);
    connection.execute_batch("COMMIT; PRAGMA journal_mode = WAL").expect("an end");
}

/// Writes a campaign and this number of people into an empty store.
///
/// # Panics
/// If it cannot be written.
pub fn plant(store: &dyn Store, people: u32) {
    let engine = Engine::new(keyring());
    let definition = serde_json::from_value(campaign_definition()).expect("a campaign");
    let key = CommandKey::mint(start(), &mut Entropy::new([6; 32]));
    let request = Request { key, command: DefineCampaign { definition }.into(), facts: HostFacts::default() };
    let mut defining = engine.execute(TenantId::default(), vec![request], start(), Entropy::new([7; 32]));
    let receipts = drive(store, &mut defining).expect("a result");
    assert!(receipts.iter().flatten().all(|receipt| matches!(receipt.outcome, Outcome::Accepted(_))));
    let referrers = referrers(people);
    for (chunk, some) in referrers.chunks(CHUNK).enumerate() {
        let first = u32::try_from(chunk * CHUNK).expect("a person");
        let of = |(person, referrer): (u32, &Option<u32>)| records(person, *referrer);
        let puts = (first..).zip(some).flat_map(of).map(|record| Put {
            stored: Stored { record, version: Version::from_random(99) },
            expected: Version::ABSENT,
        });
        let mut puts: Vec<Put> = puts.collect();
        puts.sort_by_key(|put| put.stored.record.key());
        let committed = store.commit(&Batch { puts, ..Batch::default() }).expect("a commit");
        assert_eq!(committed, Commit::Applied);
    }
}

fn records(person: u32, referrer: Option<u32>) -> Vec<Record> {
    let at = Timestamp::from_micros(start().as_micros() - 30_000_000_000_000 + i64::from(person) * 20_000_000);
    let at = at.expect("a time");
    let participant = Participant {
        participant: id(person),
        state: ParticipantState::Active,
        said: None,
        enrolled_at: at,
        refers_since: Some(at),
        country: "FR".parse().ok(),
        data: Data::default(),
        referred_in: referrer.iter().map(|_| CampaignId(1)).collect(),
        merged: Vec::new(),
        merged_into: None,
        orders: Vec::new(),
    };
    let referral = referrer.map(|referrer| referral(person, referrer, at));
    [Record::from(participant)].into_iter().chain(referral.map(Record::from)).collect()
}

fn referral(person: u32, referrer: u32, at: Timestamp) -> Referral {
    let bought = u64::from(person).is_multiple_of(BUYERS);
    let order = OrderFact {
        at,
        source: "shop".parse().expect("a source"),
        event: format!("order-{person}").parse().expect("an id"),
        converted: ConversionKind::Purchase,
        currency: "EUR".parse().ok(),
        total_minor: 2_000 + i64::from(person % 8_000),
        tax_minor: 0,
        shipping_minor: 0,
        refunded_minor: 0,
        is_void: false,
        is_late: false,
        is_over: false,
        reading: String::new(),
    };
    Referral {
        campaign: CampaignId(1),
        invitee: id(person),
        lead: 1,
        leads: 1,
        referrer: id(referrer),
        progress: if bought { Progress::Qualified } else { Progress::Lead },
        moderation: Moderation::Clear,
        version: 1,
        evidence: Evidence::Link,
        channel: "whatsapp".parse().ok(),
        country: "FR".parse().ok(),
        is_new: true,
        link: None,
        origin: Origin::default(),
        clicked_at: Some(at),
        click_class: None,
        command: CommandKey::mint(at, &mut Entropy::new([8; 32]).part("command", u64::from(person))),
        lead_at: at,
        expires_at: None,
        qualified_at: bought.then_some(at),
        further: Vec::new(),
        superseded: false,
        reading: String::new(),
        orders: if bought { vec![order] } else { Vec::new() },
        sealed: None,
        marks: Vec::new(),
        moderating: Vec::new(),
        suspected: None,
        reassigned: Vec::new(),
        places: Places::default(),
    }
}
