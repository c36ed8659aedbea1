//! Races of commands that correct what was told, pay, and grant by hand.

use referral_core::command::{Outcome, Receipt};
use referral_core::record::{Kind, Record, Reward, RewardState};
use referral_core::store::{Listing, Store};
use referral_core::value::TenantId;
use serde_json::{Value, json};

use super::commands::{Program, granted_in_store, prepare, purchase};
use super::{Effort, at_once, exactly, list, rounds};

/// How many of the receipts accepted their command.
fn accepted(receipts: &[Receipt]) -> usize {
    receipts.iter().filter(|receipt| matches!(receipt.outcome, Outcome::Accepted(_))).count()
}

fn rewards(store: &dyn Store, tenant: &TenantId) -> Result<Vec<Reward>, String> {
    let rows = list(store, tenant, Listing::All(Kind::Reward))?;
    let reward = |record| if let Record::Reward(reward) = record { Some(reward) } else { None };
    Ok(rows.into_iter().filter_map(|row| reward(row.record)).collect())
}

fn order_of(attempt: usize) -> String {
    format!("p-0-{attempt}")
}

/// What thread `thread` tells of an order: a new total, a refund, that the refund of the thread before it did not leave, or
/// that the order never was or was after all.
fn fact(thread: usize, order: &str) -> Value {
    let refund = |of: usize| format!("refund-{of}");
    match thread % 4 {
        0 => json!({"correct_conversion": {"source": "shop", "event": order, "correction": format!("c-{thread:04}"),
            "total": format!("{} EUR", 1_000 + thread)}}),
        1 => json!({"record_refund": {"source": "shop", "event": order, "refund": refund(thread),
            "amount": {"amount": "10 EUR"}}}),
        2 if thread % 8 == 2 => {
            json!({"cancel_refund": {"source": "shop", "event": order, "refund": refund(thread - 1)}})
        }
        _ if (thread / 4).is_multiple_of(2) => json!({"void_conversion": {"source": "shop", "event": order}}),
        _ => json!({"restore_conversion": {"source": "shop", "event": order}}),
    }
}

/// A tenth of what is left of an order once all threads have told their fact: of totals and of voids the last one counts.
/// A thread of a greater number tells of a later time.
fn worth(threads: usize) -> i64 {
    let of = |place: usize| (0..threads).filter(move |thread| thread % 4 == place);
    let is_void = |thread: usize| (thread / 4).is_multiple_of(2);
    let spoken = |thread: &usize| thread % 4 == 3 || thread % 8 == 6;
    if (0..threads).filter(spoken).max().is_some_and(is_void) {
        return 0;
    }
    let total = of(0).max().map_or(50, |thread| 1_000 + thread);
    let cancelled = of(2).filter(|thread| thread % 8 == 2).count();
    let refunded = 10 * (of(1).count() - cancelled);
    i64::try_from(total - refunded).unwrap_or(i64::MAX) * 10
}

/// N threads correct, void, restore and refund the same orders, some of them before the order is told. Each order's reward
/// comes to what its facts say, whatever came first.
///
/// # Errors
/// What did not hold.
pub fn facts_of_one_order(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    // A minute of one hour for each.
    let threads = effort.threads.min(59);
    rounds("facts_of_one_order", effort, |tenant| {
        prepare(store, tenant, effort, &json!({"per": "campaign", "count": 1_000_000}))?;
        at_once(threads + 1, |thread| {
            let mut program = Program::new(store, tenant, thread as u64)?;
            for attempt in 0..effort.attempts {
                let order = order_of(attempt);
                let told = match thread.checked_sub(1) {
                    None => purchase(&order, &order, "50 EUR"),
                    Some(number) => fact(number, &order),
                };
                let receipts = program.execute_of(&[told], Some(thread))?;
                exactly("accepted facts", 1, accepted(&receipts))?;
            }
            Ok(())
        })?;
        let worth = worth(threads);
        let each = if worth == 0 { Vec::new() } else { vec![worth; effort.attempts] };
        exactly("what the rewards come to", each, granted_in_store(store, tenant)?)
    })
}

/// N threads begin, hand over and take back the transfer of the same rewards. Each step is done once.
///
/// # Errors
/// What did not hold.
pub fn one_transfer_from_many(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    rounds("one_transfer", effort, |tenant| {
        prepare(store, tenant, effort, &json!({"per": "campaign", "count": 1_000_000}))?;
        let mut program = Program::new(store, tenant, u64::MAX - 1)?;
        for attempt in 0..effort.attempts {
            program.execute(&[purchase(&order_of(attempt), &order_of(attempt), "50 EUR")])?;
        }
        let keys: Vec<_> = rewards(store, tenant)?.iter().map(referral_core::record::RecordKind::key).collect();
        exactly("rewards to hand over", effort.attempts, keys.len())?;
        let steps = [json!("begin_issue"), json!({"issue": "transfer"}), json!({"return_issue": "account closed"})];
        for (number, step) in steps.into_iter().enumerate() {
            let done = at_once(effort.threads, |thread| {
                let mut program = Program::new(store, tenant, (number * effort.threads + thread) as u64)?;
                let mut done = 0;
                for key in &keys {
                    done += accepted(&program.execute(&[json!({"move_reward": {"reward": key, "to": step}})])?);
                }
                Ok(done)
            })?;
            exactly(&format!("{step} accepted"), effort.attempts, done.into_iter().sum::<usize>())?;
        }
        let is_back = |reward: &Reward| (reward.state, reward.issued, reward.owes) == (RewardState::Due, 0, 0);
        exactly("rewards due again", effort.attempts, rewards(store, tenant)?.iter().filter(|one| is_back(one)).count())
    })
}

/// N threads grant the same refused rewards by hand while a limit has room for some of them. No place is given twice, and
/// none is withheld.
///
/// # Errors
/// What did not hold.
pub fn refused_rewards_by_hand(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    let places = (effort.attempts / 2).max(1);
    rounds("by_hand", effort, |tenant| {
        prepare(store, tenant, effort, &json!({"per": "campaign", "count": places}))?;
        let mut program = Program::new(store, tenant, u64::MAX - 1)?;
        // As many as there are places are granted, then refunded whole; what was refused before has room again.
        for attempt in 0..effort.attempts + places {
            let person = match attempt.checked_sub(effort.attempts) {
                None => order_of(attempt),
                Some(further) => format!("p-1-{further}"),
            };
            program.execute(&[purchase(&format!("o-{attempt}"), &person, "50 EUR")])?;
        }
        for attempt in 0..places {
            program.execute(&[json!({"void_conversion": {"source": "shop", "event": format!("o-{attempt}")}})])?;
        }
        let refused: Vec<_> = rewards(store, tenant)?.into_iter().filter(|reward| reward.refused > 0).collect();
        exactly("refused rewards", effort.attempts, refused.len())?;
        let granted = at_once(effort.threads, |thread| {
            let mut program = Program::new(store, tenant, thread as u64)?;
            let mut granted = 0;
            for reward in &refused {
                let key = referral_core::record::RecordKind::key(reward);
                granted +=
                    accepted(&program.execute(&[json!({"grant_reward": {"reward": key, "reason": "promised"}})])?);
            }
            Ok(granted)
        })?;
        exactly("granted by hand", places, granted.into_iter().sum::<usize>())?;
        exactly("rewards in the store", places, granted_in_store(store, tenant)?.len())
    })
}
