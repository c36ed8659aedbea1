//! Races for keys and versions of records.

use std::collections::BTreeSet;

use referral_core::record::{Key, Record};
use referral_core::store::{Batch, Commit, Delete, Guard, Store, Stored, Version};
use referral_core::value::TenantId;

use super::{Effort, at_once, batch, commit, debt, exactly, load, participant, put, rounds};
use crate::draw::Draw;

/// N threads put the same absent keys. Each key is put once, the others learn which key they lost, and the record is the
/// winner's.
///
/// # Errors
/// What did not hold.
pub fn one_key(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    rounds("one_key", effort, |tenant| {
        let keys: Vec<Key> = (0..effort.attempts).map(|number| debt(participant(number), 0).key()).collect();
        let won = at_once(effort.threads, |thread| {
            let mut draw = Draw::new(thread as u64, tenant.as_str());
            let mut won = Vec::new();
            for (number, key) in keys.iter().enumerate() {
                let mine = put(debt(participant(number), thread), Version::ABSENT, &mut draw);
                let stored = mine.stored.clone();
                match commit(store, &Batch { puts: vec![mine], ..batch(tenant) })? {
                    Commit::Applied => won.push(stored),
                    lost => {
                        let expected = Commit::Refused { stale: vec![key.clone()], over: Vec::new() };
                        exactly("what a loser is told", expected, lost)?;
                        exactly(
                            "records of a key that is taken",
                            1,
                            load(store, tenant, std::slice::from_ref(key))?.len(),
                        )?;
                    }
                }
            }
            Ok(won)
        })?;
        let won = crate::store::by_key(won.into_iter().flatten().collect());
        exactly("keys won", keys.len(), won.len())?;
        exactly("the winners' records", won, crate::store::by_key(load(store, tenant, &keys)?))
    })
}

/// N threads replace one record by what they read, again and again, until each has had its turns; then half of them
/// delete what the others replace. Each version is replaced once, and no turn is lost.
///
/// # Errors
/// What did not hold.
pub fn one_version(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    rounds("one_version", effort, |tenant| {
        let first = seed(store, tenant, 1)?.remove(0);
        let key = first.record.key();
        let replaced = at_once(effort.threads, |thread| {
            let mut draw = Draw::new(thread as u64, tenant.as_str());
            let mut replaced = Vec::new();
            // Each loss is another's turn, so nobody loses more often than there are turns.
            for _ in 0..effort.threads * effort.attempts {
                if replaced.len() == effort.attempts {
                    break;
                }
                let read = read(store, tenant, &key)?;
                let Record::Debt(mut debt) = read.record else {
                    return Err("the record is of another kind".to_owned());
                };
                debt.quantity += 1;
                let next = put(debt.into(), read.version, &mut draw);
                if commit(store, &Batch { puts: vec![next], ..batch(tenant) })? == Commit::Applied {
                    replaced.push(read.version);
                }
            }
            exactly("turns of one thread", effort.attempts, replaced.len())?;
            Ok(replaced)
        })?;
        let replaced: Vec<Version> = replaced.into_iter().flatten().collect();
        let last = read(store, tenant, &key)?;
        let turns = effort.threads * effort.attempts;
        exactly("the record after all turns", debt(participant(0), turns), last.record)?;
        exactly("versions that were replaced", turns, replaced.iter().collect::<BTreeSet<_>>().len())?;
        let removed = at_once(effort.threads, |thread| {
            let mut draw = Draw::new(thread as u64, "end");
            let mut end = batch(tenant);
            match thread % 2 {
                0 => end.deletes = vec![Delete { key: key.clone(), expected: last.version }],
                _ => end.puts = vec![put(debt(participant(0), 0), last.version, &mut draw)],
            }
            Ok(commit(store, &end)? == Commit::Applied)
        })?;
        exactly("puts and deletes of one version", 1, removed.iter().filter(|applied| **applied).count())
    })
}

/// N threads each write one record and guard those of all others. One of them is applied: none would have been decided as
/// it was after another's write.
///
/// # Errors
/// What did not hold.
pub fn write_skew(store: &dyn Store, effort: &Effort) -> Result<(), String> {
    let rivals = effort.threads.min(8);
    rounds("write_skew", effort, |tenant| {
        let mut seeds = seed(store, tenant, rivals)?;
        for attempt in 0..effort.attempts {
            let applied = at_once(rivals, |thread| {
                let mut draw = Draw::new(thread as u64, &format!("{tenant} {attempt}"));
                let Some(read) = seeds.get(thread) else { return Ok(false) };
                let guards = seeds.iter().filter(|other| *other != read);
                let guards = guards.map(|other| Guard { key: other.record.key(), expected: other.version }).collect();
                let mine = put(debt(participant(thread), attempt + 1), read.version, &mut draw);
                let commit = commit(store, &Batch { puts: vec![mine], guards, ..batch(tenant) })?;
                Ok(commit == Commit::Applied)
            })?;
            exactly("commits that guard each other's writes", 1, applied.iter().filter(|applied| **applied).count())?;
            let keys: Vec<Key> = seeds.iter().map(|seed| seed.record.key()).collect();
            let now = load(store, tenant, &keys)?;
            let changed = now.iter().filter(|stored| !seeds.contains(stored)).count();
            exactly("records changed by them", 1, changed)?;
            seeds = in_order_of(&keys, now)?;
        }
        Ok(())
    })
}

/// So many debts of 0.
fn seed(store: &dyn Store, tenant: &TenantId, count: usize) -> Result<Vec<Stored>, String> {
    let mut draw = Draw::new(0, "first");
    let puts: Vec<_> = (0..count).map(|number| put(debt(participant(number), 0), Version::ABSENT, &mut draw)).collect();
    let seeds: Vec<Stored> = puts.iter().map(|put| put.stored.clone()).collect();
    for put in puts {
        exactly("the first put", Commit::Applied, commit(store, &Batch { puts: vec![put], ..batch(tenant) })?)?;
    }
    Ok(seeds)
}

fn read(store: &dyn Store, tenant: &TenantId, key: &Key) -> Result<Stored, String> {
    load(store, tenant, std::slice::from_ref(key))?.pop().ok_or_else(|| "a record that was put is not there".to_owned())
}

fn in_order_of(keys: &[Key], found: Vec<Stored>) -> Result<Vec<Stored>, String> {
    let find = |key: &Key| found.iter().find(|stored| stored.record.key() == *key).cloned();
    keys.iter().map(|key| find(key).ok_or_else(|| "a record that was put is not there".to_owned())).collect()
}
