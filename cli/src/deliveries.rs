//! Deliveries: what reached a subscriber and what did not, and another try.

use referrals::Referrals;
use referrals::command::{Outcome, Redeliver};
use referrals::record::DeliveryState;
use referrals::report::{DeliveryReport, PageOf};
use referrals::value::{NotificationId, SubscriberName};
use serde_json::json;

use crate::arguments::{Deliveries as Asked, Redeliver as Again};
use crate::failure::Failure;
use crate::store::bar;
use crate::telling::{Telling, table};

/// So many are asked for, and so many commands are sent, together.
const TOGETHER: usize = 200;

/// Lists deliveries.
pub(crate) fn list(asked: &Asked, referrals: &Referrals) -> Result<Telling, Failure> {
    let mut found = Vec::new();
    for state in &asked.state {
        let most = asked.limit.saturating_sub(found.len());
        found.extend(all(referrals, &asked.subscriber, *state, most)?);
    }
    let rows = found.iter().map(|one| {
        let kind = one.kind.map(|kind| kind.to_string()).unwrap_or_default();
        let error = one.last_error.clone().unwrap_or_default();
        [one.state.to_string(), one.attempts.to_string(), one.at.to_string(), kind, one.notification.to_string(), error]
    });
    Telling::new(table(["state", "tries", "at", "what", "notification", "last error"], rows), &found)
}

fn all(
    referrals: &Referrals,
    subscriber: &SubscriberName,
    state: DeliveryState,
    most: usize,
) -> Result<Vec<DeliveryReport>, Failure> {
    let mut all = Vec::new();
    let mut page = PageOf { after: None, limit: 1_000 };
    while all.len() < most {
        let found = referrals.deliveries(subscriber, state, page.clone())?;
        all.extend(found.deliveries);
        match found.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    all.truncate(most);
    Ok(all)
}

/// Has notifications delivered again.
pub(crate) fn again(asked: &Again, referrals: &Referrals) -> Result<Telling, Failure> {
    let notifications: Vec<NotificationId> = if asked.all_dead {
        let dead = all(referrals, &asked.subscriber, DeliveryState::Dead, usize::MAX)?;
        dead.into_iter().map(|one| one.notification).collect()
    } else {
        asked.notifications.clone()
    };
    if asked.dry_run {
        let rows = notifications.iter().map(|notification| ["would be due".to_owned(), notification.to_string()]);
        return Telling::new(table(["result", "notification"], rows), &notifications);
    }
    let bar = bar(notifications.len() as u64, "marking");
    let (mut rows, mut documents, mut is_well) = (Vec::new(), Vec::new(), true);
    for some in notifications.chunks(TOGETHER) {
        let command = |notification: &NotificationId| Redeliver {
            notification: *notification,
            subscriber: asked.subscriber.clone(),
        };
        for (notification, result) in some.iter().zip(referrals.execute_all(some.iter().map(command))?) {
            let told = match result {
                Ok(receipt) => match receipt.outcome {
                    Outcome::Accepted(_) => "due".to_owned(),
                    Outcome::Declined(reason) => format!("declined: {reason}"),
                },
                Err(error) => format!("failed: {error}"),
            };
            is_well &= told == "due";
            documents.push(json!({ "notification": notification, "result": told }));
            rows.push([told, notification.to_string()]);
        }
        bar.inc(some.len() as u64);
    }
    bar.finish_and_clear();
    Ok(Telling::new(table(["result", "notification"], rows), documents)?.unless(is_well))
}
