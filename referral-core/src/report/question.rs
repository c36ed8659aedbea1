//! What can be asked, by name: one struct for each question, and the closed enums that bindings pass on.

use serde::{Deserialize, Serialize};

use super::campaign::{CampaignPage, CampaignReport};
use super::declare::questions;
use super::delivery::DeliveryPage;
use super::digest::{Digest, DigestMark, DigestMarkPage};
use super::explain::{Explanation, Unexplained};
use super::funnel::Funnel;
use super::landing::Landing;
use super::letter::{LetterPage, OpenedLetter};
use super::lookup::{LookupReport, MyReferrals};
use super::merge::MergeReport;
use super::motivators::Motivators;
pub(super) use super::page_of::bounded;
use super::page_of::{PAGE, PageOf};
use super::participant::{FoundParticipant, ParticipantReport};
use super::place::{Begin, Leaderboard, Period};
use super::referral::{ReferralPage, ReferralReport};
use super::retention::RetentionReport;
use super::reward::{RewardPage, RewardReport};
use super::share::ShareKit;
use super::touches::{TouchDimension, TouchShares, TouchSpread};
use super::tree::{AncestorReport, DescendantPage, TreeReport};
use super::{
    campaign, delivery, digest, explain, funnel, landing, leaderboard, letter, lookup, merge, motivators, participant,
    referral, retention, reward, share, touches, tree,
};
use crate::command::{Reason, Who};
use crate::decide::Decide;
use crate::engine::{Question, Reader};
use crate::record::{DeliveryState, Dimension, LetterKey, LetterState, Metric, Moderation, RewardKey, RewardState};
use crate::value::{CampaignSlug, Day, Language, Money, SubscriberName, Timestamp};

