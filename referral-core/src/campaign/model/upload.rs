//! How a campaign's files are laid out: which column means what, and how amounts and dates are written in it.
//!
//! Files are read by adapters; what a campaign says of them is kept and checked here.

use serde::{Deserialize, Serialize};

use super::is_default;
use crate::value::{Currency, SourceName, Zone};

/// How files of one content are laid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadModel {
    /// What the rows are.
    pub content: Content,
    /// Where the rows come from; of conversions it is the source. By default `upload`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceName>,
    /// The currency of amounts that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Whether the rows have amounts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub amounts: Amounts,
    /// How decimals are written. By default only what can be read in one way is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<Decimals>,
    /// How dates are written. By default only what can be read in one way is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<Dates>,
    /// The zone of days and times that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// Which field is read from which column. By default every column that has the name of a field is read as that field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnModel>,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnModel {
    /// The field that is read from it.
    pub field: String,
    /// Its name in the file's first row.
    pub header: String,
}

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// People to enrol.
    Referrers,
    /// People who signed up, each with what names the referrer.
    Invitees,
    /// Conversions.
    Conversions,
    /// Invitees to qualify by hand: by email, by the host's id, or by their own code.
    Qualifications,
    /// Rewards that were handed over.
    Rewards,
    /// Refunds of orders, and refunds that did not leave.
    Refunds,
    /// Orders that never were, or that were after all.
    Voids,
    /// New amounts of orders.
    Corrections,
    /// Marks that hands set on referrals.
    Marks,
    /// What moderation found of referrals.
    Moderation,
}

/// Whether rows of conversions have amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amounts {
    /// A row states its total, or says in its field `no_amount` that it has none. Another row is refused.
    #[default]
    Stated,
    /// No row has an amount.
    None,
}

/// How decimals are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decimals {
    /// `1,234.50`: a decimal point; commas, spaces or apostrophes may stand between thousands.
    Point,
    /// `1.234,50`: a decimal comma; points, spaces or apostrophes may stand between thousands.
    Comma,
}

/// How dates are written in a file. Whatever is stated, `2026-05-01T09:30:00Z` (RFC 3339) is understood, except where
/// numbers are stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dates {
    /// `2026-05-01`, also with a time behind it.
    YearMonthDay,
    /// `01.05.2026` or `01/05/2026`, also with a time behind it.
    DayMonthYear,
    /// `05/01/2026`, also with a time behind it.
    MonthDayYear,
    /// Seconds since 1970.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMilliseconds,
}

const PERSON: &[&str] = &["host_id", "email", "name", "language", "country"];
const EVIDENCE: &[&str] = &["referrer", "referrer_host_id", "referrer_email", "code", "link", "visitor", "evidence_at"];
const MONEY: &[&str] =
    &["kind", "total", "no_amount", "tax", "shipping", "currency", "coupon", "campaign", "source", "references"];
const REWARD: &[&str] = &["reward", "rule", "cause", "source", "event", "participant", "host_id", "email", "reference"];
const INVITEE: &[&str] = &["host_id", "email", "code"];
/// Who did it, in the host's own words, and why.
const HAND: &[&str] = &["actor", "reason"];
/// The fields that a file without amounts has not.
const AMOUNT: &[&str] = &["total", "no_amount", "tax", "shipping"];
/// What is behind `data.` is a name of the host's.
const DATA: &str = "data.";
/// What is behind `ids.` is the name of another system, in which the cell is an id of the person.
const IDS: &str = "ids.";
/// What is behind `references.` is the name of another source, in which the cell is a further id of the order.
const REFERENCES: &str = "references.";

impl Content {
    /// All contents.
    pub const ALL: [Self; 10] = [
        Self::Referrers,
        Self::Invitees,
        Self::Conversions,
        Self::Refunds,
        Self::Voids,
        Self::Corrections,
        Self::Qualifications,
        Self::Marks,
        Self::Moderation,
        Self::Rewards,
    ];

    /// The stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Referrers => "referrers",
            Self::Invitees => "invitees",
            Self::Conversions => "conversions",
            Self::Qualifications => "qualifications",
            Self::Rewards => "rewards",
            Self::Refunds => "refunds",
            Self::Voids => "voids",
            Self::Corrections => "corrections",
            Self::Marks => "marks",
            Self::Moderation => "moderation",
        }
    }

    /// Whether rows of this content have a field of that name.
    ///
    /// ```
    /// use referral_core::campaign::Content;
    /// assert!(Content::Conversions.has_field("total") && Content::Conversions.has_field("data.plan"));
    /// assert!(Content::Marks.has_field("ids.stripe") && !Content::Voids.has_field("ids.stripe"));
    /// assert!(!Content::Referrers.has_field("total"));
    /// ```
    #[must_use]
    pub fn has_field(self, name: &str) -> bool {
        let own: &[&[&str]] = match self {
            Self::Referrers => &[PERSON],
            Self::Invitees => &[PERSON, EVIDENCE, &["existing_customer"]],
            Self::Conversions => &[PERSON, EVIDENCE, MONEY, &["existing_customer"]],
            Self::Qualifications => &[INVITEE, HAND],
            Self::Rewards => &[REWARD, HAND],
            Self::Refunds => &[&["source", "event", "amount", "cumulative", "currency", "cancelled"], HAND],
            Self::Voids => &[&["source", "event", "void"], HAND],
            Self::Corrections => &[&["source", "event", "total", "tax", "shipping", "currency"], HAND],
            Self::Marks => &[INVITEE, HAND, &["mark"]],
            Self::Moderation => &[INVITEE, HAND, &["moderation"]],
        };
        let brings_people = matches!(self, Self::Referrers | Self::Invitees | Self::Conversions);
        let names_people =
            brings_people || matches!(self, Self::Qualifications | Self::Marks | Self::Moderation | Self::Rewards);
        let is_source = |name: &str| SourceName::new(name).is_ok();
        if let Some(name) = name.strip_prefix(DATA) {
            return brings_people && !name.is_empty();
        }
        if let Some(system) = name.strip_prefix(IDS) {
            return names_people && is_source(system);
        }
        if let Some(source) = name.strip_prefix(REFERENCES) {
            return self == Self::Conversions && is_source(source);
        }
        ["id", "at"].contains(&name) || own.iter().any(|fields| fields.contains(&name))
    }

    /// Whether rows of this content are of one campaign. Orders, their refunds, voids and corrections count in every campaign.
    ///
    /// ```
    /// use referral_core::campaign::Content;
    /// assert!(Content::Marks.is_of_campaign() && !Content::Refunds.is_of_campaign());
    /// ```
    #[must_use]
    pub fn is_of_campaign(self) -> bool {
        !matches!(self, Self::Conversions | Self::Refunds | Self::Voids | Self::Corrections)
    }

    /// Checks the statement that no row of a file has an amount against the fields that are read from columns.
    ///
    /// ```
    /// use referral_core::campaign::Content;
    /// assert!(Content::Conversions.check_no_amounts(["id", "email"]).is_ok());
    /// assert!(Content::Conversions.check_no_amounts(["id", "total"]).is_err());
    /// ```
    ///
    /// # Errors
    /// What contradicts it: the content, or a field.
    pub fn check_no_amounts<'f>(self, fields: impl IntoIterator<Item = &'f str>) -> Result<(), String> {
        if self != Self::Conversions {
            return Err(format!("`none` is said of conversions only, not of {}", self.as_str()));
        }
        match fields.into_iter().find(|field| AMOUNT.contains(field)) {
            Some(field) => Err(format!("`none` says that no row has an amount, and `{field}` is read from a column")),
            None => Ok(()),
        }
    }
}
