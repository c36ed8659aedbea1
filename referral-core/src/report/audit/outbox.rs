//! Notifications against their deliveries.

use std::collections::BTreeSet;

use super::books::Books;
use super::{Audited, Invariant};
use crate::record::{Notification, NotificationKey, NotificationKind};

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
        if !told.insert(about) {
            let subject = format!("notification {}", notification.notification);
            audited.differ(Invariant::OutboxIsWhole, subject, "told once", notification.happened);
        }
    }
}

fn happens_once(kind: NotificationKind) -> bool {
    matches!(kind, NotificationKind::ParticipantEnrolled | NotificationKind::ReferralLead)
}
