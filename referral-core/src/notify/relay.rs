//! Leases, hands over and acknowledges a bounded number of deliveries, once.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::acknowledge::{Acknowledge, Delivered, HandOver};
use super::lease::{Lease, Leased};
use super::notifier::{AsyncNotifier, Notifier};
use crate::command::Outcome;
use crate::engine::{Engine, drive, drive_async};
use crate::error::Result;
use crate::record::DeliveryState;
use crate::store::{AsyncStore, Store};
use crate::value::{Entropy, NotificationId, TenantId, Timestamp};

/// One pass of the relay.
#[derive(Clone, Debug)]
pub struct Relay {
    /// The tenant.
    pub tenant: TenantId,
    /// What is leased, and for how long.
    pub lease: Lease,
    /// The time.
    pub now: Timestamp,
    /// From the host's random source, once per pass.
    pub entropy: Entropy,
}

/// What one pass of the relay did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relayed {
    /// How many were handed over.
    pub delivered: u32,
    /// How many failed and are tried again.
    pub failed: u32,
    /// How many had nothing to tell: lookups of emails that nobody has, or whose time was over.
    #[serde(default)]
    pub void: u32,
    /// How many are dead: they ran out of attempts, or can never succeed.
    pub dead: u32,
    /// How many were handed over or failed after the lease had ended and another worker had taken them.
    pub lost: u32,
}

impl Relay {
    fn acknowledge(&self, leased: &Leased, deliveries: Vec<(NotificationId, HandOver)>) -> Acknowledge {
        let Lease { subscriber, schedule, .. } = self.lease.clone();
        Acknowledge { subscriber, lease: leased.lease, deliveries, schedule }
    }
}

impl Relayed {
    /// What a pass did: what its lease found dead or void, and what its acknowledgement came to.
    #[must_use]
    pub fn of(leased: &Leased, outcomes: &[Outcome<Delivered>]) -> Self {
        let mut relayed = Self { dead: leased.dead, void: leased.void, ..Self::default() };
        for outcome in outcomes {
            let count = match outcome {
                Outcome::Accepted(Delivered { state: DeliveryState::Delivered, .. }) => &mut relayed.delivered,
                Outcome::Accepted(Delivered { state: DeliveryState::Waiting, .. }) => &mut relayed.failed,
                Outcome::Accepted(Delivered { state: DeliveryState::Dead, .. }) => &mut relayed.dead,
                Outcome::Declined(_) => &mut relayed.lost,
            };
            *count = count.saturating_add(1);
        }
        relayed
    }
}

/// Leases what is due, hands each over, and acknowledges them together.
///
/// Call it again until it has nothing left: a pass that relayed nothing found nothing due. What was handed over and not
/// acknowledged, because the process died in between, is handed over again when its lease has ended.
///
/// # Errors
/// Whatever the store fails with. A notifier's failure is none: it is acknowledged as one, and tried again.
pub fn relay(engine: &Arc<Engine>, store: &dyn Store, notifier: &dyn Notifier, pass: &Relay) -> Result<Relayed> {
    let Relay { tenant, lease, now, entropy } = pass;
    let mut leasing = engine.run(tenant.clone(), lease.clone(), *now, entropy.part("lease", 0));
    let leased = drive(store, &mut leasing)?;
    if leased.notices.is_empty() {
        return Ok(Relayed::of(&leased, &[]));
    }
    let became = leased.notices.iter().map(|notice| (notice.id, notifier.notify(notice).into())).collect();
    let acknowledge = pass.acknowledge(&leased, became);
    let mut acknowledging = engine.run(tenant.clone(), acknowledge, *now, entropy.part("acknowledge", 0));
    Ok(Relayed::of(&leased, &drive(store, &mut acknowledging)?))
}

/// The same on a store and with a notifier whose answers come later.
///
/// # Errors
/// As [`relay`].
pub async fn relay_async(
    engine: &Arc<Engine>,
    store: &dyn AsyncStore,
    notifier: &dyn AsyncNotifier,
    pass: &Relay,
) -> Result<Relayed> {
    let Relay { tenant, lease, now, entropy } = pass;
    let mut leasing = engine.run(tenant.clone(), lease.clone(), *now, entropy.part("lease", 0));
    let leased = drive_async(store, &mut leasing).await?;
    if leased.notices.is_empty() {
        return Ok(Relayed::of(&leased, &[]));
    }
    let mut became = Vec::with_capacity(leased.notices.len());
    for notice in &leased.notices {
        became.push((notice.id, notifier.notify(notice).await.into()));
    }
    let acknowledge = pass.acknowledge(&leased, became);
    let mut acknowledging = engine.run(tenant.clone(), acknowledge, *now, entropy.part("acknowledge", 0));
    Ok(Relayed::of(&leased, &drive_async(store, &mut acknowledging).await?))
}
