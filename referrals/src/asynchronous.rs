//! The door for callers that await.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use referral_core::command::{AnyCommand, Command, Receipt, Request};
use referral_core::engine::{Engine, Operation, Question, RefusedGranted, RefusedList, Results, Settled};
use referral_core::error::Result;
use referral_core::report::audit::{Audit, Audited};
use referral_core::value::{CommandKey, Keyring, TenantId, Timestamp};

use crate::builder::Builder;
use crate::door::{Door, Occasion, typed};

/// Referral programs of one tenant, in one store, for any asynchronous runtime: what [`Referrals`](crate::Referrals) does,
/// awaited.
///
/// A store that blocks runs on threads of its own, so that no call ever holds up the runtime; a store whose answers come
/// later is awaited as it is. Futures may be dropped at any time: a command is then executed whole or not at all, and
/// others who shared its operation are served. What a future must not be is kept and not polled: it may lead an operation
/// that others of its tenant wait for.
#[derive(Clone, Debug)]
pub struct AsyncReferrals(pub(crate) Door);

impl AsyncReferrals {
    /// Opens the store that `url` names (see [`open_store`](crate::open_store)) with the host's secrets, and with the
    /// runtime's way to pass the time between two tries, such as `tokio::time::sleep`.
    ///
    /// # Errors
    /// As [`Referrals::open`](crate::Referrals::open).
    pub async fn open<F>(
        url: &str,
        keyring: Keyring,
        sleep: impl Fn(Duration) -> F + Send + Sync + 'static,
    ) -> Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Builder::new(keyring).open_async(url, sleep).await
    }

    /// The same store for another tenant.
    ///
    /// # Errors
    /// As [`AsyncReferrals::open`].
    pub async fn for_tenant(&self, tenant: TenantId) -> Result<Self> {
        self.0.for_tenant(tenant).await.map(Self)
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

    /// As [`Referrals::execute`](crate::Referrals::execute).
    ///
    /// # Errors
    /// The same.
    pub async fn execute<C: Command>(&self, command: C) -> Result<Receipt<C::Outcome>> {
        let request = self.0.request(command.into())?;
        typed(self.0.execute_one(request).await?)
    }

    /// As [`Referrals::execute_with_key`](crate::Referrals::execute_with_key).
    ///
    /// # Errors
    /// The same.
    pub async fn execute_with_key<C: Command>(&self, key: CommandKey, command: C) -> Result<Receipt<C::Outcome>> {
        let request = Request { key, ..self.0.request(command.into())? };
        typed(self.0.execute_one(request).await?)
    }

    /// As [`Referrals::execute_request`](crate::Referrals::execute_request).
    ///
    /// # Errors
    /// The same.
    pub async fn execute_request(&self, request: Request) -> Result<Receipt> {
        self.0.execute_one(request).await
    }

    /// As [`Referrals::execute_all`](crate::Referrals::execute_all).
    ///
    /// # Errors
    /// The same.
    pub async fn execute_all(&self, commands: Vec<AnyCommand>) -> Result<Results> {
        let requests = self.0.requests(commands.into_iter())?;
        Ok(self.0.execute(requests).await)
    }

    /// As [`Referrals::execute_requests`](crate::Referrals::execute_requests).
    pub async fn execute_requests(&self, requests: Vec<Request>) -> Results {
        self.0.execute(requests).await
    }

    /// As [`Referrals::settle`](crate::Referrals::settle).
    ///
    /// # Errors
    /// The same.
    pub async fn settle(&self) -> Result<Settled> {
        self.run(|engine, occasion| engine.settle(occasion.tenant, occasion.now, occasion.entropy)).await
    }

    /// Grants what was refused, as [`Referrals::grant_refused`](crate::Referrals::grant_refused).
    ///
    /// # Errors
    /// As there.
    pub async fn grant_refused(&self, list: &RefusedList) -> Result<RefusedGranted> {
        self.run(|engine, occasion| engine.grant_refused(occasion.tenant, list.clone(), occasion.now, occasion.entropy))
            .await
    }

    /// Asks a question, as [`Referrals::ask`](crate::Referrals::ask).
    ///
    /// # Errors
    /// As there.
    pub async fn ask<Q>(&self, question: Q) -> Result<Q::Answer>
    where
        Q: Question + Clone + Send + Sync + 'static,
        Q::Answer: Send + 'static,
    {
        self.run(|engine, occasion| engine.ask(occasion.tenant, question.clone(), occasion.now)).await
    }

    /// Recomputes everything that is stored, as [`Referrals::audit`](crate::Referrals::audit).
    ///
    /// # Errors
    /// As there.
    pub async fn audit(&self) -> Result<Audited> {
        self.run(|_, occasion| Audit::new(occasion.tenant)).await
    }

    /// As [`Referrals::run`](crate::Referrals::run).
    ///
    /// # Errors
    /// The same.
    pub async fn run<O>(&self, make: impl Fn(&Arc<Engine>, Occasion) -> O) -> Result<O::Output>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        self.0.run(make).await
    }
}
