//! The states and names that records carry. Their texts are the same in JSON, in tables and in every language.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::field::{text_enum, text_fields};
use crate::error::Error;
use crate::value::{EventId, ParticipantId, SourceName};

text_enum! {
    /// Whether a campaign takes new leads.
    CampaignState {
        /// Between its dates it runs.
        Active = "active",
        /// Stopped by hand for a while: no new leads, no new rewards.
        Paused = "paused",
        /// Ended by hand.
        Ended = "ended",
    }
    /// Whether a participant may refer and earn.
    ParticipantState {
        /// May refer.
        Active = "active",
        /// May not refer; what was earned stays.
        Suspended = "suspended",
        /// Erased on request: a random id with totals, no person.
        Erased = "erased",
    }
    /// What an alias was made from.
    AliasKind {
        /// The host's own id.
        Host = "host",
        /// The email as written, lower case.
        Email = "email",
        /// The email's canonical form, by which the same person is recognised.
        CanonicalEmail = "canonical_email",
    }
    /// Who mints with a grant.
    GrantKind {
        /// The server, for a participant.
        Server = "server",
        /// A device, offline, for its owner.
        Device = "device",
    }
    /// Whether a grant or a code is good.
    Validity {
        /// Good.
        Active = "active",
        /// Withdrawn.
        Revoked = "revoked",
    }
    /// Where a code came from.
    CodeKind {
        /// Drawn at random, with a check symbol.
        Random = "random",
        /// Chosen by a person.
        Vanity = "vanity",
    }
    /// What a touch was.
    TouchKind {
        /// A participant passed a link on.
        Share = "share",
        /// A page with the offer was seen.
        View = "view",
        /// A link was followed.
        Click = "click",
    }
    /// What stood behind a touch. All but `human` are stored and do not count.
    Verdict {
        /// A person.
        Human = "human",
        /// A crawler that names itself, or an address on the block list.
        Bot = "bot",
        /// A HEAD request.
        Head = "head",
        /// A browser or proxy that fetches ahead.
        Prefetch = "prefetch",
        /// A messenger that draws a preview.
        Preview = "preview",
        /// The same visitor on the same link within an hour of the last counted click.
        Duplicate = "duplicate",
    }
    /// How far a referral is.
    Progress {
        /// Signed up.
        Lead = "lead",
        /// Met the success criteria.
        Qualified = "qualified",
        /// Did not qualify within the window.
        Expired = "expired",
        /// Given up by the host.
        Lost = "lost",
        /// Was qualified; what qualified it was taken back.
        Reverted = "reverted",
    }
    /// What moderation says of a referral.
    Moderation {
        /// Nothing against it.
        Clear = "clear",
        /// Under review: it goes on, its rewards are held.
        Flagged = "flagged",
        /// Fraud: its rewards are cancelled or reversed.
        Denied = "denied",
    }
    /// What named the referrer of a referral.
    Evidence {
        /// The host named the referrer.
        Referrer = "referrer",
        /// A code.
        Code = "code",
        /// A link token.
        Link = "link",
        /// An earlier click of the visitor.
        Visitor = "visitor",
    }
    /// What kind of outside event a conversion is.
    ConversionKind {
        /// A one-time payment.
        Purchase = "purchase",
        /// A further payment of a subscription.
        Renewal = "renewal",
        /// A subscription began.
        Subscription = "subscription",
        /// Whatever else the host counts.
        Custom = "custom",
    }
    /// Where a conversion stands.
    ConversionState {
        /// Refunds came first; the conversion itself is awaited.
        Awaited = "awaited",
        /// Recorded; its person has no referral yet, and may get one within the window.
        Waiting = "waiting",
        /// Recorded and counted wherever the person has a referral.
        Recorded = "recorded",
    }
    /// Which side a reward's beneficiary is on.
    Role {
        /// Who referred.
        Referrer = "referrer",
        /// Who was referred.
        Invitee = "invitee",
    }
    /// Where a reward stands.
    RewardState {
        /// Held.
        Pending = "pending",
        /// Owed.
        Due = "due",
        /// Owed, and approved by a person.
        Approved = "approved",
        /// Being handed over.
        Issuing = "issuing",
        /// Handed over.
        Issued = "issued",
        /// Used up by the beneficiary.
        Redeemed = "redeemed",
        /// Taken back before it was handed over.
        Cancelled = "cancelled",
        /// Not claimed in time.
        Expired = "expired",
        /// Handing over failed; it may be tried again.
        Failed = "failed",
        /// Taken back after it was handed over.
        Reversed = "reversed",
    }
    /// Why a pending reward is held.
    HoldKind {
        /// Until refunds are unlikely.
        RefundWindow = "refund_window",
        /// Until a person approves.
        Approval = "approval",
        /// While its referral is flagged.
        Moderation = "moderation",
    }
    /// What a ledger entry did.
    EntryKind {
        /// A reward was granted.
        Grant = "grant",
        /// Its amount followed a changed base.
        Adjust = "adjust",
        /// A hold ended.
        Release = "release",
        /// A hold began again.
        Hold = "hold",
        /// It was handed over.
        Issue = "issue",
        /// An older debt was netted against it.
        Net = "net",
        /// It was used.
        Redeem = "redeem",
        /// It was cancelled before it was handed over.
        Cancel = "cancel",
        /// It was not claimed in time.
        Expire = "expire",
        /// It was taken back after it was handed over.
        Reverse = "reverse",
        /// It was given back after it was taken.
        Reinstate = "reinstate",
        /// A debt was given up.
        WriteOff = "write_off",
    }
    /// A side of a ledger entry. Each belongs to one campaign; `held`, `owed`, `issued` and `redeemed` to one participant in it.
    Account {
        /// What the campaign spends.
        Expense = "expense",
        /// Promised under a hold.
        Held = "held",
        /// Owed.
        Owed = "owed",
        /// Handed over.
        Issued = "issued",
        /// Used.
        Redeemed = "redeemed",
    }
    /// Where a delivery stands.
    DeliveryState {
        /// Waits for its due time.
        Waiting = "waiting",
        /// Was handed over and acknowledged.
        Delivered = "delivered",
        /// Ran out of attempts.
        Dead = "dead",
    }
    /// What a timer brings.
    TimerKind {
        /// A reward's hold ends.
        HoldEnds = "hold_ends",
        /// A reward expires.
        RewardExpires = "reward_expires",
        /// A lead's window closes.
        LeadExpires = "lead_expires",
        /// A purchase stops waiting for its lead.
        WaitEnds = "wait_ends",
    }
    /// What is told to the host.
    NotificationKind {
        /// A person joined a campaign.
        ParticipantEnrolled = "participant.enrolled",
        /// A share was recorded. Off by default.
        ShareRecorded = "share.recorded",
        /// A counted click was recorded. Off by default.
        ClickRecorded = "click.recorded",
        /// A referral became a lead.
        ReferralLead = "referral.lead",
        /// A referral qualified.
        ReferralQualified = "referral.qualified",
        /// A qualification was taken back.
        ReferralUnqualified = "referral.unqualified",
        /// A lead's window closed.
        ReferralExpired = "referral.expired",
        /// A referral is under review.
        ReferralFlagged = "referral.flagged",
        /// A referral was denied.
        ReferralDenied = "referral.denied",
        /// A reward was granted and is held.
        RewardPending = "reward.pending",
        /// A reward is owed.
        RewardDue = "reward.due",
        /// A reward was approved.
        RewardApproved = "reward.approved",
        /// A reward was handed over.
        RewardIssued = "reward.issued",
        /// Handing over a reward failed.
        RewardFailed = "reward.failed",
        /// A reward was used.
        RewardRedeemed = "reward.redeemed",
        /// A reward was not claimed in time.
        RewardExpired = "reward.expired",
        /// A reward was cancelled.
        RewardCancelled = "reward.cancelled",
        /// A reward was taken back.
        RewardReversed = "reward.reversed",
        /// A limit refused a reward.
        LimitReached = "limit.reached",
        /// A referrer is one referral away from a milestone.
        MilestoneNear = "milestone.near",
    }
    /// What a total counts.
    Metric {
        /// Participants enrolled.
        Enrolled = "enrolled",
        /// Shares.
        Shares = "shares",
        /// Distinct participants who shared.
        Referrers = "referrers",
        /// Counted views.
        Views = "views",
        /// Counted clicks.
        Clicks = "clicks",
        /// Distinct visitors with a counted click.
        Visitors = "visitors",
        /// Clicks that did not count.
        UncountedClicks = "uncounted_clicks",
        /// Referrals that became a lead.
        Leads = "leads",
        /// Leads of this period that are qualified now: the cohort view.
        LeadsQualified = "leads_qualified",
        /// Referrals that qualified in this period, less those reverted in it.
        Qualified = "qualified",
        /// Conversions counted.
        Conversions = "conversions",
        /// Net revenue, by currency, less refunds.
        Revenue = "revenue",
        /// Rewards granted, less those cancelled or reversed.
        Rewards = "rewards",
        /// What is granted and neither cancelled, expired nor reversed, by unit.
        Granted = "granted",
        /// What is promised under a hold, by unit.
        Held = "held",
        /// What is owed, by unit.
        Owed = "owed",
        /// What was handed over and not used, by unit.
        Issued = "issued",
        /// What was used, by unit.
        Redeemed = "redeemed",
        /// What a limit has granted: its dimension is the limit.
        Limit = "limit",
    }
    /// What a total is told apart by. Never crossed.
    Dimension {
        /// By nothing.
        All = "all",
        /// By channel.
        Channel = "channel",
        /// By country.
        Country = "country",
        /// By campaign version.
        Version = "version",
        /// By limit; the member is the limit and the participant.
        Limit = "limit",
    }
}

