//! What is counted in a window or of a member of a dimension, and the rates and ratios of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::numbers::Counted;
use super::ratio::Ratio;
use crate::record::Metric;

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Participants enrolled.
    pub enrolled: i64,
    /// Of those enrolled in this window, those who have shared, whenever they did.
    pub enrolled_shared: i64,
    /// Shares.
    pub shares: i64,
    /// Participants who shared for the first time, whenever they enrolled.
    pub referrers: i64,
    /// Participants one of whose links or codes got a counted click for the first time, whether or not a share was recorded.
    pub referrers_by_click: i64,
    /// Counted views.
    pub views: i64,
    /// Counted clicks.
    pub clicks: i64,
    /// Clicks and views by machines, and repeated ones.
    pub uncounted_clicks: i64,
    /// Referrals that became a lead.
    pub leads: i64,
    /// Of the leads of this window, those that are qualified now, whenever they qualified.
    pub leads_qualified: i64,
    /// Of the leads of this window, those that moderation denies now.
    pub denied: i64,
    /// Referrals that are qualified now by something that happened in this window.
    pub qualified: i64,
    /// Referrals that something in this window had qualified, and that are reverted now by a refund, a void, a mark or a
    /// denial. They are not among `qualified`. They count on the day of what had qualified them, in every order of telling:
    /// `qualified` and `reverted` together would be qualified if nothing had been taken back.
    pub reverted: i64,
    /// Conversions counted.
    pub conversions: i64,
    /// Rewards granted, less those cancelled or reversed.
    pub rewards: i64,
    /// Net revenue in minor units, by currency, less refunds. A currency in which no day has any is left out.
    pub revenue: BTreeMap<String, i64>,
    /// What was refunded of net revenue in minor units, by currency, on the day of the order.
    pub refunded: BTreeMap<String, i64>,
}

/// The rates of a window: of a cohort, how many. Each lies within 0 and 1; a rate of nobody is not there.
///
/// The cohort belongs to the window, and what became of it counts whenever it happened. So a rate of a past window may still
/// change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// `leads_qualified ÷ leads`: of the leads of this window, how many are qualified now.
    pub conversion: Option<Ratio>,
    /// `enrolled_shared ÷ enrolled`: of those who enrolled in this window, how many have shared.
    pub activation: Option<Ratio>,
    /// `reverted ÷ (qualified + reverted)`: of the referrals that something in this window qualified, how many are reverted
    /// now.
    pub reversal: Option<Ratio>,
    /// `denied ÷ leads`: of the leads of this window, how many moderation denies now.
    pub denial: Option<Ratio>,
    /// `refunded ÷ (revenue + refunded)` by currency: of the net amounts of this window's orders, how much was refunded.
    pub refund: BTreeMap<String, Ratio>,
}

/// What compares counts of one window with one another. The two sides are not the same people, so a ratio may be above 1;
/// it is never below 0. A ratio whose denominator is 0 is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratios {
    /// `qualified ÷ leads`: those that qualified in this window, whenever they became a lead, to its leads.
    pub qualified_to_leads: Option<Ratio>,
    /// `visitors ÷ referrers`, where the window's visitors are known: visitors to those who shared for the first time.
    pub visitors_to_referrers: Option<Ratio>,
    /// `visitors ÷ referrers_by_click`, where the window's visitors are known: the share-through.
    pub visitors_to_referrers_by_click: Option<Ratio>,
}

impl Stage {
    pub(super) fn add(&mut self, counted: Counted<'_>) {
        let value = match counted.metric {
            Metric::Enrolled => &mut self.enrolled,
            Metric::EnrolledShared => &mut self.enrolled_shared,
            Metric::Shares => &mut self.shares,
            Metric::Referrers => &mut self.referrers,
            Metric::ReferrersByClick => &mut self.referrers_by_click,
            Metric::Denied => &mut self.denied,
            Metric::Views => &mut self.views,
            Metric::Clicks => &mut self.clicks,
            Metric::UncountedClicks => &mut self.uncounted_clicks,
            Metric::Leads => &mut self.leads,
            Metric::LeadsQualified => &mut self.leads_qualified,
            Metric::Qualified => &mut self.qualified,
            Metric::Reverted => &mut self.reverted,
            Metric::Conversions => &mut self.conversions,
            Metric::Rewards => &mut self.rewards,
            Metric::Revenue => self.revenue.entry(counted.unit.to_owned()).or_insert(0),
            Metric::Refunded => self.refunded.entry(counted.unit.to_owned()).or_insert(0),
            _ => return,
        };
        *value = value.saturating_add(counted.value);
    }

    pub(super) fn rates(&self) -> Rates {
        let refund = self.refunded.iter().filter_map(|(currency, refunded)| {
            let left = self.revenue.get(currency).copied().unwrap_or_default();
            Some((currency.clone(), Ratio::rate(*refunded, left.saturating_add(*refunded))?))
        });
        Rates {
            conversion: Ratio::rate(self.leads_qualified, self.leads),
            activation: Ratio::rate(self.enrolled_shared, self.enrolled),
            reversal: Ratio::rate(self.reverted, self.qualified.saturating_add(self.reverted)),
            denial: Ratio::rate(self.denied, self.leads),
            refund: refund.collect(),
        }
    }

    pub(super) fn ratios(&self, visitors: Option<i64>) -> Ratios {
        Ratios {
            qualified_to_leads: Ratio::of(self.qualified, self.leads),
            visitors_to_referrers: visitors.and_then(|visitors| Ratio::of(visitors, self.referrers)),
            visitors_to_referrers_by_click: visitors.and_then(|visitors| Ratio::of(visitors, self.referrers_by_click)),
        }
    }
}
