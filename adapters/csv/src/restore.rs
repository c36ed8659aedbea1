//! An export, back into an empty tenant.
//!
//! Everything is read and checked before anything is written; then it is written, and audited. It is the one path by which
//! records come in that no command made, so it demands a tenant in which there is nothing to spoil.

use std::collections::BTreeMap;
use std::io::{self, Read};

use referral_core::decide::Decide;
use referrals::engine::{Operation, Question, Reader, Reply, Step};
use referrals::record::{Kind, Record, Settings};
use referrals::report::audit::Audited;
use referrals::store::{Add, Batch, Commit, Listing, Put, Stored, Version};
use referrals::value::{Entropy, KeyCheck, TenantId};
use referrals::{Error, Referrals, StoreError};
use thiserror::Error as ThisError;

use crate::export::{Format, Records};
use crate::table::TableRows;

/// So many records share a commit.
const MOST_RECORDS: usize = 1_000;

/// Where the files of an export are.
pub trait Tables {
    /// The file of a kind of records, from its beginning. Asked twice for each: once to check, once to write.
    ///
    /// # Errors
    /// What keeps it from being opened.
    fn open(&mut self, kind: Kind) -> io::Result<Box<dyn Read + '_>>;
}

/// Files by name, in memory.
impl Tables for BTreeMap<Kind, Vec<u8>> {
    fn open(&mut self, kind: Kind) -> io::Result<Box<dyn Read + '_>> {
        let file = self.get(&kind).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(file.as_slice()))
    }
}

/// What ends a restore.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum RestoreError {
    /// There are records in the tenant. Nothing was written.
    #[error("the tenant is not empty: there is something in `{table}`")]
    NotEmpty {
        /// Where.
        table: &'static str,
    },
    /// A file is not the export of its table. Nothing was written.
    #[error("`{table}`, line {line}: {problem}")]
    Table {
        /// Which table.
        table: &'static str,
        /// The line on which the row begins, from 1.
        line: u64,
        /// What is wrong, without what stands there.
        problem: String,
    },
    /// A file is missing or could not be read.
    #[error("`{table}` could not be read: {problem}")]
    Unreadable {
        /// Which table.
        table: &'static str,
        /// What the reader said.
        problem: String,
    },
    /// All is written, and the audit found what cannot be: the export was changed, or was not of one moment.
    #[error("the audit found {} differences", .0.differences_total)]
    Differences(Box<Audited>),
    /// The engine or its store failed. Unless it was the keyring, part of the records may be written: begin again with an
    /// empty tenant.
    #[error(transparent)]
    Engine(#[from] Error),
}

/// What was restored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// How many records of each kind.
    pub records: BTreeMap<Kind, u64>,
}

/// Restores an export into the tenant of `referrals`, which must be empty, and must be the one that was exported: links and
/// people's aliases are sealed with its name and with the keyring.
///
/// # Errors
/// [`RestoreError`]. Success is answered only after an audit that finds no difference.
pub fn restore(referrals: &Referrals, format: Format, tables: &mut dyn Tables) -> Result<Restored, RestoreError> {
    require_empty(referrals)?;
    let mut restored = Restored::default();
    for kind in Kind::ALL {
        let count = check(referrals, *kind, format, tables)?;
        restored.records.insert(*kind, count);
    }
    // The settings last: until then the tenant has no number for a new campaign that a restored one has.
    let (settings, others): (Vec<&Kind>, Vec<&Kind>) = Kind::ALL.iter().partition(|kind| **kind == Kind::Settings);
    for kind in others.into_iter().chain(settings) {
        write(referrals, *kind, format, tables)?;
    }
    let audited = referrals.audit()?;
    if audited.is_clean() { Ok(restored) } else { Err(RestoreError::Differences(Box::new(audited))) }
}

/// What opening a tenant writes is all that may be there.
fn require_empty(referrals: &Referrals) -> Result<(), RestoreError> {
    for kind in Kind::ALL {
        let page = referrals.ask(Records(Listing::All(*kind).first(1)))?;
        let is_fresh = |stored: &Stored| match &stored.record {
            Record::Settings(settings) => settings.next_campaign <= 1 && settings.subscriptions.is_empty(),
            _ => false,
        };
        if !page.rows.iter().all(is_fresh) {
            return Err(RestoreError::NotEmpty { table: kind.table().name });
        }
    }
    Ok(())
}

fn check(referrals: &Referrals, kind: Kind, format: Format, tables: &mut dyn Tables) -> Result<u64, RestoreError> {
    let mut rows = TableRows::open(kind, format, referrals.tenant(), tables)?;
    let (mut count, mut last) = (0_u64, None);
    while let Some(record) = rows.next()? {
        if let Record::Settings(settings) = &record {
            referrals.ask(Fits(settings.clone()))?;
        }
        let key = record.key().cells();
        if last.as_ref().is_some_and(|last| *last >= key) {
            return Err(rows.wrong("stands out of the order of its key, or twice"));
        }
        last = Some(key);
        count = count.saturating_add(1);
    }
    if kind == Kind::Settings && count != 1 {
        return Err(rows.wrong("an export has one row of settings"));
    }
    Ok(count)
}

