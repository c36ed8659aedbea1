//! Cases for whole operations: commands in, results out, over any store.
//!
//! `cases/README.md` says what such a case looks like. What is shown is that an operation comes to the same on every store
//! and in every language that drives it, not all that the engine decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use referral_core::command::Request;
use referral_core::engine::{Engine, RefusedList, Results, drive};
use referral_core::error::Error;
use referral_core::report::AnyQuestion;
use referral_core::store::{Listing, PageRequest, Store};
use referral_core::value::{Entropy, KeyState, Keyring, Secret, TenantId, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::report::Report;
use crate::store::insert;

/// The files of cases, by name.
pub const FILES: &[(&str, &str)] = &[
    ("loop", include_str!("../cases/engine/loop.json")),
    ("people", include_str!("../cases/engine/people.json")),
    ("evidence", include_str!("../cases/engine/evidence.json")),
    ("identity", include_str!("../cases/engine/identity.json")),
    ("facts", include_str!("../cases/engine/facts.json")),
    ("books", include_str!("../cases/engine/books.json")),
    ("groups", include_str!("../cases/engine/groups.json")),
    ("hands", include_str!("../cases/engine/hands.json")),
    ("merged", include_str!("../cases/engine/merged.json")),
    ("named", include_str!("../cases/engine/named.json")),
    ("again", include_str!("../cases/engine/again.json")),
    ("stated", include_str!("../cases/engine/stated.json")),
    ("orders", include_str!("../cases/engine/orders.json")),
    ("money", include_str!("../cases/engine/money.json")),
    ("counts", include_str!("../cases/engine/counts.json")),
    ("leads", include_str!("../cases/engine/leads.json")),
    ("letters", include_str!("../cases/engine/letters.json")),
    ("mended", include_str!("../cases/engine/mended.json")),
    ("clicks", include_str!("../cases/engine/clicks.json")),
    ("landing", include_str!("../cases/engine/landing.json")),
    ("numbers", include_str!("../cases/engine/numbers.json")),
];

/// One case: operations that are run in order, in a tenant of its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A sentence with underscores, unique among all cases.
    pub name: String,
    /// What it shows, where the name does not say it all.
    pub description: String,
    /// Its tenant.
    pub tenant: TenantId,
    /// The operations, each with what must come of it.
    pub steps: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Step {
    Execute {
        now: Timestamp,
        requests: Vec<Request>,
        expect: Value,
        /// Values to keep for later steps: a name, and where the value stands in the results, as a JSON pointer.
        #[serde(default)]
        keep: Map<String, Value>,
    },
    Settle {
        now: Timestamp,
        expect: Value,
    },
    List {
        listing: Listing,
        expect: Value,
    },
    GrantRefused {
        now: Timestamp,
        list: RefusedList,
        expect: Value,
    },
    Ask {
        now: Timestamp,
        question: AnyQuestion,
        expect: Value,
    },
}

/// All cases, in order.
///
/// # Errors
/// The file and the place, if one does not parse.
pub fn cases() -> Result<Vec<Case>, String> {
    let read = |(file, text): &(&str, &str)| {
        serde_json::from_str::<Vec<Case>>(text).map_err(|problem| format!("{file}: {problem}"))
    };
    Ok(FILES.iter().map(read).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// Runs every case on `store`, which must hold nothing of their tenants.
pub fn run(store: &dyn Store) -> Report {
    let mut report = Report::default();
    match cases() {
        Ok(cases) => cases.iter().for_each(|case| report.note(&case.name, case.run(store))),
        Err(problem) => report.note("engine cases", Err((None, problem))),
    }
    report
}

impl Case {
    /// Runs the case on `store`.
    ///
    /// # Errors
    /// The step that did not hold, and what was expected and found.
    pub fn run(&self, store: &dyn Store) -> Result<(), (Option<usize>, String)> {
        let mut kept = BTreeMap::new();
        let engine = Engine::new(keyring().map_err(|error| (None, error.to_string()))?);
        for (number, step) in self.steps.iter().enumerate() {
            let mut step = step.clone();
            let found = insert(&mut step, &kept).and_then(|()| self.step(&engine, store, number, step));
            kept.extend(found.map_err(|problem| (Some(number), problem))?);
        }
        Ok(())
    }

    /// Runs one step, and gives what it keeps.
    fn step(
        &self,
        engine: &Arc<Engine>,
        store: &dyn Store,
        number: usize,
        step: Value,
    ) -> Result<Map<String, Value>, String> {
        // Seeds are part of the cases: what is drawn is the same in every language.
        let entropy = Entropy::new([u8::try_from(number + 1).unwrap_or(u8::MAX); 32]);
        let tenant = self.tenant.clone();
        match serde_json::from_value(step).map_err(|problem| problem.to_string())? {
            Step::Execute { now, requests, expect, keep } => {
                let mut operation = engine.execute(tenant, requests, now, entropy);
                let results = drive(store, &mut operation).map_err(|error| error.to_string())?;
                let found = written(&results)?;
                holds(&expect, &found, "")?;
                let keep = keep.into_iter().map(|(name, pointer)| {
                    let value = pointer.as_str().and_then(|pointer| found.pointer(pointer));
                    value.cloned().ok_or_else(|| format!("there is no {pointer} to keep")).map(|value| (name, value))
                });
                keep.collect()
            }
            Step::Settle { now, expect } => {
                let mut operation = engine.settle(tenant, now, entropy);
                let settled = drive(store, &mut operation).map_err(|error| error.to_string())?;
                holds(&expect, &json!(settled), "").map(|()| Map::new())
            }
            Step::GrantRefused { now, list, expect } => {
                let mut operation = engine.grant_refused(tenant, list, now, entropy);
                let granted = drive(store, &mut operation).map_err(|error| error.to_string())?;
                holds(&expect, &json!(granted), "").map(|()| Map::new())
            }
            Step::Ask { now, question, expect } => {
                let mut operation = engine.ask(tenant, question, now);
                let answer = drive(store, &mut operation).map_err(|error| error.to_string())?;
                holds(&expect, &json!(answer), "").map(|()| Map::new())
            }
            Step::List { listing, expect } => {
                let page = store.list(&tenant, &listing.first(PageRequest::MOST)).map_err(|error| error.to_string())?;
                let records: Vec<_> = page.rows.into_iter().map(|stored| stored.record).collect();
                holds(&expect, &json!(records), "").map(|()| Map::new())
            }
        }
    }
}

/// The secrets of the cases.
///
/// # Errors
/// Never: they are fixed.
pub fn keyring() -> Result<Keyring, Error> {
    let links = Keyring::builder().link_key(1, Secret::new([1; 32]), KeyState::Active);
    links.alias_key(Secret::new([2; 32])).lookup_key(Secret::new([3; 32])).build()
}

/// Results as JSON: `{"receipt": …}` or `{"error": {"code", "family", "retryable", "message"}}`.
fn written(results: &Results) -> Result<Value, String> {
    let one = |result: &Result<_, Error>| match result {
        Ok(receipt) => json!({ "receipt": receipt }),
        Err(error) => {
            let (code, family, retryable) = (error.code(), error.family(), error.is_retryable());
            let message = error.to_string();
            json!({ "error": { "code": code, "family": family, "retryable": retryable, "message": message } })
        }
    };
    Ok(results.iter().map(one).collect())
}

/// That all of `expected` stands in `found`, which may have more fields. A field that is expected to be null may be missing.
fn holds(expected: &Value, found: &Value, place: &str) -> Result<(), String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(fields)) => {
            expected.iter().try_for_each(|(name, value)| match fields.get(name) {
                Some(found) => holds(value, found, &format!("{place}/{name}")),
                None if value.is_null() => Ok(()),
                None => Err(format!("{place}/{name} is missing in {found}")),
            })
        }
        (Value::Array(expected), Value::Array(items)) if expected.len() == items.len() => {
            let mut pairs = expected.iter().zip(items).enumerate();
            pairs.try_for_each(|(number, (value, found))| holds(value, found, &format!("{place}/{number}")))
        }
        _ if expected == found => Ok(()),
        _ => Err(format!("{place}: expected {expected}, found {found}")),
    }
}
