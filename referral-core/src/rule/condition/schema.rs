//! Which fields a condition may name: what they are called, what they hold, and whether they may be missing.
//!
//! The list is data, so that documentation and editors can show it.

use serde::{Deserialize, Serialize};

use super::lexer::is_reserved;
use crate::error::{Error, Result};
use crate::quote::quoted;
use crate::record::{Browser, ConversionKind, Device, System};
use crate::value::{Money, Timestamp};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// Text.
    String,
    /// A list of texts.
    Strings,
    /// An amount of money in one currency.
    Money,
    /// An instant.
    Time,
}

/// What a field holds at one evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Str(&'a str),
    /// A list of texts.
    Strings(&'a [String]),
    /// An amount of money.
    Money(Money),
    /// An instant.
    Time(Timestamp),
}

/// Where compiled conditions find the fields.
///
/// A field whose value does not exist, now or ever, is `None`: the condition then does not fail, it is
/// [`Unknown`](super::Verdict::Unknown), unless another part decides it.
pub trait Facts {
    /// The value of the field in `slot`.
    fn get(&self, slot: Slot) -> Option<Value<'_>>;
}

/// What the fields of a schema are about: the first name of their paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Root {
    /// The conversion that caused this.
    Order,
    /// Who was referred.
    Invitee,
    /// Who referred.
    Referrer,
    /// The relation between the two.
    Referral,
    /// The share that caused this.
    Share,
    /// The instant of the decision.
    Now,
}

impl Root {
    /// What is known when an invitee has become a lead.
    pub const JOINED: &[Self] = &[Self::Invitee, Self::Referrer, Self::Referral, Self::Now];
    /// What is known when a participant shares.
    pub const SHARED: &[Self] = &[Self::Referrer, Self::Share, Self::Now];
    /// What is known when a referral qualifies. The fields of `order` are missing if no conversion qualified it.
    pub const QUALIFIED: &[Self] = &[Self::Order, Self::Invitee, Self::Referrer, Self::Referral, Self::Now];
    /// What is known at a purchase, a renewal or another conversion.
    pub const CONVERTED: &[Self] = Self::QUALIFIED;

    /// The first name of the paths.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Invitee => "invitee",
            Self::Referrer => "referrer",
            Self::Referral => "referral",
            Self::Share => "share",
            Self::Now => "now",
        }
    }

    fn of(path: &str) -> Option<Self> {
        let name = path.split('.').next();
        [Self::Order, Self::Invitee, Self::Referrer, Self::Referral, Self::Share, Self::Now]
            .into_iter()
            .find(|root| Some(root.name()) == name)
    }
}

macro_rules! built_in {
    ($($slot:ident $path:literal $kind:ident $nullable:literal $at_least:expr, $doc:literal;)*) => {
        /// Which field: what [`Facts`] are asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Slot {
            $(#[doc = concat!("`", $path, "`: ", $doc)] $slot,)*
            /// A field that the campaign declares, by its place in the declaration.
            Custom(u16),
        }

        /// The fields that every campaign has.
        const BUILT_IN: &[BuiltIn] = &[$(BuiltIn {
            slot: Slot::$slot, path: $path, kind: Type::$kind, nullable: $nullable, at_least: $at_least, doc: $doc,
        },)*];
    };
}

struct BuiltIn {
    slot: Slot,
    path: &'static str,
    kind: Type,
    nullable: bool,
    at_least: Option<i64>,
    doc: &'static str,
}

