//! What a campaign says: the definition that people write, in types.
//!
//! TOML, JSON and the builder all end in a [`CampaignModel`]. It says nothing about how it is decided.

use serde::{Deserialize, Serialize};

use crate::record::{ConversionKind, Evidence};
use crate::rule::condition::{ConditionText, CustomField};
use crate::value::{Amount, CampaignSlug, LimitId, LinkHost, Money, Rate, RuleId, Span, Timestamp, UnitName, Zone};

/// The definition of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignModel {
    /// Its name, unique in the tenant and part of no link.
    pub name: CampaignSlug,
    /// What people call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
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
    /// How the referrer is found.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attribution: Attribution,
    /// What makes a lead qualified.
    #[serde(default, skip_serializing_if = "is_default")]
    pub qualification: Qualification,
    /// How long a purchase waits for its person to become a lead.
    #[serde(default = "default_waiting", skip_serializing_if = "is_default_waiting")]
    pub waiting: Span,
    /// What happens to a debt that a reversal left.
    #[serde(default, skip_serializing_if = "is_default")]
    pub debts: Debts,
    /// Fields that the host states about orders and invitees, for conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<CustomField>,
    /// Limits over all rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitModel>,
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
}

impl Default for Attribution {
    fn default() -> Self {
        Self {
            precedence: vec![Evidence::Referrer, Evidence::Code, Evidence::Link, Evidence::Visitor],
            model: TouchModel::default(),
            window: Span::days(30),
            existing_customers: ExistingCustomers::default(),
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

/// One reward rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleModel {
    /// Its name: stable over versions, part of every reward's key.
    pub id: RuleId,
    /// Who gets it.
    pub to: Beneficiary,
    /// What brings it about.
    pub on: Trigger,
    /// Which occurrence of that. By default each.
    #[serde(default, skip_serializing_if = "is_default")]
    pub occurrence: Occurrence,
    /// What must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<ConditionText>,
    /// How much. Not with `milestones`, whose levels say it each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub give: Option<Give>,
    /// One reward for so many qualified referrals; only for the referrer, on `qualified`; 2 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u32>,
    /// One reward at each of these numbers of qualified referrals; only for the referrer, on `qualified`; at most 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<Milestone>,
    /// Whether a milestone is taken back when the number falls below it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub clawback: Clawback,
    /// Why and how long it is held before it is due. By default it is due at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// How long after it is due it expires. By default never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Span>,
    /// Limits of this rule; at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitModel>,
}

/// Who gets a reward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beneficiary {
    /// Who referred.
    Referrer,
    /// Who was referred.
    Invitee,
    /// Both: two rewards, the referrer's first.
    Both,
}

/// What brings a reward about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The referral became a lead.
    Joined,
    /// A participant shared.
    Shared,
    /// The referral qualified.
    Qualified,
    /// A purchase.
    Purchase,
    /// A renewal.
    Renewal,
    /// A subscription began.
    Subscription,
    /// A conversion of the host's own kind.
    Custom,
}

impl Trigger {
    /// The trigger that a conversion of this kind pulls.
    #[must_use]
    pub fn of(kind: ConversionKind) -> Self {
        match kind {
            ConversionKind::Purchase => Self::Purchase,
            ConversionKind::Renewal => Self::Renewal,
            ConversionKind::Subscription => Self::Subscription,
            ConversionKind::Custom => Self::Custom,
        }
    }

    /// Whether a conversion pulls it.
    #[must_use]
    pub fn is_conversion(self) -> bool {
        matches!(self, Self::Purchase | Self::Renewal | Self::Subscription | Self::Custom)
    }
}

/// Which occurrence of the trigger pays. Occurrences are counted by commit order and never counted down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occurrence {
    /// Each.
    #[default]
    Each,
    /// The first.
    First,
    /// The so-many-th, from 1.
    Nth(u32),
}

impl Occurrence {
    /// Whether the occurrence with this number, from 1, pays.
    #[must_use]
    pub fn admits(self, number: u32) -> bool {
        match self {
            Self::Each => true,
            Self::First => number == 1,
            Self::Nth(nth) => number == nth,
        }
    }
}

/// How much a reward is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Give {
    /// A fixed amount of money.
    Flat(Flat),
    /// A part of an amount.
    Percent(Percent),
    /// So many of a unit.
    Units(Units),
}

/// A fixed amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flat {
    /// The amount.
    pub flat: Money,
}

