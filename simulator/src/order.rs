//! One referral's facts in any order, with `settle` at any moments: where nothing is contested, they end in the same.
//!
//! A seed draws a campaign and facts with the times at which they happened. The facts are told in an order of their own and
//! then in others, each time long after they happened. What is compared is how far the referral is, what each rule owes to
//! each side in each unit and in which state, and the totals of the campaign.

#![allow(clippy::indexing_slicing, reason = "fields are set on JSON objects that were just made")]

use std::collections::BTreeMap;

use chrono::TimeDelta;
use conformance::draw::Draw;
use referral_core::record::{Metric, RecordKind, Referral, Reward, Total};
use referral_core::value::{TenantId, Timestamp};
use serde_json::{Value, json};

use crate::check::{self, Dump};
use crate::stage::Stage;

/// How many further orders of the same facts are compared with the first one.
pub const ORDERS: usize = 5;

/// A command, and when it happened, as the host claims.
type Fact = (Value, Option<i64>);

/// The end of one order of telling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct End {
    /// When each lead began, how far it is, what moderation says, and when it qualified.
    leads: Vec<String>,
    /// What each rule owes to each side in each unit, with the state and what was refused.
    rewards: BTreeMap<String, (i64, i64)>,
    /// Totals of the campaign, by metric, unit, dimension, period and member.
    totals: BTreeMap<String, i64>,
}

/// Compares the orders of the facts of a seed.
///
/// # Errors
/// Which order ended differently, and how.
pub fn compare(seed: u64) -> Result<(), String> {
    let mut draw = Draw::new(seed, "order");
    let campaign = campaign(&mut draw);
    let facts = facts(&mut draw);
    permute(&campaign, &facts, &mut draw, Telling::Permuted)
}

/// How the facts are told the second time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Telling {
    /// In another order, with `settle` at other moments.
    Permuted,
    /// A planted fault: times that are claimed are left out, so that a fact happens when it arrives.
    #[cfg(test)]
    WithoutTimes,
    /// A planted fault: the limit of the campaign leaves room for one reward, so that the first one told takes it.
    #[cfg(test)]
    Contested,
}

fn permute(campaign: &Value, facts: &[Fact], draw: &mut Draw, telling: Telling) -> Result<(), String> {
    let campaign = contested(campaign, telling);
    let first = end(&campaign, facts, draw)?;
    for _ in 0..ORDERS {
        let mut shuffled = shuffled(facts, draw);
        if telling != Telling::Permuted {
            without_times(&mut shuffled, telling);
        }
        let found = end(&campaign, &shuffled, draw)?;
        if found != first {
            let told: Vec<_> = shuffled.iter().map(|(command, at)| json!([command, at])).collect();
            return Err(format!("{first:?} in order, {found:?} by {} under {campaign}", json!(told)));
        }
    }
    Ok(())
}

#[cfg(not(test))]
fn contested(campaign: &Value, _: Telling) -> Value {
    campaign.clone()
}

#[cfg(test)]
fn contested(campaign: &Value, telling: Telling) -> Value {
    let mut campaign = campaign.clone();
    if telling == Telling::Contested {
        campaign["limits"] = json!([{"per": "campaign", "count": 1}]);
    }
    campaign
}

#[cfg(not(test))]
fn without_times(_: &mut [Fact], _: Telling) {}

#[cfg(test)]
fn without_times(facts: &mut [Fact], telling: Telling) {
    for (command, at) in facts.iter_mut().filter(|_| telling == Telling::WithoutTimes) {
        *at = None;
        if let Some(order) = command.get_mut("record_conversion").and_then(Value::as_object_mut) {
            order.remove("occurred_at");
        }
    }
}

fn shuffled(facts: &[Fact], draw: &mut Draw) -> Vec<Fact> {
    let mut left = facts.to_vec();
    let mut shuffled = Vec::new();
    while !left.is_empty() {
        let at = draw.below(left.len());
        shuffled.push(left.swap_remove(at));
    }
    shuffled
}

fn one<'t>(draw: &mut Draw, texts: &[&'t str]) -> &'t str {
    draw.pick(texts).copied().unwrap_or_default()
}

