//! What happened for a participant since the last time they were told.
//!
//! Nothing is stored: a digest is the difference of two readings of the participant's totals, and hands back its own
//! reading as a mark. Whoever sends digests keeps the mark with the mail that was sent, and asks with it the next time: the
//! same mark gives the same beginning, however often it is asked, and no event is told twice or left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::progress::{self, RuleProgress};
use super::question::{ListDigestMarks, ShowDigest};
use super::totals::units;
use crate::decide::{Decide, EVER};
use crate::engine::{Reader, Rows};
use crate::error::Error;
use crate::record::{Enrolment, Key, Metric, PersonKey, StandingKey};
use crate::store::{Cursor, Listing, PageRequest};
use crate::value::{CampaignId, ParticipantId, Timestamp};

/// A page has so many marks at most: each is read from the participant's totals in every currency.
const MOST_MARKS: u32 = 100;
const THINGS: [Metric; 6] =
    [Metric::Shares, Metric::Clicks, Metric::Leads, Metric::Qualified, Metric::Conversions, Metric::Rewards];
const AMOUNTS: [Metric; 3] = [Metric::Granted, Metric::Issued, Metric::Redeemed];

/// A participant's totals at one time: where the next digest begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestMark {
    /// The campaign.
    pub campaign: CampaignId,
    /// The participant.
    pub participant: ParticipantId,
    /// When the totals were read.
    pub at: Timestamp,
    /// The totals that are not 0: by metric, or by metric and unit, as in `granted/EUR`.
    pub totals: BTreeMap<String, i64>,
}

impl DigestMark {
    /// Whether something happened between `before` and this mark, so that a digest since then is not empty. Without a mark
    /// before: whether anything ever happened.
    #[must_use]
    pub fn has_news_since(&self, before: Option<&Self>) -> bool {
        before.map_or(!self.totals.is_empty(), |before| before.totals != self.totals)
    }
}

/// Where those stand who may be sent a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestMarkPage {
    /// The marks, by participant.
    pub marks: Vec<DigestMark>,
    /// Where the next page begins; none if this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

/// What happened for a participant. Numbers may be negative: what is taken back counts against what was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The participant.
    pub participant: ParticipantId,
    /// Since when; ever, if it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Until when.
    pub until: Timestamp,
    /// By metric, what changed: `shares`, `clicks`, `leads`, `qualified`, `conversions`, `rewards`.
    pub counts: BTreeMap<Metric, i64>,
    /// By currency or unit and then by metric, what changed: `granted`, `issued`, `redeemed`, in minor units or units.
    pub amounts: BTreeMap<String, BTreeMap<Metric, i64>>,
    /// Whether it may be sent by mail: not to people who are erased, or unsubscribed from everything.
    pub wanted: bool,
    /// What the participant has towards the next reward, as it is now.
    pub progress: Vec<RuleProgress>,
    /// Where the next digest begins.
    pub mark: DigestMark,
}

impl Digest {
    /// Whether nothing happened that a mail would be worth.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.amounts.is_empty()
    }
}

/// Which totals a digest is about.
struct Totals {
    campaign: CampaignId,
    /// The metric and its unit; an empty unit where things are counted.
    all: Vec<(Metric, String)>,
}

impl Totals {
    fn of(reader: &mut Reader<'_>, campaign: CampaignId) -> Decide<Self> {
        let units = units(reader, campaign, Metric::Granted)?;
        let amounts = units.iter().flat_map(|unit| AMOUNTS.map(|metric| (metric, unit.clone())));
        Ok(Self { campaign, all: THINGS.map(|metric| (metric, String::new())).into_iter().chain(amounts).collect() })
    }

    fn key(&self, participant: ParticipantId, (metric, unit): &(Metric, String)) -> Key {
        let (campaign, period) = (self.campaign, EVER.to_owned());
        StandingKey { campaign, metric: *metric, unit: unit.clone(), period, participant }.into()
    }

    /// What is read of a participant.
    fn keys(&self, participant: ParticipantId) -> impl Iterator<Item = Key> {
        let totals = self.all.iter().map(move |total| self.key(participant, total));
        totals.chain([PersonKey { participant }.into()])
    }

    fn mark(&self, reader: &mut Reader<'_>, participant: ParticipantId) -> Decide<DigestMark> {
        let mut totals = BTreeMap::new();
        for total in &self.all {
            let value = reader.counter(self.key(participant, total))?;
            if value != 0 {
                totals.insert(name(total), value);
            }
        }
        Ok(DigestMark { campaign: self.campaign, participant, at: reader.now(), totals })
    }
}

fn name((metric, unit): &(Metric, String)) -> String {
    if unit.is_empty() { metric.to_string() } else { format!("{metric}/{unit}") }
}

/// Whether a person may be sent digests by mail.
fn is_wanted(reader: &mut Reader<'_>, participant: ParticipantId) -> Decide<bool> {
    let person = reader.row(participant)?;
    Ok(person.is_some_and(|person| person.consent.wants_digests()))
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowDigest) -> Decide<Digest> {
    let current = reader.campaign(&asked.campaign)?;
    let (campaign, participant) = (current.id(), reader.participant(&asked.participant)?.participant);
    let of_another = |mark: &&DigestMark| mark.campaign != campaign || mark.participant != participant;
    if asked.since.as_ref().is_some_and(|mark| of_another(&mark)) {
        return Err(Error::command("since", "is the mark of another participant or campaign").into());
    }
    let totals = Totals::of(reader, campaign)?;
    reader.need(totals.keys(participant))?;
    let mark = totals.mark(reader, participant)?;
    let mut digest = Digest {
        participant,
        since: asked.since.as_ref().map(|mark| mark.at),
        until: reader.now(),
        counts: BTreeMap::new(),
        amounts: BTreeMap::new(),
        wanted: is_wanted(reader, participant)?,
        progress: progress::of(reader, &current.compiled, campaign, participant)?,
        mark,
    };
    for total in &totals.all {
        let at = |mark: &DigestMark| mark.totals.get(&name(total)).copied().unwrap_or_default();
        let (now, before) = (at(&digest.mark), asked.since.as_ref().map(at).unwrap_or_default());
        if now != before {
            let (metric, unit) = total;
            let changed =
                if unit.is_empty() { &mut digest.counts } else { digest.amounts.entry(unit.clone()).or_default() };
            changed.insert(*metric, now.saturating_sub(before));
        }
    }
    Ok(digest)
}

/// Whoever is enrolled and may be sent a digest. By the times of totals nobody could be left out rightly: what is recorded
/// later than it happened has a time that is over. A mark has the totals themselves.
pub(super) fn marks(reader: &mut Reader<'_>, asked: &ListDigestMarks) -> Decide<DigestMarkPage> {
    let campaign = reader.campaign(&asked.campaign)?.id();
    let totals = Totals::of(reader, campaign)?;
    let page = asked.page.of(Listing::EnrolmentsIn { campaign });
    let page = PageRequest { limit: page.limit.min(MOST_MARKS), ..page };
    let Rows { rows, next, .. } = reader.rows::<Enrolment>(&page)?;
    let keys: Vec<Key> = rows.iter().flat_map(|enrolment| totals.keys(enrolment.participant)).collect();
    reader.need(keys)?;
    let mut marks = Vec::new();
    for Enrolment { participant, .. } in rows {
        if is_wanted(reader, participant)? {
            marks.push(totals.mark(reader, participant)?);
        }
    }
    Ok(DigestMarkPage { marks, next })
}
