//! Values: parsed once, valid ever after.

mod amount;
mod delay;
pub(crate) mod digest;
mod entropy;
mod id;
mod identity;
mod keyring;
pub(crate) mod letters;
mod message;
mod money;
mod place;
mod seal;
mod secret;
mod span;
mod time;

pub use amount::Amount;
pub use delay::DelayClass;
pub use entropy::Entropy;
pub use id::{
    CampaignId, CampaignSlug, CommandKey, EntryId, EventId, GrantId, HostId, LimitId, LookupId, NotificationId,
    ParticipantId, RuleId, SourceName, SubscriberName, TenantId, TouchId, UnitName, VisitorId,
};
pub use identity::{Country, Email, IpPrefix, Language, LinkHost};
pub use keyring::{KeyCheck, KeyState, Keyring, KeyringBuilder};
pub use message::{LetterId, MessageBody};
pub use money::{Currency, Money, Rate, Rounding};
pub use place::{City, Place};
pub(crate) use seal::Message;
pub use secret::Secret;
pub use span::Span;
pub use time::{Day, Month, Timestamp, Zone};
