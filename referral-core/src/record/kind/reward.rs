//! Rewards, their entries, and what limits, groups and levels remember.

use crate::record::describe::records;
use crate::record::hand::HandMove;
use crate::record::member::{EmptyGroup, Member};
use crate::record::name::Cause;
use crate::record::part::{Approval, FixedIssue, Netting, Used, WindowGrant};
use crate::record::state::{Account, Claim, EntryKind, HoldKind, RewardState, Role};
use crate::value::{CampaignId, CommandKey, EntryId, EventId, ParticipantId, RuleId, SourceName, Span, Timestamp};

records! {
    /// Something owed to one beneficiary because of one cause under one rule version.
    Reward (RewardKey) {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The rule.
            rule: RuleId,
            /// The beneficiary.
            participant: ParticipantId,
            /// The cause.
            cause: Cause,
        }
        /// The beneficiary's side.
        role: Role,
        /// The referral's invitee, where one referral brought it about.
        invitee: Option<ParticipantId>,
        /// Which of the invitee's leads it was.
        lead: Option<u32>,
        /// The campaign version that it follows.
        version: u32,
        /// Where it stands.
        state: RewardState,
        /// The currency, or the unit's name.
        unit: String,
        /// How much was granted at first, in minor units or units.
        granted: i64,
        /// How much it is now; 0 once it is cancelled, expired or reversed.
        quantity: i64,
        /// How much of it was refused.
        refused: i64,
        /// How much of it expired.
        expired: i64,
        /// What a hand approved.
        approval: Option<Approval>,
        /// Whether a hand cancelled or reversed it: no rule gives it back.
        closed: bool,
        /// Why a part of it was refused.
        refused_because: Option<String>,
        /// How much of it was handed over.
        issued: i64,
        /// How much of it paid an older debt.
        netted: i64,
        /// What is to be paid, and what pays an older debt, while it is being handed over.
        fixed: Option<FixedIssue>,
        /// How much of what was handed over or netted is more than what it is worth: it is owed to the host, or was paid back.
        reclaimed: i64,
        /// How much of what was reclaimed is a debt that no transfer pays yet.
        owes: i64,
        /// How much of what was reclaimed other rewards paid back.
        paid_back: i64,
        /// The rewards that paid it back, latest last; at most 256.
        paid_by: Vec<Netting>,
        /// Its place among the claims of its beneficiary.
        claim: Claim,
        /// How much of what was handed over or netted was taken back and given up.
        written_off: i64,
        /// How much of it was used.
        redeemed: i64,
        /// How much of what was handed over was not used in time.
        lapsed: i64,
        /// Until when what was handed over may be used, if its rule says so.
        redeem_by: Option<Timestamp>,
        /// Why it is held.
        hold: Option<HoldKind>,
        /// Until when it is held, where that is known.
        held_until: Option<Timestamp>,
        /// How long after it is due it expires, such as `90 days`.
        expires_after: Option<Span>,
        /// When it expires, once it is due.
        expires_at: Option<Timestamp>,
        /// When a hand, the end of a review or the end of a transfer last let it begin to expire anew.
        expires_from: Option<Timestamp>,
        /// The source of the conversion on which its amount rests.
        base_source: Option<SourceName>,
        /// The event id of the conversion on which its amount rests.
        base_event: Option<EventId>,
        /// What it took from limits; at most 32.
        used: Vec<Used>,
        /// The rolling windows that it stands in; at most 32.
        windows: Vec<WindowKey>,
        /// Why it was cancelled, reversed or failed.
        reason: Option<String>,
        /// The host's reference of the hand-over.
        issue_reference: Option<String>,
        /// How often handing over was tried.
        attempts: u32,
        /// What hands did with it, latest last; at most 16.
        hands: Vec<HandMove>,
        /// When it was granted.
        granted_at: Timestamp,
        /// When it last changed.
        changed_at: Timestamp,
        @index BY_STATE = "by_state" [state Ascending, campaign Ascending, granted_at Ascending]
        @index BY_PARTICIPANT = "by_participant" [participant Ascending, granted_at Ascending]
        @index BY_REFUSAL = "by_refusal" [campaign Ascending, refused_because Ascending, granted_at Ascending]
        @index BY_CLAIM = "by_claim" [participant Ascending, campaign Ascending, claim Ascending, granted_at Ascending]
    }

    /// An immutable movement. Debits equal credits, because every entry names one of each.
    Entry (EntryKey), immutable {
        key {
            /// The entry.
            entry: EntryId,
        }
        /// The campaign.
        campaign: CampaignId,
        /// The participant.
        participant: ParticipantId,
        /// The reward's rule; a write-off names the rule of the reward that was reversed.
        rule: RuleId,
        /// The reward's cause.
        cause: Cause,
        /// What it did.
        did: EntryKind,
        /// The account debited.
        debit: Account,
        /// The account credited.
        credit: Account,
        /// The currency, or the unit's name.
        unit: String,
        /// How much, in minor units or units; never negative.
        quantity: i64,
        /// The command that posted it: its receipt says why, as long as it is kept.
        command: CommandKey,
        /// When.
        at: Timestamp,
        @index BY_PARTICIPANT = "by_participant" [participant Ascending, at Ascending]
    }

    /// What a referrer has towards groups of `every`, or towards milestones, of one rule.
    Tally (TallyKey) {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The rule.
            rule: RuleId,
            /// The referrer.
            participant: ParticipantId,
        }
        /// How many of the referrer's referrals count towards the milestones now.
        qualified: i64,
        /// How many of them are under review.
        flagged: i64,
        /// The number of the group that is open.
        open_group: u32,
        /// How many members the open group takes: the `every` of its oldest member's version.
        open_size: u32,
        /// The version whose terms the open group keeps, if it was full before.
        open_version: Option<u32>,
        /// The number of groups begun, which is the number of the next new one.
        groups: u32,
        /// The open group's members, oldest first; fewer than it takes.
        open: Vec<Member>,
        /// The groups that all members left; at most 100.
        empty: Vec<EmptyGroup>,
        /// How many referrals ever counted towards groups: each keeps its number.
        counted: u32,
        /// The first referrals that count towards levels, by time and id: those up to the highest level, and a few more.
        first: Vec<Member>,
        /// The levels that are kept though the number is below them; at most 64.
        kept: Vec<u32>,
        /// The levels that would be kept, if no referral that counted until then were discredited.
        fallen: Vec<u32>,
    }

    /// A closed group of `every`.
    Group (GroupKey) {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The rule.
            rule: RuleId,
            /// The referrer.
            participant: ParticipantId,
            /// The group's number, from 1.
            group: u32,
        }
        /// The version whose terms it keeps: that of the member who filled it first.
        version: u32,
        /// Its members, oldest first.
        members: Vec<Member>,
    }

    /// The referrals that counted when a level was reached that is kept now, though the number is below it.
    KeptLevel (KeptLevelKey) {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The rule.
            rule: RuleId,
            /// The referrer.
            participant: ParticipantId,
            /// The level.
            level: u32,
        }
        /// The referrals; at most 100.
        members: Vec<Member>,
    }

    /// The live grants of a rolling limit, for one person.
    Window (WindowKey) {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The limit.
            limit: String,
            /// The person.
            participant: ParticipantId,
        }
        /// The grants inside the window; at most 1,000.
        grants: Vec<WindowGrant>,
    }

    /// What a participant is owed in one campaign, less what the participant owes there: due and held, less debts.
    Balance (BalanceKey) {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The participant.
            participant: ParticipantId,
            /// The currency, or the unit's name.
            unit: String,
        }
        /// The difference; below zero if the participant owes more.
        net: i64,
    }

    /// What a participant owes because something was taken back after it was handed over.
    Debt (DebtKey) {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The participant.
            participant: ParticipantId,
            /// The currency, or the unit's name.
            unit: String,
        }
        /// How much.
        quantity: i64,
    }
}
