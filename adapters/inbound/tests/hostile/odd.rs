//! What is odd and right: it gives exactly the commands that the plain event gives, or those that are named here.

use serde_json::{Value, json};

use crate::events::{ALL, Base};
use crate::{Case, Expected};

/// All odd bodies.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for base in ALL {
        let same = |family: &'static str, body: String| Case {
            family,
            base,
            body: body.into_bytes(),
            expected: Expected::Commands(base.commands()),
        };
        cases.push(same("plain", base.body()));
        cases.extend(spelt(base).into_iter().map(|body| same("spelling", body)));
        cases.extend(shuffled(base).into_iter().map(|body| same("order of keys", body)));
        cases.extend(unknown(base).into_iter().map(|body| same("unknown field", body)));
        cases.extend(padded(base).into_iter().map(|body| same("space", body)));
    }
    cases.extend(equal().into_iter().map(|(base, body)| Case {
        family: "other form of the same",
        base,
        body: base.around(&body.to_string()).into_bytes(),
        expected: Expected::Commands(base.commands()),
    }));
    cases.extend(exact());
    cases
}

/// Writes JSON with the keys in an order that `seed` draws and every character of every text as `write` has it.
fn write(value: &Value, seed: &mut u64, spell: &dyn Fn(char) -> String) -> String {
    let text = |text: &str| format!("\"{}\"", text.chars().map(spell).collect::<String>());
    match value {
        Value::String(inner) => text(inner),
        Value::Array(entries) => {
            let entries: Vec<_> = entries.iter().map(|entry| write(entry, seed, spell)).collect();
            format!("[{}]", entries.join(","))
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            for index in (1..members.len()).rev() {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                members.swap(index, usize::try_from(*seed >> 33).unwrap() % (index + 1));
            }
            let member = |(key, value): (&String, &Value)| format!("{}:{}", text(key), write(value, seed, spell));
            let members: Vec<_> = members.into_iter().map(member).collect();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

fn shuffled(base: Base) -> Vec<String> {
    (1..=20)
        .map(|seed| base.around(&write(&base.event(), &mut (seed * 7_919), &|character| character.to_string())))
        .collect()
}

/// Every character escaped, in small or large hexadecimal digits, or only some.
fn spelt(base: Base) -> Vec<String> {
    let small = |character: char| format!("\\u{:04x}", u32::from(character));
    let large = |character: char| format!("\\u{:04X}", u32::from(character));
    let vowels = |character: char| if "aeiou".contains(character) { small(character) } else { character.to_string() };
    let slashes = |character: char| if character == '/' { "\\/".to_owned() } else { character.to_string() };
    let ways: [&dyn Fn(char) -> String; 4] = [&small, &large, &vowels, &slashes];
    ways.into_iter().map(|way| base.around(&write(&base.event(), &mut 1, way))).collect()
}

/// Fields that nobody asked for, with contents that trip careless readers (the `y_` and `i_` categories).
fn unknown(base: Base) -> Vec<String> {
    let deep = format!("{}{}", "[".repeat(55), "]".repeat(55));
    let deep_objects = format!("{}{{}}{}", "{\"a\":".repeat(50), "}".repeat(50));
    let (long, keys) =
        ("9".repeat(20_000), (0..5_000).map(|key| format!("\"k{key}\":{key}")).collect::<Vec<_>>().join(","));
    let values = [
        "null",
        "-0",
        "0",
        "1e400",
        "-1e-400",
        "1E+2",
        "0.000000000000000000000000000001",
        "9223372036854775808",
        "-9223372036854775809",
        long.as_str(),
        "\"\\u0000\"",
        "\"\\ud83c\\udf89\"",
        "\"\u{1f389}\"",
        "\"\\uffff\"",
        "\"\u{feff}\"",
        "\"\u{202e}gnp\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\u{7f}\"",
        "[]",
        "{}",
        "[[],{},[{}]]",
        deep.as_str(),
        deep_objects.as_str(),
        "[1,1.0,1e0]",
        "{\"\":{\"\":\"\"}}",
    ];
    let mut bodies: Vec<_> =
        values.iter().map(|value| base.body().replacen('{', &format!("{{\"unknown\":{value},"), 1)).collect();
    for key in ["", " ", "__proto__", "constructor", "$", "*", "a.b", "0", "\\u0000", "\u{1f389}", "ID", "Type"] {
        bodies.push(base.body().replacen('{', &format!("{{\"{key}\":{{\"id\":\"evil\"}},"), 1));
    }
    bodies.push(base.body().replacen('{', &format!("{{\"many\":{{{keys}}},"), 1));
    bodies
}

fn padded(base: Base) -> Vec<String> {
    let body = base.body();
    let fill = " ".repeat((1 << 20) - body.len());
    let spaced = body.replace(':', "\t:\r\n ").replace("{", "{ \n");
    // A colon within a text is changed by that too, so only bodies without one are spaced like this.
    let texts_hold_colons = base.event().to_string().contains("T08:59");
    let mut bodies =
        vec![format!("{body}\n"), format!("\r\n\t {body} \r\n"), format!("{body}{fill}"), format!("{fill}{body}")];
    if !texts_hold_colons {
        bodies.push(spaced);
    }
    bodies
}

/// The same event in the forms that other versions of a sender's interface use.
fn equal() -> Vec<(Base, Value)> {
    let changed = |base: Base, change: &dyn Fn(&mut Value)| {
        let mut event = base.event();
        change(&mut event);
        (base, event)
    };
    let object = |event: &mut Value, name: &str, value: Value| event["data"]["object"][name] = value;
    vec![
        changed(Base::Checkout, &|event| object(event, "invoice", json!({"id": "in_1", "object": "invoice"}))),
        changed(Base::Checkout, &|event| object(event, "amount_total", json!("5000"))),
        changed(Base::Checkout, &|event| object(event, "currency", json!("EUR"))),
        changed(Base::Checkout, &|event| object(event, "customer_email", json!("eve@example.com"))),
        changed(Base::Checkout, &|event| event["created"] = json!("1777625999")),
        changed(Base::Invoice, &|event| object(event, "charge", json!({"id": "ch_1", "amount": 5_000}))),
        changed(Base::Invoice, &|event| {
            object(event, "charge", json!(null));
            object(event, "payments", json!({"data": [{"payment": {"payment_intent": "ch_1"}}]}));
        }),
        changed(Base::Invoice, &|event| object(event, "total_taxes", json!([]))),
        changed(Base::Refund, &|event| object(event, "payment_intent", json!({"id": "pi_1"}))),
        changed(Base::Refund, &|event| event["type"] = json!("charge.refund.updated")),
        changed(Base::Refund, &|event| {
            object(event, "payment_intent", json!(null));
            object(event, "charge", json!({"id": "pi_1"}));
        }),
        changed(Base::Deal, &|event| event["deal"]["properties"]["amount"] = json!(50)),
        changed(Base::Deal, &|event| event["deal"]["properties"]["amount"] = json!("50.0000")),
        changed(Base::Deal, &|event| event["deal"]["properties"]["amount"] = json!("0050")),
        changed(Base::Deal, &|event| event["objectId"] = json!("7")),
        changed(Base::Deal, &|event| event["contact"]["properties"]["user_id"] = json!("")),
        changed(Base::Intercom, &|event| {
            event["data"]["item"]["external_id"] = json!(null);
            event["data"]["item"]["user_id"] = json!("bob");
            event["topic"] = json!("user.created");
        }),
        changed(Base::Zapier, &|event| event["amount"] = json!(50)),
        changed(Base::Zapier, &|event| event["amount"] = json!(" 50.0 ")),
        changed(Base::Zapier, &|event| event["at"] = json!("2026-05-01T10:59:59+02:00")),
        changed(Base::Zapier, &|event| event["user_id"] = json!(" bob ")),
        changed(Base::Zapier, &|event| event["email"] = json!("")),
    ]
}

/// Amounts and ids at the edges, digit for digit.
fn exact() -> Vec<Case> {
    let mut cases = Vec::new();
    let minor = [
        (1_i64, "eur", "0.01 EUR"),
        (i64::MAX, "eur", "92233720368547758.07 EUR"),
        (9_007_199_254_740_993, "usd", "90071992547409.93 USD"),
        (i64::MAX, "jpy", "9223372036854775807 JPY"),
        (5_120, "kwd", "5.120 KWD"),
        (500, "isk", "5 ISK"),
        (5, "mga", "5.00 MGA"),
    ];
    for (amount, currency, money) in minor {
        let mut event = Base::Invoice.event();
        event["data"]["object"]["total"] = json!(amount);
        event["data"]["object"]["currency"] = json!(currency);
        let mut commands = Base::Invoice.commands();
        commands[0]["record_conversion"]["total"] = json!(money);
        cases.push(Case {
            family: "exact amount",
            base: Base::Invoice,
            body: event.to_string().into_bytes(),
            expected: Expected::Commands(commands),
        });
    }
    for (amount, money) in [("0.01", "0.01 EUR"), ("90071992547409.93", "90071992547409.93 EUR"), ("0.10", "0.10 EUR")]
    {
        let body = Base::Zapier.body().replace("\"50\"", amount);
        let mut commands = Base::Zapier.commands();
        commands[0]["record_conversion"]["total"] = json!(money);
        cases.push(Case {
            family: "exact amount",
            base: Base::Zapier,
            body: body.into_bytes(),
            expected: Expected::Commands(commands),
        });
    }
    let ids =
        ["a b", "\u{1f389}", "ä/ö?#%00", "' OR 1=1 --", "<script>", "../../etc/passwd", "=1+1", "null", "0", "-1"];
    for id in ids.into_iter().map(str::to_owned).chain([String::from("x").repeat(255), "é".repeat(127)]) {
        let mut event = Base::Zapier.event();
        event["order"] = json!(id);
        let mut commands = Base::Zapier.commands();
        commands[0]["record_conversion"]["event"] = json!(id);
        cases.push(Case {
            family: "odd id",
            base: Base::Zapier,
            body: event.to_string().into_bytes(),
            expected: Expected::Commands(commands),
        });
    }
    cases
}
