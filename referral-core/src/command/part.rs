//! What commands are made of: the envelope, people, evidence, amounts.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::any::AnyCommand;
use super::hidden::shown_or_hidden;
use crate::record::{Data, FurtherId, Private};
use crate::value::{
    City, CommandKey, Country, Email, EventId, GrantId, HostId, Language, Money, ParticipantId, SourceName, Timestamp,
};

/// A command with its idempotency key: what an operation executes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The same for every retry of the same command. Its time must lie within the days that receipts are kept.
    pub key: CommandKey,
    /// What is wanted.
    pub command: AnyCommand,
    /// What the host knows beside it.
    #[serde(default)]
    pub facts: HostFacts,
}

/// What the host knows beside a command. Neither hashed nor compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostFacts {
    /// Whether the person was a customer before. By default not.
    pub existing_customer: bool,
    /// The country of the address that the request came from.
    pub country: Option<Country>,
    /// The city of that address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<City>,
    /// When it happened, for what is recorded later than that: a log, an upload. By default, and at the latest, the time
    /// of the operation, by which the age of the command's key is judged in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// How a command names a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// By the id that this library gave.
    Id(ParticipantId),
    /// By the host's own id.
    Host(HostId),
    /// By an email.
    Email(Email),
    /// By an id in another system, such as `{"further": {"source": "stripe", "id": "cus_1"}}`.
    Further(FurtherId),
}

/// The `Sec-Fetch` headers of a request: what a browser says of why it asks. Values as they came.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetchHeaders {
    /// `Sec-Fetch-Site`: from where, seen from the site that is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// `Sec-Fetch-Mode`: `navigate` for a page that a person goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// `Sec-Fetch-Dest`: what the answer is for, such as `document`, `image`, `iframe`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dest: Option<String>,
    /// `Sec-Fetch-User`: `?1` if a person clicked or typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

impl FetchHeaders {
    /// Whether none of them came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for FetchHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FetchHeaders(..)")
    }
}

/// Whose mails a command is about, and with that who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// The token of a mail, as it stood in the URL: the person says so. It never prints.
    Token(Private),
    /// The host says so, of this person.
    Participant(Who),
}

/// A person, as far as the host tells. At least one of `host_id`, `ids` and `email` is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// The host's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_id: Option<HostId>,
    /// Further ids, such as `[{"source": "stripe", "id": "cus_1"}]`; at most 8.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<FurtherId>,
    /// The email.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// A name to greet by, of at most 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Private>,
    /// The language to write in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// What else the host says, for conditions; at most 32 fields, none of them personal.
    #[serde(skip_serializing_if = "is_empty")]
    pub data: Data,
}

/// What may name the referrer. Several may come together; the campaign's precedence decides.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvidenceGiven {
    /// The referrer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<Who>,
    /// A code, as it was typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A link token, as it stood in the URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The visitor who clicked before: the host's cookie or device id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visitor: Option<String>,
    /// When the person met the referrer, the code or the link: it can only make them too old.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

impl fmt::Debug for EvidenceGiven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("EvidenceGiven");
        shown.field("referrer", &self.referrer);
        shown.field("at", &self.at);
        let typed = [("code", &self.code), ("link", &self.link), ("visitor", &self.visitor)];
        for (name, value) in typed {
            shown.field(name, shown_or_hidden(name, value));
        }
        shown.finish()
    }
}

impl EvidenceGiven {
    /// Whether nothing is given: a field that somebody left empty gives nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { referrer, code, link, visitor, at: _ } = self;
        let is_blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
        referrer.is_none() && [code, link, visitor].into_iter().all(is_blank)
    }
}

/// A further id of a conversion.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Where the id comes from.
    pub source: SourceName,
    /// The id.
    pub id: EventId,
}

/// How much is refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundAmount {
    /// This refund's amount.
    Amount(Money),
    /// All refunds of the conversion together, so far. The greatest counts.
    Cumulative(Money),
}

impl RefundAmount {
    /// The money.
    #[must_use]
    pub fn money(self) -> Money {
        match self {
            Self::Amount(money) | Self::Cumulative(money) => money,
        }
    }
}

/// What can be withdrawn and restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revocable {
    /// A code, as it was typed.
    Code(String),
    /// A link, as it stood in the URL.
    Link(String),
    /// All links of a grant.
    Grant(GrantId),
}

/// Where a reward is moved to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardMove {
    /// A person approved it.
    Approve,
    /// Handing it over begins. It fixes what is payable, and what of it pays an older debt: with nothing payable it is
    /// handed over by that.
    BeginIssue,
    /// It was handed over; the host's reference of that.
    Issue(String),
    /// Handing it over failed; why.
    Fail(String),
    /// The transfer came back; why. What was handed over is payable again, or ends the debt that its reversal left.
    ReturnIssue(String),
    /// So many minor units or units were used.
    Redeem(i64),
    /// It is taken back before it was handed over; why.
    Cancel(String),
    /// It is taken back after it was handed over; why.
    Reverse(String),
}

pub(super) fn is_empty(data: &Data) -> bool {
    data.0.is_empty()
}
