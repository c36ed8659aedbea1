//! Numbers: counted in the same commit as the facts they count.

use super::campaign::Current;
use super::view::View;
use crate::record::{
    Channel, Dimension, Metric, Origin, PartSumsKey, PeriodSumsKey, PersonSumsKey, StandingKey, UsedLink, part_name,
    sum_name,
};
use crate::value::{Country, Day, ParticipantId, RuleId, Timestamp};

/// What a number is told apart by, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Dimensions {
    /// The channel.
    pub(super) channel: Option<Channel>,
    /// The country.
    pub(super) country: Option<Country>,
    /// The campaign version.
    pub(super) version: Option<u32>,
    /// The rule.
    pub(super) rule: Option<RuleId>,
    /// The link.
    pub(super) link: Option<UsedLink>,
    /// Where somebody came from.
    pub(super) origin: Origin,
    /// The person of whom it is counted too.
    pub(super) person: Option<ParticipantId>,
}

impl Dimensions {
    /// What it is in one dimension, as far as it is known.
    fn member(&self, dimension: Dimension) -> Option<String> {
        match dimension {
            Dimension::Channel => self.channel.as_ref().map(ToString::to_string),
            Dimension::Country => self.country.map(|country| country.to_string()),
            Dimension::Version => self.version.map(|version| version.to_string()),
            Dimension::Rule => self.rule.as_ref().map(ToString::to_string),
            Dimension::Link => self.link.map(|link| link.to_string()),
            of_origin => self.origin.member(of_origin),
        }
    }
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
    let (campaign, model) = (current.id(), &current.compiled.model);
    let day = model.zone.day(at);
    let (period, name) = (day_period(day), sum_name(metric, unit));
    for dimension in &model.dimensions {
        if let Some(member) = dimensions.member(*dimension) {
            let name = part_name(metric, unit, *dimension, &member);
            view.add_sum(PartSumsKey { campaign, period: period.clone() }, name, by);
        }
    }
    view.add_sum(PeriodSumsKey { campaign, period: period.clone() }, name.clone(), by);
    let Some(participant) = dimensions.person else { return };
    view.add_sum(PersonSumsKey { campaign, participant }, name, by);
    if model.leaderboard.contains(&metric) {
        for period in [period, month_period(day), EVER.to_owned()] {
            let unit = unit.to_owned();
            view.add(StandingKey { campaign, metric, unit, period, participant }, by);
        }
    }
}

/// Counts a distinct thing in a period in which it is new.
pub(super) fn count_distinct(view: &mut View<'_>, current: &Current, metric: Metric, period: String) {
    view.add_sum(PeriodSumsKey { campaign: current.id(), period }, sum_name(metric, ""), 1);
}
