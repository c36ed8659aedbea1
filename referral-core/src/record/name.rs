//! The names that records carry beside their states: what is told, what is counted, where links are shared, what brought a
//! reward about.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::field::{text_enum, text_fields};
use crate::error::Error;
use crate::quote::quoted;
use crate::value::{Amount, EventId, ParticipantId, SourceName};

text_enum! {
    /// What is told to the host.
    NotificationKind {
        /// A person joined a campaign.
        ParticipantEnrolled = "participant.enrolled",
        /// Two people turned out to be one.
        ParticipantMerged = "participant.merged",
        /// A link was withdrawn.
        LinkRevoked = "link.revoked",
        /// A link is good again.
        LinkRestored = "link.restored",
        /// A code was withdrawn.
        CodeRevoked = "code.revoked",
        /// A code is good again.
        CodeRestored = "code.restored",
        /// A grant was withdrawn, and with it all its links.
        GrantRevoked = "grant.revoked",
        /// A grant is good again.
        GrantRestored = "grant.restored",
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
        /// A hand gave a referral to another referrer.
        ReferralReassigned = "referral.reassigned",
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
        /// Somebody asks to check their referrals: a token is to be sent to them.
        LookupRequested = "lookup.requested",
    }
    /// What a total counts.
    Metric {
        /// Participants enrolled.
        Enrolled = "enrolled",
        /// Shares.
        Shares = "shares",
        /// Distinct participants who shared.
        Referrers = "referrers",
        /// Distinct participants one of whose links or codes got a counted click.
        ReferrersByClick = "referrers_by_click",
        /// Participants enrolled in this period who have shared, whenever they did: the cohort view.
        EnrolledShared = "enrolled_shared",
        /// Counted views.
        Views = "views",
        /// Counted clicks.
        Clicks = "clicks",
        /// Distinct visitors with a counted click.
        Visitors = "visitors",
        /// Distinct visitors with a counted click or view.
        Reach = "reach",
        /// Clicks that did not count.
        UncountedClicks = "uncounted_clicks",
        /// Referrals that became a lead.
        Leads = "leads",
        /// Leads of this period that are qualified now: the cohort view.
        LeadsQualified = "leads_qualified",
        /// Referrals that are qualified now, on the day of what carries them.
        Qualified = "qualified",
        /// Referrals that are reverted now, on the day of what would carry them.
        Reverted = "reverted",
        /// Referrals that are qualified now, on the day of what carries them, by the month of their lead: the unit is the month.
        QualifiedOf = "qualified_of",
        /// Leads of this period that moderation denies now: the cohort view.
        Denied = "denied",
        /// Leads of this period that came by a click, by how long after it: the unit is the class of the delay.
        ClickToLead = "click_to_lead",
        /// Leads of this period that are qualified now, by how long after the lead: the unit is the class of the delay.
        LeadToQualified = "lead_to_qualified",
        /// Conversions counted.
        Conversions = "conversions",
        /// Net revenue, by currency, less refunds.
        Revenue = "revenue",
        /// What was refunded of net revenue, by currency, on the day of the order.
        Refunded = "refunded",
        /// Rewards granted, less those cancelled or reversed.
        Rewards = "rewards",
        /// What is granted and neither cancelled, expired nor reversed, by unit.
        Granted = "granted",
        /// What is promised under a hold, by unit.
        Held = "held",
        /// What is owed, by unit.
        Owed = "owed",
        /// What participants owe beyond what they are owed, by unit.
        Receivable = "receivable",
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
        /// By rule: rewards alone.
        Rule = "rule",
        /// By link: its grant and counter.
        Link = "link",
        /// By the kind of device.
        Device = "device",
        /// By the family of the browser.
        Browser = "browser",
        /// By the operating system.
        System = "system",
        /// By the host of the page before.
        ReferringHost = "referring_host",
        /// By city.
        City = "city",
        /// By `utm_source`.
        UtmSource = "utm_source",
        /// By `utm_medium`.
        UtmMedium = "utm_medium",
        /// By `utm_campaign`.
        UtmCampaign = "utm_campaign",
        /// By limit; the member is the limit and the participant.
        Limit = "limit",
    }
}

