//! Totals against the facts that they count.
//!
//! Rewards and first shares are dated by when they were recorded, and the facts keep only the last change: of these
//! metrics the sum over all days is compared, and the standing of a lifetime.

use std::collections::{BTreeMap, BTreeSet};

use super::books::{Books, sealed_referral};
use super::expected::{Apart, Expected, OfPerson, Quantity, grow, may_be_swept};
use super::ledger::BALANCES;
use super::{Audited, Invariant};
use crate::decide::{amounts_of, click_to_lead, refunded};
use crate::evaluate::{Counted, Facts, counted, counted_sealed, qualified_before_take_backs};
use crate::record::{
    Dimension, EnrolmentKey, Metric, Moderation, Progress, Referral, Touch, TouchKind, UsedLink, Verdict,
};
use crate::value::{CampaignId, Day, DelayClass, ParticipantId, VisitorId};
/// Metrics whose day the facts tell.
const DATED: [Metric; 17] = [
    Metric::QualifiedOf,
    Metric::Denied,
    Metric::ClickToLead,
    Metric::LeadToQualified,
    Metric::Refunded,
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
const SUMMED: [Metric; 3] = [Metric::Rewards, Metric::Referrers, Metric::ReferrersByClick];

pub(super) fn check(books: &Books, audited: &mut Audited) {
    for name in &books.unknown_numbers {
        audited.differ(Invariant::TotalIsSumOfFacts, name, "a number that something counts", "another");
    }
    let mut dated = Expected::default();
    enrolments(books, &mut dated);
    touches(books, &mut dated);
    leads(books, &mut dated);
    sealed(books, &mut dated);
    dated.compare(books, audited, Invariant::TotalIsSumOfFacts, &|metric| DATED.contains(&metric));
    summed(books, audited);
    visitors(books, audited, Metric::Visitors, &|touch| touch.touched == TouchKind::Click);
    visitors(books, audited, Metric::Reach, &|touch| touch.touched != TouchKind::Share);
    debug_assert!(Metric::ALL.iter().all(|metric| {
        DATED.contains(metric)
            || SUMMED.contains(metric)
            || BALANCES.contains(metric)
            || matches!(metric, Metric::Visitors | Metric::Reach | Metric::Limit | Metric::Receivable)
    }));
}

fn one(campaign: CampaignId, metric: Metric, day: Day) -> Quantity<'static> {
    Quantity { campaign, metric, unit: "", day, by: 1 }
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
        expected.count(books, one(enrolment.campaign, Metric::Enrolled, day), &Apart::default());
        if sharers.contains(&(enrolment.campaign, enrolment.participant)) {
            expected.count(books, one(enrolment.campaign, Metric::EnrolledShared, day), &Apart::default());
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
        let link = touch.grant.zip(touch.counter).map(|(grant, counter)| UsedLink { grant, counter });
        let (channel, country, origin) = (touch.channel.clone(), touch.country, touch.origin.clone());
        let apart = Apart { channel, country, link, origin, ..Apart::default() };
        expected.count(books, one(touch.campaign, metric, day), &apart);
        expected.count_person(books, one(touch.campaign, metric, day), touch.referrer);
    }
}

