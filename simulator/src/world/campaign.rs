//! Campaigns drawn from templates with random rules.

#![allow(clippy::indexing_slicing, reason = "fields are set on JSON objects that were just made")]

use conformance::draw::Draw;
use serde_json::{Value, json};

const SPANS: [&str; 5] = ["1 hour", "1 day", "7 days", "14 days", "30 days"];
const WINDOWS: [&str; 7] =
    ["ever", "calendar day", "calendar week", "calendar month", "calendar year", "7 days", "1 day"];
const ZONES: [&str; 4] = ["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu"];

fn one<'t>(draw: &mut Draw, texts: &[&'t str]) -> &'t str {
    draw.pick(texts).copied().unwrap_or_default()
}

fn chance(draw: &mut Draw, percent: usize) -> bool {
    draw.below(100) < percent
}

/// A campaign; nearly always a valid one.
pub(super) fn draw(slug: &str, draw: &mut Draw) -> Value {
    let on = one(draw, &["purchase", "purchase", "purchase", "purchase", "conversion", "joined", "manual"]);
    let mut qualification = json!({"on": on});
    if chance(draw, 40) {
        qualification["window"] = json!(one(draw, &SPANS));
    }
    if matches!(on, "purchase" | "conversion") && chance(draw, 40) {
        qualification["when"] = json!(one(draw, &["order.total >= money('20 EUR')", "order.kind != 'renewal'"]));
    }
    let rules = 1 + draw.below(5);
    let rewards: Vec<Value> = (0..rules).map(|number| rule(number, on, draw)).collect();
    let mut definition = json!({
        "name": slug,
        "link_host": "go.example.com",
        "zone": one(draw, &ZONES),
        "qualification": qualification,
        "rewards": rewards,
        "destinations": ["https://shop.example.com/"],
    });
    counting(slug, &mut definition);
    if chance(draw, 50) {
        definition["debts"] = json!(one(draw, &["net", "write_off"]));
    }
    if chance(draw, 25) {
        definition["waiting"] = json!(one(draw, &SPANS));
    }
    if chance(draw, 20) {
        definition["in_flight"] = json!("stop");
    }
    if chance(draw, 50) {
        definition["attribution"] = attribution(draw);
    }
    if chance(draw, 60) {
        definition["limits"] = json!([limit("campaign", draw)]);
    }
    definition["fields"] = json!([{"path": "order.data.plan", "type": "string"}]);
    definition
}

/// By what a campaign counts and ranks: it depends on the name alone.
fn counting(slug: &str, definition: &mut Value) {
    let number: usize = slug.bytes().map(usize::from).sum();
    let origins = json!([
        "device",
        "browser",
        "system",
        "referring_host",
        "city",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "link"
    ]);
    if let Some(named) = [Some(json!(["rule"])), Some(origins), Some(json!([])), None][number % 4].clone() {
        definition["dimensions"] = named;
    }
    let leads = json!(["shares", "leads", "conversions", "granted"]);
    let money = json!(["clicks", "revenue", "rewards"]);
    if let Some(named) = [None, Some(json!(["qualified"])), Some(money), Some(leads)][number % 4].clone() {
        definition["leaderboard"] = named;
    }
}

fn attribution(draw: &mut Draw) -> Value {
    let precedence: &[&str] = match draw.below(3) {
        0 => &["referrer", "code", "link", "visitor"],
        1 => &["visitor", "link", "code", "referrer"],
        _ => &["code", "link"],
    };
    json!({
        "precedence": precedence,
        "model": one(draw, &["first_touch", "last_touch"]),
        "window": one(draw, &SPANS),
        "existing_customers": one(draw, &["refuse", "allow"]),
        "same_mailbox": one(draw, &["decline", "hold", "allow"]),
    })
}

/// What may be given on this trigger.
fn give(has_order: bool, draw: &mut Draw) -> Value {
    match draw.below(if has_order { 10 } else { 5 }) {
        0..=2 => json!({"flat": one(draw, &["5 EUR", "12.50 EUR", "20 EUR"])}),
        3..=4 => json!({"units": 1 + draw.below(30), "unit": one(draw, &["points", "days"])}),
        5 => json!({"percent": "10%", "at_most": "25 EUR"}),
        6 => json!({"percent": "33.3333%", "of": "order.total"}),
        7 => json!({"percent": "0.01%"}),
        _ => json!({"percent": one(draw, &["5%", "10%", "100%"])}),
    }
}

fn rule(number: usize, qualifies_on: &str, draw: &mut Draw) -> Value {
    let id = format!("r{number}");
    let by_order = matches!(qualifies_on, "purchase" | "conversion");
    let mut rule = match draw.below(10) {
        0..=1 => {
            json!({"id": id, "to": "referrer", "on": "qualified", "every": 2 + draw.below(2), "give": give(by_order, draw)})
        }
        2..=3 => milestones(&id, draw),
        _ => simple(&id, by_order, draw),
    };
    if chance(draw, 40) {
        rule["hold"] = json!(one(draw, &["1 day", "3 days", "7 days", "approval"]));
    }
    if chance(draw, 25) {
        rule["expires"] = json!(one(draw, &["7 days", "10 days", "30 days"]));
    }
    if chance(draw, 25) {
        rule["redeem_within"] = json!(one(draw, &["2 days", "10 days", "30 days"]));
    }
    if chance(draw, 40) {
        let per: &[&str] = match rule.get("to").and_then(Value::as_str) {
            Some("referrer") => &["referrer", "campaign"],
            Some("invitee") => &["invitee", "campaign"],
            _ => &["referrer", "invitee", "campaign"],
        };
        let per = one(draw, per);
        rule["limits"] = json!([limit(per, draw)]);
    }
    rule
}

