//! How often a command asks its store: what it will read is foreseen and loaded together.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering};

mod common;

use common::keyring;
use referral_core::command::{AnyCommand, AnyOutcome, HostFacts, Outcome, Receipt, Request};
use referral_core::engine::{Engine, drive};
use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::report::audit::Audit;
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
    fn new() -> Self {
        Self { store: Counting::default(), engine: Engine::new(keyring()), number: 0 }
    }

    fn run(&mut self, command: Value) -> (Receipt, usize) {
        let (mut receipts, loads) = self.run_all(vec![command]);
        (receipts.remove(0), loads)
    }

    /// Executes commands as one operation.
    fn run_all(&mut self, commands: Vec<Value>) -> (Vec<Receipt>, usize) {
        let (now, entropy): (Timestamp, _) = ("2026-05-01T09:00:00Z".parse().unwrap(), Entropy::new([3; 32]));
        let request = |command| {
            self.number += 1;
            let key = CommandKey::mint(now, &mut entropy.part("key", self.number));
            let command: AnyCommand = serde_json::from_value(command).unwrap();
            Request { key, command, facts: HostFacts::default() }
        };
        let requests = commands.into_iter().map(request).collect();
        let part = entropy.part("operation", self.number);
        let mut operation = self.engine.execute(TenantId::default(), requests, now, part);
        let before = self.store.loads.load(Ordering::Relaxed);
        let receipts = drive(&self.store, &mut operation).unwrap().into_iter().map(Result::unwrap).collect();
        (receipts, self.store.loads.load(Ordering::Relaxed) - before)
    }

    /// A program with `spring` with these rules, and the code of its referrer `ada`.
    fn with_referrer(rewards: &Value) -> (Self, String) {
        let mut program = Self::new();
        let definition = json!({"name": "spring", "link_host": "go.example.com", "rewards": rewards});
        program.run(json!({"define_campaign": {"definition": definition}}));
        let enrolled = program.run(json!({"enrol": {"campaign": "spring", "person": {"host_id": "ada"}}})).0;
        let Outcome::Accepted(AnyOutcome::Enrolled(ada)) = enrolled.outcome else { panic!("{enrolled:?}") };
        (program, ada.code)
    }
}

#[test]
fn what_a_command_reads_is_loaded_in_few_rounds() {
    let mut program = Program::new();
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
    rounds.push(("first click", program.run(json!({"record_click": {"link": ada.link, "visitor": "v"}})).1));
    rounds.push(("click", program.run(json!({"record_click": {"link": ada.link, "visitor": "w"}})).1));
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

    let most =
        [("enrol", 1), ("first click", 2), ("click", 1), ("sign up", 2), ("purchase", 3), ("issue", 2), ("share", 2)];
    assert_eq!(rounds, most);
}

fn invitee(number: usize) -> String {
    format!("invitee-{number}")
}

/// The loads of so many leads in one operation, of their first purchases in another, and of the refunds of these in a third.
fn loads_of_batches(size: usize, rewards: &Value) -> [usize; 3] {
    let (mut program, code) = Program::with_referrer(rewards);
    let lead = |number| {
        let person = json!({"host_id": invitee(number)});
        json!({"record_lead": {"campaign": "spring", "person": person, "evidence": {"code": code}}})
    };
    let purchase = |number| {
        let person = json!({"host_id": invitee(number)});
        let event = format!("o-{number}");
        json!({"record_conversion": {"source": "shop", "event": event, "kind": "purchase", "person": person, "total": "50 EUR"}})
    };
    let refund = |number| {
        let (event, refund) = (format!("o-{number}"), format!("r-{number}"));
        json!({"record_refund": {"source": "shop", "event": event, "refund": refund, "amount": {"amount": "50 EUR"}}})
    };
    let leads = program.run_all((0..size).map(lead).collect()).1;
    let purchases = program.run_all((0..size).map(purchase).collect()).1;
    let refunds = program.run_all((0..size).map(refund).collect()).1;
    let audited = drive(&program.store.store, &mut Audit::new(TenantId::default())).unwrap();
    assert!(audited.is_clean(), "{:#?}", audited.differences);
    [leads, purchases, refunds]
}

#[test]
fn the_rounds_of_a_batch_do_not_grow_with_its_length() {
    let milestones = json!([{"at": 3, "give": {"flat": "1 EUR"}}, {"at": 50, "give": {"flat": "2 EUR"}}, {"at": 90, "give": {"flat": "3 EUR"}}]);
    let rules = [
        ("simple", json!([{"id": "s", "to": "both", "on": "qualified", "give": {"flat": "5 EUR"}}])),
        ("every", json!([{"id": "e", "to": "referrer", "on": "qualified", "every": 3, "give": {"flat": "5 EUR"}}])),
        ("milestones", json!([{"id": "m", "to": "referrer", "on": "qualified", "milestones": milestones}])),
        (
            "all",
            json!([
                {"id": "s", "to": "both", "on": "qualified", "give": {"percent": "10%"}, "hold": "30 days"},
                {"id": "e", "to": "referrer", "on": "qualified", "every": 3, "give": {"flat": "5 EUR"}, "hold": "30 days",
                 "limits": [{"per": "referrer", "count": 20, "each": "calendar month"}]},
                {"id": "m", "to": "referrer", "on": "qualified", "milestones": milestones, "clawback": "take_back"},
            ]),
        ),
    ];
    for (name, rewards) in rules {
        let (few, many) = (loads_of_batches(100, &rewards), loads_of_batches(800, &rewards));
        assert_eq!(few, many, "{name}");
        assert!(few.iter().all(|loads| *loads <= 5), "{name}: {few:?}");
    }
}

/// The loads of one operation in which each of so many leads was referred by the one before, and enrols then.
fn loads_of_a_chain(size: usize) -> usize {
    let mut program =
        Program::with_referrer(&json!([{"id": "s", "to": "both", "on": "joined", "give": {"flat": "5 EUR"}}])).0;
    let referrer = |number: usize| number.checked_sub(1).map_or_else(|| "ada".to_owned(), invitee);
    let commands = (0..size).flat_map(|number| {
        let (person, evidence) = (json!({"host_id": invitee(number)}), json!({"referrer": {"host": referrer(number)}}));
        [
            json!({"record_lead": {"campaign": "spring", "person": person, "evidence": evidence}}),
            json!({"enrol": {"campaign": "spring", "person": person}}),
        ]
    });
    program.run_all(commands.collect()).1
}

#[test]
fn the_rounds_of_a_batch_do_not_grow_with_the_people_whom_it_makes() {
    assert_eq!(loads_of_a_chain(10), loads_of_a_chain(60));
}
