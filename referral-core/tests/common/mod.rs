//! A program in memory with a clock that tests turn: what tests of decisions are written with.

#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

pub mod told;

use std::sync::Arc;

use referral_core::command::{
    AnyCommand, AnyOutcome, Command, DefineCampaign, EvidenceGiven, Finding, HostFacts, Outcome, Person, Reason,
    Receipt, Request, Who,
};
use referral_core::engine::{Engine, Settled, drive};
use referral_core::error::Error;
use referral_core::record::{Kind, Record, Reward, RewardState};
use referral_core::report::audit::{Audit, Audited};
use referral_core::store::{Listing, MemoryStore, Store};
use referral_core::value::{CommandKey, Entropy, KeyState, Keyring, Secret, TenantId, Timestamp};
use serde_json::{Value, json};

/// The secrets of tests.
pub fn keyring() -> Keyring {
    Keyring::builder()
        .link_key(1, Secret::new([1; 32]), KeyState::Active)
        .alias_key(Secret::new([2; 32]))
        .lookup_key(Secret::new([3; 32]))
        .build()
        .unwrap()
}

/// A program in memory.
pub struct Program {
    /// The store.
    pub store: MemoryStore,
    /// The engine.
    pub engine: Arc<Engine>,
    /// The time.
    pub now: Timestamp,
    entropy: Entropy,
    drawn: u64,
}

impl Program {
    /// A program without campaigns, on 1 May 2026 at nine.
    pub fn new() -> Self {
        Self {
            store: MemoryStore::new(),
            engine: Engine::new(keyring()),
            now: "2026-05-01T09:00:00Z".parse().unwrap(),
            entropy: Entropy::new([9; 32]),
            drawn: 0,
        }
    }

    /// A program with one campaign, `spring`: its definition less name and link host.
    pub fn with(definition: Value) -> Self {
        let mut program = Self::new();
        program.define(definition);
        program
    }

    /// Defines `spring`, or adds a version to it.
    pub fn define(&mut self, mut definition: Value) {
        definition["name"] = json!("spring");
        definition["link_host"] = json!("go.example.com");
        self.accept(DefineCampaign { definition: serde_json::from_value(definition).unwrap() });
    }

    /// A new command key of this time.
    pub fn key(&mut self) -> CommandKey {
        self.drawn += 1;
        CommandKey::mint(self.now, &mut self.entropy.part("key", self.drawn))
    }

    /// Lets time pass.
    pub fn wait(&mut self, hours: i64) {
        self.now = self.now.plus(chrono::TimeDelta::hours(hours));
    }

    /// Executes requests as one operation.
    pub fn execute_all(&mut self, requests: Vec<Request>) -> Vec<Result<Receipt, Error>> {
        self.drawn += 1;
        let entropy = self.entropy.part("operation", self.drawn);
        let mut operation = self.engine.execute(TenantId::default(), requests, self.now, entropy);
        drive(&self.store, &mut operation).unwrap()
    }

    /// Executes one command.
    pub fn execute(&mut self, command: impl Into<AnyCommand>) -> Result<Receipt, Error> {
        self.execute_with(command, HostFacts::default())
    }

    /// Executes one command with what the host knows beside it.
    pub fn execute_with(&mut self, command: impl Into<AnyCommand>, facts: HostFacts) -> Result<Receipt, Error> {
        let request = Request { key: self.key(), command: command.into(), facts };
        self.execute_all(vec![request]).remove(0)
    }

    /// Executes a command that must be accepted.
    pub fn accept<C: Command>(&mut self, command: C) -> C::Outcome
    where
        <C::Outcome as TryFrom<AnyOutcome>>::Error: std::fmt::Debug,
    {
        match self.execute(command).unwrap().outcome {
            Outcome::Accepted(outcome) => C::Outcome::try_from(outcome).unwrap(),
            Outcome::Declined(reason) => panic!("declined: {reason}"),
        }
    }

    /// Executes a command that must be declined.
    pub fn decline(&mut self, command: impl Into<AnyCommand>) -> Reason {
        match self.execute(command).unwrap().outcome {
            Outcome::Accepted(outcome) => panic!("accepted: {outcome:?}"),
            Outcome::Declined(reason) => reason,
        }
    }

