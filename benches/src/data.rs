//! Prepared databases, built once and kept in `target/bench-data`, and the copies that are measured.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use referral_core::value::GrantId;

use crate::build;
use crate::flow::{Referrer, campaign_definition};
use crate::peers::few_tables;

/// To be changed with what `build.rs` does, so that older databases are not taken for new ones.
const BUILD: u32 = 1;
/// From so many referrers, spread evenly over the database, flows draw at most.
const MOST_REFERRERS: usize = 100_000;

/// So many of those who were enrolled last pass their links on today, or rather every eighth of them.
const ACTIVE: u64 = 8_000;

/// A prepared database: the files that copies are made of.
#[derive(Debug)]
pub struct Database {
    /// How many people it holds.
    pub participants: u64,
    /// People from the whole database.
    pub referrers: Vec<Referrer>,
    /// Those of them whose links are clicked today, as many in a large database as in a small one: every eighth of the
    /// last 8,000 who were enrolled.
    pub active: Vec<Referrer>,
    ours: PathBuf,
    few_tables: PathBuf,
}

/// The database of so many people; built, if there is none yet.
///
/// # Panics
/// If it cannot be built.
#[must_use]
pub fn database(participants: u64) -> Database {
    let folder = folder();
    let (schema, definition) = (referral_sqlite::initial_schema(), campaign_definition().to_string());
    let hash = blake3::hash([schema.as_bytes(), definition.as_bytes(), &BUILD.to_le_bytes()].concat().as_slice());
    let name = |what: &str| folder.join(format!("{participants}-{}.{what}", &hash.to_hex()[..12]));
    let (ours, few_tables, referrers) = (name("sqlite"), name("few.sqlite"), name("referrers"));
    // Written last: what stands before it is whole.
    if !referrers.exists() {
        let began = Instant::now();
        remove(&ours);
        remove(&few_tables);
        let enrolled = build::build_file(&ours, participants);
        few_tables::build_file(&few_tables, participants);
        fs::write(&referrers, written(&enrolled)).expect("a folder to write to");
        eprintln!("built a database of {participants} people in {:.0?}", began.elapsed());
    }
    let referrers = read(&fs::read_to_string(&referrers).expect("the list of referrers"));
    let enrolled = participants / build::CHUNK * build::ENROLLED;
    let is_active = |referrer: &&Referrer| referrer.number + ACTIVE >= enrolled && referrer.number.is_multiple_of(8);
    let active = referrers.iter().filter(is_active).cloned().collect();
    Database { participants, referrers, active, ours, few_tables }
}

impl Database {
    /// A fresh copy of the engine's file.
    #[must_use]
    pub fn scratch(&self) -> Scratch {
        Scratch::of(&self.ours)
    }

    /// A fresh copy of the file with few tables.
    #[must_use]
    pub fn scratch_few_tables(&self) -> Scratch {
        Scratch::of(&self.few_tables)
    }
}

/// A copy of a database, gone with this value.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn of(original: &Path) -> Self {
        static COPIES: AtomicU64 = AtomicU64::new(0);
        let copy = COPIES.fetch_add(1, Ordering::Relaxed);
        let path = original.with_extension(format!("scratch-{}-{copy}", std::process::id()));
        remove(&path);
        fs::copy(original, &path).expect("room for a copy");
        // On the disk before anything is measured, so that no measured sync pays for the copy.
        fs::File::open(&path).and_then(|file| file.sync_all()).expect("a copy on the disk");
        Self { path }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes a database and what SQLite puts beside it.
pub(crate) fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let _ = fs::remove_file(PathBuf::from(name));
    }
}

pub(crate) fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let folder = target.join("bench-data");
    fs::create_dir_all(&folder).expect("a folder to write to");
    folder
}

/// Each on a line: number, participant, grant, token.
fn written(referrers: &[Referrer]) -> String {
    let mut text = String::new();
    let step = referrers.len().div_ceil(MOST_REFERRERS);
    for Referrer { number, participant, grant, token } in referrers.iter().step_by(step) {
        let _ = writeln!(text, "{number} {participant} {grant} {token}");
    }
    text
}

fn read(text: &str) -> Vec<Referrer> {
    let referrer = |line: &str| {
        let mut parts = line.split(' ');
        Some(Referrer {
            number: parts.next()?.parse().ok()?,
            participant: parts.next()?.parse().ok()?,
            grant: GrantId::try_from(parts.next()?.to_owned()).ok()?,
            token: parts.next()?.to_owned(),
        })
    };
    text.lines().map(|line| referrer(line).expect("a referrer on each line")).collect()
}
