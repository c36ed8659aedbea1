//! Referrals as they are shown, with their conversions and rewards.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::question::{ListReferrals, ShowReferral};
use super::reward::{self, RewardReport};
use crate::decide::{Decide, amounts_of};
use crate::engine::{Reader, Rows};
use crate::error::Error;
use crate::evaluate::{Carrier, Facts, evaluate, possible_causes};
use crate::record::{
    Cause, Channel, Conversion, ConversionKey, ConversionKind, ConversionState, Evidence, Key, Mark, Moderating,
    Moderation, OrderFact, Origin, Progress, RecordKind, Referral, Reward, RewardKey, Role, SealedOrder, Suspicion,
    UsedLink,
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
    /// Which of the invitee's leads it is.
    pub lead: u32,
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
    /// The link by which the invitee came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<UsedLink>,
    /// Where the invitee came from: device, browser, referring host, city, UTM values.
    #[serde(default, skip_serializing_if = "Origin::is_empty")]
    pub origin: Origin,
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
    /// When it qualified, if it is qualified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualified_at: Option<Timestamp>,
    /// The conversion that carries its qualification, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualified_by: Option<ConversionKey>,
    /// The marks that hands set on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// Who said what moderation says, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moderating: Option<Moderating>,
    /// What first told that the invitee seems to be the referrer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspected: Option<Suspicion>,
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
    /// The total, as last corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// Whether it never was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_void: bool,
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
    let referral = existing(reader, campaign, invitee, asked.lead)?;
    let conversions = reader.conversions(invitee, MOST_CONVERSIONS)?;
    let orders: BTreeSet<ConversionKey> = referral.orders.iter().map(OrderFact::key).collect();
    let lead = referral.lead;
    let mut report = report(reader, referral.clone(), usize::MAX)?;
    let sealed = conversions.iter().flat_map(|conversion| &conversion.sealed_in);
    let sealed: Vec<_> = sealed
        .filter(|order| order.campaign == campaign && order.lead == referral.lead)
        .map(|order| order.fact.clone())
        .collect();
    add_sealed(reader, &mut report, Referral { orders: sealed, ..referral })?;
    let held = |conversion: &Conversion| {
        let sealed = |order: &SealedOrder| order.campaign == campaign && order.lead == lead;
        orders.contains(&conversion.key()) || conversion.sealed_in.iter().any(sealed)
    };
    let counted = conversions.into_iter().filter(held);
    report.conversions = counted.map(|conversion| conversion_report(&conversion)).collect();
    Ok(report)
}

/// Adds the rewards of orders that the referral has sealed.
fn add_sealed(reader: &mut Reader<'_>, report: &mut ReferralReport, sealed: Referral) -> Decide<()> {
    let mut keys = if sealed.orders.is_empty() { Vec::new() } else { reward_keys(reader, &sealed)? };
    keys.retain(|key| !report.rewards.iter().any(|known| known.reward == *key));
    reader.need(keys.iter().cloned().map(Key::from))?;
    for key in keys {
        if let Some(found) = reader.peek::<Reward>(key)? {
            report.rewards.push(reward::report(reader, found)?);
        }
    }
    report.rewards_count = u32::try_from(report.rewards.len()).unwrap_or(u32::MAX);
    Ok(())
}

/// A person's referral in a campaign, of this number or the latest.
pub(super) fn existing(
    reader: &mut Reader<'_>,
    campaign: CampaignId,
    invitee: ParticipantId,
    lead: Option<u32>,
) -> Decide<Referral> {
    let missing = || Error::not_found("referral", format!("{campaign}/{invitee}"));
    Ok(reader.lead(campaign, invitee, lead)?.ok_or_else(missing)?)
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
    let mut keys = Vec::new();
    for referral in &rows {
        keys.extend(reward_keys(reader, referral)?.into_iter().map(Key::from));
    }
    reader.need(keys)?;
    let referrals = rows.into_iter().map(|referral| report(reader, referral, MOST_LISTED)).collect::<Decide<_>>()?;
    Ok(ReferralPage { referrals, next })
}

/// The keys under which a referral may have brought rewards by its own facts.
pub(super) fn reward_keys(reader: &mut Reader<'_>, referral: &Referral) -> Decide<Vec<RewardKey>> {
    let version = reader.version(referral.campaign, referral.version)?;
    let causes = possible_causes(&version, &Facts::of(referral));
    let key = |(rule, role, cause): (usize, Role, Cause)| {
        let participant = if role == Role::Referrer { referral.referrer } else { referral.invitee };
        let rule = version.rules.get(rule)?.model.id.clone();
        Some(RewardKey { campaign: referral.campaign, rule, participant, cause })
    };
    Ok(causes.into_iter().filter_map(key).collect())
}

/// A referral as it is shown, with at most so many of its rewards.
pub(super) fn report(reader: &mut Reader<'_>, referral: Referral, most: usize) -> Decide<ReferralReport> {
    let keys = reward_keys(reader, &referral)?;
    reader.need(keys.iter().cloned().map(Key::from))?;
    let mut rewards = Vec::with_capacity(keys.len());
    for key in keys {
        if let Some(found) = reader.peek::<Reward>(key)? {
            rewards.push(reward::report(reader, found)?);
        }
    }
    let rewards_count = u32::try_from(rewards.len()).unwrap_or(u32::MAX);
    rewards.truncate(most);
    let version = reader.version(referral.campaign, referral.version)?;
    let target = evaluate(&version, &Facts::of(&referral), reader.now())?;
    let qualified_by = target.qualified.and_then(|qualified| match qualified.by {
        Carrier::Order(key) => Some(key),
        Carrier::Mark | Carrier::Joining => None,
    });
    Ok(ReferralReport {
        campaign: referral.campaign,
        invitee: referral.invitee,
        lead: referral.lead,
        referrer: referral.referrer,
        progress: referral.progress,
        moderation: referral.moderation,
        version: referral.version,
        evidence: referral.evidence,
        channel: referral.channel,
        link: referral.link,
        origin: referral.origin,
        country: referral.country,
        clicked_at: referral.clicked_at,
        lead_at: referral.lead_at,
        expires_at: referral.expires_at,
        qualified_at: referral.qualified_at,
        qualified_by,
        marks: referral.marks,
        moderating: referral.moderating.last().cloned(),
        suspected: referral.suspected,
        conversions: Vec::new(),
        rewards,
        rewards_count,
    })
}

/// A conversion as it is shown.
pub(super) fn conversion_report(conversion: &Conversion) -> ConversionReport {
    let (currency, total, ..) = amounts_of(conversion);
    let money = |minor| currency.map(|currency| Money::new(minor, currency));
    let refunded = crate::decide::refunded(conversion);
    ConversionReport {
        conversion: conversion.key(),
        kind: conversion.converted,
        state: conversion.state,
        total: money(total),
        is_void: conversion.voiding.as_ref().is_some_and(|voiding| voiding.is_void),
        refunded: money(refunded).filter(|_| refunded > 0),
        occurred_at: conversion.occurred_at,
        received_at: conversion.received_at,
    }
}
