//! The JSON cases, and how Rust runs them.
//!
//! `cases/README.md` says what a case looks like, so that a runner can be written in any language. This one takes any
//! [`Store`]. It never looks at what a store is made of, only at what it answers.

use std::collections::BTreeMap;

use referral_core::record::Key;
use referral_core::store::{Batch, Commit, Cursor, Page, PageRequest, Store, Stored};
use referral_core::value::TenantId;
use serde::Deserialize;
use serde_json::Value;

use crate::report::Report;

/// The files of cases, by name. Part of this crate, so that a test binary needs no path.
pub const FILES: &[(&str, &str)] = &[
    ("put", include_str!("../cases/store/put.json")),
    ("guard", include_str!("../cases/store/guard.json")),
    ("add", include_str!("../cases/store/add.json")),
    ("sums", include_str!("../cases/store/sums.json")),
    ("atomic", include_str!("../cases/store/atomic.json")),
    ("listing", include_str!("../cases/store/listing.json")),
    ("page", include_str!("../cases/store/page.json")),
    ("leaderboard", include_str!("../cases/store/leaderboard.json")),
    ("tenant", include_str!("../cases/store/tenant.json")),
    ("extreme", include_str!("../cases/store/extreme.json")),
    ("every_kind", include_str!("../cases/store/every_kind.json")),
];

/// One case: steps that are run in order. Its tenants are its own, so that all cases can share one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// A sentence with underscores, unique among all cases.
    pub name: String,
    /// Which part of the contract it shows, where the name does not say it all.
    pub description: String,
    /// What is done, and what must come of it.
    pub steps: Vec<Step>,
}

/// One call and what must come of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Commit a batch.
    Commit {
        /// What is committed.
        batch: Batch,
        /// What must come of it; the order of keys does not matter.
        expect: Commit,
    },
    /// Load keys.
    Load {
        /// Whose.
        tenant: TenantId,
        /// Which.
        keys: Vec<Key>,
        /// What must be found, in any order.
        expect: Vec<Stored>,
    },
    /// List a page.
    List {
        /// Whose.
        tenant: TenantId,
        /// Which.
        request: PageRequest,
        /// What must be found.
        expect: Expected,
    },
    /// List the page behind that of the last list step: the same request, `after` the cursor that it answered.
    NextPage {
        /// What must be found.
        expect: Expected,
    },
}

/// What a page must hold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The records, in this order.
    pub rows: Vec<Stored>,
    /// Whether there must be a cursor to a next page.
    pub more: bool,
    /// The rank of the first row.
    pub first_rank: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    description: String,
    /// Values by name: a string `$name` in a step stands for the value.
    #[serde(default, rename = "let")]
    values: BTreeMap<String, Value>,
    steps: Vec<Value>,
}

/// All cases, in order.
///
/// # Errors
/// The file and the place, if one does not parse: a mistake in a case, never in a store.
pub fn cases() -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for (file, text) in FILES {
        let written: Vec<Written> = serde_json::from_str(text).map_err(|problem| format!("{file}: {problem}"))?;
        for case in written {
            let name = case.name.clone();
            cases.push(Case::read(case).map_err(|problem| format!("{file}: {name}: {problem}"))?);
        }
    }
    Ok(cases)
}

/// Runs every case on `store`, which must hold nothing of their tenants.
pub fn run(store: &dyn Store) -> Report {
    let mut report = Report::default();
    match cases() {
        Ok(cases) => cases.iter().for_each(|case| report.note(&case.name, case.run(store))),
        Err(problem) => report.note("cases", Err((None, problem))),
    }
    report
}

impl Case {
    fn read(written: Written) -> Result<Self, String> {
        let Written { name, description, values, steps } = written;
        let mut read = Vec::new();
        for (number, mut step) in steps.into_iter().enumerate() {
            insert(&mut step, &values)?;
            read.push(serde_json::from_value(step).map_err(|problem| format!("step {number}: {problem}"))?);
        }
        Ok(Self { name, description, steps: read })
    }

    /// Runs the case on `store`.
    ///
    /// # Errors
    /// The step that did not hold, and what was expected and found.
    pub fn run(&self, store: &dyn Store) -> Result<(), (Option<usize>, String)> {
        let mut last = None;
        for (number, step) in self.steps.iter().enumerate() {
            step.run(store, &mut last).map_err(|problem| (Some(number), problem))?;
        }
        Ok(())
    }
}

/// The list step before: its tenant, its request and where its page ended.
type Last = Option<(TenantId, PageRequest, Option<Cursor>)>;

impl Step {
    fn run(&self, store: &dyn Store, last: &mut Last) -> Result<(), String> {
        match self {
            Self::Commit { batch, expect } => {
                let found = store.commit(batch).map_err(|error| format!("commit failed: {error}"))?;
                same(&in_order(expect.clone()), &in_order(found))
            }
            Self::Load { tenant, keys, expect } => {
                let found = store.load(tenant, keys).map_err(|error| format!("load failed: {error}"))?;
                same(&by_key(expect.clone()), &by_key(found))
            }
            Self::List { tenant, request, expect } => list(store, tenant, request, expect, last),
            Self::NextPage { expect } => {
                let (tenant, request, next) = last.take().ok_or("there is no list step before")?;
                let next = next.ok_or("the page before is the last")?;
                let request = PageRequest { after: Some(next), ..request };
                list(store, &tenant, &request, expect, last)
            }
        }
    }
}

fn list(
    store: &dyn Store,
    tenant: &TenantId,
    request: &PageRequest,
    expect: &Expected,
    last: &mut Last,
) -> Result<(), String> {
    let Page { rows, next, first_rank, .. } =
        store.list(tenant, request).map_err(|error| format!("list failed: {error}"))?;
    let found = Expected { rows, more: next.is_some(), first_rank };
    *last = Some((tenant.clone(), request.clone(), next));
    same(expect, &found)
}

/// `commit` with its keys in order.
pub(crate) fn in_order(commit: Commit) -> Commit {
    match commit {
        Commit::Applied => Commit::Applied,
        Commit::Refused { mut stale, mut over } => {
            stale.sort();
            over.sort();
            Commit::Refused { stale, over }
        }
    }
}

/// `rows` in the order of their keys.
pub(crate) fn by_key(mut rows: Vec<Stored>) -> Vec<Stored> {
    rows.sort_by_cached_key(|stored| stored.record.key());
    rows
}

/// That two answers are the same.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(expected: &T, found: &T) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("expected {expected:?}, found {found:?}"))
}

/// Replaces each string `$name` in `value` by the value of that name.
pub(crate) fn insert(value: &mut Value, values: &BTreeMap<String, Value>) -> Result<(), String> {
    match value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix('$') {
                *value = values.get(name).ok_or_else(|| format!("no value `{name}`"))?.clone();
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| insert(item, values)),
        Value::Object(fields) => fields.values_mut().try_for_each(|field| insert(field, values)),
        _ => Ok(()),
    }
}
