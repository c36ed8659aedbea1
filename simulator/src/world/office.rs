//! What the back office does: campaigns, reviews, subscriptions, timers.

use serde_json::{Value, json};

use super::{Known, Maker, campaign, keep};
use referral_core::record::{Kind, NotificationKind, Record, RecordKind};
use referral_core::store::Listing;

/// The subscriber that is told everything, and by which notifications are counted.
pub(crate) const WATCHER: &str = "watcher";

/// Tells the watcher everything.
pub(super) fn everything() -> Value {
    json!({"subscribe": {"subscriber": WATCHER, "kinds": NotificationKind::ALL}})
}

impl Maker<'_> {
    pub(super) fn qualify(&mut self) -> Option<Value> {
        let (campaign, invitee) = self.referred()?;
        Some(json!({"qualify": {"campaign": campaign, "invitee": invitee}}))
    }

    pub(super) fn unqualify(&mut self) -> Option<Value> {
        let (campaign, invitee) = self.referred()?;
        Some(json!({"unqualify": {"campaign": campaign, "invitee": invitee}}))
    }

    pub(super) fn lose(&mut self) -> Option<Value> {
        let (campaign, invitee) = self.referred()?;
        Some(json!({"lose": {"campaign": campaign, "invitee": invitee}}))
    }

    pub(super) fn remove_mark(&mut self) -> Option<Value> {
        let (campaign, invitee) = self.referred()?;
        Some(json!({"remove_mark": {
            "campaign": campaign, "invitee": invitee, "actor": "desk", "reason": "marked by mistake",
        }}))
    }

    pub(super) fn reassign(&mut self) -> Option<Value> {
        let (campaign, invitee) = self.referred()?;
        let to = self.someone();
        Some(json!({"reassign": {
            "campaign": campaign, "invitee": invitee, "to": self.named(to), "actor": "desk", "reason": "asked for it",
        }}))
    }

    /// Two of the people turn out to be one.
    pub(super) fn merge_people(&mut self) -> Option<Value> {
        let (one, other) = (self.someone(), self.someone());
        Some(json!({"merge_people": {
            "one": self.named(one), "other": self.named(other), "actor": "desk", "reason": "called in",
        }}))
    }

    pub(super) fn moderate(&mut self) -> Option<Value> {
        let (campaign, invitee) = self.referred()?;
        let moderation = self.one(&["flagged", "flagged", "flagged", "clear", "clear", "denied"]);
        Some(json!({"moderate": {
            "campaign": campaign, "invitee": invitee, "moderation": moderation, "note": "looked at it",
        }}))
    }

    /// A timer that is listed, due or not, or one that was listed before.
    pub(super) fn timer(&mut self) -> Option<Value> {
        let until = self.now.plus(chrono::TimeDelta::days(3));
        for record in self.list(Listing::TimersDue { until }) {
            if let Record::Timer(timer) = record {
                keep(&mut self.tenant.timers, timer.key());
            }
        }
        let timer = self.draw.pick(&self.tenant.timers)?.clone();
        Some(json!({"fire_timer": {"timer": timer}}))
    }

    /// A new version of a campaign, or a further campaign.
    pub(super) fn edit_campaign(&mut self) -> Option<Value> {
        let count = self.tenant.campaigns.len();
        if count < 5 && self.draw.once_in(4) {
            let slug = format!("c{count}");
            let definition = campaign::draw(&slug, self.draw);
            self.tenant.campaigns.push(Known { slug, id: None, definition: definition.clone() });
            return Some(json!({"define_campaign": {"definition": definition}}));
        }
        let at = self.draw.below(count);
        let known = self.tenant.campaigns.get_mut(at)?;
        if !self.draw.once_in(5) {
            campaign::edit(&mut known.definition, self.draw);
        }
        let mut definition = known.definition.clone();
        if self.draw.once_in(8) {
            campaign::break_it(&mut definition, self.draw);
        }
        Some(json!({"define_campaign": {"definition": definition}}))
    }

    pub(super) fn campaign_state(&mut self) -> Option<Value> {
        let states = ["active", "active", "active", "active", "paused", "paused", "ended"];
        let drawn = self.draw.below(30);
        let state = states.get(drawn.min(29) % states.len()).copied().unwrap_or("active");
        // A campaign that has ended stays so: not too often.
        let state = if state == "ended" && !self.draw.once_in(6) { "active" } else { state };
        Some(json!({"set_campaign_state": {"campaign": self.campaign(), "state": state}}))
    }

    pub(super) fn subscribe(&mut self) -> Option<Value> {
        let kinds = match self.draw.below(4) {
            0 => json!([]),
            1 => json!(["reward.issued", "referral.lead"]),
            _ => json!(["reward.due"]),
        };
        Some(json!({"subscribe": {"subscriber": self.one(&["crm", "mail"]), "kinds": kinds}}))
    }

    /// Something that was told is told again.
    pub(super) fn redeliver(&mut self) -> Option<Value> {
        let Record::Delivery(told) = self.any(Kind::Delivery)? else { return None };
        let subscriber = if self.draw.once_in(20) { "nobody" } else { told.subscriber.as_str() };
        Some(json!({"redeliver": {"subscriber": subscriber, "notification": told.notification}}))
    }
}
