//! The cases themselves: well formed, complete, and true of the store in memory.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in its helpers"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use conformance::samples;
use conformance::store::{self, Case, FILES, Step};
use referral_core::record::{Key, Kind, Record};
use referral_core::store::{Batch, Commit, MemoryStore, Version};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/store")
}

fn batches(case: &Case) -> impl Iterator<Item = (&Batch, &Commit)> {
    case.steps.iter().filter_map(|step| match step {
        Step::Commit { batch, expect } => Some((batch, expect)),
        _ => None,
    })
}

#[test]
fn the_store_in_memory_keeps_every_case() {
    let report = store::run(&MemoryStore::new());
    assert!(report.holds(), "{report}");
    assert!(report.checked.len() >= 80, "{}", report.checked.len());
}

#[test]
fn every_file_of_cases_is_run() {
    let there: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let run: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(there, run);
}

#[test]
fn names_of_cases_are_unique_and_no_two_cases_share_a_tenant() {
    let mut names = BTreeSet::new();
    let mut tenants = BTreeMap::new();
    for case in store::cases().unwrap() {
        assert!(names.insert(case.name.clone()), "{}", case.name);
        assert!(case.name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')), "{}", case.name);
        for (batch, _) in batches(&case) {
            let owner = tenants.entry(batch.tenant.clone()).or_insert_with(|| case.name.clone());
            assert_eq!(*owner, case.name, "{}", batch.tenant);
        }
    }
}

/// A store may rely on it, so a case must not break it.
#[test]
fn every_batch_of_every_case_is_one_that_the_contract_allows() {
    for case in store::cases().unwrap() {
        let mut keys = BTreeSet::new();
        for (batch, _) in batches(&case) {
            let lists: [Vec<Key>; 5] = [
                batch.puts.iter().map(|put| put.stored.record.key()).collect(),
                batch.deletes.iter().map(|delete| delete.key.clone()).collect(),
                batch.guards.iter().map(|guard| guard.key.clone()).collect(),
                batch.adds.iter().map(|add| add.key.clone()).collect(),
                batch.sums.iter().map(|add| add.key.clone()).collect(),
            ];
            keys.clear();
            for list in &lists {
                assert!(list.is_sorted(), "{}: {list:?}", case.name);
                list.iter().for_each(|key| assert!(keys.insert(key.clone()), "{}: {key:?} twice", case.name));
            }
            let [puts, deletes, guards, adds, sums] = &lists;
            for key in puts.iter().chain(deletes).chain(guards) {
                assert!(!key.kind().table().counter, "{}: {key:?} is a counter", case.name);
            }
            for key in deletes.iter().chain(guards) {
                assert!(!key.kind().table().sums, "{}: {key:?} has sums", case.name);
            }
            assert!(adds.iter().all(|key| key.kind().table().counter), "{}", case.name);
            assert!(sums.iter().all(|key| key.kind().table().sums), "{}", case.name);
            assert!(batch.deletes.iter().all(|delete| delete.expected != Version::ABSENT), "{}", case.name);
            assert!(batch.guards.iter().all(|guard| guard.expected != Version::ABSENT), "{}", case.name);
        }
    }
}

#[test]
fn every_listing_stands_in_a_case_with_rows() {
    let mut listed = BTreeSet::new();
    for case in store::cases().unwrap() {
        for step in &case.steps {
            if let Step::List { request, expect, .. } = step
                && !expect.rows.is_empty()
            {
                let Value::Object(listing) = serde_json::to_value(&request.listing).unwrap() else { panic!() };
                listed.extend(listing.into_iter().map(|(name, _)| name));
            }
        }
    }
    // From the listings in which samples stand, so that a new listing must get samples and a case.
    let samples = Kind::ALL.iter().flat_map(|kind| (0..50).flat_map(|seed| samples::records(*kind, seed)));
    let known: BTreeSet<String> = samples
        .flat_map(|record| samples::listings_of(&record))
        .flat_map(|listing| match serde_json::to_value(listing).unwrap() {
            Value::Object(listing) => listing.into_iter().map(|(name, _)| name).collect::<Vec<_>>(),
            _ => panic!(),
        })
        .collect();
    assert_eq!(listed, known);
    assert_eq!(known.len(), 23);
}

/// `UPDATE_CASES=1 cargo test -p conformance` writes the files anew after a description changed: the cases of every kind
/// from the samples, the others with the columns that their records must have now.
#[test]
fn the_files_of_cases_fit_the_descriptions_of_all_kinds() {
    for (file, text) in FILES {
        let mut cases: Vec<Value> = serde_json::from_str(text).unwrap();
        match *file {
            "every_kind" => cases = Kind::ALL.iter().map(|kind| round_trip(*kind)).collect(),
            _ => cases.iter_mut().for_each(fit),
        }
        let fitted = written(&cases);
        if std::env::var_os("UPDATE_CASES").is_some() {
            std::fs::write(folder().join(format!("{file}.json")), &fitted).unwrap();
        } else {
            assert!(*text == fitted, "{file}: run it once with UPDATE_CASES=1, then read what changed");
        }
    }
}

/// Gives each record among the values of `case` the columns of its kind, and no others.
fn fit(case: &mut Value) {
    let Some(values) = case["let"].as_object_mut() else { return };
    for stored in values.values_mut().filter(|value| value.get("record").is_some()) {
        let kind: Kind = serde_json::from_value(stored["record"]["kind"].clone()).unwrap();
        let record = stored["record"].as_object_mut().unwrap();
        let columns = kind.table().columns;
        record.retain(|name, _| name == "kind" || columns.iter().any(|column| column.name == name));
        let plain = samples::domains(kind).iter().map(|domain| domain[0].clone()).collect();
        let plain = json!(Record::from_cells(kind, plain).unwrap());
        for column in columns {
            let mut trial = plain.clone();
            trial[column.name] = record.get(column.name).cloned().unwrap_or_default();
            let fits = record.contains_key(column.name) && serde_json::from_value::<Record>(trial).is_ok();
            if !fits {
                let value = if column.nullable { Value::Null } else { plain[column.name].clone() };
                record.insert(column.name.to_owned(), value);
            }
        }
    }
}

/// One case: the samples of `kind` are put, loaded, listed, replaced and deleted.
fn round_trip(kind: Kind) -> Value {
    let table = kind.table();
    let tenant = format!("every_kind.{}", table.name);
    let mut records = samples::records(kind, 0);
    // The order of a listing: by the cells of the key. The samples stand in it from here on.
    records.sort_by_key(|record| record.key().cells());
    let names: Vec<String> = (0..records.len()).map(|number| format!("$record_{number}")).collect();
    let keys: Vec<String> = (0..records.len()).map(|number| format!("$key_{number}")).collect();
    let mut values = serde_json::Map::new();
    for (number, record) in records.iter().enumerate() {
        let version = if table.counter || table.sums { 1 } else { 1_000 + number };
        values.insert(format!("key_{number}"), json!(record.key()));
        values.insert(format!("record_{number}"), json!({ "record": record, "version": version }));
    }
    let empty = json!({ "tenant": tenant, "puts": [], "deletes": [], "guards": [], "adds": [] });
    let commit = |list: &str, entries: Vec<Value>| {
        let mut batch = empty.clone();
        batch[list] = json!(entries);
        json!({ "commit": { "batch": batch, "expect": "applied" } })
    };
    let load =
        |keys: &[String], expect: &[String]| json!({ "load": { "tenant": tenant, "keys": keys, "expect": expect } });
    let list = |expect: &[String]| {
        let request = json!({ "listing": { "all": table.name }, "after": null, "limit": 100 });
        json!({ "list": { "tenant": tenant, "request": request,
                          "expect": { "rows": expect, "more": false, "first_rank": null } } })
    };
    // A batch is in the order of keys, which for names of an enum is not the order of their texts.
    let mut by_key: Vec<usize> = (0..records.len()).collect();
    by_key.sort_by_key(|number| records[*number].key());
    let writes = by_key.iter().map(|number| write(&records[*number], &keys[*number], &names[*number]));
    let list_of = if table.counter {
        "adds"
    } else if table.sums {
        "sums"
    } else {
        "puts"
    };
    let mut steps = vec![commit(list_of, writes.collect())];
    steps.extend([load(&keys, &names), list(&names)]);
    if !table.counter && !table.sums {
        // The last key gets the content of another record; every column beside the key changes in place.
        let last = records.len() - 1;
        let donor = samples::records(kind, 1).remove(0).cells();
        let cells = records[last].key().cells().into_iter().chain(donor.into_iter().skip(table.key_columns));
        let changed = Record::from_cells(kind, cells.collect()).unwrap();
        values.insert("changed".to_owned(), json!({ "record": changed, "version": 2_000 }));
        steps.push(commit("puts", vec![json!({ "stored": "$changed", "expected": 1_000 + last })]));
        steps.push(load(&keys[last..], &["$changed".to_owned()]));
        steps.push(commit("deletes", vec![json!({ "key": keys[last], "expected": 2_000 })]));
        steps.extend([load(&keys, &names[..last]), list(&names[..last])]);
    }
    json!({ "name": format!("records_of_kind_{}_come_back_as_they_were", table.name),
            "description": "Every column: put, loaded, listed, replaced and deleted.",
            "let": values, "steps": steps })
}

/// What writes a record that is not there: an add, sums, or a put.
fn write(record: &Record, key: &str, name: &str) -> Value {
    match record {
        Record::Total(total) => add(key, total.value, total.reached_at),
        Record::Standing(standing) => add(key, standing.value, standing.reached_at),
        Record::LetterCount(count) => add(key, count.value, count.reached_at),
        record if record.kind().table().sums => json!({ "key": key, "by": record.sums() }),
        _ => json!({ "stored": name, "expected": 0 }),
    }
}

fn add(key: &str, by: i64, at: referral_core::value::Timestamp) -> Value {
    json!({ "key": key, "by": by, "at_least": null, "at_most": null, "at": at })
}

/// One step, and one value, a line.
fn written(cases: &[Value]) -> String {
    let line = |value: &Value| serde_json::to_string(value).unwrap();
    let mut text = String::from("[");
    for (number, case) in cases.iter().enumerate() {
        text += if number == 0 { "\n  {\n" } else { ",\n  {\n" };
        text +=
            &format!("    \"name\": {},\n    \"description\": {},\n", line(&case["name"]), line(&case["description"]));
        if let Some(values) = case["let"].as_object() {
            let values = values.iter().map(|(name, value)| format!("      \"{name}\": {}", line(value)));
            text += &format!("    \"let\": {{\n{}\n    }},\n", values.collect::<Vec<_>>().join(",\n"));
        }
        let steps: Vec<String> =
            case["steps"].as_array().unwrap().iter().map(|step| format!("      {}", line(step))).collect();
        text += &format!("    \"steps\": [\n{}\n    ]\n  }}", steps.join(",\n"));
    }
    text + "\n]\n"
}
