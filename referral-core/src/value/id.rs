//! Ids: a type for each, so that one cannot be taken for another.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::letters::is_invisible;
use super::{Entropy, Timestamp};
use crate::error::Error;
use crate::quote::quoted;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id: a UUIDv7 of the time `at`.
            pub fn mint(at: Timestamp, entropy: &mut Entropy) -> Self {
                Self(entropy.uuid_v7(at))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self, Error> {
                Uuid::try_parse(text).map(Self).map_err(|_| Error::invalid($what, format!("{} is not a UUID", quoted(text))))
            }
        }
    )*};
}

uuid_id! {
    /// A person in a tenant. A random UUIDv7: it says nothing about the person.
    ParticipantId = "participant id";
    /// One share, view or click.
    TouchId = "touch id";
    /// One ledger entry.
    EntryId = "entry id";
    /// One notification.
    NotificationId = "notification id";
    /// One request to check one's referrals. Its notification has the same id.
    LookupId = "lookup id";
    /// The idempotency key of a command: a UUIDv7 that the caller mints once and sends with every retry.
    CommandKey = "command key";
    /// An anonymous visitor: a keyed hash of whatever the host uses (a cookie, a device id).
    VisitorId = "visitor id";
}

impl CommandKey {
    /// The time in the key, in whole milliseconds.
    ///
    /// # Errors
    /// [`Error::InvalidCommand`] if the key is not a UUIDv7.
    pub fn minted_at(self) -> Result<Timestamp, Error> {
        if self.0.get_version_num() != 7 {
            return Err(Error::command("key", format!("`{self}` is not a UUIDv7")));
        }
        let [a, b, c, d, e, f, ..] = *self.0.as_bytes();
        let millis = i64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        Timestamp::from_millis(millis)
    }
}

/// How a text id may look.
#[derive(Clone, Copy)]
enum Shape {
    /// `a-z`, `0-9`, `-`, `_`, `.`; begins with a letter or a digit; at most 64 characters.
    Slug,
    /// Any text without control characters and without those that show nothing, such as marks of direction; at most 255 bytes.
    Opaque,
}

fn check_text(what: &'static str, text: &str, shape: Shape) -> Result<(), Error> {
    if text.is_empty() {
        return Err(Error::invalid(what, "is empty"));
    }
    match shape {
        Shape::Slug => {
            if text.len() > 64 {
                return Err(Error::invalid(what, "is longer than 64 characters"));
            }
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
            if !text.chars().all(fine) || text.starts_with(['-', '_', '.']) {
                let problem =
                    format!("{} may hold only a-z, 0-9, `-`, `_`, `.` and begins with a letter or digit", quoted(text));
                return Err(Error::invalid(what, problem));
            }
        }
        Shape::Opaque => {
            if text.len() > 255 {
                return Err(Error::invalid(what, "is longer than 255 bytes"));
            }
            if text.chars().any(char::is_control) {
                return Err(Error::invalid(what, "holds a control character"));
            }
            if text.chars().any(is_invisible) {
                return Err(Error::invalid(what, "holds a character that shows nothing, such as a mark of direction"));
            }
        }
    }
    Ok(())
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident = $what:literal, $shape:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses the id.
            ///
            /// # Errors
            /// [`Error::InvalidValue`] if it is empty, too long, or holds a character that it may not.
            pub fn new(text: impl AsRef<str>) -> Result<Self, Error> {
                let text = text.as_ref();
                check_text($what, text, Shape::$shape)?;
                Ok(Self(text.into()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }
    )*};
}

macro_rules! debug_as_text {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )*};
}

text_id! {
    /// One customer of the host. A host with one tenant never sees it: [`TenantId::default`].
    TenantId = "tenant", Slug;
    /// The name of a campaign, chosen by the host, unique in its tenant.
    CampaignSlug = "campaign", Slug;
    /// The name of a reward rule, unique and stable in its campaign.
    RuleId = "rule", Slug;
    /// The name of a limit, unique and stable in its campaign.
    LimitId = "limit", Slug;
    /// Where events come from: `shop`, `stripe`.
    SourceName = "source", Slug;
    /// Who receives notifications.
    SubscriberName = "subscriber", Slug;
    /// A unit that is not money: `points`, `days`, `free-months`.
    UnitName = "unit", Slug;
    /// The id of an event within its source: the order, the invoice. Never the id of a delivery.
    EventId = "event id", Opaque;
    /// The host's own id of a person. Personal data: it stands only in the erasable row and never prints.
    HostId = "host id", Opaque;
}

impl RuleId {
    /// What stands in place of a rule in a reward that a hand gives. No rule of a campaign has this name.
    pub const BY_HAND: &'static str = "by-hand";

    /// [`RuleId::BY_HAND`] as an id.
    #[must_use]
    pub fn by_hand() -> Self {
        Self(Self::BY_HAND.into())
    }
}

debug_as_text! { TenantId CampaignSlug RuleId LimitId SourceName SubscriberName UnitName EventId }

impl fmt::Debug for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostId(..)")
    }
}

impl Default for TenantId {
    fn default() -> Self {
        Self("default".into())
    }
}

/// The number of a campaign within its tenant: assigned when it is first defined, and part of every link token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CampaignId(pub u32);

impl fmt::Display for CampaignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of a grant, the permission to mint link tokens: eight random bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GrantId(pub [u8; 8]);

impl GrantId {
    /// A new id from the stream.
    pub fn mint(entropy: &mut Entropy) -> Self {
        Self(entropy.bytes())
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantId({self})")
    }
}

impl TryFrom<String> for GrantId {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        let number = u64::from_str_radix(&text, 16).map_err(|_| Error::invalid("grant", "is not hexadecimal"))?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl From<GrantId> for String {
    fn from(id: GrantId) -> Self {
        id.to_string()
    }
}
