//! Where commands and queries pass: time, entropy, facts and patience are added here, for both doors alike.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use referral_core::command::{AnyCommand, CheckKeyring, HostFacts, Receipt, Request};
use referral_core::engine::{Engine, Operation, Results, drive, drive_async};
use referral_core::error::{Error, Result, StoreError};
use referral_core::store::{AsyncStore, Store};
use referral_core::value::{CommandKey, Entropy, TenantId, Timestamp};

use crate::clock::Clock;
use crate::entropy::EntropySource;
use crate::host::{self, Host};
use crate::patience::{Patience, Sleep};
use crate::people::Scrub;
use crate::queue::{MOST_COMMANDS, Queue};
use crate::task::{Threads, caught, lock};

/// What an operation is made with.
#[derive(Debug)]
#[non_exhaustive]
pub struct Occasion {
    /// The tenant.
    pub tenant: TenantId,
    /// The time.
    pub now: Timestamp,
    /// Freshly drawn.
    pub entropy: Entropy,
}

/// Where operations are driven.
#[derive(Debug)]
pub(crate) enum Place {
    /// On the caller's thread.
    Here(Arc<dyn Store>),
    /// On threads of our own.
    Threads(Arc<dyn Store>, Threads),
    /// By the host's runtime.
    Awaited(Arc<dyn AsyncStore>),
}

impl Place {
    async fn drive<O>(&self, mut operation: O) -> Result<O::Output>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        match self {
            Self::Here(store) => drive(&**store, &mut operation),
            Self::Threads(store, threads) => {
                let store = Arc::clone(store);
                threads.run(move || drive(&*store, &mut operation)).await
            }
            Self::Awaited(store) => drive_async(&**store, &mut operation).await,
        }
    }
}

/// What all tenants of a door share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) place: Place,
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn EntropySource>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) sleep: Sleep,
    pub(crate) patience: Duration,
    pub(crate) scrub: Scrub,
    pub(crate) queues: Mutex<BTreeMap<TenantId, Weak<Queue>>>,
}

impl Shared {
    fn occasion(&self, tenant: &TenantId) -> Result<Occasion> {
        Ok(Occasion { tenant: tenant.clone(), now: self.clock.now(), entropy: self.draw()? })
    }

    fn draw(&self) -> Result<Entropy> {
        let mut seed = [0; 32];
        self.entropy.fill(&mut seed)?;
        Ok(Entropy::new(seed))
    }

    /// One queue for each tenant, however many doors lead to it.
    fn queue(&self, tenant: &TenantId) -> Arc<Queue> {
        let mut queues = lock(&self.queues);
        if let Some(queue) = queues.get(tenant).and_then(Weak::upgrade) {
            return queue;
        }
        queues.retain(|_, queue| queue.strong_count() > 0);
        let queue = Arc::new(Queue::default());
        queues.insert(tenant.clone(), Arc::downgrade(&queue));
        queue
    }
}

/// One tenant's door.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    shared: Arc<Shared>,
    tenant: TenantId,
    queue: Arc<Queue>,
}

impl Door {
    /// The door of `tenant`, whose keyring was not checked yet.
    fn unchecked(shared: Arc<Shared>, tenant: TenantId) -> Self {
        let queue = shared.queue(&tenant);
        Self { shared, tenant, queue }
    }

    /// The door of `tenant`, if the keyring is the one that it was first opened with.
    pub(crate) async fn open(shared: Arc<Shared>, tenant: TenantId) -> Result<Self> {
        let door = Self::unchecked(shared, tenant);
        let request = door.request(CheckKeyring {}.into())?;
        door.execute_one(request).await?;
        Ok(door)
    }

    pub(crate) async fn for_tenant(&self, tenant: TenantId) -> Result<Self> {
        Self::open(Arc::clone(&self.shared), tenant).await
    }

    pub(crate) fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// A new request for `command`.
    pub(crate) fn request(&self, command: AnyCommand) -> Result<Request> {
        let Occasion { now, mut entropy, .. } = self.shared.occasion(&self.tenant)?;
        Ok(Request { key: CommandKey::mint(now, &mut entropy), command, facts: HostFacts::default() })
    }

