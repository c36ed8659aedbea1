//! The lists that stand inside a record. Each has a stated bound; they are stored as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use super::field::{Cell, ColumnType, Field, json_fields, text_fields};
use super::kind::{ConversionKey, LookupKey, ReferralKey, RewardKey, TotalKey, WindowKey};
use super::member::{EmptyGroup, Member, Places, SeenMember};
use super::name::{Channel, NotificationKind};
use super::origin::{Origin, UsedLink, Utm};
use crate::error::Error;
use crate::quote::quoted;
use crate::value::{
    CampaignId, Day, GrantId, HostId, LookupId, ParticipantId, SourceName, Span, SubscriberName, Timestamp, TouchId,
};

/// Text that belongs to a person. It never prints.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(pub String);

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(..)")
    }
}

impl Field for Private {
    const TYPE: ColumnType = ColumnType::Text;
    fn to_cell(&self) -> Cell {
        Cell::Text(self.0.clone())
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        String::from_cell(cell).map(Self)
    }
}

/// Who is told what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Who is told.
    pub subscriber: SubscriberName,
    /// What it does with what it is told.
    #[serde(default, skip_serializing_if = "Purpose::is_events")]
    pub purpose: Purpose,
    /// Of what, and since when by the host's clock.
    pub kinds: BTreeMap<NotificationKind, Timestamp>,
}

/// What a subscriber does with what it is told, and so how much it is handed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It keeps events: ids are enough.
    #[default]
    Events,
    /// It writes to the people concerned: it is handed what a mail needs, and nothing about people who are not to be
    /// written to.
    Mail,
}

impl Purpose {
    /// Whether it keeps events.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
    pub fn is_events(&self) -> bool {
        *self == Self::Events
    }
}

/// A counted click of a visitor on a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentLink {
    /// The grant of the link, or of the participant whose code it was.
    pub grant: GrantId,
    /// The counter of the link; codes have none.
    pub counter: Option<u32>,
    /// When.
    pub at: Timestamp,
}

/// A lookup of the last day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentLookup {
    /// The lookup.
    pub lookup: LookupId,
    /// When it was requested.
    pub at: Timestamp,
}

/// A counted touch, as a visitor remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenTouch {
    /// The touch.
    pub touch: TouchId,
    /// In which campaign.
    pub campaign: CampaignId,
    /// Whose link it was.
    pub referrer: ParticipantId,
    /// The link's channel.
    pub channel: Option<Channel>,
    /// The link, unless a code was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<UsedLink>,
    /// What the request said of where the visitor came from.
    #[serde(default, skip_serializing_if = "Origin::is_empty")]
    pub origin: Origin,
    /// When.
    pub at: Timestamp,
}

/// A counted touch that came before evidence, without anything that leads to the visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldTouch {
    /// In which campaign.
    pub campaign: CampaignId,
    /// Whose link it was.
    pub referrer: ParticipantId,
    /// The link's channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The link, unless a code was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<UsedLink>,
    /// Source, medium and campaign of its UTM values.
    #[serde(default, skip_serializing_if = "Utm::is_empty")]
    pub utm: Utm,
    /// How many whole hours before the evidence it was: the very time would lead to the visitor.
    pub hours: u32,
}

/// What a visitor did in one campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenCampaign {
    /// The first counted touch.
    pub first: SeenTouch,
    /// The last counted touch.
    pub last: SeenTouch,
}

/// Days by month, such as `2026-05`. In a month's number, bit 0 is its first day. At most one number a month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days(pub BTreeMap<String, u32>);

impl Days {
    /// Whether `day` is one of them.
    #[must_use]
    pub fn has_day(&self, day: Day) -> bool {
        self.0.get(&day.month().to_string()).is_some_and(|days| days & bit(day) != 0)
    }

    /// Whether a day of `day`'s month is one of them.
    #[must_use]
    pub fn has_month(&self, day: Day) -> bool {
        self.0.contains_key(&day.month().to_string())
    }

    /// Adds `day`.
    pub fn add(&mut self, day: Day) {
        *self.0.entry(day.month().to_string()).or_default() |= bit(day);
    }
}

fn bit(day: Day) -> u32 {
    1 << day.to_chrono().day0()
}

/// One grant inside a rolling window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowGrant {
    /// When it was granted.
    pub at: Timestamp,
    /// The reward.
    pub reward: RewardKey,
    /// How much it counts.
    pub by: i64,
    /// The limit at that time.
    pub at_most: i64,
    /// Whether this limit is on value, so that a changed amount changes it.
    pub by_value: bool,
    /// How long the window was at that time.
    pub span: Span,
}

