//! One referral's events in any order: where nothing is contested, they end in the same balances.
//!
//! A seed draws a campaign whose rules pay for each event, one purchase that qualifies, renewals, and refunds of all of
//! them. What is permuted includes the sign-up itself: a purchase before its lead waits, a refund before its purchase too.

use std::collections::BTreeMap;

use conformance::draw::Draw;
use referral_core::record::{RecordKind, Reward, RewardState};
use referral_core::value::TenantId;
use serde_json::{Value, json};

use crate::check::{self, Dump};
use crate::stage::Stage;

/// So many orders of the same events are compared with the first one.
pub const ORDERS: usize = 5;

/// What is owed or was given by each rule on each side, in each unit.
type Balances = BTreeMap<(String, String, String), i64>;

/// Compares the orders of the events of a seed.
///
/// # Errors
/// Which order ended differently, and how.
pub fn compare(seed: u64) -> Result<(), String> {
    let mut draw = Draw::new(seed, "order");
    let rewards = rules(&mut draw);
    permute(&rewards, &events(&mut draw), &mut draw)
}

fn permute(rewards: &Value, events: &[Value], draw: &mut Draw) -> Result<(), String> {
    let first = balances(rewards, events, draw)?;
    for _ in 0..ORDERS {
        let shuffled = shuffled(events, draw);
        let found = balances(rewards, &shuffled, draw)?;
        if found != first {
            return Err(format!("{first:?} in order, {found:?} by {}", json!(shuffled)));
        }
    }
    Ok(())
}

fn shuffled(events: &[Value], draw: &mut Draw) -> Vec<Value> {
    let mut left = events.to_vec();
    let mut shuffled = Vec::new();
    while !left.is_empty() {
        let at = draw.below(left.len());
        shuffled.push(left.swap_remove(at));
    }
    shuffled
}

fn rules(draw: &mut Draw) -> Value {
    let one = |draw: &mut Draw, texts: &[&'static str]| draw.pick(texts).copied().unwrap_or_default();
    let rule = |number: usize, draw: &mut Draw| {
        let on = one(draw, &["joined", "qualified", "purchase", "renewal"]);
        let give = match draw.below(if on == "joined" { 2 } else { 5 }) {
            0 => json!({"flat": "5 EUR"}),
            1 => json!({"units": 7, "unit": "points"}),
            2 => json!({"percent": "33.3333%", "of": "order.total"}),
            3 => json!({"percent": "10%", "at_most": "3 EUR"}),
            _ => json!({"percent": "12.5%"}),
        };
        json!({"id": format!("r{number}"), "to": one(draw, &["referrer", "invitee", "both"]), "on": on, "give": give})
    };
    (0..4).map(|number| rule(number, draw)).collect()
}

fn events(draw: &mut Draw) -> Vec<Value> {
    let mut events = vec![json!({"lead": null})];
    for number in 0..=draw.below(3) {
        let minor = 1 + draw.below(20_000);
        let kind = if number == 0 { "purchase" } else { "renewal" };
        events.push(json!({"record_conversion": {
            "source": "shop", "event": format!("o{number}"), "kind": kind, "person": {"host_id": "bob"},
            "total": euros(minor), "tax": euros(minor / (2 + draw.below(9))),
        }}));
        for refund in 0..draw.below(4) {
            let how = if draw.once_in(3) { "cumulative" } else { "amount" };
            let part = if draw.once_in(4) { minor } else { 1 + draw.below(minor) };
            events.push(json!({"record_refund": {
                "source": "shop", "event": format!("o{number}"), "refund": format!("r{refund}"),
                "amount": {how: euros(part)},
            }}));
        }
    }
    events
}

fn euros(minor: usize) -> String {
    format!("{}.{:02} EUR", minor / 100, minor % 100)
}

fn balances(rewards: &Value, events: &[Value], draw: &mut Draw) -> Result<Balances, String> {
    let mut stage = Stage::new().map_err(|error| error.to_string())?;
    stage.define("order", rewards)?;
    let code = stage.enrol("order", "ada")?;
    for event in events {
        stage.now = stage.now.plus(chrono::TimeDelta::minutes(20));
        if event.get("lead").is_some() {
            stage.lead("order", "bob", &code)?;
        } else {
            stage.say(event.clone())?;
        }
        if draw.once_in(5) {
            hand_over(&mut stage)?;
        }
    }
    let tenant = TenantId::default();
    let found = check::check(&stage.store, std::slice::from_ref(&tenant));
    if let Some(failure) = found.failures.into_iter().next() {
        return Err(failure);
    }
    let mut balances = Balances::new();
    for reward in Dump::of(&stage.store, &tenant)?.all::<Reward>() {
        let key = (reward.rule.to_string(), reward.role.to_string(), reward.unit.clone());
        *balances.entry(key).or_default() += reward.quantity;
    }
    balances.retain(|_, quantity| *quantity != 0);
    Ok(balances)
}

/// Hands over all that is due: what is taken back later is a debt, and no balance is another one for it.
fn hand_over(stage: &mut Stage) -> Result<(), String> {
    let dump = Dump::of(&stage.store, &TenantId::default())?;
    for reward in dump.all::<Reward>().filter(|reward| reward.state == RewardState::Due) {
        stage.say(json!({"move_reward": {"reward": reward.key(), "to": {"issue": "t"}}}))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_contested_ends_differently_and_is_noticed() {
        let rule = json!({
            "id": "r", "to": "referrer", "on": "renewal", "occurrence": "first", "give": {"percent": "10%"},
        });
        let found = (1..20).find_map(|seed| {
            let mut draw = Draw::new(seed, "contested");
            permute(&json!([rule]), &events(&mut draw), &mut draw).err()
        });
        assert!(found.is_some_and(|problem| problem.contains("in order")));
    }

    #[test]
    fn what_is_not_contested_ends_the_same() {
        for seed in 1..=10 {
            assert_eq!(compare(seed), Ok(()));
        }
    }
}
