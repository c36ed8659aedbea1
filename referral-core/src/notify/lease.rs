//! Leases deliveries: takes those that are due out of everybody else's sight for a while.

use serde::{Deserialize, Serialize};

use super::notice::{self, Notice};
use super::schedule::Schedule;
use crate::decide::{Decide, Halt};
use crate::engine::{Desk, Reader, Task};
use crate::record::{
    Delivery, DeliveryState, Key, Notification, NotificationKey, Purpose, RecordKind, Settings, SettingsKey,
};
use crate::store::Listing;
use crate::value::{CommandKey, Span, SubscriberName, Timestamp};

/// One lease holds at most so many deliveries.
const MOST: u32 = 1_000;
const RAN_OUT: &str = "ran out of attempts";

/// Leases the deliveries of one subscriber that are due, the longest due first.
///
/// Each counts as tried from then on: a worker that dies with its lease has tried. Until the lease ends nobody else leases
/// them; when it ends without an acknowledgement they are due again. Of two workers that lease at the same time each gets
/// deliveries of its own, because a delivery is put with the version that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// Who is told.
    pub subscriber: SubscriberName,
    /// How many at most, up to 1,000.
    pub most: u32,
    /// How long the lease holds: longer than it takes to hand all of them over.
    pub lease_for: Span,
    /// How often a delivery is tried at most.
    pub schedule: Schedule,
}

/// Deliveries that are leased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leased {
    /// The lease: what an acknowledgement names.
    pub lease: CommandKey,
    /// When it ends.
    pub until: Timestamp,
    /// What to hand over, the longest due first.
    pub notices: Vec<Notice>,
    /// How many more were due and had run out of attempts: they are dead now.
    pub dead: u32,
    /// How many more were due and had nothing to tell: lookups of emails that nobody has, or whose time was over, and mails
    /// to people who are erased or unsubscribed. They count as delivered.
    #[serde(default)]
    pub void: u32,
}

impl Task for Lease {
    type Output = Leased;

    fn run(&self, desk: &mut Desk<'_>) -> Decide<Leased> {
        let now = desk.now();
        let due = Listing::DeliveriesDue { subscriber: self.subscriber.clone(), until: now };
        let proposed = desk.reader().rows::<Delivery>(&due.first(self.most.clamp(1, MOST)))?.rows;
        let notification = |delivery: &Delivery| NotificationKey { notification: delivery.notification };
        let both = |delivery: &Delivery| [Key::from(delivery.key()), notification(delivery).into()];
        desk.reader().need(proposed.iter().flat_map(both).chain([SettingsKey {}.into()]))?;
        let purpose = self.purpose(desk)?;
        let found = proposed.iter().filter_map(|delivery| desk.glance::<Notification>(notification(delivery)));
        let leads: Vec<_> = notice::keys(found).collect();
        desk.reader().need(leads)?;
        let lease = CommandKey::mint(now, desk.entropy());
        let until = now.plus(self.lease_for.delta());
        let (mut dead, mut void) = (0, 0);
        let mut leased: Vec<(Notification, u32)> = Vec::new();
        for listed in &proposed {
            let Some(mut delivery) = desk.get::<Delivery>(listed.key())? else { continue };
            if delivery.state != DeliveryState::Waiting || delivery.due_at > now {
                continue;
            }
            match desk.reader().peek::<Notification>(notification(&delivery))? {
                Some(found) if delivery.attempts < self.schedule.attempts => {
                    delivery.attempts = delivery.attempts.saturating_add(1);
                    (delivery.due_at, delivery.lease) = (until, Some(lease));
                    if notice::is_void(desk, &found, purpose)? {
                        delivery.state = DeliveryState::Delivered;
                        void += 1;
                    } else {
                        leased.push((found, delivery.attempts));
                    }
                }
                // A worker that dies of a notice every time never acknowledges it.
                _ => {
                    (delivery.state, delivery.due_at) = (DeliveryState::Dead, now);
                    delivery.last_error.get_or_insert_with(|| RAN_OUT.to_owned());
                    dead += 1;
                }
            }
            desk.put(delivery);
        }
        let notices = render(desk.reader(), &leased, purpose)?;
        Ok(Leased { lease, until, notices, dead, void })
    }
}

impl Lease {
    fn purpose(&self, desk: &mut Desk<'_>) -> Decide<Purpose> {
        let settings = desk.reader().peek::<Settings>(SettingsKey {})?;
        let subscriptions = settings.map(|settings| settings.subscriptions).unwrap_or_default();
        let own = subscriptions.into_iter().find(|subscription| subscription.subscriber == self.subscriber);
        Ok(own.map(|subscription| subscription.purpose).unwrap_or_default())
    }
}

/// Renders all: what one of them lacks is loaded together with what the others lack.
fn render(reader: &mut Reader<'_>, leased: &[(Notification, u32)], purpose: Purpose) -> Decide<Vec<Notice>> {
    let mut notices = Vec::with_capacity(leased.len());
    let mut lacks = false;
    for (notification, attempt) in leased {
        match notice::render(reader, notification, *attempt, purpose) {
            Ok(notice) => notices.push(notice),
            Err(Halt::Missing) => lacks = true,
            Err(halt) => return Err(halt),
        }
    }
    if lacks { Err(Halt::Missing) } else { Ok(notices) }
}
