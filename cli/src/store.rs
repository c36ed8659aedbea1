//! Opening the store, and what is done to all of it: settling and auditing.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use referrals::report::audit::Audited;
use referrals::sqlite::{Options, SqliteStore};
use referrals::value::Timestamp;
use referrals::{Clock, Error, Referrals, SystemClock};

use crate::arguments::Store;
use crate::failure::Failure;
use crate::keys;
use crate::telling::{Telling, table};

const HELP: &str = "give one by `--db sqlite:PATH`, or in the environment variable `REFERRALS_DB`";

/// The URL of the store that the flags name.
pub(crate) fn url(store: &Store) -> Result<&str, Failure> {
    store.db.as_deref().ok_or_else(|| Failure::usage("no store is given").help(HELP))
}

/// The file behind a URL, if there is to be one.
pub(crate) fn file(url: &str) -> Result<Option<PathBuf>, Failure> {
    referrals::store_file(url).map_err(|error| Failure::from(error).mistyped().help(HELP))
}

/// Opens the store that the flags name. A file that is not there is not made: its name may be mistyped.
pub(crate) fn open(store: &Store) -> Result<Referrals, Failure> {
    require(url(store)?)?;
    open_or_make(store)
}

/// Opens the store that the flags name, and makes it if there is none.
pub(crate) fn open_or_make(store: &Store) -> Result<Referrals, Failure> {
    let url = url(store)?;
    let keyring = keys::keyring(store)?;
    file(url)?;
    Ok(Referrals::builder(keyring).tenant(store.tenant.clone()).clock(clock(store)).open(url)?)
}

/// Opens a store in a file that was made for it, whatever its name is.
pub(crate) fn open_file(store: &Store, path: &Path) -> Result<Referrals, Failure> {
    let keyring = keys::keyring(store)?;
    let file = SqliteStore::open(path, Options::default()).map_err(Error::from)?;
    Ok(Referrals::builder(keyring).tenant(store.tenant.clone()).clock(clock(store)).over(Arc::new(file))?)
}

/// The store as it is now, however much others write to it meanwhile: what is read from beginning to end.
pub(crate) fn at_this_moment(store: &Store) -> Result<Referrals, Failure> {
    // Opening it first brings its tables up to date and refuses a wrong keyring.
    let referrals = open(store)?;
    let Some(path) = file(url(store)?)? else { return Ok(referrals) };
    let snapshot =
        SqliteStore::open(path, Options::default()).and_then(|store| store.snapshot()).map_err(Error::from)?;
    let builder = Referrals::builder(keys::keyring(store)?).tenant(store.tenant.clone()).clock(clock(store));
    Ok(builder.over(Arc::new(snapshot))?)
}

/// The time of the operation: as the flags say, for trials, else that of the machine.
fn clock(store: &Store) -> Time {
    Time(store.now)
}

#[derive(Debug)]
struct Time(Option<Timestamp>);

impl Clock for Time {
    fn now(&self) -> Timestamp {
        self.0.unwrap_or_else(|| SystemClock.now())
    }
}

/// Whose programs are in the store.
pub(crate) fn tenants(store: &Store) -> Result<Telling, Failure> {
    let url = url(store)?;
    require(url)?;
    let tenants = match file(url)? {
        Some(path) => {
            SqliteStore::open(path, Options::default()).and_then(|store| store.tenants()).map_err(Error::from)?
        }
        None => Vec::new(),
    };
    Telling::new(table(["tenant"], tenants.iter().map(|tenant| [tenant.to_string()])), &tenants)
}

fn require(url: &str) -> Result<(), Failure> {
    let Some(path) = file(url)? else { return Ok(()) };
    let problem = match fs::metadata(&path) {
        Ok(found) if found.is_file() && found.len() == 0 => format!("the file `{}` is empty", path.display()),
        Err(_) if !path.exists() => format!("there is no store at `{}`", path.display()),
        _ => return Ok(()),
    };
    let help = "check `--db`; `referrals campaign define` and `referrals restore` make a store";
    Err(Failure::new("store", problem).help(help))
}

/// A sign that something is going on, on a terminal.
pub(crate) fn spinner(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A bar, on a terminal.
pub(crate) fn bar(length: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())).with_message(what)
}

/// Does what time brings.
pub(crate) fn settle(referrals: &Referrals) -> Result<Telling, Failure> {
    let spinner = spinner("settling");
    let settled = referrals.settle();
    spinner.finish_and_clear();
    let settled = settled?;
    let mut text = format!("{} done, {} obsolete, {} failed\n", settled.fired, settled.obsolete, settled.failed);
    if settled.forgotten > 0 {
        let _ = writeln!(text, "{} old receipts, clicks and visitors removed", settled.forgotten);
    }
    if let Some(failure) = &settled.first_failure {
        let _ = writeln!(text, "the first failure: {failure}");
    }
    let document = serde_json::json!({
        "fired": settled.fired, "obsolete": settled.obsolete, "failed": settled.failed,
        "first_failure": settled.first_failure, "forgotten": settled.forgotten,
    });
    Ok(Telling::new(text, document)?.unless(settled.failed == 0))
}

/// Recomputes everything.
pub(crate) fn audit(referrals: &Referrals) -> Result<Telling, Failure> {
    let spinner = spinner("auditing");
    let audited = referrals.audit();
    spinner.finish_and_clear();
    let audited = audited?;
    let records: u64 = audited.records.values().sum();
    let mut text = format!("{records} records, {} differences\n", audited.differences_total);
    text.push_str(&differences(&audited));
    let is_clean = audited.is_clean();
    Ok(Telling::new(text, audited)?.unless(is_clean))
}

/// What an audit found, as a table; nothing if all is well.
pub(crate) fn differences(audited: &Audited) -> String {
    if audited.is_clean() {
        return String::new();
    }
    let rows = audited.differences.iter().map(|difference| {
        let (expected, found) = (difference.expected.to_string(), difference.found.to_string());
        [difference.invariant.to_string(), difference.subject.clone(), expected, found]
    });
    table(["invariant", "subject", "expected", "found"], rows)
}