fn campaign(draw: &mut Draw) -> Value {
    let mut qualification = json!({"on": one(draw, &["purchase", "purchase", "conversion", "joined", "manual"])});
    if draw.once_in(2) && qualification["on"] != "joined" {
        qualification["window"] = json!(one(draw, &["5 days", "10 days"]));
    }
    if draw.once_in(3) && matches!(qualification["on"].as_str(), Some("purchase" | "conversion")) {
        qualification["when"] = json!(one(draw, &["order.total >= money('20 EUR')", "order.number <= 2"]));
    }
    let has_order = matches!(qualification["on"].as_str(), Some("purchase" | "conversion"));
    let rewards: Vec<Value> = (0..4).map(|number| rule(number, has_order, draw)).collect();
    json!({
        "name": "order", "link_host": "go.example.com", "dimensions": ["channel", "version", "rule"], "leaderboard": ["qualified"], "zone": one(draw, &["UTC", "Europe/Paris"]),
        "waiting": one(draw, &["3 days", "8 days"]), "late": "100 days", "qualification": qualification,
        "rewards": rewards,
    })
}

fn rule(number: usize, has_order: bool, draw: &mut Draw) -> Value {
    let on = one(draw, &["joined", "qualified", "purchase", "purchase", "renewal"]);
    let percent = on == "purchase" || on == "renewal" || (on == "qualified" && has_order);
    let give = match draw.below(if percent { 5 } else { 2 }) {
        0 => json!({"flat": "5 EUR"}),
        1 => json!({"units": 7, "unit": "points"}),
        2 => json!({"percent": "33.3333%", "of": "order.total"}),
        3 => json!({"percent": "10%", "at_most": "3 EUR"}),
        _ => json!({"percent": "12.5%"}),
    };
    let to = one(draw, &["referrer", "invitee", "both"]);
    let mut rule = json!({"id": format!("r{number}"), "to": to, "on": on, "give": give});
    if matches!(on, "purchase" | "renewal") {
        match draw.below(4) {
            0 => rule["occurrence"] = json!("first"),
            1 => rule["occurrence"] = json!({"nth": 2}),
            2 => rule["when"] = json!(one(draw, &["order.number == 2", "order.net > money('30 EUR')"])),
            _ => {}
        }
    }
    if draw.once_in(3) {
        rule["hold"] = json!(one(draw, &["2 days", "300 days", "approval"]));
    }
    rule
}

/// Facts that happened within twenty days.
fn facts(draw: &mut Draw) -> Vec<Fact> {
    let hours = |draw: &mut Draw| i64::try_from(draw.below(480)).unwrap_or(0);
    let mut facts: Vec<Fact> = vec![(json!("lead"), Some(hours(draw) / 2))];
    // A person who comes again: within the window, or after it.
    for _ in 0..draw.below(4) {
        facts.push((json!("lead"), Some(hours(draw))));
    }
    for number in 0..=draw.below(3) {
        let minor = draw.below(8) * 1_000;
        let kind = one(draw, &["purchase", "purchase", "renewal"]);
        let event = format!("o{number}");
        facts.push((
            json!({"record_conversion": {
                "source": "shop", "event": event, "kind": kind, "person": {"host_id": "bob"},
                "total": euros(minor), "tax": euros(minor / (2 + draw.below(9))), "occurred_at": hours(draw),
            }}),
            None,
        ));
        let of = json!({"source": "shop", "event": event});
        for refund in 0..draw.below(3) {
            let how = if draw.once_in(3) { "cumulative" } else { "amount" };
            let part = if draw.once_in(3) { minor.max(1) } else { 1 + draw.below(minor.max(1)) };
            let mut command = of.clone();
            (command["refund"], command["amount"]) = (json!(format!("r{refund}")), json!({how: euros(part)}));
            facts.push((json!({"record_refund": command}), None));
            if draw.once_in(3) {
                let mut command = of.clone();
                command["refund"] = json!(format!("r{refund}"));
                facts.push((json!({"cancel_refund": command}), None));
            }
        }
        if draw.once_in(4) {
            facts.push((json!({"void_conversion": of}), Some(hours(draw))));
        }
        if draw.once_in(6) {
            facts.push((json!({"restore_conversion": of}), Some(hours(draw))));
        }
        if draw.once_in(4) {
            let mut command = of.clone();
            (command["correction"], command["total"]) = (json!("c1"), json!(euros(draw.below(9) * 1_000)));
            facts.push((json!({"correct_conversion": command}), Some(hours(draw))));
        }
    }
    let referral = json!({"campaign": "order", "invitee": {"host": "bob"}});
    for name in ["qualify", "unqualify", "lose", "remove_mark"] {
        if draw.once_in(6) {
            facts.push((json!({name: referral}), Some(hours(draw))));
        }
    }
    if draw.once_in(3) {
        let mut command = referral.clone();
        command["moderation"] = json!(one(draw, &["flagged", "clear", "denied"]));
        facts.push((json!({"moderate": command}), Some(hours(draw))));
    }
    facts
}

