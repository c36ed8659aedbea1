//! Files that somebody else made, and who can read those that we make.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, also in its helpers")]

use std::fs;
use std::path::Path;

use referral_core::error::StoreError;
use referral_core::record::{CampaignName, Kind};
use referral_core::store::{Batch, Commit, Listing, Put, Store, Stored, Version};
use referral_core::value::{CampaignId, CampaignSlug, TenantId};
use referral_sqlite::rusqlite::Connection;
use referral_sqlite::{Options, SqliteStore, install};

fn open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(path, Options::default())
}

fn refusal(result: Result<SqliteStore, StoreError>) -> String {
    match result.unwrap_err() {
        StoreError::Setup(problem) => problem,
        other => panic!("{other:?}"),
    }
}

fn batch(number: u32) -> Batch {
    let slug = CampaignSlug::new(format!("c{number}")).unwrap();
    let record = CampaignName { slug, campaign: CampaignId(number) }.into();
    let stored = Stored { record, version: Version::from_random(u64::from(number) << 20) };
    Batch { puts: vec![Put { stored, expected: Version::ABSENT }], ..Batch::default() }
}

fn names(store: &dyn Store) -> usize {
    store.list(&TenantId::default(), &Listing::All(Kind::CampaignName).first(100)).unwrap().rows.len()
}

/// Takes the table away, and puts a view in its place whose rows never end.
const ENDLESS_VIEW: &str = "
    DROP TABLE referral_campaign_name;
    CREATE VIEW referral_campaign_name (tenant, slug, campaign, row_version) AS
        WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)
        SELECT 'default', 'c' || i, i, 1 FROM n WHERE i < 0";

/// Deletes the campaigns' names whenever one is written.
const TRIGGER: &str = "
    CREATE TRIGGER tidy AFTER INSERT ON referral_campaign_name BEGIN
        DELETE FROM referral_campaign_name;
    END";

/// What was changed in the schema, by which statements, and which object the refusal names.
const CASES: [(&str, &str, &str); 8] = [
    ("a view in place of a table", ENDLESS_VIEW, "referral_campaign_name"),
    ("a trigger", TRIGGER, "tidy"),
    (
        "a trigger on a view for people",
        "CREATE TRIGGER t INSTEAD OF DELETE ON referral_settings_readable BEGIN DELETE FROM referral_settings; END",
        "`t`",
    ),
    (
        "a column that is computed",
        "ALTER TABLE referral_campaign_name ADD COLUMN x INTEGER AS (length(hex(zeroblob(1000000000))))",
        "referral_campaign_name",
    ),
    ("a column more", "ALTER TABLE referral_link ADD COLUMN x TEXT DEFAULT 'y'", "referral_link"),
    ("an index that allows one row", "CREATE UNIQUE INDEX one ON Referral_Link (tenant)", "`one`"),
    ("no index", "DROP INDEX referral_touch_by_campaign", "referral_touch_by_campaign"),
    ("no table", "DROP TABLE referral_reward", "referral_reward"),
];

#[test]
fn a_file_with_another_schema_is_refused_by_the_name_of_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    for (number, (what, change, named)) in CASES.iter().enumerate() {
        let path = folder.path().join(format!("{number}.db"));
        drop(open(&path).unwrap());
        let mut other = Connection::open(&path).unwrap();
        other.execute_batch(change).unwrap();
        let problem = refusal(open(&path));
        assert!(problem.contains(named) && problem.contains(&format!("{number}.db")), "{what}: {problem}");
        let transaction = other.transaction().unwrap();
        let refused = install(&transaction).unwrap_err();
        assert!(matches!(&refused, StoreError::Setup(problem) if problem.contains(named)), "{what}: {refused}");
    }
}

#[test]
fn a_table_of_versions_that_is_a_view_or_computes_is_refused_and_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let endless = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i AS version FROM n";
    for (number, script) in [
        format!("CREATE VIEW referral_schema AS {endless}"),
        format!("CREATE VIEW REFERRAL_SCHEMA AS {endless}"),
        "CREATE TABLE referral_schema (a INTEGER, version INTEGER AS (length(hex(zeroblob(900000000)))))".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        let path = folder.path().join(format!("{number}.db"));
        Connection::open(&path).unwrap().execute_batch(script).unwrap();
        let problem = refusal(open(&path));
        assert!(problem.contains("`referral_schema` is not the table"), "{problem}");
    }
}

