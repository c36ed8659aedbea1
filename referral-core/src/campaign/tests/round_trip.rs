//! What is written is read back as the same, and what is described is what the types say.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::generate::{Dice, model};
use crate::campaign::shape::{CAMPAIGN, Kind, Table};
use crate::campaign::{CampaignModel, Compiled, diff};
use crate::value::CampaignId;

#[test]
fn what_is_written_as_toml_or_json_is_read_back_as_the_same() {
    for seed in 0..300 {
        let model = model(&mut Dice::new(seed));
        let again = CampaignModel::from_toml(&model.to_toml());
        assert_eq!(again.as_ref(), Ok(&model), "seed {seed}\n{}", model.to_toml());
        let again = CampaignModel::from_json(&model.to_json());
        assert_eq!(again.as_ref(), Ok(&model), "seed {seed}\n{}", model.to_json());
        assert_eq!(diff(&model, &model), [], "seed {seed}");
        assert!(Compiled::new(CampaignId(1), 1, model).is_ok(), "seed {seed}");
    }
}

#[test]
fn the_description_knows_every_field_of_the_types_and_no_other() {
    let mut written = BTreeSet::new();
    for seed in 0..500 {
        note(&CAMPAIGN, &serde_json::to_value(model(&mut Dice::new(seed))).unwrap(), &mut written);
    }
    let mut described = BTreeSet::new();
    describe_table(&CAMPAIGN, &mut described);
    assert_eq!(written, described);
}

/// Every field that `json` has, as `table.field`.
fn note(table: &'static Table, json: &Json, written: &mut BTreeSet<String>) {
    for (name, value) in json.as_object().unwrap() {
        written.insert(format!("{}.{name}", table.name));
        let field = table.field(name).unwrap_or_else(|| panic!("`{}` has a field `{name}`", table.name));
        note_kind(&field.kind, value, written);
    }
}

fn note_kind(kind: &'static Kind, json: &Json, written: &mut BTreeSet<String>) {
    match (kind, json) {
        (Kind::Table(table), Json::Object(_)) => note(table, json, written),
        (Kind::Tagged(tables), Json::Object(map)) => {
            note(tables.iter().find(|table| map.contains_key(table.tag())).unwrap(), json, written);
        }
        (Kind::List(kind, ..), Json::Array(items)) => items.iter().for_each(|item| note_kind(kind, item, written)),
        (Kind::Either(kinds), _) => {
            let fitting = kinds.iter().find(|kind| match kind {
                Kind::Table(_) => json.is_object(),
                Kind::List(..) => json.is_array(),
                _ => json.is_string(),
            });
            note_kind(fitting.unwrap(), json, written);
        }
        _ => {}
    }
}

fn describe_table(table: &'static Table, described: &mut BTreeSet<String>) {
    for field in table.fields {
        described.insert(format!("{}.{}", table.name, field.name));
        describe(&field.kind, described);
    }
}

fn describe(kind: &'static Kind, described: &mut BTreeSet<String>) {
    match kind {
        Kind::Table(table) => describe_table(table, described),
        Kind::Tagged(tables) => tables.iter().for_each(|table| describe_table(table, described)),
        Kind::List(kind, ..) => describe(kind, described),
        Kind::Either(kinds) => kinds.iter().for_each(|kind| describe(kind, described)),
        _ => {}
    }
}
