//! Acknowledges what became of leased deliveries.

use serde::{Deserialize, Serialize};

use super::notifier::{NotifierError, Retry};
use super::schedule::Schedule;
use crate::command::{Outcome, Reason};
use crate::decide::Decide;
use crate::engine::{Desk, Task};
use crate::error::Error;
use crate::record::{Delivery, DeliveryKey, DeliveryState, Key, Settings, SettingsKey};
use crate::value::{CommandKey, NotificationId, SubscriberName, Timestamp};

/// So much of an error is kept, in characters.
const LONGEST_ERROR: usize = 500;
const MOST: usize = 1_000;

/// Acknowledges what became of leased deliveries. The same acknowledgement again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// Who was told.
    pub subscriber: SubscriberName,
    /// The lease under which it was.
    pub lease: CommandKey,
    /// What became of each; at most 1,000.
    pub deliveries: Vec<(NotificationId, HandOver)>,
    /// When what failed is tried again.
    pub schedule: Schedule,
}

/// What became of one delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandOver {
    /// Whoever is told has it.
    Delivered,
    /// It failed.
    Failed {
        /// What went wrong, without anything of the notice's content.
        problem: String,
        /// Whether and when to try again.
        #[serde(default)]
        retry: Retry,
    },
}

/// Where a delivery stands after its acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The notification.
    pub notification: NotificationId,
    /// Where it stands.
    pub state: DeliveryState,
    /// When it is tried again, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Timestamp>,
}

impl From<Result<(), NotifierError>> for HandOver {
    fn from(result: Result<(), NotifierError>) -> Self {
        match result {
            Ok(()) => Self::Delivered,
            Err(NotifierError { problem, retry }) => Self::Failed { problem, retry },
        }
    }
}

impl Task for Acknowledge {
    /// For each delivery, in order: where it stands, or [`Reason::LeaseLost`] if another worker has it.
    type Output = Vec<Outcome<Delivered>>;

    fn run(&self, desk: &mut Desk<'_>) -> Decide<Self::Output> {
        if self.deliveries.len() > MOST {
            return Err(Error::command("deliveries", "are at most 1,000").into());
        }
        desk.reader().need(self.deliveries.iter().map(|(notification, _)| Key::from(self.key(*notification))))?;
        let each = self.deliveries.iter().map(|(notification, became)| self.one(desk, *notification, became));
        let outcomes: Vec<_> = each.collect::<Decide<_>>()?;
        let gone = |(became, outcome): (&HandOver, &Outcome<Delivered>)| {
            matches!(became, HandOver::Failed { retry: Retry::Gone, .. }) && matches!(outcome, Outcome::Accepted(_))
        };
        if self.deliveries.iter().map(|(_, became)| became).zip(&outcomes).any(gone) {
            self.unsubscribe(desk)?;
        }
        Ok(outcomes)
    }
}

impl Acknowledge {
    fn key(&self, notification: NotificationId) -> DeliveryKey {
        DeliveryKey { notification, subscriber: self.subscriber.clone() }
    }

    fn one(&self, desk: &mut Desk<'_>, notification: NotificationId, became: &HandOver) -> Decide<Outcome<Delivered>> {
        let found = desk.get::<Delivery>(self.key(notification))?;
        let Some(mut delivery) = found.filter(|delivery| delivery.lease == Some(self.lease)) else {
            return Ok(Outcome::Declined(Reason::LeaseLost));
        };
        if delivery.state == DeliveryState::Waiting {
            self.settle(&mut delivery, became, desk.now());
        }
        let again_at = (delivery.state == DeliveryState::Waiting).then_some(delivery.due_at);
        let state = delivery.state;
        desk.put(delivery);
        Ok(Outcome::Accepted(Delivered { notification, state, again_at }))
    }

    /// Nothing more is told to a subscriber that is gone.
    fn unsubscribe(&self, desk: &mut Desk<'_>) -> Decide<()> {
        let Some(mut settings) = desk.get::<Settings>(SettingsKey {})? else { return Ok(()) };
        let before = settings.subscriptions.len();
        settings.subscriptions.retain(|subscription| subscription.subscriber != self.subscriber);
        if settings.subscriptions.len() < before {
            desk.put(settings);
        }
        Ok(())
    }

    fn settle(&self, delivery: &mut Delivery, became: &HandOver, now: Timestamp) {
        let HandOver::Failed { problem, retry } = became else {
            (delivery.state, delivery.due_at) = (DeliveryState::Delivered, now);
            return;
        };
        delivery.last_error = Some(problem.chars().filter(|c| !c.is_control()).take(LONGEST_ERROR).collect());
        let scheduled = self.schedule.wait(delivery.attempts, delivery.notification);
        match (retry, scheduled) {
            (Retry::Never | Retry::Gone, _) | (_, None) => {
                (delivery.state, delivery.due_at) = (DeliveryState::Dead, now);
            }
            (Retry::OnSchedule, Some(wait)) => delivery.due_at = now.plus(wait),
            (Retry::After(span), Some(wait)) => delivery.due_at = now.plus(wait.max(span.delta())),
        }
    }
}
