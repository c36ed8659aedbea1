//! Values: parsed once, valid ever after.

mod amount;
mod entropy;
mod id;
mod money;
mod time;

pub use amount::Amount;
pub use entropy::Entropy;
pub use id::{
    CampaignId, CampaignSlug, CommandKey, EntryId, EventId, GrantId, HostId, LimitId, NotificationId, ParticipantId,
    RuleId, SourceName, SubscriberName, TenantId, TouchId, UnitName, VisitorId,
};
pub use money::{Currency, Money, Rate, Rounding};
pub use time::{Day, Month, Timestamp, Zone};
