//! What a campaign says: the definition that people write, in types.
//!
//! TOML, JSON and the builder all end in a [`CampaignModel`]. It says nothing about how it is decided.

mod limit;
mod reward;
mod share;
mod upload;

use serde::{Deserialize, Serialize};

use crate::record::{Dimension, Evidence, Metric};
use crate::rule::condition::{ConditionText, CustomField};
use crate::value::{CampaignSlug, Language, LinkHost, Span, Timestamp, Zone};

pub use limit::{LimitEach, LimitModel, LimitPer};
pub use reward::{
    Beneficiary, Clawback, Flat, Give, Hold, Milestone, Occurrence, Percent, PercentOf, RuleModel, Trigger, Units,
};
pub use share::{LandingModel, Pages, ShareTextModel, page_url};
pub(in crate::campaign) use share::{TRACKING_PLACES, UNSUBSCRIBE_PLACES};
pub use upload::{Amounts, ColumnModel, Content, Dates, Decimals, UploadModel};

/// The definition of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignModel {
    /// Its name, unique in the tenant and part of no link.
    pub name: CampaignSlug,
    /// What people call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The language of its title and of the share texts that name none.
    #[serde(default = "default_language", skip_serializing_if = "is_default_language")]
    pub language: Language,
    /// The zone of its calendar days. Fixed by the first version.
    #[serde(default)]
    pub zone: Zone,
    /// The first instant at which it takes leads. By default it always did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<Timestamp>,
    /// The first instant at which it no longer takes leads. By default it never ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
    /// What happens to leads in flight when it ends.
    #[serde(default, skip_serializing_if = "is_default")]
    pub in_flight: InFlight,
    /// The host of its links, such as `go.example.com`: part of every link's signature.
    pub link_host: LinkHost,
    /// Where links may lead: the allow-list of redirect targets, by prefix. The first is the default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<String>,
    /// Under which parameter a destination carries on the link's token or the code. By default it carries neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_parameter: Option<String>,
    /// The host's pages that messages lead to.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pages: Pages,
    /// How the referrer is found.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attribution: Attribution,
    /// What makes a lead qualified.
    #[serde(default, skip_serializing_if = "is_default")]
    pub qualification: Qualification,
    /// How long before its lead an order may have happened and still count: `[lead - waiting, lead + window)`.
    #[serde(default = "default_waiting", skip_serializing_if = "is_default_waiting")]
    pub waiting: Span,
    /// How long after it happened an order may be told: later it is recorded and has no place.
    #[serde(default = "default_late", skip_serializing_if = "is_default_late")]
    pub late: Span,
    /// What an order of zero is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub zero_orders: ZeroOrders,
    /// What happens to a debt that a reversal left.
    #[serde(default, skip_serializing_if = "is_default")]
    pub debts: Debts,
    /// By what its numbers are told apart, beside the day. Fixed by the first version.
    #[serde(default = "default_dimensions", skip_serializing_if = "is_default_dimensions")]
    pub dimensions: Vec<Dimension>,
    /// By which metrics it ranks people, by day, month and ever. Fixed by the first version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaderboard: Vec<Metric>,
    /// Fields that the host states about orders and invitees, for conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<CustomField>,
    /// Limits over all rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitModel>,
    /// The words for sharing, for each channel and language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub share_texts: Vec<ShareTextModel>,
    /// What friends are shown where they land, for each language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub landings: Vec<LandingModel>,
    /// How its files are laid out, for each content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uploads: Vec<UploadModel>,
    /// The reward rules; at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewards: Vec<RuleModel>,
}

/// What happens to leads in flight when the campaign ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InFlight {
    /// They may qualify until their window closes.
    #[default]
    Honour,
    /// They do not qualify any more.
    Stop,
}

/// How the referrer is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Attribution {
    /// Which evidence decides when several name somebody: the first that is there.
    pub precedence: Vec<Evidence>,
    /// Which of a visitor's touches counts.
    pub model: TouchModel,
    /// How long after a touch a sign-up counts: `[touch, touch + window)`.
    pub window: Span,
    /// What happens to people who were customers before.
    pub existing_customers: ExistingCustomers,
    /// What happens to people who share a mailbox with their referrer.
    pub same_mailbox: SameMailbox,
}

impl Default for Attribution {
    fn default() -> Self {
        Self {
            precedence: vec![Evidence::Referrer, Evidence::Code, Evidence::Link, Evidence::Visitor],
            model: TouchModel::default(),
            window: Span::days(30),
            existing_customers: ExistingCustomers::default(),
            same_mailbox: SameMailbox::default(),
        }
    }
}

/// Which of a visitor's touches counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TouchModel {
    /// The first.
    FirstTouch,
    /// The last.
    #[default]
    LastTouch,
}

/// What happens to invitees whom the host knows as customers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExistingCustomers {
    /// They are declined.
    #[default]
    Refuse,
    /// They are welcome; `invitee.is_new` tells rules.
    Allow,
}

/// What happens to invitees whose address differs from one of their referrer's only in what one person can vary at will: a
/// `+tag`, dots, another domain of the same provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SameMailbox {
    /// They are declined as people who refer themselves. Found at an order, the referral is flagged.
    #[default]
    Decline,
    /// The referral is flagged, so that its rewards are held until somebody has looked at it.
    Hold,
    /// They are welcome: several people may have one mailbox.
    Allow,
}

/// What makes a lead qualified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Qualification {
    /// The event that may qualify.
    pub on: QualifiesOn,
    /// What must hold of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<ConditionText>,
    /// How long after it became a lead a referral may qualify: `[lead, lead + window)`. By default for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Span>,
}

/// The event that may qualify a lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualifiesOn {
    /// Signing up is enough.
    Joined,
    /// A purchase, or a subscription that begins.
    #[default]
    Purchase,
    /// Any conversion.
    Conversion,
    /// Only the host, by the command `qualify`.
    Manual,
}

/// What an order of zero is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZeroOrders {
    /// It has no place, qualifies nothing and earns nothing.
    #[default]
    Ignore,
    /// It is an order like any other.
    Count,
}

/// What happens to a debt that a reversal left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Debts {
    /// It is netted against the next reward.
    #[default]
    Net,
    /// It is given up.
    WriteOff,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn default_language() -> Language {
    Language::english()
}

fn is_default_language(language: &Language) -> bool {
    *language == default_language()
}

fn default_waiting() -> Span {
    Span::hours(72)
}

/// By what numbers are told apart if the campaign does not say.
fn default_dimensions() -> Vec<Dimension> {
    vec![Dimension::Channel, Dimension::Country, Dimension::Version]
}

fn is_default_dimensions(dimensions: &[Dimension]) -> bool {
    *dimensions == default_dimensions()
}

fn default_late() -> Span {
    Span::days(45)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_default_late(span: &Span) -> bool {
    *span == default_late()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_default_waiting(span: &Span) -> bool {
    *span == default_waiting()
}
