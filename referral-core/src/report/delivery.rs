//! The log of deliveries: what was told to whom, what waits, what failed, and with which error.

use serde::{Deserialize, Serialize};

use super::question::ListDeliveries;
use crate::decide::Decide;
use crate::engine::{Reader, Rows};
use crate::record::{Delivery, DeliveryState, Key, Notification, NotificationKey, NotificationKind};
use crate::store::{Cursor, Listing};
use crate::value::{NotificationId, Timestamp};

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReport {
    /// The notification: what [`Redeliver`](crate::command::Redeliver) names.
    pub notification: NotificationId,
    /// What happened, as long as the notification is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<NotificationKind>,
    /// When it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened_at: Option<Timestamp>,
    /// Where the delivery stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it waits; otherwise when it was delivered or died.
    pub at: Timestamp,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// A page of deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryPage {
    /// The deliveries.
    pub deliveries: Vec<DeliveryReport>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Cursor>,
}

pub(super) fn list(reader: &mut Reader<'_>, asked: &ListDeliveries) -> Decide<DeliveryPage> {
    let listing = Listing::DeliveriesIn { subscriber: asked.subscriber.clone(), state: asked.state };
    let Rows { rows, next, .. } = reader.rows::<Delivery>(&asked.page.of(listing))?;
    let key = |delivery: &Delivery| NotificationKey { notification: delivery.notification };
    reader.need(rows.iter().map(|delivery| Key::from(key(delivery))))?;
    let report = |delivery: Delivery| {
        let told = reader.peek::<Notification>(key(&delivery))?;
        Ok(DeliveryReport {
            notification: delivery.notification,
            kind: told.as_ref().map(|told| told.happened),
            happened_at: told.map(|told| told.at),
            state: delivery.state,
            attempts: delivery.attempts,
            at: delivery.due_at,
            last_error: delivery.last_error,
        })
    };
    let deliveries = rows.into_iter().map(report).collect::<Decide<_>>()?;
    Ok(DeliveryPage { deliveries, next })
}