/// What a reward took from a limit, and gives back exactly when it is cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// The total.
    pub total: TotalKey,
    /// How much it took.
    pub by: i64,
    /// The limit at that time.
    pub at_most: i64,
    /// Whether this limit is on value, so that a changed amount changes it.
    pub by_value: bool,
}

/// What a hand approved of a reward: a greater quantity or another carrier is asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// How much.
    pub quantity: i64,
    /// The conversion that carried it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<ConversionKey>,
    /// Of a level, the invitee of the referral that carried it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<ParticipantId>,
    /// Of a group, the members that carried it; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<SeenMember>,
    /// When.
    pub at: Timestamp,
}

/// What was fixed when handing a reward over began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedIssue {
    /// How much is to be paid.
    pub payable: i64,
    /// How much pays older debts.
    pub netted: i64,
    /// Since when it is being handed over.
    pub since: Timestamp,
    /// The rewards whose debts it pays; at most 256.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub debts: Vec<Netting>,
}

/// How much of one reward's debt another reward pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Netting {
    /// In a fixed issue, the reward whose debt is paid; in a reward that owed, the reward that paid.
    pub reward: RewardKey,
    /// How much, in minor units or units.
    pub quantity: i64,
}

/// Text values by name: what a host says about an order, or UTM parameters of a link. They are erased with their person,
/// and never print.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Data(pub BTreeMap<String, serde_json::Value>);

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Data(..)")
    }
}

/// A JSON document that is stored whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document(pub serde_json::Value);

/// What a timer is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Subject {
    /// A reward.
    Reward(RewardKey),
    /// A referral.
    Referral(ReferralKey),
    /// A conversion.
    Conversion(ConversionKey),
    /// A lookup.
    Lookup(LookupKey),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reward(key) => {
                write!(f, "reward/{}/{}/{}/{}", key.campaign, key.rule, key.participant, key.cause)
            }
            Self::Referral(key) => write!(f, "referral/{}/{}/{}", key.campaign, key.invitee, key.lead),
            Self::Conversion(key) => write!(f, "conversion/{}/{}", key.source, key.event),
            Self::Lookup(key) => write!(f, "lookup/{}", key.lookup),
        }
    }
}

impl FromStr for Subject {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid("subject", format!("{} is none", quoted(text)));
        let campaign = |text: &str| text.parse().map(CampaignId).map_err(|_| wrong());
        let (family, rest) = text.split_once('/').ok_or_else(wrong)?;
        match family {
            "reward" => {
                let mut parts = rest.splitn(4, '/');
                let mut part = || parts.next().ok_or_else(wrong);
                Ok(Self::Reward(RewardKey {
                    campaign: campaign(part()?)?,
                    rule: part()?.parse()?,
                    participant: part()?.parse()?,
                    cause: part()?.parse()?,
                }))
            }
            "referral" => {
                let (number, rest) = rest.split_once('/').ok_or_else(wrong)?;
                let (invitee, lead) = rest.split_once('/').ok_or_else(wrong)?;
                let lead = lead.parse().map_err(|_| wrong())?;
                Ok(Self::Referral(ReferralKey { campaign: campaign(number)?, invitee: invitee.parse()?, lead }))
            }
            "conversion" => {
                let (source, event) = rest.split_once('/').ok_or_else(wrong)?;
                Ok(Self::Conversion(ConversionKey { source: source.parse()?, event: event.parse()? }))
            }
            "lookup" => Ok(Self::Lookup(LookupKey { lookup: rest.parse()? })),
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Subject {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.to_string()
    }
}

text_fields! { Subject }

/// A further id of a person, such as that of a payment system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherId {
    /// Where the id comes from, such as `stripe`.
    pub source: SourceName,
    /// The id there.
    pub id: HostId,
}

json_fields! {
    Vec<FurtherId>, Vec<String>,
    Vec<Subscription>, Vec<CampaignId>, Vec<ParticipantId>, Vec<RecentLink>, Vec<SeenTouch>, Vec<SeenCampaign>, Vec<ToldTouch>, Vec<Member>,
    Vec<EmptyGroup>, Vec<u32>,
    Vec<WindowGrant>, Vec<RecentLookup>, Vec<Used>, Vec<RewardKey>, Vec<ConversionKey>, Vec<WindowKey>, Approval, FixedIssue, Vec<Netting>, Days,
    Places, Data, Document,
}
