//! Notifications and their deliveries.

use crate::record::describe::records;
use crate::record::name::{Cause, NotificationKind};
use crate::record::state::DeliveryState;
use crate::value::{CampaignId, CommandKey, NotificationId, ParticipantId, RuleId, SubscriberName, Timestamp};

records! {
    /// Something to tell, by ids only.
    Notification (NotificationKey) {
        key {
            /// The notification.
            notification: NotificationId,
        }
        /// What happened.
        happened: NotificationKind,
        /// The campaign, if it is about one.
        campaign: Option<CampaignId>,
        /// Whom it is about.
        participant: ParticipantId,
        /// Whose the referral was, or who turned out to be the participant.
        former: Option<ParticipantId>,
        /// The referral's invitee, if it is about a referral.
        invitee: Option<ParticipantId>,
        /// Which of the invitee's leads it is about.
        lead: Option<u32>,
        /// The reward's rule, if it is about a reward or a limit.
        rule: Option<RuleId>,
        /// The reward's cause, if it is about a reward.
        cause: Option<Cause>,
        /// When it happened.
        at: Timestamp,
    }

    /// The delivery of one notification to one subscriber.
    Delivery (DeliveryKey) {
        key {
            /// The notification.
            notification: NotificationId,
            /// Who is told.
            subscriber: SubscriberName,
        }
        /// Where it stands.
        state: DeliveryState,
        /// How often it was tried.
        attempts: u32,
        /// When it is tried next; while it is leased, when the lease ends; when it was delivered or died.
        due_at: Timestamp,
        /// The lease that holds it, or held it last.
        lease: Option<CommandKey>,
        /// What went wrong last.
        last_error: Option<String>,
        @index BY_DUE = "by_due" [subscriber Ascending, state Ascending, due_at Ascending]
    }
}