fn euros(minor: usize) -> String {
    format!("{}.{:02} EUR", minor / 100, minor % 100)
}

/// Tells the facts, one after the other, and gives what they end in. What needs a lead is told once there is one.
fn end(campaign: &Value, facts: &[Fact], draw: &mut Draw) -> Result<End, String> {
    let mut stage = Stage::new().map_err(|error| error.to_string())?;
    let began = stage.now;
    stage.say(json!({"define_campaign": {"definition": campaign}}))?;
    let code = stage.enrol("order", "ada")?;
    stage.now = began.plus(TimeDelta::days(25));
    let mut later = Vec::new();
    let mut has_lead = false;
    for fact in facts {
        has_lead |= fact.0 == "lead";
        if needs_lead(&fact.0) && !has_lead {
            later.push(fact);
        } else {
            tell(&mut stage, began, &code, fact, draw)?;
        }
    }
    for fact in later {
        tell(&mut stage, began, &code, fact, draw)?;
    }
    stage.now = began.plus(TimeDelta::days(60));
    stage.settle()?;
    shown(&stage)
}

fn needs_lead(command: &Value) -> bool {
    ["qualify", "unqualify", "lose", "remove_mark", "moderate"].iter().any(|name| command.get(name).is_some())
}

fn tell(stage: &mut Stage, began: Timestamp, code: &str, (fact, at): &Fact, draw: &mut Draw) -> Result<(), String> {
    stage.now = stage.now.plus(TimeDelta::minutes(20));
    let time = |hours: i64| began.plus(TimeDelta::hours(hours));
    let command = match fact {
        Value::String(_) => json!({"record_lead": {
            "campaign": "order", "person": {"host_id": "bob"}, "evidence": {"code": code},
        }}),
        fact => {
            let mut fact = fact.clone();
            let order = fact.get_mut("record_conversion").and_then(|order| order.get_mut("occurred_at"));
            if let Some(hours) = order {
                *hours = json!(time(hours.as_i64().unwrap_or(0)));
            }
            fact
        }
    };
    stage.say_at(command, at.map(time))?;
    if draw.once_in(4) {
        stage.settle()?;
    }
    Ok(())
}

fn shown(stage: &Stage) -> Result<End, String> {
    let tenant = TenantId::default();
    let found = check::check(&stage.store, std::slice::from_ref(&tenant));
    if let Some(failure) = found.failures.into_iter().next() {
        return Err(failure);
    }
    let dump = Dump::of(&stage.store, &tenant)?;
    let mut end = End::default();
    let mut leads: Vec<&Referral> = dump.all::<Referral>().filter(|referral| !referral.superseded).collect();
    leads.sort_by_key(|referral| referral.lead_at);
    for Referral { lead_at, progress, moderation, qualified_at, .. } in leads {
        end.leads.push(format!("{lead_at} {progress} {moderation} {qualified_at:?}"));
    }
    for reward in dump.all::<Reward>().filter(|reward| reward.quantity + reward.refused > 0) {
        let key = format!("{} {} {} {}", reward.rule, reward.role, reward.unit, reward.state);
        let (owed, refused) = end.rewards.entry(key).or_default();
        *owed += reward.quantity;
        *refused += reward.refused;
    }
    let facts = [
        Metric::Leads,
        Metric::LeadsQualified,
        Metric::Qualified,
        Metric::Reverted,
        Metric::Conversions,
        Metric::Revenue,
    ];
    for total in dump.all::<Total>().filter(|total| total.value != 0 && facts.contains(&total.metric)) {
        end.totals.insert(format!("{:?}", total.key()), total.value);
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(telling: Telling) -> Option<String> {
        (1..60).find_map(|seed| {
            let mut draw = Draw::new(seed, "control");
            let (campaign, facts) = (campaign(&mut draw), facts(&mut draw));
            permute(&campaign, &facts, &mut draw, telling).err()
        })
    }

    #[test]
    fn what_is_contested_ends_differently_and_is_noticed() {
        assert!(found(Telling::Contested).is_some_and(|problem| problem.contains("in order")));
    }

    #[test]
    fn facts_without_their_times_end_differently_and_are_noticed() {
        assert!(found(Telling::WithoutTimes).is_some_and(|problem| problem.contains("in order")));
    }

    #[test]
    fn what_is_not_contested_ends_the_same() {
        for seed in 1..=60 {
            assert_eq!(compare(seed), Ok(()));
        }
    }
}
