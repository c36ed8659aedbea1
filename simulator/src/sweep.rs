//! The sweep of the k-th fault: every command at every one of its store calls under every fault, then sent again.
//!
//! Each runs on a copy of the store, with the entropy that the undisturbed command has: so not only must the answer be
//! the same in the end, every byte that is stored must be.

use std::collections::BTreeMap;
use std::sync::Arc;

use referral_core::command::{AnyCommand, Receipt, Request};
use referral_core::engine::{Engine, Operation, Reply, Step};
use referral_core::error::{Error, StoreError};
use referral_core::store::{MemoryStore, Store};
use referral_core::value::{Entropy, TenantId, Timestamp};

use crate::fault::{Fault, FaultyStore};
use crate::run::{beginning, keyring};
use crate::world::{Wish, World};

/// What a sweep came to.
#[derive(Debug, Default)]
pub struct Swept {
    /// How often each command was disturbed by each fault.
    pub cases: BTreeMap<(String, Fault), u64>,
    /// What did not hold.
    pub failures: Vec<String>,
}

impl Swept {
    /// Adds what another sweep came to.
    pub fn absorb(&mut self, other: Self) {
        for (key, count) in other.cases {
            *self.cases.entry(key).or_default() += count;
        }
        self.failures.extend(other.failures);
    }

    /// How many cases.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.cases.values().sum()
    }

    /// Every command and fault that never met, each as one line.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for command in AnyCommand::NAMES {
            for fault in Fault::OF_STORE {
                if !self.cases.contains_key(&((*command).to_owned(), fault)) {
                    missing.push(format!("the sweep never met `{command}` under `{}`", fault.name()));
                }
            }
        }
        missing
    }
}

/// One command, and all that it is executed with.
struct Case<'a> {
    store: &'a MemoryStore,
    tenant: &'a TenantId,
    request: &'a Request,
    now: Timestamp,
    entropy: &'a Entropy,
}

type Answer = Result<Receipt, Error>;

/// How an undisturbed command ends.
struct Undisturbed {
    answer: Answer,
    hash: [u8; 32],
    calls: u64,
}

/// So many commands at the end of a sweep make two people one.
const MERGES: u64 = 8;

/// Sweeps the first `commands` commands of the world of `seed`; the last ones make two people one.
#[must_use]
pub fn sweep(seed: u64, commands: u64) -> Swept {
    let mut swept = Swept::default();
    if let Err(problem) = begin(seed, commands, &mut swept) {
        swept.failures.push(problem);
    }
    swept
}

fn begin(seed: u64, commands: u64, swept: &mut Swept) -> Result<(), String> {
    let text = |error: Error| error.to_string();
    let (store, engine) = (Arc::new(MemoryStore::new()), Engine::new(keyring().map_err(text)?));
    let (mut world, mut now) = (World::new(seed), beginning().map_err(text)?);
    let entropy = Entropy::new([11; 32]);
    let first = world.begin(now).map_err(|malformed| malformed.problem)?;
    let mut wishes = first.into_iter();
    for number in 0..commands {
        now = now.plus(chrono::TimeDelta::minutes(47));
        // What is malformed never reaches a store.
        let next = if number + MERGES < commands { World::next } else { World::merge };
        let Some(wish) = wishes.next().or_else(|| next(&mut world, store.as_ref(), now).ok()) else { continue };
        let Wish { tenant, request } = &wish;
        let case = Case { store: &store, tenant, request, now, entropy: &entropy.part("operation", number) };
        let undisturbed = case.undisturbed(engine.clone())?;
        case.every_fault(&undisturbed, swept);
        let (answer, _) = case.execute(&FaultyStore::new(Arc::clone(&store)), engine.clone());
        if let Some(Ok(receipt)) = &answer {
            world.learn(tenant, request, receipt);
        }
    }
    Ok(())
}