built_in! {
    OrderTotal "order.total" Money false None, "what was paid, taxes and shipping included";
    OrderNet "order.net" Money false None, "the total without tax and shipping";
    OrderTax "order.tax" Money false None, "the tax in the total";
    OrderShipping "order.shipping" Money false None, "the shipping in the total";
    OrderCurrency "order.currency" String false None, "the currency of the order by ISO 4217";
    OrderCountry "order.country" String true None, "the country of the order by ISO 3166";
    OrderKind "order.kind" String false None, "the kind of the conversion: `purchase`, `renewal`";
    OrderSource "order.source" String false None, "where the event came from";
    OrderCoupon "order.coupon" String true None, "the coupon that the order used";
    OrderNumber "order.number" Int false Some(1), "its place among the referral's standing orders by time, from 1";
    OrderOccurredAt "order.occurred_at" Time false None, "when it happened";
    InviteeIsNew "invitee.is_new" Bool false None, "whether the host says that this is no existing customer";
    InviteeCountry "invitee.country" String true None, "the invitee's country by ISO 3166";
    InviteeEnrolledAt "invitee.enrolled_at" Time false None, "when the invitee was enrolled";
    ReferrerIsActive "referrer.is_active" Bool false None, "whether the referrer may refer";
    ReferrerEnrolledAt "referrer.enrolled_at" Time false None, "when the referrer was enrolled";
    ReferrerQualified "referrer.qualified" Int false Some(0), "how many of the referrer's referrals are qualified";
    ReferralChannel "referral.channel" String true None, "the channel that led to the referral";
    ReferralDevice "referral.device" String true None, "the kind of device of the click that led to the referral";
    ReferralBrowser "referral.browser" String true None, "the family of its browser, or the app in whose browser it was";
    ReferralSystem "referral.system" String true None, "its operating system";
    ReferralReferringHost "referral.referring_host" String true None, "the host of the page where the click was, in lower case";
    ReferralCity "referral.city" String true None, "the city that the host's resolver found for the click";
    ReferralUtmSource "referral.utm.source" String true None, "`utm_source` of the link, or else of the URL";
    ReferralUtmMedium "referral.utm.medium" String true None, "`utm_medium`";
    ReferralUtmCampaign "referral.utm.campaign" String true None, "`utm_campaign`";
    ReferralUtmTerm "referral.utm.term" String true None, "`utm_term`";
    ReferralUtmContent "referral.utm.content" String true None, "`utm_content`";
    ReferralLeadAt "referral.lead_at" Time false None, "when the invitee became a lead";
    ReferralClickedAt "referral.clicked_at" Time true None, "when the link was clicked";
    ReferralVersion "referral.version" Int false Some(1), "the campaign version pinned on the referral";
    ShareChannel "share.channel" String false None, "where the link is shared";
    ShareNumber "share.number" Int false Some(1), "which of the participant's shares it is, from 1";
    Now "now" Time false None, "when the event that is judged happened";
}

impl Slot {
    /// The only texts that the field can hold; none if it may hold any.
    fn one_of(self) -> Vec<&'static str> {
        match self {
            Self::OrderKind => ConversionKind::ALL.iter().map(|kind| kind.as_str()).collect(),
            Self::ReferralDevice => Device::ALL.iter().map(|device| device.as_str()).collect(),
            Self::ReferralBrowser => Browser::ALL.iter().map(|browser| browser.as_str()).collect(),
            Self::ReferralSystem => System::ALL.iter().map(|system| system.as_str()).collect(),
            _ => Vec::new(),
        }
    }
}

/// Where the fields lie that campaigns declare.
const OWN: [&str; 3] = ["order.data.", "invitee.data.", "referrer.data."];

/// A field that a campaign declares: `order.data.status`, `invitee.data.plan`. It may always be missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomField {
    /// The path: `order.data.`, `invitee.data.` or `referrer.data.` and a name of at most 64 characters from `a-z`, `0-9`, `_`.
    pub path: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Type,
    /// What it means, for documentation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
}

/// One field that a condition may name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// How conditions call it.
    pub path: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Whether it may be missing.
    pub nullable: bool,
    /// The least number it can hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<i64>,
    /// The only texts that it can hold; none if it may hold any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<&'static str>,
    /// What it means.
    pub doc: String,
    /// What [`Facts`] are asked for.
    #[serde(skip)]
    pub slot: Slot,
}

