//! The sweep that does what time brings, and removes what is older than it is kept.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Engine;
use super::forget::Forget;
use super::step::{Operation, Reply, Step};
use super::sweep::{Sweep, Sweeper};
use crate::command::{AnyCommand, FireTimer, Outcome, Receipt};
use crate::error::Result;
use crate::record::{Record, RecordKind};
use crate::store::Listing;
use crate::value::{Entropy, TenantId, Timestamp};

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// How many timers brought something.
    pub fired: u64,
    /// How many had nothing left to bring.
    pub obsolete: u64,
    /// How many failed and stay due, with the first failure's message.
    pub failed: u64,
    /// The first failure.
    pub first_failure: Option<String>,
    /// How many receipts, touches, visitors and letters were removed because they are older than the tenant keeps them.
    #[serde(default)]
    pub forgotten: u64,
}

impl Sweeper for Settled {
    fn command(&self, record: Record) -> Option<AnyCommand> {
        let Record::Timer(timer) = record else { return None };
        Some(FireTimer { timer: timer.key() }.into())
    }

    fn count(&mut self, result: &Result<Receipt>) {
        match result {
            Ok(Receipt { outcome: Outcome::Accepted(_), .. }) => self.fired += 1,
            Ok(Receipt { outcome: Outcome::Declined(_), .. }) => self.obsolete += 1,
            Err(error) => {
                self.failed += 1;
                self.first_failure.get_or_insert_with(|| error.to_string());
            }
        }
    }
}

/// Lists the timers that are due, page by page, and executes a guarded command for each: the listing only proposes. Then receipts,
/// touches, visitors and letters go that are older than the tenant keeps them, page by page too.
#[derive(Debug)]
pub struct Settle {
    sweep: Sweep,
    settled: Settled,
    forget: Forget,
    is_forgetting: bool,
}

impl Settle {
    pub(super) fn new(engine: Arc<Engine>, tenant: TenantId, now: Timestamp, entropy: Entropy) -> Self {
        let forget = Forget::new(engine.clone(), tenant.clone(), now, entropy.part("retention", 0));
        let sweep = Sweep::new(engine, tenant, Listing::TimersDue { until: now }, now, entropy);
        Self { sweep, settled: Settled::default(), forget, is_forgetting: false }
    }
}

impl Operation for Settle {
    type Output = Settled;

    fn tenant(&self) -> &TenantId {
        &self.sweep.tenant
    }

    fn next(&mut self, reply: Option<Reply>) -> Result<Step<Settled>> {
        let mut reply = reply;
        if !self.is_forgetting {
            match self.sweep.next(reply.take(), &mut self.settled)? {
                Step::Done(()) => self.is_forgetting = true,
                step => return Ok(step.map(|()| self.settled.clone())),
            }
        }
        Ok(self.forget.next(reply)?.map(|forgotten| Settled { forgotten, ..self.settled.clone() }))
    }
}
