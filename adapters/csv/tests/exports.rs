//! An export, its restore, and the export of that: the same bytes; and what a restore refuses.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{Place, keyring, keyring_with, stored};
use referral_csv::{Format, RestoreError, export, restore};
use referrals::command::{Enrol, Person, RecordClick, RecordRefund, RefundAmount, Subscribe, Unsubscribe, Who};
use referrals::record::{Kind, NotificationKind, Purpose, Record};
use referrals::sqlite::{Options, SqliteStore};
use referrals::store::{Add, Batch, Commit, MemoryStore, Put, Store, Version};
use referrals::value::TenantId;
use referrals::{Keyring, Referrals};

const FORMATS: [Format; 2] = [Format::Csv, Format::JsonLines];

type Files = BTreeMap<Kind, Vec<u8>>;

fn exported(referrals: &Referrals, format: Format) -> Files {
    let file = |kind: &Kind| {
        let mut file = Vec::new();
        export(referrals, *kind, format, &mut file).unwrap();
        (*kind, file)
    };
    Kind::ALL.iter().map(file).collect()
}

fn open(store: Arc<dyn Store>, keyring: Keyring) -> Referrals {
    Referrals::builder(keyring).over(store).unwrap()
}

fn empty() -> Referrals {
    open(Arc::new(MemoryStore::new()), keyring())
}

/// A program that has been lived in: people with odd names, leads, orders, a refund, clicks, somebody who is told, somebody
/// who wants no mails.
fn lived_in() -> Place {
    let (place, code) = Place::new();
    let campaign = "spring".parse().unwrap();
    let kinds = vec![NotificationKind::ReferralLead, NotificationKind::RewardDue];
    place.referrals.execute(Subscribe { subscriber: "crm".parse().unwrap(), kinds, purpose: Purpose::Events }).unwrap();
    let names = ["=1+1", "@SUM(A1)", "-2", "'quoted'", "a,b;\"c\"", "日本 🎉", "+49 30", "＝1"];
    for (number, name) in names.iter().enumerate() {
        let mut person = Person::by_email(&format!("p{number}@example.com")).unwrap();
        person.name = Some(referrals::record::Private((*name).to_owned()));
        place.referrals.execute(Enrol::new(&campaign, person)).unwrap();
    }
    let leads = format!("host_id,code,data.plan\ndan,{code},=pro\neva,{code},\n=fay,{code},1.5\n");
    place.told("content = 'invitees'\ncampaign = 'spring'", &leads);
    let orders = "id,host_id,total\no-1,dan,20\n@o-2,eva,30\n-o-3,hal,5\no-4,dan,7\n";
    place.told("content = 'conversions'\nsource = 'shop'\ncurrency = 'EUR'", orders);
    let (source, event, refund) = ("shop".parse().unwrap(), "o-1".parse().unwrap(), "r-1".parse().unwrap());
    let amount = RefundAmount::Amount("5 EUR".parse().unwrap());
    place.referrals.execute(RecordRefund { source, event, refund, amount, actor: None, reason: None }).unwrap();
    place.referrals.execute(Unsubscribe::by_host(Who::Host("dan".parse().unwrap()))).unwrap();
    for visitor in ["v-1", "v-2", "v-1"] {
        let click = RecordClick::new(&code);
        let click = RecordClick { campaign: Some(campaign.clone()), visitor: Some(visitor.to_owned()), ..click };
        place.referrals.execute(click).unwrap();
    }
    assert!(place.referrals.audit().unwrap().is_clean());
    place
}

#[test]
fn an_export_restored_and_exported_again_has_the_same_bytes_and_records() {
    let place = lived_in();
    for format in FORMATS {
        let files = exported(&place.referrals, format);
        let filled = files.values().filter(|file| file.iter().filter(|byte| **byte == b'\n').count() > 1).count();
        assert!(filled >= 18, "{filled}");

        let memory = Arc::new(MemoryStore::new());
        let again = open(Arc::<MemoryStore>::clone(&memory), keyring());
        let restored = restore(&again, format, &mut files.clone()).unwrap();
        assert_eq!(restored.records[&Kind::Referral], 3);
        assert_eq!(exported(&again, format), files);
        assert_eq!(memory.content_hash(), place.store.content_hash());

        let sqlite = Arc::new(SqliteStore::in_memory().unwrap());
        let again = open(sqlite, keyring());
        restore(&again, format, &mut files.clone()).unwrap();
        assert_eq!(exported(&again, format), files);
        // It goes on from where it was.
        again.execute(Enrol::new(&"spring".parse().unwrap(), Person::by_host_id("new").unwrap())).unwrap();
        assert!(again.audit().unwrap().is_clean());
    }
}

