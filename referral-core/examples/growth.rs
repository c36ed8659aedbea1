//! Prints how the time of a command grows with what is stored, and with the length of its batch. The store is in memory,
//! so that the time is the core's own:
//!
//! ```sh
//! cargo run --release -p referral-core --example growth -- 100000 [batches|visitor|person|referrer]
//! ```

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a measurement ends by panicking")]
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use referral_core::command::{AnyCommand, HostFacts, Outcome, Receipt, Request};
use referral_core::engine::{Engine, drive};
use referral_core::store::MemoryStore;
use referral_core::value::{CommandKey, Entropy, KeyState, Keyring, Secret, TenantId, Timestamp};
use serde_json::{Value, json};

/// A program in memory with one campaign, `spring`.
struct Program {
    store: MemoryStore,
    engine: Arc<Engine>,
    now: Timestamp,
    number: u64,
}

impl Program {
    fn new(rewards: &Value) -> Self {
        let keyring = Keyring::builder()
            .link_key(1, Secret::new([1; 32]), KeyState::Active)
            .alias_key(Secret::new([2; 32]))
            .lookup_key(Secret::new([3; 32]))
            .build()
            .unwrap();
        let now = "2026-05-01T09:00:00Z".parse().unwrap();
        let mut program = Self { store: MemoryStore::new(), engine: Engine::new(keyring), now, number: 0 };
        let definition = json!({"name": "spring", "link_host": "go.example.com", "rewards": rewards});
        program.run(vec![json!({"define_campaign": {"definition": definition}})]);
        program
    }

    /// Executes commands as one operation; how long that took.
    fn run(&mut self, commands: Vec<Value>) -> (Vec<Receipt>, Duration) {
        let entropy = Entropy::new([3; 32]);
        let request = |command| {
            self.number += 1;
            let key = CommandKey::mint(self.now, &mut entropy.part("key", self.number));
            let command: AnyCommand = serde_json::from_value(command).unwrap();
            Request { key, command, facts: HostFacts::default() }
        };
        let requests = commands.into_iter().map(request).collect();
        let part = entropy.part("operation", self.number);
        let begun = Instant::now();
        let mut operation = self.engine.execute(TenantId::default(), requests, self.now, part);
        let results = drive(&self.store, &mut operation).unwrap();
        let took = begun.elapsed();
        (results.into_iter().map(Result::unwrap).collect(), took)
    }

    fn one(&mut self, command: Value) -> (Receipt, Duration) {
        let (mut receipts, took) = self.run(vec![command]);
        let receipt = receipts.remove(0);
        assert!(matches!(receipt.outcome, Outcome::Accepted(_)), "{receipt:?}");
        (receipt, took)
    }

    /// The link and the code of a new referrer.
    fn enrol(&mut self, host_id: &str) -> (String, String) {
        let receipt = self.one(json!({"enrol": {"campaign": "spring", "person": {"host_id": host_id}}})).0;
        let outcome = serde_json::to_value(&receipt.outcome).unwrap();
        let text =
            |name: &str| outcome.pointer(&format!("/accepted/enrolled/{name}")).unwrap().as_str().unwrap().to_owned();
        (text("link"), text("code"))
    }

    fn wait(&mut self, minutes: i64) {
        self.now = self.now.plus(chrono::TimeDelta::minutes(minutes));
    }
}

fn invitee(number: usize) -> Value {
    json!({"host_id": format!("invitee-{number}")})
}

fn lead(number: usize, code: &str) -> Value {
    json!({"record_lead": {"campaign": "spring", "person": invitee(number), "evidence": {"code": code}}})
}

fn purchase(person: &Value, event: usize) -> Value {
    json!({"record_conversion": {"source": "shop", "event": format!("order-{event}"), "kind": "purchase",
        "person": person, "total": "50 EUR"}})
}

fn refund(event: usize) -> Value {
    json!({"record_refund": {"source": "shop", "event": format!("order-{event}"), "refund": format!("refund-{event}"),
        "amount": {"amount": "50 EUR"}}})
}

fn simple() -> Value {
    json!([{"id": "s", "to": "referrer", "on": "qualified", "give": {"flat": "5 EUR"}}])
}

