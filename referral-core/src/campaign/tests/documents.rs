//! The JSON Schema, the reference and the examples are what the code says.

use serde_json::{Value as Json, json};

use super::generate::{Dice, model};
use super::{file, read};
use crate::campaign::shape::{CAMPAIGN, Kind, Table};
use crate::campaign::{CampaignModel, Format, condition_reference, reference};

const EXAMPLES: [&str; 3] =
    ["examples/campaigns/friends.toml", "examples/campaigns/subscription.toml", "examples/campaigns/fithub.toml"];

/// Compares a file of the project with what it should hold, and writes it if `UPDATE_DOCS` is set.
fn assert_file(path: &str, expected: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(&path, expected).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    assert_eq!(file(path), expected, "`UPDATE_DOCS=1 cargo test -p referral-core documents` writes {path} anew");
}

#[test]
fn the_json_schema_in_docs_is_the_one_that_the_code_makes() {
    let schema = serde_json::to_string_pretty(&CampaignModel::json_schema()).unwrap() + "\n";
    assert_file("docs/campaign.schema.json", &schema);
}

#[test]
fn the_reference_in_docs_is_the_one_that_the_code_makes() {
    let path = "docs/campaigns.md";
    let mut text = file(path);
    for (name, made) in [("fields", reference()), ("condition fields", condition_reference())] {
        let [begin, end] = ["begin", "end"].map(|side| format!("<!-- {side}: {name}, made by the code -->\n"));
        let start = text.find(&begin).unwrap_or_else(|| panic!("{begin}")) + begin.len();
        let stop = text.find(&end).unwrap_or_else(|| panic!("{end}"));
        text.replace_range(start..stop, &format!("\n{}\n", made.trim_end_matches('\n')));
        text = text
            .replace(&format!("\n{end}"), &format!("\n\n{end}"))
            .replace(&format!("\n\n\n{end}"), &format!("\n\n{end}"));
    }
    assert_file(path, &text);
}

#[test]
fn every_toml_block_in_the_reference_is_right() {
    let text = file("docs/campaigns.md");
    let blocks: Vec<_> = text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 5);
    for block in blocks {
        let whole = if block.contains("link_host") {
            block.to_owned()
        } else {
            format!("name = \"a\"\nlink_host = \"go.shop.example\"\n{block}")
        };
        read(&whole);
    }
}

#[test]
fn the_examples_have_no_mistakes_and_nothing_odd_in_them() {
    for path in EXAMPLES {
        let checked = read(&file(path));
        assert_eq!(checked.warnings, [], "{path}");
        let model = checked.model;
        assert_eq!(CampaignModel::from_toml(&model.to_toml()), Ok(model.clone()), "{path}");
        assert_eq!(CampaignModel::from_json(&model.to_json()), Ok(model), "{path}");
    }
}

#[test]
fn the_example_of_every_field_fits_its_kind() {
    fn walk(table: &'static Table, seen: &mut usize) {
        for field in table.fields {
            *seen += 1;
            let fits = fits(table, field.name, field.example);
            assert_eq!(fits, Vec::<String>::new(), "{}.{}", table.name, field.name);
            inner(&field.kind, seen);
        }
    }
    fn inner(kind: &'static Kind, seen: &mut usize) {
        match kind {
            Kind::Table(table) => walk(table, seen),
            Kind::Tagged(tables) => tables.iter().for_each(|table| walk(table, seen)),
            Kind::List(kind, ..) => inner(kind, seen),
            Kind::Either(kinds) => kinds.iter().for_each(|kind| inner(kind, seen)),
            _ => {}
        }
    }
    let mut seen = 0;
    walk(&CAMPAIGN, &mut seen);
    assert!(seen > 50);
}

/// What is wrong with `name = example` in `table`, whatever else is missing there.
fn fits(table: &'static Table, name: &str, example: &str) -> Vec<String> {
    let node = crate::campaign::text::toml_tree(&format!("{name} = {example}"));
    let findings = crate::campaign::shape::check(&node, table);
    findings.into_iter().map(|finding| finding.problem).filter(|problem| !problem.contains("is missing")).collect()
}