#[test]
fn every_kind_of_record_is_exact_in_both_formats() {
    let source = Arc::new(MemoryStore::new());
    let referrals = open(Arc::<MemoryStore>::clone(&source), keyring());
    for (number, kind) in Kind::ALL.iter().filter(|kind| **kind != Kind::Settings).enumerate() {
        for record in conformance::samples::records(*kind, 7) {
            let mut batch = Batch { tenant: TenantId::default(), ..Batch::default() };
            match &record {
                Record::Total(total) => batch.adds.push(add(&record, total.value, total.reached_at)),
                Record::Standing(standing) => batch.adds.push(add(&record, standing.value, standing.reached_at)),
                _ => {
                    let version = Version::from_random(1_000 + number as u64 * 2);
                    let stored = referrals::store::Stored { record, version };
                    batch.puts.push(Put { stored, expected: Version::ABSENT });
                }
            }
            assert_eq!(source.commit(&batch).unwrap(), Commit::Applied);
        }
    }
    for format in FORMATS {
        let files = exported(&referrals, format);
        let restored = Arc::new(MemoryStore::new());
        let again = open(Arc::<MemoryStore>::clone(&restored), keyring());
        // Records at random do not fit together: all is there, and the audit says so.
        let error = restore(&again, format, &mut files.clone()).unwrap_err();
        assert!(matches!(error, RestoreError::Differences(_)), "{error}");
        assert_eq!(exported(&again, format), files);
        assert_eq!(restored.content_hash(), source.content_hash());
    }
}

fn add(record: &Record, by: i64, at: referrals::value::Timestamp) -> Add {
    Add { key: record.key(), by, at_least: None, at_most: None, at }
}

#[test]
fn no_field_of_a_csv_export_runs_in_a_spreadsheet() {
    let place = lived_in();
    let mut shielded = 0;
    for (kind, file) in exported(&place.referrals, Format::Csv) {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file.as_slice());
        for row in reader.records() {
            for field in &row.unwrap() {
                let runs = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '＠'];
                assert!(!field.starts_with(runs), "{kind:?}: {field}");
                shielded += usize::from(field.starts_with('\''));
            }
        }
    }
    assert!(shielded >= 10, "{shielded}");
}

#[test]
fn a_restore_refuses_what_is_not_a_whole_export_and_writes_nothing() {
    let place = lived_in();
    let changed = |format: Format, kind: Kind, change: &dyn Fn(String) -> String| {
        let mut files = exported(&place.referrals, format);
        let file = String::from_utf8(files.remove(&kind).unwrap()).unwrap();
        files.insert(kind, change(file).into_bytes());
        files
    };
    let line = |file: &str, number: usize| file.lines().nth(number).unwrap().to_owned();
    type Change<'a> = &'a dyn Fn(String) -> String;
    let cases: &[(Format, Kind, &str, Change<'_>)] = &[
        (Format::Csv, Kind::Reward, "columns", &|file| file.replacen("cause", "cause2", 1)),
        (Format::Csv, Kind::Reward, "columns", &|_| String::new()),
        (Format::Csv, Kind::Person, "out of the order", &|file| file.clone() + &line(&file, 1) + "\n"),
        (Format::Csv, Kind::Person, "number of fields", &|file| file + "default,x\n"),
        (Format::Csv, Kind::Person, "never closed", &|file| file + "default,\"x\n"),
        (Format::Csv, Kind::Person, "NUL", &|file| file + "default,\0\n"),
        (Format::Csv, Kind::Person, "another one", &|file| file.replacen("\ndefault,", "\nother,", 1)),
        (Format::Csv, Kind::Enrolment, "whole number", &|file| file.replacen(",0,", ",zero,", 1)),
        (Format::Csv, Kind::Settings, "one row", &|file| line(&file, 0) + "\n"),
        (Format::JsonLines, Kind::Settings, "one row", &|_| String::new()),
        (Format::JsonLines, Kind::Person, "JSON", &|file| file + "{\n"),
        (Format::JsonLines, Kind::Person, "JSON", &|file| file + "[1]\n"),
        (Format::JsonLines, Kind::Person, "missing", &|file| file + "{\"tenant\":\"default\"}\n"),
        (Format::JsonLines, Kind::Person, "does not end", &|file| file.trim_end().to_owned()),
        (Format::JsonLines, Kind::Person, "has not", &|file| file.replacen("{", "{\"x\":1,", 1)),
        (Format::JsonLines, Kind::Person, "UUID", &|file| {
            file.replacen("\"participant\":\"", "\"participant\":\"0", 1)
        }),
        (Format::JsonLines, Kind::Person, "another one", &|file| file.replacen("default", "other", 1)),
        (Format::JsonLines, Kind::Referral, "referral.progress", &|file| file.replacen(":\"lead\"", ":\"led\"", 1)),
        (Format::JsonLines, Kind::Conversion, "`total_minor`", &|file| {
            file.replacen("\"total_minor\":", "\"total_minor\":1e", 1)
        }),
    ];
    for (format, kind, part, change) in cases {
        let store = Arc::new(MemoryStore::new());
        let referrals = open(Arc::<MemoryStore>::clone(&store), keyring());
        let before = store.content_hash();
        let error = restore(&referrals, *format, &mut changed(*format, *kind, *change)).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains(kind.table().name), "{kind:?} {part}: {error}");
        assert_eq!(store.content_hash(), before, "{kind:?} {part}");
    }
    for kind in Kind::ALL {
        let mut files = exported(&place.referrals, Format::Csv);
        files.remove(kind);
        assert!(matches!(restore(&empty(), Format::Csv, &mut files), Err(RestoreError::Unreadable { .. })), "{kind:?}");
    }
}