    /// Executes a command given as JSON that must be accepted, and gives the findings too.
    pub fn run(&mut self, command: Value) -> (AnyOutcome, Vec<Finding>) {
        let receipt = self.execute(serde_json::from_value::<AnyCommand>(command).unwrap()).unwrap();
        match receipt.outcome {
            Outcome::Accepted(outcome) => (outcome, receipt.decision.findings),
            Outcome::Declined(reason) => panic!("declined: {reason}"),
        }
    }

    /// Does what time brings.
    pub fn settle(&mut self) -> Settled {
        self.drawn += 1;
        let entropy = self.entropy.part("settle", self.drawn);
        drive(&self.store, &mut self.engine.settle(TenantId::default(), self.now, entropy)).unwrap()
    }

    /// Compares everything that is stored.
    pub fn audit(&self) -> Audited {
        drive(&self.store, &mut Audit::new(TenantId::default())).unwrap()
    }

    /// Enrols somebody by host id and gives their code.
    pub fn enrol(&mut self, host_id: &str) -> String {
        let (outcome, _) = self.run(json!({"enrol": {"campaign": "spring", "person": {"host_id": host_id}}}));
        match outcome {
            AnyOutcome::Enrolled(enrolled) => enrolled.code,
            other => panic!("{other:?}"),
        }
    }

    /// Makes a lead of somebody by a code.
    pub fn lead(&mut self, host_id: &str, code: &str) {
        self.run(json!({"record_lead": {
            "campaign": "spring", "person": {"host_id": host_id}, "evidence": {"code": code},
        }}));
    }

    /// Records a purchase of so much.
    pub fn buy(&mut self, host_id: &str, order: &str, total: &str) -> Vec<Finding> {
        self.run(json!({"record_conversion": {
            "source": "shop", "event": order, "kind": "purchase", "person": {"host_id": host_id}, "total": total,
        }}))
        .1
    }

    /// Records a refund of so much.
    pub fn refund(&mut self, order: &str, refund: &str, amount: &str) -> Vec<Finding> {
        self.run(json!({"record_refund": {
            "source": "shop", "event": order, "refund": refund, "amount": {"amount": amount},
        }}))
        .1
    }

    /// All records of a kind.
    pub fn all(&self, kind: Kind) -> Vec<Record> {
        let page = self.store.list(&TenantId::default(), &Listing::All(kind).first(10_000)).unwrap();
        page.rows.into_iter().map(|stored| stored.record).collect()
    }

    /// All rewards.
    pub fn rewards(&self) -> Vec<Reward> {
        let rewards = self.all(Kind::Reward).into_iter();
        let mut rewards: Vec<Reward> = rewards
            .filter_map(|record| match record {
                Record::Reward(reward) => Some(reward),
                _ => None,
            })
            .collect();
        rewards.sort_by_key(|reward| (reward.rule.clone(), reward.role, reward.cause.clone()));
        rewards
    }

    /// All rewards as `rule role state quantity unit`.
    pub fn shown(&self) -> Vec<String> {
        let show = |reward: Reward| {
            format!("{} {} {} {} {}", reward.rule, reward.role, reward.state, reward.quantity, reward.unit)
        };
        self.rewards().into_iter().map(show).collect()
    }

    /// The only reward in a state.
    pub fn only(&self, state: RewardState) -> Reward {
        let mut found: Vec<_> = self.rewards().into_iter().filter(|reward| reward.state == state).collect();
        assert_eq!(found.len(), 1, "{state}: {:?}", self.shown());
        found.remove(0)
    }
}

impl Drop for Program {
    /// Whatever a test did, the books are in order afterwards.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let audited = self.audit();
            assert!(audited.is_clean(), "{:#?}", audited.differences);
        }
    }
}

/// A person by host id.
pub fn person(host_id: &str) -> Person {
    Person { host_id: Some(host_id.parse().unwrap()), ..Person::default() }
}

/// A person by host id.
pub fn who(host_id: &str) -> Who {
    Who::Host(host_id.parse().unwrap())
}

/// Evidence by code.
pub fn by_code(code: &str) -> EvidenceGiven {
    EvidenceGiven { code: Some(code.to_owned()), ..EvidenceGiven::default() }
}