text_fields! {
    CampaignState, ParticipantState, AliasKind, GrantKind, Validity, CodeKind, TouchKind, Verdict, Progress, Moderation,
    Evidence, ConversionKind, ConversionState, Role, RewardState, HoldKind, EntryKind, Account, DeliveryState, TimerKind,
    NotificationKind, Metric, Dimension, Channel, Cause,
}

impl RewardState {
    /// Whether a reward in this state counts towards limits: one that expired still does.
    #[must_use]
    pub fn counts(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Reversed)
    }

    /// Whether a reward in this state was handed over.
    #[must_use]
    pub fn is_issued(self) -> bool {
        matches!(self, Self::Issued | Self::Redeemed)
    }
}

/// Where a link is shared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Channel {
    /// One of the channels that every campaign knows.
    Known(KnownChannel),
    /// Any other, by a name of at most 32 characters `a-z`, `0-9`, `-`: `other:flyer`.
    Other(String),
}

text_enum! {
    /// The channels that every campaign knows.
    KnownChannel {
        /// WhatsApp.
        Whatsapp = "whatsapp",
        /// A text message.
        Sms = "sms",
        /// An email.
        Email = "email",
        /// Telegram.
        Telegram = "telegram",
        /// Facebook Messenger.
        Messenger = "messenger",
        /// Facebook.
        Facebook = "facebook",
        /// X.
        X = "x",
        /// LinkedIn.
        Linkedin = "linkedin",
        /// LINE.
        Line = "line",
        /// WeChat.
        Wechat = "wechat",
        /// The link was copied.
        Copy = "copy",
        /// A QR code.
        Qr = "qr",
        /// On paper.
        Print = "print",
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => known.fmt(f),
            Self::Other(name) => write!(f, "other:{name}"),
        }
    }
}