impl Metric {
    /// Whether it is counted of each person, and so may rank people.
    #[must_use]
    pub fn is_of_people(self) -> bool {
        !matches!(
            self,
            Self::Enrolled
                | Self::EnrolledShared
                | Self::Referrers
                | Self::ReferrersByClick
                | Self::Visitors
                | Self::Reach
                | Self::LeadsQualified
                | Self::QualifiedOf
                | Self::Denied
                | Self::ClickToLead
                | Self::LeadToQualified
                | Self::Refunded
                | Self::Reverted
                | Self::Limit
        )
    }

    /// Whether it is counted by currency or unit.
    #[must_use]
    pub fn has_unit(self) -> bool {
        matches!(
            self,
            Self::Revenue | Self::Granted | Self::Held | Self::Owed | Self::Receivable | Self::Issued | Self::Redeemed
        )
    }
}

text_fields! { NotificationKind, Metric, Dimension, Channel, Cause }

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
        let problem = || format!("{} is none; use `other:name`", quoted(text));
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
    /// This invitee's referral qualified; the number is the lead's.
    Qualification(ParticipantId, u32),
    /// The order at a place among those of the rule's trigger: the invitee, the lead's number, the place.
    Place(ParticipantId, u32, u32),
    /// Orders of this invitee that were told too late; the number is the lead's. Each currency or unit is a cause of its own.
    Late(ParticipantId, u32, String),
    /// A group of `every`.
    Group(u32),
    /// A milestone.
    Level(u32),
    /// A hand gave it, under an id of the host's.
    Hand(EventId),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(source, event) => write!(f, "event/{source}/{event}"),
            Self::Referral(invitee) => write!(f, "referral/{invitee}"),
            Self::Share(number) => write!(f, "share/{number}"),
            Self::Qualification(invitee, number) => write!(f, "qualification/{invitee}/{number}"),
            Self::Place(invitee, lead, place) => write!(f, "place/{invitee}/{lead}/{place}"),
            Self::Late(invitee, lead, unit) => write!(f, "late/{invitee}/{lead}/{unit}"),
            Self::Group(group) => write!(f, "group/{group}"),
            Self::Level(level) => write!(f, "level/{level}"),
            Self::Hand(id) => write!(f, "hand/{id}"),
        }
    }
}

impl FromStr for Cause {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid("cause", format!("{} is none", quoted(text)));
        let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
        let (family, rest) = text.split_once('/').ok_or_else(wrong)?;
        match (family, rest.split_once('/')) {
            ("event", Some((source, event))) => Ok(Self::Event(source.parse()?, event.parse()?)),
            ("referral", None) => Ok(Self::Referral(rest.parse()?)),
            ("share", None) => Ok(Self::Share(number(rest)?)),
            ("qualification", Some((invitee, count))) => Ok(Self::Qualification(invitee.parse()?, number(count)?)),
            ("place", Some((invitee, rest))) => {
                let (lead, place) = rest.split_once('/').ok_or_else(wrong)?;
                Ok(Self::Place(invitee.parse()?, number(lead)?, number(place)?))
            }
            ("late", Some((invitee, rest))) => {
                let (lead, unit) = rest.split_once('/').ok_or_else(wrong)?;
                let unit = Amount::from_unit_key(unit, 0)?.unit_key();
                Ok(Self::Late(invitee.parse()?, number(lead)?, unit))
            }
            ("group", None) => Ok(Self::Group(number(rest)?)),
            ("level", None) => Ok(Self::Level(number(rest)?)),
            ("hand", _) => Ok(Self::Hand(rest.parse()?)),
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
