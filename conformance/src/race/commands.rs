//! Races of whole commands: what the store promises, seen from where rewards are granted.

use std::sync::Arc;

use referral_core::command::{AnyCommand, AnyOutcome, HostFacts, Outcome, Reason, Receipt, Request};
use referral_core::engine::{Engine, drive};
use referral_core::error::Error;
use referral_core::record::{Kind, Record};
use referral_core::store::{Listing, Store};
use referral_core::value::{CommandKey, Entropy, KeyState, Keyring, Secret, TenantId, Timestamp};
use serde_json::{Value, json};

use super::{Effort, at_once, exactly, list, rounds};

/// One tenant's program, as every thread sees it: an engine of its own for each, as in several processes.
pub(super) struct Program<'a> {
    store: &'a dyn Store,
    tenant: &'a TenantId,
    engine: Arc<Engine>,
    entropy: Entropy,
    drawn: u64,
}

impl<'a> Program<'a> {
    pub(super) fn new(store: &'a dyn Store, tenant: &'a TenantId, who: u64) -> Result<Self, String> {
        let keyring = Keyring::builder()
            .link_key(1, Secret::new([1; 32]), KeyState::Active)
            .alias_key(Secret::new([2; 32]))
            .lookup_key(Secret::new([3; 32]))
            .build();
        let engine = Engine::new(keyring.map_err(shown)?);
        let seed = Entropy::new([7; 32]).part(tenant.as_str(), who).bytes();
        Ok(Self { store, tenant, engine, entropy: Entropy::new(seed), drawn: 0 })
    }

    /// Executes commands until their results are no longer worth another try.
    pub(super) fn execute(&mut self, commands: &[Value]) -> Result<Vec<Receipt>, String> {
        self.execute_of(commands, None)
    }

    /// Executes commands of what happened in that minute of the hour before now, if one is given.
    pub(super) fn execute_of(&mut self, commands: &[Value], minute: Option<usize>) -> Result<Vec<Receipt>, String> {
        let now: Timestamp = "2026-05-01T09:00:00Z".parse().map_err(shown)?;
        let at = minute.map(|minute| format!("2026-05-01T08:{minute:02}:00Z").parse()).transpose().map_err(shown)?;
        let facts = HostFacts { at, ..HostFacts::default() };
        self.drawn += 1;
        let mut keys = self.entropy.part("keys", self.drawn);
        let mut requests = Vec::new();
        for command in commands {
            let command: AnyCommand = serde_json::from_value(command.clone()).map_err(|error| error.to_string())?;
            requests.push(Request { key: CommandKey::mint(now, &mut keys), command, facts: facts.clone() });
        }
        for attempt in 0..1_000 {
            let entropy = self.entropy.part("operation", self.drawn).part("attempt", attempt);
            let mut operation = self.engine.execute(self.tenant.clone(), requests.clone(), now, entropy);
            let results = drive(self.store, &mut operation).map_err(shown)?;
            if results.iter().any(|result| result.as_ref().is_err_and(Error::is_retryable)) {
                continue;
            }
            return results.into_iter().map(|result| result.map_err(shown)).collect();
        }
        Err("a command was refused a thousand times".to_owned())
    }
}

pub(super) fn shown(error: Error) -> String {
    error.to_string()
}

/// A campaign with one rule on each purchase, and so many leads for each thread.
pub(super) fn prepare(store: &dyn Store, tenant: &TenantId, effort: &Effort, limit: &Value) -> Result<(), String> {
    let mut program = Program::new(store, tenant, u64::MAX)?;
    let rule = json!({"id": "r", "to": "invitee", "on": "purchase", "give": {"percent": "10%"}, "limits": [limit]});
    let definition = json!({"name": "race", "link_host": "go.example.com",
        "qualification": {"on": "manual"}, "rewards": [rule]});
    let enrol = json!({"enrol": {"campaign": "race", "person": {"host_id": "referrer"}}});
    let receipts = program.execute(&[json!({"define_campaign": {"definition": definition}}), enrol])?;
    let code = match receipts.last().map(|receipt| &receipt.outcome) {
        Some(Outcome::Accepted(AnyOutcome::Enrolled(enrolled))) => enrolled.code.clone(),
        other => return Err(format!("enrolling came to {other:?}")),
    };
    let people = (0..effort.threads).flat_map(|thread| (0..effort.attempts).map(move |attempt| (thread, attempt)));
    let leads: Vec<Value> = people
        .map(|(thread, attempt)| {
            json!({"record_lead": {"campaign": "race", "person": {"host_id": format!("p-{thread}-{attempt}")},
                "evidence": {"code": code}}})
        })
        .collect();
    program.execute(&leads).map(drop)
}

