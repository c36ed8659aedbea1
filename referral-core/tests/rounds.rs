//! How often a command asks its store: what it will read is foreseen and loaded together.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering};

mod common;

use common::keyring;
use referral_core::command::{AnyCommand, AnyOutcome, HostFacts, Outcome, Receipt, Request};
use referral_core::engine::{Engine, drive};
use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::{Batch, Commit, MemoryStore, Page, PageRequest, Store, Stored};
use referral_core::value::{CommandKey, Entropy, TenantId, Timestamp};
use serde_json::{Value, json};

/// A store that counts how often it is asked to load.
#[derive(Debug, Default)]
struct Counting {
    store: MemoryStore,
    loads: AtomicUsize,
}

impl Store for Counting {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        self.store.load(tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.store.list(tenant, request)
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        self.store.commit(batch)
    }
}

/// A program, the number of the next command, and how many loads the last one took.
struct Program {
    store: Counting,
    engine: std::sync::Arc<Engine>,
    number: u64,
}

impl Program {
    fn run(&mut self, command: Value) -> (Receipt, usize) {
        self.number += 1;
        let (now, entropy): (Timestamp, _) = ("2026-05-01T09:00:00Z".parse().unwrap(), Entropy::new([3; 32]));
        let key = CommandKey::mint(now, &mut entropy.part("key", self.number));
        let command: AnyCommand = serde_json::from_value(command).unwrap();
        let requests = vec![Request { key, command, facts: HostFacts::default() }];
        let part = entropy.part("operation", self.number);
        let mut operation = self.engine.execute(TenantId::default(), requests, now, part);
        let before = self.store.loads.load(Ordering::Relaxed);
        let receipt = drive(&self.store, &mut operation).unwrap().remove(0).unwrap();
        (receipt, self.store.loads.load(Ordering::Relaxed) - before)
    }
}

#[test]
fn what_a_command_reads_is_loaded_in_few_rounds() {
    let mut program = Program { store: Counting::default(), engine: Engine::new(keyring()), number: 0 };
    program.run(json!({"define_campaign": {"definition": {
    "name": "spring", "link_host": "go.example.com",
    "limits": [{"per": "campaign", "value": ["1000 EUR"]}],
    "rewards": [
        {"id": "r", "to": "both", "on": "qualified", "give": {"percent": "10%"}, "expires": "90 days",
         "limits": [{"per": "referrer", "count": 9, "each": "calendar month"}]},
        {"id": "g", "to": "referrer", "on": "qualified", "every": 2, "give": {"flat": "5 EUR"}},
    ]}}}));
    let enrol = |name: &str| json!({"enrol": {"campaign": "spring", "person": {"host_id": name}}});
    program.run(enrol("warm"));

    let (enrolled, loads) = program.run(enrol("ada"));
    let Outcome::Accepted(AnyOutcome::Enrolled(ada)) = enrolled.outcome else { panic!("{enrolled:?}") };
    let mut rounds = vec![("enrol", loads)];
    rounds.push(("click", program.run(json!({"record_click": {"link": ada.link, "visitor": "v"}})).1));
    let lead = json!({"campaign": "spring", "person": {"host_id": "bob"}, "evidence": {"visitor": "v"}});
    rounds.push(("sign up", program.run(json!({"record_lead": lead})).1));
    let order = json!({"source": "shop", "event": "o", "kind": "purchase", "person": {"host_id": "bob"},
        "total": "50 EUR"});
    let (bought, loads) = program.run(json!({"record_conversion": order}));
    rounds.push(("purchase", loads));
    let reward = bought.decision.findings.iter().find_map(|finding| finding.reward.clone()).unwrap();
    rounds.push(("issue", program.run(json!({"move_reward": {"reward": reward, "to": {"issue": "t"}}})).1));
    let share = json!({"campaign": "spring", "participant": {"host": "ada"}, "channel": "email"});
    rounds.push(("share", program.run(json!({"record_share": share})).1));

    let most = [("enrol", 2), ("click", 1), ("sign up", 2), ("purchase", 3), ("issue", 2), ("share", 2)];
    assert_eq!(rounds, most);
}
