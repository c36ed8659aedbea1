//! Where scenes play: one tenant, one process, no faults.

use std::sync::Arc;

use referral_core::command::{AnyCommand, AnyOutcome, HostFacts, Outcome, Receipt, Request};
use referral_core::engine::{Engine, drive};
use referral_core::error::Error;
use referral_core::store::MemoryStore;
use referral_core::value::{CommandKey, Entropy, TenantId, Timestamp};
use serde_json::{Value, json};

use crate::coverage::Coverage;
use crate::run::{beginning, keyring};

/// Where a scene plays: one tenant, one process, no faults.
pub(crate) struct Stage {
    pub(crate) store: MemoryStore,
    pub(crate) engine: Arc<Engine>,
    pub(crate) now: Timestamp,
    entropy: Entropy,
    spoken: u64,
    pub(crate) coverage: Coverage,
}

impl Stage {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self {
            store: MemoryStore::new(),
            engine: Engine::new(keyring()?),
            now: beginning()?,
            entropy: Entropy::new([5; 32]),
            spoken: 0,
            coverage: Coverage::default(),
        })
    }

    pub(crate) fn say(&mut self, command: Value) -> Result<Receipt, String> {
        self.say_at(command, None)
    }

    /// Tells what happened at a time, as the host claims.
    pub(crate) fn say_at(&mut self, command: Value, at: Option<Timestamp>) -> Result<Receipt, String> {
        let command: AnyCommand = serde_json::from_value(command).map_err(|problem| problem.to_string())?;
        self.spoken += 1;
        let key = CommandKey::mint(self.now, &mut self.entropy.part("key", self.spoken));
        let name = command.name();
        let request = Request { key, command, facts: HostFacts { at, ..HostFacts::default() } };
        let entropy = self.entropy.part("operation", self.spoken);
        let mut operation = self.engine.execute(TenantId::default(), vec![request], self.now, entropy);
        let results = drive(&self.store, &mut operation).map_err(|error| error.to_string())?;
        let result = results.into_iter().next().ok_or("no result")?;
        self.coverage.answered(name, &result);
        result.map_err(|error| format!("{name}: {error}"))
    }

    /// Does what time has brought.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        let entropy = self.new_entropy("settle");
        let mut operation = self.engine.settle(TenantId::default(), self.now, entropy);
        drive(&self.store, &mut operation).map(drop).map_err(|error| error.to_string())
    }

    pub(crate) fn new_entropy(&mut self, label: &str) -> Entropy {
        self.spoken += 1;
        self.entropy.part(label, self.spoken)
    }

    pub(crate) fn define(&mut self, name: &str, rewards: &Value) -> Result<(), String> {
        let definition = json!({"name": name, "link_host": "go.example.com", "rewards": rewards});
        self.say(json!({"define_campaign": {"definition": definition}})).map(drop)
    }

    pub(crate) fn enrol(&mut self, campaign: &str, person: &str) -> Result<String, String> {
        let command = json!({"enrol": {"campaign": campaign, "person": {"host_id": person}}});
        match self.say(command)?.outcome {
            Outcome::Accepted(AnyOutcome::Enrolled(enrolled)) => Ok(enrolled.code),
            other => Err(format!("{person} is not enrolled: {other:?}")),
        }
    }

    pub(crate) fn lead(&mut self, campaign: &str, person: &str, code: &str) -> Result<(), String> {
        let (person, evidence) = (json!({"host_id": person}), json!({"code": code}));
        self.say(json!({"record_lead": {"campaign": campaign, "person": person, "evidence": evidence}})).map(drop)
    }

    pub(crate) fn buy(&mut self, person: &str, order: &str) -> Result<(), String> {
        let person = json!({"host_id": person});
        let order = json!({"source": "shop", "event": order, "kind": "purchase", "person": person, "total": "50 EUR"});
        self.say(json!({"record_conversion": order})).map(drop)
    }
}
