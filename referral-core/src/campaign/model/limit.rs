//! What a limit says.

use serde::{Deserialize, Serialize};

use super::is_default;
use crate::value::{Amount, LimitId, Span, Zone};

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
