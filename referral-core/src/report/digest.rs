//! What happened for a participant since the last time they were told.
//!
//! Nothing is stored: a digest is the difference of two readings of the participant's totals, and hands back its own
//! reading as a mark. Whoever sends digests keeps the mark with the mail that was sent, and asks with it the next time: the
//! same mark gives the same beginning, however often it is asked, and no event is told twice or left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::progress::{self, RuleProgress};
use super::question::ShowDigest;
use super::totals::units;
use crate::decide::{Decide, EVER};
use crate::engine::Reader;
use crate::error::Error;
use crate::record::{Key, Metric, StandingKey};
use crate::value::{CampaignId, ParticipantId, Timestamp};

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

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowDigest) -> Decide<Digest> {
    let current = reader.campaign(&asked.campaign)?;
    let (campaign, participant) = (current.id(), reader.participant(&asked.participant)?.participant);
    let of_another = |mark: &&DigestMark| mark.campaign != campaign || mark.participant != participant;
    if asked.since.as_ref().is_some_and(|mark| of_another(&mark)) {
        return Err(Error::command("since", "is the mark of another participant or campaign").into());
    }
    let units = units(reader, campaign, Metric::Granted)?;
    let key = |metric, unit: &str| {
        let (unit, period) = (unit.to_owned(), EVER.to_owned());
        StandingKey { campaign, metric, unit, period, participant }
    };
    let amounts = units.iter().flat_map(|unit| AMOUNTS.map(|metric| (metric, unit.as_str())));
    let all: Vec<(Metric, &str)> = THINGS.map(|metric| (metric, "")).into_iter().chain(amounts).collect();
    reader.need(all.iter().map(|(metric, unit)| Key::from(key(*metric, unit))))?;
    let mut digest = Digest {
        participant,
        since: asked.since.as_ref().map(|mark| mark.at),
        until: reader.now(),
        counts: BTreeMap::new(),
        amounts: BTreeMap::new(),
        progress: progress::of(reader, &current.compiled, campaign, participant)?,
        mark: DigestMark { campaign, participant, at: reader.now(), totals: BTreeMap::new() },
    };
    for (metric, unit) in all {
        let name = if unit.is_empty() { metric.to_string() } else { format!("{metric}/{unit}") };
        let now = reader.counter(key(metric, unit))?;
        let before = asked.since.as_ref().and_then(|mark| mark.totals.get(&name)).copied().unwrap_or_default();
        if now != before {
            let changed =
                if unit.is_empty() { &mut digest.counts } else { digest.amounts.entry(unit.to_owned()).or_default() };
            changed.insert(metric, now.saturating_sub(before));
        }
        if now != 0 {
            digest.mark.totals.insert(name, now);
        }
    }
    Ok(digest)
}
