//! Commands about what a referral earns: orders and what becomes of them, marks by hand, moderation, rewards.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::any::{AnyCommand, Command};
use super::hidden::shown_or_hidden;
use super::outcome::{
    ConversionChanged, ConversionRecorded, Moderated, Reassigned, ReferenceAdded, ReferralMoved, RefundCancelled,
    RefundRecorded, RewardMoved,
};
use super::part::{EvidenceGiven, Person, Reference, RefundAmount, RewardMove, Who, is_empty};
use crate::record::{ConversionKey, ConversionKind, Data, Moderation, RewardKey, Role};
use crate::value::{Amount, CampaignSlug, Country, EventId, Money, SourceName, Span, Timestamp};

const fn referrer() -> Role {
    Role::Referrer
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_referrer(role: &Role) -> bool {
    *role == Role::Referrer
}

commands! {
    /// Marks a referral as qualified by hand. An order that qualifies it goes before the mark.
    Qualify => ReferralMoved = "qualify" {
        /// The campaign.
        campaign: CampaignSlug,
        /// The invitee.
        invitee: Who,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Marks a referral as not qualified by hand: an earlier mark counts no longer. An order that qualifies it still does.
    Unqualify => ReferralMoved = "unqualify" {
        /// The campaign.
        campaign: CampaignSlug,
        /// The invitee.
        invitee: Who,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Gives a referral up: its window ends, for evidence and for orders.
    Lose => ReferralMoved = "lose" {
        /// The campaign.
        campaign: CampaignSlug,
        /// The invitee.
        invitee: Who,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Removes what a hand marked: the referral is again what its orders and its evidence say.
    RemoveMark => ReferralMoved = "remove_mark" {
        /// The campaign.
        campaign: CampaignSlug,
        /// The invitee.
        invitee: Who,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Gives a referral to another referrer, who is enrolled: the evidence named the wrong one. Facts, version and the time of the
    /// lead stay; what the old referrer has by it is taken back, and what the invitee has stays.
    Reassign => Reassigned = "reassign" {
        /// The campaign.
        campaign: CampaignSlug,
        /// The invitee.
        invitee: Who,
        /// The referrer from now on.
        to: Who,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Records a conversion. It counts in every campaign where the person has a referral, unless it names one.
    RecordConversion => ConversionRecorded = "record_conversion" {
        /// Where it comes from.
        source: SourceName,
        /// The id of the business object there: the order, the invoice. Never the delivery's.
        event: EventId,
        /// What it is.
        kind: ConversionKind,
        /// Whose it is.
        person: Person,
        /// The only campaign in which it counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        campaign: Option<CampaignSlug>,
        /// What was paid, tax and shipping included. A purchase, a renewal and a subscription need it, unless `no_amount`
        /// is said; a custom conversion may leave it out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<Money>,
        /// Says on purpose that there is no total. A percentage of such an order is nothing, with the finding `no_base`.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        no_amount: bool,
        /// The tax in the total.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tax: Option<Money>,
        /// The shipping in the total.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shipping: Option<Money>,
        /// The country.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<Country>,
        /// The coupon.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coupon: Option<String>,
        /// What else the host says, for conditions; at most 32 fields.
        #[serde(default, skip_serializing_if = "is_empty")]
        data: Data,
        /// What names the referrer, if the person may not be a lead yet. Needs `campaign`.
        #[serde(default, skip_serializing_if = "EvidenceGiven::is_empty")]
        evidence: EvidenceGiven,
        /// When it happened, as the source says; by default now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        occurred_at: Option<Timestamp>,
        /// Further ids of the same conversion; at most 8.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        references: Vec<Reference>,
    }

    /// Adds a further id to a conversion, also one that is still awaited.
    AddReference => ReferenceAdded = "add_reference" {
        /// The conversion.
        conversion: ConversionKey,
        /// The further id.
        reference: Reference,
    }

    /// Records a refund of a conversion, which may arrive first.
    RecordRefund => RefundRecorded = "record_refund" {
        /// The conversion's source.
        source: SourceName,
        /// The conversion's event id, or a further id of it.
        event: EventId,
        /// The refund's own id.
        refund: EventId,
        /// How much.
        amount: RefundAmount,
        /// Who does it by hand, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Takes a refund back: the money did not leave. It may arrive before the refund.
    CancelRefund => RefundCancelled = "cancel_refund" {
        /// The conversion's source.
        source: SourceName,
        /// The conversion's event id, or a further id of it.
        event: EventId,
        /// The refund's own id.
        refund: EventId,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Gives a conversion new amounts. Conditions and amounts follow them. It may arrive before the conversion.
    CorrectConversion => ConversionChanged = "correct_conversion" {
        /// The conversion's source.
        source: SourceName,
        /// The conversion's event id, or a further id of it.
        event: EventId,
        /// The correction's own id. Of several corrections the one with the greatest time and id counts.
        correction: EventId,
        /// What was paid, tax and shipping included.
        total: Money,
        /// The tax in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tax: Option<Money>,
        /// The shipping in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shipping: Option<Money>,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Records that a conversion never was: what it earned is taken back. It may arrive before the conversion.
    VoidConversion => ConversionChanged = "void_conversion" {
        /// The conversion's source.
        source: SourceName,
        /// The conversion's event id, or a further id of it.
        event: EventId,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Records that a voided conversion was after all.
    RestoreConversion => ConversionChanged = "restore_conversion" {
        /// The conversion's source.
        source: SourceName,
        /// The conversion's event id, or a further id of it.
        event: EventId,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Says what moderation found of a referral.
    Moderate => Moderated = "moderate" {
        /// The campaign.
        campaign: CampaignSlug,
        /// The invitee.
        invitee: Who,
        /// The finding.
        moderation: Moderation,
        /// Who found it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    }

    /// Moves a reward on: approves, issues, fails, redeems or cancels it.
    MoveReward => RewardMoved = "move_reward" {
        /// The reward.
        reward: RewardKey,
        /// Where to.
        to: RewardMove,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data, where the move itself has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Gives a reward of the host's own making, which no rule brought about, within the campaign's limits, or beyond them if
    /// the host says so. Of one id a participant gets one reward in a campaign.
    GiveReward => RewardMoved = "give_reward" {
        /// The campaign.
        campaign: CampaignSlug,
        /// Who gets it.
        participant: Who,
        /// Its own id, in the host's words: a second command with it is declined with `already_granted`.
        id: EventId,
        /// How much.
        amount: Amount,
        /// On which side its limits count it. By default that of referrers.
        #[serde(default = "referrer", skip_serializing_if = "is_referrer")]
        role: Role,
        /// How long it is held before it is due.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold: Option<Span>,
        /// How long after it is due it expires.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Span>,
        /// Whether limits are passed over.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        beyond_limits: bool,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        reason: String,
    }

    /// Grants what was refused of a reward, within limits, or beyond them if the host says so.
    GrantReward => RewardMoved = "grant_reward" {
        /// The reward.
        reward: RewardKey,
        /// Whether limits are passed over.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        beyond_limits: bool,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        reason: String,
    }
}
