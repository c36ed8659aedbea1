//! One run: processes that share a store, deliveries that go wrong, a clock that jumps, and what was promised meanwhile.
//!
//! Operations are interleaved at their store calls by the seed. A run ends when everything that was sent is answered or
//! given up; then the store is held against its invariants, and every answer that was given must be given again.

mod flight;
mod mail;
mod promise;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chrono::TimeDelta;
use conformance::draw::Draw;
use referral_core::command::{Receipt, Request};
use referral_core::engine::Engine;
use referral_core::error::{Error, StoreError};
use referral_core::store::Store;
use referral_core::value::{Entropy, KeyState, Keyring, Secret, TenantId, Timestamp};

use crate::check;
use crate::coverage::Coverage;
use crate::fault::{Fault, FaultyStore};
use crate::world::{Wish, World};
use flight::{Flight, Landed};
use promise::Promises;

const PROCESSES: usize = 4;
/// A request is tried so often before its caller gives up.
const TRIES: u32 = 8;

/// What a run is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// How many commands are answered before it ends.
    pub commands: u64,
    /// Whether everything is checked after each store call, until something does not hold: slow, to find which command did it.
    pub watched: bool,
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// What occurred.
    pub coverage: Coverage,
    /// A hash over everything that was answered and everything that is stored.
    pub hash: [u8; 32],
    /// What did not hold.
    pub failures: Vec<String>,
    /// How many invariants were checked, each over the whole store.
    pub checks: u64,
}

/// The secrets of every simulated host.
///
/// # Errors
/// Never, as the secrets are fixed and fit.
pub fn keyring() -> Result<Keyring, Error> {
    Keyring::builder()
        .link_key(1, Secret::new([1; 32]), KeyState::Active)
        .alias_key(Secret::new([2; 32]))
        .lookup_key(Secret::new([3; 32]))
        .build()
}

/// When every run begins.
///
/// # Errors
/// Never, as the time is fixed and fits.
pub fn beginning() -> Result<Timestamp, Error> {
    "2026-03-01T09:00:00Z".parse()
}

/// Runs `plan` on `store`, which must be empty.
pub fn run<S: Store>(plan: Plan, store: S) -> Done {
    match Run::new(plan, store) {
        Ok(run) => run.finish(),
        Err(error) => Done { failures: vec![format!("the run does not begin: {error}")], ..Done::default() },
    }
}

/// One request on its way.
#[derive(Clone, Debug)]
struct Parcel {
    wish: Wish,
    tries: u32,
}

/// What a process does next.
enum Errand {
    Commands(TenantId, Vec<Parcel>),
    Settle(TenantId),
}

struct Process {
    engine: Arc<Engine>,
    ahead: TimeDelta,
    jumped: Option<Fault>,
    flight: Option<Flight>,
}

struct Run<S> {
    plan: Plan,
    draw: Draw,
    entropy: Entropy,
    operations: u64,
    store: FaultyStore<S>,
    world: World,
    processes: Vec<Process>,
    queue: VecDeque<Errand>,
    late: BTreeMap<(Timestamp, u64), Parcel>,
    numbered: u64,
    now: Timestamp,
    promises: Promises,
    log: blake3::Hasher,
    done: Done,
}

impl<S: Store> Run<S> {
    fn new(plan: Plan, store: S) -> Result<Self, Error> {
        let mut seed = [7; 32];
        for (byte, drawn) in seed.iter_mut().zip(plan.seed.to_le_bytes()) {
            *byte = drawn;
        }
        let process =
            || Ok(Process { engine: Engine::new(keyring()?), ahead: TimeDelta::zero(), jumped: None, flight: None });
        Ok(Self {
            plan,
            draw: Draw::new(plan.seed, "run"),
            entropy: Entropy::new(seed),
            operations: 0,
            store: FaultyStore::new(store),
            world: World::new(plan.seed),
            processes: (0..PROCESSES).map(|_| process()).collect::<Result<_, Error>>()?,
            queue: VecDeque::new(),
            late: BTreeMap::new(),
            numbered: 0,
            now: beginning()?,
            promises: Promises::default(),
            log: blake3::Hasher::new(),
            done: Done::default(),
        })
    }

