//! What a person counts for in a tree of referrals.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::decide::Decide;
use crate::engine::Reader;
use crate::evaluate::{Counted, Facts, counted, counted_sealed};
use crate::record::{Conversion, Key, OrderFact, Progress, Referral, Reward, RewardKey, SealedOrder};
use crate::report::referral::reward_keys;
use crate::store::Listing;

const MOST_CONVERSIONS: usize = 10_000;

/// What people in a tree count for: all their leads in the campaign that are not superseded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeValue {
    /// How many leads, with those that are lost, expired or denied. A person who came again has several.
    pub leads: u32,
    /// How many of them are qualified now.
    pub qualified: u32,
    /// What their orders that count are worth, less tax, shipping and refunds, in minor units by currency.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub revenue: BTreeMap<String, i64>,
    /// What rewards are worth now that one of these referrals brought, to either side, by currency or unit. Those that rest on
    /// several referrals, of groups and levels, are not in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rewards: BTreeMap<String, i64>,
}

impl TreeValue {
    /// Adds what others count for.
    pub fn add(&mut self, other: &Self) {
        self.leads = self.leads.saturating_add(other.leads);
        self.qualified = self.qualified.saturating_add(other.qualified);
        other.revenue.iter().for_each(|(unit, quantity)| add(&mut self.revenue, unit, *quantity));
        other.rewards.iter().for_each(|(unit, quantity)| add(&mut self.rewards, unit, *quantity));
    }

    fn add_order(&mut self, order: &Counted) {
        if let Some(net) = order.net {
            add(&mut self.revenue, net.currency.code(), net.minor);
        }
    }
}

fn add(sums: &mut BTreeMap<String, i64>, unit: &str, quantity: i64) {
    let sum = sums.entry(unit.to_owned()).or_default();
    *sum = sum.saturating_add(quantity);
}

/// What a person counts for by all leads of the person.
pub(super) fn of(reader: &mut Reader<'_>, leads: &[Referral]) -> Decide<TreeValue> {
    let mut value = TreeValue::default();
    let mut keys = BTreeSet::new();
    for lead in leads.iter().filter(|lead| !lead.superseded) {
        value.leads = value.leads.saturating_add(1);
        value.qualified = value.qualified.saturating_add(u32::from(lead.progress == Progress::Qualified));
        let version = reader.version(lead.campaign, lead.version)?;
        counted(&version, &Facts::of(lead))?.iter().for_each(|order| value.add_order(order));
        keys.extend(reward_keys(reader, lead)?);
        let sealed = sealed_orders(reader, lead)?;
        for order in &sealed {
            counted_sealed(&version, order)?.iter().for_each(|order| value.add_order(order));
        }
        if !sealed.is_empty() {
            let orders: Vec<OrderFact> = sealed.into_iter().map(|order| order.fact).collect();
            keys.extend(reward_keys(reader, &Referral { orders, ..lead.clone() })?);
        }
    }
    add_rewards(reader, &mut value, keys)?;
    Ok(value)
}

fn add_rewards(reader: &mut Reader<'_>, value: &mut TreeValue, keys: BTreeSet<RewardKey>) -> Decide<()> {
    reader.need(keys.iter().cloned().map(Key::from))?;
    for key in keys {
        if let Some(reward) = reader.peek::<Reward>(key)? {
            add(&mut value.rewards, &reward.unit, reward.quantity);
        }
    }
    value.rewards.retain(|_, quantity| *quantity != 0);
    Ok(())
}

/// The orders that a referral has sealed: they stand with their conversions.
fn sealed_orders(reader: &mut Reader<'_>, lead: &Referral) -> Decide<Vec<SealedOrder>> {
    if lead.sealed.is_none() {
        return Ok(Vec::new());
    }
    let of_person = Listing::ConversionsOf { participant: lead.invitee };
    let conversions = reader.every::<Conversion>(of_person, MOST_CONVERSIONS)?;
    let sealed = conversions.into_iter().flat_map(|conversion| conversion.sealed_in);
    Ok(sealed.filter(|order| order.campaign == lead.campaign && order.lead == lead.lead).collect())
}
