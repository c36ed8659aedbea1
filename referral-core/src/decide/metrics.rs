//! Totals: counted in the same commit as the facts they count.

use super::campaign::Current;
use super::view::View;
use crate::record::{Channel, Dimension, Metric, StandingKey, TotalKey};
use crate::value::{CampaignId, Country, Day, ParticipantId, Timestamp};

/// What a total is told apart by, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Dimensions {
    /// The channel.
    pub(super) channel: Option<Channel>,
    /// The country.
    pub(super) country: Option<Country>,
    /// The campaign version.
    pub(super) version: Option<u32>,
    /// The referrer, whose own totals are per month and lifetime.
    pub(super) referrer: Option<ParticipantId>,
}

/// The period of a day: `d2026-05-01`.
pub(crate) fn day_period(day: Day) -> String {
    format!("d{day}")
}

/// The period of a month: `m2026-05`.
pub(super) fn month_period(day: Day) -> String {
    format!("m{}", day.month())
}

/// The period of a campaign's life.
pub(crate) const EVER: &str = "all";

/// Counts things at the time of the decision.
pub(super) fn count(view: &mut View<'_>, current: &Current, metric: Metric, by: i64, dimensions: &Dimensions) {
    let now = view.now();
    count_at(view, current, metric, "", by, now, dimensions);
}

/// Counts a quantity of a unit on the day of `at`.
pub(super) fn count_at(
    view: &mut View<'_>,
    current: &Current,
    metric: Metric,
    unit: &str,
    by: i64,
    at: Timestamp,
    dimensions: &Dimensions,
) {
    let day = current.compiled.model.zone.day(at);
    let mut members = vec![(Dimension::All, String::new())];
    members.extend(dimensions.channel.as_ref().map(|channel| (Dimension::Channel, channel.to_string())));
    members.extend(dimensions.country.map(|country| (Dimension::Country, country.to_string())));
    members.extend(dimensions.version.map(|version| (Dimension::Version, version.to_string())));
    for (dimension, member) in members {
        view.add(total_key(current.id(), metric, unit, dimension, day_period(day), member), by);
    }
    if let Some(participant) = dimensions.referrer {
        for period in [month_period(day), EVER.to_owned()] {
            let unit = unit.to_owned();
            view.add(StandingKey { campaign: current.id(), metric, unit, period, participant }, by);
        }
    }
}

/// Counts a distinct thing in a period in which it is new.
pub(super) fn count_distinct(view: &mut View<'_>, current: &Current, metric: Metric, period: String) {
    view.add(total_key(current.id(), metric, "", Dimension::All, period, String::new()), 1);
}

/// The key of a total.
pub(super) fn total_key(
    campaign: CampaignId,
    metric: Metric,
    unit: &str,
    dimension: Dimension,
    period: String,
    member: String,
) -> TotalKey {
    TotalKey { campaign, metric, unit: unit.to_owned(), dimension, period, member }
}