questions! {
    /// Lists the campaigns, by number.
    ListCampaigns => CampaignPage = "list_campaigns" by campaign::list {
        /// Which page.
        #[serde(default)]
        page: PageOf,
    }

    /// Shows a campaign with the definition of one version.
    ShowCampaign => CampaignReport = "show_campaign" by campaign::show {
        /// The campaign.
        campaign: CampaignSlug,
        /// The version; by default the current one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u32>,
    }

    /// Counts what happened in a campaign in `[from, until)`, days of the campaign's zone.
    ShowFunnel => Funnel = "show_funnel" by funnel::show {
        /// The campaign.
        campaign: CampaignSlug,
        /// The first day.
        from: Day,
        /// The first day behind the last; at most 1,100 days later.
        until: Day,
        /// What to break it down by: `channel`, `country`, `version`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        by: Vec<Dimension>,
    }

    /// Compares motivators by how many of their leads of `[from, until)` qualify: versions, channels, values of `utm_campaign`; with
    /// intervals at 95 %, and a sentence for each that says whether the difference is one.
    ShowMotivators => Motivators = "show_motivators" by motivators::show {
        /// The campaign.
        campaign: CampaignSlug,
        /// The first day.
        from: Day,
        /// The first day behind the last; at most 1,100 days later.
        until: Day,
        /// By what they are told apart: a dimension that the campaign declares, other than `rule`. By default `version`.
        #[serde(default = "by_version")]
        by: Dimension,
    }

    /// Ranks referrers by a metric, then by who was there first.
    ShowLeaderboard => Leaderboard = "show_leaderboard" by leaderboard::show {
        /// The campaign.
        campaign: CampaignSlug,
        /// What is ranked: `qualified`, `leads`, `shares`, `clicks`, `conversions`, `rewards`, or by unit `revenue`,
        /// `granted`, `issued`, …
        metric: Metric,
        /// The currency or unit, for a metric that has one.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        unit: String,
        /// In which period; by default ever.
        #[serde(default)]
        period: Period,
        /// Where the page begins; by default at the top.
        #[serde(default)]
        begin: Begin,
        /// How many places at most, up to 1,000.
        #[serde(default = "default_limit")]
        limit: u32,
        /// Whether to name people as they chose to be shown.
        #[serde(default, skip_serializing_if = "is_false")]
        names: bool,
    }

    /// Shows what a participant has in a campaign: links, code, referrals, rewards, balances, progress.
    ShowParticipant => ParticipantReport = "show_participant" by participant::show {
        /// The campaign.
        campaign: CampaignSlug,
        /// The participant.
        participant: Who,
        /// Which page of the participant's referrals.
        #[serde(default)]
        referrals: PageOf,
        /// Which page of the participant's rewards.
        #[serde(default)]
        rewards: PageOf,
    }

    /// Looks at the token of a lookup without using it: what a page answers to a GET. Nothing is counted or consumed.
    ShowLookup => LookupReport = "show_lookup" by lookup::show {
        /// The token, as it stood in the URL.
        token: String,
    }

    /// Shows a person their own referrals in a campaign, and who referred them: the page behind an opened lookup. Of other
    /// people it holds initials alone.
    ShowMyReferrals => MyReferrals = "show_my_referrals" by lookup::mine {
        /// The campaign.
        campaign: CampaignSlug,
        /// The person: who `open_lookup` said it is.
        participant: Who,
        /// Which page of the person's referrals.
        #[serde(default)]
        referrals: PageOf,
        /// Which page of the person's rewards.
        #[serde(default)]
        rewards: PageOf,
    }

    /// Shows what a participant shares: for each channel the link, the words and the URL that opens the app.
    ShowShareKit => ShareKit = "show_share_kit" by share::show {
        /// The campaign.
        campaign: CampaignSlug,
        /// The participant, who must be enrolled.
        participant: Who,
        /// The language of the words; by default the participant's, else the campaign's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<Language>,
    }

    /// Shows what a friend sees before signing up: whose invitation it is, what it gives, in which words, and where to go; or
    /// why the link or code is not good. Nothing is counted: that is `record_click`.
    ShowLanding => Landing = "show_landing" by landing::show {
        /// The token, the code, or the URL that holds it, as it came.
        link: String,
        /// The campaign of a code. A token names its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        campaign: Option<CampaignSlug>,
        /// The language of the words; by default the campaign's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<Language>,
        /// What the friend is about to pay: then each offer says what it comes to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<Money>,
    }

    /// Finds a person by host id or email; nobody, if nobody has it.
    FindParticipant => FoundParticipant = "find_participant" by participant::find {
        /// The person.
        participant: Who,
    }

    /// Shows what happened for a participant since the last digest.
    ShowDigest => Digest = "show_digest" by digest::show {
        /// The campaign.
        campaign: CampaignSlug,
        /// The participant.
        participant: Who,
        /// The mark that the last digest handed back; by default all that ever happened is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<DigestMark>,
    }

    /// Lists where those stand who are enrolled in a campaign and may be sent a digest: whoever has another mark than the one
    /// that was kept has news, and is to be shown a digest since that one.
    ListDigestMarks => DigestMarkPage = "list_digest_marks" by digest::marks {
        /// The campaign.
        campaign: CampaignSlug,
        /// Which page, of at most 100. Those who want no mail are left out, so a page that is not the last may be short.
        #[serde(default)]
        page: PageOf,
    }

    /// Shows one referral with its conversions and rewards.
    ShowReferral => ReferralReport = "show_referral" by referral::show {
        /// The campaign.
        campaign: CampaignSlug,
        /// The invitee.
        invitee: Who,
        /// Which of the invitee's leads; the latest, if it is not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lead: Option<u32>,
    }

    /// Shows which share each touch has in the referrals of a campaign that became a lead in `[from, until)`, days of the
    /// campaign's zone: by all touches of the visitor that were known, not by the one that decided.
    ShowTouchShares => TouchShares = "show_touch_shares" by touches::show {
        /// The campaign.
        campaign: CampaignSlug,
        /// The first day.
        from: Day,
        /// The first day behind the last.
        until: Day,
        /// How shares are spread: `linear`, `position`, `decay`.
        model: TouchSpread,
        /// By what touches are put together: `channel`, `campaign`, `link`, `referrer`, `utm_source`, `utm_medium`, `utm_campaign`.
        by: TouchDimension,
        /// Which page of the referrals.
        #[serde(default)]
        page: PageOf,
    }

    /// Shows what `merge_people` would do, and does nothing.
    ShowMerge => MergeReport = "show_merge" by merge::show {
        /// The one.
        one: Who,
        /// The other.
        other: Who,
    }

    /// Lists the referrals of a campaign, oldest first: all, or those that moderation says something of. Those that are
    /// `flagged` are the review queue.
    ListReferrals => ReferralPage = "list_referrals" by referral::list {
        /// The campaign.
        campaign: CampaignSlug,
        /// What moderation says of them; by default all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        moderation: Option<Moderation>,
        /// Which page.
        #[serde(default)]
        page: PageOf,
    }

    /// Shows who referred a person in a campaign, who referred that one, and so on: at most 64 levels up.
    ShowAncestors => AncestorReport = "show_ancestors" by tree::ancestors {
        /// The campaign.
        campaign: CampaignSlug,
        /// The person.
        participant: Who,
    }

    /// Lists the people whom a person referred, whom those referred, and so on: at most 64 levels down. People who are not
    /// referred by the one above them any more, because they came again by somebody else, are not among them.
    ShowDescendants => DescendantPage = "show_descendants" by tree::descendants {
        /// The campaign.
        campaign: CampaignSlug,
        /// The person.
        participant: Who,
        /// Those of one level alone, from 1; by default all, each before those below.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<u32>,
        /// Which page, of at most 200.
        #[serde(default)]
        page: PageOf,
    }

    /// Counts the people below a person by level, and what they are worth: at most 1,000 people. Of greater trees it says
    /// that it is not whole; the crate `referral-graph` reads a campaign as a whole.
    ShowTree => TreeReport = "show_tree" by tree::show {
        /// The campaign.
        campaign: CampaignSlug,
        /// The person.
        participant: Who,
    }

    /// Shows one reward.
    ShowReward => RewardReport = "show_reward" by reward::show {
        /// The reward.
        reward: RewardKey,
    }

    /// Lists the rewards of a campaign in a state, oldest first.
    ListRewards => RewardPage = "list_rewards" by reward::list {
        /// The campaign.
        campaign: CampaignSlug,
        /// The state.
        state: RewardState,
        /// Which page.
        #[serde(default)]
        page: PageOf,
    }

    /// Lists the rewards of a campaign of which something is refused for a reason, by when they were granted or refused
    /// first.
    ListRefused => RewardPage = "list_refused" by reward::refused {
        /// The campaign.
        campaign: CampaignSlug,
        /// The reason: `limit_reached`, `campaign_paused`, `beneficiary_not_active`, `told_too_late`.
        because: Reason,
        /// The first time; by default the beginning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        /// The first time behind the last; by default no end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// Which page.
        #[serde(default)]
        page: PageOf,
    }

    /// Lists the deliveries to a subscriber in a state, the earliest first: the delivery log, with the last error of each.
    ListDeliveries => DeliveryPage = "list_deliveries" by delivery::list {
        /// Who is told.
        subscriber: SubscriberName,
        /// The state: `waiting`, `delivered`, `dead`.
        state: DeliveryState,
        /// Which page.
        #[serde(default)]
        page: PageOf,
    }

    /// Lists messages of other systems that could not be used, the oldest first, without what they say.
    ListLetters => LetterPage = "list_letters" by letter::list {
        /// Where they stand: `kept`, `replayed`, `dropped`; by default kept.
        #[serde(default = "kept")]
        state: LetterState,
        /// Which page.
        #[serde(default)]
        page: PageOf,
    }

    /// Opens one letter: what is wrong with the message, and what it says.
    ShowLetter => OpenedLetter = "show_letter" by letter::show {
        /// The letter.
        letter: LetterKey,
    }

    /// Shows how long receipts, clicks, views and letters are kept, and how far `settle` removed what is older.
    ShowRetention => RetentionReport = "show_retention" by retention::show {}

    /// Says why something is as it is: stored decisions and ledger entries, with a sentence for each finding.
    Explain => Explanation = "explain" by explain::explain {
        /// What is to be explained.
        what: Unexplained,
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_false(value: &bool) -> bool {
    !value
}

fn by_version() -> Dimension {
    Dimension::Version
}

fn kept() -> LetterState {
    LetterState::Kept
}

fn default_limit() -> u32 {
    PAGE
}
