//! What cheating people and broken programs send.

use conformance::draw::Draw;
use serde_json::{Value, json};

/// A link or code with one character changed, or nothing of it left.
pub(super) fn forged(text: &str, draw: &mut Draw) -> String {
    let at = draw.below(text.chars().count());
    let other = draw.pick(&['A', '7', 'z', '-', 'é', '0']).copied().unwrap_or('A');
    match draw.below(8) {
        0 => String::new(),
        1 => text.chars().rev().collect(),
        2 => text.repeat(3),
        _ => text.chars().enumerate().map(|(index, char)| if index == at { other } else { char }).collect(),
    }
}

/// Texts and numbers that no field expects.
fn absurd(draw: &mut Draw) -> Value {
    match draw.below(9) {
        0 => json!(""),
        1 => json!("x".repeat(1 + draw.below(600))),
        2 => json!("a\u{0}b"),
        3 => json!(-1),
        4 => json!(i64::MAX),
        5 => json!("9223372036854775807 EUR"),
        6 => json!(null),
        7 => json!({"a": {"b": []}}),
        _ => json!("\u{202e}\u{1f600}'; drop table referral_reward; --"),
    }
}

/// Puts something absurd into one field of a command, however deep.
pub(super) fn spoil(command: &mut Value, draw: &mut Draw) {
    let mut at = command;
    loop {
        let (is_leaf, names) = match &*at {
            Value::Object(fields) if !fields.is_empty() => (false, fields.keys().cloned().collect::<Vec<_>>()),
            _ => (true, Vec::new()),
        };
        if is_leaf {
            break;
        }
        let name = draw.pick(&names).cloned().unwrap_or_default();
        let Some(inner) = at.get_mut(&name) else { return };
        at = inner;
    }
    *at = absurd(draw);
}
