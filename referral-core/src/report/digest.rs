//! What happened for a participant since the last time they were told.
//!
//! Nothing is stored: a digest is the difference of two readings of the participant's totals, and hands back its own
//! reading as a mark. Whoever sends digests keeps the mark with the mail that was sent, and asks with it the next time: the
//! same mark gives the same beginning, however often it is asked, and no event is told twice or left out.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::progress::{self, RuleProgress};
use super::question::{ListDigestMarks, ShowDigest};
use crate::command::Who;
use crate::decide::Decide;
use crate::engine::{Reader, Rows};
use crate::error::Error;
use crate::record::{Enrolment, Key, Metric, PersonKey, PersonSumsKey, of_sum_name};
use crate::store::{Cursor, Listing, PageRequest};
use crate::value::{CampaignId, ParticipantId, Timestamp};

/// A page has so many marks at most.
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

/// What is read of a participant for a mark.
fn keys(campaign: CampaignId, participant: ParticipantId) -> [Key; 2] {
    [PersonSumsKey { campaign, participant }.into(), PersonKey { participant }.into()]
}

/// Whether digests are about a metric.
fn is_told(metric: Metric) -> bool {
    THINGS.contains(&metric) || AMOUNTS.contains(&metric)
}

fn mark_of(reader: &mut Reader<'_>, campaign: CampaignId, participant: ParticipantId) -> Decide<DigestMark> {
    let sums = reader.sums(PersonSumsKey { campaign, participant })?;
    let told = sums.iter().filter(|(name, _)| of_sum_name(name).is_some_and(|(metric, _)| is_told(metric)));
    let totals = told.map(|(name, value)| (name.clone(), *value)).collect();
    Ok(DigestMark { campaign, participant, at: reader.now(), totals })
}

/// Whether a person may be sent digests by mail.
fn is_wanted(reader: &mut Reader<'_>, participant: ParticipantId) -> Decide<bool> {
    let person = reader.row(participant)?;
    Ok(person.is_some_and(|person| person.consent.wants_digests()))
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowDigest) -> Decide<Digest> {
    let current = reader.campaign(&asked.campaign)?;
    let (campaign, known) = (current.id(), reader.participant(&asked.participant)?.participant);
    // Of a person with several ids each has its own digest, as each has its own mark.
    let participant = match asked.participant {
        Who::Id(id) => id,
        _ => reader.enrolment(campaign, known)?.map_or(known, |enrolment| enrolment.participant),
    };
    let of_another = |mark: &&DigestMark| mark.campaign != campaign || mark.participant != participant;
    if asked.since.as_ref().is_some_and(|mark| of_another(&mark)) {
        return Err(Error::command("since", "is the mark of another participant or campaign").into());
    }
    reader.need(keys(campaign, participant))?;
    let mark = mark_of(reader, campaign, participant)?;
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
    let before = asked.since.as_ref().map(|mark| mark.totals.clone()).unwrap_or_default();
    let names: BTreeSet<String> = digest.mark.totals.keys().chain(before.keys()).cloned().collect();
    for name in names {
        let Some((metric, unit)) = of_sum_name(&name).filter(|(metric, _)| is_told(*metric)) else { continue };
        let at = |totals: &BTreeMap<String, i64>| totals.get(&name).copied().unwrap_or_default();
        let changed = at(&digest.mark.totals).saturating_sub(at(&before));
        if changed != 0 {
            let of_unit =
                if unit.is_empty() { &mut digest.counts } else { digest.amounts.entry(unit.to_owned()).or_default() };
            of_unit.insert(metric, changed);
        }
    }
    Ok(digest)
}

/// Whoever is enrolled and may be sent a digest. By the times of totals nobody could be left out rightly: what is recorded
/// later than it happened has a time that is over. A mark has the totals themselves.
pub(super) fn marks(reader: &mut Reader<'_>, asked: &ListDigestMarks) -> Decide<DigestMarkPage> {
    let campaign = reader.campaign(&asked.campaign)?.id();
    let page = asked.page.of(Listing::EnrolmentsIn { campaign });
    let page = PageRequest { limit: page.limit.min(MOST_MARKS), ..page };
    let Rows { rows, next, .. } = reader.rows::<Enrolment>(&page)?;
    let keys: Vec<Key> = rows.iter().flat_map(|enrolment| keys(campaign, enrolment.participant)).collect();
    reader.need(keys)?;
    let mut marks = Vec::new();
    for Enrolment { participant, .. } in rows {
        if is_wanted(reader, participant)? {
            marks.push(mark_of(reader, campaign, participant)?);
        }
    }
    Ok(DigestMarkPage { marks, next })
}
