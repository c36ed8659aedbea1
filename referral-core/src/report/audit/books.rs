//! What an audit holds of a tenant while it compares.

use std::collections::{BTreeMap, BTreeSet};

use super::expected::{Number, OfPerson};
use crate::campaign::{CampaignModel, Compiled};
use crate::decide::EVER;
use crate::record::{
    Alias, AliasKey, Balance, BalanceKey, Campaign, CampaignKey, CampaignVersionKey, Code, CodeKey, Conversion,
    ConversionKey, Debt, DebtKey, Delivery, DeliveryKey, Dimension, Enrolment, EnrolmentKey, Entry, EntryKey, Grant,
    GrantKey, Group, GroupKey, KeptLevel, KeptLevelKey, Letter, LetterBodyKey, LetterKey, LetterPersonKey, Lookup,
    LookupKey, Metric, Notification, NotificationKey, PartSums, Participant, ParticipantKey, PeriodSums, PersonSums,
    Record, RecordKind, Reference, ReferenceKey, Referral, ReferralKey, Retention, Reward, RewardKey, SealedOrder,
    Standing, Tally, TallyKey, Timer, TimerKey, Total, TotalKey, Touch, TouchKey, Window, WindowKey, of_part_name,
    of_sum_name,
};
use crate::value::{CampaignId, Day, ParticipantId, Timestamp, Zone};

/// Every record that is compared with others.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) campaigns: BTreeMap<CampaignKey, Campaign>,
    pub(super) versions: BTreeMap<CampaignVersionKey, Option<Compiled>>,
    pub(super) participants: BTreeMap<ParticipantKey, Participant>,
    pub(super) aliases: BTreeMap<AliasKey, Alias>,
    pub(super) enrolments: BTreeMap<EnrolmentKey, Enrolment>,
    pub(super) grants: BTreeMap<GrantKey, Grant>,
    pub(super) codes: BTreeMap<CodeKey, Code>,
    pub(super) touches: BTreeMap<TouchKey, Touch>,
    pub(super) referrals: BTreeMap<ReferralKey, Referral>,
    pub(super) conversions: BTreeMap<ConversionKey, Conversion>,
    pub(super) references: BTreeMap<ReferenceKey, Reference>,
    pub(super) rewards: BTreeMap<RewardKey, Reward>,
    pub(super) entries: BTreeMap<EntryKey, Entry>,
    pub(super) tallies: BTreeMap<TallyKey, Tally>,
    pub(super) groups: BTreeMap<GroupKey, Group>,
    pub(super) kept_levels: BTreeMap<KeptLevelKey, KeptLevel>,
    pub(super) windows: BTreeMap<WindowKey, Window>,
    pub(super) balances: BTreeMap<BalanceKey, Balance>,
    pub(super) debts: BTreeMap<DebtKey, Debt>,
    pub(super) totals: BTreeMap<TotalKey, Total>,
    /// The numbers of all rows of sums, by what they count.
    pub(super) numbers: BTreeMap<Number, i64>,
    pub(super) people: BTreeMap<OfPerson, i64>,
    pub(super) standings: BTreeMap<OfPerson, i64>,
    /// Names of numbers that nothing has.
    pub(super) unknown_numbers: Vec<String>,
    pub(super) notifications: BTreeMap<NotificationKey, Notification>,
    pub(super) deliveries: BTreeMap<DeliveryKey, Delivery>,
    pub(super) timers: BTreeMap<TimerKey, Timer>,
    pub(super) lookups: BTreeMap<LookupKey, Lookup>,
    pub(super) letters: BTreeMap<LetterKey, Letter>,
    pub(super) letter_bodies: BTreeSet<LetterBodyKey>,
    pub(super) letter_people: BTreeSet<LetterPersonKey>,
    pub(super) letter_count: i64,
    pub(super) retention: Retention,
}

impl Books {
    pub(super) fn note(&mut self, record: Record) {
        match record {
            Record::Campaign(record) => keep(&mut self.campaigns, record),
            Record::CampaignVersion(record) => {
                let model: Option<CampaignModel> = serde_json::from_value(record.definition.0.clone()).ok();
                let compiled = model.and_then(|model| Compiled::of_stored(record.campaign, record.version, model).ok());
                self.versions.insert(record.key(), compiled);
            }
            Record::Participant(record) => keep(&mut self.participants, record),
            Record::Alias(record) => keep(&mut self.aliases, record),
            Record::Enrolment(record) => keep(&mut self.enrolments, record),
            Record::Grant(record) => keep(&mut self.grants, record),
            Record::Code(record) => keep(&mut self.codes, record),
            Record::Touch(record) => keep(&mut self.touches, record),
            Record::Referral(record) => keep(&mut self.referrals, record),
            Record::Conversion(record) => keep(&mut self.conversions, record),
            Record::Reference(record) => keep(&mut self.references, record),
            Record::Reward(record) => keep(&mut self.rewards, record),
            Record::Entry(record) => keep(&mut self.entries, record),
            Record::Tally(record) => keep(&mut self.tallies, record),
            Record::Group(record) => keep(&mut self.groups, record),
            Record::KeptLevel(record) => keep(&mut self.kept_levels, record),
            Record::Window(record) => keep(&mut self.windows, record),
            Record::Balance(record) => keep(&mut self.balances, record),
            Record::Debt(record) => keep(&mut self.debts, record),
            Record::Total(record) => keep(&mut self.totals, record),
            Record::PeriodSums(record) => self.note_period(record),
            Record::PartSums(record) => self.note_parts(record),
            Record::PersonSums(record) => self.note_person(record),
            Record::Standing(record) => {
                let Standing { campaign, metric, unit, period, participant, value, .. } = record;
                self.standings.insert(OfPerson { campaign, metric, unit, period, participant }, value);
            }
            Record::Notification(record) => keep(&mut self.notifications, record),
            Record::Delivery(record) => keep(&mut self.deliveries, record),
            Record::Timer(record) => keep(&mut self.timers, record),
            Record::Lookup(record) => keep(&mut self.lookups, record),
            Record::Letter(record) => keep(&mut self.letters, record),
            Record::LetterBody(record) => drop(self.letter_bodies.insert(record.key())),
            Record::LetterPerson(record) => drop(self.letter_people.insert(record.key())),
            Record::LetterCount(record) => self.letter_count = record.value,
            Record::Settings(record) => self.retention = record.retention,
            Record::CampaignName(_)
            | Record::Eligible(_)
            | Record::Person(_)
            | Record::Link(_)
            | Record::Visitor(_)
            | Record::TakenCode(_)
            | Record::Visit(_)
            | Record::Refund(_)
            | Record::LookupLimit(_)
            | Record::EvidenceTouches(_)
            | Record::Receipt(_) => {}
        }
    }

