//! Tells the host's notifiers what happened.

use std::panic::{AssertUnwindSafe, catch_unwind};

use referral_core::engine::Task;
use referral_core::error::Result;
use referral_core::notify::{
    Acknowledge, AsyncNotifier, HandOver, Lease, Leased, Notice, Notifier, NotifierError, Relayed,
};
use referral_core::value::NotificationId;

use crate::asynchronous::AsyncReferrals;
use crate::door::Door;
use crate::referrals::Referrals;
use crate::task::{block_on, caught, forget_payload};

const PANIC: &str = "the notifier ended in a panic";

impl Referrals {
    /// Leases notifications that are due to one subscriber, hands each to `notifier`, and acknowledges them together.
    ///
    /// At least once, in any order, each with a stable id. To be called again until it relayed nothing; several workers may
    /// do so at the same time. A notifier that fails or panics fails its own notification, which is tried again later.
    ///
    /// # Errors
    /// Whatever the store fails with.
    pub fn relay(&self, lease: &Lease, notifier: &dyn Notifier) -> Result<Relayed> {
        block_on(async {
            let leased = self.0.work(lease).await?;
            let became = leased.notices.iter().map(|notice| (notice.id, hand_over(notifier, notice))).collect();
            self.0.acknowledge(lease, &leased, became).await
        })
    }
}

impl AsyncReferrals {
    /// As [`Referrals::relay`], with a notifier whose answers come later.
    ///
    /// # Errors
    /// The same.
    pub async fn relay(&self, lease: &Lease, notifier: &dyn AsyncNotifier) -> Result<Relayed> {
        let leased = self.0.work(lease).await?;
        let mut became = Vec::with_capacity(leased.notices.len());
        for notice in &leased.notices {
            let notified = caught(async { Ok(notifier.notify(notice).await) }).await;
            became.push((notice.id, notified.unwrap_or_else(|_| Err(NotifierError::new(PANIC))).into()));
        }
        self.0.acknowledge(lease, &leased, became).await
    }
}

impl Door {
    async fn work<T: Task + Clone + Send + 'static>(&self, task: &T) -> Result<T::Output>
    where
        T::Output: Send + 'static,
    {
        self.run(|engine, occasion| engine.run(occasion.tenant, task.clone(), occasion.now, occasion.entropy)).await
    }

    async fn acknowledge(
        &self,
        lease: &Lease,
        leased: &Leased,
        deliveries: Vec<(NotificationId, HandOver)>,
    ) -> Result<Relayed> {
        if deliveries.is_empty() {
            return Ok(Relayed::of(leased, &[]));
        }
        let Lease { subscriber, schedule, .. } = lease.clone();
        let outcomes = self.work(&Acknowledge { subscriber, lease: leased.lease, deliveries, schedule }).await?;
        Ok(Relayed::of(leased, &outcomes))
    }
}

fn hand_over(notifier: &dyn Notifier, notice: &Notice) -> HandOver {
    let notified = catch_unwind(AssertUnwindSafe(|| notifier.notify(notice)));
    let failed = |panic| {
        forget_payload(panic);
        Err(NotifierError::new(PANIC))
    };
    notified.unwrap_or_else(failed).into()
}