/// A part of an amount, rounded down to a minor unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Percent {
    /// The rate.
    pub percent: Rate,
    /// Of what. By default of the net amount.
    #[serde(default, skip_serializing_if = "is_default")]
    pub of: PercentOf,
    /// The most that it gives, before limits. An order in another currency is not eligible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Money>,
}

/// What a percentage is taken of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PercentOf {
    /// The total without tax and shipping.
    #[default]
    #[serde(rename = "order.net")]
    Net,
    /// The total.
    #[serde(rename = "order.total")]
    Total,
}

/// So many of a unit that is not money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Units {
    /// How many.
    pub units: u32,
    /// Of what: `days`, `points`.
    pub unit: UnitName,
}

/// One level of a milestone rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    /// The number of qualified referrals.
    pub at: u32,
    /// How much.
    pub give: Give,
}

/// Whether a milestone is taken back when the number of qualified referrals falls below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clawback {
    /// It stays.
    #[default]
    Keep,
    /// It is taken back, and given again by an entry on the same reward when the number is reached again.
    TakeBack,
}

/// Why and how long a reward is held: a span such as `30 days`, or `approval`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Hold {
    /// For so long.
    For(Span),
    /// Until a person approves.
    Approval,
}

impl TryFrom<String> for Hold {
    type Error = crate::error::Error;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "approval" { Ok(Self::Approval) } else { text.parse().map(Self::For) }
    }
}

impl From<Hold> for String {
    fn from(hold: Hold) -> Self {
        match hold {
            Hold::For(span) => span.to_string(),
            Hold::Approval => "approval".to_owned(),
        }
    }
}

/// A limit. It counts rewards that are neither cancelled, expired nor reversed; a reward that does not fit is refused whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitModel {
    /// Its name: stable over versions, because its total is. Unique in the campaign. By default the rule's id and the
    /// limit's place: `friend-buys.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<LimitId>,
    /// For whom it counts.
    pub per: LimitPer,
    /// At most so many rewards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// At most so much value. A list is a table by currency or unit: a reward in one that is not listed is refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "one_or_many")]
    pub value: Vec<Amount>,
    /// In which window. By default over the campaign's life.
    #[serde(default, skip_serializing_if = "is_default")]
    pub each: LimitEach,
    /// The zone of calendar windows. By default the campaign's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
}

/// For whom a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitPer {
    /// For each referrer, over the rewards that go to referrers.
    Referrer,
    /// For each invitee, over the rewards that go to invitees.
    Invitee,
    /// Over all rewards.
    Campaign,
}

/// The window of a limit: `day`, `calendar week`, `calendar month`, `calendar year`, a rolling span such as `30 days`, or `ever`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LimitEach {
    /// The campaign's life.
    #[default]
    Ever,
    /// A calendar day.
    CalendarDay,
    /// A calendar week, from Monday.
    CalendarWeek,
    /// A calendar month.
    CalendarMonth,
    /// A calendar year.
    CalendarYear,
    /// The span until now: `(now − span, now]`. Only per referrer or invitee.
    Rolling(Span),
}

impl LimitEach {
    const NAMES: [(&'static str, Self); 5] = [
        ("ever", Self::Ever),
        ("calendar day", Self::CalendarDay),
        ("calendar week", Self::CalendarWeek),
        ("calendar month", Self::CalendarMonth),
        ("calendar year", Self::CalendarYear),
    ];
}

impl TryFrom<String> for LimitEach {
    type Error = crate::error::Error;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        match Self::NAMES.iter().find(|(name, _)| *name == text) {
            Some((_, each)) => Ok(*each),
            None => text.parse().map(Self::Rolling),
        }
    }
}

impl From<LimitEach> for String {
    fn from(each: LimitEach) -> Self {
        if let LimitEach::Rolling(span) = each {
            return span.to_string();
        }
        LimitEach::NAMES
            .iter()
            .find(|(_, other)| *other == each)
            .map(|(name, _)| (*name).to_owned())
            .unwrap_or_default()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn default_waiting() -> Span {
    Span::hours(72)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_default_waiting(span: &Span) -> bool {
    *span == default_waiting()
}

/// One amount or a list of amounts.
mod one_or_many {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::value::Amount;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(Amount),
        Many(Vec<Amount>),
    }

    pub(super) fn serialize<S: Serializer>(amounts: &[Amount], to: S) -> Result<S::Ok, S::Error> {
        match amounts {
            [one] => one.serialize(to),
            many => many.serialize(to),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Amount>, D::Error> {
        Ok(match OneOrMany::deserialize(from)? {
            OneOrMany::One(amount) => vec![amount],
            OneOrMany::Many(amounts) => amounts,
        })
    }
}
