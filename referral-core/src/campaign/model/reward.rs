//! What a reward rule says.

use serde::{Deserialize, Serialize};

use super::is_default;
use super::limit::LimitModel;
use crate::record::ConversionKind;
use crate::rule::condition::ConditionText;
use crate::value::{Money, Rate, RuleId, Span, UnitName};

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
    /// How long after it was handed over it may be used. By default without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeem_within: Option<Span>,
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

/// Which occurrence of the trigger pays. Occurrences are the places of orders that stand, by time, source and id.
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