#[test]
fn tables_triggers_and_views_of_the_hosts_own_stay_its_business() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("host.db");
    let mut host = Connection::open(&path).unwrap();
    let transaction = host.transaction().unwrap();
    install(&transaction).unwrap();
    transaction.commit().unwrap();
    host.execute_batch(
        "CREATE TABLE shop (a); CREATE INDEX by_a ON shop (a);
         CREATE TRIGGER t AFTER INSERT ON shop BEGIN DELETE FROM shop; END;
         CREATE VIEW campaigns AS SELECT slug FROM referral_campaign_name",
    )
    .unwrap();
    let store = open(&path).unwrap();
    assert_eq!(store.commit(&batch(1)).unwrap(), Commit::Applied);
    let shown: u32 = host.query_row("SELECT count(*) FROM campaigns", (), |row| row.get(0)).unwrap();
    assert_eq!(shown, 1);
}

/// A trigger that is planted while the store is open does not run on our connections. The control is another program's
/// connection, on which it does.
#[test]
fn a_trigger_that_is_planted_while_the_store_is_open_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("open.db");
    let store = open(&path).unwrap();
    assert_eq!(store.commit(&batch(1)).unwrap(), Commit::Applied);
    let other = Connection::open(&path).unwrap();
    other.execute_batch(TRIGGER).unwrap();
    assert_eq!(store.commit(&batch(2)).unwrap(), Commit::Applied);
    assert_eq!(names(&store), 2);
    let row = "INSERT INTO referral_campaign_name VALUES ('default', 'control', 3, 3)";
    other.execute(row, ()).unwrap();
    assert_eq!(names(&store), 0, "without the defence the trigger runs");
}

#[test]
fn a_view_that_is_planted_while_the_store_is_open_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("view.db");
    let store = open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch(ENDLESS_VIEW).unwrap();
    let listed = store.list(&TenantId::default(), &Listing::All(Kind::CampaignName).first(1));
    assert!(listed.is_err(), "{listed:?}");
}

#[test]
fn a_path_that_looks_like_a_uri_is_a_path() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("r.db");
    let uri = format!("file:{}?mode=memory&cache=shared", inside.display());
    // The folders of this relative path do not exist. As a URI it would open, in memory.
    let problem = refusal(open(Path::new(&uri)));
    assert!(problem.contains("cannot be made"), "{problem}");
    assert!(!inside.exists());
    let control = Connection::open(&uri).and_then(|control| control.execute_batch("CREATE TABLE t (a)"));
    assert!(control.is_ok(), "SQLite itself takes the text for a URI");
}

#[cfg(unix)]
mod on_unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_file_and_its_logs_can_be_read_by_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.db");
        let store = open(&path).unwrap();
        assert_eq!(store.commit(&batch(1)).unwrap(), Commit::Applied);
        for name in ["r.db", "r.db-wal", "r.db-shm"] {
            assert_eq!(mode(&folder.path().join(name)), 0o600, "{name}");
        }
        // SQLite alone makes a file as the process makes any.
        let (control, usual) = (folder.path().join("control.db"), folder.path().join("usual"));
        Connection::open(&control).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        fs::write(&usual, "").unwrap();
        assert_eq!(mode(&control), mode(&usual) & 0o644);
    }

    #[test]
    fn a_mode_that_the_operator_gave_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.db");
        drop(open(&path).unwrap());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).unwrap();
        let store = open(&path).unwrap();
        assert_eq!(store.commit(&batch(1)).unwrap(), Commit::Applied);
        assert_eq!(mode(&path), 0o660);
    }

    #[test]
    fn links_that_lead_nowhere_and_what_is_no_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target.db");
        let link = folder.path().join("link.db");
        symlink(&target, &link).unwrap();
        assert!(refusal(open(&link)).contains("leads nowhere"));
        assert!(!target.exists(), "nothing was made where the link leads");
        let endless = folder.path().join("endless.db");
        symlink("/dev/zero", &endless).unwrap();
        assert!(refusal(open(&endless)).contains("no regular file"));
    }

    #[test]
    fn planted_logs_are_neither_followed_nor_taken_for_the_files_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.db");
        let log = folder.path().join("r.db-wal");
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "kept").unwrap();
        symlink(&elsewhere, &log).unwrap();
        assert!(refusal(open(&path)).contains("r.db-wal"));
        assert!(!path.exists());
        fs::remove_file(&log).unwrap();
        drop(open(&path).unwrap());
        symlink(&elsewhere, &log).unwrap();
        let written = open(&path).and_then(|store| store.commit(&batch(1)));
        assert!(written.is_err(), "{written:?}");
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "kept");
    }
}