/// Whether the keyring is the one of the export.
#[derive(Clone, Debug)]
struct Fits(Settings);

impl Question for Fits {
    const NAME: &'static str = "restore_fits";
    type Answer = ();

    fn read(&self, reader: &mut Reader<'_>) -> Decide<()> {
        let unreadable = |_| StoreError::Corrupt("settings.key_checks cannot be read".to_owned());
        let checks: Vec<KeyCheck> = serde_json::from_value(self.0.key_checks.0.clone()).map_err(unreadable)?;
        Ok(reader.keyring().compare(&checks)?)
    }
}

fn write(referrals: &Referrals, kind: Kind, format: Format, tables: &mut dyn Tables) -> Result<(), RestoreError> {
    let mut rows = TableRows::open(kind, format, referrals.tenant(), tables)?;
    loop {
        let mut records = Vec::new();
        while records.len() < MOST_RECORDS
            && let Some(record) = rows.next()?
        {
            records.push(record);
        }
        if records.is_empty() {
            return Ok(());
        }
        let replaced = if kind == Kind::Settings { settings_version(referrals)? } else { Version::ABSENT };
        // The batch is made once and keeps its versions over every try: one that was written is known again by them.
        let batch = std::sync::OnceLock::new();
        let written = referrals.run(|_, occasion| {
            let make = || batch_of(&occasion.tenant, &records, replaced, occasion.entropy.clone());
            Write { batch: batch.get_or_init(make).clone(), asked: Asked::Nothing }
        })?;
        if !written {
            return Err(RestoreError::NotEmpty { table: kind.table().name });
        }
    }
}

fn settings_version(referrals: &Referrals) -> Result<Version, RestoreError> {
    let page = referrals.ask(Records(Listing::All(Kind::Settings).first(1)))?;
    Ok(page.rows.first().map_or(Version::ABSENT, |stored| stored.version))
}

fn batch_of(tenant: &TenantId, records: &[Record], replaced: Version, mut entropy: Entropy) -> Batch {
    let mut batch = Batch { tenant: tenant.clone(), ..Batch::default() };
    for record in records {
        let (by, at) = match record {
            Record::Total(total) => (total.value, total.reached_at),
            Record::Standing(standing) => (standing.value, standing.reached_at),
            record => {
                let is_sums = record.kind().table().sums;
                let version = if is_sums { Version::COUNTER } else { Version::from_random(entropy.number()) };
                batch.puts.push(Put { stored: Stored { record: record.clone(), version }, expected: replaced });
                continue;
            }
        };
        // A second time it would leave these bounds.
        let (at_least, at_most) = (Some(by.min(0)), Some(by.max(0)));
        batch.adds.push(Add { key: record.key(), by, at_least, at_most, at });
    }
    batch.puts.sort_by_key(|put| put.stored.record.key());
    batch.adds.sort_by_key(|add| add.key.clone());
    batch
}

/// Writes one batch, once. Answers whether it stands.
#[derive(Debug)]
struct Write {
    batch: Batch,
    asked: Asked,
}

#[derive(Debug)]
enum Asked {
    Nothing,
    Commit,
    Load,
}

impl Write {
    /// Whether what is there is what this batch would have written.
    fn stands(&self, rows: &[Stored]) -> bool {
        let puts = self.batch.puts.iter().all(|put| rows.contains(&put.stored));
        let adds = self.batch.adds.iter().all(|add| {
            rows.iter().any(|stored| match &stored.record {
                Record::Total(total) => {
                    stored.record.key() == add.key && (total.value, total.reached_at) == (add.by, add.at)
                }
                Record::Standing(standing) => {
                    stored.record.key() == add.key && (standing.value, standing.reached_at) == (add.by, add.at)
                }
                _ => false,
            })
        });
        puts && adds
    }
}

impl Operation for Write {
    type Output = bool;

    fn tenant(&self) -> &TenantId {
        &self.batch.tenant
    }

    fn next(&mut self, reply: Option<Reply>) -> referrals::Result<Step<bool>> {
        match (std::mem::replace(&mut self.asked, Asked::Nothing), reply) {
            (Asked::Nothing, None) => {
                self.asked = Asked::Commit;
                Ok(Step::Commit(self.batch.clone()))
            }
            (Asked::Commit, Some(Reply::Committed(Commit::Applied))) => Ok(Step::Done(true)),
            (Asked::Commit, Some(Reply::Committed(Commit::Refused { .. }))) => {
                self.asked = Asked::Load;
                let puts = self.batch.puts.iter().map(|put| put.stored.record.key());
                Ok(Step::Load(puts.chain(self.batch.adds.iter().map(|add| add.key.clone())).collect()))
            }
            (Asked::Load, Some(Reply::Loaded(rows))) => Ok(Step::Done(self.stands(&rows))),
            (_, Some(Reply::Failed(error))) => Err(error.into()),
            _ => Err(StoreError::Failed("the reply does not fit the step".to_owned()).into()),
        }
    }
}
