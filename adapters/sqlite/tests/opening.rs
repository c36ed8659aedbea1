//! What is opened, what is refused, and what is promised of an open file.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in its helpers"
)]

use std::fs;
use std::time::Duration;

use referral_core::error::StoreError;
use referral_core::record::Kind;
use referral_core::store::{Batch, Commit, Listing, Store};
use referral_core::value::TenantId;
use referral_sqlite::rusqlite::Connection;
use referral_sqlite::{APPLICATION_ID, HostStore, Options, SCHEMA_VERSION, SqliteStore, install};

fn open(path: &std::path::Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(path, Options::default())
}

#[test]
fn a_new_file_carries_the_application_id_and_the_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.db");
    open(&path).unwrap();
    open(&path).unwrap();
    let connection = Connection::open(&path).unwrap();
    let id: i32 = connection.query_row("PRAGMA application_id", (), |row| row.get(0)).unwrap();
    let versions: (u32, u32) = connection
        .query_row("SELECT count(*), max(version) FROM referral_schema", (), |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let mode: String = connection.query_row("PRAGMA journal_mode", (), |row| row.get(0)).unwrap();
    let page: u32 = connection.query_row("PRAGMA page_size", (), |row| row.get(0)).unwrap();
    assert_eq!((id, versions, mode.as_str(), page), (APPLICATION_ID, (1, SCHEMA_VERSION), "wal", 8192));
}

#[test]
fn a_database_of_newer_software_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("newer.db");
    open(&path).unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.execute("INSERT INTO referral_schema (version) VALUES (?1)", [SCHEMA_VERSION + 6]).unwrap();
    let expected = StoreError::NewerVersion { found: SCHEMA_VERSION + 6, known: SCHEMA_VERSION };
    assert_eq!(open(&path).unwrap_err(), expected);
    let mut connection = connection;
    let transaction = connection.transaction().unwrap();
    assert_eq!(install(&transaction).unwrap_err(), expected);
}

#[test]
fn a_database_of_tables_that_were_never_released_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("older.db");
    open(&path).unwrap();
    let mut connection = Connection::open(&path).unwrap();
    connection.execute("UPDATE referral_schema SET version = 1", ()).unwrap();
    let refused = open(&path).unwrap_err();
    assert!(matches!(&refused, StoreError::Setup(problem) if problem.contains("version 1")), "{refused}");
    let transaction = connection.transaction().unwrap();
    let refused = install(&transaction).unwrap_err();
    assert!(matches!(&refused, StoreError::Setup(problem) if problem.contains("version 1")), "{refused}");
}

