//! Text and JSON say the same.

use serde_json::{Value as Json, json};

use super::*;

/// Checks `value` against the part of JSON Schema that [`Expression::JSON_SCHEMA`] uses; refuses to overlook a keyword.
fn validates(schema: &Json, value: &Json, root: &Json) -> bool {
    let count = value.as_array().map(Vec::len).or(value.as_object().map(serde_json::Map::len)).unwrap_or(0) as u64;
    schema.as_object().unwrap().iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "$defs" | "title" | "description" => true,
        "$ref" => validates(root.pointer(&rule.as_str().unwrap()[1..]).unwrap(), value, root),
        "anyOf" => rule.as_array().unwrap().iter().any(|option| validates(option, value, root)),
        "type" => match rule.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            other => panic!("type `{other}`"),
        },
        "minProperties" | "minItems" => count >= rule.as_u64().unwrap(),
        "maxProperties" | "maxItems" => count <= rule.as_u64().unwrap(),
        "required" => rule.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
        "additionalProperties" => {
            let known = schema["properties"].as_object().unwrap();
            !rule.as_bool().unwrap()
                && value.as_object().is_none_or(|object| object.keys().all(|key| known.contains_key(key)))
        }
        "properties" => value.as_object().is_none_or(|object| {
            object.iter().all(|(key, value)| rule.get(key).is_none_or(|rule| validates(rule, value, root)))
        }),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| validates(rule, item, root))),
        "prefixItems" => value.as_array().is_none_or(|items| {
            items.iter().zip(rule.as_array().unwrap()).all(|(item, rule)| validates(rule, item, root))
        }),
        // The one pattern there is.
        "pattern" => value.as_str().is_none_or(|text| {
            text.split('.').all(|name| {
                name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            })
        }),
        other => panic!("keyword `{other}`"),
    })
}

pub(super) fn fits_schema(value: &Json) -> bool {
    let schema: Json = serde_json::from_str(Expression::JSON_SCHEMA).unwrap();
    validates(&schema, value, &schema)
}

#[test]
fn text_and_tree_convert_into_each_other() {
    for (text, tree) in [
        ("true", json!(true)),
        ("-5", json!(-5)),
        ("now", json!({ "field": "now" })),
        ("!(a && b)", json!({ "!": { "&&": [{ "field": "a" }, { "field": "b" }] } })),
        (
            "a && b && (c || d)",
            json!({ "&&": [{"field": "a"}, {"field": "b"}, {"||": [{"field": "c"}, {"field": "d"}]}] }),
        ),
        ("a.b in ['x', 'it\\'s']", json!({ "in": [{ "field": "a.b" }, ["x", "it's"]] })),
        ("'x' in a.b", json!({ "in": ["x", { "field": "a.b" }] })),
        ("a - (b - 1) - -1", json!({"-": [{"-": [{"field": "a"}, {"-": [{"field": "b"}, 1]}]}, -1]})),
        ("a < b == c", json!({"==": [{"<": [{"field": "a"}, {"field": "b"}]}, {"field": "c"}]})),
        ("a == (b < c)", json!({"==": [{"field": "a"}, {"<": [{"field": "b"}, {"field": "c"}]}]})),
        ("has(a.b)", json!({ "has": "a.b" })),
        ("size(a)", json!({ "size": { "field": "a" } })),
        ("a.getHours('Asia/Jakarta')", json!({ "getHours": [{ "field": "a" }, "Asia/Jakarta"] })),
        ("(now - duration('7d')).getMonth()", json!({"getMonth": [{"-": [{"field": "now"}, {"duration": "7d"}]}]})),
        ("money('1.00 EUR')", json!({ "money": "1.00 EUR" })),
        ("timestamp('2026-05-01T00:00:00Z')", json!({ "timestamp": "2026-05-01T00:00:00Z" })),
    ] {
        let parsed: Expression = text.parse().unwrap();
        assert_eq!(serde_json::to_value(&parsed).unwrap(), tree, "{text}");
        assert_eq!(parsed.to_string(), text);
        assert_eq!(serde_json::from_value::<Expression>(tree.clone()).unwrap(), parsed, "{text}");
        assert!(fits_schema(&tree), "{text}");
    }
}

#[test]
fn the_canonical_text_has_no_needless_parentheses() {
    for (text, canonical) in [
        ("((a)) && ((b && c))", "a && b && c"),
        ("(a && b) || (c && d)", "a && b || c && d"),
        ("((a + 1) - 2) > (3)", "a + 1 - 2 > 3"),
        ("!(a) == !(!(b))", "!a == !!b"),
        ("\"it's\" == a", "'it\\'s' == a"),
        ("a > money( \"5 EUR\" )", "a > money('5.00 EUR')"),
        ("a - b < duration('72h')", "a - b < duration('3d')"),
        ("a in [1,2,]", "a in [1, 2]"),
        ("a<timestamp('2026-05-01T02:00:00+02:00')", "a < timestamp('2026-05-01T00:00:00Z')"),
    ] {
        assert_eq!(text.parse::<Expression>().unwrap().to_string(), canonical);
    }
}

#[test]
fn a_tree_that_is_none_is_refused_by_reader_and_schema() {
    for tree in [
        json!(null),
        json!(1.5),
        json!([1]),
        json!({}),
        json!({ "&&": [true] }),
        json!({ "&&": true }),
        json!({ "!": true, "==": [1, 2] }),
        json!({ "==": [1, 2, 3] }),
        json!({ "in": [1, 2] }),
        json!({ "in": [1, [[1]]] }),
        json!({ "in": [1, [{ "field": "a" }]] }),
        json!({ "field": "a b" }),
        json!({ "field": "" }),
        json!({ "field": 5 }),
        json!({ "has": { "field": "a" } }),
        json!({ "matches": [1, 2] }),
        json!({ "getHours": [] }),
        json!({ "getHours": [{ "field": "now" }, 5] }),
        json!({ "money": 5 }),
    ] {
        assert!(serde_json::from_value::<Expression>(tree.clone()).is_err(), "{tree}");
        assert!(!fits_schema(&tree), "{tree}");
    }
}

#[test]
fn a_tree_with_bad_values_or_beyond_the_limits_is_refused() {
    let mut deep = json!({ "field": "a" });
    for _ in 0..32 {
        deep = json!({ "!": deep });
    }
    let parts: Vec<_> = (0..256).map(|_| json!(true)).collect();
    let entries: Vec<_> = (0..513).map(|_| json!(1)).collect();
    for tree in [
        deep,
        json!({ "&&": parts }),
        json!({ "in": [1, entries] }),
        json!("\u{1}".repeat(3_000)),
        json!({ "money": "5 EURO" }),
        json!({ "timestamp": "tomorrow" }),
        json!({ "duration": "1w" }),
        json!({ "field": "order.in" }),
        json!(u64::MAX),
    ] {
        assert!(serde_json::from_value::<Expression>(tree.clone()).is_err(), "{tree}");
    }
}
