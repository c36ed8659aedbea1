//! Opens a door with more than a URL and a keyring.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use referral_core::engine::Engine;
use referral_core::error::{Result, StoreError};
use referral_core::store::{AsyncStore, Store};
use referral_core::value::{Keyring, TenantId};

use crate::asynchronous::AsyncReferrals;
use crate::clock::{Clock, SystemClock};
use crate::door::{Door, Place, Shared};
use crate::entropy::{EntropySource, SystemEntropy};
use crate::host::{Host, NoHost};
use crate::patience::Sleep;
use crate::people::Scrub;
use crate::referrals::Referrals;
use crate::task::{Threads, block_on};
use crate::url;

/// How long a command that may succeed later is tried again by default.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many threads run the blocking calls of an asynchronous door by default: a store has one writer and a few readers.
const THREADS: usize = 5;

/// A door that is being opened.
///
/// ```
/// use referrals::{Keyring, KeyState, ManualClock, Referrals, Secret};
/// # let keyring = Keyring::builder()
/// #     .link_key(1, Secret::new([1; 32]), KeyState::Active)
/// #     .alias_key(Secret::new([2; 32]))
/// #     .lookup_key(Secret::new([3; 32]))
/// #     .build()?;
/// let clock = ManualClock::at("2026-05-01T09:00:00Z".parse()?);
/// let referrals = Referrals::builder(keyring).clock(clock).open("memory:")?;
/// assert_eq!(referrals.now().to_string(), "2026-05-01T09:00:00Z");
/// # Ok::<(), referrals::Error>(())
/// ```
#[derive(Debug)]
pub struct Builder {
    keyring: Keyring,
    tenant: TenantId,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn EntropySource>,
    host: Arc<dyn Host>,
    patience: Duration,
    sleep: Sleep,
    threads: usize,
    scrub: Scrub,
}

impl Builder {
    pub(crate) fn new(keyring: Keyring) -> Self {
        Self {
            keyring,
            tenant: TenantId::default(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            host: Arc::new(NoHost),
            patience: PATIENCE,
            sleep: Sleep::blocking(std::thread::sleep),
            threads: THREADS,
            scrub: Scrub::nothing(),
        }
    }

    /// The tenant; by default the one that a host with one tenant never sees.
    #[must_use]
    pub fn tenant(mut self, tenant: TenantId) -> Self {
        self.tenant = tenant;
        self
    }

    /// Where time comes from; by default the machine's clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where randomness comes from; by default the operating system.
    #[must_use]
    pub fn entropy(mut self, entropy: impl EntropySource + 'static) -> Self {
        self.entropy = Arc::new(entropy);
        self
    }

    /// Who answers what only the host knows; by default nobody.
    #[must_use]
    pub fn host(mut self, host: impl Host + 'static) -> Self {
        self.host = Arc::new(host);
        self
    }

    /// How long a command that may succeed later is tried again, with growing pauses; by default ten seconds.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// What passes the time between two tries of [`Referrals`]; by default the thread sleeps.
    #[must_use]
    pub fn sleep(mut self, sleep: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        self.sleep = Sleep::blocking(sleep);
        self
    }

    /// How many threads [`AsyncReferrals`] starts at most for a store that blocks; by default five.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// What removes from the files of a store of the host's own what was deleted, after a person was erased. A store that is
    /// opened by URL needs none.
    #[must_use]
    pub fn scrub(mut self, scrub: impl Fn() -> Result<(), StoreError> + Send + Sync + 'static) -> Self {
        self.scrub = Scrub::by(scrub);
        self
    }

    /// Opens the store that `url` names; see [`open_store`](crate::open_store).
    ///
    /// # Errors
    /// As [`Referrals::open`].
    pub fn open(self, url: &str) -> Result<Referrals> {
        let (store, scrub) = url::open(url)?;
        Self { scrub, ..self }.over(store)
    }

    /// Opens a store that is at hand.
    ///
    /// # Errors
    /// As [`Referrals::open`].
    pub fn over(self, store: Arc<dyn Store>) -> Result<Referrals> {
        block_on(self.door(Place::Here(store))).map(Referrals)
    }

    /// Opens the store that `url` names, whose blocking calls run on threads of its own. `sleep` is the host's, such as
    /// `tokio::time::sleep`.
    ///
    /// # Errors
    /// As [`Referrals::open`].
    pub async fn open_async<F>(
        self,
        url: &str,
        sleep: impl Fn(Duration) -> F + Send + Sync + 'static,
    ) -> Result<AsyncReferrals>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let threads = Threads::new(self.threads);
        let url = url.to_owned();
        let (store, scrub) = threads.run(move || url::open(&url)).await?;
        let builder = Self { sleep: Sleep::future(sleep), scrub, ..self };
        builder.door(Place::Threads(store, threads)).await.map(AsyncReferrals)
    }

    /// Opens a store that blocks and is at hand; its calls run on threads of its own.
    ///
    /// # Errors
    /// As [`Referrals::open`].
    pub async fn over_blocking<F>(
        self,
        store: Arc<dyn Store>,
        sleep: impl Fn(Duration) -> F + Send + Sync + 'static,
    ) -> Result<AsyncReferrals>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let threads = Threads::new(self.threads);
        let builder = Self { sleep: Sleep::future(sleep), ..self };
        builder.door(Place::Threads(store, threads)).await.map(AsyncReferrals)
    }

    /// Opens a store whose answers come later.
    ///
    /// # Errors
    /// As [`Referrals::open`].
    pub async fn over_async<F>(
        self,
        store: Arc<dyn AsyncStore>,
        sleep: impl Fn(Duration) -> F + Send + Sync + 'static,
    ) -> Result<AsyncReferrals>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let builder = Self { sleep: Sleep::future(sleep), ..self };
        builder.door(Place::Awaited(store)).await.map(AsyncReferrals)
    }

    async fn door(self, place: Place) -> Result<Door> {
        let Self { keyring, tenant, clock, entropy, host, patience, sleep, threads: _, scrub } = self;
        let (engine, queues) = (Engine::new(keyring), Mutex::new(BTreeMap::new()));
        let shared = Shared { place, engine, clock, entropy, host, sleep, patience, scrub, queues };
        Door::open(Arc::new(shared), tenant).await
    }
}
