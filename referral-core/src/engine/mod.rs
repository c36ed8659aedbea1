//! Steps: what an operation asks of a store, and the loops that drive it.
//!
//! [`Engine`] makes operations; [`drive`] and [`drive_async`] run them. An operation holds no store and no transaction,
//! so a host may also drive one in its own language, or inside its own transaction.

mod erase;
mod execute;
mod forget;
mod grant;
mod held;
mod letters;
mod query;
mod settle;
mod step;
mod sweep;
mod task;

use std::sync::Arc;

pub use erase::{Erase, Erased};
pub use execute::{Execute, Results};
pub use grant::{GrantRefused, RefusedGranted, RefusedList};
pub use letters::DropLetters;
pub use query::{Query, Question, Reader, Rows};
pub use settle::{Settle, Settled};
pub use step::{Operation, Reply, Step, drive, drive_async};
pub use task::{Desk, Run, Task};

use crate::campaign::Campaigns;
use crate::command::{Request, Who};
use crate::value::{Entropy, Keyring, ParticipantId, TenantId, Timestamp};

/// What operations share: the host's secrets and the compiled campaign versions of all tenants.
#[derive(Debug)]
pub struct Engine {
    keyring: Keyring,
    campaigns: Campaigns,
}

impl Engine {
    /// An engine with these secrets.
    #[must_use]
    pub fn new(keyring: Keyring) -> Arc<Self> {
        Arc::new(Self { keyring, campaigns: Campaigns::default() })
    }

    /// The host's secrets.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The compiled campaign versions.
    #[must_use]
    pub fn campaigns(&self) -> &Campaigns {
        &self.campaigns
    }

    /// Executes requests, in order, with a result for each.
    #[must_use]
    pub fn execute(
        self: &Arc<Self>,
        tenant: TenantId,
        requests: Vec<Request>,
        now: Timestamp,
        entropy: Entropy,
    ) -> Execute {
        Execute::new(Arc::clone(self), tenant, requests, now, entropy)
    }

    /// Does what time brings up to `now`: holds that end, rewards and leads that expire; then removes receipts, touches
    /// and letters that are older than the tenant keeps them.
    #[must_use]
    pub fn settle(self: &Arc<Self>, tenant: TenantId, now: Timestamp, entropy: Entropy) -> Settle {
        Settle::new(Arc::clone(self), tenant, now, entropy)
    }

    /// Grants what was refused, for a list by reason and time.
    #[must_use]
    pub fn grant_refused(
        self: &Arc<Self>,
        tenant: TenantId,
        list: RefusedList,
        now: Timestamp,
        entropy: Entropy,
    ) -> GrantRefused {
        GrantRefused::new(Arc::clone(self), tenant, list, now, entropy)
    }

    /// Drops the letters that name somebody, whether or not anybody is known by that: what the erasure of a person begins with.
    #[must_use]
    pub fn drop_letters(self: &Arc<Self>, tenant: TenantId, who: Who, now: Timestamp, entropy: Entropy) -> DropLetters {
        DropLetters::new(Arc::clone(self), tenant, who, now, entropy)
    }

    /// Erases a person: drops the letters that name the person, lists what is held, clears it by commands, and looks again until
    /// nothing is left.
    #[must_use]
    pub fn erase(
        self: &Arc<Self>,
        tenant: TenantId,
        participant: ParticipantId,
        now: Timestamp,
        entropy: Entropy,
    ) -> Erase {
        Erase::new(Arc::clone(self), tenant, participant, now, entropy)
    }

    /// Runs a task that no caller's command asks for.
    #[must_use]
    pub fn run<T: Task>(self: &Arc<Self>, tenant: TenantId, task: T, now: Timestamp, entropy: Entropy) -> Run<T> {
        Run::new(Arc::clone(self), tenant, task, now, entropy)
    }

    /// Asks a question: a report, a list, an explanation. It only reads.
    #[must_use]
    pub fn ask<Q: Question>(self: &Arc<Self>, tenant: TenantId, question: Q, now: Timestamp) -> Query<Q> {
        Query::new(Arc::clone(self), tenant, question, now)
    }
}
