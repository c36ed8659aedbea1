//! Notifications against their deliveries.

use std::collections::BTreeSet;

use super::books::Books;
use super::{Audited, Invariant};
use crate::record::{Notification, NotificationKey, NotificationKind, ReferralKey};

pub(super) fn check(books: &Books, audited: &mut Audited) {
    let delivered: BTreeSet<_> = books.deliveries.keys().map(|key| key.notification).collect();
    for key in books.notifications.keys().filter(|key| !delivered.contains(&key.notification)) {
        audited.differ(Invariant::OutboxIsWhole, format!("notification {}", key.notification), "a delivery", "none");
    }
    for key in books.deliveries.keys() {
        if !books.notifications.contains_key(&NotificationKey { notification: key.notification }) {
            audited.differ(
                Invariant::OutboxIsWhole,
                format!("delivery {}", key.notification),
                "a notification",
                "none",
            );
        }
    }
    let mut told = BTreeSet::new();
    for notification in books.notifications.values().filter(|notification| happens_once(notification.happened)) {
        let Notification { happened, campaign, participant, invitee, lead, .. } = notification;
        let about = (happened, campaign, participant, invitee, lead);
        // A referral that went from one referrer to another and back is told to the first one twice.
        if !told.insert(about) && !is_reassigned(books, notification) {
            let subject = format!("notification {}", notification.notification);
            audited.differ(Invariant::OutboxIsWhole, subject, "told once", notification.happened);
        }
    }
}

fn is_reassigned(books: &Books, notification: &Notification) -> bool {
    let Some(invitee) = notification.invitee else { return false };
    let key = ReferralKey { campaign: notification.campaign, invitee, lead: notification.lead.unwrap_or(1) };
    books.referrals.get(&key).is_some_and(|referral| referral.reassigned.is_some())
}

fn happens_once(kind: NotificationKind) -> bool {
    matches!(kind, NotificationKind::ParticipantEnrolled | NotificationKind::ReferralLead)
}