#[test]
fn what_is_not_ours_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    type Make = fn(&std::path::Path);
    let cases: &[(&str, Make)] = &[
        ("text.db", |path| {
            fs::write(path, "a text that is long enough to be taken for a header of some file").unwrap()
        }),
        ("tables.db", |path| Connection::open(path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap()),
        ("other.db", |path| Connection::open(path).unwrap().execute_batch("PRAGMA application_id = 7").unwrap()),
        ("folder.db", |path| fs::create_dir(path).unwrap()),
    ];
    for (name, make) in cases {
        let path = folder.path().join(name);
        make(&path);
        let before = fs::read(&path).ok();
        match open(&path).unwrap_err() {
            StoreError::Setup(problem) => assert!(problem.contains(name), "{problem}"),
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(fs::read(&path).ok(), before, "{name}");
    }
    assert!(matches!(open(&folder.path().join("none/such.db")).unwrap_err(), StoreError::Setup(_)));
}

#[test]
fn a_file_that_cannot_be_durable_is_refused() {
    for path in [":memory:", ""] {
        match SqliteStore::open(path, Options::default()).unwrap_err() {
            StoreError::Setup(problem) => assert!(problem.contains("journal_mode"), "{problem}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn busy_is_said_after_the_timeout_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("busy.db");
    let options = Options { busy_timeout: Duration::from_millis(20), ..Options::default() };
    let store = SqliteStore::open(&path, options).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let batch = batch(1);
    match store.commit(&batch).unwrap_err() {
        StoreError::Busy(problem) => assert!(problem.contains("busy timeout"), "{problem}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(names(&store), 0, "readers wait for nobody");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.commit(&batch).unwrap(), Commit::Applied);
    assert_eq!(names(&store), 1);
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for store in [open(&folder.path().join("snapshot.db")).unwrap(), SqliteStore::in_memory().unwrap()] {
        assert_eq!(store.commit(&batch(1)).unwrap(), Commit::Applied);
        let snapshot = store.snapshot().unwrap();
        assert_eq!(store.commit(&batch(2)).unwrap(), Commit::Applied);
        assert_eq!((names(&snapshot), names(&store), names(&store.snapshot().unwrap())), (1, 2, 2));
        assert!(matches!(snapshot.commit(&batch(3)).unwrap_err(), StoreError::Failed(_)));
    }
}

#[test]
fn the_host_keeps_its_own_tables_in_the_same_file_and_ends_the_transaction_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("host.db");
    let mut connection = Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA application_id = 7; CREATE TABLE settings (a); CREATE TABLE link (a)").unwrap();
    assert!(HostStore::over(&mut connection).is_err(), "no transaction is open");
    for _ in 0..2 {
        let transaction = connection.transaction().unwrap();
        install(&transaction).unwrap();
        transaction.commit().unwrap();
    }
    for (number, end, expected) in [(1, "ROLLBACK", (0, 0)), (2, "COMMIT", (1, 1))] {
        connection.execute_batch("BEGIN IMMEDIATE; INSERT INTO settings VALUES (1)").unwrap();
        let store = HostStore::over(&mut connection).unwrap();
        assert_eq!(store.commit(&batch(number)).unwrap(), Commit::Applied);
        assert!(matches!(store.commit(&batch(number)).unwrap(), Commit::Refused { .. }));
        assert_eq!(names(&store), 1);
        connection.execute_batch(end).unwrap();
        let rows: u32 = connection.query_row("SELECT count(*) FROM settings", (), |row| row.get(0)).unwrap();
        assert_eq!((names(&open(&path).unwrap()), rows), expected);
    }
    let id: i32 = connection.query_row("PRAGMA application_id", (), |row| row.get(0)).unwrap();
    assert_eq!(id, 7);
}

#[test]
fn a_refusal_inside_a_transaction_of_the_host_takes_back_the_batch_and_nothing_else() {
    let mut connection = Connection::open_in_memory().unwrap();
    let transaction = connection.transaction().unwrap();
    install(&transaction).unwrap();
    let tenant = TenantId::default();
    assert_eq!(referral_sqlite::commit_in(&transaction, &batch(1)).unwrap(), Commit::Applied);
    let mut both = batch(2);
    both.puts.extend(batch(1).puts);
    let key = both.puts[1].stored.record.key();
    let refused = Commit::Refused { stale: vec![key.clone()], over: Vec::new() };
    assert_eq!(referral_sqlite::commit_in(&transaction, &both).unwrap(), refused);
    let other = both.puts[0].stored.record.key();
    assert_eq!(referral_sqlite::load_in(&transaction, &tenant, &[key, other]).unwrap().len(), 1);
    assert_eq!(referral_sqlite::commit_in(&transaction, &batch(3)).unwrap(), Commit::Applied);
    let page = referral_sqlite::list_in(&transaction, &tenant, &Listing::All(Kind::CampaignName).first(9)).unwrap();
    assert_eq!(page.rows.len(), 2);
}

fn batch(number: u32) -> Batch {
    use referral_core::record::CampaignName;
    use referral_core::store::{Put, Stored, Version};
    use referral_core::value::{CampaignId, CampaignSlug};
    let slug = CampaignSlug::new(format!("c{number}")).unwrap();
    let record = CampaignName { slug, campaign: CampaignId(number) }.into();
    let stored = Stored { record, version: Version::from_random(u64::from(number) << 20) };
    Batch { puts: vec![Put { stored, expected: Version::ABSENT }], ..Batch::default() }
}

fn names(store: &dyn Store) -> u32 {
    store.list(&TenantId::default(), &Listing::All(Kind::CampaignName).first(100)).unwrap().rows.len() as u32
}
