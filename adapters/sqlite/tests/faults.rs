//! Full disks, damaged files and rows that hold what they should not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, also in its helpers")]

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};

use referral_core::error::StoreError;
use referral_core::record::{CampaignName, CampaignNameKey, CampaignVersion, Cell, Document, Key, Kind};
use referral_core::store::{Batch, Commit, Cursor, Listing, PageRequest, Put, Store, Stored, Version};
use referral_core::value::{CampaignId, CampaignSlug, TenantId, Timestamp};
use referral_sqlite::rusqlite::Connection;
use referral_sqlite::{HostStore, Options, SqliteStore, commit_in, install};

fn slug(number: u32) -> CampaignSlug {
    CampaignSlug::new(format!("campaign-{number}")).unwrap()
}

fn name(number: u32) -> Put {
    let record = CampaignName { slug: slug(number), campaign: CampaignId(number) }.into();
    Put { stored: Stored { record, version: Version::from_random(9 << 8) }, expected: Version::ABSENT }
}

/// A record of more than `bytes` bytes.
fn wide(bytes: usize) -> Put {
    let definition = Document("x".repeat(bytes).into());
    let (campaign, version, defined_at) = (CampaignId(1), 1, Timestamp::FIRST);
    let record = CampaignVersion { campaign, version, definition, defined_at }.into();
    Put { stored: Stored { record, version: Version::from_random(9 << 8) }, expected: Version::ABSENT }
}

fn batch(puts: Vec<Put>) -> Batch {
    Batch { puts, ..Batch::default() }
}

fn names(store: &dyn Store) -> usize {
    store.list(&TenantId::default(), &Listing::All(Kind::CampaignName).first(100)).unwrap().rows.len()
}

#[test]
fn a_full_disk_fails_the_batch_whole_and_nothing_follows_outside_the_transaction() {
    let mut connection = Connection::open_in_memory().unwrap();
    let transaction = connection.transaction().unwrap();
    install(&transaction).unwrap();
    transaction.commit().unwrap();
    let pages: u32 = connection.query_row("PRAGMA page_count", (), |row| row.get(0)).unwrap();
    connection.pragma_update(None, "max_page_count", pages + 2).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = HostStore::over(&mut connection).unwrap();
    let refused = store.commit(&batch(vec![name(1), wide(100_000)])).unwrap_err();
    assert!(matches!(&refused, StoreError::Failed(problem) if problem.contains("full")), "{refused:?}");
    // SQLite has rolled back the whole transaction: what came now would be a commit of its own.
    let refused = store.commit(&batch(vec![name(2)])).unwrap_err();
    assert!(matches!(&refused, StoreError::Failed(problem) if problem.contains("no longer open")), "{refused:?}");
    assert_eq!(names(&store), 0);
    assert!(connection.is_autocommit());
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = HostStore::over(&mut connection).unwrap();
    assert_eq!(store.commit(&batch(vec![name(2)])).unwrap(), Commit::Applied);
    assert_eq!(names(&store), 1);
}

#[test]
fn nothing_is_written_once_the_transaction_of_the_host_is_gone() {
    let mut connection = Connection::open_in_memory().unwrap();
    let transaction = connection.transaction().unwrap();
    install(&transaction).unwrap();
    transaction.execute_batch("COMMIT").unwrap();
    let problem = commit_in(&transaction, &batch(vec![name(1)])).unwrap_err();
    assert!(matches!(problem, StoreError::Failed(_)), "{problem:?}");
    let rows: u32 = transaction.query_row("SELECT count(*) FROM referral_campaign_name", (), |row| row.get(0)).unwrap();
    assert_eq!(rows, 0);
}

#[test]
fn a_row_that_holds_what_it_should_not_is_corrupt_and_its_content_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.db");
    let store = SqliteStore::open(&path, Options::default()).unwrap();
    assert_eq!(store.commit(&batch(vec![name(1), wide(1)])).unwrap(), Commit::Applied);
    let cases = [
        ("UPDATE referral_campaign_name SET campaign = -77", Kind::CampaignName, "campaign_name.campaign:"),
        ("UPDATE referral_campaign_name SET slug = CAST(x'7365ff' AS TEXT)", Kind::CampaignName, "campaign_name.slug:"),
        (
            "UPDATE referral_campaign_version SET definition = '[77'",
            Kind::CampaignVersion,
            "campaign_version.definition:",
        ),
    ];
    for (damage, kind, place) in cases {
        Connection::open(&path).unwrap().execute(damage, ()).unwrap();
        match store.list(&TenantId::default(), &Listing::All(kind).first(10)).unwrap_err() {
            StoreError::Corrupt(problem) => assert!(problem.starts_with(place) && !problem.contains("77"), "{problem}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_damaged_file_is_corrupt_and_not_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.db");
    let store = SqliteStore::open(&path, Options::default()).unwrap();
    assert_eq!(store.commit(&batch((0..500).map(name).collect())).unwrap(), Commit::Applied);
    drop(store);
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    let length = file.metadata().unwrap().len();
    file.seek(SeekFrom::Start(8192)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(length).unwrap() - 8192]).unwrap();
    drop(file);
    let key: Key = CampaignNameKey { slug: slug(7) }.into();
    let opened = SqliteStore::open(&path, Options::default());
    match opened.and_then(|store| store.load(&TenantId::default(), &[key])) {
        Err(StoreError::Corrupt(_) | StoreError::Setup(_)) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cursor_of_another_listing_is_refused() {
    let store = SqliteStore::in_memory().unwrap();
    let after = Some(Cursor(vec![Cell::Integer(1), Cell::Integer(2), Cell::Null]));
    let request = PageRequest { after, ..Listing::All(Kind::CampaignName).first(3) };
    assert!(matches!(store.list(&TenantId::default(), &request).unwrap_err(), StoreError::Failed(_)));
}
