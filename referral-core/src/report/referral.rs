//! Referrals as they are shown, with their conversions and rewards.

use serde::{Deserialize, Serialize};

use super::question::{ListReferrals, ShowReferral};
use super::reward::{self, RewardReport};
use crate::decide::Decide;
use crate::engine::{Reader, Rows};
use crate::error::Error;
use crate::record::{
    Channel, Conversion, ConversionKey, ConversionKind, ConversionState, Evidence, Key, Moderation, Progress,
    RecordKind, Referral, ReferralKey, Reward,
};
use crate::store::{Cursor, Listing, PageRequest};
use crate::value::{CampaignId, Country, Money, ParticipantId, Timestamp};

/// In a list, a referral shows so many of its rewards.
const MOST_LISTED: usize = 20;
const MOST_CONVERSIONS: usize = 10_000;

/// A referral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralReport {
    /// The campaign.
    pub campaign: CampaignId,
    /// Who was referred.
    pub invitee: ParticipantId,
    /// Who referred.
    pub referrer: ParticipantId,
    /// How far it is.
    pub progress: Progress,
    /// What moderation says.
    pub moderation: Moderation,
    /// The campaign version that it follows.
    pub version: u32,
    /// What named the referrer.
    pub evidence: Evidence,
    /// The channel of the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The invitee's country at the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// When the invitee came by the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clicked_at: Option<Timestamp>,
    /// When it became a lead.
    pub lead_at: Timestamp,
    /// Until when a lead may qualify.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it last qualified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualified_at: Option<Timestamp>,
    /// How often it qualified.
    pub qualifications: u32,
    /// The conversions that qualify it and stand.
    pub qualified_by: Vec<ConversionKey>,
    /// Whether the host qualified it by hand.
    pub qualified_by_hand: bool,
    /// The person's conversions that were counted for it. Only shown for a single referral.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversions: Vec<ConversionReport>,
    /// The rewards that it brought about; in a list, the first 20.
    pub rewards: Vec<RewardReport>,
    /// How many rewards it brought about.
    pub rewards_count: u32,
}

/// A conversion that was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversionReport {
    /// Its source and event id.
    pub conversion: ConversionKey,
    /// What it is.
    pub kind: ConversionKind,
    /// Where it stands.
    pub state: ConversionState,
    /// The total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// What was refunded of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Money>,
    /// When it happened, as the source says.
    pub occurred_at: Timestamp,
    /// When it was received.
    pub received_at: Timestamp,
}

/// A page of referrals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralPage {
    /// The referrals.
    pub referrals: Vec<ReferralReport>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Cursor>,
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowReferral) -> Decide<ReferralReport> {
    let campaign = reader.campaign(&asked.campaign)?.id();
    let invitee = reader.participant(&asked.invitee)?.participant;
    let referral = existing(reader, &ReferralKey { campaign, invitee })?;
    let mut report = report(reader, referral, usize::MAX)?;
    let of_person = Listing::ConversionsOf { participant: invitee };
    let conversions = reader.every::<Conversion>(of_person, MOST_CONVERSIONS)?;
    let counted = conversions.into_iter().filter(|conversion| conversion.counted_in.contains(&campaign));
    report.conversions = counted.map(|conversion| conversion_report(&conversion)).collect();
    Ok(report)
}

/// The referral of `key`.
pub(super) fn existing(reader: &mut Reader<'_>, key: &ReferralKey) -> Decide<Referral> {
    let missing = || Error::not_found("referral", format!("{}/{}", key.campaign, key.invitee));
    Ok(reader.peek::<Referral>(key.clone())?.ok_or_else(missing)?)
}

pub(super) fn list(reader: &mut Reader<'_>, asked: &ListReferrals) -> Decide<ReferralPage> {
    let campaign = reader.campaign(&asked.campaign)?.id();
    let listing = match asked.moderation {
        Some(moderation) => Listing::ReferralsModerated { campaign, moderation },
        None => Listing::ReferralsIn { campaign },
    };
    page(reader, &asked.page.of(listing))
}

/// One page of a listing of referrals.
pub(super) fn page(reader: &mut Reader<'_>, request: &PageRequest) -> Decide<ReferralPage> {
    let Rows { rows, next, .. } = reader.rows::<Referral>(request)?;
    let rewards = rows.iter().flat_map(|referral| referral.rewards.iter().take(MOST_LISTED));
    reader.need(rewards.cloned().map(Key::from))?;
    let referrals = rows.into_iter().map(|referral| report(reader, referral, MOST_LISTED)).collect::<Decide<_>>()?;
    Ok(ReferralPage { referrals, next })
}

/// A referral as it is shown, with at most so many of its rewards.
pub(super) fn report(reader: &mut Reader<'_>, referral: Referral, most: usize) -> Decide<ReferralReport> {
    let shown: Vec<_> = referral.rewards.iter().take(most).cloned().collect();
    reader.need(shown.iter().cloned().map(Key::from))?;
    let mut rewards = Vec::with_capacity(shown.len());
    for key in shown {
        rewards.extend(reader.peek::<Reward>(key)?.map(reward::report).transpose()?);
    }
    Ok(ReferralReport {
        campaign: referral.campaign,
        invitee: referral.invitee,
        referrer: referral.referrer,
        progress: referral.progress,
        moderation: referral.moderation,
        version: referral.version,
        evidence: referral.evidence,
        channel: referral.channel,
        country: referral.country,
        clicked_at: referral.clicked_at,
        lead_at: referral.lead_at,
        expires_at: referral.expires_at,
        qualified_at: referral.qualified_at,
        qualifications: referral.qualifications,
        qualified_by: referral.qualified_by,
        qualified_by_hand: referral.qualified_by_hand,
        conversions: Vec::new(),
        rewards,
        rewards_count: u32::try_from(referral.rewards.len()).unwrap_or(u32::MAX),
    })
}

/// A conversion as it is shown.
pub(super) fn conversion_report(conversion: &Conversion) -> ConversionReport {
    let money = |minor| conversion.currency.map(|currency| Money::new(minor, currency));
    let refunded = crate::decide::refunded(conversion);
    ConversionReport {
        conversion: conversion.key(),
        kind: conversion.converted,
        state: conversion.state,
        total: money(conversion.total_minor),
        refunded: money(refunded).filter(|_| refunded > 0),
        occurred_at: conversion.occurred_at,
        received_at: conversion.received_at,
    }
}
