//! Values: parsed once, valid ever after.

mod entropy;
mod id;
mod time;

pub use entropy::Entropy;
pub use id::{
    CampaignId, CampaignSlug, CommandKey, EntryId, EventId, GrantId, HostId, LimitId, NotificationId, ParticipantId,
    RuleId, SourceName, SubscriberName, TenantId, TouchId, UnitName, VisitorId,
};
pub use time::{Day, Month, Timestamp, Zone};