/// The fields that a condition in one kind of rule may name.
///
/// ```
/// use referral_core::rule::condition::{Root, Schema};
/// let schema = Schema::new(Root::JOINED, &[])?;
/// assert!(schema.field("invitee.is_new").is_some());
/// assert!(schema.field("order.total").is_none());
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Schema {
    roots: Vec<Root>,
    fields: Vec<Field>,
}

impl Schema {
    /// The fields of `roots`, and those of `custom` that lie below them. The slot of a custom field is its place in
    /// `custom`, whatever the roots are.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if a custom field has a path that is malformed or occurs twice, or there are more than 256.
    pub fn new(roots: &[Root], custom: &[CustomField]) -> Result<Self> {
        let available = |path: &str| Root::of(path).is_some_and(|root| roots.contains(&root));
        let mut fields: Vec<Field> = Vec::new();
        for field in BUILT_IN.iter().filter(|field| available(field.path)) {
            fields.push(Field {
                path: field.path.to_owned(),
                kind: field.kind,
                nullable: field.nullable,
                at_least: field.at_least,
                one_of: field.slot.one_of(),
                doc: field.doc.to_owned(),
                slot: field.slot,
            });
        }
        check_custom(custom)?;
        for (index, field) in (0..).zip(custom).filter(|(_, field)| available(&field.path)) {
            fields.push(Field {
                path: field.path.clone(),
                kind: field.kind,
                nullable: true,
                at_least: None,
                one_of: Vec::new(),
                doc: field.doc.clone(),
                slot: Slot::Custom(index),
            });
        }
        Ok(Self { roots: roots.to_vec(), fields })
    }

    /// The fields, built-in ones first.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field with this path.
    #[must_use]
    pub fn field(&self, path: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.path == path)
    }

    /// Why there is no field `path`, and what there is.
    pub(super) fn lack(&self, path: &str) -> String {
        let roots = || self.roots.iter().map(|root| format!("`{}`", root.name())).collect::<Vec<_>>().join(", ");
        if let Some(root) = Root::of(path).filter(|root| !self.roots.contains(root)) {
            return format!("`{}` is not known where this rule applies; there are {}", root.name(), roots());
        }
        let near = self.fields.iter().map(|field| (distance(&field.path, path), field)).min_by_key(|(far, _)| *far);
        if let Some((far, field)) = near
            && far <= (1 + path.len() / 5).min(3)
        {
            return format!("no field {}; did you mean `{}`?", quoted(path), field.path);
        }
        let below: Vec<_> = self.fields.iter().filter(|field| Root::of(&field.path) == Root::of(path)).collect();
        if Root::of(path).is_none() || below.is_empty() {
            return format!("no field {}; there are {}", quoted(path), roots());
        }
        let below: Vec<_> = below.into_iter().map(|field| format!("`{}`", field.path)).collect();
        format!("no field {}; there are {}", quoted(path), below.join(", "))
    }
}

fn check_custom(custom: &[CustomField]) -> Result<()> {
    if custom.len() > 256 {
        return Err(Error::invalid("field", "a campaign declares at most 256 fields"));
    }
    for (index, field) in custom.iter().enumerate() {
        let name = OWN.iter().find_map(|prefix| field.path.strip_prefix(prefix));
        let fine = name.is_some_and(|name| {
            name.len() <= 64
                && name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
                && !is_reserved(name)
        });
        if !fine {
            let path = quoted(&field.path);
            let problem = format!(
                "{path} is not `order.data.NAME`, `invitee.data.NAME` or `referrer.data.NAME` with a NAME of a-z, 0-9, `_`"
            );
            return Err(Error::invalid("field", problem));
        }
        if custom.iter().take(index).any(|other| other.path == field.path) {
            return Err(Error::invalid("field", format!("`{}` is declared twice", field.path)));
        }
    }
    Ok(())
}

/// How many letters differ: insertions, deletions and replacements (Levenshtein).
pub(crate) fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, a) in left.bytes().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut before = index + 1;
        next.push(before);
        for ((b, diagonal), above) in right.bytes().zip(&row).zip(row.iter().skip(1)) {
            before = (diagonal + usize::from(a != b)).min(above + 1).min(before + 1);
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
