//! Totals of a referral: what its facts count for, before and after a change, and the difference added.

use std::collections::BTreeMap;

use super::context::ReferralContext;
use super::halt::Decide;
use super::metrics::{self, Dimensions};
use super::view::View;
use crate::evaluate::{Counted, Facts, Target, counted, counted_sealed, qualified_before_take_backs};
use crate::record::{Metric, Moderation, Progress, Referral, SealedOrder};
use crate::value::{DelayClass, Month, Timestamp};

/// What a referral counts for: which metric, in which unit, on the day of which time.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    sums: BTreeMap<(Metric, String, Timestamp), i64>,
    dimensions: Dimensions,
}

impl Counts {
    fn count(&mut self, metric: Metric, unit: String, at: Timestamp, by: i64) {
        let sum = self.sums.entry((metric, unit, at)).or_default();
        *sum = sum.saturating_add(by);
    }

    fn count_one(&mut self, metric: Metric, at: Timestamp) {
        self.count(metric, String::new(), at, 1);
    }

    fn count_order(&mut self, Counted { at, net, refunded }: Counted) {
        self.count_one(Metric::Conversions, at);
        for (metric, amount) in [(Metric::Revenue, net), (Metric::Refunded, refunded)] {
            if let Some(amount) = amount {
                self.count(metric, amount.currency.code().to_owned(), at, amount.minor);
            }
        }
    }

    /// What a lead counts for, whatever came of it.
    fn count_lead(&mut self, referral: &Referral) {
        let at = referral.lead_at;
        self.count_one(Metric::Leads, at);
        if referral.moderation == Moderation::Denied {
            self.count_one(Metric::Denied, at);
        }
        if let Some(class) = click_to_lead(referral) {
            self.count(Metric::ClickToLead, class.number().to_string(), at, 1);
        }
    }

    /// What a lead counts for that is qualified by something that happened at a time.
    fn count_qualified(&mut self, lead_at: Timestamp, at: Timestamp, month: Month) {
        self.count_one(Metric::Qualified, at);
        self.count(Metric::QualifiedOf, month.to_string(), at, 1);
        self.count_one(Metric::LeadsQualified, lead_at);
        let class = DelayClass::of_seconds(at.since(lead_at).num_seconds());
        self.count(Metric::LeadToQualified, class.number().to_string(), lead_at, 1);
    }
}

/// How long after the click the lead began, where the click is known or was known when it was erased.
pub(crate) fn click_to_lead(referral: &Referral) -> Option<DelayClass> {
    let class = |clicked: Timestamp| DelayClass::of_seconds(referral.lead_at.since(clicked).num_seconds());
    let erased = || referral.click_class.and_then(DelayClass::of_number);
    referral.clicked_at.map(class).or_else(erased)
}

/// What the facts of a referral count for.
pub(super) fn of(context: &ReferralContext, target: &Target<'_>) -> Decide<Counts> {
    let mut counts = Counts { dimensions: context.dimensions(), ..Counts::default() };
    let referral = &context.referral;
    if referral.superseded {
        return Ok(counts);
    }
    counts.count_lead(referral);
    if let Some(qualified) = &target.qualified {
        let month = context.current.compiled.model.zone.day(referral.lead_at).month();
        counts.count_qualified(referral.lead_at, qualified.at, month);
    }
    if target.progress == Progress::Reverted
        && let Some(taken_back) = qualified_before_take_backs(&context.pinned, &Facts::of(referral))
    {
        counts.count_one(Metric::Reverted, taken_back.at);
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
        for ((metric, unit, at), by) in sums.into_iter().filter(|(_, by)| *by != 0) {
            let mut dimensions = dimensions.clone();
            if !metric.is_of_people() {
                dimensions.person = None;
            }
            if matches!(metric, Metric::QualifiedOf | Metric::ClickToLead | Metric::LeadToQualified) {
                dimensions = Dimensions::default();
            }
            metrics::count_at(view, &context.current, metric, &unit, by, at, &dimensions);
        }
    }
}
