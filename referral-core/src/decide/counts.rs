//! Totals of a referral: what its facts count for, before and after a change, and the difference added.

use std::collections::BTreeMap;

use super::context::ReferralContext;
use super::halt::Decide;
use super::metrics::{self, Dimensions};
use super::view::View;
use crate::evaluate::{Counted, Facts, Target, counted, counted_sealed, qualified_before_take_backs};
use crate::record::{Metric, Progress, SealedOrder};
use crate::value::{Currency, Timestamp};

/// What a referral counts for: which metric, in which unit, on the day of which time.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    sums: BTreeMap<(Metric, Option<Currency>, Timestamp), i64>,
    dimensions: Dimensions,
}

impl Counts {
    fn count(&mut self, metric: Metric, unit: Option<Currency>, at: Timestamp, by: i64) {
        let sum = self.sums.entry((metric, unit, at)).or_default();
        *sum = sum.saturating_add(by);
    }

    fn count_order(&mut self, Counted { at, net }: Counted) {
        self.count(Metric::Conversions, None, at, 1);
        if let Some(net) = net {
            self.count(Metric::Revenue, Some(net.currency), at, net.minor);
        }
    }
}

/// What the facts of a referral count for.
pub(super) fn of(context: &ReferralContext, target: &Target<'_>) -> Decide<Counts> {
    let mut counts = Counts { dimensions: context.dimensions(), ..Counts::default() };
    let referral = &context.referral;
    if referral.superseded {
        return Ok(counts);
    }
    counts.count(Metric::Leads, None, referral.lead_at, 1);
    if let Some(qualified) = &target.qualified {
        counts.count(Metric::Qualified, None, qualified.at, 1);
        counts.count(Metric::LeadsQualified, None, referral.lead_at, 1);
    }
    if target.progress == Progress::Reverted
        && let Some(taken_back) = qualified_before_take_backs(&context.pinned, &Facts::of(referral))
    {
        counts.count(Metric::Reverted, None, taken_back.at, 1);
    }
    for order in counted(&context.pinned, &Facts::of(referral))? {
        counts.count_order(order);
    }
    Ok(counts)
}

/// What one sealed order counts for.
pub(super) fn of_sealed(context: &ReferralContext, order: &SealedOrder) -> Decide<Counts> {
    let mut counts = Counts { dimensions: context.dimensions(), ..Counts::default() };
    if let Some(counted) = counted_sealed(&context.pinned, order)? {
        counts.count_order(counted);
    }
    Ok(counts)
}

/// Adds to the totals what is counted now, less what was counted before.
pub(super) fn post(view: &mut View<'_>, context: &ReferralContext, mut before: Counts, mut after: Counts) {
    for sum in before.sums.values_mut() {
        *sum = sum.saturating_neg();
    }
    if before.dimensions == after.dimensions {
        for ((metric, unit, at), by) in std::mem::take(&mut before.sums) {
            after.count(metric, unit, at, by);
        }
    }
    for Counts { sums, dimensions } in [before, after] {
        for ((metric, currency, at), by) in sums.into_iter().filter(|(_, by)| *by != 0) {
            let mut dimensions = dimensions.clone();
            if matches!(metric, Metric::LeadsQualified | Metric::Reverted) {
                dimensions.referrer = None;
            }
            let unit = currency.map_or("", Currency::code);
            metrics::count_at(view, &context.current, metric, unit, by, at, &dimensions);
        }
    }
}