    /// New requests for `commands`, by one draw.
    pub(crate) fn requests(&self, commands: impl Iterator<Item = AnyCommand>) -> Result<Vec<Request>> {
        let Occasion { now, mut entropy, .. } = self.shared.occasion(&self.tenant)?;
        let facts = HostFacts::default;
        Ok(commands
            .map(|command| Request { key: CommandKey::mint(now, &mut entropy), command, facts: facts() })
            .collect())
    }

    pub(crate) async fn execute_one(&self, request: Request) -> Result<Receipt> {
        let lost = || Error::Store(StoreError::Failed("the command has no result".to_owned()));
        self.execute(vec![request]).await.pop().unwrap_or_else(|| Err(lost()))
    }

    /// Executes requests in order, at most [`MOST_COMMANDS`] in one operation.
    pub(crate) async fn execute(&self, mut requests: Vec<Request>) -> Results {
        let mut results = Results::with_capacity(requests.len());
        while !requests.is_empty() {
            let rest = requests.split_off(requests.len().min(MOST_COMMANDS));
            let (part, count) = (std::mem::replace(&mut requests, rest), results.len());
            let size = part.len();
            match caught(async { Ok(self.execute_part(part).await) }).await {
                Ok(part) => results.extend(part),
                Err(error) => results.resize(count + size, Err(error)),
            }
        }
        results
    }

    /// Executes requests, and those again that may succeed later.
    async fn execute_part(&self, mut requests: Vec<Request>) -> Results {
        for request in &mut requests {
            host::complete(&*self.shared.host, &request.command, &mut request.facts);
        }
        let mut patience = Patience::new(self.shared.patience);
        let mut results = self.combined(requests.clone()).await;
        while results.iter().any(is_retryable) {
            let random = self.shared.draw().map(|mut entropy| entropy.number()).unwrap_or_default();
            let Some(pause) = patience.next(random) else { break };
            self.shared.sleep.wait(pause).await;
            let again = requests.iter().zip(&results).filter(|(_, result)| is_retryable(result));
            let mut answers = self.combined(again.map(|(request, _)| request.clone()).collect()).await.into_iter();
            for result in results.iter_mut().filter(|result| is_retryable(result)) {
                if let Some(answer) = answers.next() {
                    *result = answer;
                }
            }
        }
        results
    }

    /// One operation, together with whoever else waits.
    async fn combined(&self, requests: Vec<Request>) -> Results {
        self.queue
            .execute(requests, |requests| {
                caught(async move {
                    let Occasion { tenant, now, entropy } = self.shared.occasion(&self.tenant)?;
                    let operation = self.shared.engine.execute(tenant, requests, now, entropy);
                    self.shared.place.drive(operation).await
                })
            })
            .await
    }

    /// Runs any other operation; again, if it may succeed later.
    pub(crate) async fn run<O>(&self, make: impl Fn(&Arc<Engine>, Occasion) -> O) -> Result<O::Output>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        let mut patience = Patience::new(self.shared.patience);
        loop {
            let once = async {
                let operation = make(&self.shared.engine, self.shared.occasion(&self.tenant)?);
                self.shared.place.drive(operation).await
            };
            let result = caught(once).await;
            if !is_retryable(&result) {
                return result;
            }
            let random = self.shared.draw().map(|mut entropy| entropy.number()).unwrap_or_default();
            let Some(pause) = patience.next(random) else { return result };
            let sleep = async {
                self.shared.sleep.wait(pause).await;
                Ok(())
            };
            caught(sleep).await?;
        }
    }
}

fn is_retryable<T>(result: &Result<T>) -> bool {
    result.as_ref().is_err_and(Error::is_retryable)
}

/// The typed form of a receipt.
pub(crate) fn typed<T: TryFrom<referral_core::command::AnyOutcome>>(receipt: Receipt) -> Result<Receipt<T>> {
    use referral_core::command::Outcome;
    let Receipt { key, outcome, decision, repeated } = receipt;
    let outcome = match outcome {
        Outcome::Declined(reason) => Outcome::Declined(reason),
        Outcome::Accepted(outcome) => Outcome::Accepted(
            T::try_from(outcome)
                .map_err(|_| Error::Store(StoreError::Corrupt("the outcome is that of another command".to_owned())))?,
        ),
    };
    Ok(Receipt { key, outcome, decision, repeated })
}