fn milestones(id: &str, draw: &mut Draw) -> Value {
    json!({
        "id": id, "to": "referrer", "on": "qualified",
        "milestones": [
            {"at": 1, "give": give(false, draw)},
            {"at": 2 + draw.below(2), "give": give(false, draw)},
            {"at": 5, "give": give(false, draw)},
        ],
        "clawback": one(draw, &["keep", "take_back"]),
    })
}

fn simple(id: &str, by_order: bool, draw: &mut Draw) -> Value {
    let on = one(draw, &["joined", "shared", "qualified", "qualified", "purchase", "purchase", "renewal", "custom"]);
    let to = if on == "shared" { "referrer" } else { one(draw, &["referrer", "invitee", "both"]) };
    let has_order = match on {
        "joined" | "shared" => false,
        "qualified" => by_order,
        _ => true,
    };
    let mut rule = json!({"id": id, "to": to, "on": on, "give": give(has_order, draw)});
    match draw.below(6) {
        0 => rule["occurrence"] = json!("first"),
        1 => rule["occurrence"] = json!({"nth": if matches!(on, "joined" | "qualified") { 1 } else { 2 }}),
        _ => {}
    }
    if chance(draw, 35) {
        rule["when"] = json!(condition(on, draw));
    }
    rule
}

fn condition(on: &str, draw: &mut Draw) -> &'static str {
    match on {
        "shared" => one(draw, &["share.number <= 3", "share.channel == 'email'"]),
        "joined" => one(draw, &["invitee.is_new", "referral.channel == 'whatsapp'", "referrer.qualified < 2"]),
        "qualified" => one(draw, &["invitee.is_new", "referral.version >= 1", "referrer.qualified >= 1"]),
        _ => one(
            draw,
            &[
                "order.total > money('10 EUR')",
                "order.country in ['DE', 'FR']",
                "order.data.plan == 'gold'",
                "order.number <= 2",
            ],
        ),
    }
}

fn limit(per: &str, draw: &mut Draw) -> Value {
    let windows = if per == "campaign" { WINDOWS.get(..5).unwrap_or_default() } else { &WINDOWS };
    let mut limit = json!({"per": per, "each": one(draw, windows)});
    if chance(draw, 60) {
        limit["count"] = json!(1 + draw.below(4));
    } else {
        let units = json!({"unit": "points", "quantity": 60});
        limit["value"] = match draw.below(3) {
            0 => json!(one(draw, &["20 EUR", "60 EUR"])),
            1 => json!(["40 EUR", units]),
            _ => json!(["100 EUR", "50 USD", units, {"unit": "days", "quantity": 40}]),
        };
    }
    limit
}

/// Changes a definition as people do: amounts and limits often, rules now and then. Its zone, dimensions and leaderboard are fixed.
pub(super) fn edit(definition: &mut Value, random: &mut Draw) {
    let slug = definition.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let other = draw(&slug, random);
    let field = |random: &mut Draw| match random.below(8) {
        0..=2 => "limits",
        3 => "attribution",
        4 => "debts",
        5 => "waiting",
        _ => "rewards",
    };
    let field = field(random);
    let changed = other.get(field).cloned();
    let in_step = other.get("qualification") == definition.get("qualification");
    match (definition.as_object_mut(), changed) {
        // Rules that fit what qualifies come with it.
        (Some(fields), Some(rewards)) if field == "rewards" && !in_step => {
            fields.insert("rewards".to_owned(), rewards);
            fields.insert("qualification".to_owned(), other.get("qualification").cloned().unwrap_or_default());
        }
        (Some(fields), Some(changed)) => {
            fields.insert(field.to_owned(), changed);
        }
        (Some(fields), None) => {
            fields.remove(field);
        }
        (None, _) => {}
    }
}

/// Makes a definition one that is refused.
pub(super) fn break_it(definition: &mut Value, draw: &mut Draw) {
    match draw.below(3) {
        0 => definition["rewards"] = json!([{"id": "r0", "to": "both", "on": "shared", "give": {"flat": "1 EUR"}}]),
        1 => definition["qualification"] = json!({"on": "purchase", "when": "order.total > 5"}),
        _ => definition["limits"] = json!([{"per": "campaign"}]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_every_drawn_campaign_is_valid_also_after_edits() {
        let mut random = Draw::new(1, "campaigns");
        let mut refused = Vec::new();
        for _ in 0..300 {
            let mut definition = draw("c0", &mut random);
            for _ in 0..3 {
                let model: referral_core::campaign::CampaignModel = serde_json::from_value(definition.clone()).unwrap();
                refused.extend(model.check().err().map(|error| format!("{error}\n{definition}")));
                edit(&mut definition, &mut random);
            }
        }
        assert!(refused.len() < 30, "{} {}", refused.len(), refused[..3].join("\n"));
    }
}