impl FromStr for Channel {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(name) = text.strip_prefix("other:") {
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if name.is_empty() || name.len() > 32 || !name.chars().all(fine) {
                return Err(Error::invalid("channel", "the name of an other channel has 1 to 32 of a-z, 0-9, `-`"));
            }
            return Ok(Self::Other(name.to_owned()));
        }
        let problem = || format!("`{}` is none; use `other:name`", text.escape_default());
        text.parse().map(Self::Known).map_err(|_| Error::invalid("channel", problem()))
    }
}

impl TryFrom<String> for Channel {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> Self {
        channel.to_string()
    }
}

/// What brought a reward about. With campaign, rule and beneficiary it is the reward's key, so each cause pays once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Cause {
    /// One conversion.
    Event(SourceName, EventId),
    /// The referral of this invitee began.
    Referral(ParticipantId),
    /// The beneficiary's so-many-th share.
    Share(u32),
    /// The so-many-th qualification of this invitee's referral.
    Qualification(ParticipantId, u32),
    /// A closed group of `every`, and how often it was closed.
    Group(u32, u32),
    /// A milestone.
    Level(u32),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(source, event) => write!(f, "event/{source}/{event}"),
            Self::Referral(invitee) => write!(f, "referral/{invitee}"),
            Self::Share(number) => write!(f, "share/{number}"),
            Self::Qualification(invitee, number) => write!(f, "qualification/{invitee}/{number}"),
            Self::Group(group, attempt) => write!(f, "group/{group}/{attempt}"),
            Self::Level(level) => write!(f, "level/{level}"),
        }
    }
}

impl FromStr for Cause {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid("cause", format!("`{}` is none", text.escape_default()));
        let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
        let (family, rest) = text.split_once('/').ok_or_else(wrong)?;
        match (family, rest.split_once('/')) {
            ("event", Some((source, event))) => Ok(Self::Event(source.parse()?, event.parse()?)),
            ("referral", None) => Ok(Self::Referral(rest.parse()?)),
            ("share", None) => Ok(Self::Share(number(rest)?)),
            ("qualification", Some((invitee, count))) => Ok(Self::Qualification(invitee.parse()?, number(count)?)),
            ("group", Some((group, attempt))) => Ok(Self::Group(number(group)?, number(attempt)?)),
            ("level", None) => Ok(Self::Level(number(rest)?)),
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Cause {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Cause> for String {
    fn from(cause: Cause) -> Self {
        cause.to_string()
    }
}
