//! Referrals as members of groups of `every`, and as those that count towards levels.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kind::{ConversionKey, Referral, ReferralKey};
use crate::value::{CampaignId, Money, ParticipantId, RuleId, Timestamp};

/// A referral that counts towards a group of `every` or a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its invitee.
    pub invitee: ParticipantId,
    /// Which of the invitee's leads it is.
    pub lead: u32,
    /// The campaign version that it follows.
    pub version: u32,
    /// What a percentage is taken of, if the qualification had an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Money>,
    /// When it qualified.
    pub qualified_at: Timestamp,
    /// When what carries its qualification happened.
    pub at: Timestamp,
    /// The order that carries it; none if a mark or joining does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<ConversionKey>,
    /// Whether it is under review.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flagged: bool,
    /// Of a kept level, whether it does not stand because of this referral: it is denied, belongs to somebody else, or has all its
    /// orders voided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub discredited: bool,
    /// Of a group, its number among the referrals that ever counted; 0 for a level.
    #[serde(default)]
    pub number: u32,
}

impl Member {
    /// Whether it is this referral.
    #[must_use]
    pub fn is(&self, referral: &Referral) -> bool {
        (self.invitee, self.lead) == (referral.invitee, referral.lead)
    }

    /// The referral's key.
    #[must_use]
    pub fn referral(&self, campaign: CampaignId) -> ReferralKey {
        ReferralKey { campaign, invitee: self.invitee, lead: self.lead }
    }
}

/// The places of a referral in groups of `every`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Places {
    /// The group of each rule in which it is; 0 for a rule with levels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<RuleId, u32>,
    /// Its number, by rule, among the referrals of its referrer that ever counted, in the order in which they first did.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<RuleId, u32>,
}

/// A group of `every` that all its members left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmptyGroup {
    /// Its number.
    pub group: u32,
    /// The version whose terms it keeps, if it was full before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// A referral that carried a reward of several when a hand approved it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeenMember {
    /// Its invitee.
    pub invitee: ParticipantId,
    /// Which of the invitee's leads it is.
    pub lead: u32,
    /// The order that carried its qualification, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<ConversionKey>,
}
