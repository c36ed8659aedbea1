//! The door for callers that wait on their thread.

use std::sync::Arc;

use referral_core::command::{AnyCommand, Command, Receipt, Request};
use referral_core::engine::{Engine, Operation, Question, RefusedGranted, RefusedList, Results, Settled};
use referral_core::error::Result;
use referral_core::report::audit::{Audit, Audited};
use referral_core::value::{CommandKey, Keyring, TenantId, Timestamp};

use crate::builder::Builder;
use crate::door::{Door, Occasion, typed};
use crate::host;
use crate::task::block_on;

/// Referral programs of one tenant, in one store.
///
/// Cheap to clone; clones and threads share it. Commands of threads that wait for one another become one operation with
/// one commit, and each gets its own receipt. What may succeed later (the store is busy, gave no answer, or too many
/// writers raced) is tried again, with the same command key, for as long as [`Builder::patience`] says. Where the store had
/// done it and only its answer was lost, the receipt says `repeated`.
///
/// No panic leaves it: one inside a store or a host's answer is an error for its caller, and nobody else's.
#[derive(Clone, Debug)]
pub struct Referrals(pub(crate) Door);

impl Referrals {
    /// Opens the store that `url` names (see [`open_store`](crate::open_store)) with the host's secrets.
    ///
    /// There is no default keyring. What the store keeps of it is a check value of each key, by which another one is
    /// refused before it can do harm; link keys may be added later, and are never removed, only retired.
    ///
    /// # Errors
    /// [`Error::KeyringMismatch`](crate::Error::KeyringMismatch) if the store was first opened with another keyring;
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) if the URL names no store; otherwise what the store says.
    pub fn open(url: &str, keyring: Keyring) -> Result<Self> {
        Self::builder(keyring).open(url)
    }

    /// A door to be opened with more than that: a clock, what the host knows, a store of the host's own.
    #[must_use]
    pub fn builder(keyring: Keyring) -> Builder {
        Builder::new(keyring)
    }

    /// The same store for another tenant.
    ///
    /// # Errors
    /// As [`Referrals::open`].
    pub fn for_tenant(&self, tenant: TenantId) -> Result<Self> {
        block_on(self.0.for_tenant(tenant)).map(Self)
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        self.0.tenant()
    }

    /// The time, as commands would be decided at now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.shared().clock.now()
    }

    /// Executes one command.
    ///
    /// A command that is declined is not an error: its outcome says why.
    ///
    /// # Errors
    /// Whatever keeps the command from being decided; see [`Error`](crate::Error).
    pub fn execute<C: Command>(&self, command: C) -> Result<Receipt<C::Outcome>> {
        block_on(async { typed(self.0.execute_one(self.0.request(command.into())?).await?) })
    }

    /// Executes one command under the caller's own key, which makes it safe to send again: the second time it answers the
    /// first receipt.
    ///
    /// # Errors
    /// As [`Referrals::execute`]; [`Error::CommandReused`](crate::Error::CommandReused) if another command was executed
    /// under the key, [`Error::KeyTooOld`](crate::Error::KeyTooOld) if its receipt may be gone.
    pub fn execute_with_key<C: Command>(&self, key: CommandKey, command: C) -> Result<Receipt<C::Outcome>> {
        block_on(async { typed(self.0.execute_one(Request { key, ..self.0.request(command.into())? }).await?) })
    }

    /// Executes a request: any command, with its key and with what the host knows beside it.
    ///
    /// # Errors
    /// As [`Referrals::execute_with_key`].
    pub fn execute_request(&self, request: Request) -> Result<Receipt> {
        block_on(self.0.execute_one(request))
    }

    /// Executes commands in order, with a result for each: a thousand share a commit, each sees what the ones before it
    /// did, and none fails another.
    ///
    /// # Errors
    /// If no entropy can be drawn for their keys. What becomes of each command is in its own result.
    pub fn execute_all(&self, commands: impl IntoIterator<Item = impl Into<AnyCommand>>) -> Result<Results> {
        let requests = self.0.requests(commands.into_iter().map(Into::into))?;
        Ok(self.execute_requests(requests))
    }

    /// Executes requests in order, as [`Referrals::execute_all`] does commands.
    #[must_use]
    pub fn execute_requests(&self, requests: Vec<Request>) -> Results {
        block_on(self.0.execute(requests))
    }

    /// Adds to a request what the host knows beside it, as executing it does: for operations that the caller makes of
    /// requests and hands to [`Referrals::run`].
    pub fn complete(&self, request: &mut Request) {
        host::complete(&*self.0.shared().host, &request.command, &mut request.facts);
    }

    /// Does what time brings up to now: holds that end, rewards and leads that expire. To be called now and then, by whom
    /// and how often does not matter.
    ///
    /// # Errors
    /// If what is due cannot be listed. A timer that cannot be fired stays due, and is counted.
    pub fn settle(&self) -> Result<Settled> {
        self.run(|engine, occasion| engine.settle(occasion.tenant, occasion.now, occasion.entropy))
    }

    /// Grants what was refused, for a list by reason and time. [`ListRefused`](crate::report::ListRefused) shows the list.
    ///
    /// # Errors
    /// If what was refused cannot be listed. A reward that cannot be granted stays refused, and is counted.
    pub fn grant_refused(&self, list: &RefusedList) -> Result<RefusedGranted> {
        self.run(|engine, occasion| engine.grant_refused(occasion.tenant, list.clone(), occasion.now, occasion.entropy))
    }

    /// Asks a question: a report, a list, an explanation. See [`report`](crate::report) for all of them.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if the question names something that does not exist.
    pub fn ask<Q>(&self, question: Q) -> Result<Q::Answer>
    where
        Q: Question + Clone + Send + 'static,
        Q::Answer: Send + 'static,
    {
        self.run(|engine, occasion| engine.ask(occasion.tenant, question.clone(), occasion.now))
    }

    /// Recomputes everything that is stored from the facts, and names every difference. For a store at rest.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn audit(&self) -> Result<Audited> {
        self.run(|_, occasion| Audit::new(occasion.tenant))
    }

    /// Runs any operation of the engine: what all other methods are made of.
    ///
    /// # Errors
    /// Whatever ends the operation.
    pub fn run<O>(&self, make: impl Fn(&Arc<Engine>, Occasion) -> O) -> Result<O::Output>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        block_on(self.0.run(make))
    }
}