    fn note_period(&mut self, PeriodSums { campaign, period, sums }: PeriodSums) {
        for (name, value) in &sums {
            let Some((metric, unit)) = of_sum_name(name) else {
                self.unknown_numbers.push(format!("period_sums {campaign}/{period}/{name}"));
                continue;
            };
            let (unit, dimension, period, member) = (unit.to_owned(), Dimension::All, period.clone(), String::new());
            self.numbers.insert(Number { campaign, metric, unit, dimension, period, member }, *value);
        }
    }

    fn note_parts(&mut self, PartSums { campaign, period, sums }: PartSums) {
        for (name, value) in &sums {
            let Some((metric, unit, dimension, member)) = of_part_name(name) else {
                self.unknown_numbers.push(format!("part_sums {campaign}/{period}/{name}"));
                continue;
            };
            let (unit, period, member) = (unit.to_owned(), period.clone(), member.to_owned());
            self.numbers.insert(Number { campaign, metric, unit, dimension, period, member }, *value);
        }
    }

    fn note_person(&mut self, PersonSums { campaign, participant, sums }: PersonSums) {
        for (name, value) in &sums {
            let Some((metric, unit)) = of_sum_name(name) else {
                self.unknown_numbers.push(format!("person_sums {campaign}/{participant}/{name}"));
                continue;
            };
            let (unit, period) = (unit.to_owned(), EVER.to_owned());
            self.people.insert(OfPerson { campaign, metric, unit, period, participant }, *value);
        }
    }

    /// A definition of a campaign: dimensions and ranks are fixed by the first version.
    pub(super) fn model(&self, campaign: CampaignId) -> Option<&CampaignModel> {
        self.version(campaign, 1).map(|version| &version.model)
    }

    /// Whether a campaign ranks people by a metric.
    pub(super) fn ranks_by(&self, campaign: CampaignId, metric: Metric) -> bool {
        self.model(campaign).is_some_and(|model| model.leaderboard.contains(&metric))
    }

    /// The version of a campaign, if it is stored and sound.
    pub(super) fn version(&self, campaign: CampaignId, version: u32) -> Option<&Compiled> {
        self.versions.get(&CampaignVersionKey { campaign, version }).and_then(Option::as_ref)
    }

    /// The day of `at` in a campaign's zone, which its first version fixed.
    pub(super) fn day(&self, campaign: CampaignId, at: Timestamp) -> Day {
        let first = self.versions.get(&CampaignVersionKey { campaign, version: 1 });
        first.and_then(Option::as_ref).map_or(Zone::UTC, |version| version.model.zone).day(at)
    }
}

fn keep<T: RecordKind>(map: &mut BTreeMap<T::Key, T>, record: T)
where
    T::Key: Ord,
{
    map.insert(record.key(), record);
}

/// A reward's key in words.
pub(super) fn reward_name(key: &RewardKey) -> String {
    format!("reward {}/{}/{}/{}", key.campaign, key.rule, key.participant, key.cause)
}

/// Whom a person turned out to be; the person itself, if nobody else.
pub(super) fn root(books: &Books, participant: ParticipantId) -> ParticipantId {
    let known = books.participants.get(&ParticipantKey { participant });
    known.and_then(|known| known.merged_into.as_ref()).map_or(participant, |merge| merge.into)
}

/// The leads of a person in a campaign, under all ids of the person.
pub(super) fn leads_of(books: &Books, campaign: CampaignId, invitee: ParticipantId) -> impl Iterator<Item = &Referral> {
    let root = root(books, invitee);
    let merged = books.participants.get(&ParticipantKey { participant: root }).map(|known| known.merged.clone());
    let ids = std::iter::once(root).chain(merged.unwrap_or_default());
    let of = move |invitee, lead| ReferralKey { campaign, invitee, lead };
    let leads = move |id| books.referrals.range(of(id, 1)..=of(id, u32::MAX));
    ids.flat_map(leads).map(|(_, referral)| referral)
}

/// The latest lead of a person in a campaign that stands.
pub(super) fn latest_lead(books: &Books, campaign: CampaignId, invitee: ParticipantId) -> Option<&Referral> {
    let standing = leads_of(books, campaign, invitee).filter(|lead| !lead.superseded);
    standing.max_by_key(|lead| (lead.lead_at, lead.lead))
}

/// The referral that has sealed an order.
pub(super) fn sealed_referral<'b>(books: &'b Books, order: &SealedOrder) -> Option<&'b Referral> {
    let conversion = books.conversions.get(&order.fact.key())?;
    books.referrals.get(&ReferralKey { campaign: order.campaign, invitee: conversion.participant?, lead: order.lead })
}