#[test]
fn a_restore_demands_an_empty_tenant_its_own_name_and_its_own_keyring() {
    let place = lived_in();
    let files = exported(&place.referrals, Format::Csv);
    let into = |referrals: &Referrals| restore(referrals, Format::Csv, &mut files.clone()).unwrap_err();
    let before = place.store.content_hash();
    assert!(matches!(into(&place.referrals), RestoreError::NotEmpty { table: "settings" }));
    assert_eq!(place.store.content_hash(), before);

    let other = empty().for_tenant("other".parse().unwrap()).unwrap();
    assert!(matches!(into(&other), RestoreError::Table { .. }));

    let locked = open(Arc::new(MemoryStore::new()), keyring_with(9));
    assert_eq!(into(&locked).to_string(), "the keyring does not fit this store: key `alias` is another one");
}

#[test]
fn an_export_that_was_tampered_with_is_found_by_the_audit() {
    let place = lived_in();
    let mut files = exported(&place.referrals, Format::JsonLines);
    let sums = String::from_utf8(files.remove(&Kind::PeriodSums).unwrap()).unwrap();
    let changed = sums.replacen("\"leads\":3", "\"leads\":4", 1);
    assert_ne!(sums, changed);
    files.insert(Kind::PeriodSums, changed.into_bytes());
    let error = restore(&empty(), Format::JsonLines, &mut files).unwrap_err();
    assert!(matches!(error, RestoreError::Differences(_)), "{error}");
}

#[test]
fn a_restore_whose_answers_are_lost_writes_everything_once() {
    /// Commits, and says every second time that it does not know whether it did.
    #[derive(Debug)]
    struct Forgetful(MemoryStore, std::sync::atomic::AtomicUsize);
    impl Store for Forgetful {
        fn load(
            &self,
            tenant: &TenantId,
            keys: &[referrals::record::Key],
        ) -> Result<Vec<referrals::store::Stored>, referrals::StoreError> {
            self.0.load(tenant, keys)
        }
        fn list(
            &self,
            tenant: &TenantId,
            request: &referrals::store::PageRequest,
        ) -> Result<referrals::store::Page, referrals::StoreError> {
            self.0.list(tenant, request)
        }
        fn commit(&self, batch: &Batch) -> Result<Commit, referrals::StoreError> {
            let commit = self.0.commit(batch)?;
            match self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 2 {
                0 => Err(referrals::StoreError::NoAnswer("planted".to_owned())),
                _ => Ok(commit),
            }
        }
    }
    let place = lived_in();
    let files = exported(&place.referrals, Format::Csv);
    let store = Arc::new(Forgetful(MemoryStore::new(), Default::default()));
    let builder = Referrals::builder(keyring()).sleep(|_| ());
    let referrals = builder.over(Arc::<Forgetful>::clone(&store)).unwrap();
    restore(&referrals, Format::Csv, &mut files.clone()).unwrap();
    assert_eq!(exported(&referrals, Format::Csv), files);
    assert_eq!(stored(&store.0, Kind::Reward).len(), place.count(Kind::Reward));
}

#[test]
fn sqlite_files_are_restored_too() {
    let place = lived_in();
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("restored.sqlite"), Options::default()).unwrap();
    let files = exported(&place.referrals, Format::JsonLines);
    let referrals = open(Arc::new(store), keyring());
    restore(&referrals, Format::JsonLines, &mut files.clone()).unwrap();
    assert_eq!(exported(&referrals, Format::JsonLines), files);
}