impl Case<'_> {
    /// Executes the command; no answer means that its process died.
    fn execute<S: Store>(&self, store: &FaultyStore<S>, engine: Arc<Engine>) -> (Option<Answer>, Option<Fault>) {
        let requests = vec![self.request.clone()];
        let mut operation = engine.execute(self.tenant.clone(), requests, self.now, self.entropy.clone());
        let (mut reply, mut fired) = (None, None);
        loop {
            let answer = match operation.next(reply.take()) {
                Err(error) => return (Some(Err(error)), fired),
                Ok(Step::Done(results)) => return (results.into_iter().next(), fired),
                Ok(Step::Load(keys)) => store.load(self.tenant, &keys).map(Reply::Loaded),
                Ok(Step::List(request)) => store.list(self.tenant, &request).map(Reply::Listed),
                Ok(Step::Commit(batch)) => store.commit(&batch).map(Reply::Committed),
            };
            match store.take_fired() {
                Some(fault) if fault.is_crash() => return (None, Some(fault)),
                found => fired = fired.or(found),
            }
            reply = Some(answer.unwrap_or_else(Reply::Failed));
        }
    }

    fn undisturbed(&self, engine: Arc<Engine>) -> Result<Undisturbed, String> {
        let store = FaultyStore::new(self.store.clone());
        let (answer, _) = self.execute(&store, engine);
        let answer = answer.ok_or("a command that nothing disturbs has no answer")?;
        Ok(Undisturbed { answer, hash: store.inner().content_hash(), calls: store.calls() })
    }

    fn every_fault(&self, undisturbed: &Undisturbed, swept: &mut Swept) {
        for fault in Fault::OF_STORE {
            for call in 0..undisturbed.calls {
                let store = FaultyStore::new(self.store.clone());
                store.plan(call, fault);
                if let Err(problem) = self.one(&store, undisturbed, swept) {
                    let (name, fault) = (self.request.command.name(), fault.name());
                    swept.failures.push(format!("{name} under `{fault}` at call {call}: {problem}"));
                }
            }
        }
    }

    /// The disturbed command, then the same request again by a process that knows nothing of it.
    fn one(
        &self,
        store: &FaultyStore<MemoryStore>,
        undisturbed: &Undisturbed,
        swept: &mut Swept,
    ) -> Result<(), String> {
        let engine = || keyring().map(Engine::new).map_err(|error| error.to_string());
        let (first, fired) = self.execute(store, engine()?);
        let Some(fault) = fired else { return Ok(()) };
        *swept.cases.entry((self.request.command.name().to_owned(), fault)).or_default() += 1;
        store.calm();
        let (again, _) = self.execute(store, engine()?);
        let again = again.ok_or("the second attempt has no answer")?;
        if store.inner().content_hash() != undisturbed.hash {
            return Err("what is stored in the end differs".to_owned());
        }
        if fault == Fault::Conflict && first.as_ref().is_none_or(|first| !same(first, &undisturbed.answer)) {
            return Err("a lost race changed the answer".to_owned());
        }
        if first.as_ref().is_some_and(|first| !is_store_failure(first) && !same(first, &undisturbed.answer)) {
            return Err("the disturbed command answered something else".to_owned());
        }
        // A timer has no receipt: once it has fired, firing it again finds nothing. Nor is a keyring's check kept.
        let is_kept = !matches!(self.request.command, AnyCommand::FireTimer(_) | AnyCommand::CheckKeyring(_));
        if is_kept && !same(&again, &undisturbed.answer) {
            return Err(format!("the second attempt answered {again:?} instead of {:?}", undisturbed.answer));
        }
        Ok(())
    }
}

fn same(one: &Answer, other: &Answer) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => one.outcome == other.outcome && one.decision == other.decision,
        (one, other) => one == other,
    }
}

fn is_store_failure(answer: &Answer) -> bool {
    matches!(answer, Err(Error::Store(StoreError::Busy(_) | StoreError::NoAnswer(_))))
}