fn every() -> Value {
    json!([{"id": "e", "to": "referrer", "on": "qualified", "every": 3, "give": {"flat": "5 EUR"}}])
}

fn milestones() -> Value {
    let level = |at: u32| json!({"at": at, "give": {"flat": "5 EUR"}});
    json!([{"id": "m", "to": "referrer", "on": "qualified", "milestones": [level(3), level(50), level(500)]}])
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Prints the median of commands 100 to 200 and of the last 100.
fn print_growth(name: &str, times: &[Duration]) {
    let first = median(times[100.min(times.len() / 2)..200.min(times.len())].to_vec());
    let last = median(times[times.len().saturating_sub(100)..].to_vec());
    let percent = 100 * last.as_nanos() / first.as_nanos();
    println!("{name:<52} {first:>10.1?} {last:>10.1?} {percent:>5} %");
}

fn referrer(name: &str, rewards: &Value, commands: usize) {
    let mut program = Program::new(rewards);
    let code = program.enrol("ada").1;
    let (mut leads, mut purchases, mut refunds) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..commands {
        program.wait(1);
        leads.push(program.one(lead(number, &code)).1);
        purchases.push(program.one(purchase(&invitee(number), number)).1);
        if number % 10 == 9 {
            refunds.push(program.one(refund(number)).1);
        }
    }
    print_growth(&format!("{name}: leads of one referrer"), &leads);
    print_growth(&format!("{name}: first purchases"), &purchases);
    print_growth(&format!("{name}: refunds of these"), &refunds);
}

fn visitor(commands: usize) {
    let mut program = Program::new(&simple());
    let link = program.enrol("ada").0;
    for (name, minutes) in [("a minute apart", 1), ("an hour apart", 61)] {
        let click = |_| {
            program.wait(minutes);
            program.one(json!({"record_click": {"link": link, "visitor": name}})).1
        };
        let clicks: Vec<Duration> = (0..commands).map(click).collect();
        print_growth(&format!("clicks of one visitor, {name}"), &clicks);
    }
}

fn person(commands: usize) {
    let mut program = Program::new(&simple());
    let code = program.enrol("ada").1;
    program.one(lead(0, &code));
    let by = |alias: usize| json!({"email": format!("alias-{alias}@example.com")});
    let mut aliases = Vec::new();
    for number in 0..100 {
        let mut alias = by(number);
        alias["participant"] = json!({"host": "invitee-0"});
        aliases.push(program.one(json!({"add_alias": alias})).1);
    }
    print_growth("aliases of one person", &aliases);
    let buy = |number| {
        program.wait(1);
        program.one(purchase(&by(number % 100), number)).1
    };
    let purchases: Vec<Duration> = (0..commands).map(buy).collect();
    print_growth("purchases of a person with 100 aliases", &purchases);
}

/// Prints the time of one command in batches of growing length.
fn batches(name: &str, rewards: &Value) {
    print!("{name:<52}");
    for size in [100_usize, 800, 3_200] {
        let mut program = Program::new(rewards);
        let code = program.enrol("ada").1;
        program.run((0..size).map(|number| lead(number, &code)).collect());
        let purchases = (0..size).map(|number| purchase(&invitee(number), number)).collect();
        let each = program.run(purchases).1 / u32::try_from(size).unwrap();
        let refunds = program.run((0..size).map(refund).collect()).1 / u32::try_from(size).unwrap();
        print!("  {size}: {each:.1?} {refunds:.1?}");
    }
    println!();
}

fn main() {
    let commands = std::env::args().nth(1).map_or(10_000, |text| text.parse().unwrap());
    let part = std::env::args().nth(2);
    let is_asked = |name: &str| part.as_ref().is_none_or(|part| part == name);
    let rules = [("simple", simple()), ("every", every()), ("milestones", milestones())];
    if is_asked("batches") {
        println!("a command in a batch of first purchases, and in one of their refunds");
        rules.iter().for_each(|(name, rewards)| batches(name, rewards));
    }
    println!("the median of commands 100 to 200, and of the last 100 of {commands}");
    if is_asked("visitor") {
        visitor(commands);
    }
    if is_asked("person") {
        person(commands);
    }
    if is_asked("referrer") {
        rules.iter().for_each(|(name, rewards)| referrer(name, rewards, commands));
    }
}