    fn finish(mut self) -> Done {
        match self.world.begin(self.now) {
            Ok(wishes) => wishes.into_iter().for_each(|wish| self.enqueue(Parcel { wish, tries: 0 })),
            Err(malformed) => self.fail(format!("the world cannot begin: {}", malformed.problem)),
        }
        let mut halfway = self.plan.commands / 2;
        while self.done.coverage.total() < self.plan.commands {
            self.tick();
            if self.done.coverage.total() >= halfway {
                halfway = u64::MAX;
                self.check("halfway");
            }
        }
        self.drain();
        self.check("at the end");
        let before = check::hash(self.store.inner(), &self.world.tenants());
        self.keep_promises();
        let after = check::hash(self.store.inner(), &self.world.tenants());
        if before != after {
            self.fail("answering everything again changed what is stored".to_owned());
        }
        self.log.update(&after.unwrap_or_default());
        self.done.hash = *self.log.finalize().as_bytes();
        self.done
    }

    fn fail(&mut self, problem: String) {
        const MOST: usize = 20;
        if self.done.failures.len() < MOST {
            self.done.failures.push(problem);
        }
    }

    fn check(&mut self, when: &str) {
        let found = check::check(self.store.inner(), &self.world.tenants());
        self.done.checks += found.checks;
        found.failures.into_iter().for_each(|failure| self.fail(format!("{when}: {failure}")));
    }

    /// Lets the rest be answered, without faults and without anything new.
    fn drain(&mut self) {
        while !self.queue.is_empty() || !self.late.is_empty() || self.processes.iter().any(|one| one.flight.is_some()) {
            if self.queue.is_empty()
                && let Some(((at, _), parcel)) = self.late.pop_first()
            {
                self.now = self.now.max(at);
                self.enqueue(parcel);
            }
            for number in 0..self.processes.len() {
                self.step(number, Weather::Calm);
            }
        }
        for tenant in self.world.tenants() {
            self.queue.push_back(Errand::Settle(tenant));
        }
        while !self.queue.is_empty() || self.processes.iter().any(|one| one.flight.is_some()) {
            (0..self.processes.len()).for_each(|number| self.step(number, Weather::Calm));
        }
    }

    fn tick(&mut self) {
        let now = self.now;
        while let Some(entry) = self.late.first_entry().filter(|entry| entry.key().0 <= now) {
            let parcel = entry.remove();
            self.enqueue(parcel);
        }
        if self.queue.is_empty() {
            self.invent();
        }
        let number = self.draw.below(self.processes.len());
        self.step(number, Weather::Rough);
    }

    /// Lets a process make one store call, or begin something.
    fn step(&mut self, number: usize, weather: Weather) {
        let Some(process) = self.processes.get_mut(number) else { return };
        let Some(mut flight) = process.flight.take() else { return self.depart(number, weather) };
        let landed = flight.step(&self.store);
        if self.plan.watched && self.done.failures.is_empty() {
            let requests: Vec<_> = flight.parcels.iter().map(|parcel| &parcel.wish.request).collect();
            self.check(&format!("with {requests:?} on the way"));
        }
        match landed {
            Landed::Not => {
                if let Some(process) = self.processes.get_mut(number) {
                    process.flight = Some(flight);
                }
            }
            Landed::Crashed(fault) => self.crashed(number, flight, fault),
            Landed::Results(results) => {
                self.count_fault(&mut flight);
                let parcels = std::mem::take(&mut flight.parcels);
                if results.len() != parcels.len() {
                    self.fail(format!("{} requests came to {} results", parcels.len(), results.len()));
                }
                for (parcel, result) in parcels.into_iter().zip(results) {
                    self.arrive(parcel, result);
                }
            }
            Landed::Settled(settled) => {
                self.count_fault(&mut flight);
                let is_fine = |text: &str| text.starts_with("store: planned") || text.contains("planned");
                if let Some(problem) = settled.first_failure.filter(|text| !is_fine(text) && !text.contains("races")) {
                    self.fail(format!("a timer failed: {problem}"));
                }
            }
            Landed::Failed(error) => {
                self.count_fault(&mut flight);
                if !error.is_retryable() {
                    self.fail(format!("an operation failed: {error}"));
                }
            }
        }
    }

