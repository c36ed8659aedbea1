//! What somebody has earned, before limits, budget and pause are asked.

use super::campaign::Current;
use crate::campaign::{self, Compiled, Rule};
use crate::command::Reason;
use crate::record::{ConversionKey, Participant, RewardKey, Role};
use crate::value::{Amount, ParticipantId, Span, Timestamp};

/// Why a reward is held, by its rule and its referral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hold {
    /// Whether moderation holds it.
    pub(super) flagged: bool,
    /// Until when its rule holds it.
    pub(super) until: Option<Timestamp>,
    /// Whether a hand must approve it.
    pub(super) approval: bool,
    /// Of a level, whether what carries it is what a hand approved. Of other rewards the reward itself tells.
    pub(super) as_seen: Option<bool>,
}

impl Hold {
    /// How a rule holds what is earned by something that happened at `since`.
    pub(super) fn of(rule: &Rule, since: Timestamp, flagged: bool) -> Self {
        let until = match rule.model.hold {
            Some(campaign::Hold::For(span)) => Some(since.plus(span.delta())),
            _ => None,
        };
        Self { flagged, until, approval: rule.model.hold == Some(campaign::Hold::Approval), as_seen: None }
    }
}

/// What somebody has earned, before limits.
#[derive(Debug)]
pub(super) struct Earned<'a> {
    /// The campaign as it is now.
    pub(super) current: &'a Current,
    /// The version that the reward follows.
    pub(super) pinned: &'a Compiled,
    /// The reward's key.
    pub(super) key: RewardKey,
    /// The number of that version.
    pub(super) version: u32,
    /// The beneficiary's side.
    pub(super) role: Role,
    /// The beneficiary.
    pub(super) beneficiary: &'a Participant,
    /// The invitee of the one referral that brought it about.
    pub(super) invitee: Option<ParticipantId>,
    /// Which of the invitee's leads it was.
    pub(super) lead: Option<u32>,
    /// How much.
    pub(super) amount: Amount,
    /// The conversion on which its amount rests.
    pub(super) base: Option<ConversionKey>,
    /// When its carrier happened.
    pub(super) at: Timestamp,
    /// Why it is held.
    pub(super) hold: Hold,
    /// How long after it is due it expires.
    pub(super) expires: Option<Span>,
    /// Why it is refused whatever limits say.
    pub(super) refused: Option<Reason>,
}

/// By whose word a reward grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// By a rule: everything is asked.
    Rule,
    /// By a hand, within limits.
    Hand,
    /// By a hand, also beyond limits.
    HandBeyondLimits,
}

/// To what a reward grows, and by whose word.
#[derive(Debug)]
pub(super) struct Raise<'a> {
    /// The campaign as it is now: its limits, budget and pause are asked.
    pub(super) current: &'a Current,
    /// The version that the reward follows.
    pub(super) pinned: &'a Compiled,
    /// The beneficiary.
    pub(super) beneficiary: &'a Participant,
    /// What is owed.
    pub(super) target: i64,
    /// Why what is added is refused whatever limits say.
    pub(super) refused: Option<Reason>,
    /// When the carrier happened.
    pub(super) at: Timestamp,
    /// Why the reward is held.
    pub(super) hold: Hold,
    /// By whose word.
    pub(super) by: By,
}
