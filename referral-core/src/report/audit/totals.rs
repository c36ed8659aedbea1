//! Totals against the facts that they count.
//!
//! Rewards and first shares are dated by when they were recorded, and the facts keep only the last change: of these
//! metrics the sum over all days is compared, and the standing of a lifetime.

use std::collections::{BTreeMap, BTreeSet};

use super::books::{Books, sealed_referral};
use super::ledger::{BALANCES, standings};
use super::{Audited, Invariant};
use crate::decide::{amounts_of, refunded};
use crate::evaluate::{Counted, Facts, counted, counted_sealed, qualified_before_take_backs};
use crate::record::{
    Channel, Dimension, Metric, Progress, Referral, Retention, StandingKey, TotalKey, Touch, TouchKind, Verdict,
};
use crate::value::{CampaignId, Country, Day, ParticipantId, Timestamp, VisitorId};

/// What totals and standings should be. What is not mentioned should be 0.
#[derive(Debug, Default)]
pub(super) struct Expected {
    totals: BTreeMap<TotalKey, i64>,
    standings: BTreeMap<StandingKey, i64>,
}

impl Expected {
    pub(super) fn total(&mut self, key: TotalKey, by: i64) {
        let sum = self.totals.entry(key).or_default();
        *sum = sum.saturating_add(by);
    }

    pub(super) fn standing(&mut self, key: StandingKey, by: i64) {
        let sum = self.standings.entry(key).or_default();
        *sum = sum.saturating_add(by);
    }

    /// Compares with what is stored of the metrics that `of` names.
    pub(super) fn compare(
        mut self,
        books: &Books,
        audited: &mut Audited,
        invariant: Invariant,
        of: &dyn Fn(Metric) -> bool,
    ) {
        for key in books.totals.keys().filter(|key| of(key.metric)) {
            self.totals.entry(key.clone()).or_default();
        }
        for key in books.standings.keys().filter(|key| of(key.metric)) {
            self.standings.entry(key.clone()).or_default();
        }
        for (key, expected) in &self.totals {
            let found = books.totals.get(key).map_or(0, |total| total.value);
            if *expected > found || !may_be_swept(books, key.metric, key.campaign, &key.period) {
                audited.compare(invariant, total_name(key), expected, &found);
            }
        }
        for (key, expected) in &self.standings {
            let found = books.standings.get(key).map_or(0, |standing| standing.value);
            if *expected > found || !may_be_swept(books, key.metric, key.campaign, &key.period) {
                audited.compare(invariant, standing_name(key), expected, &found);
            }
        }
    }
}

