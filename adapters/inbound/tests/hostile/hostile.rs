//! What must be refused.

use serde_json::json;

use crate::events::{ALL, Base};
use crate::no_values::NO_VALUES;
use crate::{Case, Expected};

const NOT_JSON: Expected = Expected::Refused("body_not_json");
const INVALID: Expected = Expected::Field("field_invalid");
const MISSING: Expected = Expected::Field("field_missing");

/// All hostile bodies.
pub(crate) fn cases() -> Vec<Case> {
    let families =
        [encodings, controls, repeated_keys, deep, surrogates, grammar, cut, sizes, numbers, times, types, roots];
    families.into_iter().flat_map(|family| family()).collect()
}

fn case(family: &'static str, base: Base, body: impl Into<Vec<u8>>, expected: Expected) -> Case {
    Case { family, base, body: body.into(), expected }
}

/// Not UTF-8, or with a mark before it (RFC 3629, RFC 8259 section 8.1).
fn encodings() -> Vec<Case> {
    let mut cases = Vec::new();
    for base in ALL {
        let body = base.body();
        let wide = |big: bool, marked: bool| -> Vec<u8> {
            let units = marked.then_some(0xfeff).into_iter().chain(body.encode_utf16());
            units.flat_map(|unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let mut bodies = vec![wide(true, true), wide(false, true), wide(true, false), wide(false, false)];
        bodies.push([b"\xef\xbb\xbf".as_slice(), body.as_bytes()].concat());
        bodies.push(body.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect());
        let wrong: [&[u8]; 8] = [
            b"\xe9",
            b"\xc0\x80",
            b"\xed\xa0\x80",
            b"\xed\xbf\xbf",
            b"\xf5\x80\x80\x80",
            b"\xe2\x82",
            b"\xff",
            b"\x80",
        ];
        for bytes in wrong {
            let text = body.replacen('{', "{\"note\":\"@\",", 1);
            let (before, after) = text.split_once('@').unwrap();
            bodies.push([before.as_bytes(), bytes, after.as_bytes()].concat());
        }
        cases.extend(bodies.into_iter().map(|body| case("encoding", base, body, NOT_JSON)));
    }
    cases
}

/// NUL and the other control characters, raw (`n_string_unescaped_ctrl_char`).
fn controls() -> Vec<Case> {
    let mut cases = Vec::new();
    for base in ALL {
        let body = base.body();
        cases.push(case("nul", base, format!("\0{body}"), NOT_JSON));
        cases.push(case("nul", base, format!("{body}\0"), NOT_JSON));
        cases.push(case("nul", base, body.replacen('"', "\"\0", 1), NOT_JSON));
        cases.push(case("nul", base, body.replacen(':', ":\0", 1), NOT_JSON));
    }
    for control in 0_u8..0x20 {
        let name = format!("{{\"name\":\"a{}b\"}}", char::from(control));
        cases.push(case("control character", Base::Zapier, name, NOT_JSON));
    }
    // Escaped it is JSON, and an id with it is none.
    for control in 0..0x20 {
        let body = Base::Refund.body().replace("pi_1", &format!("pi\\u{control:04x}_1"));
        cases.push(case("escaped control character", Base::Refund, body, INVALID));
    }
    cases
}

/// The same key twice, also when it is spelt another way (RFC 7493 section 2.3).
fn repeated_keys() -> Vec<Case> {
    let mut cases = Vec::new();
    for base in ALL {
        let event = base.event();
        for (key, value) in event.as_object().unwrap() {
            let escaped: String = key.chars().map(|character| format!("\\u{:04x}", u32::from(character))).collect();
            for (spelt, value) in [(key.as_str(), value.clone()), (key, json!("other")), (&escaped, json!(null))] {
                let text = event.to_string().replacen('{', &format!("{{\"{spelt}\":{value},"), 1);
                cases.push(case("repeated key", base, base.around(&text), NOT_JSON));
            }
        }
    }
    cases
}

/// Deeper than 64 levels (`n_structure_100000_opening_arrays`, `n_structure_open_array_object`).
fn deep() -> Vec<Case> {
    let mut cases = Vec::new();
    for base in ALL {
        for depth in [65, 66, 128, 1_000, 10_000, 100_000] {
            let lists = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            let objects = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
            let open = "[{\"a\":".repeat(depth);
            for deep in [lists, objects, open] {
                let body = base.body().replacen('{', &format!("{{\"note\":{deep},"), 1);
                cases.push(case("depth", base, body, NOT_JSON));
                cases.push(case("depth", base, deep, NOT_JSON));
            }
        }
    }
    cases
}

/// Halves of surrogate pairs (RFC 8259 section 8.2, `i_string_*surrogate*`).
fn surrogates() -> Vec<Case> {
    let lone = [
        r"\ud800",
        r"\udbff",
        r"\udc00",
        r"\udfff",
        r"\ud800\ud800",
        r"\udc00\ud800",
        r"\ud800x",
        r"\ud800\n",
        r"\ud800\u0041",
        r"\uD83D",
        r"\ud83d \ude00",
        r"\ud83d\u",
        r"\ud83d\ude0",
        r"\u12",
        r"\u+123",
        r"\uzzzz",
    ];
    let mut cases = Vec::new();
    for base in [Base::Checkout, Base::Contact, Base::Intercom, Base::Zapier] {
        for text in lone {
            let value = base.body().replacen('{', &format!("{{\"note\":\"{text}\","), 1);
            let key = base.body().replacen('{', &format!("{{\"{text}\":1,"), 1);
            cases.push(case("lone surrogate", base, value, NOT_JSON));
            cases.push(case("lone surrogate", base, key, NOT_JSON));
        }
    }
    cases
}

/// What is no JSON (the `n_` category).
fn grammar() -> Vec<Case> {
    let mut cases = Vec::new();
    for value in &NO_VALUES {
        let body = Base::Checkout.body().replacen('{', &format!("{{\"note\":{value},"), 1);
        cases.push(case("grammar", Base::Checkout, body, NOT_JSON));
        cases.push(case("grammar", Base::Zapier, *value, NOT_JSON));
    }
    for base in ALL {
        for after in ["{}", ",", "x", "\u{feff}", "]"] {
            cases.push(case("grammar", base, base.body() + after, NOT_JSON));
        }
    }
    cases
}

/// Cut off anywhere.
fn cut() -> Vec<Case> {
    let cut = |base: Base| {
        let body = base.body();
        (0..40).map(move |part| case("cut off", base, &body.as_bytes()[..body.len() * part / 40], NOT_JSON))
    };
    ALL.into_iter().flat_map(cut).collect()
}

/// Too much of something.
fn sizes() -> Vec<Case> {
    let mega = 1 << 20;
    let mut cases = Vec::new();
    for base in ALL {
        let padded = format!("{}{}", base.body(), " ".repeat(mega));
        cases.push(case("size", base, padded, Expected::Refused("body_too_large")));
        cases.push(case("size", base, " ".repeat(mega), NOT_JSON));
        cases.push(case("size", base, "[".repeat(mega), NOT_JSON));
        cases.push(case("size", base, "\"".repeat(mega), NOT_JSON));
        cases.push(case("size", base, "[[],".repeat(mega / 4), NOT_JSON));
    }
    let events = vec![Base::Contact.event().to_string(); 1_001].join(",");
    cases.push(case("size", Base::Contact, format!("[{events}]"), Expected::Refused("events_invalid")));
    for (base, id) in [
        (Base::Refund, "pi_1"),
        (Base::Invoice, "in_1"),
        (Base::Zapier, "o-1"),
        (Base::Intercom, "bob"),
        (Base::Reward, "transfer 7"),
    ] {
        for length in [256, 1_000, 900_000] {
            cases.push(case("size", base, base.body().replace(id, &"x".repeat(length)), INVALID));
        }
    }
    cases
}

fn with(base: Base, pointer: &str, text: &str) -> String {
    let mut event = base.event();
    *event.pointer_mut(pointer).unwrap() = json!("@@");
    base.around(&event.to_string().replace("\"@@\"", text))
}

/// Amounts that no currency has, or that no machine can hold.
fn numbers() -> Vec<Case> {
    let long = "9".repeat(10_000);
    let wrong = [
        "9223372036854775808",
        "99999999999999999999",
        "1e400",
        "1e-400",
        "1e3",
        "1.5",
        "0.1",
        "5000.0",
        "-1e99",
        long.as_str(),
        "\"5000 \\u0000\"",
        "\"1,000\"",
        "\"abc\"",
        "\"NaN\"",
        "\"0x10\"",
        "\"٣\"",
        "\"+5\"",
        "\"1e3\"",
        "\"5.\"",
        "true",
        "[]",
        "[5000]",
        "{}",
        "{\"value\":5000}",
    ];
    let mut cases = Vec::new();
    for text in wrong {
        for (base, pointer) in [(Base::Invoice, "/data/object/total"), (Base::Refund, "/data/object/amount")] {
            cases.push(case("number", base, with(base, pointer, text), INVALID));
        }
    }
    let major =
        ["1e400", "1e3", "0.001", "50.005", "99999999999999999999", "\"1,50\"", "\"5 EUR\"", "\".5\"", "\"--5\"", "[]"];
    for text in major {
        cases.push(case("number", Base::Deal, with(Base::Deal, "/deal/properties/amount", text), INVALID));
        cases.push(case("number", Base::Zapier, with(Base::Zapier, "/amount", text), INVALID));
    }
    // Nothing was paid.
    for text in ["0", "-1", "-0", "-9223372036854775808", "null", "\"\""] {
        let body = with(Base::Invoice, "/data/object/total", text);
        cases.push(case("number", Base::Invoice, body, Expected::Unmatched));
    }
    for text in ["\"XXX\"", "\"XAU\"", "\"EURO\"", "\"\\u20ac\"", "5", "true", "[]", "{}", "null", "\"\""] {
        cases.push(case("currency", Base::Invoice, with(Base::Invoice, "/data/object/currency", text), INVALID));
    }
    cases
}

/// Times that are none, or lie where no clock goes.
fn times() -> Vec<Case> {
    let wrong = [
        "-1",
        "253402300800",
        "9223372036854775807",
        "9223372036854775808",
        "1e10",
        "1777625999.5",
        "1e400",
        "true",
        "\"2026-05-01\"",
        "\"now\"",
        "[]",
        "{}",
    ];
    let mut cases = Vec::new();
    for text in wrong {
        cases.push(case("time", Base::Checkout, with(Base::Checkout, "/created", text), INVALID));
        cases.push(case("time", Base::Intercom, with(Base::Intercom, "/created_at", text), INVALID));
    }
    for text in ["-1", "253402300800000", "9223372036854775807", "1.5", "\"x\"", "{}"] {
        cases.push(case("time", Base::Contact, with(Base::Contact, "/occurredAt", text), INVALID));
    }
    for text in [
        "\"2026-13-01T00:00:00Z\"",
        "\"1969-12-31T23:59:59Z\"",
        "\"10000-01-01T00:00:00Z\"",
        "\"2026-05-01\"",
        "0",
        "[]",
    ] {
        cases.push(case("time", Base::Zapier, with(Base::Zapier, "/at", text), INVALID));
    }
    // Without a time a lead has no key.
    cases.push(case("time", Base::Intercom, with(Base::Intercom, "/created_at", "null"), MISSING));
    cases.push(case("time", Base::Contact, with(Base::Contact, "/occurredAt", "null"), MISSING));
    cases
}

/// Ids and people that are none.
fn types() -> Vec<Case> {
    let fields = [
        (Base::Invoice, "/data/object/id"),
        (Base::Invoice, "/data/object/customer_email"),
        (Base::Refund, "/data/object/id"),
        (Base::Intercom, "/data/item/external_id"),
        (Base::Zapier, "/order"),
        (Base::Zapier, "/user_id"),
        (Base::Dispute, "/data/object/id"),
        (Base::Reward, "/reward_campaign"),
        (Base::Reward, "/rule"),
        (Base::Reward, "/reward_cause"),
    ];
    let mut cases = Vec::new();
    for (base, pointer) in fields {
        for (text, expected) in
            [("null", MISSING), ("\"\"", MISSING), ("[]", INVALID), ("{}", INVALID), ("[\"a\"]", INVALID)]
        {
            cases.push(case("type", base, with(base, pointer, text), expected));
        }
    }
    for (pointer, text) in [
        ("/reward_campaign", "-1"),
        ("/reward_campaign", "4294967296"),
        ("/participant", "\"ada\""),
        ("/reward_cause", "\"event\""),
        ("/to", "\"pay\""),
        ("/to", "\"redeem\""),
        ("/to", "\"approve\""),
    ] {
        cases.push(case("type", Base::Reward, with(Base::Reward, pointer, text), INVALID));
    }
    for email in ["bob", "@", "bob@", "@example.com", "a@b@c", "bob@exa mple.com", "bob@-.com", "bob@example..com"] {
        let body = with(Base::Invoice, "/data/object/customer_email", &format!("\"{email}\""));
        cases.push(case("email", Base::Invoice, body, INVALID));
    }
    cases
}

/// Bodies that are JSON and no event.
fn roots() -> Vec<Case> {
    let mut cases = Vec::new();
    for base in ALL {
        let is_list = matches!(base, Base::Deal | Base::Contact);
        for body in ["null", "true", "0", "\"\"", "\"event\"", "-1e999"] {
            let expected = if is_list { Expected::Refused("events_invalid") } else { unmatched(base) };
            cases.push(case("root", base, body, expected));
        }
        for body in ["{}", "[]", "[[]]", "[null]", "{\"__proto__\":{}}", "{\"\":\"\"}"] {
            cases.push(case("root", base, body, unmatched(base)));
        }
    }
    cases
}

/// What no rule applies to: every message to the table of flat messages is meant for it.
fn unmatched(base: Base) -> Expected {
    if matches!(base, Base::Zapier | Base::Reward) { INVALID } else { Expected::Unmatched }
}
