//! What the numbers of a campaign should be, and the comparison with what is stored.

use std::collections::BTreeMap;

use super::books::Books;
use super::{Audited, Invariant};
use crate::campaign::CampaignModel;
use crate::record::{Channel, Dimension, Metric, Origin, Referral, Retention, UsedLink};
use crate::value::{CampaignId, Country, Day, ParticipantId, RuleId, Timestamp};

/// A number of a campaign in a period, of all or of one member of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number {
    pub(super) campaign: CampaignId,
    pub(super) metric: Metric,
    pub(super) unit: String,
    pub(super) dimension: Dimension,
    pub(super) period: String,
    pub(super) member: String,
}

/// A number of a person: ever, or in the period of a standing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OfPerson {
    pub(super) campaign: CampaignId,
    pub(super) metric: Metric,
    pub(super) unit: String,
    pub(super) period: String,
    pub(super) participant: ParticipantId,
}

/// What numbers should be. What is not mentioned should be 0.
#[derive(Debug, Default)]
pub(super) struct Expected {
    numbers: BTreeMap<Number, i64>,
    people: BTreeMap<OfPerson, i64>,
    standings: BTreeMap<OfPerson, i64>,
}

/// One quantity that facts amount to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quantity<'a> {
    pub(super) campaign: CampaignId,
    pub(super) metric: Metric,
    pub(super) unit: &'a str,
    pub(super) day: Day,
    pub(super) by: i64,
}

impl Expected {
    /// Counts a quantity on its day, in each dimension that the campaign names.
    pub(super) fn count(&mut self, books: &Books, quantity: Quantity<'_>, apart: &Apart) {
        let Quantity { campaign, metric, unit, day, by } = quantity;
        for (dimension, member) in apart.members(books.model(campaign)) {
            let (unit, period) = (unit.to_owned(), format!("d{day}"));
            grow(self.numbers.entry(Number { campaign, metric, unit, dimension, period, member }).or_default(), by);
        }
    }

    /// Counts a quantity of a person, and ranks it where the campaign ranks by it.
    pub(super) fn count_person(&mut self, books: &Books, quantity: Quantity<'_>, participant: ParticipantId) {
        let Quantity { campaign, metric, unit, day, by } = quantity;
        let of = |period: String| OfPerson { campaign, metric, unit: unit.to_owned(), period, participant };
        grow(self.people.entry(of("all".to_owned())).or_default(), by);
        if books.ranks_by(campaign, metric) {
            for period in [format!("d{day}"), format!("m{}", day.month()), "all".to_owned()] {
                grow(self.standings.entry(of(period)).or_default(), by);
            }
        }
    }

    /// Compares with what is stored of the metrics that `of` names.
    pub(super) fn compare(
        mut self,
        books: &Books,
        audited: &mut Audited,
        invariant: Invariant,
        of: &dyn Fn(Metric) -> bool,
    ) {
        for key in books.numbers.keys().filter(|key| of(key.metric)) {
            self.numbers.entry(key.clone()).or_default();
        }
        for (key, expected) in &self.numbers {
            let found = books.numbers.get(key).copied().unwrap_or_default();
            if *expected > found || !may_be_swept(books, key.metric, key.campaign, &key.period) {
                audited.compare(invariant, number_name(key), expected, &found);
            }
        }
        let of_people = [(self.people, &books.people, "person"), (self.standings, &books.standings, "standing")];
        for (mut expected, stored, what) in of_people {
            for key in stored.keys().filter(|key| of(key.metric)) {
                expected.entry(key.clone()).or_default();
            }
            for (key, expected) in &expected {
                let found = stored.get(key).copied().unwrap_or_default();
                if *expected > found || !may_be_swept(books, key.metric, key.campaign, &key.period) {
                    audited.compare(invariant, person_name(what, key), expected, &found);
                }
            }
        }
    }
}

pub(super) fn grow(sum: &mut i64, by: i64) {
    *sum = sum.saturating_add(by);
}

/// Whether touches that a total counts in a period may have been swept: then what is left is no more than what was counted.
pub(super) fn may_be_swept(books: &Books, metric: Metric, campaign: CampaignId, period: &str) -> bool {
    let Retention { touches, uncounted, .. } = books.retention;
    let until = match metric {
        Metric::Views | Metric::Clicks | Metric::Visitors | Metric::Reach => touches.until,
        Metric::UncountedClicks => touches.until.max(uncounted.until),
        _ => return false,
    };
    if until == Timestamp::FIRST {
        return false;
    }
    let day = books.day(campaign, until);
    match period.split_at_checked(1) {
        // Periods of one length are ordered as texts.
        Some(("d", found)) => *found <= *day.to_string(),
        Some(("m", found)) => *found <= *day.month().to_string(),
        _ => true,
    }
}

fn number_name(key: &Number) -> String {
    let Number { campaign, metric, unit, dimension, period, member } = key;
    format!("number {campaign}/{metric}/{unit}/{dimension}/{period}/{member}")
}

fn person_name(what: &str, key: &OfPerson) -> String {
    let OfPerson { campaign, metric, unit, period, participant } = key;
    format!("{what} {campaign}/{metric}/{unit}/{period}/{participant}")
}

/// What one fact is told apart by.
#[derive(Clone, Default)]
pub(super) struct Apart {
    pub(super) channel: Option<Channel>,
    pub(super) country: Option<Country>,
    pub(super) version: Option<u32>,
    pub(super) rule: Option<RuleId>,
    pub(super) link: Option<UsedLink>,
    pub(super) origin: Origin,
}

impl Apart {
    pub(super) fn of(referral: &Referral) -> Self {
        let (channel, country, version) = (referral.channel.clone(), referral.country, Some(referral.version));
        Self { channel, country, version, rule: None, link: referral.link, origin: referral.origin.clone() }
    }

    /// All, and what it is in each dimension that the campaign names.
    pub(super) fn members(&self, model: Option<&CampaignModel>) -> Vec<(Dimension, String)> {
        let of = |dimension: &Dimension| {
            let member = match dimension {
                Dimension::Channel => self.channel.as_ref().map(ToString::to_string),
                Dimension::Country => self.country.map(|country| country.to_string()),
                Dimension::Version => self.version.map(|version| version.to_string()),
                Dimension::Rule => self.rule.as_ref().map(ToString::to_string),
                Dimension::Link => self.link.map(|link| link.to_string()),
                of_origin => self.origin.member(*of_origin),
            };
            member.map(|member| (*dimension, member))
        };
        let named = model.into_iter().flat_map(|model| model.dimensions.iter().filter_map(of));
        std::iter::once((Dimension::All, String::new())).chain(named).collect()
    }
}