/// Whether touches that a total counts in a period may have been swept: then what is left is no more than what was counted.
fn may_be_swept(books: &Books, metric: Metric, campaign: CampaignId, period: &str) -> bool {
    let Retention { touches, uncounted, .. } = books.retention;
    let until = match metric {
        Metric::Views | Metric::Clicks | Metric::Visitors => touches.until,
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

fn total_name(key: &TotalKey) -> String {
    let TotalKey { campaign, metric, unit, dimension, period, member } = key;
    format!("total {campaign}/{metric}/{unit}/{dimension}/{period}/{member}")
}

fn standing_name(key: &StandingKey) -> String {
    let StandingKey { campaign, metric, unit, period, participant } = key;
    format!("standing {campaign}/{metric}/{unit}/{period}/{participant}")
}

/// What one fact is told apart by.
#[derive(Clone, Default)]
struct Apart {
    channel: Option<Channel>,
    country: Option<Country>,
    version: Option<u32>,
}

impl Apart {
    fn of(referral: &Referral) -> Self {
        Self { channel: referral.channel.clone(), country: referral.country, version: Some(referral.version) }
    }

    fn members(&self) -> Vec<(Dimension, String)> {
        let mut members = vec![(Dimension::All, String::new())];
        members.extend(self.channel.as_ref().map(|channel| (Dimension::Channel, channel.to_string())));
        members.extend(self.country.map(|country| (Dimension::Country, country.to_string())));
        members.extend(self.version.map(|version| (Dimension::Version, version.to_string())));
        members
    }
}

/// Metrics whose day the facts tell.
const DATED: [Metric; 12] = [
    Metric::Enrolled,
    Metric::EnrolledShared,
    Metric::Shares,
    Metric::Views,
    Metric::Clicks,
    Metric::UncountedClicks,
    Metric::Leads,
    Metric::LeadsQualified,
    Metric::Qualified,
    Metric::Reverted,
    Metric::Conversions,
    Metric::Revenue,
];

/// Metrics of which the facts tell the sum. A referrer counts on the day of the share that was recorded first, which is
/// not always the earliest one.
const SUMMED: [Metric; 2] = [Metric::Rewards, Metric::Referrers];

pub(super) fn check(books: &Books, audited: &mut Audited) {
    let mut dated = Expected::default();
    enrolments(books, &mut dated);
    touches(books, &mut dated);
    leads(books, &mut dated);
    sealed(books, &mut dated);
    dated.compare(books, audited, Invariant::TotalIsSumOfFacts, &|metric| DATED.contains(&metric));
    summed(books, audited);
    visitors(books, audited);
    debug_assert!(Metric::ALL.iter().all(|metric| {
        DATED.contains(metric)
            || SUMMED.contains(metric)
            || BALANCES.contains(metric)
            || matches!(metric, Metric::Visitors | Metric::Limit | Metric::Receivable)
    }));
}

fn dated(expected: &mut Expected, campaign: CampaignId, metric: Metric, day: Day, apart: &Apart) {
    for (dimension, member) in apart.members() {
        let period = format!("d{day}");
        expected.total(TotalKey { campaign, metric, unit: String::new(), dimension, period, member }, 1);
    }
}

/// Who shared at all, in which campaign.
fn sharers(books: &Books) -> BTreeSet<(CampaignId, ParticipantId)> {
    let shares = books.touches.values().filter(|touch| touch.touched == TouchKind::Share);
    shares.map(|touch| (touch.campaign, touch.referrer)).collect()
}

fn enrolments(books: &Books, expected: &mut Expected) {
    let sharers = sharers(books);
    for enrolment in books.enrolments.values() {
        let day = books.day(enrolment.campaign, enrolment.enrolled_at);
        dated(expected, enrolment.campaign, Metric::Enrolled, day, &Apart::default());
        if sharers.contains(&(enrolment.campaign, enrolment.participant)) {
            dated(expected, enrolment.campaign, Metric::EnrolledShared, day, &Apart::default());
        }
    }
}

fn touches(books: &Books, expected: &mut Expected) {
    for touch in books.touches.values() {
        let day = books.day(touch.campaign, touch.at);
        let metric = match (touch.touched, touch.verdict) {
            (TouchKind::Share, _) => Metric::Shares,
            (TouchKind::View, Verdict::Human) => Metric::Views,
            (TouchKind::Click, Verdict::Human) => Metric::Clicks,
            _ => Metric::UncountedClicks,
        };
        let apart = Apart { channel: touch.channel.clone(), country: touch.country, version: None };
        dated(expected, touch.campaign, metric, day, &apart);
        standings(expected, touch.campaign, metric, "", day, touch.referrer, 1);
    }
}

fn leads(books: &Books, expected: &mut Expected) {
    for referral in books.referrals.values().filter(|referral| !referral.superseded) {
        let day = books.day(referral.campaign, referral.lead_at);
        dated(expected, referral.campaign, Metric::Leads, day, &Apart::of(referral));
        standings(expected, referral.campaign, Metric::Leads, "", day, referral.referrer, 1);
        if let Some(at) = referral.qualified_at.filter(|_| referral.progress == Progress::Qualified) {
            dated(expected, referral.campaign, Metric::LeadsQualified, day, &Apart::of(referral));
            let day = books.day(referral.campaign, at);
            dated(expected, referral.campaign, Metric::Qualified, day, &Apart::of(referral));
            standings(expected, referral.campaign, Metric::Qualified, "", day, referral.referrer, 1);
        }
        reverted(books, expected, referral);
        orders(books, expected, referral);
    }
}

fn reverted(books: &Books, expected: &mut Expected, referral: &Referral) {
    let version = books.version(referral.campaign, referral.version);
    let Some(version) = version.filter(|_| referral.progress == Progress::Reverted) else { return };
    let Some(taken_back) = qualified_before_take_backs(version, &Facts::of(referral)) else { return };
    let day = books.day(referral.campaign, taken_back.at);
    dated(expected, referral.campaign, Metric::Reverted, day, &Apart::of(referral));
}

fn orders(books: &Books, expected: &mut Expected, referral: &Referral) {
    let Some(version) = books.version(referral.campaign, referral.version) else { return };
    for order in counted(version, &Facts::of(referral)).unwrap_or_default() {
        count_order(books, expected, referral, order);
    }
}

/// The orders that referrals have sealed.
fn sealed(books: &Books, expected: &mut Expected) {
    for order in books.conversions.values().flat_map(|conversion| &conversion.sealed_in) {
        let Some(referral) = sealed_referral(books, order) else { continue };
        let Some(version) = books.version(referral.campaign, referral.version) else { continue };
        if let Ok(Some(counted)) = counted_sealed(version, order) {
            count_order(books, expected, referral, counted);
        }
    }
}

fn count_order(books: &Books, expected: &mut Expected, referral: &Referral, Counted { at, net }: Counted) {
    let (campaign, day, apart) = (referral.campaign, books.day(referral.campaign, at), Apart::of(referral));
    dated(expected, campaign, Metric::Conversions, day, &apart);
    standings(expected, campaign, Metric::Conversions, "", day, referral.referrer, 1);
    let Some(net) = net else { return };
    for (dimension, member) in apart.members() {
        let (unit, period) = (net.currency.code().to_owned(), format!("d{day}"));
        expected.total(TotalKey { campaign, metric: Metric::Revenue, unit, dimension, period, member }, net.minor);
    }
    let unit = net.currency.code();
    standings(expected, campaign, Metric::Revenue, unit, day, referral.referrer, net.minor);
}

/// Sums over all days, by campaign, metric, unit, dimension and member.
type Sums = BTreeMap<(CampaignId, Metric, String, Dimension, String), i64>;
/// Lifetime standings, by campaign, metric, unit and participant.
type Lives = BTreeMap<(CampaignId, Metric, String, ParticipantId), i64>;

fn summed(books: &Books, audited: &mut Audited) {
    let (mut sums, mut lives) = (Sums::new(), Lives::new());
    let mut add = |campaign, metric, unit: &str, by: i64, apart: &Apart, who: ParticipantId| {
        for (dimension, member) in apart.members() {
            let sum = sums.entry((campaign, metric, unit.to_owned(), dimension, member)).or_default();
            *sum = sum.saturating_add(by);
        }
        let sum = lives.entry((campaign, metric, unit.to_owned(), who)).or_default();
        *sum = sum.saturating_add(by);
    };
    for reward in books.rewards.values().filter(|reward| reward.state.counts()) {
        let apart = Apart { version: Some(reward.version), ..Apart::default() };
        add(reward.campaign, Metric::Rewards, "", 1, &apart, reward.participant);
    }
    for (campaign, _) in sharers(books) {
        *sums.entry((campaign, Metric::Referrers, String::new(), Dimension::All, String::new())).or_default() += 1;
    }
    compare_sums(books, audited, sums);
    compare_lives(books, audited, lives);
}

fn compare_sums(books: &Books, audited: &mut Audited, sums: Sums) {
    let mut found = Sums::new();
    for total in books.totals.values().filter(|total| SUMMED.contains(&total.metric)) {
        let key = (total.campaign, total.metric, total.unit.clone(), total.dimension, total.member.clone());
        let sum = found.entry(key).or_default();
        *sum = sum.saturating_add(total.value);
    }
    let keys: BTreeSet<_> = sums.keys().chain(found.keys()).cloned().collect();
    for key in keys {
        let of = |map: &Sums| map.get(&key).copied().unwrap_or_default();
        let subject = format!("sum {}/{}/{}/{}/{}", key.0, key.1, key.2, key.3, key.4);
        audited.compare(Invariant::TotalIsSumOfFacts, subject, &of(&sums), &of(&found));
    }
}

fn compare_lives(books: &Books, audited: &mut Audited, lives: Lives) {
    let (mut found, mut months) = (Lives::new(), Lives::new());
    for standing in books.standings.values().filter(|standing| SUMMED.contains(&standing.metric)) {
        let key = (standing.campaign, standing.metric, standing.unit.clone(), standing.participant);
        let map = if standing.period == "all" { &mut found } else { &mut months };
        let sum = map.entry(key).or_default();
        *sum = sum.saturating_add(standing.value);
    }
    let keys: BTreeSet<_> = lives.keys().chain(found.keys()).chain(months.keys()).cloned().collect();
    for key in keys {
        let of = |map: &Lives| map.get(&key).copied().unwrap_or_default();
        let subject = |period| format!("standing {}/{}/{}/{period}/{}", key.0, key.1, key.2, key.3);
        audited.compare(Invariant::TotalIsSumOfFacts, subject("all"), &of(&lives), &of(&found));
        audited.compare(Invariant::TotalIsSumOfFacts, subject("months"), &of(&lives), &of(&months));
    }
}

/// Distinct visitors of each day, of each month and of a campaign's life.
fn visitors(books: &Books, audited: &mut Audited) {
    let counted = |touch: &&Touch| touch.touched == TouchKind::Click && touch.verdict == Verdict::Human;
    let mut seen: BTreeMap<(CampaignId, String), BTreeSet<VisitorId>> = BTreeMap::new();
    for touch in books.touches.values().filter(counted) {
        let Some(visitor) = touch.visitor else { continue };
        let day = books.day(touch.campaign, touch.at);
        for period in [format!("d{day}"), format!("m{}", day.month()), "all".to_owned()] {
            seen.entry((touch.campaign, period)).or_default().insert(visitor);
        }
    }
    let mut found: BTreeMap<(CampaignId, String), i64> = BTreeMap::new();
    for total in books.totals.values().filter(|total| total.metric == Metric::Visitors) {
        found.insert((total.campaign, total.period.clone()), total.value);
    }
    let keys: BTreeSet<_> = seen.keys().chain(found.keys()).cloned().collect();
    for key in keys {
        let distinct = i64::try_from(seen.get(&key).map_or(0, BTreeSet::len)).unwrap_or(i64::MAX);
        let stored = found.get(&key).copied().unwrap_or_default();
        if distinct > stored || !may_be_swept(books, Metric::Visitors, key.0, &key.1) {
            audited.compare(Invariant::TotalIsSumOfFacts, format!("visitors {}/{}", key.0, key.1), &distinct, &stored);
        }
    }
}

/// Whether a conversion was refunded whole.
pub(super) fn is_gone(conversion: &crate::record::Conversion) -> bool {
    let refunded = refunded(conversion);
    refunded > 0 && refunded >= amounts_of(conversion).1
}