#[test]
fn the_schema_accepts_what_is_valid() {
    let schema = CampaignModel::json_schema();
    for path in EXAMPLES {
        let json = serde_json::to_value(read(&file(path)).model).unwrap();
        assert_eq!(validate(&schema, &schema, &json), Ok(()), "{path}");
    }
    for seed in 0..300 {
        let json = serde_json::to_value(model(&mut Dice::new(seed))).unwrap();
        assert_eq!(validate(&schema, &schema, &json), Ok(()), "seed {seed}");
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = CampaignModel::json_schema();
    let base = json!({ "name": "a", "link_host": "go.shop.example", "rewards": [
        { "id": "a", "to": "referrer", "on": "qualified", "give": { "flat": "5 EUR" }, "limits": [{ "per": "campaign", "count": 1 }] }
    ]});
    assert_eq!(validate(&schema, &schema, &base), Ok(()));
    let cases = [
        ("/name", json!("A")),
        ("/name", json!(5)),
        ("/nam", json!("a")),
        ("/zone", json!("")),
        ("/starts", json!("2026-05-01")),
        ("/link_host", json!("https://go.shop.example/")),
        ("/destinations", json!(["shop.example"])),
        ("/waiting", json!("3 months")),
        ("/attribution", json!({ "precedence": [] })),
        ("/attribution", json!({ "model": "linear" })),
        ("/qualification", json!({ "when": 5 })),
        ("/qualification", json!({ "when": { "<>": [1, 2] } })),
        ("/fields", json!([{ "path": "order.status", "type": "string" }])),
        ("/rewards", json!([{ "id": "a", "on": "qualified" }])),
        ("/rewards/0/give", json!({ "percent": "10" })),
        ("/rewards/0/give", json!({ "percent": "10%", "flat": "5 EUR" })),
        ("/rewards/0/give", json!({ "units": 0, "unit": "points" })),
        ("/rewards/0/every", json!(1)),
        ("/rewards/0/occurrence", json!({ "nth": 0 })),
        ("/rewards/0/occurrence", json!("second")),
        ("/rewards/0/limits", json!([{ "per": "referrer", "each": "month" }])),
        ("/rewards/0/limits", json!([{ "per": "referrer", "value": ["5"] }])),
        ("/rewards/0/limits", json!([{ "per": "referrer", "value": { "unit": "points", "quantity": 0 } }])),
        ("/rewards/0/milestones", json!(vec![json!({ "at": 1, "give": { "flat": "5 EUR" } }); 65])),
    ];
    for (path, value) in cases {
        let mut json = base.clone();
        let (parent, name) = path.rsplit_once('/').unwrap();
        json.pointer_mut(parent).unwrap()[name] = value.clone();
        assert!(validate(&schema, &schema, &json).is_err(), "{path} {value}");
        let read = CampaignModel::read(&json.to_string(), Format::Json);
        assert!(read.is_err(), "{path} {value}");
    }
}

/// The part of JSON Schema that the schema of campaigns uses.
fn validate(root: &Json, schema: &Json, json: &Json) -> Result<(), String> {
    let words = schema.as_object().unwrap_or_else(|| panic!("no schema: {schema}"));
    for (word, value) in words {
        let fits = match word.as_str() {
            "$ref" => {
                let target = value.as_str().and_then(|target| root.pointer(&target[1..]));
                validate(root, target.unwrap_or_else(|| panic!("{value}")), json)?;
                true
            }
            "type" => has_type(value.as_str().unwrap(), json),
            "oneOf" | "anyOf" => {
                let fitting = value.as_array().unwrap().iter().filter(|one| validate(root, one, json).is_ok()).count();
                fitting == 1 || (word == "anyOf" && fitting > 1)
            }
            "const" => value == json,
            "minimum" => json.as_i64() >= value.as_i64(),
            "maximum" => json.as_i64() <= value.as_i64(),
            "minItems" | "minProperties" => length(json) >= value.as_u64().unwrap(),
            "maxItems" | "maxProperties" => length(json) <= value.as_u64().unwrap(),
            "pattern" => {
                let pattern = regex_lite::Regex::new(value.as_str().unwrap()).unwrap();
                json.as_str().is_none_or(|text| pattern.is_match(text))
            }
            "required" => value.as_array().unwrap().iter().all(|name| json.get(name.as_str().unwrap()).is_some()),
            "properties" | "items" | "prefixItems" => {
                for (one, json) in parts(word, value, json) {
                    validate(root, one, json)?;
                }
                true
            }
            "additionalProperties" => {
                let known = |name: &String| schema["properties"].get(name).is_some();
                json.as_object().is_none_or(|map| map.keys().all(known))
            }
            "$schema" | "$defs" | "title" | "description" | "default" | "examples" | "maxLength" => true,
            other => panic!("the schema uses `{other}`"),
        };
        if !fits {
            return Err(format!("{word} {value}: {json}"));
        }
    }
    Ok(())
}

fn has_type(name: &str, json: &Json) -> bool {
    match name {
        "object" => json.is_object(),
        "array" => json.is_array(),
        "string" => json.is_string(),
        "boolean" => json.is_boolean(),
        "integer" => json.is_i64() || json.is_u64(),
        other => panic!("{other}"),
    }
}

fn length(json: &Json) -> u64 {
    json.as_array().map(Vec::len).or(json.as_object().map(serde_json::Map::len)).unwrap_or(1) as u64
}

/// The parts of `json` that a word speaks of, each with its schema.
fn parts<'j>(word: &str, schemas: &'j Json, json: &'j Json) -> Vec<(&'j Json, &'j Json)> {
    let items = json.as_array().into_iter().flatten();
    match word {
        "items" => items.map(|one| (schemas, one)).collect(),
        "prefixItems" => schemas.as_array().into_iter().flatten().zip(items).collect(),
        _ => {
            let fields = json.as_object().into_iter().flatten();
            fields.filter_map(|(name, one)| Some((schemas.get(name)?, one))).collect()
        }
    }
}

#[test]
fn every_form_accepts_its_examples_and_its_pattern_accepts_what_it_accepts() {
    let schema = CampaignModel::json_schema();
    let forms: Vec<_> =
        schema["$defs"].as_object().unwrap().values().filter(|form| form.get("pattern").is_some()).collect();
    assert!(forms.len() >= 15);
    for form in forms {
        let pattern = regex_lite::Regex::new(form["pattern"].as_str().unwrap_or_default()).unwrap();
        for example in form["examples"].as_array().into_iter().flatten() {
            assert!(pattern.is_match(example.as_str().unwrap()), "{example}");
        }
    }
}