    fn count_fault(&mut self, flight: &mut Flight) {
        for fault in std::mem::take(&mut flight.befell) {
            if flight.parcels.is_empty() {
                self.done.coverage.befell("fire_timer", fault);
            }
            for parcel in &flight.parcels {
                self.done.coverage.befell(parcel.wish.request.command.name(), fault);
            }
        }
    }

    fn crashed(&mut self, number: usize, mut flight: Flight, fault: Fault) {
        flight.befell.push(fault);
        self.count_fault(&mut flight);
        for parcel in std::mem::take(&mut flight.parcels) {
            if self.draw.once_in(2) {
                let minutes = self.draw.below(30);
                self.postpone(parcel, minutes);
            }
        }
        let engine = keyring().map(Engine::new);
        if let (Some(process), Ok(engine)) = (self.processes.get_mut(number), engine) {
            *process = Process { engine, ahead: TimeDelta::zero(), jumped: None, flight: None };
        }
    }

    /// A process without anything to do takes the next errand.
    fn depart(&mut self, number: usize, weather: Weather) {
        let Some(errand) = self.queue.pop_front() else { return };
        let Some(process) = self.processes.get_mut(number) else { return };
        if weather == Weather::Calm || self.draw.once_in(6) {
            (process.ahead, process.jumped) = (TimeDelta::zero(), None);
        } else if self.draw.once_in(25) {
            let minutes = i64::try_from(1 + self.draw.below(720)).unwrap_or(1);
            let ahead = self.draw.once_in(2);
            process.jumped = Some(if ahead { Fault::ClockForward } else { Fault::ClockBack });
            process.ahead = TimeDelta::minutes(if ahead { 3 * minutes } else { -minutes });
        }
        self.operations += 1;
        let entropy = self.entropy.part("operation", self.operations);
        let now = self.now.plus(process.ahead);
        let mut flight = match errand {
            Errand::Commands(tenant, parcels) => {
                let requests: Vec<Request> = parcels.iter().map(|parcel| parcel.wish.request.clone()).collect();
                Flight::execute(process.engine.execute(tenant, requests, now, entropy), parcels)
            }
            Errand::Settle(tenant) => Flight::settle(process.engine.settle(tenant, now, entropy)),
        };
        flight.befell.extend(process.jumped);
        if weather == Weather::Rough && self.draw.once_in(4) {
            let fault = self.draw.pick(&Fault::OF_STORE).copied().unwrap_or(Fault::Before);
            let storm = fault == Fault::Conflict && self.draw.once_in(25);
            flight.plan(self.draw.below(4), fault, if storm { 60 } else { 1 });
        }
        process.flight = Some(flight);
    }

    /// A caller learns what a request came to, or tries again.
    fn arrive(&mut self, mut parcel: Parcel, result: Result<Receipt, Error>) {
        let Wish { tenant, request } = &parcel.wish;
        self.done.coverage.answered(request.command.name(), &result);
        match &result {
            Ok(receipt) => {
                self.world.learn(tenant, request, receipt);
                let answer = serde_json::to_vec(receipt).unwrap_or_default();
                self.log.update(&answer);
                if let Err(problem) = self.promises.acknowledge(tenant, request, receipt) {
                    self.fail(problem);
                }
            }
            Err(error) => {
                self.log.update(error.to_string().as_bytes());
                if let Error::Store(StoreError::Corrupt(_) | StoreError::Failed(_)) = error {
                    self.fail(format!("{} came to: {error}", request.command.name()));
                }
                if error.is_retryable() && parcel.tries < TRIES && !self.draw.once_in(10) {
                    parcel.tries += 1;
                    let minutes = self.draw.below(10);
                    self.postpone(parcel, minutes);
                }
            }
        }
    }

    fn log_text(&mut self, text: &str) {
        self.log.update(text.as_bytes());
    }

    fn keep_promises(&mut self) {
        let problems = match keyring() {
            Ok(keyring) => self.promises.ask_again(self.store.inner(), &Engine::new(keyring), self.now, &self.entropy),
            Err(error) => vec![error.to_string()],
        };
        problems.into_iter().for_each(|problem| self.fail(problem));
    }
}

/// Whether things go wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weather {
    Calm,
    Rough,
}
