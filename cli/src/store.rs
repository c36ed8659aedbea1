//! Opening the store, and what is done to all of it: settling and auditing.

use std::fmt::Write as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use referrals::{Error, Referrals};

use crate::arguments::Store;
use crate::failure::Failure;
use crate::keys;
use crate::telling::{Telling, table};

/// Opens the store that the flags name.
pub(crate) fn open(store: &Store) -> Result<Referrals, Failure> {
    let help = "give one by `--db sqlite:PATH`, or in the environment variable `REFERRALS_DB`";
    let url = store.db.as_ref().ok_or_else(|| Failure::new("store", "no store is given").help(help))?;
    let keyring = keys::keyring(store)?;
    Referrals::open(url, keyring).map_err(|error| match error {
        Error::InvalidValue { what: "store URL", .. } => Failure::from(error).help(help),
        error => error.into(),
    })
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
    if let Some(failure) = &settled.first_failure {
        let _ = writeln!(text, "the first failure: {failure}");
    }
    let document = serde_json::json!({
        "fired": settled.fired, "obsolete": settled.obsolete, "failed": settled.failed,
        "first_failure": settled.first_failure,
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
    if !audited.is_clean() {
        let rows = audited.differences.iter().map(|difference| {
            let (expected, found) = (difference.expected.to_string(), difference.found.to_string());
            [difference.invariant.to_string(), difference.subject.clone(), expected, found]
        });
        text.push_str(&table(["invariant", "subject", "expected", "found"], rows));
    }
    let is_clean = audited.is_clean();
    Ok(Telling::new(text, audited)?.unless(is_clean))
}
