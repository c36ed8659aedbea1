//! The JSON Schema of a campaign, made from the description.

use serde_json::{Map, Value as Json, json};

use super::{CAMPAIGN, Field, Kind, Presence, Table};
use crate::campaign::CampaignModel;
use crate::rule::condition::{Expression, MAX_TEXT};

impl CampaignModel {
    /// The JSON Schema (draft 2020-12) of a definition. A copy is `docs/campaign.schema.json`.
    ///
    /// It knows every field by itself; what fields say together is known to [`CampaignModel::check`] alone.
    #[must_use]
    pub fn json_schema() -> Json {
        let mut maker = Maker { definitions: Map::new() };
        let Json::Object(mut root) = maker.table(&CAMPAIGN) else { return Json::Null };
        root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".to_owned(), json!("Campaign"));
        root.insert(
            "description".to_owned(),
            json!("A referral campaign: its dates, qualification, rewards and limits."),
        );
        if let Some(Json::Object(properties)) = root.get_mut("properties") {
            properties
                .insert("$schema".to_owned(), json!({ "type": "string", "description": "Where this schema is." }));
        }
        root.insert("$defs".to_owned(), Json::Object(maker.definitions));
        Json::Object(root)
    }
}

struct Maker {
    definitions: Map<String, Json>,
}

impl Maker {
    fn table(&mut self, table: &'static Table) -> Json {
        let required = table.fields.iter().filter(|field| field.presence == Presence::Required);
        let required: Vec<_> = required.map(|field| field.name).collect();
        let properties = table.fields.iter().map(|field| (field.name.to_owned(), self.field(field)));
        let properties: Map<String, Json> = properties.collect();
        let mut schema = json!({
            "type": "object",
            "description": table.doc,
            "properties": properties,
            "additionalProperties": false,
        });
        if let (Json::Object(schema), false) = (&mut schema, required.is_empty()) {
            schema.insert("required".to_owned(), json!(required));
        }
        schema
    }

    fn field(&mut self, field: &'static Field) -> Json {
        let mut schema = self.kind(&field.kind);
        if let Json::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), json!(field.text()));
            if let Presence::Default(default) = field.presence {
                // Every default is a string or a list of strings, which JSON writes as TOML does.
                schema.insert("default".to_owned(), serde_json::from_str(default).unwrap_or_default());
            }
        }
        schema
    }

    fn kind(&mut self, kind: &'static Kind) -> Json {
        match kind {
            Kind::Text(form) => {
                let schema = json!({
                    "type": "string", "description": form.doc, "pattern": form.pattern, "examples": form.examples,
                });
                self.defined(form.name, |_| schema)
            }
            Kind::Choice(choices) => {
                let choices = choices.iter().map(|(name, doc)| json!({ "const": name, "description": doc }));
                json!({ "oneOf": choices.collect::<Vec<_>>() })
            }
            Kind::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Kind::Condition => self.condition(),
            Kind::Table(table) => self.defined(table.name, |maker| maker.table(table)),
            Kind::Tagged(tables) => self.one_of(tables.iter().map(|table| (table.name, *table))),
            Kind::List(kind, least, most) => {
                json!({ "type": "array", "items": self.kind(kind), "minItems": least, "maxItems": most })
            }
            Kind::Either(kinds) => {
                let kinds: Vec<_> = kinds.iter().map(|kind| self.kind(kind)).collect();
                json!({ "oneOf": kinds })
            }
        }
    }

    fn one_of(&mut self, tables: impl Iterator<Item = (&'static str, &'static Table)>) -> Json {
        let kinds: Vec<_> = tables.map(|(name, table)| self.defined(name, |maker| maker.table(table))).collect();
        json!({ "oneOf": kinds })
    }

    /// A reference to the definition `name`, which `make` makes once.
    fn defined(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Json) -> Json {
        let name = name.replace(' ', "_");
        if !self.definitions.contains_key(&name) {
            let schema = make(self);
            self.definitions.insert(name.clone(), schema);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    /// A condition as text or as a tree, whose definitions come from its own schema.
    fn condition(&mut self) -> Json {
        let tree: Json = serde_json::from_str(Expression::JSON_SCHEMA).unwrap_or_default();
        if let Some(Json::Object(definitions)) = tree.get("$defs") {
            for (name, schema) in definitions {
                self.definitions.insert(format!("condition_{name}"), moved(schema));
            }
        }
        self.defined("condition", |_| {
            json!({
                "description": "A condition: a subset of CEL as text, or the same as a tree.",
                "anyOf": [
                    { "type": "string", "maxLength": MAX_TEXT, "examples": ["order.total >= money('50 EUR')"] },
                    { "type": "boolean" },
                    { "$ref": "#/$defs/condition_expression", "type": "object" },
                ],
            })
        })
    }
}

/// A schema whose references lead to the definitions of conditions.
fn moved(schema: &Json) -> Json {
    match schema {
        Json::Object(map) => {
            let fields = map.iter().map(|(name, value)| match (name.as_str(), value) {
                ("$ref", Json::String(target)) => {
                    (name.clone(), json!(target.replace("#/$defs/", "#/$defs/condition_")))
                }
                _ => (name.clone(), moved(value)),
            });
            Json::Object(fields.collect())
        }
        Json::Array(items) => Json::Array(items.iter().map(moved).collect()),
        other => other.clone(),
    }
}