fn leads(books: &Books, expected: &mut Expected) {
    for referral in books.referrals.values().filter(|referral| !referral.superseded) {
        let (campaign, apart) = (referral.campaign, Apart::of(referral));
        let day = books.day(campaign, referral.lead_at);
        expected.count(books, one(campaign, Metric::Leads, day), &apart);
        expected.count_person(books, one(campaign, Metric::Leads, day), referral.referrer);
        if referral.moderation == Moderation::Denied {
            expected.count(books, one(campaign, Metric::Denied, day), &apart);
        }
        if let Some(class) = click_to_lead(referral) {
            let unit = class.number().to_string();
            let quantity = Quantity { unit: &unit, ..one(campaign, Metric::ClickToLead, day) };
            expected.count(books, quantity, &Apart::default());
        }
        if let Some(at) = referral.qualified_at.filter(|_| referral.progress == Progress::Qualified) {
            let class = DelayClass::of_seconds(at.since(referral.lead_at).num_seconds()).number().to_string();
            let quantity = Quantity { unit: &class, ..one(campaign, Metric::LeadToQualified, day) };
            expected.count(books, quantity, &Apart::default());
            let month = day.month().to_string();
            let quantity = Quantity { unit: &month, ..one(campaign, Metric::QualifiedOf, books.day(campaign, at)) };
            expected.count(books, quantity, &Apart::default());
            expected.count(books, one(campaign, Metric::LeadsQualified, day), &apart);
            let day = books.day(campaign, at);
            expected.count(books, one(campaign, Metric::Qualified, day), &apart);
            expected.count_person(books, one(campaign, Metric::Qualified, day), referral.referrer);
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
    expected.count(books, one(referral.campaign, Metric::Reverted, day), &Apart::of(referral));
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

fn count_order(books: &Books, expected: &mut Expected, referral: &Referral, counted: Counted) {
    let Counted { at, net, refunded } = counted;
    let (campaign, apart) = (referral.campaign, Apart::of(referral));
    let day = books.day(campaign, at);
    expected.count(books, one(campaign, Metric::Conversions, day), &apart);
    expected.count_person(books, one(campaign, Metric::Conversions, day), referral.referrer);
    for (metric, amount) in [(Metric::Revenue, net), (Metric::Refunded, refunded)] {
        let Some(amount) = amount else { continue };
        let quantity = Quantity { campaign, metric, unit: amount.currency.code(), day, by: amount.minor };
        expected.count(books, quantity, &apart);
        if metric.is_of_people() {
            expected.count_person(books, quantity, referral.referrer);
        }
    }
}

/// Sums over all days, by campaign, metric, unit, dimension and member.
type Sums = BTreeMap<(CampaignId, Metric, Dimension, String), i64>;
/// Sums over a person's life, by campaign, metric and person.
type Lives = BTreeMap<(CampaignId, Metric, ParticipantId), i64>;

fn summed(books: &Books, audited: &mut Audited) {
    let (mut sums, mut lives) = (Sums::new(), Lives::new());
    for reward in books.rewards.values().filter(|reward| reward.state.counts()) {
        let (campaign, metric) = (reward.campaign, Metric::Rewards);
        let apart = Apart { version: Some(reward.version), rule: Some(reward.rule.clone()), ..Apart::default() };
        for (dimension, member) in apart.members(books.model(campaign)) {
            grow(sums.entry((campaign, metric, dimension, member)).or_default(), 1);
        }
        grow(lives.entry((campaign, metric, reward.participant)).or_default(), 1);
    }
    for (campaign, _) in sharers(books) {
        grow(sums.entry((campaign, Metric::Referrers, Dimension::All, String::new())).or_default(), 1);
    }
    for enrolment in books.enrolments.values().filter(|enrolment| enrolment.clicked) {
        let key = (enrolment.campaign, Metric::ReferrersByClick, Dimension::All, String::new());
        grow(sums.entry(key).or_default(), 1);
    }
    clicked(books, audited);
    compare_sums(books, audited, &sums);
    compare_lives(books, audited, &lives);
}

/// Who has a counted click is enrolled as somebody who has.
fn clicked(books: &Books, audited: &mut Audited) {
    let counted = |touch: &&Touch| touch.touched == TouchKind::Click && touch.verdict == Verdict::Human;
    for touch in books.touches.values().filter(counted) {
        let key = EnrolmentKey { campaign: touch.campaign, participant: touch.referrer };
        if books.enrolments.get(&key).is_some_and(|enrolment| !enrolment.clicked) {
            let subject = format!("enrolment {}/{}", key.campaign, key.participant);
            audited.differ(Invariant::TotalIsSumOfFacts, subject, "a counted click", "none");
        }
    }
}

fn compare_sums(books: &Books, audited: &mut Audited, sums: &Sums) {
    let mut found = Sums::new();
    for (key, number) in books.numbers.iter().filter(|(key, _)| SUMMED.contains(&key.metric)) {
        grow(found.entry((key.campaign, key.metric, key.dimension, key.member.clone())).or_default(), *number);
    }
    let keys: BTreeSet<_> = sums.keys().chain(found.keys()).cloned().collect();
    for key in keys {
        let of = |map: &Sums| map.get(&key).copied().unwrap_or_default();
        let subject = format!("sum {}/{}/{}/{}", key.0, key.1, key.2, key.3);
        audited.compare(Invariant::TotalIsSumOfFacts, subject, &of(sums), &of(&found));
    }
}

/// A person's number is what the facts amount to, and so are the sums of the standings by day and by month, and the standing
/// ever.
fn compare_lives(books: &Books, audited: &mut Audited, lives: &Lives) {
    let sum = |stored: &BTreeMap<OfPerson, i64>, is_of: &dyn Fn(&str) -> bool| {
        let mut found = Lives::new();
        for (key, number) in stored.iter().filter(|(key, _)| SUMMED.contains(&key.metric) && is_of(&key.period)) {
            grow(found.entry((key.campaign, key.metric, key.participant)).or_default(), *number);
        }
        found
    };
    let people = ("person", sum(&books.people, &|_| true));
    let ranked = [
        ("standing by day", sum(&books.standings, &|period| period.starts_with('d'))),
        ("standing by month", sum(&books.standings, &|period| period.starts_with('m'))),
        ("standing ever", sum(&books.standings, &|period| period == "all")),
    ];
    let is_ranked = |key: &(CampaignId, Metric, ParticipantId)| books.ranks_by(key.0, key.1);
    for (what, found) in std::iter::once(people).chain(ranked) {
        let keys: BTreeSet<_> = lives.keys().chain(found.keys()).copied().collect();
        for key in keys.into_iter().filter(|key| what == "person" || is_ranked(key) || found.contains_key(key)) {
            let expected = lives.get(&key).copied().filter(|_| what == "person" || is_ranked(&key)).unwrap_or_default();
            let found = found.get(&key).copied().unwrap_or_default();
            let subject = format!("{what} {}/{}/{}", key.0, key.1, key.2);
            audited.compare(Invariant::TotalIsSumOfFacts, subject, &expected, &found);
        }
    }
}

/// Distinct visitors of each day, of each month and of a campaign's life.
fn visitors(books: &Books, audited: &mut Audited, metric: Metric, of: &dyn Fn(&Touch) -> bool) {
    let counted = |touch: &&Touch| of(touch) && touch.verdict == Verdict::Human;
    let mut seen: BTreeMap<(CampaignId, String), BTreeSet<VisitorId>> = BTreeMap::new();
    for touch in books.touches.values().filter(counted) {
        let Some(visitor) = touch.visitor else { continue };
        let day = books.day(touch.campaign, touch.at);
        for period in [format!("d{day}"), format!("m{}", day.month()), "all".to_owned()] {
            seen.entry((touch.campaign, period)).or_default().insert(visitor);
        }
    }
    let mut found: BTreeMap<(CampaignId, String), i64> = BTreeMap::new();
    for (key, number) in books.numbers.iter().filter(|(key, _)| key.metric == metric) {
        found.insert((key.campaign, key.period.clone()), *number);
    }
    let keys: BTreeSet<_> = seen.keys().chain(found.keys()).cloned().collect();
    for key in keys {
        let distinct = i64::try_from(seen.get(&key).map_or(0, BTreeSet::len)).unwrap_or(i64::MAX);
        let stored = found.get(&key).copied().unwrap_or_default();
        if distinct > stored || !may_be_swept(books, metric, key.0, &key.1) {
            audited.compare(Invariant::TotalIsSumOfFacts, format!("{metric} {}/{}", key.0, key.1), &distinct, &stored);
        }
    }
}

/// Whether a conversion was refunded whole.
pub(super) fn is_gone(conversion: &crate::record::Conversion) -> bool {
    let refunded = refunded(conversion);
    refunded > 0 && refunded >= amounts_of(conversion).1
}