pub(super) fn purchase(event: &str, person: &str, total: &str) -> Value {
    json!({"record_conversion": {"source": "shop", "event": event, "kind": "purchase",
        "person": {"host_id": person}, "total": total}})
}

/// Whether a purchase was granted its reward; why not, if it was a limit.
fn was_granted(receipt: &Receipt) -> Result<bool, String> {
    let has = |reason| receipt.decision.findings.iter().any(|finding| finding.reason == reason);
    match (has(Reason::Granted), has(Reason::LimitReached)) {
        (true, false) => Ok(true),
        (false, true) => Ok(false),
        other => Err(format!("granted and refused: {other:?}")),
    }
}

pub(super) fn granted_in_store(store: &dyn Store, tenant: &TenantId) -> Result<Vec<i64>, String> {
    let rows = list(store, tenant, Listing::All(Kind::Reward))?;
    let quantity = |record| match record {
        Record::Reward(reward) if reward.state.counts() => Some(reward.quantity),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(|row| quantity(row.record)).collect())
}

/// N threads race for the last places under a cap. Each is given once, and each is given.
///
/// # Errors
/// What did not hold.
pub fn last_reward_under_a_cap(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    let cap = (effort.threads * effort.attempts / 3).max(1);
    rounds("reward_cap", effort, |tenant| {
        prepare(store, tenant, effort, &json!({"per": "campaign", "count": cap}))?;
        let granted = at_once(effort.threads, |thread| {
            let mut program = Program::new(store, tenant, thread as u64)?;
            let mut granted = 0;
            for attempt in 0..effort.attempts {
                let name = format!("p-{thread}-{attempt}");
                let receipts = program.execute(&[purchase(&name, &name, "50 EUR")])?;
                granted += usize::from(was_granted(receipts.first().ok_or("no receipt")?)?);
            }
            Ok(granted)
        })?;
        exactly("rewards granted", cap, granted.into_iter().sum::<usize>())?;
        exactly("rewards in the store", cap, granted_in_store(store, tenant)?.len())
    })
}

/// N threads race for a campaign's budget. It is never overspent, and used up to the last reward that fits.
///
/// # Errors
/// What did not hold.
pub fn last_of_a_campaign_budget(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    let places = (effort.threads * effort.attempts / 2).max(1);
    // Rewards of 5.00 each, and a budget that the last of them does not fit by a cent.
    let budget = i64::try_from(places).map_err(|error| error.to_string())? * 500 + 499;
    rounds("reward_budget", effort, |tenant| {
        let value = format!("{}.{:02} EUR", budget / 100, budget % 100);
        prepare(store, tenant, effort, &json!({"per": "campaign", "value": value}))?;
        at_once(effort.threads, |thread| {
            let mut program = Program::new(store, tenant, thread as u64)?;
            for attempt in 0..effort.attempts {
                let name = format!("p-{thread}-{attempt}");
                program.execute(&[purchase(&name, &name, "50 EUR")])?;
            }
            Ok(())
        })?;
        let granted = granted_in_store(store, tenant)?;
        exactly("the sum of rewards", budget - 499, granted.into_iter().sum())
    })
}

/// N threads bring the same events. Each is answered the same by all, and pays once.
///
/// # Errors
/// What did not hold.
pub fn one_event_from_many(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    rounds("one_event", effort, |tenant| {
        prepare(store, tenant, effort, &json!({"per": "campaign", "count": 1_000_000}))?;
        let answers = at_once(effort.threads, |thread| {
            let mut program = Program::new(store, tenant, thread as u64)?;
            let mut answers = Vec::new();
            for attempt in 0..effort.attempts {
                let receipts =
                    program.execute(&[purchase(&format!("e-{attempt}"), &format!("p-0-{attempt}"), "50 EUR")])?;
                answers.extend(receipts.into_iter().map(|receipt| (receipt.outcome, receipt.decision)));
            }
            Ok(answers)
        })?;
        let same = answers.first().is_some_and(|first| answers.iter().all(|other| other == first));
        exactly("whether all were answered the same", true, same)?;
        exactly("rewards in the store", effort.attempts, granted_in_store(store, tenant)?.len())
    })
}
