//! Notifications: records put by the same commit, for the kinds that somebody subscribes to. They hold ids only.

use super::halt::Decide;
use super::view::View;
use crate::command::{Redeliver, Redelivered};
use crate::error::Error;
use crate::record::{
    Cause, Delivery, DeliveryKey, DeliveryState, Notification, NotificationKind, RecordKind, ReferralKey, Reward,
    Settings, SettingsKey,
};
use crate::value::{CampaignId, Entropy, NotificationId, ParticipantId, RuleId, Timestamp};

/// What a notification is about.
#[derive(Clone, Debug)]
pub(super) struct About {
    campaign: Option<CampaignId>,
    participant: ParticipantId,
    former: Option<ParticipantId>,
    invitee: Option<ParticipantId>,
    lead: Option<u32>,
    rule: Option<RuleId>,
    cause: Option<Cause>,
}

impl About {
    /// A participant in a campaign.
    pub(super) fn participant(campaign: CampaignId, participant: ParticipantId) -> Self {
        Self { campaign: Some(campaign), ..Self::person(participant, None) }
    }

    /// A person, whatever the campaign, and who turned out to be that person.
    pub(super) fn person(participant: ParticipantId, former: Option<ParticipantId>) -> Self {
        Self { campaign: None, participant, former, invitee: None, lead: None, rule: None, cause: None }
    }

    /// A referral that was given to its referrer, and whose it was.
    pub(super) fn reassigned(key: &ReferralKey, referrer: ParticipantId, former: ParticipantId) -> Self {
        Self { former: Some(former), ..Self::referral(key, referrer) }
    }

    /// A referral; whom it concerns is its referrer.
    pub(super) fn referral(key: &ReferralKey, referrer: ParticipantId) -> Self {
        Self { invitee: Some(key.invitee), lead: Some(key.lead), ..Self::participant(key.campaign, referrer) }
    }

    /// A reward; whom it concerns is its beneficiary.
    pub(super) fn reward(reward: &Reward) -> Self {
        let key = reward.key();
        Self {
            invitee: reward.invitee,
            lead: reward.lead,
            rule: Some(key.rule.clone()),
            cause: Some(key.cause.clone()),
            ..Self::participant(key.campaign, key.participant)
        }
    }

    /// A rule of a campaign, for a participant.
    pub(super) fn rule(campaign: CampaignId, participant: ParticipantId, rule: &RuleId) -> Self {
        Self { rule: Some(rule.clone()), ..Self::participant(campaign, participant) }
    }
}

/// Puts a notification and its deliveries, if anybody subscribes to the kind.
pub(super) fn tell(view: &mut View<'_>, happened: NotificationKind, about: &About) -> Decide<()> {
    tell_as(view, happened, about, NotificationId::mint)
}

/// The same under an id that is drawn in another way.
pub(super) fn tell_as(
    view: &mut View<'_>,
    happened: NotificationKind,
    about: &About,
    id: impl FnOnce(Timestamp, &mut Entropy) -> NotificationId,
) -> Decide<()> {
    let Some(settings) = view.get::<Settings>(SettingsKey {})? else { return Ok(()) };
    let subscribers: Vec<_> = settings
        .subscriptions
        .into_iter()
        .filter(|subscription| subscription.kinds.contains_key(&happened))
        .map(|subscription| subscription.subscriber)
        .collect();
    if subscribers.is_empty() {
        return Ok(());
    }
    let at = view.now();
    let notification = id(at, view.entropy());
    let About { campaign, participant, former, invitee, lead, rule, cause } = about.clone();
    view.put(Notification { notification, happened, campaign, participant, former, invitee, lead, rule, cause, at });
    for subscriber in subscribers {
        view.put(Delivery {
            notification,
            subscriber,
            state: DeliveryState::Waiting,
            attempts: 0,
            due_at: at,
            lease: None,
            last_error: None,
        });
    }
    Ok(())
}

/// The key of the delivery that is to be made again.
pub(super) fn delivery(command: &Redeliver) -> DeliveryKey {
    DeliveryKey { notification: command.notification, subscriber: command.subscriber.clone() }
}

/// Makes a delivery due again, with all its attempts.
///
/// A worker that is handing it over at this moment loses its lease by that: it may arrive once more than was asked for.
pub(super) fn redeliver(view: &mut View<'_>, command: &Redeliver) -> Decide<Redelivered> {
    let missing = || Error::not_found("delivery", format!("{} to {}", command.notification, command.subscriber));
    let found = view.get::<Delivery>(delivery(command))?.ok_or_else(missing)?;
    let before = found.state;
    let due_at = view.now();
    view.put(Delivery { state: DeliveryState::Waiting, attempts: 0, due_at, lease: None, ..found });
    Ok(Redelivered { before })
}
